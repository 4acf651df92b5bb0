//! Any run comes back, and no bytes are a panic.

use proptest::prelude::*;

use super::*;

/// Made once, for it takes a while.
static FINISHED: LazyLock<Snapshot> = LazyLock::new(fixture::finished);

/// A finished lane of any tasks, gathers and ages.
fn any_lane(ends: &[(usize, u64, bool)], ages: &[u64], closed: bool) -> Snapshot {
    let mut book = Book::new(closed);
    for (n, &(ending, service, dropped)) in (0..).zip(ends) {
        let mut end = fixture::end(n, Ending::ALL[ending], service);
        if closed {
            end.response = end.service;
        }
        if dropped {
            end.asked = None;
        }
        book.fold(&Event::TaskEnded(&end));
        book.fold(&Event::StepEnded { name: "call", service });
        book.fold(&Event::GatherStarted);
        book.fold(&Event::GatherDecided {
            outcome: GatherOutcome::Failed,
            latency: service,
            late: dropped,
            was_overdue: false,
        });
        book.fold(&Event::GatherEnded { slowest: (n % 5) as u32, straggler_gap: service / 7 });
        book.fold(&Event::GatherWasted { after_outcome: service });
        book.fold(&Event::Message { outcome: end.outcome, text: &format!("error {}", n % 40), at: n });
    }
    for &age in ages {
        book.fold(&Event::TaskUnfinished { age });
    }
    let finished = &*FINISHED;
    let spawned = (ends.len() + ages.len()) as u64;
    let lane = LaneView { spawned, overdue: 0, gathers_overdue: 0, book: Arc::new(book), ..finished.lanes[0].clone() };
    // Nothing of it is left but what the timeline has.
    let gone = LaneView {
        spawned: 0,
        overdue: 0,
        gathers_overdue: 0,
        book: Arc::new(Book::new(closed)),
        ..finished.lanes[1].clone()
    };
    let mode = if closed { crate::units::LoadMode::Closed { concurrency: 8 } } else { finished.load.mode };
    let load = LoadView { mode, ..finished.load.clone() };
    Snapshot { lanes: vec![lane, gone], load, overdue: Vec::new(), ..finished.clone() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn every_count_bucket_percentile_and_late_task_comes_back(
        ends in prop::collection::vec((0usize..4, 0u64..7_200_000_000_000, any::<bool>()), 0..120),
        ages in prop::collection::vec(0u64..7_200_000_000_000, 0..20),
        closed in any::<bool>(),
    ) {
        let snapshot = any_lane(&ends, &ages, closed);
        assert_same(&snapshot, &there_and_back(snapshot.clone()));
        // The same within the range of histograms, so that all sums can be compared.
        let short = |&(ending, service, dropped): &(usize, u64, bool)| (ending, service / 3, dropped);
        let ages: Vec<u64> = ages.iter().map(|age| age / 3).collect();
        let snapshot = any_lane(&ends.iter().map(short).collect::<Vec<_>>(), &ages, closed);
        assert_same(&snapshot, &there_and_back(snapshot.clone()));
    }

    #[test]
    fn bytes_that_were_changed_are_refused_or_read_and_never_a_panic(
        name in prop::sample::select(vec!["summary.json", "histogram.csv", "timeline.csv", "heat.csv", "blocks.csv", "block_histogram.csv", "gathers.csv", "failures.csv", "late_tasks.csv", "cancellations.csv", "cancelled_tasks.csv", "scenario.toml"]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(b"0919-,.\"{}[]\n\0aeE ".to_vec())), 1..6),
    ) {
        let scratch = finished_files();
        let path = scratch.path().join(name);
        let mut bytes = fs::read(&path).unwrap();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        fs::write(&path, bytes).unwrap();
        if let Ok(report) = open(scratch.path()) {
            for lane in &report.snapshot.lanes {
                let response = lane.distribution(Metric::Response);
                let asked = report.snapshot.what_if(lane.key).and_then(|what_if| what_if.at(fixture::DEADLINE));
                let _ = (asked, lane.timed_out_rate(), response.mean(), response.quantile(0.99), response.count_above(fixture::DEADLINE));
            }
        }
    }
}
