//! Latency over time: a heatmap, with percentiles and the timed-out rate on the same axis.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use super::painter::Painter;
use crate::tui::app::App;
use crate::tui::theme::Tone;

/// See the module.
#[derive(Debug)]
pub(super) struct Time<'a>(pub &'a App);

impl Widget for Time<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let mut p = Painter::new(area, buf, self.0.theme);
        p.say_centered(area.height / 2, "latency over time appears here after the first second", Tone::Dim);
    }
}
