//! The share of the tasks that would have missed a deadline, by deadline.

use std::time::Duration;

use super::{Chart, Key, Path, Rule, Shape, Tick, X, Y};
use crate::report::scale::{Latencies, Scale};
use crate::snapshot::WhatIfAt;
use crate::units::{decades, human, percent};

/// The shares that have a tick; the last is the foot, and stands for all that is less.
const SHARES: [(f64, &str); 5] = [(1.0, "100 %"), (0.1, "10 %"), (0.01, "1 %"), (0.001, "0.1 %"), (0.0001, "≤ 0.01 %")];

/// Where answers lie on the chart.
#[derive(Debug)]
pub(in crate::report) struct Places {
    x: Scale,
    y: Scale,
}

impl Places {
    fn new(axis: Latencies) -> Self {
        Self { x: Scale::new(axis.ends(), X), y: Scale::new((-4.0, 0.0), Y) }
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
    let axis = Latencies::around(answers.iter().map(|(deadline, _)| *deadline));
    let places = Places::new(axis);
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
        ticks_x: axis.ticks(&places.x),
        ticks_y: SHARES.iter().map(|(share, label)| Tick::new(places.share(*share), *label)).collect(),
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
