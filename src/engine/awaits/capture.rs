//! The capture itself: what tokio calls a task dump, of one task, without names.

use std::ffi::c_void;
use std::ptr;

use super::Stack;
use crate::snapshot::Frame;

/// Whether this build can capture.
pub(in super::super) const SUPPORTED: bool = true;

/// Frames of one task at the most.
const DEEPEST: usize = 96;

/// Parts of the paths of files that say nothing of a task's own code: the standard library's, tokio's and ours.
const FOREIGN: [&str; 5] = [
    "/rustc/",
    "/tokio-",
    "/futures-",
    concat!(env!("CARGO_MANIFEST_DIR"), "/src/engine/"),
    concat!(env!("CARGO_MANIFEST_DIR"), "/src/scenario/"),
];

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

/// The lines at an address, those of inlined functions first, without those of runtimes. (Line tables have no more: an
/// async function's own name is not in them.)
pub(super) fn name(address: usize) -> Vec<Frame> {
    let mut frames = Vec::new();
    // An address one returns to is that of the next instruction, which may belong to the next line.
    backtrace::resolve(ptr::without_provenance_mut(address.saturating_sub(1)), |symbol| {
        if let (Some(file), Some(line)) = (symbol.filename(), symbol.lineno()) {
            let file = file.display().to_string();
            if !FOREIGN.iter().any(|foreign| file.contains(foreign)) {
                frames.push(Frame { file, line });
            }
        }
    });
    frames
}
