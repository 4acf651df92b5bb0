//! What people read of a comparison, at most 80 columns wide: the verdict, and what it rests on.
//!
//! ```text
//! B is slower: p99 +12.4 % (+9.82 to +15.1)
//!
//! A  runs/before: 3,021 tasks under observe 50.0 ms in 15.0 s
//! B  runs/after: 3,007 tasks under observe 50.0 ms in 15.0 s
//!
//! response time        A        B    change        interval        verdict
//!   p50          20.1 ms  22.4 ms   +11.4 %  +9.1 to +13.9 %        worse
//! …
//! ```

use std::fmt;
use std::io::{self, Write};

use super::{Compared, Named};
use crate::ledger::LaneKey;
use crate::snapshot::{Difference, Headline, LaneComparison, Snapshot, Unknown, Verdict};
use crate::text::{Part, Table, one_line, wrapped};
use crate::units::{human, percent, thousands};

/// The widest line, in characters.
const WIDTH: usize = 80;

/// The longest name of a run, in characters.
const NAME: usize = 50;

/// The most keys that are listed as differing.
const LISTED: usize = 8;

/// Writes a comparison as plain text, without an escape sequence.
///
/// # Errors
/// Those of `out`; a closed pipe is for the caller to judge.
pub fn write(compared: &Compared, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(Text(compared).to_string().as_bytes())?;
    out.flush()
}

struct Text<'a>(&'a Compared);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let compared = self.0;
        writeln!(f, "{}\n", wrapped(&compared.headline(), WIDTH))?;
        compared.sides().iter().try_for_each(|side| writeln!(f, "{side}"))?;
        for (caption, Part { table, notes }) in compared.parts() {
            write!(f, "\n{caption}\n{table}")?;
            for note in notes {
                writeln!(f, "  {}", wrapped(&note, WIDTH - 2).replace('\n', "\n  "))?;
            }
        }
        writeln!(f)?;
        compared.notes().iter().try_for_each(|note| writeln!(f, "{}", wrapped(note, WIDTH)))
    }
}

impl Compared {
    /// What a reader has to know who reads nothing else.
    pub(crate) fn headline(&self) -> String {
        let Headline { verdict, word, told, .. } = self.comparison.headline();
        match verdict {
            Some(Verdict::NotKnown(_)) => format!("not known whether A and B differ: {told}"),
            Some(Verdict::NoDifference) if told.is_empty() => word.to_owned(),
            Some(Verdict::NoDifference) => format!("{word}: {told}"),
            _ => format!("B is {word}: {told}"),
        }
    }

    /// Which runs A and B are.
    pub(crate) fn sides(&self) -> [String; 2] {
        let side =
            |letter, run: &Named| format!("{letter}  {}: {}", one_line(&run.name, NAME), what(&run.report.snapshot));
        let [a, b] = self.runs.each_ref();
        [side('A', a), side('B', b)]
    }

    /// What differs, lane by lane, each under a caption that says which.
    pub(crate) fn parts(&self) -> Vec<(String, Part)> {
        self.comparison.lanes.iter().map(|lane| (caption(lane), self.part(lane))).collect()
    }

    fn part(&self, lane: &LaneComparison) -> Part {
        let metric = self.runs[0].report.snapshot.load.headline().word();
        let mut table = Table::new(format!("{metric} time"), &["A", "B", "change", "interval", "verdict"]);
        for difference in &lane.differences {
            table.row(difference.aspect.label(), cells(difference));
        }
        let mut notes = unknown(lane);
        if let Some(apart) = lane.apart {
            let ranks = lane.rank_test.map_or_else(String::new, |probability| {
                format!("; medians: Mann-Whitney p {}", probability_words(probability))
            });
            notes.push(format!("latencies lie {} apart at {}{ranks}", percent(apart.distance), human(apart.at)));
        }
        Part { table, notes }
    }

    /// How sure all of it is, and what else is to be known.
    pub(crate) fn notes(&self) -> Vec<String> {
        let confidence = (self.settings.confidence * 100.0).round();
        let mut notes = vec![format!(
            "Of runs that are alike, {confidence} in 100 comparisons find no difference; {} or less counts as none.",
            percent(self.settings.noise)
        )];
        notes.extend(self.remarks());
        for lane in &self.comparison.lanes {
            for (letter, drift) in ['A', 'B'].into_iter().zip(lane.drift) {
                let Some(drift) = drift else { continue };
                let halves = format!("{} in its first half, {} in its second", human(drift.first), human(drift.second));
                notes.push(format!("{letter} drifts: its median is {halves}; try a longer `--set run.warmup`"));
            }
        }
        let lanes = |keys: &[LaneKey]| keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        for (letter, only) in [('A', &self.comparison.only_a), ('B', &self.comparison.only_b)] {
            if !only.is_empty() {
                notes.push(format!("not compared, of {letter} alone: {}", lanes(only)));
            }
        }
        notes.extend(self.differing.iter().take(LISTED).map(|differing| format!("differs: {differing}")));
        if let Some(more @ 1..) = self.differing.len().checked_sub(LISTED) {
            notes.push(format!("differs: {more} keys more"));
        }
        notes
    }
}

fn caption(lane: &LaneComparison) -> String {
    let [a, b] = lane.tasks.map(thousands);
    if lane.a == lane.b {
        format!("{}: {a} and {b} tasks", lane.a)
    } else {
        format!("A: {} ({a} tasks), B: {} ({b} tasks)", lane.a, lane.b)
    }
}

fn what(run: &Snapshot) -> String {
    format!(
        "{}, {} tasks in {}",
        one_line(&run.info.scenario, NAME),
        thousands(run.total(|lane| lane.spawned)),
        human(run.loaded)
    )
}

fn cells(difference: &Difference) -> [String; 5] {
    let value = |value: Option<crate::snapshot::Value>| value.map_or_else(none, |value| value.to_string());
    let is_known = !matches!(difference.verdict, Verdict::NotKnown(Unknown::Nothing | Unknown::Censored));
    [
        value(difference.a),
        value(difference.b),
        if is_known { difference.change().unwrap_or_else(none) } else { none() },
        difference.interval.map_or_else(none, |interval| interval.words(difference.aspect)),
        difference.verdict.word().to_owned(),
    ]
}

fn none() -> String {
    "–".to_owned()
}

fn probability_words(probability: f64) -> String {
    if probability < 0.001 { "< 0.001".to_owned() } else { format!("{probability:.3}") }
}

/// Why differences are not known, a line for each reason.
fn unknown(lane: &LaneComparison) -> Vec<String> {
    let mut reasons: Vec<(Vec<&str>, String)> = Vec::new();
    for difference in &lane.differences {
        let Verdict::NotKnown(why) = difference.verdict else { continue };
        let why = why.advice();
        match reasons.iter_mut().find(|(_, known)| *known == why) {
            Some((names, _)) => names.push(difference.aspect.label()),
            None => reasons.push((vec![difference.aspect.label()], why)),
        }
    }
    reasons.into_iter().map(|(names, why)| format!("{}: {why}", names.join(", "))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use crate::outcome::Policy;
    use crate::snapshot::fixture::simulated::{Model, STEADY};
    use crate::snapshot::{EndedBy, Report, RunInfo, Settings, State};

    const SCENARIO: &str = "run.seed = 1\ndeadline.after = '50ms'";

    fn named(name: &str, model: Model, seed: u64) -> Named {
        let mut snapshot = Snapshot { state: State::Finished(EndedBy::Duration), ..model.run(seed) };
        snapshot.info = Arc::new(RunInfo { seed, ..(*snapshot.info).clone() });
        let scenario = SCENARIO.replace('1', &seed.to_string()).into();
        Named { name: name.to_owned(), report: Report { snapshot: Arc::new(snapshot), scenario } }
    }

    fn told(a: Named, b: Named) -> String {
        let compared = Compared::new(a, b, Settings::default(), false).unwrap();
        let mut out = Vec::new();
        write(&compared, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH && line.trim_end() == line), "{text}");
        text
    }

    #[test]
    fn a_slower_run_reads_well() {
        let slower = Model { slower: 1.15, ..STEADY };
        insta::assert_snapshot!(told(named("runs/before", STEADY, 1), named("runs/after", slower, 2)));
    }

    #[test]
    fn two_runs_alike_of_which_one_is_cut_short_read_well() {
        let cut = Model { policy: Policy::Cancel, tasks: 20.0, ..STEADY };
        let mut b = named("runs/after", Model { rises: 0.8, ..cut }, 2);
        let cut_short =
            Snapshot { balanced: Some(false), state: State::Finished(EndedBy::User), ..(*b.report.snapshot).clone() };
        b.report.snapshot = Arc::new(cut_short);
        insta::assert_snapshot!(told(named("runs/before", cut, 1), b));
    }

    #[test]
    fn the_first_line_says_what_matters_most() {
        let against = |b: Model| told(named("a", STEADY, 1), named("b", b, 2)).lines().next().unwrap().to_owned();
        for (b, starts) in [
            (STEADY, "no difference: p50 within "),
            (Model { slower: 0.8, ..STEADY }, "B is faster: p99 −"),
            (Model { fails: 0.04, ..STEADY }, "B is worse: failed +"),
            (Model { slower: 0.8, fails: 0.04, ..STEADY }, "B is worse and better: failed +"),
            (Model { blocks: 9, ..STEADY }, "not known whether A and B differ: a run has 9 blocks of time"),
        ] {
            let told = against(b);
            assert!(told.starts_with(starts), "{told}");
        }
    }
}
