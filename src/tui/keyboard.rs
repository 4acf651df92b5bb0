//! The keyboard and the mouse: bytes from the terminal, made into events.
//!
//! The bytes are read here rather than by crossterm, whose source waits for news of the terminal instead of
//! asking whether there is something to read: a key that comes together with a resize then stays unread until
//! the next one.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use ratatui::layout::Position;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, read};
use termina::Parser;
use termina::event::{Event as Input, KeyEventKind, MouseButton, MouseEventKind};

use super::key::Key;
use super::update::Event;

/// How many bytes are read at once.
const CHUNK: usize = 1024;

/// The byte that is a key of its own, or begins those of another.
const ESCAPE: u8 = 0x1b;

/// How long the rest of a key may take after its first byte.
const REST: Duration = Duration::from_millis(20);

/// The terminal to read from, and what was read of a key that is not complete.
#[derive(Debug)]
pub(super) struct Keyboard {
    tty: OwnedFd,
    parser: Parser,
}

/// Something done with the mouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mouse {
    /// What.
    pub gesture: Gesture,
    /// Where, from the upper left corner.
    pub at: Position,
}

/// What can be done with a mouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gesture {
    /// The left button went down.
    Press,
    /// It is down, and the mouse moves.
    Drag,
    /// The wheel turned up.
    ScrollUp,
    /// The wheel turned down.
    ScrollDown,
}

/// What the terminal had to say.
#[derive(Debug)]
pub(super) enum Heard {
    /// Nothing, or only a part of a key.
    Nothing,
    /// What its keys stand for.
    Input(Vec<Event>),
    /// That it is gone.
    HangUp,
}

impl Keyboard {
    /// Finds the terminal that keys come from: stdin, or else the one the process belongs to.
    pub(super) fn open() -> io::Result<Self> {
        let stdin = io::stdin();
        let tty =
            if stdin.is_terminal() { stdin.as_fd().try_clone_to_owned()? } else { File::open("/dev/tty")?.into() };
        Ok(Self { tty, parser: Parser::default() })
    }

    /// What was typed, after waiting at most `patience` for it.
    pub(super) fn listen(&mut self, patience: Duration) -> io::Result<Heard> {
        let ready = self.ready(patience)?;
        if is_hang_up(ready) {
            return Ok(Heard::HangUp);
        }
        if !ready.contains(PollFlags::IN) {
            return Ok(Heard::Nothing);
        }
        let mut bytes = [0; CHUNK];
        match read(&self.tty, &mut bytes) {
            Ok(0) => Ok(Heard::HangUp),
            Ok(n) => {
                let bytes = &bytes[..n];
                let more = bytes.ends_with(&[ESCAPE]) && self.ready(REST)?.contains(PollFlags::IN);
                Ok(Heard::Input(events(&mut self.parser, bytes, more)))
            }
            Err(Errno::INTR | Errno::AGAIN) => Ok(Heard::Nothing),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether the terminal is gone.
    pub(super) fn has_hung_up(&self) -> bool {
        self.ready(Duration::ZERO).is_ok_and(is_hang_up)
    }

    fn ready(&self, patience: Duration) -> io::Result<PollFlags> {
        let mut fds = [PollFd::new(&self.tty, PollFlags::IN)];
        match poll(&mut fds, Timespec::try_from(patience).ok().as_ref()) {
            // A signal.
            Err(Errno::INTR) => Ok(PollFlags::empty()),
            Err(error) => Err(error.into()),
            Ok(_) => Ok(fds[0].revents()),
        }
    }
}

fn is_hang_up(flags: PollFlags) -> bool {
    flags.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL)
}

/// What some more bytes stand for.
fn events(parser: &mut Parser, bytes: &[u8], more: bool) -> Vec<Event> {
    parser.parse(bytes, more);
    std::iter::from_fn(|| parser.pop()).filter_map(|input| translate(&input)).collect()
}

fn translate(input: &Input) -> Option<Event> {
    match input {
        Input::Key(key) if key.kind != KeyEventKind::Release => Key::of(*key).map(Event::Key),
        Input::Mouse(mouse) => {
            let gesture = match mouse.kind {
                MouseEventKind::Down(MouseButton::Left) => Gesture::Press,
                MouseEventKind::Drag(MouseButton::Left) => Gesture::Drag,
                MouseEventKind::ScrollUp => Gesture::ScrollUp,
                MouseEventKind::ScrollDown => Gesture::ScrollDown,
                _ => return None,
            };
            Some(Event::Mouse(Mouse { gesture, at: Position::new(mouse.column, mouse.row) }))
        }
        Input::Paste(text) => Some(Event::Pasted(text.clone())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::key::Named;
    use proptest::prelude::*;

    fn keys(chunks: &[&[u8]]) -> Vec<Key> {
        let mut parser = Parser::default();
        let events = chunks.iter().flat_map(|bytes| events(&mut parser, bytes, false));
        events
            .map(|event| match event {
                Event::Key(key) => key,
                other => panic!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn keys_typed_at_once_or_one_by_one_are_the_same_keys() {
        let expected = [Key::Char('t'), Key::Char('['), Key::Ctrl('c')];
        assert_eq!(keys(&[b"t[\x03"]), expected);
        assert_eq!(keys(&[b"t", b"[", b"\x03"]), expected);
    }

    #[test]
    fn a_key_of_several_bytes_may_come_in_pieces_and_means_nothing_else() {
        assert_eq!(keys(&[b"\x1b[", b"5", b"~", b"t"]), [Key::Named(Named::PageUp), Key::Char('t')]);
    }

    #[test]
    fn an_escape_alone_is_a_key() {
        assert_eq!(keys(&[b"\x1b"]), [Key::Named(Named::Esc)]);
    }

    #[test]
    fn a_key_counts_when_it_is_pressed_and_not_when_it_is_released() {
        assert_eq!(keys(&[b"\x1b[116;1:1u"]), [Key::Char('t')]);
        assert_eq!(keys(&[b"\x1b[116;1:3u"]), []);
    }

    #[test]
    fn a_click_says_where() {
        let mut parser = Parser::default();
        let heard = events(&mut parser, b"\x1b[<0;12;3M\x1b[<35;1;1M\x1b[<65;200;50M", false);
        let mouse = |event: &Event| match event {
            Event::Mouse(mouse) => (mouse.gesture, (mouse.at.x, mouse.at.y)),
            other => panic!("{other:?}"),
        };
        let heard: Vec<_> = heard.iter().map(mouse).collect();
        assert_eq!(heard, [(Gesture::Press, (11, 2)), (Gesture::ScrollDown, (199, 49))]);
    }

    #[test]
    fn what_is_pasted_is_text_and_no_keys_in_however_many_pieces_it_comes() {
        for chunks in [&[&b"\x1b[200~q\x1b[201~t"[..]][..], &[b"\x1b[20", b"0~q", b"\x1b", b"[201~", b"t"]] {
            let mut parser = Parser::default();
            let heard: Vec<Event> = chunks.iter().flat_map(|bytes| events(&mut parser, bytes, false)).collect();
            let [Event::Pasted(text), Event::Key(Key::Char('t'))] = &heard[..] else { panic!("{heard:?}") };
            assert_eq!(text, "q");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_can_do_harm(chunks in prop::collection::vec(
            prop::collection::vec(prop_oneof![
                Just(ESCAPE), Just(b'['), Just(b'<'), Just(b';'), Just(b'M'), Just(b'm'), Just(b'>'), Just(b'?'), b'0'..=b'9', any::<u8>(),
            ], 0..40),
            0..20,
        )) {
            let mut parser = Parser::default();
            for chunk in chunks {
                events(&mut parser, &chunk, chunk.ends_with(&[ESCAPE]));
            }
        }
    }
}
