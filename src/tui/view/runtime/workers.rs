//! The workers, a row each; where there are more than rows, a bar each and what stands out.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{LACKING, is_lacking, when};
use crate::snapshot::WorkerView;
use crate::tui::app::App;
use crate::tui::theme::Tone;
use crate::tui::view::painter::Painter;
use crate::tui::view::{bars, field};
use crate::units;

/// A poll that goes on for longer keeps other tasks waiting.
const STUCK: Duration = Duration::from_millis(20);

/// Rows of the summary.
pub(super) const SUMMARY: u16 = 3;

/// Columns of the number and the share, of polls, of the queue, and of what is stuck.
const HEAD: u16 = 12;
const POLLS: u16 = 15;
const QUEUE: u16 = 14;
const NOTE: [(u16, &str); 2] = [(28, "stuck in a poll for"), (18, "stuck for")];

/// How long a worker has been in one poll, where that is too long.
fn stuck(worker: &WorkerView) -> Option<Duration> {
    worker.polling_for.filter(|&time| time > STUCK)
}

/// All workers, in a box.
pub(super) fn boxed(app: &App, area: Rect, buf: &mut Buffer) {
    let dot = app.theme.glyphs().dot;
    let count = app.shown().runtime.workers.len();
    let title = if fits(count, area.height.saturating_sub(2)) {
        format!("workers {dot} {}", when(app))
    } else {
        format!("{count} workers {dot} {} {dot} more than there are rows: a bar each", when(app))
    };
    let inside = Painter::new(area, buf, app.theme).frame(&title, "");
    lines(app, &mut Painter::new(inside, buf, app.theme), inside.height);
}

fn fits(count: usize, rows: u16) -> bool {
    count <= usize::from(rows)
}

/// The workers on at most so many rows; returns how many were used.
pub(super) fn lines(app: &App, p: &mut Painter<'_>, rows: u16) -> u16 {
    let workers = &app.shown().runtime.workers;
    if workers.is_empty() {
        let text = if is_lacking(app) { LACKING } else { "the workers appear here after the first second" };
        p.say(1, 0, text, Tone::Dim);
        return rows.min(1);
    }
    if !fits(workers.len(), rows) {
        return summary(app, p, rows);
    }
    for (y, (n, worker)) in (0..).zip(workers.iter().enumerate()) {
        row(app, p, y, (n, worker));
    }
    u16::try_from(workers.len()).unwrap_or(rows)
}

/// One worker: the note goes last, then its bar, its polls, its queue.
fn row(app: &App, p: &mut Painter<'_>, y: u16, (n, worker): (usize, &WorkerView)) {
    let width = p.width();
    let (note, words) = NOTE[usize::from(width < 100)];
    let queue = if width >= HEAD + note + POLLS + QUEUE + 6 { QUEUE } else { 0 };
    let polls = if width >= HEAD + note + POLLS + 4 { POLLS } else { 0 };
    p.say_before(4, y, &n.to_string(), Tone::Dim);
    let tone = if worker.busy_share > 0.0 { Tone::Plain } else { Tone::Dim };
    p.say_before(HEAD, y, &units::percent(worker.busy_share), tone);
    let room = width.saturating_sub(HEAD + 1 + polls + queue + note + 1);
    bars::strip(p, (HEAD + 1, y), room, worker.busy_share, (Tone::OnTime, app.theme));
    let mut end = HEAD + 1 + room + polls;
    if polls > 0 {
        let tone = if worker.polls == 0 { Tone::Dim } else { Tone::Plain };
        p.say_before(end, y, &format!("{} polls/s", field::count(worker.polls)), tone);
    }
    end += queue;
    if let Some(waiting) = worker.local_queue.filter(|_| queue > 0) {
        let tone = if waiting == 0 { Tone::Dim } else { Tone::Plain };
        p.say_before(end, y, &format!("{} queued", field::count(waiting as u64)), tone);
    }
    if let Some(time) = stuck(worker) {
        p.say(end + 2, y, &format!("{words} {}", units::human(time)), Tone::Late);
    }
}

/// A bar for each worker, or for a few of them the busiest; what they are like together; and who is stuck.
fn summary(app: &App, p: &mut Painter<'_>, rows: u16) -> u16 {
    let workers = &app.shown().runtime.workers;
    let room = usize::from(p.width().saturating_sub(2)).max(1);
    let each = workers.len().div_ceil(room);
    let mut shares: Vec<f64> = workers.iter().map(|worker| worker.busy_share).collect();
    let busiest: Vec<f64> = shares.chunks(each).map(bars::peak).collect();
    bars::Series { values: &busiest, max: 1.0, rows: 1, tone: Tone::OnTime }.draw(p, (1, 0), app.theme);
    let late = app.theme.style(Tone::Late);
    let full = app.theme.glyphs().bars.last().copied().unwrap_or_default();
    for (x, group) in (1..).zip(workers.chunks(each)) {
        if group.iter().any(|worker| stuck(worker).is_some()) {
            p.glyph(x, 0, full, late);
        }
    }
    shares.sort_by(f64::total_cmp);
    let at = |n: usize| units::percent(shares.get(n).copied().unwrap_or_default());
    let polls: u64 = workers.iter().map(|worker| worker.polls).sum();
    let of = if each > 1 { format!(", a bar is the busiest of {each}") } else { String::new() };
    let text = format!(
        "busy {} to {}, half of them above {}, {} polls/s{of}",
        at(0),
        at(shares.len() - 1),
        at(shares.len() / 2),
        field::count(polls)
    );
    if rows > 1 {
        p.say(1, 1, &p.cut(&text, p.width().saturating_sub(2)), Tone::Dim);
    }
    if rows > 2 {
        match stuck_ones(workers) {
            Some(text) => p.say(1, 2, &p.cut(&text, p.width().saturating_sub(2)), Tone::Late),
            None => p.say(1, 2, "none is stuck in a poll", Tone::Dim),
        };
    }
    rows.min(SUMMARY)
}

/// The workers that are stuck, the longest first.
fn stuck_ones(workers: &[WorkerView]) -> Option<String> {
    let mut stuck: Vec<(Duration, usize)> =
        workers.iter().enumerate().filter_map(|(n, worker)| Some((stuck(worker)?, n))).collect();
    stuck.sort_unstable_by(|a, b| b.cmp(a));
    let each: Vec<String> = stuck.iter().map(|(time, n)| format!("worker {n} for {}", units::human(*time))).collect();
    (!each.is_empty()).then(|| format!("{} stuck in a poll: {}", each.len(), each.join(", ")))
}
