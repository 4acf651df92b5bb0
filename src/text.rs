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
    /// The most characters of a line.
    width: usize,
}

impl Table {
    /// A table without rows.
    pub(crate) fn new(title: impl Into<String>, columns: &[&str]) -> Self {
        let heading = (title.into(), columns.iter().map(|&name| name.to_owned()).collect());
        Self { rows: vec![heading], width: usize::MAX }
    }

    /// The same with columns that have no room in `width` characters below the others, their labels said again.
    #[must_use]
    pub(crate) fn within(self, width: usize) -> Self {
        Self { width, ..self }
    }

    /// Adds a row; its label is indented under the title.
    pub(crate) fn row(&mut self, label: impl fmt::Display, cells: impl IntoIterator<Item = String>) {
        self.rows.push((format!("  {label}"), cells.into_iter().collect()));
    }
}

impl Table {
    /// Whether it has a row.
    pub(crate) const fn is_filled(&self) -> bool {
        self.rows.len() > 1
    }

    /// The title, and the names of the columns.
    pub(crate) fn heading(&self) -> (&str, &[String]) {
        let (title, columns) = &self.rows[0];
        (title, columns)
    }

    /// The rows, each with its label.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.rows.iter().skip(1).map(|(label, cells)| (label.trim_start(), &**cells))
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
        let mut from = 0;
        loop {
            let to = from + columns_within(&widths[from..], self.width.saturating_sub(labels));
            for (n, (label, cells)) in self.rows.iter().enumerate() {
                let cells = cells.iter().zip(&widths).take(to).skip(from);
                let cells = cells.map(|(cell, width)| format!("  {cell:>width$}"));
                let label = if n == 0 && from > 0 { "" } else { label };
                let line: String = [format!("{label:labels$}")].into_iter().chain(cells).collect();
                writeln!(f, "{}", line.trim_end())?;
            }
            if to >= columns {
                return Ok(());
            }
            from = to;
        }
    }
}

/// A table, and what is to be said of it, a note a line. One without columns is a list of notes.
#[derive(Debug)]
pub(crate) struct Part {
    /// The numbers.
    pub(crate) table: Table,
    /// What is to be said of them.
    pub(crate) notes: Vec<String>,
}

impl From<Table> for Part {
    fn from(table: Table) -> Self {
        Self { table, notes: Vec::new() }
    }
}

/// Notes are indented under the title, and no wider than the table may be.
impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.table)?;
        self.notes.iter().try_for_each(|note| writeln!(f, "  {}", paragraph(note, self.table.width, 4)))
    }
}

/// How many of these columns have room, each with the gap before it; one at the least.
fn columns_within(widths: &[usize], room: usize) -> usize {
    let ends = widths.iter().scan(0, |end, width| {
        *end += width + 2;
        Some(*end)
    });
    ends.take_while(|end| *end <= room).count().max(1)
}

/// A text in lines of at most `width` characters, those after the first indented, without control characters; a longer
/// word is cut.
pub(crate) fn paragraph(text: &str, width: usize, indent: usize) -> String {
    let room = width.saturating_sub(indent);
    let lines: Vec<String> =
        wrapped(&one_line(text, usize::MAX), room).lines().map(|line| one_line(line, room)).collect();
    lines.join(&format!("\n{:indent$}", ""))
}

/// Compares what a page of the book has below its mark with what was made; `TARDY_UPDATE_ASSETS=1` writes it there.
#[cfg(test)]
pub(crate) fn assert_page(page: &str, made: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/src").join(page);
    let kept = std::fs::read_to_string(&path).unwrap();
    let mark = kept.find("<!-- made by").unwrap_or_else(|| panic!("{page} has no line `<!-- made by … -->`"));
    let (head, below) = kept.split_at(mark + kept[mark..].find('\n').unwrap() + 1);
    if std::env::var_os("TARDY_UPDATE_ASSETS").is_some() {
        return std::fs::write(path, format!("{head}{made}")).unwrap();
    }
    assert!(below == made, "{page} is not what the code says: TARDY_UPDATE_ASSETS=1 cargo test --lib the_page_of");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_without_room_stand_below_the_others() {
        let mut table = Table::new("tasks", &["spawned", "done", "failed"]).within(24);
        table.row("observe", ["20".to_owned(), "19".to_owned(), "1".to_owned()]);
        let lines = "tasks      spawned  done\n  observe       20    19\n           failed\n  observe       1\n";
        assert_eq!(table.to_string(), lines);
        assert!(table.within(3).to_string().lines().count() == 6, "one column at the least");
    }

    #[test]
    fn a_paragraph_is_indented_from_its_second_line_on_and_no_line_is_too_long() {
        assert_eq!(paragraph("late tasks spent\n71 % in query", 14, 2), "late tasks\n  spent 71 %\n  in query");
        assert_eq!(paragraph("unpronounceable", 9, 2), "unpron…");
    }

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
