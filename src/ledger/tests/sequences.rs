//! Any sequence of what can happen to the books.

use std::time::Duration;

use proptest::prelude::*;

use super::model::{Model, WRITERS};
use crate::ledger::LaneKey;
use crate::outcome::{CancelReason, Ending, Policy};

/// Something that happens.
#[derive(Debug, Clone)]
enum Step {
    Advance(u64),
    Spawn { writer: usize, tasks: u32 },
    End { pick: usize, writer: usize, ending: Ending },
    Cancel { pick: usize, reason: CancelReason },
    CancelTooLate { pick: usize },
    Miss,
    Tick,
    Toggle,
    Deadline(Option<u64>),
    Reset,
    ReplaceWriter(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let ending = prop::sample::select(&Ending::ALL[..]);
    let reason = prop::sample::select(vec![
        CancelReason::Deadline,
        CancelReason::GatherDeadline,
        CancelReason::Sibling,
        CancelReason::User,
        CancelReason::Dropped,
    ]);
    prop_oneof![
        6 => (0u64..40).prop_map(Step::Advance),
        8 => (0..WRITERS, 1u32..40).prop_map(|(writer, tasks)| Step::Spawn { writer, tasks }),
        20 => (any::<usize>(), 0..WRITERS, ending).prop_map(|(pick, writer, ending)| Step::End { pick, writer, ending }),
        4 => (any::<usize>(), reason).prop_map(|(pick, reason)| Step::Cancel { pick, reason }),
        4 => any::<usize>().prop_map(|pick| Step::CancelTooLate { pick }),
        4 => Just(Step::Miss),
        4 => Just(Step::Tick),
        2 => Just(Step::Toggle),
        2 => prop::option::of(1u64..4).prop_map(|tens| Step::Deadline(tens.map(|n| n * 30))),
        1 => Just(Step::Reset),
        1 => (0..WRITERS).prop_map(Step::ReplaceWriter),
    ]
}

impl Step {
    fn carry_out(self, model: &mut Model) {
        let key = model.key();
        match self {
            Self::Advance(ns) => model.advance(ns),
            Self::Spawn { writer, tasks } => model.spawn(writer, tasks),
            Self::End { pick, writer, ending } => model.end(pick, writer, ending),
            Self::Cancel { pick, reason } => model.cancel(pick, reason),
            Self::CancelTooLate { pick } => model.cancel_too_late(pick),
            Self::Miss => model.miss(),
            Self::Tick => model.tick(),
            Self::Toggle => model.enter(LaneKey { policy: key.policy.toggled(), ..key }),
            Self::Deadline(ns) => model.enter(LaneKey { deadline: ns.map(Duration::from_nanos), ..key }),
            Self::Reset => model.reset(),
            Self::ReplaceWriter(writer) => model.replace_writer(writer),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_books_balance_after_any_sequence_of_events(steps in prop::collection::vec(step(), 0..300)) {
        let mut model = Model::new();
        for step in steps {
            step.carry_out(&mut model);
        }
        model.tick();
        model.close();
    }
}

#[test]
fn a_slot_is_used_again_and_memory_stays_what_the_tasks_in_flight_need() {
    let mut model = Model::new();
    for turn in 0..500 {
        model.spawn(turn % WRITERS, 100);
        model.advance(10);
        model.miss();
        model.end_all();
        model.cancel_too_late(turn);
        model.tick();
    }
    let (_, chunks) = model.held();
    assert!(chunks <= 4 * u32::try_from(WRITERS).unwrap(), "{chunks} chunks for 100 tasks at a time");
    model.close();
}

#[test]
fn threads_that_come_and_go_leave_no_chunk_behind() {
    let mut model = Model::new();
    for turn in 0..500 {
        model.spawn(turn % WRITERS, 3);
        model.end_all();
        model.replace_writer(turn % WRITERS);
        model.tick();
    }
    let (_, chunks) = model.held();
    assert!(chunks <= 2 * u32::try_from(WRITERS).unwrap(), "{chunks} chunks for 3 tasks at a time");
    model.close();
}

#[test]
fn lanes_that_are_left_give_their_memory_back() {
    let mut model = Model::new();
    for turn in 0..50 {
        for writer in 0..WRITERS {
            model.spawn(writer, 5);
            (0..5).for_each(|_| model.end(0, writer, Ending::Done));
        }
        model.tick();
        match turn % 3 {
            0 => model.reset(),
            _ => model.enter(LaneKey { policy: Policy::Cancel, deadline: Some(Duration::from_nanos(1000 + turn)) }),
        }
    }
    let (books, _) = model.held();
    assert!(books <= 3 * WRITERS, "{books} books are kept for {WRITERS} shards");
    model.close();
}
