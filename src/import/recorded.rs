//! A run that a screen can go back in: its recording, and its tables where it came to its end.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::{Glance, ImportError, file, hlog, open};
use crate::scenario::{Overrides, Plan, Source};
use crate::snapshot::{Counts, Recording, Report, RunInfo, Snapshot, Unreadable};

/// The largest recording that is read, in bytes: a run of a day has half of it.
const LARGEST: u64 = 256 << 20;

/// The most bytes of a recording that are read for a list; its first frame has some ten thousand.
const GLANCE: u64 = 256 << 10;

/// How far apart the start of a run may be in two of its files, which do not tell it to the same digit.
const APART: Duration = Duration::from_secs(1);

/// A run, read back.
#[derive(Debug)]
pub struct Reopened {
    /// The run from its start to its end.
    pub recording: Arc<Recording>,
    /// How it ended; a run that was killed, how it stood last.
    pub report: Report,
    /// What there is to know of how it was read, in one line.
    pub note: Option<String>,
}

/// Reads the run in a directory, or in a log of latencies, as far as there are files of it: one that was killed has no tables.
///
/// # Errors
/// When there is no run, or a file of it cannot be read or holds something else.
pub fn reopen(path: &Path) -> Result<Reopened, ImportError> {
    if path.is_file() {
        let (recording, note) = hlog::read(path)?;
        return Reopened::of(path, recording, note);
    }
    let is_over = !fs::symlink_metadata(path.join("summary.json")).is_err_and(|e| e.kind() == ErrorKind::NotFound);
    let recording = recording(path);
    if !is_over && let Some(recording) = recording {
        return Reopened::of(
            path,
            planned(recording?),
            Some("it was killed: this is the last that was written of it".to_owned()),
        );
    }
    let Report { snapshot, scenario } = open(path)?;
    let (recording, note) = match recording {
        Some(Ok(recording)) if is_of(&recording, &snapshot) => (recording.with_end(Snapshot::clone(&snapshot)), None),
        Some(Ok(recording)) => {
            (planned(recording), Some("it was killed: the tables beside it are those of a run before".to_owned()))
        }
        Some(Err(error)) => {
            let note = format!("it is shown as it ended: {}", error.message);
            (Recording::of_end(scenario, snapshot), Some(note))
        }
        None => (Recording::of_end(scenario, snapshot), None),
    };
    Reopened::of(path, recording, note)
}

/// What the begin of the recording in a directory says of a run that has no tables.
pub(super) fn begin(directory: &Path) -> Option<Glance> {
    let bytes = file::read_begin(&directory.join("recording.bin"), GLANCE).ok()?;
    let info = Recording::read(&bytes).ok()?.last().ok()?.info.clone();
    Some(Glance { scenario: info.scenario.clone(), started_at: info.started_at, end: None })
}

/// Reads the run in a directory with every bucket and every sum: what its tables hold and, of the rest, the end of its recording.
///
/// # Errors
/// When there is no run that is over, a file of it cannot be read, or another version of tardy wrote its recording.
pub fn open_exactly(directory: &Path) -> Result<Report, ImportError> {
    let Report { snapshot: tables, scenario } = open(directory)?;
    let path = directory.join("recording.bin");
    let help = || "its tables alone are not exact: use the tardy that ran it, or run it again".to_owned();
    let refused =
        |message: &str| ImportError { path: path.clone(), line: None, message: message.to_owned(), help: help() };
    let recording = recording(directory).unwrap_or_else(|| Err(refused("there is no such file")));
    let recording = recording.map_err(|error| ImportError { help: help(), ..error })?;
    let end = recording.last().map_err(|error| unreadable(&path, &error))?;
    let counts = |run: &Snapshot| run.lanes.iter().map(|lane| (lane.key, Counts::of(lane))).collect::<Vec<_>>();
    let is_same = end.info.part == tables.info.part && counts(&end) == counts(&tables);
    if !is_same || !is_of(&recording, &tables) {
        return Err(refused("it does not end as the tables beside it do"));
    }
    let (info, blocks) = (Arc::clone(&tables.info), Arc::clone(&tables.blocks));
    Ok(Report { snapshot: Arc::new(Snapshot { info, blocks, ..Snapshot::clone(&end) }), scenario })
}

impl Reopened {
    fn of(path: &Path, recording: Recording, note: Option<String>) -> Result<Self, ImportError> {
        let snapshot = recording.last().map_err(|error| unreadable(path, &error))?;
        let report = Report { snapshot, scenario: Arc::clone(recording.scenario()) };
        Ok(Self { recording: Arc::new(recording), report, note })
    }
}

fn unreadable(path: &Path, error: &Unreadable) -> ImportError {
    ImportError { path: path.to_owned(), line: None, message: error.to_string(), help: file::WRITE_AGAIN.to_owned() }
}

/// The recording in a directory, when there is one.
fn recording(directory: &Path) -> Option<Result<Recording, ImportError>> {
    let path = directory.join("recording.bin");
    let bytes = match file::read_bytes(&path, LARGEST) {
        Ok(bytes) => bytes,
        Err(error) => return fs::symlink_metadata(&path).is_ok().then_some(Err(error)),
    };
    Some(Recording::read(&bytes).map_err(|error| unreadable(&path, &error)))
}

/// Whether a recording and tables are of one run.
fn is_of(recording: &Recording, tables: &Snapshot) -> bool {
    let [a, b] = [recording.last().map(|last| last.info.started_at), Ok(tables.info.started_at)].map(Result::ok);
    let apart = a.zip(b).map(|(a, b)| a.duration_since(b).unwrap_or_else(|error| error.duration()));
    // What cannot be made out belongs to what can.
    apart.is_none_or(|apart| apart < APART)
}

/// The recording with what frames do not tell of the run, its gates above all.
fn planned(recording: Recording) -> Recording {
    let source = Source::new("the recording", &**recording.scenario());
    let plan = Plan::new(source, &Overrides::default()).ok();
    match plan.zip(recording.last().ok()) {
        Some((plan, last)) => {
            let info = RunInfo { gates: plan.gates, seed: plan.run.seed, ..RunInfo::clone(&last.info) };
            recording.with_info(info)
        }
        None => recording,
    }
}
