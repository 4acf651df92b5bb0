//! The latency that each share of the tasks does not exceed, on an axis of nines.

use std::time::Duration;

use super::{Chart, Key, Path, Rule, Shape, Tick, X, Y, number};
use crate::report::scale::{Latencies, Scale};
use crate::snapshot::{Distribution, Latency};
use crate::units::{decades, human};

/// Shares in a decade of nines.
const PER_NINE: f64 = 24.0;

/// How far apart two names have to be.
const ROOM: f64 = 13.0;

/// The last percentile: five nines.
const LAST: f64 = 5.0;

/// The chart of some lanes by their names; `None` before there was a task.
pub(in crate::report) fn spectrum(
    id: String,
    lanes: &[(String, &Distribution)],
    deadlines: &[Duration],
    axis: Latencies,
) -> Option<Chart> {
    let most = lanes.iter().map(|(_, times)| times.count()).max().filter(|&count| count > 0)?;
    let last = number(most).log10().clamp(1.0, LAST);
    let (x, y) = (Scale::new((0.0, last), X), Scale::new(axis.ends(), Y));
    let shapes = lanes.iter().enumerate().flat_map(|(n, (_, times))| lines(n, times, (&x, &y)));
    let percentiles = [("50", 0.5), ("90", 0.9), ("99", 0.99), ("99.9", 0.999), ("99.99", 0.9999)];
    let percentiles = percentiles.into_iter().chain([("99.999", 0.999_99)]);
    let on_it = percentiles.filter(|(_, share)| nines(*share) <= last + 1e-9);
    let is_cut = lanes.iter().any(|(_, times)| times.censored().is_some());
    let bound = is_cut.then(|| Key::new("bound", "at least that"));
    Some(Chart {
        id,
        title: "Latency by percentile".to_owned(),
        desc: lanes.iter().map(|(name, times)| told(name, times)).collect::<Vec<_>>().join(" "),
        ticks_x: on_it.map(|(label, share)| Tick::new(x.at(nines(share)), format!("p{label}"))).collect(),
        ticks_y: axis.ticks(&y),
        axis_y: "latency".to_owned(),
        shapes: shapes.collect(),
        rules: rules(deadlines, &y),
        legend: (0..).zip(lanes).map(|(n, (name, _))| Key::new(format!("lane-{n}"), name)).chain(bound).collect(),
        ..Chart::default()
    })
}

/// A line a deadline; one so near to the one before that its name has no room has none.
fn rules(deadlines: &[Duration], y: &Scale) -> Vec<Rule> {
    let mut named = f64::INFINITY;
    let rule = |&deadline: &Duration| {
        let at = y.at(decades(deadline));
        let has_room = named - at > ROOM;
        if has_room {
            named = at;
        }
        Rule::lying("deadline", at, if has_room { human(deadline) } else { String::new() })
    };
    deadlines.iter().map(rule).collect()
}

fn nines(share: f64) -> f64 {
    -(1.0 - share).log10()
}

/// What is known of a lane as one line, and the lower bounds beyond it as another.
fn lines(n: usize, times: &Distribution, (x, y): (&Scale, &Scale)) -> Vec<Shape> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "one to five nines")]
    let steps = (number(times.count().max(1)).log10().clamp(1.0, LAST) * PER_NINE).ceil() as u32;
    let at: Vec<f64> = (0..=steps).map(|step| f64::from(step) / PER_NINE).collect();
    let shares: Vec<f64> = at.iter().map(|nines| 1.0 - 10f64.powf(-nines)).collect();
    let (mut known, mut bounds, mut end) = (Path::default(), Path::default(), None);
    for (nines, latency) in at.iter().zip(times.quantiles(&shares)) {
        let to = (x.at(*nines), y.at(decades(latency.bound())));
        if matches!(latency, Latency::Exactly(_)) {
            known.to(to.0, to.1);
            end = Some(to);
        } else {
            if let Some((x, y)) = end.take() {
                bounds.to(x, y);
            }
            bounds.to(to.0, to.1);
        }
    }
    let drawn = [(format!("line lane-{n}"), known), (format!("line lane-{n} bound"), bounds)];
    drawn.into_iter().filter(|(_, path)| !path.is_empty()).map(|(class, path)| Shape::new(class, path)).collect()
}

fn told(name: &str, times: &Distribution) -> String {
    let quantiles = [("p50", 0.5), ("p99", 0.99), ("max", 1.0)]
        .map(|(word, share)| times.quantile(share).map_or_else(String::new, |latency| format!("{word} {latency}")));
    format!("{name}: {}.", quantiles.join(", "))
}
