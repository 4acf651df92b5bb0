//! The page of the book that says what the command line takes, made from the grammar itself.

use std::fmt::Write;

use clap::{Arg, Command, CommandFactory};

use super::Cli;
use crate::text::assert_page;

#[test]
fn the_page_of_the_command_line_says_what_the_command_line_takes() {
    let mut grammar = Cli::command();
    grammar.build();
    let mut page = String::new();
    for command in grammar.get_subcommands().filter(|command| command.get_name() != "help") {
        section(command, &mut page);
    }
    assert_page("reference/cli.md", &page);
}

/// A command with what it takes, and the commands below it.
fn section(command: &Command, page: &mut String) {
    let name = command.get_bin_name().unwrap_or(command.get_name());
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    write!(page, "\n## {name}\n\n{}.\n", about.trim_end_matches('.')).unwrap();
    let usage = command.clone().render_usage().to_string();
    write!(page, "\n```text\n{}\n```\n", usage.trim_start_matches("Usage: ")).unwrap();
    let taken = || command.get_arguments().filter(|argument| argument.get_id() != "help" && !argument.is_hide_set());
    let plain: Vec<&Arg> = taken().filter(|argument| argument.get_help_heading().is_none()).collect();
    let grouped: Vec<&Arg> = taken().filter(|argument| argument.get_help_heading().is_some()).collect();
    table("argument or option", &plain, page);
    for group in grouped.chunk_by(|a, b| a.get_help_heading() == b.get_help_heading()) {
        table(&group[0].get_help_heading().unwrap_or_default().to_lowercase(), group, page);
    }
    for below in command.get_subcommands().filter(|command| command.get_name() != "help") {
        section(below, page);
    }
}

fn table(head: &str, arguments: &[&Arg], page: &mut String) {
    if arguments.is_empty() {
        return;
    }
    write!(page, "\n| {head} | what it is |\n|---|---|\n").unwrap();
    for argument in arguments {
        writeln!(page, "| `{}` | {} |", in_a_cell(&spelled(argument)), in_a_cell(&explained(argument))).unwrap();
    }
}

/// How it is written: `--out <DIR>`, `<RUN>`.
fn spelled(argument: &Arg) -> String {
    let names = argument.get_value_names().unwrap_or_default();
    let values: Vec<String> = names.iter().map(|name| format!("<{name}>")).collect();
    let values = if argument.get_action().takes_values() { values.join(" ") } else { String::new() };
    let short = argument.get_short().map(|short| format!("-{short}, ")).unwrap_or_default();
    let long = argument.get_long().map(|long| format!("--{long} ")).unwrap_or_default();
    format!("{short}{long}{values}").trim_end().to_owned()
}

/// Its help, its values where there are few, and its default.
fn explained(argument: &Arg) -> String {
    let mut text = argument.get_help().map(ToString::to_string).unwrap_or_default();
    if argument.get_action().takes_values() {
        let possible = argument.get_possible_values();
        let values: Vec<String> = possible.iter().map(|value| format!("`{}`", value.get_name())).collect();
        if !values.is_empty() {
            write!(text, ": {}", values.join(", ")).unwrap();
        }
        if let [default] = argument.get_default_values() {
            write!(text, "; by default `{}`", default.to_string_lossy()).unwrap();
        }
    }
    text
}

/// A text with nothing in it that would end the cell of a table.
fn in_a_cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
