//! A run without a screen: progress on stderr, the summary for stdout.
//!
//! Owns what people read of a run that nobody watches, and what a signal does to it. It must not know
//! how a run is set up, nor write an escape sequence to anything but a terminal.

mod gates;
mod progress;
mod signal;
pub(crate) mod summary;

use std::thread;
use std::time::Duration;

pub use gates::write as write_gates;
pub(crate) use gates::{sum as gates_sum, table as gates_table};
pub use progress::Progress;
pub use signal::Signals;
pub(crate) use summary::place_words;
pub use summary::write as write_summary;

use crate::engine::{Command, EngineError, Run};
use crate::gate::is_lost;
use crate::snapshot::{EndedBy, Report};
use crate::text;

/// How often a run is looked at.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Whether the terminal says of itself that it understands no escape sequence, as an editor's shell does.
#[must_use]
pub fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}

/// Shows the progress of a run until it is over, passes signals on to it, and ends it once its gates say so.
///
/// # Errors
/// [`EngineError::Clock`] when the run broke down.
pub fn watch(run: Run, progress: &mut Progress, signals: &mut Signals) -> Result<Report, EngineError> {
    while !run.is_over() {
        let snapshot = run.handle().snapshot();
        progress.show(&snapshot);
        if is_lost(&snapshot) {
            run.handle().send(Command::Stop(EndedBy::Gate));
        }
        if let Some(command) = signals.command() {
            run.handle().send(command);
        }
        thread::sleep(LOOK_EVERY);
    }
    progress.finish();
    run.wait()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::engine::Prepared;
    use crate::export::Directory;
    use crate::lint::Limits;
    use crate::outcome::Ending;
    use crate::scenario::{Overrides, Plan, Source, TaskError};
    use crate::snapshot::{EndedBy, LaneView, State};

    /// Every third task fails, every fifth outlasts any deadline.
    async fn fifths(number: u64) -> Result<(), TaskError> {
        match number {
            n if n % 5 == 0 => tokio::time::sleep(Duration::from_secs(600)).await,
            n if n % 3 == 0 => return Err("\u{1b}[31mno\nluck".into()),
            _ => {}
        }
        Ok(())
    }

    fn run(on_timeout: &str) -> Report {
        let text = format!(
            "name = \"fifths\"\nabout = \"a\"\nlesson = \"b\"\n[workload]\nkind = \"fifths\"\n\
             [load]\nmode = \"closed\"\nconcurrency = 100\n\
             [deadline]\nafter = \"50ms\"\non_timeout = \"{on_timeout}\"\n\
             [run]\ntasks = 300\nduration = \"20s\"\ndrain = \"100ms\"\nworkers = 2\nseed = 1\n"
        );
        let plan = Plan::new(Source::new("fifths.toml", text), &Overrides::default()).unwrap();
        let run = Run::start(&plan, Prepared::from_fn(|cx| fifths(cx.number()))).unwrap();
        watch(run, &mut Progress::quiet(), &mut Signals::deaf()).unwrap()
    }

    #[test]
    fn a_run_is_watched_to_its_end_and_its_last_snapshot_is_returned() {
        let Report { snapshot, scenario } = run("cancel");
        assert_eq!(snapshot.state, State::Finished(EndedBy::Tasks));
        assert_eq!(snapshot.balanced, Some(true));
        let counts = [|l: &LaneView| l.spawned, LaneView::done, LaneView::failed, LaneView::cancelled];
        assert_eq!(counts.map(|of| snapshot.total(of)), [300, 160, 80, 60]);
        assert!(scenario.contains("fifths"));
    }

    #[test]
    fn what_never_ended_is_in_the_summary_and_in_every_file() {
        let report = run("observe");
        let unfinished = report.snapshot.total(LaneView::unfinished);
        assert_eq!((unfinished, report.snapshot.total(|lane| lane.late(Ending::Done))), (60, 0));

        let mut summary = Vec::new();
        write_summary(&report.snapshot, &Limits::default(), &mut summary).unwrap();
        let summary = String::from_utf8(summary).unwrap();
        assert!(summary.starts_with("20.0 % of 300 tasks missed the deadline of 50.0 ms under observe, 80 failed\n"));
        assert!(summary.contains("80  failed    [31mno luck\n") && !summary.contains('\u{1b}'), "{summary}");

        let scratch = tempfile::tempdir().unwrap();
        Directory::open(scratch.path()).unwrap().write(&report).unwrap();
        let read = |name: &str| fs::read_to_string(scratch.path().join(name)).unwrap();
        assert!(read("summary.json").contains("\"unfinished\": 60"));
        assert!(read("histogram.csv").lines().any(|row| row.starts_with("observe,50000000,censored,unfinished,,")));
        assert!(read("late_tasks.csv").lines().any(|row| row.contains(",unfinished,,overdue,")));
        assert_eq!(read("scenario.toml"), *report.scenario);
    }
}
