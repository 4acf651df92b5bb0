//! What waits to be sent: so many messages at the most, each sent until it is taken, refused for good or pushed out.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rand::RngExt;

/// The most messages that wait: a minute of them.
const MOST: usize = 60;

/// The first pause after a failure, and the longest; each is twice the one before.
const PAUSES: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(30)];

/// The longest pause once the run is over, when there is little time left.
const LAST_PAUSE: Duration = Duration::from_millis(500);

/// What a collector answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// It has it, but for what it refused.
    Taken { refused: Option<String> },
    /// It may take it later.
    Later { after: Option<Duration>, why: String },
    /// It never will.
    Refused { why: String },
}

/// What became of the messages of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivery {
    /// Messages that were taken.
    pub taken: u64,
    /// Messages that were not, or not yet.
    pub lost: u64,
    /// What went wrong last.
    pub why: Option<String>,
}

/// What there is to know, in one line; nothing when all went well.
impl fmt::Display for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { taken, lost, why } = self;
        match why {
            Some(why) if *lost == 0 => write!(f, "{taken} messages were delivered, not all of each: {why}"),
            Some(why) => write!(f, "{lost} of {} messages were not delivered, the last trouble: {why}", taken + lost),
            None => write!(f, "{taken} messages were delivered"),
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Each message with its number.
    waiting: VecDeque<(u64, Vec<u8>)>,
    next: u64,
    taken: u64,
    lost: u64,
    why: Option<String>,
    /// A part of a message was refused for good.
    has_refused: bool,
    /// Nothing more comes.
    has_ended: bool,
}

impl Queue {
    /// Adds a message; when there are as many as there may be, the oldest is lost.
    pub(super) fn push(&self, message: Vec<u8>) {
        let mut state = self.state();
        if state.waiting.len() == MOST {
            state.lose_first();
        }
        let number = state.next;
        state.next += 1;
        state.waiting.push_back((number, message));
        drop(state);
        self.changed.notify_all();
    }

    /// Nothing more comes.
    pub(super) fn end(&self) {
        self.state().has_ended = true;
        self.changed.notify_all();
    }

    /// Messages that are lost by now.
    pub(super) fn dropped(&self) -> u64 {
        self.state().lost
    }

    /// Gives up all that waits but the newest, which has every count of the run.
    pub(super) fn skip_to_newest(&self) {
        let mut state = self.state();
        while state.waiting.len() > 1 {
            state.lose_first();
        }
    }

    /// Gives up all that waits, so that nothing more is sent, and says what became of all of it.
    pub(super) fn give_up(&self) -> Delivery {
        let mut state = self.state();
        while !state.waiting.is_empty() {
            state.lose_first();
        }
        Delivery { taken: state.taken, lost: state.lost, why: state.why.clone() }
    }

    /// Sends one message after the other until there are none and nothing more comes.
    pub(super) fn deliver(&self, post: impl Fn(&[u8]) -> Answer) {
        let mut failures = 0;
        while let Some((number, message)) = self.first() {
            match post(&message) {
                Answer::Taken { refused } => {
                    failures = 0;
                    self.settle(number, true, refused);
                }
                Answer::Refused { why } => {
                    failures = 0;
                    self.settle(number, false, Some(why));
                }
                Answer::Later { after, why } => {
                    self.state().why = Some(why);
                    // One that says at once is not asked as fast as it can say so.
                    self.pause(after.map_or_else(|| backoff(failures), |after| after.max(backoff(0))));
                    failures += 1;
                }
            }
        }
    }

    /// The oldest message, waiting for one; `None` when none comes any more.
    fn first(&self) -> Option<(u64, Vec<u8>)> {
        let mut state = self.state();
        loop {
            if let Some(first) = state.waiting.front() {
                return Some(first.clone());
            }
            if state.has_ended {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Forgets a message of which is known what became of it, unless it was pushed out meanwhile, and so counted already.
    fn settle(&self, number: u64, is_taken: bool, why: Option<String>) {
        let mut state = self.state();
        let was_waiting = state.waiting.front().is_some_and(|&(first, _)| first == number);
        if was_waiting {
            state.waiting.pop_front();
            *(if is_taken { &mut state.taken } else { &mut state.lost }) += 1;
        }
        state.has_refused |= why.is_some();
        // What was late and came in the end is no trouble.
        let is_whole = state.lost == 0 && !state.has_refused;
        state.why = if is_whole { None } else { why.or_else(|| state.why.take()) };
    }

    /// Waits, for less once nothing more comes.
    fn pause(&self, pause: Duration) {
        let state = self.state();
        let goes_on = |state: &mut State| !state.has_ended;
        let waited = self.changed.wait_timeout_while(state, pause, goes_on).unwrap_or_else(PoisonError::into_inner);
        if !waited.1.timed_out() {
            drop(waited);
            std::thread::sleep(pause.min(LAST_PAUSE));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Loses the oldest message before it is known whether it was taken.
    fn lose_first(&mut self) {
        self.waiting.pop_front();
        self.lost += 1;
        let why = if self.taken == 0 { "it does not answer" } else { "it does not keep up" };
        self.why.get_or_insert_with(|| why.to_owned());
    }
}

/// The pause after so many failures in a row before this one, less up to a half, so that many who failed at once do not come back at once.
fn backoff(failures: u32) -> Duration {
    let [first, longest] = PAUSES;
    let whole = first.saturating_mul(1 << failures.min(10)).min(longest);
    whole.mul_f64(rand::rng().random_range(0.5..=1.0))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    fn queue(messages: u8) -> Queue {
        let queue = Queue::default();
        (0..messages).map(|n| vec![n]).for_each(|message| queue.push(message));
        queue.end();
        queue
    }

    /// What is posted when the collector answers so, one answer after the other, and what becomes of it.
    fn delivered(messages: u8, answers: &[Answer]) -> (Vec<u8>, Delivery) {
        let queue = queue(messages);
        let (posted, answers) = (RefCell::new(Vec::new()), RefCell::new(answers.iter().cloned()));
        queue.deliver(|message| {
            posted.borrow_mut().push(message[0]);
            answers.borrow_mut().next().unwrap_or(Answer::Taken { refused: None })
        });
        (posted.into_inner(), queue.give_up())
    }

    #[test]
    fn what_may_be_taken_later_is_sent_again_before_all_others() {
        let later = Answer::Later { after: Some(Duration::ZERO), why: "busy".to_owned() };
        let begin = quanta::Instant::now();
        let (posted, delivery) = delivered(2, &[later.clone(), later]);
        assert!(begin.elapsed() >= PAUSES[0], "two pauses, each of half of it at the least");
        assert_eq!(posted, [0, 0, 0, 1]);
        assert_eq!(delivery, Delivery { taken: 2, lost: 0, why: None });
        assert_eq!(delivery.to_string(), "2 messages were delivered");
    }

    #[test]
    fn what_is_refused_is_lost_and_said() {
        let (posted, delivery) = delivered(2, &[Answer::Refused { why: "no".to_owned() }]);
        assert_eq!(posted, [0, 1]);
        assert_eq!((delivery.taken, delivery.lost), (1, 1));
        assert_eq!(delivery.to_string(), "1 of 2 messages were not delivered, the last trouble: no");
    }

    #[test]
    fn of_too_many_the_oldest_are_lost_and_counted() {
        let (posted, delivery) = delivered(62, &[]);
        assert_eq!((posted.len(), posted[0]), (60, 2));
        assert_eq!((delivery.taken, delivery.lost, delivery.why.as_deref()), (60, 2, Some("it does not answer")));
    }

    #[test]
    fn a_message_that_is_pushed_out_while_it_is_sent_is_counted_once() {
        let queue = queue(60);
        let first = RefCell::new(true);
        queue.deliver(|_| {
            if first.replace(false) {
                queue.push(vec![60]);
            }
            Answer::Taken { refused: None }
        });
        assert_eq!((queue.give_up().taken, queue.give_up().lost), (60, 1));
    }

    #[test]
    fn what_still_waits_when_the_time_is_over_is_lost_and_not_sent_any_more() {
        let queue = queue(3);
        let posted = RefCell::new(0);
        queue.deliver(|_| {
            *posted.borrow_mut() += 1;
            assert_eq!(queue.give_up(), Delivery { taken: 0, lost: 3, why: Some("it does not answer".to_owned()) });
            Answer::Taken { refused: None }
        });
        assert_eq!((posted.into_inner(), queue.give_up().lost), (1, 3));
    }

    #[test]
    fn the_newest_goes_before_what_there_is_no_time_for() {
        let queue = queue(9);
        let posted = RefCell::new(Vec::new());
        queue.deliver(|message| {
            posted.borrow_mut().push(message[0]);
            if message[0] == 1 {
                queue.skip_to_newest();
            }
            Answer::Taken { refused: None }
        });
        assert_eq!(posted.into_inner(), [0, 1, 8]);
        let delivery = queue.give_up();
        assert_eq!((delivery.taken, delivery.lost, delivery.why.as_deref()), (2, 7, Some("it does not keep up")));
    }

    #[test]
    fn a_part_that_was_refused_is_not_forgotten_when_the_next_message_is_taken_whole() {
        let (_, delivery) = delivered(3, &[Answer::Taken { refused: Some("too old".to_owned()) }]);
        assert_eq!(delivery.to_string(), "3 messages were delivered, not all of each: too old");
    }

    #[test]
    fn pauses_grow_up_to_half_a_minute() {
        for (failures, most) in [(0, 500), (1, 1_000), (4, 8_000), (6, 30_000), (4_000_000_000, 30_000)] {
            let most = Duration::from_millis(most);
            let pause = backoff(failures);
            assert!(pause >= most / 2 && pause <= most, "{pause:?} after {failures}");
        }
    }
}
