use super::*;
use crate::export::Directory;
use crate::snapshot::{Marker, Timeline, fixture};

const SCENARIO: &str = r#"
name = "fanout"
files = "/here"
workload = { kind = "synthetic", step = [{ name = "call", sleep = "1ms" }] }
load = { mode = "open", rate = "500/s" }
gather = { width = 20 }
deadline = { after = "50ms" }
gate = { fail_if = ["p99 > 1us"] }
"#;

fn shard(text: &str) -> Snapshot {
    let mut run = fixture::finished();
    run.state = State::Finished(EndedBy::Duration);
    run.balanced = Some(true);
    run.info = Arc::new(RunInfo { part: Part::Shard(text.parse().unwrap()), ..RunInfo::clone(&run.info) });
    run
}

fn changed(mut run: Snapshot, what: &[&str]) -> Snapshot {
    let mut timeline = Timeline::default();
    for row in run.timeline.rows() {
        timeline.push(row.clone());
    }
    for what in what {
        timeline.mark(Marker { at: Duration::from_secs(1), what: (*what).to_owned() });
    }
    run.timeline = Arc::new(timeline);
    run
}

/// Writes runs of this scenario and reads them as the shards of one run.
fn read(runs: &[(Snapshot, &str)]) -> Result<Shards, MergeError> {
    let scratch = tempfile::tempdir().unwrap();
    let write = |(number, (run, scenario)): (usize, &(Snapshot, &str))| {
        let directory = scratch.path().join(number.to_string());
        let plan = Plan::new(Source::new("fanout.toml", *scenario), &Overrides::default()).unwrap();
        let report = Report { snapshot: Arc::new(run.clone()), scenario: plan.resolved };
        Directory::open(&directory).unwrap().write(&report).unwrap();
        directory
    };
    Shards::read(&runs.iter().enumerate().map(write).collect::<Vec<_>>())
}

fn refused(runs: &[(Snapshot, &str)]) -> String {
    read(runs).unwrap_err().to_string()
}

#[test]
fn shards_in_any_order_are_the_run_with_its_gates_and_as_early_a_start_as_the_first_had() {
    let [mut second, first] = [shard("2/2"), shard("1/2")];
    let late = first.info.started_at + Duration::from_secs(3);
    second.info = Arc::new(RunInfo { started_at: late, ..RunInfo::clone(&second.info) });
    let elsewhere = SCENARIO.replace("/here", "/there");
    let shards = read(&[(second, &elsewhere), (first.clone(), SCENARIO)]).unwrap();
    assert_eq!(shards.apart(), Duration::from_secs(3));
    let all = shards.sum(None).snapshot;
    assert_eq!((all.info.part, all.info.started_at), (Part::Merged(2), first.info.started_at));
    assert_eq!((all.info.workers, all.info.gates.fail_if.len()), (2 * first.info.workers, 1));
    assert_eq!(all.total(|lane| lane.spawned), 2 * first.total(|lane| lane.spawned));
}

#[test]
fn what_holds_for_all_shards_is_said_of_the_run() {
    let with = |text: &str, ended_by, start_at| {
        let mut run = shard(text);
        run.state = State::Finished(ended_by);
        run.info = Arc::new(RunInfo { start_at, ..RunInfo::clone(&run.info) });
        (run, SCENARIO)
    };
    let at = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(7));
    let sum = |runs: &[(Snapshot, &str)]| read(runs).unwrap().sum(None).snapshot;
    let (has_all, ran_out) = (EndedBy::Tasks, EndedBy::Duration);
    let together = sum(&[with("1/2", has_all, at), with("2/2", has_all, at)]);
    assert_eq!((together.state, together.info.start_at), (State::Finished(has_all), at));
    let apart = sum(&[with("1/2", has_all, at), with("2/2", ran_out, None)]);
    assert_eq!((apart.state, apart.info.start_at), (State::Finished(ran_out), None));
}

#[test]
fn runs_that_are_not_the_shards_of_one_run_are_refused_with_what_differs() {
    let seed = SCENARIO.to_owned() + "run = { seed = 5 }\n";
    let gates = SCENARIO.replace("p99", "p50");
    for (b, scenario, expected) in [
        ("2/2", seed.as_str(), "are not shards of one run: `run.seed` is `1` and `5`"),
        ("2/2", gates.as_str(), "are not shards of one run: `gate`"),
        ("2/3", SCENARIO, "` is one of 2 shards and `"),
        ("1/2", SCENARIO, "are both shard 1/2"),
    ] {
        let told = refused(&[(shard("1/2"), SCENARIO), (shard(b), scenario)]);
        assert!(told.contains(expected), "{told}");
    }
    let told = refused(&[(shard("3/12"), SCENARIO), (shard("5/12"), SCENARIO)]);
    assert_eq!(told, "shard 1/12, 2/12, 4/12, 6/12, 7/12, 8/12, and 4 more is missing");
    assert!(matches!(read(&[]), Err(MergeError::None)));
}

#[test]
fn what_did_not_come_to_its_end_is_refused() {
    let with = |change: fn(&mut Snapshot)| {
        let mut run = shard("1/1");
        change(&mut run);
        refused(&[(run, SCENARIO)])
    };
    assert!(
        with(|run| run.state = State::Finished(EndedBy::Signal)).ends_with("shard 1/1, was ended early, by a signal")
    );
    let changed = with(|run| run.changed_before = true);
    assert!(changed.contains("shard 1/1, was changed in its warm-up, or reset"), "{changed}");
    assert!(with(|run| run.balanced = Some(false)).ends_with("shard 1/1, do not balance"));
    let running = with(|run| run.state = State::Running);
    assert!(running.ends_with("shard 1/1, was ended early, by what wrote its files while it went on"), "{running}");
}

#[test]
fn changes_while_it_ran_are_the_same_on_all_shards_or_refused() {
    let changes = ["observe → cancel", "deadline 50.0 ms → 80.0 ms"];
    let all = |of_a: &[&str], of_b: &[&str]| {
        read(&[(changed(shard("1/2"), of_a), SCENARIO), (changed(shard("2/2"), of_b), SCENARIO)])
    };
    assert_eq!(all(&changes, &changes).unwrap().sum(None).snapshot.timeline.markers().len(), 2);
    let told = [all(&changes, &changes[..1]), all(&[], &changes)].map(|refused| refused.unwrap_err().to_string());
    assert!(told[0].ends_with(": deadline 50.0 ms → 80.0 ms"), "{}", told[0]);
    assert!(told[1].ends_with(": observe → cancel"), "{}", told[1]);
    assert!(told.iter().all(|told| told.contains("was changed while it ran, and")));
}
