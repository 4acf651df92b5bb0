//! The manifest for Kubernetes: valid by the published schema, and its command makes the shards of one run.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod interop;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

use serde_json::Value;

use interop::{has, python};

const MANIFEST: &str = include_str!("../assets/k8s/indexed-job.yaml");

/// Holds each document on stdin against the newest schema there is, by which a key that nobody knows is wrong.
const VALIDATE: &str = "
import sys, yaml, kubernetes_validate
version = kubernetes_validate.latest_version()
for document in yaml.safe_load_all(sys.stdin):
    kubernetes_validate.validate(document, version, strict=True)
";

const SCENARIO: &str = r#"
name = "pods"
workload = { kind = "synthetic", step = [{ name = "call", sleep = "2ms" }] }
load = { mode = "open", rate = "200/s" }
run = { duration = "1s", seed = 3 }
"#;

fn documents() -> Vec<Value> {
    serde_saphyr::from_multiple(MANIFEST).unwrap()
}

fn job() -> Value {
    documents().into_iter().find(|document| document["kind"] == "Job").unwrap()
}

/// Whether the manifest is valid by the schema.
fn is_valid(manifest: &str) -> bool {
    let mut validate = python().args(["-c", VALIDATE]).stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    validate.stdin.take().unwrap().write_all(manifest.as_bytes()).unwrap();
    validate.wait().unwrap().success()
}

#[test]
fn the_manifest_is_valid_by_the_published_schema_and_a_wrong_one_is_not() {
    if !has("kubernetes-validate", python().args(["-c", "import kubernetes_validate"])) {
        return;
    }
    assert!(is_valid(MANIFEST));
    for (right, wrong) in [
        ("completionMode: Indexed", "completionModus: Indexed"),
        ("parallelism: 8", "parallelism: eight"),
        ("claimName: tardy-runs", "claim: tardy-runs"),
    ] {
        assert!(MANIFEST.contains(right) && !is_valid(&MANIFEST.replace(right, wrong)), "{wrong}");
    }
}

#[test]
fn the_numbers_of_the_manifest_belong_together() {
    let Value::Object(spec) = &job()["spec"] else { panic!("a job has a spec") };
    assert_eq!(spec["completionMode"], "Indexed");
    assert_eq!([&spec["completions"], &spec["parallelism"]], [8, 8]);
    let pod = &spec["template"]["spec"];
    assert_eq!(pod["restartPolicy"], "Never");
    let container = &pod["containers"][0];
    assert_eq!(container["env"][0], serde_json::json!({ "name": "SHARDS", "value": "8" }));
    let names = |of: &Value| -> Vec<String> {
        of.as_array().unwrap().iter().map(|volume| volume["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&container["volumeMounts"]), names(&pod["volumes"]));
    let claim = &pod["volumes"][1]["persistentVolumeClaim"]["claimName"];
    assert_eq!(*claim, documents()[0]["metadata"]["name"]);
}

/// Starts the command of the pod with this index, with directories of ours in place of its volumes.
fn pod(directory: &Path, index: usize, start_at: &str) -> Child {
    let container = &job()["spec"]["template"]["spec"]["containers"][0];
    let command: Vec<String> = serde_json::from_value(container["command"].clone()).unwrap();
    let place = |text: &String| {
        let at = |volume: &str| directory.join(volume).display().to_string();
        text.replace("/scenario/", &format!("{}/", at("scenario"))).replace("/runs/", &format!("{}/", at("runs")))
    };
    let binaries = Path::new(env!("CARGO_BIN_EXE_tardy")).parent().unwrap();
    let path = std::env::join_paths(
        std::iter::once(binaries.to_owned()).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    );
    let mut started = Command::new(&command[0]);
    started
        .args(command[1..].iter().map(place))
        .env("PATH", path.unwrap())
        .env("JOB_COMPLETION_INDEX", index.to_string());
    for variable in container["env"].as_array().unwrap() {
        let [name, value] = ["name", "value"].map(|key| variable[key].as_str().unwrap());
        started.env(name, if name == "START_AT" { start_at } else { value });
    }
    started.current_dir(directory).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

#[test]
fn the_commands_of_the_pods_make_the_shards_of_one_run() {
    let scratch = tempfile::tempdir().unwrap();
    let directory = scratch.path();
    for volume in ["scenario", "runs"] {
        fs::create_dir(directory.join(volume)).unwrap();
    }
    fs::write(directory.join("scenario/scenario.toml"), SCENARIO).unwrap();
    let at = humantime::format_rfc3339_seconds(SystemTime::now() + Duration::from_secs(5)).to_string();
    let pods: Vec<Child> = (0..8).map(|index| pod(directory, index, &at)).collect();
    for pod in pods {
        let output = pod.wait_with_output().unwrap();
        assert_eq!((output.status.code(), String::from_utf8(output.stderr)), (Some(0), Ok(String::new())));
    }
    let merge = "exec tardy merge runs/[0-9]* -o runs/all --json";
    assert!(MANIFEST.contains("tardy merge /runs/[0-9]* -o /runs/all\n"));
    let merge = merge.replace("tardy", env!("CARGO_BIN_EXE_tardy"));
    let merged = Command::new("/bin/sh").args(["-c", &merge]).current_dir(directory).output().unwrap();
    assert_eq!(merged.status.code(), Some(0), "{}", String::from_utf8_lossy(&merged.stderr));
    let summary: Value = serde_json::from_slice(&merged.stdout).unwrap();
    assert_eq!((&summary["merged_shards"], &summary["workers"]), (&8.into(), &16.into()));
    assert_eq!(summary["lanes"][0]["spawned"], summary["load"]["due"]);
}
