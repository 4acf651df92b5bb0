//! Plain text for people: tables whose columns line up, and foreign texts made harmless.
//!
//! Owns the alignment and the cleaning. It must not know what a table is of.

use std::fmt;

/// A text on one line of at most `width` characters, without control characters: what a user's error
/// says must not move a terminal's cursor.
pub(crate) fn one_line(text: &str, width: usize) -> String {
    let plain = text.split(|c: char| c.is_control() || c.is_whitespace()).filter(|word| !word.is_empty());
    let plain = plain.collect::<Vec<_>>().join(" ");
    if plain.chars().count() <= width {
        return plain;
    }
    plain.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

/// A text in lines of at most `width` characters, broken between words; a longer word has a line of its own.
pub(crate) fn wrapped(text: &str, width: usize) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is a first line");
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines.join("\n")
}

/// A heading with column names, and rows of a label and right-aligned cells.
#[derive(Debug)]
pub(crate) struct Table {
    rows: Vec<(String, Vec<String>)>,
}

impl Table {
    /// A table without rows.
    pub(crate) fn new(title: impl Into<String>, columns: &[&str]) -> Self {
        Self { rows: vec![(title.into(), columns.iter().map(|&name| name.to_owned()).collect())] }
    }

    /// Adds a row; its label is indented under the title.
    pub(crate) fn row(&mut self, label: impl fmt::Display, cells: impl IntoIterator<Item = String>) {
        self.rows.push((format!("  {label}"), cells.into_iter().collect()));
    }
}

/// Ends with a line feed; no line has blanks at its end.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |text: &String| text.chars().count();
        let labels = self.rows.iter().map(|(label, _)| width(label)).max().unwrap_or(0);
        let columns = self.rows.iter().map(|(_, cells)| cells.len()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns)
            .map(|column| self.rows.iter().filter_map(|(_, cells)| cells.get(column)).map(width).max().unwrap_or(0))
            .collect();
        for (label, cells) in &self.rows {
            let cells = cells.iter().zip(&widths).map(|(cell, width)| format!("  {cell:>width$}"));
            let line: String = [format!("{label:labels$}")].into_iter().chain(cells).collect();
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_text_becomes_one_short_line_without_control_characters() {
        for (text, plain) in [
            ("connection reset", "connection reset"),
            ("two\nlines\t and   blanks", "two lines and blanks"),
            ("\u{1b}[2Jcleared", "[2Jcleared"),
            ("", ""),
            ("a text that is far too long", "a text that is far …"),
        ] {
            assert_eq!(one_line(text, 20), plain);
        }
    }

    #[test]
    fn a_long_text_is_broken_between_words() {
        for (text, lines) in [
            ("", ""),
            ("short", "short"),
            ("one two three four", "one two\nthree\nfour"),
            ("incomprehensibilities so", "incomprehensibilities\nso"),
        ] {
            assert_eq!(wrapped(text, 8), lines);
        }
    }

    #[test]
    fn columns_line_up_on_the_right() {
        let mut table = Table::new("tasks", &["spawned", "done"]);
        table.row("observe", ["8".to_owned(), "1,000,000".to_owned()]);
        table.row("x", []);
        assert_eq!(table.to_string(), "tasks      spawned       done\n  observe        8  1,000,000\n  x\n");
    }
}
