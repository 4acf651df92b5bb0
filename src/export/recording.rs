//! `recording.bin`: the run as it stood from one second to the next, for `tardy open` to go back in it. Only the version that
//! wrote it reads it; the tables are for everybody. A run that is written when it is over has one frame.

use std::io::{self, Write};

use crate::snapshot::{Recorder, Report, Snapshot};

/// A recording that is being written.
pub(super) struct Writer<'a> {
    out: &'a mut dyn Write,
    recorder: Recorder,
}

impl<'a> Writer<'a> {
    /// Begins the recording of a run of this scenario.
    pub(super) fn begin(out: &'a mut dyn Write, scenario: &str) -> io::Result<Self> {
        out.write_all(&Recorder::head(scenario).map_err(io::Error::other)?)?;
        Ok(Self { out, recorder: Recorder::default() })
    }

    /// Writes the run as it stands; says how many bytes that takes.
    pub(super) fn frame(&mut self, snapshot: &Snapshot) -> io::Result<usize> {
        let frame = self.recorder.frame(snapshot).map_err(io::Error::other)?;
        self.out.write_all(&frame)?;
        self.out.flush()?;
        Ok(frame.len())
    }
}

/// Writes the run as it ended.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    Writer::begin(out, &report.scenario)?.frame(&report.snapshot).map(drop)
}
