//! A run for Prometheus: its counters, gauges and histograms over HTTP, in the text of `OpenMetrics` or, for who asks for it, in
//! Prometheus's protobuf with native histograms.
//!
//! Owns a thread that answers from the newest snapshot, and how much a client may ask of it. It must not know how
//! anything is measured; nothing of it runs where something is.

mod address;
mod families;
mod native;
mod server;

pub use address::{Address, BadAddress};
pub use server::{Listener, Server};
