//! A line of text while it is typed on the status row.
//!
//! Owns the text, the cursor and what keys do to them. It must not know what the text is for: whoever opened it
//! reads it after every key.

use super::key::{Key, Named};

/// The longest text, in characters.
const LONGEST: usize = 200;

/// A text with a cursor in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    prompt: String,
    before: String,
    after: String,
}

/// What a key did to an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Typed {
    /// The text or the cursor is another, or stays as it is at its end.
    Edited,
    /// The user is done with the text and keeps it.
    Kept,
    /// The user gives it up.
    Dropped,
    /// The key means nothing in a text; it may mean something to the screen.
    Unused,
}

impl Entry {
    /// An entry that says `prompt` and begins with `text`, its cursor at the end.
    pub(super) fn new(prompt: impl Into<String>, text: &str) -> Self {
        let mut entry = Self { prompt: prompt.into(), before: String::new(), after: String::new() };
        entry.paste(text);
        entry
    }

    /// What stands before the text.
    pub(super) fn prompt(&self) -> &str {
        &self.prompt
    }

    /// The text.
    pub(super) fn text(&self) -> String {
        format!("{}{}", self.before, self.after)
    }

    /// The text left and right of the cursor.
    pub(super) fn halves(&self) -> (&str, &str) {
        (&self.before, &self.after)
    }

    /// Takes one key.
    pub(super) fn key(&mut self, key: Key) -> Typed {
        match key {
            Key::Named(Named::Enter) => return Typed::Kept,
            Key::Named(Named::Esc) => return Typed::Dropped,
            Key::Char(c) => self.insert(c),
            Key::Named(Named::Backspace) | Key::Ctrl('h') => drop(self.before.pop()),
            Key::Named(Named::Delete) => drop(take_first(&mut self.after)),
            Key::Named(Named::Left) => {
                if let Some(c) = self.before.pop() {
                    self.after.insert(0, c);
                }
            }
            Key::Named(Named::Right) => self.before.extend(take_first(&mut self.after)),
            Key::Named(Named::Home) | Key::Ctrl('a') => self.after.insert_str(0, &std::mem::take(&mut self.before)),
            Key::Named(Named::End) | Key::Ctrl('e') => self.before.push_str(&std::mem::take(&mut self.after)),
            Key::Ctrl('u') => self.before.clear(),
            Key::Ctrl('w') => {
                let end = self.before.trim_end().rfind(char::is_whitespace).map_or(0, |at| at + 1);
                self.before.truncate(end);
            }
            _ => return Typed::Unused,
        }
        Typed::Edited
    }

    /// Takes a text at once; its line breaks and tabs become spaces, other control characters are left out.
    pub(super) fn paste(&mut self, text: &str) {
        // One that ends its last line does not end with a space.
        for c in text.trim_end_matches(['\r', '\n']).chars() {
            self.insert(if c.is_whitespace() { ' ' } else { c });
        }
    }

    fn insert(&mut self, c: char) {
        if !c.is_control() && self.before.chars().count() + self.after.chars().count() < LONGEST {
            self.before.push(c);
        }
    }
}

fn take_first(text: &mut String) -> Option<char> {
    (!text.is_empty()).then(|| text.remove(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn named(key: Named) -> Key {
        Key::Named(key)
    }

    fn typed(text: &str, keys: &[Key]) -> String {
        let mut entry = Entry::new("/", text);
        for &key in keys {
            assert_eq!(entry.key(key), Typed::Edited, "{key:?}");
        }
        let (before, after) = entry.halves();
        assert_eq!(format!("{before}{after}"), entry.text());
        format!("{before}|{after}")
    }

    #[test]
    fn keys_edit_the_text_where_the_cursor_is() {
        let left = named(Named::Left);
        for (text, keys, expected) in [
            ("", &[Key::Char('a'), Key::Char(' '), Key::Char('ß')][..], "a ß|"),
            ("größe", &[left, left, Key::Char('x')], "gröx|ße"),
            ("größe", &[left, left, named(Named::Backspace)], "gr|ße"),
            ("größe", &[left, left, named(Named::Delete)], "grö|e"),
            ("ab", &[named(Named::Home), Key::Char('x'), named(Named::Right)], "xa|b"),
            ("ab", &[Key::Ctrl('a'), Key::Ctrl('e'), Key::Ctrl('h')], "a|"),
            ("one two  ", &[Key::Ctrl('w')], "one |"),
            ("one two", &[left, Key::Ctrl('u')], "|o"),
            ("", &[named(Named::Backspace), named(Named::Delete), left, named(Named::Right), Key::Ctrl('w')], "|"),
        ] {
            assert_eq!(typed(text, keys), expected);
        }
    }

    #[test]
    fn enter_keeps_escape_drops_and_the_screens_keys_are_left_to_it() {
        for (key, expected) in [
            (named(Named::Enter), Typed::Kept),
            (named(Named::Esc), Typed::Dropped),
            (named(Named::Down), Typed::Unused),
            (named(Named::Tab), Typed::Unused),
            (Key::Ctrl('c'), Typed::Unused),
            (Key::Function(1), Typed::Unused),
        ] {
            let mut entry = Entry::new("/", "text");
            assert_eq!((entry.key(key), entry.text().as_str()), (expected, "text"), "{key:?}");
        }
    }

    #[test]
    fn what_is_pasted_is_one_line_of_what_can_be_seen() {
        for (pasted, text) in [
            ("connection reset\r\n", "connection reset"),
            ("a\nb\tc", "a b c"),
            ("\u{1b}[2Jq\u{7}\u{0}", "[2Jq"),
            ("größe", "größe"),
        ] {
            assert_eq!(Entry::new("/", pasted).text(), text);
        }
        assert_eq!(Entry::new("/", &"x".repeat(1_000_000)).text().len(), LONGEST);
    }

    proptest! {
        #[test]
        fn no_text_is_too_long_and_none_has_control_characters(
            texts in prop::collection::vec((".{0,80}", any::<char>(), 0usize..4), 0..12),
        ) {
            let mut entry = Entry::new("/", "");
            for (text, c, lefts) in texts {
                entry.paste(&text);
                entry.key(Key::Char(c));
                for _ in 0..lefts {
                    entry.key(Key::Named(Named::Left));
                }
                prop_assert!(entry.text().chars().count() <= LONGEST);
                prop_assert!(!entry.text().contains(char::is_control));
            }
        }
    }
}
