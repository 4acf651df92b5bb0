//! What the lints found: one in the status row, all of them over the screen.

use super::*;

/// A run with so many findings, the clock's lag first.
fn found(size: (u16, u16)) -> App {
    let mut run = fixture::overload();
    run.cost.tick_lag = std::time::Duration::from_millis(90);
    let mut app = app(run, COLOR);
    app.size = Size::from(size);
    app
}

#[test]
fn the_findings_look_as_they_were_approved() {
    for size in SIZES {
        let mut app = found(size);
        act(&mut app, Action::Findings);
        assert_screen("findings", &app, size);
    }
    let mut calm = app(fixture::empty(), COLOR);
    assert!(calm.findings().all().is_empty());
    act(&mut calm, Action::Findings);
    assert!(text(&screen(&calm, (80, 24))).contains("the lints find nothing to warn of"));
}

#[test]
fn every_finding_can_be_read_to_its_end_at_every_size() {
    for size in SIZES {
        let mut app = found(size);
        act(&mut app, Action::Findings);
        let mut seen = text(&screen(&app, size));
        for _ in 0..40 {
            update(&mut app, Event::Key("down".parse().unwrap()));
            seen += &text(&screen(&app, size));
        }
        let words = |text: &str| text.replace(['│', '\n'], " ").split_whitespace().collect::<Vec<_>>().join(" ");
        let seen = words(&seen);
        assert!(app.findings().all().len() >= 3);
        for finding in app.findings().all() {
            // Rows that were broken stand below each other with nothing between them.
            for part in [&*finding.what, finding.advice, finding.lint.word()] {
                assert!(seen.contains(part), "{part} at {size:?}\n{seen}");
            }
        }
    }
}

#[test]
fn the_row_of_a_finding_ends_with_a_whole_word_and_the_key_that_shows_the_rest() {
    for size in [(60, 15), (70, 18), (80, 24)] {
        let mut app = found(size);
        for tab in Tab::ALL {
            app.turn_to(tab);
            let seen = text(&screen(&app, size));
            let row = seen.lines().nth(usize::from(size.1) - 2).unwrap();
            let (said, key) = row.rsplit_once(" f +").unwrap_or_else(|| panic!("{row}"));
            assert!(key.ends_with(" more"), "{row}");
            let whole = format!(" ⚠ {}", app.findings().first().unwrap().0);
            let said = said.trim_end();
            let rest = whole.strip_prefix(said.trim_end_matches('…')).unwrap_or_else(|| panic!("{said} of {whole}"));
            assert!(rest.is_empty() || rest.starts_with([' ', ',', ':']), "{row}");
        }
    }
}

#[test]
fn a_click_on_a_finding_shows_all_of_them_and_on_an_answer_nothing() {
    for size in [(60, 15), (70, 18), (80, 24), (120, 34)] {
        for tab in Tab::ALL {
            let mut app = found(size);
            app.turn_to(tab);
            let at = Position::new(3, size.1 - 2);
            assert_eq!(target(&app, at), Some(Target::Key(Action::Findings)), "{tab:?} {size:?}");
            update(&mut app, Event::Mouse(Mouse { gesture: Gesture::Press, at }));
            assert_eq!(app.overlay, Overlay::Findings(0));
            app.overlay = Overlay::None;
            act(&mut app, Action::Freeze);
            assert_ne!(target(&app, at), Some(Target::Key(Action::Findings)), "{tab:?} {size:?}");
        }
    }
}

#[test]
fn an_answer_comes_before_a_finding_and_a_finding_before_the_lesson() {
    let mut calm = fixture::live();
    calm.runtime.workers.clear();
    let mut app = app(calm, COLOR);
    assert!(text(&screen(&app, (80, 24))).contains("one slow leaf makes"));
    app.on_snapshot(Arc::new(Snapshot { elapsed: app.shown().elapsed * 2, ..fixture::live() }));
    assert!(text(&screen(&app, (80, 24))).contains("⚠ 1 of 2 workers stuck"));
    act(&mut app, Action::PauseLoad);
    assert!(!text(&screen(&app, (80, 24))).contains("stuck"));
}
