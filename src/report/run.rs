//! What the page says of one run: its head, and its sections in their order.

use std::time::SystemTime;

use super::chart::{Chart, Stretches, heatmap, in_flight, rates};
use super::lane::{blames, gathers, latencies, left_out};
use super::table::Grid;
use super::what_if::{Asked, asked};
use crate::compare::Named;
use crate::gate::{Judged, judge};
use crate::headless::summary::{self, said};
use crate::headless::{gates_sum, gates_table};
use crate::lint::Limits;
use crate::snapshot::{EndedBy, Marker, Snapshot, State, TimelineRow, per_second};
use crate::text::{Part, Table};
use crate::units::{clock, human, percent, thousands};

/// The most rows of the table of times.
const TIMES: usize = 60;

/// How many of the changes made along the way, and of the texts of failures, are told.
const TOLD: usize = 30;

/// One run.
#[derive(Debug)]
pub(super) struct Run {
    /// What every id of it begins with: nothing where it is alone.
    pub(super) prefix: String,
    pub(super) heading: String,
    pub(super) about: String,
    pub(super) lesson: String,
    /// What the gates come to, and whether that is good.
    pub(super) gates: Option<(bool, String)>,
    pub(super) verdict: Vec<String>,
    /// What casts doubt on the rest.
    pub(super) warnings: Vec<String>,
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) sections: Vec<Section>,
    pub(super) scenario: String,
}

/// Charts and tables under one heading.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) id: String,
    pub(super) title: &'static str,
    /// What to say where there is nothing else, or before it.
    pub(super) note: Option<String>,
    pub(super) asked: Vec<Asked>,
    pub(super) charts: Vec<Chart>,
    pub(super) tables: Vec<Grid>,
}

impl Run {
    /// The `n`th run of the page, `among` others or alone.
    pub(super) fn of(n: usize, run: &Named, among: bool) -> Self {
        let Named { name, report } = run;
        let (snapshot, prefix) = (&report.snapshot, if among { format!("run-{n}-") } else { String::new() });
        let info = &snapshot.info;
        let judged = judge(snapshot);
        let is_good = judged.iter().all(Judged::is_passed);
        Self {
            heading: if among { format!("{n} · {}", info.scenario) } else { info.scenario.clone() },
            about: info.about.clone(),
            lesson: info.lesson.clone(),
            gates: (!judged.is_empty()).then(|| (is_good, gates_sum(snapshot, &judged))),
            verdict: summary::verdict(snapshot),
            warnings: warnings(snapshot),
            facts: facts(name, snapshot),
            sections: sections(&prefix, snapshot, &judged),
            scenario: report.scenario.to_string(),
            prefix,
        }
    }
}

fn warnings(run: &Snapshot) -> Vec<String> {
    let ended = match run.state {
        State::Finished(EndedBy::Duration | EndedBy::Tasks) => None,
        State::Finished(EndedBy::Signal) => Some("A signal ended the run: what it was to measure is not all here."),
        State::Finished(EndedBy::Gate) => Some("A broken gate ended the run early."),
        State::Finished(EndedBy::User) if run.balanced.is_none() => {
            Some("The files were written while the run went on: they are what was known then.")
        }
        State::Finished(EndedBy::User) => Some("Its user ended the run early."),
        State::Warmup | State::Running | State::Draining => Some("The run is still going on."),
    };
    let books = (run.balanced == Some(false)).then(|| summary::books(run.balanced));
    ended.into_iter().chain(books).map(str::to_owned).collect()
}

fn facts(name: &str, run: &Snapshot) -> Vec<(&'static str, String)> {
    let info = &run.info;
    let started = humantime::format_rfc3339_seconds(info.started_at.max(SystemTime::UNIX_EPOCH)).to_string();
    let gather = info.gather.map(|mode| ("gather", format!("{} of {}", mode, thousands(info.width.into()))));
    let ended = if let State::Finished(by) = run.state { by.word() } else { "–" };
    let books = match run.balanced {
        Some(true) => "balanced ✓",
        Some(false) => "NOT BALANCED",
        None => "still open",
    };
    let facts = [
        ("run", name.to_owned()),
        ("started", started.replace('T', " ").replace('Z', " UTC")),
        ("measured", human(run.elapsed)),
        ("ended by", ended.to_owned()),
        ("load", run.load.mode.to_string()),
        ("workers", info.workers.to_string()),
        ("seed", info.seed.to_string()),
        ("books", books.to_owned()),
    ];
    facts.into_iter().chain(gather).collect()
}

fn sections(prefix: &str, run: &Snapshot, judged: &[Judged]) -> Vec<Section> {
    let section = |word: &str, title| Section {
        id: format!("{prefix}{word}"),
        title,
        note: None,
        asked: Vec::new(),
        charts: Vec::new(),
        tables: Vec::new(),
    };
    let known = summary::worth_knowing(run, &Limits::default()).map(|part| Section {
        tables: vec![Grid { title: String::new(), ..part.into() }],
        ..section("known", "Worth knowing")
    });
    let gates =
        (!judged.is_empty()).then(|| Section { tables: vec![gates_table(judged).into()], ..section("gates", "Gates") });
    let has_tasks = !run.lanes.is_empty();
    let nothing = |what: &str| (!has_tasks).then(|| format!("No task was spawned: {what}."));
    let latency = Section {
        note: nothing("there are no latencies").or_else(|| left_out(run)),
        charts: latencies(prefix, run),
        tables: grids(summary::times(run)).collect(),
        ..section("latency", "Latency")
    };
    let asked = asked(prefix, run);
    let no_answer = asked.is_empty().then(|| "No task has ended: nothing is known of other deadlines.".to_owned());
    let what_if = Section { note: no_answer, asked, ..section("what-if", "What if the deadline were …") };
    let endings = Section {
        note: nothing("nothing has ended"),
        tables: grids(summary::endings(run).into_iter().chain(summary::unfinished(run)))
            .chain(failures(run).map(Grid::of_words))
            .collect(),
        ..section("endings", "How tasks ended")
    };
    let why = Section {
        note: (!run.lanes.iter().any(|lane| lane.timed_out() > 0)).then(|| "No deadline was missed.".to_owned()),
        charts: blames(prefix, run),
        tables: grids(summary::why(run)).collect(),
        ..section("why", "Why they were late")
    };
    let of_gathers = summary::gathers(run).map(|part| Section {
        charts: gathers(prefix, run),
        tables: vec![part.into()],
        ..section("gathers", "Gathers")
    });
    let load = Section {
        tables: grids(std::iter::once(summary::load(run)).chain(summary::kept(run)).chain(machine(run))).collect(),
        ..section("load", "Load and machine")
    };
    let first =
        known.into_iter().chain(gates).chain([latency, what_if, time(prefix, run, section("time", "Over time"))]);
    first.chain([endings, why]).chain(of_gathers).chain([load]).collect()
}

fn grids(parts: impl IntoIterator<Item = Part>) -> impl Iterator<Item = Grid> {
    parts.into_iter().map(Grid::from)
}

/// How the run went.
fn time(prefix: &str, run: &Snapshot, section: Section) -> Section {
    let Some(stretches) = Stretches::of(run) else {
        return Section { note: Some("The run was over before a second was.".to_owned()), ..section };
    };
    let heat = heatmap(format!("{prefix}heat"), &stretches);
    let rest = [rates(format!("{prefix}rates"), &stretches), in_flight(format!("{prefix}flight"), &stretches)];
    Section {
        charts: heat.into_iter().chain(rest).collect(),
        tables: changes(run).into_iter().chain([by_time(run)]).collect(),
        ..section
    }
}

/// What was changed along the way, by the number it has on the charts.
fn changes(run: &Snapshot) -> Option<Grid> {
    let markers = run.timeline.markers();
    let mut table = Table::new("changes", &["at", "what"]);
    for (n, Marker { at, what }) in (1..).zip(markers.iter().take(TOLD)) {
        table.row(n, [clock(*at), what.clone()]);
    }
    let more = markers.len().checked_sub(TOLD).filter(|more| *more > 0);
    let notes = more.map(|more| format!("and {more} more")).into_iter().collect();
    table.is_filled().then(|| Grid::from(Part { table, notes }).of_words())
}

/// The charts of time as numbers.
fn by_time(run: &Snapshot) -> Grid {
    let rows = run.timeline.rows();
    let columns = ["spawned/s", "done/s", "missed/s", "cancelled/s", "in flight", "p50", "p99", "max"];
    let mut table = Table::new("at", &columns);
    for row in rows.chunks(rows.len().div_ceil(TIMES).max(1)).filter_map(TimelineRow::joined) {
        let counts = [row.counts.spawned, row.counts.done, row.counts.missed, row.counts.cancelled];
        let times = [row.p50, row.p99, row.max].map(|time| time.map_or_else(|| "–".to_owned(), human));
        let rates = counts.map(|count| per_second(row.per_second(count)));
        table.row(clock(row.at), rates.into_iter().chain([thousands(row.in_flight)]).chain(times));
    }
    Grid::from(table).folded()
}

/// What errors and panics said.
fn failures(run: &Snapshot) -> Option<Grid> {
    let texts = said(run);
    let all: u64 = texts.iter().map(|(.., count)| count).sum();
    let mut table = Table::new("failures", &["tasks", "share", "said"]);
    for (ending, text, count) in texts.iter().take(TOLD) {
        #[expect(clippy::cast_precision_loss, reason = "2^53 tasks are out of reach")]
        let share = *count as f64 / all as f64;
        table.row(ending, [thousands(*count), percent(share), (*text).to_owned()]);
    }
    let others: u64 = texts.iter().skip(TOLD).map(|(.., count)| count).sum();
    let notes = (others > 0).then(|| format!("{} with other texts", thousands(others))).into_iter().collect();
    table.is_filled().then(|| Part { table, notes }.into())
}

/// What it was measured on and what measuring took, as far as files say.
fn machine(run: &Snapshot) -> Option<Part> {
    let mut table = Table::new("machine", &[""]);
    let unstable = if run.info.unstable { "in this build" } else { "not in this build" };
    table.row("worker threads", [run.info.workers.to_string()]);
    table.row("tokio_unstable", [unstable.to_owned()]);
    if let Some(bytes) = run.cost.memory_bytes {
        table.row("memory at the end", [format!("{} MB", thousands(bytes / 1_000_000))]);
    }
    table.row("the clock was late by, at most", [human(run.cost.tick_lag_max)]);
    (!run.runtime.workers.is_empty()).then(|| table.into())
}
