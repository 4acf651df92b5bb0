//! Percentiles of gathers beside those of their children, and the time nobody waited for.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::snapshot::Latency;
use crate::tui::app::App;
use crate::tui::digest::{GatherDigest, SHARES};
use crate::tui::theme::Tone;
use crate::tui::view::painter::Painter;
use crate::units;

/// Columns of the names of percentiles, of those of distributions, and of one number.
const SHARE: u16 = 4;
const HEAD: u16 = 10;
const COLUMN: u16 = 11;

/// How wide the table is with its frame.
pub(super) const WIDTH: u16 = SHARE + 3 * COLUMN + 3;

/// The distributions, in the order of the digest.
const HEADS: [&str; 3] = ["gather", "child", "straggler"];

/// See the module.
#[derive(Debug)]
pub(super) struct Numbers<'a>(pub &'a App);

impl Numbers<'_> {
    /// Draws the table and the wasted time in a frame.
    pub(super) fn boxed(&self, area: Rect, buf: &mut Buffer) {
        let app = self.0;
        let title = app.gather().map_or_else(|| "percentiles".to_owned(), |digest| digest.key.to_string());
        let inside = Painter::new(area, buf, app.theme).frame(&title, "");
        let mut p = Painter::new(inside, buf, app.theme);
        let Some(digest) = app.gather() else {
            p.say_centered(p.height() / 2, "percentiles appear with outcomes", Tone::Dim);
            return;
        };
        let names = SHARES.map(|(_, name)| name);
        let ends = (1..).map(|n: u16| SHARE + COLUMN * n);
        for ((end, head), column) in ends.zip(HEADS).zip(&digest.columns) {
            p.say_before(end, 0, head, Tone::Strong);
            for (y, latency) in (1..).zip(column) {
                p.say_before(end, y, &self.text(*latency), tone(*latency, digest, head));
            }
        }
        for (y, name) in (1..).zip(names.into_iter().chain(["max"])) {
            p.say(1, y, name, Tone::Dim);
        }
        let air = u16::from(p.height() > 9);
        wasted(&mut p, 5 + air, digest);
        if p.height() > 11 {
            let note = p.cut("straggler: last end after the one before it", p.width() - 2);
            p.say(1, 10 + air, &note, Tone::Dim);
        }
    }

    /// Draws a row of percentiles for each distribution.
    pub(super) fn lines(&self, area: Rect, buf: &mut Buffer) {
        let mut p = Painter::new(area, buf, self.0.theme);
        let Some(digest) = self.0.gather() else {
            p.say(1, 0, "percentiles appear with outcomes", Tone::Dim);
            return;
        };
        let ends = || (1..).map(|n: u16| HEAD + n * COLUMN);
        for (end, name) in ends().zip(SHARES.map(|(_, name)| name).into_iter().chain(["max"])) {
            p.say_before(end, 0, name, Tone::Dim);
        }
        for (y, (head, column)) in (1..).zip(HEADS.iter().zip(&digest.columns)) {
            p.say(1, y, head, Tone::Strong);
            for (end, latency) in ends().zip(column) {
                p.say_before(end, y, &self.text(*latency), tone(*latency, digest, head));
            }
        }
    }

    fn text(&self, latency: Option<Latency>) -> String {
        latency.map_or_else(|| self.0.theme.glyphs().none.to_owned(), |latency| latency.to_string())
    }
}

/// The time children ran on after the outcome of their gather was known.
fn wasted(p: &mut Painter<'_>, y: u16, digest: &GatherDigest) {
    let Some(book) = digest.book() else { return };
    let wasted = Duration::from_nanos(u64::try_from(book.wasted_ns).unwrap_or(u64::MAX));
    let decided = u32::try_from(book.started - book.open()).unwrap_or(u32::MAX).max(1);
    let seconds = digest.task_time.as_secs_f64();
    let share = if seconds > 0.0 { wasted.as_secs_f64() / seconds } else { 0.0 };
    let tone = if wasted.is_zero() { Tone::Dim } else { Tone::Late };
    let end = SHARE + 2 * COLUMN;
    p.say(1, y, "wasted after the outcome was known", Tone::Dim);
    for (y, (name, text)) in (y + 1..).zip([
        ("in all", units::task_time(wasted)),
        ("per gather", units::task_time(wasted / decided)),
        ("of task time", units::percent(share)),
    ]) {
        p.say(1, y, name, Tone::Dim);
        p.say_before(end, y, &text, tone);
    }
}

/// A gap has no deadline; what else lies beyond the lane's is late.
fn tone(latency: Option<Latency>, digest: &GatherDigest, head: &str) -> Tone {
    match (latency, digest.key.deadline) {
        (None, _) => Tone::Dim,
        (Some(Latency::AtLeast(_)), _) => Tone::Cancelled,
        (Some(Latency::Exactly(at)), Some(deadline)) if at > deadline && head != HEADS[2] => Tone::Late,
        _ => Tone::Plain,
    }
}
