//! A sweep in its directory, with runs that nobody ran.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::scenario::Overrides;
use crate::snapshot::{Snapshot, fixture};

fn base() -> Plan {
    Plan::load("tail-at-scale", &Overrides::default().with_duration("10s")).unwrap()
}

fn grid() -> Grid {
    Grid::new("10ms,1s".parse().unwrap(), Policies::Both, Levels::Concurrencies("4,8".parse().unwrap()), 2).unwrap()
}

fn begun() -> (tempfile::TempDir, Sweep) {
    let directory = tempfile::tempdir().unwrap();
    let sweep = Sweep::begin(&directory.path().join("sweep"), base(), grid()).unwrap();
    (directory, sweep)
}

/// Keeps a run as if it had been run; its files are those of an empty one, which are soon written.
fn keep(sweep: &mut Sweep, visit: Visit) {
    keep_files(sweep, visit, fixture::empty());
}

fn keep_files(sweep: &mut Sweep, visit: Visit, snapshot: Snapshot) {
    let snapshot = Arc::new(snapshot);
    let measured = Measured::of(&fixture::finished(), Duration::from_secs(10));
    let report = Report { snapshot, scenario: sweep.plan(&visit).unwrap().resolved };
    sweep.keep(visit, Ok((&report, measured))).unwrap();
}

fn edit(sweep: &Sweep, file: &str, old: &str, new: &str) {
    let path = sweep.path().join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(old), "{old} in {text}");
    fs::write(path, text.replacen(old, new, 1)).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn a_sweep_that_ends_after_any_run_goes_on_with_the_rest_and_comes_to_the_same(ended_after in 0usize..=16) {
        let (_directory, mut sweep) = begun();
        let all = sweep.left();
        for &visit in &all[..ended_after] {
            keep(&mut sweep, visit);
        }
        let mut resumed = Sweep::resume(sweep.path()).unwrap();
        prop_assert_eq!(resumed.left(), &all[ended_after..]);
        prop_assert_eq!(resumed.points(), sweep.points());
        for visit in resumed.left() {
            keep(&mut resumed, visit);
        }
        prop_assert!(resumed.left().is_empty());
        prop_assert!(resumed.points().iter().all(|point| point.runs.len() == 2 && point.failures.is_empty()));
        let rows = fs::read_to_string(resumed.path().join(files::RUNS_TABLE)).unwrap();
        prop_assert_eq!(rows.lines().count(), 1 + all.len());
    }
}

#[test]
fn what_asks_for_a_baseline_is_refused_before_there_is_a_directory() {
    let scratch = tempfile::tempdir().unwrap();
    for (asks, overrides) in [
        ("regressed(p99) > 5%", Overrides::default().with_fail_if("failed > 0").with_fail_if("regressed(p99) > 5%")),
        ("baseline = \"main\"", Overrides::default().with_fail_if("failed > 0").with_baseline("main")),
    ] {
        let plan = |overrides: &Overrides| Plan::load("tail-at-scale", overrides).unwrap();
        let path = scratch.path().join("sweep");
        let error = Sweep::begin(&path, plan(&overrides), grid()).unwrap_err();
        assert!(error.to_string().contains(asks), "{error}");
        assert!(!path.exists());
        let remedy = overrides.with_set("gate={fail_if=[]}").unwrap();
        grid().check(&plan(&remedy)).unwrap();
    }
}

#[test]
fn the_files_of_a_run_are_those_of_any_run() {
    let (_directory, mut sweep) = begun();
    let visit = sweep.left()[0];
    keep_files(&mut sweep, visit, fixture::finished());
    let report = crate::import::open(&sweep.path().join(files::RUNS).join(visit.name())).unwrap();
    assert_eq!(report.scenario, sweep.plan(&visit).unwrap().resolved);
}

#[test]
fn a_run_without_its_row_or_without_its_files_is_run_again() {
    let (_directory, mut sweep) = begun();
    let [first, second] = [sweep.left()[0], sweep.left()[1]];
    keep(&mut sweep, first);
    let rows = fs::read(sweep.path().join(files::RUNS_TABLE)).unwrap();
    keep(&mut sweep, second);
    fs::write(sweep.path().join(files::RUNS_TABLE), rows).unwrap();
    assert_eq!(Sweep::resume(sweep.path()).unwrap().left()[0], second);
    fs::remove_dir_all(sweep.path().join(files::RUNS).join(first.name())).unwrap();
    assert_eq!(Sweep::resume(sweep.path()).unwrap().left().len(), 16);
}

#[test]
fn a_run_that_measured_nothing_is_a_row_with_its_reason_and_is_run_again() {
    let (_directory, mut sweep) = begun();
    let visit = sweep.left()[0];
    sweep.keep(visit, Err("cannot start a runtime with 2 workers".to_owned())).unwrap();
    let points = fs::read_to_string(sweep.path().join(files::POINTS_TABLE)).unwrap();
    assert!(points.contains(",0,1,true,cannot start a runtime with 2 workers,"), "{points}");
    assert!(sweep.has_measured_nothing() && !sweep.has_only_failed());
    let mut resumed = Sweep::resume(sweep.path()).unwrap();
    assert_eq!(resumed.left()[0], visit);
    keep(&mut resumed, visit);
    assert!(resumed.points().iter().all(|point| point.failures.is_empty()));
}

#[test]
fn a_description_that_was_changed_after_a_run_is_refused_and_one_that_only_grew_is_not() {
    let changed = |file: &str, old: &str, new: &str| {
        let (_directory, mut sweep) = begun();
        let visit = sweep.left().into_iter().find(|visit| visit.point.deadline == Duration::from_millis(10)).unwrap();
        keep(&mut sweep, visit);
        edit(&sweep, file, old, new);
        Sweep::resume(sweep.path()).map(|sweep| sweep.left().len())
    };
    for (file, old, new) in [
        (files::SWEEP, "10ms", "11ms"),
        (files::SWEEP, "concurrency = \"4, 8\"\n", ""),
        (files::SCENARIO, "duration = \"10s\"", "duration = \"11s\""),
        (files::SCENARIO, "seed = ", "seed = 4"),
        (files::SCENARIO, "[load]", "[load]\nmax_in_flight = 7 #"),
    ] {
        match changed(file, old, new) {
            Err(SweepError::Changed { .. } | SweepError::Scenario(_)) => {}
            other => panic!("{file} {new}: {other:?}"),
        }
    }
    assert_eq!(changed(files::SWEEP, "repeat = 2", "repeat = 3").unwrap(), 23);
}

#[test]
fn a_table_that_is_none_is_refused_with_its_line() {
    for (old, new, says) in [
        ("on_timeout,", "on_timeouts,", "line 1: the columns are not those of a sweep"),
        (",true,", ",maybe,", "line 2: `balanced` is `maybe`"),
        (",10000000,", ",", "line 2"),
    ] {
        let (_directory, mut sweep) = begun();
        let visit = sweep.left().into_iter().find(|visit| visit.point.deadline == Duration::from_millis(10)).unwrap();
        keep(&mut sweep, visit);
        edit(&sweep, files::RUNS_TABLE, old, new);
        let told = Sweep::resume(sweep.path()).unwrap_err().to_string();
        assert!(told.contains(says), "{says} in {told}");
    }
}

#[test]
fn a_directory_has_one_sweep_and_one_without_is_none() {
    let (directory, sweep) = begun();
    assert!(matches!(Sweep::begin(sweep.path(), base(), grid()), Err(SweepError::Taken { .. })));
    let run = tempfile::tempdir().unwrap();
    std::fs::write(run.path().join("summary.json"), "{}").unwrap();
    assert!(matches!(Sweep::begin(run.path(), base(), grid()), Err(SweepError::HasRun { .. })));
    assert!(matches!(Sweep::resume(directory.path()), Err(SweepError::Unreadable { .. })));
}

#[test]
fn a_scenario_that_is_wrong_at_one_point_begins_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sweep");
    let grid = Grid::new("0s,1s".parse().unwrap(), Policies::Both, Levels::Scenario, 1).unwrap();
    assert!(matches!(Sweep::begin(&path, base(), grid), Err(SweepError::Scenario(_))));
    assert!(!path.exists());
}
