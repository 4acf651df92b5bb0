//! The measured runtime, and what measuring costs.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use super::painter::Painter;
use crate::tui::app::App;
use crate::tui::theme::Tone;

/// See the module.
#[derive(Debug)]
pub(super) struct Runtime<'a>(pub &'a App);

impl Widget for Runtime<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let mut p = Painter::new(area, buf, self.0.theme);
        p.say_centered(area.height / 2, "the measured runtime", Tone::Dim);
    }
}
