//! The summary people read once a run is over: verdict first, then what it rests on.
//!
//! ```text
//! 17.7 % of 20,817 tasks missed the deadline of 50.0 ms under observe, 41 failed
//!
//! fanout: 60.0 s measured, ended by duration
//! open 500/s poisson, 2 workers, seed 1
//!
//! tasks …          response time …          parts …          gathers …          why …          load …
//! books balanced ✓
//! ```

mod why;
mod workload;

pub(crate) use why::{parts as why, place_words};
pub(crate) use workload::parts as kept;

use std::fmt;
use std::io::{self, Write};

use super::text::{Part, Table, one_line, paragraph};
use crate::histogram::Histogram;
use crate::ledger::{Message, Metric};
use crate::lint::{Limits, findings};
use crate::outcome::{Ending, GatherOutcome};
use crate::snapshot::{Distribution, Headline, LaneView, Latency, OverdueTask, Snapshot, State, Verdict};
use crate::units::{human, percent, thousands};

/// The widest line, in characters.
const WIDTH: usize = 80;

/// The longest name of a scenario or a step, in characters.
const NAME: usize = 32;

/// How many of the failures' texts, and how many of the unfinished tasks, are shown.
const SHOWN: usize = 5;

/// The quantiles shown, and their names.
const QUANTILES: [(&str, f64); 5] = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999), ("max", 1.0)];

/// Writes the summary as plain text, at most 80 columns wide and without an escape sequence, with what the lints
/// find by these limits.
///
/// # Errors
/// Those of `out`; a closed pipe is for the caller to judge.
pub fn write(snapshot: &Snapshot, limits: &Limits, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(Text(snapshot, limits).to_string().as_bytes())?;
    out.flush()
}

struct Text<'a>(&'a Snapshot, &'a Limits);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(run, limits) = *self;
        verdict(run).iter().try_for_each(|line| writeln!(f, "{}", paragraph(line, WIDTH, 2)))?;
        writeln!(f, "\n{}", conditions(run))?;
        let known = worth_knowing(run, limits);
        let times = times(run).into_iter().chain(gathers(run));
        known.into_iter().chain(endings(run)).chain(times).try_for_each(|part| write!(f, "\n{part}"))?;
        why(run).iter().chain(&unfinished(run)).try_for_each(|part| write!(f, "\n{part}"))?;
        failures(run, f)?;
        if run.info.is_of_log() {
            return Ok(());
        }
        write!(f, "\n{}", load(run))?;
        kept(run).iter().try_for_each(|part| write!(f, "\n{part}"))?;
        writeln!(f, "\n{}", books(run.balanced))
    }
}

/// One sentence a lane, a loud one when nothing was achieved, and one for the load that was not kept up.
pub(crate) fn verdict(run: &Snapshot) -> Vec<String> {
    let mut lines = Vec::new();
    if run.lanes.is_empty() {
        lines.push("NO TASK WAS SPAWNED".to_owned());
    } else if run.total(LaneView::failed) == run.total(|lane| lane.spawned) {
        lines.push("EVERY TASK FAILED".to_owned());
    } else if run.total(LaneView::done) == 0 {
        lines.push("NO TASK WAS DONE".to_owned());
    }
    lines.extend(run.lanes.iter().map(lane_verdict));
    lines.extend(what_if(run));
    lines.extend(against(run));
    let (due, spawned) = (run.load.due, run.load.spawned);
    if spawned < due {
        lines.push(format!("{} of {} arrivals were never spawned", thousands(due - spawned), thousands(due)));
    }
    lines
}

fn lane_verdict(lane: &LaneView) -> String {
    let missed = match (lane.key.deadline, lane.timed_out_rate()) {
        (None, _) => format!("{} without a deadline to miss", counted(lane.spawned)),
        (Some(_), None) => format!("none of {} has met or missed the deadline, {}", counted(lane.spawned), lane.key),
        (Some(deadline), Some(rate)) => {
            let decided = counted(lane.spawned - lane.undecided());
            let (rate, deadline) = (percent(rate), human(deadline));
            format!("{rate} of {decided} missed the deadline of {deadline} under {}", lane.key.policy)
        }
    };
    let broken: Vec<String> = [(lane.failed(), Ending::Failed), (lane.panicked(), Ending::Panicked)]
        .into_iter()
        .filter(|&(count, _)| count > 0)
        .map(|(count, ending)| format!(", {} {ending}", thousands(count)))
        .collect();
    missed + &broken.concat()
}

/// The deadline to take, from the newest lane that let its tasks end.
fn what_if(run: &Snapshot) -> Option<String> {
    let lane = run.lanes.iter().rev().find(|lane| !lane.cancels() && lane.done() > 0)?;
    let deadline = human(run.what_if(lane.key)?.smallest(0.01)?.at);
    Some(format!("what if: {deadline} would be missed by 1 % at most, as seen under {}", lane.key))
}

/// How the run compares with its baseline, where it is held against one.
fn against(run: &Snapshot) -> Option<String> {
    let name = one_line(&run.info.baseline.as_ref()?.name, NAME);
    let Headline { verdict, word, told, .. } = run.regression()?.headline();
    let said = match verdict {
        Some(Verdict::NotKnown(_)) => format!("not known whether it differs from baseline {name}"),
        Some(Verdict::NoDifference) => format!("{word} from baseline {name}"),
        _ => format!("{word} than baseline {name}"),
    };
    Some(if told.is_empty() { said } else { format!("{said}: {told}") })
}

fn counted(tasks: u64) -> String {
    format!("{} task{}", thousands(tasks), if tasks == 1 { "" } else { "s" })
}

fn conditions(run: &Snapshot) -> String {
    let info = &run.info;
    let ended = match run.state {
        State::Finished(by) => format!("ended by {}", by.word()),
        State::Warmup | State::Running | State::Draining => "still going on".to_owned(),
    };
    let workers = if info.workers == 1 { "1 worker".to_owned() } else { format!("{} workers", info.workers) };
    let name = one_line(&info.scenario, NAME);
    let (elapsed, load) = (human(run.elapsed), run.load_in_words());
    if info.is_of_log() {
        return format!("{name}: {elapsed} of a log of latencies");
    }
    format!("{name}: {elapsed} measured, {ended}\n{load}, {workers}, seed {}", info.seed)
}

/// What the lints found, a note each.
pub(crate) fn worth_knowing(run: &Snapshot, limits: &Limits) -> Option<Part> {
    let notes: Vec<_> = findings(run, limits).iter().map(ToString::to_string).collect();
    (!notes.is_empty()).then(|| Part { table: Table::new("worth knowing", &[]).within(WIDTH), notes })
}

/// How tasks ended, and which deadlines they missed; nothing before there was a task.
pub(crate) fn endings(run: &Snapshot) -> Vec<Part> {
    if run.lanes.is_empty() { Vec::new() } else { vec![tasks(run).into(), misses(run).into()] }
}

/// How long tasks took, and what of it.
pub(crate) fn times(run: &Snapshot) -> Vec<Part> {
    let headline = (!run.lanes.is_empty()).then(|| headline(run));
    headline.into_iter().chain(run.lanes.iter().map(parts)).collect()
}

fn tasks(run: &Snapshot) -> Table {
    let mut table = Table::new("tasks", &["spawned", "done", "failed", "panicked", "cancelled", unfinished_word(run)])
        .within(WIDTH);
    for lane in &run.lanes {
        let counts = [lane.spawned, lane.done(), lane.failed(), lane.panicked(), lane.cancelled(), lane.in_flight()];
        table.row(lane.key, counts.map(thousands));
    }
    table
}

const fn unfinished_word(run: &Snapshot) -> &'static str {
    if run.is_finished() { "unfinished" } else { "in flight" }
}

/// The missed deadlines by what became of the task.
fn misses(run: &Snapshot) -> Table {
    let has_later = run.lanes.iter().any(|lane| lane.late_cancelled() > 0);
    let later = has_later.then_some("cancelled later");
    let columns: Vec<&str> =
        ["all", "done", "failed", "panicked", "cancelled at it"].into_iter().chain(later).chain(["overdue"]).collect();
    let mut table = Table::new("missed deadlines", &columns).within(WIDTH);
    for lane in &run.lanes {
        let [done, failed, panicked] = [Ending::Done, Ending::Failed, Ending::Panicked].map(|ending| lane.late(ending));
        let counts = [lane.timed_out(), done, failed, panicked, lane.cancelled_at_deadline()];
        let later = has_later.then(|| lane.late_cancelled());
        table.row(lane.key, counts.into_iter().chain(later).chain([lane.overdue]).map(thousands));
    }
    table
}

/// The latencies to read first, lane by lane, with what is censored marked.
fn headline(run: &Snapshot) -> Part {
    let metric = run.load.headline();
    let (title, origin) = match metric {
        Metric::Response => ("response time", "from the intended arrival, as arrivals do not wait for the work"),
        _ => ("service time", "from the spawn, as each arrival follows the end of another"),
    };
    let mut table = quantile_table(title, "tasks");
    let lanes: Vec<Distribution> = run.lanes.iter().map(|lane| lane.distribution(metric)).collect();
    for (lane, times) in run.lanes.iter().zip(&lanes) {
        table.row(lane.key, quantiles(times.count(), |q| times.quantile(q)));
    }
    let mut notes = vec![origin.to_owned()];
    if lanes.iter().any(|times| times.censored().is_some()) {
        notes.push("≥ is a lower bound: cancelled and unfinished tasks would have taken longer".to_owned());
    }
    Part { table, notes }
}

/// Where the time of a lane went.
fn parts(lane: &LaneView) -> Part {
    let mut table = quantile_table(lane.key.to_string(), "count");
    let mut add = |label: &str, samples: &Histogram| {
        let exact = |q| (!samples.is_empty()).then(|| Latency::Exactly(samples.quantile(q)));
        if !samples.is_empty() {
            table.row(label, quantiles(samples.count(), exact));
        }
    };
    for (metric, label) in [
        (Metric::Overrun, "overrun"),
        (Metric::StartDelay, "start delay"),
        (Metric::Busy, "busy"),
        (Metric::CancelLag, "cancel lag"),
    ] {
        add(label, &lane.book.histogram(metric, |_| true));
    }
    for step in lane.book.steps() {
        add(&format!("step {}", one_line(&step.name, NAME)), &step.service);
    }
    if let Some(gathers) = lane.book.gathers() {
        add("gather", &gathers.latency);
        add("straggler gap", &gathers.straggler_gap);
    }
    table.into()
}

fn quantile_table(title: impl Into<String>, count: &str) -> Table {
    let [p50, p90, p99, p999, max] = QUANTILES.map(|(name, _)| name);
    Table::new(title, &[p50, p90, p99, p999, max, count]).within(WIDTH)
}

fn quantiles(count: u64, quantile: impl Fn(f64) -> Option<Latency>) -> Vec<String> {
    let shown = QUANTILES.iter().map(|&(_, q)| quantile(q).map_or("–".to_owned(), tight));
    shown.chain([thousands(count)]).collect()
}

/// A latency without the room behind a `≥`.
fn tight(latency: Latency) -> String {
    latency.to_string().replacen("≥ ", "≥", 1)
}

/// What became of gathers.
pub(crate) fn gathers(run: &Snapshot) -> Option<Part> {
    let columns = ["started", "complete", "partial", "failed", "cancelled", "open", "missed"];
    let mut table = Table::new("gathers", &columns).within(WIDTH);
    for (lane, gathers) in run.lanes.iter().filter_map(|lane| Some((lane, lane.book.gathers()?))) {
        let [complete, partial, failed, cancelled] = GatherOutcome::ALL.map(|outcome| gathers.decided(outcome));
        let open = gathers.open();
        let counts = [gathers.started, complete, partial, failed, cancelled, open, lane.gathers_timed_out()];
        table.row(lane.key, counts.map(thousands));
    }
    table.is_filled().then(|| table.into())
}

/// The ages of what never ended, and the oldest of the overdue by number.
pub(crate) fn unfinished(run: &Snapshot) -> Option<Part> {
    let with_ages = run.lanes.iter().filter_map(|lane| Some((lane, lane.book.unfinished()?)));
    let mut table = Table::new("unfinished", &["youngest", "median", "oldest", "tasks"]).within(WIDTH);
    for (lane, ages) in with_ages {
        let ages_of_lane = [ages.min(), ages.quantile(0.5), ages.max()].map(human);
        table.row(lane.key, ages_of_lane.into_iter().chain([thousands(ages.count())]));
    }
    let note = |task: &OverdueTask| {
        let step = task.step.as_deref().map_or(String::new(), |step| format!(", in step {}", one_line(step, NAME)));
        format!("task {}: {} past its deadline{step}", thousands(task.task), human(task.overrun))
    };
    let notes = run.overdue.iter().take(SHOWN).map(note).collect();
    table.is_filled().then_some(Part { table, notes })
}

/// What errors and panics said, the most frequent first, over all lanes.
pub(crate) fn said(run: &Snapshot) -> Vec<(Ending, &str, u64)> {
    let mut texts: Vec<(Ending, &str, u64)> = Vec::new();
    for Message { ending, text, count, .. } in run.lanes.iter().flat_map(|lane| lane.book.messages().rows()) {
        match texts.iter_mut().find(|(e, t, _)| (e, *t) == (ending, &**text)) {
            Some((_, _, sum)) => *sum += count,
            None => texts.push((*ending, text, *count)),
        }
    }
    texts.sort_by_key(|&(_, _, count)| std::cmp::Reverse(count));
    texts
}

fn failures(run: &Snapshot, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let texts = said(run);
    if texts.is_empty() {
        return Ok(());
    }
    writeln!(f, "\nfailures")?;
    for (ending, text, count) in texts.iter().take(SHOWN) {
        let head = format!("  {:>9}  {ending:<8}  ", thousands(*count));
        writeln!(f, "{head}{}", paragraph(text, WIDTH, head.len()))?;
    }
    let others: u64 = texts.iter().skip(SHOWN).map(|(_, _, count)| count).sum();
    if others > 0 {
        writeln!(f, "  {:>9}  with other texts", thousands(others))?;
    }
    Ok(())
}

/// What became of arrivals.
pub(crate) fn load(run: &Snapshot) -> Part {
    let load = &run.load;
    let columns = ["due", "spawned", "shed", "queued", "lag p50", "lag p99", "lag max"];
    let mut table = Table::new("arrivals", &columns).within(WIDTH);
    let lag = &load.arrival_lag;
    let lags = [lag.quantile(0.5), lag.quantile(0.99), lag.max()];
    let lags = lags.map(|late| if lag.is_empty() { "–".to_owned() } else { human(late) });
    let counts = [load.due, load.spawned, load.shed, load.queued].map(thousands);
    table.row(load.mode, counts.into_iter().chain(lags));
    table.into()
}

/// Whether the counts add up.
pub(crate) const fn books(balanced: Option<bool>) -> &'static str {
    match balanced {
        Some(true) => "books balanced ✓",
        Some(false) => "BOOKS DO NOT BALANCE: the counts above cannot be trusted; please report this",
        None => "books still open",
    }
}

#[cfg(test)]
mod tests;
