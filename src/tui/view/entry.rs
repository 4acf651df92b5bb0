//! A text while it is typed, on one row.
//!
//! ```text
//!  /connection res▏                                    Enter keeps it, Esc clears it
//! ```

use super::painter::{Painter, columns};
use crate::tui::entry::Entry;
use crate::tui::theme::Tone;

/// Draws the entry on row `y`, with what its keys do at the right where there is room for it.
pub(super) fn draw(p: &mut Painter<'_>, y: u16, entry: &Entry, hint: &str) {
    let (before, after) = entry.halves();
    let x = p.say(1, y, entry.prompt(), Tone::Strong);
    let room = p.width().saturating_sub(x + 2);
    let x = p.say(x, y, tail(before, room), Tone::Plain);
    let under = after.chars().next().map_or_else(|| " ".to_owned(), |c| c.to_string());
    let end = p.say(x, y, &under, Tone::Badge);
    let end = p.say(end, y, after.get(under.len()..).unwrap_or_default(), Tone::Plain);
    if end + p.columns(hint) + 4 <= p.width() {
        p.say_before(p.width() - 1, y, hint, Tone::Dim);
    }
}

/// As much of the end of `text` as there is room for.
fn tail(text: &str, room: u16) -> &str {
    let mut starts = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    let start = starts.find(|&at| columns(&text[at..]) <= room);
    &text[start.unwrap_or(text.len())..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_long_text_stays_in_sight() {
        assert_eq!([9, 3, 0].map(|room| tail("größe", room)), ["größe", "öße", ""]);
        assert_eq!(tail("名前", 3), "前");
    }
}
