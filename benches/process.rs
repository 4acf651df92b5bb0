//! What the process protocol costs: tasks a second, and the latency it adds, of programs that do nothing but end their tasks,
//! over the same in tardy itself.

#![expect(clippy::cast_precision_loss, reason = "a bench's counts are far below 2^53")]

#[path = "support/report.rs"]
mod report;
#[path = "support/scene.rs"]
mod scene;

use std::io::{self, Read, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use report::{Effort, Spread, Table, verdict};
use tardy::engine::{Registry, Run, workload};
use tardy::ledger::Metric;
use tardy::scenario::{Overrides, Plan, Source};
use tardy::snapshot::{LaneView, Snapshot};
use tardy::workload::Process;

/// Said to this bench itself, it is such a program.
const ECHO: &str = "--echo";
const CONCURRENCY: usize = 64;
/// Thousands of tasks a second of each program.
const GOAL: f64 = 20.0;

/// It ends what it has read, all at once.
const PYTHON: &str = r#"
import json, os
rest, out = b"", b'{"type":"ready","protocol":1}\n'
while True:
    if out:
        os.write(1, out)
    chunk = os.read(0, 65536)
    if not chunk:
        break
    *lines, rest = (rest + chunk).split(b"\n")
    said = map(json.loads, lines)
    out = b"".join(b'{"type":"end","id":%d,"ending":"done"}\n' % one["id"] for one in said if one["type"] == "task")
"#;

/// The same.
const NODE: &str = r#"
let rest = "";
process.stdout.write('{"type":"ready","protocol":1}\n');
process.stdin.setEncoding("utf8").on("data", (chunk) => {
  const lines = (rest + chunk).split("\n");
  rest = lines.pop();
  const tasks = lines.map((line) => JSON.parse(line)).filter((said) => said.type === "task");
  if (tasks.length > 0) {
    process.stdout.write(tasks.map(({ id }) => `{"type":"end","id":${id},"ending":"done"}\n`).join(""));
  }
});
"#;

/// What runs the tasks.
#[derive(Debug)]
struct Candidate {
    name: &'static str,
    /// `None` for tardy itself.
    command: Option<Vec<String>>,
}

impl Candidate {
    fn all() -> Vec<Self> {
        let own = std::env::current_exe().expect("a bench knows where it is").display().to_string();
        let program = |name, command: &[&str]| Self {
            name,
            command: Some(command.iter().map(|word| (*word).to_owned()).collect()),
        };
        let mut all = vec![Self { name: "in tardy itself", command: None }, program("Rust", &[&own, ECHO])];
        all.extend([program("CPython", &["python3", "-c", PYTHON]), program("Node", &["node", "-e", NODE])]);
        all.retain(|candidate| candidate.command.as_ref().is_none_or(|command| is_there(&command[0])));
        all
    }

    /// A run of so many at once for that long.
    fn run(&self, concurrency: usize, length: Duration) -> Snapshot {
        let text = format!(
            "load = {{ mode = 'closed', concurrency = {concurrency} }}
             run = {{ duration = '{}ms', warmup = '100ms', workers = 1 }}",
            length.as_millis()
        );
        let run = match &self.command {
            None => scene::start(&text, |_| async { Ok(()) }),
            Some(command) => start(&format!("workload.kind = \"process\"\nworkload.command = {command:?}\n{text}")),
        };
        let snapshot = run.wait().expect("the clock holds").snapshot;
        assert_eq!(snapshot.balanced, Some(true), "the books of a bench balance too");
        assert_eq!(snapshot.total(LaneView::failed), 0, "{:?}", snapshot.workload.remarks);
        (*snapshot).clone()
    }
}

fn is_there(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    program.contains('/') || command.status().is_ok_and(|status| status.success())
}

fn start(text: &str) -> Run {
    let source = Source::new("bench.toml", format!("name = \"bench\"\n{text}"));
    let plan = Plan::new(source, &Overrides::default()).unwrap_or_else(|error| panic!("{error:?}"));
    let prepared = Registry::new().with(workload::<Process>("process")).prepare(&plan);
    Run::start(&plan, prepared.unwrap_or_else(|error| panic!("{error:?}"))).unwrap_or_else(|error| panic!("{error:?}"))
}

/// Ends every task that stdin brings, all that are there at once.
fn echo() -> io::Result<()> {
    let (mut stdin, mut stdout) = (io::stdin().lock(), io::stdout().lock());
    let (mut chunk, mut rest, mut out) = (vec![0; 64 << 10], Vec::new(), Vec::new());
    stdout.write_all(b"{\"type\":\"ready\",\"protocol\":1}\n")?;
    loop {
        stdout.flush()?;
        let read = stdin.read(&mut chunk)?;
        if read == 0 {
            return Ok(());
        }
        rest.extend_from_slice(&chunk[..read]);
        let whole = rest.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        for line in rest.drain(..whole).as_slice().split(|&byte| byte == b'\n') {
            let id = line.strip_prefix(b"{\"type\":\"task\",\"id\":").unwrap_or_default();
            let digits = id.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if digits > 0 {
                out.extend_from_slice(b"{\"type\":\"end\",\"id\":");
                out.extend_from_slice(&id[..digits]);
                out.extend_from_slice(b",\"ending\":\"done\"}\n");
            }
        }
        stdout.write_all(&out)?;
        out.clear();
    }
}

/// A quantile of the times from spawn to end, in microseconds.
fn quantile(snapshot: &Snapshot, q: f64) -> f64 {
    let histogram = snapshot.lanes[0].book.histogram(Metric::Service, |_| true);
    histogram.quantile(q).as_secs_f64() * 1e6
}

fn main() {
    if std::env::args().any(|arg| arg == ECHO) {
        return echo().expect("tardy reads and writes");
    }
    let effort = Effort::from_args();
    let (length, rounds) = (effort.pick(Duration::from_secs(3), Duration::from_millis(200)), effort.pick(5, 1));
    let mut table = Table::new(
        "tasks that do nothing, run by a program: median (min–max) of the rounds",
        &["program", "64 at once k/s", "goal", "", "1 at once k/s", "latency of 1 at once, p50 us", "p99 us"],
    );
    for candidate in Candidate::all() {
        let runs: Vec<_> =
            (0..rounds).map(|_| (candidate.run(CONCURRENCY, length), candidate.run(1, length))).collect();
        let per_s = |snapshot: &Snapshot| snapshot.total(LaneView::done) as f64 / snapshot.elapsed.as_secs_f64() / 1e3;
        let many = Spread::of(runs.iter().map(|(many, _)| per_s(many)));
        table.row([
            candidate.name.to_owned(),
            format!("{many:.1}"),
            format!("≥ {GOAL:.0}"),
            verdict(many.median >= GOAL).to_owned(),
            format!("{:.1}", Spread::of(runs.iter().map(|(_, one)| per_s(one)))),
            format!("{:.1}", Spread::of(runs.iter().map(|(_, one)| quantile(one, 0.5)))),
            format!("{:.1}", Spread::of(runs.iter().map(|(_, one)| quantile(one, 0.99)))),
        ]);
    }
    table.print();
}
