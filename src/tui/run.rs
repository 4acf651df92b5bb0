//! The loop: waits for something to happen, updates, does what the update asks, draws.

use std::sync::Arc;
use std::time::Duration;

use super::action::Action;
use super::app::{App, Leaving, WayOut};
use super::background::{Background, Errand};
use super::error::TuiError;
use super::event::Sources;
use super::farewell::{self, Farewell};
use super::frame::{Limit, Meter, Pace};
use super::hold::Hold;
use super::home::{Home, Waiting};
use super::launcher::{Launcher, Source, Subject};
use super::replay::Replay;
use super::terminal::{self, Screen};
use super::theme::{Theme, Tone};
use super::update::home::{Ask, News};
use super::update::{Effect, Event, Stop, home, update};
use super::{Config, Export, Left, view};

/// How long the books may take to close before the screen is left without them.
const CLOSING: Duration = Duration::from_secs(2);

/// How often a screen nothing happens on looks for a newer snapshot.
const IDLE: Duration = Duration::from_millis(33);

/// The world the effects act on. Fields are dropped in order: the terminal comes back first, and only then
/// is waited for what goes on beside it.
#[derive(Debug)]
struct Runner {
    screen: Screen,
    sources: Sources,
    /// Does what must come to its end: runs are started and closed, files are written.
    writer: Background<Answer>,
    /// Does what may be left undone: whatever only reads.
    reader: Background<Answer>,
    meter: Meter,
    /// When the next frame of a recorded run is due, while it plays.
    due: Option<Limit>,
    /// Set once the screen was left.
    farewell: Option<Farewell>,
}

/// What is on the screen: `Home ⇄ Run`, or one run alone where there is no launcher.
struct Stage {
    theme: Theme,
    config: Config,
    launcher: Option<Arc<dyn Launcher>>,
    home: Home,
    run: Option<Shown>,
}

/// The run on the screen.
struct Shown {
    app: App,
    source: Source,
    export: Arc<Export>,
}

/// What was done beside the screen.
#[derive(Debug)]
enum Answer {
    /// Something to be said to what is on the screen.
    Event(Event),
    /// A run to be shown.
    Subject(Subject),
    /// The run that was left is closed.
    Closed(Result<Option<String>, String>),
    /// A job panicked.
    Panicked(String),
}

/// Whether to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Stay,
    Leave(Left),
}

/// Shows `first`, or Home, until the user leaves.
pub(super) fn run(
    config: Config,
    first: Option<Subject>,
    launcher: Option<Arc<dyn Launcher>>,
) -> Result<Left, TuiError> {
    let writer = Background::start(Answer::Panicked)?;
    let reader = Background::start(Answer::Panicked)?.let_go();
    let sources = Sources::open()?;
    let screen = Screen::open()?;
    let mut runner = Runner { screen, sources, writer, reader, meter: Meter::default(), due: None, farewell: None };
    let mut stage = Stage::new(config, launcher);
    match first {
        Some(first) => stage.show(first),
        None => runner.ask(&stage, Ask::List),
    }
    let followed = follow(&mut runner, &mut stage);
    runner.leave(followed)
}

/// Goes on until the user has left, and what must come to its end has, or is waited for no longer.
fn follow(runner: &mut Runner, stage: &mut Stage) -> Result<(), TuiError> {
    let mut pace = Pace::new(stage.config.fps);
    let mut limit = None;
    let mut undrawn = true;
    loop {
        if undrawn && pace.is_due() {
            undrawn = false;
            // A terminal that is gone must not keep the books from being closed: its hang-up is an event.
            match runner.draw(stage) {
                Err(_) if stage.is_closing() || runner.sources.has_hung_up() => {}
                drawn => drawn?,
            }
        }
        let events = runner.wait(stage, if undrawn { pace.wait() } else { IDLE })?;
        undrawn |= !events.is_empty();
        for event in events {
            // A terminal that hangs up says so more than once; only a user who asks again will not wait.
            let is_by_hand = matches!(event, Event::Key(_) | Event::Mouse(_));
            if let Next::Leave(left) = runner.apply(stage, event)?
                && runner.take_leave(stage, left)
                && is_by_hand
            {
                return Ok(());
            }
        }
        if stage.is_closing() && limit.get_or_insert_with(|| Limit::after(CLOSING)).is_over() {
            runner.take_leave(stage, Left::ByUser);
        }
        if runner.farewell.as_ref().is_some_and(|farewell| farewell.is_over(runner.writer.waits_for())) {
            return Ok(());
        }
    }
}

impl Stage {
    /// Home, with nothing listed yet.
    fn new(config: Config, launcher: Option<Arc<dyn Launcher>>) -> Self {
        let theme = Theme::from_env(config.ground);
        let theme = theme.with_ascii(theme.ascii || config.ascii);
        let home = Home::new(theme, config.keymap.clone());
        Self { theme, config, launcher, home, run: None }
    }

    /// Puts a run on the screen.
    fn show(&mut self, subject: Subject) {
        let app = App::new(subject.run.snapshot(), self.theme).with_config(self.config.clone());
        let mut app = if self.launcher.is_some() { app.with_home() } else { app };
        app.hold = subject.run.hold();
        if let Source::Past(past) = &subject.run {
            app.replay = past.replay();
            app.say(Tone::Plain, reopened(&app, past.note.as_deref()));
        }
        if subject.is_kept {
            app = app.with_kept();
        }
        self.home.waiting = Waiting::Nothing;
        self.run = Some(Shown { app, source: subject.run, export: Arc::new(subject.export) });
    }

    fn say(&mut self, text: String) {
        match &mut self.run {
            Some(shown) => shown.app.say(Tone::Plain, text),
            None => self.home.say(Tone::Plain, text),
        }
    }

    /// Whether the books of the run on the screen were asked to close at once.
    fn is_closing(&self) -> bool {
        self.run.as_ref().is_some_and(|shown| shown.app.leaving == Leaving::Closing)
    }

    fn update(&mut self, event: Event) -> Vec<Effect> {
        match (&mut self.run, event) {
            // What there is to start is Home's to know, whatever is on the screen.
            (_, event @ Event::Home(News::Listed(..))) | (None, event) => home::update(&mut self.home, event),
            (Some(shown), event) => update(&mut shown.app, event),
        }
    }

    /// What a job beside the screen comes to.
    fn take(&mut self, answer: Answer) -> Option<Event> {
        match answer {
            Answer::Event(event) => Some(event),
            Answer::Subject(subject) => {
                self.show(subject);
                Some(Event::Size(self.home.size))
            }
            Answer::Closed(Ok(told)) => told.map(|told| Event::Exported(Ok(told))),
            Answer::Closed(Err(why)) => Some(Event::Exported(Err(why))),
            Answer::Panicked(message) => {
                self.home.waiting = Waiting::Nothing;
                Some(Event::Exported(Err(format!("that panicked: {message}"))))
            }
        }
    }
}

impl Runner {
    /// Everything that happened since the last time.
    fn wait(&mut self, stage: &mut Stage, patience: Duration) -> Result<Vec<Event>, TuiError> {
        let mut events = self.sources.wait(patience)?;
        events.extend(self.answer().and_then(|answer| self.take(stage, answer)));
        if let Some(shown) = &stage.run {
            let newest = shown.source.snapshot();
            if !Arc::ptr_eq(&newest, &shown.app.newest) {
                events.push(Event::Snapshot(newest));
            }
            match shown.app.replay.as_ref().and_then(Replay::wait) {
                Some(wait) if self.due.get_or_insert_with(|| Limit::after(wait)).is_over() => {
                    self.due = None;
                    events.push(Event::Played);
                }
                Some(_) => {}
                None => self.due = None,
            }
            if shown.app.hold != Hold::Gone {
                events.extend(shown.source.gone().map(Event::Gone));
            }
        }
        Ok(events)
    }

    fn answer(&self) -> Option<Answer> {
        self.writer.answer().or_else(|| self.reader.answer())
    }

    /// What an answer comes to; what there is to reopen is another once a run is closed.
    fn take(&self, stage: &mut Stage, answer: Answer) -> Option<Event> {
        if matches!(answer, Answer::Closed(_) | Answer::Panicked(_)) {
            self.ask(stage, Ask::List);
        }
        stage.take(answer)
    }

    fn draw(&mut self, stage: &mut Stage) -> Result<(), TuiError> {
        stage.update(Event::Size(self.screen.size()?));
        let screen = &mut self.screen;
        let (drawn, cost) = self.meter.time(|| match &stage.run {
            Some(shown) => screen.draw(|frame| view::draw(frame, &shown.app)),
            None => screen.draw(|frame| view::home::draw(frame, &stage.home)),
        });
        stage.update(Event::Drawn(cost));
        drawn
    }

    fn apply(&mut self, stage: &mut Stage, event: Event) -> Result<Next, TuiError> {
        if let Some(farewell) = &mut self.farewell {
            farewell.hear(&event);
        }
        for effect in stage.update(event) {
            match effect {
                Effect::Engine(command) => {
                    if let Some(shown) = &stage.run {
                        shown.source.send(command);
                    }
                }
                Effect::Export(wanted) => {
                    if let Some(export) = stage.run.as_ref().map(|shown| Arc::clone(&shown.export)) {
                        self.writer.ask(Errand::Write, move || Answer::Event(Event::Exported(export(&wanted))));
                    }
                }
                Effect::Seek(frame) => seek(stage, frame),
                Effect::Ask(ask) => self.ask(stage, ask),
                Effect::Home => self.go_home(stage),
                Effect::Suspend(Stop::Job) if !terminal::has_shell() => {
                    stage.update(Event::Refused("there is no shell to go back to"));
                }
                Effect::Suspend(stop) => {
                    self.screen.suspend(stop)?;
                    self.sources.forget_stop();
                }
                Effect::Copy(text) => self.screen.copy(&text)?,
                Effect::Repaint => self.screen.repaint()?,
                Effect::Redraw => self.screen.redraw()?,
                Effect::Quit => return Ok(Next::Leave(Left::ByUser)),
                Effect::Interrupt => return Ok(Next::Leave(Left::BySignal)),
            }
        }
        Ok(Next::Stay)
    }

    /// Leaves a run that is over for Home, where it may be among those that can be reopened.
    fn go_home(&self, stage: &mut Stage) {
        let Some(launcher) = stage.launcher.clone() else { return };
        let left = stage.run.take();
        stage.home.close_form();
        stage.home.status = None;
        if let Some(Shown { app, source: Source::Live(_), .. }) = left {
            stage.home.select_scenario(&app.newest.info.scenario);
            self.writer.ask(Errand::Close, move || Answer::Closed(launcher.close()));
        } else {
            self.ask(stage, Ask::List);
        }
    }

    fn ask(&self, stage: &Stage, ask: Ask) {
        if let Some(launcher) = stage.launcher.clone() {
            let is_start = matches!(ask, Ask::Start(..));
            let (thread, errand) = if is_start { (&self.writer, Errand::Start) } else { (&self.reader, Errand::Read) };
            thread.ask(errand, move || answer(&*launcher, ask));
        }
    }

    /// Begins to leave: a run that is over is closed, and what is not done yet is waited for; whether it was begun before.
    fn take_leave(&mut self, stage: &mut Stage, left: Left) -> bool {
        if self.farewell.is_some() {
            return true;
        }
        let is_live = |shown: &&Shown| matches!(shown.source, Source::Live(_)) && shown.app.newest.is_finished();
        if let (Some(launcher), Some(_)) = (stage.launcher.clone(), stage.run.as_ref().filter(is_live)) {
            self.writer.ask(Errand::Close, move || Answer::Closed(launcher.close()));
        }
        if let Some(errand) = self.writer.waits_for() {
            stage.say(farewell::words(errand));
        }
        self.farewell = Some(Farewell::new(left));
        false
    }

    /// Gives the terminal back; what was not done by now is told.
    fn leave(self, followed: Result<(), TuiError>) -> Result<Left, TuiError> {
        let Self { screen, sources, writer, farewell, .. } = self;
        drop((screen, sources));
        followed?;
        let undone = writer.waits_for();
        drop(writer.let_go());
        farewell.map_or(Ok(Left::ByUser), |farewell| farewell.end(undone))
    }
}

/// What is said of a past run first.
fn reopened(app: &App, note: Option<&str>) -> String {
    let [earlier, later, play] = [Action::Earlier, Action::Later, Action::Freeze].map(|action| app.key(action));
    let [close, quit] = [Action::Close, Action::Quit].map(|action| app.key(action));
    let what = note.map_or_else(|| "a past run, as it ended".to_owned(), |note| format!("a past run: {note}"));
    let how =
        app.replay.as_ref().map_or(String::new(), |_| format!("; {earlier} {later} go back and on, {play} plays"));
    let way = if app.way_out == WayOut::Home { format!("{close} goes back, ") } else { String::new() };
    format!("{what}{how}; {way}{quit} leaves")
}

/// Shows another frame of a recorded run.
fn seek(stage: &mut Stage, frame: usize) {
    if let Some(Shown { source: Source::Past(past), .. }) = &mut stage.run
        && past.seek(frame).is_err()
    {
        stage.update(Event::Refused("that second of the recording cannot be made out"));
    }
}

/// What the launcher answers; called beside the screen.
fn answer(launcher: &dyn Launcher, ask: Ask) -> Answer {
    let news = match ask {
        Ask::List => News::Listed(launcher.scenarios(), launcher.past()),
        Ask::Resolve(scenario, changes) => {
            let resolved = launcher.resolve(&scenario, &changes);
            News::Resolved(changes, resolved)
        }
        Ask::Start(scenario, changes) => match launcher.start(&scenario, &changes) {
            Ok(subject) => return Answer::Subject(subject),
            Err(complaints) => News::NotStarted(changes, complaints),
        },
        Ask::Open(directory) => match launcher.open(&directory) {
            Ok(subject) => return Answer::Subject(subject),
            Err(why) => News::NotOpened(why),
        },
    };
    Answer::Event(Event::Home(news))
}
