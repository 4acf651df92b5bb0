//! `tardy report` as a shell and a browser see it: where the page goes, what is left alone, and what its slider does.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "interop/mod.rs"]
#[expect(dead_code, reason = "no Python is asked for here")]
mod interop;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use assert_cmd::cargo::cargo_bin;
use serde_json::Value;
use tardy::units::{human, percent, task_time, three_digits};

fn tardy(directory: &Path, args: &[&str]) -> Output {
    Command::new(cargo_bin!("tardy")).current_dir(directory).args(args).output().unwrap()
}

/// Runs a shipped scenario with gathers for a second, and a little longer until its last tasks have ended.
fn run(directory: &Path, into: &str) {
    let args = ["run", "fanout", "--on-timeout", "observe", "--duration", "1s", "--quiet", "--out", into];
    assert_eq!(tardy(directory, &args).status.code(), Some(0));
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn a_page_replaces_an_earlier_page_and_nothing_else() {
    let scratch = tempfile::tempdir().unwrap();
    let here = scratch.path();
    run(here, "one");
    let written = tardy(here, &["report", "one"]);
    assert_eq!((written.status.code(), text(&written.stderr)), (Some(0), String::new()));
    assert!(text(&written.stdout).starts_with("report.html: 1 run, "), "{}", text(&written.stdout));
    let page = fs::read_to_string(here.join("report.html")).unwrap();
    assert!(page.contains("<h1>fanout</h1>") && page.trim_end().ends_with("</html>"));

    let both = tardy(here, &["report", "one", "one", "-o", "report.html"]);
    assert!(text(&both.stdout).starts_with("report.html: 2 runs, "), "{}", text(&both.stderr));
    assert!(fs::read_to_string(here.join("report.html")).unwrap().contains("one against one"));

    for (file, what) in [("notes.html", "mine"), ("almost.html", "<!DOCTYPE html>\n<p>mine</p>\n")] {
        fs::write(here.join(file), what).unwrap();
        let refused = tardy(here, &["report", "one", "--output", file]);
        let told = text(&refused.stderr);
        assert_eq!((refused.status.code(), text(&refused.stdout)), (Some(2), String::new()));
        assert!(told.contains(&format!("`{file}` exists")) && told.contains("`-o`"), "{told}");
        assert_eq!(fs::read_to_string(here.join(file)).unwrap(), what);
    }
}

#[test]
fn what_is_no_run_and_what_is_no_place_for_a_page_are_told() {
    let scratch = tempfile::tempdir().unwrap();
    let here = scratch.path();
    fs::create_dir(here.join("empty")).unwrap();
    for args in
        [&["none"][..], &["empty"], &["empty", "-o", "empty"], &["empty", "-o", ".."], &["--baseline", "none"], &[]]
    {
        let refused = tardy(here, &[&["report"], args].concat());
        assert_eq!((refused.status.code(), text(&refused.stdout)), (Some(2), String::new()), "{args:?}");
        assert!(!refused.stderr.is_empty() && !here.join("report.html").exists(), "{args:?}");
    }
}

/// The figures of `what_if.csv` as the dashboard shows them, a deadline a row.
fn answers(run: &Path) -> Vec<(String, Vec<String>)> {
    let mut reader = csv::Reader::from_path(run.join("what_if.csv")).unwrap();
    let columns = reader.headers().unwrap().clone();
    let rows = reader.records().map(|row| {
        let row = row.unwrap();
        let cell = |name: &str| row.get(columns.iter().position(|column| column == name).unwrap()).unwrap().to_owned();
        let time = |name: &str| Duration::from_nanos(cell(name).parse().unwrap());
        let share = |name: &str| cell(name).parse::<f64>().unwrap();
        let saved = time("saved_ns");
        assert_eq!(cell("saved_is_bound"), "false", "all tasks have ended");
        let figures = vec![
            percent(share("missed")),
            format!("{}/s", three_digits(share("goodput_per_s"))),
            human(time("mean_wait_ns")),
            task_time(time("wasted_ns")),
            task_time(saved),
            percent(share("gathers_complete")),
        ];
        (human(time("what_if_deadline_ns")), figures)
    });
    rows.collect()
}

/// What the page says, in the order of [`answers`]; of what cancelling frees, the time that stands beside the share.
fn told(seen: &Value) -> (String, Vec<String>) {
    let words = |of: &str| -> Vec<String> {
        seen[of].as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect()
    };
    let mut figures = words("figures");
    words("beside")[4].trim_start_matches("of task time, ").clone_into(&mut figures[4]);
    (seen["deadline"].as_str().unwrap().to_owned(), figures)
}

#[test]
fn in_a_browser_the_slider_says_what_the_files_say_and_without_a_script_all_is_there() {
    let is_here = interop::has("Chromium", Command::new("chromium").arg("--version"))
        && interop::has("Node.js", Command::new("node").arg("--version"));
    if !is_here {
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let here = scratch.path();
    run(here, "one");
    assert_eq!(tardy(here, &["report", "one"]).status.code(), Some(0));
    let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/report/browser.mjs");
    let url = format!("file://{}", here.join("report.html").display());
    let profile = here.join("profile");
    let seen = Command::new("node").arg(driver).args(["chromium".as_ref(), profile.as_os_str()]).arg(url).output();
    let seen = seen.unwrap();
    let seen: Value = serde_json::from_slice(&seen.stdout).unwrap_or_else(|_| panic!("{}", text(&seen.stderr)));
    assert_eq!((&seen["errors"], &seen["requests"]), (&Value::Array(vec![]), &Value::Array(vec![])));

    let answers = answers(&here.join("one"));
    let at = |seen: &Value| usize::try_from(seen["place"].as_u64().unwrap()).unwrap();
    let pressed = seen["pressed"].as_array().unwrap();
    let shown = pressed.iter().chain([&seen["first"], &seen["clicked"], &seen["addressed"]]);
    for seen in shown {
        assert_eq!(told(seen), answers[at(seen)], "{seen}");
        assert_eq!(seen["told"], format!("{}: missed {}", answers[at(seen)].0, answers[at(seen)].1[0]));
    }
    assert!(pressed.iter().all(|seen| seen["isSlider"] == true), "Tab has led to the slider");
    let places: Vec<usize> = pressed.iter().map(at).collect();
    assert_eq!((&places[..3], places[6]), (&[0, 1, 2][..], answers.len() - 1), "Home, two steps, and End");
    assert!(
        places[3] > 3 && places[4] > places[3] && places[5] == places[4] - 1,
        "two pages and a step back: {places:?}"
    );
    assert_eq!((&seen["first"]["deadline"], &seen["addressed"]["deadline"]), (&"50.0 ms".into(), &"30.2 ms".into()));

    let scriptless = &seen["scriptless"];
    assert_eq!((told(scriptless), &scriptless["isShown"]), (told(&seen["first"]), &Value::Bool(false)));
    assert!(seen["scriptlessRows"].as_u64().unwrap() > 10);
}
