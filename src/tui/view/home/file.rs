//! What the selected scenario is about, and its file as it would run; of a past run, what is known before it is read.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Places, list};
use crate::tui::home::{Choice, Home, Page, Pane};
use crate::tui::launcher::{Listing, PastKind};
use crate::tui::theme::Tone;
use crate::tui::view::painter::{Painter, columns};
use crate::units;

/// From this height on what it is about is said above the file.
const ROOM: u16 = 12;

/// The keys of the file that are told above it.
const TOLD: [&str; 2] = ["about =", "lesson ="];

/// What Enter does to a past run.
pub(super) const fn reopens(kind: PastKind) -> &'static str {
    match kind {
        PastKind::Ended { .. } => "Enter reopens it as it ended",
        PastKind::Endless | PastKind::Sweep => "Enter reopens it as far as it was written",
    }
}

/// Draws the panel.
pub(super) fn draw(home: &Home, places: Places, buf: &mut Buffer) {
    let title = match (&home.page, home.selected()) {
        (Page::Form(form), _) if form.is_outdated() => format!("{} · as it was last valid", form.listing().name),
        (Page::Form(form), _) => format!("{} · as it would run", form.listing().name),
        (Page::List, Some(Choice::Scenario(listing))) => format!("{} · as it would run", listing.name),
        (Page::List, Some(Choice::Past(run))) if run.kind == PastKind::Sweep => format!("{} · a sweep", run.scenario),
        (Page::List, Some(Choice::Past(run))) => format!("{} · a past run", run.scenario),
        (Page::List, None) => "nothing selected".to_owned(),
    };
    let mut p = Painter::new(places.file, buf, home.theme);
    let inside = if places.is_boxed {
        p.frame(&title, if home.pane == Pane::File { "Tab: back to the list" } else { "" })
    } else {
        p.rule(0, Tone::Dim);
        let title = p.cut(&title, p.width().saturating_sub(4));
        p.say(1, 0, &format!(" {title} "), Tone::Dim);
        Rect {
            y: places.file.y + places.file.height.min(1),
            height: places.file.height.saturating_sub(1),
            ..places.file
        }
    };
    let mut p = Painter::new(inside, buf, home.theme);
    match (&home.page, home.selected()) {
        (Page::Form(_), _) => text(home, &mut p, 0),
        (Page::List, Some(Choice::Scenario(listing))) => {
            let y = if home.scroll == 0 { about(listing, &mut p) } else { 0 };
            text(home, &mut p, y);
        }
        (Page::List, Some(Choice::Past(run))) if run.kind == PastKind::Sweep => {
            let began = format!("began {} UTC, in {}", list::when(run.started_at), run.directory.display());
            let width = p.width().saturating_sub(2);
            let lines = [wrapped(&super::about_sweep(run), width), wrapped(&began, width)].concat();
            for (y, line) in (0..).zip(lines) {
                p.say(1, y, &line, Tone::Plain);
            }
        }
        (Page::List, Some(Choice::Past(run))) => {
            let missed = match run.kind {
                PastKind::Ended { missed: Some(share) } => format!("{} missed their deadline", units::percent(share)),
                PastKind::Ended { missed: None } => "no deadline was met or missed".to_owned(),
                PastKind::Endless | PastKind::Sweep => "it has no end: it was killed, or goes on".to_owned(),
            };
            let directory = run.directory.display();
            let began = list::when(run.started_at);
            for (y, line) in (0..).zip([format!("began {began} UTC"), missed, format!("in {directory}"), String::new()])
            {
                p.say(1, y, &line, Tone::Plain);
            }
            p.say(1, 4, reopens(run.kind), Tone::Dim);
        }
        (Page::List, None) => {}
    }
}

/// Says what the scenario is about; returns the row after it.
fn about(listing: &Listing, p: &mut Painter<'_>) -> u16 {
    let width = p.width().saturating_sub(2);
    let mut y = 0;
    if p.height() >= ROOM {
        for line in wrapped(&listing.about, width) {
            p.say(1, y, &line, Tone::Dim);
            y += 1;
        }
    }
    for line in wrapped(&listing.lesson, width) {
        p.say(1, y, &line, Tone::Strong);
        y += 1;
    }
    y + u16::from(p.height() >= ROOM)
}

fn text(home: &Home, p: &mut Painter<'_>, top: u16) {
    let is_told = |line: &&str| top > 0 && TOLD.iter().any(|key| line.starts_with(key));
    let lines = home.file().lines().skip(home.scroll).filter(|line| !is_told(line));
    for (y, line) in (top..p.height()).zip(lines) {
        let tone = match line.trim_start().chars().next() {
            Some('[') => Tone::Strong,
            Some('#') => Tone::Dim,
            _ => Tone::Plain,
        };
        if is_new(home, line) {
            p.say(0, y, home.theme.glyphs().pointer, Tone::Strong);
        }
        let line = p.cut(line, p.width().saturating_sub(2));
        p.say(1, y, &line, tone);
    }
}

/// Whether a line is changed in the form.
fn is_new(home: &Home, line: &str) -> bool {
    matches!(&home.page, Page::Form(form) if form.is_new(line))
}

/// `text` in lines of at most `width` columns, broken between words where it can be.
fn wrapped(text: &str, width: u16) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if columns(line) + 1 + columns(word) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_kept_whole_and_in_order() {
        assert_eq!(wrapped("one slow leaf makes it late", 9), ["one slow", "leaf", "makes it", "late"]);
        assert_eq!(wrapped("", 9), Vec::<String>::new());
        assert_eq!(wrapped("interminable", 3), ["interminable"]);
    }
}
