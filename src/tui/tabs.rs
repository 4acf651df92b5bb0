//! The screens there are.

use super::key::Key;

/// One way to look at a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Tab {
    /// The verdict, the histogram, the last seconds.
    Overview,
    /// Latency over time.
    Time,
    /// The spectrum of percentiles.
    Percentiles,
    /// What became of gathers.
    Gather,
    /// Late tasks, one by one.
    Late,
    /// What errors and panics said.
    Failures,
    /// The measured runtime, and what measuring costs.
    Runtime,
    /// What another deadline would have meant.
    WhatIf,
    /// Why tasks were late, and what came of it.
    Blame,
}

/// Where a key means something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Scope {
    /// A screen of a run.
    Tab(Tab),
    /// The list of what can be run.
    Home,
    /// The same while its filter is typed.
    Search,
    /// What can be changed before a run starts.
    Form,
}

impl Scope {
    /// Whether a key is text there: on Home a letter or a digit begins the filter, and any other sign may be a key.
    pub(super) fn takes_as_text(self, key: Key) -> bool {
        match (self, key) {
            (Self::Search | Self::Form, Key::Char(_)) => true,
            (Self::Home, Key::Char(c)) => c.is_alphanumeric(),
            _ => false,
        }
    }
}

impl From<Tab> for Scope {
    fn from(tab: Tab) -> Self {
        Self::Tab(tab)
    }
}

impl Tab {
    /// Every screen, in the order of the tabs.
    pub(super) const ALL: [Self; 9] = [
        Self::Overview,
        Self::Time,
        Self::Percentiles,
        Self::Gather,
        Self::Late,
        Self::Failures,
        Self::Runtime,
        Self::WhatIf,
        Self::Blame,
    ];

    /// Its name on its tab.
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Time => "Time",
            Self::Percentiles => "Percentiles",
            Self::Gather => "Gather",
            Self::Late => "Late",
            Self::Failures => "Failures",
            Self::Runtime => "Runtime",
            Self::WhatIf => "What-if",
            Self::Blame => "Blame",
        }
    }

    /// Its name where there is little room.
    pub(super) const fn short_title(self) -> &'static str {
        match self {
            Self::Percentiles => "Pctl",
            other => other.title(),
        }
    }

    /// Whether it is a list of rows.
    pub(super) const fn is_list(self) -> bool {
        matches!(self, Self::Late | Self::Failures | Self::Blame)
    }

    /// The screen so many tabs further, round the end.
    pub(super) const fn turned(self, by: usize) -> Self {
        Self::ALL[(self as usize + by) % Self::ALL.len()]
    }
}
