//! Scenario files as a program reads them: plans, defaults, changes, the plugin's own table, the resolved text.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use miette::{GraphicalReportHandler, GraphicalTheme};
use proptest::prelude::*;
use serde::Deserialize;
use tardy::outcome::{GatherMode, Policy, Scope};
use tardy::scenario::{
    ABORT, DRAIN, DURATION, Deadline, Flavor, Gather, MAX_IN_FLIGHT, Overrides, ParamError, Plan, ScenarioError,
    Source, Stage, WhenFull, shipped,
};
use tardy::units::{Arrivals, LoadMode, Rate};
use toml::Spanned;

const EVERY_KEY: &str = include_str!("fixtures/every_key.toml");
const SMALLEST: &str = r#"
name = "smallest"
[workload]
kind = "synthetic"
[load]
mode = "closed"
concurrency = 4
"#;

fn plan(text: &str) -> Result<Plan, ScenarioError> {
    changed(text, &[])
}

fn changed(text: &str, sets: &[&str]) -> Result<Plan, ScenarioError> {
    let overrides = sets.iter().try_fold(Overrides::default(), |all, set| all.with_set(set))?;
    Plan::new(Source::new("x.toml", text), &overrides)
}

fn rendered(error: &ScenarioError) -> String {
    let mut text = String::new();
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor()).with_width(200);
    handler.render_report(&mut text, error).unwrap();
    text
}

fn complaint(result: Result<Plan, ScenarioError>) -> String {
    rendered(&result.unwrap_err())
}

/// The plugin's table as plain values.
fn table(plan: &Plan) -> toml::Table {
    plan.workload.read().unwrap()
}

fn assert_same(one: &Plan, other: &Plan) {
    assert_eq!((&one.name, &one.about, &one.lesson), (&other.name, &other.about, &other.lesson));
    assert_eq!((&one.workload.kind, table(one)), (&other.workload.kind, table(other)));
    assert_eq!((&one.load, one.deadline), (&other.load, other.deadline));
    assert_eq!((one.gather, one.run, &one.gates), (other.gather, other.run, &other.gates));
}

#[test]
fn every_key_reaches_the_plan() {
    let plan = plan(EVERY_KEY).unwrap();

    assert_eq!((plan.name.as_str(), plan.about.as_str()), ("every-key", "20 leaves awaited together"));
    assert_eq!(plan.lesson, "1 % slow leaves make 18 % slow gathers");
    assert_eq!(plan.workload.kind, "synthetic");
    let rate = Rate::per_second(500.0).unwrap();
    assert_eq!(plan.load.mode, LoadMode::Open { rate, arrivals: Arrivals::Constant });
    assert_eq!((plan.load.max_in_flight, plan.load.when_full), (50_000, WhenFull::Shed));
    let stages = [(10, 1000.0), (5, 0.5)].map(|(s, level)| Stage { duration: Duration::from_secs(s), level });
    assert_eq!(plan.load.stages, stages);
    let (after, grace) = (Some(Duration::from_millis(50)), Duration::from_millis(10));
    assert_eq!(plan.deadline, Deadline { after, policy: Policy::Cancel, grace, scope: Scope::Gather });
    assert_eq!(plan.gather, Some(Gather { width: 20, mode: GatherMode::First(3) }));
    assert_eq!(plan.run.duration, Some(Duration::from_secs(30)));
    assert_eq!(plan.run.tasks, Some(10_020), "whole gathers");
    assert_eq!((plan.run.warmup, plan.run.drain), (Duration::from_secs(2), Duration::from_millis(1500)));
    assert_eq!((plan.run.workers, plan.run.flavor, plan.run.seed), (2, Flavor::MultiThread, 7));
    assert_eq!(plan.run.blocking_threads, 64);
    let gates: Vec<String> = plan.gates.fail_if.iter().map(ToString::to_string).collect();
    assert_eq!((gates, plan.gates.abort), (vec!["timed_out > 1%".to_owned(), "p99.9(gather) > 2s".to_owned()], true));
}

#[test]
fn what_a_file_leaves_out_has_its_documented_default() {
    let plan = plan(SMALLEST).unwrap();

    assert_eq!((plan.about.as_str(), plan.lesson.as_str()), ("", ""));
    assert_eq!(plan.load.mode, LoadMode::Closed { concurrency: 4 });
    assert_eq!((plan.load.max_in_flight, plan.load.when_full), (MAX_IN_FLIGHT, WhenFull::Queue));
    assert_eq!((plan.deadline.after, plan.deadline.policy), (None, Policy::Observe));
    assert_eq!(plan.gather, None);
    assert_eq!((plan.run.duration, plan.run.tasks), (Some(DURATION), None));
    assert_eq!((plan.run.warmup, plan.run.drain, plan.run.seed), (Duration::ZERO, DRAIN, 1));
    assert_eq!(plan.run.flavor, Flavor::MultiThread);
    assert!(plan.run.workers > 0);
    assert_eq!(plan.run.blocking_threads, 512);
    assert_eq!((plan.gates.fail_if.len(), plan.gates.abort), (0, ABORT));
}

#[test]
fn a_run_of_so_many_tasks_has_no_duration_unless_it_says_one() {
    let run = changed(SMALLEST, &["run.tasks=5"]).unwrap().run;
    assert_eq!((run.duration, run.tasks), (None, Some(5)));
}

#[test]
fn one_event_loop_has_one_worker() {
    assert_eq!(changed(SMALLEST, &["run.flavor=current_thread"]).unwrap().run.workers, 1);
}

#[test]
fn a_set_reaches_any_key_of_the_file() {
    let plan = changed(
        EVERY_KEY,
        &[
            "deadline.after=80ms",
            "load.rate=1000/s",
            "gather.width = 40",
            "load.stage.1.rate=7/s",
            "workload.step.connect.sleep.p99=2s",
            "workload.step.1.sleep.of.0.weight=9",
            "workload.step.1.cpu=5us",
            "workload.pools.db=3",
            "workload.extra=[1, 2]",
            r#"name="quoted""#,
            "about=some words",
        ],
    )
    .unwrap();

    assert_eq!(plan.deadline.after, Some(Duration::from_millis(80)));
    let rate = Rate::per_second(1000.0).unwrap();
    assert_eq!(plan.load.mode, LoadMode::Open { rate, arrivals: Arrivals::Constant });
    assert_eq!(plan.gather.map(|gather| gather.width), Some(40));
    assert_eq!(plan.load.stages[1], Stage { duration: Duration::from_secs(5), level: 7.0 });
    assert_eq!((plan.name.as_str(), plan.about.as_str()), ("quoted", "some words"));
    let table = table(&plan);
    assert_eq!(table["step"][0]["sleep"]["p99"].as_str(), Some("2s"));
    assert_eq!(table["step"][1]["sleep"]["of"][0]["weight"].as_integer(), Some(9));
    assert_eq!(table["step"][1]["cpu"].as_str(), Some("5us"));
    assert_eq!(table["pools"]["db"].as_integer(), Some(3));
    assert_eq!(table["extra"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_set_makes_the_table_that_is_not_there_yet() {
    let plan = changed(SMALLEST, &["gather.width=5", "deadline.after=20ms", "workload.pools.db=2"]).unwrap();
    assert_eq!(plan.gather, Some(Gather { width: 5, mode: GatherMode::Collect }));
    assert_eq!(plan.deadline.after, Some(Duration::from_millis(20)));
    assert_eq!(table(&plan)["pools"]["db"].as_integer(), Some(2));
}

#[test]
fn a_set_that_leads_nowhere_says_where_it_could_have_led() {
    for (set, said) in [
        ("workload.step.qeury.acquire=x", "there is no `qeury` in `workload.step`\n  help: did you mean `query`?"),
        ("workload.step.render.cpu=x", "help: expected `connect` or `query`"),
        ("workload.step.2.cpu=x", "help: expected an index from 0 to 1 or `connect` or `query`"),
        ("load.stage.9.rate=x", "help: expected an index from 0 to 1"),
        ("workload.step.query.acquire.db=x", "`workload.step.query.acquire` is `\"db\"`, which has no keys"),
        ("workload.step.0=x", "`workload.step.0` is a whole table"),
        ("deadline.after", "there is no `=`"),
        ("=80ms", "that is no path"),
        ("a..b=80ms", "that is no path"),
    ] {
        let complaint = complaint(changed(EVERY_KEY, &[set]));
        assert!(complaint.contains(said), "{set}:\n{complaint}");
    }
}

#[test]
fn what_a_set_made_wrong_is_shown_in_the_changed_text() {
    for (set, said) in [
        ("load.rat=5/s", ["x.toml, as changed on the command line", "rat = \"5/s\"", "did you mean `rate`?"]),
        ("gathr.width=5", ["unknown key `gathr` in the file", "[gathr]", "did you mean `gather`?"]),
        ("load.rate=0/s", ["a rate of zero brings no task", "rate = \"0/s\"", "─────"]),
        ("load.concurrency=5", ["this load is open", "concurrency = 5", "rate = \"500/s\""]),
        ("run.seed=-1", ["-1 is out of range", "seed = -1", "a whole number from 0"]),
    ] {
        let complaint = complaint(changed(EVERY_KEY, &[set]));
        assert!(said.iter().all(|said| complaint.contains(said)), "{set}:\n{complaint}");
    }
}

#[test]
fn a_rate_makes_a_closed_load_open_and_a_concurrency_an_open_one_closed() {
    let with = |text, overrides| Plan::new(Source::new("x.toml", text), &overrides).unwrap().load;
    let rate = Rate::per_second(9.0).unwrap();

    let opened = with(SMALLEST, Overrides::default().with_rate("9/s"));
    assert_eq!(opened.mode, LoadMode::Open { rate, arrivals: Arrivals::Poisson });
    let faster = with(EVERY_KEY, Overrides::default().with_rate("9/s"));
    assert_eq!(faster.mode, LoadMode::Open { rate, arrivals: Arrivals::Constant });
    assert_eq!(faster.stages, [], "a rate on the command line holds");
    let closed = with(EVERY_KEY, Overrides::default().with_concurrency(7));
    assert_eq!(closed.mode, LoadMode::Closed { concurrency: 7 });
}

#[test]
fn a_duration_and_a_number_of_tasks_take_each_others_place() {
    let run = |overrides| Plan::new(Source::new("x.toml", EVERY_KEY), &overrides).unwrap().run;
    let (timed, counted) = (run(Overrides::default().with_duration("9s")), run(Overrides::default().with_tasks(21)));
    assert_eq!((timed.duration, timed.tasks), (Some(Duration::from_secs(9)), None));
    assert_eq!((counted.duration, counted.tasks), (None, Some(40)));
}

#[test]
fn a_fail_if_adds_to_those_of_the_file_however_they_are_written() {
    for (file, gates) in [
        ("", &["failed > 0", "p99 > 1s"][..]),
        ("[gate]\nfail_if = []\n", &["failed > 0", "p99 > 1s"]),
        ("[gate]\nfail_if = \"max > 2s\"\n", &["max > 2s", "failed > 0", "p99 > 1s"]),
        ("gate = { fail_if = [\"max > 2s\"], abort = true }\n", &["max > 2s", "failed > 0", "p99 > 1s"]),
    ] {
        let text = if file.starts_with("gate") { format!("{file}{SMALLEST}") } else { format!("{SMALLEST}\n{file}") };
        let overrides = Overrides::default().with_fail_if("failed>0").with_fail_if(" p99 > 1s ");
        let plan = Plan::new(Source::new("x.toml", text), &overrides).unwrap();
        let found: Vec<String> = plan.gates.fail_if.iter().map(ToString::to_string).collect();
        assert_eq!(
            (found, plan.gates.abort),
            (gates.iter().map(|&gate| gate.to_owned()).collect(), file.contains("true"))
        );
    }
    let refused = Overrides::default().with_fail_if("failed > 0");
    let refused = Plan::new(Source::new("x.toml", format!("gate = 5\n{SMALLEST}")), &refused).unwrap_err();
    assert!(rendered(&refused).contains("`gate` is `5`, which has no keys"), "{}", rendered(&refused));
}

#[test]
fn more_than_one_worker_makes_one_event_loop_a_runtime_of_many() {
    let one_loop = format!("{SMALLEST}[run]\nflavor = \"current_thread\"\n");
    let run = |workers| {
        let overrides = Overrides::default().with_workers(workers);
        Plan::new(Source::new("x.toml", one_loop.as_str()), &overrides).unwrap().run
    };
    assert_eq!((run(1).flavor, run(1).workers), (Flavor::CurrentThread, 1));
    assert_eq!((run(3).flavor, run(3).workers), (Flavor::MultiThread, 3));
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    step: Vec<StepParams>,
    #[serde(default)]
    pools: toml::Table,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StepParams {
    #[serde(rename = "name")]
    _name: String,
    acquire: Option<Spanned<String>>,
    #[serde(rename = "sleep")]
    _sleep: toml::Value,
}

#[test]
fn a_plugin_reads_its_table_without_its_kind() {
    let params: Params = plan(EVERY_KEY).unwrap().workload.read().unwrap();
    assert_eq!((params.step.len(), params.pools.len()), (2, 1));
}

#[test]
fn a_plugins_complaint_points_into_the_whole_file() {
    let plan = plan(EVERY_KEY).unwrap();
    let params: Params = plan.workload.read().unwrap();
    let acquire = params.step[1].acquire.as_ref().unwrap();
    assert_eq!(&EVERY_KEY[acquire.span()], "\"db\"");

    let wrong = ParamError::at(acquire.span(), "there is no pool `db`").with_help("declare it in `pools`");
    let shown = rendered(&plan.workload.invalid(vec![wrong]));
    assert!(shown.contains("x.toml:16:11"), "{shown}");
    assert!(shown.contains("16 │ acquire = \"db\"\n    ·           ────\n"), "{shown}");
    assert!(shown.contains("help: declare it in `pools`"), "{shown}");
}

#[test]
fn a_key_no_plugin_knows_is_shown_with_the_one_that_was_meant() {
    for (wrong, by, said) in [
        ("acquire = \"db\"", "aquire = \"db\"", ["16:1", "unknown key `aquire`", "did you mean `acquire`?"]),
        ("acquire = \"db\"", "acquire = 5", ["16:11", "expected a string", "·           ─"]),
        ("name = \"query\"\n", "", ["14:1", "`name` is missing", "[[workload.step]]"]),
    ] {
        let plan = plan(&EVERY_KEY.replace(wrong, by)).unwrap();
        let shown = rendered(&plan.workload.read::<Params>().unwrap_err());
        assert!(said.iter().all(|said| shown.contains(said)), "{shown}");
    }
}

#[test]
fn the_resolved_text_keeps_what_was_written_and_says_the_rest() {
    let text = plan(SMALLEST).unwrap().resolved;
    for line in SMALLEST.lines() {
        assert!(text.contains(line), "{line} in\n{text}");
    }
    for line in ["max_in_flight = 100000", "when_full = \"queue\"", "duration = \"30s\"", "drain = \"5s\"", "seed = 1"]
    {
        assert!(text.contains(line), "{line} in\n{text}");
    }
    let every_key = plan(EVERY_KEY).unwrap();
    assert_eq!(&*every_key.resolved, EVERY_KEY, "with every key said nothing is left to say");
}

#[test]
fn a_shipped_scenario_is_found_by_its_name_before_a_file_is() {
    assert_eq!(Plan::load("hello", &Overrides::default()).unwrap().name, "hello");
}

#[test]
fn the_resolved_text_of_every_shipped_scenario_repeats_its_plan() {
    for scenario in shipped() {
        let first = Plan::load(scenario.name, &Overrides::default()).unwrap();
        assert_same(&first, &plan(&first.resolved).unwrap());
    }
}

/// Lines that each may or may not be in a file; every choice of them is valid.
fn valid_file() -> impl Strategy<Value = String> {
    let load = prop_oneof![
        Just("mode = \"open\"\nrate = \"250/s\"\n"),
        Just(
            "mode = \"open\"\nrate = \"0.5/s\"\narrivals = \"constant\"\n[[load.stage]]\nduration = \"1s\"\nrate = \"9/s\"\n"
        ),
        Just("mode = \"closed\"\nconcurrency = 64\nwhen_full = \"shed\"\nmax_in_flight = 640\n"),
    ];
    let deadline = prop_oneof![
        Just(""),
        Just("[deadline]\nafter = \"1.5ms\"\n"),
        Just("[deadline]\nafter = \"50ms\"\non_timeout = \"cancel\"\ngrace = \"1m\"\n"),
    ];
    let gather = prop_oneof![
        Just(""),
        Just("[gather]\nwidth = 20\n"),
        Just("[gather]\nwidth = 3\nmode = \"first\"\nk = 3\n"),
        Just("[gather]\nwidth = 3\nmode = \"fail_fast\"\n"),
        Just("[gate]\nfail_if = \"p99.9 > 1.5s\"\n"),
        Just("[gate]\nfail_if = ['failed>0', \"done < 5/m\"]\nabort = true\n"),
    ];
    let run = prop::sample::subsequence(
        vec![
            "duration = \"90s\"\n",
            "tasks = 7\n",
            "warmup = \"250us\"\n",
            "drain = \"0s\"\n",
            "workers = 3\n",
            "seed = 0\n",
        ],
        0..=6,
    );
    let inline = any::<bool>();
    (load, deadline, gather, run, inline).prop_map(|(load, deadline, gather, run, inline)| {
        let run = if inline { format!("[run]\n{}", run.concat()) } else { String::new() };
        format!("name = \"n\"\n[workload]\nkind = \"k\"\nx = [1]\n[load]\n{load}{deadline}{gather}{run}")
    })
}

/// Whether a terminal shows all of `text` and obeys none of it.
fn is_harmless(text: &str) -> bool {
    !text.contains(|c: char| c.is_control() && c != '\n' && c != '\t')
}

proptest! {
    #[test]
    fn the_resolved_text_repeats_the_plan(file in valid_file(), seed in 0..i64::MAX, cancel in any::<bool>()) {
        let overrides = Overrides::default().with_seed(seed);
        let policy = if cancel { Policy::Cancel } else { Policy::Observe };
        let overrides = overrides.with_deadline("75ms").with_on_timeout(policy);
        for overrides in [Overrides::default(), overrides] {
            let first = Plan::new(Source::new("x.toml", file.as_str()), &overrides).unwrap();
            let second = plan(&first.resolved).unwrap();
            assert_same(&first, &second);
            prop_assert_eq!(first.resolved, second.resolved);
        }
    }

    #[test]
    fn no_text_panics_the_reader(text in any::<String>()) {
        if let Err(error) = plan(&text) {
            prop_assert!(is_harmless(&rendered(&error)));
        }
    }

    #[test]
    fn no_change_of_a_valid_file_panics_the_reader(
        at in 0..EVERY_KEY.len(),
        length in 0_usize..40,
        by in prop_oneof![any::<String>(), "[\\[\\]{}=\"'.,#\n\\\\ 0-9a-z-]{0,12}"],
    ) {
        let end = (at + length).min(EVERY_KEY.len());
        let text = format!("{}{by}{}", &EVERY_KEY[..at], &EVERY_KEY[end..]);
        let shown = match plan(&text) {
            Ok(plan) => plan.workload.read::<Params>().err(),
            Err(error) => Some(error),
        };
        if let Some(shown) = shown {
            prop_assert!(is_harmless(&rendered(&shown)));
        }
    }

    #[test]
    fn no_set_panics_the_reader(
        path in prop_oneof![any::<String>(), "(workload|load|run|step|stage|name|[0-3]|sleep|of|\\.){1,9}"],
        value in prop_oneof![any::<String>(), "[\\[\\]{}=\"0-9a-z]{0,8}"],
    ) {
        if let Err(error) = changed(EVERY_KEY, &[&format!("{path}={value}")]) {
            prop_assert!(is_harmless(&rendered(&error)));
        }
    }
}

#[test]
fn a_resolved_file_elsewhere_still_finds_what_the_workload_reads() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("own.toml");
    std::fs::write(&file, SMALLEST).unwrap();
    let first = Plan::load(file.to_str().unwrap(), &Overrides::default()).unwrap();
    let second = plan(&first.resolved).unwrap();
    assert_eq!(second.workload.base.as_deref(), Some(home.path()));
}
