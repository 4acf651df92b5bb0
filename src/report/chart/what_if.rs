//! The share of the tasks that would have missed a deadline, by deadline.

use std::time::Duration;

use super::{Chart, Key, Path, Rule, Shape, Tick, X, Y};
use crate::report::scale::{Latencies, Scale};
use crate::snapshot::WhatIfAt;
use crate::units::{decades, human, percent};

/// The shares that have a tick, in decades; the last one that is needed stands for all that is less.
const SHARES: [(f64, &str); 5] = [(0.0, "100 %"), (-1.0, "10 %"), (-2.0, "1 %"), (-3.0, "0.1 %"), (-4.0, "0.01 %")];

/// Where answers lie on the chart.
#[derive(Debug)]
pub(in crate::report) struct Places {
    axis: Latencies,
    x: Scale,
    y: Scale,
    /// The smallest share that has a place of its own, in decades.
    least: f64,
    /// Whether there are smaller ones.
    is_cut: bool,
}

impl Places {
    fn new(answers: &[(Duration, WhatIfAt)], own: Option<Duration>) -> Self {
        let axis = Latencies::around(answers.iter().map(|(deadline, _)| *deadline).chain(own));
        let shares = answers.iter().map(|(_, at)| at.missed.share).filter(|share| *share > 0.0);
        let least = shares.map(f64::log10).fold(-1.0, f64::min).floor().max(-4.0);
        let is_cut = answers.iter().any(|(_, at)| at.missed.share < 10f64.powf(least));
        Self { axis, x: Scale::new(axis.ends(), X), y: Scale::new((least, 0.0), Y), least, is_cut }
    }

    /// The ticks of the shares.
    fn ticks(&self) -> Vec<Tick> {
        let on_it = SHARES.iter().filter(|(decades, _)| *decades >= self.least);
        let is_cut = |decades| self.is_cut && decades <= self.least;
        let label = |decades, label: &str| if is_cut(decades) { format!("≤ {label}") } else { label.to_owned() };
        on_it.map(|(decades, name)| Tick::new(self.y.at(*decades), label(*decades, name))).collect()
    }

    /// The place of an answer.
    pub(in crate::report) fn of(&self, deadline: Duration, at: &WhatIfAt) -> (f64, f64) {
        (self.x.at(decades(deadline)), self.share(at.missed.share))
    }

    fn share(&self, share: f64) -> f64 {
        self.y.at(share.max(1e-9).log10())
    }
}

/// The chart over these deadlines, and where each lies; `own` is the lane's.
pub(in crate::report) fn what_if(
    id: String,
    title: String,
    answers: &[(Duration, WhatIfAt)],
    own: Option<Duration>,
) -> (Chart, Places) {
    let places = Places::new(answers, own);
    let (mut curve, mut band) = (Path::default(), Path::default());
    for (deadline, at) in answers {
        let (x, y) = places.of(*deadline, at);
        curve.to(x, y);
        band.to(x, places.share(at.missed.high));
    }
    for (deadline, at) in answers.iter().rev() {
        band.to(places.of(*deadline, at).0, places.share(at.missed.low));
    }
    let chart = Chart {
        id,
        title,
        desc: told(answers),
        ticks_x: places.axis.ticks(&places.x),
        ticks_y: places.ticks(),
        axis_y: "missed".to_owned(),
        shapes: vec![Shape::new("band", band), Shape::new("line lane-0", curve)],
        rules: own.map(|own| Rule::upright("deadline", places.x.at(decades(own)), human(own))).into_iter().collect(),
        legend: vec![Key::new("line lane-0", "missed, if the deadline were that"), Key::new("band", "95 % bounds")],
        is_asked: true,
        ..Chart::default()
    };
    (chart, places)
}

/// A few points of the curve.
fn told(answers: &[(Duration, WhatIfAt)]) -> String {
    let step = (answers.len() / 5).max(1);
    let told = answers
        .iter()
        .step_by(step)
        .map(|(deadline, at)| format!("{} would be missed by {}", human(*deadline), percent(at.missed.share)));
    format!("{}.", told.collect::<Vec<_>>().join(", "))
}
