//! What is published: the package has what its own tests need, and its dependencies are what it says they are.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::print_stderr, reason = "a test that is left out says so")]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use spdx::{Expression, ParseMode};

/// What is in the repository and in no package: how it is kept, and the fuzzer, which is a crate of its own.
const LEFT_OUT: [&str; 4] = [".gitignore", "clippy.toml", "rustfmt.toml", "fuzz/"];

const INDEX: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// What a command says in the directory of the package.
fn said(program: &str, args: &[&str]) -> String {
    let said = Command::new(program).args(args).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(said.status.success(), "{program} {args:?}: {said:?}");
    String::from_utf8(said.stdout).unwrap()
}

fn cargo(args: &[&str]) -> String {
    said(env!("CARGO"), args)
}

/// The numbers of a version of Rust: `1.89` and `1.89.0` are one.
fn version(text: &str) -> [u32; 3] {
    let mut numbers = text.split('.').map(|number| number.parse().unwrap());
    std::array::from_fn(|_| numbers.next().unwrap_or(0))
}

#[test]
fn the_package_has_every_file_of_the_repository_that_is_read() {
    if !Path::new(env!("CARGO_MANIFEST_DIR")).join(".git").exists() {
        eprintln!("left out: this is no repository, but perhaps a package");
        return;
    }
    let tracked = said("git", &["-c", "safe.directory=*", "ls-files"]);
    let packaged = cargo(&["package", "--list", "--allow-dirty", "--offline"]);
    let packaged: BTreeSet<&str> = packaged.lines().collect();
    let is_left_out = |file: &&str| LEFT_OUT.iter().any(|left| file.starts_with(left));
    let (left, kept): (Vec<&str>, Vec<&str>) = tracked.lines().partition(is_left_out);
    let missing: Vec<_> = kept.into_iter().filter(|file| !packaged.contains(file)).collect();
    assert!(missing.is_empty(), "not in the package: add them to `include` in Cargo.toml: {missing:?}");
    let more: Vec<_> = left.into_iter().filter(|file| packaged.contains(file)).collect();
    assert!(more.is_empty(), "in the package: {more:?}");
}

#[test]
fn what_is_packaged_for_debian_is_there() {
    let manifest: toml::Table = cargo(&["read-manifest", "--offline"])
        .parse::<Value>()
        .map(|manifest| toml::Table::try_from(&manifest["metadata"]).unwrap())
        .unwrap();
    let assets = manifest["deb"]["assets"].as_array().unwrap();
    for source in assets.iter().map(|asset| asset[0].as_str().unwrap()).filter(|source| !source.starts_with("target/"))
    {
        let (directory, name) = source.rsplit_once('/').unwrap_or((".", source));
        let (start, end) = name.split_once('*').unwrap_or((name, ""));
        let entries = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory).read_dir().unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        assert!(names.into_iter().any(|name| name.starts_with(start) && name.ends_with(end)), "{source}");
    }
}

#[test]
fn no_dependency_asks_for_a_newer_rust_than_tardy_does() {
    let metadata: Value = cargo(&["metadata", "--format-version=1", "--locked"]).parse().unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 100, "{}", packages.len());
    let own = version(env!("CARGO_PKG_RUST_VERSION"));
    let newer =
        packages.iter().filter(|package| package["rust_version"].as_str().is_some_and(|rust| version(rust) > own));
    let newer: Vec<String> = newer.map(|package| format!("{} {}", package["name"], package["rust_version"])).collect();
    assert!(newer.is_empty(), "newer than {}: {newer:?}", env!("CARGO_PKG_RUST_VERSION"));
}

#[test]
fn every_dependency_is_under_a_licence_that_is_allowed() {
    let deny: toml::Table = include_str!("../deny.toml").parse().unwrap();
    let allowed: BTreeSet<&str> =
        deny["licenses"]["allow"].as_array().unwrap().iter().map(|licence| licence.as_str().unwrap()).collect();
    let tree = cargo(&[
        "tree",
        "--locked",
        "--target=all",
        "--all-features",
        "--edges=normal,build",
        "--prefix=none",
        "--format={p}|{l}",
    ]);
    let (mut wrong, mut needed) = (BTreeSet::new(), BTreeSet::new());
    for line in tree.lines().filter(|line| !line.is_empty()) {
        let (package, licence) = line.trim_end_matches(" (*)").split_once('|').unwrap();
        let licence =
            Expression::parse_mode(licence, ParseMode::LAX).unwrap_or_else(|error| panic!("{package}: {error}"));
        let is_allowed = licence.evaluate(|licence| allowed.contains(licence.license.to_string().as_str()));
        needed.extend(licence.requirements().map(|licence| licence.req.license.to_string()));
        if !is_allowed {
            wrong.insert(format!("{package}: {licence}"));
        }
    }
    assert!(wrong.is_empty(), "not allowed by deny.toml: {wrong:?}");
    let unused: Vec<_> = allowed.iter().filter(|licence| !needed.contains(**licence)).collect();
    assert!(unused.is_empty(), "deny.toml allows what nothing has: {unused:?}");
}

#[test]
fn every_dependency_comes_from_the_registry_with_its_checksum() {
    let lock: toml::Table =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock")).unwrap().parse().unwrap();
    for package in lock["package"].as_array().unwrap() {
        let is_own = package["name"].as_str() == Some(env!("CARGO_PKG_NAME"));
        let of_registry =
            package.get("source").and_then(toml::Value::as_str) == Some(INDEX) && package.get("checksum").is_some();
        assert!(is_own || of_registry, "{package}");
    }
}
