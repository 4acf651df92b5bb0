//! The page of the book that says what each key does, made from the table itself.

use std::fmt::Write;

use super::{Binding, Keymap};
use crate::text::assert_page;
use crate::tui::key::Key;
use crate::tui::tabs::{Scope, Tab};

#[test]
fn the_page_of_keys_says_what_each_key_does_where() {
    let mut page = "\n| keys | what they do | where | in `[keys]` |\n|---|---|---|---|\n".to_owned();
    let keymap = Keymap::default();
    for same in keymap.bindings().chunk_by(|a, b| a.help == b.help && a.on == b.on) {
        let keys: Vec<String> = same.iter().flat_map(|binding| binding.keys.iter().copied()).map(written).collect();
        let words: Vec<String> = same.iter().map(|binding| format!("`{}`", binding.word)).collect();
        writeln!(page, "| {} | {} | {} | {} |", keys.join(" "), same[0].help, places(&same[0]), words.join(" "))
            .unwrap();
    }
    assert_page("reference/keys.md", &page);
}

fn written(key: Key) -> String {
    format!("`{}`", key.label()).replace('|', "\\|")
}

/// The screens it does something on.
fn places(binding: &Binding) -> String {
    let has = |scope: Scope| binding.on.contains(&scope);
    let screens: Vec<&str> = Tab::ALL.into_iter().filter(|&tab| has(tab.into())).map(Tab::title).collect();
    let screens = if screens.len() == Tab::ALL.len() { vec!["every screen"] } else { screens };
    let others = [(Scope::Home, "the list of scenarios"), (Scope::Search, "its filter"), (Scope::Form, "the form")];
    let others = others.into_iter().filter(|&(scope, _)| has(scope)).map(|(_, word)| word);
    screens.into_iter().chain(others).collect::<Vec<_>>().join(", ")
}
