//! A single file that one format of a run goes to.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::PathBuf;

use super::{ExportError, junit, markdown};
use crate::snapshot::{Report, Snapshot};

/// What a single file can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// A JUnit report, in place of what the file held.
    Junit,
    /// A Markdown summary, behind what the file holds, as a job summary that several steps write to asks for.
    Markdown,
}

impl Format {
    const fn appends(self) -> bool {
        matches!(self, Self::Markdown)
    }

    const fn writer(self) -> fn(&Snapshot, &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Junit => junit::write,
            Self::Markdown => markdown::write,
        }
    }
}

/// A file that can be written to.
#[derive(Debug, Clone)]
pub struct Target {
    path: PathBuf,
    format: Format,
}

impl Target {
    /// Tries that the file can be written to; what it holds stays until [`Target::write`].
    ///
    /// # Errors
    /// When it cannot be. Call it before a run starts, so that an hour of measuring is not lost to a wrong path.
    pub fn open(format: Format, path: impl Into<PathBuf>) -> Result<Self, ExportError> {
        let path = path.into();
        match OpenOptions::new().append(true).create(true).open(&path) {
            Ok(_) => Ok(Self { path, format }),
            Err(source) => Err(ExportError::Write { path, source }),
        }
    }

    /// Writes the run in one go.
    ///
    /// # Errors
    /// Names the file, when it cannot be written any more.
    pub fn write(&self, report: &Report) -> Result<(), ExportError> {
        self.try_write(report).map_err(|source| ExportError::Write { path: self.path.clone(), source })
    }

    fn try_write(&self, report: &Report) -> io::Result<()> {
        let mut text = Vec::new();
        self.format.writer()(&report.snapshot, &mut text)?;
        let appends = self.format.appends();
        let mut file =
            OpenOptions::new().create(true).write(true).append(appends).truncate(!appends).open(&self.path)?;
        file.write_all(&text)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Arc;

    use super::*;
    use crate::snapshot::fixture;

    fn report() -> Report {
        Report { snapshot: Arc::new(fixture::finished()), scenario: "name = \"fanout\"\n".into() }
    }

    #[test]
    fn a_summary_is_added_to_the_file_and_a_report_takes_its_place() {
        let scratch = tempfile::tempdir().unwrap();
        for (format, times) in [(Format::Markdown, 2), (Format::Junit, 1)] {
            let path = scratch.path().join(format!("{format:?}"));
            fs::write(&path, "# before\n").unwrap();
            let target = Target::open(format, &path).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), "# before\n");
            (0..2).for_each(|_| target.write(&report()).unwrap());
            let text = fs::read_to_string(&path).unwrap();
            assert_eq!(text.starts_with("# before\n"), format == Format::Markdown);
            assert_eq!(text.matches("### ").count() + text.matches("<testsuites").count(), times);
        }
    }

    #[test]
    fn a_file_that_cannot_be_written_is_refused_by_name() {
        let scratch = tempfile::tempdir().unwrap();
        for path in [scratch.path().to_owned(), scratch.path().join("none/gates.xml")] {
            let error = Target::open(Format::Junit, &path).unwrap_err().to_string();
            assert!(error.contains(&*path.to_string_lossy()), "{error}");
        }
    }
}
