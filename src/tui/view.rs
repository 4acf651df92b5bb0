//! Draws the screen: one panel a file, each from the same [`App`], none of them changing it.
//!
//! Owns the layout: which panels a size has room for. It must not know how state comes about.
//!
//! ```text
//! header                                   at least 80×20; smaller screens get the compact layout
//! tabs ───────────────────────────────
//! body: what the tab is about
//! footer: answer, keys
//! ```

mod bars;
pub(super) mod blame;
mod compact;
mod details;
mod entry;
pub(super) mod failures;
mod field;
mod findings;
mod footer;
mod gather;
mod header;
mod help;
mod histogram;
pub(super) mod home;
pub(super) mod late;
mod overview;
mod painter;
mod percentiles;
mod profile;
mod replay;
mod runtime;
mod spectrum;
mod tab_bar;
mod table;
pub(super) mod time;
mod timeline;
mod verdict;
mod what_if;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::widgets::Widget;

use self::compact::Compact;
use self::footer::Footer;
use self::header::Header;
pub(super) use self::help::Help;
use self::tab_bar::TabBar;
use super::action::Action;
use super::app::{App, Cursor};
use super::blame::BlameRows;
use super::failures::FailureRows;
use super::late::LateRows;
use super::overlay::{Overlay, Reach};
use super::tabs::Tab;

/// The smallest size of the full layout.
const FULL: (u16, u16) = (80, 20);

/// What a place on the screen stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Target {
    /// A tab.
    Tab(Tab),
    /// A key in the footer, or what stands for one.
    Key(Action),
    /// A place on a chart, as the cursor that stands on it.
    Cursor(Cursor),
    /// A row of the list, by its place in it.
    Row(usize),
    /// A share of the time of a recorded run.
    Time(f64),
    /// Somewhere else in what the tab is about.
    Body,
}

/// Where the parts of the full layout are.
#[derive(Debug, Clone, Copy)]
struct Areas {
    header: Rect,
    tabs: Rect,
    body: Rect,
    footer: Rect,
}

impl Areas {
    /// The parts of a screen; `None` when it is too small for them.
    fn of(screen: Rect) -> Option<Self> {
        let [header, tabs, body, footer] =
            Layout::vertical([Constraint::Length(1), Constraint::Length(1), Constraint::Min(1), Constraint::Length(2)])
                .areas(screen);
        (screen.width >= FULL.0 && screen.height >= FULL.1).then_some(Self { header, tabs, body, footer })
    }
}

/// Draws one frame.
pub fn draw(frame: &mut Frame<'_>, app: &App) {
    frame.render_widget(&Whole(app), frame.area());
}

/// Draws the screen into a buffer of its size.
pub(super) fn render(app: &App, buffer: &mut Buffer) {
    Whole(app).render(buffer.area, buffer);
}

/// What is at a place of the screen.
pub(super) fn target(app: &App, at: Position) -> Option<Target> {
    let screen = Rect::from((Position::ORIGIN, app.size));
    if app.overlay != Overlay::None {
        return None;
    }
    let has_keys = at.y + 1 == screen.height && (is_full(app) || compact::has_keys(app.tab, screen));
    if let Some(action) = footer::key_at(app, screen.width, at.x).filter(|_| has_keys) {
        return Some(Target::Key(action));
    }
    let has_status = at.y + 2 == screen.height && (is_full(app) || compact::has_status(app, screen));
    if has_status && let Some(replay) = footer::replay(app) {
        return replay::share_at(screen.width, replay, at.x).map(Target::Time);
    }
    if has_status && footer::has_finding(app) {
        return Some(Target::Key(Action::Findings));
    }
    if let Some(areas) = Areas::of(screen)
        && areas.tabs.contains(at)
    {
        return tab_bar::tab_at(screen.width, at.x).map(Target::Tab);
    }
    let body = body_of(app);
    let cursor = cursor_at(app, body, at).map(Target::Cursor);
    let body = if app.tab == Tab::Overview { screen } else { body };
    body.contains(at).then(|| cursor.or_else(|| row_at(app, at).map(Target::Row)).unwrap_or(Target::Body))
}

/// How far what lies over the screen can be scrolled; `None` when that is nothing to be read at length.
pub(super) fn reach(app: &App) -> Option<Reach> {
    match app.overlay {
        Overlay::Help(_) => Some(Help::of_run(app).reach(app.size)),
        Overlay::Findings(_) => Some(findings::about(app).reach(app.size)),
        Overlay::None | Overlay::Details => None,
    }
}

/// Whether the screen has room for the full layout.
fn is_full(app: &App) -> bool {
    Areas::of(Rect::from((Position::ORIGIN, app.size))).is_some()
}

/// Where what the tab is about will be.
pub(super) fn body_of(app: &App) -> Rect {
    let screen = Rect::from((Position::ORIGIN, app.size));
    Areas::of(screen).map_or_else(|| compact::Parts::of(screen).body, |areas| areas.body)
}

/// The row of the list at a place of the screen.
fn row_at(app: &App, at: Position) -> Option<usize> {
    match app.tab {
        Tab::Late => {
            let rows = LateRows::of(app.shown(), &app.late);
            late::Shown::of(app, &rows, body_of(app)).row_at(at, &rows)
        }
        Tab::Failures => {
            let rows = FailureRows::of(app.shown(), &app.failures);
            failures::Shown::of(app, &rows, body_of(app)).row_at(at)
        }
        Tab::Blame => blame::Shown::of(app, &BlameRows::of(app.why(), &app.blame), body_of(app)).row_at(at),
        _ => None,
    }
}

/// The cursor that stands at a place of the body.
fn cursor_at(app: &App, body: Rect, at: Position) -> Option<Cursor> {
    match app.tab {
        Tab::Overview => overview::cursor_at(app, body, at),
        Tab::Time => time::cursor_at(app, body, at),
        Tab::Percentiles => spectrum::cursor_at(app, body, at),
        Tab::WhatIf => what_if::cursor_at(app, body, at),
        _ => None,
    }
}

/// Where the cursor goes with a step to the left or to the right; `None` where it can go no further.
pub(super) fn stepped(app: &App, by: i32) -> Option<Cursor> {
    let area = body_of(app);
    match app.tab {
        Tab::Overview => overview::stepped(app, area, by),
        Tab::Percentiles => spectrum::stepped(app, area, by),
        Tab::WhatIf => what_if::stepped(app, area, by),
        _ => None,
    }
}

/// What the cursor reads off, in words; `None` without one.
pub(super) fn read_out(app: &App) -> Option<String> {
    let area = body_of(app);
    match app.tab {
        Tab::Overview => overview::read_out(app, area),
        Tab::Time => time::read_out(app, area),
        Tab::Percentiles => spectrum::read_out(app, area),
        Tab::WhatIf => what_if::read_out(app),
        Tab::Blame => blame::read_out(app),
        _ => None,
    }
}

/// Rows of the list that make a screenful.
pub(super) fn page(app: &App) -> usize {
    let rows = match app.tab {
        Tab::Late => late::Shown::of(app, &LateRows::of(app.shown(), &app.late), body_of(app)).room(),
        Tab::Failures => failures::Shown::of(app, &FailureRows::of(app.shown(), &app.failures), body_of(app)).room(),
        Tab::Blame => blame::Shown::of(app, &BlameRows::of(app.why(), &app.blame), body_of(app)).room(),
        _ => 0,
    };
    rows.max(1)
}

/// The whole screen.
#[derive(Debug)]
struct Whole<'a>(&'a App);

impl Widget for &Whole<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let app = self.0;
        if let Some(areas) = Areas::of(area) {
            Header(app).render(areas.header, buf);
            TabBar(app).render(areas.tabs, buf);
            body(app, areas.body, buf);
            Footer(app).render(areas.footer, buf);
        } else {
            Compact(app).render(area, buf);
        }
        match app.overlay {
            Overlay::None => {}
            Overlay::Help(_) => Help::of_run(app).render(area, buf),
            Overlay::Findings(_) => findings::about(app).render(area, buf),
            Overlay::Details => {
                let details = if app.tab == Tab::Late { late::about(app) } else { failures::about(app) };
                if let Some(details) = details {
                    details.render(area, buf);
                }
            }
        }
    }
}

/// What the tab is about, on any area.
fn body(app: &App, area: Rect, buf: &mut Buffer) {
    match app.tab {
        Tab::Overview => overview::Overview(app).render(area, buf),
        Tab::Time => time::Time(app).render(area, buf),
        Tab::Percentiles => spectrum::Spectrum(app).render(area, buf),
        Tab::Gather => gather::Gather(app).render(area, buf),
        Tab::Late => late::Late(app).render(area, buf),
        Tab::Failures => failures::Failures(app).render(area, buf),
        Tab::Runtime => runtime::Runtime(app).render(area, buf),
        Tab::WhatIf => what_if::WhatIf(app).render(area, buf),
        Tab::Blame => blame::BlameScreen(app).render(area, buf),
    }
}

#[cfg(test)]
mod tests;
