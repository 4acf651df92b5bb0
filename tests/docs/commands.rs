//! Every command of every page runs, in the order of the page and in a directory of its own.
//!
//! A block of `sh` is a script; one of `console` has commands behind `$` with what they print, in which `…` stands for
//! lines left out. Runs are shortened, so that figures differ: a line is told by its words.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Mutex;
use std::thread;

use crate::found;
use crate::page::{Block, Page, pages};
use crate::service;

/// What makes a run, and each of a sweep, take no longer than a test may. Its stdout is a pipe, so it is headless.
const SHORT: &str = "--set run.duration=200ms --set run.drain=200ms";

/// Runs that have to show something: what is compared needs its blocks of time, and what is printed its rows.
const LONGER: [&str; 4] = ["runs/before", "runs/after", "--baseline", "timed_out > 2%"];

/// How many pages are tried at once; most of the time is waiting for runs.
const AT_ONCE: usize = 4;

/// Lines that are not run, each with the reason.
const NOT_RUN: [(&str, &str); 5] = [
    ("cargo test", "it runs all tests, this one included; in a new crate it is run by tests/new.rs"),
    ("cargo install --path .", "it builds tardy once more"),
    ("cargo run --release -- run fanout", "it builds tardy once more"),
    ("cargo run --release -- run shop.toml", "it builds a new crate, as tests/new.rs does"),
    ("tardy attach unix:/run/checkout.tardy", "there is no such application; tests/attach.rs attaches to one"),
];

/// Whether so short a run meets its gates on a busy machine is chance.
const CHANCE: [&str; 5] = ["regressed", "gate --quiet", "timed_out > 2%", "timed_out > 25%", "service.toml"];

/// Words that say how a figure was judged, which is chance as well, and units.
const NO_LABELS: [&str; 12] =
    ["worse", "better", "no", "difference", "not", "known", "ok", "FAILED", "ns", "µs", "ms", "s"];

/// What one page's commands need.
struct Shell {
    directory: tempfile::TempDir,
    service: String,
    skipped: BTreeSet<&'static str>,
    wrong: Vec<String>,
}

impl Shell {
    fn run(&self, script: &str) -> Output {
        let bin = Path::new(env!("CARGO_BIN_EXE_tardy")).parent().unwrap();
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
        let mut shell = Command::new("bash");
        let shell = shell.args(["-e", "-o", "pipefail", "-c", script]).env("PATH", path);
        let home = self.directory.path();
        let shell = shell.env("XDG_CONFIG_HOME", home).env("XDG_DATA_HOME", home).env("PYTHONDONTWRITEBYTECODE", "1");
        shell.env("GITHUB_STEP_SUMMARY", home.join("summary.md")).current_dir(home).output().unwrap()
    }

    /// Runs a script and answers what it printed.
    fn tried(&mut self, script: &str) -> String {
        let output = self.run(script);
        let told = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let chance = output.status.code() == Some(1) && CHANCE.iter().any(|by_chance| script.contains(by_chance));
        if !(output.status.success() || chance) {
            self.wrong.push(format!("{script}: {}\n{told}", output.status));
        }
        told
    }

    /// The script as it is tried.
    fn script(&mut self, text: &str, usual: &str) -> String {
        let mut lines = Vec::new();
        for line in text.lines() {
            match NOT_RUN.iter().find(|(not_run, _)| *not_run == line) {
                Some((not_run, _)) => drop(self.skipped.insert(not_run)),
                None => lines.push(shortened(line, usual)),
            }
        }
        lines.join("\n").replace(service::NAMED, &self.service)
    }
}

/// The line with a short run in it; what is resumed is as long as it was begun.
fn shortened(line: &str, usual: &str) -> String {
    let begun = ["tardy run ", "tardy sweep "].into_iter().find(|begun| line.starts_with(begun));
    let Some(begun) = begun.filter(|_| !line.contains("--resume")) else { return line.to_owned() };
    let is_longer = begun == "tardy run " && LONGER.iter().any(|longer| line.contains(longer));
    let duration = match (begun, is_longer) {
        ("tardy sweep ", _) => SHORT,
        (_, true) => "--set run.duration=3s",
        _ => usual,
    };
    let words: Vec<&str> = line.split(' ').collect();
    let is_of_duration = |at: usize| words[at] == "--duration" || (at > 0 && words[at - 1] == "--duration");
    let kept: Vec<&str> = (0..words.len()).filter(|&at| !is_of_duration(at)).map(|at| words[at]).collect();
    kept.join(" ").replacen(begun, &format!("{begun}{duration} "), 1)
}

/// Whether the languages a block needs are here.
fn can_run(block: &Block) -> bool {
    let needs = |words: &[&str]| words.iter().any(|word| block.text.contains(word));
    (!needs(&["asyncio", "python"]) || found::has_python()) && (!needs(&["node-"]) || found::has_node())
}

/// A command with the lines it is said to print.
fn sessions(text: &str) -> Vec<(&str, Vec<&str>)> {
    let mut sessions: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix("$ "), sessions.last_mut()) {
            (Some(command), _) => sessions.push((command, Vec::new())),
            (None, Some((_, printed))) => printed.push(line),
            (None, None) => panic!("`{line}` comes before a command"),
        }
    }
    sessions
}

/// The words of a line; figures and what was made of them are left out.
fn words(line: &str) -> Vec<&str> {
    let bare = line.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
    bare.filter(|word| word.starts_with(char::is_alphabetic) && !NO_LABELS.contains(word)).collect()
}

/// Whether all of `few` are in `many`, in that order.
fn are_among(few: &[&str], many: &[&str]) -> bool {
    let mut many = many.iter();
    few.iter().all(|word| many.any(|other| other == word))
}

fn try_block(shell: &mut Shell, page: &Page, block: &Block) {
    match block.language.as_str() {
        "sh" => {
            let script = shell.script(&block.text, SHORT);
            shell.tried(&script);
        }
        "yaml" => {
            for command in block.text.lines().filter_map(|line| line.strip_prefix("- run: ")) {
                let script = shell.script(command, SHORT);
                shell.tried(&script);
                let summary = fs::read_to_string(shell.directory.path().join("summary.md")).unwrap();
                assert!(
                    summary.contains("of 2 gates") && shell.directory.path().join("gates.xml").exists(),
                    "{summary}"
                );
            }
        }
        "console" => {
            for (command, printed) in sessions(&block.text) {
                let script = shell.script(command, "--set run.duration=2s");
                let told = shell.tried(&script);
                for line in printed {
                    let is_there = told.lines().any(|real| are_among(&words(line), &words(real)));
                    let is_exact = !line.starts_with("exit code") || told.lines().any(|real| real == line);
                    if !(is_there && is_exact) {
                        shell.wrong.push(format!("`{command}` does not print `{line}`:\n{told}"));
                    }
                }
            }
        }
        "text" | "toml" | "rust" => {
            // What commands take is in the page that is made from clap.
            let is_usage = page.path.ends_with("reference/cli.md");
            let hidden = block.text.lines().find(|line| line.starts_with("tardy ") && !is_usage);
            assert_eq!(hidden, None, "{}: a command of a block that is not run", page.path.display());
        }
        other => panic!("{}: nobody knows what `{other}` is", page.path.display()),
    }
}

#[test]
fn every_command_of_every_page_does_what_it_says_one_after_the_other() {
    let service = service::start().to_string();
    let mut pages = pages();
    // The longest first, so that nobody waits for it at the end.
    pages.sort_by_key(|page| page.text.matches("tardy ").count());
    let left = Mutex::new(pages);
    let (skipped, wrong) = (Mutex::new(BTreeSet::new()), Mutex::new(Vec::new()));
    let try_pages = || {
        loop {
            let Some(page) = left.lock().unwrap().pop() else { break };
            let directory = tempfile::tempdir().unwrap();
            let mut shell = Shell { directory, service: service.clone(), skipped: BTreeSet::new(), wrong: Vec::new() };
            for block in page.blocks.iter().filter(|block| can_run(block)) {
                try_block(&mut shell, &page, block);
            }
            skipped.lock().unwrap().extend(shell.skipped);
            let told = shell.wrong.iter().map(|wrong| format!("{}: {wrong}", page.path.display()));
            wrong.lock().unwrap().extend(told);
        }
    };
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(try_pages);
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(
        skipped.into_inner().unwrap(),
        NOT_RUN.iter().map(|(line, _)| *line).collect(),
        "lines that are not run"
    );
}

#[test]
fn a_line_is_told_by_its_words() {
    let real = "  observe 50.0 ms  14.9 ms  32.5 ms  ≥386 ms  3,000";
    assert!(are_among(&words("  observe 50.0 ms  1.2 s  –  3 ms"), &words(real)));
    assert!(!are_among(&words("  cancel 50.0 ms  14.9 ms  32.5 ms"), &words(real)));
    assert!(!are_among(&words("tasks of all"), &words("all of the tasks")));
}
