//! What is in the binary: the ready-to-run scenario files and the files they read.
//!
//! Owns the embedded `scenarios/` directory and the order it is shown in. It must not know how a scenario runs.

use std::io;
use std::path::{Path, PathBuf};

use include_dir::{Dir, File, include_dir};
use toml::de::DeTable;

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/scenarios");

/// The order of a tour, the simplest first; what is not named here comes last.
const TOUR: [&str; 29] = [
    "hello",
    "sequential",
    "concurrent",
    "timeout",
    "observe",
    "fanout",
    "return-exceptions",
    "fail-fast",
    "task-group",
    "quorum",
    "tail-at-scale",
    "pool",
    "blame",
    "blocking",
    "stubborn",
    "blocking-pool",
    "channel",
    "fs",
    "tcp-echo",
    "http",
    "http-local",
    "replay",
    "exec",
    "asyncio-timeout",
    "asyncio-observe",
    "asyncio-gather",
    "asyncio-blocking",
    "node-timeout",
    "gate",
];

/// A scenario in the binary.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Shipped {
    /// What to call it on the command line.
    pub name: &'static str,
    /// What it shows, one line.
    pub about: String,
    /// What to learn from it, one line.
    pub lesson: String,
    /// The file.
    pub text: &'static str,
}

/// The scenarios in the binary, in the order of a tour.
#[must_use]
pub fn shipped() -> Vec<Shipped> {
    let describe = |name| {
        let text = text(name)?;
        let document = DeTable::parse(text).ok()?;
        let line = |key| document.get_ref().get(key).and_then(|value| value.get_ref().as_str()).unwrap_or_default();
        Some(Shipped { name, about: line("about").to_owned(), lesson: line("lesson").to_owned(), text })
    };
    names().into_iter().filter_map(describe).collect()
}

/// The names of the scenarios in the binary, in the order of a tour.
pub(super) fn names() -> Vec<&'static str> {
    let mut names: Vec<&str> = FILES.files().filter_map(scenario).collect();
    names.sort_by_key(|name| (TOUR.iter().position(|known| known == name).unwrap_or(TOUR.len()), *name));
    names
}

fn scenario(file: &File<'static>) -> Option<&'static str> {
    file.path().to_str()?.strip_suffix(".toml")
}

/// The text of the shipped scenario called `name`.
pub(super) fn text(name: &str) -> Option<&'static str> {
    FILES.files().find(|file| scenario(file) == Some(name)).and_then(File::contents_utf8)
}

/// The text of a sample, by its path in `scenarios/`; nothing where there is none.
pub(crate) fn sample(path: &str) -> &'static str {
    FILES.get_file(path).and_then(File::contents_utf8).unwrap_or_default()
}

/// The bytes of a shipped file, by its name in `scenarios/`.
pub(super) fn file(name: &str) -> Option<&'static [u8]> {
    FILES.get_file(name).map(File::contents)
}

/// A directory in the binary.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ShippedDirectory(&'static Dir<'static>);

/// The directory of that name in `scenarios/`.
pub(super) fn directory(name: &Path) -> Option<ShippedDirectory> {
    FILES.get_dir(name).map(ShippedDirectory)
}

impl ShippedDirectory {
    /// Writes it, with all that is in it, into the directory `parent`; returns where it is then.
    ///
    /// # Errors
    /// What is in it cannot be written.
    pub(crate) fn write_to(self, parent: &Path) -> io::Result<PathBuf> {
        let path = parent.join(self.0.path());
        std::fs::create_dir_all(&path)?;
        self.0.extract(parent)?;
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_in_the_directory_is_in_the_binary() {
        let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios");
        for entry in std::fs::read_dir(directory).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            if entry.file_type().unwrap().is_file() {
                assert_eq!(
                    file(&name),
                    Some(std::fs::read(entry.path()).unwrap().as_slice()),
                    "{name} is new: touch this file"
                );
            }
        }
    }

    #[test]
    fn nothing_that_python_leaves_behind_is_in_the_binary() {
        assert!(FILES.get_file("asyncio/tardy_asyncio.py").is_some());
        for file in FILES.get_dir("asyncio").unwrap().entries() {
            assert!(file.as_file().is_some(), "remove {}, and touch this file", file.path().display());
        }
    }

    #[test]
    fn every_scenario_says_what_it_shows_and_what_to_learn_under_its_own_name() {
        let all = shipped();
        assert_eq!(all.len(), names().len());
        for scenario in all {
            assert!(!scenario.about.is_empty() && !scenario.lesson.is_empty(), "{}", scenario.name);
            let plan = crate::scenario::Plan::load(scenario.name, &crate::scenario::Overrides::default());
            assert_eq!(plan.map(|plan| plan.name).map_err(|e| format!("{e:?}")), Ok(scenario.name.to_owned()));
        }
    }
}
