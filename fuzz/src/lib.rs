//! What is held of any bytes: by the fuzzer, and by `tests/fuzz.rs`, which runs the corpus.

use std::str;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};
use tardy::engine::{Registry, workload};
use tardy::scenario::{Overrides, Plan, Source};
use tardy::workload::Synthetic;

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

/// Draws a diagnostic, carets and all.
fn show(error: &dyn Diagnostic) {
    let mut drawn = String::new();
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor());
    handler.render_report(&mut drawn, error).expect("any diagnostic can be drawn");
    assert!(!drawn.trim().is_empty());
}
