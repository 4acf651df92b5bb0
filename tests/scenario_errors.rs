//! What a wrong scenario file gets: file, line, caret, what was expected, exit code 2, and an answer at once.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;
use std::time::Duration;

use assert_cmd::Command;

const VALID: &str = r#"name = "x"

[workload]
kind = "synthetic"

[[workload.step]]
name = "nap"
sleep = "5ms"

[load]
mode = "open"
rate = "500/s"

[deadline]
after = "50ms"

[gather]
width = 20

[run]
duration = "1s"
workers = 2
"#;

/// Far more than an answer takes on a loaded machine, far less than a hang.
const AT_ONCE: Duration = Duration::from_secs(10);

fn tardy(directory: &Path) -> Command {
    let mut command = Command::cargo_bin("tardy").unwrap();
    command.current_dir(directory).timeout(AT_ONCE);
    command
}

/// What `tardy check` says on stderr of a file with these bytes; it must refuse it.
fn refused(bytes: &[u8]) -> String {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("x.toml"), bytes).unwrap();
    let assert = tardy(directory.path()).args(["check", "x.toml"]).assert().code(2).stdout("");
    let said = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
    assert!(!said.contains('\u{1b}'), "no escape sequence reaches a pipe");
    said
}

/// Asserts that `marked`, put in the place of `line`, is refused with a caret under the part between `«` and `»`
/// and with every text of `said`.
#[track_caller]
fn assert_caret(line: &str, marked: &str, said: &[&str]) {
    assert!(VALID.contains(line), "{line}");
    let text = VALID.replace(line, marked);
    let (before, rest) = text.split_once('«').unwrap();
    let (wrong, after) = rest.split_once('»').unwrap();
    let stderr = refused(format!("{before}{wrong}{after}").as_bytes());

    let (row, column) = (before.matches('\n').count() + 1, before.rsplit('\n').next().map_or(0, str::len) + 1);
    let place = format!("[x.toml:{row}:{column}]");
    assert!(stderr.contains(&place), "{place} in\n{stderr}");
    let mut lines = stderr.lines().skip_while(|line| !line.contains(&place));
    let caret = lines.find(|line| line.trim_start().starts_with('·')).unwrap();
    let indent = caret.find('·').unwrap() + '·'.len_utf8();
    let expected = format!(" {}{}", " ".repeat(column - 1), "─".repeat(wrong.chars().count()));
    assert_eq!(caret[indent..], expected, "{stderr}");
    for said in said {
        assert!(stderr.contains(said), "{said} in\n{stderr}");
    }
}

#[test]
fn a_gate_gets_its_caret_under_the_word_that_is_wrong() {
    let run = "[run]\nduration = \"1s\"";
    let with = |gate: &str| format!("[gate]\n{gate}\n\n{run}");
    for (gate, says) in [
        (
            "fail_if = [\"failed > 0\", \"«timed_aut» > 1%\"]",
            &["unknown quantity `timed_aut`", "did you mean `timed_out`?"][..],
        ),
        ("fail_if = \"p99 > «200»\"", &["`200` is no limit for `p99`", "expected a duration such as `200ms`"]),
        ("fail_if = ['p99(«naps») > 1s']", &["there is no time `naps`", "`start_delay`"]),
        ("fail_if = [\"failed «==» 0\"]", &["`==` is no comparison", "expected `>`, `>=`, `<` or `<=`"]),
        ("fail_if = «\"fa\\u0069led > x\"»", &["`x` is no limit for `failed`", "a share such as `1%`"]),
        ("fail_if = «5»", &["`fail_if` is a whole number, expected conditions"]),
        ("fail_if = \"«failed >= 0»\"", &["is always so", "every run would fail this gate"]),
        ("fail_if = []\n«abrot» = true", &["did you mean `abort`?"]),
        ("fail_if = []\nabort = «1»", &["`abort` is a whole number, expected `true` or `false`"]),
    ] {
        assert_caret(run, &with(gate), says);
    }
    assert_caret(run, &format!("[«gate»]\nabort = true\n\n{run}"), &["[gate] lacks `fail_if`"]);
    let gathers = "[gate]\nfail_if = [«\"max(gather) > 1s\"»]";
    assert_caret("[gather]\nwidth = 20", gathers, &["and there is no `[gather]`"]);
}

#[test]
fn a_valid_file_is_ok() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("x.toml"), VALID).unwrap();
    tardy(directory.path()).args(["check", "x.toml"]).assert().success().stdout("x.toml: ok\n").stderr("");
}

#[test]
fn an_unknown_key_is_shown_with_the_one_that_was_meant_or_with_all() {
    let rate = "rate = \"500/s\"";
    assert_caret(
        rate,
        "rate = \"500/s\"\n«arival» = \"poisson\"",
        &["unknown key `arival` in [load]", "did you mean `arrivals`?"],
    );
    assert_caret("width = 20", "width = 20\n«colour» = 1", &["expected `width`, `mode` or `k`"]);
    assert_caret("name = \"x\"", "name = \"x\"\n«deadlin».after = \"5ms\"", &["did you mean `deadline`?"]);
    assert_caret(
        rate,
        "rate = \"500/s\"\nstage = [{ duration = \"1s\", rate = \"1/s\", «to» = 5 }]",
        &["in [[load.stage]]"],
    );
}

#[test]
fn a_wrong_unit_is_shown_with_right_ones() {
    assert_caret("after = \"50ms\"", "after = «\"50 parsecs\"»", &["`50 parsecs` is no duration", "`50ms`"]);
    assert_caret(
        "after = \"50ms\"",
        "after = «50»",
        &["`after` is a whole number, expected a duration such as `\"50ms\"`"],
    );
    assert_caret("duration = \"1s\"", "duration = «\"9000000000s\"»", &["expected at most a year"]);
    assert_caret("rate = \"500/s\"", "rate = «\"500\"»", &["`500` is no rate", "`500/s`"]);
    assert_caret("rate = \"500/s\"", "rate = «500»", &["expected a rate such as `\"500/s\"`"]);
    assert_caret("rate = \"500/s\"", "rate = «\"1e300/s\"»", &["expected a rate between"]);
}

#[test]
fn a_zero_that_would_bring_nothing_is_refused() {
    assert_caret("rate = \"500/s\"", "rate = «\"0/s\"»", &["a rate of zero brings no task"]);
    assert_caret("width = 20", "width = «0»", &["0 is out of range, expected a whole number from 1"]);
    assert_caret("mode = \"open\"\nrate = \"500/s\"", "mode = \"closed\"\nconcurrency = «0»", &["0 is out of range"]);
    assert_caret("workers = 2", "workers = «0»", &["expected a whole number from 1 to 1,024"]);
    assert_caret("after = \"50ms\"", "after = «\"0s\"»", &["`after` is zero"]);
    assert_caret("duration = \"1s\"", "duration = «\"0s\"»", &["`duration` is zero"]);
    assert_caret("workers = 2", "tasks = «0»", &["expected a whole number from 1"]);
    assert_caret("rate = \"500/s\"", "rate = \"500/s\"\nmax_in_flight = «0»", &["0 is out of range"]);
    let stage = "rate = \"500/s\"\n[[load.stage]]\nduration = «\"0s\"»\nrate = \"5/s\"";
    assert_caret("rate = \"500/s\"", stage, &["`duration` is zero"]);
}

#[test]
fn what_contradicts_another_key_is_refused_at_the_key_to_blame() {
    let closed = "mode = \"closed\"\n«rate» = \"500/s\"";
    assert_caret("mode = \"open\"\nrate = \"500/s\"", closed, &["this load is closed", "`concurrency = 64`"]);
    assert_caret(
        "rate = \"500/s\"",
        "rate = \"500/s\"\n«concurrency» = 5",
        &["this load is open", "`mode = \"closed\"`"],
    );
    assert_caret("width = 20", "width = 20\nmode = \"first\"\nk = «21»", &["`k` is 21, more than the 20 children"]);
    assert_caret("width = 20", "width = 20\nmode = \"first\"\nk = «0»", &["expected a whole number from 1"]);
    assert_caret("width = 20", "width = 20\n«k» = 3", &["`k` belongs to `mode = \"first\"`"]);
    assert_caret(
        "[gather]\nwidth = 20",
        "[«gather»]\nwidth = 20\nmode = \"first\"",
        &["[gather] lacks `k`", "add `k = 3`"],
    );
    assert_caret("[gather]\nwidth = 20", "[«gather»]", &["[gather] lacks `width`"]);
    assert_caret(
        "after = \"50ms\"\n\n[gather]\nwidth = 20",
        "after = \"50ms\"\nscope = «\"gather\"»",
        &["there is no `[gather]`"],
    );
    let shallow = "rate = \"500/s\"\nmax_in_flight = 10\n[gather]\nwidth = «20»\n";
    let deadline = "rate = \"500/s\"\n\n[deadline]\nafter = \"50ms\"\n\n[gather]\nwidth = 20\n";
    assert_caret(deadline, shallow, &["`load.max_in_flight` = 10", "could never start"]);
    assert_caret("workers = 2", "flavor = \"current_thread\"\nworkers = «2»", &["one event loop"]);
    assert_caret(
        "[deadline]\nafter = \"50ms\"",
        "[«deadline»]\non_timeout = \"cancel\"",
        &["[deadline] lacks `after`"],
    );
}

#[test]
fn an_unknown_word_is_shown_with_the_known_ones() {
    assert_caret("mode = \"open\"", "mode = «\"opn\"»", &["unknown word `opn`", "did you mean `open`?"]);
    assert_caret(
        "width = 20",
        "width = 20\nmode = «\"quorum\"»",
        &["`collect`, `fail_fast`, `cancel_siblings` or `first`"],
    );
    assert_caret("after = \"50ms\"", "after = \"50ms\"\non_timeout = «\"abort\"»", &["`cancel` or `observe`"]);
    assert_caret("workers = 2", "flavor = «\"single\"»", &["`multi_thread` or `current_thread`"]);
}

#[test]
fn a_wrong_type_is_shown_with_the_right_one() {
    assert_caret("name = \"x\"", "name = «5»", &["`name` is a whole number, expected one line of text"]);
    assert_caret("width = 20", "width = «\"20\"»", &["`width` is text, expected a whole number"]);
    assert_caret("width = 20", "width = «-20»", &["-20 is out of range"]);
    assert_caret("workers = 2", "drain = «{ s = 5 }»", &["`drain` is a table, expected a duration"]);
    assert_caret("rate = \"500/s\"", "rate = \"500/s\"\nstage = «5»", &["expected tables [[load.stage]]"]);
    let said = refused(VALID.replace("[gather]\nwidth = 20", "").replacen("name", "gather = 20\nname", 1).as_bytes());
    assert!(said.contains("[x.toml:1:10]") && said.contains("expected a table [gather]"), "{said}");
}

#[test]
fn a_control_character_is_refused_and_never_reaches_the_terminal() {
    assert_caret("name = \"x\"", "name = «\"\\u001b[2J\"»", &["expected one line without control characters"]);
    assert!(refused(b"name = \"\x1b[2J\"").contains("name = \"?[2J\""));
}

#[test]
fn broken_toml_is_shown_at_every_break() {
    let said = refused(b"name = \"x\n[load\nmode = = 3\n");
    for place in ["[x.toml:1:10]", "[x.toml:2:6]", "[x.toml:3:8]"] {
        assert!(said.contains(place), "{place} in\n{said}");
    }
}

#[test]
fn a_key_said_twice_is_shown_at_the_second() {
    assert_caret("width = 20", "width = 20\n«width» = 30", &["duplicate key"]);
    assert_caret("workers = 2", "workers = 2\n[«gather»]\nwidth = 5", &["duplicate key"]);
}

#[test]
fn all_errors_are_told_at_once_in_the_order_of_the_file() {
    let text = VALID
        .replace("\"open\"", "\"opn\"")
        .replace("\"50ms\"", "50")
        .replace("width = 20", "widht = 20")
        .replace("workers = 2", "workers = 0");
    let said = refused(text.as_bytes());
    let places =
        ["5 things are wrong", "[x.toml:11:8]", "[x.toml:15:9]", "[x.toml:17:2]", "[x.toml:18:1]", "[x.toml:22:11]"];
    let found: Vec<Option<usize>> = places.iter().map(|place| said.find(place)).collect();
    assert!(found.iter().all(Option::is_some) && found.is_sorted(), "{found:?} in\n{said}");
}

#[test]
fn an_empty_file_is_told_what_it_lacks() {
    for bytes in [&b""[..], b"\n\n", b"# nothing\n"] {
        let said = refused(bytes);
        for lacking in ["`name`", "`workload`", "`load`", "[x.toml:1:1]", "▲"] {
            assert!(said.contains(lacking), "{lacking} in\n{said}");
        }
    }
}

#[test]
fn bytes_that_are_no_text_are_shown_where_they_begin() {
    let said = refused(b"name = \"x\"\nabout = \"\xc3\x28\"\n");
    assert!(said.contains("[x.toml:2:10]") && said.contains("the byte 0xc3 is no UTF-8"), "{said}");
    assert!(refused(b"\xff\xfen\0").contains("[x.toml:1:1]"));
    assert!(refused(b"name = \"\xe2\x82").contains("[x.toml:1:9]"), "a character cut off at the end");
}

#[test]
fn ten_megabytes_of_noise_are_answered_in_a_few_lines() {
    let noise: Vec<u8> = (0..10_000_000_u32).map(|i| b' ' + (i.wrapping_mul(2_654_435_761) >> 25) as u8 % 95).collect();
    let said = refused(&noise);
    assert!(said.contains("`x.toml` is larger than 1048576 bytes") && said.len() < 1_000, "{said}");

    let said = refused(&noise[..1_000_000]);
    assert!(said.len() < 10_000, "{said}");
    let lines: Vec<u8> = noise[..1_000_000].chunks(60).flat_map(|line| [line, b"\n"].concat()).collect();
    assert!(refused(&lines).len() < 10_000);
    assert!(refused(&[b"about = \"", &noise[..1].repeat(900_000)[..], b"\"\nname = 5"].concat()).len() < 10_000);
}

#[test]
fn a_nest_without_end_is_refused() {
    assert!(refused(&[b"name = ", "[".repeat(100_000).as_bytes()].concat()).contains("x.toml"));
    assert!(refused(&["a.".repeat(100_000).as_bytes(), b"b = 1"].concat()).contains("x.toml"));
}

#[test]
fn what_is_no_file_is_refused_by_name() {
    let directory = tempfile::tempdir().unwrap();
    let said = |name: &str| {
        let assert = tardy(directory.path()).args(["check", name]).assert().code(2).stdout("");
        String::from_utf8(assert.get_output().stderr.clone()).unwrap()
    };
    assert!(said(".").contains("it is a directory, expected a scenario file"));
    assert!(said("none.toml").contains("there is no scenario and no file `none.toml`"));
    assert!(said("helo").contains("did you mean `hello`?"));
    assert!(said("").contains("there is no scenario and no file"));
}

#[test]
fn a_wrong_file_does_not_hide_the_right_ones() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("good.toml"), VALID).unwrap();
    std::fs::write(directory.path().join("bad.toml"), "").unwrap();
    let assert = tardy(directory.path()).args(["check", "bad.toml", "good.toml"]).assert();
    assert.code(2).stdout("good.toml: ok\n");
}
