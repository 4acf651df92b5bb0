//! What is in the binary: the ready-to-run scenario files and the files they read.
//!
//! Owns the embedded `scenarios/` directory. It must not know what is in the files.

use include_dir::{Dir, include_dir};

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/scenarios");

/// The bytes of a shipped file, by its name in `scenarios/`.
pub(super) fn file(name: &str) -> Option<&'static [u8]> {
    FILES.get_file(name).map(include_dir::File::contents)
}
