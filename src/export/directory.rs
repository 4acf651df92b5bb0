//! The directory of a run's files, and the only place that opens one of them.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, LineWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::NamedTempFile;

use super::{
    Live, blame, blocks, cancellations, cancelled_tasks, causes, failures, gathers, heat, hgrm, histogram, hlog,
    late_tasks, percentiles, recording, summary, survival, timeline, what_if,
};
use crate::snapshot::{Report, Snapshot};

type Writer = fn(&Report, &mut dyn Write) -> io::Result<()>;

/// How many files a run has.
const FILE_COUNT: usize = FILES.len();

/// The files of a run, each with its writer.
const FILES: &[(&str, Writer)] = &[
    ("summary.json", |report, out| summary::write(&report.snapshot, out)),
    ("histogram.csv", |report, out| histogram::write(&report.snapshot, out)),
    ("percentiles.csv", |report, out| percentiles::write(&report.snapshot, out)),
    ("what_if.csv", |report, out| what_if::write(&report.snapshot, out)),
    ("survival.csv", |report, out| survival::write(&report.snapshot, out)),
    ("timeline.csv", |report, out| timeline::write(&report.snapshot, out)),
    ("heat.csv", |report, out| heat::write(&report.snapshot, out)),
    ("blocks.csv", |report, out| blocks::write(&report.snapshot, out)),
    ("block_histogram.csv", |report, out| blocks::write_histogram(&report.snapshot, out)),
    ("gathers.csv", |report, out| gathers::write(&report.snapshot, out)),
    ("failures.csv", |report, out| failures::write(&report.snapshot, out)),
    ("causes.csv", |report, out| causes::write(&report.snapshot, out)),
    ("blame.csv", |report, out| blame::write(&report.snapshot, out)),
    ("blame.folded", |report, out| blame::write_folded(&report.snapshot, out)),
    ("cancellations.csv", |report, out| cancellations::write(&report.snapshot, out)),
    ("cancelled_tasks.csv", |report, out| cancelled_tasks::write(&report.snapshot, out)),
    ("late_tasks.csv", |report, out| late_tasks::write(&report.snapshot, out)),
    (LIVE[0], |report, out| hlog::write(&report.snapshot, out)),
    (LIVE[1], recording::write),
    ("scenario.toml", |report, out| out.write_all(report.scenario.as_bytes())),
];

/// The files that can be written while the run goes on.
const LIVE: [&str; 2] = ["latency.hlog", "recording.bin"];

/// The names of a run's files.
pub(crate) const FILE_NAMES: [&str; FILE_COUNT] = {
    let (mut names, mut at) = ([""; FILE_COUNT], 0);
    while at < FILE_COUNT {
        names[at] = FILES[at].0;
        at += 1;
    }
    names
};

/// Why the files of a run could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The directory is not there and cannot be made.
    #[error("cannot create the directory `{}`", path.display())]
    Create {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The file, or the directory when no file can be made in it.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// A directory that files can be written to.
#[derive(Debug, Clone)]
pub struct Directory {
    path: PathBuf,
}

impl Directory {
    /// Makes the directory, its parents included, and tries that a file can be written to it; what lies in
    /// it already is left alone.
    ///
    /// # Errors
    /// When it cannot be made or nothing can be written to it. Call it before a run starts, so that an hour
    /// of measuring is not lost to a wrong path.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, ExportError> {
        let path = path.into();
        if let Err(source) = fs::create_dir_all(&path) {
            return Err(ExportError::Create { path, source });
        }
        let probe = temporary(&path).and_then(|mut file| file.write_all(b"tardy"));
        match probe {
            Ok(()) => Ok(Self { path }),
            Err(source) => Err(ExportError::Write { path, source }),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes all files of a run: `summary.json`, `histogram.csv`, `percentiles.csv`, `what_if.csv`,
    /// `survival.csv`, `timeline.csv`, `heat.csv`, `blocks.csv`, `block_histogram.csv`, `gathers.csv`, `failures.csv`,
    /// `causes.csv`, `blame.csv`, `blame.folded`, `cancellations.csv`, `cancelled_tasks.csv`, `late_tasks.csv`,
    /// `latency.hlog`, `recording.bin` and `scenario.toml`; those of percentiles in `hgrm/`.
    ///
    /// Files of these names from an earlier run are replaced, each at once and only after all new ones are
    /// complete; other files are left alone.
    ///
    /// # Errors
    /// Names the file that could not be written; no half-written file is left.
    pub fn write(&self, report: &Report) -> Result<(), ExportError> {
        self.write_files(FILES, report)?;
        self.write_percentiles(&report.snapshot)
    }

    /// Writes what is written while a run goes on, that which `newest` shows, until [`Live::finish`]: `latency.hlog` and
    /// `recording.bin`, a second of it at a time, so that a run that is killed leaves what came before.
    ///
    /// # Errors
    /// The operating system starts no thread.
    pub fn follow(
        &self,
        newest: impl Fn() -> Arc<Snapshot> + Send + 'static,
        scenario: Arc<str>,
    ) -> Result<Live, ExportError> {
        let paths = LIVE.map(|name| self.path.join(name));
        let files = move || {
            let [log, recording] = paths;
            Ok([Box::new(LineWriter::new(File::create(log)?)), Box::new(File::create(recording)?) as Box<dyn Write>])
        };
        Live::start(self.path.clone(), newest, files, scenario)
    }

    /// Writes all files but those that a [`Live`] has written.
    ///
    /// # Errors
    /// Names the file that could not be written; no half-written file is left.
    pub fn write_beside_live(&self, report: &Report) -> Result<(), ExportError> {
        let others: Vec<_> = FILES.iter().filter(|(name, _)| !LIVE.contains(name)).copied().collect();
        self.write_files(&others, report)?;
        self.write_percentiles(&report.snapshot)
    }

    /// Writes the tables of a run alone.
    ///
    /// # Errors
    /// Names the file that could not be written; no half-written file is left.
    pub fn write_tables(&self, report: &Report) -> Result<(), ExportError> {
        let tables: Vec<_> = FILES
            .iter()
            .filter(|(name, _)| Path::new(name).extension().is_some_and(|ending| ending == "csv"))
            .copied()
            .collect();
        self.write_files(&tables, report)
    }

    /// Writes one more file; where one of its name is there already, a number makes it another. Says where it is.
    ///
    /// # Errors
    /// Names the file that could not be written; no half-written file is left.
    pub fn add(&self, name: &str, contents: &[u8]) -> Result<PathBuf, ExportError> {
        let (stem, ending) = name.split_at(name.rfind('.').unwrap_or(name.len()));
        let mut path = self.path.join(name);
        let complete = temporary(&self.path).and_then(|mut file| file.write_all(contents).map(|()| file));
        let mut file = match complete {
            Ok(file) => file,
            Err(source) => return Err(ExportError::Write { path, source }),
        };
        let mut number = 1_u32;
        loop {
            match file.persist_noclobber(&path) {
                Ok(_) => return Ok(path),
                Err(taken) if taken.error.kind() == io::ErrorKind::AlreadyExists => file = taken.file,
                Err(refused) => return Err(ExportError::Write { path, source: refused.error }),
            }
            number += 1;
            path = self.path.join(format!("{stem}-{number}{ending}"));
        }
    }

    /// Writes one more file, at once: a reader sees all of it or what was there before.
    ///
    /// # Errors
    /// Names the file that could not be written.
    pub(crate) fn write_file(&self, name: &str, contents: &[u8]) -> Result<(), ExportError> {
        let path = self.path.join(name);
        let written = temporary(&self.path).and_then(|mut file| {
            file.write_all(contents)?;
            file.persist(&path).map_err(|refused| refused.error)
        });
        written.map(drop).map_err(|source| ExportError::Write { path, source })
    }

    fn write_files(&self, files: &[(&str, Writer)], report: &Report) -> Result<(), ExportError> {
        let complete = files
            .iter()
            .map(|(name, write)| {
                let path = self.path.join(name);
                match self.complete(report, *write) {
                    Ok(file) => Ok((path, file)),
                    Err(source) => Err(ExportError::Write { path, source }),
                }
            })
            .collect::<Result<Vec<_>, _>>()?;
        complete.into_iter().try_for_each(|(path, file)| match file.persist(&path) {
            Ok(_) => Ok(()),
            Err(refused) => Err(ExportError::Write { path, source: refused.error }),
        })
    }

    /// Writes the percentiles of each lane and metric, and takes those away that an earlier run had more.
    ///
    /// # Errors
    /// Names the file that could not be written, or the directory.
    pub fn write_percentiles(&self, snapshot: &Snapshot) -> Result<(), ExportError> {
        let directory = Self::open(self.path.join(hgrm::DIRECTORY))?;
        let failed = |source| ExportError::Write { path: directory.path.clone(), source };
        let mut names = Vec::new();
        for file in hgrm::files(snapshot) {
            let (name, contents) = file.map_err(failed)?;
            directory.write_file(&name, &contents)?;
            names.push(OsString::from(name));
        }
        for entry in fs::read_dir(&directory.path).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            if name.as_encoded_bytes().ends_with(hgrm::ENDING.as_bytes()) && !names.contains(&name) {
                fs::remove_file(directory.path.join(name)).map_err(failed)?;
            }
        }
        Ok(())
    }

    fn complete(&self, report: &Report, write: Writer) -> io::Result<NamedTempFile> {
        let mut out = BufWriter::new(temporary(&self.path)?);
        write(report, &mut out)?;
        out.into_inner().map_err(io::IntoInnerError::into_error)
    }
}

/// A file in `directory` that removes itself unless it is given its name.
fn temporary(directory: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    // What others may do is up to the umask, as with any file; a temporary one is private by default.
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.prefix(".tardy-").tempfile_in(directory)
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;
    use crate::snapshot::fixture;

    fn report() -> Report {
        Report { snapshot: Arc::new(fixture::finished()), scenario: "name = \"fanout\"\n".into() }
    }

    fn names(directory: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// What is in its files and in those one directory below.
    fn contents(directory: &Path) -> Vec<Vec<u8>> {
        let paths = names(directory).into_iter().map(|name| directory.join(name));
        paths.flat_map(|path| if path.is_dir() { contents(&path) } else { vec![fs::read(path).unwrap()] }).collect()
    }

    #[test]
    fn a_run_is_written_to_its_files_in_a_directory_that_was_not_there() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("runs/1");
        Directory::open(&path).unwrap().write(&report()).unwrap();
        let mut expected: Vec<_> = FILES.iter().map(|(name, _)| *name).collect();
        expected.push("hgrm");
        expected.sort_unstable();
        assert_eq!(names(&path), expected);
        assert!(names(&path.join("hgrm")).contains(&"observe-50ms-service.hgrm".to_owned()));
        let texts = expected.iter().filter(|name| !["hgrm", "recording.bin"].contains(name));
        assert!(texts.map(|name| fs::read(path.join(name)).unwrap()).all(|content| content.ends_with(b"\n")));
    }

    #[test]
    fn a_run_exported_twice_is_the_same_to_the_byte() {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for scratch in [&first, &second] {
            Directory::open(scratch.path()).unwrap().write(&report()).unwrap();
        }
        assert_eq!(contents(first.path()), contents(second.path()));
    }

    #[test]
    fn files_of_an_earlier_run_are_replaced_and_others_are_left_alone() {
        let scratch = tempfile::tempdir().unwrap();
        fs::create_dir(scratch.path().join("hgrm")).unwrap();
        let [notes, summary, more, old] =
            ["notes.txt", "summary.json", "hgrm/notes.txt", "hgrm/cancel-9ms-service.hgrm"]
                .map(|name| scratch.path().join(name));
        for (path, text) in [(&notes, "mine"), (&more, "mine"), (&summary, "old"), (&old, "old")] {
            fs::write(path, text).unwrap();
        }
        Directory::open(scratch.path()).unwrap().write(&report()).unwrap();
        assert!([notes, more].iter().all(|path| fs::read_to_string(path).unwrap() == "mine"));
        assert!(!old.exists());
        assert!(fs::read_to_string(summary).unwrap().starts_with('{'));
    }

    #[test]
    fn a_directory_below_a_file_is_refused_by_name_before_anything_is_written() {
        let scratch = tempfile::tempdir().unwrap();
        let file = scratch.path().join("file");
        fs::write(&file, "").unwrap();
        for path in [file.clone(), file.join("below")] {
            let error = Directory::open(&path).unwrap_err();
            assert!(error.to_string().contains(&*path.to_string_lossy()), "{error}");
            assert!(error.source().is_some());
        }
        assert_eq!(names(scratch.path()), ["file"]);
    }

    #[test]
    fn opening_a_directory_leaves_nothing_in_it() {
        let scratch = tempfile::tempdir().unwrap();
        Directory::open(scratch.path()).unwrap();
        assert!(names(scratch.path()).is_empty());
    }

    #[test]
    fn a_write_that_fails_names_its_file_and_leaves_the_earlier_run_as_it_was() {
        let scratch = tempfile::tempdir().unwrap();
        let directory = Directory::open(scratch.path()).unwrap();
        directory.write(&report()).unwrap();
        let before = contents(scratch.path());
        let full: Writer = |_, out| {
            out.write_all(&vec![b'x'; 100_000])?;
            Err(io::Error::from(io::ErrorKind::StorageFull))
        };
        let error = directory.write_files(&[FILES[0], ("histogram.csv", full)], &report()).unwrap_err();
        assert!(error.to_string().contains("histogram.csv"), "{error}");
        assert_eq!(contents(scratch.path()), before);
    }

    #[test]
    fn a_name_that_is_taken_by_a_directory_is_named() {
        let scratch = tempfile::tempdir().unwrap();
        fs::create_dir(scratch.path().join("gathers.csv")).unwrap();
        let error = Directory::open(scratch.path()).unwrap().write(&report()).unwrap_err();
        assert!(error.to_string().contains("gathers.csv"), "{error}");
        assert!(names(scratch.path()).iter().all(|name| !name.starts_with(".tardy-")));
    }

    #[test]
    fn a_file_of_a_name_that_is_taken_gets_a_number_and_the_one_before_stays() {
        let scratch = tempfile::tempdir().unwrap();
        let directory = Directory::open(scratch.path()).unwrap();
        for (n, name) in ["time.svg", "time-2.svg", "time-3.svg"].iter().enumerate() {
            let written = directory.add("time.svg", &[b'0' + u8::try_from(n).unwrap()]).unwrap();
            assert_eq!(written, scratch.path().join(name));
        }
        assert_eq!(contents(scratch.path()), [b"1", b"2", b"0"]);
        fs::remove_dir_all(scratch.path()).unwrap();
        assert!(directory.add("time.svg", b"").unwrap_err().to_string().contains("time.svg"));
    }

    #[test]
    fn a_directory_that_vanished_during_the_run_is_an_error_with_a_path() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("gone");
        let directory = Directory::open(&path).unwrap();
        fs::remove_dir(&path).unwrap();
        let error = directory.write(&report()).unwrap_err();
        assert!(error.to_string().contains("gone"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn files_have_the_permissions_any_new_file_has() {
        use std::os::unix::fs::PermissionsExt;
        let scratch = tempfile::tempdir().unwrap();
        Directory::open(scratch.path()).unwrap().write(&report()).unwrap();
        let mode = |name: &str| fs::metadata(scratch.path().join(name)).unwrap().permissions().mode();
        fs::write(scratch.path().join("plain"), "").unwrap();
        assert_eq!(mode("summary.json"), mode("plain"));
    }
}
