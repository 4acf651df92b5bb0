//! What each key does, where, and in which words; a key is looked up and explained in [`Keymap`](super::Keymap).

use crate::tui::action::Action;
use crate::tui::key::{Key, Named};
use crate::tui::tabs::{Scope, Tab};

pub(super) const OVERVIEW: Scope = Scope::Tab(Tab::Overview);
const TIME: Scope = Scope::Tab(Tab::Time);
const PERCENTILES: Scope = Scope::Tab(Tab::Percentiles);
const GATHER: Scope = Scope::Tab(Tab::Gather);
const LATE: Scope = Scope::Tab(Tab::Late);
const FAILURES: Scope = Scope::Tab(Tab::Failures);
const RUNTIME: Scope = Scope::Tab(Tab::Runtime);
const WHAT_IF: Scope = Scope::Tab(Tab::WhatIf);
const BLAME: Scope = Scope::Tab(Tab::Blame);

const EVERYWHERE: &[Scope] = &[OVERVIEW, TIME, PERCENTILES, GATHER, LATE, FAILURES, RUNTIME, WHAT_IF, BLAME];
const CHARTS: &[Scope] = &[OVERVIEW, TIME, PERCENTILES, WHAT_IF];
const LISTS: &[Scope] = &[LATE, FAILURES];
const ROWS: &[Scope] = &[LATE, FAILURES, BLAME];
const LATENCIES: &[Scope] = &[OVERVIEW, PERCENTILES];
const UPRIGHT: &[Scope] = &[TIME, LATE, FAILURES, BLAME];
const CURSOR: &[Scope] = &[OVERVIEW, TIME, PERCENTILES, LATE, FAILURES, WHAT_IF, BLAME];
const FILTERED: &[Scope] = &[LATE, FAILURES, BLAME, Scope::Home];
const HOME: &[Scope] = &[Scope::Home, Scope::Search];
const CHOOSING: &[Scope] = &[Scope::Home, Scope::Search, Scope::Form];
const TYPING: &[Scope] = &[Scope::Search, Scope::Form];
const HELPED: &[Scope] = &[OVERVIEW, TIME, PERCENTILES, GATHER, LATE, FAILURES, RUNTIME, WHAT_IF, BLAME, Scope::Home];
pub(super) const ALWAYS: &[Scope] = &[
    OVERVIEW,
    TIME,
    PERCENTILES,
    GATHER,
    LATE,
    FAILURES,
    RUNTIME,
    WHAT_IF,
    BLAME,
    Scope::Home,
    Scope::Search,
    Scope::Form,
];

const fn char(c: char) -> Key {
    Key::Char(c)
}

const fn named(key: Named) -> Key {
    Key::Named(key)
}

/// One line of the table: what it does, its word, its keys, its hint, where, and its help.
pub(super) struct Line(
    pub Action,
    pub &'static str,
    pub &'static [Key],
    pub Option<&'static str>,
    pub &'static [Scope],
    pub &'static str,
);

/// The key that quits wherever text is typed, whatever else does.
pub(super) const WAY_OUT: Key = Key::Ctrl('c');

const BACK: &str = "go back or on in a recorded run by a second";
const FAR_BACK: &str = "go back or on in it by a tenth";
pub(super) const GO: &str = "go to that screen";
const SELECT: &str = "select the one above or below";
const FIELD: &str = "go to the field above or below";
const PAGE: &str = "go up or down by a screenful; from the form, in the file";

/// Where the footer has no room, hints fall away from the end; the last two stay.
pub(super) const TABLE: &[Line] = &[
    Line(
        Action::TogglePolicy,
        "policy",
        &[char('t')],
        Some("policy"),
        EVERYWHERE,
        "switch new tasks between cancel and observe",
    ),
    Line(
        Action::ShortenDeadline,
        "shorten-deadline",
        &[char('[')],
        Some(""),
        EVERYWHERE,
        "give new tasks a shorter deadline",
    ),
    Line(
        Action::LengthenDeadline,
        "lengthen-deadline",
        &[char(']')],
        Some("deadline"),
        EVERYWHERE,
        "give new tasks a longer deadline",
    ),
    Line(Action::LowerLoad, "lower-load", &[char('-'), char('_')], Some(""), EVERYWHERE, "lower the load"),
    Line(Action::RaiseLoad, "raise-load", &[char('+')], Some("load"), EVERYWHERE, "raise the load"),
    Line(
        Action::Window,
        "window",
        &[char('w')],
        Some("window"),
        LATENCIES,
        "latencies of the last 1 s, 10 s, 1 m or the whole run",
    ),
    Line(
        Action::Metric,
        "metric",
        &[char('c')],
        Some("metric"),
        LATENCIES,
        "service time (from the spawn) or response time (from the arrival)",
    ),
    Line(
        Action::Counts,
        "counts",
        &[char('l')],
        Some("counts"),
        &[OVERVIEW],
        "heights by the root of the count, linear, or logarithmic",
    ),
    Line(
        Action::OwnShare,
        "own-share",
        &[char('=')],
        Some("own share"),
        &[WHAT_IF],
        "look for the smallest deadline that a share of your own would miss",
    ),
    Line(Action::Sort, "sort", &[char('s')], Some("sort"), LISTS, "sort by the next column"),
    Line(Action::Filter, "filter", &[char('/')], Some("filter"), FILTERED, "show only rows with some text"),
    Line(
        Action::Details,
        "details",
        &[named(Named::Enter)],
        Some("details"),
        LISTS,
        "all there is to know of the selected row",
    ),
    Line(Action::Fold, "fold", &[named(Named::Left)], Some(""), &[BLAME], "put the lines of the selected step away"),
    Line(
        Action::Unfold,
        "unfold",
        &[named(Named::Right)],
        Some("lines"),
        &[BLAME],
        "show the lines of source at which tasks were in the selected step",
    ),
    Line(
        Action::ToggleFold,
        "toggle-fold",
        &[named(Named::Enter)],
        None,
        &[BLAME],
        "show them, or put them away; so does a click on the selected row",
    ),
    Line(Action::CancelTask, "cancel-task", &[char('x')], Some("cancel task"), &[LATE], "cancel the selected task"),
    Line(Action::Export, "export", &[char('e')], Some("export"), EVERYWHERE, "write the files of what is shown"),
    Line(
        Action::Freeze,
        "freeze",
        &[char(' ')],
        Some("freeze"),
        EVERYWHERE,
        "freeze this screen while the run goes on; play a past run",
    ),
    Line(Action::Earlier, "earlier", &[char(',')], Some(""), EVERYWHERE, BACK),
    Line(Action::Later, "later", &[char('.')], Some("time"), EVERYWHERE, BACK),
    Line(Action::MuchEarlier, "much-earlier", &[char('<')], None, EVERYWHERE, FAR_BACK),
    Line(Action::MuchLater, "much-later", &[char('>')], None, EVERYWHERE, FAR_BACK),
    Line(
        Action::PauseLoad,
        "pause",
        &[char('p')],
        Some("pause"),
        EVERYWHERE,
        "hold new arrivals back, or let them come again",
    ),
    Line(Action::Reset, "reset", &[char('r')], Some("reset"), EVERYWHERE, "forget all counts and begin again"),
    Line(
        Action::Left,
        "left",
        &[named(Named::Left)],
        Some(""),
        CHARTS,
        "move the cursor, which reads off what is there",
    ),
    Line(
        Action::Right,
        "right",
        &[named(Named::Right)],
        Some("cursor"),
        CHARTS,
        "move the cursor, which reads off what is there",
    ),
    Line(Action::Up, "up", &[named(Named::Up), char('k')], None, UPRIGHT, "move the cursor up"),
    Line(Action::Down, "down", &[named(Named::Down), char('j')], None, UPRIGHT, "move the cursor down"),
    Line(Action::PageUp, "page-up", &[named(Named::PageUp), Key::Ctrl('u')], None, ROWS, "move it up by a screenful"),
    Line(
        Action::PageDown,
        "page-down",
        &[named(Named::PageDown), Key::Ctrl('d')],
        None,
        ROWS,
        "move it down by a screenful",
    ),
    Line(Action::First, "first", &[named(Named::Home), char('g')], None, CURSOR, "move it to the start, or to the end"),
    Line(Action::Last, "last", &[named(Named::End), char('G')], None, CURSOR, "move it to the start, or to the end"),
    Line(Action::Copy, "copy", &[char('y')], None, CURSOR, "copy what the cursor reads"),
    Line(Action::Findings, "findings", &[char('f')], None, EVERYWHERE, "all findings of the lints, with what to try"),
    Line(Action::SavePicture, "save-picture", &[char('F')], None, EVERYWHERE, "save this screen as a picture (SVG)"),
    Line(Action::SaveText, "save-text", &[char('S')], None, EVERYWHERE, "save this screen as text"),
    Line(Action::Show(Tab::Overview), "overview", &[char('1')], None, EVERYWHERE, GO),
    Line(Action::Show(Tab::Time), "time", &[char('2')], None, EVERYWHERE, GO),
    Line(Action::Show(Tab::Percentiles), "percentiles", &[char('3')], None, EVERYWHERE, GO),
    Line(Action::Show(Tab::Gather), "gather", &[char('4')], None, EVERYWHERE, GO),
    Line(Action::Show(Tab::Late), "late", &[char('5')], None, EVERYWHERE, GO),
    Line(Action::Show(Tab::Failures), "failures", &[char('6')], None, EVERYWHERE, GO),
    Line(Action::Show(Tab::Runtime), "runtime", &[char('7')], None, EVERYWHERE, GO),
    Line(Action::Show(Tab::WhatIf), "what-if", &[char('8')], None, EVERYWHERE, GO),
    Line(Action::Show(Tab::Blame), "blame", &[char('9')], None, EVERYWHERE, GO),
    Line(
        Action::NextTab,
        "next-screen",
        &[named(Named::Tab)],
        None,
        EVERYWHERE,
        "go to the next screen, or to the one before",
    ),
    Line(
        Action::PreviousTab,
        "previous-screen",
        &[named(Named::BackTab)],
        None,
        EVERYWHERE,
        "go to the next screen, or to the one before",
    ),
    Line(
        Action::Choose,
        "choose",
        &[named(Named::Enter)],
        Some("choose"),
        HOME,
        "see what can be changed before it starts, or reopen the run",
    ),
    Line(
        Action::Start,
        "start",
        &[named(Named::Enter)],
        Some("start"),
        &[Scope::Form],
        "start the scenario with what was changed",
    ),
    Line(Action::SelectPrevious, "select-previous", &[named(Named::Up)], Some(""), CHOOSING, SELECT),
    Line(Action::SelectNext, "select-next", &[named(Named::Down)], Some("select"), CHOOSING, SELECT),
    Line(Action::PreviousField, "previous-field", &[named(Named::BackTab)], None, &[Scope::Form], FIELD),
    Line(Action::NextField, "next-field", &[named(Named::Tab)], None, &[Scope::Form], FIELD),
    Line(Action::SelectPageUp, "select-page-up", &[named(Named::PageUp)], None, CHOOSING, PAGE),
    Line(Action::SelectPageDown, "select-page-down", &[named(Named::PageDown)], None, CHOOSING, PAGE),
    Line(Action::SelectFirst, "select-first", &[named(Named::Home)], None, HOME, "select the first one, or the last"),
    Line(Action::SelectLast, "select-last", &[named(Named::End)], None, HOME, "select the first one, or the last"),
    Line(
        Action::OtherPane,
        "other-pane",
        &[named(Named::Tab)],
        Some("file"),
        HOME,
        "move in the file instead of the list, or in the list again",
    ),
    Line(Action::Back, "back", &[named(Named::Esc)], Some("back"), TYPING, "take the filter away, or start nothing"),
    Line(
        Action::Leave,
        "leave",
        &[named(Named::Esc)],
        None,
        &[Scope::Home],
        "leave, as there is nothing to close here",
    ),
    Line(Action::Help, "help", &[char('?')], Some("help"), HELPED, "show or hide this help"),
    Line(
        Action::Close,
        "close",
        &[named(Named::Esc)],
        None,
        EVERYWHERE,
        "close what is on top: cursor, filter, freeze, a finished run",
    ),
    Line(
        Action::Quit,
        "quit",
        &[char('q'), Key::Ctrl('c')],
        Some("quit"),
        ALWAYS,
        "leave; a run lets tasks in flight end first, unless asked again",
    ),
    Line(Action::Suspend, "suspend", &[Key::Ctrl('z')], None, ALWAYS, "back to the shell, until fg"),
];
