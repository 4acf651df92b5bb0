//! The lines of the protocol: what a program says, and what it is told.
//!
//! Owns the vocabulary and its JSON, as `scenarios/process/PROTOCOL.md` has it. It must not know who sends what when.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::fault::Fault;
use crate::text::one_line;

/// The version of the protocol.
pub const PROTOCOL: u64 = 1;
/// The longest line, in bytes, without its end.
pub const LONGEST_LINE: usize = 1 << 20;

/// How much is kept of the name of a step, in characters.
const LONGEST_NAME: usize = 64;
/// How much is kept of what is said, in characters.
const LONGEST_TEXT: usize = 400;

/// What a program says in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Message {
    /// It takes tasks from now on.
    Ready {
        /// The version of the protocol it speaks.
        protocol: u64,
    },
    /// A task goes on to a step, or to none.
    Step {
        /// The task.
        id: u64,
        /// The step.
        name: Option<Arc<str>>,
    },
    /// A task has ended.
    End {
        /// The task.
        id: u64,
        /// How.
        end: End,
    },
    /// How late its event loop was just now.
    Lag {
        /// In nanoseconds.
        ns: u64,
    },
    /// Something for people to read.
    Log {
        /// How bad it is.
        level: Level,
        /// What it is.
        message: String,
    },
}

/// How a program says that a task ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// As it should.
    Done,
    /// By an error, which says so.
    Failed(String),
    /// By an error that nobody expected.
    Panicked(String),
    /// Because it was cancelled, by whomever.
    Cancelled,
}

/// How bad it is what a program logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Not at all.
    Info,
    /// It may be.
    Warning,
    /// It is.
    Error,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// Any line, as far as it says which it is.
#[derive(Deserialize)]
struct Typed<'a> {
    #[serde(borrow)]
    r#type: Cow<'a, str>,
}

#[derive(Deserialize)]
struct RawReady {
    protocol: u64,
}

#[derive(Deserialize)]
struct RawStep<'a> {
    id: u64,
    /// By a function of its own it has to be there, be it as `null`.
    #[serde(borrow, deserialize_with = "Option::deserialize")]
    name: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct RawEnd<'a> {
    id: u64,
    ending: RawEnding,
    #[serde(borrow)]
    message: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawEnding {
    Done,
    Failed,
    Panicked,
    Cancelled,
}

#[derive(Deserialize)]
struct RawLag {
    ns: u64,
}

#[derive(Deserialize)]
struct RawLog<'a> {
    level: Level,
    #[serde(borrow)]
    message: Cow<'a, str>,
}

impl Message {
    /// What a line says.
    ///
    /// # Errors
    /// It is none of the protocol's.
    pub(super) fn parse(line: &[u8]) -> Result<Self, Fault> {
        let text = std::str::from_utf8(line).map_err(|_wrong| Fault::NotText(line.into()))?;
        // serde would take an array for an object.
        if !text.trim_start().starts_with('{') {
            return Err(Fault::NoObject(line.into()));
        }
        let wrong = |error: serde_json::Error| match error.classify() {
            serde_json::error::Category::Data => Fault::Wrong(line.into(), told(&error)),
            _ => Fault::NoObject(line.into()),
        };
        let typed: Typed<'_> = serde_json::from_str(text).map_err(wrong)?;
        Ok(match &*typed.r#type {
            "ready" => Self::Ready { protocol: read::<RawReady>(text).map_err(wrong)?.protocol },
            "step" => {
                let RawStep { id, name } = read(text).map_err(wrong)?;
                Self::Step { id, name: name.map(|name| cut(&name, LONGEST_NAME).into()) }
            }
            "end" => {
                let raw: RawEnd<'_> = read(text).map_err(wrong)?;
                Self::End { id: raw.id, end: raw.end() }
            }
            "lag" => Self::Lag { ns: read::<RawLag>(text).map_err(wrong)?.ns },
            "log" => {
                let RawLog { level, message } = read(text).map_err(wrong)?;
                Self::Log { level, message: cut(&message, LONGEST_TEXT).to_owned() }
            }
            unknown => return Err(Fault::UnknownType(unknown.as_bytes().into())),
        })
    }
}

fn read<'a, T: Deserialize<'a>>(text: &'a str) -> serde_json::Result<T> {
    serde_json::from_str(text)
}

impl RawEnd<'_> {
    fn end(self) -> End {
        let said = |otherwise: &str| {
            let said = self.message.as_deref().map(|said| cut(said, LONGEST_TEXT)).filter(|said| !said.is_empty());
            said.unwrap_or(otherwise).to_owned()
        };
        match self.ending {
            RawEnding::Done => End::Done,
            RawEnding::Failed => End::Failed(said("failed without a message")),
            RawEnding::Panicked => End::Panicked(said("panicked without a message")),
            RawEnding::Cancelled => End::Cancelled,
        }
    }
}

/// The beginning of a text.
fn cut(text: &str, longest: usize) -> &str {
    text.char_indices().nth(longest).map_or(text, |(at, _)| &text[..at])
}

/// What serde found wrong, which may be a word of the line, without a place: there is but one line.
fn told(error: &serde_json::Error) -> String {
    let said = error.to_string();
    one_line(said.split(" at line ").next().unwrap_or_default(), LONGEST_TEXT)
}

/// The first line a program is told.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename = "hello")]
pub(super) struct Hello<'a> {
    pub(super) protocol: u64,
    pub(super) scenario: &'a str,
    pub(super) seed: u64,
    pub(super) copy: usize,
    pub(super) copies: usize,
    pub(super) parameters: &'a Value,
}

impl Hello<'_> {
    pub(super) fn line(&self) -> Vec<u8> {
        let mut line = serde_json::to_vec(self).expect("numbers and text are JSON");
        line.push(b'\n');
        line
    }
}

/// The line that gives a program a task; `parameters` are JSON.
pub(super) fn task(id: u64, child: u32, parameters: &str) -> String {
    format!("{{\"type\":\"task\",\"id\":{id},\"child\":{child},\"parameters\":{parameters}}}\n")
}

/// The line that asks a program to cancel a task.
pub(super) fn cancel(id: u64) -> String {
    format!("{{\"type\":\"cancel\",\"id\":{id}}}\n")
}

/// The line after which a program gets no more.
pub(super) const BYE: &str = "{\"type\":\"bye\"}\n";

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Message, String> {
        Message::parse(line.as_bytes()).map_err(|fault| fault.to_string())
    }

    #[test]
    fn every_line_of_the_protocol_is_understood_whatever_else_it_says() {
        let step = |name: Option<&str>| Message::Step { id: 7, name: name.map(Into::into) };
        let end = |end| Message::End { id: 7, end };
        for (line, message) in [
            (r#"{"type":"ready","protocol":1,"name":"x"}"#, Message::Ready { protocol: 1 }),
            (r#"{"type":"step","id":7,"name":"query"}"#, step(Some("query"))),
            (r#" {"id":7, "name":null, "more":[{}], "type":"st\u0065p"} "#, step(None)),
            (r#"{"type":"end","id":7,"ending":"done"}"#, end(End::Done)),
            (r#"{"type":"end","id":7,"ending":"done","message":null}"#, end(End::Done)),
            (r#"{"type":"end","id":7,"ending":"cancelled","message":"x"}"#, end(End::Cancelled)),
            (r#"{"type":"end","id":7,"ending":"failed","message":"q\"ü"}"#, end(End::Failed("q\"ü".into()))),
            (r#"{"type":"end","id":7,"ending":"failed"}"#, end(End::Failed("failed without a message".into()))),
            (r#"{"type":"end","id":7,"ending":"panicked","message":"p"}"#, end(End::Panicked("p".into()))),
            (r#"{"type":"lag","ns":12,"id":"of another kind"}"#, Message::Lag { ns: 12 }),
            (
                r#"{"type":"log","level":"warning","message":"m"}"#,
                Message::Log { level: Level::Warning, message: "m".into() },
            ),
        ] {
            assert_eq!(parsed(line), Ok(message), "{line}");
        }
    }

    #[test]
    fn every_other_line_is_a_fault_that_says_what_is_wrong_with_it() {
        for (line, fault) in [
            ("", "it wrote a line that is no JSON object: ``"),
            ("ready", "it wrote a line that is no JSON object: `ready`"),
            ("[\"end\"]", "it wrote a line that is no JSON object: `[\"end\"]`"),
            ("{\"type\":\"end\"", "it wrote a line that is no JSON object: `{\"type\":\"end\"`"),
            (r#"{"type":"lag","ns":1} {}"#, r#"it wrote a line that is no JSON object: `{"type":"lag","ns":1} {}`"#),
            ("{}", "missing field `type` in its line `{}`"),
            (r#"{"type":7}"#, r#"invalid type: integer `7`, expected a string in its line `{"type":7}`"#),
            (r#"{"type":"hello"}"#, "it wrote a line of unknown type `hello`"),
            (r#"{"type":"lag"}"#, r#"missing field `ns` in its line `{"type":"lag"}`"#),
            (r#"{"type":"step","id":7}"#, r#"missing field `name` in its line `{"type":"step","id":7}`"#),
        ] {
            assert_eq!(parsed(line).unwrap_err(), fault, "{line}");
        }
        for line in [
            r#"{"type":"end","id":-1,"ending":"done"}"#,
            r#"{"type":"end","id":1.5,"ending":"done"}"#,
            r#"{"type":"end","id":18446744073709551616,"ending":"done"}"#,
            r#"{"type":"end","id":1,"ending":"gone"}"#,
            r#"{"type":"end","id":1,"id":1,"ending":"done"}"#,
            r#"{"type":"log","level":"loud","message":""}"#,
            r#"{"type":"lag","ns":"12"}"#,
        ] {
            assert!(parsed(line).unwrap_err().contains("in its line"), "{line}: {:?}", parsed(line));
        }
        assert_eq!(
            Message::parse(b"{\"type\":\"\xff\"}").map_err(|fault| fault.to_string()),
            Err("it wrote a line that is no UTF-8: `{\"type\":\"\u{fffd}\"}`".into())
        );
    }

    #[test]
    fn of_a_long_text_the_beginning_is_kept() {
        let long = "ü".repeat(1000);
        let Ok(Message::Step { name: Some(name), .. }) =
            parsed(&format!(r#"{{"type":"step","id":1,"name":"{long}"}}"#))
        else {
            panic!()
        };
        let Ok(Message::Log { message, .. }) =
            parsed(&format!(r#"{{"type":"log","level":"info","message":"{long}"}}"#))
        else {
            panic!()
        };
        assert_eq!((name.chars().count(), message.chars().count()), (LONGEST_NAME, LONGEST_TEXT));
        assert!(parsed(&long).unwrap_err().len() < 400);
    }

    #[test]
    fn what_a_program_is_told_is_one_line_of_json() {
        let parameters: Value = serde_json::from_str(r#"{"text":"two\nlines"}"#).unwrap();
        let hello = Hello { protocol: 1, scenario: "a\nb", seed: 1, copy: 0, copies: 2, parameters: &parameters };
        let hello = String::from_utf8(hello.line()).unwrap();
        for (line, kind) in [
            (hello.as_str(), "hello"),
            (&task(7, 0, &parameters.to_string()), "task"),
            (&cancel(7), "cancel"),
            (BYE, "bye"),
        ] {
            assert_eq!(line.find('\n'), Some(line.len() - 1), "{line}");
            assert_eq!(serde_json::from_str::<Value>(line).unwrap()["type"], kind);
        }
    }
}
