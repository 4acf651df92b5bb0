//! The page as its template has it.

use askama::Template;

use super::comparison::Comparison;
use super::run::Run;
use crate::compare::Named;

/// What the page looks like.
const STYLE: &str = include_str!("page.css");

/// What a slider does.
const SCRIPT: &str = include_str!("page.js");

/// The one script the page lets in, by its SHA-256; the test of it says what it has to be.
pub(super) const SCRIPT_HASH: &str = "sha256-n2pvJ4kdtj6SvZN3St3dPnALa4Ni1W8Bs0fk4xearSY=";

/// All of it.
#[derive(Debug, Template)]
#[template(path = "page.html", config = "src/report/askama.toml")]
pub(super) struct Page {
    title: String,
    runs: Vec<Run>,
    comparisons: Vec<Comparison>,
    version: &'static str,
    style: &'static str,
    script: &'static str,
    hash: &'static str,
}

impl Page {
    /// The page of some runs.
    pub(super) fn of(runs: &[Named]) -> Self {
        let compared = runs.split_first().map_or_else(Vec::new, |(first, others)| {
            (2..).zip(others).map(|(n, other)| Comparison::of(n, first, other)).collect()
        });
        let mut names: Vec<&str> = runs.iter().map(|run| &*run.report.snapshot.info.scenario).collect();
        names.dedup();
        Self {
            title: names.join(", "),
            runs: (1..).zip(runs).map(|(n, run)| Run::of(n, run, runs.len() > 1)).collect(),
            comparisons: compared,
            version: env!("CARGO_PKG_VERSION"),
            style: STYLE,
            script: SCRIPT,
            hash: SCRIPT_HASH,
        }
    }

    #[cfg(test)]
    pub(super) const fn script() -> &'static str {
        SCRIPT
    }
}
