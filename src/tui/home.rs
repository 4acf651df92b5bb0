//! What Home shows: the scenarios, the past runs, and what is to be changed before one starts.
//!
//! Owns the state of that screen; only [`update`](super::update) changes it. It must not know how scenarios are
//! read or runs started: it is told, and what it wants is asked for as an effect.
//!
//! ```text
//! List ──Enter on a scenario──► Form ──Enter──► (a run)
//!  ▲  ◄──────────Esc────────────┘                  │
//!  └───────────────────Esc, once it is over────────┘
//! ```

mod form;

use std::ffi::OsString;

use ratatui::layout::Size;

pub(super) use form::{Form, Line};

use super::app::Status;
use super::entry::Entry;
use super::keymap::Keymap;
use super::launcher::{Listing, PastRun};
use super::overlay::Overlay;
use super::tabs::Scope;
use super::theme::{Theme, Tone};

/// Lines shown before the first that is changed: the name of its table, mostly.
const LINES_BEFORE: usize = 1;

/// The state of Home.
#[derive(Debug)]
pub(super) struct Home {
    pub theme: Theme,
    pub keymap: Keymap,
    /// The size of the next frame.
    pub size: Size,
    pub scenarios: Vec<Listing>,
    /// `None` until they were looked for.
    pub past: Option<Vec<PastRun>>,
    /// The text rows must contain, while there is one.
    pub search: Option<Entry>,
    /// Which of the rows is selected.
    pub at: usize,
    pub pane: Pane,
    /// The first line of the file that is shown.
    pub scroll: usize,
    pub page: Page,
    /// What was changed the last time, so that the same can be started again.
    kept: Option<Box<Form>>,
    pub overlay: Overlay,
    pub waiting: Waiting,
    pub status: Option<Status>,
}

/// What is on the left.
#[derive(Debug)]
pub(super) enum Page {
    /// What can be started or reopened.
    List,
    /// What can be changed before it starts.
    Form(Box<Form>),
}

/// Where the cursor moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pane {
    /// In the list.
    List,
    /// In the file.
    File,
}

/// What was asked for and is not there yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waiting {
    /// Nothing.
    Nothing,
    /// A run that is to start.
    Start,
    /// A run that is to be reopened.
    Open,
}

/// A row of the list.
#[derive(Debug, Clone, Copy)]
pub(super) enum Choice<'a> {
    /// A scenario to start.
    Scenario(&'a Listing),
    /// A run to reopen.
    Past(&'a PastRun),
}

impl Choice<'_> {
    /// What tells it from all others.
    fn key(self) -> (bool, OsString) {
        match self {
            Self::Scenario(listing) => (true, listing.name.clone().into()),
            Self::Past(run) => (false, run.directory.clone().into()),
        }
    }
}

impl Home {
    /// A list that is still empty.
    pub(super) fn new(theme: Theme, keymap: Keymap) -> Self {
        Self {
            theme,
            keymap,
            size: Size::default(),
            scenarios: Vec::new(),
            past: None,
            search: None,
            at: 0,
            pane: Pane::List,
            scroll: 0,
            page: Page::List,
            kept: None,
            overlay: Overlay::None,
            waiting: Waiting::Nothing,
            status: None,
        }
    }

    /// What keys mean now.
    pub(super) const fn scope(&self) -> Scope {
        match (&self.page, &self.search) {
            (Page::Form(_), _) => Scope::Form,
            (Page::List, Some(_)) => Scope::Search,
            (Page::List, None) => Scope::Home,
        }
    }

    /// The rows the filter lets through: scenarios, then past runs.
    pub(super) fn rows(&self) -> Vec<Choice<'_>> {
        let text = self.search.as_ref().map(Entry::text).unwrap_or_default().to_lowercase();
        let has = |parts: &[&str]| {
            let row = parts.join(" ").to_lowercase();
            text.split_whitespace().all(|word| row.contains(word))
        };
        let scenarios = self.scenarios.iter().filter(|row| has(&[&row.name, &row.about, &row.lesson]));
        let past = self.past.iter().flatten().filter(|row| has(&[&row.scenario, &row.directory.to_string_lossy()]));
        scenarios.map(Choice::Scenario).chain(past.map(Choice::Past)).collect()
    }

    /// The row that is selected.
    pub(super) fn selected(&self) -> Option<Choice<'_>> {
        self.rows().get(self.at).copied()
    }

    /// Selects a scenario by its name, if it is there.
    pub(super) fn select_scenario(&mut self, name: &str) {
        let is_it = |row: &Choice<'_>| matches!(row, Choice::Scenario(listing) if listing.name == name);
        if let Some(at) = self.rows().iter().position(is_it) {
            self.select(at);
        }
    }

    /// Changes which rows there are, and keeps the selection on its row.
    pub(super) fn change_rows(&mut self, change: impl FnOnce(&mut Self)) {
        let before = self.selected().map(Choice::key);
        change(self);
        let at = self.rows().iter().position(|row| Some(row.key()) == before);
        self.select(at.unwrap_or(self.at));
    }

    /// Selects a row, or the last one when there are fewer.
    pub(super) fn select(&mut self, at: usize) {
        self.at = at.min(self.rows().len().saturating_sub(1));
        self.scroll = 0;
    }

    /// The file on the right.
    pub(super) fn file(&self) -> &str {
        match (&self.page, self.selected()) {
            (Page::Form(form), _) => form.file(),
            (Page::List, Some(Choice::Scenario(listing))) => &listing.file,
            (Page::List, _) => "",
        }
    }

    /// Moves the file by so many lines.
    pub(super) fn scroll(&mut self, lines: isize) {
        let last = self.file().lines().count().saturating_sub(1);
        self.scroll = self.scroll.saturating_add_signed(lines).min(last);
    }

    /// Scrolls to the first line of the file that is changed.
    pub(super) fn scroll_to_change(&mut self) {
        let Page::Form(form) = &self.page else { return };
        if let Some(first) = form.file().lines().position(|line| form.is_new(line)) {
            self.scroll = first.saturating_sub(LINES_BEFORE);
        }
    }

    /// Opens the form of the selected scenario, with what was changed in it the last time.
    pub(super) fn open_form(&mut self) {
        let Some(Choice::Scenario(listing)) = self.selected() else { return };
        let listing = listing.clone();
        let kept = self.kept.take().filter(|form| *form.listing() == listing);
        self.page = Page::Form(kept.unwrap_or_else(|| Box::new(Form::new(listing))));
        self.scroll = 0;
    }

    /// Goes back to the list, and keeps what was changed.
    pub(super) fn close_form(&mut self) {
        if let Page::Form(form) = std::mem::replace(&mut self.page, Page::List) {
            self.kept = Some(form);
        }
        (self.scroll, self.pane) = (0, Pane::List);
    }

    pub(super) fn say(&mut self, tone: Tone, text: impl Into<String>) {
        self.status = Some(Status { tone, text: text.into() });
    }
}
