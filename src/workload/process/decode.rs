//! Bytes to messages.
//!
//! Owns the cutting into lines. It must not know where the bytes come from nor what a message means. What it keeps is never
//! more than one line.

use super::fault::Fault;
use super::message::{LONGEST_LINE, Message};

/// Makes messages of the bytes a program writes, in whatever pieces they come.
///
/// ```
/// use tardy::workload::process::{Decoder, Message};
///
/// let (mut decoder, mut messages) = (Decoder::default(), Vec::new());
/// decoder.decode(b"{\"type\":\"lag\",\"n", &mut messages)?;
/// decoder.decode(b"s\":12}\n", &mut messages)?;
/// assert_eq!(messages, [Message::Lag { ns: 12 }]);
/// decoder.finish()?;
/// # Ok::<(), tardy::workload::process::Fault>(())
/// ```
#[derive(Debug, Default)]
pub struct Decoder {
    /// The line that has begun, without those bytes of it that are to come.
    line: Vec<u8>,
}

impl Decoder {
    /// Adds the messages that are complete with these bytes. Those before a fault are added, too; after one, nothing that
    /// follows can be relied on.
    ///
    /// # Errors
    /// A line is none of the protocol's.
    pub fn decode(&mut self, mut bytes: &[u8], messages: &mut Vec<Message>) -> Result<(), Fault> {
        while let Some(end) = bytes.iter().position(|&byte| byte == b'\n') {
            let (line, rest) = (&bytes[..end], &bytes[end + 1..]);
            if self.line.is_empty() {
                messages.push(whole(line)?);
            } else {
                self.extend(line)?;
                messages.push(whole(&self.line)?);
                self.line.clear();
            }
            bytes = rest;
        }
        self.extend(bytes)
    }

    /// Says that no more bytes come.
    ///
    /// # Errors
    /// A line has begun.
    pub fn finish(&self) -> Result<(), Fault> {
        if self.line.is_empty() { Ok(()) } else { Err(Fault::HalfLine(self.line.as_slice().into())) }
    }

    fn extend(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let room = (LONGEST_LINE - self.line.len()).min(bytes.len());
        self.line.extend_from_slice(&bytes[..room]);
        if room < bytes.len() { Err(Fault::TooLong(self.line.as_slice().into())) } else { Ok(()) }
    }
}

fn whole(line: &[u8]) -> Result<Message, Fault> {
    if line.len() > LONGEST_LINE { Err(Fault::TooLong(line.into())) } else { Message::parse(line) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What comes of `bytes` when they come in pieces that end at `cuts`.
    fn decoded(bytes: &[u8], cuts: &[usize]) -> (Vec<Message>, Option<String>) {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).chain([0, bytes.len()]).collect();
        cuts.sort_unstable();
        let (mut decoder, mut messages) = (Decoder::default(), Vec::new());
        for piece in cuts.windows(2) {
            if let Err(fault) = decoder.decode(&bytes[piece[0]..piece[1]], &mut messages) {
                return (messages, Some(fault.to_string()));
            }
            assert!(decoder.line.len() <= LONGEST_LINE);
        }
        (messages, decoder.finish().err().map(|fault| fault.to_string()))
    }

    proptest! {
        #[test]
        fn how_the_bytes_are_cut_makes_no_difference(
            bytes in r#"(\{"type":"(lag|log|end|step)","(id|ns)":[0-9]{1,3}(,"name":null)?\}?\n|[ -~ü]{0,9}\n?){0,9}"#,
            cuts in prop::collection::vec(any::<usize>(), 0..9),
        ) {
            prop_assert_eq!(decoded(bytes.as_bytes(), &cuts), decoded(bytes.as_bytes(), &[]));
        }

        #[test]
        fn no_bytes_whatever_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            decoded(&bytes, &[]);
        }
    }

    #[test]
    fn messages_before_a_fault_are_kept_and_half_a_line_is_one() {
        let (messages, fault) = decoded(b"{\"type\":\"lag\",\"ns\":1}\nnonsense\n", &[]);
        assert_eq!(messages, [Message::Lag { ns: 1 }]);
        assert_eq!(fault.as_deref(), Some("it wrote a line that is no JSON object: `nonsense`"));
        let (messages, fault) = decoded(b"{\"type\":\"lag\",\"ns\":1}\r\n{\"type\"", &[]);
        assert_eq!(messages, [Message::Lag { ns: 1 }]);
        assert_eq!(fault.as_deref(), Some("it wrote half a line at its end: `{\"type\"`"));
    }

    #[test]
    fn a_line_may_be_one_mebibyte_long_and_no_longer_however_it_comes() {
        let line = |length: usize| {
            let mut line = b"{\"type\":\"lag\",\"ns\":1,\"more\":\"".to_vec();
            line.resize(length - 2, b'x');
            line.extend(b"\"}\n");
            line
        };
        for cuts in [&[][..], &[1 << 19], &[100, 1 << 19, 1 << 20]] {
            assert_eq!(decoded(&line(LONGEST_LINE), cuts), (vec![Message::Lag { ns: 1 }], None));
            let (messages, fault) = decoded(&line(LONGEST_LINE + 1), cuts);
            assert!(messages.is_empty());
            assert!(fault.unwrap().starts_with("it wrote a line of more than 1048576 bytes: `{\"type\":\"lag\""));
        }
        assert!(decoded(&vec![b'x'; 3 << 20], &[1 << 20]).1.unwrap().contains("of more than"), "it has no end");
    }
}
