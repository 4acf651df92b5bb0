//! What a task does, step by step.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use super::*;
use crate::scenario::{BlockingLeft, StepEntry, StepPoll, TaskHooks, TaskId};

/// Keeps what the steps of one task tell the engine.
#[derive(Debug, Default)]
struct Log(Mutex<Vec<String>>);

impl Log {
    fn leaked() -> &'static Self {
        Box::leak(Box::default())
    }

    fn say(&self, line: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl TaskHooks for Log {
    fn enter_step(&self, _: TaskId, name: &str) -> StepEntry {
        self.say(format!("> {name}"));
        StepEntry::default()
    }

    fn begin_poll(&self, _: TaskId, _: StepEntry) -> StepPoll {
        StepPoll::default()
    }

    fn end_poll(&self, _: TaskId, _: StepEntry, _: StepPoll, _: bool) {}

    fn leave_step(&self, _: TaskId, name: &str, _: StepEntry, ended: bool) {
        self.say(format!("{} {name}", if ended { "<" } else { "x" }));
    }

    fn leave_blocking(&self, _: TaskId) -> Option<BlockingLeft> {
        None
    }

    fn end_blocking(&self, _: u32, _: BlockingLeft) {}

    fn is_cancelled(&self, _: TaskId) -> bool {
        false
    }
}

fn task(number: u64, log: &'static Log) -> TaskContext {
    TaskContext::new(TaskId { run: 0, slot: 0, number }, 0, 7, log)
}

/// One event loop whose clock stands still until everything waits for it.
fn paused() -> Runtime {
    Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

/// What task 0 of the table tells the engine, and how it ends.
fn ran(table: &str) -> (Vec<String>, Result<(), String>) {
    let log = Log::leaked();
    let ended = paused().block_on(workload(table).run(task(0, log)));
    (log.lines(), ended.map_err(|error| error.to_string()))
}

#[test]
fn a_step_with_one_thing_to_do_is_shown_by_its_name_and_one_with_several_as_a_tree() {
    let (log, ended) = ran(r#"
        pools = { db = 1 }
        [[step]]
        name = "connect"
        sleep = "1ms"
        [[step]]
        name = "query"
        yield = 1
        blocking = "1us"
        cpu = "1us"
        sleep = "1ms"
        acquire = "db"
        [[step]]
        name = "nothing"
        "#);
    assert_eq!(ended, Ok(()));
    assert_eq!(
        log,
        [
            "> connect",
            "< connect",
            "> query",
            "> query/acquire db",
            "< query/acquire db",
            "> query/sleep",
            "< query/sleep",
            "> query/cpu",
            "< query/cpu",
            "> query/blocking",
            "< query/blocking",
            "> query/yield",
            "< query/yield",
            "< query",
            "> nothing",
            "< nothing",
        ]
    );
}

#[test]
fn sleeps_add_up() {
    let table =
        r#"step = [ { name = "a", sleep = "5ms" }, { name = "b", sleep = "0s" }, { name = "c", sleep = "1h" } ]"#;
    let work = workload(table);
    paused().block_on(async {
        let start = tokio::time::Instant::now();
        work.run(task(0, Log::leaked())).await.unwrap();
        assert_eq!(start.elapsed().as_secs(), 3600);
    });
}

/// When each of six tasks ends that begin together, in hundredths of a second.
fn six_ended(work: &Synthetic) -> Vec<u64> {
    let runtime = paused();
    runtime.block_on(async {
        let start = tokio::time::Instant::now();
        let tasks: Vec<_> = (0..6).map(|n| runtime.spawn(work.run(task(n, Log::leaked())))).collect();
        let mut ended = Vec::new();
        for task in tasks {
            task.await.unwrap().unwrap();
            ended.push((start.elapsed().as_secs_f64() * 100.0).round() as u64);
        }
        ended
    })
}

#[test]
fn a_permit_is_held_until_the_step_ends_and_no_longer() {
    let work = workload(
        r#"
        pools = { db = 2 }
        step = [ { name = "query", acquire = "db", sleep = "10ms" }, { name = "render", sleep = "1s" } ]
        "#,
    );
    assert_eq!(six_ended(&work), [101, 101, 102, 102, 103, 103], "two at a time, then render together");
}

#[test]
fn a_shard_has_its_share_of_the_permits() {
    let table = r#"
        pools = { db = 5 }
        step = [ { name = "query", acquire = "db", sleep = "10ms" } ]
        "#;
    let of = |shard: &str| {
        let setup = setup().with_shard(shard.parse().unwrap());
        six_ended(&Synthetic::new(toml::from_str(table).unwrap(), &setup).unwrap())
    };
    assert_eq!((of("1/2"), of("2/2")), (vec![1, 1, 1, 2, 2, 2], vec![1, 1, 2, 2, 3, 3]));
    assert_eq!(of("5/5"), [1, 2, 3, 4, 5, 6]);
}

#[test]
fn a_task_that_is_dropped_gives_its_permit_back() {
    let work = workload("pools = { db = 1 }\nstep = [ { name = \"query\", acquire = \"db\", sleep = \"1h\" } ]");
    let (holder, waiter) = (Log::leaked(), Log::leaked());
    let runtime = paused();
    runtime.block_on(async {
        let held = runtime.spawn(work.run(task(0, holder)));
        tokio::task::yield_now().await;
        let waiting = runtime.spawn(work.run(task(1, waiter)));
        tokio::task::yield_now().await;
        assert_eq!(waiter.lines(), ["> query", "> query/acquire db"], "the permit is taken");
        held.abort();
        assert!(held.await.unwrap_err().is_cancelled());
        waiting.await.unwrap().unwrap();
    });
    let left = ["> query", "> query/acquire db", "< query/acquire db", "> query/sleep", "x query/sleep", "x query"];
    assert_eq!(holder.lines(), left);
}

#[test]
fn a_step_that_is_to_fail_says_which_one_and_ends_the_task() {
    let (log, ended) =
        ran(r#"step = [ { name = "render", sleep = "1ms", fail = 1.0, panic = 1.0 }, { name = "send" } ]"#);
    assert_eq!(ended, Err("step \"render\" failed".to_owned()));
    assert_eq!(log, ["> render", "< render"]);
}

#[test]
fn a_step_that_is_to_panic_says_which_one() {
    let work = workload(r#"step = [ { name = "render", panic = 1 } ]"#);
    let runtime = paused();
    let panic = runtime.block_on(runtime.spawn(work.run(task(0, Log::leaked())))).unwrap_err().into_panic();
    assert_eq!(panic.downcast_ref::<String>().map(String::as_str), Some("step \"render\" panicked"));
}

#[test]
fn a_task_draws_the_same_whenever_and_beside_whomever_it_runs() {
    let work = workload(
        r#"
        pools = { db = 3 }
        [[step]]
        name = "query"
        acquire = "db"
        sleep = { dist = "mix", of = [ { weight = 1, sleep = { dist = "normal", mean = "5ms", stdev = "2ms" } }, { weight = 1, sleep = "1ms" } ] }
        fail = 0.3
        [[step]]
        name = "render"
        sleep = { dist = "exp", mean = "5ms" }
        fail = 0.5
        "#,
    );
    let runtime = paused();
    let said = |ended: Result<(), TaskError>| ended.map_err(|error| error.to_string());
    let alone: Vec<_> = (0..300).map(|n| said(runtime.block_on(work.run(task(n, Log::leaked()))))).collect();
    let together: Vec<_> = runtime.block_on(async {
        let tasks: Vec<_> = (0..300).rev().map(|n| runtime.spawn(work.run(task(n, Log::leaked())))).collect();
        let mut ended = Vec::new();
        for task in tasks.into_iter().rev() {
            ended.push(said(task.await.unwrap()));
        }
        ended
    });
    assert_eq!(alone, together);
    let query = alone.iter().filter(|ended| **ended == Err("step \"query\" failed".to_owned())).count();
    let render = alone.iter().filter(|ended| **ended == Err("step \"render\" failed".to_owned())).count();
    assert!((60..=120).contains(&query), "{query} of 300 at 0.3");
    assert!((70..=140).contains(&render), "{render} of about 210 at 0.5");
}

#[test]
fn cpu_is_burnt_within_one_poll() {
    let work = workload(r#"step = [ { name = "render", cpu = "2ms" } ]"#);
    let start = quanta::Instant::now();
    assert!(polls(&work) == 1 && start.elapsed() >= Duration::from_millis(2));
}

#[test]
fn a_yield_is_one_more_poll() {
    assert_eq!(polls(&workload(r#"step = [ { name = "a", yield = 3 } ]"#)), 4);
    assert_eq!(polls(&workload(r#"step = [ { name = "a", sleep = "0s" } ]"#)), 1, "a sleep of zero is none");
}

/// How often task 0 is polled until it is done.
fn polls(work: &Synthetic) -> u32 {
    let mut polls = 0;
    let mut run = pin!(work.run(task(0, Log::leaked())));
    let counted = poll_fn(|cx| {
        polls += 1;
        run.as_mut().poll(cx)
    });
    paused().block_on(counted).unwrap();
    polls
}

#[test]
fn a_blocking_step_leaves_the_worker_to_others() {
    let blocking = workload(r#"step = [ { name = "read", blocking = "100ms" } ]"#);
    let short = workload(r#"step = [ { name = "short", yield = 3 } ]"#);
    paused().block_on(async {
        let mut blocking = pin!(blocking.run(task(0, Log::leaked())));
        let first = poll_fn(|cx| Poll::Ready(blocking.as_mut().poll(cx))).await;
        assert!(first.is_pending());
        short.run(task(1, Log::leaked())).await.unwrap();
        blocking.await.unwrap();
    });
}

#[test]
fn a_replayed_step_ends_as_its_row_says_and_does_nothing_after_it() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("own.csv"), "ending,latency\nfailed,1ms\ndone,2ms\n").unwrap();
    let table = r#"step = [ { name = "call", sleep = { dist = "replay", file = "own.csv" }, yield = 1 } ]"#;
    let setup = Setup::new(Some(dir.path().to_owned()), 1);
    let work = Synthetic::new(toml::from_str(table).unwrap(), &setup).unwrap();

    let log = Log::leaked();
    let ended = paused().block_on(work.run(task(0, log)));
    assert_eq!(ended.unwrap_err().to_string(), "step \"call\" failed");
    assert_eq!(log.lines(), ["> call", "> call/sleep", "< call/sleep", "< call"]);
    assert!(paused().block_on(work.run(task(1, Log::leaked()))).is_ok());
}
