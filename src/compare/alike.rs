//! What two scenarios differ in, key by key.

use std::collections::BTreeMap;
use std::fmt;

use toml::{Table, Value};

use crate::text::one_line;
use crate::units::{Rate, parse_duration};

/// The tables that say what is run, and how much of it.
const WORK: [&str; 3] = ["workload", "gather", "load"];

/// The tables besides that a difference may come from.
const CONDITIONS: [&str; 2] = ["deadline", "run"];

/// The longest value shown, in characters.
const LONGEST: usize = 40;

/// A key that two scenarios do not say the same of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Differing {
    /// As `--set` takes it.
    pub key: String,
    /// What A says.
    pub a: Option<String>,
    /// What B says.
    pub b: Option<String>,
}

impl Differing {
    /// Whether it changes what is run or how much of it, so that the runs are not worth comparing.
    #[must_use]
    pub fn is_work(&self) -> bool {
        is_in(&self.key, &WORK)
    }
}

impl fmt::Display for Differing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b] = [&self.a, &self.b].map(|value| {
            value.as_ref().map_or_else(|| "not said".to_owned(), |value| format!("`{}`", one_line(value, LONGEST)))
        });
        write!(f, "`{}` is {a} and {b}", one_line(&self.key, LONGEST))
    }
}

/// The keys that two resolved scenarios differ in, as far as they change what is measured; work first.
#[must_use]
pub fn differing(a: &str, b: &str) -> Vec<Differing> {
    let (mut a, mut b) = (keys(a), keys(b));
    let all: Vec<String> =
        a.keys().chain(b.keys()).cloned().collect::<std::collections::BTreeSet<_>>().into_iter().collect();
    let differing = all.into_iter().filter_map(|key| {
        let (of_a, of_b) = (a.remove(&key), b.remove(&key));
        (!is_same(of_a.as_deref(), of_b.as_deref())).then_some(Differing { key, a: of_a, b: of_b })
    });
    let mut differing: Vec<_> = differing.collect();
    differing.sort_by_key(|differing| !differing.is_work());
    differing
}

/// Every key that matters, with the text of its value. A text that is no TOML has none: a run's file has been read.
fn keys(text: &str) -> BTreeMap<String, String> {
    let mut keys = BTreeMap::new();
    let table: Table = text.parse().unwrap_or_default();
    for (key, value) in table {
        if is_in(&key, &WORK) || is_in(&key, &CONDITIONS) {
            flatten(key, value, &mut keys);
        }
    }
    keys
}

fn is_in(key: &str, tables: &[&str]) -> bool {
    tables.contains(&key.split('.').next().unwrap_or(key))
}

fn flatten(key: String, value: Value, keys: &mut BTreeMap<String, String>) {
    match value {
        Value::Table(table) => {
            for (name, value) in table {
                flatten(format!("{key}.{name}"), value, keys);
            }
        }
        Value::Array(values) if values.iter().all(Value::is_table) => {
            for (number, value) in values.into_iter().enumerate() {
                let name = value.get("name").and_then(Value::as_str).map_or_else(|| number.to_string(), str::to_owned);
                flatten(format!("{key}.{name}"), value, keys);
            }
        }
        Value::String(text) => {
            keys.insert(key, text);
        }
        value => {
            keys.insert(key, value.to_string());
        }
    }
}

/// Whether two values mean the same, as `1s` and `1000ms` do.
fn is_same(a: Option<&str>, b: Option<&str>) -> bool {
    let (Some(a), Some(b)) = (a, b) else { return a == b };
    let durations = || Some(parse_duration(a).ok()? == parse_duration(b).ok()?);
    let rates = || Some(a.parse::<Rate>().ok()? == b.parse::<Rate>().ok()?);
    let numbers = || Some(a.parse::<f64>().ok()?.total_cmp(&b.parse().ok()?).is_eq());
    a == b || durations().or_else(rates).or_else(numbers).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = r#"
name = "one"
[workload]
kind = "synthetic"
[[workload.step]]
name = "query"
sleep = { dist = "lognormal", p50 = "20ms", p99 = "0.2s" }
[load]
mode = "open"
rate = "200/s"
max_in_flight = 100_000
[deadline]
after = "100ms"
[run]
seed = 1
[gate]
fail_if = ["p99 > 1s"]
"#;

    fn told(b: &str) -> Vec<String> {
        differing(ONE, b).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_same_in_other_words_is_the_same() {
        let other = ONE.replace("0.2s", "200ms").replace("200/s", "12000/m").replace("100_000", "100000");
        assert_eq!(told(&other.replace("name = \"one\"", "name = \"two\"").replace("p99 > 1s", "p99 > 2s")), [""; 0]);
    }

    #[test]
    fn each_key_that_differs_is_named_with_both_values_and_work_comes_first() {
        let other =
            ONE.replace("\"20ms\"", "\"40ms\"").replace("seed = 1", "seed = 2").replace("rate = \"200/s\"\n", "");
        assert_eq!(
            told(&other),
            [
                "`load.rate` is `200/s` and not said",
                "`workload.step.query.sleep.p50` is `20ms` and `40ms`",
                "`run.seed` is `1` and `2`"
            ]
        );
        assert_eq!(differing(ONE, &other).iter().map(Differing::is_work).collect::<Vec<_>>(), [true, true, false]);
    }

    #[test]
    fn what_only_one_has_is_named() {
        assert_eq!(told(&format!("{ONE}[gather]\nwidth = 20\n")), ["`gather.width` is not said and `20`"]);
    }
}
