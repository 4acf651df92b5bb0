//! Reading a file as text, with every way it can be none.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::{Invalid, LARGEST_FILE, ParamError};

/// Why a file has no text.
#[derive(Debug)]
pub(crate) enum ReadError {
    /// It cannot be read.
    Io(io::Error),
    /// It has more than [`LARGEST_FILE`] bytes.
    TooLarge,
    /// It is no UTF-8.
    NotText(Invalid),
}

/// The text of the file at `path`, called `origin`, that is to be a `kind`.
pub(crate) fn read_text(path: &Path, origin: &str, kind: &'static str) -> Result<String, ReadError> {
    if path.is_dir() {
        let message = format!("it is a directory, expected a {kind} file");
        return Err(ReadError::Io(io::Error::new(io::ErrorKind::IsADirectory, message)));
    }
    let bytes = read(path).map_err(ReadError::Io)?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(ReadError::TooLarge);
    }
    String::from_utf8(bytes).map_err(|wrong| {
        let at = wrong.utf8_error().valid_up_to();
        let message = format!("the byte 0x{:02x} is no UTF-8, expected a text file", wrong.as_bytes()[at]);
        let shown = String::from_utf8_lossy(wrong.as_bytes());
        ReadError::NotText(Invalid::new(kind, origin, &shown, vec![ParamError::at(at..at + 1, message)]))
    })
}

/// The file's bytes, one more than allowed at most: what has no end (`/dev/zero`) must not be read to it.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST_FILE + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
