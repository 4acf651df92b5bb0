//! How many tasks took how long.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Chart, Key, Path, Rule, Shape, Tick, X, Y, number};
use crate::histogram::{Bucket, Histogram};
use crate::report::scale::{Latencies, Scale, round_numbers};
use crate::units::{decades, human, latency, percent, thousands};

/// Bars in a decade.
const PER_DECADE: f64 = 30.0;

/// What is counted.
#[derive(Debug, Clone, Copy)]
pub(in crate::report) struct Times<'a> {
    /// What is known.
    pub(in crate::report) observed: &'a Histogram,
    /// What is known to take longer than that.
    pub(in crate::report) censored: Option<&'a Histogram>,
    /// Where it is late from.
    pub(in crate::report) deadline: Option<Duration>,
}

/// On time, late, cut off: as they stand on each other.
type Bar = [u64; 3];
const CLASSES: [(&str, &str); 3] =
    [("on-time", "within the deadline"), ("late", "beyond it"), ("censored", "cut off: would have taken longer")];

impl Times<'_> {
    /// The buckets of both, with their class.
    fn buckets(&self) -> impl Iterator<Item = (Bucket, usize)> {
        let is_late = |bucket: &Bucket| self.deadline.is_some_and(|deadline| bucket.low > deadline);
        let observed = self.observed.buckets().map(move |bucket| (bucket, usize::from(is_late(&bucket))));
        observed.chain(self.censored.into_iter().flat_map(Histogram::buckets).map(|bucket| (bucket, 2)))
    }

    fn bars(&self) -> BTreeMap<i32, Bar> {
        let mut bars = BTreeMap::<i32, Bar>::new();
        for (bucket, class) in self.buckets() {
            #[expect(clippy::cast_possible_truncation, reason = "latencies have 14 decades at most")]
            let at = (decades(bucket.low) * PER_DECADE + 1e-9).floor() as i32;
            bars.entry(at).or_default()[class] += bucket.count;
        }
        bars
    }

    fn desc(&self) -> String {
        let counts = self.buckets().fold([0; 3], |mut counts: Bar, (bucket, class)| {
            counts[class] += bucket.count;
            counts
        });
        let all: u64 = counts.iter().sum();
        let told = counts.iter().zip(CLASSES).filter(|(count, _)| **count > 0);
        let told = told.map(|(&count, (_, word))| format!("{} {word}", percent(number(count) / number(all))));
        let told = told.collect::<Vec<_>>().join(", ");
        let most = self.bars().into_iter().max_by_key(|(_, bar)| bar.iter().sum::<u64>());
        let most = most.map_or_else(String::new, |(at, _)| {
            format!("; most often about {}", human(latency((f64::from(at) + 0.5) / PER_DECADE)))
        });
        format!("{} in all: {told}{most}.", thousands(all))
    }
}

/// The chart; `None` where nothing was counted. `axis` is the same for all that are compared.
pub(in crate::report) fn histogram(id: String, title: String, times: Times<'_>, axis: Latencies) -> Option<Chart> {
    let bars = times.bars();
    let most = bars.values().map(|bar| bar.iter().sum::<u64>()).max()?;
    let (x, y) = (Scale::new(axis.ends(), X), Scale::new((0.0, number(most).sqrt()), Y));
    let mut paths = CLASSES.map(|_| Path::default());
    for (&at, bar) in &bars {
        let sides = (x.at(f64::from(at) / PER_DECADE), x.at(f64::from(at + 1) / PER_DECADE));
        let mut below = 0;
        for (&count, path) in bar.iter().zip(&mut paths).filter(|(count, _)| **count > 0) {
            let (foot, top) = (y.at(number(below).sqrt()), y.at(number(below + count).sqrt()));
            // What is there is never drawn as nothing.
            path.rectangle((sides.0, foot), (sides.1, if below == 0 { top.min(foot - 1.0) } else { top }));
            below += count;
        }
    }
    let seen = |class: usize| bars.values().any(|bar| bar[class] > 0);
    let word = |class: usize, word| if times.deadline.is_none() && class == 0 { "tasks" } else { word };
    let legend = (0..).zip(CLASSES).filter(|(n, _)| seen(*n));
    let legend = legend.map(|(n, (class, label))| Key::new(class, word(n, label))).collect();
    let shapes = CLASSES.iter().zip(paths).filter(|(_, path)| !path.is_empty());
    let count = |n: &f64| Tick::new(y.at(n.sqrt()), short(*n));
    Some(Chart {
        id,
        title,
        desc: times.desc(),
        ticks_x: axis.ticks(&x),
        ticks_y: square_numbers(number(most)).iter().map(count).collect(),
        axis_y: "how many, on a square-root scale".to_owned(),
        shapes: shapes.map(|((class, _), path)| Shape::new(*class, path)).collect(),
        rules: times.deadline.map(|at| Rule::upright("deadline", x.at(decades(at)), human(at))).into_iter().collect(),
        legend,
        ..Chart::default()
    })
}

/// Round numbers at about the same distances under a square root.
fn square_numbers(most: f64) -> Vec<f64> {
    let large = round_numbers(most, 3.0);
    let step = large.get(1).copied().unwrap_or(1.0);
    let small = [step / 10.0, step / 2.0];
    large.into_iter().chain(small).filter(|n| n.fract() == 0.0 && *n <= most).collect()
}

/// A count in few characters.
pub(super) fn short(count: f64) -> String {
    match count {
        c if c >= 1e6 => format!("{} M", super::place(c / 1e6)),
        c if c >= 1e4 => format!("{} k", super::place(c / 1e3)),
        c if c >= 1e3 => format!("{},{:03}", (c / 1e3).floor(), c % 1e3),
        c => super::place(c),
    }
}
