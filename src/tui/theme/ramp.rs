//! How many there are, as a colour or a shade: the ramps of a heatmap.
//!
//! Each step of a colour ramp is about as much lighter than the one before, or darker on a light ground, so that it is
//! read right without telling hues apart, too; its hue says on which side of the deadline it lies.

use ratatui::style::{Color, Style};

use super::{Colors, Ground, Theme, Tone};

/// Few to many, L* 22 to 82 in steps of ten.
const DARK_ON_TIME: &[(u8, u8, u8)] = &[
    (0x1d, 0x38, 0x48),
    (0x10, 0x51, 0x6e),
    (0x0e, 0x6a, 0x91),
    (0x06, 0x85, 0xb5),
    (0x30, 0xa0, 0xd4),
    (0x5f, 0xba, 0xee),
    (0x95, 0xd3, 0xfd),
];

/// L* 40 to 88 in steps of eight: even a single late task stands out.
const DARK_LATE: &[(u8, u8, u8)] = &[
    (0x8c, 0x4f, 0x19),
    (0xa7, 0x61, 0x1b),
    (0xc2, 0x73, 0x1e),
    (0xdd, 0x87, 0x1e),
    (0xf6, 0x9d, 0x1d),
    (0xff, 0xb7, 0x36),
    (0xff, 0xd6, 0x82),
];

/// L* 86 to 26 in steps of ten.
const LIGHT_ON_TIME: &[(u8, u8, u8)] = &[
    (0xbf, 0xdb, 0xf0),
    (0x8f, 0xc2, 0xe4),
    (0x5b, 0xa9, 0xd6),
    (0x0a, 0x90, 0xc4),
    (0x00, 0x76, 0xa8),
    (0x00, 0x5c, 0x84),
    (0x00, 0x43, 0x62),
];

/// L* 86 to 32 in steps of nine.
const LIGHT_LATE: &[(u8, u8, u8)] = &[
    (0xfa, 0xd1, 0x99),
    (0xf2, 0xb2, 0x5d),
    (0xe5, 0x94, 0x2f),
    (0xcd, 0x7a, 0x1f),
    (0xae, 0x65, 0x1e),
    (0x8f, 0x51, 0x1c),
    (0x72, 0x3e, 0x16),
];

/// The same among 256 colours: on time, late; dark ground, light ground.
const INDEXED: [[&[u8]; 2]; 2] =
    [[&[237, 24, 31, 74, 117], &[94, 130, 172, 214, 222]], [&[153, 74, 31, 24, 17], &[223, 214, 172, 130, 94]]];

/// What was cancelled is hatched, the closer the more.
const HATCHES: &[&str] = &["░", "▒", "▓"];

/// The hatch where shades already say how many.
const STROKES: &str = "╱";

/// Shades that need no colour.
const SHADES: &[&str] = &["░", "▒", "▓", "█"];

/// The same in ASCII; no sign in it means something else on a chart.
const ASCII: &[&str] = &[".", ":", "+", "*", "o", "#", "@"];

impl Theme {
    /// Whether a cell can show two counts, one above the other, each in a colour of its own.
    pub(in crate::tui) const fn halves_cells(self) -> bool {
        !self.ascii && matches!(self.colors, Colors::Indexed | Colors::True)
    }

    /// How many steps its ramp has.
    pub(in crate::tui) const fn heat_steps(self) -> usize {
        match (self.ascii, self.colors) {
            (true, _) => ASCII.len(),
            (false, Colors::True) => DARK_ON_TIME.len(),
            (false, Colors::Indexed) => INDEXED[0][0].len(),
            (false, Colors::Sixteen | Colors::None) => SHADES.len(),
        }
    }

    /// The colour of a step, for themes that halve cells.
    pub(in crate::tui) fn heat_color(self, tone: Tone, step: usize) -> Color {
        let step = step.min(self.heat_steps() - 1);
        let is_late = tone == Tone::Late;
        if self.colors == Colors::True {
            let ramp = match (self.ground, is_late) {
                (Ground::Dark, false) => DARK_ON_TIME,
                (Ground::Dark, true) => DARK_LATE,
                (Ground::Light, false) => LIGHT_ON_TIME,
                (Ground::Light, true) => LIGHT_LATE,
            };
            let (r, g, b) = ramp[step];
            return Color::Rgb(r, g, b);
        }
        let ramp = INDEXED[usize::from(self.ground == Ground::Light)][usize::from(is_late)];
        Color::Indexed(ramp[step.min(ramp.len() - 1)])
    }

    /// The sign of a step, where a cell shows one count.
    pub(in crate::tui) fn heat_glyph(self, tone: Tone, step: usize) -> &'static str {
        let of = |ramp: &[&'static str]| ramp[(step * ramp.len() / self.heat_steps()).min(ramp.len() - 1)];
        match tone {
            Tone::Cancelled if self.ascii => self.glyphs().hatch,
            Tone::Cancelled if self.halves_cells() => of(HATCHES),
            Tone::Cancelled => STROKES,
            _ if self.ascii => of(ASCII),
            _ => of(SHADES),
        }
    }

    /// A line over a step of the ramp: the tone's own style, unless its colour is lost on that step.
    pub(in crate::tui) fn over_heat(self, tone: Tone, step: usize) -> Style {
        let style = self.style(tone);
        if 2 * step > self.heat_steps() { style.fg(self.paper()) } else { style }
    }

    /// The half of a cell the cursor is on, and the other: the strongest contrast there is.
    pub(in crate::tui) fn cursor_half(self) -> Style {
        let ink = if self.ground == Ground::Dark { Color::Indexed(231) } else { Color::Indexed(16) };
        Style::new().fg(ink).bg(self.paper())
    }

    /// The ground, as a colour.
    const fn paper(self) -> Color {
        match self.ground {
            Ground::Dark => Color::Indexed(16),
            Ground::Light => Color::Indexed(231),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_has_a_colour_of_its_own() {
        for colors in [Colors::Indexed, Colors::True] {
            for ground in [Ground::Dark, Ground::Light] {
                let theme = Theme::new(colors, ground);
                let all: Vec<Color> = [Tone::OnTime, Tone::Late]
                    .into_iter()
                    .flat_map(|tone| (0..theme.heat_steps()).map(move |step| theme.heat_color(tone, step)))
                    .collect();
                assert!(all.iter().enumerate().all(|(n, color)| !all[..n].contains(color)), "{colors:?} {ground:?}");
                assert!(theme.halves_cells());
            }
        }
    }

    #[test]
    fn every_step_has_a_sign_of_its_own_where_there_are_no_colours() {
        for theme in [Theme::new(Colors::None, Ground::Dark), Theme::new(Colors::Sixteen, Ground::Light)] {
            for theme in [theme, theme.with_ascii(true)] {
                let signs: Vec<&str> = (0..theme.heat_steps()).map(|step| theme.heat_glyph(Tone::Late, step)).collect();
                assert!(signs.iter().enumerate().all(|(n, sign)| !signs[..n].contains(sign)), "{signs:?}");
                assert!(!signs.contains(&theme.heat_glyph(Tone::Cancelled, 0)));
                assert!(!theme.halves_cells() && (!theme.ascii || signs.iter().all(|sign| sign.is_ascii())));
            }
        }
    }
}
