//! What the deadline that is asked about would have meant, in figures.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{asked, beyond, first_that_fits};
use crate::snapshot::{Figure, Latency, WhatIfAt, per_second};
use crate::tui::app::App;
use crate::tui::digest::WhatIfDigest;
use crate::tui::theme::Tone;
use crate::tui::view::painter::Painter;
use crate::units;

/// Columns before the end of the figures, and before what is said beside them.
const FIGURE: u16 = 27;
const BESIDE: u16 = FIGURE + 3;

/// See the module.
#[derive(Debug)]
pub(super) struct Answer<'a>(pub &'a App, pub &'a WhatIfDigest);

impl Answer<'_> {
    /// Draws the figures in a frame.
    pub(super) fn boxed(&self, area: Rect, buf: &mut Buffer) {
        let Self(app, digest) = *self;
        let title = match asked(app, digest) {
            Some(at) if app.cursor.deadline.is_none() => format!("with a deadline of {}", units::human(at)),
            Some(at) => format!("if the deadline were {}", units::human(at)),
            None => "if the deadline were …".to_owned(),
        };
        let inside = Painter::new(area, buf, app.theme).frame(&title, "");
        let mut p = Painter::new(inside, buf, app.theme);
        let Some(at) = self.at() else {
            let why = p.cut(&unknown(digest), p.width().saturating_sub(2));
            p.say(1, 0, &why, Tone::Cancelled);
            return;
        };
        for (y, (Figure { label, number, beside }, tone)) in (0..).zip(rows(&at)) {
            p.say(1, y, label, Tone::Dim);
            p.say_before(FIGURE, y, &number, tone);
            let short = beside.split(", ").next().unwrap_or_default();
            if let Some(text) = [&beside, short].into_iter().find(|text| BESIDE + p.columns(text) < p.width()) {
                p.say(BESIDE, y, text, Tone::Dim);
            }
        }
    }

    /// Draws it as one line.
    pub(super) fn line(&self, area: Rect, buf: &mut Buffer) {
        let mut p = Painter::new(area, buf, self.0.theme);
        let text = first_that_fits(&p, &lines(self.0, self.1));
        p.say(1, 0, &text, if self.0.cursor.deadline.is_some() { Tone::Strong } else { Tone::Plain });
    }

    fn at(&self) -> Option<WhatIfAt> {
        self.1.what_if.at(asked(self.0, self.1)?)
    }
}

/// Everything in one line, and the same with less and less.
pub(super) fn lines(app: &App, digest: &WhatIfDigest) -> Vec<String> {
    let Some(deadline) = asked(app, digest) else { return vec![unknown(digest)] };
    let at = format!("at {}", units::human(deadline));
    let Some(answer) = digest.what_if.at(deadline) else {
        return vec![format!("{at}: {}", unknown(digest)), unknown(digest)];
    };
    let missed = format!("{at}: missed {}", units::percent(answer.missed.share));
    let bounds = format!("{missed} ({})", answer.missed.bounds());
    let goodput = answer.goodput.map(|rate| format!(", goodput {}", per_second(rate))).unwrap_or_default();
    let frees = match answer.saved {
        Latency::AtLeast(Duration::ZERO) => format!("{bounds}{goodput}"),
        _ => format!("{bounds}{goodput}, cancelling frees {}", answer.freed_words()),
    };
    let gathers =
        answer.gathers.map(|gathers| format!("{frees}, gathers complete {}", units::percent(gathers.complete)));
    gathers.into_iter().chain([frees, format!("{bounds}{goodput}"), bounds, missed, at]).collect()
}

fn unknown(digest: &WhatIfDigest) -> String {
    match digest.what_if.survival().known_until() {
        Some(until) => beyond(digest, until),
        None => "no deadline is asked about".to_owned(),
    }
}

fn rows(at: &WhatIfAt) -> impl Iterator<Item = (Figure, Tone)> {
    let tones = [Tone::Late, Tone::OnTime, Tone::Plain, Tone::Cancelled, Tone::Plain, Tone::Plain];
    at.figures().into_iter().zip(tones)
}
