//! The grid that deadlines and loads move on: ten friendly numbers a decade.
//!
//! A grid rather than a factor, so that going there and back again lands on the same deadline, and so in
//! the same lane.

use std::time::Duration;

use crate::units;

/// One decade of the grid, in tenths.
const TENTHS: [u64; 10] = [10, 12, 15, 20, 25, 30, 40, 50, 60, 80];

/// Deadlines below this say more about the clock than about the work.
const SHORTEST: Duration = Duration::from_micros(10);

/// Loads are kept to thousandths, so that a rate below one a second has a grid too.
const MILLI: f64 = 1e3;

/// The largest load asked for from the keyboard.
const LARGEST_LOAD: u64 = 10_000_000;

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// To the next smaller number of the grid.
    Down,
    /// To the next larger one.
    Up,
}

/// The whole numbers of the grid, ascending.
fn grid() -> impl Iterator<Item = u64> {
    (0..19).map(|decade| 10u64.pow(decade)).flat_map(|power| {
        TENTHS.into_iter().filter_map(move |tenths| {
            let number = tenths.checked_mul(power)?;
            number.is_multiple_of(10).then_some(number / 10)
        })
    })
}

fn next(value: u64, direction: Direction) -> Option<u64> {
    match direction {
        Direction::Down => grid().take_while(|&n| n < value).last(),
        Direction::Up => grid().find(|&n| n > value),
    }
}

/// The next deadline on the grid; `None` at its end.
pub(super) fn deadline(from: Duration, direction: Direction) -> Option<Duration> {
    let next = Duration::from_nanos(next(units::nanos(from), direction)?);
    (SHORTEST..=crate::histogram::LARGEST).contains(&next).then_some(next)
}

/// The next rate on the grid; `None` at its end.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded")]
pub(super) fn rate(from: f64, direction: Direction) -> Option<f64> {
    let next = next((from * MILLI).round() as u64, direction)? as f64 / MILLI;
    (next <= LARGEST_LOAD as f64).then_some(next)
}

/// The next concurrency on the grid; `None` at its end.
pub(super) fn concurrency(from: u32, direction: Direction) -> Option<u32> {
    let next = next(u64::from(from), direction)?;
    u32::try_from(next).ok().filter(|_| next <= LARGEST_LOAD)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Direction::{Down, Up};

    #[test]
    fn deadlines_move_between_friendly_numbers() {
        for (from_us, direction, to_us) in [
            (50_000, Up, Some(60_000)),
            (50_000, Down, Some(40_000)),
            (51_234, Up, Some(60_000)),
            (51_234, Down, Some(50_000)),
            (80_000, Up, Some(100_000)),
            (100, Up, Some(120)),
            (10, Down, None),
            (3_600_000_000, Up, None),
        ] {
            let next = deadline(Duration::from_micros(from_us), direction);
            assert_eq!(next, to_us.map(Duration::from_micros), "{from_us} {direction:?}");
        }
    }

    #[test]
    fn there_and_back_again_is_the_same_deadline() {
        let start = Duration::from_millis(50);
        let mut at = start;
        for direction in [Up, Up, Up, Down, Down, Down, Down, Up] {
            at = deadline(at, direction).unwrap();
        }
        assert_eq!(at, start);
    }

    #[test]
    fn loads_move_by_whole_tasks_or_parts_of_a_rate() {
        for (from, direction, to) in [
            (1, Up, Some(2)),
            (1, Down, None),
            (8, Up, Some(10)),
            (10, Up, Some(12)),
            (64, Up, Some(80)),
            (u32::MAX, Up, None),
        ] {
            assert_eq!(concurrency(from, direction), to, "{from}");
        }
        for (from, direction, to) in
            [(500.0, Up, Some(600.0)), (1.0, Down, Some(0.8)), (0.001, Down, None), (f64::MAX, Up, None)]
        {
            assert_eq!(rate(from, direction), to, "{from}");
        }
    }
}
