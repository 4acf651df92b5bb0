//! What the workload kept of itself, as a summary has it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::figure::{Figure, Reading, Value};
use crate::units::nanos;

/// What the workload kept of itself.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Workload {
    figures: Vec<Kept>,
    remarks: Vec<String>,
    remarked: u64,
}

/// One figure.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    name: String,
    count: u64,
    /// `None` where nothing but the count is kept.
    times: Option<Times>,
}

#[derive(Debug, Serialize, Deserialize)]
#[expect(clippy::struct_field_names, reason = "the keys of the file, with their unit")]
struct Times {
    p50_ns: u64,
    p99_ns: u64,
    max_ns: u64,
}

impl From<&Reading> for Workload {
    fn from(reading: &Reading) -> Self {
        let figures = reading.figures.iter().map(Kept::from).collect();
        Self { figures, remarks: reading.remarks.clone(), remarked: reading.remarked }
    }
}

impl From<Workload> for Reading {
    fn from(Workload { figures, remarks, remarked }: Workload) -> Self {
        Self { figures: figures.into_iter().map(Figure::from).collect(), remarks, remarked }
    }
}

impl From<&Figure> for Kept {
    fn from(figure: &Figure) -> Self {
        let (count, times) = match figure.value {
            Value::Count(count) => (count, None),
            Value::Times { count, p50, p99, max } => {
                (count, Some(Times { p50_ns: nanos(p50), p99_ns: nanos(p99), max_ns: nanos(max) }))
            }
        };
        Self { name: figure.name.clone(), count, times }
    }
}

impl From<Kept> for Figure {
    fn from(Kept { name, count, times }: Kept) -> Self {
        let time = Duration::from_nanos;
        let value = match times {
            None => Value::Count(count),
            Some(Times { p50_ns, p99_ns, max_ns }) => {
                Value::Times { count, p50: time(p50_ns), p99: time(p99_ns), max: time(max_ns) }
            }
        };
        Self { name, value }
    }
}
