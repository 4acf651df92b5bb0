//! The cursor: where keys and the mouse put it, and what it reads.

use std::time::Duration;

use ratatui::layout::Position;

use super::heatmap::{Count, counts};
use super::lines::Quantile;
use super::plan::Plan;
use crate::snapshot::{Heat, TimelineRow};
use crate::tui::action::Action;
use crate::tui::app::{App, Spot};
use crate::tui::view::verdict::missed_share;
use crate::units;

/// Where an action takes the cursor; `None` where there is nothing to read.
pub(super) fn moved(app: &App, plan: &Plan, action: Action) -> Option<Spot> {
    let last = plan.columns.len().checked_sub(1)?;
    let highest = plan.bands.count().checked_sub(1)?;
    let Some(spot) = app.cursor.spot else {
        return Some(put(plan, if action == Action::First { 0 } else { last }));
    };
    let column = plan.column(spot.time)?;
    let band = plan.bands.band(Heat::place(spot.latency));
    let at_column = |column| Spot { time: middle(plan, column), ..spot };
    let at_band = |band| Spot { latency: plan.bands.middle(band), ..spot };
    Some(match action {
        Action::Left => at_column(column.saturating_sub(1)),
        Action::Right => at_column((column + 1).min(last)),
        Action::First => at_column(0),
        Action::Last => at_column(last),
        Action::Up => at_band((band + 1).min(highest)),
        Action::Down => at_band(band.saturating_sub(1)),
        _ => return None,
    })
}

/// What the mouse points at: a cell of the heatmap, or a column of the charts below it.
pub(super) fn at(app: &App, plan: &Plan, at: Position) -> Option<Spot> {
    let column = plan.column_at(at)?;
    let time = middle(plan, column);
    if !plan.heat.contains(at) {
        let latency = app.cursor.spot.map_or_else(|| put(plan, column).latency, |spot| spot.latency);
        return Some(Spot { time, latency });
    }
    let upwards = usize::from(plan.heat.bottom() - 1 - at.y);
    let dots = if app.theme.halves_cells() { 2 * upwards..2 * upwards + 2 } else { upwards..upwards + 1 };
    let counts = counts(plan, &plan.columns[column]);
    let fuller =
        dots.map(|dot| plan.bands.at_dot(dot)).max_by_key(|&band| counts.get(band).copied().map(Count::all))?;
    Some(Spot { time, latency: plan.bands.middle(fuller) })
}

/// The cursor on the fullest band of a column.
fn put(plan: &Plan, column: usize) -> Spot {
    let counts = counts(plan, &plan.columns[column]);
    let fullest = (0..counts.len()).max_by_key(|&band| counts[band].all()).unwrap_or(0);
    Spot { time: middle(plan, column), latency: plan.bands.middle(fullest) }
}

fn middle(plan: &Plan, column: usize) -> Duration {
    plan.columns[column].at + plan.columns[column].length / 2
}

/// From when to when a column goes: `04:28–04:32`.
pub(super) fn span(row: &TimelineRow) -> String {
    format!("{}–{}", units::clock(row.at), units::clock(row.at + row.length))
}

/// What the cursor reads, in parts: the first says most.
pub(super) fn reading(plan: &Plan, spot: Spot) -> Option<Vec<String>> {
    let row = plan.columns.get(plan.column(spot.time)?)?;
    let band = plan.bands.band(Heat::place(spot.latency));
    let counts = counts(plan, row);
    let here = *counts.get(band)?;
    let all: u64 = counts.iter().map(|count| count.all()).sum();
    let mut what = span(row);
    // Tasks ended and none has its place: a past run, whose files lack the heat.
    if all > 0 || row.counts.ended() == 0 {
        let (low, high) = plan.bands.latencies(band);
        let tasks = if here.all() == 1 { "task" } else { "tasks" };
        let [low, high] = [low, high].map(units::human);
        what = format!("{what}  {low} – {high}: {} {tasks}", units::thousands(here.all()));
    }
    if here.censored > 0 {
        what = format!("{what}, {} cancelled", units::thousands(here.censored));
    }
    #[expect(clippy::cast_precision_loss, reason = "three significant digits are shown")]
    let share =
        (all > 0).then(|| format!("{} of {}", units::percent(here.all() as f64 / all as f64), units::thousands(all)));
    let percentile =
        |which, name: &str| Quantile::of(row, which).map(|quantile| format!("{name} {}", quantile.words()));
    let missed = Some(format!("missed {}", units::percent(missed_share(row))));
    Some([Some(what), share, missed, percentile(0, "p50"), percentile(2, "p99")].into_iter().flatten().collect())
}
