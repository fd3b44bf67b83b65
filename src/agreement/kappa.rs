//! Cohen's kappa: two annotators, corrected for the agreement their own habits would give by chance.

use super::matrix::dot;
use super::table::{MAX_WEIGHTED_LABELS, Table};
use super::weights::Agreeing;
use super::{Estimate, Interval, Method, Score, Undefined, Z95};
use std::collections::{BTreeMap, BTreeSet, HashMap};

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
    /// Nothing met yet, of so many labels.
    pub fn new(labels: usize) -> Self {
        Self { labels: labels as u32, ..Self::default() }
    }

    /// The items that both `first` and `second` answered. Where one answered an item several times, each pair of their answers
    /// enters with an equal part of the item.
    pub fn between(table: &Table, first: u32, second: u32) -> Self {
        let mut met = Self { labels: table.labels().len() as u32, ..Self::default() };
        for ratings in table.by_item() {
            let of = |who| ratings.iter().filter(move |r| r.annotator == who).map(|r| r.label);
            let pairs = of(first).count() * of(second).count();
            if pairs == 0 {
                continue;
            }
            met.items += 1;
            for (a, b) in of(first).flat_map(|a| of(second).map(move |b| (a, b))) {
                *met.cells.entry((a, b)).or_default() += 1.0 / pairs as f64;
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

    /// The sum of the weights of its items.
    pub fn total(&self) -> f64 {
        self.cells.values().sum()
    }

    /// Share of each pair of labels that met; `None` where nothing did.
    pub fn shares(&self) -> Option<Vec<((u32, u32), f64)>> {
        let total = self.total();
        (total > 0.0).then(|| self.cells.iter().map(|(at, n)| (*at, n / total)).collect())
    }

    /// Share of each label, by the first and by the second annotator.
    pub fn margins(&self) -> (Vec<f64>, Vec<f64>) {
        let (mut first, mut second) = (vec![0.0; self.labels as usize], vec![0.0; self.labels as usize]);
        for ((a, b), share) in self.shares().unwrap_or_default() {
            add(&mut first, a, share);
            add(&mut second, b, share);
        }
        (first, second)
    }
}

/// The items in common of each pair of annotators that has any, by their numbers. One pass over the table: an item with m
/// answers costs m² steps.
pub fn all_pairs(table: &Table) -> Vec<((u32, u32), Contingency)> {
    let labels = table.labels().len() as u32;
    let mut met: HashMap<(u32, u32), Vec<(u32, u32)>> = HashMap::new();
    let mut repeated: BTreeSet<(u32, u32)> = BTreeSet::new();
    for ratings in table.by_item() {
        for (at, one) in ratings.iter().enumerate() {
            for other in ratings.iter().skip(at + 1) {
                if one.annotator == other.annotator {
                    repeated.insert((one.item, one.annotator));
                } else {
                    met.entry((one.annotator, other.annotator)).or_default().push((one.label, other.label));
                }
            }
        }
    }
    let annotators: BTreeSet<u32> = repeated.iter().map(|(_, annotator)| *annotator).collect();
    let mut all: Vec<((u32, u32), Contingency)> = met
        .into_iter()
        .map(|(pair, mut labels_met)| {
            // who answered an item several times is counted item by item
            if annotators.contains(&pair.0) || annotators.contains(&pair.1) {
                return (pair, Contingency::between(table, pair.0, pair.1));
            }
            labels_met.sort_unstable();
            let items = labels_met.len() as u32;
            let runs = labels_met.chunk_by(|a, b| a == b);
            let cells = runs.filter_map(|run| Some((*run.first()?, run.len() as f64))).collect();
            (pair, Contingency { cells, labels, items })
        })
        .collect();
    all.sort_unstable_by_key(|(pair, _)| *pair);
    all
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
    let total = met.total();
    let shares = met.shares().ok_or(Undefined::NoPairs)?;
    let (first, second) = met.margins();
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

/// The standard error that kappa would have if there were no agreement beyond chance, for testing that (Fleiss, Cohen and
/// Everitt 1969); `None` where kappa is undefined.
pub fn null_error(met: &Contingency, agreeing: &Agreeing) -> Option<f64> {
    let (first, second) = met.margins();
    let (of_first, of_second) = (agreeing.against(&second), agreeing.against_transposed(&first));
    let expected = dot(&of_first, &first);
    let scatter: f64 = match agreeing {
        // Σ p_a q_b (δ_ab − (q_a + p_b))², multiplied out so that labels that never meet need no cell
        Agreeing::Equal(_) => {
            let (squares, mixed) = (dot_squares(&first, &of_first), dot_squares(&second, &of_second));
            let both: f64 = first.iter().zip(&second).map(|(p, q)| p * q * (p + q)).sum();
            expected - 2.0 * both + squares + mixed + 2.0 * expected * expected
        }
        Agreeing::Weighted(weights) => {
            let rows = weights.rows().zip(&first).zip(&of_first);
            let of_row = |((row, p), a): ((&[f64], &f64), &f64)| -> f64 {
                row.iter().zip(&second).zip(&of_second).map(|((w, q), b)| p * q * (w - a - b).powi(2)).sum()
            };
            rows.map(of_row).sum()
        }
    };
    let variance = (scatter - expected * expected) / (met.total() * (1.0 - expected).powi(2));
    (variance.is_finite() && expected < 1.0 - 1e-12).then(|| variance.max(0.0).sqrt())
}

fn dot_squares(shares: &[f64], values: &[f64]) -> f64 {
    shares.iter().zip(values).map(|(p, v)| p * v * v).sum()
}

/// The largest kappa that these margins allow: as many equal answers as both gave (Cohen 1960). Unweighted.
pub fn largest(met: &Contingency) -> Option<f64> {
    let (first, second) = met.margins();
    let expected = dot(&first, &second);
    let most: f64 = first.iter().zip(&second).map(|(p, q)| p.min(*q)).sum();
    (met.items > 0 && expected < 1.0 - 1e-12).then(|| (most - expected) / (1.0 - expected))
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
