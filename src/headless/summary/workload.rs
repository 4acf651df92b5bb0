//! What the workload kept of itself, and what it said.

use super::{NAME, Part, SHOWN, Table, WIDTH, one_line};
use crate::figure::Value;
use crate::snapshot::Snapshot;
use crate::units::{human, thousands};

/// What there is; nothing of a workload that keeps nothing.
pub(crate) fn parts(run: &Snapshot) -> Vec<Part> {
    let kept = &run.workload;
    let mut table = Table::new("workload", &["count", "p50", "p99", "max"]).within(WIDTH);
    for figure in &kept.figures {
        let cells = match figure.value {
            Value::Count(count) => vec![thousands(count)],
            Value::Times { count: 0, .. } => vec!["0".to_owned()],
            Value::Times { count, p50, p99, max } => vec![thousands(count), human(p50), human(p99), human(max)],
        };
        table.row(one_line(&figure.name, NAME), cells);
    }
    let figures = table.is_filled().then(|| table.into());
    let shown: Vec<_> = kept.remarks.iter().rev().take(SHOWN).rev().map(ToString::to_string).collect();
    let title = if kept.remarked > SHOWN as u64 {
        format!("said by the workload, the last {SHOWN} of {} times", thousands(kept.remarked))
    } else {
        "said by the workload".to_owned()
    };
    let said = (!shown.is_empty()).then(|| Part { table: Table::new(title, &[]).within(WIDTH), notes: shown });
    figures.into_iter().chain(said).collect()
}
