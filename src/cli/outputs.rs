//! The files a run is asked to write when it is over.

use std::path::Path;

use super::RunArgs;
use crate::export::{Directory, ExportError, Format, Target};
use crate::snapshot::Report;

/// Where the files of a run go; by default nowhere.
#[derive(Debug, Default)]
pub(super) struct Outputs {
    directory: Option<Directory>,
    files: Vec<Target>,
}

impl Outputs {
    /// Those the command line asks for, each seen to be writable.
    ///
    /// # Errors
    /// The first one that is not.
    pub(super) fn open(args: &RunArgs) -> Result<Self, ExportError> {
        let directory = args.out.as_ref().map(Directory::open).transpose()?;
        let files = [(Format::Junit, &args.junit), (Format::Markdown, &args.markdown)];
        let files = files.into_iter().filter_map(|(format, path)| Some(Target::open(format, path.as_ref()?)));
        Ok(Self { directory, files: files.collect::<Result<_, _>>()? })
    }

    /// The directory of all files of the run.
    pub(super) fn directory(&self) -> Option<&Path> {
        self.directory.as_ref().map(Directory::path)
    }

    /// Writes the run to each of them, whatever became of the others.
    ///
    /// # Errors
    /// The first one that could not be written.
    pub(super) fn write(&self, report: &Report) -> Result<(), ExportError> {
        let all = self.directory.as_ref().map_or(Ok(()), |directory| directory.write(report));
        self.files.iter().fold(all, |so_far, file| so_far.and(file.write(report)))
    }
}
