//! `tardy man`: the command line as pages of a manual.

use std::path::PathBuf;

use clap::{Args, Command, CommandFactory};
use clap_mangen::Man;

use super::{Cli, Failure, print};
use crate::document::printable;
use crate::export::Directory;

/// The arguments of `tardy man`.
#[derive(Debug, Clone, Args)]
pub(super) struct ManArgs {
    /// Writes a page for tardy and one for each of its commands into this directory, instead of the first to stdout
    #[arg(long, short, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// What the foot of each page says.
const SOURCE: &str = concat!("tardy ", env!("CARGO_PKG_VERSION"));

/// Prints the page of tardy, or writes all.
pub(super) fn man(args: &ManArgs) -> Result<(), Failure> {
    let pages = pages()?;
    let Some(out) = &args.out else { return print(pages.first().map_or("", |page| &page.text)) };
    let directory = Directory::open(out)?;
    for page in &pages {
        directory.write_file(&page.file, page.text.as_bytes())?;
    }
    print(&format!("{} pages in {}\n", pages.len(), printable(&out.display().to_string())))
}

/// One page.
struct Page {
    /// `tardy-run.1`.
    file: String,
    /// What `man` reads.
    text: String,
}

/// The page of tardy and those of its commands.
fn pages() -> Result<Vec<Page>, Failure> {
    let mut tardy = Cli::command().disable_help_subcommand(true);
    // Before it is built a command does not know whose it is.
    tardy.build();
    let mut pages = Vec::new();
    write(&tardy, &mut pages)?;
    Ok(pages)
}

fn write(command: &Command, pages: &mut Vec<Page>) -> Result<(), Failure> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    let man = Man::new(command.clone()).title(name).source(SOURCE).manual("tardy");
    let mut text = Vec::new();
    man.render(&mut text)?;
    pages.push(Page { file: man.get_filename(), text: String::from_utf8_lossy(&text).into_owned() });
    command.get_subcommands().filter(|command| !command.is_hide_set()).try_for_each(|command| write(command, pages))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tardy_and_each_of_its_commands_have_a_page_with_every_flag() {
        let pages = pages().unwrap();
        assert_eq!(pages[0].file, "tardy.1");
        for command in Cli::command().get_subcommands() {
            let file = format!("tardy-{}.1", command.get_name());
            let page = pages.iter().find(|page| page.file == file).unwrap_or_else(|| panic!("no {file}"));
            for flag in command.get_arguments().filter_map(clap::Arg::get_long) {
                assert!(page.text.contains(&format!("\\-\\-{}", flag.replace('-', "\\-"))), "{file}: --{flag}");
            }
        }
        assert!(pages.iter().any(|page| page.file == "tardy-baseline-save.1"));
    }
}
