//! What goes over a connection: two greetings of a fixed size, then frames.
//!
//! Owns the limits of what either end takes from the other. It must not know who is at the other end.

use std::hint::black_box;
use std::io::{self, Read, Write};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::engine::Command;
use crate::outcome::Policy;

/// The most bytes of a token, and the fewest of one that somebody chose.
pub const TOKEN: std::ops::RangeInclusive<usize> = 16..=TOKEN_SIZE;

const TOKEN_SIZE: usize = 64;
const VERSION_SIZE: usize = 16;

/// What both ends say first: that this is tardy's wire.
const HELLO: [u8; 8] = *b"tardy\0a1";

/// The longest request, and the longest answer to one, in bytes.
pub(super) const LONGEST_WORD: u32 = 64;

/// The longest snapshot, in bytes: many times what one takes that a run can make.
pub(super) const LONGEST_SNAPSHOT: u32 = 64 << 20;

/// The longest scenario, in bytes.
pub(super) const LONGEST_SCENARIO: u32 = 1 << 20;

/// The version of tardy at this end. Both ends have to have the same, since a snapshot is whatever it is in one.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A text in its place in a greeting.
type Padded<const N: usize> = [u8; N];

/// A text as far as there is room, and zeros.
fn padded<const N: usize>(text: &str) -> Padded<N> {
    let mut padded = [0; N];
    padded.iter_mut().zip(text.bytes()).for_each(|(to, from)| *to = from);
    padded
}

fn unpadded(padded: &[u8]) -> String {
    let text = padded.split(|&byte| byte == 0).next().unwrap_or_default();
    text.escape_ascii().to_string()
}

/// What a client says first.
#[derive(Debug)]
pub(super) struct Greeting {
    token: Padded<TOKEN_SIZE>,
    version: Padded<VERSION_SIZE>,
}

impl Greeting {
    pub(super) fn new(token: &str) -> Self {
        Self { token: padded(token), version: padded(VERSION) }
    }

    pub(super) fn write(&self, to: &mut impl Write) -> io::Result<()> {
        to.write_all(&[&HELLO[..], &self.token, &self.version].concat())
    }

    /// Reads one; `None` if the other end is no client.
    pub(super) fn read(from: &mut impl Read) -> io::Result<Option<Self>> {
        let mut bytes = [0; HELLO.len() + TOKEN_SIZE + VERSION_SIZE];
        from.read_exact(&mut bytes)?;
        let (mut token, mut version) = ([0; TOKEN_SIZE], [0; VERSION_SIZE]);
        token.copy_from_slice(&bytes[HELLO.len()..][..TOKEN_SIZE]);
        version.copy_from_slice(&bytes[HELLO.len() + TOKEN_SIZE..]);
        Ok(bytes.starts_with(&HELLO).then_some(Self { token, version }))
    }

    /// Whether it has this token; takes as long wherever they differ.
    pub(super) fn has_token(&self, token: &str) -> bool {
        let token: Padded<TOKEN_SIZE> = padded(token);
        let differs =
            self.token.iter().zip(token).fold(0, |differs, (theirs, ours)| black_box(differs | (theirs ^ ours)));
        differs == 0
    }

    pub(super) fn has_this_version(&self) -> bool {
        self.version == padded(VERSION)
    }
}

/// How a client stands with a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It may look.
    ReadOnly,
    /// It may send commands too.
    Control,
    /// Its token is wrong.
    WrongToken,
    /// The other end has another version.
    OtherVersion,
    /// There are as many clients as there may be.
    Crowded,
}

impl Standing {
    const ALL: [Self; 5] = [Self::ReadOnly, Self::Control, Self::WrongToken, Self::OtherVersion, Self::Crowded];

    /// Tells a client how it stands. Whoever has no token hears of no version.
    pub(super) fn write(self, to: &mut impl Write) -> io::Result<()> {
        let version: Padded<VERSION_SIZE> = padded(if self == Self::WrongToken { "" } else { VERSION });
        to.write_all(&[&HELLO[..], &[self as u8], &version].concat())
    }

    /// How this client stands, and the version of the other end; `None` if that is no server.
    pub(super) fn read(from: &mut impl Read) -> io::Result<Option<(Self, String)>> {
        let mut bytes = [0; HELLO.len() + 1 + VERSION_SIZE];
        from.read_exact(&mut bytes)?;
        let standing = Self::ALL.into_iter().find(|standing| *standing as u8 == bytes[HELLO.len()]);
        Ok(standing
            .filter(|_| bytes.starts_with(&HELLO))
            .map(|standing| (standing, unpadded(&bytes[HELLO.len() + 1..]))))
    }
}

/// What a client asks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) enum Request {
    /// The newest snapshot.
    Newest,
    /// New tasks are to get this policy.
    Policy(Policy),
    /// New tasks are to get this deadline.
    Deadline(Duration),
    /// What was counted is to be forgotten.
    Reset,
    /// The task with this number is to be cancelled.
    Cancel(u64),
}

impl Request {
    /// The request for a command; there is none that would end the application's run, or change a load it has not.
    pub(super) const fn of(command: Command) -> Option<Self> {
        Some(match command {
            Command::Policy(policy) => Self::Policy(policy),
            Command::Deadline(after) => Self::Deadline(after),
            Command::Reset => Self::Reset,
            Command::Cancel(number) => Self::Cancel(number),
            Command::Load(_) | Command::Pause(_) | Command::Stop(_) | Command::Abort(_) => return None,
        })
    }

    pub(super) const fn command(self) -> Option<Command> {
        Some(match self {
            Self::Newest => return None,
            Self::Policy(policy) => Command::Policy(policy),
            Self::Deadline(after) => Command::Deadline(after),
            Self::Reset => Command::Reset,
            Self::Cancel(number) => Command::Cancel(number),
        })
    }
}

/// What a server answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Answer {
    /// There is a newer one, which is the next frame.
    Newer,
    /// There is none newer than the one it sent last.
    Same,
    /// The command was passed on.
    Obeyed,
    /// The application allows no control.
    ReadOnly,
}

/// Writes one frame.
pub(super) fn send(to: &mut impl Write, what: &impl Serialize) -> io::Result<()> {
    send_bytes(to, &postcard::to_stdvec(what).map_err(io::Error::other)?)
}

/// Writes one frame of these bytes, in one go.
pub(super) fn send_bytes(to: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
    to.write_all(&[&length.to_le_bytes()[..], bytes].concat())
}

/// Reads what one frame of `longest` bytes at the most says, all of it.
pub(super) fn receive<T: DeserializeOwned>(from: &mut impl Read, longest: u32) -> io::Result<T> {
    let frame = receive_bytes(from, longest)?;
    match postcard::take_from_bytes(&frame) {
        Ok((said, [])) => Ok(said),
        Ok(_) => Err(io::Error::new(io::ErrorKind::InvalidData, "a frame longer than what it says")),
        Err(error) => Err(io::Error::new(io::ErrorKind::InvalidData, error)),
    }
}

/// Reads the bytes of one frame. Memory is taken as they come, not as a length says.
pub(super) fn receive_bytes(from: &mut impl Read, longest: u32) -> io::Result<Vec<u8>> {
    let mut length = [0; size_of::<u32>()];
    from.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length);
    if length > longest {
        let message = format!("a frame of {length} bytes, {longest} are allowed");
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    let mut frame = Vec::new();
    from.take(length.into()).read_to_end(&mut frame)?;
    if frame.len() < length as usize {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(frame)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_frame_is_as_long_as_it_says_and_no_longer_than_it_may_be() {
        let mut sent = Vec::new();
        send(&mut sent, &Request::Cancel(7)).unwrap();
        assert_eq!(receive::<Request>(&mut &sent[..], LONGEST_WORD).unwrap(), Request::Cancel(7));
        for half in 0..sent.len() {
            let error = receive::<Request>(&mut &sent[..half], LONGEST_WORD).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        }
        sent[0] += 1;
        sent.push(0);
        let longer = receive::<Request>(&mut &sent[..], LONGEST_WORD).unwrap_err();
        assert!(longer.to_string().contains("longer"), "{longer}");
        let huge = receive::<Request>(&mut &u32::MAX.to_le_bytes()[..], LONGEST_SNAPSHOT).unwrap_err();
        assert!(huge.to_string().contains("4294967295"), "{huge}");
    }

    #[test]
    fn a_token_is_the_same_whole_or_not_at_all() {
        let greeting = Greeting::new("0123456789abcdef");
        assert!(greeting.has_token("0123456789abcdef") && greeting.has_this_version());
        for other in ["", "0123456789abcde", "0123456789abcdeF", "0123456789abcdef0", "1123456789abcdef"] {
            assert!(!greeting.has_token(other), "{other}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_refused_or_read(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = receive::<Request>(&mut &bytes[..], LONGEST_WORD);
            let _ = receive::<Answer>(&mut &bytes[..], LONGEST_WORD);
            let _ = Standing::read(&mut &bytes[..]);
            let _ = Greeting::read(&mut &bytes[..]);
        }
    }
}
