//! Books of shards added up in any order.

use proptest::prelude::*;

use crate::ledger::{Book, Event, Metric, TaskEnd};
use crate::outcome::{CancelReason, Ending, GatherOutcome, Lateness, Outcome};

/// Something a shard records; owned, so that it can be generated.
#[derive(Debug, Clone)]
enum Said {
    Ended { outcome: Outcome, service: u64, was_overdue: bool },
    Unfinished(u64),
    Message { ending: Ending, text: u8 },
    Step { name: u8, service: u64 },
    GatherStarted,
    GatherDecided { outcome: GatherOutcome, latency: u64 },
    GatherWasted(u64),
    GatherEnded { slowest: u32, gap: u64 },
}

fn said() -> impl Strategy<Value = Said> {
    use GatherOutcome::{Cancelled, Complete, Failed, Partial};
    let outcome = prop::sample::select(Outcome::all().collect::<Vec<_>>());
    let ns = 1u64..10_000_000_000;
    prop_oneof![
        8 => (outcome, ns.clone(), any::<bool>())
            .prop_map(|(outcome, service, was_overdue)| Said::Ended { outcome, service, was_overdue }),
        1 => ns.clone().prop_map(Said::Unfinished),
        1 => (prop::sample::select(&Ending::ALL[..]), 0u8..5).prop_map(|(ending, text)| Said::Message { ending, text }),
        1 => (0u8..5, ns.clone()).prop_map(|(name, service)| Said::Step { name, service }),
        1 => Just(Said::GatherStarted),
        1 => (prop::sample::select(vec![Complete, Partial, Failed, Cancelled]), ns.clone())
            .prop_map(|(outcome, latency)| Said::GatherDecided { outcome, latency }),
        1 => ns.clone().prop_map(Said::GatherWasted),
        1 => (0u32..6, ns).prop_map(|(slowest, gap)| Said::GatherEnded { slowest, gap }),
    ]
}

fn fold(book: &mut Book, number: u64, said: &Said) {
    let text = |n: u8| format!("text {n}");
    match *said {
        Said::Ended { outcome, service, was_overdue } => {
            let cancelled = outcome.ending == Ending::Cancelled;
            book.fold(&Event::TaskEnded(&TaskEnd {
                outcome,
                asked: cancelled.then_some(CancelReason::Deadline),
                task: number,
                at: number,
                service,
                response: service + 5,
                start_delay: (service % 3 > 0).then_some(service / 7),
                busy: service / 2,
                polls: 2,
                overrun: if outcome.is_late() { service } else { 0 },
                cancel_lag: cancelled.then_some(service / 9),
                was_overdue,
                step: None,
            }));
        }
        Said::Unfinished(age) => book.fold(&Event::TaskUnfinished { age }),
        Said::Message { ending, text: n } => {
            let outcome = Outcome { ending, lateness: Lateness::OnTime };
            book.fold(&Event::Message { outcome, text: &text(n), at: number });
        }
        Said::Step { name, service } => book.fold(&Event::StepEnded { name: &text(name), service }),
        Said::GatherStarted => book.fold(&Event::GatherStarted),
        Said::GatherDecided { outcome, latency } => {
            book.fold(&Event::GatherDecided { outcome, latency, late: latency % 2 == 0, was_overdue: false });
        }
        Said::GatherWasted(after_outcome) => book.fold(&Event::GatherWasted { after_outcome }),
        Said::GatherEnded { slowest, gap } => book.fold(&Event::GatherEnded { slowest, straggler_gap: gap }),
    }
}

/// Everything a book says, in an order that does not depend on how it came about.
fn read(book: &Book) -> String {
    let histogram =
        |h: &crate::histogram::Histogram| format!("{:?} {:?} {:?}", h.min(), h.max(), h.buckets().collect::<Vec<_>>());
    let mut lines = vec![
        format!("{:?}", Outcome::all().map(|outcome| book.ended(outcome)).collect::<Vec<_>>()),
        format!("{} {}", book.cancelled_at_deadline(), book.ended_overdue()),
        format!("{:?}", book.unfinished().map(histogram)),
        format!("{:?}", book.late().latest().map(|task| task.task).collect::<Vec<_>>()),
        format!("{:?}", book.late().worst().iter().map(|task| task.overrun_ns).collect::<Vec<_>>()),
    ];
    for metric in Metric::ALL {
        lines.extend(book.cells(metric).map(|(outcome, h)| format!("{metric:?} {outcome:?} {}", histogram(h))));
    }
    let mut rest: Vec<String> =
        book.steps().iter().map(|step| format!("{} {}", step.name, histogram(&step.service))).collect();
    rest.extend(book.messages().rows().iter().map(|message| format!("{message:?}")));
    rest.sort_unstable();
    lines.extend(rest);
    lines.extend(book.gathers().map(|gathers| {
        let decided = GatherOutcome::ALL.map(|outcome| gathers.decided(outcome));
        let [latency, complete, gap] = [&gathers.latency, &gathers.complete, &gathers.straggler_gap].map(histogram);
        let mut slowest = gathers.slowest.clone();
        slowest.resize(6, 0);
        format!(
            "{} {decided:?} {} {} {latency} {complete} {gap} {slowest:?}",
            gathers.started, gathers.late, gathers.wasted_ns
        )
    }));
    lines.join("\n")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn shards_add_up_to_the_same_totals_in_any_order(
        all in prop::collection::vec((said(), 0usize..4), 0..120),
        order in Just(vec![0usize, 1, 2, 3]).prop_shuffle(),
    ) {
        let (mut whole, mut shards) = (Book::new(false), [(); 4].map(|()| Book::new(false)));
        for (number, (said, shard)) in (0..).zip(&all) {
            fold(&mut whole, number, said);
            fold(&mut shards[*shard], number, said);
        }
        let mut merged = Book::new(false);
        for shard in order {
            merged.merge(&shards[shard]);
        }
        prop_assert_eq!(read(&merged), read(&whole));
        prop_assert_eq!(merged.is_empty(), all.is_empty());
        merged.clear();
        prop_assert!(merged.is_empty());
    }
}
