//! A run for other programs while it goes on: Prometheus, that asks for its metrics, and collectors of OpenTelemetry, that are sent them.
//!
//! Owns which counters, gauges and histograms there are, and how both are served. It must not know how anything is
//! measured; nothing of it runs where something is.

mod families;
#[cfg(feature = "otlp")]
pub mod otlp;
pub mod prometheus;
