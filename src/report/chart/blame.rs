//! Where late tasks were when their deadline passed, as bars.

use super::{Chart, Path, Rule, Shape, number, place};
use crate::headless::place_words;
use crate::report::scale::Scale;
use crate::snapshot::Blame;
use crate::units::{percent, thousands};

/// How high a place is: its name and its bar.
const HEIGHT: f64 = 34.0;

/// From the left edge to the right one, as no numbers stand before the bars.
const X: (f64, f64) = (0.0, 526.0);

/// The most places that have a bar.
const BARS: usize = 7;

/// The chart of a lane; `None` of one that no deadline passed in.
pub(in crate::report) fn blame(id: String, lane: &str, blame: &Blame) -> Option<Chart> {
    let all = number(blame.total());
    let most = blame.places.first().map(|place| number(place.count)).filter(|most| *most > 0.0)?;
    let x = Scale::new((0.0, most), X);
    let (mut path, mut rules, mut names) = (Path::default(), Vec::new(), Vec::new());
    for (n, at) in (0u8..).zip(blame.places.iter().take(BARS)) {
        let top = f64::from(n) * HEIGHT;
        path.rectangle((X.0, top + 18.0), (x.at(number(at.count)), top + 28.0));
        let name = format!("{} {}", percent(number(at.count) / all), place_words(at));
        let (left, foot) = (Some(place(X.0)), Some(place(top + 13.0)));
        rules.push(Rule { class: "label", x: left, y: foot, label: name.clone(), is_before: false });
        names.push(name);
    }
    Some(Chart {
        id,
        title: format!("Where they were at the deadline, {lane}"),
        desc: format!("Of {} missed deadlines: {}.", thousands(blame.total()), names.join("; ")),
        height: place(HEIGHT * number(rules.len() as u64)),
        shapes: vec![Shape::new("late", path)],
        rules,
        ..Chart::default()
    })
}
