//! Panics of the screen's own threads: nothing is printed over the screen, the message is kept.
//!
//! Every other thread's panic goes to the hook that was there before, the engine's for one. The
//! terminal is not touched here: the guard restores it while the stack unwinds.

use std::panic::PanicHookInfo;
use std::sync::{Mutex, Once, PoisonError};

/// What the names of the screen's threads begin with.
pub(super) const THREAD: &str = "tardy-ui";

static KEPT: Mutex<Option<String>> = Mutex::new(None);

/// Puts the hook in front of the one that is there; doing so again changes nothing.
pub(super) fn install_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if std::thread::current().name().is_some_and(|name| name.starts_with(THREAD)) {
                keep(info);
            } else {
                before(info);
            }
        }));
    });
}

fn keep(info: &PanicHookInfo<'_>) {
    let payload = info.payload();
    let said = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let said = said.unwrap_or("no message");
    let message = match info.location() {
        Some(at) => format!("{said} ({}:{})", at.file(), at.line()),
        None => said.to_owned(),
    };
    *KEPT.lock().unwrap_or_else(PoisonError::into_inner) = Some(message);
}

/// The message of the latest panic, once.
pub(super) fn take_message() -> String {
    let kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner).take();
    kept.unwrap_or_else(|| "no message".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_the_screen_is_kept_once_and_with_its_place() {
        install_hook();
        let thread = std::thread::Builder::new().name(format!("{THREAD}-test"));
        assert!(thread.spawn(|| panic!("no such column")).unwrap().join().is_err());
        let message = take_message();
        assert!(message.starts_with("no such column (") && message.contains("panic.rs"), "{message}");
        assert_eq!(take_message(), "no message");
    }
}
