//! Runs of small programs, one run at a time, and what they leave behind.

use std::collections::BTreeMap;
use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tardy::engine::{EngineError, Registry, Run, workload};
use tardy::scenario::{Overrides, Plan, Source};
use tardy::snapshot::{LaneView, Report};
use tardy::workload::{Exec, Process};

/// Twenty tasks, five at once.
pub(crate) const TWENTY: &str =
    "load = { mode = 'closed', concurrency = 5 }\nrun = { tasks = 20, drain = '20s', workers = 1 }\n";

/// Functions that the programs of these tests have in common: `say` writes a line, `get` reads one and finds its `id`.
const COMMON: &str = r#"
say() { printf '%s\n' "$1"; }
get() { read -r line || exit 0; id=${line#*'"id":'}; id=${id%%[,\}]*}; }
end() { say '{"type":"end","id":'"$1"',"ending":"done"}'; }
ready() { say '{"type":"ready","protocol":1,"name":"test"}'; }
begin() { read -r hello; ready; }
serve() { while get; do case $line in *'"task"'*) end "$id" ;; *'"bye"'*) exit 0 ;; esac; done; }
"#;

/// Held by one test at a time: the files and the processes of the machine are counted.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    static FIRST: Once = Once::new();
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    // tokio opens files for signals once, with the first process, and keeps them.
    FIRST.call_once(|| drop(run(&format!("workload.kind = 'exec'\nworkload.command = ['true']\n{TWENTY}"))));
    alone
}

/// Something no other process has in its command line.
pub(crate) fn mark() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("tardy-test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A table for a program in `sh`, which can be told by its mark.
pub(crate) fn program(body: &str, mark: &str) -> String {
    format!("workload.kind = 'process'\nworkload.command = ['sh', '-c', '''{COMMON}\n{body}''', '{mark}']\n")
}

pub(crate) fn start(text: &str) -> Result<Run, EngineError> {
    let text = format!("name = \"test\"\n{text}");
    let plan = Plan::new(Source::new("test.toml", text), &Overrides::default()).unwrap_or_else(|e| panic!("{e:?}"));
    let registry = Registry::new().with(workload::<Process>("process")).with(workload::<Exec>("exec"));
    Run::start(&plan, registry.prepare(&plan).unwrap_or_else(|e| panic!("{e:?}")))
}

/// A run to its end, with its books balanced.
pub(crate) fn run(text: &str) -> Report {
    let report = start(text).unwrap_or_else(|error| panic!("{error:?}")).wait().unwrap();
    assert_eq!(report.snapshot.balanced, Some(true));
    report
}

/// The run of a program in `sh`; nothing is left of it.
#[track_caller]
pub(crate) fn run_program(body: &str, rest: &str) -> Report {
    let (mark, files) = (mark(), open_files());
    let report = run(&format!("{}{rest}", program(body, &mark)));
    assert_nothing_left(&mark, files);
    report
}

/// What is counted of a lane.
pub(crate) type Count = fn(&LaneView) -> u64;

/// The sum over all lanes.
pub(crate) fn total(report: &Report, of: Count) -> u64 {
    report.snapshot.total(of)
}

/// How often each message was told.
pub(crate) fn messages(report: &Report) -> BTreeMap<String, u64> {
    let messages = report.snapshot.lanes.iter().flat_map(|lane| lane.book.messages().rows());
    messages.map(|message| (message.text.to_string(), message.count)).collect()
}

/// How often each step was gone through to its end.
pub(crate) fn steps(report: &Report) -> BTreeMap<String, u64> {
    let steps = report.snapshot.lanes.iter().flat_map(|lane| lane.book.steps());
    steps.map(|step| (step.name.to_string(), step.service.count())).collect()
}

/// Files this process has open: pipes, polls, sockets.
pub(crate) fn open_files() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Processes whose command line has `mark` in it, and children of this one that nobody buried.
pub(crate) fn processes(mark: &str) -> Vec<String> {
    let own = format!("PPid:\t{}\n", std::process::id());
    let processes = fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let path = entry.ok()?.path();
        let command = fs::read_to_string(path.join("cmdline")).ok()?.replace('\0', " ");
        let status = fs::read_to_string(path.join("status")).ok()?;
        let is_zombie = status.contains("State:\tZ") && status.contains(&own);
        (command.contains(mark) || is_zombie).then_some(command)
    });
    processes.collect()
}

/// Threads on which programs are looked after.
pub(crate) fn threads() -> usize {
    let names = fs::read_dir("/proc/self/task").unwrap().filter_map(|entry| {
        let name = fs::read_to_string(entry.ok()?.path().join("comm")).ok()?;
        ["tardy-process", "tardy-exec"].contains(&name.trim_end()).then_some(())
    });
    names.count()
}

/// Nothing with this mark is left, nor a thread, nor more files than there were, at once or within a moment: a killed process and a
/// runtime that is left behind take their time.
#[track_caller]
pub(crate) fn assert_nothing_left(mark: &str, files: usize) {
    let begin = Instant::now();
    while !processes(mark).is_empty() || threads() > 0 || open_files() > files {
        let left = (processes(mark), threads(), open_files());
        assert!(begin.elapsed() < Duration::from_secs(10), "{left:?} instead of {files} files");
        sleep(Duration::from_millis(10));
    }
}
