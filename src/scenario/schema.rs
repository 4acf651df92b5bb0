//! The scenario file as a JSON Schema: what an editor completes and checks by.
//!
//! Owns the shape of the tables, with a line on each key. It must not know which plugins there are: their tables are given
//! to it. What is wrong with a file is said by `validate`; the schema knows the keys, their types and their words, and not
//! what one table demands of another.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value};

use super::validate::{
    ABORT, ANY, ARRIVALS, BLOCKING_THREADS, DRAIN, DURATION, FLAVOR, GATHER_MODE, GRACE, MAX_BLOCKING_THREADS,
    MAX_IN_FLIGHT, MAX_U32, MAX_WORKERS, ON_TIMEOUT, SCOPE, SEED, WARMUP, WHEN_FULL, mode_word,
};
use crate::document::{AsToml, DurationText, Line, RateText};
use crate::units::exact;

/// The keys of a plugin's table without `kind`, as it is put into a schema.
pub(crate) type Describe = fn(&mut SchemaGenerator) -> Schema;

/// The schema of scenario files whose workloads may be of these kinds; one without a description may have any keys, and so
/// may one of a kind that is none of them.
pub(crate) fn schema<'a>(kinds: impl Iterator<Item = (&'a str, Option<Describe>)>) -> Value {
    // The newest draft that the editors' plugins for TOML know.
    let settings = SchemaSettings::draft07().with_transform(AsToml);
    let mut generator = settings.into_generator();
    let described = kinds.filter_map(|(kind, describe)| Some((kind, describe?(&mut generator))));
    let described: Vec<_> = described.collect();
    let names: Vec<&str> = described.iter().map(|(kind, _)| *kind).collect();
    let other = json_schema!({
        "title": "a workload of your own",
        "type": "object",
        "properties": { "kind": { "type": "string", "not": { "enum": names } } },
        "required": ["kind"],
    });
    let tables = described.into_iter().map(|(kind, table)| with_kind(kind, table));
    let tables = tables.chain([other]).map(|mut table| {
        // The generator transforms what it is the root of, and these are put into it later.
        generator.transforms_mut().for_each(|transform| transform.transform(&mut table));
        table.to_value()
    });
    let tables: Vec<Value> = tables.collect();
    let mut file = generator.into_root_schema_for::<File>().to_value();
    file["properties"]["workload"]["oneOf"] = tables.into();
    // What it is comes first, for those who read it.
    let mut schema = Map::new();
    for key in ["$schema", "title", "description"] {
        schema.insert(key.to_owned(), file[key].take());
    }
    schema.extend(
        file.as_object().into_iter().flatten().filter(|(_, said)| !said.is_null()).map(|(k, v)| (k.clone(), v.clone())),
    );
    schema.into()
}

/// The table of a workload with its `kind` before its other keys.
fn with_kind(kind: &str, mut table: Schema) -> Schema {
    let mut properties = Map::from_iter([("kind".to_owned(), serde_json::json!({ "const": kind }))]);
    if let Some(Value::Object(own)) = table.remove("properties") {
        properties.extend(own);
    }
    let mut required = vec![Value::from("kind")];
    if let Some(Value::Array(own)) = table.remove("required") {
        required.extend(own);
    }
    table.insert("title".to_owned(), kind.into());
    table.insert("properties".to_owned(), properties.into());
    table.insert("required".to_owned(), required.into());
    table
}

/// A scenario of tardy: a workload, how its tasks arrive, when they are due, and for how long it runs.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, title = "tardy scenario")]
#[expect(dead_code, reason = "nothing but its schema is used")]
struct File {
    /// What the scenario is called.
    #[schemars(length(min = 1))]
    name: Line,
    /// What it shows, one line.
    about: Option<Line>,
    /// What to learn from it, one line.
    lesson: Option<Line>,
    /// Where relative file names start from; the file's own directory when left out.
    files: Option<Line>,
    /// The code one task runs, chosen by `kind`; the other keys are the plugin's own.
    workload: Map<String, Value>,
    /// How arrivals come.
    load: Load,
    /// The deadline of each task; without it there is none.
    deadline: Option<Deadline>,
    /// Tasks awaited together.
    gather: Option<Gather>,
    /// How long, on what.
    run: Option<Run>,
    /// When a run counts as failed.
    gate: Option<Gate>,
}

/// How arrivals come.
#[derive(JsonSchema)]
#[schemars(tag = "mode", rename_all = "lowercase", deny_unknown_fields)]
#[expect(dead_code, reason = "nothing but its schema is used")]
enum Load {
    /// At times that do not depend on the work.
    Open {
        /// Arrivals per time.
        rate: RateText,
        /// How the gaps between them are drawn.
        #[schemars(extend("default" = ARRIVALS.word()))]
        arrivals: Option<Arrivals>,
        /// The largest number of tasks in flight.
        #[schemars(range(min = 1, max = MAX_U32), extend("default" = MAX_IN_FLIGHT))]
        max_in_flight: Option<u64>,
        /// What happens to an arrival beyond it.
        #[schemars(extend("default" = WHEN_FULL.word()))]
        when_full: Option<WhenFull>,
        /// Changes of the load over time, one after the other; the last one's level stays.
        stage: Option<Vec<OpenStage>>,
    },
    /// Each follows the end of another.
    Closed {
        /// Arrivals in flight at once.
        #[schemars(range(min = 1, max = MAX_U32))]
        concurrency: u64,
        /// The largest number of tasks in flight.
        #[schemars(range(min = 1, max = MAX_U32), extend("default" = MAX_IN_FLIGHT))]
        max_in_flight: Option<u64>,
        /// What happens to an arrival beyond it.
        #[schemars(extend("default" = WHEN_FULL.word()))]
        when_full: Option<WhenFull>,
        /// Changes of the load over time, one after the other; the last one's level stays.
        stage: Option<Vec<ClosedStage>>,
    },
    /// From an application, which spawns its tasks itself.
    None {
        /// The largest number of tasks in flight.
        #[schemars(range(min = 1, max = MAX_U32), extend("default" = MAX_IN_FLIGHT))]
        max_in_flight: Option<u64>,
        /// What happens to an arrival beyond it.
        #[schemars(extend("default" = WHEN_FULL.word()))]
        when_full: Option<WhenFull>,
    },
}

/// How the gaps between open arrivals are drawn.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "nothing but its schema is used")]
enum Arrivals {
    /// Exponential gaps.
    Poisson,
    /// Equal gaps.
    Constant,
}

/// What happens to an arrival when `max_in_flight` is reached.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "nothing but its schema is used")]
enum WhenFull {
    /// It waits, and its response time runs.
    Queue,
    /// It is given up and counted.
    Shed,
}

/// The load goes in a straight line from the level before to this one.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "nothing but its schema is used")]
struct OpenStage {
    /// How long it takes.
    duration: DurationText,
    /// Arrivals per time at its end.
    rate: RateText,
}

/// The load goes in a straight line from the level before to this one.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "nothing but its schema is used")]
struct ClosedStage {
    /// How long it takes.
    duration: DurationText,
    /// Arrivals in flight at its end.
    #[schemars(range(min = 1, max = MAX_U32))]
    concurrency: u64,
}

/// The deadline of each task.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "nothing but its schema is used")]
struct Deadline {
    /// The time a task has.
    after: DurationText,
    /// What a miss does.
    #[schemars(extend("default" = ON_TIMEOUT.word()))]
    on_timeout: Option<OnTimeout>,
    /// How long a cancelled task may clean up.
    #[schemars(extend("default" = exact(GRACE)))]
    grace: Option<DurationText>,
    /// Whose deadline it is.
    #[schemars(extend("default" = SCOPE.word()))]
    scope: Option<Scope>,
}

/// What a missed deadline does.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "nothing but its schema is used")]
enum OnTimeout {
    /// The task is cancelled.
    Cancel,
    /// It is counted, and the task goes on.
    Observe,
}

/// Whose deadline it is.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "nothing but its schema is used")]
enum Scope {
    /// Each task's own.
    Task,
    /// The gather's, shared by its children.
    Gather,
}

/// Tasks awaited together.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(extend(
    "if" = { "properties": { "mode": { "const": "first" } }, "required": ["mode"] },
    "then" = { "required": ["k"] },
    "else" = { "properties": { "k": false } },
))]
#[expect(dead_code, reason = "nothing but its schema is used")]
struct Gather {
    /// Children awaited together.
    #[schemars(range(min = 1, max = MAX_U32))]
    width: u64,
    /// When it has its outcome.
    #[schemars(extend("default" = mode_word(GATHER_MODE)))]
    mode: Option<GatherMode>,
    /// Under `first`: how many have to be done.
    #[schemars(range(min = 1, max = MAX_U32))]
    k: Option<u64>,
}

/// When a gather has its outcome.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "nothing but its schema is used")]
enum GatherMode {
    /// When all children have ended, as `gather(return_exceptions=True)`.
    Collect,
    /// With the first error; the siblings go on, as `gather` has it.
    FailFast,
    /// With the first error, and the siblings are cancelled, as `TaskGroup` has it.
    CancelSiblings,
    /// When `k` are done.
    First,
}

/// How long, on what.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "nothing but its schema is used")]
struct Run {
    /// How long to measure; no limit when `tasks` alone is said.
    #[schemars(extend("default" = exact(DURATION)))]
    duration: Option<DurationText>,
    /// How many tasks to spawn, rounded up to whole gathers.
    #[schemars(range(min = 1, max = ANY))]
    tasks: Option<u64>,
    /// Time at the start that is not counted.
    #[schemars(extend("default" = exact(WARMUP)))]
    warmup: Option<DurationText>,
    /// How long tasks in flight at the end may go on.
    #[schemars(extend("default" = exact(DRAIN)))]
    drain: Option<DurationText>,
    /// Threads of the measured runtime; as many as the machine runs in parallel when left out.
    #[schemars(range(min = 1, max = MAX_WORKERS))]
    workers: Option<u64>,
    /// The most threads of its `spawn_blocking`.
    #[schemars(range(min = 1, max = MAX_BLOCKING_THREADS), extend("default" = BLOCKING_THREADS))]
    blocking_threads: Option<u64>,
    /// Which tokio runtime is measured.
    #[schemars(extend("default" = FLAVOR.word()))]
    flavor: Option<Flavor>,
    /// The seed of all randomness.
    #[schemars(range(max = ANY), extend("default" = SEED))]
    seed: Option<u64>,
}

/// Which tokio runtime is measured.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "nothing but its schema is used")]
enum Flavor {
    /// One with `workers` threads.
    MultiThread,
    /// One event loop, as asyncio has.
    CurrentThread,
}

/// When a run counts as failed.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "nothing but its schema is used")]
struct Gate {
    /// What must not be so, each a quantity, a comparison and a limit.
    fail_if: Option<Conditions>,
    /// Whether a run ends early once a gate is broken for good.
    #[schemars(extend("default" = ABORT))]
    abort: Option<bool>,
    /// The run that `regressed(…)` is held against: the name of a baseline, or a directory.
    baseline: Option<Line>,
}

/// One condition or several.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "nothing but its schema is used")]
enum Conditions {
    /// One condition.
    One(#[schemars(with = "Condition")] ()),
    /// Several, each a gate.
    Several(#[schemars(with = "Vec<Condition>")] ()),
}

/// A quantity, a comparison and a limit, such as `timed_out > 1%` or `p99 > 200ms`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "nothing but its schema is used")]
struct Condition(#[schemars(regex(pattern = "^[^<>=!]*[^<>=!\\s][^<>=!]*[<>]=?[^<>=!]*[^<>=!\\s][^<>=!]*$"))] String);

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::outcome::{GatherMode as Mode, Policy, Scope as Whose};
    use crate::scenario::validate::{
        DEADLINE_KEYS, GATE_KEYS, GATHER_KEYS, KEYS, LOAD_KEYS, RUN_KEYS, STAGE_KEYS, mode_word,
    };
    use crate::scenario::{Flavor as Runtime, WhenFull as Full};
    use crate::units::Arrivals as Gaps;

    /// The keys and the words of a definition, those of all its variants.
    fn said(schema: &Value) -> (BTreeSet<&str>, BTreeSet<&str>) {
        let parts: Vec<&Value> = [schema].into_iter().chain(schema["oneOf"].as_array().into_iter().flatten()).collect();
        let keys = parts.iter().filter_map(|part| part["properties"].as_object()).flat_map(Map::keys);
        let words = parts.iter().flat_map(|part| part["enum"].as_array().into_iter().flatten().chain([&part["const"]]));
        (keys.map(String::as_str).collect(), words.filter_map(Value::as_str).collect())
    }

    #[test]
    fn every_table_has_the_keys_that_are_read_and_every_key_its_words() {
        let schema = schema([].into_iter());
        let all = &schema["definitions"];
        let keys = |name: &str, expected: &[&str]| {
            let table = if name == "File" { &schema } else { &all[name] };
            assert_eq!(said(table).0, expected.iter().copied().collect(), "{name}");
        };
        keys("File", &KEYS);
        keys("Load", &LOAD_KEYS);
        keys("Deadline", &DEADLINE_KEYS);
        keys("Gather", &GATHER_KEYS);
        keys("Run", &RUN_KEYS);
        keys("Gate", &GATE_KEYS);
        let stages: BTreeSet<_> = ["OpenStage", "ClosedStage"].iter().flat_map(|name| said(&all[*name]).0).collect();
        assert_eq!(stages, STAGE_KEYS.into());
        let words = |name: &str, expected: &[&str]| {
            assert_eq!(said(&all[name]).1, expected.iter().copied().collect(), "{name}");
        };
        words("Arrivals", &[Gaps::Poisson, Gaps::Constant].map(Gaps::word));
        words("WhenFull", &[Full::Queue, Full::Shed].map(Full::word));
        words("OnTimeout", &[Policy::Cancel, Policy::Observe].map(Policy::word));
        words("Scope", &[Whose::Task, Whose::Gather].map(Whose::word));
        words("Flavor", &[Runtime::MultiThread, Runtime::CurrentThread].map(Runtime::word));
        words("GatherMode", &[Mode::Collect, Mode::FailFast, Mode::CancelSiblings, Mode::First(1)].map(mode_word));
    }
}
