//! The percentiles in figures, each with the part of the deadline it uses up.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use super::chart::{budget, met};
use super::survival;
use crate::snapshot::Latency;
use crate::tui::app::App;
use crate::tui::digest::{LaneDigest, PERCENTILES, nines};
use crate::tui::theme::Tone;
use crate::tui::view::painter::Painter;
use crate::tui::view::percentiles::{self, tone};
use crate::units;

/// Columns of the names, of a latency, and of its part of the deadline.
const NAMES: u16 = 9;
const LATENCY: u16 = 11;
const BUDGET: u16 = 10;

/// From this width on there is room for two lanes with all there is to say of them.
const TWO: u16 = 110;

/// See the module.
#[derive(Debug)]
pub(super) struct Table<'a> {
    app: &'a App,
    lanes: usize,
    columns: Columns,
}

/// What there is room for beside a latency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Columns {
    /// Nothing: a second lane says more.
    Latency,
    /// The part of the deadline it uses up.
    Budget,
}

impl<'a> Table<'a> {
    /// The table for a screen this wide.
    pub(super) fn new(app: &'a App, screen: u16) -> Self {
        let (lanes, columns) = match app.digest().lanes.len() {
            _ if screen >= TWO => (2, Columns::Budget),
            0 | 1 => (1, Columns::Budget),
            _ => (2, Columns::Latency),
        };
        Self { app, lanes, columns }
    }

    /// How many columns it takes on a screen; the room of a second lane is kept from the start, so that nothing moves
    /// when it comes.
    pub(super) const fn width(screen: u16) -> u16 {
        NAMES + 4 + if screen < TWO { 2 * LATENCY } else { 2 * (LATENCY + BUDGET) }
    }

    /// The lanes, each with the column after its latency and after its part of the deadline.
    fn lanes(&self) -> impl Iterator<Item = (u16, u16, &LaneDigest)> {
        let budget = if self.columns == Columns::Budget { BUDGET } else { 0 };
        let ends = (0..).map(move |n: u16| {
            let start = 1 + NAMES + (LATENCY + budget) * n;
            (start + LATENCY, start + LATENCY + budget)
        });
        ends.zip(self.app.digest().lanes.iter().take(self.lanes)).map(|((a, b), lane)| (a, b, lane.as_ref()))
    }

    /// One row; a figure is dim when `is_thin` says that it rests on fewer than one task.
    fn row(
        &self,
        p: &mut Painter<'_>,
        (y, name): (u16, &str),
        latency: impl Fn(&LaneDigest) -> Option<Latency>,
        is_thin: impl Fn(&LaneDigest) -> bool,
    ) {
        p.say(1, y, name, Tone::Dim);
        for (latency_end, budget_end, lane) in self.lanes() {
            let Some(latency) = latency(lane) else {
                p.say_before(latency_end, y, self.app.theme.glyphs().none, Tone::Dim);
                continue;
            };
            let tone = if is_thin(lane) { Tone::Dim } else { tone(Some(latency), lane) };
            p.say_before(latency_end, y, &latency.to_string(), tone);
            if let Some(deadline) = lane.key.deadline.filter(|_| self.columns == Columns::Budget) {
                p.say_before(budget_end, y, &budget(latency, deadline), tone);
            }
        }
    }

    fn heads(&self, p: &mut Painter<'_>) {
        let glyphs = self.app.theme.glyphs();
        let signs = [glyphs.bars.last().copied().unwrap_or_default(), glyphs.shadow];
        for ((latency_end, budget_end, lane), sign) in self.lanes().zip(signs) {
            p.say_before(latency_end, 0, &format!("{sign} {}", lane.key.policy), Tone::Strong);
            let deadline = lane.key.deadline.map_or_else(|| "none".to_owned(), units::human);
            p.say_before(latency_end, 1, &deadline, Tone::Deadline);
            if self.columns == Columns::Budget {
                p.say_before(budget_end, 1, "of it", Tone::Dim);
            }
        }
    }

    /// What met the deadline that is drawn.
    fn within(&self, p: &mut Painter<'_>, y: u16) {
        let Some(deadline) = self.app.shown().deadline else { return };
        p.say(1, y, "within", Tone::Dim);
        for (latency_end, _, lane) in self.lanes() {
            let text = met(lane).map_or_else(|| self.app.theme.glyphs().none.to_owned(), units::percent_with_nines);
            let late = lane.beyond > 0;
            p.say_before(latency_end, y, &text, if late { Tone::Late } else { Tone::OnTime });
        }
        p.say(1, y + 1, &units::human(deadline), Tone::Deadline);
    }
}

impl Widget for Table<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let mut p = Painter::new(area, buf, self.app.theme);
        let inside = p.frame("percentiles", "");
        p.foot(&percentiles::left_out(self.app, self.lanes, percentiles::lanes(self.app)), Tone::Dim);
        let mut p = Painter::new(inside, buf, self.app.theme);
        self.heads(&mut p);
        let mut y = 3;
        for (share, name) in PERCENTILES {
            #[expect(clippy::cast_precision_loss, reason = "2^53 tasks are out of reach")]
            let is_thin = |lane: &LaneDigest| (1.0 - share) * (lane.count as f64) < 0.999;
            self.row(&mut p, (y, name), |lane| lane.spectrum().at(nines(share)), is_thin);
            y += 1;
        }
        self.row(&mut p, (y, "max"), |lane| lane.max, |_| false);
        self.row(&mut p, (y + 1, "mean"), |lane| lane.mean, |_| false);
        self.within(&mut p, y + 3);
        if let Some((key, curve)) = self.lanes().find_map(|(.., lane)| Some((lane.key, lane.survival()?))) {
            let below = Rect { y: inside.y + y + 6, height: inside.height.saturating_sub(y + 6), ..inside };
            survival::draw(key, curve, &mut Painter::new(below, buf, self.app.theme));
        }
    }
}
