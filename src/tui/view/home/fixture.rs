//! Home with known rows, for tests.

use std::time::{Duration, SystemTime};

use crate::tui::home::Home;
use crate::tui::keymap::Keymap;
use crate::tui::launcher::{Field, Listing, PastKind, PastRun};
use crate::tui::theme::{Colors, Ground, Theme};

pub(in crate::tui) const COLOR: Theme = Theme::new(Colors::Indexed, Ground::Dark);

const FILE: &str = r#"name = "fanout"
about = "20 leaves awaited together; one slow leaf makes the whole gather late"
lesson = "a gather is as late as its slowest child"

# each leaf sleeps 10 ms, and one in a hundred a second
[workload]
kind = "synthetic"

[[workload.step]]
name = "leaf"
sleep = { dist = "mix", of = [{ weight = 99, sleep = "10ms" }, { weight = 1, sleep = "1s" }] }

[load]
mode = "open"
rate = "500/s"
arrivals = "poisson"
max_in_flight = 100000
when_full = "queue"

[deadline]
after = "50ms"
on_timeout = "observe"
grace = "0s"
scope = "task"

[gather]
width = 20
mode = "collect"

[run]
duration = "30s"
warmup = "0s"
drain = "5s"
workers = 2
flavor = "multi_thread"
seed = 1
"#;

const LESSONS: [(&str, &str); 7] = [
    ("fanout", "a gather is as late as its slowest child: 1 % slow leaves make 18 % late gathers"),
    ("hello", "one at a time at 5 ms each is at most 200 tasks a second, however idle the machine is"),
    ("timeout", "wait_for returns on time and throws the work away"),
    ("return-exceptions", "every child is waited for, and an error is a result like any other"),
    ("quorum", "the first three of five answers are enough"),
    ("pool", "a full pool makes every task late, and a timeout can be the cure"),
    ("blocking", "one blocking call holds up every task on its worker"),
];

fn values() -> Vec<(Field, String)> {
    let value = |(field, text): (Field, &str)| (field, text.to_owned());
    let fields = [(Field::Deadline, "50ms"), (Field::Policy, "observe"), (Field::Load, "500/s")];
    fields.into_iter().chain([(Field::Duration, "30s"), (Field::Seed, "1")]).map(value).collect()
}

/// The rows of a list that has everything.
pub(in crate::tui) fn listings() -> Vec<Listing> {
    let listing = |(name, lesson): (&str, &str)| Listing {
        name: name.to_owned(),
        about: "20 leaves awaited together; one slow leaf makes the whole gather late".to_owned(),
        lesson: lesson.to_owned(),
        file: FILE.replace("\"fanout\"", &format!("\"{name}\"")),
        values: values(),
    };
    LESSONS.into_iter().map(listing).collect()
}

/// Three runs.
pub(in crate::tui) fn past() -> Vec<PastRun> {
    let run = |(scenario, n, missed): (&str, u64, Option<f64>)| PastRun {
        scenario: scenario.to_owned(),
        started_at: SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + n * 4_000),
        directory: format!("runs/{scenario}-{n}").into(),
        kind: PastKind::Ended { missed },
    };
    [("hello", 3, None), ("fanout", 2, Some(0.177)), ("fanout", 1, Some(0.0))].map(run).into()
}

/// Home with both.
pub(in crate::tui) fn home() -> Home {
    of(COLOR, past())
}

/// The same in a theme, with these past runs.
pub(in crate::tui) fn of(theme: Theme, past: Vec<PastRun>) -> Home {
    let mut home = Home::new(theme, Keymap::default());
    (home.scenarios, home.past) = (listings(), Some(past));
    home
}
