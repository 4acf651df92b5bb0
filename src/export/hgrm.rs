//! `hgrm/`: for each lane and metric the percentile distribution as `HdrHistogram` prints it, in milliseconds, in a file of its own
//! such as `observe-250ms-response.hgrm`.

use std::io;

use super::tagged::{metrics, tag};
use crate::snapshot::Snapshot;

/// The directory the files are in.
pub(super) const DIRECTORY: &str = "hgrm";

/// What the names of the files end in.
pub(super) const ENDING: &str = ".hgrm";

/// The files with their contents; a metric without a sample has none.
pub(super) fn files(snapshot: &Snapshot) -> impl Iterator<Item = io::Result<(String, Vec<u8>)>> {
    let all = snapshot.lanes.iter().flat_map(|lane| metrics(lane).map(|(metric, samples)| (lane.key, metric, samples)));
    all.filter(|(.., samples)| !samples.is_empty()).map(|(lane, metric, samples)| {
        let mut contents = Vec::new();
        samples.write_percentiles(&mut contents)?;
        Ok((tag(lane, metric).replace('/', "-") + ENDING, contents))
    })
}
