//! The row of tabs, on the line that parts the header from the rest.
//!
//! ```text
//!  1 Overview   2 Time   3 Percentiles   4 Gather   5 Late   6 Failures   7 Runtime ──────────────────
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use super::painter::{Painter, columns};
use crate::tui::app::App;
use crate::tui::tabs::Tab;
use crate::tui::theme::Tone;

/// See the module.
#[derive(Debug)]
pub(super) struct TabBar<'a>(pub &'a App);

/// The tabs with their names: with air round them where there is room for it, else with names as long as there is.
fn names(width: u16) -> (u16, Vec<(Tab, String)>) {
    let titled = |name: &dyn Fn(u8, Tab) -> String| -> Vec<(Tab, String)> {
        (1..).zip(Tab::ALL).map(|(n, tab)| (tab, name(n, tab))).collect()
    };
    let fit = |names: &[(Tab, String)], gap| names.iter().map(|(_, name)| columns(name) + gap).sum::<u16>() <= width;
    let airy = titled(&|n, tab| format!(" {n} {} ", tab.title()));
    if fit(&airy, 0) {
        return (u16::from(fit(&airy, 1)), airy);
    }
    let tight = titled(&|n, tab| format!(" {n} {}", tab.title()));
    let longest = Tab::ALL.iter().map(|tab| tab.short_title().len()).max().unwrap_or(0);
    let cut = |length| {
        let short = |tab: Tab| tab.short_title().get(..length).unwrap_or(tab.short_title());
        titled(&|n, tab| format!(" {n} {}", short(tab)))
    };
    let names = [tight].into_iter().chain((0..=longest).rev().map(cut)).find(|names| fit(names, 0));
    (0, names.unwrap_or_else(|| cut(0)))
}

/// Each tab with its first column and its name, as far as there is room.
fn places(width: u16) -> impl Iterator<Item = (Tab, u16, String)> {
    let (gap, names) = names(width);
    let mut x = 0;
    names.into_iter().map_while(move |(tab, name)| {
        let (from, to) = (x, x + columns(&name));
        x = to + gap;
        (to <= width).then_some((tab, from, name))
    })
}

/// The tab at column `x` of a screen this wide.
pub(super) fn tab_at(width: u16, x: u16) -> Option<Tab> {
    places(width).find(|(_, from, name)| (*from..from + columns(name)).contains(&x)).map(|(tab, ..)| tab)
}

impl Widget for &TabBar<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let mut p = Painter::new(area, buf, self.0.theme);
        p.rule(0, Tone::Dim);
        for (tab, x, name) in places(area.width) {
            p.say(x, 0, &name, if tab == self.0.tab { Tone::Badge } else { Tone::Dim });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tab_has_a_place_from_eighty_columns_on_and_is_found_there() {
        for width in 80..250 {
            let places: Vec<_> = places(width).collect();
            assert_eq!(places.len(), Tab::ALL.len());
            for (tab, x, name) in places {
                assert_eq!(tab_at(width, x), Some(tab));
                assert_eq!(tab_at(width, x + columns(&name) - 1), Some(tab));
            }
            assert_eq!(tab_at(width, width), None);
        }
    }
}
