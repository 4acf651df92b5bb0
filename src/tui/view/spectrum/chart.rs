//! The curve of every lane, without a frame.

use std::sync::Arc;
use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use super::survival;
use crate::snapshot::{Latency, Survival, Window};
use crate::tui::app::App;
use crate::tui::axis;
use crate::tui::digest::{self, LaneDigest, Spectrum};
use crate::tui::theme::Tone;
use crate::tui::view::bars;
use crate::tui::view::painter::Painter;
use crate::tui::view::profile::{Bar, Place, Profile};
use crate::units;

/// Columns of the labels at the left.
const LABELS: u16 = 8;

/// Rows of the axis below.
const AXIS: u16 = 2;

/// The shares that have a label, in nines.
const TICKS: [(f64, &str); 7] = [
    (Spectrum::ENDS.0, "50 %"),
    (0.602_06, "75 %"),
    (1.0, "90 %"),
    (2.0, "99 %"),
    (3.0, "99.9 %"),
    (4.0, "99.99 %"),
    (Spectrum::ENDS.1, "99.999 %"),
];

/// See the module.
#[derive(Debug)]
pub(super) struct Chart<'a> {
    app: &'a App,
    /// Columns of the curve.
    width: u16,
    rows: u16,
}

impl<'a> Chart<'a> {
    pub(super) const fn new(app: &'a App, area: Rect) -> Self {
        Self { app, width: area.width.saturating_sub(LABELS + 1), rows: area.height.saturating_sub(AXIS) }
    }

    /// How many nines a column of the whole area stands for; `None` beside the curve.
    pub(super) fn nines_at(&self, x: u16) -> Option<f64> {
        x.checked_sub(LABELS).filter(|&x| x < self.width).map(|x| self.nines(x))
    }

    fn nines(&self, column: u16) -> f64 {
        let (first, last) = Spectrum::ENDS;
        first + (last - first) * f64::from(column) / f64::from(self.width.saturating_sub(1).max(1))
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the screen")]
    fn column(&self, nines: f64) -> u16 {
        let (first, last) = Spectrum::ENDS;
        let share = ((nines - first) / (last - first)).clamp(0.0, 1.0);
        (share * f64::from(self.width.saturating_sub(1))).round() as u16
    }

    /// Where the cursor goes from where it is; from no cursor, to 99 %.
    pub(super) fn stepped(&self, by: i32) -> Option<f64> {
        let Some(at) = self.app.cursor.nines else { return (self.width > 0).then(|| self.nines(self.column(2.0))) };
        let next = u16::try_from(i32::from(self.column(at)) + by.signum()).ok()?;
        (next < self.width).then(|| self.nines(next))
    }

    fn lanes(&self) -> impl Iterator<Item = &Arc<LaneDigest>> {
        self.app.digest().lanes.iter().take(2)
    }

    /// What the cursor reads off, the most first; nothing without one.
    pub(super) fn reading(&self) -> Vec<String> {
        let Some(nines) = self.app.cursor.nines else { return Vec::new() };
        let at = units::percent_with_nines(digest::share(nines));
        let read = |with_budget: bool| {
            let lanes = self.lanes().filter_map(|lane| {
                let latency = lane.spectrum().at(nines)?;
                let used = lane.key.deadline.filter(|_| with_budget).map(|deadline| budget(latency, deadline));
                let used = used.map(|used| format!(" ({used} of the deadline)")).unwrap_or_default();
                Some(format!("{} {latency}{used}", lane.key.policy))
            });
            lanes.collect::<Vec<_>>().join(", ")
        };
        let [long, short] = [true, false].map(read);
        if short.is_empty() {
            return Vec::new();
        }
        let all = self.survival().map(|(_, curve)| format!("{at}: {long}; {}", survival::reading(curve, nines)));
        let others = [format!("{at} of tasks within: {long}"), format!("{at}: {long}"), format!("{at}: {short}")];
        all.into_iter().chain(others).collect()
    }

    /// The survival curve of the newest lane that cancels.
    fn survival(&self) -> Option<(&LaneDigest, &Survival)> {
        self.lanes().find_map(|lane| Some((&**lane, lane.survival().filter(|curve| curve.tasks() > 0)?)))
    }

    /// Where the estimate for a lane that cancels stops: from there on the axis is hatched.
    fn end_of_knowledge(&self, p: &mut Painter<'_>) {
        let Some(share) = self.survival().and_then(|(_, curve)| survival::known_share(curve)) else { return };
        let (glyph, style) = (self.app.theme.glyphs().hatch, self.app.theme.style(Tone::Cancelled));
        (self.column(digest::nines(share))..self.width).for_each(|x| p.glyph(LABELS + x, self.rows, glyph, style));
    }

    /// How high a latency is, in levels of a cell; what is there is never nothing.
    fn levels(&self, latency: Duration) -> usize {
        let axis = self.app.axis();
        let share = (axis::decades(latency) - axis.low()) / (axis.high() - axis.low());
        bars::levels(self.app.theme.glyphs(), share.max(1e-6), 1.0, self.rows.into())
    }

    fn profile(&self, lane: Option<&Arc<LaneDigest>>) -> Profile {
        let (cell, deadline) = (self.app.theme.glyphs().bars.len(), self.line());
        let bar = |latency: Latency| {
            let mut all = self.levels(latency.bound());
            // A bound that is the deadline, as most are, shows above its line.
            if matches!(latency, Latency::AtLeast(_))
                && deadline.is_some_and(|row| (all - 1) / cell == usize::from(row))
            {
                all = ((all - 1) / cell * cell + cell + 1).min(usize::from(self.rows) * cell);
            }
            // A bound is hatched where it lies: how far above it the latency would have been is not known.
            let known = if matches!(latency, Latency::Exactly(_)) { all } else { (all - 1) / cell * cell };
            Bar { known, all }
        };
        let latency = |x| lane.and_then(|lane| lane.spectrum().at(self.nines(x)));
        Profile((0..self.width).map(|x| latency(x).map_or_else(Bar::default, bar)).collect())
    }

    /// The cell from below the deadline lies in.
    fn line(&self) -> Option<u16> {
        let cell = self.app.theme.glyphs().bars.len();
        let levels = self.app.shown().deadline.map(|deadline| self.levels(deadline))?;
        u16::try_from(levels.saturating_sub(1) / cell).ok()
    }

    /// The labels of the latency axis.
    fn scale(&self, p: &mut Painter<'_>) {
        let axis = self.app.axis();
        let cell = self.app.theme.glyphs().bars.len();
        for tick in axis.ticks(1) {
            let row = u16::try_from(self.levels(tick).saturating_sub(1) / cell).unwrap_or(0);
            p.say_before(LABELS - 1, self.rows.saturating_sub(1 + row), &axis::label(tick), Tone::Dim);
        }
    }

    fn axis(&self, p: &mut Painter<'_>) {
        let glyphs = self.app.theme.glyphs();
        let style = self.app.theme.style(Tone::Dim);
        (LABELS..LABELS + self.width).for_each(|x| p.glyph(x, self.rows, glyphs.rule, style));
        let mut free = 0;
        for (nines, label) in TICKS {
            let x = LABELS + self.column(nines);
            p.glyph(x, self.rows, glyphs.tick, style);
            let columns = p.columns(label);
            let start = x.saturating_sub(columns / 2).min(p.width().saturating_sub(columns));
            if start >= free {
                p.say(start, self.rows + 1, label, Tone::Dim);
                free = start + columns + 1;
            }
        }
    }

    /// The deadline as a line across, and beside it the share that meets it, where each curve crosses.
    fn deadline(&self, p: &mut Painter<'_>) {
        let (Some(row), Some(deadline)) = (self.line(), self.app.shown().deadline) else { return };
        let (y, style) = (self.rows - 1 - row, self.app.theme.style(Tone::Deadline));
        let glyphs = self.app.theme.glyphs();
        for x in LABELS..LABELS + self.width {
            p.glyph(x, y, glyphs.across, style);
        }
        let label = units::human(deadline);
        p.say_before(LABELS - 1, y, &label, Tone::Deadline);
        let signs = [glyphs.bars.last().copied().unwrap_or_default(), glyphs.shadow];
        for ((lane, sign), n) in self.lanes().zip(signs).zip(0u16..) {
            let Some(meets) = met(lane) else { continue };
            let text = format!(" {sign} {} {} within {label} ", lane.key.policy, units::percent_with_nines(meets));
            let x = LABELS + self.column(digest::nines(meets));
            let start = x.saturating_sub(p.columns(&text) + 1).max(LABELS + 1);
            let above = y.saturating_sub(1 + n);
            // A curve behind it would shine through.
            p.blank(start..start + p.columns(&text), above);
            p.say(start, above, &text, if meets < 1.0 { Tone::Late } else { Tone::OnTime });
        }
    }

    fn cursor(&self, p: &mut Painter<'_>) {
        let Some(nines) = self.app.cursor.nines else { return };
        let (x, glyphs, style) =
            (LABELS + self.column(nines), self.app.theme.glyphs(), self.app.theme.style(Tone::Strong));
        for y in (0..self.rows).filter(|y| p.is_blank(x, *y)).collect::<Vec<_>>() {
            p.glyph(x, y, glyphs.plumb, style);
        }
        p.glyph(x, self.rows, glyphs.cursor[2], style);
    }
}

/// The share of a lane's samples that lie within the deadline that is drawn; `None` before there is one.
pub(super) fn met(lane: &LaneDigest) -> Option<f64> {
    (lane.count > 0).then(|| 1.0 - bars::share(lane.beyond, lane.count))
}

/// How much of the deadline a latency uses up.
pub(super) fn budget(latency: Latency, deadline: Duration) -> String {
    let used = latency.bound().as_secs_f64() / deadline.as_secs_f64().max(1e-9);
    let sign = if matches!(latency, Latency::AtLeast(_)) { "≥ " } else { "" };
    format!("{sign}{}", units::percent(used))
}

impl Widget for &Chart<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let mut p = Painter::new(area, buf, self.app.theme);
        if self.rows == 0 || self.width == 0 {
            return;
        }
        self.axis(&mut p);
        self.scale(&mut p);
        let curves = Rect { x: area.x + LABELS.min(area.width), width: self.width, ..area };
        let mut lanes = self.lanes();
        let (solid, shadow) = (self.profile(lanes.next()), self.profile(lanes.next()));
        let line = self.line();
        let tone = |row| if line.is_some_and(|line| row > line) { Tone::Late } else { Tone::OnTime };
        let place = Place { top: 0, rows: self.rows, theme: self.app.theme };
        let mut inner = Painter::new(curves, buf, self.app.theme);
        solid.draw(&mut inner, place, |_, row| tone(row));
        shadow.draw_behind(&mut inner, place, &solid, |_, row| tone(row));
        let mut p = Painter::new(area, buf, self.app.theme);
        self.end_of_knowledge(&mut p);
        self.cursor(&mut p);
        self.deadline(&mut p);
        if self.lanes().all(|lane| lane.count == 0) {
            let text = match self.app.show.window {
                Window::Run => " percentiles appear here as tasks end ",
                _ => " nothing ended in this window: w looks further back ",
            };
            p.say_centered(self.rows / 2, text, Tone::Dim);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deadline_is_all_of_the_budget() {
        let ms = Duration::from_millis;
        assert_eq!(budget(Latency::Exactly(ms(50)), ms(50)), "100 %");
        assert_eq!(budget(Latency::AtLeast(ms(51)), ms(50)), "≥ 102 %");
        assert_eq!(budget(Latency::Exactly(ms(12)), ms(50)), "24.0 %");
    }
}
