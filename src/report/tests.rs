use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use roxmltree::{Document, Node, ParsingOptions};

use super::page::{Page, SCRIPT_HASH};
use super::*;
use crate::ledger::{Book, Event, LaneKey};
use crate::outcome::{Ending, Policy};
use crate::snapshot::fixture::simulated::{Model, STEADY};
use crate::snapshot::fixture::{self, named, with_gates};
use crate::snapshot::{EndedBy, LaneView, Marker, Report, Snapshot, State, Timeline, TimelineRow};

/// What a page must neither be broken by nor take for its own.
const HOSTILE: &str =
    "<script>alert(1)</script><img src=x onerror=\"alert(2)\"> & ' ]]> --> {{ 7 * 7 }} \u{1b}[2J\0\u{ffff}";

fn run(snapshot: Snapshot) -> Named {
    let report = Report { snapshot: Arc::new(snapshot), scenario: "name = \"fanout\"\n".into() };
    Named { name: "runs/1".to_owned(), report }
}

fn page(runs: &[Named]) -> String {
    let mut page = Vec::new();
    write(runs, &mut page).unwrap();
    let page = String::from_utf8(page).unwrap();
    assert!(page.starts_with(BEGINNING));
    page
}

/// Reads the page as what it has to be: well-formed, each id once, nothing asked of a network, one script that is let in.
fn read(page: &str) -> Document<'_> {
    let document =
        Document::parse_with_options(page, ParsingOptions { allow_dtd: true, ..Default::default() }).unwrap();
    let mut ids: Vec<_> = document.descendants().filter_map(|node| node.attribute("id")).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "an id is there twice");
    for node in document.descendants().filter(Node::is_element) {
        let name = node.tag_name().name();
        assert!(
            !["img", "link", "iframe", "object", "embed", "base", "form", "use", "image"].contains(&name),
            "{name}"
        );
        for attribute in node.attributes() {
            assert!(
                !attribute.name().starts_with("on")
                    && !["src", "srcset", "action", "style"].contains(&attribute.name()),
                "{attribute:?}"
            );
            let is_pointer = ["href", "for", "aria-labelledby"].contains(&attribute.name());
            for id in attribute.value().split(' ').filter(|_| is_pointer) {
                assert!(ids.binary_search(&id.trim_start_matches('#')).is_ok(), "{attribute:?} points to nothing");
            }
        }
    }
    let scripts = document.descendants().filter(|node| node.has_tag_name(("http://www.w3.org/1999/xhtml", "script")));
    assert_eq!(scripts.filter(|script| script.attribute("type").is_none()).count(), 1);
    let networks =
        page.matches("http:").count() + page.matches("https:").count() - page.matches("http://www.w3.org/").count();
    assert_eq!((networks, page.matches("@import").count()), (0, 0));
    document
}

/// All that is to be read on the page.
fn text(document: &Document<'_>) -> String {
    let skipped =
        |node: &Node<'_, '_>| node.ancestors().any(|above| ["script", "style"].contains(&above.tag_name().name()));
    let texts = document.descendants().filter(|node| node.is_text() && !skipped(node)).filter_map(|node| node.text());
    texts.collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn count(document: &Document<'_>, name: &str, class: &str) -> usize {
    let has = |node: &Node<'_, '_>| {
        node.tag_name().name() == name
            && node.attribute("class").is_some_and(|classes| classes.split(' ').any(|one| one == class))
    };
    document.descendants().filter(has).count()
}

#[test]
fn the_script_that_is_let_in_is_the_one_of_the_page() {
    let hash = ring::digest::digest(&ring::digest::SHA256, Page::script().as_bytes());
    assert_eq!(SCRIPT_HASH, format!("sha256-{}", STANDARD.encode(hash)));
}

#[test]
fn every_kind_of_run_has_a_page_that_is_well_formed() {
    let all = [
        fixture::empty(),
        fixture::live(),
        fixture::long(),
        fixture::overload(),
        fixture::finished(),
        fixture::keeping(),
    ];
    for snapshot in all {
        let page = page(&[run(snapshot)]);
        assert!(page.len() < 1_000_000, "{}", page.len());
        assert!(text(&read(&page)).contains("name = \"fanout\""));
    }
}

#[test]
fn a_page_of_the_same_run_is_the_same_to_the_byte() {
    assert_eq!(page(&[run(fixture::finished())]), page(&[run(fixture::finished())]));
}

#[test]
fn it_says_what_the_summary_says_and_draws_what_there_is() {
    let page = page(&[run(with_gates(fixture::finished(), &["cancelled > 0", "p99 > 1h"], false))]);
    let document = read(&page);
    let told = text(&document);
    let mut summary = Vec::new();
    crate::headless::write_summary(&fixture::finished(), &crate::lint::Limits::default(), &mut summary).unwrap();
    let summary = String::from_utf8(summary).unwrap();
    for line in summary.lines().take_while(|line| !line.is_empty()) {
        assert!(told.contains(line.trim()), "{line} is not on the page: {told}");
    }
    assert!(told.contains("2 of 2 gates FAILED") && told.contains("balanced ✓"), "{told}");
    // Two lanes of tasks, percentiles, two What-ifs, three charts of time, and those of gathers and of blame.
    assert!(count(&document, "figure", "chart") >= 8);
    assert_eq!((count(&document, "details", "what-if"), count(&document, "g", "marker-at")), (2, 2));
    for chart in document.descendants().filter(|node| node.attribute("role") == Some("img")) {
        let told = chart.children().filter(|node| ["title", "desc"].contains(&node.tag_name().name()));
        assert!(told.filter(|node| node.text().is_some_and(|text| text.len() > 4)).count() == 2);
    }
}

#[test]
fn nothing_that_a_run_says_of_itself_becomes_part_of_the_page() {
    let mut book = Book::new(false);
    for n in 0..100 {
        let end = fixture::end(n, Ending::Failed, 3_000_000 + n * 1_000);
        book.fold(&Event::TaskEnded(&end));
        book.fold(&Event::Message { outcome: end.outcome, text: HOSTILE, at: n });
    }
    let lane = LaneView { book: Arc::new(book), spawned: 100, ..fixture::finished().lanes[0].clone() };
    let mut timeline = Timeline::clone(&fixture::finished().timeline);
    timeline.mark(Marker { at: Duration::from_secs(1), what: HOSTILE.to_owned() });
    let mut hostile = named(fixture::finished(), HOSTILE);
    let lanes = hostile.lanes.iter().cloned().chain([lane]).collect();
    let info = Arc::make_mut(&mut hostile.info);
    (info.about, info.lesson) = (HOSTILE.to_owned(), HOSTILE.to_owned());
    let hostile = Snapshot { lanes, timeline: Arc::new(timeline), ..hostile };
    let report = Report { snapshot: Arc::new(hostile), scenario: HOSTILE.into() };
    let named = || Named { name: HOSTILE.to_owned(), report: report.clone() };
    for runs in [vec![named()], vec![named(), named()]] {
        let page = page(&runs);
        let document = read(&page);
        let seen = HOSTILE.replace(['\u{1b}', '\0', '\u{ffff}'], "\u{fffd}");
        // Name, about, lesson, directory, marker, message and scenario at the least.
        assert!(text(&document).matches(&seen).count() >= 7, "{}", text(&document));
        assert!(!page.contains("<script>alert") && !page.contains("<img"), "{page}");
    }
}

#[test]
fn a_run_of_nothing_says_so() {
    let page = page(&[run(Snapshot { state: State::Finished(EndedBy::Duration), ..fixture::empty() })]);
    let told = text(&read(&page));
    for line in [
        "NO TASK WAS SPAWNED",
        "there are no latencies",
        "nothing is known of other deadlines",
        "over before a second was",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
}

#[test]
fn what_casts_doubt_on_a_run_is_said_first() {
    let told = |state, balanced| text(&read(&page(&[run(Snapshot { state, balanced, ..fixture::finished() })])));
    for (state, balanced, expected) in [
        (State::Finished(EndedBy::Signal), Some(true), "A signal ended the run"),
        (State::Finished(EndedBy::Gate), Some(true), "A broken gate ended the run early"),
        (State::Finished(EndedBy::User), None, "written while the run went on"),
        (State::Finished(EndedBy::Duration), Some(false), "BOOKS DO NOT BALANCE"),
    ] {
        assert!(told(state, balanced).contains(expected), "{expected}");
    }
    let good = told(State::Finished(EndedBy::Duration), Some(true));
    assert!(!good.contains("A signal") && !good.contains("NOT BALANCE"));
}

#[test]
fn one_task_without_a_deadline_has_a_page() {
    let mut book = Book::new(false);
    book.fold(&Event::TaskEnded(&fixture::end(1, Ending::Done, 3_000_000)));
    let key = LaneKey { policy: Policy::Observe, deadline: None };
    let lane = LaneView { key, spawned: 1, book: Arc::new(book), ..fixture::finished().lanes[0].clone() };
    let snapshot = Snapshot { lanes: vec![lane], deadline: None, timeline: Arc::default(), ..fixture::finished() };
    let page = page(&[run(snapshot)]);
    let document = read(&page);
    assert!(text(&document).contains("1 task without a deadline to miss"), "{}", text(&document));
    assert_eq!(count(&document, "path", "deadline"), 0);
}

#[test]
fn hours_of_many_lanes_stay_small() {
    let finished = fixture::finished();
    let lanes = (0..64u64).map(|n| LaneView {
        key: LaneKey { policy: Policy::Observe, deadline: Some(Duration::from_millis(40 + n)) },
        ..finished.lanes[0].clone()
    });
    let mut timeline = Timeline::default();
    for (n, row) in (0..20_000).zip(finished.timeline.rows().iter().cycle()) {
        let at = Duration::from_secs(n);
        timeline.push(TimelineRow { at, length: Duration::from_secs(1), ..row.clone() });
        if n % 100 == 0 {
            timeline.mark(Marker { at, what: "deadline 40.0 ms → 41.0 ms".to_owned() });
        }
    }
    let lanes = lanes.collect();
    let page = page(&[run(Snapshot { lanes, timeline: Arc::new(timeline), ..finished })]);
    read(&page);
    assert!(page.len() < 1_000_000, "{}", page.len());
}

#[test]
fn several_runs_are_compared_with_the_first() {
    let runs = [(1, 1.0, ""), (2, 1.5, ""), (3, 1.0, "load.rate = '9/s'")].map(|(seed, slower, scenario)| {
        let snapshot = Model { slower, ..STEADY }.run(seed);
        Named {
            report: Report { snapshot: Arc::new(snapshot), scenario: scenario.into() },
            name: format!("runs/{seed}"),
        }
    });
    let page = page(&runs);
    let document = read(&page);
    let told = text(&document);
    for line in [
        "runs/2 against runs/1 B is slower: p99 +",
        "runs/3 against runs/1",
        "`runs/1` and `runs/3` did not run the same work",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
    assert_eq!(count(&document, "article", "run"), 3);
}
