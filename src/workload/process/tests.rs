//! What is wrong with parameters, told at once and each at its place.

use super::*;
use crate::engine::{Registry, workload};
use crate::scenario::{Overrides, Plan, ScenarioError, Source};

fn prepared(table: &str) -> Result<(), String> {
    let rest = "load = { mode = 'closed', concurrency = 1 }\nrun = { tasks = 1 }";
    let text = format!("name = \"test\"\nworkload.kind = \"process\"\n{table}\n{rest}");
    let plan = Plan::new(Source::new("test.toml", text), &Overrides::default()).unwrap();
    match Registry::new().with(workload::<Process>("process")).prepare(&plan) {
        Ok(_) => Ok(()),
        Err(ScenarioError::Invalid(invalid)) => {
            Err(invalid.complaints.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
        }
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn everything_wrong_with_the_parameters_is_told_at_once() {
    for (table, why) in [
        ("", "`command` is missing"),
        ("workload.command = []", "`command` names no program"),
        ("workload.command = ['']", "`command` names no program"),
        ("workload.command = ['true']\nworkload.shell = 'true'", "unknown key `shell`"),
        ("workload.command = ['true']\nworkload.ready = 'soon'", "`soon` is no duration"),
        ("workload.command = ['true']\nworkload.parameters = { a = [nan] }", "`parameters` holds a number that JSON"),
        (
            "workload.command = ['nope']\nworkload.dir = '/nowhere'\nworkload.copies = 0\nworkload.ready = '0s'",
            "there is no program `nope`; there is no directory `/nowhere`; `copies` is 0, expected a whole number from 1 to \
             256; `ready` is zero, expected a duration above zero",
        ),
    ] {
        let said = prepared(table).unwrap_err();
        assert!(said.contains(why), "{table}: {said}");
    }
}

#[test]
fn parameters_of_every_type_are_taken() {
    let table =
        "{ text = \"ü\", whole = -1, part = 0.5, is = true, day = 1979-05-27, list = [1, \"a\"], table = { a = {} } }";
    assert_eq!(prepared(&format!("workload.command = ['true']\nworkload.parameters = {table}")), Ok(()));
}
