//! What is wrong with a file, shown with its name, line and caret.
//!
//! Owns [`Invalid`] and the cleaning of foreign text before it reaches a terminal. It must not know the
//! rules of the file nor who prints the error.

use std::ops::Range;

use miette::{Diagnostic, NamedSource, SourceSpan};

/// The most complaints shown of one file.
const MOST_SHOWN: usize = 10;
/// The longest excerpt shown with a caret, in bytes; of a longer one only the place is told.
const LONGEST_EXCERPT: usize = 1_500;
/// The longest message shown, in characters.
const LONGEST_MESSAGE: usize = 500;
/// The longest name that is compared with the known ones.
const LONGEST_NAME: usize = 64;

/// One thing that is wrong with what a file says, or with a workload's parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParamError {
    /// Where, as byte range in the file; `None` when no single place is to blame.
    pub span: Option<Range<usize>>,
    /// What is wrong, naming key and value.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// A text with everything that is wrong with it.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("`{origin}` is no valid {kind}: {}", counted(*.count))]
#[non_exhaustive]
pub struct Invalid {
    /// What the text is called.
    pub origin: String,
    /// What it was to be.
    pub kind: &'static str,
    /// How many things are wrong.
    pub count: usize,
    /// The first of them.
    #[related]
    pub complaints: Vec<Complaint>,
}

/// One thing that is wrong, with the text it stands in.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("{message}")]
pub struct Complaint {
    message: String,
    #[help]
    help: Option<String>,
    #[source_code]
    source_code: NamedSource<String>,
    #[label]
    span: Option<SourceSpan>,
}

impl ParamError {
    /// A complaint about the value at `span`.
    #[must_use]
    pub fn at(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { span: Some(span), message: message.into(), help: None }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl Invalid {
    /// Everything wrong in the text `source`, called `origin`, that was to be a `kind`.
    pub(crate) fn new(kind: &'static str, origin: &str, source: &str, mut errors: Vec<ParamError>) -> Self {
        errors.sort_by_key(|error| error.span.as_ref().map(|span| span.start));
        errors.dedup();
        let count = errors.len();
        errors.truncate(MOST_SHOWN);
        let origin = printable(origin);
        // Of nothing at all an empty line can be shown.
        let source = if source.is_empty() { "\n".to_owned() } else { printable(source) };
        let complaints = errors.into_iter().map(|error| Complaint::new(&origin, &source, error)).collect();
        Self { origin, kind, count, complaints }
    }
}

impl Complaint {
    fn new(origin: &str, source: &str, error: ParamError) -> Self {
        let mut message: String = printable(&error.message).chars().take(LONGEST_MESSAGE).collect();
        let span = error.span.map(|span| within(source, span));
        let shown = span.clone().filter(|span| excerpt(source, span.start).len() <= LONGEST_EXCERPT);
        match (&span, &shown) {
            (None, _) => message = format!("{message} ({origin})"),
            (Some(span), None) => {
                let before = &source[..span.start];
                let line = before.matches('\n').count() + 1;
                let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
                message = format!("{message} ({origin}, line {line}, column {column})");
            }
            (Some(_), Some(_)) => {}
        }
        let source = if shown.is_some() { source.to_owned() } else { String::new() };
        Self {
            message,
            help: error.help.as_deref().map(printable),
            source_code: NamedSource::new(origin, source),
            span: shown.map(SourceSpan::from),
        }
    }
}

fn counted(count: usize) -> String {
    match count {
        1 => "one thing is wrong".to_owned(),
        _ if count > MOST_SHOWN => format!("{count} things are wrong, the first {MOST_SHOWN} are"),
        _ => format!("{count} things are wrong"),
    }
}

/// The part of `span` that lies in `text`, cut to its first line and to whole characters.
fn within(text: &str, span: Range<usize>) -> Range<usize> {
    let whole = |at: &usize| text.is_char_boundary(*at);
    let start = (0..=span.start.min(text.len())).rev().find(whole).unwrap_or(0);
    let end = (span.end.clamp(start, text.len())..=text.len()).find(whole).unwrap_or(start);
    let first_line = text[start..end].find('\n').map_or(end, |newline| start + newline);
    start..first_line
}

/// The line around `at` with its two neighbours, which is what miette shows.
fn excerpt(text: &str, at: usize) -> &str {
    let start = text[..at].rmatch_indices('\n').nth(1).map_or(0, |(newline, _)| newline + 1);
    let end = text[at..].match_indices('\n').nth(1).map_or(text.len(), |(newline, _)| at + newline);
    &text[start..end]
}

/// `text` without anything a terminal would obey, byte for byte as long as before.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\t' => c,
            '\r' => ' ',
            // Characters that stand for one and for two bytes, as what they replace does.
            c if c.is_control() && c.len_utf8() == 1 => '?',
            c if c.is_control() => '¿',
            c => c,
        })
        .collect()
}

/// The name closest to `wrong`, when one is close enough to be what was meant.
pub(crate) fn closest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let comparable = wrong.len() <= LONGEST_NAME;
    known
        .into_iter()
        .filter(|_| comparable)
        .map(|name| (strsim::damerau_levenshtein(wrong, name), name))
        .filter(|&(distance, name)| distance <= 1.max(name.len() / 3))
        .min()
        .map(|(_, name)| name)
}

/// What to do about a wrong name: the one that was meant, or all there are.
pub(crate) fn suggest(wrong: &str, known: &[&str]) -> String {
    closest(wrong, known.iter().copied())
        .map_or_else(|| format!("expected {}", one_of(known)), |name| format!("did you mean `{name}`?"))
}

/// The names as people list them: `` `a`, `b` or `c` ``.
pub(crate) fn one_of(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        None => "nothing".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_replaced_at_the_same_length() {
        let text = "a\u{1b}[2J\r\n\u{9b}z";
        assert_eq!(printable(text), "a?[2J \n¿z");
        assert_eq!(printable(text).len(), text.len());
    }

    #[test]
    fn a_span_is_cut_to_the_text_to_one_line_and_to_whole_characters() {
        assert_eq!(within("ab\ncd", 1..5), 1..2);
        assert_eq!(within("ab", 7..9), 2..2);
        assert_eq!(within("µs", 1..2), 0..2);
    }

    #[test]
    fn an_excerpt_is_a_line_and_its_neighbours() {
        let text = "one\ntwo\nthree\nfour\nfive\n";
        assert_eq!(excerpt(text, 9), "two\nthree\nfour");
        assert_eq!(excerpt(text, 0), "one\ntwo");
        assert_eq!(excerpt(text, text.len()), "five\n");
        assert_eq!(excerpt("", 0), "");
    }

    #[test]
    fn only_a_close_name_is_suggested() {
        let known = ["rate", "arrivals", "mode"];
        assert_eq!(closest("raet", known), Some("rate"));
        assert_eq!(closest("arival", known), Some("arrivals"));
        assert_eq!(closest("workers", known), None);
        assert_eq!(suggest("x", &known), "expected `rate`, `arrivals` or `mode`");
    }
}
