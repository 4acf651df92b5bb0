//! What the signs of each screen mean.

use crate::tui::app::App;
use crate::tui::tabs::Tab;
use crate::tui::theme::Tone;

/// The signs that a screen draws.
pub(super) fn legend(app: &App) -> Vec<(String, Tone, &'static str)> {
    let glyphs = app.theme.glyphs();
    let solid = glyphs.bars.last().copied().unwrap_or_default().repeat(2);
    let shadow = |of| (glyphs.shadow.repeat(2), Tone::OnTime, of);
    let late = (solid.clone(), Tone::Late, "late: right of the deadline");
    let censored = |what| (glyphs.hatch.repeat(2), Tone::Cancelled, what);
    let unknown = "cancelled, or unfinished: known to be longer than this";
    let least = ("≥".to_owned(), Tone::Cancelled, "a percentile among the cut off: it is at least that");
    let deadline = |sign: &str| (sign.to_owned(), Tone::Deadline, "the deadline new tasks get");
    match app.tab {
        Tab::Overview => vec![
            (solid, Tone::OnTime, "on time, of the lane new tasks go to"),
            late,
            shadow("the lane used before it, as a shadow"),
            censored(unknown),
            least,
            deadline(glyphs.deadline),
        ],
        Tab::Time => vec![least, deadline(glyphs.across)],
        Tab::Percentiles => vec![
            (solid, Tone::OnTime, "the lane new tasks go to"),
            shadow("the lane used before it, as a shadow"),
            least,
            censored("on the axis: not known of a lane that cancels"),
            deadline(glyphs.across),
        ],
        Tab::Gather => vec![
            (solid, Tone::OnTime, "gathers, on time"),
            late,
            shadow("their children, as a shadow"),
            least,
            deadline(glyphs.deadline),
        ],
        Tab::WhatIf => vec![
            (solid, Tone::Late, "the share that would miss a deadline there"),
            censored("not known: no more than that"),
            deadline(glyphs.deadline),
        ],
        Tab::Blame => vec![
            (glyphs.folds[0].to_owned(), Tone::Strong, "lines of source are known of it"),
            ("←".to_owned(), Tone::Plain, "from the line that was awaited to those that called it"),
        ],
        Tab::Late | Tab::Failures | Tab::Runtime => Vec::new(),
    }
}
