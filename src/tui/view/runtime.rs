//! The measured runtime, and what measuring it takes.
//!
//! ```text
//! ┌ workers · last second ─────────────────────────────────────────────────────────────────────────────┐
//! │   0   82.0 % ██████████████████████████         4,210 polls/s     17 queued                          │
//! │   1      0 %                                        0 polls/s      4 queued   stuck in a poll for 1.30 s
//! └──────────────────────────────────────────────────────────────────────────────────────────────────────┘
//! ┌ runtime · last second ──────┐┌ tardy itself ───────────────┐┌ 1 in 64 tasks sampled, 187 so far ─────┐
//! │ tasks alive             291 ││ frame p50           1.20 ms ││ ▒▒▒▒▒▒▒▒▒▒▒██·························· │
//! └─────────────────────────────┘└─────────────────────────────┘└────────────────────────────────────────┘
//! ┌ the workload's own figures ──────────────────────────────────────────────────────────────────────────┐
//! │ connections opened             1,203                                                                 │
//! └──────────────────────────────────────────────────────────────────────────────────────────────────────┘
//! ┌ start delay · from the spawn to the first poll ──┐┌ busy · inside polls, a task ─────────────────────┐
//! ```
//! On narrower screens the split of sampled tasks is a box below. Where there is little room the same is said without
//! boxes, the workers first. How long polls take is not asked of tokio, whose histograms would cost every poll two more
//! looks at the clock; what a task spends in polls is known without.

mod own;
mod spread;
mod workers;

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::widgets::Widget;

use self::spread::Spread;
use super::field;
use super::painter::Painter;
use super::timeline::LAG;
use crate::histogram::Histogram;
use crate::ledger::Metric;
use crate::snapshot::{LaneView, Snapshot, TaskSplit};
use crate::tui::app::App;
use crate::tui::theme::{Glyphs, Tone};
use crate::units;

/// The smallest area with boxes.
const BOXED: (u16, u16) = (76, 16);

/// From this width on the split stands beside the figures, which are then this wide.
const WIDE: u16 = 110;
const LIST: u16 = 35;

/// Rows of the boxes with figures and of the split below them, and the least and the most of a histogram.
const FIGURES: u16 = 11;
const SPLIT: u16 = 4;
const SPREAD: (u16, u16) = (7, 20);

/// Columns of a figure, where there are no boxes.
const FIGURE: u16 = 28;

/// What is said in the place of what files lack, and below figures that lack it.
const LACKING: &str = "not in this run's files: an early tardy wrote them";
const LACKING_NOTE: &str = "– not in this run's files";

/// See the module.
#[derive(Debug)]
pub(super) struct Runtime<'a>(pub &'a App);

/// A figure with its name.
type Figure = (&'static str, String, Tone);

/// Where the boxes are; those without room have no height.
#[derive(Debug)]
struct Boxes {
    workers: Rect,
    runtime: Rect,
    own: Rect,
    split: Rect,
    workload: Rect,
    spread: Rect,
}

impl Boxes {
    /// The boxes for so many workers and rows of the workload's own figures; `None` where there is too little room for any.
    fn of(area: Rect, workers: usize, workload: u16) -> Option<Self> {
        if area.width < BOXED.0 || area.height < BOXED.1 {
            return None;
        }
        let is_wide = area.width >= WIDE;
        let below = if is_wide || area.height < FIGURES + SPLIT + workers::SUMMARY + 2 { 0 } else { SPLIT };
        let rest = area.height - FIGURES - below;
        let wanted = u16::try_from(workers).unwrap_or(u16::MAX).max(1).saturating_add(2);
        let top = if wanted > rest { workers::SUMMARY + 2 } else { wanted };
        // Of a workload that keeps more than there is room for, the first figures.
        let workload = workload.min(rest - top);
        let workload = if workload > 2 { workload } else { 0 };
        let left = rest - top - workload;
        let spread = if left >= SPREAD.0 { left.min(SPREAD.1) } else { 0 };
        let [workers, figures, below, workload, spread] =
            Layout::vertical([top, FIGURES, below, workload, spread].map(Constraint::Length)).areas(area);
        let [lists, beside] = Layout::horizontal([Constraint::Length(2 * LIST), Constraint::Fill(1)]).areas(figures);
        let (lists, split) = if is_wide { (lists, beside) } else { (figures, below) };
        let [runtime, own] = halves(lists);
        Some(Self { workers, runtime, own, split, workload, spread })
    }
}

fn halves(area: Rect) -> [Rect; 2] {
    Layout::horizontal([Constraint::Fill(1); 2]).areas(area)
}

impl Widget for Runtime<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let app = self.0;
        let view = &app.shown().runtime;
        let Some(boxes) = Boxes::of(area, view.workers.len(), own::rows(app)) else { return flow(app, area, buf) };
        workers::boxed(app, boxes.workers, buf);
        let is_blind = !app.shown().info.unstable && view.blocking_threads.or(view.blocking_queue).is_none();
        let note = if is_blind { "– needs tokio_unstable" } else { "" };
        let own_note = if app.shown().from_files { "frames now, else at the end" } else { "" };
        let (note, own_note) = if is_lacking(app) { (LACKING_NOTE, LACKING_NOTE) } else { (note, own_note) };
        let title = format!("runtime {} {}", app.theme.glyphs().dot, when(app));
        list(app, (&title, note), &of_runtime(app), boxes.runtime, buf);
        list(app, ("tardy itself", own_note), &of_tardy(app), boxes.own, buf);
        shares(app, boxes.split, buf);
        if boxes.workload.height > 0 {
            own::boxed(app, boxes.workload, buf);
        }
        if boxes.spread.height > 0 {
            let [delay, busy] = halves(boxes.spread);
            Spread::new("start delay · from the spawn to the first poll", Metric::StartDelay).draw(app, delay, buf);
            Spread::new("busy · inside polls, a task", Metric::Busy).draw(app, busy, buf);
        }
    }
}

/// Of when the figures are.
fn when(app: &App) -> &'static str {
    if app.shown().from_files { "at the end" } else { "last second" }
}

/// Whether the files of a past run were written before they had the figures: every run has workers.
fn is_lacking(app: &App) -> bool {
    app.shown().from_files && app.shown().runtime.workers.is_empty()
}

/// One metric over all lanes; `None` before there is a sample.
fn over_all(shown: &Snapshot, metric: Metric) -> Option<Histogram> {
    let lanes = shown.lanes.iter().map(|lane| lane.book.histogram(metric, |_| true));
    let sum = lanes.reduce(|mut sum, lane| {
        sum.merge(&lane);
        sum
    });
    sum.filter(|sum| !sum.is_empty())
}

fn of_runtime(app: &App) -> Vec<Figure> {
    let (runtime, none) = (&app.shown().runtime, app.theme.glyphs().none);
    let known = |name, n: Option<usize>, tone| -> Figure {
        match n {
            Some(n) => (name, field::count(n as u64), if n == 0 { Tone::Dim } else { tone }),
            None => (name, none.to_owned(), Tone::Dim),
        }
    };
    let delay = |name, delay: Option<Duration>| -> Figure {
        match delay {
            Some(delay) => (name, units::human(delay), Tone::Plain),
            None => (name, none.to_owned(), Tone::Dim),
        }
    };
    let kept = !is_lacking(app);
    let busy = if kept { units::percent(runtime.busy_share) } else { none.to_owned() };
    vec![
        ("workers busy", busy, if kept { Tone::Plain } else { Tone::Dim }),
        known("tasks alive", kept.then_some(runtime.live_tasks), Tone::Plain),
        known("global queue", kept.then_some(runtime.global_queue), Tone::Plain),
        known("blocking threads", runtime.blocking_threads, Tone::Plain),
        known("blocking queue", runtime.blocking_queue, Tone::Late),
        delay("start delay p50", runtime.start_delay_p50),
        delay("start delay p99", runtime.start_delay_p99),
    ]
}

fn of_tardy(app: &App) -> Vec<Figure> {
    let (shown, none) = (app.shown(), app.theme.glyphs().none);
    let cost = &shown.cost;
    let maybe = |name, time: Option<Duration>| match time {
        Some(time) => (name, units::human(time), Tone::Plain),
        None => (name, none.to_owned(), Tone::Dim),
    };
    let lag = |name, lag: Duration| match Some(lag).filter(|_| !is_lacking(app)) {
        Some(lag) if lag > LAG => (name, units::human(lag), Tone::Late),
        lag => maybe(name, lag),
    };
    let arrivals = &shown.load.arrival_lag;
    let arrival = |q| (!arrivals.is_empty()).then(|| arrivals.quantile(q));
    let dropped = shown.total(LaneView::dropped);
    vec![
        maybe("frame p50", app.frames.p50),
        maybe("frame p99", app.frames.p99),
        ("frames a second", app.frames.per_second.to_string(), Tone::Plain),
        lag("tick lag, 1 s", cost.tick_lag),
        lag("tick lag max", cost.tick_lag_max),
        maybe("arrival lag p50", arrival(0.5)),
        maybe("arrival lag p99", arrival(0.99)),
        ("memory", cost.memory_bytes.map_or_else(|| none.to_owned(), memory), Tone::Plain),
        ("samples dropped", units::thousands(dropped), if dropped == 0 { Tone::Dim } else { Tone::Late }),
    ]
}

#[expect(clippy::cast_precision_loss, reason = "three significant digits are shown")]
fn memory(bytes: u64) -> String {
    let megabytes = bytes as f64 / 1e6;
    if megabytes < 1000.0 {
        format!("{} MB", units::three_digits(megabytes))
    } else {
        format!("{} GB", units::three_digits(megabytes / 1e3))
    }
}

/// Figures below each other, in a box.
fn list(app: &App, (title, note): (&str, &str), figures: &[Figure], area: Rect, buf: &mut Buffer) {
    let mut p = Painter::new(area, buf, app.theme);
    let inside = p.frame(title, "");
    p.foot(&[note.to_owned()].into_iter().filter(|note| !note.is_empty()).collect::<Vec<_>>(), Tone::Dim);
    let mut p = Painter::new(inside, buf, app.theme);
    let end = p.width().saturating_sub(1);
    for (y, (name, value, tone)) in (0..).zip(figures) {
        p.say(1, y, name, Tone::Dim);
        p.say_before(end, y, value, *tone);
    }
}

/// A part of the life of sampled tasks.
#[derive(Debug)]
struct Part {
    sign: &'static str,
    name: &'static str,
    meaning: &'static str,
    time: Duration,
    share: f64,
    tone: Tone,
}

fn parts(split: &TaskSplit, glyphs: &Glyphs) -> [Part; 3] {
    let all = (split.scheduled + split.polled + split.idle).as_secs_f64();
    let share = |time: Duration| if all > 0.0 { time.as_secs_f64() / all } else { 0.0 };
    let part = |n: usize, name, meaning, time, tone| Part {
        sign: glyphs.split[n],
        name,
        meaning,
        time,
        share: share(time),
        tone,
    };
    [
        part(0, "scheduled", "woken, waiting for a worker", split.scheduled, Tone::Late),
        part(1, "polled", "inside polls", split.polled, Tone::OnTime),
        part(2, "idle", "waiting to be woken", split.idle, Tone::Dim),
    ]
}

/// The split as one bar, with its figures below.
fn shares(app: &App, area: Rect, buf: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let mut p = Painter::new(area, buf, app.theme);
    let Some(split) = &app.shown().runtime.split else {
        let inside = p.frame("where tasks spend their time", "");
        let mut p = Painter::new(inside, buf, app.theme);
        let y = p.height().saturating_sub(1) / 2;
        let text = if is_lacking(app) { LACKING } else { "appears with the first of the sampled tasks" };
        return p.say_centered(y, text, Tone::Dim);
    };
    let sampling = format!("1 in {} tasks sampled, {} so far", split.one_in, units::thousands(split.sampled));
    let title = format!("where tasks spend their time {} {sampling}", app.theme.glyphs().dot);
    let title = if p.columns(&title) + 6 <= p.width() { title } else { sampling };
    let inside = p.frame(&title, "");
    let mut p = Painter::new(inside, buf, app.theme);
    let room = p.width().saturating_sub(2);
    // Beside the figures there is a row for each part, below them they share one.
    let is_tall = p.height() > 4;
    let (mut sum, mut x) = (0.0, 0);
    let tasks = u32::try_from(split.sampled).unwrap_or(u32::MAX).max(1);
    for (n, part) in (0..).zip(parts(split, app.theme.glyphs())) {
        sum += part.share;
        let style = app.theme.style(part.tone);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of the width")]
        let end = ((sum * f64::from(room)).round() as u16).min(room);
        for y in 0..=u16::from(is_tall) {
            (x..end).for_each(|x| p.glyph(1 + x, y, part.sign, style));
        }
        x = end;
        let (left, y) = if is_tall { (1, 3 + 2 * n) } else { (1 + n * (room / 3), 1) };
        p.say(left, y, part.sign, part.tone);
        p.say(left + 2, y, part.name, Tone::Dim);
        let after = p.say(left + 11, y, &format!("{:>8}", units::percent(part.share)), Tone::Plain);
        if is_tall {
            p.say(after + 2, y, &format!("{:>7} a task", units::human(part.time / tasks)), Tone::Plain);
            p.say(left + 2, y + 1, part.meaning, Tone::Dim);
        }
    }
}

/// Everything in a few lines, where there is no room for boxes.
fn flow(app: &App, area: Rect, buf: &mut Buffer) {
    let mut p = Painter::new(area, buf, app.theme);
    let top = workers::lines(app, &mut p, area.height / 3);
    let mut left = of_runtime(app);
    left.extend(app.shown().runtime.split.iter().flat_map(|split| {
        parts(split, app.theme.glyphs()).map(|part| (part.name, units::percent(part.share), Tone::Plain))
    }));
    let kept = own::rows(app).saturating_sub(2).min(area.height / 3);
    let right = of_tardy(app);
    let columns = if area.width > 2 * FIGURE { vec![left, right] } else { vec![[left, right].concat()] };
    for (x, figures) in (1..).step_by(usize::from(FIGURE) + 2).zip(columns) {
        for (y, (name, value, tone)) in (top..area.height - kept).zip(figures) {
            p.say(x, y, name, Tone::Dim);
            p.say_before(x + FIGURE, y, &value, tone);
        }
    }
    let below = Rect { y: area.bottom() - kept, height: kept, ..area };
    own::lines(app, &mut Painter::new(below, buf, app.theme));
}

#[cfg(test)]
mod tests;
