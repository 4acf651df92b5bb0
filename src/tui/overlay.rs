//! What lies over the screen, and what keys make of it.

use super::key::{Key, Named};

/// What lies over the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overlay {
    /// Nothing.
    None,
    /// The keys, from the line with this number on.
    Help(usize),
    /// All that the lints found, from the line with this number on.
    Findings(usize),
    /// All there is to know of the selected row.
    Details,
}

/// How far what lies over the screen can be scrolled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reach {
    /// The last line that can be the first on the screen.
    pub last: usize,
    /// A screenful of lines.
    pub page: usize,
}

impl Reach {
    /// Of so many lines with room for so many.
    pub(super) fn of(lines: usize, room: usize) -> Self {
        Self { last: lines.saturating_sub(room), page: room.max(1) }
    }
}

impl Overlay {
    /// Whether it is the help.
    pub(super) const fn is_help(self) -> bool {
        matches!(self, Self::Help(_))
    }

    /// Lines of it above the first that is shown.
    pub(super) const fn scroll(self) -> usize {
        match self {
            Self::Help(scroll) | Self::Findings(scroll) => scroll,
            Self::None | Self::Details => 0,
        }
    }

    /// What a key makes of what is only there to be read: some scroll it, all others close it; `None` when the key is
    /// none of its own.
    pub(super) fn after(self, key: Key, reach: Reach) -> Option<Self> {
        let at: fn(usize) -> Self = match self {
            Self::Help(_) => Self::Help,
            Self::Findings(_) => Self::Findings,
            Self::None | Self::Details => return None,
        };
        let scroll = self.scroll().min(reach.last);
        Some(match key {
            Key::Named(Named::Up) | Key::Char('k') => at(scroll.saturating_sub(1)),
            Key::Named(Named::Down) | Key::Char('j') => at((scroll + 1).min(reach.last)),
            Key::Named(Named::PageUp) | Key::Ctrl('u') => at(scroll.saturating_sub(reach.page)),
            Key::Named(Named::PageDown) | Key::Ctrl('d') => at((scroll + reach.page).min(reach.last)),
            // The way out and the shell are never out of reach.
            Key::Ctrl(_) => return None,
            _ => Self::None,
        })
    }
}
