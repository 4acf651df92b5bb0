//! What another deadline would have meant, in the words that every reader of it gets.

use std::time::Duration;

use super::WhatIfAt;
use crate::snapshot::{Estimate, Latency};
use crate::units::{human, percent, task_time, three_digits};

/// One figure of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Figure {
    /// What it is.
    pub(crate) label: &'static str,
    /// With its unit.
    pub(crate) number: String,
    /// What is to be said beside it.
    pub(crate) beside: String,
}

impl WhatIfAt {
    /// The answer figure by figure: missed, goodput, a caller's wait, what cancelling wastes and what it frees, and, of a
    /// run with gathers, how many would be complete.
    pub(crate) fn figures(&self) -> Vec<Figure> {
        let of = |label, number, beside: &str| Figure { label, number, beside: beside.to_owned() };
        let mut figures = vec![
            of("missed", percent(self.missed.share), &self.missed.bounds()),
            of("goodput", self.goodput.map_or_else(|| "–".to_owned(), per_second), "done by then"),
            of("a caller waits", human(self.wait), "on average"),
            of("cancelling wastes", task_time(self.wasted), "on the missed"),
            of("and frees", self.freed_words(), &self.saved_words()),
        ];
        figures.extend(self.gathers.map(|gathers| {
            let independent = format!("{} if independent", percent(gathers.independent));
            of("gathers complete", percent(gathers.complete), &independent)
        }));
        figures
    }

    /// The share of the task time that is freed; a dash where nothing is known of it.
    pub(crate) fn freed_words(&self) -> String {
        match self.saved {
            Latency::AtLeast(Duration::ZERO) => "–".to_owned(),
            Latency::AtLeast(_) => format!("≥ {}", percent(self.freed)),
            Latency::Exactly(_) => percent(self.freed),
        }
    }

    /// The task time itself.
    fn saved_words(&self) -> String {
        match self.saved {
            Latency::AtLeast(Duration::ZERO) => "not known".to_owned(),
            Latency::AtLeast(time) => format!("of task time, ≥ {}", task_time(time)),
            Latency::Exactly(time) => format!("of task time, {}", task_time(time)),
        }
    }
}

impl Estimate {
    /// The 95 % bounds of the share.
    pub(crate) fn bounds(&self) -> String {
        format!("{} – {}", percent(self.low).trim_end_matches(" %"), percent(self.high))
    }
}

/// A rate of tasks.
pub(crate) fn per_second(rate: f64) -> String {
    format!("{}/s", three_digits(rate))
}
