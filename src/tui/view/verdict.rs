//! The verdict: is the deadline met, is it getting worse, and does everything add up.
//!
//! ```text
//!  missed      17.7 % ▁▂▂▃▅▆▇      goodput      411/s ▇▇▇▆▅▆▇     in flight      311  overdue         97
//!  spawned     20,914  done        20,391  late         3,702  failed          41  panicked         0  …
//!  arrivals       605  queued           5  shed             0  oldest     +1.24 s  books             ✓  gather late …
//!  gathers        605  complete       400  partial        200  failed           0  cancelled        0  open   5
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use super::field::{Field, Grid};
use super::painter::Painter;
use crate::ledger::GatherBook;
use crate::outcome::{Ending, GatherOutcome};
use crate::snapshot::{LaneView, Snapshot, TimelineRow};
use crate::tui::app::App;
use crate::tui::theme::{Theme, Tone};
use crate::units;

/// From this height on everything is said, on as many rows as that takes.
const ROOMY: u16 = 24;

/// See the module.
#[derive(Debug)]
pub(super) struct Verdict {
    grid: Grid,
    theme: Theme,
}

impl Verdict {
    /// The rows for a screen of this size.
    pub(super) fn new(app: &App, screen: Rect) -> Self {
        let (shown, theme) = (app.shown(), app.theme);
        let mut grid = Grid::new(screen.width.saturating_sub(2));
        let [spawned, done, late, failed, panicked, cancelled] = counts(shown);
        let [arrivals, queued, shed] = arrivals(shown);
        let (missed, goodput, in_flight, overdue) = (missed(shown), goodput(shown), in_flight(shown), overdue(shown));
        let (oldest, books, gather_late) = (oldest(shown), books(shown, theme), gather_late(shown));
        if grid.columns() >= 6 {
            grid.add(vec![missed, goodput.with_trend(goodput_trend(shown)), in_flight, overdue]);
            grid.add(vec![spawned, done, late, failed, panicked, cancelled]);
            grid.add([arrivals, queued, shed, oldest, books].into_iter().chain(gather_late).collect());
            grid.add(gathers(shown));
        } else {
            grid.add(vec![missed, goodput, overdue]);
            grid.add(vec![in_flight, spawned, done, late]);
            grid.add(vec![failed, panicked, cancelled, oldest]);
            grid.add(vec![arrivals, queued, shed, books]);
            let mut gathers: Vec<Field> = gather_late.into_iter().chain(gathers(shown)).collect();
            if screen.height < ROOMY {
                // Of one row, what there was comes before what there was not.
                gathers.sort_by_key(Field::is_zero);
                gathers.truncate(4);
            }
            grid.add(gathers);
        }
        Self { grid, theme }
    }

    /// How many rows it takes.
    pub(super) fn height(&self) -> u16 {
        self.grid.height()
    }
}

impl Widget for &Verdict {
    fn render(self, area: Rect, buf: &mut Buffer) {
        self.grid.draw(&mut Painter::new(area, buf, self.theme), 1, self.theme);
    }
}

fn missed(shown: &Snapshot) -> Field {
    let trend = shown.timeline.rows().iter().map(missed_share).collect();
    Field::text("missed", missed_rate(shown), missed_tone(shown)).with_trend(trend)
}

/// Deadlines missed so far as a share, in words.
pub(super) fn missed_rate(shown: &Snapshot) -> String {
    // Without a deadline nothing can be missed; what was missed under an earlier one stays.
    match shown.timed_out_rate() {
        Some(rate) if rate > 0.0 || shown.deadline.is_some() => units::percent(rate),
        _ => "–".to_owned(),
    }
}

/// How the missed share looks: late as soon as there is one.
pub(super) fn missed_tone(shown: &Snapshot) -> Tone {
    match shown.timed_out_rate() {
        Some(rate) if rate > 0.0 => Tone::Late,
        _ => Tone::Dim,
    }
}

/// Misses among the tasks that met or missed their deadline in this row.
#[expect(clippy::cast_precision_loss, reason = "2^53 tasks are out of reach")]
pub(super) fn missed_share(row: &TimelineRow) -> f64 {
    match row.counts.missed + row.counts.on_time {
        0 => 0.0,
        decided => row.counts.missed as f64 / decided as f64,
    }
}

/// Tasks done by their deadline a second: now, or over the whole run once it is over.
fn goodput(shown: &Snapshot) -> Field {
    let rate = match shown.timeline.rows().last() {
        Some(row) if !shown.is_finished() => Some(row.per_second(row.counts.on_time)),
        _ => shown.goodput(),
    };
    match rate {
        Some(rate) => Field::text("goodput", format!("{}/s", units::three_digits(rate)), Tone::OnTime),
        None => Field::text("goodput", "–".to_owned(), Tone::Dim),
    }
}

fn goodput_trend(shown: &Snapshot) -> Vec<f64> {
    shown.timeline.rows().iter().map(|row| row.per_second(row.counts.on_time)).collect()
}

/// Once the books are closed nothing is in flight: what was has become unfinished.
fn in_flight(shown: &Snapshot) -> Field {
    let label = if shown.is_finished() { "unfinished" } else { "in flight" };
    Field::count(label, shown.total(LaneView::in_flight), Tone::Strong)
}

fn overdue(shown: &Snapshot) -> Field {
    Field::count("overdue", shown.total(|lane| lane.overdue), Tone::Late)
}

fn oldest(shown: &Snapshot) -> Field {
    match shown.overdue.iter().map(|task| task.overrun).max() {
        Some(overrun) => Field::text("oldest", format!("+{}", units::human(overrun)), Tone::Late),
        None => Field::text("oldest", "–".to_owned(), Tone::Dim),
    }
}

fn counts(shown: &Snapshot) -> [Field; 6] {
    let late = shown.total(|lane| [Ending::Done, Ending::Failed, Ending::Panicked].map(|e| lane.late(e)).iter().sum());
    [
        Field::count("spawned", shown.total(|lane| lane.spawned), Tone::Strong),
        Field::count("done", shown.total(LaneView::done), Tone::OnTime),
        Field::count("late", late, Tone::Late),
        Field::count("failed", shown.total(LaneView::failed), Tone::Failed),
        Field::count("panicked", shown.total(LaneView::panicked), Tone::Panicked),
        Field::count("cancelled", shown.total(LaneView::cancelled), Tone::Cancelled),
    ]
}

/// Whether everything adds up: by the in-flight table once the books are closed, before that as far as the
/// numbers on the screen can tell.
fn books(shown: &Snapshot, theme: Theme) -> Field {
    let adds_up = |lane: &LaneView| lane.book.total_ended() + lane.overdue <= lane.spawned;
    match shown.balanced {
        Some(true) => Field::text("books", format!("balanced {}", theme.glyphs().good), Tone::Strong),
        None if shown.lanes.iter().all(adds_up) => Field::text("books", theme.glyphs().good.to_owned(), Tone::Plain),
        _ => Field::text("books", format!("off {}", theme.glyphs().bad), Tone::Panicked),
    }
}

fn arrivals(shown: &Snapshot) -> [Field; 3] {
    let load = &shown.load;
    [
        Field::count("arrivals", load.due, Tone::Plain),
        Field::count("queued", load.queued, Tone::Late),
        Field::count("shed", load.shed, Tone::Late),
    ]
}

fn sum_gathers(shown: &Snapshot, count: impl Fn(&GatherBook) -> u64) -> u64 {
    shown.lanes.iter().filter_map(|lane| lane.book.gathers()).map(count).sum()
}

/// Gathers whose outcome came late as a share of those that have one; `None` where nothing is gathered.
fn gather_late(shown: &Snapshot) -> Option<Field> {
    shown.info.gather?;
    let decided = sum_gathers(shown, |book| book.started - book.open());
    #[expect(clippy::cast_precision_loss, reason = "three significant digits are shown")]
    let share = (decided > 0).then(|| sum_gathers(shown, |book| book.late) as f64 / decided as f64);
    let tone = if share.is_some_and(|share| share > 0.0) { Tone::Late } else { Tone::Dim };
    Some(Field::text("gather late", share.map_or_else(|| "–".to_owned(), units::percent), tone))
}

fn gathers(shown: &Snapshot) -> Vec<Field> {
    if shown.info.gather.is_none() {
        return Vec::new();
    }
    let with = |outcome| sum_gathers(shown, |book| book.decided(outcome));
    vec![
        Field::count("gathers", sum_gathers(shown, |book| book.started), Tone::Plain),
        Field::count("complete", with(GatherOutcome::Complete), Tone::OnTime),
        Field::count("partial", with(GatherOutcome::Partial), Tone::Plain),
        Field::count("failed", with(GatherOutcome::Failed), Tone::Failed),
        Field::count("cancelled", with(GatherOutcome::Cancelled), Tone::Cancelled),
        Field::count("open", sum_gathers(shown, GatherBook::open), Tone::Plain),
    ]
}
