//! A run is what Prometheus says it is: read by hand here, and by Debian's Prometheus, that scrapes it in both formats.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
#![expect(clippy::cast_precision_loss, clippy::float_cmp, reason = "a test has few samples, and counts them")]
#![expect(clippy::disallowed_methods, reason = "waits for other processes")]

mod http;
#[path = "../interop/mod.rs"]
#[expect(dead_code, reason = "shared with the tests that need Python")]
mod interop;
mod scraped;
mod server;
mod text;
