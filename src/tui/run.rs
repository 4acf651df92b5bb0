//! The loop: waits for something to happen, updates, does what the update asks, draws.

use std::sync::Arc;
use std::time::Duration;

use super::app::{App, Leaving};
use super::error::TuiError;
use super::event::Sources;
use super::exporter::Exporter;
use super::frame::{Limit, Pace};
use super::terminal::{self, Screen};
use super::update::{Effect, Event, Stop, update};
use super::{Options, Theme};
use crate::engine::Handle;

/// How long the books may take to close before the screen is left without them.
const CLOSING: Duration = Duration::from_secs(2);

/// How often a screen nothing happens on looks for a newer snapshot.
const IDLE: Duration = Duration::from_millis(33);

/// The world the effects act on. Fields are dropped in order: the terminal comes back first, and only then
/// are files waited for.
#[derive(Debug)]
struct Runner<'a> {
    handle: &'a Handle,
    screen: Screen,
    sources: Sources,
    exporter: Exporter,
}

/// Whether to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Stay,
    Leave,
}

/// Shows the run until the user leaves it.
pub(super) fn run(handle: &Handle, options: Options) -> Result<(), TuiError> {
    let Options { config, export } = options;
    let exporter = Exporter::start(export)?;
    let sources = Sources::open()?;
    let screen = Screen::open()?;
    let mut runner = Runner { handle, screen, sources, exporter };
    let theme = Theme::from_env(config.ground).with_ascii(config.ascii);
    let mut pace = Pace::new(config.fps);
    let mut app = App::new(handle.snapshot(), theme).with_config(config);
    let mut limit = None;
    let mut stale = true;
    loop {
        if stale && pace.is_due() {
            stale = false;
            // A terminal that is gone must not keep the books from being closed: its hang-up is an event.
            match runner.draw(&mut app) {
                Err(_) if app.leaving == Leaving::Closing || runner.sources.has_hung_up() => {}
                drawn => drawn?,
            }
        }
        let events = runner.wait(&app, if stale { pace.wait() } else { IDLE })?;
        stale |= !events.is_empty();
        for event in events {
            if runner.apply(&mut app, event)? == Next::Leave {
                return Ok(());
            }
        }
        if app.leaving == Leaving::Closing && limit.get_or_insert_with(|| Limit::after(CLOSING)).is_over() {
            return Ok(());
        }
    }
}

impl Runner<'_> {
    /// Everything that happened since the last time.
    fn wait(&mut self, app: &App, patience: Duration) -> Result<Vec<Event>, TuiError> {
        let mut events = self.sources.wait(patience)?;
        events.extend(self.exporter.answer().map(Event::Exported));
        let newest = self.handle.snapshot();
        if !Arc::ptr_eq(&newest, &app.newest) {
            events.push(Event::Snapshot(newest));
        }
        Ok(events)
    }

    fn draw(&mut self, app: &mut App) -> Result<(), TuiError> {
        update(app, Event::Size(self.screen.size()?));
        self.screen.draw(app)
    }

    fn apply(&mut self, app: &mut App, event: Event) -> Result<Next, TuiError> {
        for effect in update(app, event) {
            match effect {
                Effect::Engine(command) => self.handle.send(command),
                Effect::Export(snapshot) => self.exporter.write(snapshot),
                Effect::Suspend(Stop::Job) if !terminal::has_shell() => {
                    update(app, Event::Refused("there is no shell to go back to"));
                }
                Effect::Suspend(stop) => {
                    self.screen.suspend(stop)?;
                    self.sources.forget_stop();
                }
                Effect::Copy(text) => self.screen.copy(&text)?,
                Effect::Repaint => self.screen.repaint()?,
                Effect::Redraw => self.screen.redraw()?,
                Effect::Quit => return Ok(Next::Leave),
            }
        }
        Ok(Next::Stay)
    }
}
