//! Why runs are not merged.

use std::path::PathBuf;

use miette::Diagnostic;
use toml::Table;

use crate::compare;
use crate::import::ImportError;
use crate::scenario::ScenarioError;
use crate::shard::{Part, Shard};
use crate::snapshot::Report;
use crate::text::one_line;

/// The most keys or shards that are named.
const NAMED: usize = 6;

/// The longest change that is told, in characters.
const LONGEST: usize = 60;

/// Why runs are not merged.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[non_exhaustive]
pub enum MergeError {
    /// There are none.
    #[error("there is no run to merge")]
    #[diagnostic(help("name the directories of all shards: `tardy merge RUN… -o ALL`"))]
    None,
    /// A run is no shard.
    #[error("`{}` is no shard of a run, but {part} of one", run.display())]
    #[diagnostic(help("`tardy run SCENARIO --shard 1/8 --out DIR` runs the first of eight"))]
    NoShard {
        /// Its directory.
        run: PathBuf,
        /// What it is.
        part: Part,
    },
    /// Two runs are the same shard.
    #[error("`{}` and `{}` are both shard {shard}: their tasks would be counted twice", runs[0].display(), runs[1].display())]
    #[diagnostic(help("name each shard once"))]
    Twice {
        /// Their directories.
        runs: [PathBuf; 2],
        /// The shard.
        shard: Shard,
    },
    /// Shards are missing.
    #[error("shard {missing} is missing")]
    #[diagnostic(help("name the directories of all {of} shards; one that was lost can be run again"))]
    Missing {
        /// Which.
        missing: String,
        /// How many there have to be.
        of: u32,
    },
    /// Shards are of different numbers of shards.
    #[error("`{}` is one of {} shards and `{}` one of {}", runs[0].display(), of[0], runs[1].display(), of[1])]
    #[diagnostic(help("merge shards of one run, all of which had the same number of shards"))]
    Numbers {
        /// Their directories.
        runs: [PathBuf; 2],
        /// Of how many they are.
        of: [u32; 2],
    },
    /// Shards are of different runs.
    #[error("`{}` and `{}` are not shards of one run: {differing}", runs[0].display(), runs[1].display())]
    #[diagnostic(help(
        "run all shards with the same scenario and the same flags, `--workers` among them, but for `--shard` and `--out`"
    ))]
    Unlike {
        /// Their directories.
        runs: [PathBuf; 2],
        /// What differs.
        differing: String,
    },
    /// A shard was changed while it ran, and another was not.
    #[error("`{}` was changed while it ran, and `{}` was not in the same way: {change}", changed.display(), other.display())]
    #[diagnostic(help("run the shard again and change nothing, or the same on all of them"))]
    Changed {
        /// The directory of the one.
        changed: PathBuf,
        /// That of the other.
        other: PathBuf,
        /// The first change that differs.
        change: String,
    },
    /// A shard was changed before it was measured.
    #[error("`{}`, shard {shard}, was changed in its warm-up, or reset: what it measured is another part of the schedule", run.display())]
    #[diagnostic(help("run the shard again and change nothing, or the same on all of them once they measure"))]
    ChangedBefore {
        /// Its directory.
        run: PathBuf,
        /// Which one it is.
        shard: Shard,
    },
    /// A shard has not run to its end.
    #[error("`{}`, shard {shard}, was ended early, by {by}", run.display())]
    #[diagnostic(help("run the shard again: the sum of the others and of a part of it is no whole"))]
    EndedEarly {
        /// Its directory.
        run: PathBuf,
        /// Which one it is.
        shard: Shard,
        /// What ended it.
        by: &'static str,
    },
    /// The books of a shard do not balance.
    #[error("the books of `{}`, shard {shard}, do not balance", run.display())]
    #[diagnostic(help("run the shard again, and report it: tardy has lost count"))]
    Unbalanced {
        /// Its directory.
        run: PathBuf,
        /// Which one it is.
        shard: Shard,
    },
    /// The sum would replace one of the shards.
    #[error("`{}` is one of the runs to merge", out.display())]
    #[diagnostic(help("give the sum a directory of its own: `-o ALL`"))]
    Over {
        /// The directory.
        out: PathBuf,
    },
    /// A run cannot be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Import(#[from] ImportError),
    /// The scenario of the runs cannot be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Scenario(#[from] ScenarioError),
}

impl MergeError {
    pub(super) fn missing(missing: &[Shard]) -> Self {
        let of = missing.first().map_or(0, |shard| shard.of());
        let mut named: Vec<String> = missing.iter().take(NAMED).map(Shard::to_string).collect();
        if let Some(more @ 1..) = missing.len().checked_sub(NAMED) {
            named.push(format!("and {more} more"));
        }
        Self::Missing { missing: named.join(", "), of }
    }

    /// That one of two runs had other changes than the other.
    pub(super) fn changed([a, b]: [PathBuf; 2], of_a: &[String], of_b: &[String]) -> Self {
        let same = of_a.iter().zip(of_b).take_while(|(a, b)| a == b).count();
        let (changed, other, change) = match of_b.get(same) {
            Some(change) => (b, a, change.as_str()),
            None => (a, b, of_a.get(same).map_or("", String::as_str)),
        };
        Self::Changed { changed, other, change: one_line(change, LONGEST) }
    }
}

/// What two runs of one scenario would not differ in; `None` where they are of one.
pub(super) fn differing(a: &Report, b: &Report) -> Option<String> {
    let [of_a, of_b] = [a, b].map(|report| {
        let mut scenario: Table = report.scenario.parse().unwrap_or_default();
        // Each machine may have its files elsewhere.
        scenario.remove("files");
        scenario
    });
    if of_a == of_b {
        return None;
    }
    let keys = compare::differing(&a.scenario, &b.scenario);
    let mut told: Vec<String> = keys.iter().take(NAMED).map(ToString::to_string).collect();
    if told.is_empty() {
        told = of_a
            .keys()
            .chain(of_b.keys())
            .filter(|key| of_a.get(*key) != of_b.get(*key))
            .map(|key| format!("`{key}`"))
            .collect();
        told.dedup();
    }
    Some(told.join("; "))
}
