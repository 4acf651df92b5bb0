//! The dashboard on a terminal nobody looks at: 30 frames a second, escape sequences and all.

use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};
use tardy::engine::{Clock, Handle};
use tardy::snapshot::Snapshot;
use tardy::tui::{App, Colors, Ground, Theme, draw};

use super::cpu::thread_cpu;

const FRAME: Duration = Duration::from_nanos(1_000_000_000 / 30);

/// Takes everything and counts it.
#[derive(Debug, Clone, Default)]
struct Counter(Arc<AtomicU64>);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A screen and what it shows.
pub(crate) struct Screen {
    terminal: Terminal<CrosstermBackend<Counter>>,
    written: Counter,
    app: App,
    shown: Arc<Snapshot>,
}

impl fmt::Debug for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Screen")
    }
}

impl Screen {
    /// The screen with this number.
    pub(crate) fn new(size: (u16, u16), tab: usize, snapshot: Arc<Snapshot>) -> Self {
        let viewport = Viewport::Fixed(Rect::new(0, 0, size.0, size.1));
        let written = Counter::default();
        let terminal = Terminal::with_options(CrosstermBackend::new(written.clone()), TerminalOptions { viewport })
            .expect("a counter takes everything");
        let theme = Theme::new(Colors::Indexed, Ground::Dark);
        let mut app = App::new(Arc::clone(&snapshot), theme);
        app.show_tab(tab);
        Self { terminal, written, app, shown: snapshot }
    }

    /// Prepares `snapshot` if it is another one, and draws.
    pub(crate) fn frame(&mut self, snapshot: &Arc<Snapshot>) {
        if !Arc::ptr_eq(&self.shown, snapshot) {
            self.shown = Arc::clone(snapshot);
            self.app.on_snapshot(Arc::clone(snapshot));
        }
        let app = &self.app;
        self.terminal.draw(|frame| draw(frame, app)).expect("a counter takes everything");
    }
}

/// What a dashboard did until it was closed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Drawn {
    pub(crate) frames_per_s: f64,
    /// The part of one core its thread used.
    pub(crate) cpu_percent: f64,
    /// What it wrote to the terminal.
    pub(crate) bytes_per_s: f64,
}

/// A screen that follows a run on a thread of its own.
#[derive(Debug)]
pub(crate) struct Dashboard {
    over: Arc<AtomicBool>,
    thread: JoinHandle<Drawn>,
}

impl Dashboard {
    /// Shows the screen with this number.
    pub(crate) fn show(handle: Handle, size: (u16, u16), tab: usize) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&over);
        Self { over, thread: thread::spawn(move || follow(&handle, size, tab, &asked)) }
    }

    pub(crate) fn close(self) -> Drawn {
        self.over.store(true, Ordering::Relaxed);
        self.thread.join().expect("the dashboard does not panic")
    }
}

fn follow(handle: &Handle, size: (u16, u16), tab: usize, over: &AtomicBool) -> Drawn {
    let (clock, cpu) = (Clock::new(), thread_cpu());
    let mut screen = Screen::new(size, tab, handle.snapshot());
    let (mut frames, mut next) = (0u32, FRAME);
    while !over.load(Ordering::Relaxed) {
        screen.frame(&handle.snapshot());
        frames += 1;
        // As in the real one, a frame that comes late puts off those behind it.
        next = next.max(clock.elapsed());
        thread::sleep(next.saturating_sub(clock.elapsed()));
        next += FRAME;
    }
    let elapsed = clock.elapsed().as_secs_f64();
    let cpu = thread_cpu().saturating_sub(cpu).as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "2^53 bytes are out of reach")]
    let bytes = screen.written.0.load(Ordering::Relaxed) as f64;
    Drawn {
        frames_per_s: f64::from(frames) / elapsed,
        cpu_percent: 100.0 * cpu / elapsed,
        bytes_per_s: bytes / elapsed,
    }
}
