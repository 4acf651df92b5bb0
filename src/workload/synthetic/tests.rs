mod distributions;
mod parameters;
mod tasks;

use super::*;

/// The directory of the shipped scenarios stands in for the user's.
fn setup() -> Setup {
    Setup::new(Some(concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios").into()), 1)
}

/// The workload that a `[workload]` table describes.
fn workload(table: &str) -> Synthetic {
    Synthetic::new(toml::from_str(table).unwrap(), &setup()).unwrap()
}
