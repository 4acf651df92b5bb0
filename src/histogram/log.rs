//! Histograms as the lines of an interval log (version 2, compressed), which every tool of HdrHistogram reads.
//!
//! Owns the encoding. It must not know what is measured, nor when an interval ends.

use std::io::{self, Write};
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use hdrhistogram::Histogram as Hdr;
use hdrhistogram::serialization::interval_log::{
    IntervalLogIterator, IntervalLogWriter, IntervalLogWriterBuilder, LogEntry, LogIteratorError, Tag,
};
use hdrhistogram::serialization::{Deserializer, V2DeflateSerializer};

use super::{Bucket, Histogram, LARGEST, Precision};

/// The column of the maximum is in milliseconds, as in the logs of others; values are nanoseconds.
const NANOS_IN_UNIT_OF_MAX: f64 = 1e6;

/// A time since the epoch that is one of a wall clock, and not since the start of what was measured.
const A_YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

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

/// One line of a log.
#[derive(Debug)]
pub(crate) struct Interval {
    /// What is in it.
    pub(crate) tag: Option<String>,
    /// When it began, since the log did.
    pub(crate) start: Duration,
    /// How long it was.
    pub(crate) length: Duration,
    /// Its samples, nanoseconds.
    pub(crate) samples: Histogram,
}

/// What a log has.
#[derive(Debug)]
pub(crate) struct Logged {
    /// When it began, where that is said.
    pub(crate) epoch: Option<SystemTime>,
    /// Its lines.
    pub(crate) intervals: Vec<Interval>,
}

/// A line that is none, by its place in bytes or by its number among the intervals, and why.
#[derive(Debug)]
pub(crate) enum NoLine {
    /// It is no line of a log.
    At(usize),
    /// It is that of a histogram that cannot be read.
    Samples(usize, String),
}

/// Reads a log; a last line that was not written to its end is not there.
///
/// # Errors
/// The first line that is none.
pub(crate) fn read_log(bytes: &[u8]) -> Result<Logged, NoLine> {
    let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
    let (mut epoch, mut is_relative, mut intervals) = (None, false, Vec::new());
    let mut reader = Deserializer::new();
    for entry in IntervalLogIterator::new(&bytes[..whole]) {
        match entry.map_err(|LogIteratorError::ParseError { offset }| NoLine::At(offset))? {
            LogEntry::StartTime(at) => epoch = epoch.or(Some(at)),
            LogEntry::BaseTime(at) => (epoch, is_relative) = (Some(at), true),
            LogEntry::Interval(line) => {
                let samples = BASE64.decode(line.encoded_histogram()).map_err(|error| error.to_string());
                let samples = samples
                    .and_then(|bytes| reader.deserialize::<u64, _>(&mut &bytes[..]).map_err(|error| error.to_string()));
                let samples = samples.map_err(|why| NoLine::Samples(intervals.len() + 1, why))?;
                intervals.push(Interval {
                    tag: line.tag().map(|tag| tag.as_str().to_owned()),
                    start: line.start_timestamp(),
                    length: line.duration(),
                    samples: Histogram::from_buckets(Precision::Fine, buckets(&samples)),
                });
            }
        }
    }
    // Without a base, times may be those of a wall clock.
    let first = intervals.iter().map(|interval| interval.start).min().unwrap_or_default();
    if !is_relative && first > A_YEAR {
        let base = epoch.filter(|&epoch| epoch <= first).unwrap_or(first);
        epoch = Some(base);
        for interval in &mut intervals {
            interval.start -= base;
        }
    }
    Ok(Logged { epoch: epoch.and_then(|at| SystemTime::UNIX_EPOCH.checked_add(at)), intervals })
}

fn buckets(samples: &Hdr<u64>) -> impl Iterator<Item = Bucket> {
    samples.iter_recorded().map(|step| {
        let value = step.value_iterated_to();
        let [low, high] = [samples.lowest_equivalent(value), samples.highest_equivalent(value)];
        let [low, high] = [low, high].map(|ns| Duration::from_nanos(ns).min(LARGEST));
        Bucket { low, high, count: step.count_since_last_iteration() }
    })
}

/// What lies above the range counts as the largest that lies in it.
pub(super) fn more(now: &Histogram, before: Option<&Histogram>) -> io::Result<Hdr<u64>> {
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
