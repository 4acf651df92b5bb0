//! Turns return addresses of this program into lines of source.
//!
//! Not by `backtrace::resolve`: that holds the lock which a capture on a worker takes too, for as long as it reads.

use std::fs;
use std::path::{Path, PathBuf};

use addr2line::Loader;

use crate::snapshot::Frame;

/// Parts of the paths of files that say nothing of a task's own code: the standard library's, tokio's and ours.
const FOREIGN: [&str; 5] = [
    "/rustc/",
    "/tokio-",
    "/futures-",
    concat!(env!("CARGO_MANIFEST_DIR"), "/src/engine/"),
    concat!(env!("CARGO_MANIFEST_DIR"), "/src/scenario/"),
];

/// The line tables of this program; none where it cannot be read.
pub(super) struct Names(Option<Tables>);

struct Tables {
    loader: Loader,
    /// What to take from an address in memory to find it in the file.
    shift: u64,
}

impl Names {
    /// Reads what there is.
    pub(super) fn open() -> Self {
        Self(Tables::open())
    }

    /// The lines at an address, those of inlined functions first, without those of runtimes. (Line tables have no more:
    /// an async function's own name is not in them.)
    pub(super) fn lines(&self, address: usize) -> Vec<Frame> {
        let mut lines = Vec::new();
        if let Some(tables) = &self.0 {
            // What one returns to is the next instruction, which may belong to the next line.
            let probe = (address as u64).wrapping_sub(1).wrapping_sub(tables.shift);
            if let Ok(mut frames) = tables.loader.find_frames(probe) {
                while let Ok(Some(frame)) = frames.next() {
                    let line = frame.location.and_then(|at| Some(Frame { file: at.file?.to_owned(), line: at.line? }));
                    lines.extend(line.filter(|frame| !FOREIGN.iter().any(|foreign| frame.file.contains(foreign))));
                }
            }
        }
        lines
    }
}

impl Tables {
    fn open() -> Option<Self> {
        let program = fs::read_link("/proc/self/exe").ok()?;
        let loader = Loader::new(&program).ok()?;
        let shift = base(&program)?.wrapping_sub(loader.relative_address_base());
        Some(Self { loader, shift })
    }
}

/// Where the beginning of the program's file lies in memory.
fn base(program: &Path) -> Option<u64> {
    let maps = fs::read_to_string("/proc/self/maps").ok()?;
    maps.lines().find_map(|line| {
        let mut columns = line.split_ascii_whitespace();
        let (range, offset) = (columns.next()?, columns.nth(1)?);
        let path = PathBuf::from(columns.skip(2).collect::<Vec<_>>().join(" "));
        let is_beginning = u64::from_str_radix(offset, 16).ok()? == 0 && path == program;
        is_beginning.then(|| u64::from_str_radix(range.split('-').next()?, 16).ok()).flatten()
    })
}
