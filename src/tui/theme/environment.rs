//! What the environment says of the terminal: how many colours it shows, on what ground, and in which characters.

use super::{Colors, Ground};

/// Terminals that show all colours, whether they say so in `COLORTERM` (it does not get through `ssh`) or not.
const TRUE: [&str; 6] = ["-direct", "kitty", "alacritty", "foot", "ghostty", "wezterm"];

impl Colors {
    /// As `variable` has it, which gives the value of a variable of the environment.
    pub(super) fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let [no_color, term, colorterm] =
            ["NO_COLOR", "TERM", "COLORTERM"].map(|name| variable(name).unwrap_or_default());
        // GNU screen hands on what its terminal says of itself, and cannot do it.
        let is_screen = term.starts_with("screen");
        let says_true = matches!(colorterm.as_str(), "truecolor" | "24bit") && !is_screen;
        match term.as_str() {
            _ if !no_color.is_empty() => Self::None,
            "" | "dumb" => Self::None,
            _ if says_true || TRUE.iter().any(|name| term.contains(name)) => Self::True,
            _ if term.contains("256") => Self::Indexed,
            vt if vt.starts_with("vt") => Self::None,
            _ => Self::Sixteen,
        }
    }
}

impl Ground {
    /// As `COLORFGBG` has it: `foreground;background` in the sixteen colours; dark where it says nothing.
    pub(super) fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let said = variable("COLORFGBG").unwrap_or_default();
        match said.rsplit(';').next().and_then(|background| background.parse::<u8>().ok()) {
            Some(7 | 9..=15) => Self::Light,
            _ => Self::Dark,
        }
    }
}

/// Whether the terminal's font is known to lack what charts are drawn with: the one of Linux's own console has neither
/// bars of eighths nor most signs, and draws one and the same box for all of them.
pub(super) fn is_ascii(variable: impl Fn(&str) -> Option<String>) -> bool {
    variable("TERM").is_some_and(|term| term == "linux" || term.starts_with("linux-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> impl Fn(&str) -> Option<String> {
        |name| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    }

    #[test]
    fn the_environment_says_how_many_colours_there_are() {
        for (term, colorterm, expected) in [
            ("xterm-256color", "truecolor", Colors::True),
            ("xterm-256color", "24bit", Colors::True),
            ("xterm-256color", "", Colors::Indexed),
            ("xterm-256color", "yes", Colors::Indexed),
            ("tmux-256color", "", Colors::Indexed),
            ("tmux-256color", "truecolor", Colors::True),
            ("screen-256color", "truecolor", Colors::Indexed),
            ("screen", "truecolor", Colors::Sixteen),
            ("xterm-kitty", "", Colors::True),
            ("xterm-direct", "", Colors::True),
            ("xterm", "", Colors::Sixteen),
            ("linux", "", Colors::Sixteen),
            ("tmux", "", Colors::Sixteen),
            ("vt220", "", Colors::None),
            ("dumb", "truecolor", Colors::None),
            ("", "", Colors::None),
        ] {
            let pairs = [("TERM", term), ("COLORTERM", colorterm)];
            assert_eq!(Colors::of(environment(&pairs)), expected, "{term} {colorterm}");
        }
    }

    #[test]
    fn a_console_whose_font_lacks_bars_is_drawn_on_in_ascii() {
        for (term, expected) in [
            ("linux", true),
            ("linux-16color", true),
            ("dumb", false),
            ("xterm-256color", false),
            ("tmux-256color", false),
            ("screen.linux", false),
            ("vt220", false),
            ("", false),
        ] {
            assert_eq!(is_ascii(environment(&[("TERM", term)])), expected, "{term}");
        }
    }

    #[test]
    fn no_color_means_no_colour_unless_it_is_empty() {
        let with = |value| [("TERM", "xterm-256color"), ("COLORTERM", "truecolor"), ("NO_COLOR", value)];
        assert_eq!(Colors::of(environment(&with("1"))), Colors::None);
        assert_eq!(Colors::of(environment(&with(""))), Colors::True);
    }

    #[test]
    fn the_ground_is_dark_unless_the_environment_says_light() {
        for (said, expected) in [
            ("15;0", Ground::Dark),
            ("0;15", Ground::Light),
            ("0;default;15", Ground::Light),
            ("0;7", Ground::Light),
            ("7;8", Ground::Dark),
            ("15;default", Ground::Dark),
            ("", Ground::Dark),
        ] {
            assert_eq!(Ground::of(environment(&[("COLORFGBG", said)])), expected, "{said}");
        }
        assert_eq!(Ground::of(environment(&[])), Ground::Dark);
    }
}
