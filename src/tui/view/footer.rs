//! The last two rows: the answer to the last key or what there is to know, and the keys.
//!
//! ```text
//!  ⚠ arrivals are 1.20 s behind: lower the load, or raise max_in_flight                    f +2 more
//!  t policy   [ ] deadline   - + load   p pause   space freeze   r reset   e export   ? help   q quit
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use super::painter::{Painter, columns};
use super::{entry, replay};
use crate::tui::action::Action;
use crate::tui::app::{App, WayOut};
use crate::tui::keymap::Hint;
use crate::tui::replay::Replay;
use crate::tui::theme::Tone;

/// From this width on there is more air between the keys.
const AIRY: u16 = 140;

/// See the module.
#[derive(Debug)]
pub(super) struct Footer<'a>(pub &'a App);

impl Widget for &Footer<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let mut p = Painter::new(area, buf, self.0.theme);
        status(&mut p, 0, self.0);
        keys(&mut p, 1, self.0);
    }
}

/// The answer to the last key; before there is one, what the lints found or what this scenario teaches.
pub(super) fn status(p: &mut Painter<'_>, y: u16, app: &App) {
    if let Some(entry) = &app.entry {
        return entry::draw(p, y, entry, "Enter keeps it, Esc clears it");
    }
    if let Some(replay) = replay(app) {
        return replay::draw(p, y, app.theme, replay);
    }
    match (&app.status, news(app)) {
        (Some(status), _) => said(p, y, p.width(), &status.text, status.tone),
        (None, Some((first, tone, others))) => {
            let end = more(p, y, app, others);
            said(p, y, end, &first, tone);
        }
        (None, None) => said(p, y, p.width(), &app.shown().info.lesson, Tone::Dim),
    }
}

/// Where in a recorded run the screen is, when the row of the answer says it: anywhere but at its end.
pub(super) fn replay(app: &App) -> Option<&Replay> {
    let is_free = app.entry.is_none() && app.status.is_none();
    app.replay.as_ref().filter(|replay| is_free && !replay.is_at_end())
}

/// The first thing to know of the run, how it looks, and how many there are beside it: gates that fail come before
/// what the lints found.
fn news(app: &App) -> Option<(String, Tone, usize)> {
    let (findings, glyphs) = (app.findings(), app.theme.glyphs());
    let found = findings.first().map_or(0, |(_, others)| others + 1);
    let failing = findings.failing().count();
    match (findings.failing().next(), findings.first()) {
        (Some(gate), _) => Some((format!("{} gate fails: {gate}", glyphs.warning), Tone::Failed, failing - 1 + found)),
        (None, Some((first, others))) => Some((format!("{} {first}", glyphs.warning), Tone::Late, others)),
        (None, None) => None,
    }
}

/// Whether the row of the answer says what there is to know.
pub(super) fn has_finding(app: &App) -> bool {
    app.entry.is_none() && app.status.is_none() && replay(app).is_none() && news(app).is_some()
}

/// Writes at the right end how much there is to know beside the first, and the key that shows all of it; returns
/// the first column.
fn more(p: &mut Painter<'_>, y: u16, app: &App, others: usize) -> u16 {
    let more = if others > 0 { format!("+{others} more") } else { "more".to_owned() };
    let x = p.say_before(p.width().saturating_sub(1), y, &more, Tone::Dim);
    app.keymap.label(Action::Findings).map_or(x, |key| p.say_before(x.saturating_sub(1), y, &key, Tone::Strong))
}

/// Writes what fits before column `end`, with a blank on either side.
fn said(p: &mut Painter<'_>, y: u16, end: u16, text: &str, tone: Tone) {
    let text = p.cut_between_words(text, end.saturating_sub(2));
    p.say(1, y, &text, tone);
}

/// A piece of the row of keys.
#[derive(Debug)]
pub(super) struct Piece {
    /// Its first column.
    pub x: u16,
    /// What it says.
    pub text: String,
    /// Whether it is a key or a word.
    pub tone: Tone,
    /// What a click on it does.
    pub action: Action,
}

/// The row of keys; help and quit are never the ones without room.
pub(super) fn pieces(hints: Vec<Hint>, width: u16) -> Vec<Piece> {
    let mut kept = hints;
    let needs = |hints: &[Hint], gap: u16| -> u16 {
        let one =
            |hint: &Hint| hint.keys.iter().map(|(key, _)| columns(key) + 1).sum::<u16>() + columns(hint.word) + gap;
        hints.iter().map(one).sum::<u16>() + 1
    };
    // The same on every screen, so that what they share stays where it is.
    let gap = if width < AIRY { 2 } else { 3 };
    while kept.len() > 2 && needs(&kept, gap) > width + gap {
        kept.remove(kept.len() - 3);
    }
    let mut pieces = Vec::new();
    let mut x = 1;
    for hint in kept {
        let last = hint.keys.last().map(|(_, action)| *action);
        for (text, action) in hint.keys {
            let columns = columns(&text);
            pieces.push(Piece { x, text, tone: Tone::Strong, action });
            x += columns + 1;
        }
        if let Some(action) = last {
            pieces.push(Piece { x, text: hint.word.to_owned(), tone: Tone::Dim, action });
        }
        x += columns(hint.word) + gap;
    }
    pieces
}

/// The keys of the tab that do anything here and now.
fn hints(app: &App) -> Vec<Hint> {
    let mut hints = app.keymap.hints(app.tab);
    hints.retain(|hint| hint.keys.iter().all(|(_, action)| app.can(*action)));
    if let Some(replay) = &app.replay
        && let Some(freeze) =
            hints.iter_mut().find(|hint| hint.keys.iter().any(|(_, action)| *action == Action::Freeze))
    {
        freeze.word = if replay.is_playing() { "stop" } else { "play" };
    }
    if app.is_over() && app.way_out == WayOut::Home {
        hints.insert(0, Hint { keys: vec![(app.key(Action::Close), Action::Close)], word: "home" });
    }
    hints
}

/// Draws the row of keys.
pub(super) fn keys(p: &mut Painter<'_>, y: u16, app: &App) {
    for piece in pieces(hints(app), p.width()) {
        p.say(piece.x, y, &piece.text, piece.tone);
    }
}

/// What the key at column `x` does.
pub(super) fn key_at(app: &App, width: u16, x: u16) -> Option<Action> {
    action_at(pieces(hints(app), width), x)
}

/// What the piece at column `x` does.
pub(super) fn action_at(pieces: Vec<Piece>, x: u16) -> Option<Action> {
    let at = |piece: &Piece| (piece.x..piece.x + columns(&piece.text)).contains(&x);
    pieces.into_iter().find(at).map(|piece| piece.action)
}
