//! What is wrong with a baseline.

use std::io;
use std::path::PathBuf;

use miette::Diagnostic;

use crate::document::suggest;
use crate::import::ImportError;
use crate::shard::Shard;

/// Why a baseline cannot be kept, found or forgotten.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[non_exhaustive]
pub enum BaselineError {
    /// The environment does not say where they are.
    #[error("there is no place for baselines")]
    #[diagnostic(help("set `XDG_DATA_HOME` or `HOME` to an absolute path"))]
    Homeless,
    /// The name cannot be one.
    #[error("`{}` is no name for a baseline", name.escape_default())]
    #[diagnostic(help("a name has letters, digits, `-`, `_` and `.`, 1 to 100 of them, and begins with no `.`"))]
    NoName {
        /// The name.
        name: String,
    },
    /// There is one of this name.
    #[error("there is a baseline `{name}` already")]
    #[diagnostic(help("`--replace` puts the run in its place"))]
    Taken {
        /// The name.
        name: String,
    },
    /// There is none of this name.
    #[error("there is no baseline `{}`", name.escape_default())]
    Unknown {
        /// The name.
        name: String,
        /// What to do about it.
        #[help]
        help: String,
    },
    /// The directory is no run's.
    #[error(transparent)]
    #[diagnostic(transparent)]
    NoRun(#[from] ImportError),
    /// A gate needs one, and none is named.
    #[error("`{gate}` needs a baseline, and none is named")]
    #[diagnostic(help("name one by `--baseline NAME|DIR`, or as `baseline` in `[gate]`"))]
    NotSaid {
        /// The gate.
        gate: String,
    },
    /// It is a run of other work, or under another load.
    #[error("the baseline `{}` did not run the same work under the same load: {differing}", name.escape_default())]
    #[diagnostic(help("keep a run of this scenario: `tardy run … --out DIR`, then `tardy baseline save NAME DIR`"))]
    Unlike {
        /// What it is called.
        name: String,
        /// The keys that differ, with both values.
        differing: String,
    },
    /// It is a part of a run: of arrivals, and of what is done a second, it has a part.
    #[error("the baseline `{}` is shard {shard} of its run alone", name.escape_default())]
    #[diagnostic(help("keep the whole: `tardy merge RUN… -o ALL`, then `tardy baseline save NAME ALL`"))]
    Shard {
        /// What it is called.
        name: String,
        /// Which one it is.
        shard: Shard,
    },
    /// It does not tell how much it varies.
    #[error("the baseline `{}` has {blocks} blocks of time, too few to tell how much it varies", name.escape_default())]
    #[diagnostic(help("keep a run of 2 s at the least, written by this tardy"))]
    TooShort {
        /// What it is called.
        name: String,
        /// How many it has.
        blocks: usize,
    },
    /// A file or a directory cannot be written or removed.
    #[error("cannot write `{}`", path.display())]
    Unwritten {
        /// Where the baseline is to be.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The baselines cannot be listed.
    #[error("cannot read `{}`", path.display())]
    Unreadable {
        /// Where they are.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl BaselineError {
    /// There is none called `name`, but these.
    pub(super) fn unknown(name: &str, names: &[String]) -> Self {
        let help = if names.is_empty() {
            "there are none yet: `tardy baseline save NAME DIR` keeps a run that `--out DIR` wrote".to_owned()
        } else {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            suggest(name, &names)
        };
        Self::Unknown { name: name.to_owned(), help }
    }
}
