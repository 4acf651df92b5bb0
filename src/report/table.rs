//! Tables and notes as the page has them.

use crate::text::{Part, Table};

/// A table, and what is to be said of it. One without columns is a list of notes.
#[derive(Debug)]
pub(super) struct Grid {
    /// What stands above it.
    pub(super) caption: String,
    pub(super) title: String,
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Row>,
    pub(super) notes: Vec<String>,
    /// Whether its last column has words, and no numbers.
    pub(super) ends_in_words: bool,
    /// Whether it is folded away until it is asked for.
    pub(super) is_folded: bool,
}

#[derive(Debug)]
pub(super) struct Row {
    pub(super) label: String,
    pub(super) cells: Vec<String>,
}

impl Grid {
    /// The same with words in its last column.
    #[must_use]
    pub(super) fn of_words(self) -> Self {
        Self { ends_in_words: true, ..self }
    }

    /// The same, folded away.
    #[must_use]
    pub(super) fn folded(self) -> Self {
        Self { is_folded: true, ..self }
    }
}

impl From<Table> for Grid {
    fn from(table: Table) -> Self {
        Part::from(table).into()
    }
}

impl From<Part> for Grid {
    fn from(Part { table, notes }: Part) -> Self {
        let (title, columns) = table.heading();
        let row = |(label, cells): (&str, &[String])| Row { label: label.to_owned(), cells: cells.to_vec() };
        Self {
            caption: String::new(),
            title: title.to_owned(),
            columns: columns.to_vec(),
            rows: table.rows().map(row).collect(),
            notes,
            ends_in_words: false,
            is_folded: false,
        }
    }
}
