//! Gates on the screen: at a glance in the head, the first that fails in the status row, all of them in the help.

use super::*;

/// Of a run that goes on; the second and the third fail.
const GATES: [&str; 4] = ["p50 > 200ms", "timed_out > 1%", "p99 > 1h", "panicked > 1_000"];

fn gated(run: Snapshot, gates: &[&str]) -> App {
    app(fixture::with_gates(run, gates, false), COLOR)
}

#[test]
fn gates_that_fail_and_gates_that_hold_look_as_they_were_approved() {
    let mut app = gated(fixture::live(), &GATES);
    for size in [(60, 15), (80, 24), (120, 34)] {
        assert_screen("gates", &app, size);
    }
    act(&mut app, Action::Help);
    assert_screen("gates_help", &app, (120, 34));
}

#[test]
fn one_glance_says_how_many_fail_or_that_all_hold() {
    for (run, gates, says) in [
        (fixture::live(), &GATES[..], "2 of 4 gates FAIL"),
        (fixture::live(), &GATES[..1], "1 gate ✓"),
        (fixture::empty(), &GATES[..], "   4 gates   "),
        (fixture::finished(), &GATES[2..], "1 of 2 gates FAIL"),
    ] {
        let head = text(&screen(&gated(run, gates), (120, 34))).lines().next().unwrap().to_owned();
        assert!(head.contains(says), "{says} in {head}");
    }
    assert!(!text(&screen(&app(fixture::live(), COLOR), (120, 34))).contains("gate ✓"));
}

#[test]
fn the_first_gate_that_fails_comes_before_what_the_lints_found() {
    let status = |app: &App| text(&screen(app, (120, 34))).lines().rev().nth(1).unwrap().to_owned();
    let failing = status(&gated(fixture::overload(), &GATES));
    assert!(failing.contains("⚠ gate fails: timed_out > 1%: ") && failing.contains(" more"), "{failing}");
    assert_eq!(status(&gated(fixture::overload(), &GATES[3..])), status(&app(fixture::overload(), COLOR)));
}

#[test]
fn the_gates_that_fail_head_the_findings() {
    let mut run = gated(fixture::overload(), &GATES);
    act(&mut run, Action::Findings);
    let seen = text(&screen(&run, (120, 34)));
    let [gate, finding] = ["gate fails   timed_out > 1%: ", "arrivals are 86.0 s behind"].map(|words| seen.find(words));
    assert!(gate.is_some() && gate < finding, "{seen}");
}
