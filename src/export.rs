//! A run as files: one pure writer per format, and one place that opens files.
//!
//! Owns the columns, keys and units of everything that leaves a run ([`Directory`] lists the files). It
//! must not know how a run is made or shown, and derives nothing that [`crate::snapshot`] could.
//!
//! What holds in every file: times are whole nanoseconds in columns that end in `_ns`, an empty cell (in
//! JSON, `null`) is a value there is none of, and every row of a table says the lane it belongs to by
//! `on_timeout` and `deadline_ns`. A JUnit report and a Markdown summary are for other tools and go to files of their
//! own ([`Target`]).

mod blame;
mod blocks;
mod cancellations;
mod cancelled_tasks;
mod causes;
mod directory;
mod failures;
mod gathers;
mod heat;
mod hgrm;
mod histogram;
mod hlog;
mod junit;
mod late_tasks;
mod live;
mod markdown;
mod percentiles;
mod recording;
mod summary;
mod survival;
mod table;
mod tagged;
mod target;
mod timeline;
mod what_if;

pub(crate) use directory::FILE_NAMES;
pub use directory::{Directory, ExportError};
pub use hlog::write_log;
pub use live::Live;
pub use summary::write as write_json;
pub(crate) use tagged::{GATHER, untag};
pub use target::{Format, Target};

/// What a reader of the files has in common with their writers: headers, numbers and the version of the format.
pub(crate) mod format {
    pub(crate) use super::blame::{COLUMNS as BLAME, SAMPLED, UNSEEN};
    pub(crate) use super::blocks::{COLUMNS as BLOCKS, HISTOGRAM_COLUMNS as BLOCK_HISTOGRAM};
    pub(crate) use super::cancellations::{COLUMNS as CANCELLATIONS, EARLY_COLUMNS as EARLY_CANCELLATIONS};
    pub(crate) use super::cancelled_tasks::COLUMNS as CANCELLED_TASKS;
    pub(crate) use super::causes::COLUMNS as CAUSES;
    pub(crate) use super::failures::COLUMNS as FAILURES;
    pub(crate) use super::gathers::COLUMNS as GATHERS;
    pub(crate) use super::heat::COLUMNS as HEAT;
    pub(crate) use super::histogram::COLUMNS as HISTOGRAM;
    pub(crate) use super::late_tasks::COLUMNS as LATE_TASKS;
    pub(crate) use super::summary::{
        Baseline, Captures, Compared, ComparedKey, Cost, Difference, Gathers, Load, Runtime, SCHEMA, Statistics, Waste,
        Workload,
    };
    pub(crate) use super::timeline::COLUMNS as TIMELINE;
}
