//! The README says what is so: its commands run, its scenario file is valid and its defaults are the defaults.

#![cfg(unix)]

#[path = "languages/found.rs"]
mod found;

use std::path::Path;
use std::process::Command;

use tardy::condition::{Count, Samples};
use tardy::lint::Lint;
use tardy::scenario::{Overrides, Plan, Source};
use tardy::tui::{Config, Ground};

const README: &str = include_str!("../README.md");

/// What makes a run, and each of a sweep, take no longer than a test may. Its stdout is a pipe, so it is headless.
const SHORT: &str = "--set run.duration=200ms --set run.drain=200ms";

/// The command as it is tried; what is resumed is as long as it was begun.
fn shortened(command: &str) -> String {
    let begun = ["tardy run ", "tardy sweep "].into_iter().find(|begun| command.starts_with(begun));
    let begun = begun.filter(|_| !command.contains("--resume"));
    // What is compared needs its blocks of time.
    if ["runs/before", "runs/after", "--baseline"].iter().any(|kept| command.contains(kept)) {
        return command.replacen("tardy run ", "tardy run --set run.duration=3s ", 1);
    }
    begun.map_or_else(|| command.to_owned(), |begun| command.replacen(begun, &format!("{begun}{SHORT} "), 1))
}

/// The text of the README's code blocks of this language.
fn blocks(language: &str) -> Vec<&'static str> {
    let parts = README.split("```").skip(1).step_by(2);
    parts.filter_map(|block| block.strip_prefix(language)?.strip_prefix('\n')).collect()
}

/// The commands that start tardy, as a shell reads them.
fn commands() -> Vec<String> {
    let steps = blocks("yaml").into_iter().flat_map(str::lines).filter_map(|line| line.strip_prefix("- run: "));
    let lines = blocks("sh").into_iter().flat_map(str::lines).chain(steps);
    lines
        .map(|line| line.replace("cargo run --release -- ", "tardy "))
        .filter(|line| line.starts_with("tardy"))
        .filter(|line| !(line.contains("asyncio") || line.contains("python")) || found::has_python())
        .filter(|line| !line.contains("node") || found::has_node())
        .collect()
}

#[test]
fn every_command_does_what_it_says_one_after_the_other() {
    let commands = commands();
    assert!(commands.len() > 8, "{commands:?}");
    let directory = tempfile::tempdir().unwrap();
    let bin = Path::new(env!("CARGO_BIN_EXE_tardy")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    for command in commands {
        let short = shortened(&command);
        let mut shell = Command::new("bash");
        let shell =
            shell.args(["-o", "pipefail", "-c", &short]).env("PATH", &path).env("XDG_CONFIG_HOME", directory.path());
        let shell = shell.env("XDG_DATA_HOME", directory.path());
        let shell = shell.env("GITHUB_STEP_SUMMARY", directory.path().join("summary.md")).current_dir(directory.path());
        let output = shell.output().unwrap();
        // Whether so short a run is known to be no worse is chance.
        let is_good = output.status.success() || (command.contains("regressed") && output.status.code() == Some(1));
        assert!(is_good, "{short}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    let summary = std::fs::read_to_string(directory.path().join("summary.md")).unwrap();
    assert!(summary.contains("2 of 2 gates passed"), "{summary}");
    assert!(directory.path().join("gates.xml").exists());
}

/// What the scenario file of the README needs to say; the rest of it are defaults.
const NEEDED: &str = r#"
name = "mine"
[workload]
kind = "synthetic"
step = [{ name = "call", sleep = "5ms" }]
[load]
mode = "open"
rate = "500/s"
[deadline]
after = "50ms"
[gather]
width = 20
"#;

/// Every key in `table` with its value, in one level: `run.seed = 1`.
fn leaves(table: &toml::Table, path: &str) -> Vec<String> {
    let leaf = |(key, value): (&String, &toml::Value)| match value {
        toml::Value::Table(table) => leaves(table, &format!("{path}{key}.")),
        value => vec![format!("{path}{key} = {value}")],
    };
    table.iter().flat_map(leaf).collect()
}

#[test]
fn the_scenario_file_is_valid_and_says_every_key_with_its_default() {
    let file = blocks("toml").into_iter().find(|block| block.contains("[load]")).unwrap();
    let plan = Plan::new(Source::new("README.md", file), &Overrides::default());
    let plan = plan.unwrap_or_else(|error| panic!("{error:?}"));
    let said = leaves(&file.parse().unwrap(), "");
    let defaults = Plan::new(Source::new("needed.toml", NEEDED), &Overrides::default()).unwrap();
    for default in leaves(&defaults.resolved.parse().unwrap(), "") {
        let differs = ["workload.", "run.workers", "about", "lesson"];
        assert!(differs.iter().any(|key| default.starts_with(key)) || said.contains(&default), "{default} in {said:?}");
    }
    let every = include_str!("fixtures/every_key.toml").parse().unwrap();
    for key in leaves(&every, "").iter().filter(|leaf| !leaf.starts_with("workload.")) {
        let key = key.split_once(" = ").unwrap().0;
        let word = key.rsplit_once('.').map_or(key, |(_, word)| word);
        assert!(file.contains(word), "{key} is not in the README");
    }
    assert_eq!(plan.name, "mine");
}

#[test]
fn the_configuration_is_valid_and_every_lint_is_explained() {
    let file = blocks("toml").into_iter().find(|block| block.contains("lints")).unwrap();
    let config = Config::parse("README.md", file).unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!((config.ground, config.limits.timer_floor), (Some(Ground::Light), None));
    for lint in Lint::ALL {
        assert!(README.contains(&format!("| `{}` |", lint.word())), "{lint:?}");
    }
}

#[test]
fn every_quantity_of_a_gate_is_explained() {
    let gates = README.split("### Gates").nth(1).unwrap().split("### Files").next().unwrap();
    let samples = Samples::NAMED.map(Samples::word);
    for word in Count::ALL.map(Count::word).into_iter().chain(samples) {
        let short = word.strip_prefix("gathers").unwrap_or(word);
        assert!(
            [word, short]
                .iter()
                .any(|word| gates.contains(&format!("`{word}`")) || gates.contains(&format!("({word})"))),
            "{word}"
        );
    }
}

#[test]
fn every_link_within_the_project_leads_somewhere() {
    let texts = [README, include_str!("../ARCHITECTURE.md"), include_str!("../CONTRIBUTING.md")];
    for target in texts.iter().flat_map(|text| text.split("](").skip(1)).filter_map(|rest| rest.split(')').next()) {
        let file = target.split('#').next().unwrap();
        if !target.starts_with("http") && !file.is_empty() {
            assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(file).exists(), "{target}");
        }
    }
}
