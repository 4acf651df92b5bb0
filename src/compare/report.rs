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

use super::Compared;
use crate::ledger::LaneKey;
use crate::snapshot::{Aspect, Difference, Interval, LaneComparison, Snapshot, Unknown, Verdict};
use crate::text::{Table, one_line, wrapped};
use crate::units::{human, percent, thousands, three_digits};

/// The widest line, in characters.
const WIDTH: usize = 80;

/// The longest name of a run, in characters.
const NAME: usize = 50;

/// The most keys that are listed as differing.
const LISTED: usize = 8;

/// What a verdict is told by, the first that has one: what users feel before what they do not.
const TELLING: [Aspect; 9] = [
    Aspect::P99,
    Aspect::P50,
    Aspect::P90,
    Aspect::Mean,
    Aspect::P999,
    Aspect::Failed,
    Aspect::TimedOut,
    Aspect::Goodput,
    Aspect::Throughput,
];

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
        writeln!(f, "{}\n", wrapped(&headline(compared), WIDTH))?;
        for (letter, run) in compared.lettered() {
            writeln!(f, "{letter}  {}: {}", one_line(&run.name, NAME), what(&run.report.snapshot))?;
        }
        for lane in &compared.comparison.lanes {
            self.lane(lane, f)?;
        }
        let confidence = (compared.settings.confidence * 100.0).round();
        let about = format!(
            "Of runs that are alike, {confidence} in 100 comparisons find no difference; {} or less counts as none.",
            percent(compared.settings.noise)
        );
        writeln!(f, "\n{}", wrapped(&about, WIDTH))?;
        for remark in self.remarks() {
            writeln!(f, "{}", wrapped(&remark, WIDTH))?;
        }
        Ok(())
    }
}

impl Text<'_> {
    fn lane(&self, lane: &LaneComparison, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let metric = self.0.runs[0].report.snapshot.load.headline().word();
        writeln!(f)?;
        if lane.a == lane.b {
            writeln!(f, "{}: {} and {} tasks", lane.a, thousands(lane.tasks[0]), thousands(lane.tasks[1]))?;
        } else {
            let [a, b] = lane.tasks.map(thousands);
            writeln!(f, "A: {} ({a} tasks), B: {} ({b} tasks)", lane.a, lane.b)?;
        }
        let mut table = Table::new(format!("{metric} time"), &["A", "B", "change", "interval", "verdict"]);
        for difference in &lane.differences {
            table.row(name(difference.aspect), cells(difference));
        }
        write!(f, "{table}")?;
        for line in unknown(lane) {
            writeln!(f, "  {}", wrapped(&line, WIDTH - 2).replace('\n', "\n  "))?;
        }
        if let Some(apart) = lane.apart {
            let ranks = lane.rank_test.map_or_else(String::new, |probability| {
                format!("; medians: Mann-Whitney p {}", probability_words(probability))
            });
            writeln!(f, "  latencies lie {} apart at {}{ranks}", percent(apart.distance), human(apart.at))?;
        }
        Ok(())
    }

    /// What else is to be known, a line each.
    fn remarks(&self) -> Vec<String> {
        let compared = self.0;
        let mut remarks = compared.remarks();
        for lane in &compared.comparison.lanes {
            for (letter, drift) in ['A', 'B'].into_iter().zip(lane.drift) {
                let Some(drift) = drift else { continue };
                let halves = format!("{} in its first half, {} in its second", human(drift.first), human(drift.second));
                remarks.push(format!("{letter} drifts: its median is {halves}; try a longer `--set run.warmup`"));
            }
        }
        let lanes = |keys: &[LaneKey]| keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        for (letter, only) in [('A', &compared.comparison.only_a), ('B', &compared.comparison.only_b)] {
            if !only.is_empty() {
                remarks.push(format!("not compared, of {letter} alone: {}", lanes(only)));
            }
        }
        remarks.extend(compared.differing.iter().take(LISTED).map(|differing| format!("differs: {differing}")));
        if let Some(more @ 1..) = compared.differing.len().checked_sub(LISTED) {
            remarks.push(format!("differs: {more} keys more"));
        }
        remarks
    }
}

/// What a reader has to know who reads nothing else.
fn headline(compared: &Compared) -> String {
    let comparison = &compared.comparison;
    let leading = |verdict: Verdict| {
        comparison.lanes.iter().find_map(|lane| {
            let differs = |&aspect: &Aspect| lane.difference(aspect).filter(|found| found.verdict == verdict);
            let found = TELLING.iter().find_map(differs)?;
            // What goes without saying is that it is about where most tasks were.
            let is_main = comparison.main().is_some_and(|main| std::ptr::eq(main, lane));
            Some((found.aspect, if is_main { told(found) } else { format!("{} under {}", told(found), lane.b) }))
        })
    };
    match (comparison.verdict(), leading(Verdict::Worse), leading(Verdict::Better)) {
        (Some(Verdict::Worse), Some((aspect, worse)), _) => {
            format!("B is {}: {worse}", if aspect.is_time() { "slower" } else { "worse" })
        }
        (Some(Verdict::Better), _, Some((aspect, better))) => {
            format!("B is {}: {better}", if aspect.is_time() { "faster" } else { "better" })
        }
        (None, Some((_, worse)), Some((_, better))) => format!("B is worse and better: {worse}; {better}"),
        (Some(Verdict::NotKnown(why)), ..) => format!("not known whether A and B differ: {}", reason(why)),
        _ => no_difference(comparison.main()),
    }
}

/// That nothing was found, and what may have been missed.
fn no_difference(main: Option<&LaneComparison>) -> String {
    let within = |aspect| {
        let found = main?.difference(aspect)?;
        Some(format!("{} within {}", name(aspect), range(aspect, found.interval?)))
    };
    let within: Vec<String> = [Aspect::P50, Aspect::P99].into_iter().filter_map(within).collect();
    if within.is_empty() { "no difference".to_owned() } else { format!("no difference: {}", within.join(", ")) }
}

fn what(run: &Snapshot) -> String {
    format!(
        "{}, {} tasks in {}",
        one_line(&run.info.scenario, NAME),
        thousands(run.total(|lane| lane.spawned)),
        human(run.loaded)
    )
}

const fn name(aspect: Aspect) -> &'static str {
    match aspect {
        Aspect::TimedOut => "timed out",
        aspect => aspect.word(),
    }
}

fn told(difference: &Difference) -> String {
    let interval = difference
        .interval
        .map_or_else(String::new, |interval| format!(" ({} to {})", signed(interval.low), signed(interval.high)));
    format!("{} {}{interval}", name(difference.aspect), change(difference))
}

fn cells(difference: &Difference) -> [String; 5] {
    let value = |value: Option<crate::snapshot::Value>| value.map_or_else(none, |value| value.to_string());
    let is_known = !matches!(difference.verdict, Verdict::NotKnown(Unknown::Nothing | Unknown::Censored));
    [
        value(difference.a),
        value(difference.b),
        if is_known { change(difference) } else { none() },
        difference.interval.map_or_else(none, |interval| range(difference.aspect, interval)),
        difference.verdict.word().to_owned(),
    ]
}

fn none() -> String {
    "–".to_owned()
}

/// The difference itself: of shares in points, of the rest as a part of A.
fn change(difference: &Difference) -> String {
    let points = || Some(difference.b?.share()? - difference.a?.share()?);
    match (points(), difference.relative) {
        (Some(points), _) => format!("{} pt", signed(points)),
        (None, Some(relative)) => format!("{} %", signed(relative)),
        (None, None) => none(),
    }
}

fn range(aspect: Aspect, interval: Interval) -> String {
    let unit = if aspect.is_share() { "pt" } else { "%" };
    format!("{} to {} {unit}", signed(interval.low), signed(interval.high))
}

/// A share in hundredths, with its sign.
fn signed(share: f64) -> String {
    let hundredths = share * 100.0;
    match hundredths {
        small if small.abs() < 0.005 => "0".to_owned(),
        negative if negative < 0.0 => format!("-{}", three_digits(-negative)),
        positive => format!("+{}", three_digits(positive)),
    }
}

fn probability_words(probability: f64) -> String {
    if probability < 0.001 { "< 0.001".to_owned() } else { format!("{probability:.3}") }
}

/// Why differences are not known, a line for each reason.
fn unknown(lane: &LaneComparison) -> Vec<String> {
    let mut reasons: Vec<(Vec<&str>, String)> = Vec::new();
    for difference in &lane.differences {
        let Verdict::NotKnown(why) = difference.verdict else { continue };
        let why = reason(why);
        match reasons.iter_mut().find(|(_, known)| *known == why) {
            Some((names, _)) => names.push(name(difference.aspect)),
            None => reasons.push((vec![name(difference.aspect)], why)),
        }
    }
    reasons.into_iter().map(|(names, why)| format!("{}: {why}", names.join(", "))).collect()
}

/// Why a difference is not known, and what to do about it.
fn reason(why: Unknown) -> String {
    match why {
        Unknown::Nothing => why.to_string(),
        Unknown::Censored => format!("{why}; observe them, or compare those that timed out"),
        _ => format!("{why}; run longer"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use crate::compare::Named;
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
            (Model { slower: 0.8, ..STEADY }, "B is faster: p99 -"),
            (Model { fails: 0.04, ..STEADY }, "B is worse: failed +"),
            (Model { slower: 0.8, fails: 0.04, ..STEADY }, "B is worse and better: failed +"),
            (Model { blocks: 9, ..STEADY }, "not known whether A and B differ: a run has 9 blocks of time"),
        ] {
            let told = against(b);
            assert!(told.starts_with(starts), "{told}");
        }
    }
}
