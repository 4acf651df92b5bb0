//! What shells and `man` are given is read by shells and by `man`, without a word of complaint.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

#[expect(dead_code, reason = "shared with the tests against other programs")]
mod interop;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use interop::has;

const TARDY: &str = env!("CARGO_BIN_EXE_tardy");

fn tardy(directory: &Path, args: &[&str]) -> Output {
    Command::new(TARDY).args(args).current_dir(directory).output().unwrap()
}

/// What a shell says to a line, with tardy on its path.
fn shell(shell: &str, args: &[&str], line: &str) -> String {
    let bin = Path::new(TARDY).parent().unwrap().display().to_string();
    let path = format!("{bin}:{}", std::env::var("PATH").unwrap());
    let said = Command::new(shell).args(args).arg(line).env("PATH", path).stdin(Stdio::null()).output().unwrap();
    assert!(said.status.success() && said.stderr.is_empty(), "{shell}: {line}: {said:?}");
    String::from_utf8(said.stdout).unwrap()
}

#[test]
fn bash_completes_commands_and_flags() {
    let completed = |words: &str, count: usize| {
        let line = format!(
            "source <(tardy completions bash); complete -p tardy >/dev/null; \
             COMP_WORDS=({words}); COMP_CWORD={count}; _tardy tardy \"${{COMP_WORDS[{count}]}}\" \"${{COMP_WORDS[{}]}}\"; \
             echo \"${{COMPREPLY[@]}}\"",
            count - 1
        );
        shell("bash", &["--noprofile", "--norc", "-c"], &line)
    };
    assert_eq!(completed("tardy comp", 1).trim(), "compare completions");
    assert_eq!(completed("tardy run --dead", 2).trim(), "--deadline");
    assert_eq!(completed("tardy run --on-timeout c", 3).trim(), "cancel");
}

#[test]
fn zsh_and_fish_complete_what_bash_does() {
    if has("zsh", Command::new("zsh").arg("--version")) {
        let line = "autoload -U compinit; compinit -u -D; source <(tardy completions zsh); echo $_comps[tardy]";
        assert_eq!(shell("zsh", &["-f", "-c"], line).trim(), "_tardy");
    }
    if has("fish", Command::new("fish").arg("--version")) {
        let line = "tardy completions fish | source; complete -C 'tardy comp'";
        let completed = shell("fish", &["--no-config", "-c"], line);
        let words: Vec<&str> = completed.lines().filter_map(|line| line.split_whitespace().next()).collect();
        assert_eq!(words, ["compare", "completions"], "{completed}");
    }
}

#[test]
fn an_unknown_shell_is_refused_with_those_there_are() {
    let here = tempfile::tempdir().unwrap();
    let refused = tardy(here.path(), &["completions", "tcsh"]);
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(["bash", "elvish", "fish", "powershell", "zsh"].iter().all(|shell| said.contains(shell)), "{said}");
}

#[test]
fn every_page_of_the_manual_is_read_without_a_complaint() {
    let here = tempfile::tempdir().unwrap();
    let written = tardy(here.path(), &["man", "--out", "pages"]);
    assert!(written.status.success() && written.stderr.is_empty(), "{written:?}");
    let pages: Vec<_> = fs::read_dir(here.path().join("pages")).unwrap().map(|page| page.unwrap().path()).collect();
    assert!(pages.len() > 15, "{pages:?}");
    assert_eq!(fs::read(here.path().join("pages/tardy.1")).unwrap(), tardy(here.path(), &["man"]).stdout);
    if has("groff", Command::new("groff").arg("--version")) {
        for page in &pages {
            let drawn = Command::new("groff").args(["-man", "-Tutf8", "-P-bcou", "-ww"]).arg(page).output().unwrap();
            assert!(drawn.status.success() && drawn.stderr.is_empty(), "{}: {drawn:?}", page.display());
            assert!(String::from_utf8(drawn.stdout).unwrap().contains("SYNOPSIS"), "{}", page.display());
        }
    }
    if has("mandoc", Command::new("mandoc").arg("/dev/null")) {
        let linted = Command::new("mandoc").args(["-Tlint", "-Werror"]).args(&pages).output().unwrap();
        assert!(linted.stdout.is_empty(), "{}", String::from_utf8(linted.stdout).unwrap());
    }
}

#[test]
fn a_directory_that_cannot_be_written_gets_no_page() {
    let here = tempfile::tempdir().unwrap();
    fs::write(here.path().join("pages"), "a file").unwrap();
    let refused = tardy(here.path(), &["man", "--out", "pages"]);
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(said.contains("cannot create the directory `pages`"), "{said}");
}

#[test]
fn the_version_is_a_line_and_in_full_says_how_it_was_built() {
    let here = tempfile::tempdir().unwrap();
    let said = |flag| String::from_utf8(tardy(here.path(), &[flag]).stdout).unwrap();
    let short = concat!("tardy ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(said("-V"), short);
    let long = said("--version");
    assert!(long.starts_with(short), "{long}");
    let unstable = if cfg!(tokio_unstable) { "tokio_unstable: yes" } else { "tokio_unstable: no" };
    for line in ["features: ", unstable, &format!("target: {} {}", std::env::consts::ARCH, std::env::consts::OS)] {
        assert!(long.lines().any(|said| said.starts_with(line)), "{line} in\n{long}");
    }
}
