//! All there is to know of the selected row, over the screen.
//!
//! ```text
//! ┌ task 7,003 ───────────────────────── Esc closes ┐
//! │ state      overdue, in flight                    │
//! │ lane       observe 50.0 ms                       │
//! └──────────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use super::painter::{Painter, columns};
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
    /// The key that closes it.
    pub close: String,
    /// How it looks.
    pub theme: Theme,
}

impl Widget for &Details {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let labels = self.lines.iter().map(|(label, ..)| columns(label)).max().unwrap_or(0) + 3;
        let width = if WIDTH + 8 > area.width { area.width } else { WIDTH };
        let room = width.saturating_sub(labels + 4);
        let text = |text: &str| wrap(&self.theme.text(text), room);
        let lines: Vec<_> = self.lines.iter().map(|(label, value, tone)| (label, text(value), tone)).collect();
        let rows: usize = lines.iter().map(|(_, rows, _)| rows.len()).sum();
        let height = u16::try_from(rows + 4).unwrap_or(u16::MAX).min(area.height);
        let place = area.centered(width.into(), height.into());
        let mut p = Painter::new(place, buf, self.theme);
        p.clear();
        let inside = p.frame(&self.title, &format!("{} closes", self.close));
        let mut p = Painter::new(inside, buf, self.theme);
        // Where there is no room for air, the text comes first.
        let mut y = u16::from(usize::from(p.height()) >= rows + 2);
        for (label, rows, tone) in lines {
            p.say(1, y, label, Tone::Dim);
            for row in rows {
                p.say(1 + labels, y, &row, *tone);
                y += 1;
            }
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
