//! What a program can do wrong: its tasks fail with what that was, whatever the policy.

use tardy::snapshot::LaneView;

use crate::support::{
    TWENTY, alone, assert_nothing_left, mark, messages, open_files, program, run_program, start, total,
};

/// What the program does wrong once it has its first task, and what is told of it.
const FAULTS: [(&str, &str); 18] = [
    ("echo boom >&2; exit 3", "sh: it ended: exit 3; it said last: boom"),
    ("exit 0", "sh: it ended: exit 0"),
    ("kill -9 $$", "sh: it ended: killed by signal 9"),
    ("say garbage; sleep 60", "sh: it wrote a line that is no JSON object: `garbage`"),
    ("say; sleep 60", "sh: it wrote a line that is no JSON object: ``"),
    ("say '[\"end\"]'; sleep 60", "sh: it wrote a line that is no JSON object: `[\"end\"]`"),
    ("say '{\"type\":\"dance\"}'; sleep 60", "sh: it wrote a line of unknown type `dance`"),
    (
        "say '{\"type\":\"end\",\"id\":\"one\",\"ending\":\"done\"}'; sleep 60",
        "sh: invalid type: string \"one\", expected u64 in its line `{\"type\":\"end\",\"id\":\"one\",\"ending\":\"done\"}`",
    ),
    ("printf '\\377\\n'; sleep 60", "sh: it wrote a line that is no UTF-8: `\u{fffd}`"),
    ("head -c 100000000 /dev/zero | tr '\\0' x; sleep 60", "sh: it wrote a line of more than 1048576 bytes: `xxxx"),
    ("printf '{\"type\":'; exit 0", "sh: it wrote half a line at its end: `{\"type\":`"),
    ("printf '{\"type\":'; exit 3", "sh: it ended: exit 3"),
    ("ready; sleep 60", "sh: it said twice that it is ready"),
    ("end 1000000; sleep 60", "sh: it wrote `end` for task 1000000, which it does not have: it never got it, or"),
    ("say '{\"type\":\"step\",\"id\":1000000,\"name\":null}'; sleep 60", "sh: it wrote `step` for task 1000000, which"),
    ("end $id; end $id; sleep 60", "which it does not have: it never got it, or has ended it before"),
    ("exec >&-; sleep 60", "sh: it closed its stdout"),
    ("exec <&-; sleep 60", "sh: it closed its stdin"),
];

#[test]
fn every_fault_ends_all_tasks_with_what_it_was_and_leaves_nothing() {
    let _alone = alone();
    for policy in ["cancel", "observe"] {
        for (wrong, told) in FAULTS {
            // A child in the background, which has to go, too.
            let body = format!("begin\nsleep 61 >/dev/null 2>&1 &\nget\n{wrong}");
            let rest = format!("deadline = {{ after = '20s', on_timeout = '{policy}', grace = '1s' }}\n{TWENTY}");
            let report = run_program(&body, &rest);
            let (done, failed) = (total(&report, LaneView::done), total(&report, LaneView::failed));
            assert!(done <= 1 && done + failed == 20, "{wrong} under {policy}: {done} done, {failed} failed");
            let messages = messages(&report);
            assert_eq!(messages.len(), 1, "{wrong}: {messages:?}");
            assert!(messages.keys().all(|message| message.contains(told)), "{wrong}: {messages:?}");
            assert!(report.snapshot.workload.remarks.last().unwrap().contains(told), "{wrong}");
        }
    }
}

#[test]
fn a_program_that_is_never_ready_keeps_the_run_from_starting() {
    let _alone = alone();
    for (body, told) in [
        ("echo no module named work >&2; exit 7", "sh: it ended: exit 7; it said last: no module named work"),
        ("read -r hello; sleep 60", "sh: it was not ready within 300ms"),
        (
            "read -r hello; say '{\"type\":\"ready\",\"protocol\":2}'; sleep 60",
            "sh: it speaks version 2 of the protocol",
        ),
        ("say hello; sleep 60", "sh: it wrote a line that is no JSON object: `hello`"),
        ("end 0; sleep 60", "sh: it wrote `end` for task 0, which it does not have"),
    ] {
        for copies in [1, 3] {
            let (mark, files) = (mark(), open_files());
            let text =
                format!("{}workload.ready = '300ms'\nworkload.copies = {copies}\n{TWENTY}", program(body, &mark));
            let error = start(&text).unwrap_err();
            let why = std::error::Error::source(&error).unwrap().to_string();
            assert!(why.contains(told), "{body}: {why}");
            assert!(error.to_string().contains("cannot set up the workload"), "{error}");
            assert_nothing_left(&mark, files);
        }
    }
}

#[test]
fn a_program_that_the_system_does_not_start_keeps_the_run_from_starting() {
    let _alone = alone();
    let (files, scratch) = (open_files(), tempfile::tempdir().unwrap());
    let program = scratch.path().join("gone");
    // It is there, and can be executed, but what it asks for to be read by is not.
    std::fs::write(&program, "#!/no/such/interpreter\n").unwrap();
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let table = format!("workload.kind = 'process'\nworkload.command = ['{}']\n{TWENTY}", program.display());
    let why = std::error::Error::source(&start(&table).unwrap_err()).unwrap().to_string();
    assert!(why.contains("gone: it cannot be started: No such file or directory"), "{why}");
    assert_nothing_left("no process has this in its command line", files);
}

#[test]
fn of_several_copies_the_others_go_on_when_one_is_lost() {
    let _alone = alone();
    let body = "begin\ncase $hello in *'\"copy\":1,'*) get; exit 9 ;; esac\nserve";
    let report = run_program(body, &format!("workload.copies = 3\n{TWENTY}"));
    let (done, failed) = (total(&report, LaneView::done), total(&report, LaneView::failed));
    assert_eq!(done + failed, 20);
    assert!((1..=5).contains(&failed), "only what the copy had is lost: {failed}");
    assert_eq!(messages(&report).into_keys().collect::<Vec<_>>(), ["copy 1, sh: it ended: exit 9"]);
}
