//! A run as a Markdown summary, as pull requests and job summaries show it: the verdict, the gates, the lanes.
//!
//! Every summary ends with a blank line, so that one can follow another in the same file.

use std::fmt::Write as _;
use std::io::{self, Write};

use crate::gate::{Judged, judge};
use crate::snapshot::{EndedBy, LaneView, Snapshot, State};
use crate::units::{human, percent, thousands};

/// The quantiles of a lane that are shown.
const QUANTILES: [(&str, f64); 3] = [("p50", 0.5), ("p99", 0.99), ("max", 1.0)];

/// Writes the summary of a run.
pub(super) fn write(run: &Snapshot, out: &mut dyn Write) -> io::Result<()> {
    let gates = judge(run);
    let mut text = format!("### {}\n\n", headline(run, &gates));
    if !gates.is_empty() {
        text.push_str("| fail if | measured | by | |\n|:---|---:|---:|:---|\n");
        text.extend(gates.iter().map(gate_row));
        text.push('\n');
    }
    if !run.lanes.is_empty() {
        let [p50, p99, max] = QUANTILES.map(|(name, _)| name);
        let metric = run.load.headline().word();
        // Writing to a text cannot fail.
        let _ = write!(
            text,
            "| {metric} time under | tasks | missed | {p50} | {p99} | {max} |\n|:---|---:|---:|---:|---:|---:|\n"
        );
        text.extend(run.lanes.iter().map(|lane| lane_row(run, lane)));
        text.push('\n');
    }
    out.write_all(text.as_bytes())
}

/// What a reader has to know who reads nothing else.
fn headline(run: &Snapshot, gates: &[Judged]) -> String {
    let failed = gates.iter().filter(|gate| !gate.is_passed()).count();
    let ended = match run.state {
        State::Finished(EndedBy::Signal) => ", ended by a signal",
        State::Finished(EndedBy::Gate) => ", ended early by a gate",
        _ if run.has_only_failed() => ", every task failed",
        _ => "",
    };
    let sign = if failed > 0 || !ended.is_empty() { "❌" } else { "✅" };
    let name = escaped(&run.info.scenario);
    let noun = if gates.len() == 1 { "gate" } else { "gates" };
    match (gates.len(), failed) {
        (0, _) => format!("{sign} {name}: {} measured{ended}", human(run.elapsed)),
        (all, 0) => format!("{sign} {name}: {all} of {all} {noun} passed{ended}"),
        (all, failed) => format!("{sign} {name}: {failed} of {all} {noun} failed{ended}"),
    }
}

fn gate_row(gate: &Judged) -> String {
    let verdict = gate.why().map_or_else(|| "✅ ok".to_owned(), |why| format!("❌ {why}"));
    let apart = gate.apart().unwrap_or_default();
    // No word of a condition holds what would end the code or the cell.
    format!("| `{}` | {} | {apart} | {verdict} |\n", gate.condition, gate.measured_words())
}

fn lane_row(run: &Snapshot, lane: &LaneView) -> String {
    let times = lane.distribution(run.load.headline());
    let missed = lane.key.deadline.and_then(|_| lane.timed_out_rate()).map_or("–".to_owned(), percent);
    let shown = QUANTILES.map(|(_, q)| times.quantile(q).map_or("–".to_owned(), |time| time.to_string()));
    format!("| {} | {} | {missed} | {} |\n", lane.key, thousands(lane.spawned), shown.join(" | "))
}

/// `text` as it stands, whatever of it Markdown would take for its own.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_punctuation() {
            out.push('\\');
        }
        out.push(if c.is_control() { ' ' } else { c });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::fixture::simulated::{Model, STEADY};
    use crate::snapshot::fixture::{self, held, named, with_gates};

    fn written(run: &Snapshot) -> String {
        let mut out = Vec::new();
        write(run, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn it_says_what_failed_first_and_then_what_it_rests_on() {
        let gates = ["cancelled > 0", "p99 > 1h", "panicked > 1_000_000"];
        insta::assert_snapshot!(written(&with_gates(fixture::finished(), &gates, false)));
    }

    #[test]
    fn what_regressed_is_a_row_with_how_sure_that_is() {
        let gates =
            ["regressed(p50) > 5%", "regressed(p99.9) > 5%", "regressed(goodput) > 10%", "regressed(failed) > 1%"];
        let run = held(Model { slower: 1.5, ..STEADY }.run(2), &STEADY.run(1));
        insta::assert_snapshot!(written(&with_gates(run, &gates, false)));
    }

    #[test]
    fn without_gates_it_says_what_was_measured_and_how_it_ended() {
        assert!(written(&fixture::finished()).starts_with("### ✅ fanout: "));
        let interrupted = Snapshot { state: State::Finished(EndedBy::Signal), ..fixture::finished() };
        assert!(
            written(&interrupted).starts_with("### ❌ fanout: 60.0 s measured, ended by a signal\n\n"),
            "{}",
            written(&interrupted)
        );
        let nothing = written(&with_gates(fixture::empty(), &["failed > 0"], false));
        assert!(nothing.ends_with("| `failed > 0` | – |  | ❌ nothing measured |\n\n"), "{nothing}");
    }

    #[test]
    fn every_row_of_a_table_has_as_many_cells_as_its_head_and_no_name_is_markup() {
        let text =
            written(&with_gates(named(fixture::finished(), "<b>|`x`\n# y"), &["max > 1s", "failed > 5%"], false));
        assert!(text.starts_with("### ❌ \\<b\\>\\|\\`x\\` \\# y: "), "{text}");
        for table in text.split("\n\n").filter(|part| part.starts_with('|')) {
            let cells = |row: &str| row.matches('|').count();
            assert!(table.lines().all(|row| cells(row) == cells(table.lines().next().unwrap())), "{table}");
        }
    }
}
