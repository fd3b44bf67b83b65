//! Agreement on orders: Kendall's coefficient of concordance W for any number of annotators, and his tau-b for two.

use super::matrix::Matrix;
use super::special::chi_squared_tail;

/// W with its test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Concordance {
    /// From 0 (no common order) to 1 (the same order), corrected for ties.
    pub w: f64,
    /// Friedman's chi-squared: m (n − 1) W.
    pub chi_squared: f64,
    /// Its degrees of freedom.
    pub df: f64,
    /// P(so much or more) where there is no common order.
    pub p: f64,
}

/// W of a complete table: a row for each item, a column for each annotator. Equal numbers share their mean rank. `None` for
/// fewer than two items or no annotator, or where everybody ranks all items equal. (Kendall and Babington Smith 1939.)
pub fn concordance(values: &Matrix) -> Option<Concordance> {
    let (n, m) = (values.height() as f64, values.columns() as f64);
    if n < 2.0 || m < 1.0 {
        return None;
    }
    let mut sums = vec![0.0; values.height()];
    let mut ties = 0.0;
    for annotator in 0..values.columns() {
        let column: Vec<f64> = (0..values.height()).map(|item| values.at(item, annotator)).collect();
        ties += mid_ranks(&column, &mut sums);
    }
    let mean = m * (n + 1.0) / 2.0;
    let scatter: f64 = sums.iter().map(|sum| (sum - mean).powi(2)).sum();
    let room = m * m * (n * n * n - n) - m * ties;
    if room <= 0.0 || !scatter.is_finite() {
        return None;
    }
    let w = 12.0 * scatter / room;
    let (chi_squared, df) = (m * (n - 1.0) * w, n - 1.0);
    Some(Concordance { w, chi_squared, df, p: chi_squared_tail(chi_squared, df) })
}

/// Adds the mean ranks of some numbers to `sums`; gives Σ (t³ − t) over groups of t equal ones.
fn mid_ranks(values: &[f64], sums: &mut [f64]) -> f64 {
    let mut order: Vec<(f64, usize)> = values.iter().copied().zip(0..).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut ties) = (0usize, 0.0);
    for group in order.chunk_by(|a, b| a.0 == b.0) {
        let t = group.len() as f64;
        let rank = below as f64 + (t + 1.0) / 2.0;
        for (_, item) in group {
            if let Some(sum) = sums.get_mut(*item) {
                *sum += rank;
            }
        }
        below += group.len();
        ties += t * t * t - t;
    }
    ties
}

/// Tau-b of two orders of the same things: (concordant − discordant pairs) / √(pairs untied in the one · in the other). `None`
/// where one of them is all ties. (Kendall 1945; by merging, Knight 1966: n log n steps.)
pub fn tau_b(first: &[f64], second: &[f64]) -> Option<f64> {
    let mut pairs: Vec<(f64, f64)> = first.iter().copied().zip(second.iter().copied()).collect();
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let n = pairs.len() as f64;
    let choose = |t: usize| t as f64 * (t as f64 - 1.0) / 2.0;
    let tied_first: f64 = pairs.chunk_by(|a, b| a.0 == b.0).map(|g| choose(g.len())).sum();
    let tied_both: f64 = pairs.chunk_by(|a, b| a == b).map(|g| choose(g.len())).sum();
    let mut values: Vec<f64> = pairs.iter().map(|(_, second)| *second).collect();
    let swaps = merge_sort(&mut values);
    let tied_second: f64 = values.chunk_by(|a, b| a == b).map(|g| choose(g.len())).sum();
    let all = n * (n - 1.0) / 2.0;
    let room = ((all - tied_first) * (all - tied_second)).sqrt();
    (room > 0.0).then(|| (all - tied_first - tied_second + tied_both - 2.0 * swaps) / room)
}

/// Sorts and counts how many pairs stood in the wrong order.
fn merge_sort(values: &mut [f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let (left, right) = values.split_at_mut(values.len() / 2);
    let mut swaps = merge_sort(left) + merge_sort(right);
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut a, mut b) = (left.iter().peekable(), right.iter().peekable());
    loop {
        match (a.peek(), b.peek()) {
            (Some(x), Some(y)) if *y < *x => {
                swaps += a.len() as f64;
                merged.extend(b.next());
            }
            (Some(_), _) => merged.extend(a.next()),
            (None, Some(_)) => merged.extend(b.next()),
            (None, None) => break,
        }
    }
    values.iter_mut().zip(merged).for_each(|(slot, value)| *slot = value);
    swaps
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By counting pairs.
    fn plain_tau(a: &[f64], b: &[f64]) -> Option<f64> {
        let (mut sum, mut of_a, mut of_b) = (0.0, 0.0, 0.0);
        for i in 0..a.len() {
            for j in 0..i {
                let sign = |x: f64, y: f64| if x == y { 0.0 } else { (x - y).signum() };
                let (x, y) = (sign(a[i], a[j]), sign(b[i], b[j]));
                sum += x * y;
                of_a += x * x;
                of_b += y * y;
            }
        }
        let room: f64 = of_a * of_b;
        (room > 0.0).then(|| sum / room.sqrt())
    }

    #[test]
    fn tau_is_what_counting_says() {
        let mut random = crate::agreement::random::Random::new(5, 0);
        for n in [0usize, 1, 2, 3, 9, 40] {
            for ties in [2, 5, 1_000] {
                let mut draw = || (0..n).map(|_| f64::from(random.below(ties))).collect::<Vec<_>>();
                let (a, b) = (draw(), draw());
                match (tau_b(&a, &b), plain_tau(&a, &b)) {
                    (Some(x), Some(y)) => assert!((x - y).abs() < 1e-12),
                    (x, y) => assert_eq!(x, y),
                }
            }
        }
    }

    #[test]
    fn w_of_equal_and_of_opposite_orders() {
        let of = |rows: &[[f64; 2]]| {
            concordance(&Matrix::from_rows(&rows.iter().map(|r| r.to_vec()).collect::<Vec<_>>()).unwrap())
        };
        assert_eq!(of(&[[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]]).unwrap().w, 1.0);
        assert_eq!(of(&[[1.0, 3.0], [2.0, 2.0], [3.0, 1.0]]).unwrap().w, 0.0);
        assert_eq!(of(&[[1.0, 3.0]]), None);
        assert_eq!(of(&[[1.0, 3.0], [1.0, 3.0]]), None, "all ties");
    }
}
