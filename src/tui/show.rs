//! What of a run is shown, by the user's choice.

use crate::ledger::Metric;
use crate::snapshot::{LoadView, Window};

/// What of the latencies is shown, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Show {
    /// Of how long a time.
    pub window: Window,
    /// Service or response time; `None` as long as the load's own is meant.
    pub metric: Option<Metric>,
    /// How high a bar is.
    pub counts: Counts,
}

impl Default for Show {
    fn default() -> Self {
        Self { window: Window::Run, metric: None, counts: Counts::Root }
    }
}

impl Show {
    /// Which latencies these are under this load.
    pub(super) fn metric(self, load: &LoadView) -> Metric {
        self.metric.unwrap_or_else(|| load.headline())
    }

    /// The next longer window, and after the longest the shortest.
    pub(super) fn next_window(self) -> Window {
        let at = Window::ALL.iter().position(|&window| window == self.window).unwrap_or(0);
        Window::ALL[(at + 1) % Window::ALL.len()]
    }
}

/// How the height of a bar comes from its count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counts {
    /// By its root, so that one task in a hundred is a tenth of the height and not nothing.
    Root,
    /// As it is.
    Linear,
    /// By its logarithm.
    Log,
}

impl Counts {
    /// The next one, round the end.
    pub(super) const fn next(self) -> Self {
        match self {
            Self::Root => Self::Linear,
            Self::Linear => Self::Log,
            Self::Log => Self::Root,
        }
    }

    /// How it is said.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Root => "√tasks",
            Self::Linear => "tasks",
            Self::Log => "log tasks",
        }
    }

    /// The height of a bar, up to a factor.
    #[expect(clippy::cast_precision_loss, reason = "a height on a screen needs few digits")]
    pub(super) fn height(self, count: u64) -> f64 {
        let count = count as f64;
        match self {
            Self::Root => count.sqrt(),
            Self::Linear => count,
            Self::Log => count.ln_1p(),
        }
    }
}
