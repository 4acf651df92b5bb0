//! tardy profiles async work against its deadline.
//!
//! It runs a workload on an instrumented tokio runtime, lets tasks run *past* their deadline, and counts what a
//! timeout would cost: how many tasks miss it, by how much, and what becomes of them when they are cancelled or
//! merely observed.
//!
//! # A workload of your own
//! A [`Workload`](scenario::Workload) is the code one task runs. The rest comes from a scenario: how tasks arrive, when
//! they are due, and what happens to those that are not done by then.
//!
//! ```
//! use std::time::Duration;
//!
//! use tardy::engine::{Registry, Run};
//! use tardy::scenario::{Overrides, ParamError, Plan, Setup, Source, TaskContext, TaskError, Workload};
//!
//! /// Asks a backend that is slow for every tenth caller.
//! struct Ask {
//!     usual: Duration,
//! }
//!
//! #[derive(serde::Deserialize)]
//! #[serde(deny_unknown_fields)]
//! struct Params {
//!     usual_ms: u64,
//! }
//!
//! impl Workload for Ask {
//!     type Params = Params;
//!
//!     fn new(params: Params, _: &Setup) -> Result<Self, Vec<ParamError>> {
//!         Ok(Self { usual: Duration::from_millis(params.usual_ms) })
//!     }
//!
//!     fn run(&self, cx: TaskContext) -> impl Future<Output = Result<(), TaskError>> + Send + 'static {
//!         let takes = if cx.number() % 10 == 9 { self.usual * 100 } else { self.usual };
//!         async move {
//!             cx.step("backend", tokio::time::sleep(takes)).await;
//!             Ok(())
//!         }
//!     }
//! }
//!
//! const SCENARIO: &str = r#"
//!     name = "ask"
//!     workload = { kind = "ask", usual_ms = 2 }
//!     load = { mode = "closed", concurrency = 10 }
//!     deadline = { after = "100ms", on_timeout = "cancel" }
//!     run = { tasks = 100 }
//! "#;
//!
//! let plan = Plan::new(Source::new("ask.toml", SCENARIO), &Overrides::default())?;
//! let workload = Registry::new().with(tardy::workload::<Ask>("ask")).prepare(&plan)?;
//! let report = Run::start(&plan, workload)?.wait()?;
//!
//! let lane = &report.snapshot.lanes[0];
//! assert_eq!(lane.spawned, 100);
//! assert!(lane.timed_out() >= 10);
//! assert_eq!(report.snapshot.balanced, Some(true));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`main`] gives it the whole command line, the dashboard and the exports. A workload that is one function is a
//! [`workload_fn`]. While a run goes on, its [`Handle`](engine::Handle) gives snapshots and takes commands; [`tui::run`] shows
//! it.
//!
//! # What is stable
//! Until 1.0 a minor version (0.2) may change what is named here, and says so in the changelog; a patch version (0.1.1) does not.
//! - For workloads of your own: [`main`], [`fn@workload`], [`workload_fn`], [`engine::Kind`], and of [`scenario`] the
//!   [`Workload`](scenario::Workload) trait with [`Setup`](scenario::Setup), [`ParamError`](scenario::ParamError),
//!   [`TaskContext`](scenario::TaskContext), [`TaskError`](scenario::TaskError) and [`Cancelled`](scenario::Cancelled).
//! - For an application of your own: [`probe`].
//! - For runs in your own programs and tests: [`Plan`](scenario::Plan), [`Source`](scenario::Source) and
//!   [`Overrides`](scenario::Overrides); [`Registry`](engine::Registry), [`Run`](engine::Run) and [`Handle`](engine::Handle);
//!   the fields and methods of [`Snapshot`](snapshot::Snapshot) and of what it has; [`outcome`] and [`units`].
//!
//! Everything else is public so that tests, benches and the fuzzer can reach it, and may change with any version. So may the
//! versions of tokio, toml and serde that the above shows, with a minor version of tardy; that the parameters of the
//! workloads that come with tardy implement traits of other crates is no promise either.
//!
//! # Layout
//! A module imports only from lower floors.
//! - floor 0: [`outcome`], [`metric`], [`units`]: the words and the numbers; [`shard`]: one of several parts of a run
//! - floor 1: [`histogram`]: latencies by bucket; [`document`]: files people write, and what is wrong with them
//! - floor 2: [`ledger`]: what is in flight and what ended; [`condition`]: when a run counts as failed, as people write it;
//!   [`figure`]: what a workload keeps of itself
//! - floor 3: [`snapshot`]: the immutable view; [`scenario`]: files, plans and the plugin interface
//! - floor 4: [`engine`]: the measured runtime and the clock beside it; [`lint`]: what to know about a run; [`gate`]: whether a
//!   run passes
//! - floor 5: [`mod@workload`]: the plugins that come with tardy
//! - floor 5: [`export`]: a run as files; [`attach`]: a run seen from another process; [`telemetry`]: a run's metrics for others
//! - floor 6: [`import`]: files back to a run; [`tui`]: the dashboard; [`headless`]: a run without a screen;
//!   [`sweep`]: a grid of runs; [`compare`]: two runs side by side
//! - floor 6: [`probe`]: an application's own futures
//! - floor 7: [`baseline`]: runs kept under a name; [`report`]: runs as a page; [`merge`]: shards
//!   added up to the whole
//! - floor 8: [`cli`]: the command line

#![cfg_attr(
    test,
    allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "tests compare small numbers"
    )
)]

pub mod attach;
pub mod baseline;
pub mod cli;
pub mod compare;
pub mod condition;
pub mod document;
pub mod engine;
pub mod export;
pub mod figure;
pub mod gate;
pub mod headless;
pub mod histogram;
pub mod import;
pub mod ledger;
pub mod lint;
pub mod merge;
pub mod metric;
pub mod outcome;
pub mod probe;
pub mod report;
pub mod scenario;
pub mod shard;
pub mod snapshot;
pub mod sweep;
pub mod telemetry;
mod text;
pub mod tui;
pub mod units;
pub mod workload;

pub use cli::main;
pub use engine::{workload, workload_fn};
pub use probe::Probe;
