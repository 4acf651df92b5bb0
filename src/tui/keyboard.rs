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

/// What begins a pasted text.
const PASTE: &[u8] = b"\x1b[200~";

/// The terminal to read from.
#[derive(Debug)]
pub(super) struct Keyboard {
    tty: OwnedFd,
    decoder: Decoder,
}

/// Makes events of bytes, and remembers what was read of a key that is not complete.
#[derive(Debug, Default)]
struct Decoder {
    parser: Parser,
    /// An escape came last: a key of its own unless more follows.
    escape: bool,
    /// The parser waits for the rest of a key.
    open: bool,
    /// How that key begins.
    head: Vec<u8>,
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
        Ok(Self { tty, decoder: Decoder::default() })
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
                let mut events = self.decoder.decode(&bytes[..n]);
                if self.decoder.waits() && !self.ready(REST)?.contains(PollFlags::IN) {
                    events.extend(self.decoder.give_up());
                }
                Ok(Heard::Input(events))
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

impl Decoder {
    /// What some more bytes stand for.
    ///
    /// Nothing is ever asked of the terminal, so an escape with anything but `[` or `O` behind it is a chord with Alt,
    /// which nothing is bound to, and not the begin of an answer that would take every key up to its end with it.
    fn decode(&mut self, bytes: &[u8]) -> Vec<Event> {
        let mut input = if std::mem::take(&mut self.escape) { vec![ESCAPE] } else { Vec::new() };
        input.extend(bytes);
        let (mut rest, mut events) = (&input[..], Vec::new());
        while !rest.is_empty() {
            let begin = match rest {
                [ESCAPE] => {
                    self.escape = true;
                    break;
                }
                [ESCAPE, ESCAPE, ..] => 1,
                [ESCAPE, b'[' | b'O', ..] => 2,
                [ESCAPE, _, ..] => {
                    rest = &rest[2..];
                    continue;
                }
                _ => 0,
            };
            // Up to the next escape, which begins another key; the first of two is one by itself.
            let others = if begin == 1 { 0 } else { rest[begin..].iter().take_while(|&&byte| byte != ESCAPE).count() };
            let (unit, after) = rest.split_at(begin + others);
            if begin > 0 && !self.is_pasting() {
                // Another key: the one before will never be complete.
                self.give_up_rest();
            }
            self.head.extend(unit.iter().take(PASTE.len() - self.head.len()));
            let known = self.parse(unit, &mut events);
            self.open = (self.open || begin == 2) && !known;
            if !self.open {
                self.head.clear();
            }
            rest = after;
        }
        events
    }

    /// Adds what the parser makes of these bytes; false while it waits for more.
    fn parse(&mut self, bytes: &[u8], events: &mut Vec<Event>) -> bool {
        self.parser.parse(bytes, false);
        let mut known = false;
        while let Some(input) = self.parser.pop() {
            known = true;
            events.extend(translate(&input));
        }
        known
    }

    /// Whether a text is being pasted, which may take its time.
    fn is_pasting(&self) -> bool {
        self.open && self.head == PASTE
    }

    /// Whether a key is not complete.
    fn waits(&self) -> bool {
        self.escape || (self.open && !self.is_pasting())
    }

    /// Forgets a key that is not complete.
    fn give_up_rest(&mut self) {
        if std::mem::take(&mut self.open) {
            self.parser = Parser::default();
            self.head.clear();
        }
    }

    /// Takes what was read for all there is.
    fn give_up(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        if std::mem::take(&mut self.escape) {
            self.parse(&[ESCAPE], &mut events);
        }
        if !self.is_pasting() {
            self.give_up_rest();
        }
        events
    }
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
        let mut decoder = Decoder::default();
        let mut events: Vec<Event> = chunks.iter().flat_map(|bytes| decoder.decode(bytes)).collect();
        events.extend(decoder.give_up());
        let events = events.into_iter();
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
    fn a_chord_with_alt_is_no_key_and_takes_none_with_it() {
        for chord in [&b"\x1b]"[..], b"\x1bP", b"\x1b_", b"\x1bx", b"\x1b\x1b]"] {
            let heard = keys(&[chord, b"q"]);
            assert_eq!(heard.last(), Some(&Key::Char('q')), "{chord:?}");
            assert!(heard.iter().all(|key| matches!(key, Key::Named(Named::Esc) | Key::Char('q'))), "{heard:?}");
        }
    }

    #[test]
    fn an_escape_before_an_arrow_is_an_escape_and_an_arrow() {
        assert_eq!(keys(&[b"\x1b\x1b[A"]), [Key::Named(Named::Esc), Key::Named(Named::Up)]);
        assert_eq!(keys(&[b"\x1b", b"\x1b[A"]), [Key::Named(Named::Esc), Key::Named(Named::Up)]);
    }

    #[test]
    fn a_key_that_is_never_completed_is_given_up() {
        let mut decoder = Decoder::default();
        assert!(decoder.decode(b"\x1b[1;").is_empty() && decoder.waits());
        assert!(decoder.give_up().is_empty() && !decoder.waits());
        assert!(matches!(decoder.decode(b"t")[..], [Event::Key(Key::Char('t'))]));
    }

    #[test]
    fn a_key_counts_when_it_is_pressed_and_not_when_it_is_released() {
        assert_eq!(keys(&[b"\x1b[116;1:1u"]), [Key::Char('t')]);
        assert_eq!(keys(&[b"\x1b[116;1:3u"]), []);
    }

    #[test]
    fn a_click_says_where() {
        let heard = Decoder::default().decode(b"\x1b[<0;12;3M\x1b[<35;1;1M\x1b[<65;200;50M");
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
            let mut decoder = Decoder::default();
            let heard: Vec<Event> = chunks.iter().flat_map(|bytes| decoder.decode(bytes)).collect();
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
            let mut decoder = Decoder::default();
            for chunk in chunks {
                decoder.decode(&chunk);
            }
            if decoder.waits() {
                decoder.give_up();
            }
            // Unless a paste was begun that never ended, the next key is heard.
            if !decoder.is_pasting() {
                decoder.decode(b"\x1b[C");
                prop_assert!(matches!(decoder.decode(b"q")[..], [Event::Key(Key::Char('q'))]));
            }
        }
    }
}
