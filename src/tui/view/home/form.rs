//! What can be changed before a run starts.
//!
//! ```text
//! ┌ before fanout starts ───────────────────────────────┐
//! │ deadline    50ms                                    │
//! │▸policy      cancel                                  │
//! │ load        500/s                                   │
//! │             `fast` is no rate …                     │
//! │                                                     │
//! │ parameter   gather.width = 50                       │
//! └─────────────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::Places;
use crate::tui::home::{Form, Home, Line};
use crate::tui::launcher::Field;
use crate::tui::theme::Tone;
use crate::tui::view::entry;
use crate::tui::view::painter::Painter;

/// The column of the values.
const VALUES: u16 = 12;

/// A row of the form.
#[derive(Debug, Clone, Copy)]
enum Row<'a> {
    Line(usize, &'a Line),
    Complaint(&'a str),
    Gap,
}

/// Draws the form.
pub(super) fn draw(home: &Home, form: &Form, places: Places, buf: &mut Buffer) {
    let area = places.inside(places.list);
    if places.is_boxed {
        Painter::new(places.list, buf, home.theme).frame(&format!("before {} starts", form.listing().name), "");
    }
    for (y, row) in (0..area.height).zip(rows(form, area.height)) {
        let place = Rect { y: area.y + y, height: 1, ..area };
        let mut p = Painter::new(place, buf, home.theme);
        match row {
            Row::Line(at, line) => {
                let is_at = at == form.at();
                if is_at {
                    p.say(0, 0, home.theme.glyphs().pointer, Tone::Strong);
                }
                p.say(1, 0, label(line.field), if is_at { Tone::Strong } else { Tone::Dim });
                value(home, line, is_at, place, buf);
            }
            Row::Complaint(text) => {
                let text = p.cut(text, p.width().saturating_sub(3));
                p.say(2, 0, &text, Tone::Late);
            }
            Row::Gap => {}
        }
    }
}

/// The line of the form at a place.
pub(super) fn line_at(form: &Form, area: Rect, at: Position) -> Option<usize> {
    let y = usize::from(at.y.checked_sub(area.y)?);
    match rows(form, area.height).nth(y)? {
        Row::Line(line, _) if area.contains(at) => Some(line),
        _ => None,
    }
}

/// The rows from the first that is shown on, so that the line keys go to is among them with what is wrong with it.
fn rows(form: &Form, height: u16) -> impl Iterator<Item = Row<'_>> {
    let mut rows = Vec::new();
    let mut end = 0;
    for (at, line) in form.lines().iter().enumerate() {
        if line.field == Field::Parameter && form.lines()[at - 1].field != Field::Parameter {
            rows.push(Row::Gap);
        }
        rows.push(Row::Line(at, line));
        rows.extend(form.complaint(at).map(Row::Complaint));
        if at <= form.at() {
            end = rows.len();
        }
    }
    rows.into_iter().skip(end.saturating_sub(height.into()))
}

fn value(home: &Home, line: &Line, is_at: bool, row: Rect, buf: &mut Buffer) {
    let indent = VALUES.min(row.width);
    let place = Rect { x: row.x + indent, width: row.width - indent, ..row };
    let mut p = Painter::new(place, buf, home.theme);
    let text = line.entry.text();
    if is_at {
        entry::draw(&mut p, 0, &line.entry, hint(line.field));
    } else if text.is_empty() {
        p.say(1, 0, hint(line.field), Tone::Dim);
    } else {
        let text = p.cut(&text, p.width().saturating_sub(2));
        p.say(1, 0, &text, if line.is_changed() { Tone::Strong } else { Tone::Plain });
    }
}

const fn label(field: Field) -> &'static str {
    match field {
        Field::Deadline => "deadline",
        Field::Policy => "policy",
        Field::Load => "load",
        Field::Duration => "duration",
        Field::Seed => "seed",
        Field::Parameter => "parameter",
    }
}

/// How a field is written.
const fn hint(field: Field) -> &'static str {
    match field {
        Field::Deadline => "such as 80ms",
        Field::Policy => "space: cancel or observe",
        Field::Load => "500/s, or 64 at once",
        Field::Duration => "such as 10s",
        Field::Seed => "a whole number",
        Field::Parameter => "key = value, such as gather.width = 50",
    }
}
