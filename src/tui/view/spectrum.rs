//! The spectrum of percentiles on an axis of nines.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use super::painter::Painter;
use crate::tui::app::App;
use crate::tui::theme::Tone;

/// See the module.
#[derive(Debug)]
pub(super) struct Spectrum<'a>(pub &'a App);

impl Widget for Spectrum<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let mut p = Painter::new(area, buf, self.0.theme);
        p.say_centered(area.height / 2, "percentiles appear here as tasks end", Tone::Dim);
    }
}
