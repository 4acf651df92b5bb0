//! What the workload keeps of itself: a row for each figure, and its last words.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::figure::Value;
use crate::tui::app::App;
use crate::tui::theme::Tone;
use crate::tui::view::painter::Painter;
use crate::units;

/// The most rows of the box.
const ROWS: u16 = 8;

/// Columns of a figure's name and of its count; of the latter on a narrow screen.
const NAME: u16 = 34;
const COUNT: [u16; 2] = [14, 7];

/// From this width on there is room for the wide count.
const WIDE: u16 = 76;

/// How many rows the box has; none for a workload that keeps nothing.
pub(super) fn rows(app: &App) -> u16 {
    let kept = &app.shown().workload;
    let rows = kept.figures.len() + usize::from(!kept.remarks.is_empty());
    if rows == 0 { 0 } else { u16::try_from(rows + 2).unwrap_or(ROWS).min(ROWS) }
}

/// The box.
pub(super) fn boxed(app: &App, area: Rect, buf: &mut Buffer) {
    let inside = Painter::new(area, buf, app.theme).frame("the workload's own figures", "");
    lines(app, &mut Painter::new(inside, buf, app.theme));
}

/// The figures, and on the last row what was said last.
pub(super) fn lines(app: &App, p: &mut Painter<'_>) {
    let (kept, dot) = (&app.shown().workload, app.theme.glyphs().dot);
    let (said, end) = (kept.remarks.last(), 1 + NAME + COUNT[usize::from(p.width() < WIDE)]);
    let room = p.height().saturating_sub(u16::from(said.is_some()));
    for (y, figure) in (0..room).zip(&kept.figures) {
        p.say(1, y, &p.cut(&figure.name, NAME), Tone::Dim);
        let (count, times) = match figure.value {
            Value::Count(count) | Value::Times { count: count @ 0, .. } => (count, None),
            Value::Times { count, p50, p99, max } => (count, Some([("p50", p50), ("p99", p99), ("max", max)])),
        };
        let tone = if count == 0 { Tone::Dim } else { Tone::Plain };
        p.say_before(end, y, &units::thousands(count), tone);
        let mut x = end + 2;
        for (n, (name, time)) in times.into_iter().flatten().enumerate() {
            let (separator, time) = (if n == 0 { String::new() } else { format!("{dot} ") }, units::human(time));
            let label = format!("{separator}{name} ");
            if x + p.columns(&label) + p.columns(&time) > p.width() {
                break;
            }
            x = p.say(x, y, &label, Tone::Dim);
            x = p.say(x, y, &time, Tone::Plain) + 1;
        }
    }
    if let Some(said) = said {
        let y = room.min(u16::try_from(kept.figures.len()).unwrap_or(room));
        p.say(1, y, &p.cut(said, p.width().saturating_sub(2)), Tone::Late);
    }
}
