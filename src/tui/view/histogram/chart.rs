//! The bars, the deadline and the axis, without a frame.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::widgets::Widget;

use super::scale::{Column, Scale};
use crate::ledger::Metric;
use crate::tui::app::App;
use crate::tui::axis;
use crate::tui::theme::{Glyphs, Theme, Tone};
use crate::tui::view::bars;
use crate::tui::view::painter::Painter;
use crate::units;

/// The chart without its frame; the compact layout draws it too.
#[derive(Debug)]
pub(in crate::tui::view) struct Chart<'a> {
    app: &'a App,
    scale: Scale,
    solid: Vec<Column>,
    outline: Vec<Column>,
    /// Samples in the fullest column.
    pub(super) peak: u64,
}

impl<'a> Chart<'a> {
    pub(in crate::tui::view) fn new(app: &'a App, width: u16) -> Self {
        let scale = Scale::new(app.axis(), width, app.shown().deadline);
        let lane = |n: usize| app.digest().lanes.get(n).map(|lane| scale.columns(lane)).unwrap_or_default();
        let (solid, outline) = (lane(0), lane(1));
        let peak = solid.iter().chain(&outline).map(|column| column.all()).max().unwrap_or(0);
        Self { app, scale, solid, outline, peak }
    }

    fn theme(&self) -> Theme {
        self.app.theme
    }

    /// How high a bar of `count` samples is, in levels of `rows` cells.
    #[expect(clippy::cast_precision_loss, reason = "a height on a screen needs few digits")]
    fn levels(&self, count: u64, rows: usize) -> usize {
        bars::levels(self.theme().glyphs(), (count as f64).sqrt(), (self.peak as f64).sqrt(), rows)
    }

    fn tone(&self, column: u16) -> Tone {
        match self.scale.line {
            Some((_, line)) if column > line => Tone::Late,
            _ => Tone::OnTime,
        }
    }

    /// Draws the solid lane's bars into rows `top..top + rows`.
    fn solid(&self, p: &mut Painter<'_>, top: u16, rows: u16) {
        let glyphs = self.theme().glyphs();
        for (x, column) in (0..).zip(&self.solid) {
            let style = self.theme().style(self.tone(x));
            let (known, all) = (self.levels(column.observed, rows.into()), self.levels(column.all(), rows.into()));
            for row in 0..rows {
                if let Some(glyph) = bars::cell(glyphs, known, row.into()) {
                    p.glyph(x, top + rows - 1 - row, glyph, style);
                }
            }
            if column.censored > 0 {
                let hatch = self.theme().style(Tone::Cancelled);
                for row in hatched(glyphs, known, all, rows) {
                    p.glyph(x, top + rows - 1 - row, glyphs.hatch, hatch);
                }
            }
        }
    }

    /// Draws the edges of the outlined lane's bars.
    fn outline(&self, p: &mut Painter<'_>, top: u16, rows: u16) {
        let glyphs = self.theme().glyphs();
        let cell = glyphs.bars.len();
        // Cells of each bar; the line's own column has no bar, and the outline goes on beyond it.
        let heights: Vec<u16> =
            self.outline.iter().map(|c| self.levels(c.all(), rows.into()).div_ceil(cell)).map(narrow).collect();
        for (x, column) in (0..).zip(&self.outline).filter(|(_, column)| column.all() > 0) {
            let at = usize::from(x);
            let tone = if column.censored > column.observed { Tone::Cancelled } else { self.tone(x) };
            let row = heights[at] - 1;
            let third = ((self.levels(column.all(), rows.into()) - 1) % cell * 3 / cell).min(2);
            if let Some(style) = self.edge_style(x, row, rows, tone) {
                p.glyph(x, top + rows - 1 - row, glyphs.edges[third], style);
            }
            let before = at.checked_sub(1).map_or(0, |before| heights[before]);
            let after = heights.get(at + 1).copied().unwrap_or(0);
            for side in before.min(after)..row {
                let glyph = match (side >= before, side >= after) {
                    (true, false) => glyphs.sides[0],
                    (true, true) => glyphs.sides[1],
                    (false, true) => glyphs.sides[2],
                    (false, false) => continue,
                };
                if self.covered(x, side, rows).1 == 0 {
                    p.glyph(x, top + rows - 1 - side, glyph, self.theme().style(tone));
                }
            }
        }
    }

    /// How an upper edge looks on what the solid lane has in its cell: reversed on a full one, and not at all
    /// where both bars end in the same cell.
    fn edge_style(&self, x: u16, row: u16, rows: u16, tone: Tone) -> Option<Style> {
        let (known, all) = self.covered(x, row, rows);
        match (known, all) {
            (_, 0) => Some(self.theme().style(tone)),
            (known, _) if known >= self.theme().glyphs().bars.len() => {
                Some(self.theme().style(tone).add_modifier(Modifier::REVERSED))
            }
            _ => None,
        }
    }

    /// How many levels the solid lane fills from this cell upwards: with what is known, and with all.
    fn covered(&self, x: u16, row: u16, rows: u16) -> (usize, usize) {
        let solid = self.solid.get(usize::from(x)).copied().unwrap_or_default();
        let below = usize::from(row) * self.theme().glyphs().bars.len();
        let above = |count| self.levels(count, rows.into()).saturating_sub(below);
        (above(solid.observed), above(solid.all()))
    }

    /// What lies beyond the deadline, in flight or ended, as a share of what has met or missed it.
    #[expect(clippy::cast_precision_loss, reason = "three significant digits are shown")]
    fn beyond(&self) -> Option<(f64, u64)> {
        let drawn = || self.app.digest().lanes.iter().take(2);
        let (beyond, all) = drawn().fold((0, 0), |(beyond, all), lane| (beyond + lane.beyond, all + lane.count));
        let shown = self.app.shown();
        // Once the books are closed, what was overdue is among the unfinished, which are drawn.
        let in_flight = shown.lanes.iter().filter(|lane| !lane.closed && drawn().any(|digest| digest.key == lane.key));
        let overdue = in_flight.map(|lane| lane.overdue).sum();
        (all + overdue > 0u64).then(|| ((beyond + overdue) as f64 / (all + overdue) as f64, overdue))
    }

    /// What to write beside the deadline, the most first.
    fn deadline_texts(&self, deadline: Duration) -> Vec<String> {
        let short = format!("deadline {}", units::human(deadline));
        let Some((share, overdue)) = self.beyond() else { return vec![short] };
        // The deadline counts from the spawn: a response time may lie beyond it and its task be on time.
        let whose = if self.app.shown().load.headline() == Metric::Response { " of responses" } else { "" };
        let beyond = format!("{short}, {}{whose} beyond", units::percent(share));
        let in_flight = (overdue > 0).then(|| format!("{beyond}, {} of them in flight", units::thousands(overdue)));
        in_flight.into_iter().chain([beyond, short]).collect()
    }

    fn deadline(&self, p: &mut Painter<'_>) {
        let (Some((_, x)), Some(deadline)) = (self.scale.line, self.app.shown().deadline) else { return };
        let style = self.theme().style(Tone::Deadline);
        for y in 0..p.height() {
            p.glyph(x, y, self.theme().glyphs().deadline, style);
        }
        for text in self.deadline_texts(deadline) {
            if x + 2 + p.columns(&text) <= p.width() {
                p.say(x + 2, 0, &text, Tone::Deadline);
                return;
            }
            if p.columns(&text) + 1 < x {
                p.say_before(x - 1, 0, &text, Tone::Deadline);
                return;
            }
        }
    }

    /// The axis on row `y` and its labels below.
    fn axis(&self, p: &mut Painter<'_>, y: u16) {
        p.rule(y, Tone::Dim);
        let per_decade = f64::from(self.scale.width) / (self.scale.axis.high() - self.scale.axis.low());
        let style = self.theme().style(Tone::Dim);
        let mut taken: Vec<u16> = self.scale.line.map(|(_, x)| x).into_iter().collect();
        let steps: &[u64] = match per_decade {
            wide if wide >= 27.0 => &[1, 2, 5],
            wide if wide >= 14.0 => &[1, 3],
            _ => &[1],
        };
        for tick in steps.iter().flat_map(|&m| self.scale.axis.ticks(m)) {
            let at = axis::decades(tick);
            let beyond = self.scale.line.is_some_and(|(line, _)| at > line);
            let x = self.scale.column(at, beyond);
            p.glyph(x, y, self.theme().glyphs().tick, style);
            let label = axis::label(tick);
            let columns = p.columns(&label);
            // Below the tick where that is free, else beside it.
            let starts = [x.saturating_sub(columns / 2), x, (x + 1).saturating_sub(columns)];
            let starts = starts.map(|start| start.min(p.width().saturating_sub(columns)));
            if let Some(start) = starts.into_iter().find(|start| (*start..start + columns).all(|x| !taken.contains(&x)))
            {
                p.say(start, y + 1, &label, Tone::Dim);
                taken.extend(start.saturating_sub(1)..=start + columns);
            }
        }
    }
}

fn narrow(cells: usize) -> u16 {
    u16::try_from(cells).unwrap_or(u16::MAX)
}

/// The cells from below that are hatched: those above the known part, and at least one.
fn hatched(glyphs: &Glyphs, known: usize, all: usize, rows: u16) -> std::ops::Range<u16> {
    let cell = glyphs.bars.len();
    let narrow = |cells: usize| u16::try_from(cells).unwrap_or(rows).min(rows);
    let end = narrow(all.div_ceil(cell)).max(1);
    let start = narrow(known.div_ceil(cell));
    if start < end {
        start..end
    } else if start < rows {
        start..start + 1
    } else {
        rows - 1..rows
    }
}

impl Widget for &Chart<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let mut p = Painter::new(area, buf, self.theme());
        // The first row is the deadline's label, the last two are the axis.
        let Some(rows) = p.height().checked_sub(3).filter(|&rows| rows > 0) else { return };
        self.solid(&mut p, 1, rows);
        self.outline(&mut p, 1, rows);
        self.axis(&mut p, 1 + rows);
        self.deadline(&mut p);
        if self.peak == 0 {
            p.say_centered(1 + rows / 2, " latencies appear here as tasks end ", Tone::Dim);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::{Colors, Ground};

    #[test]
    fn what_was_cancelled_is_hatched_in_one_cell_at_least() {
        let glyphs = Theme::new(Colors::None, Ground::Dark).glyphs();
        for (known, all, rows, cells) in
            [(0, 1, 4, 0..1), (8, 9, 4, 1..2), (4, 5, 4, 1..2), (32, 32, 4, 3..4), (8, 32, 4, 1..4)]
        {
            assert_eq!(hatched(glyphs, known, all, rows), cells, "{known} {all}");
        }
    }
}
