use std::sync::LazyLock;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::snapshot::fixture;

/// A recording of these snapshots.
fn recorded<'a>(snapshots: impl IntoIterator<Item = &'a Snapshot>) -> Vec<u8> {
    let mut recorder = Recorder::default();
    let mut bytes = Recorder::head("name = \"recorded\"\n").unwrap();
    snapshots.into_iter().for_each(|snapshot| bytes.extend(recorder.frame(snapshot).unwrap()));
    bytes
}

/// The bytes of what is in frames.
fn told(snapshot: &Snapshot) -> Vec<u8> {
    let timeline = Timeline::restored(snapshot.timeline.rows().to_vec(), snapshot.timeline.markers().to_vec());
    let blocks = Arc::new(Blocks::default());
    Snapshot { timeline: Arc::new(timeline), blocks, ..snapshot.clone() }.to_bytes().unwrap()
}

#[test]
fn every_second_of_a_run_comes_back_as_it_was() {
    let run: Vec<Snapshot> = (0..20).map(|second| fixture::tour(second, 9)).collect();
    let recording = Recording::read(&recorded(&run)).unwrap();
    assert_eq!((recording.times().len(), &**recording.scenario()), (20, "name = \"recorded\"\n"));
    for frame in [0, 1, 19, 7, 8, 30] {
        let (seen, was) = (recording.at(frame).unwrap(), &run[frame.min(19)]);
        assert!(told(&seen) == told(was), "{frame}");
    }
}

#[test]
fn what_a_reset_forgot_is_not_in_what_came_after() {
    let before = fixture::tour(9, 4);
    let after = Snapshot { began: before.began + before.elapsed, ..fixture::tour(2, 9) };
    let recording = Recording::read(&recorded([&before, &after])).unwrap();
    assert!(told(&recording.at(0).unwrap()) == told(&before) && told(&recording.last().unwrap()) == told(&after));
}

#[test]
fn rows_that_became_one_are_shown_once() {
    let mut timeline = Timeline::default();
    let mut snapshots = Vec::new();
    for second in 0..super::super::MAX_ROWS as u64 + 9 {
        let counts = crate::snapshot::Counts { done: 1, ..Default::default() };
        let (at, length) = (Duration::from_secs(second), Duration::from_secs(1));
        timeline.push(TimelineRow { at, length, counts, ..TimelineRow::default() });
        if second % 100 == 0 || second > 4_090 {
            let timeline = Arc::new(timeline.clone());
            snapshots.push(Snapshot { timeline, elapsed: at + length, ..fixture::empty() });
        }
    }
    let recording = Recording::read(&recorded(&snapshots)).unwrap();
    for (frame, was) in snapshots.iter().enumerate() {
        let seen = recording.at(frame).unwrap();
        let done = |run: &Snapshot| run.timeline.rows().iter().map(|row| row.counts.done).sum::<u64>();
        assert_eq!(done(&seen), done(was), "{frame}");
    }
}

#[test]
fn a_recording_that_broke_off_is_read_up_to_there() {
    let run: Vec<Snapshot> = (0..3).map(|second| fixture::tour(second, 9)).collect();
    let bytes = recorded(&run);
    let whole = |length: usize| Recording::read(&bytes[..length]).map(|recording| recording.times().len());
    assert_eq!((whole(bytes.len()), whole(bytes.len() - 1)), (Ok(3), Ok(2)));
    assert_eq!(whole(HEAD.len() + 40).unwrap_err().to_string(), "no snapshot of a run: it ends before its first frame");
}

#[test]
fn a_few_bytes_that_unpack_to_many_are_no_recording() {
    let read = |rows: usize, frames: usize| {
        let mut bytes = Recorder::head("name = \"packed\"\n").unwrap();
        for _ in 0..frames {
            put(&mut bytes, &Stretch { rows: vec![TimelineRow::default(); rows], ..Stretch::default() }).unwrap();
            put(&mut bytes, &fixture::live()).unwrap();
        }
        Recording::read(&bytes).map(|recording| recording.times().len())
    };
    let refused = Err(Unreadable::because("it unpacks to more than a recording has"));
    assert_eq!((read(20_000, 1), read(1_000, 10)), (Ok(1), Ok(10)));
    assert_eq!((read(200_000, 1), read(20_000, 10)), (refused.clone(), refused));
}

#[test]
fn what_others_wrote_is_told_apart() {
    let error = |bytes: &[u8]| Recording::read(bytes).unwrap_err().to_string();
    assert_eq!(error(b"tardy recording 9.1\n"), "no snapshot of a run: tardy 9.1 wrote it, and this one reads its own");
    assert_eq!(error(b"{}"), "no snapshot of a run: it does not begin as a recording does");
}

#[test]
fn the_end_that_tables_know_comes_last() {
    let run: Vec<Snapshot> = (0..3).map(|second| fixture::tour(second, 9)).collect();
    let end = Snapshot { began: Duration::from_secs(99), ..fixture::finished() };
    let recording = Recording::read(&recorded(&run)).unwrap().with_end(end.clone());
    let (last, before) = (recording.last().unwrap(), recording.at(1).unwrap());
    assert_eq!((last.elapsed, last.is_finished(), last.began), (end.elapsed, true, run[2].began));
    assert!(Arc::ptr_eq(&before.info, &end.info) && !before.is_finished());
}

static RUN: LazyLock<Vec<u8>> = LazyLock::new(|| recorded([&fixture::live(), &fixture::finished()]));

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_are_a_panic(change in any::<prop::sample::Index>(), to in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let mut bytes = RUN.clone();
        let at = change.index(bytes.len());
        bytes[at] = to;
        bytes.truncate(cut.index(bytes.len()).max(HEAD.len()));
        if let Ok(recording) = Recording::read(&bytes) {
            (0..recording.times().len()).for_each(|frame| drop(recording.at(frame)));
        }
    }
}
