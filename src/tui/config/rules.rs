//! The rules of the configuration file: text in, settings or everything that is wrong with it out.

use toml::Spanned;

use super::{Config, FPS};
use crate::document::{ParamError, Problems, Table, parse};
use crate::lint::{Limits, Lint};
use crate::tui::key::Key;
use crate::tui::keymap::Keymap;
use crate::tui::theme::Ground;

/// The most frames a second anybody can see.
const MAX_FPS: u64 = 60;

/// The keys of the file; those of `[keys]` and `[lints]` are the bindings' and the lints' own words.
const KEYS: [&str; 5] = ["theme", "fps", "ascii", "keys", "lints"];

/// The bindings that must have a key.
const NEEDED: [&str; 2] = ["quit", "back"];

/// The settings `text` says.
///
/// # Errors
/// Everything that is wrong with it.
pub(super) fn read(text: &str) -> Result<Config, Vec<ParamError>> {
    let document = parse(text)?;
    let problems = Problems::default();
    let file = Table::root(&document, &KEYS, &problems);
    let fps = file.whole("fps", 1..=MAX_FPS).and_then(|fps| u32::try_from(fps.into_inner()).ok());
    let config = Config {
        ground: file
            .word("theme", &[None, Some(Ground::Dark), Some(Ground::Light)], theme)
            .and_then(Spanned::into_inner),
        fps: fps.unwrap_or(FPS),
        ascii: file.boolean("ascii").unwrap_or(false),
        limits: limits(&file),
        keymap: keymap(&file),
    };
    let problems = problems.into_inner();
    if problems.is_empty() { Ok(config) } else { Err(problems) }
}

/// The word for a ground, or for leaving it to the environment.
pub(super) const fn theme(ground: Option<Ground>) -> &'static str {
    match ground {
        None => "auto",
        Some(Ground::Dark) => "dark",
        Some(Ground::Light) => "light",
    }
}

fn limits(file: &Table<'_>) -> Limits {
    let default = Limits::default();
    let Some(table) = file.table("lints", "[lints]", &Lint::ALL.map(Lint::word)) else { return default };
    let time = |lint: Lint, default| table.duration_or_false(lint.word(), default);
    let share = |lint: Lint, default| table.share_or_false(lint.word(), default);
    Limits {
        clock_behind: time(Lint::ClockBehind, default.clock_behind),
        arrivals_behind: time(Lint::ArrivalsBehind, default.arrivals_behind),
        tasks_fail: share(Lint::TasksFail, default.tasks_fail),
        workers_blocked: time(Lint::WorkersBlocked, default.workers_blocked),
        pool_saturated: share(Lint::PoolSaturated, default.pool_saturated),
        start_delay: share(Lint::StartDelay, default.start_delay),
        cancel_lag: share(Lint::CancelLag, default.cancel_lag),
        timer_floor: time(Lint::TimerFloor, default.timer_floor),
    }
}

/// A key the file gives a binding.
#[derive(Debug)]
struct Given {
    word: &'static str,
    key: Spanned<Key>,
}

fn keymap(file: &Table<'_>) -> Keymap {
    let mut keymap = Keymap::default();
    let words: Vec<&'static str> = keymap.bindings().iter().map(|binding| binding.word).collect();
    let Some(table) = file.table("keys", "[keys]", &words) else { return keymap };
    let mut given = Vec::new();
    for word in words {
        let Some(keys) = keys(&table, word, keymap.is_for_text(word)) else { continue };
        keymap.rebind(word, keys.iter().map(|key| *key.get_ref()).collect());
        given.extend(keys.into_iter().map(|key| Given { word, key }));
    }
    // In the order of the file, so that of two keys that clash the later one is complained about.
    given.sort_by_key(|given| given.key.span().start);
    for (at, Given { word, key }) in given.iter().enumerate() {
        let rival = keymap.rival(word, *key.get_ref());
        let later =
            given[at + 1..].iter().any(|other| Some(other.word) == rival && other.key.get_ref() == key.get_ref());
        let twice = given[..at].iter().any(|other| other.word == *word && other.key.get_ref() == key.get_ref());
        if let Some(rival) = rival.filter(|_| !later) {
            let message = format!("`{}` is the key of `{rival}` on the same screen", key.get_ref());
            table.complain(key.span(), message, Some(format!("give `{rival}` another key, or none: `{rival} = []`")));
        } else if twice {
            table.complain(key.span(), format!("`{}` is there twice", key.get_ref()), None);
        }
    }
    keymap
}

/// The keys the file gives a binding, which may be one for where text is typed; `None` when it says nothing of it, or
/// something wrong.
fn keys(table: &Table<'_>, word: &str, is_for_text: bool) -> Option<Vec<Spanned<Key>>> {
    let said = table.texts(word, "a key such as `\"t\"`, or a list of keys")?;
    let span = said.span();
    if said.get_ref().is_empty() && NEEDED.contains(&word) {
        table.complain(span.clone(), format!("`{word}` needs a key, or there is no way out"), None);
    }
    let mut keys = Vec::with_capacity(said.get_ref().len());
    for text in said.into_inner() {
        match text.get_ref().parse::<Key>() {
            Ok(key) => keys.push(Spanned::new(text.span(), key)),
            Err(unknown) => table.complain(text.span(), unknown.to_string(), None),
        }
    }
    if is_for_text && !keys.is_empty() && keys.iter().all(|key| key.get_ref().is_text()) {
        let message = format!("`{word}` needs a key that is no character: where it works, characters are text");
        table.complain(span, message, Some("for example `\"esc\"`, `\"f2\"` or `\"ctrl-x\"`".to_owned()));
    }
    Some(keys)
}
