//! Percentiles, a column for each lane; it is the histogram's legend too.
//!
//! ```text
//! ┌ percentiles ─────────────────────┐
//! │               █ cancel ─ observe │
//! │                50.0 ms   50.0 ms │
//! │ p50            12.1 ms   11.8 ms │
//! │ p99          ≥ 50.1 ms    1.01 s │
//! └──────────────────────────────────┘
//! ```
//! `≥` is a censored percentile: all that is known is that it lies beyond that.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use super::painter::Painter;
use crate::snapshot::Latency;
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::digest::{self, LaneDigest, MAX_LANES, QUANTILES};
use crate::tui::theme::Tone;
use crate::units;

/// Columns of the names, and of one lane.
const NAMES: u16 = 12;
const LANE: u16 = 11;

/// See the module.
#[derive(Debug)]
pub(super) struct Percentiles<'a> {
    app: &'a App,
    room: usize,
    lanes: usize,
}

impl<'a> Percentiles<'a> {
    /// The table for a screen this wide.
    pub(super) fn new(app: &'a App, screen: u16) -> Self {
        let room = if screen < 110 { 2 } else { MAX_LANES };
        Self { app, room, lanes: app.digest().lanes.len().min(room) }
    }

    /// How many columns it takes. On a wide screen a second lane has its room from the start, so that
    /// nothing moves when it comes.
    pub(super) fn width(&self) -> u16 {
        let lanes = if self.room == MAX_LANES { self.lanes.max(2) } else { self.lanes };
        NAMES + LANE * u16::try_from(lanes).unwrap_or(1) + 4
    }

    fn lanes(&self) -> impl Iterator<Item = (u16, &LaneDigest)> {
        let ends = (1..).map(|n: u16| 1 + NAMES + LANE * n);
        ends.zip(self.app.digest().lanes.iter().take(self.lanes).map(AsRef::as_ref))
    }

    /// Whether the deadline tells lanes apart.
    fn deadlines_differ(&self) -> bool {
        let keys: Vec<_> = self.lanes().map(|(_, lane)| lane.key.deadline).collect();
        keys.windows(2).any(|pair| pair[0] != pair[1])
    }

    fn heads(&self, p: &mut Painter<'_>, with_deadline: bool) {
        let glyphs = self.app.theme.glyphs();
        let solid = glyphs.bars.last().copied().unwrap_or_default();
        let signs = [solid, glyphs.shadow, " "];
        for ((end, lane), sign) in self.lanes().zip(signs) {
            p.say_before(end, 0, &format!("{sign} {}", lane.key.policy), Tone::Strong);
            match lane.key.deadline {
                _ if !with_deadline => {}
                Some(deadline) => {
                    p.say_before(end, 1, &units::human(deadline), Tone::Deadline);
                }
                None => {
                    p.say_before(end, 1, "none", Tone::Dim);
                }
            }
        }
    }

    fn row(&self, p: &mut Painter<'_>, y: u16, name: &str, number: impl Fn(&LaneDigest) -> (Option<Latency>, Tone)) {
        p.say(1, y, name, Tone::Dim);
        for (end, lane) in self.lanes() {
            match number(lane) {
                (Some(latency), tone) => p.say_before(end, y, &latency.to_string(), tone),
                (None, _) => p.say_before(end, y, self.app.theme.glyphs().none, Tone::Dim),
            };
        }
    }
}

/// How many lanes there are to show.
pub(super) fn lanes(app: &App) -> usize {
    digest::lanes(app.shown()).len()
}

/// Says that lanes are left out, and where they are; nothing when all of them are shown.
pub(super) fn left_out(app: &App, shown: usize, all: usize) -> Vec<String> {
    if shown >= all {
        return Vec::new();
    }
    let short = format!("{shown} of {all} lanes");
    vec![format!("{short}, {} writes all", app.key(Action::Export)), short]
}

/// What is known past the deadline is late, what is only known to be longer is cancelled.
pub(super) fn tone(latency: Option<Latency>, lane: &LaneDigest) -> Tone {
    match (latency, lane.key.deadline) {
        (Some(Latency::AtLeast(_)), _) => Tone::Cancelled,
        (Some(Latency::Exactly(at)), Some(deadline)) if at > deadline => Tone::Late,
        _ => Tone::Plain,
    }
}

impl Widget for &Percentiles<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let mut p = Painter::new(area, buf, self.app.theme);
        let inside = p.frame("percentiles", "");
        p.foot(&left_out(self.app, self.lanes, lanes(self.app)), Tone::Dim);
        let mut p = Painter::new(inside, buf, self.app.theme);
        // Without room, the deadline is said only where it differs.
        let with_deadline = p.height() > 8 || self.deadlines_differ();
        self.heads(&mut p, with_deadline);
        let mut y = 1 + u16::from(with_deadline) + u16::from(p.height() > 9);
        for (index, (_, name)) in QUANTILES.iter().enumerate() {
            self.row(&mut p, y, name, |lane| (lane.quantiles[index], tone(lane.quantiles[index], lane)));
            y += 1;
        }
        self.row(&mut p, y, "max", |lane| (lane.max, tone(lane.max, lane)));
        self.row(&mut p, y + 1, "mean", |lane| (lane.mean, tone(lane.mean, lane)));
        let y = if p.height() > y + 3 { y + 3 } else { y + 2 };
        self.row(&mut p, y, "overrun p50", |lane| (lane.overrun, Tone::Late));
    }
}
