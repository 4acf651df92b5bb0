//! The lists: late tasks and failures of a real run, one by one.

use crate::support::{SLOW_TENTH, Terminal};

/// A run whose every tenth task hangs, with its late tasks on the screen.
fn hanging(directory: &tempfile::TempDir) -> Terminal {
    let scenario = SLOW_TENTH.replace("300ms", "1h").replace("drain = \"2s\"", "drain = \"10ms\"");
    let mut terminal = Terminal::run(&scenario, directory.path(), &[]);
    terminal.shows("LIVE");
    terminal.press("5", "overdue now");
    // On a busy machine the first tasks may be overdue without hanging, and be over before a key is pressed.
    terminal.until("a task hangs", |screen| screen.lines().any(is_old));
    terminal.keys("g");
    terminal.until("it is selected", |screen| screen.lines().any(|row| row.starts_with("│▸") && is_old(row)));
    terminal
}

/// The number in the selected row.
fn selected(screen: &str) -> Option<&str> {
    let row = screen.lines().find_map(|line| line.split_once("│▸"))?.1;
    row.split_whitespace().next().filter(|number| number.starts_with(|c: char| c.is_ascii_digit()))
}

/// Whether the row's task is a second old, or more.
fn is_old(row: &str) -> bool {
    let words: Vec<&str> = row.split_whitespace().collect();
    words.windows(2).any(|pair| pair[0] == "s" && pair[1].starts_with('+'))
}

/// The row of a task that was cancelled for the user.
fn is_cancelled(screen: &str, task: &str) -> bool {
    let row = |line: &str| line.split_whitespace().any(|word| word == task);
    screen.lines().any(|line| row(line) && line.contains("cancelled") && line.contains("user"))
}

#[test]
fn the_selected_task_is_cancelled_and_the_others_go_on() {
    let directory = tempfile::tempdir().unwrap();
    let mut terminal = hanging(&directory);
    let screen = terminal.screen();
    let task = selected(&screen).unwrap();
    assert!(!is_cancelled(&screen, task));
    terminal.press("x", &format!("asked task {task} to end; it is dropped at its next poll"));
    terminal.until("it has ended, and the selection is still on it", |screen| {
        is_cancelled(screen, task) && selected(screen) == Some(task)
    });
    terminal.press("x", &format!("task {task} has ended already: cancelled"));
    terminal.until("others are overdue", |screen| screen.contains("overdue now") && !screen.contains(" 0 tasks"));
    terminal.keys("\r");
    terminal.until("its details", |screen| {
        [format!("task {task} "), "asked by".to_owned(), "you".to_owned()].iter().all(|part| screen.contains(part))
    });
    terminal.keys("\u{1b}");
    terminal.until("the details are closed", |screen| !screen.contains("Esc closes"));
}

#[test]
fn a_filter_shows_the_rows_with_what_is_typed_or_pasted() {
    let directory = tempfile::tempdir().unwrap();
    let mut terminal = hanging(&directory);
    terminal.press("/", "Enter keeps it, Esc clears it");
    terminal.press("quit", "filter \"quit\" 0 of ");
    terminal.keys("\u{15}");
    terminal.press("\u{1b}[200~call\n\u{1b}[201~", "filter \"call\"");
    terminal.until("there are such tasks", |screen| selected(screen).is_some());
    terminal.keys("\r");
    terminal.until("the filter is kept", |screen| screen.contains("filter \"call\"") && !screen.contains("Esc clears"));
    terminal.keys("\u{1b}");
    terminal.until("all are shown", |screen| !screen.contains("filter \"call\""));
    // Nobody asks for a text: what is pasted is no keys.
    terminal.keys("\u{1b}[200~qqtx\u{1b}[201~");
    terminal.press("s", "by age");
    assert!(terminal.screen().contains(" OBSERVE ") && terminal.is_taken());
}

#[test]
fn where_tasks_were_when_their_deadline_passed_is_folded_and_filtered() {
    let directory = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::run(SLOW_TENTH, directory.path(), &[]);
    terminal.shows("LIVE");
    terminal.press("9", "no task was asked to end");
    terminal.until("late tasks were in their step", |screen| {
        screen.lines().any(|line| line.starts_with("│▸") && line.contains("call"))
    });
    terminal.until("late ones have ended", |screen| screen.contains("% in call, on time"));
    let screen = terminal.screen();
    if screen.contains("RUSTFLAGS") {
        // A build that captures no lines has nothing to unfold.
        terminal.keys("\r");
    } else {
        terminal.shows(" each");
        terminal.until("there are lines", |screen| screen.contains("▹ call"));
        // On a busy machine more tasks may have waited for a worker: theirs is the row that is selected then.
        terminal.press("/call\r", "filter \"call\"");
        terminal.press("\u{1b}[C", "▿ call");
        terminal.press("\u{1b}[D", "▹ call");
    }
    terminal.press("/nowhere\r", "no step, file or line holds this text");
    terminal.press("\u{1b}", "widest first");
    terminal.press("t", "→ cancel for new tasks");
    terminal.until("deadlines cancel", |screen| screen.contains("lag, request to drop"));
    terminal.keys("y");
    terminal.shows("copied, if your terminal lets programs copy: slow-tenth · ");
}

#[test]
fn what_tasks_fail_with_is_counted_by_text() {
    let directory = tempfile::tempdir().unwrap();
    let scenario = SLOW_TENTH.replace("name = \"call\"", "name = \"call\"\nfail = 0.3\npanic = 0.2");
    let mut terminal = Terminal::run(&scenario, directory.path(), &[]);
    terminal.shows("LIVE");
    terminal.press("6", "failures · ");
    terminal.shows(" tasks, 2 texts");
    terminal.press("\r", "of those that ended");
    terminal.keys("\u{1b}");
    // An escape and a slash at once would be another key.
    terminal.until("the details are closed", |screen| !screen.contains("Esc closes"));
    terminal.press("/panicked\r", "filter \"panicked\" 1 of 2");
}
