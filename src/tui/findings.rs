//! What the lints found in the snapshot that is shown, and how its gates stand; looked for now and then.

use std::time::Duration;

use crate::gate::{Judged, Measured, Verdict, judge};
use crate::lint::{Finding, Limits, Lint, findings};
use crate::snapshot::Snapshot;

/// How long a finding is believed: what comes and goes with every snapshot cannot be read.
const BELIEVED: Duration = Duration::from_millis(500);

/// The findings and what they depend on.
#[derive(Debug, Default)]
pub(super) struct Findings {
    limits: Limits,
    found: Vec<Finding>,
    gates: Vec<Judged>,
    /// Whether what has nothing to measure may still come to have something.
    goes_on: bool,
    /// The run's time when they were looked for; `None` before that.
    at: Option<Duration>,
}

impl Findings {
    /// None yet, by these limits.
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Looks again, unless it did a moment ago; a run that is over or began anew is always looked at.
    pub(super) fn refresh(&mut self, shown: &Snapshot) {
        let age = self.at.and_then(|at| shown.elapsed.checked_sub(at));
        if shown.is_finished() || age.is_none_or(|age| age >= BELIEVED) {
            self.found = findings(shown, &self.limits);
            self.gates = judge(shown);
            self.goes_on = !shown.is_finished();
            self.at = Some(shown.elapsed);
        }
    }

    /// The most severe one, with how many there are beside it.
    pub(super) fn first(&self) -> Option<(&Finding, usize)> {
        self.found.split_first().map(|(first, others)| (first, others.len()))
    }

    /// The gates with whether each fails, in the order they were written.
    pub(super) fn gates(&self) -> impl ExactSizeIterator<Item = (&Judged, bool)> {
        self.gates.iter().map(|gate| (gate, !gate.is_passed() && !self.is_awaited(gate)))
    }

    /// The gates that fail.
    pub(super) fn failing(&self) -> impl Iterator<Item = &Judged> {
        self.gates().filter(|(_, fails)| *fails).map(|(gate, _)| gate)
    }

    /// Whether it is too early to say anything of a gate.
    pub(super) fn is_awaited(&self, gate: &Judged) -> bool {
        self.goes_on && (gate.verdict == Verdict::Unmeasured || gate.measured == Some(Measured::AtEnd))
    }

    /// All of them, the most severe first.
    pub(super) fn all(&self) -> &[Finding] {
        &self.found
    }

    /// Whether one of them is about this.
    pub(super) fn has(&self, lint: Lint) -> bool {
        self.found.iter().any(|finding| finding.lint == lint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{EndedBy, State, fixture};

    fn late(elapsed_ms: u64, lag_ms: u64) -> Snapshot {
        let mut run = Snapshot { elapsed: Duration::from_millis(elapsed_ms), ..fixture::empty() };
        run.cost.tick_lag = Duration::from_millis(lag_ms);
        run.cost.tick_lag_max = run.cost.tick_lag;
        run
    }

    #[test]
    fn a_finding_is_believed_for_a_moment_and_no_longer() {
        let mut findings = Findings::default();
        for (snapshot, behind) in [
            (late(1_000, 90), true),
            (late(1_050, 0), true),
            (late(1_500, 0), false),
            (late(1_550, 90), false),
            (late(2_100, 90), true),
        ] {
            findings.refresh(&snapshot);
            assert_eq!(findings.has(Lint::ClockBehind), behind, "{:?}", snapshot.elapsed);
        }
    }

    #[test]
    fn a_gate_with_nothing_to_measure_is_awaited_while_the_run_goes_on_and_fails_once_it_is_over() {
        let mut findings = Findings::default();
        let run = fixture::with_gates(fixture::empty(), &["p99 > 1s"], false);
        findings.refresh(&run);
        assert_eq!((findings.gates().len(), findings.failing().count()), (1, 0));
        findings.refresh(&Snapshot { state: State::Finished(EndedBy::Duration), ..run });
        assert_eq!(findings.failing().count(), 1);
    }

    #[test]
    fn a_run_that_began_anew_or_is_over_is_looked_at_at_once() {
        let mut findings = Findings::default();
        findings.refresh(&late(1_000, 90));
        findings.refresh(&late(10, 0));
        assert_eq!(findings.first(), None);
        findings.refresh(&Snapshot { state: State::Finished(EndedBy::User), ..late(20, 90) });
        assert_eq!(findings.first().map(|(first, others)| (first.lint, others)), Some((Lint::ClockBehind, 0)));
    }
}
