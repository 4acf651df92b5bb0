//! The workloads that come with tardy, one module each, on the same public interface as a user's own.
//!
//! Owns nothing but the plugins. It must not know how a task is spawned, counted or shown: a plugin
//! sees its [`TaskContext`](crate::scenario::TaskContext) and nothing else of the run.

mod channel;
mod exec;
mod fs;
mod http;
pub mod process;
mod program;
mod synthetic;
mod tcp;

pub use channel::{Channel, Params as ChannelParams};
pub use exec::{Exec, Params as ExecParams};
pub use fs::{Files, Params as FilesParams};
pub use http::{Http, Params as HttpParams};
pub use process::{Params as ProcessParams, Process};
pub use synthetic::{Params as SyntheticParams, Synthetic};
pub use tcp::{Params as TcpParams, Tcp};

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::runtime::Builder;

    use super::*;
    use crate::scenario::{
        BlockingLeft, Overrides, Plan, Setup, StepEntry, StepPoll, TaskContext, TaskHooks, TaskId, Workload, shipped,
    };

    #[test]
    fn every_notion_of_asyncio_has_its_scenario() {
        let names: Vec<&str> = shipped().iter().map(|scenario| scenario.name).collect();
        let tour = "hello sequential concurrent timeout observe fanout return-exceptions fail-fast task-group quorum \
                    tail-at-scale pool blame blocking stubborn blocking-pool channel fs \
                    tcp-echo http http-local replay exec asyncio-timeout asyncio-observe asyncio-gather asyncio-blocking \
                    node-timeout gate";
        assert_eq!(names.join(" "), tour);
        let told: Vec<String> = shipped().iter().map(|said| format!("{} {}", said.about, said.lesson)).collect();
        let told = told.join("\n");
        for notion in [
            "create_task",
            "await",
            "wait_for",
            "Task.cancel",
            "gather",
            "return_exceptions",
            "TaskGroup",
            "as_completed",
        ] {
            assert!(told.contains(notion), "{notion}");
        }
    }

    #[test]
    fn every_scenario_says_in_a_line_what_it_shows_and_what_it_teaches_and_is_short() {
        for scenario in shipped() {
            for line in [&scenario.about, &scenario.lesson] {
                assert!((20..=100).contains(&line.chars().count()), "{}: {line}", scenario.name);
            }
            let duration = plan(scenario.name).run.duration.unwrap();
            assert!((5..=30).contains(&duration.as_secs()), "{} runs for {duration:?}", scenario.name);
        }
    }

    #[test]
    fn the_workload_of_every_scenario_is_made_without_a_mistake() {
        for scenario in shipped() {
            let plan = plan(scenario.name);
            match plan.workload.kind.as_str() {
                "channel" => drop(made::<Channel>(&plan)),
                "exec" => drop(made::<Exec>(&plan)),
                "fs" => drop(made::<Files>(&plan)),
                "http" => drop(made::<Http>(&plan)),
                // Made where its program is: `tests/scenarios.rs` does that.
                "process" => drop(plan.workload.read::<ProcessParams>().unwrap_or_else(|error| panic!("{error:?}"))),
                "tcp" => drop(made::<Tcp>(&plan)),
                _ => drop(made::<Synthetic>(&plan)),
            }
        }
    }

    fn plan(name: &str) -> Plan {
        Plan::load(name, &Overrides::default()).unwrap_or_else(|error| panic!("{error:?}"))
    }

    /// The workload of a plan, as the engine prepares it.
    fn made<W: Workload>(plan: &Plan) -> W {
        let params = plan.workload.read::<W::Params>().unwrap_or_else(|error| panic!("{error:?}"));
        let setup = Setup::new(plan.workload.base.clone(), plan.run.seed);
        W::new(params, &setup).unwrap_or_else(|errors| panic!("{}: {errors:?}", plan.name))
    }

    #[test]
    fn as_many_tasks_need_more_than_the_deadline_as_the_lessons_say() {
        const N: u64 = 10_000;
        for (name, share) in [
            ("hello", 0.0),
            ("sequential", 0.0),
            ("concurrent", 0.0),
            ("timeout", 0.052),
            ("observe", 0.052),
            ("fanout", 0.01),
            ("tail-at-scale", 0.01),
            ("quorum", 0.05),
            ("stubborn", 0.2),
            ("replay", 0.078),
        ] {
            let plan = plan(name);
            let after = plan.deadline.after.unwrap_or(Duration::from_secs(1));
            let late = late(&made(&plan), N, after) as f64 / N as f64;
            let tolerance = 4.0 * (share * (1.0 - share) / N as f64).sqrt();
            assert!((late - share).abs() <= tolerance, "{name}: {late} instead of {share} ± {tolerance}");
        }
    }

    /// How many of the first `n` tasks need more than `after` when each runs alone, by a clock that jumps to
    /// the next timer; that rounds up to the millisecond.
    fn late(work: &Synthetic, n: u64, after: Duration) -> usize {
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let late = |number| {
            runtime.block_on(async {
                let start = tokio::time::Instant::now();
                let id = TaskId { run: 0, slot: 0, number };
                let _ = work.run(TaskContext::new(id, 0, 1, &Deaf)).await;
                start.elapsed() >= after + Duration::from_millis(1)
            })
        };
        (0..n).filter(|number| late(*number)).count()
    }

    /// Hooks that hear nothing.
    #[derive(Debug)]
    struct Deaf;

    impl TaskHooks for Deaf {
        fn enter_step(&self, _: TaskId, _: &str) -> StepEntry {
            StepEntry::default()
        }

        fn begin_poll(&self, _: TaskId, _: StepEntry) -> StepPoll {
            StepPoll::default()
        }

        fn end_poll(&self, _: TaskId, _: StepEntry, _: StepPoll, _: bool) {}

        fn leave_step(&self, _: TaskId, _: &str, _: StepEntry, _: bool) {}

        fn leave_blocking(&self, _: TaskId) -> Option<BlockingLeft> {
            None
        }

        fn end_blocking(&self, _: u32, _: BlockingLeft) {}

        fn is_cancelled(&self, _: TaskId) -> bool {
            false
        }
    }
}
