//! The plugin interface: the code one task runs.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use toml::Spanned;

use super::shipped::{self, ShippedDirectory};
use super::{ParamError, TaskContext, TaskError};
use crate::figure::{Counter, Figures, Remarks, Times};
use crate::shard::Shard;

/// A workload: typed parameters from the scenario file, and the future one task runs.
///
/// One value serves the whole run and is shared by all of its tasks. The future must not borrow from
/// it: share what tasks need by `Arc`.
pub trait Workload: Sized + Send + Sync + 'static {
    /// The `[workload]` table without `kind`. Deny unknown fields, and use [`toml::Spanned`] where
    /// [`Workload::new`] checks a value, so that its complaint points at it.
    type Params: DeserializeOwned;

    /// Checks the parameters and prepares what the tasks share; runs once, before anything is started.
    ///
    /// # Errors
    /// Everything that is wrong, all at once.
    fn new(params: Self::Params, setup: &Setup) -> Result<Self, Vec<ParamError>>;

    /// Starts what its tasks share and cannot be made by the first of them: servers, other programs. Runs once, when
    /// the run starts; [`Workload::new`] is also called where nothing is to run.
    ///
    /// # Errors
    /// Why no task could do its work: the run does not start.
    fn start(&self) -> Result<(), TaskError> {
        Ok(())
    }

    /// The work of one task. An error ends it as failed, [`super::Cancelled`] as cancelled; it may panic.
    fn run(&self, cx: TaskContext) -> impl Future<Output = Result<(), TaskError>> + Send + 'static;

    /// Ends what it started outside of its tasks: processes, servers, threads of its own. Runs once, after the last task;
    /// the end of the run waits for it, so that it should give up after a few seconds.
    fn finish(&self) {}
}

/// The largest file a workload may read, in bytes.
pub const LARGEST_INPUT: u64 = 64 << 20;

/// What a workload may know when it is prepared.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The directory relative file names start from; `None` for a scenario shipped in the binary.
    pub base: Option<PathBuf>,
    /// Seed of all randomness.
    pub seed: u64,
    /// The name of the scenario; empty when nobody has said.
    pub scenario: String,
    shard: Shard,
    figures: Figures,
}

impl Setup {
    /// What to know of a run with this seed, whose files are named from `base`.
    #[must_use]
    pub fn new(base: Option<PathBuf>, seed: u64) -> Self {
        Self { base, seed, scenario: String::new(), shard: Shard::WHOLE, figures: Figures::default() }
    }

    /// Says the name of the scenario.
    #[must_use]
    pub fn with_scenario(mut self, scenario: &str) -> Self {
        scenario.clone_into(&mut self.scenario);
        self
    }

    /// Says which part of the run is run.
    #[must_use]
    pub fn with_shard(self, shard: Shard) -> Self {
        Self { shard, ..self }
    }

    /// How many there are in this part of the run of what all its tasks share: the permits of a pool, the room of a channel. All
    /// parts have together as many as the parameter `name` says.
    ///
    /// # Errors
    /// There are fewer of them than shards.
    pub fn share(&self, name: &str, whole: &Spanned<u32>) -> Result<u32, ParamError> {
        let (of, number) = (self.shard.of(), *whole.get_ref());
        let message = || format!("`{name}` is {number}, and there are {of} shards to share it; expected at least {of}");
        match u32::try_from(self.shard.share(number.into())) {
            Ok(share) if number >= of => Ok(share),
            _ => Err(ParamError::at(whole.span(), message()).with_help("run it in fewer shards")),
        }
    }

    /// A counter of the workload's own, shown by that name.
    #[must_use]
    pub fn counter(&self, name: &str) -> Counter {
        self.figures.counter(name)
    }

    /// Times of the workload's own, shown by that name.
    #[must_use]
    pub fn times(&self, name: &str) -> Times {
        self.figures.times(name)
    }

    /// Where the workload says what there is to know of the run, in words.
    #[must_use]
    pub fn remarks(&self) -> Remarks {
        self.figures.remarks()
    }

    pub(crate) fn into_figures(self) -> Figures {
        self.figures
    }

    /// The contents of a file the parameters name. Relative to the scenario file, or else one of the files in the
    /// binary, so that a copy of a shipped scenario finds what it reads; for a shipped scenario the other way round.
    ///
    /// # Errors
    /// The file is missing, cannot be read, or is larger than [`LARGEST_INPUT`].
    pub fn read(&self, file: &str) -> io::Result<Vec<u8>> {
        let in_binary = shipped::file(file).map(<[u8]>::to_vec);
        match (&self.base, in_binary) {
            (None, Some(bytes)) => Ok(bytes),
            (None, None) => read(Path::new(file)),
            (Some(base), in_binary) => read(&base.join(file)).or_else(|error| match error.kind() {
                io::ErrorKind::NotFound => in_binary.ok_or(error),
                _ => Err(error),
            }),
        }
    }

    /// A directory the parameters name, looked for in the places that [`Setup::read`] looks for a file in.
    pub(crate) fn directory(&self, name: &Path) -> Option<Directory> {
        let in_binary = || shipped::directory(name).map(Directory::Shipped);
        let path = self.base.as_deref().unwrap_or(Path::new("")).join(name);
        let there = || path.is_dir().then(|| Directory::At(path.clone()));
        if self.base.is_some() { there().or_else(in_binary) } else { in_binary().or_else(there) }
    }
}

/// A directory that a workload needs.
#[derive(Debug, Clone)]
pub(crate) enum Directory {
    /// It is there.
    At(PathBuf),
    /// It is in the binary, and has to be written somewhere first.
    Shipped(ShippedDirectory),
}

/// What is in a file: not more than a workload may read, for some files have no end (`/dev/zero`).
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST_INPUT + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST_INPUT {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {LARGEST_INPUT} bytes")));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_beside_the_scenario_first_and_from_the_binary_second() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("own.csv"), "own").unwrap();
        let here = Setup::new(Some(dir.path().to_owned()), 1);
        let shipped = Setup::new(None, 1);

        assert_eq!(here.read("own.csv").unwrap(), b"own");
        assert_eq!(here.read("hello.toml").unwrap(), shipped.read("hello.toml").unwrap());
        std::fs::write(dir.path().join("hello.toml"), "mine").unwrap();
        assert_eq!(here.read("hello.toml").unwrap(), b"mine");
        assert_eq!(here.read("none.csv").unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(shipped.read("none.csv").unwrap_err().kind(), io::ErrorKind::NotFound);
        assert!(here.read(".").is_err(), "a directory is no file");
        assert_eq!(here.read("/dev/zero").unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    }

    #[test]
    fn a_directory_is_looked_for_where_files_are_and_one_in_the_binary_can_be_written_elsewhere() {
        let dir = tempfile::tempdir().unwrap();
        let here = Setup::new(Some(dir.path().to_owned()), 1);
        let Some(Directory::Shipped(rust)) = here.directory(Path::new("rust")) else { panic!("it is in the binary") };
        let written = rust.write_to(dir.path()).unwrap();
        assert_eq!(written, dir.path().join("rust"));
        assert_eq!(std::fs::read(written.join("checkout.toml")).unwrap(), here.read("rust/checkout.toml").unwrap());
        assert!(matches!(here.directory(Path::new("rust")), Some(Directory::At(path)) if path == written));
        assert!(matches!(Setup::new(None, 1).directory(Path::new("rust")), Some(Directory::Shipped(_))));
        assert!(here.directory(Path::new("hello.toml")).is_none(), "it is a file");
        assert!(here.directory(Path::new("none")).is_none());
    }

    #[test]
    fn a_shipped_scenario_can_be_told_to_read_a_file_of_the_users() {
        let dir = tempfile::tempdir().unwrap();
        let own = dir.path().join("own.csv");
        std::fs::write(&own, "own").unwrap();
        assert_eq!(Setup::new(None, 1).read(own.to_str().unwrap()).unwrap(), b"own");
    }
}
