//! How many gathers came to which outcome, lane by lane.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::ledger::{GatherBook, LaneKey};
use crate::outcome::GatherOutcome;
use crate::snapshot::LaneView;
use crate::tui::app::App;
use crate::tui::digest::shown_lanes;
use crate::tui::theme::Tone;
use crate::tui::view::bars;
use crate::tui::view::field::{self, Field, Grid};
use crate::tui::view::painter::Painter;
use crate::tui::view::percentiles;
use crate::units;

/// One for each outcome, open ones and those that timed out.
pub(super) const ROWS: u16 = 6;

/// Columns of the names, and of a lane's counts and shares.
const NAMES: u16 = 10;
const COUNT: u16 = 7;
const SHARE: u16 = 7;

/// The least room for a lane; what there is beyond it goes to the bars.
const LANE: u16 = COUNT + SHARE;

/// The gathers of each lane that has some, the newest first.
#[derive(Debug)]
pub(super) struct Outcomes<'a> {
    app: &'a App,
    lanes: Vec<(&'a LaneView, &'a GatherBook)>,
}

impl<'a> Outcomes<'a> {
    pub(super) fn new(app: &'a App) -> Self {
        let lane = |key| app.shown().lanes.iter().find(|lane| lane.key == key);
        let lanes = shown_lanes(app.shown()).into_iter().filter_map(lane);
        Self { app, lanes: lanes.filter_map(|lane| Some((lane, lane.book.gathers()?))).collect() }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.lanes.is_empty()
    }

    /// Draws a row for each outcome and a block of columns for each lane that has room.
    pub(super) fn boxed(&self, area: Rect, buf: &mut Buffer) {
        let app = self.app;
        let books = app.shown().lanes.iter().filter_map(|lane| lane.book.gathers());
        let (all, started) = books.fold((0, 0), |(all, started), book| (all + 1, started + book.started));
        let mode = app.shown().info.gather.map(|mode| format!(", {mode}")).unwrap_or_default();
        let gathers = format!("{} gathers{mode}", units::thousands(started));
        let mut p = Painter::new(area, buf, app.theme);
        let inside = p.frame(&p.title(&["outcomes", &gathers]), "");
        let room = inside.width.saturating_sub(NAMES);
        let lanes = self.lanes.len().min(usize::from(room / LANE).max(1));
        p.foot(&percentiles::left_out(app, lanes, all), Tone::Dim);
        let mut p = Painter::new(inside, buf, app.theme);
        let width = room / u16::try_from(lanes).unwrap_or(1).max(1);
        for (n, (lane, book)) in (0..).zip(self.lanes.iter().take(lanes)) {
            let x = NAMES + n * width;
            self.head(&mut p, x + LANE, lane.key);
            for (y, (_, count, tone)) in (1..).zip(rows(lane, book)) {
                lane_row(&mut p, (x, y), width, bars::share(count, book.started), (count, tone), app);
            }
        }
        for (y, (label, ..)) in (1..).zip(self.lanes.first().map(|(lane, book)| rows(lane, book)).into_iter().flatten())
        {
            p.say(1, y, label, Tone::Dim);
        }
    }

    /// A lane's policy, and its deadline where that tells lanes apart.
    fn head(&self, p: &mut Painter<'_>, end: u16, key: LaneKey) {
        let differ = self.lanes.iter().any(|(lane, _)| lane.key.deadline != key.deadline);
        let deadline = key.deadline.filter(|_| differ).map(|at| format!(" {}", units::exact(at)));
        let name = format!("{}{}", key.policy, deadline.unwrap_or_default());
        let name = p.cut(&name, LANE - 1);
        p.say_before(end, 0, &name, Tone::Strong);
    }

    fn sum(&self, count: impl Fn(&LaneView, &GatherBook) -> u64) -> u64 {
        self.lanes.iter().map(|(lane, book)| count(lane, book)).sum()
    }

    fn grid(&self, width: u16) -> Grid {
        let mut grid = Grid::new(width.saturating_sub(2));
        let totals = |n: usize| self.sum(|lane, book| rows(lane, book)[n].1);
        let labels = self.lanes.first().map(|(lane, book)| rows(lane, book)).into_iter().flatten();
        grid.add(labels.enumerate().map(|(n, (label, _, tone))| Field::count(label, totals(n), tone)).collect());
        grid
    }

    /// How many rows the counts over all lanes take.
    pub(super) fn compact_height(&self, area: Rect) -> u16 {
        self.grid(area.width).height()
    }

    /// Draws the counts over all lanes.
    pub(super) fn compact(&self, area: Rect, buf: &mut Buffer) {
        self.grid(area.width).draw(&mut Painter::new(area, buf, self.app.theme), 1, self.app.theme);
    }
}

fn lane_row(p: &mut Painter<'_>, (x, y): (u16, u16), width: u16, share: f64, (count, tone): (u64, Tone), app: &App) {
    let shown = if count == 0 { Tone::Dim } else { tone };
    p.say_before(x + COUNT, y, &field::count(count), shown);
    p.say_before(x + COUNT + SHARE, y, &units::percent(share), if count == 0 { Tone::Dim } else { Tone::Plain });
    // A bar of a cell or two would say nothing.
    let room = width.saturating_sub(LANE + 2);
    if room >= 4 {
        bars::strip(p, (x + LANE + 1, y), room, share, (tone, app.theme));
    }
}

/// Each outcome with its count and what it means; those that timed out are among them.
fn rows(lane: &LaneView, book: &GatherBook) -> [(&'static str, u64, Tone); ROWS as usize] {
    [
        ("complete", book.decided(GatherOutcome::Complete), Tone::OnTime),
        ("partial", book.decided(GatherOutcome::Partial), Tone::Plain),
        ("failed", book.decided(GatherOutcome::Failed), Tone::Failed),
        ("cancelled", book.decided(GatherOutcome::Cancelled), Tone::Cancelled),
        ("open", book.open(), Tone::Plain),
        ("timed out", lane.gathers_timed_out(), Tone::Late),
    ]
}
