//! Why two runs are not compared.

use miette::Diagnostic;

use super::Differing;
use crate::shard::Part;

/// The most keys that are named.
const NAMED: usize = 6;

/// Why two runs are not compared.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[non_exhaustive]
pub enum CompareError {
    /// They did other work, or came by another load.
    #[error("`{a}` and `{b}` did not run the same work under the same load: {differing}")]
    #[diagnostic(help("`--force` compares them all the same"))]
    Unlike {
        /// The one.
        a: String,
        /// The other.
        b: String,
        /// The keys that differ, with both values.
        differing: String,
    },
    /// One is a part of its run, and the other is all of it or another part.
    #[error("`{}` is {} and `{}` is {}: they did not have the same part of the load", runs[0], parts[0], runs[1], parts[1])]
    #[diagnostic(help(
        "`tardy merge RUN… -o ALL` makes the whole of the shards; `--force` compares them all the same"
    ))]
    Parts {
        /// What they are called.
        runs: [String; 2],
        /// How much each of them is.
        parts: [Part; 2],
    },
    /// A run has no blocks: it was killed, is known by a log alone, or was written before there were any.
    #[error("`{name}` does not say how its run went from one tenth of a second to the next")]
    #[diagnostic(help(
        "neither does a log, a run that was killed, nor what an early tardy wrote, which `tardy open` shows; to compare it, \
         run it again: `tardy run {name}/scenario.toml --out DIR`"
    ))]
    NoBlocks {
        /// Its directory, or the log.
        name: String,
    },
    /// There are not two runs to compare.
    #[error("expected {expected}, not {given}")]
    #[diagnostic(help("`tardy compare A B`, or `tardy compare --baseline NAME B`"))]
    Runs {
        /// How many directories there have to be.
        expected: &'static str,
        /// How many there are.
        given: usize,
    },
}

impl CompareError {
    pub(super) fn unlike(a: &str, b: &str, differing: &[Differing]) -> Self {
        let work = || differing.iter().filter(|differing| differing.is_work());
        let mut told: Vec<String> = work().take(NAMED).map(ToString::to_string).collect();
        if let Some(more @ 1..) = work().count().checked_sub(NAMED) {
            told.push(format!("and {more} more"));
        }
        Self::Unlike { a: a.to_owned(), b: b.to_owned(), differing: told.join("; ") }
    }
}
