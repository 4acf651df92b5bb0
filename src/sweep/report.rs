//! What people read of a sweep: a table a policy, charts against the deadline, and what to make of it.

mod advice;
mod columns;

use std::fmt;
use std::io::{self, Write};

use self::advice::advice;
use self::columns::Columns;
use super::grid::{Level, Point};
use super::measure::{Measure, Unit};
use super::plot::{ASCII, Chart, Glyphs, UNICODE};
use super::point::PointResult;
use super::{Coordinate, Sweep};
use crate::outcome::Policy;
use crate::text::{one_line, wrapped};
use crate::units::{LoadMode, human};

/// The longest name or reason shown, in characters.
const LONGEST: usize = 80;

/// From this width on, two charts stand side by side.
const SIDE_BY_SIDE: usize = 80;

/// The widest a chart becomes.
const WIDEST: usize = 72;

/// How a sweep is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Characters in a line.
    pub width: usize,
    /// Whether to draw with ASCII alone.
    pub ascii: bool,
}

/// Writes what there is of a sweep as plain text, without an escape sequence.
///
/// # Errors
/// Those of `out`; a closed pipe is for the caller to judge.
pub fn write(sweep: &Sweep, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let text = Text { sweep, points: sweep.points(), look }.to_string();
    let text = if look.ascii { text.chars().map(ascii).collect() } else { text };
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// What stands for a character where there is ASCII alone.
const fn ascii(c: char) -> char {
    match c {
        '≥' => '>',
        '–' => '-',
        'µ' => 'u',
        c if c.is_ascii() => c,
        _ => '?',
    }
}

struct Text<'a> {
    sweep: &'a Sweep,
    points: Vec<PointResult>,
    look: Look,
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", wrapped(&self.heading(), self.look.width))?;
        self.tables(f)?;
        self.reasons(f)?;
        for level in self.levels() {
            let points: Vec<&PointResult> = self.points.iter().filter(|point| point.point.level == level).collect();
            self.charts(level, &points, f)?;
        }
        writeln!(f)?;
        for level in self.levels() {
            let points: Vec<&PointResult> = self.points.iter().filter(|point| point.point.level == level).collect();
            writeln!(f, "{}", wrapped(&format!("{}{}", at(level), advice(&points)), self.look.width))?;
        }
        self.state(f)
    }
}

impl Text<'_> {
    /// The loads in order, each once.
    fn levels(&self) -> Vec<Option<Level>> {
        let mut levels: Vec<_> = self.points.iter().map(|point| point.point.level).collect();
        levels.dedup();
        levels
    }

    fn heading(&self) -> String {
        let grid = self.sweep.grid();
        let policies: Vec<&str> = grid.policies().each().iter().map(|policy| policy.word()).collect();
        let deadlines = counted(grid.deadlines().values().len(), "deadline");
        let repeats = match grid.repeats() {
            1 => "one run of each point".to_owned(),
            repeats => format!("medians of {repeats} runs of each point"),
        };
        let name = one_line(&self.sweep.base().name, LONGEST);
        format!("{name}: {deadlines} under {}, {repeats}", policies.join(" and "))
    }

    fn tables(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = Columns::fitting(self);
        for level in self.levels() {
            for &policy in self.sweep.grid().policies().each() {
                let of = |point: &&PointResult| (point.point.level, point.point.policy) == (level, policy);
                let table = columns.table(title(level, policy), self.points.iter().filter(of));
                write!(f, "\n{table}")?;
            }
        }
        self.note(&format!("p50 and p99 are {}{}", self.latency_words(), columns.left_out()), f)?;
        let bounds = |point: &PointResult| point.spread(self.tail()).is_some_and(|spread| spread.median.censored);
        if self.points.iter().any(bounds) {
            self.note("≥ is a lower bound: cancelled and unfinished tasks would have taken longer", f)?;
        }
        Ok(())
    }

    /// A remark on the table above it.
    fn note(&self, text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = wrapped(text, self.look.width.saturating_sub(2));
        lines.lines().try_for_each(|line| writeln!(f, "  {line}"))
    }

    /// Whether arrivals do not wait for the work, so that waiting before the spawn counts.
    fn is_open(&self) -> bool {
        match self.points.first().and_then(|point| point.point.level) {
            Some(level) => matches!(level, Level::Rate(_)),
            None => matches!(self.sweep.base().load.mode, LoadMode::Open { .. }),
        }
    }

    fn latency_words(&self) -> &'static str {
        if self.is_open() { "response times, from the intended arrival" } else { "service times, from the spawn" }
    }

    fn median(&self) -> Measure {
        if self.is_open() { Measure::ResponseP50 } else { Measure::ServiceP50 }
    }

    fn tail(&self) -> Measure {
        if self.is_open() { Measure::ResponseP99 } else { Measure::ServiceP99 }
    }

    /// Why runs measured nothing.
    fn reasons(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for PointResult { point, failures, .. } in self.points.iter().filter(|point| !point.failures.is_empty()) {
            let Point { level, policy, deadline } = *point;
            let (place, reason) = (title(level, policy), one_line(&failures[0], LONGEST));
            let runs = counted(failures.len(), "run");
            self.note(&format!("{place}, {}: {runs} measured nothing: {reason}", human(deadline)), f)?;
        }
        Ok(())
    }

    /// Goodput and missed share against the deadline, where there is more than one.
    fn charts(&self, level: Option<Level>, points: &[&PointResult], f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let deadlines = self.sweep.grid().deadlines().values();
        if deadlines.len() < 2 || points.iter().all(|point| point.runs.is_empty()) {
            return Ok(());
        }
        let glyphs = if self.look.ascii { &ASCII } else { &UNICODE };
        let [goodput, missed] = [("goodput", Measure::Goodput), ("missed", Measure::Missed)]
            .map(|(title, measure)| self.chart(title, measure, points));
        writeln!(f, "\n{}{}", at(level), self.legend(glyphs))?;
        if self.look.width >= SIDE_BY_SIDE {
            let half = ((self.look.width - 2) / 2).min(WIDEST);
            for (left, right) in goodput.lines(half, glyphs).iter().zip(missed.lines(half, glyphs)) {
                writeln!(f, "{}", format!("{left:half$}  {right}").trim_end())?;
            }
            return Ok(());
        }
        let mut lines = goodput.lines(self.look.width, glyphs);
        lines.extend(missed.lines(self.look.width, glyphs));
        lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }

    fn chart(&self, title: &'static str, measure: Measure, points: &[&PointResult]) -> Chart {
        let deadlines = self.sweep.grid().deadlines().values();
        let (first, last) = (deadlines[0], deadlines[deadlines.len() - 1]);
        let of = |policy: Policy| {
            let points = points.iter().filter(move |point| point.point.policy == policy);
            points.filter_map(|point| Some((point.point.deadline.number(), point.median(measure)?))).collect::<Vec<_>>()
        };
        let policies = [Policy::Cancel, Policy::Observe];
        let series: Vec<_> = policies.map(of).into_iter().enumerate().collect();
        let most = series.iter().flat_map(|(_, points)| points).map(|&(_, value)| value).fold(0.0, f64::max);
        // Of what is never missed, the chart is flat at zero.
        let top = match measure.unit() {
            _ if most > 0.0 => most,
            Unit::Share => 0.01,
            _ => 1.0,
        };
        Chart {
            title,
            top: (top, measure.unit().shown(top)),
            ends: (human(first), human(last)),
            across: (first.number(), last.number()),
            series,
        }
    }

    fn legend(&self, glyphs: &Glyphs) -> String {
        let [cancel, observe] = glyphs.marks;
        match self.sweep.grid().policies().each() {
            [Policy::Cancel] => format!("{cancel} cancel, against the deadline"),
            [Policy::Observe] => format!("{observe} observe, against the deadline"),
            _ => format!("{cancel} cancel  {observe} observe  {} both, against the deadline", glyphs.both),
        }
    }

    /// Whether the numbers can be trusted, and whether they are all there.
    fn state(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let run = self.points.iter().any(|point| !point.runs.is_empty());
        match self.points.iter().all(PointResult::is_balanced) {
            true if run => writeln!(f, "books of all runs balanced")?,
            true => {}
            false => writeln!(f, "BOOKS DO NOT BALANCE: the numbers above cannot be trusted; please report this")?,
        }
        let left = self.sweep.left().len();
        if left > 0 {
            let path = self.sweep.path().display();
            writeln!(f, "{} left to do: `tardy sweep --resume {path}`", counted(left, "run"))?;
        }
        Ok(())
    }
}

fn title(level: Option<Level>, policy: Policy) -> String {
    level.map_or_else(|| policy.to_string(), |level| format!("{policy}, {level}"))
}

fn at(level: Option<Level>) -> String {
    level.map_or_else(String::new, |level| format!("{level}: "))
}

fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests;
