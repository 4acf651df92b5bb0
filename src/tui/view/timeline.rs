//! The last seconds: what was done and what was missed, with the changes made on the way.
//!
//! ```text
//! ┌ last 42 s ──────────────────────────────────────────────────────────────────────────┐
//! │ done/s   ▆▆▇▇▇▆▆▇▇▇▆▅▆▇▇▇▇▇▆▇▇▇▇▇▇                                         peak 296/s│
//! │ missed/s ▁▁▁▂▁▁▁▁▁▂▂▂▁▁▁▁▃▃▅▅▅▆▆▇▇                                         peak  77/s│
//! │                                  ▲ observe → cancel 00:28                           │
//! │ runtime  busy 41.0 %   tasks alive 291   queue 3   tick lag 80.0 µs                 │
//! └─────────────────────────────────────────────────────────────────────────────────────┘
//! ```

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use super::bars;
use super::painter::Painter;
use crate::snapshot::{Marker, Timeline, TimelineRow};
use crate::tui::app::App;
use crate::tui::theme::{Theme, Tone};
use crate::units;

/// Columns of the names at the left and of the scale at the right.
const NAMES: u16 = 10;
const SCALE: u16 = 15;

/// A clock later than this says that the machine is short of cores, and the numbers with it.
pub(super) const LAG: Duration = Duration::from_millis(10);

/// See the module.
#[derive(Debug)]
pub(super) struct TimelinePanel<'a>(pub &'a App);

impl Widget for &TimelinePanel<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        if area.is_empty() {
            return;
        }
        let app = self.0;
        let columns = area.width.saturating_sub(2 + NAMES + SCALE);
        let wide = columns_per_row(app.shown().info.duration, columns);
        let rows = latest(&app.shown().timeline, usize::from(columns / wide));
        let title = match rows.iter().map(|row| row.length).sum::<Duration>() {
            Duration::ZERO => "second by second".to_owned(),
            span => format!("last {} s", units::thousands(span.as_secs())),
        };
        let inside = Painter::new(area, buf, app.theme).frame(&title, "");
        let mut p = Painter::new(inside, buf, app.theme);
        // The last sample of a run that is over was taken before its end.
        let has_runtime = p.height() > 3 && !app.shown().is_finished();
        let each = p.height().saturating_sub(1 + u16::from(has_runtime)) / 2;
        if rows.is_empty() {
            p.say_centered(
                p.height() / 2,
                "tasks done and deadlines missed appear here after the first second",
                Tone::Dim,
            );
        } else {
            let done = rows.iter().map(|row| row.per_second(row.counts.done));
            let missed = rows.iter().map(|row| row.per_second(row.counts.missed));
            series(&mut p, (0, each), "done/s", &stretched(done, wide), (app, Tone::OnTime));
            series(&mut p, (each, each), "missed/s", &stretched(missed, wide), (app, Tone::Late));
            markers(&mut p, 2 * each, app, (rows, wide));
        }
        if has_runtime {
            let y = p.height() - 1;
            runtime(&mut p, y, app);
        }
    }
}

fn latest(timeline: &Timeline, columns: usize) -> &[TimelineRow] {
    let rows = timeline.rows();
    &rows[rows.len().saturating_sub(columns)..]
}

/// As many columns a row as let a run of known length end at the right edge, and at least one.
fn columns_per_row(duration: Option<Duration>, columns: u16) -> u16 {
    let seconds = duration.map_or(u64::MAX, |duration| duration.as_secs().max(1));
    u16::try_from(u64::from(columns) / seconds).unwrap_or(1).clamp(1, 4)
}

fn stretched(values: impl Iterator<Item = f64>, wide: u16) -> Vec<f64> {
    values.flat_map(|value| std::iter::repeat_n(value, wide.into())).collect()
}

fn series(p: &mut Painter<'_>, (y, height): (u16, u16), name: &str, values: &[f64], (app, tone): (&App, Tone)) {
    if height == 0 {
        return;
    }
    let peak = bars::peak(values);
    let foot = y + height - 1;
    p.say(1, foot, name, Tone::Dim);
    bars::Series { values, max: peak, rows: height, tone }.draw(p, (NAMES, y), app.theme);
    let end = p.width().saturating_sub(1);
    p.say_before(end, foot, &format!("peak {:>7}/s", units::three_digits(peak)), Tone::Dim);
}

fn markers(p: &mut Painter<'_>, y: u16, app: &App, (rows, wide): (&[TimelineRow], u16)) {
    let Some(first) = rows.first() else { return };
    let shown: Vec<(u16, &Marker)> = app
        .shown()
        .timeline
        .markers()
        .iter()
        .filter(|marker| marker.at >= first.at)
        .map(|marker| {
            let index = rows.partition_point(|row| row.at <= marker.at).saturating_sub(1);
            (NAMES.saturating_add(wide.saturating_mul(u16::try_from(index).unwrap_or(u16::MAX))), marker)
        })
        .collect();
    write_markers(p, y, &shown, app.theme);
}

/// Writes a sign for each change on row `y`, at its column, with as many words as fit before the next.
pub(super) fn write_markers(p: &mut Painter<'_>, y: u16, shown: &[(u16, &Marker)], theme: Theme) {
    for (n, &(x, marker)) in shown.iter().enumerate() {
        p.say(x, y, theme.glyphs().marker, Tone::Strong);
        let end = shown.get(n + 1).map_or(p.width().saturating_sub(1), |next| next.0.saturating_sub(1));
        let text = format!("{} {}", marker.what, units::clock(marker.at));
        let room = end.saturating_sub(x + 2);
        if p.columns(&text) <= room {
            p.say(x + 2, y, &text, Tone::Plain);
        } else if room >= 8 {
            let text = p.cut(&marker.what, room);
            p.say(x + 2, y, &text, Tone::Plain);
        }
    }
}

fn runtime(p: &mut Painter<'_>, y: u16, app: &App) {
    let shown = app.shown();
    let queue = shown.runtime.global_queue;
    let mut x = p.say(1, y, "runtime", Tone::Dim).max(NAMES);
    for (name, value, tone) in [
        ("busy", units::percent(shown.runtime.busy_share), Tone::Plain),
        ("tasks alive", units::thousands(shown.runtime.live_tasks as u64), Tone::Plain),
        ("queue", units::thousands(queue as u64), if queue == 0 { Tone::Dim } else { Tone::Plain }),
        (
            "tick lag",
            units::human(shown.cost.tick_lag),
            if shown.cost.tick_lag > LAG { Tone::Late } else { Tone::Plain },
        ),
    ] {
        x = p.say(x, y, name, Tone::Dim) + 1;
        x = p.say(x, y, &format!("{value:>7}"), tone) + 3;
    }
}
