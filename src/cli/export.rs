//! `tardy export`: a recorded run in another format.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Failure;
use crate::export::{Directory, write_json, write_log};
use crate::import::{self, Reopened};

/// The arguments of `tardy export`.
#[derive(Debug, Clone, Args)]
pub(super) struct ExportArgs {
    /// The directory of a run, as `--out` writes it, or a log of latencies such as its `latency.hlog`
    #[arg(value_name = "RUN|FILE.hlog")]
    run: PathBuf,
    /// What to write
    #[arg(long, value_enum)]
    format: Format,
    /// The directory to write to; without it json and hlog, a single file each, go to stdout
    #[arg(long, short, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// What can be written.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// All tables
    Csv,
    /// The summary, `summary.json`
    Json,
    /// The percentile distribution of each lane and metric, in `hgrm/`
    Hgrm,
    /// The log of latencies, `latency.hlog`
    Hlog,
}

/// Nowhere to write several files to.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("`--format {0}` is several files, which cannot go to stdout")]
#[diagnostic(help("name a directory for them: `--out DIR`"))]
pub(super) struct NoDirectory(&'static str);

/// Writes the run.
pub(super) fn export(args: &ExportArgs) -> Result<(), Failure> {
    let Reopened { recording, report, note } = import::reopen(&args.run)?;
    let out = args.out.as_ref().map(Directory::open).transpose()?;
    let several = |format| out.as_ref().ok_or(NoDirectory(format));
    let single = |name, bytes: &[u8]| match &out {
        Some(directory) => directory.write_file(name, bytes).map_err(Failure::from),
        None => Ok(io::stdout().lock().write_all(bytes)?),
    };
    let mut bytes = Vec::new();
    match args.format {
        Format::Csv => several("csv")?.write_tables(&report)?,
        Format::Hgrm => several("hgrm")?.write_percentiles(&report.snapshot)?,
        Format::Json => {
            write_json(&report.snapshot, &mut bytes)?;
            single("summary.json", &bytes)?;
        }
        Format::Hlog => {
            let frames = (0..recording.times().len()).map(|frame| recording.at(frame).map_err(io::Error::other));
            write_log(frames, &mut bytes)?;
            single("latency.hlog", &bytes)?;
        }
    }
    tell(note);
    Ok(())
}

/// Says on stderr what there is to know of the run.
pub(super) fn tell(note: Option<String>) {
    if let Some(note) = note {
        // With stderr gone there is nobody left to tell.
        let _ = writeln!(io::stderr(), "{note}");
    }
}
