//! Where the time of late tasks went, and that of tasks on time to compare with: by cause, and by step.
//!
//! ```text
//! ┌ where the time went · observe 50.0 ms ─────────────────────────┐
//! │ late tasks spent 71.0 % of their time in query/acquire db    │
//! │ late     ▒▒█▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂  1.01 s │
//! │ on time  ▓▓▒███▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂  12.1 ms │
//! │                        late     a task    on time     a task   │
//! │ ▓ start delay        0.10 %    1.20 ms     0.50 %    30.0 µs   │
//! └────────────────────────────────────────────────────────────────┘
//! ```

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use crate::snapshot::{Cause, Causes};
use crate::tui::app::App;
use crate::tui::digest::BlameDigest;
use crate::tui::theme::Tone;
use crate::tui::view::late::share;
use crate::tui::view::painter::Painter;
use crate::tui::view::table::Cell;
use crate::units;

/// Rows of the box with all causes, and of what is said without a box.
pub(super) const HEIGHT: u16 = 10;
pub(super) const SHORT: u16 = 3;

/// Columns before the bars, and of a time.
const LABEL: u16 = 9;
const TIME: u16 = 9;

/// Columns of a share and of a time in the table, between those of late tasks and the others, and the most of a name:
/// numbers that stand far from it are hard to follow.
const SHARE: u16 = 7;
const EACH: u16 = 9;
const GAP: u16 = 2;
const NAME: u16 = 44;

/// How the causes look, in their order.
const TONES: [Tone; 4] = [Tone::Plain, Tone::Late, Tone::OnTime, Tone::Dim];

/// See the module.
#[derive(Debug)]
pub(super) struct CausesPanel<'a>(pub &'a App);

impl Widget for &CausesPanel<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let app = self.0;
        let mut p = Painter::new(area, buf, app.theme);
        let Some(digest) = app.why() else {
            if area.height > SHORT {
                let inside = p.frame("where the time went", "");
                let mut p = Painter::new(inside, buf, app.theme);
                p.say_centered(p.height().saturating_sub(1) / 2, "appears as tasks end", Tone::Dim);
            }
            return;
        };
        if area.height <= SHORT {
            self.bars(&mut p, digest);
            return;
        }
        let inside = p.frame(&format!("where the time went {} {}", app.theme.glyphs().dot, digest.key), "");
        let mut p = Painter::new(inside, buf, app.theme);
        self.bars(&mut p, digest);
        let below = Rect { y: inside.y + 3, height: inside.height.saturating_sub(3), ..inside };
        self.table(&mut Painter::new(below, buf, app.theme), digest);
    }
}

impl CausesPanel<'_> {
    /// Says in a sentence what took the time, and draws a bar for the late and one for those on time.
    fn bars(&self, p: &mut Painter<'_>, digest: &BlameDigest) {
        let room = p.width().saturating_sub(2);
        let texts = headline(digest);
        let text = texts.iter().find(|text| p.columns(text) <= room).or(texts.last());
        let text = text.map(|text| p.cut(text, room)).unwrap_or_default();
        p.say(1, 0, &text, if digest.late.tasks > 0 { Tone::Strong } else { Tone::Dim });
        for (y, label, causes, tone) in
            [(1, "late", &digest.late, Tone::Late), (2, "on time", &digest.on_time, Tone::OnTime)]
        {
            p.say(1, y, label, tone);
            self.bar(p, y, causes);
            let end = p.width().saturating_sub(1);
            p.say_before(end, y, &each(causes, causes.total).0, Tone::Plain);
        }
    }

    fn bar(&self, p: &mut Painter<'_>, y: u16, causes: &Causes) {
        let room = p.width().saturating_sub(LABEL + TIME + 2);
        let (mut sum, mut x) = (0.0, 0);
        for (n, cause) in Cause::ALL.into_iter().enumerate() {
            sum += causes.share(causes.of(cause));
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of the width")]
            let end = ((sum * f64::from(room)).round() as u16).min(room);
            let (sign, style) = (self.0.theme.glyphs().causes[n], self.0.theme.style(TONES[n]));
            (x..end).for_each(|x| p.glyph(1 + LABEL + x, y, sign, style));
            x = end;
        }
    }

    /// A row for each cause, with its sign, and for each step, as far as there is room.
    fn table(&self, p: &mut Painter<'_>, digest: &BlameDigest) {
        let end = p.width().saturating_sub(1);
        let names = end.saturating_sub(2 * (SHARE + EACH) + GAP).min(NAME);
        let other = names + SHARE + EACH + GAP;
        let ends = [names + SHARE, names + SHARE + EACH, other + SHARE, other + SHARE + EACH];
        let heads = ["late", "a task", "on time", "a task"];
        for (end, head) in ends.into_iter().zip(heads) {
            p.say_before(end, 0, head, Tone::Dim);
        }
        let sides = [&digest.late, &digest.on_time];
        for (y, (n, cause)) in (1..).zip(Cause::ALL.into_iter().enumerate()) {
            p.say(1, y, self.0.theme.glyphs().causes[n], TONES[n]);
            p.say(3, y, cause.word(), Tone::Plain);
            let cells =
                sides.map(|causes| (known(causes, cause), causes)).map(|(time, causes)| self.cells(causes, time));
            put(p, y, ends, &cells);
        }
        let rows = p.height().saturating_sub(6);
        if rows == 0 {
            return;
        }
        p.say(1, 5, "by innermost step", Tone::Dim);
        for (y, (name, times)) in (6..6 + rows).zip(steps(digest)) {
            let name = p.cut(&name, names.saturating_sub(2));
            p.say(3, y, &name, Tone::Plain);
            let cells = [0, 1].map(|side| self.cells(sides[side], Some(times[side])));
            put(p, y, ends, &cells);
        }
    }

    /// A time as a share of all and on average.
    fn cells(&self, causes: &Causes, time: Option<Duration>) -> [Cell; 2] {
        match time.filter(|_| causes.tasks > 0) {
            Some(time) => [share(causes.share(time)), each(causes, time)],
            None => [0, 1].map(|_| Cell(self.0.theme.glyphs().none.to_owned(), Tone::Dim)),
        }
    }
}

fn put(p: &mut Painter<'_>, y: u16, ends: [u16; 4], cells: &[[Cell; 2]; 2]) {
    for (end, Cell(text, tone)) in ends.into_iter().zip(cells.iter().flatten()) {
        p.say_before(end, y, text, *tone);
    }
}

/// What a time comes to for each task.
fn each(causes: &Causes, time: Duration) -> Cell {
    let tasks = u32::try_from(causes.tasks).unwrap_or(u32::MAX);
    let each = time.checked_div(tasks).unwrap_or_default();
    Cell(units::human(each), if each.is_zero() { Tone::Dim } else { Tone::Plain })
}

/// What a cause took; `None` where no task was followed that it could be estimated from.
fn known(causes: &Causes, cause: Cause) -> Option<Duration> {
    (cause != Cause::Scheduled || causes.followed > 0).then(|| causes.of(cause))
}

/// The steps of late tasks, longest first, then those that only tasks on time were in, and what was spent in none, with
/// both times; nothing where no task named a step.
fn steps(digest: &BlameDigest) -> Vec<(String, [Duration; 2])> {
    let sides = [&digest.late, &digest.on_time];
    let mut steps: Vec<(String, [Duration; 2])> = Vec::new();
    for (side, causes) in sides.iter().enumerate() {
        for (name, spent) in &causes.steps {
            let at = steps.iter().position(|(other, _)| **other == **name).unwrap_or_else(|| {
                steps.push((name.to_string(), [Duration::ZERO; 2]));
                steps.len() - 1
            });
            steps[at].1[side] += *spent;
        }
    }
    let rest = [0, 1].map(|side| {
        let spent: Duration = steps.iter().map(|(_, times)| times[side]).sum();
        sides[side].total.saturating_sub(sides[side].of(Cause::StartDelay) + spent)
    });
    if !steps.is_empty() && rest != [Duration::ZERO; 2] {
        steps.push(("no step".to_owned(), rest));
    }
    steps
}

/// What late tasks spent most of their time on, and how much those on time did; the longest text first.
fn headline(digest: &BlameDigest) -> Vec<String> {
    let (late, on_time) = (&digest.late, &digest.on_time);
    let steps = steps(digest);
    // That tasks wait in a step says more than that they wait.
    let causes = if steps.is_empty() { &Cause::ALL[..] } else { &[Cause::StartDelay, Cause::Scheduled] };
    let causes = causes.iter().map(|&cause| (words(cause).to_owned(), [late.of(cause), on_time.of(cause)]));
    let steps = steps.into_iter().map(|(name, times)| (format!("in {name}"), times));
    let Some((what, [time, other])) = causes.chain(steps).max_by_key(|(_, [time, _])| *time) else { return Vec::new() };
    if late.tasks == 0 {
        return vec!["no task has ended late so far".to_owned()];
    }
    let short = format!("late tasks spent {} {what}", units::percent(late.share(time)));
    let whole = format!("late tasks spent {} of their time {what}", units::percent(late.share(time)));
    let other = units::percent(on_time.share(other));
    let compared = [format!("{whole}, those on time {other}"), format!("{short}, on time {other}")];
    compared.into_iter().filter(|_| on_time.tasks > 0).chain([whole, short]).collect()
}

/// What tasks do while a cause takes their time.
const fn words(cause: Cause) -> &'static str {
    match cause {
        Cause::StartDelay => "before their first poll",
        Cause::Scheduled => "awake, waiting for a worker",
        Cause::Busy => "in their polls",
        Cause::Waiting => "waiting",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::fixture;

    #[test]
    fn the_sentence_names_what_took_the_most_and_compares() {
        let digest = BlameDigest::of(&fixture::live()).unwrap();
        let said = headline(&digest);
        assert!(said[0].starts_with("late tasks spent 71.0 % of their time in query/acquire db, those on time 71"));
        assert!(said[1].starts_with("late tasks spent 71.0 % in query/acquire db, on time 71"), "{}", said[1]);
        assert_eq!(said[3], "late tasks spent 71.0 % in query/acquire db");
    }

    #[test]
    fn without_steps_it_is_the_cause_that_took_the_most() {
        let mut digest = BlameDigest::of(&fixture::live()).unwrap();
        digest.late.steps.clear();
        digest.on_time.steps.clear();
        assert!(headline(&digest)[2].ends_with("% of their time waiting"), "{:?}", headline(&digest));
        assert!(steps(&digest).is_empty());
    }

    #[test]
    fn the_times_of_steps_and_of_none_add_up() {
        let digest = BlameDigest::of(&fixture::live()).unwrap();
        let sum: Duration = steps(&digest).iter().map(|(_, [late, _])| *late).sum();
        assert_eq!(sum + digest.late.of(Cause::StartDelay), digest.late.total);
        assert_eq!(steps(&digest).last().unwrap().0, "no step");
    }
}
