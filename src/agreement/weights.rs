//! How much two labels agree, for the weighted coefficients: 1 for equal ones, down to 0 (below it only for own weights).
//!
//! The eight usual weightings after Gwet, *Handbook of Inter-Rater Reliability* (2014), and any own ones. Where labels are
//! numbers their values count, else their ranks from 1. Unweighted agreement holds no matrix, so that a million labels
//! cost nothing.

use super::Undefined;
use super::matrix::Matrix;
use super::table::MAX_WEIGHTED_LABELS;

/// The usual weightings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weighting {
    /// Equal or not.
    Identity,
    /// 1 − |a − b| / range.
    Linear,
    /// 1 − (a − b)² / range².
    Quadratic,
    /// 1 − C(ranks from a to b, 2) / the largest such.
    Ordinal,
    /// 1 − √|a − b| / √range.
    Radical,
    /// 1 − ((a − b)/(a + b))² / the same of the extremes.
    Ratio,
    /// 1 − sin²(π (a − b) / (range + 1)), over the largest such.
    Circular,
    /// 1 − (a − b)² / ((a + b − 2 min)(2 max − a − b)), over the largest such.
    Bipolar,
}

impl Weighting {
    /// By its usual name.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "identity" | "unweighted" | "none" => Self::Identity,
            "linear" => Self::Linear,
            "quadratic" => Self::Quadratic,
            "ordinal" => Self::Ordinal,
            "radical" => Self::Radical,
            "ratio" => Self::Ratio,
            "circular" => Self::Circular,
            "bipolar" => Self::Bipolar,
            _ => return None,
        })
    }
}

/// Weights of a number of labels.
#[derive(Clone, Debug, PartialEq)]
pub enum Agreeing {
    /// Equal or not, of so many labels.
    Equal(usize),
    /// The weight of each pair.
    Weighted(Matrix),
}

impl Agreeing {
    /// The weights of labels with these values, in the order of the table's labels.
    ///
    /// # Errors
    /// [`Undefined::TooManyCategories`] above [`MAX_WEIGHTED_LABELS`]; [`Undefined::NotNumeric`] where a weight is not
    /// finite: ratio weights with a label of 0, or values that are not.
    pub fn new(weighting: Weighting, values: &[f64]) -> Result<Self, Undefined> {
        let count = values.len();
        if weighting == Weighting::Identity || count < 2 {
            return Ok(Self::Equal(count));
        }
        if count > MAX_WEIGHTED_LABELS {
            return Err(Undefined::TooManyCategories);
        }
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let value = |at: usize| values.get(at).copied().unwrap_or(f64::NAN);
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let ranks: Vec<f64> = values.iter().map(|v| sorted.partition_point(|other| other < v) as f64).collect();
        let rank = |at: usize| ranks.get(at).copied().unwrap_or(0.0);
        let apart = Matrix::from_fn(count, count, |i, j| {
            let (a, b) = (value(i), value(j));
            let steps = (rank(i) - rank(j)).abs() + 1.0;
            if i == j {
                return 0.0;
            }
            match weighting {
                Weighting::Identity => 1.0,
                Weighting::Linear => (a - b).abs(),
                Weighting::Quadratic => (a - b).powi(2),
                Weighting::Ordinal => steps * (steps - 1.0) / 2.0,
                Weighting::Radical => (a - b).abs().sqrt(),
                Weighting::Ratio => ((a - b) / (a + b)).powi(2),
                Weighting::Circular => (std::f64::consts::PI * (a - b) / (high - low + 1.0)).sin().powi(2),
                Weighting::Bipolar => (a - b).powi(2) / ((a + b - 2.0 * low) * (2.0 * high - a - b)),
            }
        });
        let zero = weighting == Weighting::Ratio && values.contains(&0.0);
        let most = if weighting == Weighting::Ratio {
            ((high - low) / (high + low)).powi(2)
        } else {
            apart.cells().iter().copied().fold(0.0, f64::max)
        };
        let weights = Matrix::from_fn(count, count, |i, j| 1.0 - apart.at(i, j) / most);
        Self::own(weights).filter(|_| !zero).ok_or(Undefined::NotNumeric)
    }

    /// Own weights, a row for each label; `None` where one is not finite or the rows are no square.
    pub fn own(weights: Matrix) -> Option<Self> {
        let square = weights.height() == weights.columns() && weights.height() <= MAX_WEIGHTED_LABELS;
        (square && weights.cells().iter().all(|w| w.is_finite())).then_some(Self::Weighted(weights))
    }

    /// Number of labels.
    pub fn labels(&self) -> usize {
        match self {
            Self::Equal(labels) => *labels,
            Self::Weighted(weights) => weights.columns(),
        }
    }

    /// The weight of two labels.
    #[inline]
    pub fn of(&self, a: usize, b: usize) -> f64 {
        match self {
            Self::Equal(_) => f64::from(u8::from(a == b)),
            Self::Weighted(weights) => weights.at(a, b),
        }
    }

    /// The sum of all weights.
    pub fn total(&self) -> f64 {
        match self {
            Self::Equal(labels) => *labels as f64,
            Self::Weighted(weights) => weights.cells().iter().sum(),
        }
    }

    /// For each label the mean weight against answers with these shares: Σ_l w_kl p_l.
    pub fn against(&self, shares: &[f64]) -> Vec<f64> {
        match self {
            Self::Equal(_) => shares.to_vec(),
            Self::Weighted(weights) => weights.rows().map(|row| super::matrix::dot(row, shares)).collect(),
        }
    }

    /// The same from the other side: Σ_k w_kl p_k.
    pub fn against_transposed(&self, shares: &[f64]) -> Vec<f64> {
        match self {
            Self::Equal(_) => shares.to_vec(),
            Self::Weighted(weights) => {
                let mut sums = vec![0.0; weights.columns()];
                for (row, share) in weights.rows().zip(shares) {
                    sums.iter_mut().zip(row).for_each(|(sum, weight)| *sum += weight * share);
                }
                sums
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand from the formulas, for the labels 1, 2, 4.
    #[test]
    fn the_usual_weightings() {
        for (name, between_1_and_2, between_2_and_4) in [
            ("identity", 0.0, 0.0),
            ("linear", 2.0 / 3.0, 1.0 / 3.0),
            ("quadratic", 8.0 / 9.0, 5.0 / 9.0),
            ("ordinal", 2.0 / 3.0, 2.0 / 3.0),
            ("radical", 1.0 - (1.0f64 / 3.0).sqrt(), 1.0 - (2.0f64 / 3.0).sqrt()),
            ("ratio", 1.0 - (1.0 / 9.0) / 0.36, 1.0 - (1.0 / 9.0) / 0.36),
            ("circular", 0.5, 0.0),
            ("bipolar", 1.0 - 1.0 / 5.0, 1.0 - 4.0 / 8.0),
        ] {
            let weights = Agreeing::new(Weighting::named(name).unwrap(), &[1.0, 2.0, 4.0]).unwrap();
            assert!((weights.of(0, 1) - between_1_and_2).abs() < 1e-12, "{name} {}", weights.of(0, 1));
            assert!((weights.of(1, 2) - between_2_and_4).abs() < 1e-12, "{name} {}", weights.of(1, 2));
            assert_eq!((weights.of(1, 1), weights.of(2, 0)), (1.0, weights.of(0, 2)), "{name}");
        }
    }

    #[test]
    fn what_cannot_be_weighted() {
        let many: Vec<f64> = (0..1_001).map(f64::from).collect();
        for (weighting, values, why) in [
            (Weighting::Linear, many.as_slice(), Undefined::TooManyCategories),
            (Weighting::Ratio, &[0.0, 1.0], Undefined::NotNumeric),
            (Weighting::Ratio, &[-1.0, 1.0], Undefined::NotNumeric),
            (Weighting::Linear, &[1.0, f64::INFINITY], Undefined::NotNumeric),
        ] {
            assert_eq!(Agreeing::new(weighting, values), Err(why));
        }
        assert_eq!(Agreeing::new(Weighting::Identity, &many), Ok(Agreeing::Equal(1_001)));
        assert_eq!(Agreeing::own(Matrix::zeros(2, 3)), None);
    }
}
