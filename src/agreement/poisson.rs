//! Poisson numbers of one mean, fast: a table of the distribution once, then one uniform number for each.
//!
//! For the bootstrap, which needs a few hundred thousand of some hundred means. Deliberately absent: a sampler without a table.

use super::random::Random;

/// The numbers worth having around the mean, in standard deviations: the mass beyond is below what 53 bits resolve.
const SPREAD: f64 = 9.0;

/// The distribution of one mean, ready to draw from.
#[derive(Clone, Debug)]
pub struct Poisson {
    first: u32,
    /// P(at most `first` + index).
    below: Vec<f64>,
    /// For each of as many equal steps of 0..1, the first index whose mass reaches into it.
    guide: Vec<u32>,
}

impl Poisson {
    /// The distribution of this mean, which is not negative and finite; 0 gives 0 always.
    ///
    /// Made by its recurrence from the mode outwards, so of arithmetic alone: every machine has the same table.
    pub fn new(mean: f64) -> Self {
        let reach = SPREAD * mean.sqrt() + 20.0;
        let (first, last) = ((mean - reach).max(0.0).floor() as u32, (mean + reach).ceil() as u32);
        let mode = (mean.floor() as u32).clamp(first, last);
        let mut masses = vec![1.0; (last - first + 1) as usize];
        let (low, high) = masses.split_at_mut((mode - first) as usize);
        let mut mass = 1.0;
        for (cell, k) in low.iter_mut().rev().zip((first..mode).rev()) {
            mass *= (f64::from(k) + 1.0) / mean;
            *cell = mass;
        }
        mass = 1.0;
        for (cell, k) in high.iter_mut().skip(1).zip(mode + 1..) {
            mass *= mean / f64::from(k);
            *cell = mass;
        }
        let whole: f64 = masses.iter().sum();
        let mut sum = 0.0;
        let below: Vec<f64> = masses
            .iter()
            .map(|mass| {
                sum += mass / whole;
                sum
            })
            .collect();
        let steps = below.len();
        let start = |step: usize| below.partition_point(|b| *b <= step as f64 / steps as f64) as u32;
        let guide = (0..steps).map(start).collect();
        Self { first, below, guide }
    }

    /// One number.
    #[inline]
    pub fn draw(&self, random: &mut Random) -> u32 {
        let u = random.unit();
        let start = self.guide.get((u * self.guide.len() as f64) as usize).copied().unwrap_or(0);
        let rest = self.below.get(start as usize..).unwrap_or(&[]);
        let over = rest.iter().take_while(|below| **below <= u).count() as u32;
        self.first + (start + over).min(self.below.len() as u32 - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pearson's test against the exact probabilities, and mean and variance, over small and large means.
    #[test]
    fn it_has_its_shape() {
        let mut random = Random::new(5, 0);
        for mean in [0.3, 4.0, 61.5, 14_000.25] {
            let table = Poisson::new(mean);
            let draws = 100_000u32;
            let seen: Vec<u32> = (0..draws).map(|_| table.draw(&mut random)).collect();
            let average = seen.iter().map(|k| f64::from(*k)).sum::<f64>() / f64::from(draws);
            let variance = seen.iter().map(|k| (f64::from(*k) - average).powi(2)).sum::<f64>() / f64::from(draws);
            assert!((average - mean).abs() < 5.0 * (mean / f64::from(draws)).sqrt(), "{mean}: {average}");
            assert!((variance / mean - 1.0).abs() < 0.03, "{mean}: {variance}");
            if mean > 100.0 {
                continue;
            }
            let (mut chi, mut cells, mut mass) = (0.0, 0u32, (-mean).exp());
            for k in 0..200u32 {
                let expected = mass * f64::from(draws);
                if expected >= 5.0 {
                    let count = seen.iter().filter(|n| **n == k).count() as f64;
                    chi += (count - expected).powi(2) / expected;
                    cells += 1;
                }
                mass *= mean / f64::from(k + 1);
            }
            let df = f64::from(cells - 1);
            assert!(chi < df + 5.0 * (2.0 * df).sqrt(), "chi² {chi} on {df} for {mean}");
        }
        assert_eq!(Poisson::new(0.0).draw(&mut random), 0);
    }
}
