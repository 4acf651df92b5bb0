//! What `tardy new` writes is what it says: it runs, it passes its own test, and nothing that was there is changed.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

#[path = "languages/found.rs"]
#[expect(dead_code, reason = "shared with the tests of other languages")]
mod found;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use found::has_python;

fn tardy(directory: &Path, args: &[&str]) -> Output {
    Command::cargo_bin("tardy").unwrap().args(args).current_dir(directory).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// What lies in a directory.
fn entries(directory: &Path) -> Vec<String> {
    let names = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

#[test]
fn a_new_scenario_is_valid_and_its_gates_judge_it() {
    let directory = tempfile::tempdir().unwrap();
    let made = tardy(directory.path(), &["new", "web-api", "--toml"]);
    assert!(made.status.success() && text(&made.stdout).contains("tardy run web-api.toml"), "{made:?}");
    assert_eq!(entries(directory.path()), ["web-api.toml"]);

    let short = ["--set", "run.duration=1s", "--quiet"];
    let run = tardy(directory.path(), &[&["run", "web-api.toml"][..], &short].concat());
    assert!(run.status.success() && text(&run.stdout).contains("books balanced"), "{run:?}");
    let broken = tardy(directory.path(), &[&["run", "web-api.toml", "--deadline", "5ms"][..], &short].concat());
    assert_eq!(broken.status.code(), Some(1), "{broken:?}");
}

#[test]
fn what_is_there_is_left_alone_and_odd_names_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("a.toml"), "mine").unwrap();
    fs::create_dir(directory.path().join("b")).unwrap();
    for (args, why) in [
        (["new", "a", "--toml"], "`a.toml` exists"),
        (["new", "b", "--rust"], "`b` exists"),
        (["new", "../c", "--rust"], "`../c` cannot be its name"),
        (["new", "Shop", "--toml"], "`Shop` cannot be its name"),
        (["new", "synthetic", "--rust"], "`synthetic` cannot be its name"),
        (["new", "exec", "--rust"], "`exec` cannot be its name"),
        (["new", "build", "--rust"], "`build` cannot be its name"),
        (["new", "", "--rust"], "`` cannot be its name"),
    ] {
        let refused = tardy(directory.path(), &args);
        assert_eq!(refused.status.code(), Some(2), "{refused:?}");
        assert!(text(&refused.stderr).contains(why) && refused.stdout.is_empty(), "{refused:?}");
    }
    assert_eq!(entries(directory.path()), ["a.toml", "b"]);
    assert_eq!(fs::read_to_string(directory.path().join("a.toml")).unwrap(), "mine");
    assert!(entries(&directory.path().join("b")).is_empty());
}

/// Where this build's dependencies lie: the new crate takes them from there.
fn target() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_tardy")).ancestors().nth(2).unwrap().to_owned()
}

#[test]
fn a_new_crate_compiles_passes_its_test_and_is_all_of_tardy() {
    let directory = tempfile::tempdir().unwrap();
    let made = tardy(directory.path(), &["new", "shop", "--rust"]);
    assert!(made.status.success(), "{made:?}");
    let shop = directory.path().join("shop");
    assert_eq!(entries(&shop), [".cargo", "Cargo.toml", "shop.toml", "src"]);
    // The same versions and flags as this build, so that nothing but the crate itself is compiled.
    fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock"), shop.join("Cargo.lock")).unwrap();
    if !cfg!(tokio_unstable) {
        fs::remove_dir_all(shop.join(".cargo")).unwrap();
    }
    let cargo = |args: &[&str]| {
        let optimised =
            ["hdrhistogram", "quanta", "tokio"].map(|name| format!("profile.dev.package.{name}.opt-level=2"));
        let mut cargo = Command::new(env!("CARGO"));
        cargo.current_dir(&shop).args(args).args(["--offline", "--target-dir"]).arg(target());
        for profile in optimised {
            cargo.args(["--config", &profile]);
        }
        cargo.env_remove("CARGO_TARGET_DIR").output().unwrap()
    };
    let tested = cargo(&["test"]);
    assert!(tested.status.success() && text(&tested.stdout).contains("1 passed"), "{tested:?}");
    assert!(cargo(&["build"]).status.success());
    let run = std::process::Command::new(target().join("debug/shop"))
        .args(["run", "shop.toml", "--duration", "500ms", "--quiet"])
        .current_dir(&shop)
        .output()
        .unwrap();
    assert!(run.status.success() && text(&run.stdout).contains("step charge"), "{run:?}");
}

#[test]
fn a_new_python_program_passes_its_test() {
    let directory = tempfile::tempdir().unwrap();
    let made = tardy(directory.path(), &["new", "web-shop", "--python"]);
    assert!(made.status.success() && text(&made.stdout).contains("tardy run web-shop.toml"), "{made:?}");
    let shop = directory.path().join("web-shop");
    assert_eq!(entries(&shop), ["tardy_asyncio.py", "test_work.py", "web-shop.toml", "work.py"]);
    if !has_python() {
        return;
    }
    let unittest = ["-B", "-m", "unittest"];
    let tested = std::process::Command::new("python3").args(unittest).current_dir(&shop).output().unwrap();
    assert!(tested.status.success() && text(&tested.stderr).contains("Ran 3 tests"), "{tested:?}");

    let run = tardy(&shop, &["run", "web-shop.toml", "--duration", "1s", "--quiet"]);
    assert!(run.status.success() && text(&run.stdout).contains("step charge"), "{run:?}");
}
