//! Keys as the keymap, the help and the configuration name them.

use std::fmt;
use std::str::FromStr;

use termina::event::{KeyCode, KeyEvent, Modifiers};

/// A key, whatever the terminal sent for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// A character, whatever the shift key did to produce it.
    Char(char),
    /// A character with control held.
    Ctrl(char),
    /// A function key.
    Function(u8),
    /// A key with a name.
    Named(Named),
}

/// Keys that have a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Named {
    Esc,
    Enter,
    Tab,
    BackTab,
    Backspace,
    Delete,
    Left,
    Right,
    Up,
    Down,
    Home,
    End,
    PageUp,
    PageDown,
}

impl Named {
    /// Every one, with the name it is shown by and the one it is written by in the configuration.
    const ALL: [(Self, &'static str, &'static str); 14] = [
        (Self::Esc, "Esc", "esc"),
        (Self::Enter, "Enter", "enter"),
        (Self::Tab, "Tab", "tab"),
        (Self::BackTab, "Shift-Tab", "shift-tab"),
        (Self::Backspace, "Backspace", "backspace"),
        (Self::Delete, "Del", "delete"),
        (Self::Left, "←", "left"),
        (Self::Right, "→", "right"),
        (Self::Up, "↑", "up"),
        (Self::Down, "↓", "down"),
        (Self::Home, "Home", "home"),
        (Self::End, "End", "end"),
        (Self::PageUp, "PgUp", "page-up"),
        (Self::PageDown, "PgDn", "page-down"),
    ];
}

#[cfg(test)]
impl Named {
    /// Every one.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().map(|(key, ..)| key)
    }
}

/// A name that is no key's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no key; a key is one character, `space`, `ctrl-c`, `f1`, or a name such as `left` or `page-up`")]
pub(super) struct UnknownKey(String);

impl Key {
    /// Whether it is a character, which is no key where text is typed.
    pub(super) const fn is_text(self) -> bool {
        matches!(self, Self::Char(_))
    }

    /// The key of an event; `None` for those nothing can be bound to.
    pub(super) fn of(event: KeyEvent) -> Option<Self> {
        let shift = event.modifiers.contains(Modifiers::SHIFT);
        Some(match event.code {
            KeyCode::Char(c) if event.modifiers.contains(Modifiers::CONTROL) => Self::Ctrl(c.to_ascii_lowercase()),
            KeyCode::Char(_) if event.modifiers.contains(Modifiers::ALT) => return None,
            KeyCode::Char(c) => Self::Char(c),
            KeyCode::Function(n) => Self::Function(n),
            KeyCode::Tab if shift => Self::Named(Named::BackTab),
            code => Self::Named(named(code)?),
        })
    }

    /// How the key is written on the screen.
    pub(super) fn label(self) -> String {
        match self {
            Self::Char(' ') => "space".to_owned(),
            Self::Char(c) => c.to_string(),
            Self::Ctrl(c) => format!("Ctrl-{}", c.to_ascii_uppercase()),
            Self::Function(n) => format!("F{n}"),
            Self::Named(key) => {
                Named::ALL.iter().find(|(named, ..)| *named == key).map_or("", |(_, label, _)| label).to_owned()
            }
        }
    }
}

const fn named(code: KeyCode) -> Option<Named> {
    Some(match code {
        KeyCode::Escape => Named::Esc,
        KeyCode::Enter => Named::Enter,
        KeyCode::Tab => Named::Tab,
        KeyCode::BackTab => Named::BackTab,
        KeyCode::Backspace => Named::Backspace,
        KeyCode::Delete => Named::Delete,
        KeyCode::Left => Named::Left,
        KeyCode::Right => Named::Right,
        KeyCode::Up => Named::Up,
        KeyCode::Down => Named::Down,
        KeyCode::Home => Named::Home,
        KeyCode::End => Named::End,
        KeyCode::PageUp => Named::PageUp,
        KeyCode::PageDown => Named::PageDown,
        _ => return None,
    })
}

impl fmt::Display for Key {
    /// As the configuration writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Char(' ') => f.write_str("space"),
            Self::Char(c) => write!(f, "{c}"),
            Self::Ctrl(c) => write!(f, "ctrl-{c}"),
            Self::Function(n) => write!(f, "f{n}"),
            Self::Named(key) => {
                let named = Named::ALL.iter().find(|(named, ..)| *named == key);
                f.write_str(named.map_or("", |(_, _, name)| name))
            }
        }
    }
}

impl FromStr for Key {
    type Err = UnknownKey;

    fn from_str(text: &str) -> Result<Self, UnknownKey> {
        let unknown = || UnknownKey(text.to_owned());
        let mut chars = text.chars();
        if let (Some(c), None) = (chars.next(), chars.next()) {
            return if c.is_control() || c.is_whitespace() { Err(unknown()) } else { Ok(Self::Char(c)) };
        }
        let lower = text.to_lowercase();
        if lower == "space" {
            return Ok(Self::Char(' '));
        }
        if let Some((key, ..)) = Named::ALL.iter().find(|(_, _, name)| *name == lower) {
            return Ok(Self::Named(*key));
        }
        if let Some(Ok(Self::Char(c @ 'a'..='z'))) = lower.strip_prefix("ctrl-").map(str::parse) {
            return Ok(Self::Ctrl(c));
        }
        match lower.strip_prefix('f').and_then(|n| n.parse().ok()) {
            Some(n @ 1..=24) => Ok(Self::Function(n)),
            _ => Err(unknown()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_with_their_modifiers() {
        for (code, modifiers, expected) in [
            (KeyCode::Char('t'), Modifiers::NONE, Some(Key::Char('t'))),
            (KeyCode::Char('+'), Modifiers::SHIFT, Some(Key::Char('+'))),
            (KeyCode::Char('c'), Modifiers::CONTROL, Some(Key::Ctrl('c'))),
            (KeyCode::Char('t'), Modifiers::ALT, None),
            (KeyCode::Escape, Modifiers::NONE, Some(Key::Named(Named::Esc))),
            (KeyCode::Tab, Modifiers::SHIFT, Some(Key::Named(Named::BackTab))),
            (KeyCode::Function(1), Modifiers::NONE, Some(Key::Function(1))),
            (KeyCode::CapsLock, Modifiers::NONE, None),
        ] {
            assert_eq!(Key::of(KeyEvent::new(code, modifiers)), expected, "{code:?} {modifiers:?}");
        }
    }

    #[test]
    fn a_key_that_is_written_is_the_key_that_is_read() {
        let named = Named::ALL.map(|(key, ..)| Key::Named(key));
        let others =
            [Key::Char('t'), Key::Char('T'), Key::Char(' '), Key::Char('?'), Key::Ctrl('c'), Key::Function(12)];
        for key in named.into_iter().chain(others) {
            assert_eq!(key.to_string().parse(), Ok(key));
        }
    }

    #[test]
    fn what_is_no_key_is_said_to_be_none() {
        for text in ["", "nope", "ctrl-", "ctrl-cc", "f0", "f99", "\n", "shift-x"] {
            let error = text.parse::<Key>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{text}` is no key")), "{error}");
        }
    }
}
