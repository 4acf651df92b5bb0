//! Which child of its gather was the last to end, and how often.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use crate::tui::app::App;
use crate::tui::theme::Tone;
use crate::tui::view::bars;
use crate::tui::view::painter::Painter;
use crate::units;

/// Columns before the bars.
const INDEX: u16 = 8;
const COUNT: u16 = 8;
const SHARE: u16 = 8;

/// See the module.
#[derive(Debug)]
pub(super) struct Slowest<'a>(pub &'a App);

impl Widget for &Slowest<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let app = self.0;
        let counts = app.gather().and_then(|digest| digest.book()).map(|book| book.slowest.as_slice());
        let counts = counts.unwrap_or_default();
        let children = counts.len().max(app.shown().info.width as usize);
        let rows = area.height.saturating_sub(2).into();
        let is_cut = counts.len() > rows;
        let dot = app.theme.glyphs().dot;
        let even = units::percent(bars::share(1, children as u64));
        let title = format!("slowest of {children} {dot} even share {even}");
        let order = if is_cut { "most often first" } else { "" };
        let inside = Painter::new(area, buf, app.theme).frame(&title, order);
        let mut p = Painter::new(inside, buf, app.theme);
        let all: u64 = counts.iter().sum();
        if all == 0 {
            p.say_centered(p.height() / 2, "which child ends last is counted here", Tone::Dim);
            return;
        }
        let shown = shown(counts, rows);
        let most = counts.iter().max().copied().unwrap_or(1);
        for (y, (label, count)) in (0..).zip(&shown) {
            let rest = is_cut && usize::from(y) + 1 == rows;
            let tone = if *count == 0 || rest { Tone::Dim } else { Tone::Plain };
            p.say(1, y, label, if rest { Tone::Dim } else { Tone::Plain });
            p.say_before(INDEX + COUNT, y, &units::thousands(*count), tone);
            p.say_before(INDEX + COUNT + SHARE, y, &units::percent(bars::share(*count, all)), tone);
            if !rest {
                let x = INDEX + COUNT + SHARE + 1;
                let room = p.width().saturating_sub(x + 1);
                bars::strip(&mut p, (x, y), room, bars::share(*count, most), (Tone::OnTime, app.theme));
            }
        }
    }
}

/// A row for each child, or as many of the most frequent ones as there is room for and one for the others.
fn shown(counts: &[u64], rows: usize) -> Vec<(String, u64)> {
    let label = |(index, &count): (usize, &u64)| (format!("#{index}"), count);
    if counts.len() <= rows {
        return counts.iter().enumerate().map(label).collect();
    }
    let mut order: Vec<(usize, &u64)> = counts.iter().enumerate().collect();
    order.sort_by_key(|&(index, &count)| (std::cmp::Reverse(count), index));
    let (top, rest) = order.split_at(rows.saturating_sub(1));
    let others = (format!("{} more", rest.len()), rest.iter().map(|(_, count)| **count).sum());
    top.iter().copied().map(label).chain([others]).take(rows).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_come_first_where_not_all_have_room_and_none_is_lost() {
        let named = |rows| shown(&[1, 5, 0, 9], rows);
        let own = |rows: &[(&str, u64)]| rows.iter().map(|(label, n)| ((*label).to_owned(), *n)).collect::<Vec<_>>();
        assert_eq!(named(4), own(&[("#0", 1), ("#1", 5), ("#2", 0), ("#3", 9)]));
        assert_eq!(named(3), own(&[("#3", 9), ("#1", 5), ("2 more", 1)]));
        assert_eq!(named(1), own(&[("4 more", 15)]));
        assert_eq!(named(0), own(&[]));
    }
}
