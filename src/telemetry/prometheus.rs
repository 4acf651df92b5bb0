//! Metrics over HTTP, in the text of `OpenMetrics` or, for who asks for it, in Prometheus's protobuf with native histograms.

mod address;
mod encode;
mod native;
mod server;

pub use address::{Address, BadAddress};
pub use server::{Listener, Server};
