//! Panics of tasks: kept as messages, never printed over the screen.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    static MEASURED: Cell<bool> = const { Cell::new(false) };
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Makes panics on measured threads silent for the rest of the process; other threads keep their hook.
pub(super) fn install_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let previous = take_hook();
        set_hook(Box::new(move |info| {
            if MEASURED.try_with(Cell::get).unwrap_or(false) {
                let _ = LAST.try_with(|last| last.replace(Some(describe(info))));
            } else {
                previous(info);
            }
        }));
    });
}

/// Declares the calling thread a measured one.
pub(super) fn measured_thread() {
    MEASURED.set(true);
}

/// What a panic leaves.
pub(super) type Payload = Box<dyn Any + Send>;

/// Runs a plugin's code and turns a panic into its message.
#[inline]
pub(super) fn catch<R>(code: impl FnOnce() -> R) -> Result<R, String> {
    quietly(code).map_err(|payload| message(payload.as_ref()))
}

/// Runs a plugin's code, whose panics are nobody's to hear.
#[inline]
pub(super) fn quietly<R>(code: impl FnOnce() -> R) -> Result<R, Payload> {
    if MEASURED.get() {
        catch_unwind(AssertUnwindSafe(code))
    } else {
        MEASURED.set(true);
        let result = catch_unwind(AssertUnwindSafe(code));
        MEASURED.set(false);
        result
    }
}

/// Runs an application's code, whose panics its own hook hears of.
#[inline]
pub(super) fn aloud<R>(code: impl FnOnce() -> R) -> Result<R, Payload> {
    catch_unwind(AssertUnwindSafe(code))
}

/// What a panic said, and where if it was quiet.
#[cold]
pub(super) fn message(payload: &(dyn Any + Send)) -> String {
    let said = text(payload);
    // What the hook heard last may be another panic, which the plugin itself has caught.
    let heard = LAST.try_with(RefCell::take).ok().flatten();
    heard.filter(|heard| heard.starts_with(said)).unwrap_or_else(|| said.to_owned())
}

fn describe(info: &PanicHookInfo<'_>) -> String {
    let said = text(info.payload());
    info.location().map_or_else(|| said.to_owned(), |at| format!("{said} ({}:{})", at.file(), at.line()))
}

pub(super) fn text(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("panicked without a message")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_its_message_and_the_place() {
        install_hook();
        let caught = catch(|| panic!("out of {}", "cheese"));
        let message = caught.err().unwrap();
        assert!(message.starts_with("out of cheese (src/engine/panic.rs:"), "{message}");
        assert_eq!(catch(|| 5), Ok(5));
    }
}
