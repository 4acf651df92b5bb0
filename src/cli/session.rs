//! A session on the screen: what Home lists becomes runs, and every run that was started ends with its books closed.
//!
//! Owns the run that goes on, at most one at a time, and what is told of the last one when the screen is gone. It
//! must not know what the screen looks like.

mod changes;
mod listing;

use std::path::Path;
use std::process::ExitCode;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;
use std::time::{Duration, SystemTime};

use self::changes::resolved;
use super::outputs::Outputs;
use super::{Failure, INTERRUPTED, run};
use crate::baseline::against;
use crate::engine::{Command, EngineError, Registry, Run};
use crate::export::{Directory, ExportError};
use crate::import::{self, Reopened};
use crate::scenario::{self, Plan};
use crate::snapshot::{EndedBy, Report};
use crate::tui::{
    self, Change, Complaint, Config, Export, Launcher, Left, Listing, Past, PastRun, Source, Subject, TuiError, Wanted,
};

/// Where runs are written and looked for, in the current directory.
pub(super) const RUNS: &str = "runs";

/// How long a run that is ended may take to close its books and write its files, for a disk may never answer, and to send what is left,
/// which takes two seconds of it at the most.
const CLOSING: Duration = Duration::from_secs(7);

/// A run that was started, and where its files go when it is over.
#[derive(Debug)]
pub(super) struct Begun {
    /// The text it was asked for by.
    pub(super) source: scenario::Source,
    pub(super) plan: Plan,
    pub(super) run: Run,
    pub(super) out: Arc<Outputs>,
}

/// Starts what Home asks for.
#[derive(Debug)]
struct Session {
    registry: Registry,
    /// A scenario file of the user's, as it was read first; Home lists it beside the shipped ones.
    own: Option<scenario::Source>,
    current: Mutex<Current>,
}

/// The run that was started last, and what those before it came to.
#[derive(Debug, Default)]
struct Current {
    begun: Option<Begun>,
    /// The last one that is over.
    ended: Option<Result<Report, EngineError>>,
    /// Why files could not be written, the first time: no later run makes up for them.
    unwritten: Option<ExportError>,
    /// What a collector did not take of the metrics of the last run.
    undelivered: Option<String>,
}

/// Shows `first`, or Home, until the user leaves; then the last run is told of as if it had been the only one.
pub(super) fn show(registry: Registry, first: Option<Begun>, config: Config) -> Result<ExitCode, Failure> {
    // A shipped one is no file, and starts from no place.
    let own = first.as_ref().map(|first| first.source.clone()).filter(|source| source.base.is_some());
    let subject = first.as_ref().map(subject);
    let current = Current { begun: first, ..Current::default() };
    let session = Arc::new(Session { registry, own, current: Mutex::new(current) });
    let limits = config.limits.clone();
    let shown = tui::session(Arc::clone(&session) as Arc<dyn Launcher>, subject, config);
    // Whatever became of the screen: books are closed, and nothing counted is lost.
    let by_user = matches!(shown, Ok(_) | Err(TuiError::Unwritten { .. } | TuiError::NotStarted));
    let closed = session.end(if by_user { EndedBy::User } else { EndedBy::Signal });
    let Current { ended, unwritten, undelivered, .. } = std::mem::take(&mut *session.current());
    super::export::tell(undelivered);
    let Some(report) = ended else {
        closed?;
        return Ok(leaving_code(shown?));
    };
    let report = report?;
    let printed = run::print(&report.snapshot, &limits, false);
    unwritten.map_or(Ok(()), Err)?;
    closed?;
    let left = shown?;
    printed?;
    Ok(if left == Left::BySignal { leaving_code(left) } else { run::code(&report.snapshot) })
}

fn leaving_code(left: Left) -> ExitCode {
    match left {
        Left::ByUser => ExitCode::SUCCESS,
        Left::BySignal => ExitCode::from(INTERRUPTED),
    }
}

impl Session {
    /// Waits for the run that goes on, writes its files and says so. Nothing is held meanwhile: a disk that does not
    /// answer must not keep anyone from the report.
    fn end_run(&self) -> Result<Option<String>, String> {
        let Some(Begun { run, out, .. }) = self.current().begun.take() else { return Ok(None) };
        let ended = run.wait();
        let report = ended.as_ref().map(Report::clone).map_err(|error| one_line(error));
        self.current().ended = Some(ended);
        let written = out.write(&report?);
        if let Some(undelivered) = out.undelivered() {
            self.current().undelivered = Some(undelivered);
        }
        match written {
            Ok(()) => Ok(out.directory().map(wrote)),
            Err(error) => Err(one_line(self.current().unwritten.get_or_insert(error))),
        }
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the run that goes on at once, if there is one; an error if its files take too long.
    fn end(self: &Arc<Self>, by: EndedBy) -> Result<(), TuiError> {
        if let Some(begun) = &self.current().begun {
            begun.run.handle().send(Command::Abort(by));
        }
        let (done, ended) = channel();
        let session = Arc::clone(self);
        // What is told of it here is kept in what it came to, and nobody listens any more once the time is over.
        let close = move || done.send(session.end_run().is_ok()).unwrap_or_default();
        Builder::new().name("tardy-closing".to_owned()).spawn(close).map_err(TuiError::Thread)?;
        let told = ended.recv_timeout(CLOSING);
        told.map(drop).map_err(|never| TuiError::Unwritten { message: format!("the disk does not answer ({never})") })
    }

    /// The text of a scenario on Home; a file is not read again, for a pipe can be read once.
    fn source(&self, scenario: &str) -> Result<scenario::Source, Vec<Complaint>> {
        let own = self.own.as_ref().filter(|own| own.origin == scenario).cloned();
        own.map_or_else(|| scenario::Source::open(scenario), Ok)
            .map_err(|error| vec![Complaint { change: None, message: changes::one_line(&error) }])
    }
}

impl Launcher for Session {
    fn scenarios(&self) -> Vec<Listing> {
        listing::scenarios(self.own.as_ref())
    }

    fn past(&self) -> Vec<PastRun> {
        listing::past(Path::new(RUNS))
    }

    fn resolve(&self, scenario: &str, changes: &[Change]) -> Result<String, Vec<Complaint>> {
        resolved(&self.source(scenario)?, changes, |plan| self.registry.prepare(plan).map(drop))
            .map(|(plan, ())| plan.resolved.to_string())
    }

    fn start(&self, scenario: &str, changes: &[Change]) -> Result<Subject, Vec<Complaint>> {
        let source = self.source(scenario)?;
        let (plan, workload) = resolved(&source, changes, |plan| self.registry.prepare(plan))?;
        let complaint = |message| vec![Complaint { change: None, message }];
        let baseline = against(&plan).map_err(|error| complaint(one_line(&error)))?;
        let run = Run::start_against(&plan, workload, baseline).map_err(|error| complaint(one_line(&error)))?;
        let begun = Begun { source, plan, run, out: Arc::default() };
        let subject = subject(&begun);
        self.current().begun = Some(begun);
        Ok(subject)
    }

    fn open(&self, directory: &Path) -> Result<Subject, String> {
        let reopened = import::reopen(directory).map_err(|error| format!("{error}; {}", error.help))?;
        let export = export_past(&reopened.report.snapshot.info.scenario, directory);
        Ok(Subject { run: Source::Past(past(reopened)), export, is_kept: true })
    }

    fn close(&self) -> Result<Option<String>, String> {
        self.end_run()
    }
}

/// What the screen shows of a run.
fn subject(begun: &Begun) -> Subject {
    let is_kept = begun.out.directory().is_some();
    let export = export(Arc::clone(&begun.out), &begun.plan.name, Arc::clone(&begun.plan.resolved));
    Subject { run: Source::Live(begun.run.handle().clone()), export, is_kept }
}

/// What the keys that write do: a run's files go to `out`, or to a new directory named after the scenario and the time;
/// a screen goes to a file of such a name beside it.
pub(super) fn export(out: Arc<Outputs>, name: &str, scenario: Arc<str>) -> Export {
    let name = file_name(name);
    Box::new(move |wanted| match wanted {
        Wanted::Run(snapshot) => {
            let report = Report { snapshot: Arc::clone(snapshot), scenario: Arc::clone(&scenario) };
            let (path, written) = if let Some(path) = out.directory() {
                (path.to_owned(), out.keep(&report))
            } else {
                let path = Path::new(RUNS).join(format!("{name}-{}", now()));
                (path.clone(), Directory::open(path).and_then(|directory| directory.write(&report)))
            };
            written.map_or_else(|error| Err(one_line(&error)), |()| Ok(wrote(&path)))
        }
        Wanted::Screen { file, contents } => save(&name, file, contents),
    })
}

/// A run that was read, for the screen.
pub(super) fn past(reopened: Reopened) -> Past {
    let Reopened { recording, report, note } = reopened;
    Past::new(recording, report.snapshot, note)
}

/// What they do for a run whose files were read: those are there already.
pub(super) fn export_past(name: &str, directory: &Path) -> Export {
    let (name, told) = (file_name(name), format!("its files are in {} already", directory.display()));
    Box::new(move |wanted| match wanted {
        Wanted::Run(_) => Err(told.clone()),
        Wanted::Screen { file, contents } => save(&name, file, contents),
    })
}

/// Writes a screen of the run called `name`, beside those of the same second.
fn save(name: &str, file: &str, contents: &str) -> Result<String, String> {
    let file = format!("{name}-{}-{file}", now());
    let written = Directory::open(RUNS).and_then(|directory| directory.add(&file, contents.as_bytes()));
    written.map_err(|error| one_line(&error)).map(|path| format!("wrote {}", path.display()))
}

/// The time, as part of a file's name.
pub(super) fn now() -> String {
    humantime::format_rfc3339_seconds(SystemTime::now()).to_string().replace(':', "-")
}

fn wrote(directory: &Path) -> String {
    format!("wrote its files to {}", directory.display())
}

/// A scenario's name without what a file system minds.
pub(super) fn file_name(name: &str) -> String {
    name.chars().map(|c| if c.is_alphanumeric() || c == '-' || c == '_' { c } else { '-' }).collect()
}

/// An error with its causes.
pub(super) fn one_line(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
