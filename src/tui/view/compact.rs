//! The screen where there is little room: verdict first, one chart, no boxes.
//!
//! ```text
//!  fanout  OBSERVE  50.0 ms               00:42   ● LIVE
//!  missed 17.7 %  overdue 97  done 20,391  failed 41
//!  p50 12.1 ms  p99 1.01 s  max 1.21 s
//!            ▂▄               ┊
//!          ▃████▃             ┊▁            ▃▆▃
//! ────────┴───────────┴───────┊──┴───────────┴──────
//!        1 ms       10 ms     ┊100 ms       1 s
//!  answer
//!  t policy  [ ] deadline  - + load  ? help  q quit
//! ```
//! What has no room falls away from the bottom: keys, answer, chart, percentiles; the verdict stays last.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::widgets::Widget;

use super::histogram::Chart;
use super::painter::{Painter, columns};
use super::{field, footer, header, percentiles, verdict};
use crate::snapshot::{LaneView, Latency};
use crate::tui::app::App;
use crate::tui::digest::QUANTILES;
use crate::tui::tabs::Tab;
use crate::tui::theme::Tone;
use crate::units;

/// The smallest screen that any tab but the overview says something on.
const SMALLEST: (u16, u16) = (40, 10);

/// From this width on there is room for percentiles in their order.
const ORDERLY: u16 = 56;

/// The smallest chart that says something.
const CHART: u16 = 4;

/// See the module.
#[derive(Debug)]
pub(super) struct Compact<'a>(pub &'a App);

/// Where the parts of every screen but the overview are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parts {
    head: Rect,
    /// What the tab is about.
    pub body: Rect,
    foot: Rect,
}

impl Parts {
    /// The parts of a screen: the head goes before what it is about does, the keys before the head.
    pub(super) fn of(screen: Rect) -> Self {
        let (head, foot) = match screen.height {
            0..=2 => (0, 0),
            3..=5 => (1, 0),
            6..=8 => (1, 1),
            _ => (1, 2),
        };
        let [head, body, foot] =
            Layout::vertical([Constraint::Length(head), Constraint::Min(0), Constraint::Length(foot)]).areas(screen);
        Self { head, body, foot }
    }
}

/// How wide the chart is on a screen.
pub(super) const fn chart_width(area: Rect) -> u16 {
    if area.width > 40 { area.width - 2 } else { area.width }
}

/// Where the parts of the overview are; a part without room has no height.
#[derive(Debug, Clone, Copy)]
struct OverviewParts {
    head: Rect,
    verdict: Rect,
    percentiles: Rect,
    chart: Rect,
    foot: Rect,
}

impl OverviewParts {
    fn of(screen: Rect) -> Self {
        let (head, foot) = match screen.height {
            0..=1 => (0, 0),
            2..=3 => (1, 0),
            4..=6 => (1, 1),
            _ => (1, 2),
        };
        let spare = (screen.height - foot - head).saturating_sub(2);
        let chart = if spare >= CHART { spare } else { 0 };
        // Rows too few for a chart take what the verdict has to say beyond one row.
        let verdict = (1 + spare - chart).min(screen.height);
        let percentiles = u16::from(screen.height > head + verdict + foot);
        let [head, verdict, percentiles, chart, foot] =
            Layout::vertical([head, verdict, percentiles, chart, foot].map(Constraint::Length)).areas(screen);
        let width = chart_width(screen);
        let chart = Rect { x: screen.x + (screen.width - width) / 2, width, ..chart };
        Self { head, verdict, percentiles, chart, foot }
    }
}

/// Where the overview's chart is on a screen.
pub(super) fn chart_place(screen: Rect) -> Rect {
    OverviewParts::of(screen).chart
}

/// Whether the last row of a screen is that of the keys.
pub(super) fn has_keys(tab: Tab, screen: Rect) -> bool {
    let foot = if tab == Tab::Overview { OverviewParts::of(screen).foot } else { Parts::of(screen).foot };
    foot.height > 0
}

/// Whether the row above the keys is that of the answer.
pub(super) fn has_status(app: &App, screen: Rect) -> bool {
    let foot = if app.tab == Tab::Overview { OverviewParts::of(screen).foot } else { Parts::of(screen).foot };
    foot.height > 1 && Compact(app).reading(foot.width.saturating_sub(2)).is_none()
}

impl Widget for &Compact<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        if self.0.tab == Tab::Overview {
            self.overview(area, buf);
        } else {
            let parts = Parts::of(area);
            self.head(parts.head, buf);
            if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
                self.too_small(parts.body, buf);
            } else {
                super::body(self.0, parts.body, buf);
            }
            self.foot(parts.foot, buf);
        }
    }
}

impl Compact<'_> {
    fn overview(&self, area: Rect, buf: &mut Buffer) {
        let parts = OverviewParts::of(area);
        self.head(parts.head, buf);
        self.verdict(parts.verdict, buf);
        if parts.percentiles.height > 0 {
            self.percentiles(parts.percentiles, buf);
        }
        if parts.chart.height > 0 {
            Chart::new(self.0, parts.chart.width).render(parts.chart, buf);
        }
        self.foot(parts.foot, buf);
    }

    /// What to do about a screen without room.
    fn too_small(&self, area: Rect, buf: &mut Buffer) {
        let mut p = Painter::new(area, buf, self.0.theme);
        let named = format!("too small for {}", self.0.tab.title());
        let texts = [format!("{named}: 60×15 is enough"), named, "too small".to_owned()];
        if let Some(text) = texts.iter().find(|text| p.columns(text) <= p.width()) {
            p.say_centered(area.height / 2, text, Tone::Late);
        }
    }

    /// What the cursor of the overview reads off, as far as there is room.
    fn reading(&self, room: u16) -> Option<String> {
        let app = self.0;
        let is_free = app.tab == Tab::Overview && app.entry.is_none();
        let readings =
            is_free.then(|| Chart::new(app, chart_width(Rect::from((Position::ORIGIN, app.size)))).reading())?;
        readings.into_iter().find(|reading| columns(reading) <= room)
    }

    /// The answer and the keys; of one row, a text that is typed comes before the keys.
    fn foot(&self, area: Rect, buf: &mut Buffer) {
        let app = self.0;
        let mut p = Painter::new(area, buf, app.theme);
        match area.height {
            0 => {}
            1 if app.entry.is_some() => footer::status(&mut p, 0, app),
            1 => footer::keys(&mut p, 0, app),
            _ => {
                match self.reading(area.width.saturating_sub(2)) {
                    Some(reading) => _ = p.say(1, 0, &reading, Tone::Strong),
                    None => footer::status(&mut p, 0, app),
                }
                footer::keys(&mut p, 1, app);
            }
        }
    }

    fn head(&self, area: Rect, buf: &mut Buffer) {
        let app = self.0;
        let shown = app.shown();
        let mut p = Painter::new(area, buf, app.theme);
        let mut room = if area.width >= 34 { header::state(&mut p, app) } else { area.width + 2 };
        if area.width >= 50 {
            room = p.say_before(room.saturating_sub(3), 0, &units::clock(shown.elapsed), Tone::Plain);
        }
        let room = room.saturating_sub(2);
        let name = p.cut(&shown.info.scenario, room.saturating_sub(12));
        let mut x = p.say(1, 0, &name, Tone::Strong);
        if x + 10 <= room {
            x = header::badge(&mut p, x + 2, app.newest.policy, app.theme) + 2;
        }
        let number = app.tab as usize + 1;
        let tab = match app.tab {
            Tab::Overview => format!("{number}/{}", Tab::ALL.len()),
            tab => format!("{number}/{} {}", Tab::ALL.len(), tab.title()),
        };
        let deadline = header::short_deadline(&app.newest);
        let mut parts = vec![(deadline, Tone::Deadline), (app.newest.load.mode.level(), Tone::Plain)];
        // Its name is the title of a screen that has no room for one.
        parts.insert(if app.tab == Tab::Overview { parts.len() } else { 0 }, (tab, Tone::Strong));
        parts.extend(header::short_gates(app));
        for (text, tone) in parts {
            if x + p.columns(&text) > room {
                break;
            }
            x = p.say(x, 0, &text, tone) + 2;
        }
    }

    fn verdict(&self, area: Rect, buf: &mut Buffer) {
        let shown = self.0.shown();
        let total = |count: fn(&LaneView) -> u64| shown.total(count);
        let count = |n: u64, tone| (field::count(n), if n == 0 { Tone::Dim } else { tone });
        let overdue = total(|lane| lane.overdue);
        let (missed, tone) = (verdict::missed_rate(shown), verdict::missed_tone(shown));
        self.line(
            area,
            buf,
            &[
                ("missed", (format!("{missed:>6}"), tone)),
                ("overdue", count(overdue, Tone::Late)),
                ("done", count(total(LaneView::done), Tone::OnTime)),
                ("failed", count(total(LaneView::failed), Tone::Failed)),
                ("cancelled", count(total(LaneView::cancelled), Tone::Cancelled)),
            ],
        );
    }

    fn percentiles(&self, area: Rect, buf: &mut Buffer) {
        let digest = self.0.digest();
        // Right after a change the new lane has nothing yet: the one before it says more.
        let Some(lane) = digest.lanes.iter().find(|lane| lane.count > 0) else {
            let mut p = Painter::new(area, buf, self.0.theme);
            p.say(1, 0, "percentiles appear as tasks end", Tone::Dim);
            return;
        };
        let number = |latency: Option<Latency>| {
            let text = latency.map_or_else(|| self.0.theme.glyphs().none.to_owned(), |latency| latency.to_string());
            (text, percentiles::tone(latency, lane))
        };
        let [p50, p90, p99, p999] = [0, 1, 2, 3].map(|n| (QUANTILES[n].1, number(lane.quantiles[n])));
        let max = ("max", number(lane.max));
        if area.width < ORDERLY {
            // The most telling ones, for there is no room for others.
            self.line(area, buf, &[p50, p99, max, p90, p999]);
        } else {
            self.line(area, buf, &[p50, p90, p99, max, p999]);
        }
    }

    /// Labelled numbers, whole or not at all.
    fn line(&self, area: Rect, buf: &mut Buffer, parts: &[(&str, (String, Tone))]) {
        let mut p = Painter::new(area, buf, self.0.theme);
        let left = u16::from(p.width() > 20);
        let (mut x, mut y) = (left, 0);
        for (label, (value, tone)) in parts {
            if x > left && x + p.columns(label) + 1 + p.columns(value) > p.width() {
                (x, y) = (left, y + 1);
            }
            x = p.say(x, y, label, Tone::Dim) + 1;
            x = p.say(x, y, value, *tone) + 2;
        }
    }
}
