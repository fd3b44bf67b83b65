//! The bootstrap over items: how far a coefficient would move with other items of the same kind.
//!
//! Items are resampled with replacement. Where items fall into few patterns, the numbers of each pattern in a resample
//! are multinomial and are drawn almost directly: independent Poisson numbers are multinomial given their sum, so somewhat
//! too few are drawn by tables, and the rest of the items one by one. The distribution is the same, the work a fraction.
//! Each resample has its own stream of the seed, and all is arithmetic, so that every machine draws the same.

use super::poisson::Poisson;
use super::random::Random;
use super::special::{normal_below, normal_quantile};
use super::{Cancelled, Interval, Method, Watch};
use std::collections::HashMap;

/// How to resample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// Number of resamples.
    pub resamples: u32,
    /// Seed of the generator; the same seed and answers give the same interval.
    pub seed: u64,
}

impl Default for Plan {
    /// 1,000 resamples, a fixed seed.
    fn default() -> Self {
        Self { resamples: 1_000, seed: 0x00c0_0075_1649_0001 }
    }
}

/// What the resamples gave.
#[derive(Clone, Debug, PartialEq)]
pub struct Spread {
    /// Values, sorted.
    pub values: Vec<f64>,
    /// Resamples in which the coefficient had no value.
    pub undefined: u32,
}

impl Spread {
    /// The percentile interval of 95 %; `None` where fewer than half of the resamples gave a value.
    pub fn interval(&self) -> Option<Interval> {
        if self.values.is_empty() || (self.undefined as usize) > self.values.len() {
            return None;
        }
        Some(Interval {
            low: percentile(&self.values, 0.025),
            high: percentile(&self.values, 0.975),
            standard_error: Some(self.standard_error()),
            method: Method::Bootstrap { resamples: self.values.len() as u32, undefined: self.undefined },
        })
    }

    /// The bias-corrected and accelerated interval of 95 % (Efron 1987) around `value`, from the values `(value, how often)` that
    /// leaving out one item at a time gives. `None` where [`Spread::interval`] is, or where all resamples lie on one side.
    pub fn bca(&self, value: f64, without: &[(f64, f64)]) -> Option<Interval> {
        let plain = self.interval()?;
        let below = self.values.partition_point(|v| *v < value) as f64;
        // resamples that give the value itself count half
        let equal = self.values.partition_point(|v| *v <= value) as f64 - below;
        let bias = normal_quantile((below + equal / 2.0) / self.values.len() as f64);
        let items: f64 = without.iter().map(|(_, n)| n).sum();
        let mean = without.iter().map(|(v, n)| v * n).sum::<f64>() / items;
        let power = |k: i32| without.iter().map(|(v, n)| n * (mean - v).powi(k)).sum::<f64>();
        let spread = power(2);
        let acceleration = if spread > 0.0 { power(3) / (6.0 * spread.powf(1.5)) } else { 0.0 };
        let place = |z: f64| normal_below(bias + (bias + z) / (1.0 - acceleration * (bias + z)));
        let (low, high) = (place(-super::Z95), place(super::Z95));
        let sound = bias.is_finite() && low.is_finite() && high.is_finite() && low <= high;
        sound.then(|| Interval {
            low: percentile(&self.values, low),
            high: percentile(&self.values, high),
            method: Method::Accelerated { resamples: self.values.len() as u32, undefined: self.undefined },
            ..plain
        })
    }

    fn standard_error(&self) -> f64 {
        let n = self.values.len() as f64;
        let mean = self.values.iter().sum::<f64>() / n;
        (self.values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0)).sqrt()
    }
}

/// The value below which the share `at` of sorted `values` lies, interpolated linearly (Hyndman and Fan's type 7).
fn percentile(values: &[f64], at: f64) -> f64 {
    let place = at * values.len().saturating_sub(1) as f64;
    let below = values.get(place.floor() as usize).copied().unwrap_or(f64::NAN);
    let above = values.get(place.ceil() as usize).copied().unwrap_or(below);
    below + (above - below) * place.fract()
}

/// Resamples items that fall into groups of `times` equal items each. `statistic` gets how often each group was drawn.
///
/// # Errors
/// [`Cancelled`] when `watch` breaks.
pub fn resample(
    times: &[u32],
    plan: &Plan,
    watch: &mut Watch<'_>,
    statistic: &mut dyn FnMut(&[u32]) -> Option<f64>,
) -> Result<Spread, Cancelled> {
    let items: u32 = times.iter().sum();
    let mut spread = Spread { values: Vec::with_capacity(plan.resamples as usize), undefined: 0 };
    if items < 2 {
        return Ok(spread);
    }
    let draws = Draws::new(times, items);
    let mut drawn = vec![0u32; times.len()];
    let step = (plan.resamples / 100).max(1);
    for round in 0..plan.resamples {
        let mut random = Random::new(plan.seed, u64::from(round));
        draws.draw(&mut random, &mut drawn);
        match statistic(&drawn) {
            Some(value) => spread.values.push(value),
            None => spread.undefined += 1,
        }
        if (round + 1) % step == 0 && watch(round + 1, plan.resamples).is_break() {
            return Err(Cancelled);
        }
    }
    spread.values.sort_unstable_by(f64::total_cmp);
    Ok(spread)
}

/// What is needed to draw resamples of some groups.
struct Draws {
    group_of_item: Vec<u32>,
    /// For each group its table in `tables`; empty where all items are drawn one by one.
    table_of_group: Vec<u32>,
    tables: Vec<Poisson>,
}

impl Draws {
    fn new(times: &[u32], items: u32) -> Self {
        let repeated = times.iter().zip(0u32..).flat_map(|(n, group)| std::iter::repeat_n(group, *n as usize));
        let mut draws = Self { group_of_item: repeated.collect(), table_of_group: Vec::new(), tables: Vec::new() };
        // three standard deviations fewer than all: the sum is hardly ever too large
        let part = 1.0 - 3.0 / f64::from(items).sqrt();
        // a number from a table costs some items' worth
        if part > 0.0 && items as usize >= times.len().saturating_mul(4) {
            let mut known: HashMap<u32, u32> = HashMap::new();
            for n in times {
                let table = *known.entry(*n).or_insert_with(|| {
                    draws.tables.push(Poisson::new(f64::from(*n) * part));
                    draws.tables.len() as u32 - 1
                });
                draws.table_of_group.push(table);
            }
        }
        draws
    }

    /// How often each group is among as many items as there are, drawn with replacement.
    fn draw(&self, random: &mut Random, drawn: &mut [u32]) {
        let items = self.group_of_item.len();
        let mut sum = usize::MAX;
        drawn.fill(0);
        if self.table_of_group.is_empty() {
            sum = 0;
        }
        while sum > items {
            sum = 0;
            for (count, table) in drawn.iter_mut().zip(&self.table_of_group) {
                *count = self.tables.get(*table as usize).map_or(0, |table| table.draw(random));
                sum += *count as usize;
            }
        }
        for _ in sum..items {
            let group = self.group_of_item.get(random.below(items as u32) as usize);
            if let Some(count) = group.and_then(|group| drawn.get_mut(*group as usize)) {
                *count += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agreement::unwatched;
    use std::ops::ControlFlow;

    /// The share of items of the first group: its bootstrap is binomial, so its error is known.
    fn share(drawn: &[u32]) -> Option<f64> {
        Some(f64::from(*drawn.first()?) / f64::from(drawn.iter().sum::<u32>()))
    }

    #[test]
    fn both_ways_of_drawing_give_the_error_of_a_share() {
        for times in [vec![30u32, 70], std::iter::once(30).chain([1; 70]).collect::<Vec<_>>()] {
            let plan = Plan { resamples: 20_000, ..Plan::default() };
            let spread = resample(&times, &plan, &mut unwatched(), &mut share).unwrap();
            let interval = spread.interval().unwrap();
            let error = (0.3 * 0.7 / 100.0f64).sqrt();
            assert!((interval.standard_error.unwrap() / error - 1.0).abs() < 0.03);
            assert!((interval.low - 0.21).abs() < 0.011 && (interval.high - 0.39).abs() < 0.011, "{interval:?}");
        }
    }

    /// The accelerated interval of a share is skewed the right way and close to the exact one of Clopper and Pearson, .212 to
    /// .400 for 30 of 100; where leaving out changes nothing and the middle is the value, it is the plain one.
    #[test]
    fn the_accelerated_interval_of_a_share() {
        let plan = Plan { resamples: 20_000, ..Plan::default() };
        let spread = resample(&[30, 70], &plan, &mut unwatched(), &mut share).unwrap();
        let without = [(29.0 / 99.0, 30.0), (30.0 / 99.0, 70.0)];
        let found = spread.bca(0.3, &without).unwrap();
        assert!((found.low - 0.212).abs() < 0.015 && (found.high - 0.400).abs() < 0.015, "{found:?}");
        let even = Spread { values: (0..=1_000).map(f64::from).collect(), undefined: 0 };
        let (plain, same) = (even.interval().unwrap(), even.bca(500.0, &[(1.0, 9.0)]).unwrap());
        assert!((plain.low - same.low).abs() < 1e-6 && (plain.high - same.high).abs() < 1e-6, "{plain:?} {same:?}");
        assert_eq!(even.bca(-1.0, &without), None, "all on one side");
    }

    #[test]
    fn a_resample_has_as_many_items_and_a_seed_repeats() {
        let times = [5, 0, 1, 94];
        let mut sums = Vec::new();
        let plan = Plan { resamples: 50, ..Plan::default() };
        let mut run = |plan: &Plan| {
            resample(&times, plan, &mut unwatched(), &mut |drawn| {
                sums.push(drawn.iter().sum::<u32>());
                share(drawn)
            })
        };
        let first = run(&plan);
        assert_eq!(first, run(&plan));
        assert_ne!(first, run(&Plan { seed: 3, ..plan }));
        assert!(sums.iter().all(|sum| *sum == 100));
    }

    #[test]
    fn few_items_and_missing_values_give_no_interval() {
        let plan = Plan { resamples: 10, ..Plan::default() };
        for times in [vec![], vec![1], vec![0, 1]] {
            let spread = resample(&times, &plan, &mut unwatched(), &mut share).unwrap();
            assert_eq!(spread.interval(), None);
        }
        let spread = resample(&[3, 3], &plan, &mut unwatched(), &mut |_| None).unwrap();
        assert_eq!((spread.undefined, spread.interval()), (10, None));
        let none = Plan { resamples: 0, ..plan };
        assert_eq!(resample(&[3, 3], &none, &mut unwatched(), &mut share).unwrap().interval(), None);
    }

    #[test]
    fn it_stops_when_told_and_says_how_far_it_is() {
        let mut seen = Vec::new();
        let stopped = resample(
            &[3, 3],
            &Plan::default(),
            &mut |done, total| {
                seen.push((done, total));
                if done >= 30 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            },
            &mut share,
        );
        assert_eq!(stopped, Err(Cancelled));
        assert_eq!(seen, [(10, 1_000), (20, 1_000), (30, 1_000)]);
    }
}
