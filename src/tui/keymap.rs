//! The one table of keys: the handler, the help and the footer all read it.

use super::action::Action;
use super::key::{Key, Named};
use super::tabs::{Scope, Tab};

/// What one action is bound to and how it is explained.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Binding {
    /// What the keys do.
    pub action: Action,
    /// Its name in the configuration.
    pub word: &'static str,
    /// The keys.
    pub keys: Vec<Key>,
    /// The word beside the key in the footer; `None` keeps it out of there.
    pub hint: Option<&'static str>,
    /// The line in the help; neighbours with the same one share it.
    pub help: &'static str,
    /// Where it does something.
    pub on: &'static [Scope],
}

/// Keys in the footer and what they have to do with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hint {
    /// Each key with what it does.
    pub keys: Vec<(String, Action)>,
    /// The word beside them.
    pub word: &'static str,
}

/// Every binding, in the order of the help.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Keymap(Vec<Binding>);

const OVERVIEW: Scope = Scope::Tab(Tab::Overview);
const TIME: Scope = Scope::Tab(Tab::Time);
const PERCENTILES: Scope = Scope::Tab(Tab::Percentiles);
const GATHER: Scope = Scope::Tab(Tab::Gather);
const LATE: Scope = Scope::Tab(Tab::Late);
const FAILURES: Scope = Scope::Tab(Tab::Failures);
const RUNTIME: Scope = Scope::Tab(Tab::Runtime);
const WHAT_IF: Scope = Scope::Tab(Tab::WhatIf);
const BLAME: Scope = Scope::Tab(Tab::Blame);

const EVERYWHERE: &[Scope] = &[OVERVIEW, TIME, PERCENTILES, GATHER, LATE, FAILURES, RUNTIME, WHAT_IF, BLAME];
const CHARTS: &[Scope] = &[OVERVIEW, TIME, PERCENTILES, WHAT_IF];
const LISTS: &[Scope] = &[LATE, FAILURES];
const ROWS: &[Scope] = &[LATE, FAILURES, BLAME];
const LATENCIES: &[Scope] = &[OVERVIEW, PERCENTILES];
const UPRIGHT: &[Scope] = &[TIME, LATE, FAILURES, BLAME];
const CURSOR: &[Scope] = &[OVERVIEW, TIME, PERCENTILES, LATE, FAILURES, WHAT_IF, BLAME];
const FILTERED: &[Scope] = &[LATE, FAILURES, BLAME, Scope::Home];
const HOME: &[Scope] = &[Scope::Home, Scope::Search];
const CHOOSING: &[Scope] = &[Scope::Home, Scope::Search, Scope::Form];
const TYPING: &[Scope] = &[Scope::Search, Scope::Form];
const HELPED: &[Scope] = &[OVERVIEW, TIME, PERCENTILES, GATHER, LATE, FAILURES, RUNTIME, WHAT_IF, BLAME, Scope::Home];
const ALWAYS: &[Scope] = &[
    OVERVIEW,
    TIME,
    PERCENTILES,
    GATHER,
    LATE,
    FAILURES,
    RUNTIME,
    WHAT_IF,
    BLAME,
    Scope::Home,
    Scope::Search,
    Scope::Form,
];

const fn char(c: char) -> Key {
    Key::Char(c)
}

const fn named(key: Named) -> Key {
    Key::Named(key)
}

/// One line of the table.
struct Line(Action, &'static str, &'static [Key], Option<&'static str>, &'static [Scope], &'static str);

/// The key that quits wherever text is typed, whatever else does.
const WAY_OUT: Key = Key::Ctrl('c');

const GO: &str = "go to that screen";
const SELECT: &str = "select the one above or below";
const FIELD: &str = "go to the field above or below";
const PAGE: &str = "go up or down by a screenful; from the form, in the file";

/// Where the footer has no room, hints fall away from the end; the last two stay.
const TABLE: &[Line] = &[
    Line(
        Action::TogglePolicy,
        "policy",
        &[char('t')],
        Some("policy"),
        EVERYWHERE,
        "switch new tasks between cancel and observe",
    ),
    Line(
        Action::ShortenDeadline,
        "shorten-deadline",
        &[char('[')],
        Some(""),
        EVERYWHERE,
        "give new tasks a shorter deadline",
    ),
    Line(
        Action::LengthenDeadline,
        "lengthen-deadline",
        &[char(']')],
        Some("deadline"),
        EVERYWHERE,
        "give new tasks a longer deadline",
    ),
    Line(Action::LowerLoad, "lower-load", &[char('-'), char('_')], Some(""), EVERYWHERE, "lower the load"),
    Line(Action::RaiseLoad, "raise-load", &[char('+')], Some("load"), EVERYWHERE, "raise the load"),
    Line(
        Action::Window,
        "window",
        &[char('w')],
        Some("window"),
        LATENCIES,
        "latencies of the last 1 s, 10 s, 1 m or the whole run",
    ),
    Line(
        Action::Metric,
        "metric",
        &[char('c')],
        Some("metric"),
        LATENCIES,
        "service time (from the spawn) or response time (from the arrival)",
    ),
    Line(
        Action::Counts,
        "counts",
        &[char('l')],
        Some("counts"),
        &[OVERVIEW],
        "heights by the root of the count, linear, or logarithmic",
    ),
    Line(
        Action::OwnShare,
        "own-share",
        &[char('=')],
        Some("own share"),
        &[WHAT_IF],
        "look for the smallest deadline that a share of your own would miss",
    ),
    Line(Action::Sort, "sort", &[char('s')], Some("sort"), LISTS, "sort by the next column"),
    Line(Action::Filter, "filter", &[char('/')], Some("filter"), FILTERED, "show only rows with some text"),
    Line(
        Action::Details,
        "details",
        &[named(Named::Enter)],
        Some("details"),
        LISTS,
        "all there is to know of the selected row",
    ),
    Line(Action::Fold, "fold", &[named(Named::Left)], Some(""), &[BLAME], "put the lines of the selected step away"),
    Line(
        Action::Unfold,
        "unfold",
        &[named(Named::Right)],
        Some("lines"),
        &[BLAME],
        "show the lines of source at which tasks were in the selected step",
    ),
    Line(
        Action::ToggleFold,
        "toggle-fold",
        &[named(Named::Enter)],
        None,
        &[BLAME],
        "show them, or put them away; so does a click on the selected row",
    ),
    Line(Action::CancelTask, "cancel-task", &[char('x')], Some("cancel task"), &[LATE], "cancel the selected task"),
    Line(Action::Export, "export", &[char('e')], Some("export"), EVERYWHERE, "write the files of what is shown"),
    Line(
        Action::Freeze,
        "freeze",
        &[char(' ')],
        Some("freeze"),
        EVERYWHERE,
        "freeze this screen while the run goes on",
    ),
    Line(
        Action::PauseLoad,
        "pause",
        &[char('p')],
        Some("pause"),
        EVERYWHERE,
        "hold new arrivals back, or let them come again",
    ),
    Line(Action::Reset, "reset", &[char('r')], Some("reset"), EVERYWHERE, "forget all counts and begin again"),
    Line(
        Action::Left,
        "left",
        &[named(Named::Left)],
        Some(""),
        CHARTS,
        "move the cursor, which reads off what is there",
    ),
    Line(
        Action::Right,
        "right",
        &[named(Named::Right)],
        Some("cursor"),
        CHARTS,
        "move the cursor, which reads off what is there",
    ),
    Line(Action::Up, "up", &[named(Named::Up), char('k')], None, UPRIGHT, "move the cursor up"),
    Line(Action::Down, "down", &[named(Named::Down), char('j')], None, UPRIGHT, "move the cursor down"),
    Line(Action::PageUp, "page-up", &[named(Named::PageUp), Key::Ctrl('u')], None, ROWS, "move it by a screenful"),
    Line(
        Action::PageDown,
        "page-down",
        &[named(Named::PageDown), Key::Ctrl('d')],
        None,
        ROWS,
        "move it by a screenful",
    ),
    Line(Action::First, "first", &[named(Named::Home), char('g')], None, CURSOR, "move it to the start, or to the end"),
    Line(Action::Last, "last", &[named(Named::End), char('G')], None, CURSOR, "move it to the start, or to the end"),
    Line(Action::Copy, "copy", &[char('y')], None, CURSOR, "copy what the cursor reads"),
    Line(Action::Findings, "findings", &[char('f')], None, EVERYWHERE, "all findings of the lints, with what to try"),
    Line(Action::SavePicture, "save-picture", &[char('F')], None, EVERYWHERE, "save this screen as a picture (SVG)"),
    Line(Action::SaveText, "save-text", &[char('S')], None, EVERYWHERE, "save this screen as text"),
    Line(Action::Show(Tab::Overview), "overview", &[char('1')], None, EVERYWHERE, GO),
    Line(Action::Show(Tab::Time), "time", &[char('2')], None, EVERYWHERE, GO),
    Line(Action::Show(Tab::Percentiles), "percentiles", &[char('3')], None, EVERYWHERE, GO),
    Line(Action::Show(Tab::Gather), "gather", &[char('4')], None, EVERYWHERE, GO),
    Line(Action::Show(Tab::Late), "late", &[char('5')], None, EVERYWHERE, GO),
    Line(Action::Show(Tab::Failures), "failures", &[char('6')], None, EVERYWHERE, GO),
    Line(Action::Show(Tab::Runtime), "runtime", &[char('7')], None, EVERYWHERE, GO),
    Line(Action::Show(Tab::WhatIf), "what-if", &[char('8')], None, EVERYWHERE, GO),
    Line(Action::Show(Tab::Blame), "blame", &[char('9')], None, EVERYWHERE, GO),
    Line(
        Action::NextTab,
        "next-screen",
        &[named(Named::Tab)],
        None,
        EVERYWHERE,
        "go to the next screen, or to the one before",
    ),
    Line(
        Action::PreviousTab,
        "previous-screen",
        &[named(Named::BackTab)],
        None,
        EVERYWHERE,
        "go to the next screen, or to the one before",
    ),
    Line(
        Action::Choose,
        "choose",
        &[named(Named::Enter)],
        Some("choose"),
        HOME,
        "see what can be changed before it starts, or reopen the run",
    ),
    Line(
        Action::Start,
        "start",
        &[named(Named::Enter)],
        Some("start"),
        &[Scope::Form],
        "start the scenario with what was changed",
    ),
    Line(Action::SelectPrevious, "select-previous", &[named(Named::Up)], Some(""), CHOOSING, SELECT),
    Line(Action::SelectNext, "select-next", &[named(Named::Down)], Some("select"), CHOOSING, SELECT),
    Line(Action::PreviousField, "previous-field", &[named(Named::BackTab)], None, &[Scope::Form], FIELD),
    Line(Action::NextField, "next-field", &[named(Named::Tab)], None, &[Scope::Form], FIELD),
    Line(Action::SelectPageUp, "select-page-up", &[named(Named::PageUp)], None, CHOOSING, PAGE),
    Line(Action::SelectPageDown, "select-page-down", &[named(Named::PageDown)], None, CHOOSING, PAGE),
    Line(Action::SelectFirst, "select-first", &[named(Named::Home)], None, HOME, "select the first one, or the last"),
    Line(Action::SelectLast, "select-last", &[named(Named::End)], None, HOME, "select the first one, or the last"),
    Line(
        Action::OtherPane,
        "other-pane",
        &[named(Named::Tab)],
        Some("file"),
        HOME,
        "move in the file instead of the list, or in the list again",
    ),
    Line(Action::Back, "back", &[named(Named::Esc)], Some("back"), TYPING, "take the filter away, or start nothing"),
    Line(Action::Help, "help", &[char('?')], Some("help"), HELPED, "show or hide this help"),
    Line(
        Action::Close,
        "close",
        &[named(Named::Esc)],
        None,
        EVERYWHERE,
        "close what is on top: cursor, filter, freeze, a finished run",
    ),
    Line(
        Action::Quit,
        "quit",
        &[char('q'), Key::Ctrl('c')],
        Some("quit"),
        ALWAYS,
        "let tasks in flight end, then leave; again: leave at once",
    ),
    Line(Action::Suspend, "suspend", &[Key::Ctrl('z')], None, ALWAYS, "back to the shell, until fg"),
];

impl Default for Keymap {
    fn default() -> Self {
        let binding = |&Line(action, word, keys, hint, on, help): &Line| Binding {
            action,
            word,
            keys: keys.to_vec(),
            hint,
            help,
            on,
        };
        Self(TABLE.iter().map(binding).collect())
    }
}

impl Keymap {
    /// The action a key stands for somewhere.
    pub(super) fn action(&self, key: Key, scope: impl Into<Scope>) -> Option<Action> {
        let scope = scope.into();
        self.on(scope).find(|binding| binding.keys_on(scope).any(|bound| bound == key)).map(|binding| binding.action)
    }

    /// Every binding, in the order of the help.
    pub(super) fn bindings(&self) -> &[Binding] {
        &self.0
    }

    /// Gives the binding called `word` these keys and no others.
    pub(super) fn rebind(&mut self, word: &str, keys: Vec<Key>) {
        if let Some(binding) = self.0.iter_mut().find(|binding| binding.word == word) {
            binding.keys = keys;
        }
    }

    /// Whether the binding called `word` only does something where characters are text.
    pub(super) fn is_for_text(&self, word: &str) -> bool {
        self.0.iter().any(|binding| binding.word == word && binding.on.iter().all(|scope| scope.is_text()))
    }

    /// The word of another binding than the one called `word` that has `key` where it has it too.
    pub(super) fn rival(&self, word: &str, key: Key) -> Option<&'static str> {
        let own = self.0.iter().find(|binding| binding.word == word)?;
        let meets = |other: &&Binding| {
            let meet = |scope: &Scope| own.on.contains(scope) && other.keys_on(*scope).any(|bound| bound == key);
            other.word != word && other.on.iter().any(meet)
        };
        self.0.iter().find(meets).map(|other| other.word)
    }

    /// How the first key of an action is written on the screen; `None` when it has none.
    pub(super) fn label(&self, action: Action) -> Option<String> {
        let binding = self.0.iter().find(|binding| binding.action == action)?;
        binding.keys.first().map(|key| key.label())
    }

    /// Everything keys can do.
    #[cfg(test)]
    pub(super) fn actions(&self) -> impl Iterator<Item = Action> {
        self.0.iter().map(|binding| binding.action)
    }

    /// The bindings that do something somewhere.
    pub(super) fn on(&self, scope: impl Into<Scope>) -> impl Iterator<Item = &Binding> {
        let scope = scope.into();
        self.0.iter().filter(move |binding| binding.on.contains(&scope))
    }

    /// The keys in the help of a scope, with their lines.
    pub(super) fn help(&self, scope: impl Into<Scope>) -> Vec<(String, &'static str)> {
        let scope = scope.into();
        let bindings: Vec<&Binding> =
            self.on(scope).filter(|binding| binding.keys_on(scope).next().is_some()).collect();
        let lines = bindings.chunk_by(|a, b| a.help == b.help).map(|same| {
            let keys: Vec<String> = same.iter().flat_map(|binding| binding.keys_on(scope)).map(Key::label).collect();
            (keys.join(" "), same[0].help)
        });
        lines.collect()
    }

    /// The keys in the footer of a scope, those a list has of its own first; a binding with an empty word shares the
    /// next one's.
    pub(super) fn hints(&self, scope: impl Into<Scope>) -> Vec<Hint> {
        let scope = scope.into();
        let mut hints: Vec<Hint> = Vec::new();
        let mut open: Option<Hint> = None;
        let is_list = matches!(scope, Scope::Tab(tab) if tab.is_list());
        let (own, others): (Vec<&Binding>, Vec<_>) =
            self.on(scope).partition(|binding| is_list && !binding.on.contains(&OVERVIEW));
        let bindings = own.into_iter().chain(others);
        for (binding, word) in bindings.filter_map(|binding| Some((binding, binding.hint?))) {
            if let Some(key) = binding.keys_on(scope).next() {
                let hint = open.get_or_insert_with(|| Hint { keys: Vec::new(), word: "" });
                hint.keys.push((key.label(), binding.action));
            }
            if !word.is_empty() {
                hints.extend(open.take().map(|hint| Hint { word, ..hint }));
            }
        }
        hints
    }
}

impl Binding {
    /// Its keys that are keys in a scope, and no text; where text is typed there is always one to quit with.
    fn keys_on(&self, scope: Scope) -> impl Iterator<Item = Key> {
        let is_out = scope.is_text() && self.action == Action::Quit && !self.keys.contains(&WAY_OUT);
        let keys = self.keys.iter().copied().filter(move |key| !(scope.is_text() && key.is_text()));
        keys.chain(is_out.then_some(WAY_OUT))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_key_means_two_things_on_one_screen() {
        let keymap = Keymap::default();
        for &screen in ALWAYS {
            let keys: Vec<Key> = keymap.on(screen).flat_map(|b| b.keys_on(screen)).collect();
            assert_eq!(keys.len(), keys.iter().collect::<HashSet<_>>().len(), "{screen:?}");
        }
    }

    #[test]
    fn every_action_has_a_key_a_name_of_its_own_and_a_help_line() {
        let bindings = Keymap::default().0;
        let words: HashSet<&str> = bindings.iter().map(|b| b.word).collect();
        let actions: HashSet<Action> = bindings.iter().map(|b| b.action).collect();
        assert_eq!((words.len(), actions.len()), (bindings.len(), bindings.len()));
        assert!(bindings.iter().all(|b| !b.keys.is_empty() && !b.help.is_empty() && !b.on.is_empty()));
    }

    #[test]
    fn keys_that_belong_together_share_a_word_and_a_line() {
        let keymap = Keymap::default();
        let hints = keymap.hints(Tab::Overview);
        let read = |hint: &Hint| {
            let keys: Vec<&str> = hint.keys.iter().map(|(key, _)| key.as_str()).collect();
            (keys.join(" "), hint.word)
        };
        let hints: Vec<_> = hints.iter().map(read).collect();
        let own = |keys: &str, word| (keys.to_owned(), word);
        assert_eq!(hints[..3], [own("t", "policy"), own("[ ]", "deadline"), own("- +", "load")]);
        assert_eq!(hints[hints.len() - 1], own("q", "quit"));
        assert!(keymap.help(Tab::Overview).contains(&("1 2 3 4 5 6 7 8 9".to_owned(), GO)));
    }

    #[test]
    fn a_binding_has_the_keys_it_was_given_in_the_handler_the_help_and_the_footer() {
        let mut keymap = Keymap::default();
        keymap.rebind("policy", vec![Key::Function(2), Key::Char('o')]);
        keymap.rebind("lengthen-deadline", vec![]);
        assert_eq!(keymap.action(Key::Char('t'), Tab::Overview), None);
        for key in [Key::Function(2), Key::Char('o')] {
            assert_eq!(keymap.action(key, Tab::Overview), Some(Action::TogglePolicy));
        }
        assert_eq!(keymap.label(Action::TogglePolicy).as_deref(), Some("F2"));
        assert_eq!(keymap.label(Action::LengthenDeadline), None);
        assert_eq!(keymap.help(Tab::Overview)[0].0, "F2 o");
        let hints: Vec<_> = keymap.hints(Tab::Overview).into_iter().map(|hint| (hint.keys.len(), hint.word)).collect();
        assert_eq!(hints[..3], [(1, "policy"), (1, "deadline"), (2, "load")]);
    }

    #[test]
    fn a_key_has_a_rival_where_both_are_on_one_screen() {
        let keymap = Keymap::default();
        assert_eq!(keymap.rival("policy", Key::Char('x')), Some("cancel-task"));
        assert_eq!(keymap.rival("counts", Key::Char('x')), None, "they never meet");
        assert_eq!(keymap.rival("policy", Key::Char('t')), None, "its own");
    }

    #[test]
    fn a_key_means_what_its_screen_has() {
        let keymap = Keymap::default();
        for (key, screen, expected) in [
            (Key::Char('t'), Tab::Late, Some(Action::TogglePolicy)),
            (Key::Char('x'), Tab::Late, Some(Action::CancelTask)),
            (Key::Char('x'), Tab::Overview, None),
            (Key::Char('l'), Tab::Overview, Some(Action::Counts)),
            (Key::Ctrl('t'), Tab::Overview, None),
            (Key::Named(Named::Tab), Tab::Runtime, Some(Action::NextTab)),
        ] {
            assert_eq!(keymap.action(key, screen), expected, "{key:?} on {screen:?}");
        }
        for (key, screen, expected) in [
            (Key::Char('q'), Scope::Home, Some(Action::Quit)),
            (Key::Char('q'), Scope::Search, None),
            (Key::Char('?'), Scope::Form, None),
            (Key::Ctrl('c'), Scope::Form, Some(Action::Quit)),
            (Key::Char('t'), Scope::Home, None),
        ] {
            assert_eq!(keymap.action(key, screen), expected, "{key:?} on {screen:?}");
        }
    }
}
