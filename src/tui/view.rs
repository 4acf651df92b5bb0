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
mod compact;
mod entry;
mod failures;
mod field;
mod footer;
mod gather;
mod header;
mod help;
mod histogram;
pub(super) mod home;
mod late;
mod overview;
mod painter;
mod percentiles;
mod runtime;
mod spectrum;
mod tab_bar;
mod time;
mod timeline;
mod verdict;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::widgets::Widget;

use self::compact::Compact;
use self::footer::Footer;
use self::header::Header;
use self::help::Help;
use self::tab_bar::TabBar;
use super::action::Action;
use super::app::{App, Overlay};
use super::tabs::Tab;

/// The smallest size of the full layout.
const FULL: (u16, u16) = (80, 20);

/// What a place on the screen stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Target {
    /// A tab.
    Tab(Tab),
    /// A key in the footer.
    Key(Action),
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

/// What is at a place of the screen.
pub(super) fn target(app: &App, at: Position) -> Option<Target> {
    let screen = Rect::from((Position::ORIGIN, app.size));
    if app.overlay != Overlay::None {
        return None;
    }
    let Some(areas) = Areas::of(screen) else {
        let keys = at.y + 1 == screen.height;
        return footer::key_at(app, screen.width, at.x).filter(|_| keys).map(Target::Key);
    };
    if areas.tabs.contains(at) {
        return tab_bar::tab_at(screen.width, at.x).map(Target::Tab);
    }
    if areas.footer.contains(at) && at.y > areas.footer.y {
        return footer::key_at(app, screen.width, at.x).map(Target::Key);
    }
    None
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
        if app.overlay == Overlay::Help {
            Help::of_run(app).render(area, buf);
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
    }
}

#[cfg(test)]
mod tests;
