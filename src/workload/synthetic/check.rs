//! From the table as it is written to steps that can be run, or everything that is wrong with it.
//!
//! Owns every rule about the parameters and every complaint. It must not know how a step runs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use quanta::Clock;
use rand::distr::Uniform;
use rand::distr::weighted::WeightedIndex;
use rand_distr::{Exp, LogNormal, Normal, Pareto};
use tokio::sync::Semaphore;
use toml::Spanned;

use super::latency::{LONGEST, Latency, Z99};
use super::params::{ChoiceParams, DistParams, LatencyParams, Params, StepParams};
use super::replay::Recording;
use super::step::{Act, Odds, Step};
use crate::scenario::{ParamError, Setup};
use crate::units::{exact, nanos, parse_duration};

/// The distributions and the keys each of them needs, no more and no fewer.
const DISTS: [(&str, &[&str]); 7] = [
    ("uniform", &["min", "max"]),
    ("exp", &["mean"]),
    ("normal", &["mean", "stdev"]),
    ("lognormal", &["p50", "p99"]),
    ("pareto", &["scale", "shape"]),
    ("mix", &["of"]),
    ("replay", &["file"]),
];

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
pub(super) struct Check<'a> {
    setup: &'a Setup,
    errors: Vec<ParamError>,
}

impl<'a> Check<'a> {
    pub(super) const fn new(setup: &'a Setup) -> Self {
        Self { setup, errors: Vec::new() }
    }

    fn wrong<T>(&mut self, span: Range<usize>, message: impl Into<String>) -> Option<T> {
        self.errors.push(ParamError::at(span, message));
        None
    }

    fn pools(&mut self, pools: BTreeMap<Spanned<String>, Spanned<u32>>) -> Pools {
        let mut checked = Pools::new();
        for (name, permits) in pools {
            let name = name.into_inner();
            if *permits.get_ref() == 0 {
                self.wrong::<()>(permits.span(), format!("pool `{name}` has no permit; expected at least 1"));
            }
            // A u32 fits into tokio's usize::MAX >> 3 on every 64-bit machine; elsewhere the rest is out of reach.
            let permits =
                usize::try_from(permits.into_inner()).map_or(Semaphore::MAX_PERMITS, |n| n.min(Semaphore::MAX_PERMITS));
            checked.insert(name, Arc::new(Semaphore::new(permits)));
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

    fn odds(&mut self, key: &str, odds: Option<&Spanned<f64>>) -> f64 {
        let Some(odds) = odds else { return 0.0 };
        let value = *odds.get_ref();
        if !(0.0..=1.0).contains(&value) {
            self.wrong::<()>(odds.span(), format!("`{key} = {value}` is no probability; expected 0 to 1"));
        }
        value
    }

    pub(super) fn latency(&mut self, latency: &Spanned<LatencyParams>) -> Option<Latency> {
        match latency.get_ref() {
            LatencyParams::Constant(text) => self.duration(text, latency.span()).map(Latency::Constant),
            LatencyParams::Dist(dist) => self.dist(dist, latency.span()),
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

    fn dist(&mut self, dist: &DistParams, span: Range<usize>) -> Option<Latency> {
        let kind = dist.dist.get_ref().as_str();
        let Some((_, keys)) = DISTS.into_iter().find(|(word, _)| *word == kind) else {
            let words = any_of(DISTS.map(|(word, _)| word));
            return self.wrong(dist.dist.span(), format!("`{kind}` is no distribution; expected {words}"));
        };
        let before = self.errors.len();
        for (key, at) in dist.given().filter(|(key, _)| !keys.contains(key)) {
            self.wrong::<()>(at, format!("`{kind}` takes no `{key}`; expected {}", all_of(keys)));
        }
        for key in keys.iter().filter(|key| dist.given().all(|(given, _)| given != **key)) {
            self.wrong::<()>(span.clone(), format!("`{kind}` needs `{key}`; expected {}", all_of(keys)));
        }
        let latency = match kind {
            "uniform" => self.uniform(dist),
            "exp" => self.exp(dist),
            "normal" => self.normal(dist),
            "lognormal" => self.lognormal(dist),
            "pareto" => self.pareto(dist),
            "mix" => dist.of.as_ref().and_then(|of| self.mix(of)),
            _ => dist.file.as_ref().and_then(|file| self.replay(file)),
        };
        latency.filter(|_| self.errors.len() == before)
    }

    fn uniform(&mut self, dist: &DistParams) -> Option<Latency> {
        let (min, max) = (self.time(dist.min.as_ref()), self.time(dist.max.as_ref()));
        let (min, max) = (min?, max?);
        if max < min {
            let at = dist.max.as_ref()?.span();
            return self.wrong(at, format!("`max` {} is less than `min` {}", exact(max), exact(min)));
        }
        self.built(dist, Uniform::new_inclusive(nanos(min), nanos(max))).map(Latency::Uniform)
    }

    fn exp(&mut self, dist: &DistParams) -> Option<Latency> {
        let mean = self.positive("mean", dist.mean.as_ref())?;
        self.built(dist, Exp::new(1.0 / mean)).map(Latency::Exp)
    }

    fn normal(&mut self, dist: &DistParams) -> Option<Latency> {
        let (mean, stdev) = (self.positive("mean", dist.mean.as_ref()), self.time(dist.stdev.as_ref()));
        self.built(dist, Normal::new(mean?, ns(stdev?))).map(Latency::Normal)
    }

    fn lognormal(&mut self, dist: &DistParams) -> Option<Latency> {
        let (p50, p99) = (self.positive("p50", dist.p50.as_ref()), self.time(dist.p99.as_ref()));
        let (p50, p99) = (p50?, p99?);
        if ns(p99) <= p50 {
            let at = dist.p99.as_ref()?.span();
            return self.wrong(at, format!("`p99` {} is not above `p50` {}", exact(p99), dist.p50.as_ref()?.get_ref()));
        }
        self.built(dist, LogNormal::new(p50.ln(), (ns(p99) / p50).ln() / Z99)).map(Latency::LogNormal)
    }

    fn pareto(&mut self, dist: &DistParams) -> Option<Latency> {
        let scale = self.positive("scale", dist.scale.as_ref());
        let shape = dist.shape.as_ref().and_then(|shape| self.number("shape", shape));
        self.built(dist, Pareto::new(scale?, shape?)).map(Latency::Pareto)
    }

    fn mix(&mut self, of: &Spanned<Vec<ChoiceParams>>) -> Option<Latency> {
        let mut weights = Vec::new();
        let mut latencies = Vec::new();
        for choice in of.get_ref() {
            weights.extend(self.number("weight", &choice.weight));
            latencies.extend(self.latency(&choice.sleep));
        }
        if of.get_ref().is_empty() {
            return self.wrong(of.span(), r#"`mix` of nothing; expected some { weight = 1, sleep = "5ms" }"#);
        }
        if weights.len() < of.get_ref().len() || latencies.len() < of.get_ref().len() {
            return None;
        }
        match WeightedIndex::new(weights) {
            Ok(index) => Some(Latency::Mix(index, latencies.into())),
            Err(error) => {
                self.wrong(of.span(), format!("the weights cannot be added up ({error}); expected smaller ones"))
            }
        }
    }

    fn replay(&mut self, file: &Spanned<String>) -> Option<Latency> {
        let name = file.get_ref();
        let bytes = match self.setup.read(name) {
            Ok(bytes) => bytes,
            Err(error) => return self.wrong(file.span(), format!("cannot read `{name}`: {error}")),
        };
        match Recording::parse(&bytes) {
            Ok(recording) => Some(Latency::Replay(recording)),
            Err(error) => self.wrong(file.span(), format!("`{name}` {error}")),
        }
    }

    /// A distribution whose parameters are right one by one, and may yet be too much together.
    fn built<T, E: Display>(&mut self, dist: &DistParams, built: Result<T, E>) -> Option<T> {
        match built {
            Ok(built) => Some(built),
            Err(error) => {
                self.wrong(dist.dist.span(), format!("`{}` cannot be drawn from: {error}", dist.dist.get_ref()))
            }
        }
    }

    /// The duration of a key; one that is missing has been complained about.
    fn time(&mut self, text: Option<&Spanned<String>>) -> Option<Duration> {
        text.and_then(|text| self.duration(text.get_ref(), text.span()))
    }

    /// The nanoseconds of a key that must not be zero.
    fn positive(&mut self, key: &str, text: Option<&Spanned<String>>) -> Option<f64> {
        let duration = self.time(text)?;
        if duration.is_zero() {
            return self.wrong(text?.span(), format!("`{key}` is zero; expected more"));
        }
        Some(ns(duration))
    }

    /// A number that must be positive and finite.
    fn number(&mut self, key: &str, number: &Spanned<f64>) -> Option<f64> {
        let value = *number.get_ref();
        if value > 0.0 && value.is_finite() {
            return Some(value);
        }
        self.wrong(number.span(), format!("`{key} = {value}` is not positive; expected a finite number above 0"))
    }
}

#[expect(clippy::cast_precision_loss, reason = "an hour has 42 bits of nanoseconds")]
fn ns(duration: Duration) -> f64 {
    nanos(duration) as f64
}

/// `a`, `b` or `c`.
fn any_of(words: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    listed(words, " or ")
}

/// `a`, `b` and `c`.
fn all_of(words: impl IntoIterator<Item = impl AsRef<str>>) -> String {
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
