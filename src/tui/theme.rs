//! What things look like, by what they mean: colours (Okabe–Ito) and glyphs.
//!
//! Every meaning also has a glyph, a place or a word of its own, so that nothing is lost without colour.

mod environment;
mod palette;
mod ramp;

use ratatui::style::{Modifier, Style};
use ratatui::symbols::border;

use self::palette::Hue;
pub use self::palette::{Colors, Ground};

/// What a piece of the screen means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// Text.
    Plain,
    /// Labels, frames, zeroes.
    Dim,
    /// Numbers that matter.
    Strong,
    /// By the deadline.
    OnTime,
    /// Past the deadline.
    Late,
    /// Cancelled, or censored at an age.
    Cancelled,
    /// Returned an error.
    Failed,
    /// Panicked.
    Panicked,
    /// The deadline itself.
    Deadline,
    /// A word on a field of its own.
    Badge,
}

/// The characters charts and lines are drawn with.
#[derive(Debug)]
pub(super) struct Glyphs {
    /// Bars that fill 1/n … n/n of a cell from below.
    pub bars: &'static [&'static str],
    /// Bars that fill 1/n … n/n of a cell from the left.
    pub strips: &'static [&'static str],
    /// The bars of another lane behind the solid ones.
    pub shadow: &'static str,
    /// The cursor where it stands in a column.
    pub plumb: &'static str,
    /// What is only known to be longer.
    pub hatch: &'static str,
    /// The deadline line.
    pub deadline: &'static str,
    /// The deadline where latencies go upwards.
    pub across: &'static str,
    /// The cursor where it covers a whole cell, beside a row, and below a column.
    pub cursor: [&'static str; 3],
    /// Percentile lines, p50 first.
    pub lines: [&'static str; 4],
    /// What a task does: waits for a worker, is polled, waits to be woken.
    pub split: [&'static str; 3],
    /// What the time of a task went to: before its first poll, scheduled, busy, waiting.
    pub causes: [&'static str; 4],
    /// Before a row that can be unfolded, and one that is.
    pub folds: [&'static str; 2],
    /// A horizontal line and a tick on it.
    pub rule: &'static str,
    /// See `rule`.
    pub tick: &'static str,
    /// Frames.
    pub border: border::Set<'static>,
    /// Beside a state that goes on.
    pub live: &'static str,
    /// Beside a state that stands still.
    pub still: &'static str,
    /// Before what is to be known, and beside the state of a run that falls behind.
    pub warning: &'static str,
    /// Before the scenario's name.
    pub pointer: &'static str,
    /// A change made while the run went on.
    pub marker: &'static str,
    /// Behind what rows are ordered by.
    pub ordered: &'static str,
    /// The books balance.
    pub good: &'static str,
    /// They do not.
    pub bad: &'static str,
    /// Between parts of a title.
    pub dot: &'static str,
    /// Where a text was cut.
    pub cut: &'static str,
    /// In place of a number that does not exist yet.
    pub none: &'static str,
}

const UNICODE: Glyphs = Glyphs {
    bars: &["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    strips: &["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"],
    shadow: "▒",
    plumb: "│",
    hatch: "░",
    deadline: "┊",
    across: "┈",
    cursor: ["◆", "▸", "▲"],
    lines: ["─", "┅", "━", "═"],
    split: ["▒", "█", "·"],
    causes: ["▓", "▒", "█", "▂"],
    folds: ["▹", "▿"],
    rule: "─",
    tick: "┴",
    border: border::PLAIN,
    live: "●",
    still: "■",
    warning: "⚠",
    pointer: "▸",
    marker: "▲",
    ordered: "▾",
    good: "✓",
    bad: "✗",
    dot: "·",
    cut: "…",
    none: "–",
};

const ASCII: Glyphs = Glyphs {
    bars: &[".", "#"],
    strips: &[".", "#"],
    shadow: "o",
    plumb: "^",
    hatch: "%",
    deadline: "!",
    across: "!",
    cursor: ["X", ">", "^"],
    lines: ["_", "~", "#", "*"],
    split: ["=", "#", "."],
    causes: [":", "=", "#", "_"],
    folds: ["}", "v"],
    rule: "-",
    tick: "+",
    border: border::Set {
        top_left: "+",
        top_right: "+",
        bottom_left: "+",
        bottom_right: "+",
        vertical_left: "|",
        vertical_right: "|",
        horizontal_top: "-",
        horizontal_bottom: "-",
    },
    live: "*",
    still: "[]",
    warning: "/!\\",
    pointer: ">",
    marker: "|",
    ordered: "v",
    good: "ok",
    bad: "WRONG",
    dot: "-",
    cut: "~",
    none: "-",
};

/// Colours and glyphs, chosen once when the screen opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    /// The colours; reversed, bold and dim text stay without them.
    pub colors: Colors,
    /// What they are drawn on.
    pub ground: Ground,
    /// Whether to draw with ASCII alone.
    pub ascii: bool,
}

impl Theme {
    /// These colours on this ground, with all of Unicode's glyphs.
    #[must_use]
    pub const fn new(colors: Colors, ground: Ground) -> Self {
        Self { colors, ground, ascii: false }
    }

    /// As many colours as the environment says the terminal has, and ASCII alone where its font has no more; `None`
    /// leaves the ground to the environment too.
    #[must_use]
    pub fn from_env(ground: Option<Ground>) -> Self {
        let variable = |name: &str| std::env::var(name).ok();
        let ground = ground.unwrap_or_else(|| Ground::of(variable));
        Self::new(Colors::of(variable), ground).with_ascii(environment::is_ascii(variable))
    }

    /// The same with ASCII alone, or not.
    #[must_use]
    pub const fn with_ascii(self, ascii: bool) -> Self {
        Self { ascii, ..self }
    }

    pub(super) const fn glyphs(self) -> &'static Glyphs {
        if self.ascii { &ASCII } else { &UNICODE }
    }

    pub(super) const fn style(self, tone: Tone) -> Style {
        let style = Style::new();
        let color = match Self::hue(tone) {
            Some(hue) => hue.color(self.colors, self.ground),
            None => None,
        };
        let style = match color {
            Some(color) => style.fg(color),
            None => style,
        };
        match tone {
            Tone::Dim => style.add_modifier(Modifier::DIM),
            Tone::Strong | Tone::Deadline => style.add_modifier(Modifier::BOLD),
            Tone::Panicked | Tone::Badge => style.add_modifier(Modifier::REVERSED),
            _ => style,
        }
    }

    const fn hue(tone: Tone) -> Option<Hue> {
        match tone {
            Tone::Plain | Tone::Dim | Tone::Strong | Tone::Badge => None,
            Tone::OnTime => Some(Hue::Blue),
            Tone::Late => Some(Hue::Orange),
            Tone::Cancelled => Some(Hue::Vermilion),
            Tone::Failed | Tone::Panicked => Some(Hue::Purple),
            Tone::Deadline => Some(Hue::Yellow),
        }
    }

    /// `text` in characters this theme may draw.
    pub(super) fn text(self, text: &str) -> String {
        if !self.ascii || text.is_ascii() {
            return text.to_owned();
        }
        text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
            match c {
                'µ' | 'μ' => out.push('u'),
                '≥' => out.push_str(">="),
                '≤' => out.push_str("<="),
                '→' => out.push_str("->"),
                '–' | '—' | '·' => out.push('-'),
                '×' => out.push('x'),
                '←' => out.push_str("<-"),
                '…' | '≈' => out.push('~'),
                c if c.is_ascii() => out.push(c),
                _ => out.push('?'),
            }
            out
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const TONES: [Tone; 10] = [
        Tone::Plain,
        Tone::Dim,
        Tone::Strong,
        Tone::OnTime,
        Tone::Late,
        Tone::Cancelled,
        Tone::Failed,
        Tone::Panicked,
        Tone::Deadline,
        Tone::Badge,
    ];

    #[test]
    fn every_meaning_with_a_colour_loses_it_and_only_it_without_colours() {
        let without = Theme::new(Colors::None, Ground::Dark);
        for colors in [Colors::Sixteen, Colors::Indexed, Colors::True] {
            for ground in [Ground::Dark, Ground::Light] {
                let with = Theme::new(colors, ground);
                for tone in TONES {
                    let [with, without] = [with, without].map(|theme| theme.style(tone));
                    assert_eq!(with.fg.is_some(), Theme::hue(tone).is_some(), "{tone:?}");
                    assert_eq!(without, Style { fg: None, ..with }, "{tone:?}");
                }
            }
        }
    }

    #[test]
    fn every_meaning_looks_like_no_other_at_any_depth() {
        for colors in [Colors::Sixteen, Colors::Indexed, Colors::True] {
            for ground in [Ground::Dark, Ground::Light] {
                let theme = Theme::new(colors, ground);
                for (n, tone) in TONES.into_iter().enumerate() {
                    let same = TONES[..n].iter().find(|&&other| theme.style(other) == theme.style(tone));
                    assert_eq!(same, None, "{tone:?} in {colors:?} on {ground:?}");
                }
            }
        }
    }

    #[test]
    fn in_ascii_a_character_of_a_chart_of_lanes_means_one_thing() {
        let Glyphs { bars, hatch, shadow, deadline, plumb, rule, tick, border, .. } = ASCII;
        let others = [hatch, shadow, deadline, plumb, rule, tick, border.vertical_left];
        let drawn: Vec<&str> = bars.iter().copied().chain(others).collect();
        assert_eq!(drawn.iter().collect::<HashSet<_>>().len(), drawn.len(), "{drawn:?}");
        assert_eq!((ASCII.strips, ASCII.across, ASCII.cursor[2]), (bars, deadline, plumb));
        assert!(![ASCII.warning, ASCII.live, ASCII.still].iter().any(|sign| drawn.contains(sign)));
    }

    #[test]
    fn ascii_text_has_a_reading_for_what_the_screen_says() {
        let theme = Theme::new(Colors::True, Ground::Dark).with_ascii(true);
        assert_eq!(theme.text("≥ 50 µs · observe → cancel"), ">= 50 us - observe -> cancel");
        assert_eq!(theme.text("größe"), "gr??e");
    }
}
