//! The one table of keys: the handler, the help and the footer all read it.

#[cfg(test)]
mod reference;
mod table;

use self::table::{Line, OVERVIEW, TABLE, WAY_OUT};
use super::action::Action;
use super::key::Key;
use super::tabs::Scope;

/// What one action is bound to and how it is explained.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Binding {
    /// What the keys do.
    pub action: Action,
    /// Its name in the configuration.
    pub word: &'static str,
    /// The keys.
    pub keys: Vec<Key>,
    /// The word beside the key in the footer; `None` keeps it out of there.
    pub hint: Option<&'static str>,
    /// The line in the help; neighbours with the same one share it.
    pub help: &'static str,
    /// Where it does something.
    pub on: &'static [Scope],
}

/// Keys in the footer and what they have to do with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hint {
    /// Each key with what it does.
    pub keys: Vec<(String, Action)>,
    /// The word beside them.
    pub word: &'static str,
}

/// More keys than these are not listed one by one.
const MANY: usize = 4;

/// Any letter will do: where one is text, all are.
const A_LETTER: Key = Key::Char('a');

/// Every binding, in the order of the help.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Keymap(Vec<Binding>);

impl Default for Keymap {
    fn default() -> Self {
        let binding = |&Line(action, word, keys, hint, on, help): &Line| Binding {
            action,
            word,
            keys: keys.to_vec(),
            hint,
            help,
            on,
        };
        Self(TABLE.iter().map(binding).collect())
    }
}

impl Keymap {
    /// The action a key stands for somewhere.
    pub(super) fn action(&self, key: Key, scope: impl Into<Scope>) -> Option<Action> {
        let scope = scope.into();
        self.on(scope).find(|binding| binding.keys_on(scope).any(|bound| bound == key)).map(|binding| binding.action)
    }

    /// Every binding, in the order of the help.
    pub(super) fn bindings(&self) -> &[Binding] {
        &self.0
    }

    /// Gives the binding called `word` these keys and no others.
    pub(super) fn rebind(&mut self, word: &str, keys: Vec<Key>) {
        if let Some(binding) = self.0.iter_mut().find(|binding| binding.word == word) {
            binding.keys = keys;
        }
    }

    /// Whether the binding called `word` only does something where characters are text.
    pub(super) fn is_for_text(&self, word: &str) -> bool {
        self.0
            .iter()
            .any(|binding| binding.word == word && binding.on.iter().all(|scope| scope.takes_as_text(A_LETTER)))
    }

    /// The word of another binding than the one called `word` that has `key` where it has it too.
    pub(super) fn rival(&self, word: &str, key: Key) -> Option<&'static str> {
        let own = self.0.iter().find(|binding| binding.word == word)?;
        let meets = |other: &&Binding| {
            let meet = |scope: &Scope| own.on.contains(scope) && other.keys_on(*scope).any(|bound| bound == key);
            other.word != word && other.on.iter().any(meet)
        };
        self.0.iter().find(meets).map(|other| other.word)
    }

    /// How the first key of an action is written on the screen; `None` when it has none.
    pub(super) fn label(&self, action: Action) -> Option<String> {
        let binding = self.0.iter().find(|binding| binding.action == action)?;
        binding.keys.first().map(|key| key.label())
    }

    /// Everything keys can do.
    #[cfg(test)]
    pub(super) fn actions(&self) -> impl Iterator<Item = Action> {
        self.0.iter().map(|binding| binding.action)
    }

    /// The bindings that do something somewhere.
    pub(super) fn on(&self, scope: impl Into<Scope>) -> impl Iterator<Item = &Binding> {
        let scope = scope.into();
        self.0.iter().filter(move |binding| binding.on.contains(&scope))
    }

    /// The keys in the help of a scope that `can` do something there, with their lines.
    pub(super) fn help(&self, scope: impl Into<Scope>, can: impl Fn(Action) -> bool) -> Vec<(String, &'static str)> {
        let scope = scope.into();
        let acts = |binding: &&Binding| can(binding.action) && binding.keys_on(scope).next().is_some();
        let bindings: Vec<&Binding> = self.on(scope).filter(acts).collect();
        let lines = bindings.chunk_by(|a, b| a.help == b.help).map(|same| {
            let keys: Vec<String> = same.iter().flat_map(|binding| binding.keys_on(scope)).map(Key::label).collect();
            (listed(&keys), same[0].help)
        });
        lines.collect()
    }

    /// The keys in the footer of a scope, those a list has of its own first; a binding with an empty word shares the
    /// next one's.
    pub(super) fn hints(&self, scope: impl Into<Scope>) -> Vec<Hint> {
        let scope = scope.into();
        let mut hints: Vec<Hint> = Vec::new();
        let mut open: Option<Hint> = None;
        let is_list = matches!(scope, Scope::Tab(tab) if tab.is_list());
        let (own, others): (Vec<&Binding>, Vec<_>) =
            self.on(scope).partition(|binding| is_list && !binding.on.contains(&OVERVIEW));
        let bindings = own.into_iter().chain(others);
        for (binding, word) in bindings.filter_map(|binding| Some((binding, binding.hint?))) {
            if let Some(key) = binding.keys_on(scope).next() {
                let hint = open.get_or_insert_with(|| Hint { keys: Vec::new(), word: "" });
                hint.keys.push((key.label(), binding.action));
            }
            if !word.is_empty() {
                hints.extend(open.take().map(|hint| Hint { word, ..hint }));
            }
        }
        hints
    }
}

/// Keys one beside the other; of many only the first and the last.
fn listed(keys: &[String]) -> String {
    match keys {
        [first, .., last] if keys.len() > MANY => format!("{first} … {last}"),
        _ => keys.join(" "),
    }
}

impl Binding {
    /// Its keys that are keys in a scope, and no text; where text is typed there is always one to quit with.
    fn keys_on(&self, scope: Scope) -> impl Iterator<Item = Key> {
        let is_typed = scope.takes_as_text(A_LETTER);
        let is_out = is_typed && self.action == Action::Quit && !self.keys.contains(&WAY_OUT);
        let keys = self.keys.iter().copied().filter(move |&key| !scope.takes_as_text(key));
        keys.chain(is_out.then_some(WAY_OUT))
    }
}

#[cfg(test)]
mod tests {
    use super::table::{ALWAYS, GO};
    use super::*;
    use crate::tui::key::Named;
    use crate::tui::tabs::Tab;
    use std::collections::HashSet;

    #[test]
    fn no_key_means_two_things_on_one_screen() {
        let keymap = Keymap::default();
        for &screen in ALWAYS {
            let keys: Vec<Key> = keymap.on(screen).flat_map(|b| b.keys_on(screen)).collect();
            assert_eq!(keys.len(), keys.iter().collect::<HashSet<_>>().len(), "{screen:?}");
        }
    }

    #[test]
    fn every_action_has_a_key_a_name_of_its_own_and_a_help_line() {
        let bindings = Keymap::default().0;
        let words: HashSet<&str> = bindings.iter().map(|b| b.word).collect();
        let actions: HashSet<Action> = bindings.iter().map(|b| b.action).collect();
        assert_eq!((words.len(), actions.len()), (bindings.len(), bindings.len()));
        assert!(bindings.iter().all(|b| !b.keys.is_empty() && !b.help.is_empty() && !b.on.is_empty()));
    }

    #[test]
    fn keys_that_belong_together_share_a_word_and_a_line() {
        let keymap = Keymap::default();
        let hints = keymap.hints(Tab::Overview);
        let read = |hint: &Hint| {
            let keys: Vec<&str> = hint.keys.iter().map(|(key, _)| key.as_str()).collect();
            (keys.join(" "), hint.word)
        };
        let hints: Vec<_> = hints.iter().map(read).collect();
        let own = |keys: &str, word| (keys.to_owned(), word);
        assert_eq!(hints[..3], [own("t", "policy"), own("[ ]", "deadline"), own("- +", "load")]);
        assert_eq!(hints[hints.len() - 1], own("q", "quit"));
        assert!(keymap.help(Tab::Overview, |_| true).contains(&("1 … 9".to_owned(), GO)));
    }

    #[test]
    fn a_binding_has_the_keys_it_was_given_in_the_handler_the_help_and_the_footer() {
        let mut keymap = Keymap::default();
        keymap.rebind("policy", vec![Key::Function(2), Key::Char('o')]);
        keymap.rebind("lengthen-deadline", vec![]);
        assert_eq!(keymap.action(Key::Char('t'), Tab::Overview), None);
        for key in [Key::Function(2), Key::Char('o')] {
            assert_eq!(keymap.action(key, Tab::Overview), Some(Action::TogglePolicy));
        }
        assert_eq!(keymap.label(Action::TogglePolicy).as_deref(), Some("F2"));
        assert_eq!(keymap.label(Action::LengthenDeadline), None);
        assert_eq!(keymap.help(Tab::Overview, |_| true)[0].0, "F2 o");
        let hints: Vec<_> = keymap.hints(Tab::Overview).into_iter().map(|hint| (hint.keys.len(), hint.word)).collect();
        assert_eq!(hints[..3], [(1, "policy"), (1, "deadline"), (2, "load")]);
    }

    #[test]
    fn a_key_has_a_rival_where_both_are_on_one_screen() {
        let keymap = Keymap::default();
        assert_eq!(keymap.rival("policy", Key::Char('x')), Some("cancel-task"));
        assert_eq!(keymap.rival("counts", Key::Char('x')), None, "they never meet");
        assert_eq!(keymap.rival("policy", Key::Char('t')), None, "its own");
    }

    #[test]
    fn a_key_means_what_its_screen_has() {
        let keymap = Keymap::default();
        for (key, screen, expected) in [
            (Key::Char('t'), Tab::Late, Some(Action::TogglePolicy)),
            (Key::Char('x'), Tab::Late, Some(Action::CancelTask)),
            (Key::Char('x'), Tab::Overview, None),
            (Key::Char('l'), Tab::Overview, Some(Action::Counts)),
            (Key::Ctrl('t'), Tab::Overview, None),
            (Key::Named(Named::Tab), Tab::Runtime, Some(Action::NextTab)),
        ] {
            assert_eq!(keymap.action(key, screen), expected, "{key:?} on {screen:?}");
        }
        for (key, screen, expected) in [
            (Key::Char('q'), Scope::Home, None),
            (Key::Ctrl('c'), Scope::Home, Some(Action::Quit)),
            (Key::Named(Named::Esc), Scope::Home, Some(Action::Leave)),
            (Key::Char('?'), Scope::Home, Some(Action::Help)),
            (Key::Char('q'), Scope::Search, None),
            (Key::Char('?'), Scope::Form, None),
            (Key::Ctrl('c'), Scope::Form, Some(Action::Quit)),
            (Key::Char('t'), Scope::Home, None),
        ] {
            assert_eq!(keymap.action(key, screen), expected, "{key:?} on {screen:?}");
        }
    }
}
