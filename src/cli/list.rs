//! `tardy list`: the shipped scenarios with what each teaches.

use super::{Failure, print};
use crate::scenario::{Shipped, shipped};

/// Prints a line for each scenario.
pub(super) fn list() -> Result<(), Failure> {
    print(&lines(&shipped()))
}

/// Prints the list and how to go on from there.
pub(super) fn overview() -> Result<(), Failure> {
    let all = shipped();
    let first = all.first().map_or("FILE", |scenario| scenario.name);
    print(&format!("{}\nRun one with `tardy run {first}`; `tardy --help` says what else there is.\n", lines(&all)))
}

fn lines(all: &[Shipped]) -> String {
    let width = all.iter().map(|scenario| scenario.name.len()).max().unwrap_or(0);
    let line = |scenario: &Shipped| format!("{:width$}  {}", scenario.name, scenario.lesson);
    all.iter().map(line).chain([String::new()]).collect::<Vec<_>>().join("\n")
}
