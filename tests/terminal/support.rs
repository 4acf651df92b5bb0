//! The real binary on a real terminal of its own: keys go in, a screen comes out.
//!
//! Nothing here waits for a fixed time: a test says what the screen will show, and fails with the screen that
//! did not.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use vt100::Parser;

/// How long anything may take on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often the screen is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// The binary under test.
pub(crate) const TARDY: &str = env!("CARGO_BIN_EXE_tardy");

/// Nine in ten tasks need 5 ms and one needs 300 ms, against a deadline of 50 ms, for longer than any test.
pub(crate) const SLOW_TENTH: &str = r#"
name = "slow-tenth"
workload.kind = "synthetic"
[[workload.step]]
name = "call"
sleep = { dist = "mix", of = [{ weight = 9, sleep = "5ms" }, { weight = 1, sleep = "300ms" }] }
[load]
mode = "open"
rate = "100/s"
arrivals = "constant"
[deadline]
after = "50ms"
on_timeout = "observe"
[run]
duration = "10m"
drain = "2s"
"#;

/// Where in a test's directory the configuration is looked for.
pub(crate) const CONFIG_HOME: &str = "config";

/// A process and the terminal it believes to have.
pub(crate) struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    shown: Arc<Mutex<Shown>>,
    reader: Option<JoinHandle<()>>,
    untouched: Modes,
}

/// Everything the terminal was sent, and what it looks like by now.
struct Shown {
    parser: Parser,
    bytes: Vec<u8>,
}

/// How a terminal is set: whether it echoes, waits for whole lines, makes signals of keys.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Modes(String);

impl Terminal {
    /// `tardy run` of this scenario with these arguments, on 120 columns and 34 rows; its files go to `directory`.
    pub(crate) fn run(scenario: &str, directory: &Path, args: &[&str]) -> Self {
        Self::run_sized(scenario, directory, args, (120, 34))
    }

    /// The same on so many columns and rows.
    pub(crate) fn run_sized(scenario: &str, directory: &Path, args: &[&str], size: (u16, u16)) -> Self {
        std::fs::write(directory.join("scenario.toml"), scenario).unwrap();
        Self::start(&mut tardy(directory, &[&["run", "scenario.toml"], args].concat()), size)
    }

    /// Any command on a terminal of so many columns and rows.
    pub(crate) fn start(command: &mut CommandBuilder, (columns, rows): (u16, u16)) -> Self {
        let pair = native_pty_system().openpty(pty_size(columns, rows)).unwrap();
        let untouched = modes(&*pair.master);
        let mut output = pair.master.try_clone_reader().unwrap();
        let parser = Parser::new(non_zero(rows), non_zero(columns), 0);
        let shown = Arc::new(Mutex::new(Shown { parser, bytes: Vec::new() }));
        let child = pair.slave.spawn_command(command.clone()).unwrap();
        let into = Arc::clone(&shown);
        let reader = std::thread::spawn(move || {
            let mut buffer = [0; 16 * 1024];
            // A terminal whose last process is gone answers with an error on Linux and with nothing elsewhere.
            while let Ok(read @ 1..) = output.read(&mut buffer) {
                let mut shown = into.lock().unwrap_or_else(PoisonError::into_inner);
                shown.parser.process(&buffer[..read]);
                shown.bytes.extend_from_slice(&buffer[..read]);
            }
        });
        let keys = pair.master.take_writer().unwrap();
        Self { child, master: pair.master, keys, shown, reader: Some(reader), untouched }
    }

    /// Types these keys.
    pub(crate) fn keys(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Waits until the screen shows this text.
    pub(crate) fn shows(&self, text: &str) {
        self.until(&format!("`{text}` on the screen"), |screen| screen.contains(text));
    }

    /// Types these keys and waits until the screen shows this text.
    pub(crate) fn press(&mut self, keys: &str, text: &str) {
        self.keys(keys);
        self.shows(text);
    }

    /// Waits until the screen is as described.
    pub(crate) fn until(&self, what: &str, is: impl Fn(&str) -> bool) {
        self.wait_for(what, || is(&self.screen()));
    }

    /// Waits until anything is so.
    pub(crate) fn wait_for(&self, what: &str, is: impl Fn() -> bool) {
        let begin = Instant::now();
        while !is() {
            assert!(begin.elapsed() < PATIENCE, "not so after {PATIENCE:?}: {what}\n{}", self.screen());
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// The text on the screen, a line a row.
    pub(crate) fn screen(&self) -> String {
        self.look(|shown| shown.parser.screen().contents())
    }

    /// Every byte the terminal was sent so far.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.look(|shown| shown.bytes.clone())
    }

    /// Whether the dashboard has the terminal: its second screen, without a cursor.
    pub(crate) fn is_taken(&self) -> bool {
        self.look(|shown| shown.parser.screen().alternate_screen() && shown.parser.screen().hide_cursor())
    }

    /// Whether the terminal is back on its first screen, cursor included.
    pub(crate) fn is_given_back(&self) -> bool {
        self.look(|shown| !shown.parser.screen().alternate_screen() && !shown.parser.screen().hide_cursor())
    }

    /// How the terminal is set.
    pub(crate) fn modes(&self) -> Modes {
        modes(&*self.master)
    }

    /// How it was set before the process had it.
    pub(crate) fn untouched(&self) -> &Modes {
        &self.untouched
    }

    /// Makes the window larger or smaller.
    pub(crate) fn resize(&self, columns: u16, rows: u16) {
        self.shown.lock().unwrap().parser.set_size(non_zero(rows), non_zero(columns));
        self.master.resize(pty_size(columns, rows)).unwrap();
    }

    /// Sends the process a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// The letter the system gives the process: `T` is stopped.
    pub(crate) fn process_state(&self) -> char {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid().as_raw_nonzero())).unwrap();
        stat.rsplit(") ").next().and_then(|after| after.chars().next()).unwrap()
    }

    /// Waits for the process to end and for the last of what it said.
    pub(crate) fn end(&mut self) -> ExitStatus {
        let begin = Instant::now();
        let status = loop {
            match self.child.try_wait().unwrap() {
                Some(status) => break status,
                None if begin.elapsed() > PATIENCE => panic!("it does not end\n{}", self.screen()),
                None => std::thread::sleep(LOOK_EVERY),
            }
        };
        let reader = self.reader.take().unwrap();
        self.wait_for("the end of its output", || reader.is_finished());
        status
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.process_id().unwrap()).unwrap()).unwrap()
    }

    fn look<T>(&self, at: impl FnOnce(&Shown) -> T) -> T {
        at(&self.shown.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A test that fails leaves no process behind.
impl Drop for Terminal {
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            self.child.kill().ok();
            self.child.wait().ok();
        }
    }
}

/// The binary with these arguments, in an environment that is the same on every machine.
pub(crate) fn tardy(directory: &Path, args: &[&str]) -> CommandBuilder {
    command(directory, TARDY, args)
}

/// The same for any program.
pub(crate) fn command(directory: &Path, program: &str, args: &[&str]) -> CommandBuilder {
    let mut command = CommandBuilder::new(program);
    command.args(args.iter().map(OsStr::new));
    command.cwd(directory);
    command.env("TERM", "xterm-256color");
    // A configuration of whoever runs the tests must not change them; a test puts its own there.
    command.env("XDG_CONFIG_HOME", directory.join(CONFIG_HOME));
    for unset in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLORTERM", "COLORFGBG", "ENV", "COLUMNS", "LINES"] {
        command.env_remove(unset);
    }
    command
}

fn modes(master: &dyn MasterPty) -> Modes {
    let modes = master.get_termios().unwrap();
    Modes(format!("{:?} {:?} {:?}", modes.input_flags, modes.output_flags, modes.local_flags))
}

fn pty_size(cols: u16, rows: u16) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}

fn non_zero(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).unwrap()
}

/// What the status line says once all files of a run are there.
pub(crate) fn wrote(to: &str) -> String {
    format!("wrote its files to {to}")
}

/// The count beside this label in the verdict, once there is one.
pub(crate) fn field(screen: &str, label: &str) -> Option<u64> {
    let after = screen.split_once(&format!(" {label} "))?.1;
    after.split_whitespace().next()?.replace(',', "").parse().ok()
}
