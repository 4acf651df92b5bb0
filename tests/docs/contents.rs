//! What pages say of keys, defaults, gates, lints and files is what the code has.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use tardy::condition::{Count, Samples};
use tardy::lint::Lint;
use tardy::scenario::{Overrides, Plan, Source};
use tardy::tui::{Config, Ground};

use crate::page::{BOOK, Page, top};
use crate::schema::tables;

fn book(page: &str) -> Page {
    Page::read(Path::new(BOOK).join(page))
}

/// What the scenario file of the book needs to say; the rest of it are defaults.
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
    let page = book("reference/scenario.md");
    let file = page.blocks_of("toml").next().unwrap();
    let plan = Plan::new(Source::new("scenario.md", file), &Overrides::default());
    let plan = plan.unwrap_or_else(|error| panic!("{error:?}"));
    let said = leaves(&file.parse().unwrap(), "");
    let defaults = Plan::new(Source::new("needed.toml", NEEDED), &Overrides::default()).unwrap();
    for default in leaves(&defaults.resolved.parse().unwrap(), "") {
        let differs = ["workload.", "run.workers", "about", "lesson"];
        assert!(differs.iter().any(|key| default.starts_with(key)) || said.contains(&default), "{default} in {said:?}");
    }
    let every = include_str!("../fixtures/every_key.toml").parse().unwrap();
    for key in leaves(&every, "").iter().filter(|leaf| !leaf.starts_with("workload.")) {
        let key = key.split_once(" = ").unwrap().0;
        let word = key.rsplit_once('.').map_or(key, |(_, word)| word);
        assert!(file.contains(word), "{key} is not in the page of the scenario file");
    }
    assert_eq!(plan.name, "mine");
}

#[test]
fn the_configuration_is_valid_and_every_lint_is_explained() {
    let page = book("how-to/configure.md");
    let config = Config::parse("configure.md", page.blocks_of("toml").next().unwrap());
    let config = config.unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!((config.ground, config.limits.timer_floor), (Some(Ground::Light), None));
    let lints = book("reference/lints.md").text;
    for lint in Lint::ALL {
        assert!(lints.contains(&format!("| `{}` |", lint.word())), "{lint:?}");
    }
}

#[test]
fn every_quantity_of_a_gate_is_explained() {
    let gates = book("reference/gates.md").text;
    for word in Count::ALL.map(Count::word).into_iter().chain(Samples::NAMED.map(Samples::word)) {
        let short = word.strip_prefix("gathers").unwrap_or(word);
        let is_said = |word| gates.contains(&format!("`{word}`")) || gates.contains(&format!("({word})"));
        assert!(is_said(word) || is_said(short), "{word}");
    }
}

#[test]
fn every_file_of_a_run_is_explained_with_all_of_its_columns() {
    let directory = tempfile::tempdir().unwrap();
    let mut run = Command::new(env!("CARGO_BIN_EXE_tardy"));
    let run = run.args(["run", "fanout", "--duration", "200ms", "--set", "run.drain=200ms", "--quiet", "--out", "run"]);
    assert!(run.current_dir(directory.path()).output().unwrap().status.success());
    let page = book("reference/files.md");
    let sections: Vec<&str> = page.text.split("\n## ").skip(1).collect();
    let written = fs::read_dir(directory.path().join("run")).unwrap().map(|entry| entry.unwrap());
    let mut names = BTreeSet::new();
    for entry in written {
        let is_directory = entry.file_type().unwrap().is_dir();
        let name = format!("{}{}", entry.file_name().display(), if is_directory { "/" } else { "" });
        let section = sections.iter().find(|section| section.lines().next() == Some(&name));
        let section = section.unwrap_or_else(|| panic!("{name} has no section"));
        if entry.path().extension().is_some_and(|ending| ending == "csv") {
            let text = fs::read_to_string(entry.path()).unwrap();
            let columns: Vec<String> =
                text.lines().next().unwrap().split(',').map(|name| format!("`{name}`")).collect();
            let said = section.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(said.contains(&columns.join(" ")), "{name} has {columns:?}");
        }
        names.insert(name);
    }
    let told = sections.iter().filter_map(|section| section.lines().next()).filter(|name| name.contains(['.', '/']));
    assert_eq!(told.map(ToOwned::to_owned).collect::<BTreeSet<_>>(), names);
}

/// Compares what a page has below its mark with what was made; `TARDY_UPDATE_ASSETS=1` writes it there.
fn assert_made(name: &str, made: &str) {
    let page = book(name);
    let mark = page.text.find("<!-- made ").unwrap_or_else(|| panic!("{name} has no line `<!-- made … -->`"));
    let (head, kept) = page.text.split_at(mark + page.text[mark..].find('\n').unwrap() + 1);
    if is_updating() {
        return fs::write(top().join(&page.path), format!("{head}{made}")).unwrap();
    }
    assert!(kept == made, "TARDY_UPDATE_ASSETS=1 cargo test --test docs contents writes {name}");
}

#[test]
fn the_words_of_the_book_are_those_of_the_readme() {
    let readme = Page::read("README.md").text;
    let words = readme.split("\n## Words\n").nth(1).unwrap().split("\n## ").next().unwrap().trim_end();
    assert_made("reference/words.md", &format!("{words}\n"));
}

#[test]
fn the_tables_of_the_scenario_file_are_those_of_its_schema() {
    assert_made("reference/scenario.md", &tables());
}

#[test]
fn what_the_readme_says_of_asyncio_the_book_says_too() {
    let (readme, all) = (Page::read("README.md").text, book("reference/asyncio.md").text);
    let rows: Vec<&str> = readme.lines().filter(|line| line.starts_with("| `") && line.contains("mode = ")).collect();
    assert!(!rows.is_empty());
    for quoted in rows.iter().flat_map(|row| row.split('`').skip(1).step_by(2)) {
        assert!(all.contains(&format!("`{quoted}`")), "{quoted}");
    }
}

#[test]
fn the_pictures_of_the_book_are_those_of_the_readme() {
    for entry in fs::read_dir(top().join(BOOK).join("pictures")).unwrap() {
        let copy = entry.unwrap().path();
        let picture = top().join("assets").join(copy.file_name().unwrap());
        if is_updating() {
            fs::copy(&picture, &copy).unwrap();
        }
        let is_same = fs::read(&picture).unwrap() == fs::read(&copy).unwrap();
        assert!(is_same, "TARDY_UPDATE_ASSETS=1 cargo test --test docs copies {}", picture.display());
    }
}

fn is_updating() -> bool {
    std::env::var_os("TARDY_UPDATE_ASSETS").is_some()
}
