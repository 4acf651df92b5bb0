//! Why tasks were late, who cancelled them, and what of the work came to nothing.

use std::time::Duration;

use super::{NAME, Part, SHOWN, Table, WIDTH, one_line};
use crate::ledger::{Doing, Requests};
use crate::outcome::Lateness;
use crate::snapshot::{Blamed, Causes, LaneView, Snapshot, Work};
use crate::units::{human, percent, task_time, thousands};

/// What there is to say.
pub(crate) fn parts(run: &Snapshot) -> Vec<Part> {
    let late = run.lanes.iter().filter(|lane| lane.timed_out() > 0).map(|lane| places(run, lane));
    late.chain(cancellations(run)).chain(waste(run)).collect()
}

/// Where the tasks of a lane were when their deadline passed, and where the time of the late ones went.
fn places(run: &Snapshot, lane: &LaneView) -> Part {
    let blame = run.blame(lane);
    let share = |count: u64| percent(ratio(count, blame.total()));
    let mut table = Table::new(format!("at the deadline, {}", lane.key), &["share", "tasks", "line"]).within(WIDTH);
    for place in blame.places.iter().take(SHOWN) {
        let source =
            place.lines.first().and_then(|(frames, _)| frames.first()).map_or("–".to_owned(), ToString::to_string);
        table.row(place_words(place), [share(place.count), thousands(place.count), source]);
    }
    let others: u64 = blame.places.iter().skip(SHOWN).map(|place| place.count).sum();
    for (count, label) in [(others, "elsewhere"), (blame.unseen, "ended before they were seen")] {
        if count > 0 {
            table.row(label, [share(count), thousands(count), "–".to_owned()]);
        }
    }
    let [on_time, missed] = [Lateness::OnTime, Lateness::Late].map(|of| lane.causes(of));
    let longest = missed.steps.first().map(|(step, spent)| longest(step, *spent, &missed, &on_time));
    Part { table, notes: longest.into_iter().collect() }
}

/// Where tasks were, in a few words.
pub(crate) fn place_words(place: &Blamed) -> String {
    let step = place.step.as_deref().map(|step| one_line(step, NAME));
    match (step, place.doing) {
        (_, Doing::NotStarted) => "not started: waiting for a worker".to_owned(),
        (Some(step), Doing::Waiting) => step,
        (None, Doing::Waiting) => "no step".to_owned(),
        (Some(step), Doing::Polled) => format!("{step} (in a poll)"),
        (None, Doing::Polled) => "no step (in a poll)".to_owned(),
    }
}

/// `late tasks spent 63 % of their time in query/acquire db, those on time 12 %`.
fn longest(step: &str, spent: Duration, late: &Causes, on_time: &Causes) -> String {
    let name = one_line(step, NAME);
    let line = format!("late tasks spent {} of their time in {name}", percent(late.share(spent)));
    if on_time.tasks == 0 {
        return line;
    }
    let same = on_time.steps.iter().find(|(other, _)| **other == *step).map_or(Duration::ZERO, |(_, spent)| *spent);
    format!("{line}, those on time {}", percent(on_time.share(same)))
}

fn cancellations(run: &Snapshot) -> Option<Part> {
    let mut table = Table::new("cancellations", &["asked", "cancelled", "too late", "no effect"]).within(WIDTH);
    let mut blocking = Requests::default();
    for lane in &run.lanes {
        for (reason, of) in lane.book.cancels().rows() {
            let counts = [of.asked, of.cancelled, of.too_late, of.pending()].map(thousands);
            table.row(format!("{}: {}", lane.key, reason.word()), counts);
            blocking.merge(&of);
        }
    }
    table.is_filled().then(|| Part { table, notes: blocked(&blocking).into_iter().collect() })
}

/// `12 calls on blocking threads went on after their task was dropped: 3 still do, the others did for 1.20 s in all`.
fn blocked(of: &Requests) -> Option<String> {
    let (left, ended) = (of.blocking_left, of.blocking_ended);
    let went_on = human(Duration::from_nanos(u64::try_from(of.blocking_ns).unwrap_or(u64::MAX)));
    let since = match (of.blocking(), ended) {
        (0, _) => format!("for {went_on} in all"),
        (_, 0) => "all still do".to_owned(),
        (still, _) => format!("{} still do, the others did for {went_on} in all", thousands(still)),
    };
    let calls = if left == 1 { "call on a blocking thread" } else { "calls on blocking threads" };
    (left > 0).then(|| format!("{} {calls} went on after their task was dropped: {since}", thousands(left)))
}

fn waste(run: &Snapshot) -> Option<Part> {
    let mut table = Table::new("work that came to nothing", &["task time", "of all", "in polls"]).within(WIDTH);
    for lane in &run.lanes {
        let waste = lane.waste();
        let known = |what, work: Work| (what, work.time, Some(work.busy));
        let kinds = [
            known("late", waste.late),
            known("cancelled", waste.cancelled),
            known("failed gathers", waste.spoilt),
            ("after outcome", waste.after_outcome, None),
        ];
        for (what, time, busy) in kinds.into_iter().filter(|(_, time, _)| !time.is_zero()) {
            let busy = busy.map_or_else(|| "–".to_owned(), task_time);
            let share = percent(waste.share(Work { time, ..Work::default() }));
            table.row(format!("{}: {what}", lane.key), [task_time(time), share, busy]);
        }
    }
    table.is_filled().then(|| table.into())
}

#[expect(clippy::cast_precision_loss, reason = "2^53 tasks are out of reach")]
fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
