//! `tardy report`: runs as one page, to be sent to somebody.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Failure, print};
use crate::baseline::Baselines;
use crate::compare::Named;
use crate::document::printable;
use crate::export::{Directory, ExportError};
use crate::import;
use crate::report;
use crate::units::thousands;

/// The arguments of `tardy report`.
#[derive(Debug, Clone, Args)]
pub(super) struct ReportArgs {
    /// The directories of runs, as `--out` writes them; the others are compared with the first
    #[arg(value_name = "RUN", required = true)]
    runs: Vec<PathBuf>,
    /// Compares all of them with the run that `tardy baseline save` keeps under this name
    #[arg(long, value_name = "NAME")]
    baseline: Option<String>,
    /// Where the page goes; an earlier page is replaced, any other file is not
    #[arg(short, long, value_name = "FILE", default_value = "report.html")]
    output: PathBuf,
}

/// Why there is no page.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub(super) enum ReportError {
    /// Something else has its name.
    #[error("`{}` exists, and is no page that `tardy report` wrote", .0.display())]
    #[diagnostic(help("give the page another name with `-o`; nothing was changed"))]
    Taken(PathBuf),
}

/// Writes the page and says where it is.
pub(super) fn report(args: &ReportArgs) -> Result<(), Failure> {
    let file = &args.output;
    if !may_replace(file).map_err(|source| unwritten(file, source))? {
        return Err(ReportError::Taken(file.clone()).into());
    }
    let kept = args
        .baseline
        .as_ref()
        .map(|name| Ok::<_, Failure>(Named { name: name.clone(), ..named(&Baselines::of_user()?.find(name)?)? }));
    let runs = kept.into_iter().chain(args.runs.iter().map(|run| named(run))).collect::<Result<Vec<_>, _>>()?;
    let mut page = Vec::new();
    report::write(&runs, &mut page)?;
    let name = file.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| unwritten(file, io::ErrorKind::InvalidFilename.into()))?;
    // The parent of a bare name is the empty path.
    let directory = file.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."));
    Directory::open(directory)?.write_file(name, &page)?;
    let of = if runs.len() == 1 { "1 run".to_owned() } else { format!("{} runs", runs.len()) };
    let size = thousands((page.len() as u64).div_ceil(1_000));
    print(&printable(&format!("{}: {of}, {size} kB\n", file.display())))
}

/// Whether there is no such file, or one that is empty or a page.
fn may_replace(file: &Path) -> io::Result<bool> {
    match file.metadata() {
        Err(none) if none.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(other) => Err(other),
        // What is no file, such as a directory or a pipe, is nothing to read or to replace.
        Ok(what) if !what.is_file() => Ok(false),
        Ok(_) => {
            let mut begins = Vec::new();
            File::open(file)?.take(report::BEGINNING.len() as u64).read_to_end(&mut begins)?;
            Ok(begins.is_empty() || begins == report::BEGINNING.as_bytes())
        }
    }
}

fn unwritten(file: &Path, source: io::Error) -> Failure {
    ExportError::Write { path: file.to_owned(), source }.into()
}

fn named(directory: &Path) -> Result<Named, Failure> {
    Ok(Named { name: directory.display().to_string(), report: import::reopen(directory)?.report })
}
