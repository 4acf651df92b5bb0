//! The latency of gathers over that of their children, on one axis: how far the slowest child sets the pace.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use crate::tui::app::App;
use crate::tui::digest::GatherDigest;
use crate::tui::show::Counts;
use crate::tui::theme::Tone;
use crate::tui::view::bars;
use crate::tui::view::histogram::{Column, Scale};
use crate::tui::view::painter::Painter;
use crate::tui::view::profile::{Bar, Place, Profile};
use crate::units;

/// See the module.
#[derive(Debug)]
pub(super) struct GatherChart<'a>(pub &'a App);

impl GatherChart<'_> {
    /// Draws it in a frame whose title is the legend.
    pub(super) fn boxed(&self, area: Rect, buf: &mut Buffer) {
        let glyphs = self.0.theme.glyphs();
        let solid = glyphs.bars.last().copied().unwrap_or_default();
        let names = format!("{solid} gather  {} child", glyphs.shadow);
        let mut p = Painter::new(area, buf, self.0.theme);
        let inside = p.frame(&p.title(&[&names, "from the spawn", "whole run"]), "each by its own peak");
        self.render(inside, buf);
    }

    /// The share of the gathers that have met or missed their deadline which missed it, beside the deadline.
    fn texts(&self, digest: &GatherDigest) -> Vec<String> {
        let Some(deadline) = digest.key.deadline else { return Vec::new() };
        let short = format!("deadline {}", units::human(deadline));
        let lane = self.0.shown().lanes.iter().find(|lane| lane.key == digest.key);
        let share = lane.zip(digest.book()).map(|(lane, book)| {
            let decided = book.started - book.open() + lane.gathers_overdue;
            units::percent(bars::share(lane.gathers_timed_out(), decided))
        });
        let whole = share.map(|share| format!("{short}, {share} of gathers late"));
        whole.into_iter().chain([short]).collect()
    }

    /// Heights by the root of the count, so that one in a hundred is a tenth of the height and not nothing.
    fn profile(&self, columns: &[Column], rows: u16) -> Profile {
        let height = |count| Counts::Root.height(count);
        let peak = height(columns.iter().map(|column| column.all()).max().unwrap_or(0));
        let levels = |count| bars::levels(self.0.theme.glyphs(), height(count), peak, rows.into());
        let bar = |column: &Column| Bar { known: levels(column.observed), all: levels(column.all()) };
        Profile(columns.iter().map(bar).collect())
    }
}

impl Widget for &GatherChart<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let theme = self.0.theme;
        let mut p = Painter::new(area, buf, theme);
        // The first row is the deadline's label, the last two are the axis.
        let Some(rows) = p.height().checked_sub(3).filter(|&rows| rows > 0) else { return };
        let Some(digest) = self.0.gather() else {
            p.say_centered(p.height() / 2, "latencies appear with outcomes", Tone::Dim);
            return;
        };
        let scale = Scale::new(digest.axis, p.width(), digest.key.deadline);
        let solid = self.profile(&scale.columns(&digest.gathers, &[]), rows);
        let shadow = self.profile(&scale.columns(&digest.children, &digest.censored), rows);
        let place = Place { top: 1, rows, theme };
        let tone = |x: u16| match scale.line {
            Some((_, line)) if x > line => Tone::Late,
            _ => Tone::OnTime,
        };
        solid.draw(&mut p, place, |x, _| tone(x));
        shadow.draw_behind(&mut p, place, &solid, |x, _| tone(x));
        scale.draw_axis(&mut p, 1 + rows, theme);
        scale.draw_deadline(&mut p, &self.texts(digest), theme);
    }
}
