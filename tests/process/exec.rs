//! The `exec` workload: every way in which a command can go wrong under both policies, and nothing left of any.

use tardy::snapshot::LaneView;

use crate::support::{Count, alone, assert_nothing_left, mark, messages, open_files, run, total};

/// What a command does, how its tasks end, and what they say, under observe.
const FAULTS: [(&str, Ends, Option<&str>); 6] = [
    ("exit 3", Ends::Failed, Some("exit 3")),
    ("kill -9 $$", Ends::Failed, Some("killed by signal 9")),
    ("trap '' TERM; sleep 6 & wait", Ends::Late, None),
    ("head -c 3000000 /dev/zero; exit 0", Ends::Done, None),
    ("sleep 0.01 >/dev/null 2>&1 & exit 0", Ends::Done, None),
    ("sleep 6", Ends::Late, None),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ends {
    Done,
    Failed,
    /// It does not end by itself in the time of the test.
    Late,
}

#[test]
fn every_fault_of_a_command_has_its_ending_under_both_policies_and_leaves_nothing() {
    let _alone = alone();
    for policy in ["cancel", "observe"] {
        for (command, ends, message) in FAULTS {
            let (mark, files) = (mark(), open_files());
            let after = if ends == Ends::Late { "200ms" } else { "20s" };
            let report = run(&format!(
                "workload.kind = 'exec'\nworkload.shell = '''{command} # {mark}'''\n\
                 deadline = {{ after = '{after}', on_timeout = '{policy}', grace = '100ms' }}\n\
                 load = {{ mode = 'open', rate = '200/s' }}\nrun = {{ tasks = 10, drain = '500ms', workers = 1 }}"
            ));
            let of: Count = match (ends, policy) {
                (Ends::Done, _) => LaneView::done,
                (Ends::Failed, _) => LaneView::failed,
                (Ends::Late, "cancel") => LaneView::cancelled,
                (Ends::Late, _) => LaneView::unfinished,
            };
            assert_eq!((total(&report, of), total(&report, |lane| lane.spawned)), (10, 10), "{command} under {policy}");
            let told: Vec<String> = messages(&report).into_keys().collect();
            assert_eq!(told, message.into_iter().map(str::to_owned).collect::<Vec<_>>(), "{command}");
            assert_nothing_left(&mark, files);
        }
    }
}

#[test]
fn a_program_that_goes_away_after_the_scenario_was_read_fails_each_task() {
    let _alone = alone();
    for policy in ["cancel", "observe"] {
        let files = open_files();
        let scratch = tempfile::tempdir().unwrap();
        let program = scratch.path().join("gone");
        // It is there, and can be executed, but what it asks for to be read by is not.
        std::fs::write(&program, "#!/no/such/interpreter\n").unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&program, mode).unwrap();
        let report = run(&format!(
            "workload.kind = 'exec'\nworkload.command = ['{}']\ndeadline = {{ after = '20s', on_timeout = '{policy}' }}\n\
             load = {{ mode = 'closed', concurrency = 5 }}\nrun = {{ tasks = 20, workers = 1 }}",
            program.display()
        ));
        assert_eq!(total(&report, LaneView::failed), 20);
        let messages = messages(&report);
        assert!(messages.keys().all(|message| message.starts_with("cannot start `")), "{messages:?}");
        assert_nothing_left("no process has this in its command line", files);
    }
}
