//! What things look like, by what they mean: colours (Okabe–Ito) and glyphs.
//!
//! Every meaning also has a glyph, a place or a word of its own, so that nothing is lost without colour.

mod ramp;

use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::border;

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
    /// Where the cursor is.
    Cursor,
    /// A word on a field of its own.
    Badge,
}

/// The characters charts and lines are drawn with.
#[derive(Debug)]
pub(super) struct Glyphs {
    /// Bars that fill 1/n … n/n of a cell from below.
    pub bars: &'static [&'static str],
    /// The upper edge of an outlined bar in the lower, middle and upper third of a cell.
    pub edges: [&'static str; 3],
    /// Its left edge, both in one cell, and its right edge.
    pub sides: [&'static str; 3],
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
    /// Before the scenario's name.
    pub pointer: &'static str,
    /// A change made while the run went on.
    pub marker: &'static str,
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
    edges: ["▁", "─", "▔"],
    sides: ["▏", "│", "▕"],
    hatch: "░",
    deadline: "┊",
    across: "┈",
    cursor: ["◆", "▸", "▲"],
    lines: ["─", "┅", "━", "═"],
    split: ["▒", "█", "·"],
    rule: "─",
    tick: "┴",
    border: border::PLAIN,
    live: "●",
    still: "■",
    pointer: "▸",
    marker: "▲",
    good: "✓",
    bad: "✗",
    dot: "·",
    cut: "…",
    none: "–",
};

const ASCII: Glyphs = Glyphs {
    bars: &[".", "#"],
    edges: ["_", "-", "~"],
    sides: ["|", "|", "|"],
    hatch: "%",
    deadline: "!",
    across: "=",
    cursor: ["X", ">", "^"],
    lines: ["_", "~", "#", "*"],
    split: ["=", "#", "."],
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
    still: "#",
    pointer: ">",
    marker: "^",
    good: "ok",
    bad: "WRONG",
    dot: "-",
    cut: "~",
    none: "-",
};

/// Colours and glyphs, chosen once when the screen opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    /// Whether to use colours; reversed, bold and dim text stay without them.
    pub color: bool,
    /// Whether to draw with ASCII alone.
    pub ascii: bool,
}

/// The Okabe–Ito palette in the 256 colours every terminal has.
mod okabe_ito {
    use ratatui::style::Color;

    pub(super) const SKY_BLUE: Color = Color::Indexed(74);
    pub(super) const ORANGE: Color = Color::Indexed(214);
    pub(super) const VERMILION: Color = Color::Indexed(166);
    pub(super) const PURPLE: Color = Color::Indexed(175);
    pub(super) const YELLOW: Color = Color::Indexed(227);
}

const WHITE: Color = Color::Indexed(231);

impl Theme {
    /// Colours, unless the environment says `NO_COLOR`.
    #[must_use]
    pub fn from_env(ascii: bool) -> Self {
        Self { color: std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()), ascii }
    }

    pub(super) const fn glyphs(self) -> &'static Glyphs {
        if self.ascii { &ASCII } else { &UNICODE }
    }

    pub(super) const fn style(self, tone: Tone) -> Style {
        let style = Style::new();
        let style = match Self::hue(tone) {
            Some(color) if self.color => style.fg(color),
            _ => style,
        };
        match tone {
            Tone::Dim => style.add_modifier(Modifier::DIM),
            Tone::Strong | Tone::Deadline | Tone::Cursor => style.add_modifier(Modifier::BOLD),
            Tone::Panicked | Tone::Badge => style.add_modifier(Modifier::REVERSED),
            _ => style,
        }
    }

    const fn hue(tone: Tone) -> Option<Color> {
        match tone {
            Tone::Plain | Tone::Dim | Tone::Strong | Tone::Badge => None,
            Tone::OnTime => Some(okabe_ito::SKY_BLUE),
            Tone::Late => Some(okabe_ito::ORANGE),
            Tone::Cancelled => Some(okabe_ito::VERMILION),
            Tone::Failed | Tone::Panicked => Some(okabe_ito::PURPLE),
            Tone::Deadline => Some(okabe_ito::YELLOW),
            Tone::Cursor => Some(WHITE),
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
                '→' => out.push_str("->"),
                '–' | '—' | '·' => out.push('-'),
                '×' => out.push('x'),
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
    use super::*;

    #[test]
    fn every_meaning_with_a_colour_loses_it_and_only_it_without_colours() {
        for tone in [Tone::OnTime, Tone::Late, Tone::Cancelled, Tone::Failed, Tone::Panicked, Tone::Deadline] {
            let [with, without] = [true, false].map(|color| Theme { color, ascii: false }.style(tone));
            assert!(with.fg.is_some() && without.fg.is_none(), "{tone:?}");
            assert_eq!(with.add_modifier, without.add_modifier, "{tone:?}");
        }
    }

    #[test]
    fn ascii_text_has_a_reading_for_what_the_screen_says() {
        let theme = Theme { color: true, ascii: true };
        assert_eq!(theme.text("≥ 50 µs · observe → cancel"), ">= 50 us - observe -> cancel");
        assert_eq!(theme.text("größe"), "gr??e");
    }
}
