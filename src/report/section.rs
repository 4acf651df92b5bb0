//! The sections of a run in their order: what each has of charts and tables.

use super::chart::{Chart, Stretches, heatmap, in_flight, rates};
use super::lane::{blames, gathers, latencies, left_out};
use super::table::Grid;
use super::what_if::{Asked, asked};
use crate::gate::Judged;
use crate::headless::gates_table;
use crate::headless::summary::{self, said};
use crate::lint::Limits;
use crate::snapshot::{LaneView, Marker, Snapshot, TimelineRow, per_second};
use crate::text::{Part, Table};
use crate::units::{clock, human, percent, thousands};

/// The most rows of the table of times.
const TIMES: usize = 60;

/// How many of the changes made along the way, and of the texts of failures, are told.
const TOLD: usize = 30;

/// Charts and tables under one heading.
#[derive(Debug, Default)]
pub(super) struct Section {
    pub(super) id: String,
    pub(super) title: &'static str,
    /// What to say where there is nothing else, or before it.
    pub(super) note: Option<String>,
    pub(super) asked: Vec<Asked>,
    pub(super) charts: Vec<Chart>,
    pub(super) tables: Vec<Grid>,
}

/// All of a run whose ids begin with `prefix`, and whose gates were judged so; those of which there is nothing to say are
/// left out.
pub(super) fn sections(prefix: &str, run: &Snapshot, gates: &[Judged]) -> Vec<Section> {
    let first = known(run).into_iter().chain(gated(gates));
    let all =
        first.chain([latency(prefix, run), what_if(prefix, run), time(prefix, run), endings(run), why(prefix, run)]);
    let all = all.chain(of_gathers(prefix, run)).chain((!run.info.is_of_log()).then(|| load(run)));
    all.map(|section| Section { id: format!("{prefix}{}", section.id), ..section }).collect()
}

impl Section {
    fn new(id: &str, title: &'static str) -> Self {
        Self { id: id.to_owned(), title, ..Self::default() }
    }
}

fn known(run: &Snapshot) -> Option<Section> {
    let part = summary::worth_knowing(run, &Limits::default())?;
    Some(Section {
        tables: vec![Grid { title: String::new(), ..part.into() }],
        ..Section::new("known", "Worth knowing")
    })
}

fn gated(gates: &[Judged]) -> Option<Section> {
    (!gates.is_empty()).then(|| Section { tables: vec![gates_table(gates).into()], ..Section::new("gates", "Gates") })
}

fn latency(prefix: &str, run: &Snapshot) -> Section {
    let nothing = run.lanes.is_empty().then(|| "No task was spawned: there are no latencies.".to_owned());
    Section {
        note: nothing.or_else(|| left_out(run)),
        charts: latencies(prefix, run),
        tables: grids(summary::times(run)).collect(),
        ..Section::new("latency", "Latency")
    }
}

fn what_if(prefix: &str, run: &Snapshot) -> Section {
    let asked = asked(prefix, run);
    let nothing = asked.is_empty().then(|| "No task has ended: nothing is known of other deadlines.".to_owned());
    Section { note: nothing, asked, ..Section::new("what-if", "What if the deadline were …") }
}

fn endings(run: &Snapshot) -> Section {
    let all = summary::endings(run).into_iter().chain(summary::unfinished(run));
    Section {
        note: run.lanes.is_empty().then(|| "No task was spawned: nothing has ended.".to_owned()),
        tables: grids(all).chain(failures(run).map(Grid::of_words)).collect(),
        ..Section::new("endings", "How tasks ended")
    }
}

fn why(prefix: &str, run: &Snapshot) -> Section {
    Section {
        note: (run.total(LaneView::timed_out) == 0).then(|| "No deadline was missed.".to_owned()),
        charts: blames(prefix, run),
        tables: grids(summary::why(run)).collect(),
        ..Section::new("why", "Why they were late")
    }
}

fn of_gathers(prefix: &str, run: &Snapshot) -> Option<Section> {
    let part = summary::gathers(run)?;
    Some(Section { charts: gathers(prefix, run), tables: vec![part.into()], ..Section::new("gathers", "Gathers") })
}

fn load(run: &Snapshot) -> Section {
    let all = std::iter::once(summary::load(run)).chain(summary::kept(run)).chain(machine(run));
    Section { tables: grids(all).collect(), ..Section::new("load", "Load and machine") }
}

fn grids(parts: impl IntoIterator<Item = Part>) -> impl Iterator<Item = Grid> {
    parts.into_iter().map(Grid::from)
}

/// How the run went.
fn time(prefix: &str, run: &Snapshot) -> Section {
    let section = Section::new("time", "Over time");
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
    let mut table = Table::new("machine", &["at the end"]);
    let unstable = if run.info.unstable { "in this build" } else { "not in this build" };
    table.row("worker threads", [run.info.workers.to_string()]);
    table.row("tokio_unstable", [unstable.to_owned()]);
    if let Some(bytes) = run.cost.memory_bytes {
        table.row("memory", [format!("{} MB", thousands(bytes / 1_000_000))]);
    }
    table.row("the clock was late by, at most", [human(run.cost.tick_lag_max)]);
    (!run.runtime.workers.is_empty()).then(|| table.into())
}
