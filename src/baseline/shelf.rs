//! The directory of the baselines: changed by one process at a time, and whole again after one that was killed.
//!
//! Owns the steps by which a baseline is replaced, and what is left of steps that came to no end. It must not know what
//! a baseline is called, nor what its files hold.
//!
//! What is no baseline yet, or no longer, has a name that begins with `.tardy-`. A baseline is replaced in three steps,
//! and whoever is killed on the way leaves the old one or the new one for the next who comes:
//!
//! ```text
//! NAME ─► .tardy-old-NAME     .tardy-…/run ─► NAME     .tardy-old-NAME ─► gone
//! ```

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::export::FILE_NAMES;

/// How names begin that are no baseline's.
const HIDDEN: &str = ".tardy-";

/// What follows in that of a baseline that is being replaced.
const OLD: &str = "old-";

/// What follows in that of a baseline that is forgotten.
const GONE: &str = "gone";

/// What follows in that of the file that is locked.
const LOCK: &str = "lock";

/// The directory, and the lock on it.
#[derive(Debug)]
pub(super) struct Shelf<'a> {
    directory: &'a Path,
    /// Held for as long as this lives, and given up with the process at the latest.
    _lock: File,
}

impl<'a> Shelf<'a> {
    /// Waits for its turn, and tidies up what is left of those that were killed.
    pub(super) fn open(directory: &'a Path) -> io::Result<Self> {
        fs::create_dir_all(directory)?;
        let lock = File::create(directory.join(format!("{HIDDEN}{LOCK}")))?;
        match lock.lock() {
            // Where there are no locks, nobody can be kept out.
            Err(error) if error.kind() != io::ErrorKind::Unsupported => return Err(error),
            _ => {}
        }
        let shelf = Self { directory, _lock: lock };
        shelf.tidy()?;
        Ok(shelf)
    }

    /// Copies the files of `run` to where `name` is, in place of what is there.
    pub(super) fn put(&self, name: &str, run: &Path) -> io::Result<()> {
        let copy = self.copied(run)?;
        let path = self.directory.join(name);
        if is_there(&path) {
            fs::rename(&path, self.hidden(&format!("{OLD}{name}")))?;
        }
        let placed = fs::rename(copy.path().join("run"), &path);
        // What cannot be tidied up now waits for the next who comes.
        let _ = self.tidy();
        placed
    }

    /// Removes what is called `name`.
    pub(super) fn take(&self, name: &str) -> io::Result<()> {
        fs::rename(self.directory.join(name), self.hidden(GONE))?;
        self.tidy()
    }

    /// A copy of a run's files, as `run` in a directory that is gone when nobody takes it.
    fn copied(&self, run: &Path) -> io::Result<TempDir> {
        let copy = tempfile::Builder::new().prefix(HIDDEN).tempdir_in(self.directory)?;
        let to = copy.path().join("run");
        fs::create_dir(&to)?;
        for name in FILE_NAMES.iter().filter(|name| run.join(name).is_file()) {
            fs::copy(run.join(name), to.join(name))?;
        }
        Ok(copy)
    }

    /// Puts back what was to be replaced and was not, and removes the rest.
    fn tidy(&self) -> io::Result<()> {
        for entry in fs::read_dir(self.directory)? {
            let entry = entry?;
            let name = entry.file_name();
            let Some(left) = name.to_str().and_then(|name| name.strip_prefix(HIDDEN)) else { continue };
            if !entry.file_type()?.is_dir() {
                continue;
            }
            match left.strip_prefix(OLD).map(|name| self.directory.join(name)).filter(|path| !is_there(path)) {
                Some(path) => fs::rename(entry.path(), path)?,
                None => fs::remove_dir_all(entry.path())?,
            }
        }
        Ok(())
    }

    fn hidden(&self, name: &str) -> PathBuf {
        self.directory.join(format!("{HIDDEN}{name}"))
    }
}

/// Whether there is something of this name, whatever it is.
pub(super) fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory of baselines, and a run whose summary is `text`.
    fn scratch(text: &str) -> (TempDir, PathBuf, PathBuf) {
        let scratch = tempfile::tempdir().unwrap();
        let (directory, run) = (scratch.path().join("baselines"), scratch.path().join("run"));
        fs::create_dir(&run).unwrap();
        fs::write(run.join("summary.json"), text).unwrap();
        (scratch, directory, run)
    }

    fn entries(directory: &Path) -> Vec<String> {
        let names = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.filter(|name| !name.ends_with(LOCK)).collect();
        names.sort();
        names
    }

    fn kept(directory: &Path) -> String {
        fs::read_to_string(directory.join("main/summary.json")).unwrap()
    }

    #[test]
    fn whoever_is_killed_while_replacing_leaves_the_old_one_or_the_new_one() {
        let (_scratch, directory, run) = scratch("old");
        Shelf::open(&directory).unwrap().put("main", &run).unwrap();
        // Killed with the old one out of the way and the copy made.
        fs::rename(directory.join("main"), directory.join(".tardy-old-main")).unwrap();
        fs::create_dir_all(directory.join(".tardy-a1b2c3/run")).unwrap();
        drop(Shelf::open(&directory).unwrap());
        assert_eq!((entries(&directory), kept(&directory).as_str()), (vec!["main".to_owned()], "old"));

        // Killed with the new one in its place.
        fs::write(run.join("summary.json"), "new").unwrap();
        fs::create_dir(directory.join(".tardy-old-main")).unwrap();
        Shelf::open(&directory).unwrap().put("main", &run).unwrap();
        assert_eq!((entries(&directory), kept(&directory).as_str()), (vec!["main".to_owned()], "new"));
    }

    #[test]
    fn whoever_is_killed_while_forgetting_leaves_nothing_that_stays() {
        let (_scratch, directory, run) = scratch("old");
        let shelf = Shelf::open(&directory).unwrap();
        shelf.put("main", &run).unwrap();
        drop(shelf);
        fs::rename(directory.join("main"), directory.join(".tardy-gone")).unwrap();
        drop(Shelf::open(&directory).unwrap());
        assert!(entries(&directory).is_empty());
    }

    #[test]
    fn many_who_replace_at_once_leave_one_whole_baseline() {
        let (_scratch, directory, run) = scratch("same");
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| Shelf::open(&directory).unwrap().put("main", &run).unwrap());
            }
        });
        assert_eq!((entries(&directory), kept(&directory).as_str()), (vec!["main".to_owned()], "same"));
    }
}
