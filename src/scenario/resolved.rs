//! The file that repeats a run: the text as it was read, with every key that has a default said.
//!
//! Owns writing a plan back. It must not know what the keys mean; the plugin's table stays as it was written.

use toml_edit::{DocumentMut, Item, Table, TableLike, Value};

use super::Plan;
use super::validate::mode_word;
use crate::units::{LoadMode, exact};

/// The text of `plan` with every default said.
pub(super) fn resolved(plan: &Plan) -> String {
    let Ok(mut document) = plan.resolved.parse::<DocumentMut>() else { return plan.resolved.to_string() };
    let file = document.as_table_mut();
    fill(file, "about", plan.about.as_str());
    fill(file, "lesson", plan.lesson.as_str());
    // A copy of the file elsewhere still finds what the workload reads.
    let files = plan.workload.base.as_ref().and_then(|base| std::path::absolute(base).ok());
    if let Some(files) = files.as_deref().and_then(std::path::Path::to_str) {
        fill(file, "files", files);
    }
    in_table(file, "load", |table| load(table, plan));
    if plan.deadline.after.is_some() {
        in_table(file, "deadline", |table| deadline(table, plan));
    }
    if let Some(gather) = plan.gather {
        in_table(file, "gather", |table| fill(table, "mode", mode_word(gather.mode)));
    }
    in_table(file, "run", |table| run(table, plan));
    if !plan.gates.fail_if.is_empty() {
        in_table(file, "gate", |table| fill(table, "abort", plan.gates.abort));
    }
    document.to_string()
}

fn load(table: &mut dyn TableLike, plan: &Plan) {
    if let LoadMode::Open { arrivals, .. } = plan.load.mode {
        fill(table, "arrivals", arrivals.word());
    }
    fill(table, "max_in_flight", integer(plan.load.max_in_flight));
    fill(table, "when_full", plan.load.when_full.word());
}

fn deadline(table: &mut dyn TableLike, plan: &Plan) {
    fill(table, "on_timeout", plan.deadline.policy.word());
    fill(table, "grace", exact(plan.deadline.grace));
    fill(table, "scope", plan.deadline.scope.word());
}

fn run(table: &mut dyn TableLike, plan: &Plan) {
    let run = &plan.run;
    if let Some(duration) = run.duration {
        fill(table, "duration", exact(duration));
    }
    fill(table, "warmup", exact(run.warmup));
    fill(table, "drain", exact(run.drain));
    fill(table, "workers", integer(run.workers as u64));
    fill(table, "blocking_threads", integer(run.blocking_threads as u64));
    fill(table, "flavor", run.flavor.word());
    fill(table, "seed", integer(run.seed));
}

fn in_table(file: &mut Table, key: &str, change: impl FnOnce(&mut dyn TableLike)) {
    if let Some(table) = file.entry(key).or_insert_with(toml_edit::table).as_table_like_mut() {
        change(table);
    }
}

fn fill(table: &mut dyn TableLike, key: &str, value: impl Into<Value>) {
    if !table.contains_key(key) {
        table.insert(key, Item::Value(value.into()));
    }
}

/// A number of a plan, which has come from a file or is as small as those are.
fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
