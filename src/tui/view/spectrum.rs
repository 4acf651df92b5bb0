//! Latency by share of the tasks, on an axis of nines, with the table beside it.
//!
//! The lane new tasks go to is solid, the one before it a shadow behind it; what lies above the deadline is late. A hatched
//! part is a bound: the tasks there were cancelled, and all that is known is that they would have taken longer. Below the
//! table stands what the survival curve says of a lane that cancels, and on the axis, hatched, where it says nothing.
//!
//! ```text
//! ┌ response time by share · whole run ─────────────── 12,000 tasks ─┐┌ percentiles ───────────────────┐
//! │    1 s                                                    ░░░░░░ ││        █ cancel       ─ observe│
//! │                                                       ▄▄▄▄░░░░░░ ││        50.0 ms          50.0 ms│
//! │ ┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈ 50 ms ┈┈┈ ││ p50    12.1 ms  24 %  11.8 ms  24 %│
//! │  10 ms ▁▁▁▂▂▂▂▂▃▃▃▃▄▄▄▄▄▅▅▅▅▆▆▆▆▇▇▇████████▏ 97.2 %              ││ p90    32.8 ms  66 %  32.8 ms  66 %│
//! │        50 %            90 %             99 %             99.9 %  ││ …                              │
//! └──────────────────────────────────────────────────────────────────┘└────────────────────────────────┘
//! ```

mod chart;
mod survival;
mod table;

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Margin, Position, Rect};
use ratatui::widgets::Widget;

use self::chart::Chart;
use self::table::Table;
use super::painter::Painter;
use super::percentiles;
use crate::tui::app::{App, Cursor};
use crate::tui::theme::Tone;
use crate::units;

/// The narrowest body with a table beside the chart; below it the table is left out.
const WIDE: u16 = 76;

/// See the module.
#[derive(Debug)]
pub(super) struct Spectrum<'a>(pub &'a App);

/// The chart with its frame, and the table.
fn parts(area: Rect) -> (Rect, Rect) {
    let table = if area.width < WIDE { 0 } else { Table::width(area.width) };
    let [chart, table] = Layout::horizontal([Constraint::Min(10), Constraint::Length(table)]).areas(area);
    (chart, table)
}

fn chart_of(app: &App, area: Rect) -> (Rect, Chart<'_>) {
    let inside = parts(area).0.inner(Margin::new(1, 1));
    (inside, Chart::new(app, inside))
}

/// The cursor at a place of the chart.
pub(super) fn cursor_at(app: &App, area: Rect, at: Position) -> Option<Cursor> {
    let (inside, chart) = chart_of(app, area);
    let nines = inside.contains(at).then(|| chart.nines_at(at.x - inside.x))??;
    Some(Cursor { nines: Some(nines), ..app.cursor })
}

/// Where the cursor goes with a step.
pub(super) fn stepped(app: &App, area: Rect, by: i32) -> Option<Cursor> {
    let nines = chart_of(app, area).1.stepped(by)?;
    Some(Cursor { nines: Some(nines), ..app.cursor })
}

/// What the cursor reads off.
pub(super) fn read_out(app: &App, area: Rect) -> Option<String> {
    let reading = chart_of(app, area).1.reading().into_iter().next()?;
    Some(format!("{} · {} · {reading}", app.shown().info.scenario, app.metric_words()))
}

impl Widget for Spectrum<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let app = self.0;
        let (framed, table) = parts(area);
        let tasks: u64 = app.digest().lanes.iter().take(2).map(|lane| lane.count).sum();
        let name = format!("{} by share", app.metric_words());
        let (inside, chart) = chart_of(app, area);
        let mut p = Painter::new(framed, buf, app.theme);
        p.frame(&p.title(&[&name, app.show.window.label()]), &format!("{} tasks", units::thousands(tasks)));
        p.foot(&chart.reading(), Tone::Strong);
        if table.width == 0 && app.cursor.nines.is_none() {
            p.foot(&percentiles::left_out(app, 2, percentiles::lanes(app)), Tone::Dim);
        }
        chart.render(inside, buf);
        if table.width > 0 {
            Table::new(app, area.width).render(table, buf);
        }
    }
}
