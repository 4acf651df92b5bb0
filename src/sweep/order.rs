//! The order of a sweep's runs: every repeat walks the whole grid, in a seeded order of its own.

use rand::SeedableRng;
use rand::rngs::SmallRng;
use rand::seq::SliceRandom;

use super::grid::{Grid, Visit};

/// Every run of the grid.
pub(super) fn visits(grid: &Grid, seed: u64) -> Vec<Visit> {
    let points = grid.points();
    let repeat = |repeat: u32| {
        let mut visits: Vec<Visit> = points.iter().map(|&point| Visit { point, repeat }).collect();
        visits.shuffle(&mut SmallRng::seed_from_u64(seed.wrapping_add(u64::from(repeat))));
        visits
    };
    (1..=grid.repeats()).flat_map(repeat).collect()
}

#[cfg(test)]
mod tests {
    use super::super::grid::{Levels, Policies};
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_repeat_is_a_permutation_of_the_grid_and_no_two_begin_before_the_last_is_through(
            points in 2usize..20, repeats in 1u32..6, seed in any::<u64>(),
        ) {
            let deadlines = format!("10ms..10s/{points}").parse().unwrap();
            let grid = Grid::new(deadlines, Policies::Both, Levels::Scenario, repeats).unwrap();
            let order = visits(&grid, seed);
            prop_assert_eq!(order.len(), grid.points().len() * repeats as usize);
            for (walk, repeat) in order.chunks(grid.points().len()).zip(1..) {
                prop_assert!(walk.iter().all(|visit| visit.repeat == repeat));
                prop_assert!(grid.points().iter().all(|point| walk.iter().any(|visit| visit.point == *point)));
            }
            prop_assert_eq!(visits(&grid, seed), order);
        }
    }

    #[test]
    fn repeats_walk_in_different_orders() {
        let grid = Grid::new("10ms..1s/12".parse().unwrap(), Policies::Both, Levels::Scenario, 2).unwrap();
        let order = visits(&grid, 1);
        let points = |visits: &[Visit]| visits.iter().map(|visit| visit.point).collect::<Vec<_>>();
        assert_ne!(points(&order[..24]), points(&order[24..]));
    }
}
