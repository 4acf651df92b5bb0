//! What can be changed before a run starts: a line of text for each field.

use crate::outcome::Policy;
use crate::tui::entry::{Entry, Typed};
use crate::tui::key::{Key, Named};
use crate::tui::launcher::{Change, Complaint, Field, Listing};

/// The fields every scenario has, in their order.
const FIELDS: [Field; 5] = [Field::Deadline, Field::Policy, Field::Load, Field::Duration, Field::Seed];

/// The most parameters; more are better off in a file.
const MOST_PARAMETERS: usize = 32;

/// The form of one scenario.
#[derive(Debug)]
pub(in crate::tui) struct Form {
    listing: Listing,
    lines: Vec<Line>,
    at: usize,
    /// What is wrong, each with its line.
    complaints: Vec<(usize, String)>,
    /// The file with the changes that were seen to be right.
    file: Option<String>,
    /// Whether changes were seen to be wrong since.
    is_outdated: bool,
    /// The changes asked about last, each with its line.
    asked: Vec<(usize, Change)>,
}

/// One field and what is typed for it.
#[derive(Debug)]
pub(in crate::tui) struct Line {
    pub(in crate::tui) field: Field,
    pub(in crate::tui) entry: Entry,
    /// What the scenario says of it.
    given: String,
}

impl Line {
    fn new(field: Field, given: &str) -> Self {
        Self { field, entry: Entry::new("", given), given: given.to_owned() }
    }

    /// Whether something else is typed than what the scenario says.
    pub(in crate::tui) fn is_changed(&self) -> bool {
        let text = self.entry.text();
        !text.trim().is_empty() && text.trim() != self.given
    }

    fn toggle(&mut self) {
        let text = self.entry.text();
        let to = if text.trim() == Policy::Cancel.word() { Policy::Observe } else { Policy::Cancel };
        self.entry = Entry::new("", to.word());
    }
}

impl Form {
    /// The form of a scenario, nothing changed.
    pub(super) fn new(listing: Listing) -> Self {
        let given = |field| listing.values.iter().find(|(named, _)| *named == field).map_or("", |(_, value)| value);
        let mut lines: Vec<Line> = FIELDS.into_iter().map(|field| Line::new(field, given(field))).collect();
        lines.push(Line::new(Field::Parameter, ""));
        Self { listing, lines, at: 0, complaints: Vec::new(), file: None, is_outdated: false, asked: Vec::new() }
    }

    pub(in crate::tui) const fn listing(&self) -> &Listing {
        &self.listing
    }

    pub(in crate::tui) fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The line keys go to.
    pub(in crate::tui) const fn at(&self) -> usize {
        self.at
    }

    /// What is wrong with a line.
    pub(in crate::tui) fn complaint(&self, line: usize) -> Option<&str> {
        self.complaints.iter().find(|(at, _)| *at == line).map(|(_, text)| text.as_str())
    }

    /// What is wrong with the line keys go to, or else with the first that something is wrong with.
    pub(in crate::tui) fn told(&self) -> Option<&str> {
        self.complaint(self.at).or_else(|| self.complaints.first().map(|(_, text)| text.as_str()))
    }

    /// Whether the file lacks changes that were seen to be wrong.
    pub(in crate::tui) const fn is_outdated(&self) -> bool {
        self.is_outdated
    }

    pub(in crate::tui) fn file(&self) -> &str {
        self.file.as_deref().unwrap_or(&self.listing.file)
    }

    /// Whether a line of the file is another than the scenario's own.
    pub(in crate::tui) fn is_new(&self, line: &str) -> bool {
        self.file.is_some() && self.listing.file.lines().all(|own| own != line)
    }

    /// Goes to a line; answers whether there is something new to ask about.
    pub(in crate::tui) fn go(&mut self, line: usize) -> bool {
        self.at = line.min(self.lines.len() - 1);
        self.changes() != self.asked
    }

    /// Takes one key of the text; a policy is picked rather than typed.
    pub(in crate::tui) fn key(&mut self, key: Key) -> Typed {
        let line = &mut self.lines[self.at];
        let typed = match (line.field, key) {
            (Field::Policy, Key::Char(' ') | Key::Named(Named::Left | Named::Right)) => {
                line.toggle();
                Typed::Edited
            }
            (Field::Policy, Key::Char(c)) => {
                if let Some(policy) = [Policy::Cancel, Policy::Observe].iter().find(|p| p.word().starts_with(c)) {
                    line.entry = Entry::new("", policy.word());
                }
                Typed::Edited
            }
            (Field::Policy, _) => Typed::Unused,
            (_, key) => line.entry.key(key),
        };
        if typed == Typed::Edited {
            self.edited();
        }
        typed
    }

    /// Takes a text at once.
    pub(in crate::tui) fn paste(&mut self, text: &str) {
        let line = &mut self.lines[self.at];
        if line.field != Field::Policy {
            line.entry.paste(text);
            self.edited();
        }
    }

    /// What was wrong may be right now; and there is always room for one parameter more.
    fn edited(&mut self) {
        let at = self.at;
        self.complaints.retain(|(line, _)| *line != at);
        let full = self.lines.len() >= FIELDS.len() + MOST_PARAMETERS;
        if !full && self.lines.last().is_some_and(|last| !last.entry.text().is_empty()) {
            self.lines.push(Line::new(Field::Parameter, ""));
        }
    }

    /// What is changed, each with its line.
    fn changes(&self) -> Vec<(usize, Change)> {
        let change = |line: &Line| Change { field: line.field, value: line.entry.text().trim().to_owned() };
        let lines = self.lines.iter().enumerate();
        lines.filter(|(_, line)| line.is_changed()).map(|(at, line)| (at, change(line))).collect()
    }

    /// The changes to be asked about.
    pub(in crate::tui) fn ask(&mut self) -> Vec<Change> {
        self.asked = self.changes();
        self.asked.iter().map(|(_, change)| change.clone()).collect()
    }

    /// Takes the answer to what was asked; one to an older question is none.
    pub(in crate::tui) fn answer(&mut self, changes: &[Change], answer: Result<String, Vec<Complaint>>) {
        if !self.asked.iter().map(|(_, change)| change).eq(changes) {
            return;
        }
        match answer {
            Ok(file) => {
                (self.file, self.is_outdated) = (Some(file), false);
                self.complaints.clear();
            }
            Err(complaints) => {
                self.is_outdated |= complaints.iter().any(|complaint| complaint.change.is_some());
                let line = |change: Option<usize>| Some(self.asked.get(change?)?.0);
                let told = complaints.into_iter().map(|told| (line(told.change).unwrap_or(self.at), told.message));
                self.complaints = told.collect();
            }
        }
    }
}
