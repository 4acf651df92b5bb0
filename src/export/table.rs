//! What all CSV files share: a header that is there without rows too, and the columns that name a lane.

use std::io::{self, Write};

use serde::Serialize;

use crate::ledger::LaneKey;
use crate::units;

/// The first two columns of every table: the lane; empty by default.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(super) struct LaneColumns {
    on_timeout: &'static str,
    deadline_ns: Option<u64>,
}

impl From<LaneKey> for LaneColumns {
    fn from(key: LaneKey) -> Self {
        Self { on_timeout: key.policy.word(), deadline_ns: key.deadline.map(units::nanos) }
    }
}

/// Writes a header and the rows; a row whose number of fields differs from the header's is an error.
pub(super) fn write<R: Serialize>(
    columns: &[&str],
    rows: impl IntoIterator<Item = R>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut csv = csv::WriterBuilder::new().has_headers(false).from_writer(out);
    csv.write_record(columns)?;
    for row in rows {
        csv.serialize(row)?;
    }
    csv.flush()
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::snapshot::Snapshot;

    /// One row by column name.
    pub(in crate::export) type Row = HashMap<String, String>;

    /// A writer of one table.
    type Writer = fn(&Snapshot, &mut dyn io::Write) -> io::Result<()>;

    /// What `write` makes of a snapshot, read back: every row by column name.
    pub(in crate::export) fn exported(write: Writer, snapshot: &Snapshot) -> Vec<Row> {
        let mut out = Vec::new();
        write(snapshot, &mut out).unwrap();
        csv::Reader::from_reader(&*out).into_deserialize().map(|row| row.unwrap()).collect()
    }

    /// The number in one cell.
    pub(in crate::export) fn number(row: &Row, column: &str) -> u64 {
        row[column].parse().unwrap_or_else(|_| panic!("{column} of {row:?} is a number"))
    }

    #[test]
    fn a_table_without_rows_still_has_its_header() {
        let mut out = Vec::new();
        write::<[u64; 2]>(&["a_ns", "b_ns"], [], &mut out).unwrap();
        assert_eq!(out, b"a_ns,b_ns\n");
    }

    #[test]
    fn a_row_that_does_not_fit_its_header_is_an_error() {
        assert!(write(&["a_ns", "b_ns"], [[1, 2, 3]], &mut io::sink()).is_err());
    }
}
