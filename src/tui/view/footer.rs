//! The last two rows: the answer to the last key, and the keys.
//!
//! ```text
//!  observe → cancel for new tasks; 1,204 in flight keep observe
//!  t policy   [ ] deadline   - + load   p pause   space freeze   r reset   e export   ? help   q quit
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use super::painter::Painter;
use crate::snapshot::MOSTLY_TIMER;
use crate::tui::app::App;
use crate::tui::keymap::KEYMAP;
use crate::tui::theme::Tone;

/// See the module.
#[derive(Debug)]
pub(super) struct Footer<'a>(pub &'a App);

impl Widget for &Footer<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let mut p = Painter::new(area, buf, self.0.theme);
        status(&mut p, 0, self.0);
        keys(&mut p, 1);
    }
}

/// The answer to the last key; before there is one, a caveat or what this scenario teaches.
pub(super) fn status(p: &mut Painter<'_>, y: u16, app: &App) {
    let (text, tone) = match &app.status {
        Some(status) => (status.text.as_str(), status.tone),
        None if is_mostly_timer(app) => {
            ("a sleep takes up to 1 ms more than asked: the runtime's timer rounds up", Tone::Late)
        }
        None => (app.shown().info.lesson.as_str(), Tone::Dim),
    };
    let text = p.cut(text, p.width().saturating_sub(2));
    p.say(1, y, &text, tone);
}

/// Whether the median is so short that a user would take the resolution of tokio's timer for their own code.
fn is_mostly_timer(app: &App) -> bool {
    let median = app.digest().lanes.iter().find_map(|lane| lane.quantiles[0]);
    median.is_some_and(|median| MOSTLY_TIMER.contains(&median.bound()))
}

/// The keys that have a hint; help and quit are never the ones without room.
pub(super) fn keys(p: &mut Painter<'_>, y: u16) {
    let hints = hints();
    let width = |hints: &[(String, &str)], gap: u16| -> u16 {
        hints.iter().map(|(keys, word)| p.columns(keys) + 1 + p.columns(word) + gap).sum::<u16>() + 1
    };
    let gap = if width(&hints, 3) <= p.width() + 3 { 3 } else { 2 };
    let mut kept = hints;
    while kept.len() > 2 && width(&kept, gap) > p.width() + gap {
        kept.remove(kept.len() - 3);
    }
    let mut x = 1;
    for (keys, word) in &kept {
        x = p.say(x, y, keys, Tone::Strong) + 1;
        x = p.say(x, y, word, Tone::Dim) + gap;
    }
}

/// Keys and their word; a binding with an empty word shares the next one's.
fn hints() -> Vec<(String, &'static str)> {
    let mut hints = Vec::new();
    let mut before = String::new();
    for (binding, word) in KEYMAP.iter().filter_map(|binding| Some((binding, binding.hint?))) {
        before += &binding.keys[0].label();
        if word.is_empty() {
            before.push(' ');
        } else {
            hints.push((std::mem::take(&mut before), word));
        }
    }
    hints
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_belong_together_share_a_word() {
        let hints = hints();
        assert_eq!(
            hints[..3],
            [("t".to_owned(), "policy"), ("[ ]".to_owned(), "deadline"), ("- +".to_owned(), "load")]
        );
        assert_eq!(hints[hints.len() - 1], ("q".to_owned(), "quit"));
    }
}
