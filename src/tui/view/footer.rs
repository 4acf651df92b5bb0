//! The last two rows: the answer to the last key, and the keys.
//!
//! ```text
//!  observe → cancel for new tasks; 1,204 in flight keep observe
//!  t policy   [ ] deadline   - + load   p pause   space freeze   r reset   e export   ? help   q quit
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use super::entry;
use super::painter::{Painter, columns};
use crate::snapshot::MOSTLY_TIMER;
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::keymap::{Hint, Keymap};
use crate::tui::tabs::Scope;
use crate::tui::theme::Tone;

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

/// The answer to the last key; before there is one, a caveat or what this scenario teaches.
pub(super) fn status(p: &mut Painter<'_>, y: u16, app: &App) {
    if let Some(entry) = &app.entry {
        return entry::draw(p, y, entry, "Enter keeps it, Esc clears it");
    }
    let (text, tone) = match &app.status {
        Some(status) => (status.text.as_str(), status.tone),
        None if is_mostly_timer(app) => {
            ("a sleep takes up to 1 ms more than asked: the runtime's timer rounds up", Tone::Late)
        }
        None => (app.shown().info.lesson.as_str(), Tone::Dim),
    };
    let text = p.cut(text, p.width().saturating_sub(2));
    p.say(1, y, &text, tone);
}

/// Whether the median is so short that a user would take the resolution of tokio's timer for their own code.
fn is_mostly_timer(app: &App) -> bool {
    let median = app.digest().lanes.iter().find_map(|lane| lane.quantiles[0]);
    median.is_some_and(|median| MOSTLY_TIMER.contains(&median.bound()))
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
pub(super) fn pieces(keymap: &Keymap, scope: impl Into<Scope>, width: u16) -> Vec<Piece> {
    let mut kept = keymap.hints(scope);
    let needs = |hints: &[Hint], gap: u16| -> u16 {
        let one =
            |hint: &Hint| hint.keys.iter().map(|(key, _)| columns(key) + 1).sum::<u16>() + columns(hint.word) + gap;
        hints.iter().map(one).sum::<u16>() + 1
    };
    let gap = if needs(&kept, 3) <= width + 3 { 3 } else { 2 };
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

/// Draws the row of keys.
pub(super) fn keys(p: &mut Painter<'_>, y: u16, app: &App) {
    for piece in pieces(&app.keymap, app.tab, p.width()) {
        p.say(piece.x, y, &piece.text, piece.tone);
    }
}

/// What the key at column `x` does.
pub(super) fn key_at(app: &App, width: u16, x: u16) -> Option<Action> {
    action_at(pieces(&app.keymap, app.tab, width), x)
}

/// What the piece at column `x` does.
pub(super) fn action_at(pieces: Vec<Piece>, x: u16) -> Option<Action> {
    let at = |piece: &Piece| (piece.x..piece.x + columns(&piece.text)).contains(&x);
    pieces.into_iter().find(at).map(|piece| piece.action)
}
