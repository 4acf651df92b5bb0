//! How the gates stand, the keys that act here, and what signs and words mean, over the middle of the screen.
//!
//! ```text
//! ┌ help ───────────────────────────────────────────────────────────────────┐
//! │ t   switch new tasks between cancel …   overdue  in flight past its …   │
//! │ [   give new tasks a shorter deadline   overrun  time past the deadline │
//! └──────────────────────────────── ↓ more ─────────────────────────────────┘
//! ```

mod legend;
mod words;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use ratatui::widgets::Widget;

use super::painter::{Painter, columns};
use crate::gate::Judged;
use crate::text;
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::home::Home;
use crate::tui::overlay::Reach;
use crate::tui::theme::{Theme, Tone};

/// Columns of the box with everything in one column, and with two, where there are more.
const WIDTH: u16 = 84;
const WIDTH_OF_TWO: u16 = 118;

/// Columns between two columns of text.
const GAP: u16 = 3;

/// Columns a meaning must have left beside the signs; the longest of those are cut where it has not.
const MEANING: u16 = 24;

/// See the module.
#[derive(Debug)]
pub(in crate::tui) struct Help {
    theme: Theme,
    /// The gates and the keys, then the signs and the words of the screen: side by side where there is room.
    sides: [Vec<Part>; 2],
    /// What closes it.
    close: String,
    /// Lines above the first that is shown.
    scroll: usize,
}

/// What is about one thing; a blank line stands between two.
type Part = Vec<Entry>;

/// A sign, a key or a word, and what it means.
#[derive(Debug, Clone)]
struct Entry {
    sign: String,
    tone: Tone,
    meaning: String,
    meaning_tone: Tone,
}

impl Help {
    /// The keys, the signs and the words of a run's screen.
    pub(in crate::tui) fn of_run(app: &App) -> Self {
        let keys = app.keymap.help(app.tab, |action| app.can(action));
        let words = words::words(app.tab).iter().map(|(word, means)| entry(*word, Tone::Strong, *means, Tone::Dim));
        let signs = legend::legend(app).into_iter().map(|(sign, tone, means)| entry(sign, tone, means, Tone::Dim));
        let sides = [vec![gates(app), key_entries(keys)], vec![words.collect(), signs.collect()]];
        let close = format!("{} closes", app.key(Action::Close));
        Self { theme: app.theme, sides, close, scroll: app.overlay.scroll() }
    }

    /// The keys of Home.
    pub(in crate::tui) fn of_home(home: &Home) -> Self {
        let keys = key_entries(home.keymap.help(home.scope(), |_| true));
        let close = "any other key closes".to_owned();
        Self { theme: home.theme, sides: [vec![keys], Vec::new()], close, scroll: home.overlay.scroll() }
    }
}

fn entry(sign: impl Into<String>, tone: Tone, meaning: impl Into<String>, meaning_tone: Tone) -> Entry {
    Entry { sign: sign.into(), tone, meaning: meaning.into(), meaning_tone }
}

fn key_entries(keys: Vec<(String, &'static str)>) -> Vec<Entry> {
    keys.into_iter().map(|(keys, help)| entry(keys, Tone::Strong, help, Tone::Plain)).collect()
}

/// Where the help is on a screen, and how its lines stand in there.
#[derive(Debug)]
struct Layout {
    place: Rect,
    columns: Vec<Column>,
    /// Rows for lines.
    room: usize,
    /// Whether there is a blank row above and below the lines.
    is_airy: bool,
}

/// Lines one below the other.
#[derive(Debug)]
struct Column {
    x: u16,
    /// Columns of the signs, with the gap after them.
    signs: u16,
    /// Columns of the meanings.
    meanings: u16,
    lines: Vec<Entry>,
}

impl Help {
    /// Some parts in lines, with the first cell at `x` and no more than `width` cells each.
    fn column(&self, parts: &[&Part], x: u16, width: u16) -> Column {
        let longest = parts.iter().copied().flatten().map(|entry| columns(&self.theme.text(&entry.sign))).max();
        let signs = longest.unwrap_or_default().min(width.saturating_sub(MEANING + 2)) + 2;
        let meanings = width.saturating_sub(signs);
        let mut lines: Vec<Entry> = Vec::new();
        for part in parts.iter().filter(|part| !part.is_empty()) {
            lines.extend((!lines.is_empty()).then(|| entry("", Tone::Dim, "", Tone::Dim)));
            for whole in *part {
                let wrapped = text::wrapped(&self.theme.text(&whole.meaning), meanings.into());
                for (n, line) in wrapped.lines().enumerate() {
                    let sign = if n == 0 { whole.sign.as_str() } else { "" };
                    lines.push(entry(sign, whole.tone, line, whole.meaning_tone));
                }
            }
        }
        Column { x, signs, meanings, lines }
    }

    fn layout(&self, area: Rect) -> Layout {
        // A rim of the screen behind it would only be noise.
        let fit = |wanted: u16, room: u16| if wanted.saturating_add(8) > room { room } else { wanted };
        let [left, right] = &self.sides;
        let is_double = area.width >= WIDTH_OF_TWO && !right.is_empty();
        let width = fit(if is_double { WIDTH_OF_TWO } else { WIDTH }, area.width);
        let inside = width.saturating_sub(4);
        let columns = if is_double {
            let half = inside.saturating_sub(GAP) / 2;
            let [left, right] = [left, right].map(|side| side.iter().collect::<Vec<_>>());
            vec![self.column(&left, 1, half), self.column(&right, 1 + half + GAP, half)]
        } else {
            let both: Vec<&Part> = left.iter().chain(right).collect();
            vec![self.column(&both, 1, inside)]
        };
        let lines = longest(&columns);
        let height = fit(u16::try_from(lines + 4).unwrap_or(u16::MAX), area.height);
        let rows = usize::from(height.saturating_sub(2));
        // Where there is no room for air, the lines come first.
        let is_airy = rows >= lines + 2;
        let place = area.centered(width.into(), height.into());
        Layout { place, columns, room: rows - 2 * usize::from(is_airy), is_airy }
    }

    /// How far it can be scrolled on a screen, and by how much a screenful scrolls it.
    pub(in crate::tui) fn reach(&self, screen: Size) -> Reach {
        let layout = self.layout(Rect::from((Position::ORIGIN, screen)));
        Reach::of(longest(&layout.columns), layout.room)
    }
}

/// Rows the longest column takes.
fn longest(columns: &[Column]) -> usize {
    columns.iter().map(|column| column.lines.len()).max().unwrap_or_default()
}

impl Widget for &Help {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let layout = self.layout(area);
        let (room, lines) = (layout.room, longest(&layout.columns));
        let above = self.scroll.min(lines.saturating_sub(room));
        let mut p = Painter::new(layout.place, buf, self.theme);
        p.clear();
        let inside = p.frame("help", &self.close);
        p.say_more(above > 0, above + room < lines);
        let mut p = Painter::new(inside, buf, self.theme);
        for Column { x, signs, meanings, lines } in &layout.columns {
            for (y, line) in (u16::from(layout.is_airy)..).zip(lines.iter().skip(above).take(room)) {
                let sign = p.cut(&line.sign, signs.saturating_sub(1));
                p.say(*x, y, &sign, line.tone);
                let meaning = p.cut(&line.meaning, *meanings);
                p.say(x + signs, y, &meaning, line.meaning_tone);
            }
        }
    }
}

/// How each gate stands.
fn gates(app: &App) -> Vec<Entry> {
    let (findings, glyphs) = (app.findings(), app.theme.glyphs());
    let line = |(gate, fails): (&Judged, bool)| match (fails, findings.is_awaited(gate)) {
        (true, _) => entry("FAIL", Tone::Failed, format!("gate {gate}"), Tone::Plain),
        (false, true) => entry(glyphs.none, Tone::Dim, format!("gate {gate}"), Tone::Plain),
        (false, false) => entry(glyphs.good, Tone::OnTime, format!("gate {gate}"), Tone::Plain),
    };
    findings.gates().map(line).collect()
}
