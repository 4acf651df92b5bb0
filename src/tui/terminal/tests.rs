//! A panic of the screen on a real terminal: this test's own binary runs again on one of its own, and panics there.

#![cfg(target_os = "linux")]

use std::io::Read;

use portable_pty::{CommandBuilder, MasterPty, PtySize, native_pty_system};

use super::*;
use crate::tui::panic;

/// Set for the process that is to panic.
const PANICS: &str = "TARDY_TEST_PANICS_ON_THE_SCREEN";

/// How the terminal is set: whether it echoes, waits for whole lines, makes signals of keys.
fn modes(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios().unwrap())
}

#[test]
fn a_panic_of_the_screen_gives_the_terminal_back_and_is_not_printed_over_it() {
    if std::env::var_os(PANICS).is_some() {
        return panic_on_the_screen();
    }
    let pty = native_pty_system().openpty(PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 }).unwrap();
    let untouched = modes(&*pty.master);
    let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
    let this = concat!(module_path!(), "::a_panic_of_the_screen_gives_the_terminal_back_and_is_not_printed_over_it");
    command.args([this.split_once("::").unwrap().1, "--exact", "--nocapture", "--test-threads=1"]);
    command.env(PANICS, "1");
    let mut child = pty.slave.spawn_command(command).unwrap();
    let mut output = pty.master.try_clone_reader().unwrap();
    let modes_after = {
        let status = child.wait().unwrap();
        assert!(status.success(), "{status:?}");
        modes(&*pty.master)
    };
    drop(pty.slave);
    let mut bytes = Vec::new();
    // A terminal whose last process is gone answers with an error.
    output.read_to_end(&mut bytes).ok();
    let said = String::from_utf8_lossy(&bytes);
    assert_eq!(modes_after, untouched);
    let [entered, left] = ["\u{1b}[?1049h", "\u{1b}[?1049l"].map(|sequence| said.rfind(sequence).unwrap());
    let told = said.rfind("kept: the screen broke (").unwrap();
    assert!(entered < left && left < told, "{said}");
    assert!(!said[entered..left].contains("the screen broke"), "{said}");
    for off in ["\u{1b}[?2004l", "\u{1b}[?1000l", "\u{1b}[?25h", "\u{1b}[?2026l"] {
        assert!(said[entered..].contains(off), "{off:?} in {said:?}");
    }
}

#[expect(clippy::print_stdout, reason = "the other process reads it from the terminal")]
fn panic_on_the_screen() {
    panic::install_hook();
    let show = || {
        let screen = Screen::open().unwrap();
        assert!(screen.size().unwrap().width == 0, "the screen broke");
    };
    let thread = std::thread::Builder::new().name(panic::THREAD.to_owned()).spawn(show).unwrap();
    assert!(thread.join().is_err());
    println!("kept: {}", panic::take_message());
}
