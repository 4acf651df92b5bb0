//! How many tasks took how long, over time.

use std::collections::BTreeMap;

use super::timeline::Stretches;
use super::{Chart, Key, Path, Shape, Y, number, place};
use crate::report::scale::{Latencies, Scale};
use crate::snapshot::{CELLS_A_DECADE, Heat, HeatCell};
use crate::units::{decades, human};

/// Shades from few to many.
const SHADES: u8 = 6;

/// What a cell holds most of: on time, late, cut off.
const CLASSES: [(&str, &str); 3] =
    [("on-time", "within the deadline"), ("late", "beyond it"), ("censored", "mostly cut off")];

/// The chart; `None` where no latency has a time, as in the files of an early tardy.
pub(in crate::report) fn heatmap(id: String, stretches: &Stretches) -> Option<Chart> {
    let cells = || stretches.rows.iter().flat_map(|row| row.heat.cells());
    let (low, high) = (cells().map(|cell| cell.at).min()?, cells().map(|cell| cell.at).max()?);
    let most = cells().map(|cell| cell.observed + cell.censored).max()?;
    let deadlines = stretches.rows.iter().filter_map(|row| row.lane?.deadline);
    let axis = Latencies::around([Heat::edge(low), Heat::edge(high + 1)].into_iter().chain(deadlines));
    let y = Scale::new(axis.ends(), Y);
    let grid = Grid { most, shades: BTreeMap::new() }.with(stretches);
    // One row of the grid, from its foot on; a column is drawn at its own time.
    let step = (y.at(1.0 + axis.ends().0) - Y.0) / f64::from(CELLS_A_DECADE);
    let foot = Y.0 - axis.ends().0 * f64::from(CELLS_A_DECADE) * step;
    let shapes = grid.shades.into_iter().map(|((class, shade), path)| Shape {
        transform: format!("matrix(1 0 0 {step:.4} 0 {foot:.3})"),
        ..Shape::new(format!("{} shade-{shade}", CLASSES[class].0), path)
    });
    let shapes: Vec<_> = shapes.chain(deadline(stretches, &y)).collect();
    let has = |class: &str| shapes.iter().any(|shape| shape.class.starts_with(class));
    let is_timeless = has("on-time") && !has("line deadline");
    let legend = CLASSES.iter().filter(|(class, _)| has(class));
    let legend = legend.map(|(class, label)| Key::new(*class, if is_timeless { "tasks" } else { *label }));
    let (low, high) = (Heat::edge(low), Heat::edge(high + 1));
    Some(Chart {
        desc: format!("Latencies between {} and {}; the darker, the more tasks.", human(low), human(high)),
        ticks_y: axis.ticks(&y),
        axis_y: "latency".to_owned(),
        legend: legend.collect(),
        shapes,
        ..stretches.chart(id, "Latency over time")
    })
}

/// The cells by class and shade.
#[derive(Debug)]
struct Grid {
    most: u64,
    shades: BTreeMap<(usize, u8), Path>,
}

impl Grid {
    fn with(mut self, stretches: &Stretches) -> Self {
        for row in &stretches.rows {
            let (left, right) = stretches.sides(row);
            let deadline = row.lane.and_then(|lane| lane.deadline);
            let class = |cell: &HeatCell| match deadline {
                _ if cell.censored > cell.observed => 2,
                Some(deadline) if cell.low >= deadline => 1,
                _ => 0,
            };
            let cells: Vec<_> = row.heat.cells().map(|cell| (cell.at, (class(&cell), self.shade(&cell)))).collect();
            // Neighbours of one shade are one rectangle.
            for run in cells.chunk_by(|a, b| a.0 + 1 == b.0 && a.1 == b.1) {
                let Some(((from, shade), (to, _))) = run.first().zip(run.last()) else { continue };
                let path = self.shades.entry(*shade).or_default();
                path.push(format_args!("M{} {from}H{}V{}H{}z", place(left), place(right), to + 1, place(left)));
            }
        }
        self
    }

    /// From few to many by the logarithm, as counts differ by orders of magnitude.
    fn shade(&self, cell: &HeatCell) -> u8 {
        let part = number(cell.observed + cell.censored + 1).ln() / number(self.most + 1).ln();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "zero to six")]
        let shade = (part * f64::from(SHADES)).ceil() as u8;
        shade.clamp(1, SHADES)
    }
}

/// The deadline new tasks had, as a line with steps.
fn deadline(stretches: &Stretches, y: &Scale) -> Option<Shape> {
    let mut path = Path::default();
    let mut before = None;
    for row in &stretches.rows {
        let at = row.lane.and_then(|lane| lane.deadline).map(|deadline| y.at(decades(deadline)));
        if let Some(at) = at {
            let (from, to) = stretches.sides(row);
            if before.is_none() {
                path.from(from, at);
            }
            path.to(from, at);
            path.to(to, at);
        }
        before = at;
    }
    (!path.is_empty()).then(|| Shape::new("line deadline", path))
}
