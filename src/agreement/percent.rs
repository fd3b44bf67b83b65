//! Percent agreement: the share of pairs of annotators that gave the same answer, averaged over items.

use super::bootstrap::resample;
use super::table::{Pattern, Patterns, Table, answers};
use super::{Cancelled, Estimate, Interval, Method, Plan, Score, Undefined, Watch, Z95};

/// Mean over items with at least two answers of the share of equal pairs, Σ n_k (n_k − 1) / (m (m − 1)): the observed
/// agreement of Fleiss (1971), for any number of answers per item.
///
/// Where no item has more than two answers each item agrees or does not, and the interval is Wilson's (1927): unlike
/// the bootstrap it does not shrink to nothing at 100 %. Otherwise items are resampled.
///
/// # Errors
/// [`Cancelled`] when `watch` breaks. The inner error says why there is no value.
pub fn agreement(table: &Table, plan: &Plan, watch: &mut Watch<'_>) -> Result<Score, Cancelled> {
    let patterns = table.patterns().pairable();
    let shares: Vec<f64> = patterns.iter().map(share).collect();
    let items = patterns.items();
    let Some(value) = mean(&shares, patterns.times()) else {
        return Ok(Err(Undefined::NoPairs));
    };
    let interval = if patterns.iter().all(|p| answers(p) == 2) {
        Some(wilson(value, f64::from(items)))
    } else {
        let spread = resample(patterns.times(), plan, watch, &mut |drawn| mean(&shares, drawn))?;
        spread.interval()
    };
    Ok(Ok(Estimate { value, interval, items, pairs: patterns.pairs() }))
}

/// Value of [`agreement`] alone.
pub fn value(patterns: &Patterns) -> Option<f64> {
    let pairable = patterns.pairable();
    mean(&pairable.iter().map(share).collect::<Vec<_>>(), pairable.times())
}

fn share(pattern: Pattern<'_>) -> f64 {
    let equal: u64 = pattern.iter().map(|(_, n)| u64::from(*n) * (u64::from(*n) - 1)).sum();
    let m = answers(pattern);
    equal as f64 / (m * (m - 1)) as f64
}

fn mean(shares: &[f64], times: &[u32]) -> Option<f64> {
    let items: u64 = times.iter().map(|t| u64::from(*t)).sum();
    let sum: f64 = shares.iter().zip(times).map(|(share, t)| share * f64::from(*t)).sum();
    (items > 0).then(|| sum / items as f64)
}

/// Wilson's score interval of a share `p` of `n`.
fn wilson(p: f64, n: f64) -> Interval {
    let z2 = Z95 * Z95 / n;
    let centre = (p + z2 / 2.0) / (1.0 + z2);
    let half = (p * (1.0 - p) * z2 + z2 * z2 / 4.0).sqrt() / (1.0 + z2);
    Interval {
        low: (centre - half).max(0.0),
        high: (centre + half).min(1.0),
        standard_error: None,
        method: Method::Wilson,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agreement::unwatched;

    fn check(rows: &[(&str, &str, &str)], expect: Result<(f64, u32, u64), Undefined>) {
        let (table, _) = Table::from_rows(rows.iter().copied());
        let score = agreement(&table, &Plan::default(), &mut unwatched()).unwrap();
        assert_eq!(score.map(|e| (e.value, e.items, e.pairs)), expect, "{rows:?}");
    }

    #[test]
    fn by_hand() {
        check(&[], Err(Undefined::NoPairs));
        check(&[("i", "a", "x")], Err(Undefined::NoPairs));
        check(&[("i", "a", "x"), ("j", "b", "x")], Err(Undefined::NoPairs));
        check(&[("i", "a", "x"), ("i", "b", "x")], Ok((1.0, 1, 1)));
        check(&[("i", "a", "x"), ("i", "b", "y")], Ok((0.0, 1, 1)));
        // one item 1/3 (x x y), one item 1: mean 2/3; an item with one answer does not count
        let rows =
            [("i", "a", "x"), ("i", "b", "x"), ("i", "c", "y"), ("j", "a", "y"), ("j", "b", "y"), ("k", "a", "x")];
        check(&rows, Ok((2.0 / 3.0, 2, 4)));
    }

    /// Values of Newcombe (1998), table I: 81 of 263, and 0 of 20 by its method 3.
    #[test]
    fn wilson_as_published() {
        for (r, n, low, high) in [(81.0, 263.0, 0.2553, 0.3662), (0.0, 20.0, 0.0, 0.1611), (29.0, 29.0, 0.8830, 1.0)] {
            let interval = wilson(r / n, n);
            assert!((interval.low - low).abs() < 1e-4 && (interval.high - high).abs() < 1e-4, "{interval:?}");
        }
    }
}
