//! The colours: Okabe–Ito, which people who are colour-blind can tell apart, as deep as the terminal shows them.
//!
//! On a light ground they are darker than the originals, for these were made for fields and not for thin lines.

use ratatui::style::Color;

/// How many colours the terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colors {
    /// None: shape and weight say it all.
    None,
    /// The sixteen every terminal has, in shades of its own.
    Sixteen,
    /// The palette of 256.
    Indexed,
    /// All of them.
    True,
}

/// What the terminal draws on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// Light text on black, or nearly so.
    Dark,
    /// Dark text on white, or nearly so.
    Light,
}

/// A colour by the name Okabe and Ito gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hue {
    Blue,
    Orange,
    Vermilion,
    Purple,
    Yellow,
}

/// One colour in each depth.
#[derive(Debug)]
struct Shade {
    rgb: (u8, u8, u8),
    indexed: u8,
    named: Color,
}

impl Hue {
    /// The colour as it is drawn; `None` where there are none.
    pub(super) const fn color(self, colors: Colors, ground: Ground) -> Option<Color> {
        let shade = self.shade(ground);
        match colors {
            Colors::None => None,
            Colors::Sixteen => Some(shade.named),
            Colors::Indexed => Some(Color::Indexed(shade.indexed)),
            Colors::True => Some(Color::Rgb(shade.rgb.0, shade.rgb.1, shade.rgb.2)),
        }
    }

    const fn shade(self, ground: Ground) -> Shade {
        let (rgb, indexed, named) = match (ground, self) {
            (Ground::Dark, Self::Blue) => ((0x56, 0xb4, 0xe9), 74, Color::Cyan),
            (Ground::Dark, Self::Orange) => ((0xe6, 0x9f, 0x00), 214, Color::Yellow),
            (Ground::Dark, Self::Vermilion) => ((0xd5, 0x5e, 0x00), 166, Color::LightRed),
            (Ground::Dark, Self::Purple) => ((0xcc, 0x79, 0xa7), 175, Color::LightMagenta),
            (Ground::Dark, Self::Yellow) => ((0xf0, 0xe4, 0x42), 227, Color::LightYellow),
            (Ground::Light, Self::Blue) => ((0x00, 0x72, 0xb2), 25, Color::Blue),
            // Of the sixteen, neither yellow nor cyan nor green can be read on white.
            (Ground::Light, Self::Orange) => ((0xa6, 0x69, 0x00), 130, Color::LightRed),
            (Ground::Light, Self::Vermilion) => ((0x9e, 0x2a, 0x00), 124, Color::Red),
            (Ground::Light, Self::Purple) => ((0xa8, 0x41, 0x7e), 126, Color::Magenta),
            (Ground::Light, Self::Yellow) => ((0x40, 0x3c, 0x00), 58, Color::Black),
        };
        Shade { rgb, indexed, named }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HUES: [Hue; 5] = [Hue::Blue, Hue::Orange, Hue::Vermilion, Hue::Purple, Hue::Yellow];

    /// What text of 3 mm must have for people who see well enough to read it (WCAG 2, level AA).
    const READABLE: f64 = 4.5;

    /// The relative luminance WCAG 2 defines.
    fn luminance((r, g, b): (u8, u8, u8)) -> f64 {
        let linear = |c: u8| match f64::from(c) / 255.0 {
            c if c <= 0.04045 => c / 12.92,
            c => ((c + 0.055) / 1.055).powf(2.4),
        };
        0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    }

    fn contrast(a: (u8, u8, u8), b: (u8, u8, u8)) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// What a place in the cube of 6×6×6 colours looks like.
    fn cube(index: u8) -> (u8, u8, u8) {
        let level = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
        let at = index - 16;
        (level(at / 36), level(at / 6 % 6), level(at % 6))
    }

    #[test]
    fn every_colour_can_be_read_on_its_ground() {
        for (ground, paper) in [(Ground::Dark, (0, 0, 0)), (Ground::Light, (255, 255, 255))] {
            for hue in HUES {
                let shade = hue.shade(ground);
                for drawn in [shade.rgb, cube(shade.indexed)] {
                    assert!(contrast(drawn, paper) >= READABLE, "{hue:?} {drawn:?} on {ground:?}");
                }
            }
        }
    }

    #[test]
    fn no_two_colours_are_one_at_any_depth() {
        for ground in [Ground::Dark, Ground::Light] {
            for colors in [Colors::Sixteen, Colors::Indexed, Colors::True] {
                for (n, hue) in HUES.iter().enumerate() {
                    let color = hue.color(colors, ground);
                    assert!(color.is_some());
                    assert!(HUES[..n].iter().all(|other| other.color(colors, ground) != color), "{hue:?} {colors:?}");
                }
            }
        }
    }
}
