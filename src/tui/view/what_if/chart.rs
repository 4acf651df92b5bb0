//! The share of the tasks that would have missed each deadline, both on logarithmic axes, without a frame.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use super::answer;
use crate::tui::app::App;
use crate::tui::axis;
use crate::tui::digest::WhatIfDigest;
use crate::tui::theme::Tone;
use crate::tui::view::bars;
use crate::tui::view::histogram::Scale;
use crate::tui::view::painter::Painter;
use crate::tui::view::profile::{Bar, Place, Profile};
use crate::units;

/// Columns of the labels at the left.
const LABELS: u16 = 9;

/// The row of the deadline's label, and those of the axis.
const AROUND: u16 = 3;

/// The most decades of shares: one task in a hundred thousand.
const DECADES: f64 = 5.0;

/// See the module.
#[derive(Debug)]
pub(super) struct Chart<'a> {
    app: &'a App,
    digest: &'a WhatIfDigest,
    scale: Scale,
    rows: u16,
}

impl<'a> Chart<'a> {
    pub(super) fn new(app: &'a App, digest: &'a WhatIfDigest, area: Rect) -> Self {
        let scale = Scale::new(digest.axis, area.width.saturating_sub(LABELS), app.shown().deadline);
        Self { app, digest, scale, rows: area.height.saturating_sub(AROUND) }
    }

    /// The deadline a column of the whole area stands for, in decades; `None` beside the curve.
    pub(super) fn place_at(&self, x: u16) -> Option<f64> {
        self.scale.middle(x.checked_sub(LABELS)?)
    }

    /// Where the cursor goes from where it is; `None` where it is at the end.
    pub(super) fn stepped(&self, by: i32) -> Option<f64> {
        self.scale.stepped(self.app.cursor.deadline, by)
    }

    /// What the cursor reads off, the most first; nothing without one.
    pub(super) fn reading(&self) -> Vec<String> {
        if self.app.cursor.deadline.is_some() { answer::lines(self.app, self.digest) } else { Vec::new() }
    }

    /// Decades below 100 % that there are tasks for: one in ten, one in a hundred and so on.
    fn decades(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "2^53 tasks are out of reach")]
        let tasks = self.digest.what_if.survival().tasks().max(1) as f64;
        tasks.log10().ceil().clamp(2.0, DECADES)
    }

    /// How high a share is, in levels of a cell; what is there is never nothing.
    fn levels(&self, share: f64) -> usize {
        let height = if share > 0.0 { (1.0 + share.log10() / self.decades()).max(1e-6) } else { 0.0 };
        bars::levels(self.app.theme.glyphs(), height, 1.0, self.rows.into())
    }

    fn profile(&self) -> Profile {
        let survival = self.digest.what_if.survival();
        let last = survival.steps().last().map_or(0.0, |step| step.longer.share);
        let bar = |column| {
            let Some(place) = self.scale.middle(column) else { return Bar::default() };
            match survival.longer_than(axis::latency(place)) {
                Some(missed) => {
                    let all = self.levels(missed.share);
                    Bar { known: all, all }
                }
                // No more than miss the last deadline that is known of.
                None => Bar { known: 0, all: self.levels(last) },
            }
        };
        Profile((0..self.scale.width).map(bar).collect())
    }

    /// The labels of the shares.
    fn labels(&self, p: &mut Painter<'_>) {
        let cell = self.app.theme.glyphs().bars.len();
        let mut free = 0;
        for decade in 0..=5 {
            let share = 10f64.powi(-decade);
            if f64::from(decade) > self.decades() {
                break;
            }
            let below = u16::try_from(self.levels(share).saturating_sub(1) / cell).unwrap_or(0);
            let y = 1 + self.rows.saturating_sub(1 + below);
            if y > free {
                p.say_before(LABELS - 1, y, &format!("{} %", share * 100.0), Tone::Dim);
                free = y;
            }
        }
    }

    /// What to write beside the deadline of now, the most first.
    fn deadline_texts(&self) -> Vec<String> {
        let Some(deadline) = self.app.shown().deadline else { return Vec::new() };
        let short = format!("deadline {}", units::human(deadline));
        let missed = self.digest.what_if.survival().longer_than(deadline);
        // Tasks of a lane with another deadline have not missed this one.
        let would = if self.digest.key.deadline == Some(deadline) { "missed" } else { "would miss it" };
        let long = missed.map(|missed| format!("{short}, {} {would}", units::percent(missed.share)));
        long.into_iter().chain([short]).collect()
    }

    /// A line where the cursor stands, over the bars: they fill what is left of it.
    fn cursor(&self, p: &mut Painter<'_>) {
        let Some(at) = self.app.cursor.deadline else { return };
        let (x, glyphs) = (self.scale.cursor(at), self.app.theme.glyphs());
        let style = self.app.theme.style(Tone::Strong);
        for y in (1..=self.rows).filter(|y| p.is_blank(x, *y)).collect::<Vec<_>>() {
            p.glyph(x, y, glyphs.plumb, style);
        }
        p.glyph(x, self.rows + 1, glyphs.cursor[2], style);
    }
}

impl Widget for &Chart<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        if self.rows == 0 || self.scale.width == 0 {
            return;
        }
        let theme = self.app.theme;
        self.labels(&mut Painter::new(area, buf, theme));
        let curve = Rect { x: area.x + LABELS.min(area.width), width: self.scale.width, ..area };
        let mut p = Painter::new(curve, buf, theme);
        self.profile().draw(&mut p, Place { top: 1, rows: self.rows, theme }, |_, _| Tone::Late);
        self.scale.draw_axis(&mut p, 1 + self.rows, theme);
        self.cursor(&mut p);
        self.scale.draw_deadline(&mut p, &self.deadline_texts(), theme);
    }
}
