//! Watching an application that is no scenario: its own futures, on its own runtime, against a deadline.
//!
//! Owns how an application says what is to be measured. It must not know how anything is measured, nor who looks at it.
//!
//! ```
//! use std::time::Duration;
//!
//! use tardy::Probe;
//! use tardy::outcome::Policy;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let probe = Probe::new("checkout").deadline(Duration::from_millis(250)).on_timeout(Policy::Observe).start()?;
//!
//! let paid = probe.spawn_with(async |cx| cx.step("pay", async { Ok::<_, std::io::Error>(42) }).await);
//! assert_eq!(paid.await??, 42);
//! let counted = probe.track(async { Ok::<_, std::io::Error>("in place") }).await?;
//! assert_eq!(counted, "in place");
//!
//! let report = probe.shutdown()?;
//! assert_eq!(report.snapshot.lanes[0].done(), 2);
//! # Ok(())
//! # }
//! ```

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Handle, RuntimeFlavor};
use toml::{Table, Value};

use crate::attach::{Access, Address, ServeError, Server};
use crate::engine::{self, Command, EngineError, Run, Spawner};
use crate::outcome::Policy;
use crate::scenario::{Flavor, Overrides, Plan, ScenarioError, Source};
use crate::snapshot::{EndedBy, Report, Snapshot};
use crate::units::exact;

/// What of an application is to be measured. Nothing is until [`Probe::start`].
#[derive(Debug, Clone)]
#[must_use = "a probe measures nothing until it is started"]
pub struct Probe {
    name: String,
    deadline: Option<Duration>,
    policy: Policy,
    grace: Duration,
    runtime: Option<Handle>,
    address: Option<String>,
    access: Access,
}

/// Why a probe cannot be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProbeError {
    /// It was started outside of a tokio runtime, and was given none.
    #[error("there is no tokio runtime here: start the probe on one, or name one with `.runtime(handle)`")]
    NoRuntime,
    /// Its name or one of its durations is wrong.
    #[error("the probe is wrong")]
    Wrong(#[source] ScenarioError),
    /// It cannot be served where it is to be.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// The engine could not be started.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl Probe {
    /// A probe of the application's part called `name`: futures without a deadline, on the runtime that [`Probe::start`] is called on.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            deadline: None,
            policy: Policy::Observe,
            grace: Duration::ZERO,
            runtime: None,
            address: None,
            access: Access::default(),
        }
    }

    /// The time each future has.
    pub const fn deadline(mut self, after: Duration) -> Self {
        self.deadline = Some(after);
        self
    }

    /// What a missed deadline does; [`Policy::Observe`] when it is not said.
    pub const fn on_timeout(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// How long a cancelled future may clean up before it is dropped; not at all when it is not said.
    pub const fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// The runtime that futures are spawned on.
    pub fn runtime(mut self, runtime: Handle) -> Self {
        self.runtime = Some(runtime);
        self
    }

    /// Lets `tardy attach` look at it, at `unix:/run/checkout.tardy` or `tcp:127.0.0.1:7000`; nobody can when it is not said.
    /// A socket file is this user's alone; on TCP clients need a token.
    pub fn serve(mut self, address: &str) -> Self {
        self.address = Some(address.to_owned());
        self
    }

    /// What clients have to know, 16 to 64 bytes. When it is not said, a new one on TCP, and nothing for a socket file.
    pub fn token(mut self, token: &str) -> Self {
        self.access.token = Some(token.to_owned());
        self
    }

    /// Lets clients change the policy and the deadline, cancel tasks and forget what was counted.
    pub const fn allow_control(mut self) -> Self {
        self.access.control = true;
        self
    }

    /// Starts to measure.
    ///
    /// # Errors
    /// There is no runtime, the name, a duration or the address cannot be, or the operating system refuses.
    pub fn start(self) -> Result<Watch, ProbeError> {
        let runtime = self.runtime.clone().or_else(|| Handle::try_current().ok()).ok_or(ProbeError::NoRuntime)?;
        let source = Source::new(format!("the probe `{}`", self.name), self.scenario(&runtime));
        let mut plan = Plan::new(source, &Overrides::default()).map_err(ProbeError::Wrong)?;
        // They hold for a deadline that is set later, too; a file has none of them without one.
        (plan.deadline.policy, plan.deadline.grace) = (self.policy, self.grace);
        let address = self.address.map(|address| address.parse::<Address>()).transpose().map_err(ServeError::from)?;
        let run = Run::beside(&plan, runtime)?;
        let serve = |at| Server::start(&at, self.access, run.handle().clone(), Arc::clone(&plan.resolved));
        let server = address.map(serve).transpose()?;
        Ok(Watch { server, spawner: run.spawner(), run })
    }

    /// What is measured as a scenario says it, for the files of the run.
    fn scenario(&self, runtime: &Handle) -> String {
        let flavor = match runtime.runtime_flavor() {
            RuntimeFlavor::CurrentThread => Flavor::CurrentThread,
            _ => Flavor::MultiThread,
        };
        let workers = i64::try_from(runtime.metrics().num_workers().min(1024)).unwrap_or(1);
        let text = |text: &str| Value::from(text.to_owned());
        let table = |rows: Vec<(&str, Value)>| {
            Value::from(rows.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Table>())
        };
        let mut file = vec![
            ("name", text(&self.name)),
            ("workload", table(vec![("kind", text("application"))])),
            ("load", table(vec![("mode", text("none"))])),
        ];
        if let Some(after) = self.deadline {
            let (policy, grace) = (text(self.policy.word()), text(&exact(self.grace)));
            file.push((
                "deadline",
                table(vec![("after", text(&exact(after))), ("on_timeout", policy), ("grace", grace)]),
            ));
        }
        let run = vec![("flavor", text(flavor.word())), ("workers", workers.into()), ("drain", text("0s"))];
        file.push(("run", table(run)));
        table(file).as_table().map_or_else(String::new, Table::to_string)
    }
}

/// An application that is measured; its futures are given to it as to its [`Spawner`], which can be cloned.
///
/// Dropping it ends the measuring: futures in flight go on, unmeasured.
#[derive(Debug)]
#[must_use = "measuring ends when it is dropped"]
pub struct Watch {
    /// Ends before the run.
    server: Option<Server>,
    spawner: Spawner,
    run: Run,
}

impl Watch {
    /// What measures futures, for those who are to have no more than that.
    #[must_use]
    pub fn spawner(&self) -> Spawner {
        self.spawner.clone()
    }

    /// The way to give it commands.
    #[must_use]
    pub const fn handle(&self) -> &engine::Handle {
        self.run.handle()
    }

    /// The newest snapshot.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.run.handle().snapshot()
    }

    /// Where it can be looked at.
    #[must_use]
    pub fn address(&self) -> Option<&Address> {
        self.server.as_ref().map(Server::address)
    }

    /// What clients have to know.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.server.as_ref().and_then(Server::token)
    }

    /// Closes the books; what is in flight counts as unfinished and goes on, unmeasured. Blocks for up to two seconds: whoever
    /// looks at it gets the last snapshot.
    ///
    /// # Errors
    /// [`EngineError::Clock`] when the clock broke down before.
    pub fn shutdown(self) -> Result<Report, EngineError> {
        let Self { run, server, .. } = self;
        run.handle().send(Command::Stop(EndedBy::User));
        let report = run.wait();
        drop(server);
        report
    }
}

impl Deref for Watch {
    type Target = Spawner;

    fn deref(&self) -> &Spawner {
        &self.spawner
    }
}
