//! The gates of a run as a table: what each asks for, what was measured, how far apart they are, and what follows.
//!
//! ```text
//! gates        fails if    measured       by  verdict
//!   p99        > 200ms       312 ms  +112 ms   FAILED
//!   failed         > 0            0        0       ok
//! 1 of 2 gates FAILED
//! ```

use std::fmt;
use std::io::{self, Write};

use super::text::{Part, Table};
use crate::gate::{Judged, Measured, Verdict, judge};
use crate::snapshot::{EndedBy, Snapshot, State};

/// Writes the table as plain text; nothing for a run without gates.
///
/// # Errors
/// Those of `out`.
pub fn write(snapshot: &Snapshot, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(Text(snapshot).to_string().as_bytes())
}

struct Text<'a>(&'a Snapshot);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gates = judge(self.0);
        if gates.is_empty() {
            return Ok(());
        }
        writeln!(f, "{}{}", table(&gates), sum(self.0, &gates))
    }
}

/// What each gate asks for and what follows.
pub(crate) fn table(gates: &[Judged]) -> Part {
    let mut table = Table::new("gates", &["fails if", "measured", "by", "verdict"]);
    for gate in gates {
        table.row(gate.condition.quantity_words(), cells(gate));
    }
    let is_unknown =
        |gate: &Judged| gate.verdict == Verdict::Unknown && matches!(gate.measured, Some(Measured::Time(_)));
    let is_change = |gate: &Judged| matches!(gate.measured, Some(Measured::NotKnown(_) | Measured::NoBaseline));
    let notes = [
        (gates.iter().any(is_change), "a change that is not known may be one, and so fails"),
        (gates.iter().any(is_unknown), "≥ is a lower bound: such a gate may hold, but is not known to, and so fails"),
        (gates.iter().any(|gate| gate.verdict == Verdict::Unmeasured), "a gate with nothing to measure fails"),
    ];
    Part { table, notes: notes.into_iter().filter(|(holds, _)| *holds).map(|(_, note)| note.to_owned()).collect() }
}

fn cells(gate: &Judged) -> [String; 4] {
    let verdict = match gate.verdict {
        Verdict::Passed => "ok",
        Verdict::Broken | Verdict::Unknown | Verdict::Unmeasured => "FAILED",
    };
    let apart = gate.apart().unwrap_or_else(|| "–".to_owned());
    [gate.condition.limit_words(), gate.measured_words(), apart, verdict.to_owned()]
}

/// What all of them come to.
pub(crate) fn sum(run: &Snapshot, gates: &[Judged]) -> String {
    let failed = gates.iter().filter(|gate| !gate.is_passed()).count();
    let all = gates.len();
    let gates = if all == 1 { "gate" } else { "gates" };
    match (failed, run.state) {
        (0, State::Finished(EndedBy::Gate)) => "FAILED: a gate was broken and ended the run early".to_owned(),
        (0, _) => format!("{all} of {all} {gates} passed"),
        (failed, State::Finished(EndedBy::Gate)) => format!("{failed} of {all} {gates} FAILED and ended the run early"),
        (failed, _) => format!("{failed} of {all} {gates} FAILED"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::fixture;
    use crate::snapshot::fixture::simulated::{Model, STEADY};

    fn written(run: Snapshot, conditions: &[&str]) -> String {
        let run = fixture::with_gates(run, conditions, true);
        let mut out = Vec::new();
        write(&run, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_table_says_of_every_gate_what_was_measured_and_by_how_much() {
        let gates = ["p50 > 200ms", "cancelled > 0", "timed_out > 1%", "p99 > 1h", "goodput < 1/s"];
        insta::assert_snapshot!(written(fixture::finished(), &gates));
    }

    #[test]
    fn a_table_says_of_what_regressed_how_sure_that_is() {
        let gates = ["regressed(p50) > 5%", "regressed(p99.9) > 5%", "regressed(failed) > 10%"];
        let run = fixture::held(Model { slower: 1.5, ..STEADY }.run(2), &STEADY.run(1));
        insta::assert_snapshot!(written(run, &gates));
    }

    #[test]
    fn a_run_without_gates_has_no_table() {
        assert_eq!(written(fixture::finished(), &[]), "");
    }

    #[test]
    fn the_last_line_is_the_verdict() {
        let last = |run, gates: &[&str]| written(run, gates).lines().last().map(str::to_owned);
        let aborted = || Snapshot { state: State::Finished(EndedBy::Gate), ..fixture::finished() };
        assert_eq!(last(fixture::finished(), &["failed > 1_000"]).as_deref(), Some("1 of 1 gate passed"));
        assert_eq!(last(fixture::empty(), &["failed > 0"]).as_deref(), Some("1 of 1 gate FAILED"));
        let ended = "1 of 2 gates FAILED and ended the run early";
        assert_eq!(last(aborted(), &["failed > 0", "panicked > 1_000"]).as_deref(), Some(ended));
        let recovered = "FAILED: a gate was broken and ended the run early";
        assert_eq!(last(aborted(), &["failed > 1_000"]).as_deref(), Some(recovered));
    }
}
