//! The smallest deadlines that no more than some share of the tasks would have missed.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::digest::WhatIfDigest;
use crate::tui::theme::Tone;
use crate::tui::view::painter::Painter;
use crate::units;

/// The shares everybody asks for.
const SHARES: [f64; 3] = [0.001, 0.01, 0.05];

/// Columns before the end of the figures, and before their bounds.
const FIGURE: u16 = 27;
const BESIDE: u16 = FIGURE + 3;

/// See the module.
#[derive(Debug)]
pub(super) struct Smallest<'a>(pub &'a App, pub &'a WhatIfDigest);

impl Smallest<'_> {
    /// Draws a row for each share in a frame.
    pub(super) fn boxed(&self, area: Rect, buf: &mut Buffer) {
        let app = self.0;
        let inside = Painter::new(area, buf, app.theme).frame("smallest deadline", "");
        let mut p = Painter::new(inside, buf, app.theme);
        let own = self.own();
        for (y, share) in (0..).zip(SHARES.into_iter().chain(own)) {
            p.say(1, y, &format!("≤ {} missed", percentage(share)), Tone::Dim);
            let (figure, tone) = self.figure(share);
            p.say_before(FIGURE, y, &figure, tone);
            let bounds = self.bounds(share);
            if BESIDE + p.columns(&bounds) < p.width() {
                p.say(BESIDE, y, &bounds, Tone::Dim);
            }
        }
        let key = app.key(Action::OwnShare);
        let what = if app.own_share.is_some() { "changes" } else { "adds" };
        p.say(1, 4 + u16::from(own.is_some()), &format!("{key} {what} a share of your own"), Tone::Dim);
    }

    /// Draws them as one line; the user's own comes first.
    pub(super) fn line(&self, area: Rect, buf: &mut Buffer) {
        let mut p = Painter::new(area, buf, self.0.theme);
        let mut x = 1;
        for share in self.own().into_iter().chain(SHARES) {
            let (label, (figure, tone)) = (format!("≤ {}", percentage(share)), self.figure(share));
            if x + p.columns(&label) + 1 + p.columns(&figure) > p.width() {
                return;
            }
            x = p.say(x, 0, &label, Tone::Dim) + 1;
            x = p.say(x, 0, &figure, tone) + 3;
        }
    }

    /// The user's own share, where it is none of the others.
    fn own(&self) -> Option<f64> {
        self.0.own_share.filter(|own| !SHARES.contains(own))
    }

    fn figure(&self, share: f64) -> (String, Tone) {
        let what_if = &self.1.what_if;
        match (what_if.smallest(share), what_if.survival().known_until()) {
            (Some(smallest), _) => (units::human(smallest.at), Tone::Strong),
            (None, Some(until)) => (format!("> {}", units::human(until)), Tone::Cancelled),
            (None, None) => (self.0.theme.glyphs().none.to_owned(), Tone::Dim),
        }
    }

    /// The 95 % bounds, as far as they are known.
    fn bounds(&self, share: f64) -> String {
        let Some(smallest) = self.1.what_if.smallest(share) else { return "not known".to_owned() };
        let low = units::human(smallest.low);
        smallest.high.map_or_else(|| format!("{low} or more"), |high| format!("{low} – {}", units::human(high)))
    }
}

/// A share as it was asked for: no more digits than it needs.
fn percentage(share: f64) -> String {
    format!("{} %", (share * 1e8).round() / 1e6)
}
