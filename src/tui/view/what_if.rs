//! What another deadline would have meant: the share of the tasks that would have missed it, and what follows from that.
//!
//! ```text
//! ┌ missed by deadline · observe 50.0 ms · 20,391 tasks ──────────────── service time, whole run ┐
//! │  100 % ▇▇▇▅▃▂▁                        ┊ now 50.0 ms, 17.7 % missed                           │
//! │   10 % ███████████▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇┊▇▇▇▇▇▇▇▅▃▂▁                                           │
//! │    1 % ███████████████████████████████┊████████████▇▃▁                                       │
//! │        ─────┴─────────┴─────────┴─────┊──┴─────────┴─────────┴─────────                      │
//! └──────────────────────── at 180 ms: missed 0.94 % (0.82 – 1.08 %) ────────────────────────────┘
//! ┌ if the deadline were 180 ms ─────────────────┐┌ smallest deadline ───────────────────────────┐
//! │ missed             0.94 %   0.82 % – 1.08 %  ││ ≤ 1 % missed       178 ms   171 ms – 183 ms  │
//! └──────────────────────────────────────────────┘└──────────────────────────────────────────────┘
//!  observed without cancelling, which changes the load; the cancel lane saw 1.10 % at 180 ms
//! ```

mod answer;
mod chart;
mod smallest;

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Margin, Position, Rect};
use ratatui::widgets::Widget;

use self::answer::Answer;
use self::chart::Chart;
use self::smallest::Smallest;
use super::painter::Painter;
use crate::tui::action::Action;
use crate::tui::app::{App, Cursor};
use crate::tui::axis;
use crate::tui::digest::{Cancelled, WhatIfDigest};
use crate::tui::theme::Tone;
use crate::units;

/// What it takes for boxes.
const BOXED: (u16, u16) = (78, 18);

/// Rows of the two panels below the chart without what is said of gathers, and of the notes below them.
const PANELS: u16 = 7;
const NOTES: u16 = 2;

/// The least columns of the answer, beside which the smallest deadlines have the rest.
const ANSWER: u16 = 48;

/// See the module.
#[derive(Debug)]
pub(super) struct WhatIf<'a>(pub &'a App);

/// Where the parts are.
#[derive(Debug, Clone, Copy)]
struct Parts {
    is_boxed: bool,
    /// With its frame where it has one.
    chart: Rect,
    answer: Rect,
    smallest: Rect,
    notes: Rect,
}

impl Parts {
    fn of(app: &App, area: Rect) -> Self {
        let is_boxed = area.width >= BOXED.0 && area.height >= BOXED.1;
        let gathers = u16::from(app.shown().info.gather.is_some() || app.own_share.is_some());
        let (panels, notes) = if is_boxed { (PANELS + gathers, NOTES) } else { (2, u16::from(area.height >= 10)) };
        let heights = [Constraint::Min(0), Constraint::Length(panels), Constraint::Length(notes)];
        let [chart, panels, notes] = Layout::vertical(heights).areas(area);
        let [answer, smallest] = if is_boxed {
            // What stands beside the figures is worth more there.
            Layout::horizontal([Constraint::Max(ANSWER.max(area.width * 9 / 20)), Constraint::Fill(1)]).areas(panels)
        } else {
            Layout::vertical([Constraint::Fill(1), Constraint::Fill(1)]).areas(panels)
        };
        Self { is_boxed, chart, answer, smallest, notes }
    }

    /// The chart without its frame.
    const fn inside(self) -> Rect {
        if self.is_boxed { self.chart.inner(Margin::new(1, 1)) } else { self.chart }
    }
}

fn chart(app: &App, area: Rect) -> Option<(Rect, Chart<'_>)> {
    let inside = Parts::of(app, area).inside();
    app.what_if().map(|digest| (inside, Chart::new(app, digest, inside)))
}

/// The cursor at a place of the chart.
pub(super) fn cursor_at(app: &App, area: Rect, at: Position) -> Option<Cursor> {
    let (inside, chart) = chart(app, area)?;
    let place = inside.contains(at).then(|| chart.place_at(at.x - inside.x))??;
    Some(Cursor { deadline: Some(place), ..app.cursor })
}

/// Where the cursor goes with a step.
pub(super) fn stepped(app: &App, area: Rect, by: i32) -> Option<Cursor> {
    let place = chart(app, area)?.1.stepped(by)?;
    Some(Cursor { deadline: Some(place), ..app.cursor })
}

/// What the cursor reads off.
pub(super) fn read_out(app: &App) -> Option<String> {
    app.cursor.deadline?;
    let digest = app.what_if()?;
    let reading = answer::lines(app, digest).into_iter().next()?;
    Some(format!("{} · {} · {reading}", app.shown().info.scenario, digest.key))
}

/// The deadline that is asked about: the cursor's, or else the one of now, or else one that few would miss.
fn asked(app: &App, digest: &WhatIfDigest) -> Option<Duration> {
    let few = || digest.what_if.smallest(0.01).map(|smallest| smallest.at);
    app.cursor.deadline.map(axis::latency).or(app.shown().deadline).or_else(few)
}

impl Widget for WhatIf<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let app = self.0;
        let Some(digest) = app.what_if() else { return self.empty(area, buf) };
        let parts = Parts::of(app, area);
        let chart = Chart::new(app, digest, parts.inside());
        if parts.is_boxed {
            let dot = app.theme.glyphs().dot;
            let tasks = units::thousands(digest.what_if.survival().tasks());
            let title = format!("missed by deadline {dot} {} {dot} {tasks} tasks", digest.key);
            let mut p = Painter::new(parts.chart, buf, app.theme);
            p.frame(&title, "service time, whole run");
            p.foot(&chart.reading(), Tone::Strong);
            Answer(app, digest).boxed(parts.answer, buf);
            Smallest(app, digest).boxed(parts.smallest, buf);
        } else {
            Answer(app, digest).line(parts.answer, buf);
            Smallest(app, digest).line(parts.smallest, buf);
        }
        chart.render(parts.inside(), buf);
        self.notes(digest, parts.notes, buf);
    }
}

impl WhatIf<'_> {
    /// What the answers rest on, and what to compare them with.
    fn notes(&self, digest: &WhatIfDigest, area: Rect, buf: &mut Buffer) {
        let app = self.0;
        let toggle = app.key(Action::TogglePolicy);
        let observed = || {
            let imply = "this is what these latencies imply: they were observed without cancelling";
            let short = "observed without cancelling; cancelling changes the load";
            vec![format!("{imply}, and cancelling changes the load"), short.to_owned()]
        };
        let (rests_on, compare) = match (digest.cancels, digest.cancelled) {
            (true, _) => (
                vec![if app.can(Action::TogglePolicy) {
                    format!("observe ({toggle}) to learn what the missed would have taken")
                } else {
                    "a run that observes tells what the missed would have taken".to_owned()
                }],
                digest.what_if.survival().known_until().map(|until| beyond(digest, until)).unwrap_or_default(),
            ),
            (false, Some(lane)) => (observed(), compared(lane)),
            (false, None) if app.can(Action::TogglePolicy) => {
                (observed(), format!("{toggle} opens a cancel lane to compare them with"))
            }
            (false, None) => (observed(), String::new()),
        };
        let mut p = Painter::new(area, buf, app.theme);
        for (y, note) in (0..).zip([first_that_fits(&p, &rests_on), compare]) {
            let note = p.cut(&note, p.width().saturating_sub(2));
            p.say(1, y, &note, Tone::Dim);
        }
    }

    /// What will be here.
    fn empty(&self, area: Rect, buf: &mut Buffer) {
        let mut p = Painter::new(area, buf, self.0.theme);
        let y = p.height().saturating_sub(3) / 2;
        let texts = [
            "what another deadline would have meant appears here:",
            "who would miss it, what cancelling would waste and free,",
            "and the smallest deadline that few enough would miss",
        ];
        for (row, text) in (y..).zip(texts) {
            p.say_centered(row, text, Tone::Dim);
        }
    }
}

/// `the cancel lane of this run missed 4.20 % of its 1,204 tasks at 50.0 ms`.
fn compared(Cancelled { deadline, missed, tasks }: Cancelled) -> String {
    let (missed, deadline, tasks) = (units::percent(missed), units::human(deadline), units::thousands(tasks));
    format!("the cancel lane of this run missed {missed} of {tasks} tasks at {deadline}")
}

/// Where and why knowledge ends.
fn beyond(digest: &WhatIfDigest, until: Duration) -> String {
    let why = match digest.what_if.survival().cut_off() {
        _ if !digest.cancels => "no task got older".to_owned(),
        1 => "1 was cancelled there".to_owned(),
        cut_off => format!("{} were cancelled there", units::thousands(cut_off)),
    };
    format!("nothing is known beyond {}: {why}", units::human(until))
}

/// The first of these texts that has room on a row with a blank on either side; the last where none has.
fn first_that_fits(p: &Painter<'_>, texts: &[String]) -> String {
    let room = p.width().saturating_sub(2);
    texts.iter().find(|text| p.columns(text) <= room).or(texts.last()).cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests;
