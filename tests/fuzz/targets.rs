//! What is held of any bytes: by the fuzzer, and by the tests beside it, which runs the corpus.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::{fs, str};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};
use tardy::compare::Named;
use tardy::engine::{Registry, workload};
use tardy::export::{write_json, write_log};
use tardy::headless::write_summary;
use tardy::import::reopen;
use tardy::lint::Limits;
use tardy::report;
use tardy::scenario::{Overrides, Plan, Source};
use tardy::snapshot::{RunInfo, Snapshot};
use tardy::workload::Synthetic;
use tardy::workload::process::{Decoder, Message};

/// A scenario file is refused with a diagnostic that can be shown, or is a plan; the file that the plan writes of itself
/// is the same plan.
pub fn scenario(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let plan = match Plan::new(Source::new("fuzz.toml", text), &Overrides::default()) {
        Ok(plan) => plan,
        Err(error) => return show(&error),
    };
    let again = Plan::new(Source::new("again.toml", &*plan.resolved), &Overrides::default());
    let again = again.unwrap_or_else(|error| panic!("a plan's own file is refused: {error}\n{}", plan.resolved));
    assert_eq!(plan.resolved, again.resolved, "a plan's own file is another plan");
    // Files are for the user to name, not for a fuzzer.
    if !text.contains("file") {
        let registry = Registry::new().with(workload::<Synthetic>("synthetic"));
        if let Err(error) = registry.prepare(&plan) {
            show(&error);
        }
    }
}

/// What a program writes is messages up to the first fault, however it comes in pieces.
pub fn protocol(bytes: &[u8]) {
    let (whole, fault) = decoded(bytes, bytes.len().max(1));
    for length in [1, 7] {
        let (messages, again) = decoded(bytes, length);
        assert_eq!((&messages, &again), (&whole, &fault), "in pieces of {length}");
    }
    let fault = fault.unwrap_or_default();
    assert!(fault.chars().count() < 1_000 && !fault.contains('\n'), "{fault}");
}

/// A recording whose parts are these, after a line that is its head and each after its length in four bytes, is refused by name or is a
/// run. Parts are packed here, so that what is changed is what they say.
pub fn recording(bytes: &[u8]) {
    let (head, mut rest) = bytes.split_at(bytes.iter().position(|&byte| byte == b'\n').map_or(0, |end| end + 1));
    let mut packed = head.to_vec();
    while let Some((length, after)) = rest.split_first_chunk() {
        let (part, after) = after.split_at(after.len().min(u32::from_le_bytes(*length) as usize));
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        let part = encoder.write_all(part).and_then(|()| encoder.finish()).expect("memory takes what is written");
        packed.extend(u32::try_from(part.len()).expect("fuzzers make small inputs").to_le_bytes());
        packed.extend(part);
        rest = after;
    }
    let directory = tempfile::tempdir().expect("there is a directory for temporary files");
    fs::write(directory.path().join("recording.bin"), packed).expect("it can be written");
    reopened(directory.path());
}

/// A log of latencies is refused by name or is a run.
pub fn log(bytes: &[u8]) {
    let directory = tempfile::tempdir().expect("there is a directory for temporary files");
    let file = directory.path().join("fuzz.hlog");
    fs::write(&file, bytes).expect("it can be written");
    reopened(&file);
}

/// What can be opened can be printed, exported, and reported, frame by frame, and added up.
fn reopened(path: &Path) {
    let run = match reopen(path) {
        Ok(run) => run,
        Err(error) => return show(&error),
    };
    let written = "memory takes what is written";
    let mut out = Vec::new();
    // A frame that cannot be made out is said.
    let frames = (0..run.recording.times().len()).map(|frame| run.recording.at(frame).map_err(io::Error::other));
    let _ = write_log(frames, &mut out);
    let shown = &run.report.snapshot;
    let shards = [Arc::clone(shown), Arc::clone(shown)];
    assert!(Snapshot::sum(RunInfo::clone(&shown.info), &shards).is_some());
    write_json(shown, &mut out).expect(written);
    write_summary(shown, &Limits::default(), &mut out).expect(written);
    report::write(&[Named { name: "fuzz".to_owned(), report: run.report }], &mut out).expect(written);
}

/// The messages of bytes that come in pieces of this length, and what was wrong with what followed.
fn decoded(bytes: &[u8], length: usize) -> (Vec<Message>, Option<String>) {
    let (mut decoder, mut messages) = (Decoder::default(), Vec::new());
    let fault = bytes.chunks(length).find_map(|piece| decoder.decode(piece, &mut messages).err());
    let fault = fault.or_else(|| decoder.finish().err());
    (messages, fault.map(|fault| fault.to_string()))
}

/// Draws a diagnostic, carets and all.
fn show(error: &dyn Diagnostic) {
    let mut drawn = String::new();
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor());
    handler.render_report(&mut drawn, error).expect("any diagnostic can be drawn");
    assert!(!drawn.trim().is_empty());
}
