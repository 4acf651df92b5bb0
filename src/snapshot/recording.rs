//! A run as it stood from one second to the next, so that a screen can go back in it.
//!
//! Owns the bytes: a head, the scenario, then frames, each complete when it is written. What only grows, rows of the timeline, markers
//! and slices of the last minute, is in the frame that first had it; everything else is in each. Blocks, which no screen
//! shows, are in none. It must not know where the bytes are kept, nor how often there is a frame.

use std::io::{Read, Write};
use std::sync::Arc;
use std::time::Duration;

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::recent::Slice;
use super::wire::Unreadable;
use super::{Blocks, Marker, RunInfo, Snapshot, Timeline, TimelineRow};
use crate::histogram;

/// What a recording begins with; only the version that wrote it reads it, since a snapshot is whatever it is in one.
const HEAD: &str = concat!("tardy recording ", env!("CARGO_PKG_VERSION"), "\n");

/// The bytes that parts of a recording may unpack to, however few they were packed in.
const ROOM: u64 = 1 << 20;

/// How many times as many bytes as they were packed in they may beyond that; those of a run that does little are 3 times as many.
const MOST_UNPACKED: u64 = 16;

/// Why there is nothing to be seen.
const EMPTY: &str = "it ends before its first frame";

/// What came since the frame before.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Stretch {
    /// The time of the frame, since the run's epoch.
    at: Duration,
    /// When what is shown of it began to be measured.
    began: Duration,
    rows: Vec<TimelineRow>,
    markers: Vec<Marker>,
    slices: Vec<Arc<Slice>>,
}

/// Writes frames.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    before: Option<Before>,
}

/// What the frames so far have.
#[derive(Debug, Default)]
struct Before {
    began: Duration,
    /// Rows up to here.
    rows: Duration,
    /// The time of the last marker.
    marked: Option<Duration>,
    /// Slices up to here.
    slices: u64,
}

impl Recorder {
    /// What comes before the first frame of a run of this scenario.
    ///
    /// # Errors
    /// It is too long.
    pub(crate) fn head(scenario: &str) -> Result<Vec<u8>, Unreadable> {
        let mut head = HEAD.as_bytes().to_vec();
        put(&mut head, &scenario)?;
        Ok(head)
    }

    /// The next frame.
    ///
    /// # Errors
    /// It holds more than a snapshot can.
    pub(crate) fn frame(&mut self, snapshot: &Snapshot) -> Result<Vec<u8>, Unreadable> {
        let before = self.before.take_if(|before| before.began == snapshot.began).unwrap_or_default();
        let timeline = &snapshot.timeline;
        let rows = timeline.whole_rows();
        let open = timeline.rows()[rows.len()..].to_vec();
        let stretch = Stretch {
            at: snapshot.began + snapshot.elapsed,
            began: snapshot.began,
            rows: rows.iter().filter(|row| row.at + row.length > before.rows).cloned().collect(),
            markers: timeline.markers().iter().filter(|mark| Some(mark.at) > before.marked).cloned().collect(),
            slices: snapshot.recent.closed().filter(|slice| slice.until() > before.slices).cloned().collect(),
        };
        self.before = Some(Before {
            began: snapshot.began,
            rows: stretch.rows.last().map_or(before.rows, |row| row.at + row.length),
            marked: stretch.markers.last().map(|mark| mark.at).or(before.marked),
            slices: stretch.slices.last().map_or(before.slices, |slice| slice.until()),
        });
        let rest = Snapshot {
            timeline: Arc::new(Timeline::restored(open, Vec::new())),
            recent: Arc::new(snapshot.recent.open()),
            blocks: Arc::new(Blocks::default()),
            ..snapshot.clone()
        };
        let mut frame = Vec::new();
        put(&mut frame, &stretch)?;
        put(&mut frame, &rest)?;
        Ok(frame)
    }
}

/// Adds a part to a frame.
fn put(frame: &mut Vec<u8>, part: &impl Serialize) -> Result<(), Unreadable> {
    let bytes = postcard::to_stdvec(part).map_err(Unreadable::because)?;
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    let packed = encoder.write_all(&bytes).and_then(|()| encoder.finish()).map_err(Unreadable::because)?;
    let length = u32::try_from(packed.len()).map_err(Unreadable::because)?;
    frame.extend(length.to_le_bytes());
    frame.extend(packed);
    Ok(())
}

/// What was recorded of a run; its end, too, where that is known from elsewhere.
#[derive(Debug)]
pub struct Recording {
    scenario: Arc<str>,
    frames: Vec<Frame>,
    /// What is not told in frames.
    info: Option<Arc<RunInfo>>,
    /// In place of the last frame.
    end: Option<Arc<Snapshot>>,
}

#[derive(Debug, Default)]
struct Frame {
    stretch: Stretch,
    rest: Vec<u8>,
}

impl Recording {
    /// The recording that was written as these bytes, without a last frame that was not written to its end.
    ///
    /// # Errors
    /// It is none, has no frame, or is one of another version.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Unreadable> {
        let mut bytes = bytes.strip_prefix(HEAD.as_bytes()).ok_or_else(|| match version(bytes) {
            Some(theirs) => Unreadable::because(format_args!("tardy {theirs} wrote it, and this one reads its own")),
            None => Unreadable::because("it does not begin as a recording does"),
        })?;
        let mut room = ROOM;
        let scenario = take(&mut bytes).ok_or_else(|| Unreadable::because(EMPTY))?;
        let scenario: String = unpack(scenario, &mut room)?;
        let mut frames: Vec<Frame> = Vec::new();
        while let Some((stretch, rest)) = take(&mut bytes).zip(take(&mut bytes)) {
            let stretch: Stretch = unpack(stretch, &mut room)?;
            if frames.last().is_some_and(|last| last.stretch.at > stretch.at) {
                return Err(Unreadable::because("its frames do not follow each other"));
            }
            frames.push(Frame { stretch, rest: rest.to_vec() });
        }
        if frames.is_empty() {
            return Err(Unreadable::because(EMPTY));
        }
        Ok(Self { scenario: scenario.into(), frames, info: None, end: None })
    }

    /// A run of which the end alone is known.
    #[must_use]
    pub(crate) fn of_end(scenario: Arc<str>, end: Arc<Snapshot>) -> Self {
        let stretch = Stretch { at: end.began + end.elapsed, ..Stretch::default() };
        Self { scenario, frames: vec![Frame { stretch, rest: Vec::new() }], info: None, end: Some(end) }
    }

    /// The same with an end that says more than its last frame, but for when measuring began.
    #[must_use]
    pub(crate) fn with_end(self, end: Snapshot) -> Self {
        let began = self.frames.last().map_or(end.began, |last| last.stretch.began);
        let end = Arc::new(Snapshot { began, ..end });
        Self { info: Some(Arc::clone(&end.info)), end: Some(end), ..self }
    }

    /// The same of a run of which more is known than frames tell.
    #[must_use]
    pub(crate) fn with_info(self, info: RunInfo) -> Self {
        Self { info: Some(Arc::new(info)), ..self }
    }

    /// The scenario file that repeats the run.
    #[must_use]
    pub const fn scenario(&self) -> &Arc<str> {
        &self.scenario
    }

    /// When each frame was, since the run's epoch; there is one at least.
    #[must_use]
    pub fn times(&self) -> impl ExactSizeIterator<Item = Duration> {
        self.frames.iter().map(|frame| frame.stretch.at)
    }

    /// The last frame.
    ///
    /// # Errors
    /// It cannot be made out.
    pub fn last(&self) -> Result<Arc<Snapshot>, Unreadable> {
        self.at(self.frames.len().saturating_sub(1))
    }

    /// The run as it stood at a frame; beyond the last one, that.
    ///
    /// # Errors
    /// The frame cannot be made out.
    pub fn at(&self, frame: usize) -> Result<Arc<Snapshot>, Unreadable> {
        let last = self.frames.len().saturating_sub(1);
        if let Some(end) = self.end.as_ref().filter(|_| frame >= last) {
            return Ok(Arc::clone(end));
        }
        let (until, frame) = (&self.frames[..=frame.min(last)], &self.frames[frame.min(last)]);
        let mut room = ROOM;
        let rest: Snapshot = unpack(&frame.rest, &mut room)?;
        let stretches = || until.iter().map(|frame| &frame.stretch).filter(|stretch| stretch.began == rest.began);
        let mut rows: Vec<TimelineRow> = Vec::new();
        for row in stretches().flat_map(|stretch| &stretch.rows).chain(rest.timeline.rows()) {
            // Of a long run two rows became one, which one of them may have been written before.
            rows.truncate(rows.partition_point(|before| before.at < row.at));
            rows.push(row.clone());
        }
        let markers = stretches().flat_map(|stretch| &stretch.markers).cloned().collect();
        let slices = stretches().flat_map(|stretch| &stretch.slices);
        Snapshot {
            info: self.info.clone().unwrap_or_else(|| Arc::clone(&rest.info)),
            timeline: Arc::new(Timeline::restored(rows, markers)),
            recent: Arc::new(rest.recent.after(slices)),
            ..rest
        }
        .checked()
        .map(Arc::new)
    }
}

/// The version of the tardy that wrote what is no recording of this one.
fn version(bytes: &[u8]) -> Option<String> {
    let head = bytes.strip_prefix(b"tardy recording ")?;
    let version = head.split(|&byte| byte == b'\n').next()?;
    Some(version.iter().take(16).copied().collect::<Vec<_>>().escape_ascii().to_string())
}

/// The next part; `None` where there is none to its end.
fn take<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, rest) = bytes.split_first_chunk()?;
    let (part, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    *bytes = rest;
    Some(part)
}

/// What a part holds; it takes of the `room` that there is for all that are kept, and brings some for itself.
fn unpack<T: DeserializeOwned>(part: &[u8], room: &mut u64) -> Result<T, Unreadable> {
    *room += part.len() as u64 * MOST_UNPACKED;
    let mut bytes = Vec::new();
    ZlibDecoder::new(part).take(*room + 1).read_to_end(&mut bytes).map_err(Unreadable::because)?;
    *room = room
        .checked_sub(bytes.len() as u64)
        .ok_or_else(|| Unreadable::because("it unpacks to more than a recording has"))?;
    histogram::begin_reading();
    postcard::from_bytes(&bytes).map_err(Unreadable::because)
}

#[cfg(test)]
mod tests;
