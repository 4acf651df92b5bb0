//! What the workload kept of itself, and what it said.

use std::fmt;

use super::{NAME, SHOWN, Table, WIDTH, one_line, paragraph};
use crate::figure::Value;
use crate::snapshot::Snapshot;
use crate::units::{human, thousands};

/// Writes what there is; nothing for a workload that keeps nothing.
pub(super) fn write(run: &Snapshot, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let kept = &run.workload;
    if !kept.figures.is_empty() {
        let mut table = Table::new("workload", &["count", "p50", "p99", "max"]).within(WIDTH);
        for figure in &kept.figures {
            let cells = match figure.value {
                Value::Count(count) => vec![thousands(count)],
                Value::Times { count: 0, .. } => vec!["0".to_owned()],
                Value::Times { count, p50, p99, max } => {
                    vec![thousands(count), human(p50), human(p99), human(max)]
                }
            };
            table.row(one_line(&figure.name, NAME), cells);
        }
        write!(f, "\n{table}")?;
    }
    if !kept.remarks.is_empty() {
        let shown = kept.remarks.iter().rev().take(SHOWN).rev();
        let title = "said by the workload";
        if kept.remarked > SHOWN as u64 {
            writeln!(f, "\n{title}, the last {SHOWN} of {} times", thousands(kept.remarked))?;
        } else {
            writeln!(f, "\n{title}")?;
        }
        for remark in shown {
            writeln!(f, "  {}", paragraph(remark, WIDTH, 4))?;
        }
    }
    Ok(())
}
