//! What errors and panics said, counted by text, with a bound on how many texts.

use serde::{Deserialize, Serialize};

use crate::outcome::Ending;

/// How many different texts are kept apart before the rest goes to one row.
pub const MAX_MESSAGES: usize = 32;

/// How much of a text is kept, in characters.
pub const MAX_TEXT: usize = 200;

/// The name of the row that takes what exceeds a bound.
pub const OTHER: &str = "(other)";

/// One text and how often it was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// What the task ended as.
    pub ending: Ending,
    /// The text, cut to [`MAX_TEXT`] characters.
    pub text: Box<str>,
    /// How often.
    pub count: u64,
    /// When first, nanoseconds since the run's epoch.
    pub first_ns: u64,
    /// When last, nanoseconds since the run's epoch.
    pub last_ns: u64,
}

/// Texts in the order of their first appearance.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Messages(Vec<Message>);

impl Messages {
    /// Counts one.
    pub fn add(&mut self, ending: Ending, text: &str, at_ns: u64) {
        let end = text.char_indices().nth(MAX_TEXT).map_or(text.len(), |(at, _)| at);
        self.insert(&Message { ending, text: text[..end].into(), count: 1, first_ns: at_ns, last_ns: at_ns });
    }

    fn insert(&mut self, new: &Message) {
        let full = self.0.len() >= MAX_MESSAGES;
        let position = |text: &str| self.0.iter().position(|m| m.ending == new.ending && &*m.text == text);
        let found = position(&new.text).or_else(|| full.then(|| position(OTHER)).flatten());
        match found {
            Some(at) => self.0[at].absorb(new),
            None if full => self.0.push(Message { text: OTHER.into(), ..new.clone() }),
            None => self.0.push(new.clone()),
        }
    }

    /// Adds what another part of the run counted.
    pub fn merge(&mut self, other: &Self) {
        other.0.iter().for_each(|row| self.insert(row));
    }

    /// Rows that were counted before.
    pub(crate) fn restored(rows: &[Message]) -> Self {
        let mut messages = Self::default();
        for row in rows {
            messages.insert(row);
        }
        messages
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Whether nothing was said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The rows; at most [`MAX_MESSAGES`] and one more per ending.
    #[must_use]
    pub fn rows(&self) -> &[Message] {
        &self.0
    }
}

impl Message {
    fn absorb(&mut self, other: &Self) {
        self.count += other.count;
        self.first_ns = self.first_ns.min(other.first_ns);
        self.last_ns = self.last_ns.max(other.last_ns);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_rows_is_bounded_and_no_count_is_lost() {
        let mut messages = Messages::default();
        (0..1_000).for_each(|n| messages.add(Ending::Failed, &format!("error {n}"), n));
        messages.add(Ending::Panicked, &"x".repeat(10_000), 5);
        assert_eq!(messages.rows().len(), MAX_MESSAGES + 2);
        assert_eq!(messages.rows().iter().map(|m| m.count).sum::<u64>(), 1_001);
        assert!(messages.rows().iter().all(|m| m.text.chars().count() <= MAX_TEXT));
    }
}
