//! The end of a session: what goes on beside the screen may come to its end, but not take for ever.
//!
//! ```text
//! (a screen) ──leave──► Farewell ──nothing is left to do──► gone
//!                           ├──asked to leave once more───► gone, and what is undone is told
//!                           └──its time is over───────────► the same
//! ```

use super::Left;
use super::background::{Errand, PATIENCE};
use super::error::TuiError;
use super::frame::Limit;
use super::update::Event;

/// A screen that was left and stays for as long as something is waited for.
#[derive(Debug)]
pub(super) struct Farewell {
    left: Left,
    limit: Limit,
    /// Why something could not be written, the first time: there is no one left to read it on the screen.
    unwritten: Option<String>,
}

impl Farewell {
    /// Begins to wait.
    pub(super) fn new(left: Left) -> Self {
        Self { left, limit: Limit::after(PATIENCE), unwritten: None }
    }

    /// Takes note of what happens meanwhile.
    pub(super) fn hear(&mut self, event: &Event) {
        if let Event::Exported(Err(why)) = event {
            self.unwritten.get_or_insert_with(|| why.clone());
        }
    }

    /// Whether to wait no longer.
    pub(super) fn is_over(&self, waits_for: Option<Errand>) -> bool {
        waits_for.is_none() || self.limit.is_over()
    }

    /// How the session ended, with this still undone.
    pub(super) fn end(self, undone: Option<Errand>) -> Result<Left, TuiError> {
        match (self.unwritten, undone) {
            (Some(message), _) => Err(TuiError::Unwritten { message }),
            (None, Some(Errand::Start)) => Err(TuiError::NotStarted),
            (None, Some(Errand::Write)) => Err(TuiError::Unwritten { message: "the disk does not answer".to_owned() }),
            (None, Some(Errand::Close)) => {
                Err(TuiError::Unwritten { message: "the disk, or who is sent its metrics, does not answer".to_owned() })
            }
            (None, Some(Errand::Read) | None) => Ok(self.left),
        }
    }
}

/// What is said while something is waited for.
pub(super) fn words(waits_for: Errand) -> String {
    let what = match waits_for {
        Errand::Start => "the run that is being started",
        Errand::Write => "files that are being written",
        Errand::Close => "the run's files, and for who is sent its metrics",
        Errand::Read => "files that are being read",
    };
    format!("waiting for {what}, {} s at most; the same key again leaves now", PATIENCE.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_undone_or_failed_in_the_end_is_an_error_and_anything_else_is_none() {
        let heard = |answer: Result<&str, &str>| {
            let mut farewell = Farewell::new(Left::ByUser);
            farewell.hear(&Event::Exported(answer.map(str::to_owned).map_err(str::to_owned)));
            farewell
        };
        for (answer, undone, expected) in [
            (Ok("wrote 9 files"), None, Ok(Left::ByUser)),
            (Ok("wrote 9 files"), Some(Errand::Read), Ok(Left::ByUser)),
            (Ok("wrote 9 files"), Some(Errand::Start), Err("does not answer")),
            (Ok("wrote 9 files"), Some(Errand::Write), Err("the disk does not answer")),
            (Ok("wrote 9 files"), Some(Errand::Close), Err("who is sent its metrics")),
            (Err("disk full"), None, Err("disk full")),
            (Err("disk full"), Some(Errand::Write), Err("disk full")),
        ] {
            match (heard(answer).end(undone), expected) {
                (Ok(left), expected) => assert_eq!(Ok(left), expected),
                (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
                (Err(error), Ok(_)) => panic!("{error}"),
            }
        }
    }

    #[test]
    fn a_farewell_is_over_when_nothing_is_left_to_do() {
        let farewell = Farewell::new(Left::ByUser);
        assert!(farewell.is_over(None) && !farewell.is_over(Some(Errand::Write)));
    }
}
