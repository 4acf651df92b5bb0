//! How the gates stand, the keys and what the signs mean, over the middle of the screen.
//!
//! ```text
//! ┌ help ─────────────────────────────────────────┐
//! │ t          switch new tasks between cancel …  │
//! │ [          give new tasks a shorter deadline  │
//! └──────────────────── ↓ more ───────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use ratatui::widgets::Widget;

use super::painter::{Painter, columns};
use crate::gate::Judged;
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::home::Home;
use crate::tui::overlay::Reach;
use crate::tui::tabs::Tab;
use crate::tui::theme::{Theme, Tone};

/// Columns of the box, where there are more.
const WIDTH: u16 = 84;

/// See the module.
#[derive(Debug)]
pub(in crate::tui) struct Help {
    theme: Theme,
    keys: Vec<(String, &'static str)>,
    legend: Vec<(String, Tone, &'static str)>,
    /// Each gate with its sign.
    gates: Vec<(&'static str, Tone, String)>,
    /// What closes it.
    close: String,
    /// Lines above the first that is shown.
    scroll: usize,
}

impl Help {
    /// The keys and the signs of a run's screen.
    pub(in crate::tui) fn of_run(app: &App) -> Self {
        let close = format!("{} closes", app.key(Action::Close));
        let scroll = app.overlay.scroll();
        let (keys, gates) = (app.keymap.help(app.tab), gates(app));
        Self { theme: app.theme, keys, legend: legend(app), gates, close, scroll }
    }

    /// The keys of Home.
    pub(in crate::tui) fn of_home(home: &Home) -> Self {
        Self {
            theme: home.theme,
            keys: home.keymap.help(home.scope()),
            legend: Vec::new(),
            gates: Vec::new(),
            close: "any other key closes".to_owned(),
            scroll: home.overlay.scroll(),
        }
    }
}

/// Where the help is on a screen, and how its lines stand in there.
#[derive(Debug, Clone, Copy)]
struct Layout {
    place: Rect,
    /// Columns of the keys, with the gap after them.
    keys: u16,
    /// Rows for lines.
    room: usize,
    /// Whether there is a blank row above and below the lines.
    is_airy: bool,
}

impl Help {
    /// The lines with their signs, and a blank one after the gates and before the legend.
    fn lines(&self) -> Vec<(&str, Tone, &str, Tone)> {
        let keys = self.keys.iter().map(|(keys, help)| (keys.as_str(), Tone::Strong, *help, Tone::Plain));
        let gap = (!self.legend.is_empty()).then_some(("", Tone::Dim, "", Tone::Dim));
        let legend = self.legend.iter().map(|(sign, tone, meaning)| (sign.as_str(), *tone, *meaning, Tone::Dim));
        let blank = (!self.gates.is_empty()).then_some(("", Tone::Dim, "", Tone::Dim));
        let gates = self.gates.iter().map(|(sign, tone, text)| (*sign, *tone, text.as_str(), Tone::Plain));
        gates.chain(blank).chain(keys).chain(gap).chain(legend).collect()
    }

    fn layout(&self, area: Rect) -> Layout {
        let lines = self.lines();
        // A rim of the screen behind it would only be noise.
        let fit = |wanted: u16, room: u16| if wanted.saturating_add(8) > room { room } else { wanted };
        let height = fit(u16::try_from(lines.len() + 4).unwrap_or(u16::MAX), area.height);
        let place = area.centered(fit(WIDTH, area.width).into(), height.into());
        let rows = usize::from(height.saturating_sub(2));
        // Where there is no room for air, the keys come first.
        let is_airy = rows >= lines.len() + 2;
        let keys = lines.iter().map(|(sign, ..)| columns(&self.theme.text(sign))).max().unwrap_or_default() + 2;
        Layout { place, keys, room: rows - 2 * usize::from(is_airy), is_airy }
    }

    /// How far it can be scrolled on a screen, and by how much a screenful scrolls it.
    pub(in crate::tui) fn reach(&self, screen: Size) -> Reach {
        let room = self.layout(Rect::from((Position::ORIGIN, screen))).room;
        Reach::of(self.lines().len(), room)
    }
}

impl Widget for &Help {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let Layout { place, keys, room, is_airy } = self.layout(area);
        let lines = self.lines();
        let above = self.scroll.min(lines.len().saturating_sub(room));
        let mut p = Painter::new(place, buf, self.theme);
        p.clear();
        let inside = p.frame("help", &self.close);
        p.say_more(above > 0, above + room < lines.len());
        let mut p = Painter::new(inside, buf, self.theme);
        for (y, (sign, tone, text, text_tone)) in (u16::from(is_airy)..).zip(lines.into_iter().skip(above).take(room)) {
            p.say(1, y, sign, tone);
            let text = p.cut(text, p.width().saturating_sub(keys + 2));
            p.say(1 + keys, y, &text, text_tone);
        }
    }
}

/// How each gate stands.
fn gates(app: &App) -> Vec<(&'static str, Tone, String)> {
    let (findings, glyphs) = (app.findings(), app.theme.glyphs());
    let line = |(gate, fails): (&Judged, bool)| match (fails, findings.is_awaited(gate)) {
        (true, _) => ("FAIL", Tone::Failed, format!("gate {gate}")),
        (false, true) => (glyphs.none, Tone::Dim, format!("gate {gate}")),
        (false, false) => (glyphs.good, Tone::OnTime, format!("gate {gate}")),
    };
    findings.gates().map(line).collect()
}

/// The signs that a screen draws.
fn legend(app: &App) -> Vec<(String, Tone, &'static str)> {
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
            ("goodput".to_owned(), Tone::OnTime, "tasks done by their deadline, a second"),
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
