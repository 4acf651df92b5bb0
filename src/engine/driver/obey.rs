//! What the commands do to a run that goes on.
//!
//! Owns how many are carried out at a time, and what is refused. It must not know who sends them.

use std::time::Duration;

use super::{Driver, Phase};
use crate::engine::control::Command;
use crate::engine::core::Whom;
use crate::engine::local::Local;
use crate::ledger::{LaneKey, Live, MAX_LANES};
use crate::outcome::CancelReason;
use crate::units;

/// Commands that are carried out before the clock looks at anything else: one that looks for a task looks at all.
const MOST_AT_ONCE: usize = 16;

/// The longest deadline, which is that of a scenario file.
const MAX_DEADLINE: Duration = Duration::from_secs(365 * 24 * 60 * 60);

impl Driver {
    /// Carries out what the user asked for since the last look, and a few of many; true when there may be more.
    pub(super) fn obey(&mut self, now: u64) -> bool {
        for _ in 0..MOST_AT_ONCE {
            let Ok(command) = self.commands.try_recv() else { return false };
            match command {
                Command::Policy(policy) => self.change_lane(LaneKey { policy, ..self.current }, now),
                Command::Deadline(after) if !after.is_zero() && after <= MAX_DEADLINE => {
                    self.change_lane(LaneKey { deadline: Some(after), ..self.current }, now);
                }
                Command::Deadline(_) => {}
                Command::Load(_) | Command::Pause(_) if !self.load.has_arrivals() => {}
                Command::Load(level) => {
                    let before = self.load.mode(now);
                    self.load.set_level(level, now);
                    self.mark(now, before.change(self.load.mode(now)));
                }
                Command::Pause(paused) => {
                    self.load.pause(paused, now);
                    self.mark(now, if paused { "load paused" } else { "load resumed" }.to_owned());
                }
                Command::Reset => {
                    if let Phase::Running { .. } = self.phase {
                        self.mark(now, "reset".to_owned());
                        self.begin(now);
                        self.mark(now, "reset".to_owned());
                    }
                }
                Command::Cancel(number) => self.cancel(number, now),
                Command::Stop(ended_by) => self.stop(ended_by, now),
                Command::Abort(ended_by) => {
                    self.naming = Duration::ZERO;
                    self.stop(ended_by, now);
                    if let Phase::Draining { since, ended_by, .. } = self.phase {
                        self.phase = Phase::Over { since, ended_by };
                    }
                }
            }
        }
        true
    }

    /// Cancels one task for the user, if it is in flight.
    fn cancel(&mut self, number: u64, now: u64) {
        let (core, inflight) = (&self.core, &mut self.inflight);
        self.totals.count(&core.ledger, inflight);
        let task = inflight.live(&core.ledger).find(|task| task.number == number);
        if let (Some(Live { lane, slot, .. }), Some(local)) = (task, Local::of(core.run)) {
            local.cancel(Whom { lane, slot, number }, CancelReason::User, now);
        }
    }

    fn change_lane(&mut self, key: LaneKey, now: u64) {
        let before = self.current;
        if key == before {
            return;
        }
        if self.enter_lane(key, now) {
            let what = if key.policy == before.policy {
                let text = |key: LaneKey| key.deadline.map_or_else(|| "none".to_owned(), units::human);
                format!("deadline {} → {}", text(before), text(key))
            } else {
                format!("{} → {}", before.policy, key.policy)
            };
            self.mark(now, what);
        } else {
            self.mark(now, format!("unchanged: {MAX_LANES} lanes are open, reset first"));
        }
    }
}
