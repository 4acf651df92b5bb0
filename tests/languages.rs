//! What other languages have of tardy passes its own tests, which need no tardy.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

#[path = "languages/found.rs"]
mod found;

use std::path::Path;
use std::process::Command;

use found::{has_node, has_python};

/// Runs a command in a directory of the repository; it has to succeed.
fn succeeds(directory: &str, command: &[&str]) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
    let output = Command::new(command[0]).args(&command[1..]).current_dir(directory).output().unwrap();
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}\n{}", text(&output.stdout), text(&output.stderr));
}

#[test]
fn the_python_module_passes_its_tests() {
    if has_python() {
        succeeds("scenarios/asyncio", &["python3", "-B", "-W", "error", "-m", "unittest"]);
    }
}

#[test]
fn the_node_module_passes_its_tests() {
    if has_node() {
        succeeds("scenarios/node", &["node", "--test"]);
    }
}
