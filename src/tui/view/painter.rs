//! Puts text and glyphs on a part of the screen and never outside it, in characters the theme may use.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;

use crate::tui::theme::{Theme, Tone};

/// Columns of a frame that its title leaves free.
const TITLE: u16 = 5;

/// A brush for one area; places are relative to its upper left corner.
#[derive(Debug)]
pub(super) struct Painter<'a> {
    buf: &'a mut Buffer,
    area: Rect,
    theme: Theme,
}

impl<'a> Painter<'a> {
    pub(super) fn new(area: Rect, buf: &'a mut Buffer, theme: Theme) -> Self {
        let area = area.intersection(buf.area);
        Self { buf, area, theme }
    }

    pub(super) const fn width(&self) -> u16 {
        self.area.width
    }

    pub(super) const fn height(&self) -> u16 {
        self.area.height
    }

    /// Writes from column `x` on, as far as there is room; returns the column after it.
    pub(super) fn text(&mut self, x: u16, y: u16, text: &str, style: Style) -> u16 {
        if x >= self.area.width || y >= self.area.height {
            return x;
        }
        let room = usize::from(self.area.width - x);
        let text = self.theme.text(text);
        let (end, _) = self.buf.set_stringn(self.area.x + x, self.area.y + y, text, room, style);
        end - self.area.x
    }

    /// Writes in a tone.
    pub(super) fn say(&mut self, x: u16, y: u16, text: &str, tone: Tone) -> u16 {
        self.text(x, y, text, self.theme.style(tone))
    }

    /// Writes so that the last character stands before column `end`; returns the column of the first.
    pub(super) fn say_before(&mut self, end: u16, y: u16, text: &str, tone: Tone) -> u16 {
        let start = end.saturating_sub(self.columns(text));
        self.say(start, y, text, tone);
        start
    }

    /// Writes in the middle of a row.
    pub(super) fn say_centered(&mut self, y: u16, text: &str, tone: Tone) {
        let start = self.area.width.saturating_sub(self.columns(text)) / 2;
        self.say(start, y, text, tone);
    }

    /// Sets one cell, whatever was there.
    pub(super) fn glyph(&mut self, x: u16, y: u16, glyph: &str, style: Style) {
        if x < self.area.width && y < self.area.height {
            let cell = &mut self.buf[(self.area.x + x, self.area.y + y)];
            cell.reset();
            cell.set_symbol(glyph).set_style(style);
        }
    }

    /// Whether nothing stands there yet.
    pub(super) fn is_blank(&self, x: u16, y: u16) -> bool {
        x < self.area.width && y < self.area.height && self.buf[(self.area.x + x, self.area.y + y)].symbol() == " "
    }

    /// Draws a line across row `y`.
    pub(super) fn rule(&mut self, y: u16, tone: Tone) {
        let (glyph, style) = (self.theme.glyphs().rule, self.theme.style(tone));
        (0..self.area.width).for_each(|x| self.glyph(x, y, glyph, style));
    }

    /// As many of these parts as have room in the title of a frame round the area, the first one always.
    pub(super) fn title(&self, parts: &[&str]) -> String {
        let joined = |n: usize| parts[..n].join(&format!(" {} ", self.theme.glyphs().dot));
        let fits = |title: &String| self.columns(title) <= self.area.width.saturating_sub(TITLE);
        (1..=parts.len()).rev().map(joined).find(fits).unwrap_or_else(|| joined(parts.len().min(1)))
    }

    /// Frames the area, with a title at the left and one at the right where both fit; returns the inside.
    pub(super) fn frame(&mut self, left: &str, right: &str) -> Rect {
        let (w, h) = (self.area.width, self.area.height);
        if w < 2 || h < 2 {
            return Rect { width: 0, height: 0, ..self.area };
        }
        let set = self.theme.glyphs().border;
        let style = self.theme.style(Tone::Dim);
        for x in 1..w - 1 {
            self.glyph(x, 0, set.horizontal_top, style);
            self.glyph(x, h - 1, set.horizontal_bottom, style);
        }
        for y in 1..h - 1 {
            self.glyph(0, y, set.vertical_left, style);
            self.glyph(w - 1, y, set.vertical_right, style);
        }
        for (x, y, corner) in [
            (0, 0, set.top_left),
            (w - 1, 0, set.top_right),
            (0, h - 1, set.bottom_left),
            (w - 1, h - 1, set.bottom_right),
        ] {
            self.glyph(x, y, corner, style);
        }
        let left = self.cut(left, w.saturating_sub(TITLE));
        let end = self.say(2, 0, &format!(" {left} "), Tone::Plain);
        if !right.is_empty() && end + self.columns(right) + 5 <= w {
            self.say_before(w - 2, 0, &format!(" {right} "), Tone::Dim);
        }
        Rect { x: self.area.x + 1, y: self.area.y + 1, width: w - 2, height: h - 2 }
    }

    /// Writes the first of these texts that fits into the lower border of a frame round the area.
    pub(super) fn foot(&mut self, texts: &[String], tone: Tone) {
        let room = self.area.width.saturating_sub(6);
        if let Some(text) = texts.iter().find(|text| self.columns(text) <= room).filter(|_| self.area.height > 1) {
            let start = (self.area.width - self.columns(text) - 2) / 2;
            // The border's own style would shine through.
            self.blank(start..start + self.columns(text) + 2, self.area.height - 1);
            self.say(start, self.area.height - 1, &format!(" {text} "), tone);
        }
    }

    /// Says in the lower border of a frame round the area where there is more than it shows.
    pub(super) fn say_more(&mut self, above: bool, below: bool) {
        let more = match (above, below) {
            (true, true) => "↑ ↓ more",
            (false, true) => "↓ more",
            (true, false) => "↑ more",
            (false, false) => return,
        };
        self.foot(&[more.to_owned()], Tone::Strong);
    }

    /// Makes these columns of row `y` blank.
    pub(super) fn blank(&mut self, columns: Range<u16>, y: u16) {
        columns.for_each(|x| self.glyph(x, y, " ", Style::new()));
    }

    /// Makes every cell of the area blank.
    pub(super) fn clear(&mut self) {
        for y in 0..self.area.height {
            for x in 0..self.area.width {
                self.buf[(self.area.x + x, self.area.y + y)].reset();
            }
        }
    }

    /// How many columns `text` takes.
    pub(super) fn columns(&self, text: &str) -> u16 {
        columns(&self.theme.text(text))
    }

    /// `text`, cut to at most `width` columns, with a sign where something is missing.
    pub(super) fn cut(&self, text: &str, width: u16) -> String {
        if self.columns(text) <= width {
            return text.to_owned();
        }
        let cut = self.theme.glyphs().cut;
        let mut short = String::new();
        for c in text.chars() {
            if columns(&short) + columns(&c.to_string()) + columns(cut) > width {
                break;
            }
            short.push(c);
        }
        if width > 0 { short + cut } else { short }
    }

    /// `text`, cut to at most `width` columns between two words, or within the first one where that alone is longer.
    pub(super) fn cut_between_words(&self, text: &str, width: u16) -> String {
        let sign = self.theme.glyphs().cut;
        let cut = self.cut(text, width);
        let Some(kept) = cut.strip_suffix(sign).filter(|_| cut != text) else { return cut };
        let is_whole = text[kept.len()..].starts_with(' ');
        let words = if is_whole { kept } else { kept.rsplit_once(' ').map_or(kept, |(words, _)| words) };
        format!("{}{sign}", words.trim_end_matches([' ', ',', ':', ';']))
    }
}

/// How many columns `text` takes.
pub(super) fn columns(text: &str) -> u16 {
    u16::try_from(Span::raw(text).width()).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::{Colors, Ground};

    #[test]
    fn a_title_loses_its_last_parts_first_and_its_first_never() {
        for (width, title) in
            [(30, "latency · whole run · 9 tasks"), (29, "latency · whole run"), (19, "latency"), (0, "latency")]
        {
            let area = Rect::new(0, 0, width + TITLE - 1, 1);
            let mut buffer = Buffer::empty(area);
            let p = Painter::new(area, &mut buffer, Theme::new(Colors::None, Ground::Dark));
            assert_eq!(p.title(&["latency", "whole run", "9 tasks"]), title, "{width}");
        }
    }

    #[test]
    fn a_text_is_cut_between_words_unless_the_first_is_too_long() {
        let mut buffer = Buffer::empty(Rect::ZERO);
        let p = Painter::new(Rect::ZERO, &mut buffer, Theme::new(Colors::None, Ground::Dark));
        for (width, text) in [
            (21, "1.30 s: yield, or not"),
            (20, "1.30 s: yield, or…"),
            (18, "1.30 s: yield, or…"),
            (17, "1.30 s: yield…"),
            (10, "1.30 s…"),
            (3, "1.…"),
            (1, "…"),
            (0, ""),
        ] {
            assert_eq!(p.cut_between_words("1.30 s: yield, or not", width), text);
        }
    }
}
