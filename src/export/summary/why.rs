//! The part of the summary that says why tasks were late and what that cost.

use serde::{Deserialize, Serialize};

use crate::snapshot::{self, Awaits, LaneView, Work};
use crate::units::nanos;

/// The tasks whose lines were captured at their deadline.
#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Captures {
    pub(crate) supported: bool,
    pub(crate) captured: u64,
    pub(crate) cost_ns: u64,
}

impl From<&Awaits> for Captures {
    fn from(awaits: &Awaits) -> Self {
        Self { supported: awaits.supported, captured: awaits.captured, cost_ns: nanos(awaits.cost) }
    }
}

/// What came of the requests of one who asked for cancellations.
#[derive(Debug, Serialize)]
pub(super) struct Cancellation {
    reason: &'static str,
    asked: u64,
    cancelled: u64,
    too_late: u64,
    pending: u64,
    blocking_left: u64,
    blocking: u64,
    blocking_ns: u64,
}

/// Those of all who asked.
pub(super) fn cancellations(lane: &LaneView) -> Vec<Cancellation> {
    let rows = lane.book.cancels().rows();
    rows.map(|(reason, of)| Cancellation {
        reason: reason.word(),
        asked: of.asked,
        cancelled: of.cancelled,
        too_late: of.too_late,
        pending: of.pending(),
        blocking_left: of.blocking_left,
        blocking: of.blocking(),
        blocking_ns: u64::try_from(of.blocking_ns).unwrap_or(u64::MAX),
    })
    .collect()
}

/// Work that came to nothing; the kinds overlap.
#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize)]
#[expect(clippy::struct_field_names, reason = "the keys of the file, which say their unit")]
pub(crate) struct Waste {
    all_ns: u64,
    all_busy_ns: u64,
    late_ns: u64,
    late_busy_ns: u64,
    cancelled_ns: u64,
    cancelled_busy_ns: u64,
    pub(crate) spoilt_ns: u64,
    pub(crate) spoilt_busy_ns: u64,
}

impl From<&snapshot::Waste> for Waste {
    fn from(waste: &snapshot::Waste) -> Self {
        let ns = |work: Work| (nanos(work.time), nanos(work.busy));
        let [
            (all_ns, all_busy_ns),
            (late_ns, late_busy_ns),
            (cancelled_ns, cancelled_busy_ns),
            (spoilt_ns, spoilt_busy_ns),
        ] = [waste.all, waste.late, waste.cancelled, waste.spoilt].map(ns);
        Self { all_ns, all_busy_ns, late_ns, late_busy_ns, cancelled_ns, cancelled_busy_ns, spoilt_ns, spoilt_busy_ns }
    }
}
