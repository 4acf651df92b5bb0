//! Everything the screen depends on, in one value; only [`update`](super::update) changes it.

use std::sync::Arc;
use std::time::Duration;

use ratatui::layout::Size;

use super::action::Action;
use super::axis::Axis;
use super::blame::BlameTree;
use super::config::Config;
use super::digest::{BlameDigest, Digest, GatherDigest, Past, WhatIfDigest};
use super::entry::Entry;
use super::failures::FailureList;
use super::findings::Findings;
use super::frame::FrameCost;
use super::hold::Hold;
use super::keymap::Keymap;
use super::late::LateList;
pub(super) use super::leave::{Export, Files, Leaving, WayOut};
use super::overlay::Overlay;
use super::replay::Replay;
use super::show::Show;
use super::tabs::Tab;
use super::theme::{Theme, Tone};
use crate::ledger::Metric;
use crate::outcome::Policy;
use crate::snapshot::Snapshot;

/// How many snapshots a command may take to show before the newest one is believed again.
const PATIENCE: u8 = 5;

/// The state of the screen.
#[derive(Debug)]
pub struct App {
    pub(super) theme: Theme,
    pub(super) keymap: Keymap,
    /// The size of the next frame.
    pub(super) size: Size,
    pub(super) tab: Tab,
    pub(super) show: Show,
    pub(super) cursor: Cursor,
    pub(super) newest: Arc<Snapshot>,
    pub(super) view: View,
    pub(super) overlay: Overlay,
    pub(super) hold: Hold,
    /// Where in a recorded run the screen is, when there is more of it than its end.
    pub(super) replay: Option<Replay>,
    pub(super) leaving: Leaving,
    pub(super) way_out: WayOut,
    pub(super) export: Export,
    pub(super) files: Files,
    pub(super) asked: Asked,
    pub(super) status: Option<Status>,
    /// Where the task that is read about was last seen, as long as it is read about.
    pub(super) seen: Option<Arc<Snapshot>>,
    /// The text that is being typed, in place of the status.
    pub(super) entry: Option<Entry>,
    pub(super) late: LateList,
    pub(super) failures: FailureList,
    /// The share of the tasks that the user wants to miss a deadline at the most.
    pub(super) own_share: Option<f64>,
    pub(super) blame: BlameTree,
    /// What the latest frames took.
    pub(super) frames: FrameCost,
    axis: Axis,
    digest: Digest,
    past: Past,
    findings: Findings,
    /// Only while its screen is shown.
    gather: Option<Arc<GatherDigest>>,
    /// Only while its screen is shown.
    what_if: Option<Arc<WhatIfDigest>>,
    /// Only while its screen is shown.
    why: Option<BlameDigest>,
}

/// A place on the Time screen; it stays where it is while time goes on and the screen changes its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
pub(super) struct Spot {
    /// Since measuring began.
    pub time: Duration,
    /// How long tasks there took.
    pub latency: Duration,
}

/// What the user reads off, on each kind of chart; kept in its own units, so that it stays where it is when a chart
/// changes its size.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Cursor {
    /// A latency of the histogram, in decades of nanoseconds.
    pub latency: Option<f64>,
    /// A share of the tasks in the spectrum, in nines.
    pub nines: Option<f64>,
    /// A place on the Time screen.
    pub spot: Option<Spot>,
    /// A deadline that might have been, in decades of nanoseconds.
    pub deadline: Option<f64>,
}

impl Cursor {
    /// Takes the cursor of a tab away; whether there was one.
    pub(super) const fn take(&mut self, tab: Tab) -> bool {
        match tab {
            Tab::Overview => self.latency.take().is_some(),
            Tab::Percentiles => self.nines.take().is_some(),
            Tab::Time => self.spot.take().is_some(),
            Tab::WhatIf => self.deadline.take().is_some(),
            Tab::Gather | Tab::Late | Tab::Failures | Tab::Runtime | Tab::Blame => false,
        }
    }
}

/// Which snapshot is shown: `Live ⇄ Frozen`.
#[derive(Debug)]
pub(super) enum View {
    /// The newest.
    Live,
    /// The one that was newest when the user stopped the screen.
    Frozen(Arc<Snapshot>),
}

/// The answer to the last thing the user did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Status {
    /// What it means.
    pub tone: Tone,
    /// What it says.
    pub text: String,
}

/// Commands on their way: what the user asked for and no snapshot shows yet, so that a second press
/// builds on the first.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub policy: Option<Policy>,
    pub deadline: Option<Duration>,
    pub load: Option<f64>,
    pub paused: Option<bool>,
    patience: u8,
}

impl App {
    /// A screen that follows the run whose first snapshot is given.
    #[must_use]
    pub fn new(snapshot: Arc<Snapshot>, theme: Theme) -> Self {
        let digest = Digest::of(&snapshot, Show::default(), &Digest::default());
        let (low, high) = extent(&snapshot, &digest);
        let mut past = Past::default();
        past.refresh(&snapshot);
        let mut findings = Findings::default();
        findings.refresh(&snapshot);
        Self {
            theme,
            keymap: Keymap::default(),
            size: Size::new(120, 34),
            tab: Tab::Overview,
            show: Show::default(),
            cursor: Cursor::default(),
            newest: snapshot,
            view: View::Live,
            overlay: Overlay::None,
            hold: Hold::Own,
            replay: None,
            leaving: Leaving::Staying,
            way_out: WayOut::Shell,
            export: Export::Idle,
            files: Files::Unasked,
            asked: Asked::default(),
            status: None,
            seen: None,
            entry: None,
            late: LateList::default(),
            failures: FailureList::default(),
            own_share: None,
            blame: BlameTree::default(),
            frames: FrameCost::default(),
            axis: Axis::fresh(low, high),
            digest,
            past,
            findings,
            gather: None,
            what_if: None,
            why: None,
        }
    }

    /// The same with the keys and the limits of this configuration.
    #[must_use]
    pub fn with_config(mut self, config: Config) -> Self {
        self.keymap = config.keymap;
        self.findings = Findings::new(config.limits);
        self.prepare();
        self
    }

    /// The same with a Home to go to once the run is over.
    #[must_use]
    pub(super) fn with_home(self) -> Self {
        Self { way_out: WayOut::Home, ..self }
    }

    /// The same of a run whose files are written as soon as it is over, or are there already.
    #[must_use]
    pub(super) fn with_kept(self) -> Self {
        let files = if self.is_over() { Files::Written } else { Files::Due };
        Self { files, ..self }
    }

    /// Takes in a newer snapshot; a frozen screen only notes it.
    pub fn on_snapshot(&mut self, snapshot: Arc<Snapshot>) {
        self.newest = snapshot;
        self.asked.tick();
        if matches!(self.view, View::Live) {
            self.prepare();
        }
    }

    /// How many screens there are.
    #[must_use]
    pub const fn tabs() -> usize {
        Tab::ALL.len()
    }

    /// Shows the screen with this number, from 0 on; beyond the last one nothing changes.
    pub fn show_tab(&mut self, number: usize) {
        if let Some(&tab) = Tab::ALL.get(number) {
            self.turn_to(tab);
        }
    }

    /// Works out what the tab draws of the snapshot that is shown.
    pub(super) fn prepare(&mut self) {
        let shown = Arc::clone(self.shown_arc());
        let (gather, what_if) = (self.gather.take(), self.what_if.take());
        self.why = None;
        match self.tab {
            Tab::Overview | Tab::Percentiles => {
                self.digest = Digest::of(&shown, self.show, &self.digest);
                let (low, high) = extent(&shown, &self.digest);
                self.axis = self.axis.fit(low, high);
            }
            Tab::Time => self.past.refresh(&shown),
            Tab::Gather => self.gather = GatherDigest::of(&shown, gather.as_ref()),
            Tab::WhatIf => self.what_if = WhatIfDigest::of(&shown, what_if.as_ref()),
            Tab::Blame => self.why = BlameDigest::of(&shown),
            Tab::Late | Tab::Failures | Tab::Runtime => {}
        }
        self.findings.refresh(&shown);
    }

    /// Shows another screen.
    pub(super) fn turn_to(&mut self, tab: Tab) {
        self.tab = tab;
        self.prepare();
    }

    /// The snapshot on the screen.
    pub(super) fn shown(&self) -> &Snapshot {
        self.shown_arc()
    }

    /// The same, to keep.
    pub(super) const fn shown_arc(&self) -> &Arc<Snapshot> {
        match &self.view {
            View::Live => &self.newest,
            View::Frozen(snapshot) => snapshot,
        }
    }

    /// How long the run went on since the screen was frozen; `None` when it follows.
    pub(super) fn frozen_for(&self) -> Option<Duration> {
        match &self.view {
            View::Live => None,
            View::Frozen(snapshot) => Some(self.newest.elapsed.saturating_sub(snapshot.elapsed)),
        }
    }

    pub(super) const fn axis(&self) -> Axis {
        self.axis
    }

    pub(super) const fn digest(&self) -> &Digest {
        &self.digest
    }

    pub(super) const fn past(&self) -> &Past {
        &self.past
    }

    /// How the key for an action is called.
    pub(super) fn key(&self, action: Action) -> String {
        self.keymap.label(action).unwrap_or_else(|| "no key".to_owned())
    }

    /// What can be done with a run that is over.
    pub(super) fn after_the_end(&self) -> String {
        let [export, close, quit] = [Action::Export, Action::Close, Action::Quit].map(|action| self.key(action));
        let unwritten = matches!(self.files, Files::Unasked | Files::Told);
        let files = if unwritten { format!("{export} writes its files, ") } else { String::new() };
        match self.way_out {
            WayOut::Shell => format!("{files}{quit} leaves"),
            WayOut::Home => format!("{files}{close} picks another, {quit} leaves"),
        }
    }

    /// Whether nothing happens to the run any more.
    pub(super) fn is_over(&self) -> bool {
        self.newest.is_finished() || self.hold == Hold::Past
    }

    /// Whether an action does anything here and now.
    pub(super) fn can(&self, action: Action) -> bool {
        let shown = self.shown();
        match action {
            Action::Window if shown.from_files => false,
            Action::Export if self.hold == Hold::Past => false,
            Action::Earlier | Action::Later | Action::MuchEarlier | Action::MuchLater => self.replay.is_some(),
            Action::Freeze => self.replay.is_some() || !self.is_over(),
            _ => !(action.needs_a_run() && (self.newest.is_finished() || self.hold.refusal().is_some())),
        }
    }

    pub(super) const fn findings(&self) -> &Findings {
        &self.findings
    }

    /// The gathers; `None` before one has its outcome.
    pub(super) fn gather(&self) -> Option<&GatherDigest> {
        self.gather.as_deref()
    }

    /// The lane that is asked about deadlines; `None` before a task of one has ended.
    pub(super) fn what_if(&self) -> Option<&WhatIfDigest> {
        self.what_if.as_deref()
    }

    /// Why tasks were late; `None` before there is one of any kind.
    pub(super) const fn why(&self) -> Option<&BlameDigest> {
        self.why.as_ref()
    }

    /// What the latencies on the screen are.
    pub(super) fn metric(&self) -> Metric {
        self.show.metric(&self.shown().load)
    }

    /// The same in words.
    pub(super) fn metric_words(&self) -> &'static str {
        match self.metric() {
            Metric::Response => "response time",
            _ => "service time",
        }
    }

    pub(super) fn say(&mut self, tone: Tone, text: impl Into<String>) {
        self.status = Some(Status { tone, text: text.into() });
    }
}

impl Asked {
    /// Believes in the commands for a few snapshots more.
    pub(super) const fn renew(&mut self) {
        self.patience = PATIENCE;
    }

    fn tick(&mut self) {
        self.patience = self.patience.saturating_sub(1);
        if self.patience == 0 {
            *self = Self::default();
        }
    }
}

/// The latencies the axis must show: every sample, the deadline, and some room round it while there is nothing.
fn extent(snapshot: &Snapshot, digest: &Digest) -> (Duration, Duration) {
    let span = digest.span();
    let (low, high) = span.unwrap_or((Duration::from_millis(1), Duration::from_secs(1)));
    match snapshot.deadline {
        None => (low, high),
        Some(deadline) if span.is_none() => (deadline / 10, deadline.saturating_mul(10)),
        Some(deadline) => (low.min(deadline), high.max(deadline)),
    }
}
