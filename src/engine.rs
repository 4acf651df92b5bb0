//! Runs a plan: the measured runtime, the clock that owns arrivals, deadlines and ticks, and live control.
//!
//! Owns every thread but the user interface's. It must not know how a snapshot is shown or written.

mod answer;
mod arrivals;
mod awaits;
mod control;
mod core;
mod deadlines;
mod driver;
mod followed;
mod gather;
mod gathered;
mod hooks;
mod launch;
mod load;
mod local;
mod panic;
mod recorder;
mod registry;
mod run;
mod runtime;
mod sampler;
mod spans;
mod spawner;
mod stamp;
mod time;
mod tracked;

pub use answer::NotDone;
pub use control::{Command, Handle};
pub use gathered::Gathered;
pub use registry::{Kind, Prepared, Registry, workload, workload_fn};
pub use run::{EngineError, Run};
pub use spawner::{Spawner, Track};
pub use time::{Clock, Mark};
