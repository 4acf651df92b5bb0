//! Why tasks were late: where they were when their deadline passed, where their time went, and what came to nothing.
//!
//! ```text
//! ┌ where 3,702 late tasks were when their deadline passed · observe 50.0 ms ───────┐
//! │▸ 71.3 %  ██████▌      2,640  + query/acquire db       pool.rs:88 ← main.rs:41 │
//! └─────────────────────────────────────────────────────────────────────────────────┘
//!   sampled 1,900 · 18.0 µs each
//! ┌ where the time went ────────────────────┐┌ cancellations · all lanes ────────────┐
//! │ late    ▓▒█▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂    ││              asked  cancelled  too late│
//! │ on time ▓██▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂    │└───────────────────────────────────────┘
//! │                                         │┌ work that came to nothing ────────────┐
//! └─────────────────────────────────────────┘└───────────────────────────────────────┘
//! ```
//! Where there is no room for four boxes, the last two are a row each; what has no room for that falls away.

mod cancels;
mod causes;
mod tree;
mod waste;

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::widgets::Widget;

use self::cancels::Cancels;
use self::causes::CausesPanel;
use self::tree::Tree;
pub(in crate::tui) use self::tree::{Shown, read_out};
use self::waste::WastePanel;
use super::painter::Painter;
use crate::tui::app::App;
use crate::tui::theme::Tone;

/// What it takes for a second box, and for four.
const TWO: (u16, u16) = (78, 18);
const FOUR: (u16, u16) = (110, 26);

/// Rows of what has no box beside a second one.
const IN_SHORT: u16 = 2;

/// Rows of a screen without a second box that it takes for the causes in short.
const SHORT: u16 = 10;

/// See the module.
#[derive(Debug)]
pub(super) struct BlameScreen<'a>(pub &'a App);

/// Where the panels are; one without room is empty.
#[derive(Debug, Clone, Copy)]
struct Parts {
    tree: Rect,
    causes: Rect,
    cancels: Rect,
    waste: Rect,
    /// A row for each of the two before in short, where they have no box.
    short: Rect,
}

impl Parts {
    fn of(area: Rect) -> Self {
        let fits = |(width, height): (u16, u16)| area.width >= width && area.height >= height;
        let lower = if fits(FOUR) {
            (area.height * 2 / 5).max(cancels::HEIGHT + waste::HEIGHT)
        } else if fits(TWO) {
            causes::HEIGHT + IN_SHORT
        } else if area.height >= SHORT {
            causes::SHORT
        } else {
            0
        };
        let [tree, lower] = Layout::vertical([Constraint::Min(0), Constraint::Length(lower)]).areas(area);
        if !fits(FOUR) {
            let none = Rect { width: 0, height: 0, ..lower };
            let rows = if fits(TWO) { IN_SHORT } else { 0 };
            let [causes, short] = Layout::vertical([Constraint::Min(0), Constraint::Length(rows)]).areas(lower);
            return Self { tree, causes, cancels: none, waste: none, short };
        }
        let right = Constraint::Length((area.width * 2 / 5).clamp(cancels::WIDTH, waste::WIDEST));
        let [causes, right] = Layout::horizontal([Constraint::Min(0), right]).areas(lower);
        let [cancels, waste] = Layout::vertical([Constraint::Length(cancels::HEIGHT), Constraint::Min(0)]).areas(right);
        Self { tree, causes, cancels, waste, short: Rect { height: 0, ..lower } }
    }
}

impl Widget for &BlameScreen<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let parts = Parts::of(area);
        Tree(self.0).render(area, buf);
        CausesPanel(self.0).render(parts.causes, buf);
        Cancels(self.0).render(parts.cancels, buf);
        WastePanel(self.0).render(parts.waste, buf);
        let mut p = Painter::new(parts.short, buf, self.0.theme);
        for (y, text) in (0..).zip([waste::line(self.0), cancels::line(self.0)].into_iter().flatten()) {
            let text = p.cut(&text, p.width().saturating_sub(2));
            p.say(2, y, &text, Tone::Dim);
        }
    }
}

#[cfg(test)]
mod tests;
