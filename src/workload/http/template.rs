//! Texts in which `{name}` stands for something of the task.
//!
//! Owns what a template looks like and what the names stand for. It must not know what a text is used for.

use std::io::Write;
use std::ops::Range;

use bytes::Bytes;

use super::data::Values;

/// A text that is another for each task, or the same for all.
#[derive(Debug, Clone)]
pub(super) enum Template {
    Fixed(Bytes),
    Varying(Vec<Piece>),
}

#[derive(Debug, Clone)]
pub(super) enum Piece {
    Text(String),
    Name(Name),
}

/// What a `{name}` stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    /// The number of the task.
    Task,
    /// Its index within its gather.
    Child,
    /// A number drawn by the task.
    Id,
    /// A column of the table, in the task's row.
    Column(usize),
}

/// A name that stands for nothing, and where.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unknown {
    pub(super) name: String,
    pub(super) at: Range<usize>,
}

impl Template {
    /// Reads a text in which `known` says what a name stands for. A brace that no name and brace follow is a brace.
    ///
    /// # Errors
    /// Every name that is not known.
    pub(super) fn parse(text: &str, known: impl Fn(&str) -> Option<Name>) -> Result<Self, Vec<Unknown>> {
        let (mut pieces, mut unknown, mut begin) = (Vec::new(), Vec::new(), 0);
        for (open, name) in names(text) {
            let end = open + name.len() + 2;
            match known(name) {
                Some(found) => {
                    pieces.extend([Piece::Text(text[begin..open].to_owned()), Piece::Name(found)]);
                    begin = end;
                }
                None => unknown.push(Unknown { name: name.to_owned(), at: open..end }),
            }
        }
        if !unknown.is_empty() {
            return Err(unknown);
        }
        if pieces.is_empty() {
            return Ok(Self::Fixed(Bytes::copy_from_slice(text.as_bytes())));
        }
        pieces.push(Piece::Text(text[begin..].to_owned()));
        Ok(Self::Varying(pieces))
    }

    /// The columns it takes values from.
    pub(super) fn columns(&self) -> impl Iterator<Item = usize> {
        let pieces = if let Self::Varying(pieces) = self { pieces.as_slice() } else { &[] };
        pieces.iter().filter_map(|piece| match piece {
            Piece::Name(Name::Column(column)) => Some(*column),
            _ => None,
        })
    }

    /// The text of one task.
    pub(super) fn fill(&self, values: &Values<'_>) -> Bytes {
        let pieces = match self {
            Self::Fixed(text) => return text.clone(),
            Self::Varying(pieces) => pieces,
        };
        let mut text = Vec::new();
        for piece in pieces {
            let written = match piece {
                Piece::Text(piece) => text.write_all(piece.as_bytes()),
                Piece::Name(Name::Task) => write!(text, "{}", values.task),
                Piece::Name(Name::Child) => write!(text, "{}", values.child),
                Piece::Name(Name::Id) => write!(text, "{}", values.id),
                Piece::Name(Name::Column(column)) => text.write_all(values.column(*column).as_bytes()),
            };
            written.expect("memory takes what is written to it");
        }
        text.into()
    }
}

/// The names in braces, each with the place of its opening brace.
fn names(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices('{').filter_map(|(open, _)| {
        let (name, _) = text[open + 1..].split_once('}')?;
        is_name(name).then_some((open, name))
    })
}

/// Whether it can be a name: a letter, then letters, digits, `_` and `-`.
pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(name: &str) -> Option<Name> {
        Some(match name {
            "task" => Name::Task,
            "child" => Name::Child,
            "id" => Name::Id,
            "user-name" => Name::Column(1),
            _ => return None,
        })
    }

    #[test]
    fn names_are_filled_in_and_other_braces_stay() {
        let row = ["no".into(), "ann".into()];
        let values = Values { task: 7, child: 2, id: 30, row: &row };
        for (text, filled) in [
            ("", ""),
            ("/item/{task}", "/item/7"),
            ("{task}{child}{id}", "7230"),
            (r#"{"a": {"id": {id}, "by": "{user-name}"}}"#, r#"{"a": {"id": 30, "by": "ann"}}"#),
            ("{} { task } {0} {{task}} {", "{} { task } {0} {7} {"),
        ] {
            assert_eq!(Template::parse(text, known).unwrap().fill(&values), filled);
        }
    }

    #[test]
    fn every_name_that_stands_for_nothing_is_told_with_its_place() {
        let unknown = |name: &str, at| Unknown { name: name.to_owned(), at };
        let wrong = Template::parse("a{b}{task}{c}", known).unwrap_err();
        assert_eq!(wrong, [unknown("b", 1..4), unknown("c", 10..13)]);
    }
}
