//! How the latencies of each metric are kept.

use crate::histogram::Precision;
use crate::metric::Metric;

impl Metric {
    /// Whether [`Lately`](super::Lately) is told of it.
    pub(super) const fn is_told(self) -> bool {
        matches!(self, Self::Service | Self::Response | Self::Censored | Self::StartDelay)
    }

    /// How finely it is kept.
    pub(crate) const fn precision(self) -> Precision {
        match self {
            Self::Service | Self::Response | Self::Censored => Precision::Fine,
            _ => Precision::Coarse,
        }
    }
}
