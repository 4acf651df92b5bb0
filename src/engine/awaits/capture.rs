//! The capture itself: what tokio calls a task dump, of one task, without names.

use std::ffi::c_void;
use std::ptr;

use super::Stack;

/// Whether this build can capture.
pub(in super::super) const SUPPORTED: bool = true;

/// Frames of one task at the most.
const DEEPEST: usize = 96;

/// Polls in such a way that each leaf of tokio's is pending and tells from where it was polled; returns the way to
/// the first. The task is woken again, since a leaf that tells does nothing else.
#[inline(never)]
pub(in super::super) fn capture<R, P: FnOnce() -> R>(poll: P) -> (R, Option<Stack>) {
    let root = (capture::<R, P> as fn(P) -> (R, Option<Stack>)) as *const c_void;
    let mut stack = None;
    let polled = tokio::runtime::dump::trace_with(poll, |leaf| {
        if stack.is_none() {
            stack = Some(walk(leaf.trace_leaf_addr, root));
        }
    });
    (polled, stack)
}

/// The return addresses between two functions.
fn walk(leaf: *const c_void, root: *const c_void) -> Stack {
    let (mut addresses, mut is_above_leaf) = (Vec::new(), false);
    backtrace::trace(|frame| {
        let function = frame.symbol_address().cast_const();
        if ptr::eq(function, root) {
            return false;
        }
        if is_above_leaf {
            addresses.push(frame.ip().addr());
        }
        is_above_leaf |= ptr::eq(function, leaf);
        addresses.len() < DEEPEST
    });
    addresses.into()
}
