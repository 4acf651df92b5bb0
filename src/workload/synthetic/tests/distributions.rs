//! Samples against theory. The seed is fixed; a tolerance is about four standard errors of what it bounds.

use rand::SeedableRng;
use rand::rngs::SmallRng;
use serde::Deserialize;
use toml::Spanned;

use super::super::check::Check;
use super::super::latency::{Draw, Fault, LONGEST, Latency};
use super::super::params::LatencyParams;
use super::*;

const N: usize = 40_000;

/// The latency that a table or a text describes.
fn latency(text: &str, setup: &Setup) -> Latency {
    #[derive(Deserialize)]
    struct Table {
        sleep: Spanned<LatencyParams>,
    }
    let text = format!("sleep = {}", text.replace('\n', " "));
    Check::new(setup).latency(&toml::from_str::<Table>(&text).unwrap().sleep).unwrap()
}

/// `N` draws in milliseconds, sorted.
fn drawn(text: &str) -> Vec<f64> {
    let latency = latency(text, &setup());
    let mut rng = SmallRng::seed_from_u64(1);
    let mut ms: Vec<f64> = (0..N as u64).map(|n| latency.draw(n, &mut rng).latency.as_secs_f64() * 1e3).collect();
    ms.sort_by(f64::total_cmp);
    ms
}

fn mean(sorted: &[f64]) -> f64 {
    sorted.iter().sum::<f64>() / sorted.len() as f64
}

fn stdev(sorted: &[f64]) -> f64 {
    let mean = mean(sorted);
    (sorted.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (sorted.len() - 1) as f64).sqrt()
}

/// The share of draws at or below `x`.
fn share_below(sorted: &[f64], x: f64) -> f64 {
    sorted.partition_point(|v| *v <= x) as f64 / sorted.len() as f64
}

/// The mean of `N` draws has a standard error of stdev / √N.
fn assert_mean(sorted: &[f64], expected: f64, stdev: f64) {
    let tolerance = 4.0 * stdev / (N as f64).sqrt();
    assert!((mean(sorted) - expected).abs() < tolerance, "mean {} is not {expected} ± {tolerance}", mean(sorted));
}

/// A share p of `N` draws has a standard error of √(p (1 − p) / N), whatever the distribution.
fn assert_quantile(sorted: &[f64], p: f64, expected: f64) {
    let tolerance = 4.0 * (p * (1.0 - p) / N as f64).sqrt();
    let share = share_below(sorted, expected);
    assert!((share - p).abs() < tolerance, "{share} instead of {p} ± {tolerance} is at most {expected}");
}

#[test]
fn a_duration_stands_for_itself() {
    let sorted = drawn(r#""5ms""#);
    assert!((sorted[0] - 5.0).abs() < 1e-9 && (sorted[N - 1] - 5.0).abs() < 1e-9);
}

#[test]
fn uniform_has_its_mean_its_stdev_and_its_ends() {
    let sorted = drawn(r#"{ dist = "uniform", min = "2ms", max = "8ms" }"#);
    let sigma = 6.0 / 12f64.sqrt();
    assert_mean(&sorted, 5.0, sigma);
    assert!((stdev(&sorted) / sigma - 1.0).abs() < 0.02);
    assert!(sorted[0] >= 2.0 && sorted[N - 1] <= 8.0);
    assert_quantile(&sorted, 0.25, 3.5);
    let point = drawn(r#"{ dist = "uniform", min = "3ms", max = "3ms" }"#);
    assert!((mean(&point) - 3.0).abs() < 1e-9, "a range of one value is one");
}

#[test]
fn exp_has_its_mean_and_its_quantiles() {
    let sorted = drawn(r#"{ dist = "exp", mean = "10ms" }"#);
    assert_mean(&sorted, 10.0, 10.0);
    assert_quantile(&sorted, 0.5, 10.0 * 2f64.ln());
    assert_quantile(&sorted, 0.99, 10.0 * 100f64.ln());
}

#[test]
fn normal_has_its_mean_and_its_stdev_and_is_cut_at_zero() {
    let sorted = drawn(r#"{ dist = "normal", mean = "50ms", stdev = "5ms" }"#);
    assert_mean(&sorted, 50.0, 5.0);
    assert!((stdev(&sorted) / 5.0 - 1.0).abs() < 0.02);
    let cut = drawn(r#"{ dist = "normal", mean = "5ms", stdev = "5ms" }"#);
    assert_quantile(&cut, 0.158_655, 0.0);
    assert_quantile(&cut, 0.5, 5.0);
    assert_quantile(&cut, 0.841_345, 10.0);
}

#[test]
fn lognormal_has_the_percentiles_it_is_written_with() {
    let sorted = drawn(r#"{ dist = "lognormal", p50 = "4ms", p99 = "20ms" }"#);
    assert_quantile(&sorted, 0.5, 4.0);
    assert_quantile(&sorted, 0.99, 20.0);
    assert_quantile(&sorted, 0.01, 0.8);
}

#[test]
fn pareto_starts_at_its_scale_and_falls_by_its_shape() {
    let sorted = drawn(r#"{ dist = "pareto", scale = "2ms", shape = 3.0 }"#);
    assert!(sorted[0] >= 2.0);
    assert_mean(&sorted, 3.0, 3f64.sqrt());
    assert_quantile(&sorted, 0.999, 2.0 * 10.0);
}

#[test]
fn a_mix_takes_each_as_often_as_its_weight_says() {
    let sorted = drawn(
        r#"{ dist = "mix", of = [
            { weight = 90, sleep = "10ms" },
            { weight = 9, sleep = { dist = "uniform", min = "100ms", max = "200ms" } },
            { weight = 1, sleep = "1s" },
        ] }"#,
    );
    assert_quantile(&sorted, 0.90, 50.0);
    assert_quantile(&sorted, 0.945, 150.0);
    assert_quantile(&sorted, 0.99, 999.0);
}

#[test]
fn nothing_that_is_drawn_is_longer_than_an_hour() {
    let sorted = drawn(r#"{ dist = "pareto", scale = "1s", shape = 0.01 }"#);
    let longest = LONGEST.as_secs_f64() * 1e3;
    assert!((sorted[N - 1] - longest).abs() < 1e-6 && sorted[N / 2] > longest / 2.0);
}

#[test]
fn a_recording_is_drawn_by_the_number_of_the_task() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("own.csv"), "latency,ending\n1ms,done\n2ms,failed\n3ms,panicked\n").unwrap();
    let setup = Setup::new(Some(dir.path().to_owned()), 1);
    let latency = latency(r#"{ dist = "replay", file = "own.csv" }"#, &setup);
    let mut rng = SmallRng::seed_from_u64(1);
    let mut draw = |number| {
        let Draw { latency, fault } = latency.draw(number, &mut rng);
        (latency.as_millis(), fault)
    };
    assert_eq!(draw(4), (2, Some(Fault::Fail)));
    assert_eq!(draw(3), (1, None));
    assert_eq!(draw(302), (3, Some(Fault::Panic)));
}
