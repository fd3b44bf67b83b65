//! Intraclass correlation: agreement on a number, the six forms of McGraw and Wong, *Forming inferences about some intraclass
//! correlation coefficients* (1996), with their F tests and intervals.
//!
//! Needs a complete table: every annotator answered every item once. ICC(A,1) is ICC(2,1) of Shrout and Fleiss (1979), ICC(C,1)
//! their ICC(3,1).

use super::matrix::Matrix;
use super::special::{f_quantile, f_tail};

/// One form.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Form {
    /// `ICC(1,1)`, `ICC(A,1)`, `ICC(C,1)` for one answer, `ICC(1,k)`, `ICC(A,k)`, `ICC(C,k)` for the mean of k.
    pub name: &'static str,
    /// The coefficient.
    pub value: f64,
    /// F of the items.
    pub f: f64,
    /// Degrees of freedom of the items.
    pub df1: f64,
    /// Degrees of freedom of the error.
    pub df2: f64,
    /// P(F or more) where items do not differ.
    pub p: f64,
    /// Lower end of the interval of 95 %.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The six forms of a table of numbers, a row for each item and a column for each annotator. `None` where there are
/// fewer than two of either, or nothing varies at all.
pub fn forms(values: &Matrix) -> Option<[Form; 6]> {
    let (n, k) = (values.height() as f64, values.columns() as f64);
    if n < 2.0 || k < 2.0 {
        return None;
    }
    let all = values.cells().iter().sum::<f64>() / (n * k);
    let of_items: f64 = values.rows().map(|row| (row.iter().sum::<f64>() / k - all).powi(2)).sum::<f64>() * k;
    let of_raters: f64 = values.column_sums().iter().map(|sum| (sum / n - all).powi(2)).sum::<f64>() * n;
    let total: f64 = values.cells().iter().map(|v| (v - all).powi(2)).sum();
    // squared sums of numbers that hardly differ are rounding alone
    if !(total.is_finite() && total > 1e-28 * (1.0 + all * all) * n * k) {
        return None;
    }
    let (items, raters) = (of_items / (n - 1.0), of_raters / (k - 1.0));
    let within = (total - of_items).max(0.0) / (n * (k - 1.0));
    let error = (total - of_items - of_raters).max(0.0) / ((n - 1.0) * (k - 1.0));
    let (df1, df_within, df_error) = (n - 1.0, n * (k - 1.0), (n - 1.0) * (k - 1.0));

    let of_one = (items - within) / (items + (k - 1.0) * within);
    let consistent = (items - error) / (items + (k - 1.0) * error);
    let agreeing = (items - error) / (items + (k - 1.0) * error + k * (raters - error) / n);
    let mean_of_one = (items - within) / items;
    let mean_consistent = (items - error) / items;
    let mean_agreeing = (items - error) / (items + (raters - error) / n);

    let from_f = |f: f64, df2: f64| {
        let (low, high) = (f / f_quantile(0.975, df1, df2), f * f_quantile(0.975, df2, df1));
        let one = |f: f64| if f.is_infinite() { 1.0 } else { (f - 1.0) / (f + k - 1.0) };
        ((one(low), one(high)), (1.0 - 1.0 / low, 1.0 - 1.0 / high))
    };
    let (f_within, f_error) = (items / within, items / error);
    let (one_one, one_mean) = from_f(f_within, df_within);
    let (consistent_one, consistent_mean) = from_f(f_error, df_error);
    let (low, high) = agreement_interval([items, raters, error], n, k, agreeing);
    let mean = |value: f64| value * k / (1.0 + value * (k - 1.0));
    let form =
        |name, value, f: f64, df2, (low, high)| Form { name, value, f, df1, df2, p: f_tail(f, df1, df2), low, high };
    Some([
        form("ICC(1,1)", of_one, f_within, df_within, one_one),
        form("ICC(A,1)", agreeing, f_error, df_error, (low, high)),
        form("ICC(C,1)", consistent, f_error, df_error, consistent_one),
        form("ICC(1,k)", mean_of_one, f_within, df_within, one_mean),
        form("ICC(A,k)", mean_agreeing, f_error, df_error, (mean(low), mean(high))),
        form("ICC(C,k)", mean_consistent, f_error, df_error, consistent_mean),
    ])
}

/// The interval of ICC(A,1), by Satterthwaite's degrees of freedom (McGraw and Wong 1996, table 7).
fn agreement_interval([items, raters, error]: [f64; 3], n: f64, k: f64, value: f64) -> (f64, f64) {
    if error <= 0.0 {
        return (value, value);
    }
    let a = k * value / (n * (1.0 - value));
    let b = 1.0 + k * value * (n - 1.0) / (n * (1.0 - value));
    let df = (a * raters + b * error).powi(2)
        / ((a * raters).powi(2) / (k - 1.0) + (b * error).powi(2) / ((n - 1.0) * (k - 1.0)));
    let (upper, lower) = (f_quantile(0.975, n - 1.0, df), f_quantile(0.975, df, n - 1.0));
    let rest = k * raters + (k * n - k - n) * error;
    let low = n * (items - upper * error) / (upper * rest + n * items);
    let high = n * (lower * items - error) / (rest + n * lower * items);
    (low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shrout and Fleiss (1979), tables 2 and 4: six targets, four judges; .17, .29, .71, .44, .62, .91.
    #[test]
    fn as_published() {
        let rows = ["9 2 5 8", "6 1 3 2", "8 4 6 8", "7 1 2 6", "10 5 6 9", "6 2 4 7"];
        let rows: Vec<Vec<f64>> = rows.iter().map(|r| r.split(' ').map(|v| v.parse().unwrap()).collect()).collect();
        let found = forms(&Matrix::from_rows(&rows).unwrap()).unwrap();
        let values: Vec<String> = found.iter().map(|form| format!("{} {:.2}", form.name, form.value)).collect();
        let expect =
            ["ICC(1,1) 0.17", "ICC(A,1) 0.29", "ICC(C,1) 0.71", "ICC(1,k) 0.44", "ICC(A,k) 0.62", "ICC(C,k) 0.91"];
        assert_eq!(values, expect);
        assert!(found.iter().all(|form| form.low < form.value && form.value < form.high));
    }

    #[test]
    fn nothing_varies_and_too_little() {
        for rows in [vec![vec![1.0, 1.0], vec![1.0, 1.0]], vec![vec![1.0, 2.0]], vec![vec![1.0], vec![2.0]], vec![]] {
            assert_eq!(forms(&Matrix::from_rows(&rows).unwrap()), None);
        }
        let same = forms(&Matrix::from_rows(&[vec![1.0, 1.0], vec![2.0, 2.0]]).unwrap()).unwrap();
        assert!(same.iter().all(|form| form.value == 1.0 && form.p == 0.0 && !form.low.is_nan()), "{same:?}");
    }
}
