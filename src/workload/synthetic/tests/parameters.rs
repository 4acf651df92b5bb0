//! Wrong parameters: where the complaint points, and what it says.

use super::*;
use crate::scenario::{Overrides, Plan, Source};

/// What each complaint points at, and what it says.
fn complaints(table: &str) -> Vec<(&str, String)> {
    complaints_from(table, &setup())
}

fn complaints_from<'a>(table: &'a str, setup: &Setup) -> Vec<(&'a str, String)> {
    let errors = match toml::from_str(table) {
        Ok(params) => Synthetic::new(params, setup).map_or_else(|errors| errors, |_| Vec::new()),
        Err(error) => vec![ParamError { span: error.span(), message: error.message().to_owned(), help: None }],
    };
    errors.into_iter().map(|error| (error.span.map_or("", |span| &table[span]), error.message)).collect()
}

/// A workload of one step that sleeps so.
fn sleeping(latency: &str) -> String {
    format!("step = [ {{ name = \"work\", sleep = {latency} }} ]")
}

#[test]
fn a_wrong_latency_is_shown_with_what_was_expected() {
    let no_duration = "is no duration; expected a number with a unit, such as `250us`, `50ms`, `1.5s` or `2m`";
    for (latency, span, message) in [
        (r#""5""#, r#""5""#, &*format!("`5` {no_duration}")),
        (r#""-5ms""#, r#""-5ms""#, &*format!("`-5ms` {no_duration}")),
        (r#""2h""#, r#""2h""#, "`2h` is too long; expected at most 1h"),
        (
            "5",
            "5",
            "invalid type: integer `5`, expected a duration such as \"5ms\" or a distribution such as { dist = \"exp\", mean = \"5ms\" }",
        ),
        (r#"{ mean = "5ms" }"#, r#"{ mean = "5ms" }"#, "missing field `dist`"),
        (
            r#"{ dist = "gauss" }"#,
            r#""gauss""#,
            "`gauss` is no distribution; expected `uniform`, `exp`, `normal`, `lognormal`, `pareto`, `mix` or `replay`",
        ),
        (r#"{ dist = "exp", mean = "0s" }"#, r#""0s""#, "`mean` is zero; expected more"),
        (r#"{ dist = "exp", mean = 5 }"#, "5", "invalid type: integer `5`, expected a string"),
        (r#"{ dist = "exp" }"#, r#"{ dist = "exp" }"#, "`exp` needs `mean`; expected `mean`"),
        (r#"{ dist = "exp", mean = "1ms", p99 = "2ms" }"#, r#""2ms""#, "`exp` takes no `p99`; expected `mean`"),
        (r#"{ dist = "uniform", min = "3ms", max = "2ms" }"#, r#""2ms""#, "`max` 2ms is less than `min` 3ms"),
        (
            r#"{ dist = "uniform", min = "1ms", max = "2 parsecs" }"#,
            r#""2 parsecs""#,
            &format!("`2 parsecs` {no_duration}"),
        ),
        (r#"{ dist = "normal", mean = "0s", stdev = "1ms" }"#, r#""0s""#, "`mean` is zero; expected more"),
        (r#"{ dist = "normal", mean = "1s", stdev = "2h" }"#, r#""2h""#, "`2h` is too long; expected at most 1h"),
        (r#"{ dist = "lognormal", p50 = "5ms", p99 = "5ms" }"#, r#""5ms""#, "`p99` 5ms is not above `p50` 5ms"),
        (r#"{ dist = "lognormal", p50 = "0ms", p99 = "5ms" }"#, r#""0ms""#, "`p50` is zero; expected more"),
        (r#"{ dist = "pareto", scale = "0s", shape = 2 }"#, r#""0s""#, "`scale` is zero; expected more"),
        (
            r#"{ dist = "pareto", scale = "1s", shape = 0 }"#,
            "0",
            "`shape = 0` is not positive; expected a finite number above 0",
        ),
        (
            r#"{ dist = "pareto", scale = "1s", shape = nan }"#,
            "nan",
            "`shape = NaN` is not positive; expected a finite number above 0",
        ),
        (r#"{ dist = "mix", of = [] }"#, "[]", "`mix` of nothing; expected some { weight = 1, sleep = \"5ms\" }"),
        (
            r#"{ dist = "mix", of = [ { weight = 0, sleep = "1s" } ] }"#,
            "0",
            "`weight = 0` is not positive; expected a finite number above 0",
        ),
        (
            r#"{ dist = "mix", of = [ { weight = -1.5, sleep = "1s" } ] }"#,
            "-1.5",
            "`weight = -1.5` is not positive; expected a finite number above 0",
        ),
        (
            r#"{ dist = "mix", of = [ { weight = 1, sleep = { dist = "exp", mean = "0s" } } ] }"#,
            r#""0s""#,
            "`mean` is zero; expected more",
        ),
        (
            r#"{ dist = "mix", of = [ { weight = 1, cpu = "1s" } ] }"#,
            "cpu",
            "unknown field `cpu`, expected `weight` or `sleep`",
        ),
        (
            r#"{ dist = "replay", file = "hello.toml" }"#,
            r#""hello.toml""#,
            "`hello.toml` has no column `latency` or `latency_ns` in its first line",
        ),
    ] {
        assert_eq!(complaints(&sleeping(latency)), [(span, message.to_owned())], "{latency}");
    }
}

#[test]
fn a_recording_that_is_missing_or_a_directory_is_an_error() {
    for file in ["none.csv", "."] {
        let table = sleeping(&format!("{{ dist = \"replay\", file = \"{file}\" }}"));
        let [(span, message)] = &complaints(&table)[..] else { panic!("one complaint is expected") };
        assert_eq!(*span, format!("\"{file}\""));
        assert!(message.starts_with(&format!("cannot read `{file}`: ")), "{message}");
    }
}

#[test]
fn weights_that_cannot_be_added_up_are_an_error() {
    let table =
        sleeping(r#"{ dist = "mix", of = [ { weight = 1e308, sleep = "1s" }, { weight = 1e308, sleep = "1s" } ] }"#);
    let [(span, message)] = &complaints(&table)[..] else { panic!("one complaint is expected") };
    assert_eq!(*span, r#""mix""#);
    assert!(message.starts_with("`mix` cannot be drawn from: "), "{message}");
}

#[test]
fn a_mix_may_be_of_mixes_but_not_without_end() {
    let nested = |depth: usize| {
        let open = r#"{ dist = "mix", of = [ { weight = 1, sleep = "#.repeat(depth);
        sleeping(&format!("{open}\"1ms\"{}", " } ] }".repeat(depth)))
    };
    assert_eq!(complaints(&nested(10)), []);
    assert_eq!(complaints(&nested(10_000)).len(), 1, "an error, and no overflow of the stack");
}

#[test]
fn a_wrong_step_or_pool_is_shown_with_what_was_expected() {
    for (table, span, message) in [
        ("", "", "the workload has no step; expected at least one [[workload.step]]"),
        ("step = []", "", "the workload has no step; expected at least one [[workload.step]]"),
        (r#"step = [ { name = "" } ]"#, r#""""#, "`` is no name of a step; expected some text without `/`"),
        (r#"step = [ { name = "a/b" } ]"#, r#""a/b""#, "`a/b` is no name of a step; expected some text without `/`"),
        (r#"step = [ { name = "a" }, { name = "a" } ]"#, r#""a""#, "step `a` is there twice; expected another name"),
        (r#"step = [ { sleep = "5ms" } ]"#, r#"{ sleep = "5ms" }"#, "missing field `name`"),
        (
            r#"step = [ { name = "a", nap = "5ms" } ]"#,
            "nap",
            "unknown field `nap`, expected one of `name`, `acquire`, `sleep`, `cpu`, `blocking`, `yield`, `fail`, `panic`",
        ),
        ("steps = []", "steps", "unknown field `steps`, expected `pools` or `step`"),
        (r#"step = [ { name = "a", fail = 1.5 } ]"#, "1.5", "`fail = 1.5` is no probability; expected 0 to 1"),
        (r#"step = [ { name = "a", panic = -1 } ]"#, "-1", "`panic = -1` is no probability; expected 0 to 1"),
        (r#"step = [ { name = "a", fail = nan } ]"#, "nan", "`fail = NaN` is no probability; expected 0 to 1"),
        (r#"step = [ { name = "a", yield = -1 } ]"#, "-1", "invalid value: integer `-1`, expected u32"),
        (r#"step = [ { name = "a", acquire = "db" } ]"#, r#""db""#, "pool `db` is not declared, and no other is"),
        (
            "pools = { lock = 1, disk = 2 }\nstep = [ { name = \"a\", acquire = \"db\" } ]",
            r#""db""#,
            "pool `db` is not declared; expected `disk` or `lock`",
        ),
        ("pools = { db = 0 }\nstep = [ { name = \"a\" } ]", "0", "pool `db` has no permit; expected at least 1"),
    ] {
        assert_eq!(complaints(table), [(span, message.to_owned())], "{table}");
    }
}

#[test]
fn a_pool_without_a_permit_for_each_shard_is_shown() {
    let table = "pools = { db = 3 }\nstep = [ { name = \"a\" } ]";
    let of = |shard: &str| complaints_from(table, &setup().with_shard(shard.parse().unwrap()));
    let message = "`pools.db` is 3, and there are 4 shards to share it; expected at least 4".to_owned();
    assert_eq!((of("3/3"), of("1/4")), (vec![], vec![("3", message)]));
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let table = r#"
        pools = { db = 0 }
        step = [
            { name = "a", acquire = "cache", sleep = "5", fail = 2, panic = 3 },
            { name = "a", sleep = { dist = "mix", of = [ { weight = 0, sleep = "1" }, { weight = 1, sleep = "2" } ] } },
            { name = "b", sleep = { dist = "lognormal", p50 = "0s", mean = "3" }, cpu = "4", blocking = { dist = "zipf" } },
        ]"#;
    let spans: Vec<&str> = complaints(table).into_iter().map(|(span, _)| span).collect();
    let expected = [
        "0",
        r#""a""#,
        r#""cache""#,
        r#""5""#,
        "2",
        "3",
        "0",
        r#""1""#,
        r#""2""#,
        r#""3""#,
        r#"{ dist = "lognormal", p50 = "0s", mean = "3" }"#,
        r#""0s""#,
        r#""4""#,
        r#""zipf""#,
    ];
    assert_eq!(spans, expected);
}

#[test]
fn a_bad_line_of_a_recording_is_named_with_its_file() {
    let dir = tempfile::tempdir().unwrap();
    let table = sleeping(r#"{ dist = "replay", file = "own.csv" }"#);
    for (bytes, message) in [
        (&b""[..], "`own.csv` is empty; expected a header with `latency`, then a line for each task"),
        (
            b"latency,ending\n5ms,done\n5ms,lost\n",
            "`own.csv` line 3: `lost` is no ending; expected `done`, `failed` or `panicked`",
        ),
        (b"latency\n\xff\n", "`own.csv` is not UTF-8 text"),
    ] {
        std::fs::write(dir.path().join("own.csv"), bytes).unwrap();
        let setup = Setup::new(Some(dir.path().to_owned()), 1);
        assert_eq!(complaints_from(&table, &setup), [(r#""own.csv""#, message.to_owned())]);
    }
}

#[test]
fn a_pool_that_nobody_uses_and_a_step_that_does_nothing_are_no_errors() {
    assert_eq!(complaints("pools = { db = 4294967295 }\nstep = [ { name = \"nothing\" } ]"), []);
}

#[test]
fn a_complaint_points_into_the_file_the_table_stands_in() {
    let file = r#"
        name = "x"
        [load]
        mode = "closed"
        concurrency = 1
        [workload]
        kind = "synthetic"
        [[workload.step]]
        name = "work"
        sleep = { dist = "mix", of = [ { weight = 0.0, sleep = "5ms" } ] }
        "#;
    let plan = Plan::new(Source::new("x.toml", file), &Overrides::default()).unwrap();
    let [error] = &Synthetic::new(plan.workload.read().unwrap(), &setup()).unwrap_err()[..] else { panic!("one") };
    assert_eq!(&plan.workload.source[error.span.clone().unwrap()], "0.0");
}
