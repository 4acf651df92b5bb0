use super::*;
use crate::figure::{Figure, Reading, Value};
use crate::histogram::{Bucket, Histogram};
use crate::ledger::{Book, Metric};
use crate::outcome::{GatherOutcome, Outcome};
use crate::snapshot::{Counts, Heat, TaskSplit, TimelineRow, fixture};

fn sum(shards: &[Snapshot]) -> Snapshot {
    let shards: Vec<_> = shards.iter().cloned().map(Arc::new).collect();
    Snapshot::sum(RunInfo::clone(&shards[0].info), &shards).unwrap()
}

/// Everything a histogram holds.
fn whole(h: &Histogram) -> (u64, u64, Duration, Duration, u128, Vec<Bucket>) {
    (h.count(), h.above(), h.min(), h.max(), h.total_ns(), h.buckets().collect())
}

/// What the same samples come to when each was taken so many times.
fn times(h: &Histogram, n: u64) -> (u64, u64, Duration, Duration, u128, Vec<Bucket>) {
    let (count, above, min, max, total, buckets) = whole(h);
    let buckets = buckets.into_iter().map(|bucket| Bucket { count: n * bucket.count, ..bucket }).collect();
    (n * count, n * above, min, max, u128::from(n) * total, buckets)
}

fn histograms(book: &Book) -> Vec<&Histogram> {
    let cells = Metric::ALL.into_iter().flat_map(|metric| book.cells(metric).map(|(_, h)| h));
    let gathers = book.gathers().into_iter().flat_map(|of| [&of.latency, &of.complete, &of.straggler_gap]);
    cells.chain(book.unfinished()).chain(book.steps().iter().map(|step| &step.service)).chain(gathers).collect()
}

#[test]
fn a_run_three_times_over_has_three_times_every_count_and_every_bucket() {
    for run in [fixture::finished(), fixture::keeping(), fixture::overload()] {
        let all = sum(&[run.clone(), run.clone(), run.clone()]);
        assert_eq!(all.lanes.len(), run.lanes.len());
        for (lane, one) in all.lanes.iter().zip(&run.lanes) {
            assert_eq!((lane.key, lane.open), (one.key, one.open));
            let counts =
                |lane: &LaneView| [lane.spawned, lane.overdue, lane.timed_out(), lane.in_flight(), lane.dropped()];
            assert_eq!(counts(lane), counts(one).map(|count| 3 * count));
            assert!(Outcome::all().all(|outcome| lane.book.ended(outcome) == 3 * one.book.ended(outcome)));
            let (found, expected) = (histograms(&lane.book), histograms(&one.book));
            assert_eq!(found.len(), expected.len());
            found.iter().zip(expected).for_each(|(found, one)| assert_eq!(whole(found), times(one, 3)));
            let (misses, cancels) = (lane.book.misses(), lane.book.cancels());
            assert_eq!(misses.total(), 3 * one.book.misses().total());
            let asked = |cancels: &crate::ledger::Cancels| cancels.rows().map(|(_, of)| of.asked).sum::<u64>();
            assert_eq!(asked(cancels), 3 * asked(one.book.cancels()));
            let messages = |book: &Book| book.messages().rows().iter().map(|row| row.count).sum::<u64>();
            assert_eq!(messages(&lane.book), 3 * messages(&one.book));
            let decided = |book: &Book| book.gathers().map(|of| of.decided(GatherOutcome::Complete));
            assert_eq!(decided(&lane.book), decided(&one.book).map(|count| 3 * count));
            let survival = |lane: &LaneView| lane.survival().longer_than(fixture::DEADLINE).map(|longer| longer.share);
            let apart = survival(lane).zip(survival(one)).map_or(0.0, |(all, one)| (all - one).abs());
            assert!(!one.closed || apart < 1e-9, "{apart}");
        }
        let load = |run: &Snapshot| [run.load.due, run.load.spawned, run.load.shed, run.load.queued];
        assert_eq!(load(&all), load(&run).map(|count| 3 * count));
        assert_eq!(whole(&all.load.arrival_lag), times(&run.load.arrival_lag, 3));
        assert_eq!((all.timed_out_rate(), all.elapsed, all.loaded), (run.timed_out_rate(), run.elapsed, run.loaded));
        assert_eq!(all.awaits.captured, 3 * run.awaits.captured);
    }
}

#[test]
fn seconds_are_added_to_the_seconds_they_came_with_and_percentiles_lie_between_those_of_the_shards() {
    let run = fixture::finished();
    let slower = fixture::live();
    let all = sum(&[run.clone(), slower.clone(), run.clone()]);
    let rows = |run: &Snapshot| run.timeline.rows().to_vec();
    let (sums, a, b) = (rows(&all), rows(&run), rows(&slower));
    assert_eq!(sums.len(), a.len().max(b.len()));
    for (at, sum) in sums.iter().enumerate() {
        let parts: Vec<&TimelineRow> = [a.get(at), b.get(at), a.get(at)].into_iter().flatten().collect();
        let counts = parts.iter().fold(Counts::default(), |sum, row| sum + row.counts);
        assert_eq!((sum.counts, sum.at), (counts, Duration::from_secs(at as u64)));
        let heat = |row: &TimelineRow| row.heat.cells().map(|cell| cell.observed + cell.censored).sum::<u64>();
        assert_eq!(heat(sum), parts.iter().map(|row| heat(row)).sum::<u64>());
        assert_eq!(sum.heat, Heat::joined(parts.iter().map(|row| &row.heat)));
        for of in [|row: &TimelineRow| row.p50, |row: &TimelineRow| row.p99, |row: &TimelineRow| row.p999] {
            let of_parts = || parts.iter().filter_map(|row| of(row));
            assert!(of(sum) >= of_parts().min() && of(sum) <= of_parts().max());
        }
        assert_eq!(sum.max, parts.iter().filter_map(|row| row.max).max());
    }
    assert!(sums.windows(2).all(|pair| pair[0].at + pair[0].length == pair[1].at));
    assert_eq!(all.timeline.markers(), run.timeline.markers());
}

#[test]
fn rows_that_are_longer_or_come_late_lose_no_count() {
    let row = |at: u64, length: u64, done: u64| TimelineRow {
        at: Duration::from_millis(at),
        length: Duration::from_millis(length),
        counts: Counts { done, ..Counts::default() },
        in_flight: done,
        ..TimelineRow::default()
    };
    let with = |rows: Vec<TimelineRow>| {
        let mut timeline = crate::snapshot::Timeline::default();
        for row in rows {
            timeline.push(row);
        }
        Snapshot { timeline: Arc::new(timeline), ..fixture::empty() }
    };
    let halved = with(vec![row(0, 2_000, 5), row(2_000, 2_050, 7)]);
    let late = with(vec![
        row(0, 1_000, 1),
        row(1_000, 1_400, 1),
        row(2_400, 1_000, 1),
        row(3_400, 1_000, 1),
        row(4_400, 100, 3),
    ]);
    let all = sum(&[late, halved]);
    let found: Vec<_> =
        all.timeline.rows().iter().map(|row| (row.at.as_millis(), row.counts.done, row.in_flight)).collect();
    assert_eq!(found, [(0, 7, 6), (2_000, 9, 8), (4_000, 3, 10)]);
    assert_eq!(all.timeline.rows().last().map(|row| (row.at + row.length).as_millis()), Some(4_500));
    let endless = with(vec![row(0, 1_000, 1), row(1_000, 60_000_000_000, 1)]);
    assert!(sum(&[endless]).timeline.rows().len() <= crate::snapshot::MAX_ROWS);
}

#[test]
fn blocks_of_any_length_are_added_up_in_stretches_that_follow_each_other() {
    let run = fixture::finished();
    let (mut shorter, mut none) = (fixture::finished(), fixture::finished());
    shorter.blocks = Arc::new(run.blocks.iter().take(run.blocks.len() / 2).cloned().collect());
    none.blocks = Arc::default();
    let all = sum(&[run.clone(), shorter.clone(), run.clone()]);
    let counts = |run: &Snapshot| {
        let lanes = run.blocks.iter().flat_map(|block| &block.lanes);
        lanes.fold((Counts::default(), 0), |sum, lane| (sum.0 + lane.counts, sum.1 + lane.observed.count()))
    };
    let ([one, half], sums) = ([&run, &shorter].map(counts), counts(&all));
    assert_eq!(sums, (one.0 + half.0 + one.0, one.1 + half.1 + one.1));
    assert_eq!(all.blocks.len(), run.blocks.len());
    let end = all.blocks.iter().fold(Duration::ZERO, |end, block| {
        assert_eq!(block.at, end);
        block.end()
    });
    assert_eq!(end, run.blocks.iter().last().unwrap().end());
    assert!(sum(&[run, none]).blocks.is_empty());
}

#[test]
fn machines_are_added_up_where_that_means_something_and_quantiles_are_left_out() {
    let mut run = fixture::live();
    let split = TaskSplit { sampled: 3, one_in: 64, idle: Duration::from_secs(1), ..TaskSplit::default() };
    (run.runtime.busy_share, run.runtime.split) = (0.5, Some(split));
    run.cost.memory_bytes = Some(1_000);
    let ms = Duration::from_millis;
    let times = |count| Value::Times { count, p50: ms(1), p99: ms(2), max: ms(3) };
    let figure = |name: &str, value| Figure { name: name.to_owned(), value };
    let reading = |lag: u64, only: u64| Reading {
        figures: vec![figure("opened", Value::Count(2)), figure("lag", times(lag)), figure("only", times(only))],
        remarks: vec!["hello".to_owned()],
        remarked: 1,
    };
    let [mut first, mut second] = [run.clone(), run.clone()];
    (first.workload, second.workload) = (Arc::new(reading(4, 0)), Arc::new(reading(5, 9)));
    second.runtime.busy_share = 1.0;
    let all = sum(&[first, second]);
    assert_eq!(all.runtime.workers.len(), 2 * run.runtime.workers.len());
    assert!((all.runtime.busy_share - 0.75).abs() < 1e-9);
    assert_eq!(all.runtime.split.map(|split| (split.sampled, split.idle)), Some((6, Duration::from_secs(2))));
    assert_eq!((all.runtime.start_delay_p50, all.cost.memory_bytes), (None, Some(2_000)));
    assert_eq!(all.workload.figures, [figure("opened", Value::Count(4)), figure("only", times(9))]);
    assert_eq!(all.workload.remarks, ["hello", "hello", "`lag` is in the shards alone: quantiles do not add up"]);
}

#[test]
fn the_sum_of_nothing_is_none_and_the_books_balance_where_all_do() {
    assert!(Snapshot::sum(RunInfo::clone(&fixture::live().info), &[]).is_none());
    let run = |balanced| Snapshot { balanced, ..fixture::finished() };
    for (shards, balanced) in [
        (vec![run(Some(true)), run(Some(true))], Some(true)),
        (vec![run(Some(true)), run(Some(false))], Some(false)),
        (vec![run(Some(true)), run(None)], None),
    ] {
        assert_eq!(sum(&shards).balanced, balanced);
    }
}
