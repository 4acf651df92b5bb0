//! The pictures in the README: the real dashboard in a real terminal, drawn as SVG.
//!
//! `TARDY_UPDATE_ASSETS=1 cargo test --test picture` runs it for longer and writes the pictures into `assets/`.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use tardy::tui::{Ground, screen_to_svg};

/// How long to wait for what a screen is to show.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long the words of a picture are the same in every run: shorter ones are units.
const WORD: usize = 4;

/// What a busy machine does to the clock is not for the pictures.
const SILENT: &str = "lints = { clock-behind = false, arrivals-behind = false, workers-blocked = false }";

#[test]
fn the_picture_of_the_screen_shows_both_lanes_and_the_deadline_and_is_the_one_in_the_assets() {
    let svg = picture((120, 34), |terminal| {
        terminal.run_until(if is_update() { "00:12" } else { "00:01" });
        terminal.press("t");
        terminal.show("▒ observe");
        terminal.run_until(if is_update() { "00:24" } else { "00:04" });
    });
    let words = words(&svg);
    for word in ["fanout", "CANCEL", "observe", "deadline", "percentiles", "goodput"] {
        assert!(words.contains(word), "{word} in {words:?}");
    }
    assert_is_current("overview.svg", &svg);
}

#[test]
fn the_picture_of_a_small_screen_is_the_one_in_the_assets() {
    let svg = picture((60, 15), |terminal| terminal.run_until(if is_update() { "00:20" } else { "00:06" }));
    assert_is_current("compact.svg", &svg);
}

fn is_update() -> bool {
    std::env::var_os("TARDY_UPDATE_ASSETS").is_some()
}

fn asset(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets").join(name)
}

/// Compares the words of a picture with those of the committed one; numbers differ from run to run.
fn assert_is_current(name: &str, svg: &str) {
    if is_update() {
        std::fs::write(asset(name), svg).unwrap();
    }
    let committed = std::fs::read_to_string(asset(name)).unwrap();
    assert_eq!(words(&committed), words(svg), "the screen has other words: TARDY_UPDATE_ASSETS=1 draws {name} again");
    let size =
        |svg: &str| roxmltree::Document::parse(svg).unwrap().root_element().attribute("viewBox").map(str::to_owned);
    assert_eq!(size(&committed), size(svg));
}

/// The words on a picture, which is seen to be well-formed.
fn words(svg: &str) -> BTreeSet<String> {
    let document = roxmltree::Document::parse(svg).unwrap();
    let text: Vec<&str> = document.descendants().filter_map(|node| node.text()).collect();
    let words = text.join(" ");
    let words = words.split(|c: char| !c.is_alphabetic()).filter(|word| word.len() >= WORD);
    words.map(str::to_owned).collect()
}

/// Runs `fanout` on a terminal of this size, does what `act` says, and draws the screen.
fn picture(size: (u16, u16), act: impl FnOnce(&mut Terminal)) -> String {
    let mut terminal = Terminal::start(size, &["run", "fanout"]);
    terminal.show("LIVE");
    act(&mut terminal);
    screen_to_svg(&terminal.buffer(), Ground::Dark)
}

/// The binary in a terminal; dropping it ends it.
struct Terminal {
    parser: Arc<Mutex<vt100::Parser>>,
    keys: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    _master: Box<dyn MasterPty + Send>,
    _config: tempfile::TempDir,
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Terminal {
    fn start((cols, rows): (u16, u16), args: &[&str]) -> Self {
        let config = tempfile::tempdir().unwrap();
        std::fs::create_dir(config.path().join("tardy")).unwrap();
        std::fs::write(config.path().join("tardy/config.toml"), SILENT).unwrap();
        let pty = native_pty_system().openpty(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_tardy"));
        command.args(args);
        command.env("TERM", "xterm-256color");
        command.env("XDG_CONFIG_HOME", config.path());
        for unset in ["NO_COLOR", "COLORTERM", "COLORFGBG"] {
            command.env_remove(unset);
        }
        let child = pty.slave.spawn_command(command).unwrap();
        let parser = Arc::new(Mutex::new(vt100::Parser::new(rows.try_into().unwrap(), cols.try_into().unwrap(), 0)));
        let (screen, mut reader) = (Arc::clone(&parser), pty.master.try_clone_reader().unwrap());
        thread::spawn(move || {
            let mut bytes = [0; 8_192];
            while let Ok(read @ 1..) = reader.read(&mut bytes) {
                screen.lock().unwrap().process(&bytes[..read]);
            }
        });
        Self { parser, keys: pty.master.take_writer().unwrap(), child, _master: pty.master, _config: config }
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    fn contents(&self) -> String {
        self.parser.lock().unwrap().screen().contents()
    }

    /// Waits until the screen shows `text`.
    fn show(&self, text: &str) {
        self.wait(|screen| screen.contains(text));
    }

    /// Waits until the run's clock in the first line is at `time` or past it.
    fn run_until(&self, time: &str) {
        let clock = |screen: &str| {
            let mut words = screen.lines().next()?.split_whitespace();
            words.find(|word| word.len() == time.len() && word.as_bytes()[2] == b':').map(str::to_owned)
        };
        self.wait(|screen| clock(screen).is_some_and(|now| *now >= *time));
    }

    fn wait(&self, shows: impl Fn(&str) -> bool) {
        let pause = Duration::from_millis(20);
        for _ in 0..PATIENCE.as_millis() / pause.as_millis() {
            if shows(&self.contents()) {
                return;
            }
            thread::sleep(pause);
        }
        panic!("not on the screen:\n{}", self.contents());
    }

    /// The cells of the screen as ratatui knows them.
    fn buffer(&self) -> Buffer {
        let parser = self.parser.lock().unwrap();
        let screen = parser.screen();
        let (rows, columns) = screen.size();
        let mut buffer = Buffer::empty(Rect::new(0, 0, columns.get(), rows.get()));
        for at in buffer.area.positions() {
            let Some(cell) = screen.cell(at.y, at.x) else { continue };
            let shown = if cell.has_contents() { cell.contents() } else { " " };
            buffer[at].set_symbol(shown).set_style(style(cell));
        }
        buffer
    }
}

fn style(cell: &vt100::Cell) -> Style {
    let modifiers = [(cell.bold(), Modifier::BOLD), (cell.dim(), Modifier::DIM), (cell.inverse(), Modifier::REVERSED)];
    let set = modifiers.into_iter().filter(|(is_set, _)| *is_set).map(|(_, modifier)| modifier).collect();
    Style::new().fg(color(cell.fgcolor())).bg(color(cell.bgcolor())).add_modifier(set)
}

const fn color(color: vt100::Color) -> Color {
    match color {
        vt100::Color::Default => Color::Reset,
        vt100::Color::Idx(index) => Color::Indexed(index),
        vt100::Color::Rgb(r, g, b) => Color::Rgb(r, g, b),
    }
}
