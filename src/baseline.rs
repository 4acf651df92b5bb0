//! Runs kept under a name, for later ones to be held against.
//!
//! Owns where baselines are, what one may be called, that each is there whole or not at all, and
//! which runs can be held against one. It must not know how
//! a run and a baseline are compared.
//!
//! They are directories as `--out` writes them, in `$XDG_DATA_HOME/tardy/baselines/`, or else in
//! `~/.local/share/tardy/baselines/`.

mod against;
mod error;
mod shelf;

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

pub use self::against::against;
pub use self::error::BaselineError;
use self::shelf::{Shelf, is_there};
use crate::import::{self, ImportError};
use crate::snapshot::Report;

/// The longest name of a baseline, in characters.
const LONGEST: usize = 100;

/// Where baselines are kept.
#[derive(Debug, Clone)]
pub struct Baselines {
    directory: PathBuf,
}

/// One of them.
#[derive(Debug)]
#[non_exhaustive]
pub struct Kept {
    /// What it is called.
    pub name: String,
    /// Where its files are.
    pub path: PathBuf,
    /// The run, when it can be read.
    pub run: Result<Report, ImportError>,
}

impl Baselines {
    /// Those of the user.
    ///
    /// # Errors
    /// The environment does not say where they are.
    pub fn of_user() -> Result<Self, BaselineError> {
        let directory = place(|name| std::env::var_os(name)).ok_or(BaselineError::Homeless)?;
        Ok(Self { directory })
    }

    /// Keeps the run in `run` as `name`, and says where; with `replace` in place of the one that has the name.
    ///
    /// # Errors
    /// The name is none or is taken, the directory is no run's, or the files cannot be copied; what there was is then
    /// left as it was.
    pub fn save(&self, name: &str, run: &Path, replace: bool) -> Result<PathBuf, BaselineError> {
        let path = self.path(name)?;
        let unwritten = |source| BaselineError::Unwritten { path: path.clone(), source };
        let held = Shelf::open(&self.directory).map_err(unwritten)?;
        if !replace && is_there(&path) {
            return Err(BaselineError::Taken { name: name.to_owned() });
        }
        import::open(run)?;
        held.put(name, run).map_err(unwritten)?;
        Ok(path)
    }

    /// All of them, by name.
    ///
    /// # Errors
    /// Their directory is there and cannot be read.
    pub fn list(&self) -> Result<Vec<Kept>, BaselineError> {
        let _shelf = self.shelf();
        let kept = |name: String| {
            let path = self.directory.join(&name);
            Kept { run: import::open(&path), name, path }
        };
        Ok(self.names()?.into_iter().map(kept).collect())
    }

    /// Forgets one, and says where it was.
    ///
    /// # Errors
    /// There is none of this name, or it cannot be removed.
    pub fn remove(&self, name: &str) -> Result<PathBuf, BaselineError> {
        let path = self.path(name)?;
        let held = self.shelf();
        if !is_there(&path) {
            return Err(BaselineError::unknown(name, &self.names()?));
        }
        let held = held.map_or_else(|| Shelf::open(&self.directory), Ok);
        let removed = held.and_then(|held| held.take(name));
        removed.map_err(|source| BaselineError::Unwritten { path: path.clone(), source })?;
        Ok(path)
    }

    /// The directory of what is called `word`: the baseline of this name, or else the directory.
    ///
    /// # Errors
    /// There is neither.
    pub fn find(&self, word: &str) -> Result<PathBuf, BaselineError> {
        let _shelf = self.shelf();
        let named = self.path(word).ok().filter(|path| is_there(path));
        let found = named.or_else(|| Some(PathBuf::from(word)).filter(|path| path.is_dir()));
        found.map_or_else(|| Err(BaselineError::unknown(word, &self.names()?)), Ok)
    }

    fn path(&self, name: &str) -> Result<PathBuf, BaselineError> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let is_name = (1..=LONGEST).contains(&name.len()) && name.chars().all(is_plain) && !name.starts_with('.');
        if !is_name {
            return Err(BaselineError::NoName { name: name.to_owned() });
        }
        Ok(self.directory.join(name))
    }

    fn names(&self) -> Result<Vec<String>, BaselineError> {
        let entries = match fs::read_dir(&self.directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(BaselineError::Unreadable { path: self.directory.clone(), source }),
        };
        let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        let mut names: Vec<_> = names.filter(|name| self.path(name).is_ok_and(|path| path.is_dir())).collect();
        names.sort_unstable();
        Ok(names)
    }

    /// The directory, tidied up; `None` where there is none, or none that can be written and so needs it.
    fn shelf(&self) -> Option<Shelf<'_>> {
        self.directory.is_dir().then(|| Shelf::open(&self.directory).ok())?
    }
}

/// The place the environment leads to, by `variable`. Relative places are to be ignored, says the XDG Base Directory
/// Specification.
fn place(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let place = |name: &str| variable(name).map(PathBuf::from).filter(|place| place.is_absolute());
    let base = place("XDG_DATA_HOME").or_else(|| Some(place("HOME")?.join(".local/share")))?;
    Some(base.join("tardy").join("baselines"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tempfile::TempDir;

    use super::*;
    use crate::export::{Directory, FILE_NAMES};
    use crate::scenario::{Overrides, Plan, Source};
    use crate::snapshot::{Snapshot, fixture};

    const SCENARIO: &str = r#"
name = "fanout"
workload = { kind = "synthetic", step = [{ name = "call", sleep = "1ms" }] }
load = { mode = "open", rate = "500/s" }
"#;

    /// Baselines in a scratch directory, and a run to keep.
    fn scratch() -> (TempDir, Baselines, PathBuf) {
        let scratch = tempfile::tempdir().unwrap();
        let run = scratch.path().join("run");
        write(&run, fixture::empty());
        let baselines = Baselines { directory: scratch.path().join("data/baselines") };
        (scratch, baselines, run)
    }

    fn write(run: &Path, snapshot: Snapshot) {
        let plan = Plan::new(Source::new("fanout.toml", SCENARIO), &Overrides::default()).unwrap();
        let report = Report { snapshot: Arc::new(snapshot), scenario: plan.resolved };
        Directory::open(run).unwrap().write(&report).unwrap();
    }

    fn entries(directory: &Path) -> Vec<OsString> {
        let mut names: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.retain(|name| name != ".tardy-lock");
        names.sort();
        names
    }

    #[test]
    fn a_run_that_was_saved_is_listed_found_and_removed_and_nothing_else_is_left() {
        let (_scratch, baselines, run) = scratch();
        assert!(baselines.list().unwrap().is_empty());
        fs::write(run.join("notes.txt"), "mine").unwrap();
        let path = baselines.save("main", &run, false).unwrap();
        assert_eq!(entries(&path), {
            let mut names: Vec<_> = FILE_NAMES.iter().map(OsString::from).collect();
            names.sort();
            names
        });
        let listed = baselines.list().unwrap();
        assert_eq!((listed.len(), listed[0].name.as_str(), &listed[0].path), (1, "main", &path));
        assert_eq!(listed[0].run.as_ref().unwrap().snapshot.info.scenario, "fanout");
        assert_eq!(baselines.find("main").unwrap(), path);
        assert_eq!(baselines.remove("main").unwrap(), path);
        assert!(entries(&baselines.directory).is_empty());
    }

    #[test]
    fn a_name_that_is_taken_is_replaced_only_on_request() {
        let (_scratch, baselines, run) = scratch();
        let path = baselines.save("main", &run, false).unwrap();
        assert!(matches!(baselines.save("main", &run, false), Err(BaselineError::Taken { .. })));
        write(&run, fixture::named(fixture::empty(), "pool"));
        assert_eq!(baselines.save("main", &run, true).unwrap(), path);
        assert_eq!(baselines.list().unwrap()[0].run.as_ref().unwrap().snapshot.info.scenario, "pool");
        assert_eq!(entries(&baselines.directory), ["main"]);
    }

    #[test]
    fn what_is_no_run_replaces_nothing() {
        let (scratch, baselines, run) = scratch();
        baselines.save("main", &run, false).unwrap();
        fs::write(run.join("timeline.csv"), "").unwrap();
        assert!(matches!(baselines.save("main", &run, true), Err(BaselineError::NoRun(_))));
        assert!(matches!(baselines.save("new", scratch.path(), false), Err(BaselineError::NoRun(_))));
        assert!(baselines.list().unwrap()[0].run.is_ok());
        assert_eq!(entries(&baselines.directory), ["main"]);
    }

    #[test]
    fn a_name_leads_nowhere_else() {
        let (_scratch, baselines, run) = scratch();
        for name in ["", ".", "..", "../run", "a/b", "/tmp", ".hidden", "a b", "é", "a\nb", &"x".repeat(101)] {
            assert!(matches!(baselines.save(name, &run, true), Err(BaselineError::NoName { .. })), "{name}");
            assert!(matches!(baselines.remove(name), Err(BaselineError::NoName { .. })), "{name}");
        }
        assert!(baselines.save("v1.2-rc_3", &run, false).is_ok());
    }

    #[test]
    fn what_is_no_name_is_a_directory_or_nothing() {
        let (_scratch, baselines, run) = scratch();
        baselines.save("main", &run, false).unwrap();
        assert_eq!(baselines.find(run.to_str().unwrap()).unwrap(), run);
        for find in [Baselines::find, Baselines::remove] {
            let error = find(&baselines, "mian").unwrap_err();
            assert!(matches!(&error, BaselineError::Unknown { help, .. } if help.contains("`main`")), "{error:?}");
        }
    }

    #[test]
    fn only_absolute_places_count() {
        let at = |xdg: Option<&'static str>, home: Option<&'static str>| {
            let given = move |name: &str| match name {
                "XDG_DATA_HOME" => xdg.map(OsString::from),
                _ => home.map(OsString::from),
            };
            place(given)
        };
        assert_eq!(at(Some("/data"), Some("/home/me")), Some("/data/tardy/baselines".into()));
        assert_eq!(at(Some("data"), Some("/home/me")), Some("/home/me/.local/share/tardy/baselines".into()));
        assert_eq!(at(None, Some("home")), None);
    }
}
