//! How far apart two labels are that are more than a name: sets, free text, paths in a tree.
//!
//! Each lies in 0..=1, is 0 from a label to itself, and is used as it is, not squared: as an own distance of
//! [`super::alpha`], or for the weighted kappa here.

use super::Undefined;
use super::table::Table;
use std::collections::{BTreeSet, HashMap};

/// 1 − |A ∩ B| / |A ∪ B| (Jaccard 1912). Two empty sets are equal.
pub fn jaccard<T: Ord>(a: &BTreeSet<T>, b: &BTreeSet<T>) -> f64 {
    let (both, either) = (a.intersection(b).count(), a.union(b).count());
    if either == 0 { 0.0 } else { 1.0 - both as f64 / either as f64 }
}

/// MASI, measuring agreement on set-valued items (Passonneau 2006): Jaccard's likeness times 1 for equal sets, ⅔ where one
/// holds the other, ⅓ where they overlap; as a distance.
pub fn masi<T: Ord>(a: &BTreeSet<T>, b: &BTreeSet<T>) -> f64 {
    let (both, either) = (a.intersection(b).count(), a.union(b).count());
    let likeness = if a == b {
        1.0
    } else if both == a.len().min(b.len()) {
        2.0 / 3.0
    } else if both > 0 {
        1.0 / 3.0
    } else {
        0.0
    };
    if either == 0 { 0.0 } else { 1.0 - both as f64 / either as f64 * likeness }
}

/// Fewest insertions, deletions and changes of characters from one text to the other (Levenshtein 1966), over the length of
/// the longer. Texts of n and m characters cost n · m steps.
pub fn edit(a: &str, b: &str) -> f64 {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let longer = a.len().max(b.len());
    if longer == 0 {
        return 0.0;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let (mut corner, mut left) = (i, i + 1);
        let mut cells = row.iter_mut();
        if let Some(first) = cells.next() {
            *first = left;
        }
        for (cell, y) in cells.zip(&b) {
            let value = (corner + usize::from(x != y)).min(left + 1).min(*cell + 1);
            corner = *cell;
            left = value;
            *cell = value;
        }
    }
    row.last().map_or(0.0, |steps| *steps as f64 / longer as f64)
}

/// Steps from one leaf to the other over the sum of their depths: 1 − 2·(common steps from the root) / (depth + depth), after
/// Wu and Palmer (1994), where the root counts for nothing. Paths are given from the root.
pub fn tree<T: PartialEq>(a: &[T], b: &[T]) -> f64 {
    let common = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let depths = a.len() + b.len();
    if depths == 0 { 0.0 } else { 1.0 - 2.0 * common as f64 / depths as f64 }
}

/// What the pairs of annotators say on average, by a distance between labels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pairwise {
    /// Mean over pairs of annotators of the mean of 1 − distance.
    pub observed: f64,
    /// Mean over pairs of the weighted kappa 1 − Do / De (Cohen 1968); `None` where no pair has one.
    pub kappa: Option<f64>,
    /// Pairs that have one.
    pub defined: u32,
    /// Pairs that could not have disagreed by chance, since both gave one and the same label throughout.
    pub undefined: u32,
}

impl Pairwise {
    /// The mean kappa where such pairs count as full agreement, as nltk counts them.
    pub fn kappa_with_constant(&self) -> Option<f64> {
        let (defined, constant) = (f64::from(self.defined), f64::from(self.undefined));
        let sum = self.kappa.unwrap_or(0.0) * defined + constant;
        (defined + constant > 0.0).then(|| sum / (defined + constant))
    }
}

/// Observed agreement and weighted kappa, averaged over the pairs of annotators that have items in common.
///
/// # Errors
/// [`Undefined::NoPairs`]; [`Undefined::NotNumeric`] for a distance that is not finite.
pub fn pairwise(table: &Table, distance: &dyn Fn(u32, u32) -> f64) -> Result<Pairwise, Undefined> {
    let (mut observed, mut kappa, mut undefined) = (Mean::default(), Mean::default(), 0);
    for ((_, _), met) in super::kappa::all_pairs(table) {
        let Some(shares) = met.shares() else { continue };
        let apart: f64 = shares.iter().map(|((a, b), share)| share * distance(*a, *b)).sum();
        observed.add(1.0 - apart);
        // the labels that each used, with how often
        let (mut first, mut second) = (HashMap::<u32, f64>::new(), HashMap::<u32, f64>::new());
        for ((a, b), share) in &shares {
            *first.entry(*a).or_default() += share;
            *second.entry(*b).or_default() += share;
        }
        let by_chance: f64 =
            first.iter().map(|(a, p)| second.iter().map(|(b, q)| p * q * distance(*a, *b)).sum::<f64>()).sum();
        if by_chance > 0.0 {
            kappa.add(1.0 - apart / by_chance);
        } else {
            undefined += 1;
        }
    }
    let observed = observed.value().ok_or(Undefined::NoPairs)?;
    if !observed.is_finite() {
        return Err(Undefined::NotNumeric);
    }
    Ok(Pairwise { observed, kappa: kappa.value(), defined: kappa.count, undefined })
}

/// A running mean.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mean {
    sum: f64,
    count: u32,
}

impl Mean {
    /// Takes in a value.
    pub fn add(&mut self, value: f64) {
        self.sum += value;
        self.count += 1;
    }

    /// The mean; `None` of nothing.
    pub fn value(self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / f64::from(self.count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_texts_and_paths() {
        let set = |of: &str| of.chars().collect::<BTreeSet<char>>();
        for (a, b, of_jaccard, of_masi) in [
            ("", "", 0.0, 0.0),
            ("ab", "ab", 0.0, 0.0),
            ("a", "ab", 0.5, 2.0 / 3.0),
            ("ab", "bc", 2.0 / 3.0, 1.0 - 1.0 / 9.0),
            ("a", "b", 1.0, 1.0),
            ("", "a", 1.0, 1.0),
        ] {
            assert!((jaccard(&set(a), &set(b)) - of_jaccard).abs() < 1e-12, "{a} {b}");
            assert!((masi(&set(a), &set(b)) - of_masi).abs() < 1e-12, "{a} {b}");
        }
        // kitten to sitting takes three changes
        for (a, b, expect) in
            [("kitten", "sitting", 3.0 / 7.0), ("", "", 0.0), ("", "ab", 1.0), ("ä", "a", 1.0), ("abc", "abc", 0.0)]
        {
            assert!((edit(a, b) - expect).abs() < 1e-12 && edit(a, b) == edit(b, a), "{a} {b}");
        }
        for (a, b, expect) in [("a/b", "a/b", 0.0), ("a/b", "a/c", 0.5), ("a/b", "c/d", 1.0), ("a", "a/b", 1.0 / 3.0)] {
            let path = |of: &'static str| of.split('/').collect::<Vec<_>>();
            assert!((tree(&path(a), &path(b)) - expect).abs() < 1e-12, "{a} {b}");
        }
        assert_eq!(tree::<u8>(&[], &[]), 0.0);
    }
}
