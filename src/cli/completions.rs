//! `tardy completions`: what a shell needs to complete the arguments.

use std::ffi::OsStr;
use std::path::Path;

use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

use super::{Cli, Failure, print};

/// The arguments of `tardy completions`.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct CompletionsArgs {
    /// The shell that is to complete
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script that the shell reads.
pub(super) fn completions(args: CompletionsArgs) -> Result<(), Failure> {
    let called = std::env::args_os().next();
    print(&script(args.shell, &name(called.as_deref())))
}

fn script(shell: Shell, name: &str) -> String {
    let mut script = Vec::new();
    generate(shell, &mut Cli::command(), name, &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// What the program is called: a crate with workloads of its own has a name of its own. One that a shell would have to
/// quote is not believed.
fn name(called: Option<&OsStr>) -> String {
    let name = called.and_then(|path| Path::new(path).file_name()).and_then(OsStr::to_str);
    let is_plain = |name: &&str| name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    name.filter(is_plain).unwrap_or("tardy").to_owned()
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    #[test]
    fn a_script_completes_the_program_by_the_name_it_was_called_by() {
        let name = |called: &str| name(Some(called.as_ref()));
        assert_eq!([name("/usr/bin/tardy"), name("./shop"), name("a b;c")], ["tardy", "shop", "tardy"]);
        for shell in Shell::value_variants() {
            let script = script(*shell, "shop");
            assert!(script.contains("shop") && !script.contains("tardy completions"), "{shell}");
        }
    }

    #[test]
    fn every_command_and_flag_is_in_the_script_of_every_shell() {
        for shell in Shell::value_variants() {
            let script = script(*shell, "tardy");
            for command in Cli::command().get_subcommands().filter(|command| !command.is_hide_set()) {
                assert!(script.contains(command.get_name()), "{shell}: {}", command.get_name());
                for flag in command.get_arguments().filter_map(clap::Arg::get_long) {
                    assert!(script.contains(flag), "{shell}: {} --{flag}", command.get_name());
                }
            }
        }
    }
}
