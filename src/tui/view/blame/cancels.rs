//! Who asked tasks to end, and what came of it.
//!
//! ```text
//! ┌ cancellations · all lanes ─────────────────────────────┐
//! │ asked by           asked  cancelled  too late no effect│
//! │ deadline             420        400        12        8 │
//! │ gather deadline        0          0         0        0 │
//! │ shutdown               4          0         0        4 │
//! └─────────── lag p50 60.0 µs, max 1.20 ms ───────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use crate::ledger::Requests;
use crate::outcome::{CancelReason, Policy};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::theme::Tone;
use crate::tui::view::field;
use crate::tui::view::painter::Painter;
use crate::units;

/// Rows: one for each reason, the heads, and the frame.
pub(super) const HEIGHT: u16 = 9;

/// The least columns it takes.
pub(super) const WIDTH: u16 = 58;

/// Columns of the names, and of each count.
const NAMES: u16 = 15;
const COUNT: u16 = 10;

/// The heads; the last says that the request has no effect so far.
const HEADS: [&str; 4] = ["asked", "cancelled", "too late", "no effect"];

/// See the module.
#[derive(Debug)]
pub(super) struct Cancels<'a>(pub &'a App);

impl Widget for &Cancels<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        if area.is_empty() {
            return;
        }
        let app = self.0;
        let mut p = Painter::new(area, buf, app.theme);
        let inside = p.frame(&format!("cancellations {} all lanes", app.theme.glyphs().dot), "");
        let asked = app.why().filter(|digest| digest.cancels.iter().any(|by| *by != Requests::default()));
        let lag = asked.and_then(|digest| digest.lag);
        let lag =
            lag.map(|(p50, max)| format!("lag, request to drop: p50 {}, max {}", units::human(p50), units::human(max)));
        // Dropped, and yet not over.
        let blocking: u64 = asked.map_or(0, |digest| digest.cancels.iter().map(Requests::blocking).sum());
        let still = (blocking > 0).then(|| format!("{} still on a blocking thread", field::count(blocking)));
        let tone = if still.is_some() { Tone::Late } else { Tone::Plain };
        p.foot(&still.into_iter().chain(lag).collect::<Vec<_>>(), tone);
        let mut p = Painter::new(inside, buf, app.theme);
        let Some(digest) = asked else { return self.empty(&mut p) };
        let end = |n: u16| NAMES + COUNT * (n + 1);
        p.say(1, 0, "asked by", Tone::Dim);
        for (n, head) in (0..).zip(HEADS) {
            p.say_before(end(n), 0, head, Tone::Dim);
        }
        for (y, (reason, by)) in (1..).zip(CancelReason::ALL.into_iter().zip(&digest.cancels)) {
            let tone = if *by == Requests::default() { Tone::Dim } else { Tone::Plain };
            p.say(1, y, reason.word(), tone);
            for (n, (count, tone)) in (0..).zip(counts(by)) {
                // Nobody asks for what a task does to itself.
                let nobody = reason == CancelReason::Dropped && n != 1;
                let text = if nobody { app.theme.glyphs().none.to_owned() } else { field::count(count) };
                p.say_before(end(n), y, &text, if count == 0 || nobody { Tone::Dim } else { tone });
            }
        }
    }
}

impl Cancels<'_> {
    /// Says why nobody was asked.
    fn empty(&self, p: &mut Painter<'_>) {
        let (app, shown) = (self.0, self.0.shown());
        let how = match shown.policy {
            _ if shown.is_finished() => String::new(),
            Policy::Observe => format!("{} lets deadlines cancel new tasks", app.key(Action::TogglePolicy)),
            Policy::Cancel => "appears as deadlines pass, or as gathers end".to_owned(),
        };
        let y = p.height().saturating_sub(2) / 2;
        p.say_centered(y, "no task was asked to end", Tone::Dim);
        p.say_centered(y + 1, &how, Tone::Dim);
    }
}

/// All reasons together, in one line.
pub(super) fn line(app: &App) -> Option<String> {
    let cancels = &app.why()?.cancels;
    let sum = |count: fn(&Requests) -> u64| units::thousands(cancels.iter().map(count).sum());
    if cancels.iter().all(|by| *by == Requests::default()) {
        return Some("no task was asked to end".to_owned());
    }
    let [asked, cancelled] = [sum(|by| by.asked), sum(|by| by.cancelled)];
    let [late, pending] = [sum(|by| by.too_late), sum(Requests::pending)];
    Some(format!("asked to end {asked}: cancelled {cancelled}, too late {late}, no effect {pending}"))
}

/// What came of requests, in the order of the heads.
const fn counts(by: &Requests) -> [(u64, Tone); HEADS.len()] {
    [(by.asked, Tone::Plain), (by.cancelled, Tone::Cancelled), (by.too_late, Tone::Plain), (by.pending(), Tone::Late)]
}
