//! The latency axis: whole decades, and a memory so that it holds still.

use std::time::Duration;

pub(super) use crate::units::{decades, latency, tick as label};

/// How many snapshots in a row must do with less before the axis gives a decade back.
const PATIENCE: u8 = 30;

/// A logarithmic axis over whole decades of nanoseconds.
///
/// It grows at once, since nothing may fall off its ends, and shrinks only after [`PATIENCE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Axis {
    low: i32,
    high: i32,
    unneeded: u8,
}

impl Default for Axis {
    fn default() -> Self {
        Self { low: 6, high: 9, unneeded: 0 }
    }
}

impl Axis {
    /// The axis after it had to show `low` to `high`.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "a Duration has fewer than 30 decades")]
    pub(super) fn fit(self, low: Duration, high: Duration) -> Self {
        let mut need = (decades(low).floor() as i32, decades(high).ceil() as i32);
        if need.1 - need.0 < 2 {
            need.1 = need.0 + 2;
        }
        let grown = Self { low: self.low.min(need.0), high: self.high.max(need.1), unneeded: 0 };
        if (grown.low, grown.high) == need {
            grown
        } else if self.unneeded >= PATIENCE {
            Self { low: need.0, high: need.1, unneeded: 0 }
        } else {
            Self { unneeded: self.unneeded + 1, ..grown }
        }
    }

    /// An axis that fits at once, with nothing to hold still for.
    #[must_use]
    pub(super) fn fresh(low: Duration, high: Duration) -> Self {
        Self { unneeded: PATIENCE, ..Self::default() }.fit(low, high)
    }

    /// Its left end, in decades.
    pub(super) fn low(self) -> f64 {
        f64::from(self.low)
    }

    /// Its right end, in decades.
    pub(super) fn high(self) -> f64 {
        f64::from(self.high)
    }

    /// The latencies worth a label: `m` × every power of ten, ends included.
    pub(super) fn ticks(self, m: u64) -> impl Iterator<Item = Duration> {
        let ends = self.low..=if m == 1 { self.high } else { self.high - 1 };
        ends.filter_map(move |decade| {
            let power = 10u64.checked_pow(u32::try_from(decade).ok()?)?;
            Some(Duration::from_nanos(m.checked_mul(power)?))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn it_grows_at_once_and_by_whole_decades() {
        let axis = Axis::fresh(ms(3), ms(80));
        assert_eq!((axis.low, axis.high), (6, 8));
        let axis = axis.fit(ms(3), ms(1_200));
        assert_eq!((axis.low, axis.high), (6, 10));
    }

    #[test]
    fn it_shrinks_only_after_it_was_too_wide_for_long() {
        let wide = Axis::fresh(ms(1), ms(9_000));
        let mut axis = wide;
        for _ in 0..PATIENCE {
            axis = axis.fit(ms(1), ms(90));
            assert_eq!((axis.low, axis.high), (wide.low, wide.high));
        }
        axis = axis.fit(ms(1), ms(90));
        assert_eq!((axis.low, axis.high), (6, 8));
    }

    #[test]
    fn what_needs_the_width_now_and_then_keeps_it() {
        let mut axis = Axis::fresh(ms(1), ms(9_000));
        for n in 0..200 {
            axis = axis.fit(ms(1), if n % 20 == 0 { ms(9_000) } else { ms(90) });
            assert_eq!(axis.high, 10);
        }
    }

    #[test]
    fn it_takes_the_shortest_and_the_longest_there_can_be() {
        let axis = Axis::fresh(Duration::ZERO, Duration::MAX);
        assert!(axis.low() == 0.0 && axis.high() >= 19.0);
        assert_eq!(axis.ticks(1).last(), Some(Duration::from_nanos(10u64.pow(19))));
    }

    #[test]
    fn labels_carry_their_unit() {
        let ticks: Vec<String> = Axis::fresh(ms(1), ms(900)).ticks(1).map(label).collect();
        assert_eq!(ticks, ["1 ms", "10 ms", "100 ms", "1 s"]);
        assert_eq!(label(Duration::from_micros(20)), "20 µs");
    }
}
