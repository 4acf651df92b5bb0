//! The flags that change a scenario, shared by the commands that read one.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::outcome::Policy;
use crate::scenario::{Overrides, ScenarioError};
use crate::units::{Rate, UnitError, parse_duration};

/// Changes to the scenario; each is a short form of a `--set`.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Changes to the scenario")]
pub struct Changes {
    /// The time a task has, such as 80ms
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub deadline: Option<String>,
    /// What a missed deadline does
    #[arg(long, value_name = "POLICY", value_parser = PossibleValuesParser::new(["cancel", "observe"]).map(policy))]
    pub on_timeout: Option<Policy>,
    /// Arrivals a second, such as 500/s; makes the load an open one
    #[arg(long, value_parser = rate, conflicts_with = "concurrency")]
    pub rate: Option<String>,
    /// Arrivals in flight at once; makes the load a closed one
    #[arg(long, value_name = "N")]
    pub concurrency: Option<u32>,
    /// How long to measure, such as 10s
    #[arg(long, value_name = "TIME", value_parser = duration, conflicts_with = "tasks")]
    pub duration: Option<String>,
    /// How many tasks to spawn
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..))]
    pub tasks: Option<i64>,
    /// Seed of all randomness
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..))]
    pub seed: Option<i64>,
    /// Threads of the measured runtime; more than one end `current_thread`
    #[arg(long, value_name = "N")]
    pub workers: Option<u32>,
    /// Lets the run fail when this is so, such as 'p99 > 200ms' or 'failed > 1%'; repeatable
    #[arg(long, value_name = "CONDITION")]
    pub fail_if: Vec<String>,
    /// What the run is held against, by 'regressed(p99) > 5%' too: the name of a baseline, or a directory
    #[arg(long, value_name = "NAME|DIR")]
    pub baseline: Option<String>,
    /// Lets `http` believe any certificate, whoever has it
    #[arg(long)]
    pub insecure: bool,
    /// Any key of the file, such as workload.step.query.sleep.p99=2s; repeatable
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
}

impl Changes {
    /// The changes as overrides, `--set` after the short forms; `--fail-if` adds to what there is then.
    ///
    /// # Errors
    /// A `--set` that is not `path=value`.
    pub fn overrides(&self) -> Result<Overrides, ScenarioError> {
        let mut all = Overrides::default();
        if let Some(after) = &self.deadline {
            all = all.with_deadline(after);
        }
        if let Some(policy) = self.on_timeout {
            all = all.with_on_timeout(policy);
        }
        if let Some(rate) = &self.rate {
            all = all.with_rate(rate);
        }
        if let Some(concurrency) = self.concurrency {
            all = all.with_concurrency(concurrency);
        }
        if let Some(duration) = &self.duration {
            all = all.with_duration(duration);
        }
        if let Some(tasks) = self.tasks {
            all = all.with_tasks(tasks);
        }
        if let Some(seed) = self.seed {
            all = all.with_seed(seed);
        }
        if let Some(workers) = self.workers {
            all = all.with_workers(workers);
        }
        if let Some(baseline) = &self.baseline {
            all = all.with_baseline(baseline);
        }
        if self.insecure {
            all = all.with_set("workload.insecure=true")?;
        }
        let all = self.set.iter().try_fold(all, |all, text| all.with_set(text))?;
        Ok(self.fail_if.iter().fold(all, |all, condition| all.with_fail_if(condition)))
    }
}

pub(super) fn duration(text: &str) -> Result<String, UnitError> {
    parse_duration(text).map(|_| text.to_owned())
}

fn rate(text: &str) -> Result<String, UnitError> {
    text.parse::<Rate>().map(|_| text.to_owned())
}

#[expect(clippy::needless_pass_by_value, reason = "clap hands the word over")]
fn policy(word: String) -> Policy {
    if word == Policy::Cancel.word() { Policy::Cancel } else { Policy::Observe }
}
