//! How many there are, as a colour or a shade: the ramps of a heatmap.
//!
//! Each step of a colour ramp is about as much lighter than the one before, and its hue says what it is, so that
//! it is read right without telling hues apart, too.

use ratatui::style::Color;

use super::{Theme, Tone};

/// Few to many, on a dark ground: L* 24, 38, 52, 68, 82.
const ON_TIME: &[u8] = &[237, 24, 31, 74, 117];

/// L* 43, 49, 63, 77, 88: even a single late task stands out.
const LATE: &[u8] = &[94, 130, 172, 214, 222];

/// What was cancelled is hatched, the closer the more.
const HATCHES: &[&str] = &["░", "▒", "▓"];

/// Shades that need no colour.
const SHADES: &[&str] = &["░", "▒", "▓", "█"];

/// The same for terminals with ASCII alone; no sign in it means something else on a chart.
const ASCII: &[&str] = &[".", ":", "+", "*", "o", "#", "@"];

impl Theme {
    /// Whether a cell can show two counts, one above the other, each in a colour of its own.
    pub(in crate::tui) const fn halves_cells(self) -> bool {
        self.color && !self.ascii
    }

    /// How many steps its ramp has.
    pub(in crate::tui) const fn heat_steps(self) -> usize {
        match (self.ascii, self.color) {
            (true, _) => ASCII.len(),
            (false, true) => ON_TIME.len(),
            (false, false) => SHADES.len(),
        }
    }

    /// The colour of a step; only themes that halve cells have one.
    pub(in crate::tui) fn heat_color(self, tone: Tone, step: usize) -> Color {
        let ramp = if tone == Tone::Late { LATE } else { ON_TIME };
        if self.color { Color::Indexed(ramp[step.min(ramp.len() - 1)]) } else { Color::Reset }
    }

    /// The sign of a step, where a cell shows one count.
    pub(in crate::tui) fn heat_glyph(self, tone: Tone, step: usize) -> &'static str {
        let of = |ramp: &[&'static str]| ramp[(step * ramp.len() / self.heat_steps()).min(ramp.len() - 1)];
        match (tone, self.ascii, self.color) {
            (Tone::Cancelled, true, _) => self.glyphs().hatch,
            (Tone::Cancelled, false, true) => of(HATCHES),
            (Tone::Cancelled, false, false) => "╱",
            (_, true, _) => of(ASCII),
            (_, false, _) => of(SHADES),
        }
    }
}
