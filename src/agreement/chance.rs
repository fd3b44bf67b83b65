//! Chance-corrected coefficients for any number of annotators, with Gwet's standard errors: Fleiss' kappa, Gwet's AC1 and
//! AC2, Brennan and Prediger's, Conger's kappa, and Krippendorff's alpha in the same form.
//!
//! All are (pa − pe) / (1 − pe); they differ in the agreement pe that chance alone would give. The standard error is that
//! of the linearized coefficient over items, after Gwet, *Computing inter-rater reliability and its variance in the presence
//! of high agreement* (2008) and his handbook (2014), with a t interval of n − 1 degrees of freedom, cut off at 1. Items with
//! one answer count for how common the labels are, as in his programs, except for alpha, which takes pairable items
//! alone. An item enters through its counts, so equal items are computed once; Conger's kappa alone needs to know who said what.

use super::Undefined;
use super::matrix::dot;
use super::special::{t_both_tails, t_quantile};
use super::table::{Pattern, Patterns, Table, answers};
use super::weights::Agreeing;
use std::collections::HashMap;

/// Which coefficient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coefficient {
    /// Fleiss (1971), any number of answers per item; Scott's pi for two annotators.
    Fleiss,
    /// Gwet's AC1, AC2 where weighted.
    Gwet,
    /// Brennan and Prediger (1981): chance picks each label equally often. Also S, PABAK, Randolph's kappa.
    BrennanPrediger,
    /// Conger (1980): Cohen's kappa for more than two.
    Conger,
    /// Krippendorff's alpha with these weights.
    Krippendorff,
}

/// A coefficient with what it is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Corrected {
    /// The coefficient.
    pub value: f64,
    /// Observed agreement.
    pub observed: f64,
    /// Agreement expected by chance.
    pub expected: f64,
    /// Standard error; `None` for one item.
    pub standard_error: Option<f64>,
    /// Items that entered.
    pub items: u32,
}

impl Corrected {
    /// The t interval of this confidence, the upper end cut off at 1.
    pub fn interval(&self, confidence: f64) -> Option<(f64, f64)> {
        let error = self.standard_error?;
        let half = t_quantile(confidence, f64::from(self.items) - 1.0) * error;
        Some((self.value - half, (self.value + half).min(1.0)))
    }

    /// The two-sided p-value of a coefficient of 0; `None` where the standard error is 0 or unknown.
    pub fn p_value(&self) -> Option<f64> {
        let error = self.standard_error.filter(|error| *error > 0.0)?;
        Some(t_both_tails(self.value / error, f64::from(self.items) - 1.0))
    }
}

/// Room for chance below which a coefficient is undefined: rounding alone reaches it.
const NO_ROOM: f64 = 1e-12;

/// Finishes a coefficient from the terms of each item: `(how often, its linearized value)`.
fn finish(value: f64, observed: f64, expected: f64, terms: impl Iterator<Item = (f64, f64)>) -> Corrected {
    let (mut items, mut scatter) = (0.0, 0.0);
    for (times, term) in terms {
        items += times;
        scatter += times * (term - value).powi(2);
    }
    let variance = scatter / (items * (items - 1.0));
    // equal items leave a few units of rounding
    let error = if variance > 1e-28 { variance.sqrt() } else { 0.0 };
    let standard_error = (items >= 2.0).then_some(error);
    Corrected { value, observed, expected, standard_error, items: items as u32 }
}

/// One of the coefficients over a table. `agreeing` has a weight for each of the table's labels, used or not.
///
/// # Errors
/// Why there is no value.
pub fn of(table: &Table, coefficient: Coefficient, agreeing: &Agreeing) -> Result<Corrected, Undefined> {
    let patterns = table.patterns();
    if coefficient == Coefficient::Krippendorff {
        return krippendorff(&patterns.pairable(), agreeing);
    }
    let seen = Seen::new(&patterns, agreeing)?;
    match coefficient {
        Coefficient::Conger => conger(table, agreeing, &seen),
        _ => seen.coefficient(&patterns, coefficient, agreeing),
    }
}

/// Equal answers of an item, weighted: Σ n_k (Σ_l w_kl n_l − 1).
fn matches(pattern: Pattern<'_>, agreeing: &Agreeing) -> f64 {
    let met =
        |k: u32| -> f64 { pattern.iter().map(|(l, n)| agreeing.of(k as usize, *l as usize) * f64::from(*n)).sum() };
    match agreeing {
        Agreeing::Equal(_) => pattern.iter().map(|(_, n)| f64::from(*n) * (f64::from(*n) - 1.0)).sum(),
        Agreeing::Weighted(_) => pattern.iter().map(|(k, n)| f64::from(*n) * (met(*k) - 1.0)).sum(),
    }
}

fn weigh(pattern: Pattern<'_>, of: &[f64]) -> f64 {
    pattern.iter().map(|(k, n)| f64::from(*n) * of.get(*k as usize).copied().unwrap_or(0.0)).sum()
}

/// What all of Gwet's forms share.
struct Seen {
    items: f64,
    pairable: f64,
    observed: f64,
    /// Mean share of each label over items.
    shares: Vec<f64>,
}

impl Seen {
    fn new(patterns: &Patterns, agreeing: &Agreeing) -> Result<Self, Undefined> {
        let mut seen = Self { items: 0.0, pairable: 0.0, observed: 0.0, shares: vec![0.0; patterns.labels()] };
        for (pattern, times) in patterns.iter().zip(patterns.times()) {
            let (times, m) = (f64::from(*times), answers(pattern) as f64);
            seen.items += times;
            for (k, n) in pattern {
                if let Some(share) = seen.shares.get_mut(*k as usize) {
                    *share += times * f64::from(*n) / m;
                }
            }
            if m >= 2.0 {
                seen.pairable += times;
                seen.observed += times * matches(pattern, agreeing) / (m * (m - 1.0));
            }
        }
        if seen.pairable == 0.0 {
            return Err(Undefined::NoPairs);
        }
        seen.observed /= seen.pairable;
        seen.shares.iter_mut().for_each(|share| *share /= seen.items);
        Ok(seen)
    }

    fn value(&self, expected: f64) -> Result<f64, Undefined> {
        let value = (self.observed - expected) / (1.0 - expected);
        if 1.0 - expected <= NO_ROOM {
            return Err(Undefined::OneCategory);
        }
        if value.is_finite() { Ok(value) } else { Err(Undefined::NotNumeric) }
    }

    /// The linearized coefficient of an item with `m` answers.
    fn term(&self, value: f64, expected: f64, m: f64, matches: f64, chance: f64) -> f64 {
        let own = if m >= 2.0 { matches / (m * (m - 1.0)) - expected } else { 0.0 };
        (self.items / self.pairable * own - 2.0 * (1.0 - value) * (chance - expected)) / (1.0 - expected)
    }

    fn coefficient(
        &self,
        patterns: &Patterns,
        coefficient: Coefficient,
        agreeing: &Agreeing,
    ) -> Result<Corrected, Undefined> {
        let labels = agreeing.labels() as f64;
        if labels < 2.0 {
            return Err(Undefined::OneCategory);
        }
        let total = agreeing.total();
        // for each label, what chance agreement an answer with it adds
        let (expected, chance): (f64, Vec<f64>) = match coefficient {
            Coefficient::Gwet => {
                let scale = total / (labels * (labels - 1.0));
                let free: f64 = self.shares.iter().map(|p| p * (1.0 - p)).sum();
                (scale * free, self.shares.iter().map(|p| scale * (1.0 - p)).collect())
            }
            Coefficient::BrennanPrediger => (total / (labels * labels), Vec::new()),
            _ => {
                let (over, under) = (agreeing.against(&self.shares), agreeing.against_transposed(&self.shares));
                let mean: Vec<f64> = over.iter().zip(&under).map(|(a, b)| (a + b) / 2.0).collect();
                (dot(&over, &self.shares), mean)
            }
        };
        let value = self.value(expected)?;
        let terms = patterns.iter().zip(patterns.times()).map(|(pattern, times)| {
            let m = answers(pattern) as f64;
            let by_chance = if chance.is_empty() { expected } else { weigh(pattern, &chance) / m };
            (f64::from(*times), self.term(value, expected, m, matches(pattern, agreeing), by_chance))
        });
        Ok(finish(value, self.observed, expected, terms))
    }
}

fn krippendorff(patterns: &Patterns, agreeing: &Agreeing) -> Result<Corrected, Undefined> {
    let items = f64::from(patterns.items());
    let given: f64 = patterns.iter().zip(patterns.times()).map(|(p, t)| answers(p) as f64 * f64::from(*t)).sum();
    if items == 0.0 {
        return Err(Undefined::NoPairs);
    }
    let (mean, epsilon) = (given / items, 1.0 / given);
    let (mut plain, mut shares) = (0.0, vec![0.0; patterns.labels()]);
    for (pattern, times) in patterns.iter().zip(patterns.times()) {
        let m = answers(pattern) as f64;
        plain += f64::from(*times) * matches(pattern, agreeing) / (mean * (m - 1.0)) / items;
        for (k, n) in pattern {
            if let Some(share) = shares.get_mut(*k as usize) {
                *share += f64::from(*times) * f64::from(*n) / given;
            }
        }
    }
    let observed = (1.0 - epsilon) * plain + epsilon;
    let (over, under) = (agreeing.against(&shares), agreeing.against_transposed(&shares));
    let expected = dot(&over, &shares);
    if 1.0 - expected <= NO_ROOM {
        return Err(Undefined::OneCategory);
    }
    let both: Vec<f64> = over.iter().zip(&under).map(|(a, b)| (a + b) / 2.0).collect();
    let (value, prime) = ((observed - expected) / (1.0 - expected), (plain - expected) / (1.0 - expected));
    if !value.is_finite() {
        return Err(Undefined::NotNumeric);
    }
    let terms = patterns.iter().zip(patterns.times()).map(|(pattern, times)| {
        let m = answers(pattern) as f64;
        let more = (m - mean) / mean;
        let own = matches(pattern, agreeing) / (mean * (m - 1.0)) - observed * more - expected;
        let chance = weigh(pattern, &both) / mean - expected * more - expected;
        (f64::from(*times), (own - 2.0 * (1.0 - prime) * chance) / (1.0 - expected))
    });
    // the variance is that of the coefficient without the correction for few answers
    let around = finish(prime, observed, expected, terms);
    Ok(Corrected { value, ..around })
}

/// The answers of each annotator: shares by label, sparse.
fn habits(table: &Table) -> Vec<(f64, HashMap<u32, f64>)> {
    let mut habits: Vec<(f64, HashMap<u32, f64>)> = vec![Default::default(); table.annotators().len()];
    for rating in table.ratings() {
        if let Some((given, counts)) = habits.get_mut(rating.annotator as usize) {
            *given += 1.0;
            *counts.entry(rating.label).or_default() += 1.0;
        }
    }
    habits.retain(|(given, _)| *given > 0.0);
    for (given, counts) in &mut habits {
        counts.values_mut().for_each(|count| *count /= *given);
    }
    habits
}

fn conger(table: &Table, agreeing: &Agreeing, seen: &Seen) -> Result<Corrected, Undefined> {
    if agreeing.labels() < 2 {
        return Err(Undefined::OneCategory);
    }
    let habits = habits(table);
    let raters = habits.len() as f64;
    if raters < 2.0 {
        return Err(Undefined::NoPairs);
    }
    let mut sums = vec![0.0; table.labels().len()];
    for (label, share) in habits.iter().flat_map(|(_, shares)| shares) {
        if let Some(sum) = sums.get_mut(*label as usize) {
            *sum += share;
        }
    }
    // Σ_k w_kl (Σ_h p_hk − p_gk), for the labels that g used
    let all = agreeing.against_transposed(&sums);
    let by_others: Vec<HashMap<u32, f64>> = habits
        .iter()
        .map(|(_, shares)| {
            let own = |l: u32| -> f64 {
                match agreeing {
                    Agreeing::Equal(_) => shares.get(&l).copied().unwrap_or(0.0),
                    Agreeing::Weighted(_) => {
                        shares.iter().map(|(k, share)| agreeing.of(*k as usize, l as usize) * share).sum()
                    }
                }
            };
            shares.keys().map(|l| (*l, all.get(*l as usize).copied().unwrap_or(0.0) - own(*l))).collect()
        })
        .collect();
    let chance_of: Vec<f64> = habits
        .iter()
        .zip(&by_others)
        .map(|((_, shares), others)| shares.iter().map(|(l, p)| p * others.get(l).copied().unwrap_or(0.0)).sum())
        .collect();
    let pairs = raters * (raters - 1.0);
    let expected = chance_of.iter().sum::<f64>() / pairs;
    let value = seen.value(expected)?;
    let base: f64 = chance_of.iter().sum();
    let mut counts: Vec<(u32, u32)> = Vec::new();
    let terms = table.by_item().map(|ratings| {
        let mut sum = base;
        for rating in ratings {
            let g = rating.annotator as usize;
            if let (Some((given, _)), Some(others), Some(chance)) = (habits.get(g), by_others.get(g), chance_of.get(g))
            {
                sum += seen.items / given * (others.get(&rating.label).copied().unwrap_or(0.0) - chance);
            }
        }
        super::table::count_labels(ratings, &mut counts);
        let m = ratings.len() as f64;
        (1.0, seen.term(value, expected, m, matches(&counts, agreeing), sum / pairs))
    });
    Ok(finish(value, seen.observed, expected, terms))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the encyclopedia's article on Fleiss' kappa: 10 subjects, 14 raters, 5 categories; Po .378, Pe .213, kappa
    /// .210.
    #[test]
    fn fleiss_as_published() {
        let counts = [
            "0 0 0 0 14",
            "0 2 6 4 2",
            "0 0 3 5 6",
            "0 3 9 2 0",
            "2 2 8 1 1",
            "7 7 0 0 0",
            "3 2 6 3 0",
            "2 5 3 2 2",
            "6 5 2 1 0",
            "0 2 2 3 7",
        ];
        let mut rows = Vec::new();
        for (item, line) in counts.iter().enumerate() {
            let mut rater = 0;
            for (label, times) in line.split(' ').enumerate() {
                for _ in 0..times.parse::<u32>().unwrap() {
                    rows.push((format!("p{item}"), format!("r{rater}"), label.to_string()));
                    rater += 1;
                }
            }
        }
        let (table, _) = Table::from_rows(rows.iter().map(|(i, a, l)| (i.as_str(), a.as_str(), l.as_str())));
        let found = of(&table, Coefficient::Fleiss, &Agreeing::Equal(5)).unwrap();
        assert!((found.value - 0.210).abs() < 5e-4 && (found.observed - 0.378).abs() < 5e-4, "{found:?}");
        assert!((found.expected - 0.213).abs() < 5e-4 && found.items == 10, "{found:?}");
    }

    #[test]
    fn undefined_says_why() {
        use Coefficient::{BrennanPrediger, Conger, Fleiss, Gwet, Krippendorff};
        let one = [("i", "a", "x"), ("i", "b", "x"), ("j", "a", "x"), ("j", "b", "x")];
        let (same, _) = Table::from_rows(one);
        let (apart, _) = Table::from_rows([("i", "a", "x"), ("j", "b", "y")]);
        for coefficient in [Fleiss, Gwet, BrennanPrediger, Conger, Krippendorff] {
            assert_eq!(of(&same, coefficient, &Agreeing::Equal(1)), Err(Undefined::OneCategory), "{coefficient:?}");
            assert_eq!(of(&apart, coefficient, &Agreeing::Equal(2)), Err(Undefined::NoPairs), "{coefficient:?}");
        }
        // a second label that nobody used gives chance something to do
        assert_eq!(of(&same, Gwet, &Agreeing::Equal(2)).unwrap().value, 1.0);
        assert_eq!(of(&same, BrennanPrediger, &Agreeing::Equal(2)).unwrap().value, 1.0);
        let (single, _) = Table::from_rows([("i", "a", "x"), ("i", "b", "y")]);
        let found = of(&single, Gwet, &Agreeing::Equal(2)).unwrap();
        assert_eq!((found.standard_error, found.interval(0.95), found.p_value()), (None, None, None));
    }
}
