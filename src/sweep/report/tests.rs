use std::time::Duration;

use super::*;
use crate::scenario::{Overrides, Plan};
use crate::sweep::{Grid, Levels, Measured, Policies, Value, Visit};

/// What a run of 1,000 tasks might measure: latencies around 40 ms, the longer the deadline the better.
fn measured(visit: &Visit) -> Measured {
    let deadline = visit.point.deadline.as_secs_f64();
    let missed = (0.04 / (deadline + 0.04)).powi(2) * (1.0 + 0.05 * f64::from(visit.repeat));
    let cancels = visit.point.policy == Policy::Cancel;
    let goodput = 500.0 * (1.0 - missed) * if cancels { 1.0 } else { 0.9 };
    let (p50, p99) = (40e6, 160e6);
    let cut = |latency: f64| {
        let cut = cancels && latency > deadline * 1e9;
        Value { number: if cut { deadline * 1e9 } else { latency }, censored: cut }
    };
    let known = |number| Value { number, censored: false };
    let values = Measure::ALL.map(|measure| match measure {
        Measure::Missed | Measure::Wasted => Some(known(missed)),
        Measure::Goodput => Some(known(goodput)),
        Measure::ResponseP50 | Measure::ServiceP50 => Some(cut(p50)),
        Measure::ResponseP99 | Measure::ServiceP99 => Some(cut(p99)),
        Measure::Cancelled => Some(known(if cancels { missed } else { 0.0 })),
        Measure::Complete => None,
    });
    Measured::new(1_000, 0, true, values)
}

/// A sweep with its first `runs` runs kept, the first of them in vain.
fn sweep(directory: &tempfile::TempDir, levels: Levels, repeats: u32, runs: usize) -> Sweep {
    let base = Plan::load("pool", &Overrides::default()).unwrap();
    let grid = Grid::new("10ms..1s/5".parse().unwrap(), Policies::Both, levels, repeats).unwrap();
    let mut sweep = Sweep::begin(&directory.path().join("s"), base, grid).unwrap();
    for visit in sweep.left().into_iter().take(runs) {
        sweep.finished.push(crate::sweep::Finished { visit, measured: Ok(measured(&visit)) });
    }
    if let Some(first) = sweep.finished.first_mut() {
        first.measured = Err("cannot start a runtime\n\u{1b}[31mwith 2 workers".to_owned());
    }
    sweep
}

fn written(sweep: &Sweep, width: usize, ascii: bool) -> String {
    let mut out = Vec::new();
    write(sweep, Look { width, ascii }, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    text.replace(&sweep.path().display().to_string(), "runs/s")
}

#[test]
fn a_sweep_is_tables_charts_and_advice() {
    let directory = tempfile::tempdir().unwrap();
    insta::assert_snapshot!(written(&sweep(&directory, Levels::Scenario, 3, 30), 100, false));
}

#[test]
fn on_a_narrow_terminal_columns_are_left_out_and_charts_stand_below_each_other() {
    let directory = tempfile::tempdir().unwrap();
    let text = written(&sweep(&directory, Levels::Scenario, 3, 29), 60, true);
    assert!(text.is_ascii() && text.lines().all(|line| line.len() <= 60));
    insta::assert_snapshot!(text);
}

#[test]
fn every_load_has_its_tables_and_its_advice() {
    let directory = tempfile::tempdir().unwrap();
    let levels = Levels::Concurrencies("8,64".parse().unwrap());
    let text = written(&sweep(&directory, levels, 1, 20), 100, false);
    for says in [
        "\ncancel, closed 8 ",
        "\nobserve, closed 64 ",
        "\nclosed 8: goodput is",
        "\nclosed 64: goodput is",
        "service times",
    ] {
        assert!(text.contains(says), "{says} in\n{text}");
    }
    assert!(!text.contains("min–max"), "one run has no spread");
}

#[test]
fn a_sweep_without_a_run_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let text = written(&sweep(&directory, Levels::Scenario, 1, 0), 100, false);
    assert!(text.contains("nothing was measured here\n10 runs left to do: `tardy sweep --resume runs/s`"), "{text}");
}

#[test]
fn books_that_do_not_balance_are_the_loudest_line() {
    let directory = tempfile::tempdir().unwrap();
    let mut sweep = sweep(&directory, Levels::Scenario, 1, 3);
    let visit = sweep.left()[0];
    let mut lost = measured(&visit);
    lost.balanced = false;
    sweep.finished.push(crate::sweep::Finished { visit, measured: Ok(lost) });
    assert!(written(&sweep, 100, false).contains("\nBOOKS DO NOT BALANCE"));
}

#[test]
fn no_width_is_a_panic() {
    let directory = tempfile::tempdir().unwrap();
    let sweep = sweep(&directory, Levels::Scenario, 2, 15);
    for width in [0, 1, 7, 20, 79, 80, 500] {
        assert!(!written(&sweep, width, false).contains('\u{1b}'));
    }
    assert_eq!(sweep.points().iter().map(|point| point.point.deadline).min(), Some(Duration::from_millis(10)));
}

#[test]
fn the_points_as_json_are_what_the_schema_says() {
    let schema: serde_json::Value = serde_json::from_str(include_str!("../../../assets/sweep.schema.json")).unwrap();
    jsonschema::meta::validate(&schema).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let levels = [
        Levels::Scenario,
        Levels::Rates("100..1000/3".parse().unwrap()),
        Levels::Concurrencies("8,64".parse().unwrap()),
    ];
    for (number, (levels, runs)) in levels.into_iter().zip([0, 30, 11]).enumerate() {
        let directory = tempfile::tempdir_in(directory.path()).unwrap();
        let mut out = Vec::new();
        crate::sweep::write_json(&sweep(&directory, levels, 2, runs), &mut out).unwrap();
        let mut points: serde_json::Value = serde_json::from_slice(&out).unwrap();
        let wrong: Vec<_> = schema.iter_errors(&points).map(|error| error.to_string()).collect();
        assert_eq!(wrong, Vec::<String>::new(), "{number}");
        points["points"][0]["runs"] = serde_json::json!(-1);
        assert!(!schema.is_valid(&points), "{number}");
        points["points"][0].as_object_mut().unwrap().remove("runs");
        assert!(!schema.is_valid(&points), "{number}");
    }
}
