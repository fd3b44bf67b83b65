//! Cohen's kappa: two annotators, corrected for the agreement their own habits would give by chance.

use super::table::{MAX_WEIGHTED_LABELS, Table};
use super::{Estimate, Interval, Method, Score, Undefined, Z95};
use std::collections::BTreeMap;

/// How much two labels agree: 1 for equal ones.
#[derive(Clone, Copy)]
pub enum Weights<'a> {
    /// Equal or not.
    Identity,
    /// 1 − |i − j| / (k − 1) by the rank of the labels in the table.
    Linear,
    /// 1 − (i − j)² / (k − 1)² by the rank of the labels in the table.
    Quadratic,
    /// Any weights, by the numbers of the labels; 1 on the diagonal.
    Custom(&'a dyn Fn(u32, u32) -> f64),
}

/// How often one annotator's label met another's, sparse: most pairs of many labels never meet.
#[derive(Clone, Debug, Default)]
pub struct Contingency {
    cells: BTreeMap<(u32, u32), f64>,
    labels: u32,
    items: u32,
}

impl Contingency {
    /// The items that both `first` and `second` answered.
    pub fn between(table: &Table, first: u32, second: u32) -> Self {
        let mut met = Self { labels: table.labels().len() as u32, ..Self::default() };
        for ratings in table.by_item() {
            let of = |who| ratings.iter().find(|r| r.annotator == who).map(|r| r.label);
            if let (Some(a), Some(b)) = (of(first), of(second)) {
                met.add(a, b, 1.0);
            }
        }
        met
    }

    /// Adds an item with that weight. Labels are numbers of a table's labels: memory grows with the largest.
    pub fn add(&mut self, first: u32, second: u32, weight: f64) {
        *self.cells.entry((first, second)).or_default() += weight;
        self.labels = self.labels.max(first.max(second).saturating_add(1));
        self.items += 1;
    }

    /// Items in it.
    pub fn items(&self) -> u32 {
        self.items
    }
}

/// Kappa of two annotators over the items both answered; see [`of`].
pub fn between(table: &Table, first: u32, second: u32, weights: Weights<'_>) -> Score {
    of(&Contingency::between(table, first, second), weights)
}

/// Kappa of a table with exactly two annotators.
pub fn of_two(table: &Table, weights: Weights<'_>) -> Score {
    if table.annotators().len() != 2 {
        return Err(Undefined::NotTwoAnnotators);
    }
    between(table, 0, 1, weights)
}

/// (Po − Pe) / (1 − Pe), Cohen (1960), weighted as Cohen (1968), with the large-sample standard error of Fleiss, Cohen
/// and Everitt (1969) and its normal interval. The interval is not cut off at 1 or −1.
///
/// # Errors
/// [`Undefined::NoPairs`], or [`Undefined::OneCategory`] where chance alone would give full agreement, or
/// [`Undefined::TooManyCategories`] (weighted only), or [`Undefined::NotNumeric`] for a weight that is not finite.
pub fn of(met: &Contingency, weights: Weights<'_>) -> Score {
    let total: f64 = met.cells.values().sum();
    if met.cells.is_empty() || total <= 0.0 {
        return Err(Undefined::NoPairs);
    }
    let shares: Vec<((u32, u32), f64)> = met.cells.iter().map(|(at, n)| (*at, n / total)).collect();
    let mut first = vec![0.0; met.labels as usize];
    let mut second = vec![0.0; met.labels as usize];
    for ((a, b), share) in &shares {
        add(&mut first, *a, *share);
        add(&mut second, *b, *share);
    }
    let weigh = |a: u32, b: u32| {
        let apart = f64::from(a.abs_diff(b)) / f64::from(met.labels.saturating_sub(1).max(1));
        match weights {
            Weights::Identity => f64::from(u8::from(a == b)),
            Weights::Linear => 1.0 - apart,
            Weights::Quadratic => 1.0 - apart * apart,
            Weights::Custom(weight) => weight(a, b),
        }
    };
    // mean weight of each label of the one against all answers of the other
    let (of_first, of_second): (Vec<f64>, Vec<f64>) = if matches!(weights, Weights::Identity) {
        (second.clone(), first.clone())
    } else if met.labels as usize > MAX_WEIGHTED_LABELS {
        return Err(Undefined::TooManyCategories);
    } else {
        let against = |others: &[f64], weigh: &dyn Fn(u32, u32) -> f64| -> Vec<f64> {
            (0..met.labels).map(|a| others.iter().zip(0u32..).map(|(p, b)| p * weigh(a, b)).sum()).collect()
        };
        (against(&second, &weigh), against(&first, &|b, a| weigh(a, b)))
    };
    let observed: f64 = shares.iter().map(|((a, b), p)| p * weigh(*a, *b)).sum();
    let expected: f64 = first.iter().zip(&of_first).map(|(p, w)| p * w).sum();
    if !observed.is_finite() || !expected.is_finite() {
        return Err(Undefined::NotNumeric);
    }
    let room = 1.0 - expected;
    if room <= 1e-12 {
        return Err(Undefined::OneCategory);
    }
    let value = (observed - expected) / room;
    let scatter: f64 = shares
        .iter()
        .map(|((a, b), p)| {
            let chance = get(&of_first, *a) + get(&of_second, *b);
            p * (weigh(*a, *b) - chance * (1.0 - value)).powi(2)
        })
        .sum();
    let variance = (scatter - (value - expected * (1.0 - value)).powi(2)) / (total * room * room);
    // full agreement leaves a few units of rounding, perhaps below zero
    let error = if variance > 1e-18 { variance.sqrt() } else { 0.0 };
    let interval = Interval {
        low: value - Z95 * error,
        high: value + Z95 * error,
        standard_error: Some(error),
        method: Method::Normal,
    };
    let interval = (met.items >= 2).then_some(interval);
    Ok(Estimate { value, interval, items: met.items, pairs: u64::from(met.items) })
}

fn add(sums: &mut [f64], at: u32, share: f64) {
    if let Some(sum) = sums.get_mut(at as usize) {
        *sum += share;
    }
}

fn get(values: &[f64], at: u32) -> f64 {
    values.get(at as usize).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table from the four cells of two yes/no annotators.
    fn two_by_two(cells: [[u32; 2]; 2]) -> Table {
        let mut rows = Vec::new();
        for (a, row) in cells.iter().enumerate() {
            for (b, n) in row.iter().enumerate() {
                for _ in 0..*n {
                    let item = format!("i{}", rows.len());
                    rows.push((item, a.to_string(), b.to_string()));
                }
            }
        }
        Table::from_rows(rows.iter().flat_map(|(i, a, b)| [(i.as_str(), "ann", a.as_str()), (i, "bob", b)])).0
    }

    #[test]
    fn by_hand() {
        // 50 grant proposals: 20 both yes, 15 both no, 5 and 10 apart: Po .7, Pe .5
        let score = of_two(&two_by_two([[20, 5], [10, 15]]), Weights::Identity).unwrap();
        assert!((score.value - 0.4).abs() < 1e-12);
        assert_eq!((score.items, score.pairs), (50, 50));
        // each always says its own label: no agreement, and chance would give none either
        let score = of_two(&two_by_two([[0, 9], [0, 0]]), Weights::Identity).unwrap();
        assert_eq!(score.value, 0.0);
        let score = of_two(&two_by_two([[0, 9], [9, 0]]), Weights::Identity).unwrap();
        assert_eq!(score.value, -1.0);
        let score = of_two(&two_by_two([[9, 0], [0, 9]]), Weights::Identity).unwrap();
        assert_eq!((score.value, score.interval.unwrap().low), (1.0, 1.0));
    }

    #[test]
    fn undefined_says_why() {
        for (cells, why) in
            [([[0, 0], [0, 0]], Undefined::NotTwoAnnotators), ([[9, 0], [0, 0]], Undefined::OneCategory)]
        {
            assert_eq!(of_two(&two_by_two(cells), Weights::Identity), Err(why));
        }
        let (apart, _) = Table::from_rows([("i", "ann", "x"), ("j", "bob", "x")]);
        assert_eq!(of_two(&apart, Weights::Identity), Err(Undefined::NoPairs));
        assert_eq!(between(&apart, 7, 8, Weights::Linear), Err(Undefined::NoPairs));
        let (table, _) = Table::from_rows([("i", "ann", "x"), ("i", "bob", "y")]);
        assert_eq!(of_two(&table, Weights::Custom(&|_, _| f64::NAN)), Err(Undefined::NotNumeric));
        assert_eq!(of_two(&table, Weights::Identity).unwrap().interval, None, "one item has no interval");
    }

    #[test]
    fn many_labels_take_no_square() {
        let rows: Vec<(String, String)> = (0..5_000).map(|i| (format!("i{i}"), format!("l{i}"))).collect();
        let rows = rows.iter().flat_map(|(i, l)| [(i.as_str(), "ann", l.as_str()), (i.as_str(), "bob", l.as_str())]);
        let (table, _) = Table::from_rows(rows);
        assert!((of_two(&table, Weights::Identity).unwrap().value - 1.0).abs() < 1e-12);
        assert_eq!(of_two(&table, Weights::Linear), Err(Undefined::TooManyCategories));
    }
}
