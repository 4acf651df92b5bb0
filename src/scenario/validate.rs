//! The rules of the scenario file: text in, a plan or everything that is wrong with it out.
//!
//! Owns the keys, their ranges, their defaults and what they demand of each other. It must not know where the
//! text comes from, nor what a plugin does with its own table.

use std::ops::Range;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use toml::Spanned;

use super::plan::APPLICATION;
use super::{Deadline, Flavor, Gather, Load, ParamError, Plan, Run, Source, Stage, WhenFull, WorkloadTable};
use crate::condition::{Condition, Gates};
use crate::document::{Problems, Table, parse};
use crate::outcome::{GatherMode, Policy, Scope};
use crate::units::{Arrivals, LoadMode, Rate};

/// `load.max_in_flight`, when the file does not say it.
pub const MAX_IN_FLIGHT: u64 = 100_000;
/// `load.when_full`, when the file does not say it.
pub const WHEN_FULL: WhenFull = WhenFull::Queue;
/// `load.arrivals`, when the file does not say it.
pub const ARRIVALS: Arrivals = Arrivals::Poisson;
/// `deadline.on_timeout`, when the file does not say it.
pub const ON_TIMEOUT: Policy = Policy::Observe;
/// `deadline.grace`, when the file does not say it.
pub const GRACE: Duration = Duration::ZERO;
/// `deadline.scope`, when the file does not say it.
pub const SCOPE: Scope = Scope::Task;
/// `gather.mode`, when the file does not say it.
pub const GATHER_MODE: GatherMode = GatherMode::Collect;
/// `run.duration`, when the file says neither it nor `run.tasks`.
pub const DURATION: Duration = Duration::from_secs(30);
/// `run.warmup`, when the file does not say it.
pub const WARMUP: Duration = Duration::ZERO;
/// `run.drain`, when the file does not say it.
pub const DRAIN: Duration = Duration::from_secs(5);
/// `run.flavor`, when the file does not say it.
pub const FLAVOR: Flavor = Flavor::MultiThread;
/// `run.blocking_threads`, when the file does not say it: tokio's own default.
pub const BLOCKING_THREADS: usize = 512;
/// `run.seed`, when the file does not say it.
pub const SEED: u64 = 1;
/// `gate.abort`, when the file does not say it.
pub const ABORT: bool = false;

/// The largest number a file can say; TOML's integers have a sign.
pub(super) const ANY: u64 = i64::MAX.unsigned_abs();
pub(super) const MAX_U32: u64 = u32::MAX as u64;
pub(super) const MAX_WORKERS: u64 = 1024;
pub(super) const MAX_BLOCKING_THREADS: u64 = 4096;

/// The keys of the file and of its tables; `[workload]` belongs to the plugin.
pub(super) const KEYS: [&str; 10] =
    ["name", "about", "lesson", "files", "workload", "load", "deadline", "gather", "run", "gate"];
pub(super) const LOAD_KEYS: [&str; 7] =
    ["mode", "rate", "arrivals", "concurrency", "max_in_flight", "when_full", "stage"];
pub(super) const STAGE_KEYS: [&str; 3] = ["duration", "rate", "concurrency"];
pub(super) const DEADLINE_KEYS: [&str; 4] = ["after", "on_timeout", "grace", "scope"];
pub(super) const GATHER_KEYS: [&str; 3] = ["width", "mode", "k"];
pub(super) const GATE_KEYS: [&str; 3] = ["fail_if", "abort", "baseline"];
pub(super) const RUN_KEYS: [&str; 8] =
    ["duration", "tasks", "warmup", "drain", "workers", "blocking_threads", "flavor", "seed"];

/// Where and why `toml_edit` takes a text for no TOML.
pub(super) fn not_toml(error: &toml_edit::TomlError) -> ParamError {
    ParamError { span: error.span(), message: error.message().to_owned(), help: None }
}

/// The plan `source` describes; its `resolved` is the text as it stands.
///
/// # Errors
/// Everything that is wrong with it.
pub(super) fn validate(source: &Source) -> Result<Plan, Vec<ParamError>> {
    let document = parse(&source.text)?;
    let problems = Problems::default();
    let plan = read(&Table::root(&document, &KEYS, &problems), source);
    let problems = problems.into_inner();
    plan.filter(|_| problems.is_empty()).ok_or(problems)
}

fn read(file: &Table<'_>, source: &Source) -> Option<Plan> {
    let name = file.required("name", "name = \"…\"", file.line("name"));
    if let Some(name) = name.as_ref().filter(|name| name.get_ref().is_empty()) {
        file.complain(name.span(), "`name` is empty".to_owned(), None);
    }
    let about = file.line("about").map_or_else(String::new, Spanned::into_inner);
    let lesson = file.line("lesson").map_or_else(String::new, Spanned::into_inner);
    let workload = workload(file, source);
    let load = load(file);
    let gather = gather(file, load.as_ref());
    let deadline = deadline(file);
    let mode = load.as_ref().map(|load| load.mode);
    let run = run(file, gather, mode == Some(LoadMode::None));
    is_spawned_by_somebody(file, workload.as_ref(), mode);
    let gates = gates(file, &source.text);
    Some(Plan {
        name: name?.into_inner(),
        about,
        lesson,
        workload: workload?,
        load: load?,
        deadline,
        gather,
        run,
        gates,
        resolved: Arc::clone(&source.text),
        shard: None,
        start_at: None,
    })
}

fn workload(file: &Table<'_>, source: &Source) -> Option<WorkloadTable> {
    let table = file.open_table("workload", "[workload]");
    let table = file.required("workload", "[workload]` with `kind = \"synthetic\"", table)?;
    let files = file.line("files").map(Spanned::into_inner);
    let kind = table.required("kind", "kind = \"synthetic\"", table.line("kind"))?;
    Some(WorkloadTable {
        kind_span: kind.span(),
        kind: kind.into_inner(),
        source: Arc::clone(&source.text),
        origin: source.origin.clone(),
        base: match files {
            Some(files) => Some(source.base.as_ref().map_or_else(|| files.clone().into(), |base| base.join(&files))),
            None => source.base.clone(),
        },
    })
}

#[derive(Debug, Clone, Copy)]
enum Mode {
    Open,
    Closed,
    None,
}

impl Mode {
    const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::None => "none",
        }
    }
}

fn load(file: &Table<'_>) -> Option<Load> {
    let table = file.table("load", "[load]", &LOAD_KEYS);
    let table = file.required("load", "[load]` with `mode = \"closed\"` and `concurrency = 64", table)?;
    let max_in_flight = table.whole("max_in_flight", 1..=MAX_U32);
    let when_full = table.word("when_full", &[WhenFull::Queue, WhenFull::Shed], WhenFull::word);
    let mode = table.word("mode", &[Mode::Open, Mode::Closed, Mode::None], Mode::word);
    let mode = table.required("mode", "mode = \"open\"` or `mode = \"closed\"", mode)?.into_inner();
    let stages = table.tables("stage", "[[load.stage]]", &STAGE_KEYS);
    let stages = stages.iter().filter_map(|table| stage(table, mode)).collect();
    Some(Load {
        mode: load_mode(&table, mode)?,
        max_in_flight: max_in_flight.map_or(MAX_IN_FLIGHT, Spanned::into_inner),
        when_full: when_full.map_or(WHEN_FULL, Spanned::into_inner),
        stages,
    })
}

fn load_mode(table: &Table<'_>, mode: Mode) -> Option<LoadMode> {
    match mode {
        Mode::Open => {
            let arrivals = table.word("arrivals", &[Arrivals::Poisson, Arrivals::Constant], Arrivals::word);
            let arrivals = arrivals.map_or(ARRIVALS, Spanned::into_inner);
            Some(LoadMode::Open { rate: open_level(table)?, arrivals })
        }
        Mode::Closed => {
            let why = "belongs to an open load, and this load is closed";
            table.refuse("arrivals", why, "leave it out: in a closed load each arrival follows the end of another");
            Some(LoadMode::Closed { concurrency: closed_level(table)? })
        }
        Mode::None => {
            for key in ["rate", "concurrency", "arrivals", "stage"] {
                table.refuse(
                    key,
                    "belongs to a load, and here is none",
                    "leave it out: an application spawns the tasks",
                );
            }
            Some(LoadMode::None)
        }
    }
}

/// Complains of a load that nobody makes.
fn is_spawned_by_somebody(file: &Table<'_>, workload: Option<&WorkloadTable>, mode: Option<LoadMode>) {
    if let (Some(workload), Some(LoadMode::None)) = (workload, mode)
        && workload.kind != APPLICATION
    {
        let message = format!("nobody spawns a task of `{}`: the load's mode is `none`", workload.kind);
        let help = "write `mode = \"open\"` or `mode = \"closed\"`; without a load, only an application has tasks";
        file.complain(workload.kind_span.clone(), message, Some(help.to_owned()));
    }
}

fn open_level(table: &Table<'_>) -> Option<Rate> {
    let help = "write `mode = \"closed\"`, or say how often tasks arrive with `rate = \"500/s\"`";
    let misplaced = table.refuse("concurrency", "belongs to a closed load, and this load is open", help);
    let rate = table.rate("rate");
    let rate = if misplaced { rate } else { table.required("rate", "rate = \"500/s\"", rate) };
    rate.map(Spanned::into_inner)
}

fn closed_level(table: &Table<'_>) -> Option<u32> {
    let help = "write `mode = \"open\"`, or say how many are in flight at once with `concurrency = 64`";
    let misplaced = table.refuse("rate", "belongs to an open load, and this load is closed", help);
    let said = table.whole("concurrency", 1..=MAX_U32);
    let said = if misplaced { said } else { table.required("concurrency", "concurrency = 64", said) };
    u32::try_from(said?.into_inner()).ok()
}

fn stage(table: &Table<'_>, mode: Mode) -> Option<Stage> {
    let duration = table.required("duration", "duration = \"10s\"", table.positive_duration("duration"));
    let level = match mode {
        Mode::Open => open_level(table).map(Rate::as_per_second),
        Mode::Closed => closed_level(table).map(f64::from),
        Mode::None => None,
    };
    Some(Stage { duration: duration?.into_inner(), level: level? })
}

fn deadline(file: &Table<'_>) -> Deadline {
    let Some(table) = file.table("deadline", "[deadline]", &DEADLINE_KEYS) else {
        return Deadline { after: None, policy: ON_TIMEOUT, grace: GRACE, scope: SCOPE };
    };
    let after = table.required("after", "after = \"50ms\"", table.positive_duration("after"));
    let policy = table.word("on_timeout", &[Policy::Cancel, Policy::Observe], Policy::word);
    let scope = table.word("scope", &[Scope::Task, Scope::Gather], Scope::word);
    if let Some(scope) = scope.as_ref().filter(|scope| *scope.get_ref() == Scope::Gather && !file.has("gather")) {
        let help = "add `[gather]` with a `width`, or write `scope = \"task\"`";
        table.complain(
            scope.span(),
            "`scope` is a gather's, and there is no `[gather]`".to_owned(),
            Some(help.to_owned()),
        );
    }
    Deadline {
        after: after.map(Spanned::into_inner),
        policy: policy.map_or(ON_TIMEOUT, Spanned::into_inner),
        grace: table.duration("grace").map_or(GRACE, Spanned::into_inner),
        scope: scope.map_or(SCOPE, Spanned::into_inner),
    }
}

/// The modes by their words; `first` gets its number from `k`.
const GATHER_MODES: [GatherMode; 4] =
    [GatherMode::Collect, GatherMode::FailFast, GatherMode::CancelSiblings, GatherMode::First(1)];

/// The word of `gather.mode`.
pub(super) const fn mode_word(mode: GatherMode) -> &'static str {
    match mode {
        GatherMode::Collect => "collect",
        GatherMode::FailFast => "fail_fast",
        GatherMode::CancelSiblings => "cancel_siblings",
        GatherMode::First(_) => "first",
    }
}

fn gather(file: &Table<'_>, load: Option<&Load>) -> Option<Gather> {
    let table = file.table("gather", "[gather]", &GATHER_KEYS)?;
    let width = table.required("width", "width = 20", table.whole("width", 1..=MAX_U32));
    let mode = table.word("mode", &GATHER_MODES, mode_word).map_or(GATHER_MODE, Spanned::into_inner);
    let mode = if let GatherMode::First(_) = mode {
        first(&table, width.as_ref())
    } else {
        table.refuse("k", "belongs to `mode = \"first\"`", "write `mode = \"first\"`, or leave `k` out");
        Some(mode)
    };
    let width = width?;
    if let Some(load) = load.filter(|load| load.max_in_flight < *width.get_ref()) {
        let limit = load.max_in_flight;
        let message =
            format!("`width` is {}, more than `load.max_in_flight` = {limit} lets in flight", width.get_ref());
        table.complain(width.span(), message, Some("such a gather could never start".to_owned()));
    }
    Some(Gather { width: u32::try_from(width.into_inner()).ok()?, mode: mode? })
}

fn first(table: &Table<'_>, width: Option<&Spanned<u64>>) -> Option<GatherMode> {
    let k = table.required("k", "k = 3", table.whole("k", 1..=MAX_U32))?;
    if let Some(width) = width.filter(|width| k.get_ref() > width.get_ref()) {
        let message = format!("`k` is {}, more than the {} children of a gather", k.get_ref(), width.get_ref());
        table.complain(k.span(), message, Some("expected `k` from 1 to `width`".to_owned()));
    }
    u32::try_from(k.into_inner()).ok().map(GatherMode::First)
}

fn run(file: &Table<'_>, gather: Option<Gather>, is_endless: bool) -> Run {
    let table = file.table("run", "[run]", &RUN_KEYS);
    let table = table.as_ref();
    let duration = table.and_then(|table| table.positive_duration("duration")).map(Spanned::into_inner);
    let tasks = table.and_then(|table| table.whole("tasks", 1..=ANY)).map(Spanned::into_inner);
    let flavors = [Flavor::MultiThread, Flavor::CurrentThread];
    let flavor = table.and_then(|table| table.word("flavor", &flavors, Flavor::word));
    let flavor = flavor.map_or(FLAVOR, Spanned::into_inner);
    let width = gather.map_or(1, |gather| u64::from(gather.width));
    Run {
        duration: if tasks.is_none() && !is_endless { duration.or(Some(DURATION)) } else { duration },
        tasks: tasks.map(|tasks| tasks.div_ceil(width).saturating_mul(width)),
        warmup: table.and_then(|table| table.duration("warmup")).map_or(WARMUP, Spanned::into_inner),
        drain: table.and_then(|table| table.duration("drain")).map_or(DRAIN, Spanned::into_inner),
        workers: workers(table, flavor),
        blocking_threads: table
            .and_then(|table| table.whole("blocking_threads", 1..=MAX_BLOCKING_THREADS))
            .map_or(BLOCKING_THREADS, |said| usize::try_from(said.into_inner()).unwrap_or(BLOCKING_THREADS)),
        flavor,
        seed: table.and_then(|table| table.whole("seed", 0..=ANY)).map_or(SEED, Spanned::into_inner),
    }
}

fn workers(table: Option<&Table<'_>>, flavor: Flavor) -> usize {
    let said = table.and_then(|table| Some((table, table.whole("workers", 1..=MAX_WORKERS)?)));
    if let Some((table, said)) = &said
        && flavor == Flavor::CurrentThread
        && *said.get_ref() > 1
    {
        let message = format!("`workers` is {}, and `current_thread` has one event loop", said.get_ref());
        let help = "write `flavor = \"multi_thread\"`, or leave `workers` out";
        table.complain(said.span(), message, Some(help.to_owned()));
    }
    match (said, flavor) {
        (Some((_, said)), _) => usize::try_from(said.into_inner()).unwrap_or(1),
        (None, Flavor::CurrentThread) => 1,
        (None, Flavor::MultiThread) => available_parallelism().map_or(1, usize::from),
    }
}

fn gates(file: &Table<'_>, text: &str) -> Gates {
    let Some(table) = file.table("gate", "[gate]", &GATE_KEYS) else { return Gates::default() };
    let said = table.texts("fail_if", "conditions such as `[\"timed_out > 1%\", \"p99 > 200ms\"]`");
    // Held against a baseline, a run is told of without failing.
    let said =
        if table.has("baseline") { said } else { table.required("fail_if", "fail_if = [\"timed_out > 1%\"]", said) };
    let read = |said: Spanned<String>| match Condition::parse(said.get_ref()) {
        Ok(condition) if condition.quantity().is_of_gathers() && !file.has("gather") => {
            let message = format!("`{}` is a gather's, and there is no `[gather]`", condition.quantity_words());
            table.complain(said.span(), message, Some("add `[gather]` with a `width`, or leave it out".to_owned()));
            None
        }
        Ok(condition) => Some(condition),
        Err(error) => {
            let place = error.span.map_or_else(|| said.span(), |wrong| within(&said, &wrong, text));
            table.complain(place, error.message, error.help);
            None
        }
    };
    Gates {
        fail_if: said.map(Spanned::into_inner).unwrap_or_default().into_iter().filter_map(read).collect(),
        abort: table.boolean("abort").unwrap_or(ABORT),
        baseline: table.line("baseline").map(Spanned::into_inner),
    }
}

/// Where a part of `said` stands in the file; all of it where escapes make the one longer than the other.
fn within(said: &Spanned<String>, part: &Range<usize>, file: &str) -> Range<usize> {
    let Range { start, end } = said.span();
    let quoted = start + 1..end.saturating_sub(1);
    if file.get(quoted.clone()) == Some(said.get_ref()) {
        quoted.start + part.start..quoted.start + part.end
    } else {
        start..end
    }
}
