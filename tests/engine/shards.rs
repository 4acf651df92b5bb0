//! Shards beside the run they are shards of: which tasks they have, and what those draw.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use rand::RngExt;
use tardy::engine::{Command, Prepared, Run};
use tardy::scenario::Plan;
use tardy::shard::{Part, Shard};
use tardy::snapshot::{EndedBy, LaneView, Report};

use crate::support::{finish, lane, plan, sleep_ms, until};

/// What a task drew, by its number.
type Drawn = BTreeMap<u64, (u32, u64)>;

/// Runs a plan of which each task notes its number, its place in its gather, and the first number it draws.
fn drawn(plan: &Plan) -> (Drawn, Report) {
    let drawn = Arc::new(Mutex::new(Drawn::new()));
    let notes = Arc::clone(&drawn);
    let work = move |cx: tardy::scenario::TaskContext| {
        let before = notes.lock().unwrap().insert(cx.number(), (cx.child(), cx.rng().random()));
        assert_eq!(before, None, "task {} came twice", cx.number());
        async move {
            sleep_ms(1).await;
            Ok(())
        }
    };
    let report = finish(Run::start(plan, Prepared::from_fn(work)).unwrap());
    let drawn = drawn.lock().unwrap().clone();
    (drawn, report)
}

fn shards(text: &str, of: u32) -> Vec<(Drawn, Report)> {
    let shard = |number| plan(text).with_shard(Shard::new(number, of).unwrap()).unwrap();
    (1..=of).map(|number| drawn(&shard(number))).collect()
}

/// Everything that any shard drew; none of it by two.
fn union(shards: &[(Drawn, Report)]) -> Drawn {
    let mut all = Drawn::new();
    for (number, of) in shards.iter().flat_map(|(drawn, _)| drawn) {
        assert_eq!(all.insert(*number, *of), None, "task {number} is in two shards");
    }
    all
}

#[test]
fn the_union_of_the_shards_of_an_open_load_is_exactly_the_whole() {
    for gather in ["", "[gather]\nwidth = 4\n"] {
        let text = format!(
            "load = {{ mode = \"open\", rate = \"200/s\", stage = [{{ duration = \"300ms\", rate = \"900/s\" }}] }}\n\
             run = {{ duration = \"600ms\", warmup = \"100ms\", drain = \"20s\", workers = 2, seed = 3 }}\n{gather}"
        );
        let (whole, report) = drawn(&plan(&text));
        let parts = shards(&text, 5);
        assert!(whole.len() > 200, "{}", whole.len());
        assert_eq!(union(&parts), whole);
        let due = |report: &Report| report.snapshot.load.due;
        assert_eq!(parts.iter().map(|(_, report)| due(report)).sum::<u64>(), due(&report));
        let spawned: u64 = parts.iter().map(|(_, report)| lane(report).spawned).sum();
        assert_eq!(spawned, lane(&report).spawned);
        assert_eq!(parts[2].1.snapshot.info.part.to_string(), "shard 3/5");
        assert_eq!(report.snapshot.info.part, Part::Whole);
    }
}

#[test]
fn a_number_of_tasks_is_shared_to_the_last_under_either_load() {
    for load in ["load = { mode = \"open\", rate = \"2000/s\" }", "load = { mode = \"closed\", concurrency = 8 }"] {
        let text = format!("{load}\nrun = {{ tasks = 303, workers = 2, seed = 3 }}\n[gather]\nwidth = 3\n");
        let parts = shards(&text, 4);
        let expected: Vec<usize> = vec![78, 75, 75, 75];
        assert_eq!(parts.iter().map(|(drawn, _)| drawn.len()).collect::<Vec<_>>(), expected, "{load}");
        let numbers: Vec<u64> = union(&parts).into_keys().collect();
        assert_eq!(numbers, (0..303).collect::<Vec<_>>(), "{load}");
        assert_eq!(union(&parts), drawn(&plan(&text)).0);
    }
}

#[test]
fn the_room_of_the_whole_is_shared_and_no_shard_has_more() {
    let gather = "[gather]\nwidth = 100\n";
    let closed = |concurrency, most| {
        format!("load = {{ mode = 'closed', concurrency = {concurrency}, max_in_flight = {most} }}\n")
    };
    let open =
        |most| format!("load = {{ mode = 'open', rate = '2000/s', max_in_flight = {most}, when_full = 'queue' }}\n");
    for (load, gather, expected) in [
        (closed(70, 1_000), "", [24, 23, 23]),
        (closed(70, 40), "", [14, 13, 13]),
        (closed(5, 500), gather, [200, 200, 100]),
        (closed(10, 799), gather, [300, 200, 200]),
        (open(40), "", [14, 13, 13]),
        (open(599), gather, [200, 200, 100]),
    ] {
        let text = format!("{load}run = {{ duration = '1h', drain = '0s', workers = 2 }}\n{gather}");
        for (shard, expected) in (1..=3).map(|number| Shard::new(number, 3).unwrap()).zip(expected) {
            let never_ends = |_| std::future::pending::<Result<(), tardy::scenario::TaskError>>();
            let plan = plan(&text).with_shard(shard).unwrap();
            let run = Run::start(&plan, Prepared::from_fn(never_ends)).unwrap();
            let in_flight = |snapshot: &tardy::snapshot::Snapshot| snapshot.total(LaneView::in_flight);
            until(run.handle(), "the whole share", |snapshot| in_flight(snapshot) == expected);
            std::thread::sleep(std::time::Duration::from_millis(50));
            run.handle().send(Command::Abort(EndedBy::User));
            assert_eq!(lane(&finish(run)).spawned, expected, "{text}{shard}");
        }
    }
}

#[test]
fn numbers_of_a_closed_load_stay_apart() {
    let text = "load = { mode = \"closed\", concurrency = 70 }\nrun = { duration = \"300ms\", workers = 2 }\n";
    let parts = shards(text, 2);
    let of = |remainder: u64, (drawn, _): &(Drawn, Report)| drawn.keys().all(|number| number % 2 == remainder);
    assert!(of(0, &parts[0]) && of(1, &parts[1]) && union(&parts).len() > 140);
    let in_all = |of: fn(&Report) -> u64| parts.iter().map(|(_, report)| of(report)).sum::<u64>();
    assert_eq!(in_all(|report| lane(report).spawned), union(&parts).len() as u64);
}
