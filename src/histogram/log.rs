//! Histograms as the lines of an interval log (version 2, compressed), which every tool of HdrHistogram reads.
//!
//! Owns the encoding. It must not know what is measured, nor when an interval ends.

use std::io::{self, Write};
use std::time::{Duration, SystemTime};

use hdrhistogram::Histogram as Hdr;
use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::{IntervalLogWriter, IntervalLogWriterBuilder, Tag};

use super::{Histogram, LARGEST};

/// The column of the maximum is in milliseconds, as in the logs of others; values are nanoseconds.
const NANOS_IN_UNIT_OF_MAX: f64 = 1e6;

/// A log that is being written.
pub(crate) struct Log<'a, W: Write>(IntervalLogWriter<'a, 'a, W, V2DeflateSerializer>);

/// Begins a log of what began at `epoch` and lets `write` write its lines.
///
/// # Errors
/// Those of `out` and of `write`.
pub(crate) fn write_log<W: Write>(
    out: &mut W,
    comment: &str,
    epoch: SystemTime,
    write: impl FnOnce(Log<'_, W>) -> io::Result<()>,
) -> io::Result<()> {
    let mut serializer = V2DeflateSerializer::new();
    let log = IntervalLogWriterBuilder::new()
        .add_comment(comment)
        .with_start_time(epoch)
        .with_base_time(epoch)
        .with_max_value_divisor(NANOS_IN_UNIT_OF_MAX)
        .begin_log_with(out, &mut serializer)?;
    write(Log(log))
}

impl<W: Write> Log<'_, W> {
    /// Writes a line that tools skip.
    pub(crate) fn comment(&mut self, text: &str) -> io::Result<()> {
        self.0.write_comment(text)
    }

    /// Writes what `now` has more than `before`, which came in the time from `start` on; nothing if that is nothing.
    ///
    /// A tag has no comma, blank or line break.
    pub(crate) fn interval(
        &mut self,
        tag: &str,
        (start, length): (Duration, Duration),
        now: &Histogram,
        before: Option<&Histogram>,
    ) -> io::Result<()> {
        let more = more(now, before)?;
        if more.is_empty() {
            return Ok(());
        }
        let tag = Tag::new(tag).ok_or_else(|| io::Error::other(format!("`{tag}` is no tag")))?;
        self.0.write_histogram(&more, start, length, Some(tag)).map_err(io::Error::other)
    }
}

/// What lies above the range counts as the largest that lies in it.
fn more(now: &Histogram, before: Option<&Histogram>) -> io::Result<Hdr<u64>> {
    let (mut more, mut above) = (now.buckets.clone(), now.above);
    if let Some(before) = before {
        more.subtract(&before.buckets).map_err(io::Error::other)?;
        above = above.saturating_sub(before.above);
    }
    if above > 0 {
        more.saturating_record_n(crate::units::nanos(LARGEST), above);
    }
    Ok(more)
}
