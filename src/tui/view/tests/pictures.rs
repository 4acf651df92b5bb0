//! The pictures of the screens in the README, and the tour that shows one after the other.
//!
//! They are drawn from a simulated run that is the same every time, so that a picture that is older than the screen it
//! shows is found by comparing it. `TARDY_UPDATE_ASSETS=1 cargo test --lib pictures` draws them again.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use ratatui::layout::Size;

use super::{COLOR, screen};
use crate::snapshot::fixture;
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::screen_to_svg;
use crate::tui::tabs::Tab;
use crate::tui::theme::Ground;
use crate::tui::update::{Event, act, update};
use crate::tui::view::home;

const SIZE: (u16, u16) = (120, 34);

/// When the policy is toggled, and when the pictures are taken.
const TOGGLED: u64 = 24;
const TAKEN: u64 = 42;

/// The dashboard at some second of the run.
fn at(seconds: u64) -> App {
    let mut app = App::new(Arc::new(fixture::tour(seconds, TOGGLED)), COLOR);
    update(&mut app, Event::Size(Size::from(SIZE)));
    app
}

fn shown(mut app: App, tab: Tab, actions: &[Action]) -> String {
    act(&mut app, Action::Show(tab));
    for action in actions {
        act(&mut app, *action);
    }
    screen_to_svg(&screen(&app, SIZE), Ground::Dark)
}

#[track_caller]
fn assert_is_current(name: &str, svg: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets").join(name);
    if std::env::var_os("TARDY_UPDATE_ASSETS").is_some() {
        std::fs::write(&path, svg).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == svg, "{name} is not what the screen shows: TARDY_UPDATE_ASSETS=1 cargo test --lib pictures");
}

#[test]
fn the_pictures_of_the_screens_are_those_in_the_assets() {
    for (name, tab, actions) in [
        ("time.svg", Tab::Time, &[][..]),
        ("percentiles.svg", Tab::Percentiles, &[Action::Right]),
        ("gather.svg", Tab::Gather, &[]),
        ("late.svg", Tab::Late, &[]),
        ("failures.svg", Tab::Failures, &[]),
        ("runtime.svg", Tab::Runtime, &[]),
        ("what-if.svg", Tab::WhatIf, &[Action::Right]),
        ("blame.svg", Tab::Blame, &[Action::Unfold]),
    ] {
        assert_is_current(name, &shown(at(TAKEN), tab, actions));
    }
}

#[test]
fn the_picture_of_home_is_the_one_in_the_assets() {
    let screen = home::tests::screen(&home::fixture::home(), SIZE);
    assert_is_current("home.svg", &screen_to_svg(&screen, Ground::Dark));
}

/// Frames one after the other, each for so many seconds, for ever.
fn animated(frames: &[(String, f64)]) -> String {
    let all: f64 = frames.iter().map(|(_, seconds)| seconds).sum();
    let split = |svg: &str| {
        let body = svg.find("<rect").unwrap();
        (svg[..body].to_owned(), svg[body..].trim_end().trim_end_matches("</svg>").to_owned())
    };
    let mut svg = split(&frames[0].0).0;
    let mut from = 0.0;
    for (frame, seconds) in frames {
        let (start, end) = (from / all, (from + seconds) / all);
        let (values, times) = match (start, end) {
            (0.0, _) => ("visible;hidden".to_owned(), format!("0;{end:.4}")),
            (_, end) if end > 0.9999 => ("hidden;visible".to_owned(), format!("0;{start:.4}")),
            _ => ("hidden;visible;hidden".to_owned(), format!("0;{start:.4};{end:.4}")),
        };
        writeln!(
            svg,
            "<g visibility=\"hidden\"><animate attributeName=\"visibility\" values=\"{values}\" keyTimes=\"{times}\" \
             dur=\"{all}s\" calcMode=\"discrete\" repeatCount=\"indefinite\"/>\n{}</g>",
            split(frame).1
        )
        .unwrap();
        from += seconds;
    }
    svg + "</svg>\n"
}

#[test]
fn the_tour_through_the_screens_is_the_one_in_the_assets() {
    let toggled = {
        let mut app = at(TOGGLED);
        act(&mut app, Action::TogglePolicy);
        screen_to_svg(&screen(&app, SIZE), Ground::Dark)
    };
    let svg = animated(&[
        (shown(at(8), Tab::Overview, &[]), 1.5),
        (shown(at(16), Tab::Overview, &[]), 1.5),
        (toggled, 2.5),
        (shown(at(32), Tab::Overview, &[]), 1.5),
        (shown(at(TAKEN), Tab::Overview, &[Action::Right, Action::Right]), 3.0),
        (shown(at(TAKEN), Tab::Time, &[]), 3.5),
        (shown(at(TAKEN), Tab::Percentiles, &[Action::Right]), 3.5),
        (shown(at(TAKEN), Tab::Gather, &[]), 3.0),
        (shown(at(TOGGLED), Tab::Late, &[Action::Down, Action::Down]), 3.0),
        (shown(at(TAKEN), Tab::Failures, &[]), 2.5),
        (shown(at(TAKEN), Tab::Runtime, &[]), 2.5),
        (shown(at(TAKEN), Tab::WhatIf, &[Action::Right]), 3.5),
        (shown(at(TAKEN), Tab::Blame, &[Action::Unfold]), 3.5),
    ]);
    let document = roxmltree::Document::parse(&svg).unwrap();
    assert_eq!(document.descendants().filter(|node| node.has_tag_name("animate")).count(), 13);
    assert_is_current("tour.svg", &svg);
}
