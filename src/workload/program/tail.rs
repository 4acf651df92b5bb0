//! The last of what a program writes.

use std::collections::VecDeque;

use tokio::io::{AsyncRead, AsyncReadExt};

/// How many bytes are kept.
const KEPT: usize = 4 << 10;
/// How many lines of them are told.
const LINES: usize = 3;
/// How long a told line may be, in characters.
const LONGEST_LINE: usize = 120;

/// The last bytes of a stream.
#[derive(Debug, Default)]
pub(in crate::workload) struct Tail(VecDeque<u8>);

impl Tail {
    /// Reads to the end, or until nothing more can be read; what is read is not lost when this is dropped.
    pub(in crate::workload) async fn read(&mut self, from: Option<impl AsyncRead + Unpin>) {
        let Some(mut from) = from else { return };
        let mut buffer = [0; KEPT];
        while let Ok(read @ 1..) = from.read(&mut buffer).await {
            self.0.extend(&buffer[..read]);
            self.0.drain(..self.0.len().saturating_sub(KEPT));
        }
    }

    /// The last lines that say something, as one.
    pub(in crate::workload) fn told(&self) -> String {
        let (front, back) = self.0.as_slices();
        let text = String::from_utf8_lossy(&[front, back].concat()).into_owned();
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let last = &lines[lines.len().saturating_sub(LINES)..];
        let cut = last.iter().map(|line| line.chars().take(LONGEST_LINE).collect::<String>());
        cut.collect::<Vec<_>>().join(" / ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn told(written: &[u8]) -> String {
        let mut tail = Tail::default();
        tail.read(Some(written)).await;
        tail.told()
    }

    #[tokio::test]
    async fn the_last_lines_that_say_something_are_told() {
        assert_eq!(told(b"").await, "");
        assert_eq!(told(b"one\n\n  two  \n").await, "one / two");
        assert_eq!(told(b"one\ntwo\nthree\nfour").await, "two / three / four");
        assert_eq!(told(b"not \xff text").await, "not \u{fffd} text");
    }

    #[tokio::test]
    async fn of_a_flood_no_more_is_kept_than_is_told_of() {
        let flood = "x".repeat(1 << 20);
        let mut tail = Tail::default();
        tail.read(Some(flood.as_bytes())).await;
        assert_eq!((tail.0.len(), tail.told().len()), (KEPT, LONGEST_LINE));
    }
}
