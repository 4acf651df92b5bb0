//! A chart as plain shapes: what each kind of chart comes to, and what `chart.html` draws.
//!
//! Every chart has the same size and margins, so that two beside each other line up. Meaning is in classes, whose
//! colours and patterns `page.css` has; a name that comes from the run is a text, which the template escapes.

mod blame;
mod heatmap;
mod histogram;
mod spectrum;
mod timeline;
mod what_if;

use std::fmt::Write as _;

pub(super) use blame::blame;
pub(super) use heatmap::heatmap;
pub(super) use histogram::{Times, histogram};
pub(super) use spectrum::spectrum;
pub(super) use timeline::{Stretches, in_flight, rates};
pub(super) use what_if::{Places, what_if};

/// Where the plot begins and ends, in the units of a chart, from the left and from above.
pub(super) const X: (f64, f64) = (66.0, 526.0);
/// Upside down: numbers grow upwards.
pub(super) const Y: (f64, f64) = (222.0, 24.0);

/// How high a chart is, unless it needs less.
const HEIGHT: f64 = 256.0;

/// A chart.
#[derive(Debug)]
pub(super) struct Chart {
    /// Its name among the ids of the page.
    pub(super) id: String,
    /// What it shows.
    pub(super) title: String,
    /// What is to be seen on it, for who does not see it.
    pub(super) desc: String,
    /// How high it is.
    pub(super) height: String,
    /// Along its foot.
    pub(super) ticks_x: Vec<Tick>,
    /// Up its side.
    pub(super) ticks_y: Vec<Tick>,
    /// What the side measures.
    pub(super) axis_y: String,
    /// What is drawn, the first at the back.
    pub(super) shapes: Vec<Shape>,
    /// Lines with a name.
    pub(super) rules: Vec<Rule>,
    /// What each class of shapes means.
    pub(super) legend: Vec<Key>,
    /// Whether a marker can be moved along it.
    pub(super) is_asked: bool,
}

impl Default for Chart {
    fn default() -> Self {
        Self {
            id: String::new(),
            title: String::new(),
            desc: String::new(),
            height: place(HEIGHT),
            ticks_x: Vec::new(),
            ticks_y: Vec::new(),
            axis_y: String::new(),
            shapes: Vec::new(),
            rules: Vec::new(),
            legend: Vec::new(),
            is_asked: false,
        }
    }
}

/// A number on an axis.
#[derive(Debug)]
pub(super) struct Tick {
    /// Where.
    pub(super) at: String,
    /// The number.
    pub(super) label: String,
}

impl Tick {
    pub(super) fn new(at: f64, label: impl Into<String>) -> Self {
        Self { at: place(at), label: label.into() }
    }
}

/// Many areas or lines of one meaning.
#[derive(Debug)]
pub(super) struct Shape {
    /// What they mean.
    pub(super) class: String,
    /// As SVG writes paths.
    pub(super) path: String,
    /// From the units of the path to those of the chart.
    pub(super) transform: String,
}

/// A line across the plot, upright or lying; with both places, a name alone.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) class: &'static str,
    /// From the left, where it is upright.
    pub(super) x: Option<String>,
    /// From above, where it lies.
    pub(super) y: Option<String>,
    pub(super) label: String,
    /// Whether the label stands before it, for want of room behind.
    pub(super) is_before: bool,
}

impl Rule {
    pub(super) fn upright(class: &'static str, at: f64, label: impl Into<String>) -> Self {
        let is_before = at > f64::midpoint(X.0, X.1);
        Self { class, x: Some(place(at)), y: None, label: label.into(), is_before }
    }

    pub(super) fn lying(class: &'static str, at: f64, label: impl Into<String>) -> Self {
        Self { class, x: None, y: Some(place(at)), label: label.into(), is_before: true }
    }
}

/// What a class means.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) class: String,
    pub(super) label: String,
}

impl Key {
    pub(super) fn new(class: impl Into<String>, label: impl Into<String>) -> Self {
        Self { class: class.into(), label: label.into() }
    }

    /// Whether it is a line that means it.
    pub(super) fn is_line(&self) -> bool {
        ["line", "lane-", "bound"].iter().any(|line| self.class.starts_with(line))
    }
}

impl Shape {
    pub(super) fn new(class: impl Into<String>, path: Path) -> Self {
        Self { class: class.into(), path: path.0, transform: String::new() }
    }
}

/// The way a pen goes.
#[derive(Debug, Default)]
pub(super) struct Path(String);

impl Path {
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Draws on to a point, or begins there.
    pub(super) fn to(&mut self, x: f64, y: f64) {
        let pen = if self.0.is_empty() { 'M' } else { 'L' };
        self.push(format_args!("{pen}{} {}", place(x), place(y)));
    }

    /// Begins anew at a point.
    pub(super) fn from(&mut self, x: f64, y: f64) {
        self.push(format_args!("M{} {}", place(x), place(y)));
    }

    /// A rectangle between two corners.
    pub(super) fn rectangle(&mut self, (x, y): (f64, f64), (to_x, to_y): (f64, f64)) {
        self.push(format_args!("M{} {}H{}V{}H{}z", place(x), place(y), place(to_x), place(to_y), place(x)));
    }

    fn push(&mut self, what: std::fmt::Arguments<'_>) {
        self.0.write_fmt(what).expect("a String takes every text");
    }
}

/// A place with one digit behind the point at the most.
pub(super) fn place(at: f64) -> String {
    let text = format!("{at:.1}");
    text.strip_suffix(".0").map_or_else(|| text.clone(), str::to_owned)
}

#[expect(clippy::cast_precision_loss, reason = "a place on a chart needs few digits")]
const fn number(count: u64) -> f64 {
    count as f64
}
