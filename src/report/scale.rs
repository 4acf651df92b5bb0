//! From numbers to places on a chart, and the numbers worth a tick.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::chart::Tick;
use crate::units::{clock, decades, tick};

/// A straight line from numbers to places.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    from: f64,
    to: f64,
    start: f64,
    end: f64,
}

impl Scale {
    /// Numbers `from` to `to` at places `start` to `end`.
    pub(super) const fn new((from, to): (f64, f64), (start, end): (f64, f64)) -> Self {
        Self { from, to, start, end }
    }

    /// The place of a number; of one beyond the ends, the end.
    pub(super) fn at(&self, number: f64) -> f64 {
        let share = ((number - self.from) / (self.to - self.from)).clamp(0.0, 1.0);
        self.start + share * (self.end - self.start)
    }

    /// Whether a number lies between the ends.
    pub(super) fn holds(&self, number: f64) -> bool {
        (self.from..=self.to).contains(&number)
    }
}

/// Latencies in whole decades.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Latencies {
    low: i32,
    high: i32,
}

impl Latencies {
    /// The fewest decades that hold all of these; those from 1 ms to 1 s where there are none.
    #[expect(clippy::cast_possible_truncation, reason = "a Duration has fewer than 30 decades")]
    pub(super) fn around(latencies: impl IntoIterator<Item = Duration>) -> Self {
        let ends = latencies.into_iter().fold(None, |ends, latency| {
            let (low, high) = (decades(latency).floor() as i32, decades(latency).ceil() as i32);
            Some(ends.map_or((low, high), |(least, most): (i32, i32)| (least.min(low), most.max(high))))
        });
        let (low, high) = ends.unwrap_or((6, 9));
        Self { low, high: high.max(low + 1) }
    }

    /// Both ends, in decades of nanoseconds.
    pub(super) fn ends(self) -> (f64, f64) {
        (f64::from(self.low), f64::from(self.high))
    }

    /// A tick a decade, and between them where there is room.
    pub(super) fn ticks(self, along: &Scale) -> Vec<Tick> {
        let between: &[u64] = match self.high - self.low {
            ..=2 => &[1, 2, 5],
            3 => &[1, 3],
            _ => &[1],
        };
        let round = |decade: i32, by: u64| {
            let power = 10u64.checked_pow(u32::try_from(decade).ok()?)?;
            Some(Duration::from_nanos(power.checked_mul(by)?))
        };
        let all = (self.low..=self.high).flat_map(|decade| between.iter().filter_map(move |&by| round(decade, by)));
        let on_it = all.filter(|latency| along.holds(decades(*latency)));
        on_it.map(|latency| Tick::new(along.at(decades(latency)), tick(latency))).collect()
    }
}

/// Round numbers from zero on, about `wanted` of them, up to `most`.
pub(super) fn round_numbers(most: f64, wanted: f64) -> Vec<f64> {
    if most <= 0.0 {
        return vec![0.0];
    }
    let rough = most / wanted;
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|by| by * power).find(|step| *step >= rough).unwrap_or(rough);
    let numbers = (0..=100u8).map(|n| f64::from(n) * step);
    numbers.take_while(|number| *number <= most * (1.0 + 1e-9)).collect()
}

/// Times of a run, at a round number of seconds, minutes or hours.
pub(super) fn times(length: Duration, along: &Scale) -> Vec<Tick> {
    const STEPS: [u64; 16] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600, 86_400, 604_800];
    let step = STEPS.into_iter().find(|step| length.as_secs() / step <= 7).unwrap_or(length.as_secs() / 6).max(1);
    let at = |n: u64| Duration::from_secs(n * step);
    let inside: RangeInclusive<u64> = 0..=length.as_secs() / step;
    inside.map(|n| Tick::new(along.at(at(n).as_secs_f64()), clock(at(n)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn latencies_lie_on_whole_decades_and_have_ticks_with_units() {
        let axis = Latencies::around([3 * MS, 80 * MS, 1_200 * MS]);
        let along = Scale::new(axis.ends(), (0.0, 400.0));
        let ticks: Vec<_> = axis.ticks(&along).into_iter().map(|tick| (tick.at, tick.label)).collect();
        let expected = ["1 ms", "10 ms", "100 ms", "1 s", "10 s"];
        assert_eq!(ticks.iter().map(|(_, label)| label).collect::<Vec<_>>(), expected.iter().collect::<Vec<_>>());
        assert_eq!((ticks[0].0.as_str(), ticks[4].0.as_str()), ("0", "400"));
    }

    #[test]
    fn one_latency_and_none_have_an_axis_too() {
        assert_eq!(Latencies::around([10 * MS]).ends(), (7.0, 8.0));
        assert_eq!(Latencies::around([]).ends(), (6.0, 9.0));
        assert_eq!(Latencies::around([Duration::ZERO]).ends(), (0.0, 1.0));
        let widest = Latencies::around([Duration::ZERO, Duration::MAX]);
        assert!(!widest.ticks(&Scale::new(widest.ends(), (0.0, 1.0))).is_empty());
    }

    #[test]
    fn round_numbers_start_at_zero_and_do_not_go_beyond() {
        assert_eq!(round_numbers(0.0, 4.0), [0.0]);
        assert_eq!(round_numbers(500.0, 4.0), [0.0, 200.0, 400.0]);
        assert_eq!(round_numbers(3.0, 4.0), [0.0, 1.0, 2.0, 3.0]);
        assert!(round_numbers(1e18, 4.0).len() < 8);
    }

    #[test]
    fn times_are_few_however_long_a_run_is() {
        for seconds in [0, 1, 7, 8, 60, 3_601, 90_000, 31_536_000, u64::MAX / 2] {
            let length = Duration::from_secs(seconds);
            let ticks = times(length, &Scale::new((0.0, length.as_secs_f64().max(1.0)), (0.0, 400.0)));
            assert!((1..=8).contains(&ticks.len()), "{seconds}: {ticks:?}");
        }
    }
}
