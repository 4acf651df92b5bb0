//! The row that says where in a recorded run the screen is.
//!
//! ```text
//!  ▶ 00:12 ━━━━━━━━━━━━━━━━━━━━━━━━━━●────────────────────────────────────────────────────────── 00:30
//! ```

use std::cmp::Ordering;

use super::painter::{Painter, columns};
use crate::tui::replay::Replay;
use crate::tui::theme::{Theme, Tone};
use crate::units;

/// The least columns of a bar that says anything.
const SHORTEST: u16 = 8;

/// Where the bar is in a row this wide: its first column, and its length.
fn bar(width: u16, replay: &Replay) -> Option<(u16, u16)> {
    let [now, end] = [replay.now(), replay.end()].map(|time| columns(&units::clock(time)));
    let (from, to) = (4 + now.max(end), width.saturating_sub(end + 2));
    (to >= from + SHORTEST).then_some((from, to - from))
}

/// Draws the row.
pub(super) fn draw(p: &mut Painter<'_>, y: u16, theme: Theme, replay: &Replay) {
    let glyphs = theme.glyphs();
    let sign = if replay.is_playing() { glyphs.live } else { glyphs.still };
    let x = p.say(1, y, sign, Tone::Strong) + 1;
    p.say(x, y, &units::clock(replay.now()), Tone::Strong);
    let Some((from, length)) = bar(p.width(), replay) else { return };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a length in columns")]
    let at = (replay.share() * f64::from(length - 1)).round() as u16;
    for column in 0..length {
        let (glyph, tone) = match column.cmp(&at) {
            Ordering::Less => (glyphs.lines[2], Tone::Strong),
            Ordering::Equal => (glyphs.cursor[0], Tone::Plain),
            Ordering::Greater => (glyphs.rule, Tone::Dim),
        };
        p.say(from + column, y, glyph, tone);
    }
    p.say(from + length + 1, y, &units::clock(replay.end()), Tone::Dim);
}

/// The share of the time that a place of the row stands for.
pub(super) fn share_at(width: u16, replay: &Replay, x: u16) -> Option<f64> {
    let (from, length) = bar(width, replay)?;
    let at = x.checked_sub(from).filter(|&at| at < length)?;
    Some(f64::from(at) / f64::from(length - 1))
}
