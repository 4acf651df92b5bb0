//! `summary.json`, read back and seen to balance.

use std::path::Path;
use std::time::{Duration, SystemTime};

use serde::Deserialize;

use super::file::{File, quoted};
use super::rows::LARGEST_COUNT;
use super::runtime;
use super::{ImportError, baseline, policy};
use crate::export::format::{self, Captures, Cost, Gathers, Load, Runtime, SCHEMA, Statistics, Waste, Workload};
use crate::ledger::{LaneKey, MAX_LANES, MAX_STEPS};
use crate::outcome::{Ending, Lateness, Outcome};
use crate::shard::{Part, Shard};
use crate::snapshot::{Baseline, EndedBy};

/// The version of a summary, which says how to read the rest.
#[derive(Debug, Deserialize)]
struct Version {
    schema: String,
}

/// A summary that balances.
#[derive(Debug)]
pub(super) struct Summary {
    pub(super) scenario: String,
    pub(super) started_at: SystemTime,
    pub(super) start_at: Option<SystemTime>,
    pub(super) part: Part,
    pub(super) elapsed_ns: u64,
    pub(super) loaded_ns: Option<u64>,
    pub(super) ended_by: Option<EndedBy>,
    pub(super) seed: u64,
    pub(super) workers: usize,
    pub(super) unstable: bool,
    pub(super) balanced: Option<bool>,
    /// Whether response times are service times, as under closed load.
    pub(super) is_closed: bool,
    pub(super) load: Load,
    pub(super) lanes: Vec<Lane>,
    /// `None` in those of an early tardy.
    pub(super) runtime: Option<Runtime>,
    pub(super) captures: Captures,
    pub(super) own_cost: Option<Cost>,
    pub(super) workload: Workload,
    /// `None` where the run was held against nothing, or went on.
    pub(super) baseline: Option<Baseline>,
}

/// The file as it stands.
#[derive(Debug, Deserialize)]
struct Raw {
    scenario: String,
    started_at: String,
    start_at: Option<String>,
    shard: Option<String>,
    merged_shards: Option<u32>,
    elapsed_ns: u64,
    loaded_ns: Option<u64>,
    ended_by: Option<String>,
    seed: u64,
    workers: usize,
    unstable: bool,
    balanced: Option<bool>,
    headline: String,
    load: Load,
    lanes: Vec<Lane>,
    runtime: Option<Runtime>,
    #[serde(default)]
    captures: Captures,
    own_cost: Option<Cost>,
    #[serde(default)]
    workload: Workload,
    baseline: Option<format::Baseline>,
}

/// One lane.
#[derive(Debug, Deserialize)]
pub(super) struct Lane {
    on_timeout: String,
    deadline_ns: Option<u64>,
    /// `None` in those of an early tardy.
    pub(super) open_ns: Option<u64>,
    pub(super) spawned: u64,
    done: u64,
    failed: u64,
    panicked: u64,
    cancelled: u64,
    pub(super) unfinished: u64,
    timed_out: u64,
    late_done: u64,
    late_failed: u64,
    late_panicked: u64,
    late_cancelled: u64,
    pub(super) cancelled_at_deadline: u64,
    pub(super) overdue_at_end: u64,
    pub(super) service_ns: Statistics,
    pub(super) response_ns: Statistics,
    pub(super) start_delay_ns: Statistics,
    pub(super) busy_ns: Statistics,
    pub(super) overrun_ns: Statistics,
    pub(super) cancel_lag_ns: Statistics,
    pub(super) censored_ns: Statistics,
    pub(super) steps: Vec<Step>,
    pub(super) gathers: Gathers,
    #[serde(default)]
    pub(super) waste: Waste,
}

/// One named step.
#[derive(Debug, Deserialize)]
pub(super) struct Step {
    pub(super) name: String,
    pub(super) service_ns: Statistics,
}

impl Summary {
    /// Reads the summary in `directory`.
    pub(super) fn read(directory: &Path) -> Result<Self, ImportError> {
        let file = File::read(directory, "summary.json")?;
        let no_json = |error: serde_json::Error| file.wrong(error.line() as u64, error.to_string());
        let Version { schema } = serde_json::from_str(file.text()).map_err(no_json)?;
        if schema != SCHEMA {
            let message = format!("`schema` is `{}`, expected `{SCHEMA}`", quoted(&schema));
            let help = "read it with the tardy that wrote it, or run its `scenario.toml` again".to_owned();
            return Err(ImportError { help, ..file.wrong(None, message) });
        }
        let raw: Raw = serde_json::from_str(file.text()).map_err(no_json)?;
        raw.checked().map_err(|message| file.wrong(None, message))
    }

    /// How long new tasks came, or might have; files of an early tardy do not say.
    pub(super) fn loaded(&self) -> Duration {
        Duration::from_nanos(self.loaded_ns.unwrap_or(self.elapsed_ns).min(self.elapsed_ns))
    }

    /// Deadlines missed as a share of the tasks that met or missed theirs.
    pub(super) fn missed(&self) -> Option<f64> {
        let held: Vec<&Lane> = self.lanes.iter().filter(|lane| lane.deadline_ns.is_some()).collect();
        let sum = |of: fn(&Lane) -> u64| held.iter().copied().map(of).sum::<u64>();
        let undecided = sum(|lane| lane.unfinished.saturating_sub(lane.overdue_at_end));
        let (missed, decided) = (sum(|lane| lane.timed_out), sum(|lane| lane.spawned) - undecided);
        #[expect(clippy::cast_precision_loss, reason = "2^53 tasks are out of reach")]
        let share = missed as f64 / decided as f64;
        (decided > 0).then_some(share)
    }
}

impl Raw {
    /// The summary, or the key that cannot be.
    fn checked(self) -> Result<Summary, String> {
        let started_at = time("started_at", &self.started_at)?;
        let start_at = self.start_at.as_deref().map(|text| time("start_at", text)).transpose()?;
        let part = part(self.shard.as_deref(), self.merged_shards)?;
        let ended_by = self.ended_by.as_deref().map(ended_by).transpose()?;
        let is_closed = match self.headline.as_str() {
            "service" => true,
            "response" => false,
            other => return Err(format!("`headline` is `{}`, expected `service` or `response`", quoted(other))),
        };
        let load = &self.load;
        adds_up("load.due", load.due, &[load.spawned, load.shed, load.queued_at_end])?;
        check_statistics("load.arrival_lag_ns", &load.arrival_lag_ns)?;
        if self.lanes.len() > MAX_LANES {
            return Err(format!("`lanes` has {}, and a run has at most {MAX_LANES}", self.lanes.len()));
        }
        self.runtime.as_ref().map_or(Ok(()), runtime::check)?;
        for (at, lane) in self.lanes.iter().enumerate() {
            lane.check().map_err(|message| format!("`lanes`, number {at}: {message}"))?;
            if self.lanes[..at].iter().any(|other| other.key() == lane.key()) {
                return Err(format!("`lanes`, number {at}: there is another of the same policy and deadline"));
            }
        }
        let baseline = self.baseline.map(baseline::baseline).transpose();
        Ok(Summary {
            baseline: baseline.map_err(|message| format!("`baseline`: {message}"))?,
            scenario: self.scenario,
            started_at,
            start_at,
            part,
            elapsed_ns: self.elapsed_ns,
            loaded_ns: self.loaded_ns,
            ended_by,
            seed: self.seed,
            workers: self.workers,
            unstable: self.unstable,
            balanced: self.balanced,
            is_closed,
            load: self.load,
            lanes: self.lanes,
            runtime: self.runtime,
            captures: self.captures,
            own_cost: self.own_cost,
            workload: self.workload,
        })
    }
}

/// The time a key says.
fn time(key: &str, text: &str) -> Result<SystemTime, String> {
    humantime::parse_rfc3339_weak(text).map_err(|error| format!("`{key}` is `{}`: {error}", quoted(text)))
}

/// How much of its run the summary is of.
fn part(shard: Option<&str>, merged: Option<u32>) -> Result<Part, String> {
    match (shard, merged) {
        (None, None) => Ok(Part::Whole),
        (None, Some(shards)) => Ok(Part::Merged(shards)),
        (Some(text), None) => match text.parse::<Shard>() {
            Ok(shard) => Ok(Part::Shard(shard)),
            Err(_) => Err(format!("`shard` is `{}`, expected a number and how many there are", quoted(text))),
        },
        (Some(_), Some(_)) => Err("it is a shard and merged from shards".to_owned()),
    }
}

impl Lane {
    /// Its policy and deadline; `None` where the policy is no word of ours.
    pub(super) fn key(&self) -> Option<LaneKey> {
        Some(LaneKey { policy: policy(&self.on_timeout)?, deadline: self.deadline_ns.map(Duration::from_nanos) })
    }

    /// Tasks ended, by cell; the books have been seen to balance.
    pub(super) fn ended(&self) -> Vec<(Outcome, u64)> {
        let cells = [
            (Ending::Done, self.done, self.late_done),
            (Ending::Failed, self.failed, self.late_failed),
            (Ending::Panicked, self.panicked, self.late_panicked),
            (Ending::Cancelled, self.cancelled, self.late_cancelled + self.cancelled_at_deadline),
        ];
        let split = |(ending, all, late)| {
            let of = |lateness| Outcome { ending, lateness };
            [(of(Lateness::OnTime), all - late), (of(Lateness::Late), late)]
        };
        cells.into_iter().flat_map(split).collect()
    }

    fn check(&self) -> Result<(), String> {
        if self.key().is_none() {
            return Err(format!("`on_timeout` is `{}`, expected `cancel` or `observe`", quoted(&self.on_timeout)));
        }
        adds_up("spawned", self.spawned, &[self.done, self.failed, self.panicked, self.cancelled, self.unfinished])?;
        let late = [self.late_done, self.late_failed, self.late_panicked, self.late_cancelled];
        adds_up(
            "timed_out",
            self.timed_out,
            &[&late[..], &[self.cancelled_at_deadline, self.overdue_at_end]].concat(),
        )?;
        for (key, part, whole) in [
            ("late_done", self.late_done, self.done),
            ("late_failed", self.late_failed, self.failed),
            ("late_panicked", self.late_panicked, self.panicked),
            ("late_cancelled", self.late_cancelled + self.cancelled_at_deadline, self.cancelled),
            ("overdue_at_end", self.overdue_at_end, self.unfinished),
        ] {
            if part > whole {
                return Err(format!("`{key}` is `{part}`, more than the {whole} there are"));
            }
        }
        let gathers = &self.gathers;
        let outcomes = [gathers.complete, gathers.partial, gathers.failed, gathers.cancelled, gathers.open];
        adds_up("gathers.started", gathers.started, &outcomes)?;
        if gathers.timed_out > gathers.started {
            return Err(format!("`gathers.timed_out` is `{}`, more than were started", gathers.timed_out));
        }
        // One more is the row that takes what exceeds the bound.
        if self.steps.len() > MAX_STEPS + 1 {
            return Err(format!("`steps` has {}, and a lane has at most {}", self.steps.len(), MAX_STEPS + 1));
        }
        for step in &self.steps {
            check_statistics(&quoted(&step.name), &step.service_ns)?;
        }
        check_statistics("gathers.straggler_gap_ns", &gathers.straggler_gap_ns)?;
        check_statistics("gathers.latency_ns", &gathers.latency_ns)
    }
}

fn ended_by(word: &str) -> Result<EndedBy, String> {
    let all = [EndedBy::Duration, EndedBy::Tasks, EndedBy::User, EndedBy::Signal, EndedBy::Gate];
    let found = all.into_iter().find(|by| by.word() == word);
    found.ok_or_else(|| format!("`ended_by` is `{}`, expected {}", quoted(word), all.map(EndedBy::word).join(", ")))
}

fn adds_up(key: &str, whole: u64, parts: &[u64]) -> Result<(), String> {
    let sum = parts.iter().try_fold(0u64, |sum, part| sum.checked_add(*part));
    match sum {
        Some(sum) if sum == whole && whole <= LARGEST_COUNT => Ok(()),
        Some(sum) if whole <= LARGEST_COUNT => Err(format!("`{key}` is `{whole}`, and its parts add up to {sum}")),
        _ => Err(format!("`{key}` is `{whole}`, more than any run counts")),
    }
}

fn check_statistics(key: &str, numbers: &Statistics) -> Result<(), String> {
    if numbers.count > LARGEST_COUNT {
        return Err(format!("`count` of `{key}` is `{}`, more than any run counts", numbers.count));
    }
    if numbers.min > numbers.max {
        return Err(format!("`min` of `{key}` is `{}`, more than its `max` of {}", numbers.min, numbers.max));
    }
    Ok(())
}
