//! Whether the languages that some tests need are on the path. A test that does without says so.

use std::env;
use std::process::Command;

/// Whether there is a Python with the asyncio of `scenarios/asyncio`.
pub(crate) fn has_python() -> bool {
    let is_new = "import sys; print(sys.version_info >= (3, 11))";
    has("python3 of 3.11 or later", &["python3", "-c", is_new], "True")
}

/// Whether there is a Node for `scenarios/node`.
pub(crate) fn has_node() -> bool {
    has("node of 18 or later", &["node", "-p", "parseInt(process.versions.node) >= 18"], "true")
}

fn has(needed: &str, question: &[&str], yes: &str) -> bool {
    let answer = Command::new(question[0]).args(&question[1..]).output();
    let has = answer.is_ok_and(|answer| answer.stdout.trim_ascii() == yes.as_bytes());
    if !has {
        assert!(env::var_os("TARDY_INTEROP").is_none_or(|which| which != "all"), "there is no {needed} on the path");
        eprintln!("skipped, as there is no {needed} on the path");
    }
    has
}
