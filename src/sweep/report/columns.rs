//! The columns of the tables: as many as fit, the most telling ones first.

use super::super::measure::{Measure, Unit};
use super::super::point::PointResult;
use super::Text;
use crate::text::Table;
use crate::units::human;

/// The columns of all tables of a sweep.
#[derive(Debug)]
pub(super) struct Columns {
    shown: Vec<Column>,
    left_out: bool,
}

#[derive(Debug, Clone, Copy)]
struct Column {
    name: &'static str,
    measure: Measure,
    what: What,
    /// The higher, the sooner it is left out.
    rank: u8,
}

#[derive(Debug, Clone, Copy)]
enum What {
    Median,
    Range,
}

impl Columns {
    /// Those that fit into the width of the text.
    pub(super) fn fitting(text: &Text<'_>) -> Self {
        let column = |name, measure, what, rank| Column { name, measure, what, rank };
        let mut shown = vec![
            column("missed", Measure::Missed, What::Median, 0),
            column("min–max", Measure::Missed, What::Range, 4),
            column("goodput", Measure::Goodput, What::Median, 1),
            column("min–max", Measure::Goodput, What::Range, 5),
            column("p50", text.median(), What::Median, 3),
            column("p99", text.tail(), What::Median, 2),
            column("cancelled", Measure::Cancelled, What::Median, 7),
            column("gathers complete", Measure::Complete, What::Median, 6),
            column("wasted", Measure::Wasted, What::Median, 8),
        ];
        let has = |column: &Column| text.points.iter().any(|point| point.spread(column.measure).is_some());
        shown.retain(|column| match column.what {
            What::Range => text.sweep.grid().repeats() > 1,
            What::Median => column.rank < 6 || has(column),
        });
        let mut columns = Self { shown, left_out: false };
        while columns.shown.len() > 1 && columns.width(&text.points) > text.look.width {
            let last = columns.shown.iter().map(|column| column.rank).max();
            columns.shown.retain(|column| Some(column.rank) != last);
            columns.left_out = true;
        }
        columns
    }

    fn width(&self, points: &[PointResult]) -> usize {
        self.table(String::new(), points).to_string().lines().map(|line| line.chars().count()).max().unwrap_or(0)
    }

    /// A row a point, by its deadline.
    pub(super) fn table<'a>(&self, title: String, points: impl IntoIterator<Item = &'a PointResult>) -> Table {
        let names: Vec<&str> = self.shown.iter().map(|column| column.name).collect();
        let mut table = Table::new(title, &names);
        for point in points {
            table.row(human(point.point.deadline), self.shown.iter().map(|column| column.cell(point)));
        }
        table
    }

    /// Where the rest is, when there is one.
    pub(super) const fn left_out(&self) -> &'static str {
        if self.left_out { "; points.csv has more columns" } else { "" }
    }
}

impl Column {
    fn cell(&self, point: &PointResult) -> String {
        let (Some(spread), unit) = (point.spread(self.measure), self.measure.unit()) else { return "–".to_owned() };
        match self.what {
            What::Median => spread.median.shown(unit).to_string(),
            What::Range => format!("{}–{}", bare(spread.min.number, unit), bare(spread.max.number, unit)),
        }
    }
}

/// A number whose unit stands in the column before.
fn bare(number: f64, unit: Unit) -> String {
    let shown = unit.shown(number);
    shown.trim_end_matches(" %").trim_end_matches("/s").to_owned()
}
