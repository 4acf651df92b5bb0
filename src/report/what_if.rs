//! What other deadlines would have meant, each answer worked out beforehand: the script only picks one.

use std::time::Duration;

use serde::Serialize;

use super::chart::{Chart, Places, what_if};
use super::lane::charted;
use super::table::Grid;
use crate::snapshot::{Figure, LaneView, Snapshot, WhatIf, WhatIfAt};
use crate::text::{Part, Table};
use crate::units::{human, nanos, thousands};

/// The shares everybody asks for.
const SHARES: [(f64, &str); 3] = [(0.05, "≤ 5 %"), (0.01, "≤ 1 %"), (0.001, "≤ 0.1 %")];

/// How many deadlines the table has that is there without a script.
const ROWS: usize = 16;

/// One lane, asked about deadlines.
#[derive(Debug)]
pub(super) struct Asked {
    /// Its name among the ids of the page.
    pub(super) id: String,
    pub(super) chart: Chart,
    /// The deadline that is asked about at first, and its answer.
    pub(super) deadline: String,
    pub(super) figures: Vec<Figure>,
    /// Its place among the stops.
    pub(super) start: usize,
    /// The last of them.
    pub(super) last: usize,
    /// All answers, as JSON that cannot end the element it is in.
    pub(super) data: String,
    pub(super) smallest: Grid,
    pub(super) answers: Grid,
    /// Whether another lane comes before it, so that it is folded away.
    pub(super) is_folded: bool,
    pub(super) title: String,
}

/// A deadline the slider stops at.
#[derive(Debug, Serialize)]
struct Stop {
    deadline: String,
    ns: u64,
    x: f64,
    y: f64,
    /// Figure by figure, the number and what is said beside it.
    figures: Vec<[String; 2]>,
}

/// The lanes that have an answer: first those that let their tasks end, the newest first, as on the screen.
pub(super) fn asked(prefix: &str, run: &Snapshot) -> Vec<Asked> {
    let lanes = charted(run);
    let of = |cancels| lanes.iter().rev().filter(move |lane| lane.cancels() == cancels);
    let all: Vec<_> = of(false).chain(of(true)).filter_map(|lane| Some((*lane, run.what_if(lane.key)?))).collect();
    (0..)
        .zip(&all)
        .filter_map(|(n, (lane, what_if))| Asked::of(format!("{prefix}what-if-{n}"), n > 0, lane, what_if))
        .collect()
}

impl Asked {
    fn of(id: String, is_folded: bool, lane: &LaneView, asked: &WhatIf) -> Option<Self> {
        let own = lane.key.deadline;
        let answers: Vec<(Duration, WhatIfAt)> =
            asked.grid(own).into_iter().filter_map(|deadline| Some((deadline, asked.at(deadline)?))).collect();
        let first = own.or_else(|| asked.smallest(0.01).map(|smallest| smallest.at)).unwrap_or_default();
        let start = answers.partition_point(|(deadline, _)| *deadline < first).min(answers.len().checked_sub(1)?);
        let tasks = asked.survival().tasks();
        let title = format!("{}, {} task{}", lane.key, thousands(tasks), if tasks == 1 { "" } else { "s" });
        let (chart, places) = what_if(format!("{id}-chart"), "Missed by deadline".to_owned(), &answers, own);
        let stops: Vec<Stop> = answers.iter().map(|(deadline, at)| stop(*deadline, at, &places)).collect();
        let (deadline, at) = answers.get(start)?;
        Some(Self {
            chart,
            title,
            deadline: human(*deadline),
            figures: at.figures(),
            start,
            last: answers.len() - 1,
            data: json(&stops),
            smallest: smallest(asked),
            answers: table(&answers, own).folded(),
            id,
            is_folded,
        })
    }
}

fn stop(deadline: Duration, at: &WhatIfAt, places: &Places) -> Stop {
    let (x, y) = places.of(deadline, at);
    let tenths = |place: f64| (place * 10.0).round() / 10.0;
    let figures = at.figures().into_iter().map(|Figure { number, beside, .. }| [number, beside]).collect();
    Stop { deadline: human(deadline), ns: nanos(deadline), x: tenths(x), y: tenths(y), figures }
}

/// `stops` as JSON in which nothing is left that a page could take for markup.
fn json(stops: &[Stop]) -> String {
    let text = serde_json::to_string(stops).expect("numbers and texts have a form in JSON");
    text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

/// The smallest deadlines that no more than some share of the tasks would have missed.
fn smallest(asked: &WhatIf) -> Grid {
    let mut table = Table::new("smallest deadline", &["deadline", "95 % bounds"]);
    for (share, label) in SHARES {
        let cells = match (asked.smallest(share), asked.survival().known_until()) {
            (Some(smallest), _) => {
                let low = human(smallest.low);
                let bounds =
                    smallest.high.map_or_else(|| format!("{low} or more"), |high| format!("{low} – {}", human(high)));
                [human(smallest.at), bounds]
            }
            (None, Some(until)) => [format!("> {}", human(until)), "not known".to_owned()],
            (None, None) => ["–".to_owned(), "not known".to_owned()],
        };
        table.row(format!("{label} missed"), cells);
    }
    let beyond = asked
        .survival()
        .known_until()
        .map(|until| format!("nothing is known of longer deadlines than {}", human(until)));
    let notes = ["these latencies imply it; cancelling would have changed the load they came about under".to_owned()];
    Part { table, notes: notes.into_iter().chain(beyond).collect() }.into()
}

/// Some of the answers, the lane's own deadline among them.
fn table(answers: &[(Duration, WhatIfAt)], own: Option<Duration>) -> Grid {
    let labels = answers.first().map_or_else(Vec::new, |(_, at)| at.figures().iter().map(|of| of.label).collect());
    let mut table = Table::new("deadline", &labels);
    let step = answers.len().div_ceil(ROWS).max(1);
    for (n, (deadline, at)) in answers.iter().enumerate() {
        let is_own = own == Some(*deadline);
        if n % step == 0 || is_own {
            let label = if is_own { format!("{} (the lane’s)", human(*deadline)) } else { human(*deadline) };
            table.row(label, at.figures().into_iter().map(|of| of.number));
        }
    }
    table.into()
}
