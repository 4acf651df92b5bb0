//! The keys and what the signs mean, over the middle of the screen.
//!
//! ```text
//! ┌ help ─────────────────────────────────────────┐
//! │ t          switch new tasks between cancel …  │
//! │ [          give new tasks a shorter deadline  │
//! └───────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use super::painter::Painter;
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::home::Home;
use crate::tui::theme::{Theme, Tone};

/// Columns of the box, where there are more.
const WIDTH: u16 = 84;

/// Columns of the keys.
const KEYS: u16 = 16;

/// See the module.
#[derive(Debug)]
pub(super) struct Help {
    theme: Theme,
    keys: Vec<(String, &'static str)>,
    legend: Vec<(String, Tone, &'static str)>,
    /// What closes it.
    close: String,
}

impl Help {
    /// The keys and the signs of a run's screen.
    pub(super) fn of_run(app: &App) -> Self {
        let close = format!("{} closes", app.key(Action::Close));
        Self { theme: app.theme, keys: app.keymap.help(app.tab), legend: legend(app).into(), close }
    }

    /// The keys of Home.
    pub(super) fn of_home(home: &Home) -> Self {
        Self {
            theme: home.theme,
            keys: home.keymap.help(home.scope()),
            legend: Vec::new(),
            close: "any key closes".to_owned(),
        }
    }
}

impl Widget for &Help {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let Help { theme, keys, legend, close } = self;
        let theme = *theme;
        let lines = keys.len() + 1 + legend.len();
        // A rim of the screen behind it would only be noise.
        let fit = |wanted: u16, room: u16| if wanted + 8 > room { room } else { wanted };
        let height = fit(u16::try_from(lines + 4).unwrap_or(u16::MAX - 8), area.height);
        let place = area.centered(fit(WIDTH, area.width).into(), height.into());
        let mut p = Painter::new(place, buf, theme);
        p.clear();
        let inside = p.frame("help", close);
        let mut p = Painter::new(inside, buf, theme);
        // Where there is no room for air, the keys come first.
        let top = u16::from(usize::from(p.height()) >= lines + 2);
        let mut y = top;
        for (keys, help) in keys {
            p.say(1, y, keys, Tone::Strong);
            line(&mut p, y, help, Tone::Plain);
            y += 1;
        }
        y += 1;
        for (sign, tone, meaning) in legend {
            p.say(1, y, sign, *tone);
            line(&mut p, y, meaning, Tone::Dim);
            y += 1;
        }
    }
}

fn line(p: &mut Painter<'_>, y: u16, text: &str, tone: Tone) {
    let text = p.cut(text, p.width().saturating_sub(KEYS + 2));
    p.say(1 + KEYS, y, &text, tone);
}

fn legend(app: &App) -> [(String, Tone, &'static str); 6] {
    let glyphs = app.theme.glyphs();
    let solid = glyphs.bars.last().copied().unwrap_or_default();
    [
        (format!("{solid}{solid}"), Tone::OnTime, "on time, of the lane new tasks go to"),
        (format!("{solid}{solid}"), Tone::Late, "late: right of the deadline"),
        (format!("{0}{0}", glyphs.edges[1]), Tone::OnTime, "the lane used before it, as an outline"),
        (format!("{0}{0}", glyphs.hatch), Tone::Cancelled, "cancelled, or unfinished: known to be longer than this"),
        ("≥".to_owned(), Tone::Cancelled, "a percentile among those: it is at least that"),
        (glyphs.deadline.to_owned(), Tone::Deadline, "the deadline new tasks get"),
    ]
}
