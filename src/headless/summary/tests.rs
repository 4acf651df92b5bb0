use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::ledger::{Book, Event, LaneKey};
use crate::outcome::Policy;
use crate::snapshot::fixture::held;
use crate::snapshot::fixture::simulated::{Model, STEADY};
use crate::snapshot::{RunInfo, fixture};
use crate::units::LoadMode;

fn text(snapshot: &Snapshot) -> String {
    let mut out = Vec::new();
    write(snapshot, &Limits::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn one_lane(book: Book, deadline: Option<Duration>) -> Snapshot {
    let lane = LaneView {
        key: LaneKey { policy: Policy::Observe, deadline },
        spawned: book.total_ended(),
        book: Arc::new(book),
        ..fixture::finished().lanes[1].clone()
    };
    Snapshot { lanes: vec![lane], overdue: Vec::new(), ..fixture::finished() }
}

fn with_ending(ending: Ending, said: &str) -> Snapshot {
    let mut book = Book::new(false);
    for n in 0..1_000 {
        let end = fixture::end(n, ending, 3_000_000);
        book.fold(&Event::TaskEnded(&end));
        book.fold(&Event::Message { outcome: end.outcome, text: said, at: n });
    }
    one_lane(book, Some(fixture::DEADLINE))
}

#[test]
fn a_finished_run_with_both_policies_reads_well() {
    insta::assert_snapshot!(text(&fixture::finished()));
}

#[test]
fn what_a_workload_keeps_of_itself_and_says_reads_well() {
    let whole = text(&fixture::keeping());
    let from = whole.find("\nworkload ").unwrap();
    insta::assert_snapshot!(&whole[from..]);
}

#[test]
fn an_overloaded_closed_run_that_goes_on_reads_well() {
    let mut snapshot = fixture::overload();
    snapshot.load.mode = LoadMode::Closed { concurrency: 10_000 };
    insta::assert_snapshot!(text(&snapshot));
}

#[test]
fn a_run_whose_every_task_failed_says_so_loudly() {
    insta::assert_snapshot!(text(&with_ending(Ending::Failed, "connection refused (os error 111)")));
}

#[test]
fn a_run_without_a_task_says_so_loudly() {
    insta::assert_snapshot!(text(&fixture::empty()));
}

#[test]
fn a_run_in_which_nothing_was_done_says_so_loudly() {
    assert!(text(&with_ending(Ending::Panicked, "boom")).starts_with("NO TASK WAS DONE\n"));
    assert!(!text(&fixture::finished()).contains("NO TASK"));
}

#[test]
fn books_that_do_not_balance_are_not_overlooked() {
    let snapshot = Snapshot { balanced: Some(false), ..fixture::finished() };
    assert!(text(&snapshot).contains("\nBOOKS DO NOT BALANCE"));
}

#[test]
fn arrivals_that_were_never_spawned_are_part_of_the_verdict() {
    assert!(text(&fixture::overload()).contains("\n44,000 of 64,000 arrivals were never spawned\n"));
}

#[test]
fn without_a_deadline_nothing_is_said_to_be_missed() {
    let mut book = Book::new(false);
    book.fold(&Event::TaskEnded(&fixture::end(0, Ending::Done, 3_000_000)));
    let text = text(&one_lane(book, None));
    assert!(text.starts_with("1 task without a deadline to miss\n"), "{text}");
}

#[test]
fn the_headline_is_named_after_the_load() {
    let mut snapshot = fixture::finished();
    assert!(text(&snapshot).contains("\nresponse time"));
    snapshot.load.mode = LoadMode::Closed { concurrency: 4 };
    assert!(text(&snapshot).contains("\nservice time"));
}

#[test]
fn a_percentile_among_cancelled_tasks_is_a_bound() {
    let text = text(&fixture::finished());
    let latencies = text.lines().skip_while(|line| !line.starts_with("response time"));
    let cancel = latencies.into_iter().find(|line| line.trim_start().starts_with("cancel")).unwrap();
    assert!(cancel.contains('≥'), "{cancel}");
}

#[test]
fn lines_are_short_and_plain_whatever_a_task_or_a_scenario_says() {
    let hostile = "\u{1b}[31m red \u{7} ".to_owned() + &"far too long ".repeat(40);
    let mut snapshot = with_ending(Ending::Failed, &hostile);
    let info = RunInfo { scenario: hostile.clone(), ..(*snapshot.info).clone() };
    snapshot.info = Arc::new(info);
    let book = Arc::make_mut(&mut snapshot.lanes[0].book);
    book.fold(&Event::StepEnded { name: &hostile, service: 5_000_000 });
    for text in [text(&snapshot), text(&fixture::finished()), text(&fixture::overload())] {
        for line in text.lines() {
            assert!(line.chars().count() <= WIDTH, "{line}");
            assert!(!line.chars().any(char::is_control) && !line.ends_with(' '), "{line:?}");
        }
    }
}

#[test]
fn a_closed_pipe_is_handed_to_the_caller() {
    struct Closed;
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    assert_eq!(
        write(&fixture::finished(), &Limits::default(), &mut Closed).unwrap_err().kind(),
        io::ErrorKind::BrokenPipe
    );
}

#[test]
fn how_a_run_compares_with_its_baseline_is_among_the_first_lines() {
    let said = |run: Model| {
        let text = text(&held(run.run(2), &STEADY.run(1)));
        let line = text.lines().take_while(|line| !line.is_empty()).find(|line| line.contains("baseline main"));
        line.unwrap_or_else(|| panic!("{text}")).to_owned()
    };
    for (run, starts) in [
        (STEADY, "no difference from baseline main: p50 within "),
        (Model { slower: 1.5, ..STEADY }, "slower than baseline main: p99 +"),
        (Model { slower: 0.8, fails: 0.04, ..STEADY }, "worse and better than baseline main: failed +"),
        (Model { blocks: 9, ..STEADY }, "not known whether it differs from baseline main: a run has 9"),
    ] {
        assert!(said(run).starts_with(starts), "{}", said(run));
    }
}
