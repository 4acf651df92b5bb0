//! Progress on stderr: a bar on a terminal, a plain line now and then anywhere else.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::text::one_line;
use super::{LOOK_EVERY, is_dumb};
use crate::snapshot::{LaneView, Snapshot, State};
use crate::units::{clock, human, percent, thousands};

/// From one plain line to the next.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// The length of the bar, in steps.
const STEPS: u64 = 1_000;

/// The longest name shown, in characters.
const NAME: usize = 40;

/// Where progress goes.
#[derive(Debug)]
pub struct Progress(Style);

enum Style {
    Quiet,
    Bar(ProgressBar),
    Lines { out: Box<dyn Write>, since: Option<Duration> },
}

impl fmt::Debug for Style {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Quiet => "Quiet",
            Self::Bar(_) => "Bar",
            Self::Lines { .. } => "Lines",
        })
    }
}

impl Progress {
    /// Shows nothing.
    #[must_use]
    pub const fn quiet() -> Self {
        Self(Style::Quiet)
    }

    /// Shows a bar when stderr is a terminal that can draw one, and otherwise a line at once and one every 5 s.
    #[must_use]
    pub fn on_stderr() -> Self {
        if !io::stderr().is_terminal() || is_dumb() {
            return Self::lines(Box::new(io::stderr()));
        }
        let bar = ProgressBar::with_draw_target(Some(STEPS), ProgressDrawTarget::stderr_with_hz(10));
        let style = ProgressStyle::with_template("{bar:10} {wide_msg}").expect("the template is valid");
        Self(Style::Bar(bar.with_style(style)))
    }

    fn lines(out: Box<dyn Write>) -> Self {
        Self(Style::Lines { out, since: None })
    }

    /// Shows where the run is. A stderr that is gone is no reason to end a run.
    pub fn show(&mut self, snapshot: &Snapshot) {
        match &mut self.0 {
            Style::Quiet => {}
            Style::Bar(bar) => {
                bar.set_message(message(snapshot));
                bar.set_position(position(snapshot));
            }
            Style::Lines { out, since } => {
                let waited = since.map_or(LINE_EVERY, |since| since + LOOK_EVERY);
                let due = waited >= LINE_EVERY;
                if due {
                    let line = if since.is_none() { headline(snapshot) } else { message(snapshot) };
                    drop(writeln!(out, "{line}"));
                }
                *since = Some(if due { Duration::ZERO } else { waited });
            }
        }
    }

    /// Takes the bar away, so that what is printed next starts on a clean line.
    pub fn finish(&self) {
        if let Style::Bar(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

/// What is run and for how long: `fanout: observe 50.0 ms, open 500/s poisson, for 01:00`.
fn headline(snapshot: &Snapshot) -> String {
    let info = &snapshot.info;
    let deadline =
        snapshot.deadline.map_or("no deadline".to_owned(), |after| format!("{} {}", snapshot.policy, human(after)));
    let target = match (info.duration, info.tasks) {
        (_, Some(tasks)) => format!(", {} tasks", thousands(tasks)),
        (Some(duration), None) => format!(", for {}", clock(duration)),
        (None, None) => String::new(),
    };
    format!("{}: {deadline}, {}{target}", one_line(&info.scenario, NAME), snapshot.load_in_words())
}

/// Where it is, the verdict first: `00:42 / 01:00  missed 17.7 %  overdue 97  in flight 311  done 20,391`.
fn message(snapshot: &Snapshot) -> String {
    let count = |of: fn(&LaneView) -> u64| thousands(snapshot.total(of));
    let target = snapshot.info.duration.map_or(String::new(), |duration| format!(" / {}", clock(duration)));
    let missed = snapshot.timed_out_rate().map_or("–".to_owned(), percent);
    format!(
        "{}{target}{}  missed {missed}  overdue {}  in flight {}  done {}",
        clock(snapshot.elapsed),
        match snapshot.state {
            State::Warmup => "  warming up",
            State::Draining => "  draining",
            State::Running | State::Finished(_) => "",
        },
        count(|lane| lane.overdue),
        count(LaneView::in_flight),
        count(LaneView::done),
    )
}

/// How far the run is on the way to whichever end comes first.
fn position(snapshot: &Snapshot) -> u64 {
    let info = &snapshot.info;
    if matches!(snapshot.state, State::Draining | State::Finished(_)) {
        return STEPS;
    }
    let steps = |done: u128, all: u128| u64::try_from(done * u128::from(STEPS) / all.max(1)).unwrap_or(STEPS);
    let by_time = info.duration.map_or(0, |all| steps(snapshot.elapsed.as_nanos(), all.as_nanos()));
    let by_tasks = info.tasks.map_or(0, |all| steps(snapshot.total(|lane| lane.spawned).into(), all.into()));
    by_time.max(by_tasks).min(STEPS)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::snapshot::{RunInfo, fixture};

    const LOOKS_A_LINE: u32 = 100;

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn shown(snapshot: &Snapshot, looks: u32) -> String {
        let out = Shared::default();
        let mut progress = Progress::lines(Box::new(out.clone()));
        (0..looks).for_each(|_| progress.show(snapshot));
        progress.finish();
        let bytes = out.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_pipe_gets_a_line_at_once_and_then_one_every_5_s() {
        assert_eq!(shown(&fixture::live(), 1), "fanout: cancel 50.0 ms, open 500/s poisson, for 01:00\n");
        assert_eq!(shown(&fixture::live(), LOOKS_A_LINE).lines().count(), 1);
        let lines = shown(&fixture::live(), 2 * LOOKS_A_LINE + 1);
        assert_eq!(lines.lines().count(), 3);
        assert!(lines.contains("00:42 / 01:00  missed 2.79 %  overdue 97  in"), "{lines}");
    }

    #[test]
    fn not_one_escape_byte_goes_into_a_pipe_whatever_a_scenario_is_called() {
        let mut snapshot = fixture::live();
        let info = RunInfo { scenario: "\u{1b}[31mred\r\n".into(), ..(*snapshot.info).clone() };
        snapshot.info = Arc::new(info);
        let lines = shown(&snapshot, 2 * LOOKS_A_LINE);
        assert!(lines.chars().all(|c| !c.is_control() || c == '\n'), "{lines:?}");
    }

    #[test]
    fn a_run_that_has_counted_nothing_yet_has_a_line_too() {
        let snapshot = Snapshot { state: State::Warmup, ..fixture::empty() };
        assert_eq!(message(&snapshot), "00:00 / 01:00  warming up  missed –  overdue 0  in flight 0  done 0");
    }

    #[test]
    fn the_bar_follows_whichever_end_is_nearer_and_is_full_while_draining() {
        let at = |elapsed, tasks| {
            let mut snapshot = fixture::live();
            let duration = Some(Duration::from_secs(60));
            snapshot.info = Arc::new(RunInfo { duration, tasks, ..(*snapshot.info).clone() });
            snapshot.elapsed = Duration::from_secs(elapsed);
            snapshot
        };
        assert_eq!(position(&at(30, None)), 500);
        assert_eq!(position(&at(90, None)), STEPS);
        assert_eq!(position(&at(30, Some(1))), STEPS);
        assert_eq!(position(&Snapshot { state: State::Draining, ..at(30, None) }), STEPS);
    }
}
