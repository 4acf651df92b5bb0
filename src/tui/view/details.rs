//! All there is to know of the selected row, over the screen.
//!
//! ```text
//! ┌ task 7,003 ───────────────────────── Esc closes ┐
//! │ state      overdue, in flight                    │
//! │ lane       observe 50.0 ms                       │
//! └──────────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use ratatui::widgets::Widget;

use super::painter::{Painter, columns};
use crate::tui::overlay::Reach;
use crate::tui::theme::{Theme, Tone};

/// The widest box.
const WIDTH: u16 = 84;

/// Labelled lines in a box of their own.
#[derive(Debug)]
pub(super) struct Details {
    /// What it is about.
    pub title: String,
    /// Each label with its text.
    pub lines: Vec<(&'static str, String, Tone)>,
    /// Rows above the first that is shown.
    pub scroll: usize,
    /// The key that closes it.
    pub close: String,
    /// How it looks.
    pub theme: Theme,
}

/// Where the box is on a screen, and what it has room for.
#[derive(Debug)]
struct Layout {
    place: Rect,
    /// Columns of the labels, with the gap after them.
    labels: u16,
    /// Each row with the label before it, if it is the first of its line.
    rows: Vec<(&'static str, String, Tone)>,
    /// Rows that are shown at once.
    room: usize,
    /// Whether there is a blank row above and below them.
    is_airy: bool,
}

impl Details {
    fn layout(&self, area: Rect) -> Layout {
        let labels = self.lines.iter().map(|(label, ..)| columns(label)).max().unwrap_or(0) + 3;
        let width = if WIDTH + 8 > area.width { area.width } else { WIDTH };
        let room = width.saturating_sub(labels + 4);
        let rows = self.lines.iter().flat_map(|&(label, ref text, tone)| {
            let labels = std::iter::once(label).chain(std::iter::repeat(""));
            labels.zip(wrap(&self.theme.text(text), room)).map(move |(label, row)| (label, row, tone))
        });
        let rows: Vec<_> = rows.collect();
        let height = u16::try_from(rows.len() + 4).unwrap_or(u16::MAX).min(area.height);
        let inside = usize::from(height.saturating_sub(2));
        // Where there is no room for air, the text comes first.
        let is_airy = inside >= rows.len() + 2;
        let place = area.centered(width.into(), height.into());
        Layout { place, labels, rows, room: inside - 2 * usize::from(is_airy), is_airy }
    }

    /// How far it can be scrolled on a screen.
    pub(super) fn reach(&self, screen: Size) -> Reach {
        let Layout { rows, room, .. } = self.layout(Rect::from((Position::ORIGIN, screen)));
        Reach::of(rows.len(), room)
    }
}

impl Widget for &Details {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let Layout { place, labels, rows, room, is_airy } = self.layout(area);
        let above = self.scroll.min(rows.len().saturating_sub(room));
        let mut p = Painter::new(place, buf, self.theme);
        p.clear();
        let inside = p.frame(&self.title, &format!("{} closes", self.close));
        p.say_more(above > 0, above + room < rows.len());
        let mut p = Painter::new(inside, buf, self.theme);
        for (y, (label, row, tone)) in (u16::from(is_airy)..).zip(rows.iter().skip(above).take(room)) {
            p.say(1, y, label, Tone::Dim);
            p.say(1 + labels, y, row, *tone);
        }
    }
}

/// `text` on rows of at most `width` columns, broken between words where that can be; one row at least.
fn wrap(text: &str, width: u16) -> Vec<String> {
    let mut rows = vec![String::new()];
    for word in text.split_whitespace() {
        let mut word = word;
        loop {
            let row = rows.last_mut().expect("there is one row at least");
            let gap = u16::from(!row.is_empty());
            if columns(row) + gap + columns(word) <= width || width == 0 {
                row.extend((gap > 0).then_some(' '));
                row.push_str(word);
                break;
            }
            if gap > 0 {
                rows.push(String::new());
            } else {
                let fits = word.char_indices().map(|(at, c)| at + c.len_utf8());
                let end = fits.take_while(|&end| columns(&word[..end]) <= width).last();
                let end = end.unwrap_or_else(|| word.chars().next().map_or(0, char::len_utf8));
                row.push_str(&word[..end]);
                word = &word[end..];
                if word.is_empty() {
                    break;
                }
                rows.push(String::new());
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_text_is_broken_between_words_and_a_long_word_where_it_must() {
        assert_eq!(wrap("connection reset\nby peer", 12), ["connection", "reset by", "peer"]);
        assert_eq!(wrap("abcdefgh i", 3), ["abc", "def", "gh", "i"]);
        assert_eq!((wrap("", 9), wrap("two words", 0)), (vec![String::new()], vec!["two words".to_owned()]));
        assert_eq!(wrap("名前", 1), ["名", "前"]);
    }

    proptest! {
        #[test]
        fn no_word_is_lost(text in "[a-zäß名 ]{0,120}", width in 2u16..40) {
            let rows = wrap(&text, width);
            prop_assert!(rows.iter().all(|row| columns(row) <= width));
            let letters = |text: &str| text.chars().filter(|c| *c != ' ').collect::<String>();
            prop_assert_eq!(letters(&rows.concat()), letters(&text));
        }
    }
}
