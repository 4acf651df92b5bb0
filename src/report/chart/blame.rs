//! Where late tasks were when their deadline passed, as bars.

use super::{Chart, Path, Rule, Shape, X, Y, number};
use crate::headless::place_words;
use crate::report::scale::Scale;
use crate::snapshot::Blame;
use crate::units::{percent, thousands};

/// The most places that have a bar.
const BARS: usize = 7;

/// The chart of a lane; `None` of one that no deadline passed in.
pub(in crate::report) fn blame(id: String, lane: &str, blame: &Blame) -> Option<Chart> {
    let all = number(blame.total());
    let most = blame.places.first().map(|place| number(place.count)).filter(|most| *most > 0.0)?;
    let x = Scale::new((0.0, most), X);
    let height = (Y.0 - Y.1) / 7.0;
    let (mut path, mut rules, mut words) = (Path::default(), Vec::new(), Vec::new());
    for (n, place) in (0u8..).zip(blame.places.iter().take(BARS)) {
        let top = f64::from(n).mul_add(height, Y.1);
        path.rectangle((X.0, top + height * 0.55), (x.at(number(place.count)), top + height * 0.9));
        let words_of = format!("{}  {}", percent(number(place.count) / all), place_words(place));
        rules.push(Rule {
            class: "label",
            x: Some(super::place(X.0)),
            y: Some(super::place(top + height * 0.45)),
            label: words_of.clone(),
            is_before: false,
        });
        words.push(words_of);
    }
    Some(Chart {
        id,
        title: format!("Where they were when it passed, {lane}"),
        desc: format!("Of {} missed deadlines: {}.", thousands(blame.total()), words.join("; ")),
        shapes: vec![Shape::new("late", path)],
        rules,
        ..Chart::default()
    })
}
