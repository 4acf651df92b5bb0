//! The workloads that come with tardy, one module each, on the same public interface as a user's own.
//!
//! Owns nothing but the plugins. It must not know how a task is spawned, counted or shown: a plugin
//! sees its [`TaskContext`](crate::scenario::TaskContext) and nothing else of the run.

mod synthetic;

pub use synthetic::{Params as SyntheticParams, Synthetic};

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::{Path, PathBuf};
    use std::time::Duration;

    use tokio::runtime::Builder;

    use super::*;
    use crate::scenario::{Setup, StepEntry, TaskContext, TaskHooks, TaskId, Workload};
    use crate::units::parse_duration;

    fn directory() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
    }

    /// The shipped scenarios, by the stem of their file.
    fn shipped() -> Vec<(String, toml::Table)> {
        let mut files: Vec<_> = std::fs::read_dir(directory()).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
        files.sort();
        let read = |path: PathBuf| {
            let text = std::fs::read_to_string(&path).unwrap();
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), text.parse().unwrap())
        };
        files.into_iter().map(read).collect()
    }

    #[test]
    fn every_notion_of_asyncio_has_its_scenario() {
        let names: Vec<String> = shipped().into_iter().map(|(stem, _)| stem).collect();
        let expected = "blocking concurrent fail-fast fanout hello observe pool quorum replay return-exceptions sequential \
                        stubborn tail-at-scale task-group timeout";
        assert_eq!(names.join(" "), expected);
        let told: Vec<String> =
            shipped().iter().map(|(_, file)| format!("{} {}", file["about"], file["lesson"])).collect();
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
    fn every_scenario_says_in_one_line_what_it_shows_and_in_one_what_it_teaches() {
        for (stem, file) in shipped() {
            assert_eq!(file["name"].as_str(), Some(&*stem));
            for key in ["about", "lesson"] {
                let line = file[key].as_str().unwrap();
                assert!(!line.contains('\n') && (20..=100).contains(&line.chars().count()), "{stem}: {key}: {line}");
            }
            let duration = parse_duration(file["run"]["duration"].as_str().unwrap()).unwrap();
            assert!((5..=30).contains(&duration.as_secs()), "{stem} runs for {duration:?}");
        }
    }

    /// The workload of a scenario file.
    fn synthetic(stem: &str, mut file: toml::Table) -> Synthetic {
        let mut table = file.remove("workload").unwrap();
        let kind = table.as_table_mut().unwrap().remove("kind").unwrap();
        assert_eq!(kind.as_str(), Some("synthetic"), "{stem}");
        let params: SyntheticParams = toml::from_str(&toml::to_string(&table).unwrap()).unwrap();
        let setup = Setup { base: Some(directory()), seed: 1 };
        Synthetic::new(params, &setup).unwrap_or_else(|errors| panic!("{stem}: {errors:?}"))
    }

    #[test]
    fn the_workload_of_every_scenario_is_a_synthetic_one_without_a_mistake() {
        for (stem, file) in shipped() {
            synthetic(&stem, file);
        }
    }

    #[test]
    fn as_many_tasks_need_more_than_the_deadline_as_the_lessons_say() {
        const N: u64 = 10_000;
        let files: BTreeMap<_, _> = shipped().into_iter().collect();
        for (stem, share) in [
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
            let after = files[stem].get("deadline").map_or("1s", |deadline| deadline["after"].as_str().unwrap());
            let after = parse_duration(after).unwrap();
            let late = late(&synthetic(stem, files[stem].clone()), N, after) as f64 / N as f64;
            let tolerance = 4.0 * (share * (1.0 - share) / N as f64).sqrt();
            assert!((late - share).abs() <= tolerance, "{stem}: {late} instead of {share} ± {tolerance}");
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
            StepEntry { at_ns: 0, outer: 0 }
        }

        fn leave_step(&self, _: TaskId, _: &str, _: StepEntry, _: bool) {}

        fn is_cancelled(&self, _: TaskId) -> bool {
            false
        }
    }
}
