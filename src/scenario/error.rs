//! Why there is no plan.

use std::io;

use miette::Diagnostic;

use super::ParamError;
use crate::document::Invalid;
use crate::shard::Shard;

/// Why there is no plan.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[non_exhaustive]
pub enum ScenarioError {
    /// Neither a shipped scenario nor a file.
    #[error("there is no scenario and no file `{name}`")]
    Missing {
        /// What was asked for.
        name: String,
        /// What there is.
        #[help]
        help: String,
    },
    /// The file cannot be read.
    #[error("cannot read `{path}`")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The file is no scenario by its size alone.
    #[error("`{path}` is larger than {limit} bytes and so no scenario file")]
    #[diagnostic(help("recorded latencies belong in a CSV file: `sleep = {{ dist = \"replay\", file = \"…\" }}`"))]
    TooLarge {
        /// The file.
        path: String,
        /// The largest size that is read.
        limit: u64,
    },
    /// A change from the command line cannot be made.
    #[error("cannot set `{path}`: {message}")]
    Override {
        /// The path in the file.
        path: String,
        /// Why not.
        message: String,
        /// What to do about it.
        #[help]
        help: Option<String>,
    },
    /// A shard would have nothing to do.
    #[error("shard {shard} would have nothing to do: `{key}` is {whole}")]
    #[diagnostic(help("each of {} shards takes a part of it: run fewer of them, or raise `{key}`", shard.of()))]
    TooManyShards {
        /// The shard.
        shard: Shard,
        /// What there is too little of.
        key: &'static str,
        /// How much there is.
        whole: u64,
    },
    /// The text is no scenario.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Invalid(#[from] Invalid),
}

impl ScenarioError {
    /// Everything wrong in the text `source`, called `origin`.
    #[must_use]
    pub fn invalid(origin: &str, source: &str, errors: Vec<ParamError>) -> Self {
        Self::Invalid(Invalid::new("scenario", origin, source, errors))
    }
}
