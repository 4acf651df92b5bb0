//! However a run ends and whatever the program makes of that, nothing is left.

use std::thread::sleep;
use std::time::{Duration, Instant};

use tardy::engine::Command;
use tardy::snapshot::{EndedBy, LaneView};

use crate::support::{TWENTY, alone, assert_nothing_left, mark, open_files, program, run_program, start, total};

#[test]
fn a_program_that_does_not_exit_at_bye_is_asked_to_and_then_killed() {
    let _alone = alone();
    let stays = "( serve )\nwhile :; do sleep 0.1; done";
    for (body, least) in [
        (format!("begin\n{stays}"), Duration::from_secs(2)),
        (format!("trap '' TERM\nbegin\nsleep 62 &\n{stays}"), Duration::from_secs(3)),
    ] {
        let begin = Instant::now();
        let report = run_program(&body, TWENTY);
        assert_eq!(total(&report, LaneView::done), 20);
        assert!(begin.elapsed() >= least, "{:?}", begin.elapsed());
    }
}

#[test]
fn nothing_outlives_the_run_however_it_ends() {
    let _alone = alone();
    let rest = "workload.copies = 2\nload = { mode = 'closed', concurrency = 5 }\n\
                deadline = { after = '50ms', on_timeout = 'observe' }\nrun = { duration = '20s', drain = '100ms' }";
    for command in [Command::Stop(EndedBy::User), Command::Abort(EndedBy::Signal)] {
        let (mark, files) = (mark(), open_files());
        let run = start(&format!("{}{rest}", program("begin\nwhile read -r line; do :; done", &mark))).unwrap();
        sleep(Duration::from_millis(100));
        run.handle().send(command);
        let report = run.wait().unwrap();
        assert_eq!((report.snapshot.balanced, total(&report, LaneView::unfinished)), (Some(true), 5));
        assert_nothing_left(&mark, files);
    }
}
