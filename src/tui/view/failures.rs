//! What errors and panics said.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use super::painter::Painter;
use crate::tui::app::App;
use crate::tui::theme::Tone;

/// See the module.
#[derive(Debug)]
pub(super) struct Failures<'a>(pub &'a App);

impl Widget for Failures<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let mut p = Painter::new(area, buf, self.0.theme);
        p.say_centered(area.height / 2, "what errors and panics say appears here", Tone::Dim);
    }
}
