//! `tardy --version`: which build this is.
//!
//! Owns what a report of a fault has to say of the build. It must not know what a feature does.

use std::env::consts::{ARCH, OS};
use std::sync::LazyLock;

/// The features of `Cargo.toml`, and whether this build has them.
const FEATURES: [(&str, bool); 2] = [("otlp", cfg!(feature = "otlp")), ("tls", cfg!(feature = "tls"))];

/// What `--version` says; `-V` says the first line.
pub(super) static LONG: LazyLock<String> = LazyLock::new(|| {
    let has: Vec<&str> = FEATURES.iter().filter(|(_, is_on)| *is_on).map(|(name, _)| *name).collect();
    let features = if has.is_empty() { "none".to_owned() } else { has.join(" ") };
    let unstable = if cfg!(tokio_unstable) { "yes" } else { "no" };
    // Cargo knows no commit: whoever builds a package of one says it, as .ci/deb does.
    let commit = option_env!("TARDY_COMMIT").filter(|commit| !commit.is_empty());
    let commit = commit.map_or_else(String::new, |commit| format!("\ncommit: {commit}"));
    let version = env!("CARGO_PKG_VERSION");
    format!("{version}\nfeatures: {features}\ntokio_unstable: {unstable}\ntarget: {ARCH} {OS}{commit}")
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feature_of_the_crate_is_told_of() {
        let manifest: toml::Table = include_str!("../../Cargo.toml").parse().unwrap();
        let features = manifest["features"].as_table().unwrap().keys().filter(|name| *name != "default");
        let told: Vec<&str> = FEATURES.iter().map(|(name, _)| *name).collect();
        assert_eq!(told, features.collect::<Vec<_>>());
    }
}
