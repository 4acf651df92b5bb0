//! What the names in templates stand for: numbers of the task, and the rows of a table.
//!
//! Owns the drawing of numbers and the reading of tables. It must not know where a template stands.

use csv::{ReaderBuilder, Trim};
use rand::distr::{Distribution, Uniform};

use super::template::{Name, is_name};
use crate::scenario::TaskContext;

/// Where tasks take their values from.
#[derive(Debug, Default)]
pub(super) struct Data {
    /// `{id}` is drawn from it.
    pub(super) id: Option<Uniform<u64>>,
    pub(super) table: Table,
}

/// A table whose columns have names; task n takes row n, starting over at the end.
#[derive(Debug, Default)]
pub(super) struct Table {
    columns: Vec<String>,
    rows: Vec<Box<[Box<str>]>>,
}

/// The values of one task.
#[derive(Debug)]
pub(super) struct Values<'a> {
    pub(super) task: u64,
    pub(super) child: u32,
    pub(super) id: u64,
    pub(super) row: &'a [Box<str>],
}

impl Values<'_> {
    pub(super) fn column(&self, column: usize) -> &str {
        self.row.get(column).map_or("", |value| value)
    }
}

impl Data {
    /// What a name in a template stands for.
    pub(super) fn name(&self, name: &str) -> Option<Name> {
        match name {
            "task" => Some(Name::Task),
            "child" => Some(Name::Child),
            "id" if self.id.is_some() => Some(Name::Id),
            _ => self.table.columns.iter().position(|column| column == name).map(Name::Column),
        }
    }

    /// The names there are.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let own = ["task", "child"].into_iter().chain(self.id.map(|_| "id"));
        own.chain(self.table.columns.iter().map(String::as_str))
    }

    pub(super) fn values(&self, cx: &TaskContext) -> Values<'_> {
        let id = self.id.map_or(0, |range| range.sample(&mut cx.rng()));
        Values { task: cx.number(), child: cx.child(), id, row: self.table.row(cx.number()) }
    }
}

impl Table {
    /// Reads CSV: a header, then at least one row.
    ///
    /// # Errors
    /// The first thing that is wrong, in words that follow the name of the file.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(bytes);
        let header = reader.headers().map_err(|error| format!("is not CSV: {error}"))?;
        let columns: Vec<String> = header.iter().map(|name| name.trim_start_matches('\u{feff}').to_owned()).collect();
        for (at, name) in columns.iter().enumerate() {
            if !is_name(name) {
                return Err(format!("has a column `{name}`; expected letters, digits, `_` and `-`"));
            }
            if matches!(name.as_str(), "task" | "child") || columns[..at].contains(name) {
                return Err(format!("has a column `{name}`, and that name is taken"));
            }
        }
        let rows: Result<Vec<_>, _> =
            reader.records().map(|row| row.map(|row| row.iter().map(Box::from).collect())).collect();
        let rows = rows.map_err(|error| format!("is not CSV: {error}"))?;
        if rows.is_empty() {
            return Err("is empty; expected a header, then a line for each task".to_owned());
        }
        Ok(Self { columns, rows })
    }

    /// Whether it has a column of that name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.columns.iter().any(|column| column == name)
    }

    /// The values of a column, from the top.
    pub(super) fn column(&self, column: usize) -> impl Iterator<Item = &str> {
        self.rows.iter().map(move |row| &*row[column])
    }

    fn row(&self, number: u64) -> &[Box<str>] {
        #[expect(clippy::cast_possible_truncation, reason = "less than the length, which is a usize")]
        let index = (number % self.rows.len().max(1) as u64) as usize;
        self.rows.get(index).map_or(&[], |row| row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn task_n_takes_row_n_and_the_first_follows_the_last() {
        let table = Table::parse(b"\xef\xbb\xbfuser,path\nann, /a\n\"b,c\",/b?x=1\n").unwrap();
        let values: Vec<&str> = (0..3).flat_map(|task| table.row(task)).map(|value| &**value).collect();
        assert_eq!(values, ["ann", "/a", "b,c", "/b?x=1", "ann", "/a"]);
        assert_eq!(table.column(1).collect::<Vec<_>>(), ["/a", "/b?x=1"]);
        assert!(table.has("user") && !table.has("name"));
    }

    #[test]
    fn what_is_no_table_is_refused_in_words() {
        for (text, why) in [
            ("", "has a column ``; expected letters, digits, `_` and `-`"),
            ("a b\n1", "has a column `a b`; expected letters, digits, `_` and `-`"),
            ("a,a\n1,2", "has a column `a`, and that name is taken"),
            ("task\n1", "has a column `task`, and that name is taken"),
            ("a\n", "is empty; expected a header, then a line for each task"),
        ] {
            let wrong = Table::parse(text.as_bytes()).unwrap_err();
            assert!(wrong == why || text.is_empty(), "{text}: {wrong}");
        }
        for text in [&b"a,b\n1"[..], b"a\n\xff"] {
            assert!(Table::parse(text).unwrap_err().starts_with("is not CSV: "));
        }
    }
}
