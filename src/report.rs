//! Runs as one page of HTML that needs nothing beside it: no network, no other file, and to be read no script.
//!
//! Owns what the page says in which order, its charts, templates, style and script. It must not know where runs come from
//! and where the page goes. Numbers and words are those of the summary, of the comparison and of the What-if screen;
//! nothing is worked out here but places on charts.
//!
//! Whatever a run says of itself goes through the templates, which escape it; the script is let in by its hash, and asks
//! for nothing. The page is well-formed XML, too.

mod chart;
mod comparison;
mod lane;
mod page;
mod run;
mod scale;
mod section;
mod table;
mod what_if;

use std::io::{self, Write};

use askama::Template;

use self::page::Page;
use crate::compare::Named;

/// How every page begins, and nothing else does.
pub const BEGINNING: &str = "<!DOCTYPE html>\n<!-- a report of tardy -->\n";

/// Writes the page of some runs; where there are several, the others are compared with the first.
///
/// # Errors
/// Those of `out`.
pub fn write(runs: &[Named], out: &mut dyn Write) -> io::Result<()> {
    let page = Page::of(runs).render().map_err(io::Error::other)?;
    out.write_all(BEGINNING.as_bytes())?;
    out.write_all(harmless(&page).as_bytes())?;
    out.flush()
}

/// `text` with the characters that no page may hold, escaped or not, as the one that stands for such.
fn harmless(text: &str) -> String {
    let is_none = |c: char| c.is_control() && !matches!(c, '\n' | '\t') || matches!(c, '\u{fffe}' | '\u{ffff}');
    text.chars().map(|c| if is_none(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

#[cfg(test)]
mod tests;
