//! How far a sweep is, on stderr: a bar on a terminal, a line a run anywhere else.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::engine::Clock;
use crate::headless::is_dumb;
use crate::snapshot::Snapshot;
use crate::sweep::{Levels, Measure, Measured, Sweep, Visit};
use crate::text::one_line;
use crate::units::{clock, percent};

/// From this time on a sweep is announced as a long one.
const LONG: Duration = Duration::from_secs(4 * 3600);

/// The longest name or reason shown, in characters.
const LONGEST: usize = 60;

/// How far a sweep is.
#[derive(Debug)]
pub(super) struct Progress {
    shown: Shown,
    time: Time,
    runs: usize,
    /// The run that goes on, counted from 1.
    number: usize,
    name: String,
}

#[derive(Debug)]
enum Shown {
    Nothing,
    Bar(ProgressBar),
    Lines,
}

/// What is known of the time the runs take.
#[derive(Debug)]
struct Time {
    clock: Clock,
    /// What each run that is left is expected to take, while that is known.
    expected: Vec<Option<Duration>>,
    ended: usize,
    began: Duration,
}

impl Progress {
    /// Says what the sweep is, and how long it will take.
    pub(super) fn new(sweep: &Sweep, runs: usize, quiet: bool) -> Self {
        let shown = match quiet {
            true => Shown::Nothing,
            false if !io::stderr().is_terminal() || is_dumb() => Shown::Lines,
            false => Shown::Bar(bar(runs)),
        };
        let expected: Vec<_> = sweep.left().iter().map(|visit| visit.expected(sweep.base())).collect();
        let time = Time { clock: Clock::new(), expected, ended: 0, began: Duration::ZERO };
        let progress = Self { shown, time, runs, number: 0, name: String::new() };
        progress.say(&headline(sweep, runs));
        for text in rounded(sweep) {
            progress.say(&text);
        }
        if runs > 0 {
            progress.say(&announced(progress.time.left()));
        }
        progress
    }

    /// A run begins.
    pub(super) fn begin(&mut self, visit: Visit) {
        self.number += 1;
        self.name = visit.to_string();
        self.time.began = self.time.clock.elapsed();
    }

    /// Shows where the run is, its warm-up included.
    pub(super) fn show(&self, snapshot: &Snapshot, warmup: Duration) {
        let Shown::Bar(bar) = &self.shown else { return };
        let missed = snapshot.timed_out_rate().map_or_else(|| "–".to_owned(), percent);
        let since = if snapshot.warmup.is_some() { snapshot.elapsed } else { warmup + snapshot.elapsed };
        bar.set_message(format!("{}  {}  missed {missed}{}", self.name, clock(since), self.left()));
        bar.set_position(self.number.saturating_sub(1) as u64);
    }

    /// A run ended, or could not be run.
    pub(super) fn end(&mut self, measured: Result<&Measured, &str>) {
        self.time.ended += 1;
        let shown = |measured: &Measured, measure: Measure| {
            measured.value(measure).map_or_else(|| "–".to_owned(), |value| value.shown(measure.unit()).to_string())
        };
        let told = match measured {
            Ok(measured) => {
                let [missed, goodput] = [Measure::Missed, Measure::Goodput].map(|measure| shown(measured, measure));
                format!("missed {missed}, goodput {goodput}")
            }
            Err(reason) => format!("measured nothing: {}", one_line(reason, LONGEST)),
        };
        if matches!(self.shown, Shown::Lines) || measured.is_err() {
            self.say(&format!("{}/{}  {}: {told}{}", self.number, self.runs, self.name, self.left()));
        }
    }

    /// Takes the bar away, so that what is printed next starts on a clean line.
    pub(super) fn finish(&self) {
        if let Shown::Bar(bar) = &self.shown {
            bar.finish_and_clear();
        }
    }

    fn left(&self) -> String {
        self.time.left().map_or_else(String::new, |left| format!("  {} left", clock(left)))
    }

    /// A line of its own. A stderr that is gone is no reason to end a sweep.
    fn say(&self, line: &str) {
        match &self.shown {
            Shown::Nothing => {}
            Shown::Bar(bar) => bar.suspend(|| drop(writeln!(io::stderr(), "{line}"))),
            Shown::Lines => drop(writeln!(io::stderr(), "{line}")),
        }
    }
}

impl Time {
    /// The time left: what the runs so far took on average, at least what is expected, less what this one has had.
    fn left(&self) -> Option<Duration> {
        let now = self.clock.elapsed();
        let left = self.expected.get(self.ended..).unwrap_or_default();
        let expected = left.iter().try_fold(Duration::ZERO, |sum, run| Some(sum.saturating_add((*run)?)));
        let runs = |runs: usize| u32::try_from(runs).unwrap_or(u32::MAX);
        let seen = (self.ended > 0).then(|| (self.began / runs(self.ended)).saturating_mul(runs(left.len())));
        let all = match (seen, expected) {
            (Some(seen), Some(expected)) => seen.max(expected),
            (seen, expected) => seen.or(expected)?,
        };
        Some(all.saturating_sub(now.saturating_sub(self.began)))
    }
}

fn bar(runs: usize) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(runs as u64), ProgressDrawTarget::stderr_with_hz(10));
    let style = ProgressStyle::with_template("{bar:20} {pos}/{len}  {wide_msg}").expect("the template is valid");
    bar.with_style(style)
}

/// `fanout: 12 deadlines × 2 policies × 3 repeats, 72 runs to do, into runs/sweep-fanout-…`.
/// Which axes have fewer values than were asked for.
fn rounded(sweep: &Sweep) -> Vec<String> {
    let grid = sweep.grid();
    let loads = match grid.levels() {
        Levels::Scenario => 0,
        Levels::Rates(rates) => rates.twice(),
        Levels::Concurrencies(numbers) => numbers.twice(),
    };
    let told = |(axis, twice): (&str, usize)| match twice {
        0 => None,
        1 => Some(format!("one {axis} came twice after rounding and is run once")),
        _ => Some(format!("{twice} values of the {axis} came twice after rounding and are run once")),
    };
    [("deadline", grid.deadlines().twice()), ("load", loads)].into_iter().filter_map(told).collect()
}

fn headline(sweep: &Sweep, runs: usize) -> String {
    let grid = sweep.grid();
    let loads = match grid.levels() {
        Levels::Scenario => String::new(),
        Levels::Rates(rates) => format!(" × {}", counted(rates.values().len(), "rate", "rates")),
        Levels::Concurrencies(numbers) => {
            format!(" × {}", counted(numbers.values().len(), "concurrency", "concurrencies"))
        }
    };
    format!(
        "{}: {} × {}{loads} × {}, {} to do, into {}",
        one_line(&sweep.base().name, LONGEST),
        counted(grid.deadlines().values().len(), "deadline", "deadlines"),
        counted(grid.policies().each().len(), "policy", "policies"),
        counted(grid.repeats() as usize, "repeat", "repeats"),
        counted(runs, "run", "runs"),
        sweep.path().display(),
    )
}

fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// How long it will take, as far as that is known.
fn announced(time: Option<Duration>) -> String {
    match time {
        None => "as long as its tasks take".to_owned(),
        Some(time) if time >= LONG => format!(
            "takes {} and what draining takes; fewer points, --repeat 1 or a shorter --duration take less, and \
             --resume continues what Ctrl-C ended",
            clock(time)
        ),
        Some(time) => format!("takes {} and what draining takes", clock(time)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(expected: &[Option<u64>], ended: usize, began: u64) -> Time {
        let expected = expected.iter().map(|seconds| seconds.map(Duration::from_secs)).collect();
        // The hands stand at zero.
        Time { clock: Clock::mock().0, expected, ended, began: Duration::from_secs(began) }
    }

    #[test]
    fn the_time_left_is_what_is_expected_until_runs_take_longer() {
        let seconds = |time: Time| time.left().map(|left| left.as_secs());
        assert_eq!(seconds(time(&[Some(10), Some(10), Some(10)], 0, 0)), Some(30));
        assert_eq!(seconds(time(&[Some(10), Some(10), Some(10)], 1, 15)), Some(30));
        assert_eq!(seconds(time(&[Some(10), Some(10), Some(10)], 1, 5)), Some(20));
        assert_eq!(seconds(time(&[None, None], 0, 0)), None);
        assert_eq!(seconds(time(&[None, None], 1, 5)), Some(5));
        assert_eq!(seconds(time(&[Some(10)], 1, 10)), Some(0));
    }

    #[test]
    fn a_long_sweep_is_announced_with_what_takes_less() {
        assert_eq!(announced(Some(Duration::from_secs(90))), "takes 01:30 and what draining takes");
        assert!(
            announced(Some(Duration::from_secs(5 * 3600))).contains("5:00:00 and what draining takes; fewer points")
        );
    }
}
