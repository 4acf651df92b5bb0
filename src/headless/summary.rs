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

use std::fmt;
use std::io::{self, Write};

use super::text::{Table, one_line, paragraph};
use crate::histogram::Histogram;
use crate::ledger::{GatherBook, Message, Metric};
use crate::lint::{Limits, findings};
use crate::outcome::{Ending, GatherOutcome};
use crate::snapshot::{Distribution, Headline, LaneView, Latency, Snapshot, State, Verdict};
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
        verdict(run, f)?;
        writeln!(f, "\n{}", conditions(run))?;
        worth_knowing(run, limits, f)?;
        if !run.lanes.is_empty() {
            writeln!(f, "\n{}\n{}", tasks(run), misses(run))?;
            headline(run, f)?;
            parts(run, f)?;
            gathers(run, f)?;
            why::write(run, f)?;
            unfinished(run, f)?;
            failures(run, f)?;
        }
        load(run, f)?;
        workload::write(run, f)?;
        writeln!(f, "\n{}", books(run.balanced))
    }
}

/// One sentence a lane, a loud one when nothing was achieved, and one for the load that was not kept up.
fn verdict(run: &Snapshot, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if run.lanes.is_empty() {
        writeln!(f, "NO TASK WAS SPAWNED")?;
    } else if run.total(LaneView::failed) == run.total(|lane| lane.spawned) {
        writeln!(f, "EVERY TASK FAILED")?;
    } else if run.total(LaneView::done) == 0 {
        writeln!(f, "NO TASK WAS DONE")?;
    }
    for lane in &run.lanes {
        writeln!(f, "{}", paragraph(&lane_verdict(lane), WIDTH, 2))?;
    }
    if let Some(line) = what_if(run) {
        writeln!(f, "{}", paragraph(&line, WIDTH, 2))?;
    }
    if let Some(line) = against(run) {
        writeln!(f, "{}", paragraph(&line, WIDTH, 2))?;
    }
    let (due, spawned) = (run.load.due, run.load.spawned);
    if spawned < due {
        writeln!(f, "{} of {} arrivals were never spawned", thousands(due - spawned), thousands(due))?;
    }
    Ok(())
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
    format!("{name}: {} measured, {ended}\n{}, {workers}, seed {}", human(run.elapsed), run.load.mode, info.seed)
}

/// What the lints found, a line each.
fn worth_knowing(run: &Snapshot, limits: &Limits, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let found = findings(run, limits);
    if !found.is_empty() {
        writeln!(f, "\nworth knowing")?;
    }
    found.iter().try_for_each(|finding| writeln!(f, "  {}", paragraph(&finding.to_string(), WIDTH, 4)))
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
fn headline(run: &Snapshot, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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
    write!(f, "{table}")?;
    writeln!(f, "  {origin}")?;
    if lanes.iter().any(|times| times.censored().is_some()) {
        writeln!(f, "  ≥ is a lower bound: cancelled and unfinished tasks would have taken longer")?;
    }
    Ok(())
}

/// Where the time of each lane went.
fn parts(run: &Snapshot, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for lane in &run.lanes {
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
        write!(f, "\n{table}")?;
    }
    Ok(())
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

fn gathers(run: &Snapshot, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let with_gathers: Vec<(&LaneView, &GatherBook)> =
        run.lanes.iter().filter_map(|lane| Some((lane, lane.book.gathers()?))).collect();
    if with_gathers.is_empty() {
        return Ok(());
    }
    let columns = ["started", "complete", "partial", "failed", "cancelled", "open", "missed"];
    let mut table = Table::new("gathers", &columns).within(WIDTH);
    for (lane, gathers) in with_gathers {
        let [complete, partial, failed, cancelled] =
            [GatherOutcome::Complete, GatherOutcome::Partial, GatherOutcome::Failed, GatherOutcome::Cancelled]
                .map(|outcome| gathers.decided(outcome));
        let open = gathers.open();
        let counts = [gathers.started, complete, partial, failed, cancelled, open, lane.gathers_timed_out()];
        table.row(lane.key, counts.map(thousands));
    }
    write!(f, "\n{table}")
}

/// The ages of what never ended, and the oldest of the overdue by number.
fn unfinished(run: &Snapshot, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let with_ages = run.lanes.iter().filter_map(|lane| Some((lane, lane.book.unfinished()?)));
    let mut table = Table::new("unfinished", &["youngest", "median", "oldest", "tasks"]).within(WIDTH);
    let mut any = false;
    for (lane, ages) in with_ages {
        any = true;
        let ages_of_lane = [ages.min(), ages.quantile(0.5), ages.max()].map(human);
        table.row(lane.key, ages_of_lane.into_iter().chain([thousands(ages.count())]));
    }
    if any {
        write!(f, "\n{table}")?;
    }
    for task in run.overdue.iter().take(SHOWN).filter(|_| any) {
        let step = task.step.as_deref().map_or(String::new(), |step| format!(", in step {}", one_line(step, NAME)));
        let line = format!("task {}: {} past its deadline{step}", thousands(task.task), human(task.overrun));
        writeln!(f, "  {}", paragraph(&line, WIDTH, 4))?;
    }
    Ok(())
}

/// What errors and panics said, the most frequent first, over all lanes.
fn failures(run: &Snapshot, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut texts: Vec<(Ending, &str, u64)> = Vec::new();
    for Message { ending, text, count, .. } in run.lanes.iter().flat_map(|lane| lane.book.messages().rows()) {
        match texts.iter_mut().find(|(e, t, _)| (e, *t) == (ending, &**text)) {
            Some((_, _, sum)) => *sum += count,
            None => texts.push((*ending, text, *count)),
        }
    }
    if texts.is_empty() {
        return Ok(());
    }
    texts.sort_by_key(|&(_, _, count)| std::cmp::Reverse(count));
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

fn load(run: &Snapshot, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let load = &run.load;
    let columns = ["due", "spawned", "shed", "queued", "lag p50", "lag p99", "lag max"];
    let mut table = Table::new("arrivals", &columns).within(WIDTH);
    let lag = &load.arrival_lag;
    let lags = [lag.quantile(0.5), lag.quantile(0.99), lag.max()];
    let lags = lags.map(|late| if lag.is_empty() { "–".to_owned() } else { human(late) });
    let counts = [load.due, load.spawned, load.shed, load.queued].map(thousands);
    table.row(load.mode, counts.into_iter().chain(lags));
    write!(f, "\n{table}")
}

const fn books(balanced: Option<bool>) -> &'static str {
    match balanced {
        Some(true) => "books balanced ✓",
        Some(false) => "BOOKS DO NOT BALANCE: the counts above cannot be trusted; please report this",
        None => "books still open",
    }
}

#[cfg(test)]
mod tests;
