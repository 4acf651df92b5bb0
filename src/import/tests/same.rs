//! What it is for two runs to be the same.

use super::*;

type Read = (u64, Duration, Duration, Duration, Vec<crate::histogram::Bucket>);

/// What files hold of a histogram exactly.
fn whole(h: &Histogram) -> Read {
    (h.count(), h.min(), h.max(), h.mean(), h.buckets().collect())
}

/// What they hold of one they have only numbers of.
fn numbers(h: &Histogram) -> (u64, Duration, Duration, Duration, [Duration; 4]) {
    (h.count(), h.min(), h.max(), h.mean(), [0.5, 0.9, 0.99, 0.9999].map(|q| h.quantile(q)))
}

fn cells(book: &Book, metric: Metric) -> Vec<(Outcome, Vec<crate::histogram::Bucket>)> {
    book.cells(metric).map(|(outcome, h)| (outcome, h.buckets().collect())).collect()
}

fn sorted(tasks: impl Iterator<Item = LateTask>) -> Vec<LateTask> {
    let mut tasks: Vec<_> = tasks.collect();
    tasks.sort_by_key(|task| (task.at_ns, task.task));
    tasks
}

fn messages(book: &Book) -> Vec<Message> {
    book.messages().rows().to_vec()
}

fn assert_same_lane(lane: &LaneView, again: &LaneView) {
    assert_eq!((lane.key, lane.open), (again.key, again.open));
    let counts = |lane: &LaneView| {
        [lane.spawned, lane.overdue, lane.in_flight(), lane.timed_out(), lane.cancelled_at_deadline(), lane.dropped()]
    };
    assert_eq!(counts(lane), counts(again));
    let (book, read) = (&lane.book, &again.book);
    assert!(Outcome::all().all(|outcome| book.ended(outcome) == read.ended(outcome)));
    for metric in Metric::ALL {
        assert_eq!(cells(book, metric), cells(read, metric), "{metric:?}");
        let [all, all_again] = [book, read].map(|book| book.histogram(metric, |_| true));
        // Censored ages are exact together with those of the unfinished.
        if metric == Metric::Censored {
            continue;
        }
        assert_eq!(whole(&all), whole(&all_again), "{metric:?}");
        for q in [0.0, 0.5, 0.9, 0.99, 0.999, 1.0] {
            assert_eq!(lane.quantile(metric, q), again.quantile(metric, q), "{metric:?} {q}");
        }
    }
    for metric in [Metric::Service, Metric::Response] {
        let [all, all_again] = [lane, again].map(|lane| lane.distribution(metric));
        assert_eq!((all.max(), all.count()), (all_again.max(), all_again.count()));
        // Two means in whole nanoseconds make this one.
        let mean = |d: &crate::snapshot::Distribution| d.mean().map_or(Duration::ZERO, crate::snapshot::Latency::bound);
        assert!(mean(&all).abs_diff(mean(&all_again)) <= Duration::from_nanos(2));
        let beyond = |d: &crate::snapshot::Distribution| d.count_above(fixture::DEADLINE);
        assert_eq!(beyond(&all), beyond(&all_again));
    }
    let steps = |book: &Book| book.steps().iter().map(|s| (s.name.clone(), numbers(&s.service))).collect::<Vec<_>>();
    assert_eq!(steps(book), steps(read));
    assert_eq!(sorted(book.late().latest().cloned()), sorted(read.late().latest().cloned()));
    assert_eq!(sorted(book.late().worst().iter().cloned()), sorted(read.late().worst().iter().cloned()));
    assert_eq!(messages(book), messages(read));
    assert_same_reasons(book, read);
    assert_same_work(lane, again);
    if lane.closed {
        let missed = |lane: &LaneView| lane.survival().longer_than(fixture::DEADLINE).map(|longer| longer.share);
        assert_eq!((lane.survival().tasks(), missed(lane)), (again.survival().tasks(), missed(again)));
    }
    assert_same_gathers(lane, again);
}

fn assert_same_reasons(book: &Book, read: &Book) {
    assert_eq!(book.misses().rows(), read.misses().rows());
    assert_eq!(book.cancels(), read.cancels());
    for lateness in [Lateness::OnTime, Lateness::Late] {
        let spent = |book: &Book| book.steps().iter().map(|step| step.spent_ns(lateness)).collect::<Vec<_>>();
        assert_eq!(spent(book), spent(read));
        let others = |book: &Book| (book.followed(lateness), book.unstarted_ns(lateness));
        assert_eq!(others(book), others(read));
    }
}

/// The time of all tasks is the same, but for what means in whole nanoseconds leave out. That of some of them is made of
/// buckets: off by no more than a thousandth of the time of all, in polls and before them by a hundredth.
fn assert_same_work(lane: &LaneView, again: &LaneView) {
    // Of what is longer than any bucket files have the count alone.
    let longest = [Metric::Service, Metric::Censored].map(|metric| lane.book.histogram(metric, |_| true).max());
    if longest.into_iter().chain(lane.book.unfinished().map(Histogram::max)).any(|max| max > Duration::from_secs(3_600))
    {
        return;
    }
    let [waste, read] = [lane, again].map(LaneView::waste);
    let unfinished = lane.book.unfinished().map_or(Duration::ZERO, Histogram::total);
    let whole = Duration::from_nanos(2 * lane.spawned);
    let start_delay = lane.book.histogram(Metric::StartDelay, |_| true).total();
    let time = (waste.all.time + unfinished) / 1_000 + whole;
    let polled = (waste.all.busy + start_delay) / 100 + whole;
    for (kind, was, is) in [
        ("all", waste.all, read.all),
        ("late", waste.late, read.late),
        ("cancelled", waste.cancelled, read.cancelled),
        ("lost", waste.lost, read.lost),
        ("spoilt", waste.spoilt, read.spoilt),
    ] {
        assert!(was.time.abs_diff(is.time) <= time, "{kind}: {was:?} {is:?}");
        assert!(was.busy.abs_diff(is.busy) <= polled, "{kind}: {was:?} {is:?}");
    }
    assert_eq!((waste.failed_gathers, waste.after_outcome), (read.failed_gathers, read.after_outcome));
    for lateness in [Lateness::OnTime, Lateness::Late] {
        let [was, is] = [lane, again].map(|lane| lane.causes(lateness));
        assert_eq!((was.tasks, was.followed, &was.steps), (is.tasks, is.followed, &is.steps));
        assert!(was.total.abs_diff(is.total) <= time, "{was:?} {is:?}");
        for cause in Cause::ALL {
            // The waiting is what the others leave of the whole.
            assert!(was.of(cause).abs_diff(is.of(cause)) <= time + 2 * polled, "{cause:?}: {was:?} {is:?}");
        }
    }
}

fn assert_same_gathers(lane: &LaneView, again: &LaneView) {
    assert_eq!(lane.gathers_timed_out(), again.gathers_timed_out());
    let (Some(gathers), Some(read)) = (lane.book.gathers(), again.book.gathers()) else {
        assert_eq!(lane.book.gathers().is_some(), again.book.gathers().is_some());
        return;
    };
    let outcomes = GatherOutcome::ALL;
    assert_eq!(outcomes.map(|o| gathers.decided(o)), outcomes.map(|o| read.decided(o)));
    assert_eq!((gathers.started, gathers.wasted_ns, &gathers.slowest), (read.started, read.wasted_ns, &read.slowest));
    let spoilt = |gathers: &crate::ledger::GatherBook| (gathers.spoilt_ns, gathers.spoilt_busy_ns);
    assert_eq!(spoilt(gathers), spoilt(read));
    assert_eq!(whole(&gathers.latency), whole(&read.latency));
    let complete = |book: &crate::ledger::GatherBook| book.complete.buckets().collect::<Vec<_>>();
    assert_eq!(complete(gathers), complete(read));
    assert_eq!(numbers(&gathers.straggler_gap), numbers(&read.straggler_gap));
}

pub(super) fn assert_same(snapshot: &Snapshot, again: &Snapshot) {
    assert_eq!(snapshot.lanes.len(), again.lanes.len());
    snapshot.lanes.iter().zip(&again.lanes).for_each(|(lane, read)| assert_same_lane(lane, read));
    assert_eq!((snapshot.elapsed, snapshot.timed_out_rate()), (again.elapsed, again.timed_out_rate()));
    assert_eq!(snapshot.info.started_at, again.info.started_at);
    assert_eq!((&snapshot.info.scenario, snapshot.info.seed), (&again.info.scenario, again.info.seed));
    let load = |s: &Snapshot| (s.load.due, s.load.spawned, s.load.shed, s.load.queued, numbers(&s.load.arrival_lag));
    assert_eq!(load(snapshot), load(again));
    let overdue = |s: &Snapshot| -> Vec<OverdueTask> { s.overdue.clone() };
    assert_eq!(overdue(snapshot), overdue(again));
    let rows = |s: &Snapshot| {
        let of = |row: &TimelineRow| TimelineRow { p999: None, ..row.clone() };
        s.timeline.rows().iter().map(|row| format!("{:?}", of(row))).collect::<Vec<_>>()
    };
    assert_eq!(rows(snapshot), rows(again));
    assert!(snapshot.blocks.iter().eq(again.blocks.iter()));
    assert_eq!((&snapshot.runtime, snapshot.cost), (&again.runtime, again.cost));
    assert_eq!(snapshot.workload, again.workload);
    let awaits = |s: &Snapshot| (s.awaits.supported, s.awaits.captured, s.awaits.cost, s.awaits.rows.clone());
    assert_eq!(awaits(snapshot), awaits(again));
    let changes = |s: &Snapshot| s.timeline.markers().iter().map(|m| m.what.clone()).collect::<Vec<_>>();
    assert_eq!(changes(snapshot), changes(again));
}
