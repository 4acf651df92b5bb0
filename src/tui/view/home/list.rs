//! The scenarios with their lessons, and below them the runs whose files are there.
//!
//! ```text
//! ┌ scenarios ──────────────────────────────────────────┐
//! │▸fanout          gather latency is the slowest …     │
//! └─────────────────────────────────────────────────────┘
//! ┌ past runs · UTC ──────────────────────────── missed ┐
//! │ fanout          2026-11-22 16:30   17.7 %  runs/…   │
//! └─────────────────────────────────────────────────────┘
//! ```

use std::time::SystemTime;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Modifier;

use super::Places;
use crate::tui::home::{Choice, Home, Pane};
use crate::tui::launcher::{PastKind, PastRun};
use crate::tui::theme::Tone;
use crate::tui::view::painter::Painter;
use crate::tui::view::table::place;
use crate::units;

/// The column after the names.
const NAMES: u16 = 20;

/// The columns of the time and of the missed share, with the room after them.
const WHEN: u16 = 18;
const MISSED: u16 = 8;

/// Rows of the past runs' box: as many as there are, at least one for why there is none, at most a third.
pub(super) fn past_height(home: &Home, height: u16) -> u16 {
    let rows = home.rows().iter().filter(|row| matches!(row, Choice::Past(_))).count();
    u16::try_from(rows.max(1)).unwrap_or(u16::MAX).saturating_add(2).min((height / 3).max(3))
}

/// Draws both.
pub(super) fn draw(home: &Home, places: Places, buf: &mut Buffer) {
    let (rows, scenarios) = rows(home);
    let mut p = Painter::new(places.list, buf, home.theme);
    if places.is_boxed {
        let dot = home.theme.glyphs().dot;
        let place = |part: Rect, first: usize, count: usize, other: &str| {
            let height = places.inside(part).height;
            let above = above(home, first, count, height);
            let shown = above..count.min(above + usize::from(height));
            place(&shown, count, dot, other).swap_remove(0)
        };
        p.frame("scenarios", &place(places.list, 0, scenarios, ""));
        let mut p = Painter::new(places.past, buf, home.theme);
        p.frame("past runs · runs/", &place(places.past, scenarios, rows.len() - scenarios, "began (UTC) · missed"));
        draw_rows(home, &rows[..scenarios], 0, places.inside(places.list), buf);
        draw_rows(home, &rows[scenarios..], scenarios, places.inside(places.past), buf);
    } else {
        draw_rows(home, &rows, 0, places.list, buf);
    }
    let mut p = Painter::new(places.inside(places.list), buf, home.theme);
    if scenarios == 0 && (places.is_boxed || rows.is_empty()) && !home.scenarios.is_empty() {
        p.say(1, 0, "no scenario has that text; Esc takes the filter away", Tone::Dim);
    }
    let mut p = Painter::new(places.inside(places.past), buf, home.theme);
    if rows.len() == scenarios
        && let Some(past) = &home.past
    {
        let text = if past.is_empty() {
            "none in runs/ yet: e writes a run's files there"
        } else {
            "no past run has that text"
        };
        p.say(1, 0, text, Tone::Dim);
    }
}

/// The row of the list at a place.
pub(super) fn row_at(home: &Home, places: Places, at: Position) -> Option<usize> {
    let (rows, scenarios) = rows(home);
    let found = |place: Rect, first: usize, count: usize| {
        let row = first + above(home, first, count, place.height) + usize::from(at.y.saturating_sub(place.y));
        (place.contains(at) && row < first + count).then_some(row)
    };
    if !places.is_boxed {
        return found(places.list, 0, rows.len());
    }
    let list = found(places.inside(places.list), 0, scenarios);
    list.or_else(|| found(places.inside(places.past), scenarios, rows.len() - scenarios))
}

/// The rows, and how many of them are scenarios.
fn rows(home: &Home) -> (Vec<Choice<'_>>, usize) {
    let rows = home.rows();
    let scenarios = rows.iter().filter(|row| matches!(row, Choice::Scenario(_))).count();
    (rows, scenarios)
}

/// How many of the `count` rows from `first` on are above their box, so that the selected one is in it; its last rows
/// stay there when the selection goes past them.
fn above(home: &Home, first: usize, count: usize, height: u16) -> usize {
    let room = usize::from(height);
    (home.at + 1).saturating_sub(first).saturating_sub(room).min(count.saturating_sub(room))
}

fn draw_rows(home: &Home, rows: &[Choice<'_>], first: usize, area: Rect, buf: &mut Buffer) {
    let mut p = Painter::new(area, buf, home.theme);
    let above = above(home, first, rows.len(), area.height);
    for (y, (at, row)) in (0..area.height).zip((first..).zip(rows).skip(above)) {
        match row {
            Choice::Scenario(listing) => {
                name(&mut p, y, &listing.name);
                let lesson = p.cut(&listing.lesson, p.width().saturating_sub(NAMES + 1));
                p.say(NAMES, y, &lesson, Tone::Dim);
            }
            Choice::Past(run) => past(&mut p, y, run),
        }
        if at == home.at {
            mark(home, Rect { y: area.y + y, height: 1, ..area }, buf);
            p = Painter::new(area, buf, home.theme);
        }
    }
}

fn name(p: &mut Painter<'_>, y: u16, name: &str) {
    let name = p.cut(name, NAMES - 2);
    p.say(1, y, &name, Tone::Plain);
}

fn past(p: &mut Painter<'_>, y: u16, run: &PastRun) {
    name(p, y, &run.scenario);
    p.say(NAMES, y, &when(run.started_at), Tone::Dim);
    let (missed, tone) = match run.kind {
        PastKind::Ended { missed: Some(share) } if share > 0.0 => (units::percent(share), Tone::Late),
        PastKind::Ended { missed: Some(share) } => (units::percent(share), Tone::Dim),
        PastKind::Ended { missed: None } => ("–".to_owned(), Tone::Dim),
        PastKind::Endless => ("no end".to_owned(), Tone::Plain),
        PastKind::Sweep => ("sweep".to_owned(), Tone::Plain),
    };
    p.say_before(NAMES + WHEN + MISSED - 1, y, &missed, tone);
    let x = NAMES + WHEN + MISSED + 1;
    let directory = run.directory.file_name().unwrap_or_default().to_string_lossy();
    let directory = p.cut(&directory, p.width().saturating_sub(x + 1));
    p.say(x, y, &directory, Tone::Dim);
}

/// A time to the minute.
pub(super) fn when(time: SystemTime) -> String {
    let text = humantime::format_rfc3339_seconds(time.max(SystemTime::UNIX_EPOCH)).to_string();
    text.get(..16).unwrap_or_default().replace('T', " ")
}

/// Makes a row the selected one: reversed while the cursor is in the list.
fn mark(home: &Home, row: Rect, buf: &mut Buffer) {
    let row = row.intersection(buf.area);
    let modifier = if home.pane == Pane::List { Modifier::REVERSED } else { Modifier::BOLD | Modifier::UNDERLINED };
    for x in row.x..row.right() {
        for y in row.y..row.bottom() {
            let cell = &mut buf[(x, y)];
            let style = cell.style().remove_modifier(Modifier::DIM).add_modifier(modifier);
            cell.set_style(style);
        }
    }
}
