//! What tasks took that came to nothing, lane by lane.
//!
//! ```text
//! ┌ work that came to nothing ─────────────────────────────────┐
//! │                   observe 50.0 ms           cancel 50.0 ms │
//! │                task time   of all       task time   of all │
//! │ late              160 s    63.0 %          4.01 s   12.0 % │
//! │ cancelled           0 s       0 %          4.01 s   12.0 % │
//! └───────────────────── kinds overlap ────────────────────────┘
//! ```

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use crate::ledger::LaneKey;
use crate::snapshot::{Waste, Work};
use crate::tui::app::App;
use crate::tui::theme::Tone;
use crate::tui::view::late::share;
use crate::tui::view::painter::Painter;
use crate::tui::view::table::Cell;
use crate::units;

/// Rows: one for each kind, two of heads, and the frame.
pub(super) const HEIGHT: u16 = 8;

/// The widest box: its numbers need no more.
pub(super) const WIDEST: u16 = 80;

/// Columns of the names, and of the figures of a lane.
const NAMES: u16 = 16;
const TIME: u16 = 10;
const SHARE: u16 = 9;
const BUSY: u16 = 10;

/// See the module.
#[derive(Debug)]
pub(super) struct WastePanel<'a>(pub &'a App);

/// One kind of work that came to nothing: its time, and what is known of it in polls.
type Kind = (&'static str, Duration, Option<Duration>);

impl Widget for &WastePanel<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        if area.is_empty() {
            return;
        }
        let app = self.0;
        let lanes: &[(LaneKey, Waste)] = app.why().map_or(&[], |digest| &digest.waste);
        let mut p = Painter::new(area, buf, app.theme);
        let inside = p.frame("work that came to nothing", "");
        if lanes.iter().all(|(_, waste)| waste.all.time.is_zero()) {
            let mut p = Painter::new(inside, buf, app.theme);
            p.say_centered(p.height().saturating_sub(1) / 2, "appears as tasks end", Tone::Dim);
            return;
        }
        p.foot(&["of all that has ended; kinds overlap".to_owned(), "kinds overlap".to_owned()], Tone::Dim);
        let mut p = Painter::new(inside, buf, app.theme);
        let gathers = app.shown().info.gather.is_some();
        let room = p.width().saturating_sub(NAMES + 1);
        let shown = lanes.len().min(usize::from(room / (TIME + SHARE)).max(1));
        let width = room / u16::try_from(shown).unwrap_or(1);
        for (y, (name, ..)) in (2..).zip(lanes.first().map(|(_, waste)| kinds(waste, gathers)).unwrap_or_default()) {
            p.say(1, y, name, Tone::Plain);
        }
        for (n, (key, waste)) in (0..).zip(lanes.iter().take(shown)) {
            lane(&mut p, (NAMES + n * width, width), *key, (waste, gathers));
        }
    }
}

/// Draws the figures of one lane at the end of its columns; those of the polls only where they have room.
fn lane(p: &mut Painter<'_>, (x, width): (u16, u16), key: LaneKey, (waste, gathers): (&Waste, bool)) {
    let has_busy = width >= TIME + SHARE + BUSY;
    let widths = [TIME, SHARE, BUSY];
    let all = widths.iter().take(2 + usize::from(has_busy)).sum::<u16>();
    let ends = widths.iter().scan(x + width.min(all + 4).saturating_sub(all), |end, width| {
        *end += width;
        Some(*end)
    });
    let ends: Vec<u16> = ends.take(2 + usize::from(has_busy)).collect();
    let last = ends.last().copied().unwrap_or(x);
    let name = p.cut(&key.to_string(), all);
    p.say_before(last, 0, &name, Tone::Strong);
    for (&end, head) in ends.iter().zip(["task time", "of all", "in polls"]) {
        p.say_before(end, 1, head, Tone::Dim);
    }
    for (y, (_, time, busy)) in (2..).zip(kinds(waste, gathers)) {
        let part = waste.share(Work { time, ..Work::default() });
        let busy = busy.map_or_else(|| Cell(String::new(), Tone::Dim), seconds);
        for (&end, Cell(text, tone)) in ends.iter().zip([seconds(time), share(part), busy]) {
            p.say_before(end, y, &text, tone);
        }
    }
}

/// The kinds there are; those of gathers only where there are some.
fn kinds(waste: &Waste, gathers: bool) -> Vec<Kind> {
    let kind = |name, work: Work| (name, work.time, Some(work.busy));
    let mut kinds = vec![kind("late", waste.late), kind("cancelled", waste.cancelled)];
    if gathers {
        kinds.extend([kind("failed gathers", waste.spoilt), ("after outcome", waste.after_outcome, None)]);
    }
    kinds
}

/// What came to nothing in the lane that is shown, in one line.
pub(super) fn line(app: &App) -> Option<String> {
    let digest = app.why()?;
    let (_, waste) = digest.waste.iter().find(|(key, _)| *key == digest.key)?;
    let part = |(name, time, _): Kind| {
        let share = waste.share(Work { time, ..Work::default() });
        format!("{name} {} ({})", units::task_time(time), units::percent(share))
    };
    let kinds = kinds(waste, app.shown().info.gather.is_some());
    let parts: Vec<String> = kinds.into_iter().filter(|(_, time, _)| !time.is_zero()).map(part).collect();
    Some(if parts.is_empty() {
        "no work came to nothing".to_owned()
    } else {
        format!("came to nothing: {}", parts.join(", "))
    })
}

fn seconds(time: Duration) -> Cell {
    Cell(units::task_time(time), if time.is_zero() { Tone::Dim } else { Tone::Plain })
}
