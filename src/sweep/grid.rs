//! The grid: every deadline under every policy at every load, each visited once a repeat.

use std::fmt;
use std::time::Duration;

use super::axis::{Axis, Coordinate};
use super::{SweepError, source};
use crate::outcome::Policy;
use crate::scenario::{Overrides, Plan, ScenarioError, Source};
use crate::units::{LoadMode, Rate, human, nanos};

/// The most repeats of a sweep.
pub const MOST_REPEATS: u32 = 100;

/// The most runs of a sweep.
pub const MOST_RUNS: usize = 10_000;

/// What is varied, and how often each point is run.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    deadlines: Axis<Duration>,
    policies: Policies,
    levels: Levels,
    repeats: u32,
}

/// What a missed deadline does, over the grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policies {
    /// At every point the same.
    One(Policy),
    /// Each, one after the other.
    Both,
}

/// The loads of the grid.
#[derive(Debug, Clone, PartialEq)]
pub enum Levels {
    /// The scenario's own.
    Scenario,
    /// Open ones.
    Rates(Axis<Rate>),
    /// Closed ones.
    Concurrencies(Axis<u32>),
}

/// One load of the grid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Level {
    /// Arrivals a second.
    Rate(Rate),
    /// Arrivals in flight at once.
    Concurrency(u32),
}

/// One point of the grid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The load; `None` for the scenario's own.
    pub level: Option<Level>,
    /// What a missed deadline does.
    pub policy: Policy,
    /// The time a task has.
    pub deadline: Duration,
}

/// One run: a point in one of the repeats, which count from 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Visit {
    /// Where.
    pub point: Point,
    /// Which time.
    pub repeat: u32,
}

impl Grid {
    /// The grid of these values.
    ///
    /// # Errors
    /// No or too many repeats, or more than [`MOST_RUNS`] runs.
    pub fn new(
        deadlines: Axis<Duration>,
        policies: Policies,
        levels: Levels,
        repeats: u32,
    ) -> Result<Self, SweepError> {
        if !(1..=MOST_REPEATS).contains(&repeats) {
            return Err(SweepError::Repeats { repeats });
        }
        let grid = Self { deadlines, policies, levels, repeats };
        match grid.points().len() * repeats as usize {
            runs if runs > MOST_RUNS => Err(SweepError::TooMany { runs }),
            _ => Ok(grid),
        }
    }

    /// The deadlines.
    #[must_use]
    pub const fn deadlines(&self) -> &Axis<Duration> {
        &self.deadlines
    }

    /// What a missed deadline does.
    #[must_use]
    pub const fn policies(&self) -> Policies {
        self.policies
    }

    /// The loads.
    #[must_use]
    pub const fn levels(&self) -> &Levels {
        &self.levels
    }

    /// How often each point is run.
    #[must_use]
    pub const fn repeats(&self) -> u32 {
        self.repeats
    }

    /// Every point: load by load, policy by policy, by ascending deadline.
    #[must_use]
    pub fn points(&self) -> Vec<Point> {
        let mut points = Vec::new();
        for level in self.levels.each() {
            for &policy in self.policies.each() {
                points.extend(self.deadlines.values().iter().map(|&deadline| Point { level, policy, deadline }));
            }
        }
        points
    }

    /// Whether the scenario is right at every deadline and at every load, which do not depend on each other, and asks for
    /// no baseline: that is a run of one point.
    ///
    /// # Errors
    /// What is wrong at the first one where it is not.
    pub(super) fn check(&self, base: &Plan) -> Result<(), SweepError> {
        let regressed = base.gates.regressed().map(ToString::to_string);
        if let Some(asks) =
            regressed.or_else(|| base.gates.baseline.as_ref().map(|name| format!("baseline = {name:?}")))
        {
            return Err(SweepError::Baseline { asks });
        }
        let (source, points) = (source(base), self.points());
        let Some(&first) = points.first() else { return Ok(()) };
        let mut edges = points.iter().filter(|point| point.deadline == first.deadline || point.level == first.level);
        edges.try_for_each(|&point| Visit { point, repeat: 1 }.plan(&source, base.run.seed).map(drop))?;
        Ok(())
    }
}

impl Point {
    /// The load: the scenario's own where the grid has none, as long as that is one load.
    pub(super) fn load(&self, base: &Plan) -> Option<Level> {
        let own = || match base.load.mode {
            _ if !base.load.stages.is_empty() => None,
            LoadMode::Open { rate, .. } => Some(Level::Rate(rate)),
            LoadMode::Closed { concurrency } => Some(Level::Concurrency(concurrency)),
            LoadMode::None => None,
        };
        self.level.or_else(own)
    }
}

impl Policies {
    /// All choices.
    pub const ALL: [Self; 3] = [Self::One(Policy::Cancel), Self::One(Policy::Observe), Self::Both];

    /// The word used on the command line and in files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::One(policy) => policy.word(),
            Self::Both => "both",
        }
    }

    /// Its policies.
    #[must_use]
    pub const fn each(self) -> &'static [Policy] {
        match self {
            Self::One(Policy::Cancel) => &[Policy::Cancel],
            Self::One(Policy::Observe) => &[Policy::Observe],
            Self::Both => &[Policy::Cancel, Policy::Observe],
        }
    }
}

impl Levels {
    fn each(&self) -> Vec<Option<Level>> {
        match self {
            Self::Scenario => vec![None],
            Self::Rates(rates) => rates.values().iter().map(|&rate| Some(Level::Rate(rate))).collect(),
            Self::Concurrencies(numbers) => {
                numbers.values().iter().map(|&number| Some(Level::Concurrency(number))).collect()
            }
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rate(rate) => f.pad(&format!("open {rate}")),
            Self::Concurrency(number) => f.pad(&format!("closed {number}")),
        }
    }
}

impl Visit {
    /// Its name, which no other run of a grid has: `cancel-15.2ms-500per_s-2`.
    #[must_use]
    pub fn name(&self) -> String {
        let Point { level, policy, deadline } = self.point;
        let level = match level {
            None => String::new(),
            Some(Level::Rate(rate)) => format!("-{}per_s", rate.as_per_second()),
            Some(Level::Concurrency(number)) => format!("-{number}at_once"),
        };
        format!("{policy}-{}{level}-{}", decimal(deadline), self.repeat)
    }

    /// The seed it runs with: another for each repeat, the same for all points of one.
    #[must_use]
    pub const fn seed(&self, base: u64) -> u64 {
        // A file cannot say more than TOML's signed integers hold.
        base.wrapping_add(self.repeat as u64 - 1) & i64::MAX.unsigned_abs()
    }

    /// How long its warm-up and its load last, as far as `base` says; draining comes after them.
    #[must_use]
    pub fn expected(&self, base: &Plan) -> Option<Duration> {
        let rate = match (self.point.level, base.load.mode) {
            (Some(Level::Rate(rate)), _) => Some(rate),
            (None, LoadMode::Open { rate, .. }) if base.load.stages.is_empty() => Some(rate),
            _ => None,
        };
        let width = base.gather.map_or(1, |gather| gather.width);
        #[expect(clippy::cast_precision_loss, reason = "2^53 tasks are out of reach")]
        let by_tasks = base.run.tasks.zip(rate).map(|(tasks, rate)| tasks as f64 / f64::from(width) / rate.number());
        let by_tasks = by_tasks.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let load = by_tasks.into_iter().chain(base.run.duration).min()?;
        base.run.warmup.checked_add(load)
    }

    /// The plan of `source` at this point.
    pub(super) fn plan(&self, source: &Source, base_seed: u64) -> Result<Plan, ScenarioError> {
        let Point { level, policy, deadline } = self.point;
        let seed = self.seed(base_seed).cast_signed();
        let changes = Overrides::default().with_deadline(&deadline.written()).with_on_timeout(policy).with_seed(seed);
        let changes = match level {
            None => changes,
            Some(Level::Rate(rate)) => changes.with_rate(&rate.written()),
            Some(Level::Concurrency(number)) => changes.with_concurrency(number),
        };
        Plan::new(source.clone(), &changes)
    }
}

/// `cancel 15.2 ms, open 500/s, repeat 2`.
impl fmt::Display for Visit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Point { level, policy, deadline } = self.point;
        write!(f, "{policy} {}", human(deadline))?;
        if let Some(level) = level {
            write!(f, ", {level}")?;
        }
        write!(f, ", repeat {}", self.repeat)
    }
}

/// A duration in one unit, to the nanosecond: `15.2ms`.
fn decimal(duration: Duration) -> String {
    let ns = nanos(duration);
    let (digits, unit) = match ns {
        0..1_000 => (0, "ns"),
        1_000..1_000_000 => (3, "us"),
        1_000_000..1_000_000_000 => (6, "ms"),
        _ => (9, "s"),
    };
    let one = 10_u64.pow(digits);
    let (whole, rest) = (ns / one, ns % one);
    let rest = format!(".{rest:0width$}", width = digits as usize);
    format!("{whole}{}{unit}", rest.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use proptest::prelude::*;

    fn grid(levels: Levels, repeats: u32) -> Result<Grid, SweepError> {
        Grid::new("10ms..1s/12".parse().unwrap(), Policies::Both, levels, repeats)
    }

    #[test]
    fn every_deadline_meets_every_policy_and_every_load() {
        assert_eq!(grid(Levels::Scenario, 3).unwrap().points().len(), 24);
        let grid = grid(Levels::Rates("100..1000/5".parse().unwrap()), 3).unwrap();
        let names: HashSet<String> = grid.points().iter().map(|&point| Visit { point, repeat: 1 }.name()).collect();
        assert_eq!((grid.points().len(), names.len()), (120, 120));
        assert!(names.contains("observe-15.2ms-178per_s-1"), "{names:?}");
    }

    #[test]
    fn a_grid_without_repeats_or_with_too_many_runs_is_refused() {
        assert!(matches!(grid(Levels::Scenario, 0), Err(SweepError::Repeats { repeats: 0 })));
        assert!(matches!(grid(Levels::Scenario, 101), Err(SweepError::Repeats { .. })));
        let many = Levels::Rates("1..1000000/1000".parse().unwrap());
        assert!(matches!(grid(many, 100), Err(SweepError::TooMany { .. })));
    }

    #[test]
    fn the_two_policies_of_a_repeat_see_the_same_work_and_two_repeats_do_not() {
        let base = Plan::load("tail-at-scale", &Overrides::default()).unwrap();
        let visit = |policy, repeat| {
            let point = Point { level: Some(Level::Concurrency(7)), policy, deadline: Duration::from_micros(15_200) };
            Visit { point, repeat }.plan(&source(&base), u64::MAX >> 1).unwrap()
        };
        let [cancel, observe, later] = [(Policy::Cancel, 1), (Policy::Observe, 1), (Policy::Cancel, 2)]
            .map(|(policy, repeat)| visit(policy, repeat));
        assert_eq!(cancel.run.seed, observe.run.seed);
        assert_ne!(cancel.run.seed, later.run.seed);
        assert_eq!(cancel.deadline.after, Some(Duration::from_micros(15_200)));
        assert_eq!((cancel.load.clone(), cancel.deadline.policy), (observe.load, Policy::Cancel));
    }

    proptest! {
        #[test]
        fn a_name_tells_every_two_deadlines_apart(a in 0u64..10_000_000_000, apart in 1u64..5) {
            prop_assert_ne!(decimal(Duration::from_nanos(a)), decimal(Duration::from_nanos(a + apart)));
        }
    }
}
