//! The names of a sweep's files, and `sweep.toml`: the grid with every value said.
//!
//! | file | holds |
//! |---|---|
//! | `sweep.toml` | the grid, as flags say it |
//! | `scenario.toml` | the scenario that every run is a change of, as resolved |
//! | `sweep.csv` | a row a run, in the order they ended |
//! | `points.csv` | a row a point |
//! | `runs/…` | the files of each finished run, in a directory of its own |

use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::SweepError;
use super::axis::{Axis, AxisError, Coordinate};
use super::grid::{Grid, Levels, Policies};
use crate::document::{Invalid, ParamError, one_of};
use crate::units::Rate;

/// The grid.
pub(super) const SWEEP: &str = "sweep.toml";
/// The scenario.
pub(super) const SCENARIO: &str = "scenario.toml";
/// A row a run.
pub(super) const RUNS_TABLE: &str = "sweep.csv";
/// A row a point.
pub(super) const POINTS_TABLE: &str = "points.csv";
/// The directory of the runs' own; called as `tardy` looks for them.
pub(super) const RUNS: &str = "runs";

/// The version of the format, changed when a key changes its meaning.
pub(super) const SCHEMA: &str = "tardy-sweep/1";

/// What a reader of the file is told.
const HEAD: &str = "# A grid of runs; `tardy sweep --resume` with this directory runs what is left of it.\n";

#[derive(Debug, Serialize)]
struct Written<'a> {
    schema: &'a str,
    deadline: String,
    on_timeout: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    concurrency: Option<String>,
    repeat: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    schema: Spanned<String>,
    deadline: Spanned<String>,
    on_timeout: Spanned<String>,
    rate: Option<Spanned<String>>,
    concurrency: Option<Spanned<String>>,
    repeat: u32,
}

/// The text of `sweep.toml`.
pub(super) fn sweep(grid: &Grid) -> String {
    let (rate, concurrency) = match grid.levels() {
        Levels::Scenario => (None, None),
        Levels::Rates(rates) => (Some(rates.to_string()), None),
        Levels::Concurrencies(numbers) => (None, Some(numbers.to_string())),
    };
    let written = Written {
        schema: SCHEMA,
        deadline: grid.deadlines().to_string(),
        on_timeout: grid.policies().word(),
        rate,
        concurrency,
        repeat: grid.repeats(),
    };
    format!("{HEAD}{}", toml::to_string(&written).expect("texts and a number are TOML"))
}

/// The grid that the `text` of the file at `path` says.
pub(super) fn read(path: &Path, text: &str) -> Result<Grid, SweepError> {
    let refused = |error: ParamError| Invalid::new("sweep", &path.display().to_string(), text, vec![error]);
    let read: Read = toml::from_str(text)
        .map_err(|error| refused(ParamError { span: error.span(), message: error.message().to_owned(), help: None }))?;
    if read.schema.get_ref() != SCHEMA {
        let message = format!("`schema` is `{}`, expected `{SCHEMA}`", read.schema.get_ref());
        return Err(refused(ParamError::at(read.schema.span(), message)).into());
    }
    let policies = Policies::ALL.into_iter().find(|policies| policies.word() == read.on_timeout.get_ref());
    let policies = policies.ok_or_else(|| {
        let message = format!("`on_timeout` is `{}`", read.on_timeout.get_ref());
        let help = format!("expected {}", one_of(&Policies::ALL.map(Policies::word)));
        refused(ParamError::at(read.on_timeout.span(), message).with_help(help))
    })?;
    let levels = match (&read.rate, &read.concurrency) {
        (None, None) => Levels::Scenario,
        (Some(rates), None) => Levels::Rates(axis::<Rate>("rate", rates).map_err(refused)?),
        (None, Some(numbers)) => Levels::Concurrencies(axis::<u32>("concurrency", numbers).map_err(refused)?),
        (Some(_), Some(numbers)) => {
            let message = "`rate` is said too, and a load has one of them";
            return Err(refused(ParamError::at(numbers.span(), message)).into());
        }
    };
    Grid::new(axis::<Duration>("deadline", &read.deadline).map_err(refused)?, policies, levels, read.repeat)
}

fn axis<T: Coordinate>(key: &str, said: &Spanned<String>) -> Result<Axis<T>, ParamError> {
    let wrong = |error: AxisError| ParamError::at(said.span(), format!("`{key}`: {error}"));
    said.get_ref().parse().map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use miette::Diagnostic as _;

    fn grid(deadlines: &str, levels: Levels) -> Grid {
        Grid::new(deadlines.parse().unwrap(), Policies::Both, levels, 3).unwrap()
    }

    #[test]
    fn a_grid_survives_its_file() {
        for levels in [
            Levels::Scenario,
            Levels::Rates("0.3..1000/7".parse().unwrap()),
            Levels::Concurrencies("8..256/6".parse().unwrap()),
        ] {
            let grid = grid("1us, 10ms..2h/12", levels);
            assert_eq!(read(Path::new("sweep.toml"), &sweep(&grid)).unwrap(), grid);
        }
    }

    #[test]
    fn a_wrong_file_is_refused_at_the_value() {
        let right = sweep(&grid("10ms,1s", Levels::Scenario));
        for (old, new, says) in [
            ("tardy-sweep/1", "tardy-sweep/9", "`schema` is `tardy-sweep/9`, expected `tardy-sweep/1`"),
            ("10ms", "soon", "`deadline`: `soon` is no duration"),
            ("both", "maybe", "`on_timeout` is `maybe`"),
            ("repeat = 3", "repeat = \"x\"", "expected u32"),
            ("repeat = 3", "repeats = 3", "unknown field `repeats`"),
            ("repeat = 3", "repeat = 3\nrate = \"1/s\"\nconcurrency = \"4\"", "`rate` is said too"),
            ("repeat = 3", "repeat =", ""),
        ] {
            let error = read(Path::new("sweep.toml"), &right.replace(old, new)).unwrap_err();
            let SweepError::Description(invalid) = &error else { panic!("{error:?}") };
            let told = invalid.complaints[0].to_string();
            assert!(told.contains(says), "{says} in {told}");
            assert!(invalid.complaints[0].labels().is_some(), "{told} has a caret");
        }
        let none = read(Path::new("sweep.toml"), &right.replace("repeat = 3", "repeat = 0"));
        assert!(matches!(none, Err(SweepError::Repeats { repeats: 0 })));
    }
}
