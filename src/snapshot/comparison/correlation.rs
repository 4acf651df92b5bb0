//! How much less than their number the blocks of a run are worth, since neighbours are alike.

/// The stretches a run is cut into at least, each of as many blocks as fit.
const STRETCHES: usize = 8;

/// The highest correlation of neighbours that is reckoned with: beyond, one run is one observation.
const HIGHEST: f64 = 0.9;

/// Consecutive blocks that are resampled together.
pub(super) fn stretch(blocks: usize) -> usize {
    (blocks / STRETCHES).max(1)
}

/// What a run's blocks are worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Worth {
    /// By what to multiply the variance of resamples.
    pub(super) inflation: f64,
    /// As many independent blocks would tell as much.
    pub(super) independent: f64,
    /// The degrees of freedom of the standard error.
    pub(super) freedom: f64,
}

impl Worth {
    /// That of blocks which, one by one, pull the number they make up by `influence`.
    ///
    /// A resample of stretches of l blocks out of n knows of the correlation within a stretch and not of that across
    /// its ends, and its stretches vary round the mean of the run and not the true one. Under a first-order
    /// autoregression the first makes its variance too small by the quotient of (1 + r)/(1 - r) and that less
    /// 2r (1 - r^l) / (l (1 - r)²), the second by n / (n - l). The correlation r itself is estimated too small by
    /// (1 + 3r)/n (Kendall 1954, Marriott and Pope 1954).
    pub(super) fn of(influence: &[f64]) -> Self {
        let (blocks, stretch) = (float(influence.len()), float(stretch(influence.len())));
        let raw = neighbours(influence);
        let r = (raw + (1.0 + 3.0 * raw) / blocks).clamp(0.0, HIGHEST);
        let whole = (1.0 + r) / (1.0 - r);
        let seen = whole - 2.0 * r * (1.0 - r.powf(stretch)) / (stretch * (1.0 - r) * (1.0 - r));
        Self {
            inflation: blocks / (blocks - stretch) * whole / seen,
            independent: blocks / whole,
            freedom: blocks / stretch.max(whole) - 1.0,
        }
    }
}

/// The correlation of each value with the next one; of values that are all alike, none.
fn neighbours(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / float(values.len());
    let all: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    let pairs: f64 = values.iter().zip(&values[1..]).map(|(one, next)| (one - mean) * (next - mean)).sum();
    if all > 0.0 { pairs / all } else { 0.0 }
}

#[expect(clippy::cast_precision_loss, reason = "there are 64 blocks at the most")]
const fn float(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_that_know_nothing_of_each_other_are_worth_their_number() {
        let swinging: Vec<f64> = (0..64).map(|block| f64::from(block % 2)).collect();
        let worth = Worth::of(&swinging);
        assert!((worth.independent - 64.0).abs() < 1e-9 && (worth.freedom - 7.0).abs() < 1e-9, "{worth:?}");
        assert!((worth.inflation - 64.0 / 56.0).abs() < 1e-9, "{worth:?}");
        let alike = Worth::of(&[3.0; 64]);
        assert!(alike.independent > 60.0 && alike.freedom > 6.9, "{alike:?}");
    }

    #[test]
    fn blocks_that_follow_each_other_are_worth_little() {
        let rising: Vec<f64> = (0..64).map(f64::from).collect();
        let worth = Worth::of(&rising);
        assert!(worth.independent < 4.0 && worth.freedom < 3.0 && worth.inflation > 2.0, "{worth:?}");
    }
}
