//! What is drawn, at which size, in which colours and characters.

use crate::support::{SLOW_TENTH, Terminal, field, tardy, wrote};

#[test]
fn the_dashboard_draws_the_latencies_with_the_deadline_among_them() {
    let directory = tempfile::tempdir().unwrap();
    let terminal = Terminal::run(SLOW_TENTH, directory.path(), &[]);
    terminal.until("bars on both sides of the deadline", |screen| {
        let sides = screen.lines().filter_map(|line| line.split_once('┊'));
        let bars = |side: &str| side.chars().any(|c| ('▁'..='█').contains(&c));
        let (left, right): (Vec<_>, Vec<_>) = sides.map(|(left, right)| (bars(left), bars(right))).unzip();
        left.contains(&true) && right.contains(&true)
    });
    terminal.shows("tardy ▸ slow-tenth");
    terminal.shows("p99");
    terminal.shows("books");
    assert!(terminal.is_taken());
}

#[test]
fn a_finished_run_stays_on_the_screen_until_it_is_left() {
    let directory = tempfile::tempdir().unwrap();
    let mut terminal =
        Terminal::run(SLOW_TENTH, directory.path(), &["--duration", "300ms", "--set", "run.drain=600ms"]);
    terminal.shows("■ FINISHED");
    terminal.shows("the run is over (duration): e writes its files, Esc picks another, q leaves");
    terminal.shows("balanced ✓");
    terminal.press("t", "the run is over: e writes its files, Esc picks another, q leaves");
    terminal.press("e", &wrote("runs/slow-tenth-"));
    assert!(terminal.is_taken());
    terminal.keys("q");
    assert!(terminal.end().success());
    assert!(terminal.is_given_back());
    terminal.shows("books balanced ✓");
}

#[test]
fn any_size_is_survived_and_sixty_by_fifteen_can_be_read() {
    let directory = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::run(SLOW_TENTH, directory.path(), &[]);
    terminal.shows("LIVE");
    for (columns, rows, shown) in [
        (60, 15, &["slow-tenth", " OBSERVE ", "50.0 ms", "missed", "overdue", "p50", "p99", "┊", "help", "quit"][..]),
        (30, 6, &["slow-tenth", "missed", "overdue"]),
        (1, 1, &[]),
        (200, 50, &["tardy ▸ slow-tenth", "deadline 50.0 ms", "goodput", "in flight", "freeze"]),
        (1, 50, &[]),
        (200, 1, &["missed"]),
        (2, 2, &[]),
        (72, 18, &["slow-tenth", "missed", "help"]),
        (120, 34, &["tardy ▸ slow-tenth", "deadline 50.0 ms"]),
    ] {
        terminal.resize(columns, rows);
        terminal.until(&format!("{columns}×{rows} is drawn"), |screen| shown.iter().all(|part| screen.contains(part)));
    }
    terminal.press("t", " CANCEL ");
}

#[test]
fn a_window_that_never_stops_changing_is_survived() {
    let directory = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::run(SLOW_TENTH, directory.path(), &[]);
    terminal.shows("LIVE");
    for n in 1..150 {
        terminal.resize(1 + n * 37 % 211, 1 + n * 17 % 53);
    }
    terminal.resize(150, 40);
    terminal.until("the last size is drawn", |screen| {
        let head = screen.lines().next().unwrap_or("");
        head.starts_with(" tardy ▸ slow-tenth ") && head.ends_with("LIVE") && head.chars().count() > 140
    });
    terminal.press("t", " CANCEL ");
}

#[test]
fn the_first_key_after_a_resize_is_acted_on() {
    let directory = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::run(SLOW_TENTH, directory.path(), &["--set", "run.duration=\"60s\""]);
    terminal.shows("LIVE");
    for (size, answer) in
        [(60, 15), (120, 34), (80, 24), (120, 34)].into_iter().zip(["→ cancel", "→ observe"].iter().cycle())
    {
        terminal.resize(size.0, size.1);
        terminal.press("t", answer);
    }
}

#[test]
fn no_color_means_no_colour_in_any_byte() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("scenario.toml"), SLOW_TENTH).unwrap();
    for (value, coloured) in [("1", false), ("", true)] {
        let mut command = tardy(directory.path(), &["run", "scenario.toml"]);
        command.env("NO_COLOR", value);
        let mut terminal = Terminal::start(&mut command, (120, 34));
        terminal.shows("┊");
        terminal.press("?", "switch new tasks");
        assert_eq!(has_colour(&terminal.bytes()), coloured, "NO_COLOR={value}");
    }
}

#[test]
fn a_terminal_gets_as_many_colours_as_its_environment_says() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("scenario.toml"), SLOW_TENTH).unwrap();
    for (term, colorterm, deadline, colour) in [
        ("xterm-256color", "truecolor", "┊", "38;2;240;228;66;"),
        ("tmux-256color", "", "┊", "38;5;227;"),
        // The font of its console has no more than ASCII to draw with.
        ("linux", "", "! deadline", "38;5;11;"),
    ] {
        let mut command = tardy(directory.path(), &["run", "scenario.toml"]);
        command.env("TERM", term);
        command.env("COLORTERM", colorterm);
        let terminal = Terminal::start(&mut command, (120, 34));
        terminal.shows(deadline);
        let bytes = String::from_utf8_lossy(&terminal.bytes()).into_owned();
        assert!(bytes.contains(colour), "{term} {colorterm}: {bytes}");
    }
}

#[test]
fn ascii_means_ascii_in_every_byte() {
    let directory = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::run(SLOW_TENTH, directory.path(), &["--ascii"]);
    terminal.until("the deadline among bars", |screen| screen.contains('!') && screen.contains('#'));
    terminal.press("t", "observe -> cancel for new tasks");
    terminal.press("?", "switch new tasks between cancel");
    terminal.press("?[", "40.0 ms for new tasks");
    let bytes = terminal.bytes();
    let foreign = bytes.iter().position(|byte| !byte.is_ascii());
    assert_eq!(foreign.map(|at| String::from_utf8_lossy(&bytes[at.saturating_sub(20)..at + 8])), None);
}

#[test]
fn tasks_that_panic_do_not_disturb_the_screen() {
    let directory = tempfile::tempdir().unwrap();
    let scenario = SLOW_TENTH.replace("name = \"call\"", "name = \"call\"\npanic = 0.5");
    let mut terminal = Terminal::run(&scenario, directory.path(), &[]);
    terminal.until("panics are counted", |screen| field(screen, "panicked") > Some(2));
    assert!(!String::from_utf8_lossy(&terminal.bytes()).contains("panicked at"), "{}", terminal.screen());
    terminal.keys("q");
    terminal.end();
    terminal.shows("panicked");
    assert!(!String::from_utf8_lossy(&terminal.bytes()).contains("panicked at"), "{}", terminal.screen());
}

#[test]
fn a_long_name_leaves_room_for_the_deadline() {
    let directory = tempfile::tempdir().unwrap();
    let scenario = SLOW_TENTH.replace("slow-tenth", &"größe 名前 ".repeat(20));
    let terminal = Terminal::run_sized(&scenario, directory.path(), &[], (100, 30));
    terminal.shows("größe 名前 größe");
    terminal.until("what it runs under", |screen| {
        [" OBSERVE ", "50.0 ms", "100/s", "LIVE"].iter().all(|part| screen.lines().next().unwrap_or("").contains(part))
    });
}

#[test]
fn a_dumb_terminal_gets_the_summary_and_not_one_escape_sequence() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("scenario.toml"), SLOW_TENTH).unwrap();
    let mut command = tardy(directory.path(), &["run", "scenario.toml", "--tasks", "5"]);
    command.env("TERM", "dumb");
    let mut terminal = Terminal::start(&mut command, (120, 60));
    assert!(terminal.end().success());
    terminal.shows("slow-tenth: observe 50.0 ms");
    terminal.shows("books balanced ✓");
    assert!(!terminal.bytes().contains(&0x1b));
}

/// Whether any of the escape sequences sets a colour: `ESC [ … m` with 30–49 or 90–107 among its numbers.
fn has_colour(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    text.split("\u{1b}[").skip(1).any(|rest| {
        let end = rest.find(|c: char| c.is_ascii_alphabetic());
        let Some((numbers, "m")) = end.map(|end| (&rest[..end], &rest[end..=end])) else { return false };
        // 39 and 49 go back to the terminal's own.
        numbers.split(';').filter_map(|n| n.parse().ok()).any(|n: u8| matches!(n, 30..=38 | 40..=48 | 90..=107))
    })
}
