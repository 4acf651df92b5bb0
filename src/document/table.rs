//! Reading one table of a file: every complaint is kept, none stops the reading.
//!
//! Owns what a key may hold and the spans of complaints. It must not know which keys there are.

use std::cell::RefCell;
use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::ParamError;
use super::diagnostic::{one_of, suggest};
use crate::units::{Rate, parse_duration, thousands};

/// The longest duration a file may say: a year, be it a leap year.
pub(crate) const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);
/// The slowest and the fastest rate a file may say, arrivals a second.
pub(crate) const RATES: RangeInclusive<f64> = 1e-6..=1e9;

/// Everything that is wrong with one file.
#[derive(Debug, Default)]
pub(crate) struct Problems(RefCell<Vec<ParamError>>);

impl Problems {
    pub(crate) fn push(&self, error: ParamError) {
        self.0.borrow_mut().push(error);
    }

    pub(crate) fn into_inner(self) -> Vec<ParamError> {
        self.0.into_inner()
    }
}

/// One table, its unknown keys already complained about. A reader answers `None` for a key that is absent and
/// for one that is wrong; the latter it has complained about.
#[derive(Debug)]
pub(crate) struct Table<'a> {
    title: &'static str,
    items: &'a DeTable<'a>,
    span: Range<usize>,
    problems: &'a Problems,
}

impl<'a> Table<'a> {
    /// The whole file.
    pub(crate) fn root(items: &'a DeTable<'a>, keys: &[&str], problems: &'a Problems) -> Self {
        Self { title: "the file", items, span: 0..0, problems }.only(keys)
    }

    /// The table at `key`, called `title` in complaints.
    pub(crate) fn table(&self, key: &str, title: &'static str, keys: &[&str]) -> Option<Self> {
        Some(self.open_table(key, title)?.only(keys))
    }

    /// The table at `key`, whatever its keys are.
    pub(crate) fn open_table(&self, key: &str, title: &'static str) -> Option<Self> {
        let (said, value) = self.items.get_key_value(key)?;
        let items = value.get_ref().as_table();
        if items.is_none() {
            self.complain(
                value.span(),
                format!("`{key}` is {}, expected a table {title}", kind(value.get_ref())),
                None,
            );
        }
        Some(Self { title, items: items?, span: said.span(), problems: self.problems })
    }

    /// The tables of the array at `key`.
    pub(crate) fn tables(&self, key: &str, title: &'static str, keys: &[&str]) -> Vec<Self> {
        let Some(value) = self.items.get(key) else { return Vec::new() };
        let Some(array) = value.get_ref().as_array() else {
            self.expected_tables(key, title, value);
            return Vec::new();
        };
        let mut tables = Vec::with_capacity(array.len());
        for item in array {
            if let Some(items) = item.get_ref().as_table() {
                tables.push(Self { title, items, span: item.span(), problems: self.problems }.only(keys));
            } else {
                self.expected_tables(key, title, item);
            }
        }
        tables
    }

    fn expected_tables(&self, key: &str, title: &str, found: &Spanned<DeValue<'_>>) {
        let message = format!("`{key}` is {}, expected tables {title}", kind(found.get_ref()));
        self.complain(found.span(), message, None);
    }

    fn only(self, keys: &[&str]) -> Self {
        for key in self.items.keys().filter(|key| !keys.contains(&key.get_ref().as_ref())) {
            let message = format!("unknown key `{}` in {}", key.get_ref(), self.title);
            self.complain(key.span(), message, Some(suggest(key.get_ref(), keys)));
        }
        self
    }

    /// Where the table is named.
    pub(crate) fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// Whether `key` is there, right or wrong.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.items.contains_key(key)
    }

    /// Adds a complaint.
    pub(crate) fn complain(&self, span: Range<usize>, message: String, help: Option<String>) {
        self.problems.push(ParamError { span: Some(span), message, help });
    }

    /// `value`, or a complaint when `key` is absent; `example` shows how to write it.
    pub(crate) fn required<T>(&self, key: &str, example: &str, value: Option<T>) -> Option<T> {
        if value.is_none() && !self.has(key) {
            self.complain(self.span(), format!("{} lacks `{key}`", self.title), Some(format!("add `{example}`")));
        }
        value
    }

    /// Complains when `key` is there, saying `why` it must not be; answers whether it did.
    pub(crate) fn refuse(&self, key: &str, why: &str, help: &str) -> bool {
        let said = self.items.get_key_value(key);
        if let Some((said, _)) = said {
            self.complain(said.span(), format!("`{key}` {why}"), Some(help.to_owned()));
        }
        said.is_some()
    }

    /// The value at `key`; `read` answers `None` for a wrong type and says what is wrong with a value.
    fn value<T>(
        &self,
        key: &str,
        expected: &str,
        read: impl FnOnce(&DeValue<'_>) -> Option<Result<T, String>>,
    ) -> Option<Spanned<T>> {
        let value = self.items.get(key)?;
        let wrong = match read(value.get_ref()) {
            Some(Ok(read)) => return Some(Spanned::new(value.span(), read)),
            Some(Err(wrong)) => format!("`{key}`: {wrong}"),
            None => format!("`{key}` is {}, expected {expected}", kind(value.get_ref())),
        };
        self.complain(value.span(), wrong, None);
        None
    }

    /// One line of text.
    pub(crate) fn line(&self, key: &str) -> Option<Spanned<String>> {
        self.value(key, "one line of text", |value| {
            let text = value.as_str()?;
            let clean = !text.contains(char::is_control);
            Some(
                clean.then(|| text.to_owned()).ok_or_else(|| "expected one line without control characters".to_owned()),
            )
        })
    }

    /// One of some choices, each by its word.
    pub(crate) fn word<T: Copy>(&self, key: &str, choices: &[T], word: fn(T) -> &'static str) -> Option<Spanned<T>> {
        let words: Vec<&str> = choices.iter().map(|&choice| word(choice)).collect();
        self.value(key, &one_of(&words), |value| {
            let said = value.as_str()?;
            let chosen = choices.iter().copied().find(|&choice| word(choice) == said);
            Some(chosen.ok_or_else(|| format!("unknown word `{said}`, {}", suggest(said, &words))))
        })
    }

    /// A duration up to [`LONGEST`], zero included.
    pub(crate) fn duration(&self, key: &str) -> Option<Spanned<Duration>> {
        self.value(key, "a duration such as `\"50ms\"`", |value| value.as_str().map(duration))
    }

    /// A duration above zero, up to [`LONGEST`], or `None` for `false`; `default` when there is nothing right.
    pub(crate) fn duration_or_false(&self, key: &str, default: Option<Duration>) -> Option<Duration> {
        let positive = |said: Duration| {
            if said.is_zero() { Err("expected a duration above zero".to_owned()) } else { Ok(Some(said)) }
        };
        let read = self.value(key, "a duration such as `\"50ms\"`, or `false`", |value| match value.as_bool() {
            Some(false) => Some(Ok(None)),
            _ => value.as_str().map(|text| duration(text).and_then(positive)),
        });
        read.map_or(default, Spanned::into_inner)
    }

    /// A share above zero, up to one, or `None` for `false`; `default` when there is nothing right.
    pub(crate) fn share_or_false(&self, key: &str, default: Option<f64>) -> Option<f64> {
        let within = |said: f64| {
            if said > 0.0 && said <= 1.0 { Ok(Some(said)) } else { Err("expected a share above 0, up to 1".to_owned()) }
        };
        let read = self.value(key, "a share such as `0.5`, or `false`", |value| match value {
            DeValue::Boolean(false) => Some(Ok(None)),
            DeValue::Float(said) => said.as_str().parse().ok().map(within),
            DeValue::Integer(said) => said.as_str().parse().ok().map(within),
            _ => None,
        });
        read.map_or(default, Spanned::into_inner)
    }

    /// `true` or `false`.
    pub(crate) fn boolean(&self, key: &str) -> Option<bool> {
        self.value(key, "`true` or `false`", |value| value.as_bool().map(Ok)).map(Spanned::into_inner)
    }

    /// A text, or a list of them, as a list with a place for each.
    pub(crate) fn texts(&self, key: &str, expected: &str) -> Option<Spanned<Vec<Spanned<String>>>> {
        let value = self.items.get(key)?;
        let alone = std::slice::from_ref(value);
        let items = value.get_ref().as_array().map_or(alone, |array| &array[..]);
        let wrong = |item: &&Spanned<DeValue<'_>>| item.get_ref().as_str().is_none();
        if let Some(item) = items.iter().find(wrong) {
            let message = format!("`{key}` is {}, expected {expected}", kind(item.get_ref()));
            self.complain(item.span(), message, None);
            return None;
        }
        let text = |item: &Spanned<DeValue<'_>>| Some(Spanned::new(item.span(), item.get_ref().as_str()?.to_owned()));
        Some(Spanned::new(value.span(), items.iter().filter_map(text).collect()))
    }

    /// A duration above zero, up to [`LONGEST`].
    pub(crate) fn positive_duration(&self, key: &str) -> Option<Spanned<Duration>> {
        let said = self.duration(key)?;
        if said.get_ref().is_zero() {
            self.complain(said.span(), format!("`{key}` is zero, expected a duration above zero"), None);
            return None;
        }
        Some(said)
    }

    /// A rate within [`RATES`].
    pub(crate) fn rate(&self, key: &str) -> Option<Spanned<Rate>> {
        self.value(key, "a rate such as `\"500/s\"`", |value| {
            let read = value.as_str()?.parse::<Rate>().map_err(|wrong| wrong.to_string());
            Some(read.and_then(|rate| match rate.as_per_second() {
                0.0 => Err("a rate of zero brings no task; expected one such as `\"500/s\"`".to_owned()),
                said if !RATES.contains(&said) => {
                    Err("expected a rate between `0.000001/s` and `1000000000/s`".to_owned())
                }
                _ => Ok(rate),
            }))
        })
    }

    /// A whole number within `range`.
    pub(crate) fn whole(&self, key: &str, range: RangeInclusive<u64>) -> Option<Spanned<u64>> {
        let expected = if *range.end() == i64::MAX.unsigned_abs() {
            format!("a whole number from {}", range.start())
        } else {
            format!("a whole number from {} to {}", range.start(), thousands(*range.end()))
        };
        self.value(key, &expected, |value| {
            let said = value.as_integer()?;
            let read = u64::from_str_radix(said.as_str(), said.radix()).ok().filter(|read| range.contains(read));
            Some(read.ok_or_else(|| format!("{said} is out of range, expected {expected}")))
        })
    }
}

/// The duration a text says, up to [`LONGEST`], or what is wrong with it.
fn duration(text: &str) -> Result<Duration, String> {
    let said = parse_duration(text).map_err(|wrong| wrong.to_string())?;
    if said <= LONGEST { Ok(said) } else { Err("expected at most a year".to_owned()) }
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a fraction",
        DeValue::Boolean(true) => "`true`",
        DeValue::Boolean(false) => "`false`",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}
