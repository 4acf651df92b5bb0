//! Home: what can be started or reopened, and the file of what is selected.
//!
//! ```text
//!  tardy ▸ home                                                   15 scenarios   2 past runs
//!  / type to filter
//! ┌ scenarios ──────────────────────────────┐┌ fanout · as it would run ────────────────────┐
//! │ hello        one at a time at 5 ms …    ││ 20 leaves awaited together …                 │
//! │▸fanout       gather latency is …        ││                                              │
//! └─────────────────────────────────────────┘│ [workload]                                   │
//! ┌ past runs ──────────────────────────────┐│ kind = "synthetic"                           │
//! │ fanout   2026-11-22 16:30  17.7 %  runs… ││                                              │
//! └─────────────────────────────────────────┘└──────────────────────────────────────────────┘
//!  answer
//!  / filter   Enter choose   ↑ ↓ select   Tab file   ? help   q quit
//! ```
//! On narrow screens the file is below the list; on low ones there are no boxes, and one list has both.

mod file;
#[cfg(test)]
pub(in crate::tui) mod fixture;
mod form;
mod list;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::widgets::Widget;

use super::entry;
use super::footer::{action_at, pieces};
use super::help::Help;
use super::painter::Painter;
use crate::tui::action::Action;
use crate::tui::home::{Choice, Home, Page, Waiting};
use crate::tui::launcher::{PastKind, PastRun};
use crate::tui::overlay::Overlay;
use crate::tui::theme::Tone;

/// From this width on the file is beside the list.
const WIDE: u16 = 100;

/// From this height on the parts have boxes.
const TALL: u16 = 20;

/// What a place on the screen stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) enum Target {
    /// A row of the list.
    Row(usize),
    /// A line of the form.
    Field(usize),
    /// The file.
    File,
    /// A key in the footer.
    Key(Action),
}

/// Where the parts are.
#[derive(Debug, Clone, Copy)]
struct Places {
    header: Rect,
    search: Rect,
    list: Rect,
    /// No rows on a low screen, where the list has the past runs too.
    past: Rect,
    file: Rect,
    footer: Rect,
    is_boxed: bool,
}

impl Places {
    fn of(home: &Home, screen: Rect) -> Self {
        let is_boxed = screen.height >= TALL;
        let [header, search, body, footer] =
            Layout::vertical([Constraint::Length(1), Constraint::Length(1), Constraint::Min(1), Constraint::Length(2)])
                .areas(screen);
        let is_wide = screen.width >= WIDE && is_boxed;
        let [left, file] = if is_wide {
            Layout::horizontal([Constraint::Percentage(50), Constraint::Percentage(50)]).areas(body)
        } else if is_boxed {
            Layout::vertical([Constraint::Percentage(65), Constraint::Percentage(35)]).areas(body)
        } else {
            Layout::vertical([Constraint::Min(3), Constraint::Length((body.height / 3).min(4))]).areas(body)
        };
        let rows = match (&home.page, is_boxed) {
            (Page::List, true) => list::past_height(home, left.height),
            _ => 0,
        };
        let [list, past] = Layout::vertical([Constraint::Min(1), Constraint::Length(rows)]).areas(left);
        Self { header, search, list, past, file, footer, is_boxed }
    }

    /// Where the rows of the list, the past runs and the form are, within boxes where there are some.
    fn inside(self, place: Rect) -> Rect {
        if !self.is_boxed {
            return place;
        }
        Rect {
            x: place.x + place.width.min(1),
            y: place.y + place.height.min(1),
            width: place.width.saturating_sub(2),
            height: place.height.saturating_sub(2),
        }
    }
}

/// Draws one frame.
pub(in crate::tui) fn draw(frame: &mut Frame<'_>, home: &Home) {
    frame.render_widget(&Whole(home), frame.area());
}

/// What is at a place of the screen.
pub(in crate::tui) fn target(home: &Home, at: Position) -> Option<Target> {
    let screen = Rect::from((Position::ORIGIN, home.size));
    let places = Places::of(home, screen);
    if home.overlay != Overlay::None {
        return None;
    }
    if places.footer.contains(at) && at.y + 1 == screen.height {
        return action_at(pieces(home.keymap.hints(home.scope()), screen.width), at.x).map(Target::Key);
    }
    if places.file.contains(at) {
        return Some(Target::File);
    }
    match &home.page {
        Page::Form(form) => form::line_at(form, places.inside(places.list), at).map(Target::Field),
        Page::List => list::row_at(home, places, at).map(Target::Row),
    }
}

/// How to come to the results of a sweep, which are no run's.
pub(in crate::tui) fn about_sweep(sweep: &PastRun) -> String {
    let directory = sweep.directory.display();
    format!("`tardy sweep --resume {directory}` prints its results, `tardy` in there lists its runs")
}

/// How many rows a screenful of the list or of the file has.
pub(in crate::tui) fn page(home: &Home, in_file: bool) -> usize {
    let places = Places::of(home, Rect::from((Position::ORIGIN, home.size)));
    usize::from(places.inside(if in_file { places.file } else { places.list }).height.max(1))
}

/// The whole screen.
#[derive(Debug)]
struct Whole<'a>(&'a Home);

impl Widget for &Whole<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let home = self.0;
        let places = Places::of(home, area);
        header(home, &mut Painter::new(places.header, buf, home.theme));
        search(home, &mut Painter::new(places.search, buf, home.theme));
        file::draw(home, places, buf);
        match &home.page {
            Page::List => list::draw(home, places, buf),
            Page::Form(form) => form::draw(home, form, places, buf),
        }
        footer(home, &mut Painter::new(places.footer, buf, home.theme));
        if home.overlay.is_help() {
            Help::of_home(home).render(area, buf);
        }
    }
}

fn header(home: &Home, p: &mut Painter<'_>) {
    let x = p.say(1, 0, "tardy ", Tone::Dim);
    let x = p.say(x, 0, home.theme.glyphs().pointer, Tone::Dim) + 1;
    let x = p.say(x, 0, "home", Tone::Strong);
    let scenarios = counted(home.scenarios.len(), "scenario");
    let past = home.past.as_ref().map_or_else(String::new, |past| format!("   {}", counted(past.len(), "past run")));
    let text = format!("{scenarios}{past}");
    if x + p.columns(&text) + 4 <= p.width() {
        p.say_before(p.width() - 1, 0, &text, Tone::Dim);
    }
}

fn counted(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

fn search(home: &Home, p: &mut Painter<'_>) {
    match (&home.page, &home.search) {
        (Page::Form(form), _) => {
            let text = p.cut(&form.listing().lesson, p.width().saturating_sub(2));
            p.say(1, 0, &text, Tone::Dim);
        }
        (Page::List, Some(text)) => entry::draw(p, 0, text, "Esc takes the filter away"),
        (Page::List, None) => {
            p.say(1, 0, "type to filter", Tone::Dim);
        }
    }
}

fn footer(home: &Home, p: &mut Painter<'_>) {
    let (text, tone) = match (&home.status, home.waiting, &home.page) {
        (Some(status), ..) => (status.text.as_str(), status.tone),
        (None, Waiting::Start, _) => ("starting …", Tone::Plain),
        // Under its field it may be cut.
        (None, _, Page::Form(form)) => form
            .told()
            .map_or(("a field left empty is as the scenario says", Tone::Dim), |complaint| (complaint, Tone::Late)),
        (None, _, Page::List) => match home.selected() {
            Some(Choice::Scenario(_)) => ("Enter shows what can be changed before it starts", Tone::Dim),
            Some(Choice::Past(run)) if run.kind == PastKind::Sweep => {
                ("a sweep of runs, whose results `tardy sweep` prints", Tone::Dim)
            }
            Some(Choice::Past(run)) => (file::reopens(run.kind), Tone::Dim),
            None => ("", Tone::Dim),
        },
    };
    let text = p.cut(text, p.width().saturating_sub(2));
    p.say(1, 0, &text, tone);
    for piece in pieces(home.keymap.hints(home.scope()), p.width()) {
        p.say(piece.x, 1, &piece.text, piece.tone);
    }
}

#[cfg(test)]
pub(super) mod tests;
