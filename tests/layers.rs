//! A module imports only lower floors: the table of ARCHITECTURE.md, read from the source.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The floor of each module. `cli` puts everything together and may import the floor it stands on.
const FLOORS: [(&str, u8); 30] = [
    ("outcome", 0),
    ("metric", 0),
    ("units", 0),
    ("text", 0),
    ("shard", 0),
    ("histogram", 1),
    ("document", 1),
    ("ledger", 2),
    ("condition", 2),
    ("figure", 2),
    ("snapshot", 3),
    ("scenario", 3),
    ("engine", 4),
    ("lint", 4),
    ("gate", 4),
    ("workload", 5),
    ("export", 5),
    ("attach", 5),
    ("telemetry", 5),
    ("import", 6),
    ("probe", 6),
    ("tui", 6),
    ("headless", 6),
    ("sweep", 6),
    ("compare", 6),
    ("baseline", 7),
    ("report", 7),
    ("merge", 7),
    ("cli", 8),
    ("lib", 9),
];

fn floor(module: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == module).map(|&(_, floor)| floor)
}

/// Every source file below `directory`.
fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The modules of this crate a line names: the first segments of `crate::a::b` and of `crate::{a::b, c}`.
fn named(line: &str) -> BTreeSet<&str> {
    let mut modules = BTreeSet::new();
    for rest in line.split("crate::").skip(1) {
        let first = |path: &'_ str| path.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(path.len());
        match rest.strip_prefix('{') {
            None => {
                modules.insert(&rest[..first(rest)]);
            }
            Some(list) => {
                let mut depth = 0;
                for (at, c) in
                    std::iter::once((0, ',')).chain(list.char_indices().map(|(at, c)| (at + c.len_utf8(), c)))
                {
                    match c {
                        '{' => depth += 1,
                        '}' => depth -= 1,
                        ',' if depth == 0 => {
                            let path = list[at..].trim_start();
                            modules.insert(&path[..first(path)]);
                        }
                        _ => {}
                    }
                    if depth < 0 {
                        break;
                    }
                }
            }
        }
    }
    modules.remove("");
    modules
}

/// `text` without comments and without what is compiled for tests alone, line by line with its number;
/// an import that is spread over lines is one line, numbered by its first.
fn code(text: &str) -> Vec<(usize, String)> {
    let mut lines = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (number, line) in (1..).zip(text.lines()) {
        // House style: the tests of a file stand at its end.
        if line == "#[cfg(test)]" && text.lines().nth(number).is_some_and(|next| next.starts_with("mod tests")) {
            break;
        }
        let line = line.split("//").next().unwrap_or_default().trim();
        let (start, mut whole) = open.take().unwrap_or((number, String::new()));
        whole.push_str(line);
        if whole.contains("use ") && !whole.contains(';') && whole.contains("crate::{") {
            open = Some((start, whole));
        } else {
            lines.push((start, whole));
        }
    }
    lines
}

/// The imports of `text` in `module` that do not point to a lower floor, as `line: module`.
fn upward(module: &str, text: &str) -> Vec<String> {
    let here = floor(module).unwrap_or_else(|| panic!("`{module}` has no floor: add it to the table"));
    let allowed = |other: &str| match floor(other) {
        Some(there) => other == module || there < here,
        None => false,
    };
    let lines = code(text);
    let of_line = |(number, line): &(usize, String)| {
        let wrong = named(line).into_iter().filter(|other| !allowed(other)).map(|other| format!("{number}: {other}"));
        wrong.collect::<Vec<_>>()
    };
    lines.iter().flat_map(of_line).collect()
}

#[test]
fn a_module_imports_only_lower_floors() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut wrong = Vec::new();
    for file in files {
        let relative = file.strip_prefix(&root).unwrap();
        let is_test = relative.file_stem().is_some_and(|stem| stem == "tests" || stem == "fixture");
        let module = relative.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        if is_test || module == "main" {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        wrong.extend(upward(module, &text).into_iter().map(|found| format!("src/{}:{found}", relative.display())));
    }
    assert!(wrong.is_empty(), "these import their own floor or a higher one:\n{}", wrong.join("\n"));
}

#[test]
fn an_upward_and_a_sideways_import_are_found_however_they_are_written() {
    for (module, text) in [
        ("ledger", "use crate::engine::Handle;"),
        ("snapshot", "use crate::scenario::Plan;"),
        ("scenario", "\n    let x = crate::cli::main();"),
        ("histogram", "use crate::{units::nanos, ledger::{Book, Event}};"),
        ("histogram", "use crate::{\n    units::nanos,\n    tui,\n};"),
        ("outcome", "pub use crate::units as u;"),
        ("units", "use crate::nowhere::X;"),
    ] {
        assert_eq!(upward(module, text).len(), 1, "{module}: {text}");
    }
}

#[test]
fn a_lower_floor_the_own_module_a_comment_and_a_test_are_no_upward_import() {
    for (module, text) in [
        ("ledger", "use crate::{histogram::Histogram, outcome::{Ending, Outcome}, ledger::Book};"),
        ("ledger", "/// See [`crate::engine`].\n//! crate::tui\nlet x = 1; // crate::cli"),
        ("ledger", "fn f() {}\n\n#[cfg(test)]\nmod tests {\n    use crate::engine::Handle;\n}"),
        ("cli", "use crate::tui::App;\nuse crate::cli::Changes;"),
    ] {
        assert_eq!(upward(module, text), Vec::<String>::new(), "{module}: {text}");
    }
}
