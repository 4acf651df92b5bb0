//! `histogram.csv`: every bucket that holds a sample.
//!
//! A block is one lane × metric × (ending, late), its buckets in order of latency; `cumulative` and
//! `quantile` run within the block and end at its count and at 1. Where the books do not tell late from
//! on time, for unfinished tasks and gathers, `late` is empty; a gather's ending is `all`, and those that were
//! complete have a block of their own besides.

use std::io::{self, Write};

use serde::Serialize;

use super::table::{self, LaneColumns};
use crate::histogram::Histogram;
use crate::ledger::Metric;
use crate::snapshot::{LaneView, Snapshot};
use crate::units;

/// The header.
pub(crate) const COLUMNS: [&str; 10] =
    ["on_timeout", "deadline_ns", "metric", "ending", "late", "low_ns", "high_ns", "count", "cumulative", "quantile"];

#[derive(Debug, Serialize)]
struct Row {
    lane: LaneColumns,
    block: BlockColumns,
    low_ns: u64,
    high_ns: u64,
    count: u64,
    cumulative: u64,
    quantile: f64,
}

#[derive(Debug, Clone, Copy, Serialize)]
struct BlockColumns {
    metric: &'static str,
    ending: &'static str,
    late: Option<bool>,
}

/// Writes the table.
pub(super) fn write(snapshot: &Snapshot, out: &mut dyn Write) -> io::Result<()> {
    let rows = snapshot.lanes.iter().flat_map(|lane| {
        let columns = LaneColumns::from(lane.key);
        blocks(lane).flat_map(move |(block, samples)| rows(columns, block, samples))
    });
    table::write(&COLUMNS, rows, out)
}

fn blocks(lane: &LaneView) -> impl Iterator<Item = (BlockColumns, &Histogram)> {
    let ended = Metric::ALL.into_iter().flat_map(|metric| {
        lane.book.cells(metric).map(move |(outcome, samples)| {
            let ending = outcome.ending.word();
            (BlockColumns { metric: metric.word(), ending, late: Some(outcome.is_late()) }, samples)
        })
    });
    let unfinished = lane
        .book
        .unfinished()
        .map(|ages| (BlockColumns { metric: Metric::Censored.word(), ending: "unfinished", late: None }, ages));
    let gathers = lane.book.gathers().into_iter().flat_map(|gathers| {
        [("all", &gathers.latency), ("complete", &gathers.complete)]
            .map(|(ending, samples)| (BlockColumns { metric: "gather", ending, late: None }, samples))
    });
    ended.chain(unfinished).chain(gathers)
}

fn rows(lane: LaneColumns, block: BlockColumns, samples: &Histogram) -> impl Iterator<Item = Row> {
    let all = samples.count();
    samples.buckets().scan(0, move |cumulative, bucket| {
        *cumulative += bucket.count;
        #[expect(clippy::cast_precision_loss, reason = "2^53 tasks are out of reach")]
        let quantile = *cumulative as f64 / all as f64;
        Some(Row {
            lane,
            block,
            low_ns: units::nanos(bucket.low),
            high_ns: units::nanos(bucket.high),
            count: bucket.count,
            cumulative: *cumulative,
            quantile,
        })
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::super::table::tests::{Row, exported, number};
    use super::*;
    use crate::ledger::{Book, Event};
    use crate::outcome::{Ending, GatherOutcome};
    use crate::snapshot::fixture;

    fn blocks_of(rows: &[Row]) -> BTreeMap<[&str; 5], Vec<&Row>> {
        let mut blocks: BTreeMap<_, Vec<&Row>> = BTreeMap::new();
        for row in rows {
            let key = ["on_timeout", "deadline_ns", "metric", "ending", "late"].map(|column| row[column].as_str());
            blocks.entry(key).or_default().push(row);
        }
        blocks
    }

    #[test]
    fn the_header_is_the_one_that_was_promised() {
        let mut out = Vec::new();
        write(&fixture::empty(), &mut out).unwrap();
        let header = "on_timeout,deadline_ns,metric,ending,late,low_ns,high_ns,count,cumulative,quantile\n";
        assert_eq!(String::from_utf8(out).unwrap(), header);
    }

    #[test]
    fn counts_add_up_to_the_lanes_counts_for_every_metric_and_ending() {
        for snapshot in [fixture::live(), fixture::overload(), fixture::finished()] {
            let rows = exported(write, &snapshot);
            for lane in &snapshot.lanes {
                let sum = |metric: &str, ending: &str, late: &str| {
                    rows.iter()
                        .filter(|row| row["on_timeout"] == lane.key.policy.word() && row["metric"] == metric)
                        .filter(|row| row["ending"] == ending && (late.is_empty() || row["late"] == late))
                        .map(|row| number(row, "count"))
                        .sum::<u64>()
                };
                let own = [("done", lane.done()), ("failed", lane.failed()), ("panicked", lane.panicked())];
                for (ending, count) in own {
                    for metric in ["service", "response", "start_delay", "busy"] {
                        assert_eq!(sum(metric, ending, ""), count, "{metric} {ending}");
                    }
                    assert_eq!(sum("overrun", ending, ""), sum("service", ending, "true"), "overrun {ending}");
                    assert_eq!(sum("censored", ending, ""), 0);
                }
                assert_eq!(sum("service", "cancelled", ""), 0);
                assert_eq!(sum("censored", "cancelled", ""), lane.cancelled());
                assert_eq!(sum("cancel_lag", "cancelled", ""), lane.cancelled());
                assert_eq!(sum("censored", "unfinished", ""), lane.unfinished());
                let gathers = lane.book.gathers().unwrap();
                assert_eq!(sum("gather", "all", ""), gathers.started - gathers.open());
                assert_eq!(sum("gather", "complete", ""), gathers.decided(GatherOutcome::Complete));
            }
        }
    }

    #[test]
    fn a_block_rises_to_its_count_and_to_one() {
        let rows = exported(write, &fixture::finished());
        for (block, rows) in blocks_of(&rows) {
            let count: u64 = rows.iter().map(|row| number(row, "count")).sum();
            let mut seen = (0, 0, 0.0);
            for row in &rows {
                let quantile: f64 = row["quantile"].parse().unwrap();
                let (low, high) = (number(row, "low_ns"), number(row, "high_ns"));
                assert_eq!(number(row, "cumulative"), seen.1 + number(row, "count"), "{block:?}");
                assert!(low <= high && low >= seen.0 && quantile > seen.2, "{block:?}: {row:?}");
                seen = (high, number(row, "cumulative"), quantile);
            }
            assert_eq!((seen.1, seen.2), (count, 1.0), "{block:?}");
        }
    }

    #[test]
    fn every_row_belongs_to_one_contiguous_block() {
        let rows = exported(write, &fixture::finished());
        let key = |row: &Row| ["on_timeout", "metric", "ending", "late"].map(|column| row[column].clone());
        let changes = rows.windows(2).filter(|pair| key(&pair[0]) != key(&pair[1])).count();
        assert_eq!(changes + 1, blocks_of(&rows).len());
    }

    #[test]
    fn a_lane_without_a_deadline_has_an_empty_one() {
        let mut snapshot = fixture::finished();
        snapshot.lanes[0].key.deadline = None;
        assert!(
            exported(write, &snapshot)
                .iter()
                .filter(|row| row["on_timeout"] == "observe")
                .all(|row| row["deadline_ns"].is_empty())
        );
    }

    fn any_lane(ends: &[(usize, u64)], ages: &[u64]) -> Snapshot {
        let mut book = Book::new(false);
        for (n, &(ending, service)) in (0..).zip(ends) {
            book.fold(&Event::TaskEnded(&fixture::end(n, Ending::ALL[ending], service)));
        }
        for &age in ages {
            book.fold(&Event::TaskUnfinished { age });
        }
        let spawned = (ends.len() + ages.len()) as u64;
        let lane = LaneView { spawned, book: Arc::new(book), ..fixture::finished().lanes[1].clone() };
        Snapshot { lanes: vec![lane], ..fixture::finished() }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Two hours at most: what lies above the range of the buckets has a row too.
        #[test]
        fn every_task_has_a_sample_whatever_its_end_and_length(
            ends in prop::collection::vec((0usize..4, 0u64..7_200_000_000_000), 0..60),
            ages in prop::collection::vec(0u64..7_200_000_000_000, 0..20),
        ) {
            let rows = exported(write, &any_lane(&ends, &ages));
            let sum = |metric: &str| {
                rows.iter().filter(|row| row["metric"] == metric).map(|row| number(row, "count")).sum::<u64>()
            };
            prop_assert_eq!(sum("service") + sum("censored"), (ends.len() + ages.len()) as u64);
            prop_assert_eq!(sum("response") + sum("cancel_lag"), ends.len() as u64);
            for rows in blocks_of(&rows).values() {
                prop_assert!(rows.iter().all(|row| number(row, "low_ns") <= number(row, "high_ns")));
                prop_assert_eq!(rows.last().map(|row| &*row["quantile"]), Some("1.0"));
            }
        }
    }
}
