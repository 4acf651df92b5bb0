//! The bars, the deadline and the axis, without a frame.

use std::sync::Arc;
use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use super::scale::{Column, Scale};
use crate::ledger::Metric;
use crate::snapshot::Window;
use crate::tui::app::App;
use crate::tui::axis;
use crate::tui::digest::LaneDigest;
use crate::tui::theme::{Theme, Tone};
use crate::tui::view::bars;
use crate::tui::view::painter::Painter;
use crate::tui::view::profile::{Bar, Place, Profile};
use crate::units;

/// The chart without its frame; the compact layout draws it too.
#[derive(Debug)]
pub(in crate::tui::view) struct Chart<'a> {
    app: &'a App,
    scale: Scale,
    solid: Vec<Column>,
    shadow: Vec<Column>,
    /// Samples in the fullest column.
    pub(super) peak: u64,
}

impl<'a> Chart<'a> {
    pub(in crate::tui::view) fn new(app: &'a App, width: u16) -> Self {
        let scale = Scale::new(app.axis(), width, app.shown().deadline);
        let lane = |n: usize| {
            app.digest().lanes.get(n).map(|lane| scale.columns(&lane.observed, &lane.censored)).unwrap_or_default()
        };
        let (solid, shadow) = (lane(0), lane(1));
        let peak = solid.iter().chain(&shadow).map(|column| column.all()).max().unwrap_or(0);
        Self { app, scale, solid, shadow, peak }
    }

    /// Where the cursor goes from where it is; `None` where it is at the end.
    pub(in crate::tui::view) fn stepped(&self, by: i32) -> Option<f64> {
        self.scale.stepped(self.app.cursor.latency, by)
    }

    /// The latency in the middle of a column.
    pub(in crate::tui::view) fn middle(&self, column: u16) -> Option<f64> {
        self.scale.middle(column)
    }

    fn theme(&self) -> Theme {
        self.app.theme
    }

    /// How high a bar of `count` samples is, in levels of `rows` cells.
    fn levels(&self, count: u64, rows: usize) -> usize {
        let counts = self.app.show.counts;
        bars::levels(self.theme().glyphs(), counts.height(count), counts.height(self.peak), rows)
    }

    fn tone(&self, column: u16) -> Tone {
        match self.scale.line {
            Some((_, line)) if column > line => Tone::Late,
            _ => Tone::OnTime,
        }
    }

    /// The bars of a lane, in levels of `rows` cells.
    fn profile(&self, columns: &[Column], rows: u16) -> Profile {
        let levels = |count| self.levels(count, rows.into());
        let bar = |column: &Column| Bar { known: levels(column.observed), all: levels(column.all()) };
        Profile(columns.iter().map(bar).collect())
    }

    /// What of the solid lane lies beyond the deadline, in flight or ended, as a share of what has met or missed it; of
    /// the other lane while that one has nothing.
    #[expect(clippy::cast_precision_loss, reason = "three significant digits are shown")]
    fn beyond(&self) -> Option<(f64, u64)> {
        let drawn = self.app.digest().lanes.iter().take(2).find(|lane| lane.count > 0)?;
        // Once the books are closed, what was overdue is among the unfinished, which are drawn.
        let lanes = self.app.shown().lanes.iter();
        let in_flight = lanes.filter(|lane| !lane.closed && lane.key == drawn.key).map(|lane| lane.overdue).sum();
        // A window is about what ended in it.
        let overdue = if self.app.show.window == Window::Run { in_flight } else { 0 };
        let all = drawn.count + overdue;
        Some(((drawn.beyond + overdue) as f64 / all as f64, overdue))
    }

    /// What to write beside the deadline, the most first.
    fn deadline_texts(&self, deadline: Duration) -> Vec<String> {
        let short = format!("deadline {}", units::human(deadline));
        let Some((share, overdue)) = self.beyond() else { return vec![short] };
        // The deadline counts from the spawn: a response time may lie beyond it and its task be on time.
        let whose = if self.app.metric() == Metric::Response { " of responses" } else { "" };
        let beyond = format!("{short}, {}{whose} beyond", units::percent(share));
        let in_flight = (overdue > 0).then(|| format!("{beyond}, {} of them in flight", units::thousands(overdue)));
        in_flight.into_iter().chain([beyond, short]).collect()
    }

    /// A line where the cursor stands, behind the bars.
    fn cursor(&self, p: &mut Painter<'_>, top: u16, rows: u16) {
        let Some(at) = self.app.cursor.latency else { return };
        let (x, glyphs) = (self.scale.cursor(at), self.theme().glyphs());
        let style = self.theme().style(Tone::Strong);
        for y in (top..top + rows).filter(|y| p.is_blank(x, *y)).collect::<Vec<_>>() {
            p.glyph(x, y, glyphs.plumb, style);
        }
        p.glyph(x, top + rows, glyphs.cursor[2], style);
    }

    /// What the cursor reads off, the most first; nothing without one.
    pub(in crate::tui::view) fn reading(&self) -> Vec<String> {
        let column = self.app.cursor.latency.map(|at| self.scale.cursor(at));
        let Some((x, (from, to))) = column.and_then(|x| Some((usize::from(x), self.scale.span(x)?))) else {
            return Vec::new();
        };
        let range = format!("{} – {}", units::human(axis::latency(from)), units::human(axis::latency(to)));
        let lanes = self.app.digest().lanes.iter().zip([&self.solid, &self.shadow]);
        let lanes: Vec<_> = lanes.filter(|(lane, _)| lane.count > 0).collect();
        let read = |(lane, columns): &(&Arc<LaneDigest>, &Vec<Column>)| {
            let sum = |columns: &[Column]| columns.iter().map(|column| column.all()).sum::<u64>();
            let (here, below) = (columns[x].all(), sum(&columns[..x]));
            let share = |n: u64| units::percent(bars::share(n, lane.count));
            let beyond = lane.count.saturating_sub(below + here);
            (units::thousands(here), format!("{} below, {} beyond", share(below), share(beyond)))
        };
        let read: Vec<_> = lanes.iter().map(read).collect();
        let (Some((here, shares)), many) = (read.first(), read.len() > 1) else { return vec![range] };
        let one = format!("{range}: {here} tasks, {shares}");
        let all = || {
            let named = lanes
                .iter()
                .zip(&read)
                .map(|((lane, _), (here, shares))| format!("{} {here}, {shares}", lane.key.policy));
            format!("{range}: {}", named.collect::<Vec<_>>().join("; "))
        };
        let all = many.then(all);
        all.into_iter().chain([one, format!("{range}: {here} tasks"), range]).collect()
    }
}

impl Widget for &Chart<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let mut p = Painter::new(area, buf, self.theme());
        // The first row is the deadline's label, the last two are the axis.
        let Some(rows) = p.height().checked_sub(3).filter(|&rows| rows > 0) else { return };
        let (solid, shadow) = (self.profile(&self.solid, rows), self.profile(&self.shadow, rows));
        let place = Place { top: 1, rows, theme: self.theme() };
        solid.draw(&mut p, place, |x, _| self.tone(x));
        shadow.draw_behind(&mut p, place, &solid, |x, _| self.tone(x));
        self.scale.draw_axis(&mut p, 1 + rows, self.theme());
        self.cursor(&mut p, 1, rows);
        let texts = self.app.shown().deadline.map(|deadline| self.deadline_texts(deadline));
        self.scale.draw_deadline(&mut p, &texts.unwrap_or_default(), self.theme());
        if self.peak == 0 {
            let text = match self.app.show.window {
                Window::Run => " latencies appear here as tasks end ",
                _ => " nothing ended in this window: w looks further back ",
            };
            p.say_centered(1 + rows / 2, text, Tone::Dim);
        }
    }
}
