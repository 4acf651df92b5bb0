//! What the words of each screen mean, one line each.

use crate::tui::tabs::Tab;

/// A word with what it means.
type Word = (&'static str, &'static str);

const MISSED: Word = ("missed", "not ended by the deadline, as a share of the tasks that met or missed it");
const GOODPUT: Word = ("goodput", "tasks done by their deadline, a second");
const OVERDUE: Word = ("overdue", "in flight past its deadline, right now");
const OVERRUN: Word = ("overrun", "time past the deadline");
const START_DELAY: Word = ("start delay", "from the spawn to the first poll");
const CENSORED: Word = ("≥, censored", "cut off there by a cancellation or the end of the run: known to be longer");
const SERVICE: Word = ("service time", "from the spawn to the end; response time: from the intended arrival");
const BUSY: Word = ("busy", "inside polls, where a task holds its worker");

const OVERVIEW: &[Word] = &[
    MISSED,
    GOODPUT,
    OVERDUE,
    ("late", "ended after its deadline, by the clock"),
    ("unfinished", "in flight still when the run was over"),
    ("queued, shed", "arrivals that wait for room, and those turned away for lack of it"),
    ("balanced", "spawned = done + failed + panicked + cancelled + in flight, counted at both ends"),
    OVERRUN,
    SERVICE,
];
const TIME: &[Word] = &[MISSED, SERVICE];
const PERCENTILES: &[Word] = &[
    ("of it", "the latency as a share of the deadline: 100 % is the deadline"),
    ("within", "the share of the tasks that ended by the deadline"),
    CENSORED,
    ("Kaplan–Meier", "the share that takes longer, estimated from tasks some of which were cut off"),
    SERVICE,
];
const GATHER: &[Word] = &[
    ("complete", "every child done; of a first(k): k of them"),
    ("partial", "under collect: some child not done"),
    ("failed", "the outcome is an error of a child"),
    ("open", "no outcome yet"),
    ("straggler", "how long the last child ends after the one before it"),
    ("wasted", "task time spent by children after the outcome of their gather was known"),
    ("even share", "how often each child would be the slowest if none were slower than others"),
];
const LATE: &[Word] = &[
    OVERDUE,
    OVERRUN,
    ("age", "time since the spawn"),
    BUSY,
    ("polls", "how often a worker ran it"),
    ("step", "the step it is in, or was in when it ended"),
    START_DELAY,
];
const FAILURES: &[Word] = &[
    ("failed", "the task returned an error"),
    ("panicked", "the task panicked; its worker goes on"),
    ("share", "of all tasks that ended"),
];
const RUNTIME: &[Word] = &[
    BUSY,
    ("scheduled", "woken, and waiting for a worker"),
    ("idle", "waiting to be woken"),
    START_DELAY,
    ("global queue", "tasks that wait for any worker"),
    ("tick lag", "how late the clock that takes deadlines and snapshots is"),
    ("arrival lag", "how late tasks are spawned after their intended arrival"),
    ("dropped", "tasks that ended without a latency in the books: 0, or tardy has lost count"),
];
const WHAT_IF: &[Word] = &[
    MISSED,
    GOODPUT,
    ("a caller waits", "for the answer, or for the deadline where that comes first; on average"),
    ("wastes", "task time spent until the deadline on tasks that would be cancelled there"),
    ("frees", "task time not spent, as the rest of those tasks is never run"),
    ("if independent", "gathers complete, had their children nothing to do with one another"),
    ("0.8 – 1.1 %", "the bounds that 95 of 100 runs like this one would keep to"),
    ("own share", "how much of the tasks may miss it: the smallest deadline for that is looked up"),
    CENSORED,
];
const BLAME: &[Word] = &[
    ("where", "the step each late task was in when its deadline passed; in a poll: a worker ran it then"),
    ("sampled", "tasks of which the awaited line of source was taken, and what that costs each time"),
    START_DELAY,
    ("scheduled", "woken, and waiting for a worker"),
    BUSY,
    ("waiting", "for a timer, a pool or another task"),
    ("innermost step", "time counts for the step within a step: query/acquire db, not query"),
    ("too late", "the task ended before the request to end reached it"),
    ("no effect", "asked to end, and not ended so far"),
    ("task time", "from the spawn to the end, summed over tasks; in polls: the part that kept workers busy"),
    ("after outcome", "spent by children when the outcome of their gather was known"),
];

/// The words of a screen.
pub(super) const fn words(tab: Tab) -> &'static [Word] {
    match tab {
        Tab::Overview => OVERVIEW,
        Tab::Time => TIME,
        Tab::Percentiles => PERCENTILES,
        Tab::Gather => GATHER,
        Tab::Late => LATE,
        Tab::Failures => FAILURES,
        Tab::Runtime => RUNTIME,
        Tab::WhatIf => WHAT_IF,
        Tab::Blame => BLAME,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_screen_explains_its_words_once_and_briefly() {
        for tab in Tab::ALL {
            let words = words(tab);
            let names: HashSet<&str> = words.iter().map(|(word, _)| *word).collect();
            assert!(!words.is_empty() && names.len() == words.len(), "{tab:?}");
            assert!(words.iter().all(|(word, means)| word.chars().count() <= 14 && means.chars().count() <= 90));
        }
    }
}
