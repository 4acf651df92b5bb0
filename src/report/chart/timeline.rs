//! How a run went: rates and what was in flight, over time.

use std::time::Duration;

use super::histogram::short;
use super::{Chart, Key, Path, Rule, Shape, Tick, X, Y, number};
use crate::report::scale::{Scale, round_numbers, times};
use crate::snapshot::{Marker, Snapshot, TimelineRow};
use crate::units::{clock, three_digits};

/// The most stretches of time that are drawn.
const COLUMNS: usize = 180;

/// How many of the changes made along the way have a line.
const MARKERS: usize = 30;

/// A run in as many stretches of time as can be told apart.
#[derive(Debug)]
pub(in crate::report) struct Stretches {
    /// The stretches, oldest first; at least one.
    pub(in crate::report) rows: Vec<TimelineRow>,
    /// Along the foot of a chart, in seconds.
    pub(in crate::report) x: Scale,
    end: Duration,
    markers: Vec<Rule>,
}

impl Stretches {
    /// Those of a run; `None` of one that was over before a second was.
    pub(in crate::report) fn of(run: &Snapshot) -> Option<Self> {
        let all = run.timeline.rows();
        let rows: Vec<_> = all.chunks(all.len().div_ceil(COLUMNS).max(1)).filter_map(TimelineRow::joined).collect();
        let end = rows.last().map(|row| row.at + row.length).filter(|end| !end.is_zero())?;
        let x = Scale::new((0.0, end.as_secs_f64()), X);
        let mark = |(n, marker): (usize, &Marker)| Rule {
            is_before: false,
            ..Rule::upright("marker", x.at(marker.at.as_secs_f64()), n.to_string())
        };
        let markers = (1..).zip(run.timeline.markers()).take(MARKERS).map(mark).collect();
        Some(Self { rows, x, end, markers })
    }

    /// A chart without anything on it yet.
    pub(super) fn chart(&self, id: String, title: &str) -> Chart {
        Chart {
            id,
            title: title.to_owned(),
            ticks_x: times(self.end, &self.x),
            rules: self.markers.clone(),
            ..Chart::default()
        }
    }

    /// The places at which a stretch begins and ends.
    pub(super) fn sides(&self, row: &TimelineRow) -> (f64, f64) {
        (self.x.at(row.at.as_secs_f64()), self.x.at((row.at + row.length).as_secs_f64()))
    }

    /// Some lines, and what they measure.
    fn lines(&self, chart: Chart, unit: &str, lines: &[Line]) -> Chart {
        let most = lines.iter().map(|line| self.most(line)).fold(0.0, f64::max);
        let y = Scale::new((0.0, if most > 0.0 { most * 1.05 } else { 1.0 }), Y);
        let seen = || lines.iter().filter(|line| self.most(line) > 0.0);
        let told = seen().map(|line| format!("{} up to {}{unit}", line.name, three_digits(self.most(line))));
        let told = told.collect::<Vec<_>>().join(", ");
        let tick = |n: &f64| Tick::new(y.at(*n), format!("{}{unit}", short(*n)));
        Chart {
            desc: format!("Over {}: {}.", clock(self.end), if told.is_empty() { "nothing" } else { &told }),
            ticks_y: round_numbers(most, 4.0).iter().map(tick).collect(),
            shapes: seen().map(|line| self.drawn(line, &y)).collect(),
            legend: seen().map(|line| Key::new(format!("line {}", line.class), line.name)).collect(),
            ..chart
        }
    }

    fn most(&self, line: &Line) -> f64 {
        self.rows.iter().map(line.of).fold(0.0, f64::max)
    }

    /// A step a stretch.
    fn drawn(&self, line: &Line, y: &Scale) -> Shape {
        let mut path = Path::default();
        for row in &self.rows {
            let ((from, to), at) = (self.sides(row), y.at((line.of)(row)));
            path.to(from, at);
            path.to(to, at);
        }
        Shape::new(format!("line {}", line.class), path)
    }
}

/// A number a stretch.
struct Line {
    class: &'static str,
    name: &'static str,
    of: fn(&TimelineRow) -> f64,
}

/// What ended and was missed a second.
pub(in crate::report) fn rates(id: String, of: &Stretches) -> Chart {
    let lines = [
        Line { class: "done", name: "done", of: |row| row.per_second(row.counts.done) },
        Line { class: "missed", name: "missed their deadline", of: |row| row.per_second(row.counts.missed) },
        Line { class: "cancelled", name: "cancelled", of: |row| row.per_second(row.counts.cancelled) },
        Line {
            class: "failed",
            name: "failed or panicked",
            of: |row| row.per_second(row.counts.failed + row.counts.panicked),
        },
    ];
    of.lines(Chart { axis_y: "tasks a second".to_owned(), ..of.chart(id, "Rates") }, "/s", &lines)
}

/// What was in flight, and what of it was overdue.
pub(in crate::report) fn in_flight(id: String, of: &Stretches) -> Chart {
    let lines = [
        Line { class: "done", name: "in flight", of: |row| number(row.in_flight) },
        Line { class: "missed", name: "of those overdue", of: |row| number(row.overdue) },
    ];
    of.lines(Chart { axis_y: "tasks".to_owned(), ..of.chart(id, "In flight") }, "", &lines)
}
