//! From the table as it is written to steps that can be run, or everything that is wrong with it.
//!
//! Owns the rules about pools, steps, durations and numbers, and collects the complaints. It must not know which
//! distributions there are nor how a step runs.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use quanta::Clock;
use tokio::sync::Semaphore;
use toml::Spanned;

use super::dist;
use super::latency::{LONGEST, Latency};
use super::params::{LatencyParams, Params, StepParams};
use super::step::{Act, Odds, Step};
use crate::scenario::{ParamError, Setup};
use crate::units::{exact, parse_duration};

/// The steps that `params` describe.
///
/// # Errors
/// Everything that is wrong with them.
pub(super) fn steps(params: Params, setup: &Setup) -> Result<Arc<[Step]>, Vec<ParamError>> {
    let mut check = Check::new(setup);
    let pools = check.pools(params.pools);
    check.names(&params.step);
    let steps = params.step.iter().filter_map(|step| check.step(step, &pools)).collect();
    if check.errors.is_empty() { Ok(steps) } else { Err(check.errors) }
}

type Pools = BTreeMap<String, Arc<Semaphore>>;

/// Collects what is wrong; a method that gives `None` has said why.
pub(in crate::workload) struct Check<'a> {
    pub(in crate::workload) setup: &'a Setup,
    pub(in crate::workload) errors: Vec<ParamError>,
}

impl<'a> Check<'a> {
    pub(in crate::workload) const fn new(setup: &'a Setup) -> Self {
        Self { setup, errors: Vec::new() }
    }

    pub(in crate::workload) fn wrong<T>(&mut self, span: Range<usize>, message: impl Into<String>) -> Option<T> {
        self.errors.push(ParamError::at(span, message));
        None
    }

    fn pools(&mut self, pools: BTreeMap<Spanned<String>, Spanned<u32>>) -> Pools {
        let mut checked = Pools::new();
        for (name, permits) in pools {
            let name = name.into_inner();
            let share = match permits.get_ref() {
                0 => Err(ParamError::at(permits.span(), format!("pool `{name}` has no permit; expected at least 1"))),
                _ => self.setup.share(&format!("pools.{name}"), &permits),
            };
            let share = share.map_err(|error| self.errors.push(error)).unwrap_or_default() as usize;
            checked.insert(name, Arc::new(Semaphore::new(share.min(Semaphore::MAX_PERMITS))));
        }
        checked
    }

    fn names(&mut self, steps: &[StepParams]) {
        if steps.is_empty() {
            self.errors.push(ParamError {
                span: None,
                message: "the workload has no step; expected at least one [[workload.step]]".to_owned(),
                help: Some(r#"for example: step = [ { name = "work", sleep = "5ms" } ]"#.to_owned()),
            });
        }
        let mut seen = BTreeSet::new();
        for name in steps.iter().map(|step| &step.name) {
            let text = name.get_ref().as_str();
            if text.is_empty() || text.contains('/') {
                self.wrong::<()>(name.span(), format!("`{text}` is no name of a step; expected some text without `/`"));
            } else if !seen.insert(text) {
                self.wrong::<()>(name.span(), format!("step `{text}` is there twice; expected another name"));
            }
        }
    }

    fn step(&mut self, step: &StepParams, pools: &Pools) -> Option<Step> {
        let before = self.errors.len();
        let mut acts = Vec::new();
        acts.extend(step.acquire.as_ref().and_then(|pool| self.acquire(pool, pools)));
        for (latency, act) in [
            (&step.sleep, Act::Sleep as fn(Latency) -> Act),
            (&step.cpu, |latency| Act::Cpu(latency, Clock::new())),
            (&step.blocking, Act::Blocking),
        ] {
            acts.extend(latency.as_ref().and_then(|latency| self.latency(latency)).map(act));
        }
        acts.extend(step.yields.map(Act::Yield));
        let odds = Odds { fail: self.odds("fail", step.fail.as_ref()), panic: self.odds("panic", step.panic.as_ref()) };
        (self.errors.len() == before).then(|| Step::new(step.name.get_ref(), acts, odds))
    }

    fn acquire(&mut self, pool: &Spanned<String>, pools: &Pools) -> Option<Act> {
        let name = pool.get_ref();
        if let Some(semaphore) = pools.get(name) {
            return Some(Act::Acquire(name.clone(), Arc::clone(semaphore)));
        }
        let message = if pools.is_empty() {
            format!("pool `{name}` is not declared, and no other is")
        } else {
            format!("pool `{name}` is not declared; expected {}", any_of(pools.keys()))
        };
        self.errors
            .push(ParamError::at(pool.span(), message).with_help(format!("declare it: pools = {{ {name} = 8 }}")));
        None
    }

    /// A probability; zero when it is left out.
    pub(in crate::workload) fn odds(&mut self, key: &str, odds: Option<&Spanned<f64>>) -> f64 {
        let Some(odds) = odds else { return 0.0 };
        let value = *odds.get_ref();
        if !(0.0..=1.0).contains(&value) {
            self.wrong::<()>(odds.span(), format!("`{key} = {value}` is no probability; expected 0 to 1"));
        }
        value
    }

    pub(in crate::workload) fn latency(&mut self, latency: &Spanned<LatencyParams>) -> Option<Latency> {
        match latency.get_ref() {
            LatencyParams::Constant(text) => self.duration(text, latency.span()).map(Latency::Constant),
            LatencyParams::Dist(dist) => dist::latency(self, dist, latency.span()),
        }
    }

    fn duration(&mut self, text: &str, span: Range<usize>) -> Option<Duration> {
        match parse_duration(text) {
            Err(error) => self.wrong(span, error.to_string()),
            Ok(long) if long > LONGEST => {
                self.wrong(span, format!("`{text}` is too long; expected at most {}", exact(LONGEST)))
            }
            Ok(duration) => Some(duration),
        }
    }

    /// The duration of a key; one that is missing has been complained about.
    pub(super) fn time(&mut self, text: Option<&Spanned<String>>) -> Option<Duration> {
        text.and_then(|text| self.duration(text.get_ref(), text.span()))
    }

    /// The duration of a key that must not be zero.
    pub(super) fn positive(&mut self, key: &str, text: Option<&Spanned<String>>) -> Option<Duration> {
        let duration = self.time(text)?;
        if duration.is_zero() {
            return self.wrong(text?.span(), format!("`{key}` is zero; expected more"));
        }
        Some(duration)
    }

    /// A number that must be positive and finite.
    pub(super) fn number(&mut self, key: &str, number: &Spanned<f64>) -> Option<f64> {
        let value = *number.get_ref();
        if value > 0.0 && value.is_finite() {
            return Some(value);
        }
        self.wrong(number.span(), format!("`{key} = {value}` is not positive; expected a finite number above 0"))
    }
}

/// `a`, `b` or `c`.
pub(super) fn any_of(words: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    listed(words, " or ")
}

/// `a`, `b` and `c`.
pub(super) fn all_of(words: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    listed(words, " and ")
}

fn listed(words: impl IntoIterator<Item = impl AsRef<str>>, last: &str) -> String {
    let words: Vec<String> = words.into_iter().map(|word| format!("`{}`", word.as_ref())).collect();
    match words.split_last() {
        Some((end, [])) => end.clone(),
        Some((end, rest)) => format!("{}{last}{end}", rest.join(", ")),
        None => String::new(),
    }
}
