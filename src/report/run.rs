//! What the page says of one run before its sections: its head.

use std::time::SystemTime;

use super::section::{Section, sections};
use crate::compare::Named;
use crate::gate::{Judged, judge};
use crate::headless::{gates_sum, summary};
use crate::snapshot::{EndedBy, Snapshot, State};
use crate::units::{human, thousands};

/// One run.
#[derive(Debug)]
pub(super) struct Run {
    /// What every id of it begins with: nothing where it is alone.
    pub(super) prefix: String,
    pub(super) heading: String,
    pub(super) about: String,
    pub(super) lesson: String,
    /// What the gates come to, and whether that is good.
    pub(super) gates: Option<(bool, String)>,
    pub(super) verdict: Vec<String>,
    /// What casts doubt on the rest.
    pub(super) warnings: Vec<String>,
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) sections: Vec<Section>,
    pub(super) scenario: String,
}

impl Run {
    /// The `n`th run of the page, `among` others or alone.
    pub(super) fn of(n: usize, run: &Named, among: bool) -> Self {
        let Named { name, report } = run;
        let (snapshot, prefix) = (&report.snapshot, if among { format!("run-{n}-") } else { String::new() });
        let info = &snapshot.info;
        let judged = judge(snapshot);
        let is_good = judged.iter().all(Judged::is_passed);
        Self {
            heading: if among { format!("{n} · {}", info.scenario) } else { info.scenario.clone() },
            about: info.about.clone(),
            lesson: info.lesson.clone(),
            gates: (!judged.is_empty()).then(|| (is_good, gates_sum(snapshot, &judged))),
            verdict: summary::verdict(snapshot),
            warnings: warnings(snapshot),
            facts: facts(name, snapshot),
            sections: sections(&prefix, snapshot, &judged),
            scenario: report.scenario.to_string(),
            prefix,
        }
    }
}

fn warnings(run: &Snapshot) -> Vec<String> {
    let ended = match run.state {
        _ if run.info.is_of_log() => Some("A log of latencies is all there is of it: it does not say how tasks ended."),
        State::Finished(EndedBy::Duration | EndedBy::Tasks) => None,
        State::Finished(EndedBy::Signal) => Some("A signal ended the run: what it was to measure is not all here."),
        State::Finished(EndedBy::Gate) => Some("A broken gate ended the run early."),
        State::Finished(EndedBy::User) if run.balanced.is_none() => {
            Some("The files were written while the run went on: they are what was known then.")
        }
        State::Finished(EndedBy::User) => Some("Its user ended the run early."),
        State::Warmup | State::Running | State::Draining => {
            Some("The run was killed: this is the last that was written of it.")
        }
    };
    let books = (run.balanced == Some(false)).then(|| summary::books(run.balanced));
    ended.into_iter().chain(books).map(str::to_owned).collect()
}

fn facts(name: &str, run: &Snapshot) -> Vec<(&'static str, String)> {
    let info = &run.info;
    let started = humantime::format_rfc3339_seconds(info.started_at.max(SystemTime::UNIX_EPOCH)).to_string();
    let gather = info.gather.map(|mode| ("gather", format!("{} of {}", mode, thousands(info.width.into()))));
    let ended = if let State::Finished(by) = run.state { by.word() } else { "–" };
    let books = match run.balanced {
        Some(true) => "balanced ✓",
        Some(false) => "NOT BALANCED",
        None => "still open",
    };
    let when = [
        ("run", name.to_owned()),
        ("started", started.replace('T', " ").replace('Z', " UTC")),
        ("measured", human(run.elapsed)),
    ];
    let how = [
        ("ended by", ended.to_owned()),
        ("load", run.load_in_words()),
        ("workers", info.workers.to_string()),
        ("seed", info.seed.to_string()),
        ("books", books.to_owned()),
    ];
    let how = how.into_iter().filter(|_| !info.is_of_log());
    when.into_iter().chain(how).chain(gather).collect()
}
