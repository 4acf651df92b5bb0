//! The heatmap: how many tasks of each column took how long.
//!
//! A cell shows two bands where the theme halves cells, else one. The hue is by the deadline of the column's own
//! lane; what was cancelled is hatched over both halves. The deadline is drawn over what lies under it.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::plan::Plan;
use crate::snapshot::{Heat, TimelineRow};
use crate::tui::app::{App, Spot};
use crate::tui::axis;
use crate::tui::theme::{Colors, Theme, Tone};
use crate::tui::view::field;
use crate::tui::view::painter::Painter;
use crate::units;

/// Tasks of one column in one band.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Count {
    /// Known to have taken no longer than the deadline.
    on_time: u64,
    /// Known to have taken longer.
    late: u64,
    /// Known to have been cancelled there, or never to have ended.
    pub censored: u64,
}

impl Count {
    /// All of them.
    pub(super) const fn all(self) -> u64 {
        self.on_time + self.late + self.censored
    }

    /// What most of those are that ended of their own.
    const fn tone(self) -> Tone {
        if self.late > self.on_time { Tone::Late } else { Tone::OnTime }
    }
}

/// The tasks of a column by band.
pub(super) fn counts(plan: &Plan, row: &TimelineRow) -> Vec<Count> {
    let mut counts = vec![Count::default(); plan.bands.count()];
    let deadline = row.lane.and_then(|lane| lane.deadline);
    for cell in row.heat.cells() {
        let Some(count) = counts.get_mut(plan.bands.band(cell.at)) else { continue };
        count.censored += cell.censored;
        match deadline {
            Some(deadline) if cell.low >= deadline => count.late += cell.observed,
            _ => count.on_time += cell.observed,
        }
    }
    counts
}

/// How one dot looks: what ended of its own as a colour, what was cancelled as a hatch over it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Dot {
    /// A step of the ramp of this tone.
    known: Option<(Tone, usize)>,
    /// A step too.
    hatch: Option<usize>,
}

/// The heatmap of a plan.
#[derive(Debug)]
pub(super) struct Heatmap<'a> {
    app: &'a App,
    plan: &'a Plan,
    columns: Vec<Vec<Count>>,
    /// What the last step of the ramp reaches up to: a round number, so that colours hold still.
    top: f64,
}

impl<'a> Heatmap<'a> {
    pub(super) fn new(app: &'a App, plan: &'a Plan) -> Self {
        let columns: Vec<Vec<Count>> = plan.columns.iter().map(|row| counts(plan, row)).collect();
        let weighted =
            columns.iter().flat_map(|counts| (0..).zip(counts)).map(|(band, count)| value(plan, band, count.all()));
        let top = round_up(weighted.fold(0.0, f64::max));
        Self { app, plan, columns, top }
    }

    fn theme(&self) -> Theme {
        self.app.theme
    }

    pub(super) fn draw(&self, buf: &mut Buffer) {
        let heat = self.plan.heat;
        let mut p = Painter::new(heat, buf, self.theme());
        for (column, row) in (0..).zip(&self.plan.columns) {
            let line = row.lane.and_then(|lane| lane.deadline).and_then(|deadline| self.row(deadline));
            for y in 0..heat.height {
                self.cell(&mut p, column, y, line == Some(y));
            }
        }
        self.rest_of_the_deadline(&mut p);
        self.labels(buf);
        self.key(buf);
        if let Some(spot) = self.app.cursor.spot {
            self.cursor(buf, spot);
        }
    }

    /// The row of a latency, from above.
    fn row(&self, latency: Duration) -> Option<u16> {
        let dot = self.plan.bands.dots(self.plan.bands.band(Heat::place(latency))).start;
        let upwards = u16::try_from(dot / self.halves()).ok()?;
        self.plan.heat.height.checked_sub(upwards + 1)
    }

    fn halves(&self) -> usize {
        if self.theme().halves_cells() { 2 } else { 1 }
    }

    fn dot(&self, column: usize, dot: usize) -> Dot {
        let band = self.plan.bands.at_dot(dot);
        let counts = self.columns.get(column).and_then(|counts| counts.get(band));
        let count = counts.copied().unwrap_or_default();
        let step = |n: u64| (n > 0).then(|| step(value(self.plan, band, n), self.top, self.theme()));
        Dot { known: step(count.all() - count.censored).map(|step| (count.tone(), step)), hatch: step(count.censored) }
    }

    fn cell(&self, p: &mut Painter<'_>, column: usize, y: u16, on_line: bool) {
        let upwards = usize::from(p.height() - 1 - y);
        let look = if self.theme().halves_cells() {
            halved(self.theme(), [self.dot(column, 2 * upwards + 1), self.dot(column, 2 * upwards)], on_line)
        } else {
            whole(self.theme(), self.dot(column, upwards), on_line)
        };
        if let Some((glyph, style)) = look {
            self.plan.cells(column).for_each(|x| p.glyph(x, y, glyph, style));
        }
    }

    /// The deadline new tasks have goes on to the right edge.
    fn rest_of_the_deadline(&self, p: &mut Painter<'_>) {
        let Some(y) = self.app.shown().deadline.and_then(|deadline| self.row(deadline)) else { return };
        let style = self.theme().style(Tone::Deadline);
        for x in self.plan.to_come() {
            p.glyph(x, y, self.theme().glyphs().across, style);
        }
    }

    fn labels(&self, buf: &mut Buffer) {
        let heat = self.plan.heat;
        let margin = Rect { x: heat.x - self.plan.margins.0, width: self.plan.margins.0, ..heat };
        let mut p = Painter::new(margin, buf, self.theme());
        let end = p.width().saturating_sub(2);
        let mut taken = Vec::new();
        if let Some(deadline) = self.app.shown().deadline
            && let Some(y) = self.row(deadline)
        {
            p.say_before(end, y, &units::human(deadline), Tone::Deadline);
            taken.push(y);
        }
        for (_, latency) in self.plan.bands.decades() {
            if let Some(y) = self.row(latency).filter(|y| !taken.contains(y)) {
                p.say_before(end, y, &axis::label(latency), Tone::Dim);
                taken.push(y);
            }
        }
    }

    /// What the colours mean.
    fn key(&self, buf: &mut Buffer) {
        let (heat, theme) = (self.plan.heat, self.theme());
        if !self.plan.framed || heat.height < 5 {
            return;
        }
        let room = Rect { x: heat.right() + 2, width: self.plan.margins.1.saturating_sub(3), ..heat };
        let mut p = Painter::new(room, buf, theme);
        p.say(0, 0, &format!("1 to {} tasks", count(self.top)), Tone::Dim);
        let names: &[_] = if theme.colors == Colors::None {
            &[(Tone::OnTime, "ended"), (Tone::Cancelled, "cancelled")]
        } else {
            &[(Tone::OnTime, "on time"), (Tone::Late, "late"), (Tone::Cancelled, "cancelled")]
        };
        for (y, &(tone, name)) in (1..).zip(names) {
            let steps = theme.heat_steps();
            for (x, step) in (0..).zip(0..steps) {
                if theme.halves_cells() && tone != Tone::Cancelled {
                    p.glyph(x, y, " ", Style::new().bg(theme.heat_color(tone, step)));
                } else {
                    p.glyph(x, y, theme.heat_glyph(tone, step), theme.style(tone));
                }
            }
            p.say(u16::try_from(steps + 1).unwrap_or(0), y, name, Tone::Dim);
        }
    }

    fn cursor(&self, buf: &mut Buffer, spot: Spot) {
        let Some(column) = self.plan.column(spot.time) else { return };
        let (plan, theme) = (self.plan, self.theme());
        let style = theme.style(Tone::Strong);
        let dots = plan.bands.dots(plan.bands.band(Heat::place(spot.latency)));
        let mut p = Painter::new(plan.heat, buf, theme);
        for y in 0..plan.heat.height {
            let first = usize::from(plan.heat.height - 1 - y) * self.halves();
            let on = |dot| dots.contains(&dot);
            let look = match (on(first + self.halves() - 1), on(first)) {
                (false, false) => continue,
                _ if self.halves() == 1 => (theme.glyphs().cursor[0], style),
                (true, true) => ("█", theme.cursor_half()),
                (true, false) => ("▀", theme.cursor_half()),
                (false, true) => ("▄", theme.cursor_half()),
            };
            plan.cells(column).for_each(|x| p.glyph(x, y, look.0, look.1));
        }
        let beside = Rect { x: plan.heat.x.saturating_sub(1), width: 1, ..plan.heat };
        if let Some(y) = self.row(spot.latency) {
            Painter::new(beside, buf, theme).glyph(0, y, theme.glyphs().cursor[1], style);
        }
        point(self.app, plan, column, buf);
    }
}

/// The cursor's sign on the time axis.
pub(super) fn point(app: &App, plan: &Plan, column: usize, buf: &mut Buffer) {
    let (sign, style) = (app.theme.glyphs().cursor[2], app.theme.style(Tone::Strong));
    Painter::new(plan.axis, buf, app.theme).glyph(plan.cells(column).start, 0, sign, style);
}

/// A cell with two dots, the upper one first; `None` where there is nothing.
fn halved(theme: Theme, dots: [Dot; 2], on_line: bool) -> Option<(&'static str, Style)> {
    let color = |(tone, step)| theme.heat_color(tone, step);
    let fullest = dots.iter().filter_map(|dot| dot.known).max_by_key(|&(_, step)| step);
    let ground = |style: Style| fullest.map_or(style, |known| style.bg(color(known)));
    if let Some(step) = dots.iter().filter_map(|dot| dot.hatch).max() {
        return Some((theme.heat_glyph(Tone::Cancelled, step), ground(theme.style(Tone::Cancelled))));
    }
    if on_line {
        let style = fullest.map_or(theme.style(Tone::Deadline), |(_, step)| theme.over_heat(Tone::Deadline, step));
        return Some((theme.glyphs().across, ground(style)));
    }
    match dots.map(|dot| dot.known.map(color)) {
        [Some(upper), Some(lower)] => Some(("▀", Style::new().fg(upper).bg(lower))),
        [Some(upper), None] => Some(("▀", Style::new().fg(upper))),
        [None, Some(lower)] => Some(("▄", Style::new().fg(lower))),
        [None, None] => None,
    }
}

/// A cell with one dot; what ended on the deadline's row is underlined.
fn whole(theme: Theme, dot: Dot, on_line: bool) -> Option<(&'static str, Style)> {
    let line = if on_line { Modifier::UNDERLINED } else { Modifier::empty() };
    let style = |tone| theme.style(tone).add_modifier(line);
    match (dot.hatch, dot.known) {
        (Some(step), _) => Some((theme.heat_glyph(Tone::Cancelled, step), style(Tone::Cancelled))),
        (None, Some((tone, step))) => Some((theme.heat_glyph(tone, step), style(tone))),
        (None, None) => on_line.then(|| (theme.glyphs().across, theme.style(Tone::Deadline))),
    }
}

/// A count as the ramp takes it: bands with more cells than others do not look fuller for that.
#[expect(clippy::cast_precision_loss, reason = "a colour needs few digits")]
fn value(plan: &Plan, band: usize, count: u64) -> f64 {
    count as f64 * plan.bands.weight(band)
}

/// The step of the ramp for a value above zero, where `top` is the end of the last.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the ramp")]
fn step(value: f64, top: f64, theme: Theme) -> usize {
    let steps = theme.heat_steps();
    let share = value.max(1.0).ln() / top.ln();
    ((share * units_of(steps)) as usize).min(steps - 1)
}

/// The next of 10, 20, 50, 100, …
fn round_up(value: f64) -> f64 {
    let power = 10f64.powf(value.max(1.0).log10().floor());
    [1.0, 2.0, 5.0, 10.0].map(|m| m * power).into_iter().find(|&round| round >= value).unwrap_or(value).max(10.0)
}

#[expect(clippy::cast_precision_loss, reason = "a ramp has few steps")]
const fn units_of(n: usize) -> f64 {
    n as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
fn count(value: f64) -> String {
    field::count(value as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::Ground;

    #[test]
    fn the_ramp_begins_with_one_task_and_ends_with_the_most() {
        for colors in [Colors::True, Colors::Indexed, Colors::Sixteen, Colors::None] {
            let theme = Theme::new(colors, Ground::Dark);
            assert_eq!(step(0.4, 200.0, theme), 0);
            assert_eq!(step(1.0, 200.0, theme), 0);
            assert_eq!(step(200.0, 200.0, theme), theme.heat_steps() - 1);
            assert_eq!(step(1e12, 200.0, theme), theme.heat_steps() - 1);
        }
    }

    #[test]
    fn the_most_is_a_round_number() {
        for (value, round) in [(0.0, 10.0), (10.0, 10.0), (11.0, 20.0), (214.0, 500.0), (501.0, 1000.0)] {
            assert!((round_up(value) - round).abs() < 1e-9, "{value}: {}", round_up(value));
        }
    }

    #[test]
    fn what_was_cancelled_is_hatched_and_the_deadline_goes_over_the_rest() {
        let theme = Theme::new(Colors::Indexed, Ground::Dark);
        let (none, known, both) = (Dot::default(), Some((Tone::Late, 2)), Some(4));
        let [known, both] = [None, both].map(|hatch| Dot { known, hatch });
        for (dots, on_line, glyph) in [
            ([both, known], true, Some("▓")),
            ([known, known], true, Some("┈")),
            ([known, known], false, Some("▀")),
            ([known, none], false, Some("▀")),
            ([none, known], false, Some("▄")),
            ([none, none], true, Some("┈")),
            ([none, none], false, None),
        ] {
            assert_eq!(halved(theme, dots, on_line).map(|look| look.0), glyph, "{dots:?}");
        }
        let theme = Theme::new(Colors::None, Ground::Dark).with_ascii(true);
        assert_eq!([both, known, none].map(|dot| whole(theme, dot, true).unwrap().0), ["%", "+", "!"]);
    }
}
