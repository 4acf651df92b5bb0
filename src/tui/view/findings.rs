//! The gates that fail and everything the lints found, over the screen: what is the matter, what to try, and how to silence it.
//!
//! ```text
//! ┌ 2 findings ─────────────────────────────────────────── Esc closes ┐
//! │ found     arrivals are 1.20 s behind                              │
//! │ try       lower the load, or raise max_in_flight                  │
//! │ silence   arrivals-behind = false under [lints] in config.toml    │
//! └───────────────────────────── ↓ more ──────────────────────────────┘
//! ```

use super::details::Details;
use crate::lint::Finding;
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::theme::Tone;

/// What there is to read of the findings, or that there are none.
pub(super) fn about(app: &App) -> Details {
    let found = app.findings().all();
    let (title, last) = match found.len() {
        0 => ("findings".to_owned(), "the lints find nothing to warn of"),
        1 => ("1 finding".to_owned(), WHERE),
        n => (format!("{n} findings"), WHERE),
    };
    let gates = app.findings().failing();
    let gates = gates.flat_map(|gate| [("gate fails", gate.to_string(), Tone::Failed), ("", String::new(), Tone::Dim)]);
    let mut lines: Vec<_> = gates.chain(found.iter().flat_map(lines)).collect();
    lines.push(("", last.to_owned(), Tone::Dim));
    Details { title, lines, scroll: app.overlay.scroll(), close: app.key(Action::Close), theme: app.theme }
}

/// Where the lints are silenced.
const WHERE: &str = "config.toml lies in ~/.config/tardy; `tardy config --defaults` prints one with every limit";

fn lines(finding: &Finding) -> [(&'static str, String, Tone); 4] {
    [
        ("found", finding.what.clone(), Tone::Late),
        ("try", finding.advice.to_owned(), Tone::Plain),
        ("silence", format!("{} = false under [lints] in config.toml", finding.lint.word()), Tone::Plain),
        ("", String::new(), Tone::Dim),
    ]
}
