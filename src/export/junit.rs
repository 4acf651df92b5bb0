//! A run as a JUnit report: one test case for the run itself and one for each of its gates.
//!
//! The shape is the one that Jenkins, GitLab and the rest read: `testsuites` › `testsuite` › `testcase` › `failure` or
//! `error`. A test case fails when its gate does; a run that a signal ended is an error.

use std::io::{self, Write};
use std::time::SystemTime;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, Event};

use crate::gate::{Judged, judge};
use crate::snapshot::{EndedBy, Snapshot, State};

/// One test case.
#[derive(Debug)]
struct Case {
    name: String,
    fault: Option<Fault>,
}

/// Why a test case did not pass.
#[derive(Debug)]
struct Fault {
    element: &'static str,
    kind: &'static str,
    message: String,
}

impl Fault {
    const FAILURE: &'static str = "failure";
    const ERROR: &'static str = "error";
}

/// Writes the report of a run.
pub(super) fn write(run: &Snapshot, out: &mut dyn Write) -> io::Result<()> {
    let cases: Vec<Case> = std::iter::once(of_run(run)).chain(judge(run).iter().map(of_gate)).collect();
    let count = |element| {
        cases
            .iter()
            .filter(|case| case.fault.as_ref().is_some_and(|fault| fault.element == element))
            .count()
            .to_string()
    };
    let (name, seconds) = (legal(&run.info.scenario), format!("{:.3}", run.elapsed.as_secs_f64()));
    let (tests, failures, errors) = (cases.len().to_string(), count(Fault::FAILURE), count(Fault::ERROR));
    let started = humantime::format_rfc3339_seconds(run.info.started_at.max(SystemTime::UNIX_EPOCH)).to_string();
    let counts = [
        ("tests", tests.as_str()),
        ("failures", failures.as_str()),
        ("errors", errors.as_str()),
        ("time", seconds.as_str()),
    ];

    let mut xml = Writer::new_with_indent(&mut *out, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    xml.create_element("testsuites").with_attribute(("name", "tardy")).with_attributes(counts).write_inner_content(
        |xml| {
            let suite = xml.create_element("testsuite").with_attribute(("name", name.as_str())).with_attributes(counts);
            let suite = suite.with_attributes([("skipped", "0"), ("timestamp", started.as_str())]);
            suite.write_inner_content(|xml| cases.iter().try_for_each(|case| case.write(&name, &seconds, xml)))?;
            Ok(())
        },
    )?;
    out.write_all(b"\n")
}

impl Case {
    fn write<W: Write>(&self, class: &str, seconds: &str, xml: &mut Writer<W>) -> io::Result<()> {
        let attributes = [("name", self.name.as_str()), ("classname", class), ("time", seconds)];
        let element = xml.create_element("testcase").with_attributes(attributes);
        match &self.fault {
            None => element.write_empty()?,
            Some(Fault { element: fault, kind, message }) => element.write_inner_content(|xml| {
                let attributes = [("message", message.as_str()), ("type", *kind)];
                xml.create_element(*fault).with_attributes(attributes).write_empty()?;
                Ok(())
            })?,
        };
        Ok(())
    }
}

fn of_run(run: &Snapshot) -> Case {
    let fault = |element, kind, message: &str| Some(Fault { element, kind, message: message.to_owned() });
    let fault = match run.state {
        State::Finished(EndedBy::Signal) => fault(Fault::ERROR, "interrupted", "a signal ended the run"),
        State::Finished(EndedBy::Gate) => fault(Fault::FAILURE, "aborted", "a broken gate ended the run early"),
        _ if run.has_only_failed() => fault(Fault::FAILURE, "failed", "every task failed or panicked"),
        _ => None,
    };
    Case { name: "the run".to_owned(), fault }
}

fn of_gate(gate: &Judged) -> Case {
    let fault = (!gate.is_passed()).then(|| Fault {
        element: Fault::FAILURE,
        kind: gate.verdict.word(),
        message: gate.to_string(),
    });
    Case { name: format!("fail if {}", gate.condition), fault }
}

/// `text` without the characters that no XML file may hold, escaped or not.
fn legal(text: &str) -> String {
    let is_legal = |c: char| !matches!(c, '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\u{fffe}' | '\u{ffff}');
    text.chars().map(|c| if is_legal(c) { c } else { '?' }).collect()
}

#[cfg(test)]
mod tests {
    use roxmltree::{Document, Node};

    use super::*;
    use crate::snapshot::fixture::simulated::{Model, STEADY};
    use crate::snapshot::fixture::{self, held, named, with_gates};

    fn written(run: &Snapshot) -> String {
        let mut out = Vec::new();
        write(run, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn number(node: Node<'_, '_>, key: &str) -> usize {
        node.attribute(key).unwrap().parse().unwrap()
    }

    /// What the readers of such files ask of one: elements, attributes, and counts that are those of the elements.
    fn assert_valid(text: &str) {
        let document = Document::parse(text).unwrap();
        let suites = document.root_element();
        assert_eq!(suites.tag_name().name(), "testsuites");
        for suite in suites.children().filter(Node::is_element) {
            assert_eq!(suite.tag_name().name(), "testsuite");
            assert!(suite.has_attribute("name") && suite.has_attribute("timestamp"));
            let cases: Vec<_> = suite.children().filter(Node::is_element).collect();
            for case in &cases {
                assert_eq!(case.tag_name().name(), "testcase");
                assert!(["name", "classname", "time"].iter().all(|key| case.has_attribute(*key)), "{text}");
                assert!(case.children().filter(Node::is_element).count() <= 1);
                for fault in case.children().filter(Node::is_element) {
                    assert!(fault.has_attribute("message") && fault.has_attribute("type"));
                }
            }
            let with = |name| cases.iter().filter(|case| case.children().any(|n| n.has_tag_name(name))).count();
            for counted in [suite, suites] {
                assert!(counted.attribute("time").unwrap().parse::<f64>().is_ok());
                let counts = ["tests", "failures", "errors"].map(|key| number(counted, key));
                assert_eq!(counts, [cases.len(), with("failure"), with("error")]);
            }
        }
    }

    #[test]
    fn a_gate_is_a_test_case_and_one_that_fails_says_by_how_much() {
        let gates = ["cancelled > 0", "p99 > 1h", "panicked > 1_000_000"];
        let text = written(&with_gates(fixture::finished(), &gates, false));
        assert_valid(&text);
        let document = Document::parse(&text).unwrap();
        let suite = document.root_element().first_element_child().unwrap();
        assert_eq!((number(suite, "tests"), number(suite, "failures"), number(suite, "errors")), (4, 2, 0));
        let faults: Vec<_> = document.descendants().filter(|node| node.has_tag_name("failure")).collect();
        assert!(faults[0].attribute("message").unwrap().starts_with("cancelled > 0: "), "{text}");
        assert_eq!(
            faults.iter().map(|fault| fault.attribute("type").unwrap()).collect::<Vec<_>>(),
            ["broken", "unknown"]
        );
        assert_eq!(faults[1].parent().unwrap().attribute("name"), Some("fail if p99 > 1h"));
    }

    #[test]
    fn what_regressed_is_a_test_case_that_says_by_how_much_and_how_sure_that_is() {
        let run = held(Model { slower: 1.5, ..STEADY }.run(2), &STEADY.run(1));
        let text = written(&with_gates(run, &["regressed(p50) > 5%", "regressed(failed) > 10%"], false));
        assert_valid(&text);
        let document = Document::parse(&text).unwrap();
        let faults: Vec<_> = document.descendants().filter(|node| node.has_tag_name("failure")).collect();
        assert_eq!(faults[0].parent().unwrap().attribute("name"), Some("fail if regressed(p50) > 5%"));
        let message = faults[0].attribute("message").unwrap();
        assert!(message.starts_with("regressed(p50) > 5%: +") && message.contains(" % (+"), "{message}");
        assert!(message.ends_with(" points"), "{message}");
    }

    #[test]
    fn a_run_without_gates_is_one_test_case_that_says_how_it_ended() {
        let cases = |state| {
            let text = written(&Snapshot { state, ..fixture::finished() });
            assert_valid(&text);
            let document = Document::parse(&text).unwrap();
            let suite = document.root_element().first_element_child().unwrap();
            (number(suite, "tests"), number(suite, "failures"), number(suite, "errors"))
        };
        assert_eq!(cases(State::Finished(EndedBy::Duration)), (1, 0, 0));
        assert_eq!(cases(State::Finished(EndedBy::Signal)), (1, 0, 1));
        assert_eq!(cases(State::Finished(EndedBy::Gate)), (1, 1, 0));
    }

    #[test]
    fn no_name_breaks_out_of_the_file() {
        for name in ["<script>alert(\"1\")</script>", "a & b ]]> --> '", "\u{1b}[2J\0\u{ffff}", "ünï ✓"] {
            let text = written(&with_gates(named(fixture::finished(), name), &["failed < 5"], false));
            assert_valid(&text);
            let document = Document::parse(&text).unwrap();
            let suite = document.root_element().first_element_child().unwrap();
            assert_eq!(suite.attribute("name"), Some(legal(name).as_str()));
            assert!(!text.contains("<script"), "{text}");
        }
    }
}
