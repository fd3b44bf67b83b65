//! Two annotators and their table of counts: Cohen's kappa, Scott's pi, Gwet's, Brennan and Prediger's and percent agreement
//! with the multinomial standard error, and the indices that explain kappa's paradoxes.
//!
//! The standard errors are the delta method over the cells (Fleiss, Cohen and Everitt 1969; Gwet 2014), with divisor n and a t
//! interval of n − 1 degrees of freedom.

use super::Undefined;
use super::chance::Corrected;
use super::kappa::Contingency;
use super::weights::Agreeing;

/// Which coefficient of two annotators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PairCoefficient {
    /// Cohen's kappa.
    Cohen,
    /// Scott's pi.
    Scott,
    /// Gwet's AC1, AC2 where weighted.
    Gwet,
    /// Brennan and Prediger's.
    BrennanPrediger,
    /// Krippendorff's alpha, corrected for few answers by 1/(2n).
    Krippendorff,
    /// Weighted percent agreement, without chance.
    Percent,
}

fn get(values: &[f64], at: u32) -> f64 {
    values.get(at as usize).copied().unwrap_or(0.0)
}

/// One of the coefficients.
///
/// # Errors
/// Why there is no value.
pub fn of(met: &Contingency, coefficient: PairCoefficient, agreeing: &Agreeing) -> Result<Corrected, Undefined> {
    let shares = met.shares().ok_or(Undefined::NoPairs)?;
    let (first, second) = met.margins();
    let n = met.total();
    let labels = agreeing.labels() as f64;
    let weight = |a: u32, b: u32| agreeing.of(a as usize, b as usize);
    let observed: f64 = shares.iter().map(|((a, b), p)| p * weight(*a, *b)).sum();
    let mean: Vec<f64> = first.iter().zip(&second).map(|(a, b)| (a + b) / 2.0).collect();
    let scale = agreeing.total() / (labels * (labels - 1.0));
    let sum = |a: &[f64], b: &[f64]| super::matrix::dot(&agreeing.against(a), b);
    // for each annotator and label, the chance agreement an answer with it adds
    let (expected, of_first, of_second) = match coefficient {
        PairCoefficient::Percent => (0.0, Vec::new(), Vec::new()),
        PairCoefficient::BrennanPrediger => (agreeing.total() / (labels * labels), Vec::new(), Vec::new()),
        PairCoefficient::Cohen => {
            (sum(&second, &first), agreeing.against(&second), agreeing.against_transposed(&first))
        }
        PairCoefficient::Gwet => {
            let free: Vec<f64> = mean.iter().map(|p| scale * (1.0 - p)).collect();
            (super::matrix::dot(&mean, &free), free.clone(), free)
        }
        PairCoefficient::Scott | PairCoefficient::Krippendorff => {
            let (over, under) = (agreeing.against(&mean), agreeing.against_transposed(&mean));
            let both: Vec<f64> = over.iter().zip(&under).map(|(a, b)| (a + b) / 2.0).collect();
            (sum(&mean, &mean), both.clone(), both)
        }
    };
    if 1.0 - expected <= 1e-12 || (labels < 2.0 && coefficient != PairCoefficient::Percent) {
        return Err(Undefined::OneCategory);
    }
    let value = (observed - expected) / (1.0 - expected);
    if !value.is_finite() {
        return Err(Undefined::NotNumeric);
    }
    let scatter: f64 = shares
        .iter()
        .map(|((a, b), p)| p * (weight(*a, *b) - (1.0 - value) * (get(&of_first, *a) + get(&of_second, *b))).powi(2))
        .sum();
    let centre = if of_first.is_empty() { observed } else { observed - 2.0 * (1.0 - value) * expected };
    let variance = (scatter - centre * centre) / (n * (1.0 - expected).powi(2));
    let standard_error = Some(if variance > 1e-18 { variance.sqrt() } else { 0.0 }).filter(|_| met.items() >= 2);
    let mut found = Corrected { value, observed, expected, standard_error, items: met.items() };
    if coefficient == PairCoefficient::Krippendorff {
        let epsilon = 0.5 / n;
        found.observed = (1.0 - epsilon) * observed + epsilon;
        found.value = (found.observed - expected) / (1.0 - expected);
    }
    Ok(found)
}

/// Why kappa may be low where agreement is high (Byrt, Bishop and Carlin 1993), for two labels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paradox {
    /// |share both say the one − share both say the other|: near 1 where one label is rare.
    pub prevalence: f64,
    /// |share of the first label by one − by the other|: how differently the two use it.
    pub bias: f64,
    /// Kappa adjusted for both: 2 Po − 1.
    pub adjusted: f64,
}

/// The indices of a table with two labels; `None` for any other number, or nothing to compare.
pub fn paradox(met: &Contingency, labels: usize) -> Option<Paradox> {
    let shares = met.shares().filter(|_| labels == 2)?;
    let cell = |a: u32, b: u32| shares.iter().find(|(at, _)| *at == (a, b)).map_or(0.0, |(_, p)| *p);
    Some(Paradox {
        prevalence: (cell(0, 0) - cell(1, 1)).abs(),
        bias: (cell(0, 1) - cell(1, 0)).abs(),
        adjusted: 2.0 * (cell(0, 0) + cell(1, 1)) - 1.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Byrt, Bishop and Carlin (1993) explain Feinstein and Cicchetti's (1990) table 40, 9, 6, 45 and 80, 10, 5, 5: equal
    /// agreement of .85, kappa .70 and .32; prevalence .05 and .75, bias .03 and .05.
    #[test]
    fn paradoxes_as_published() {
        for ([a, b, c, d], kappa, prevalence, bias) in
            [([40.0, 9.0, 6.0, 45.0], 0.70, 0.05, 0.03), ([80.0, 10.0, 5.0, 5.0], 0.32, 0.75, 0.05)]
        {
            let mut met = Contingency::default();
            for (at, n) in [((0, 0), a), ((0, 1), b), ((1, 0), c), ((1, 1), d)] {
                met.add(at.0, at.1, n);
            }
            let found = of(&met, PairCoefficient::Cohen, &Agreeing::Equal(2)).unwrap();
            assert!((found.value - kappa).abs() < 5e-3 && (found.observed - 0.85).abs() < 1e-12, "{found:?}");
            let why = paradox(&met, 2).unwrap();
            assert!((why.prevalence - prevalence).abs() < 1e-12 && (why.bias - bias).abs() < 1e-12, "{why:?}");
            assert!((why.adjusted - 0.7).abs() < 1e-12);
        }
        assert_eq!(paradox(&Contingency::default(), 2), None);
    }
}
