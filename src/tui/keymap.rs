//! The one table of keys: the handler, the help and the footer all read it.

use termina::event::{KeyCode, KeyEvent, Modifiers};

use super::action::Action;

/// What one action is bound to and how it is explained.
#[derive(Debug, Clone, Copy)]
pub(super) struct Binding {
    /// What the keys do.
    pub action: Action,
    /// The keys.
    pub keys: &'static [Key],
    /// The word beside the key in the footer; `None` keeps it out of there.
    pub hint: Option<&'static str>,
    /// The line in the help.
    pub help: &'static str,
}

/// A key as the table names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// A character, whatever the shift key did to produce it.
    Char(char),
    /// A character with control held.
    Ctrl(char),
    /// Escape.
    Esc,
}

impl Key {
    /// How the key is written on the screen.
    pub(super) fn label(self) -> String {
        match self {
            Self::Char(' ') => "space".to_owned(),
            Self::Char(c) => c.to_string(),
            Self::Ctrl(c) => format!("Ctrl-{}", c.to_ascii_uppercase()),
            Self::Esc => "Esc".to_owned(),
        }
    }

    fn of(event: KeyEvent) -> Option<Self> {
        match event.code {
            KeyCode::Char(c) if event.modifiers.contains(Modifiers::CONTROL) => {
                Some(Self::Ctrl(c.to_ascii_lowercase()))
            }
            KeyCode::Char(_) if event.modifiers.contains(Modifiers::ALT) => None,
            KeyCode::Char(c) => Some(Self::Char(c)),
            KeyCode::Escape => Some(Self::Esc),
            _ => None,
        }
    }
}

/// Every binding, in the order of the help. Where the footer has no room, hints fall away from the end;
/// the last two stay.
pub(super) const KEYMAP: &[Binding] = &[
    Binding {
        action: Action::TogglePolicy,
        keys: &[Key::Char('t')],
        hint: Some("policy"),
        help: "switch new tasks between cancel and observe",
    },
    Binding {
        action: Action::ShortenDeadline,
        keys: &[Key::Char('[')],
        hint: Some(""),
        help: "give new tasks a shorter deadline",
    },
    Binding {
        action: Action::LengthenDeadline,
        keys: &[Key::Char(']')],
        hint: Some("deadline"),
        help: "give new tasks a longer deadline",
    },
    Binding {
        action: Action::LowerLoad,
        keys: &[Key::Char('-'), Key::Char('_')],
        hint: Some(""),
        help: "lower the load",
    },
    Binding {
        action: Action::RaiseLoad,
        keys: &[Key::Char('+'), Key::Char('=')],
        hint: Some("load"),
        help: "raise the load",
    },
    Binding {
        action: Action::Export,
        keys: &[Key::Char('e')],
        hint: Some("export"),
        help: "write the files of what is shown",
    },
    Binding {
        action: Action::Freeze,
        keys: &[Key::Char(' ')],
        hint: Some("freeze"),
        help: "freeze this screen while the run goes on",
    },
    Binding {
        action: Action::PauseLoad,
        keys: &[Key::Char('p')],
        hint: Some("pause"),
        help: "hold new arrivals back, or let them come again",
    },
    Binding {
        action: Action::Reset,
        keys: &[Key::Char('r')],
        hint: Some("reset"),
        help: "forget all counts and begin again",
    },
    Binding {
        action: Action::Help,
        keys: &[Key::Char('?'), Key::Char('h')],
        hint: Some("help"),
        help: "show or hide this help",
    },
    Binding { action: Action::Close, keys: &[Key::Esc], hint: None, help: "close the help, unfreeze" },
    Binding {
        action: Action::Quit,
        keys: &[Key::Char('q'), Key::Ctrl('c')],
        hint: Some("quit"),
        help: "let tasks in flight end, then leave; again: leave at once",
    },
    Binding { action: Action::Suspend, keys: &[Key::Ctrl('z')], hint: None, help: "back to the shell, until fg" },
];

/// The action a key press stands for.
pub(super) fn action(event: KeyEvent) -> Option<Action> {
    let key = Key::of(event)?;
    KEYMAP.iter().find(|binding| binding.keys.contains(&key)).map(|binding| binding.action)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_key_is_bound_twice() {
        let keys: Vec<Key> = KEYMAP.iter().flat_map(|b| b.keys).copied().collect();
        assert_eq!(keys.len(), keys.iter().collect::<HashSet<_>>().len());
    }

    #[test]
    fn every_action_has_a_key_and_a_help_line() {
        assert_eq!(KEYMAP.iter().map(|b| b.action).collect::<Vec<_>>(), Action::ALL);
        assert!(KEYMAP.iter().all(|b| !b.keys.is_empty() && !b.help.is_empty()));
    }

    #[test]
    fn keys_are_read_with_their_modifiers() {
        for (code, modifiers, expected) in [
            (KeyCode::Char('t'), Modifiers::NONE, Some(Action::TogglePolicy)),
            (KeyCode::Char('+'), Modifiers::SHIFT, Some(Action::RaiseLoad)),
            (KeyCode::Char('c'), Modifiers::CONTROL, Some(Action::Quit)),
            (KeyCode::Char('c'), Modifiers::NONE, None),
            (KeyCode::Char('t'), Modifiers::CONTROL, None),
            (KeyCode::Char('t'), Modifiers::ALT, None),
            (KeyCode::Escape, Modifiers::NONE, Some(Action::Close)),
            (KeyCode::Function(1), Modifiers::NONE, None),
        ] {
            assert_eq!(action(KeyEvent::new(code, modifiers)), expected, "{code:?} {modifiers:?}");
        }
    }
}
