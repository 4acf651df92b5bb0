//! Reading a condition: every refusal points at the word to blame and names what is expected there.

use std::ops::Range;

use super::{Aspect, Comparison, Condition, Count, Limit, Quantity, Samples, Statistic};
use crate::document::{ParamError, closest, one_of, suggest};
use crate::units::{Rate, parse_duration};

/// What a condition looks like.
const EXAMPLE: &str = "expected a quantity, a comparison and a limit, such as `timed_out > 1%` or `p99 > 200ms`";

/// How percentiles are written.
const PERCENTILES: &str = "a percentile is one of `p0.001` to `p99.999`; the longest of all is `max`";

/// What is said of something that is worse than the baseline's.
const REGRESSED: &str = "regressed";

/// What others call deadlines missed.
const MISSED: [&str; 5] = ["missed", "late", "timeouts", "timeout", "deadline_missed"];

/// A part of a condition, without blanks round it.
#[derive(Debug, Clone)]
struct Part<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Part<'a> {
    fn of(whole: &'a str, range: Range<usize>) -> Self {
        let text = &whole[range.clone()];
        let at = range.start + (text.len() - text.trim_start().len());
        Self { text: text.trim(), at }
    }

    /// Where it is; a part that is not there is blamed on a place, not on a word.
    fn span(&self) -> Range<usize> {
        self.at..self.at + self.text.len()
    }

    fn wrong(&self, message: String, help: impl Into<String>) -> ParamError {
        ParamError::at(self.span(), message).with_help(help)
    }
}

pub(super) fn condition(text: &str) -> Result<Condition, ParamError> {
    let is_sign = |c: char| "<>=!".contains(c);
    let whole = Part::of(text, 0..text.len());
    let Some(start) = text.find(is_sign) else {
        return Err(whole.wrong(format!("`{}` compares nothing", whole.text), EXAMPLE));
    };
    let end = text[start..].find(|c| !is_sign(c)).map_or(text.len(), |length| start + length);
    let (left, sign, right) = (Part::of(text, 0..start), Part::of(text, start..end), Part::of(text, end..text.len()));
    for (part, what) in [(&left, "quantity"), (&right, "limit")] {
        if part.text.is_empty() {
            return Err(whole.wrong(format!("`{}` has no {what}", whole.text), EXAMPLE));
        }
    }
    let quantity = quantity(&left)?;
    let comparison =
        Comparison::ALL.into_iter().find(|comparison| comparison.sign() == sign.text).ok_or_else(|| {
            let expected = one_of(&Comparison::ALL.map(Comparison::sign));
            sign.wrong(format!("`{}` is no comparison", sign.text), format!("expected {expected}"))
        })?;
    let limit = limit(quantity, &left, &right)?;
    sensible(&whole, comparison, limit)?;
    Ok(Condition { quantity, comparison, limit, words: [left.text.into(), right.text.into()] })
}

/// Refuses what no run and what every run is.
fn sensible(whole: &Part<'_>, comparison: Comparison, limit: Limit) -> Result<(), ParamError> {
    let (never, always) = match comparison {
        Comparison::Above => (limit.is_most(), false),
        Comparison::AtLeast => (false, limit.is_least()),
        Comparison::Below => (limit.is_least(), false),
        Comparison::AtMost => (false, limit.is_most()),
    };
    match (never, always) {
        (true, _) => Err(whole.wrong(format!("`{}` is never so", whole.text), "this gate could not fail")),
        (_, true) => Err(whole.wrong(format!("`{}` is always so", whole.text), "every run would fail this gate")),
        _ => Ok(()),
    }
}

fn quantity(part: &Part<'_>) -> Result<Quantity, ParamError> {
    if let Some((name, rest)) = part.text.split_once('(') {
        let name = Part::of(name, 0..name.len());
        let name = Part { at: part.at + name.at, ..name };
        if name.text == REGRESSED {
            let aspect = within(part, rest, "regressed(p99)", "aspect of a run", &Aspect::ALL, Aspect::word)?;
            return Ok(Quantity::Regressed(aspect));
        }
        let statistic = statistic(&name)?.ok_or_else(|| {
            name.wrong(
                format!("unknown statistic `{}`", name.text),
                "expected `max`, `mean`, or a percentile such as `p99`",
            )
        })?;
        let samples = within(part, rest, "p99(start_delay)", "time", &Samples::NAMED, Samples::word)?;
        return Ok(Quantity::Time(statistic, samples));
    }
    if let Some(count) = Count::ALL.into_iter().find(|count| count.word() == part.text) {
        return Ok(Quantity::Count(count));
    }
    if part.text == "goodput" {
        return Ok(Quantity::Goodput);
    }
    match statistic(part)? {
        Some(statistic) => Ok(Quantity::Time(statistic, Samples::Headline)),
        None => Err(unknown(part)),
    }
}

/// What is named between the parentheses, the first of which is open: one of `all`.
fn within<T: Copy>(
    part: &Part<'_>,
    rest: &str,
    example: &str,
    what: &str,
    all: &[T],
    word: fn(T) -> &'static str,
) -> Result<T, ParamError> {
    let Some(inside) = rest.strip_suffix(')') else {
        return Err(part.wrong(format!("`{}` lacks its `)`", part.text), format!("expected one such as `{example}`")));
    };
    let named = Part::of(inside, 0..inside.len());
    let named = Part { at: part.at + part.text.len() - rest.len() + named.at, ..named };
    let words: Vec<&str> = all.iter().map(|&one| word(one)).collect();
    let found = all.iter().copied().find(|&one| word(one) == named.text);
    found.ok_or_else(|| named.wrong(format!("there is no {what} `{}`", named.text), suggest(named.text, &words)))
}

/// `None` for what does not even look like one.
fn statistic(part: &Part<'_>) -> Result<Option<Statistic>, ParamError> {
    if let Some((_, statistic)) = Statistic::WORDS.into_iter().find(|(word, _)| *word == part.text) {
        return Ok(Some(statistic));
    }
    let is_number = |digits: &&str| digits.starts_with(|c: char| c.is_ascii_digit() || c == '.' || c == '-');
    let Some(digits) = part.text.strip_prefix('p').filter(is_number) else { return Ok(None) };
    // Read with its point moved, for 99.9 / 100 is not the number that 0.999 is.
    let share = number(digits).and_then(|_| format!("{digits}e-2").parse().ok());
    match share.filter(|share| (1e-5..=0.99999).contains(share)) {
        Some(share) => Ok(Some(Statistic::Quantile(share))),
        None => Err(part.wrong(format!("`{}` is no percentile", part.text), PERCENTILES)),
    }
}

fn unknown(part: &Part<'_>) -> ParamError {
    if let Some(samples) = Samples::NAMED.into_iter().find(|samples| samples.word() == part.text) {
        let word = samples.word();
        let help = format!("say which one speaks for all, such as `p99({word})` or `max({word})`");
        return part.wrong(format!("`{word}` is many times"), help);
    }
    let words: Vec<&str> =
        ["p50", "p99", "p99.9", "max", "mean", "goodput"].into_iter().chain(Count::ALL.map(Count::word)).collect();
    let meant = MISSED.contains(&part.text).then_some(Count::TimedOut.word());
    let help = meant.or_else(|| closest(part.text, words.iter().copied())).map_or_else(
        || format!("expected {}, or one such as `p99(start_delay)` or `regressed(p99)`", one_of(&words)),
        |meant| format!("did you mean `{meant}`?"),
    );
    part.wrong(format!("unknown quantity `{}`", part.text), help)
}

fn limit(quantity: Quantity, of: &Part<'_>, part: &Part<'_>) -> Result<Limit, ParamError> {
    let refuse = |expected: &str| {
        part.wrong(format!("`{}` is no limit for `{}`", part.text, of.text), format!("expected {expected}"))
    };
    match quantity {
        Quantity::Time(..) => {
            parse_duration(part.text).map(Limit::Duration).ok().ok_or_else(|| refuse("a duration such as `200ms`"))
        }
        Quantity::Regressed(_) => {
            change(part.text).map(Limit::Change).ok_or_else(|| refuse("a relative change such as `5%`"))
        }
        Quantity::Goodput => rate(part.text).ok_or_else(|| refuse("tasks a second, such as `400/s`")),
        Quantity::Count(count) => {
            let expected = if count.is_whole() {
                "a count such as `5`, or a rate such as `5/s`"
            } else {
                "a count such as `5`, a share such as `1%`, or a rate such as `5/s`"
            };
            let share = || share(part.text).filter(|_| !count.is_whole());
            let whole = || part.text.replace('_', "").parse().ok().map(Limit::Count);
            whole().or_else(share).or_else(|| rate(part.text)).ok_or_else(|| refuse(expected))
        }
    }
}

fn rate(text: &str) -> Option<Limit> {
    text.parse().ok().map(|rate: Rate| Limit::PerSecond(rate.as_per_second()))
}

/// A percentage from 0 to 100, as a share.
fn share(text: &str) -> Option<Limit> {
    change(text).filter(|share| *share <= 1.0).map(Limit::Share)
}

/// A percentage, as a part of 1.
fn change(text: &str) -> Option<f64> {
    let digits = text.strip_suffix('%')?.trim_end();
    number(digits)?;
    format!("{digits}e-2").parse().ok()
}

/// A number without sign or exponent.
fn number(digits: &str) -> Option<f64> {
    let is_plain = digits.bytes().all(|b| b.is_ascii_digit() || b == b'.') && !digits.ends_with('.');
    digits.parse().ok().filter(|_| is_plain)
}
