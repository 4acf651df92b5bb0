//! One sentence on what to make of the points at one load.

use std::time::Duration;

use super::super::measure::Measure;
use super::super::point::PointResult;
use crate::units::{Rate, human, percent};

/// The share of missed deadlines that is few.
const FEW: f64 = 0.01;

/// Where goodput is highest, and the shortest deadline that few miss; points by policy and ascending deadline.
pub(super) fn advice(points: &[&PointResult]) -> String {
    let Some((best, goodput)) = best(points) else { return "nothing was measured here".to_owned() };
    let goodput = Rate::per_second(goodput).map_or_else(String::new, |rate| format!(", {rate},"));
    let highest = format!("goodput is highest{goodput} with {}", alike(points, best, Measure::Goodput));
    let highest = match (as_good(points, best), edge(points, best)) {
        (Some(shortest), _) => {
            format!("{highest}, and within the spread of the runs as high with {}", place(shortest))
        }
        (None, Some(beyond)) => format!("{highest}, at the edge of the grid: widen it to {beyond} ones"),
        (None, None) => highest,
    };
    let few = |point: &&&PointResult| point.median(Measure::Missed).is_some_and(|missed| missed <= FEW);
    let shortest = points.iter().filter(few).min_by_key(|point| point.point.deadline);
    match shortest {
        Some(point) => {
            let place = alike(points, point, Measure::Missed);
            format!("{highest}; the shortest deadline that at most {} miss is {place}", percent(FEW))
        }
        None => format!("{highest}; every deadline is missed by more than {}", percent(FEW)),
    }
}

/// The highest goodput; of equal ones the one with the shortest deadline.
fn best<'a>(points: &[&'a PointResult]) -> Option<(&'a PointResult, f64)> {
    let with_goodput = points.iter().filter_map(|point| Some((*point, point.median(Measure::Goodput)?)));
    with_goodput.min_by(|(a, x), (b, y)| y.total_cmp(x).then(a.point.deadline.cmp(&b.point.deadline)))
}

/// The point with the shortest deadline whose runs reach into the best one's, when that is another deadline.
fn as_good<'a>(points: &[&'a PointResult], best: &PointResult) -> Option<&'a PointResult> {
    let least = best.spread(Measure::Goodput)?.min.number;
    let reaches =
        |point: &&&PointResult| point.spread(Measure::Goodput).is_some_and(|spread| spread.max.number >= least);
    let shortest = points.iter().filter(reaches).min_by_key(|point| point.point.deadline)?;
    let deadline = |point: &PointResult| -> Duration { point.point.deadline };
    (deadline(shortest) < deadline(best)).then_some(*shortest)
}

/// Which deadlines are not known of, where the best one is the first or the last of several.
fn edge(points: &[&PointResult], best: &PointResult) -> Option<&'static str> {
    let deadlines = || points.iter().map(|point| point.point.deadline);
    let (shortest, longest, at) = (deadlines().min()?, deadlines().max()?, best.point.deadline);
    match () {
        () if shortest == longest => None,
        () if at == longest => Some("longer"),
        () if at == shortest => Some("shorter"),
        () => None,
    }
}

/// A point, under both policies where the other one's runs reach into its own.
fn alike(points: &[&PointResult], point: &PointResult, measure: Measure) -> String {
    let range = |point: &PointResult| point.spread(measure).map(|spread| (spread.min.number, spread.max.number));
    let is_other = |other: &&&PointResult| {
        other.point.deadline == point.point.deadline && other.point.policy != point.point.policy
    };
    let meets = |other: &PointResult| {
        range(other).zip(range(point)).is_some_and(|((low, high), (least, most))| low <= most && least <= high)
    };
    match points.iter().find(is_other) {
        Some(other) if meets(other) => format!("{} under either policy", human(point.point.deadline)),
        _ => place(point),
    }
}

fn place(point: &PointResult) -> String {
    format!("{} under {}", human(point.point.deadline), point.point.policy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Policy;
    use crate::sweep::{Measured, Point, Value};

    /// A point whose runs had these missed shares and goodputs.
    fn point(policy: Policy, deadline_ms: u64, runs: &[(f64, f64)]) -> PointResult {
        let run = |&(missed, goodput): &(f64, f64)| {
            let mut values = [None; Measure::ALL.len()];
            for (measure, number) in [(Measure::Missed, missed), (Measure::Goodput, goodput)] {
                values[measure as usize] = Some(Value { number, censored: false });
            }
            Measured::new(1, 0, true, values)
        };
        let point = Point { level: None, policy, deadline: Duration::from_millis(deadline_ms) };
        PointResult { point, runs: runs.iter().map(run).collect(), failures: Vec::new() }
    }

    #[test]
    fn the_sentence_names_the_best_point_and_the_shortest_deadline_few_miss() {
        let all = [
            point(Policy::Cancel, 10, &[(0.5, 100.0)]),
            point(Policy::Cancel, 100, &[(0.02, 300.0)]),
            point(Policy::Observe, 100, &[(0.2, 250.0)]),
            point(Policy::Observe, 1000, &[(0.0, 290.0)]),
            point(Policy::Observe, 2000, &[]),
        ];
        let all: Vec<&PointResult> = all.iter().collect();
        let said = advice(&all);
        assert_eq!(
            said,
            "goodput is highest, 300/s, with 100 ms under cancel; \
             the shortest deadline that at most 1.00 % miss is 1.00 s under observe"
        );
        assert_eq!(
            advice(&all[..3]),
            "goodput is highest, 300/s, with 100 ms under cancel, at the edge of the grid: widen it to longer ones; \
             every deadline is missed by more than 1.00 %"
        );
        assert_eq!(advice(&all[4..]), "nothing was measured here");
    }

    #[test]
    fn a_best_that_is_only_noise_names_the_shortest_that_is_as_good() {
        let all = [
            point(Policy::Cancel, 10, &[(0.5, 100.0), (0.5, 101.0)]),
            point(Policy::Cancel, 50, &[(0.0, 297.0), (0.0, 300.0)]),
            point(Policy::Cancel, 100, &[(0.0, 299.0), (0.0, 301.0)]),
        ];
        let said = advice(&all.iter().collect::<Vec<_>>());
        assert!(
            said.contains("with 100 ms under cancel, and within the spread of the runs as high with 50.0 ms"),
            "{said}"
        );
    }

    #[test]
    fn of_equal_points_the_shortest_deadline_is_named() {
        let all = [point(Policy::Observe, 100, &[(0.0, 300.0)]), point(Policy::Cancel, 50, &[(0.0, 300.0)])];
        let said = advice(&all.iter().collect::<Vec<_>>());
        assert!(said.starts_with("goodput is highest, 300/s, with 50.0 ms under cancel, at the edge"), "{said}");
    }

    #[test]
    fn policies_that_are_as_good_are_both_named() {
        let all = [
            point(Policy::Cancel, 50, &[(0.0, 297.0), (0.0, 300.0)]),
            point(Policy::Observe, 50, &[(0.0, 299.0), (0.0, 299.0)]),
        ];
        let said = advice(&all.iter().collect::<Vec<_>>());
        assert_eq!(
            said,
            "goodput is highest, 299/s, with 50.0 ms under either policy; \
             the shortest deadline that at most 1.00 % miss is 50.0 ms under either policy"
        );
    }
}
