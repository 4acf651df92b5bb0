//! The corpus of the fuzz targets, and a few thousand changes of it, the same at every run.
//!
//! The seeds are the shipped scenarios and what is in `corpus`, where every input that once made a target fail stays.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[expect(unreachable_pub, reason = "it is a crate of its own for the fuzzer")]
mod targets;

use std::fs;
use std::io::Read;
use std::panic::catch_unwind;
use std::path::Path;
use std::process::Command;

use flate2::read::ZlibDecoder;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

/// Bytes that mean something in the formats, and some that mean nothing.
const TOKENS: &[&str] = &[
    "\"",
    "'",
    "\\",
    "{",
    "}",
    "[",
    "]",
    "=",
    ",",
    ".",
    ":",
    "\n",
    "\r\n",
    "#",
    "-",
    "+",
    "e9",
    "0",
    "1",
    "9",
    "ns",
    "s",
    "%",
    "/s",
    "nan",
    "inf",
    "true",
    "null",
    "18446744073709551616",
    "-1",
    "1e400",
    "\u{0}",
    "\u{7f}",
    "é",
    "日",
    "\u{1f600}",
    "\u{202e}",
    "\"\"\"",
    "[[",
    "]]",
    "id",
    "end",
    "step",
    "type",
];

/// The files of a run of half a second: what the parts of its recording say, as the target takes them, and its log.
fn recorded() -> [Vec<u8>; 2] {
    let directory = tempfile::tempdir().unwrap();
    let mut tardy = Command::new(env!("CARGO_BIN_EXE_tardy"));
    tardy.args(["run", "fanout", "--quiet", "--duration", "500ms", "--set", "gather.width=3", "--out", "out"]);
    assert!(tardy.current_dir(directory.path()).output().unwrap().status.success());
    let [recording, log] =
        ["recording.bin", "latency.hlog"].map(|name| fs::read(directory.path().join("out").join(name)).unwrap());
    let head = recording.iter().position(|&byte| byte == b'\n').unwrap() + 1;
    let (mut parts, mut rest) = (recording[..head].to_vec(), &recording[head..]);
    while let Some((length, after)) = rest.split_first_chunk() {
        let (part, after) = after.split_at(u32::from_le_bytes(*length) as usize);
        let mut unpacked = Vec::new();
        ZlibDecoder::new(part).read_to_end(&mut unpacked).unwrap();
        parts.extend(u32::try_from(unpacked.len()).unwrap().to_le_bytes());
        parts.extend(unpacked);
        rest = after;
    }
    [parts, log]
}

fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(target);
    let entries = fs::read_dir(&directory).unwrap().map(Result::unwrap);
    let mut seeds: Vec<_> =
        entries.map(|entry| (entry.path().display().to_string(), fs::read(entry.path()).unwrap())).collect();
    seeds.sort();
    assert!(!seeds.is_empty(), "{}", directory.display());
    seeds
}

/// A few changes of a seed: bytes and tokens set, inserted, taken out, doubled.
fn changed(seed: &[u8], rng: &mut SmallRng) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..rng.random_range(1..5) {
        let at = rng.random_range(0..=bytes.len());
        let end = (at + rng.random_range(0..40)).min(bytes.len());
        let token = TOKENS[rng.random_range(0..TOKENS.len())].as_bytes();
        match rng.random_range(0..5) {
            0 => drop(bytes.splice(at..at, token.iter().copied())),
            1 => drop(bytes.splice(at..end, token.iter().copied())),
            2 => drop(bytes.drain(at..end)),
            3 => {
                let again = bytes[at..end].to_vec();
                drop(bytes.splice(at..at, again));
            }
            _ => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte = rng.random()),
        }
    }
    bytes
}

/// Runs every seed and `changes` changes of each; an input that fails is printed so that it can be kept.
fn run(seeds: &[(String, Vec<u8>)], changes: u64, target: fn(&[u8])) {
    for (name, seed) in seeds {
        let inputs = (0..changes).map(|n| changed(seed, &mut SmallRng::seed_from_u64(n)));
        for input in [seed.clone()].into_iter().chain(inputs) {
            let held = catch_unwind(|| target(&input)).is_ok();
            assert!(held, "{name}, changed to:\n{}", input.escape_ascii());
        }
    }
}

#[test]
fn a_scenario_file_of_any_bytes_is_refused_with_a_diagnostic_or_is_a_plan() {
    let mut seeds = corpus("scenario");
    for scenario in tardy::scenario::shipped() {
        let text = tardy::scenario::Source::open(scenario.name).unwrap().text;
        seeds.push((scenario.name.to_owned(), text.as_bytes().to_vec()));
    }
    run(&seeds, 300, targets::scenario);
}

#[test]
fn what_a_program_writes_is_messages_up_to_the_first_fault_however_it_comes() {
    run(&corpus("protocol"), 20_000, targets::protocol);
}

#[test]
fn files_of_a_run_that_say_anything_are_refused_by_name_or_are_a_run() {
    let [recording, log] = recorded();
    run(&[("recording.bin".to_owned(), recording)], 500, targets::recording);
    run(&[("latency.hlog".to_owned(), log)], 500, targets::log);
}
