//! The files a run is asked to write when it is over.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::RunArgs;
use crate::engine::Handle;
use crate::export::{Directory, ExportError, Format, Live, Target};
use crate::snapshot::{Report, Snapshot};
#[cfg(feature = "otlp")]
use crate::telemetry::otlp::{Client, NoClient, Push};
use crate::telemetry::prometheus::{Listener, Server};

/// Where the files of a run go; by default nowhere.
#[derive(Debug, Default)]
pub(super) struct Outputs {
    /// The run, once it has begun.
    run: Arc<OnceLock<Handle>>,
    directory: Option<Directory>,
    /// What is written into it while the run goes on.
    live: Mutex<Option<Live>>,
    files: Vec<Target>,
    /// Who tells it to others while it goes on, and after that until this is dropped.
    metrics: Mutex<Option<Server>>,
    /// Who sends it to others while it goes on.
    #[cfg(feature = "otlp")]
    push: Mutex<Option<Push>>,
    /// What was sent and not taken, in a line.
    undelivered: Mutex<Option<String>>,
    /// What the directory has by now.
    kept: Mutex<Option<Arc<Snapshot>>>,
}

impl Outputs {
    /// Those the command line asks for, each seen to be writable.
    ///
    /// # Errors
    /// The first one that is not.
    pub(super) fn open(args: &RunArgs) -> Result<Self, ExportError> {
        let directory = args.out.as_ref().map(Directory::open).transpose()?;
        let files = [(Format::Junit, &args.junit), (Format::Markdown, &args.markdown)];
        let files = files.into_iter().filter_map(|(format, path)| Some(Target::open(format, path.as_ref()?)));
        let files = files.collect::<Result<_, _>>()?;
        Ok(Self { directory, files, ..Self::default() })
    }

    /// Begins to write what is written while the run goes on.
    ///
    /// # Errors
    /// When it cannot be begun.
    pub(super) fn follow(&self, run: &Handle, scenario: &Arc<str>) -> Result<(), ExportError> {
        let run = self.run.get_or_init(|| run.clone()).clone();
        let follow = |directory: &Directory| directory.follow(move || run.snapshot(), Arc::clone(scenario));
        let live = self.directory.as_ref().map(follow).transpose()?;
        *self.live.lock().unwrap_or_else(PoisonError::into_inner) = live;
        Ok(())
    }

    /// Begins to answer who asks for the metrics of the run; before it has begun, that it has not.
    ///
    /// # Errors
    /// The operating system refuses what it takes.
    pub(super) fn serve(&self, listener: Listener) -> io::Result<()> {
        let run = Arc::clone(&self.run);
        let server = Some(listener.serve(move || run.get().map(Handle::snapshot))?);
        *self.metrics.lock().unwrap_or_else(PoisonError::into_inner) = server;
        Ok(())
    }

    /// Begins to send the metrics of the run to a collector.
    ///
    /// # Errors
    /// The operating system refuses what it takes.
    #[cfg(feature = "otlp")]
    pub(super) fn push(&self, run: &Handle, client: Option<Client>) -> Result<(), NoClient> {
        let run = run.clone();
        let push = client.map(|client| Push::start(client, move || run.snapshot())).transpose()?;
        *self.push.lock().unwrap_or_else(PoisonError::into_inner) = push;
        Ok(())
    }

    /// What a collector did not take of the metrics of a run that was written, if there was anything.
    pub(super) fn undelivered(&self) -> Option<String> {
        self.undelivered.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Sends what is left.
    #[cfg(feature = "otlp")]
    fn finish_push(&self) {
        let push = self.push.lock().unwrap_or_else(PoisonError::into_inner).take();
        let delivery = push.map(Push::finish).filter(|delivery| delivery.why.is_some());
        *self.undelivered.lock().unwrap_or_else(PoisonError::into_inner) =
            delivery.map(|delivery| format!("otlp: {delivery}"));
    }

    /// The directory of all files of the run.
    pub(super) fn directory(&self) -> Option<&Path> {
        self.directory.as_ref().map(Directory::path)
    }

    /// Writes the run into its directory beside what is written already, unless that is what it has already.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn keep(&self, report: &Report) -> Result<(), ExportError> {
        let Some(directory) = &self.directory else { return Ok(()) };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if !kept.as_ref().is_some_and(|kept| Arc::ptr_eq(kept, &report.snapshot)) {
            directory.write_beside_live(report)?;
            *kept = Some(Arc::clone(&report.snapshot));
        }
        Ok(())
    }

    /// Writes the run, which is over, to each of them, whatever became of the others; then sends what is left to be sent.
    ///
    /// # Errors
    /// The first one that could not be written.
    pub(super) fn write(&self, report: &Report) -> Result<(), ExportError> {
        let live = self.live.lock().unwrap_or_else(PoisonError::into_inner).take();
        let live = live.map_or(Ok(()), Live::finish);
        let all = self.keep(report).and(live);
        let written = self.files.iter().fold(all, |so_far, file| so_far.and(file.write(report)));
        #[cfg(feature = "otlp")]
        self.finish_push();
        written
    }
}
