//! What is held of any bytes: by the fuzzer, and by the tests beside it, which runs the corpus.

use std::str;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};
use tardy::engine::{Registry, workload};
use tardy::scenario::{Overrides, Plan, Source};
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
