//! `sweep.csv` and `points.csv`: a row a run, and a row a point.
//!
//! Shares are parts of 1, times whole nanoseconds; `_censored` says that a time is a lower bound, and an empty cell is a
//! value there is none of.

use std::str::FromStr;

use csv::{StringRecord, Writer};

use super::axis::Coordinate;
use super::grid::{Level, Point};
use super::measure::{Measure, Measured, Unit, Value};
use super::point::{Finished, PointResult};
use crate::scenario::Plan;
use crate::units::nanos;

/// The columns of a point.
const POINT: [&str; 4] = ["on_timeout", "deadline_ns", "rate_per_s", "concurrency"];

/// The columns of a run before its measures; the last is why there are none.
const RUN: [&str; 6] = ["repeat", "seed", "spawned", "failed", "balanced", "reason"];

/// The header of `sweep.csv`.
pub(super) fn run_columns() -> Vec<String> {
    let fixed = ["run"].into_iter().chain(POINT).chain(RUN).map(str::to_owned);
    fixed.chain(Measure::ALL.into_iter().flat_map(|measure| columns(measure, measure.column()))).collect()
}

/// A measure's column, and whether it is a bound where it can be one.
fn columns(measure: Measure, name: &str) -> Vec<String> {
    let censored = name.strip_suffix("_ns").filter(|_| measure.unit() == Unit::Time);
    [name.to_owned()].into_iter().chain(censored.map(|name| format!("{name}_censored"))).collect()
}

/// The text of `sweep.csv`.
pub(super) fn runs(finished: &[Finished], base: &Plan) -> Vec<u8> {
    let rows = finished.iter().map(|Finished { visit, measured }| {
        let mut row = vec![visit.name()];
        row.extend(place(&visit.point, base));
        row.extend([visit.repeat.to_string(), visit.seed(base.run.seed).to_string()]);
        let run = measured.as_ref();
        let number = |of: fn(&Measured) -> u64| run.map_or(String::new(), |run| of(run).to_string());
        row.extend([number(|run| run.spawned), number(|run| run.failed)]);
        row.push(run.map_or(String::new(), |run| run.balanced.to_string()));
        row.push(measured.as_ref().err().cloned().unwrap_or_default());
        for measure in Measure::ALL {
            row.extend(cells(measure, run.ok().and_then(|run| run.value(measure))));
        }
        row
    });
    table(&run_columns(), rows)
}

/// The text of `points.csv`.
pub(super) fn points(points: &[PointResult], base: &Plan) -> Vec<u8> {
    let mut header: Vec<String> =
        POINT.into_iter().chain(["runs", "failed_runs", "balanced", "reason"]).map(str::to_owned).collect();
    for measure in Measure::ALL {
        let name = measure.column();
        header.extend(columns(measure, name));
        header.extend(["min", "max"].map(|end| match name.strip_suffix("_ns") {
            Some(name) => format!("{name}_{end}_ns"),
            None => format!("{name}_{end}"),
        }));
    }
    let rows = points.iter().map(|result| {
        let mut row: Vec<String> = place(&result.point, base).into();
        row.extend([result.runs.len().to_string(), result.failures.len().to_string()]);
        row.extend([result.is_balanced().to_string(), result.failures.first().cloned().unwrap_or_default()]);
        for measure in Measure::ALL {
            let spread = result.spread(measure);
            row.extend(cells(measure, spread.map(|spread| spread.median)));
            row.extend(
                [spread.map(|spread| spread.min), spread.map(|spread| spread.max)].map(|end| number(measure, end)),
            );
        }
        row
    });
    table(&header, rows)
}

fn place(point: &Point, base: &Plan) -> [String; 4] {
    let (rate, concurrency) = match point.load(base) {
        None => (String::new(), String::new()),
        Some(Level::Rate(rate)) => (rate.number().to_string(), String::new()),
        Some(Level::Concurrency(number)) => (String::new(), number.to_string()),
    };
    [point.policy.word().to_owned(), nanos(point.deadline).to_string(), rate, concurrency]
}

fn cells(measure: Measure, value: Option<Value>) -> Vec<String> {
    let mut cells = vec![number(measure, value)];
    if measure.unit() == Unit::Time {
        cells.push(value.map_or(String::new(), |value| value.censored.to_string()));
    }
    cells
}

fn number(measure: Measure, value: Option<Value>) -> String {
    value.map_or(String::new(), |value| match measure.unit() {
        Unit::Time => format!("{:.0}", value.number),
        Unit::Share | Unit::PerSecond => value.number.to_string(),
    })
}

fn table(header: &[String], rows: impl Iterator<Item = Vec<String>>) -> Vec<u8> {
    let mut csv = Writer::from_writer(Vec::new());
    let rows = [header.to_vec()].into_iter().chain(rows);
    rows.into_iter()
        .try_for_each(|row| csv.write_record(&row))
        .expect("every row has the header's columns, and memory takes them");
    csv.into_inner().expect("memory takes everything")
}

/// A run of `sweep.csv`: its name, and what it measured or why it did not.
pub(super) type Row = (String, Result<Measured, String>);

/// One row of `sweep.csv` by column.
struct Cells<'a> {
    columns: Vec<String>,
    record: &'a StringRecord,
}

impl Cells<'_> {
    fn text(&self, column: &str) -> Result<&str, String> {
        let at = self.columns.iter().position(|name| name == column);
        at.and_then(|at| self.record.get(at)).ok_or_else(|| format!("there is no `{column}`"))
    }

    fn read<T: FromStr>(&self, column: &str) -> Result<T, String> {
        let text = self.text(column)?;
        text.parse().ok().ok_or_else(|| format!("`{column}` is `{}`", text.escape_debug()))
    }

    fn value(&self, measure: Measure) -> Result<Option<Value>, String> {
        let names = columns(measure, measure.column());
        if self.text(&names[0])?.is_empty() {
            return Ok(None);
        }
        let number: f64 = self.read(&names[0])?;
        if !number.is_finite() || number < 0.0 {
            return Err(format!("`{}` is `{number}`", names[0]));
        }
        let censored = names.get(1).map_or(Ok(false), |name| self.read(name))?;
        Ok(Some(Value { number, censored }))
    }
}

/// Reads one row; an error names the column and its value.
pub(super) fn row(record: &StringRecord) -> Result<Row, String> {
    let cells = Cells { columns: run_columns(), record };
    let (name, reason) = (cells.text("run")?.to_owned(), cells.text("reason")?);
    if !reason.is_empty() {
        return Ok((name, Err(reason.to_owned())));
    }
    let mut values = [None; Measure::ALL.len()];
    for measure in Measure::ALL {
        values[measure as usize] = cells.value(measure)?;
    }
    let measured = Measured::new(cells.read("spawned")?, cells.read("failed")?, cells.read("balanced")?, values);
    Ok((name, Ok(measured)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::outcome::Policy;
    use crate::scenario::Overrides;
    use crate::snapshot::fixture;
    use crate::sweep::Visit;

    fn base() -> Plan {
        Plan::load("pool", &Overrides::default()).unwrap()
    }

    #[test]
    fn what_a_run_measured_survives_its_row() {
        let measured = Measured::of(&fixture::finished(), Duration::from_secs(60));
        for measured in [Ok(measured), Err("no thread, \"sorry\"\n".to_owned())] {
            let point = Point { level: None, policy: Policy::Cancel, deadline: Duration::from_millis(50) };
            let run = Finished { visit: Visit { point, repeat: 2 }, measured };
            let text = runs(std::slice::from_ref(&run), &base());
            let mut reader = csv::Reader::from_reader(&*text);
            assert_eq!(reader.headers().unwrap(), &StringRecord::from(run_columns()));
            let record = reader.records().next().unwrap().unwrap();
            assert_eq!(row(&record).unwrap(), (run.visit.name(), run.measured.clone()));
        }
    }

    #[test]
    fn every_row_of_a_point_has_a_cell_for_every_column() {
        let point = Point { level: None, policy: Policy::Observe, deadline: Duration::from_millis(50) };
        let measured = Measured::of(&fixture::finished(), Duration::from_secs(60));
        let of = |runs, failures| PointResult { point, runs, failures };
        let text = points(&[of(vec![measured.clone(), measured], vec![]), of(vec![], vec!["no".to_owned()])], &base());
        let mut reader = csv::Reader::from_reader(&*text);
        let header = reader.headers().unwrap().clone();
        for column in
            ["missed_share", "missed_share_max", "service_p99_ns", "service_p99_censored", "service_p99_min_ns"]
        {
            assert!(header.iter().any(|name| name == column), "{column} in {header:?}");
        }
        let rows: Vec<StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.iter().map(StringRecord::len).collect::<Vec<_>>(), [header.len(); 2]);
        assert!(rows.iter().all(|row| row[2] == *"260" && row[3].is_empty()), "the load is the scenario's");
    }
}
