//! Krippendorff's alpha: any number of annotators, missing answers, and five levels of measurement.
//!
//! α = 1 − Do / De over pairable answers (those to items with at least two), after Krippendorff, *Computing
//! Krippendorff's Alpha-Reliability* (2011): Do is the mean squared distance within items, each item weighted by its
//! answers, De that between all pairable answers. One label, or no pairable item, leaves alpha undefined.

use super::bootstrap::resample;
use super::table::{MAX_WEIGHTED_LABELS, Pattern, Patterns, Table, answers, number};
use super::{Cancelled, Estimate, Plan, Score, Undefined, Watch};

/// How far apart two labels are.
#[derive(Clone, Copy)]
pub enum Level<'a> {
    /// Equal or not.
    Nominal,
    /// By rank: how many answers lie between, by the order of the table's labels.
    Ordinal,
    /// Labels are numbers; their difference.
    Interval,
    /// Labels are numbers from zero; their difference over their sum.
    Ratio,
    /// Labels are numbers on a circle of that length; the sine of half the angle between them.
    Circular(f64),
    /// Any squared distance, by the numbers of the labels: 0 from a label to itself, finite, not negative.
    Custom(&'a dyn Fn(u32, u32) -> f64),
}

/// Alpha of the table, with the percentile interval of resampled items.
///
/// # Errors
/// [`Cancelled`] when `watch` breaks. The inner error says why there is no value.
pub fn of(table: &Table, level: Level<'_>, plan: &Plan, watch: &mut Watch<'_>) -> Result<Score, Cancelled> {
    let patterns = table.patterns().pairable();
    let mut alpha = match Alpha::new(table, &patterns, level) {
        Ok(alpha) => alpha,
        Err(why) => return Ok(Err(why)),
    };
    let Some(value) = alpha.value(patterns.times()) else {
        return Ok(Err(if patterns.items() == 0 { Undefined::NoPairs } else { Undefined::OneCategory }));
    };
    let spread = resample(patterns.times(), plan, watch, &mut |drawn| alpha.value(drawn))?;
    let interval = spread.interval();
    Ok(Ok(Estimate { value, interval, items: patterns.items(), pairs: patterns.pairs() }))
}

/// Alpha of the table alone.
///
/// # Errors
/// Why there is no value.
pub fn value(table: &Table, level: Level<'_>) -> Result<f64, Undefined> {
    if matches!(level, Level::Nominal) {
        return nominal(table);
    }
    let patterns = table.patterns().pairable();
    let why = if patterns.items() == 0 { Undefined::NoPairs } else { Undefined::OneCategory };
    Alpha::new(table, &patterns, level)?.value(patterns.times()).ok_or(why)
}

/// Nominal alpha in one pass over the answers, without sorting items into patterns.
fn nominal(table: &Table) -> Result<f64, Undefined> {
    let mut given = vec![0.0; table.labels().len()];
    let (mut inside, mut total) = (0.0, 0.0);
    let mut counts: Vec<(u32, u32)> = Vec::new();
    for ratings in table.by_item().filter(|ratings| ratings.len() >= 2) {
        super::table::count_labels(ratings, &mut counts);
        let m = ratings.len() as f64;
        total += m;
        let mut same = 0.0;
        for (label, n) in &counts {
            let n = f64::from(*n);
            same += n * n;
            if let Some(sum) = given.get_mut(*label as usize) {
                *sum += n;
            }
        }
        inside += (m * m - same) / (m - 1.0);
    }
    let between = total * total - given.iter().map(|n| n * n).sum::<f64>();
    if total == 0.0 {
        Err(Undefined::NoPairs)
    } else if between > 0.0 {
        Ok(1.0 - (total - 1.0) * inside / between)
    } else {
        Err(Undefined::OneCategory)
    }
}

/// Alpha of the table, with the bias-corrected and accelerated interval of resampled items where there is one, else as [`of`].
///
/// # Errors
/// As [`of`].
pub fn accelerated(table: &Table, level: Level<'_>, plan: &Plan, watch: &mut Watch<'_>) -> Result<Score, Cancelled> {
    let found = match of(table, level, &Plan { resamples: 0, ..*plan }, &mut super::unwatched())? {
        Ok(found) => found,
        Err(why) => return Ok(Err(why)),
    };
    let patterns = table.patterns().pairable();
    let Ok(mut alpha) = Alpha::new(table, &patterns, level) else { return Ok(Ok(found)) };
    let spread = resample(patterns.times(), plan, watch, &mut |drawn| alpha.value(drawn))?;
    let without = leave_one_out(table, level);
    let interval = without.and_then(|without| spread.bca(found.value, &without)).or_else(|| spread.interval());
    Ok(Ok(Estimate { interval, ..found }))
}

/// Alpha without one item at a time: `(alpha, items it is so for)`. `None` where alpha is undefined for the table or without
/// one of its items.
fn leave_one_out(table: &Table, level: Level<'_>) -> Option<Vec<(f64, f64)>> {
    let patterns = table.patterns().pairable();
    let mut alpha = Alpha::new(table, &patterns, level).ok()?;
    let mut times = patterns.times().to_vec();
    let mut without: Vec<(f64, f64)> = Vec::with_capacity(times.len());
    for (at, n) in patterns.times().iter().enumerate() {
        *times.get_mut(at)? -= 1;
        without.push((alpha.value(&times)?, f64::from(*n)));
        *times.get_mut(at)? += 1;
    }
    Some(without).filter(|without| !without.is_empty())
}

/// Standard error by leaving out one item at a time: √((N − 1)/N · Σ (α₋ᵢ − mean)²). `None` where alpha is undefined
/// for the table or without one of its items.
pub fn jackknife_error(table: &Table, level: Level<'_>) -> Option<f64> {
    let without = leave_one_out(table, level)?;
    let items: f64 = without.iter().map(|(_, n)| n).sum();
    let mean = without.iter().map(|(value, n)| value * n).sum::<f64>() / items;
    let scatter: f64 = without.iter().map(|(value, n)| n * (value - mean).powi(2)).sum();
    Some(((items - 1.0) / items * scatter).sqrt())
}

/// What alpha needs of each pattern, so that a resample costs one pass.
struct Alpha<'a> {
    patterns: &'a Patterns,
    /// The distance within an item of the pattern: Σ n_c n_k δ²_ck / (m − 1).
    within: Vec<f64>,
    distance: Distance,
    /// Answers with each label: scratch, filled for each resample.
    given: Vec<f64>,
}

enum Distance {
    Nominal,
    Ordinal,
    /// δ² of each pair of labels, row by row.
    Fixed(Vec<f64>),
}

impl<'a> Alpha<'a> {
    fn new(table: &Table, patterns: &'a Patterns, level: Level<'_>) -> Result<Self, Undefined> {
        let labels = patterns.labels();
        let distance = match level {
            Level::Nominal => Distance::Nominal,
            _ if labels > MAX_WEIGHTED_LABELS => return Err(Undefined::TooManyCategories),
            Level::Ordinal => Distance::Ordinal,
            Level::Custom(squared) => Distance::Fixed(square(labels, squared)?),
            Level::Interval | Level::Ratio | Level::Circular(_) => {
                let numbers: Option<Vec<f64>> = table.labels().iter().map(|label| number(label)).collect();
                let numbers = numbers.ok_or(Undefined::NotNumeric)?;
                let at = |label: u32| numbers.get(label as usize).copied().unwrap_or(0.0);
                Distance::Fixed(square(labels, &|a, b| apart(level, at(a), at(b)))?)
            }
        };
        let mut alpha = Self { patterns, within: Vec::new(), distance, given: vec![0.0; labels] };
        alpha.within = match &alpha.distance {
            Distance::Nominal => patterns.iter().map(|p| within(p, |a, b| f64::from(u8::from(a != b)))).collect(),
            Distance::Fixed(squared) => {
                patterns.iter().map(|p| within(p, |a, b| cell(squared, labels, a, b))).collect()
            }
            // what lies between two ranks changes with each resample
            Distance::Ordinal => Vec::new(),
        };
        Ok(alpha)
    }

    /// Alpha where the patterns occur so many times.
    fn value(&mut self, times: &[u32]) -> Option<f64> {
        self.given.fill(0.0);
        for (pattern, t) in self.patterns.iter().zip(times).filter(|(_, t)| **t > 0) {
            for (label, n) in pattern {
                if let Some(sum) = self.given.get_mut(*label as usize) {
                    *sum += f64::from(*n) * f64::from(*t);
                }
            }
        }
        let total: f64 = self.given.iter().sum();
        let labels = self.given.len();
        let (inside, between) = match &self.distance {
            Distance::Nominal => (self.inside(times), total * total - self.given.iter().map(|n| n * n).sum::<f64>()),
            Distance::Fixed(squared) => {
                let rows = self.given.iter().zip(squared.chunks(labels.max(1)));
                let between = rows.filter(|(n, _)| **n > 0.0).map(|(n, row)| n * dot(row, &self.given)).sum();
                (self.inside(times), between)
            }
            Distance::Ordinal => {
                let squared = ranks(&self.given);
                let distance = |a, b| cell(&squared, labels, a, b);
                let used = self.patterns.iter().zip(times).filter(|(_, t)| **t > 0);
                let inside = used.map(|(p, t)| within(p, distance) * f64::from(*t)).sum();
                let rows = self.given.iter().zip(squared.chunks(labels.max(1)));
                (inside, rows.map(|(n, row)| n * dot(row, &self.given)).sum())
            }
        };
        (between > 0.0).then(|| 1.0 - (total - 1.0) * inside / between)
    }

    fn inside(&self, times: &[u32]) -> f64 {
        self.within.iter().zip(times).map(|(distance, t)| distance * f64::from(*t)).sum()
    }
}

/// The distance within an item of the pattern, which has at least two answers.
fn within(pattern: Pattern<'_>, squared: impl Fn(u32, u32) -> f64) -> f64 {
    let mut sum = 0.0;
    for (at, (a, n)) in pattern.iter().enumerate() {
        for (b, k) in pattern.iter().skip(at + 1) {
            sum += f64::from(*n) * f64::from(*k) * (squared(*a, *b) + squared(*b, *a));
        }
    }
    sum / (answers(pattern) as f64 - 1.0)
}

fn square(labels: usize, squared: &dyn Fn(u32, u32) -> f64) -> Result<Vec<f64>, Undefined> {
    let labels = labels as u32;
    let all: Vec<f64> = (0..labels).flat_map(|a| (0..labels).map(move |b| squared(a, b))).collect();
    if all.iter().all(|d| d.is_finite() && *d >= 0.0) { Ok(all) } else { Err(Undefined::NotNumeric) }
}

fn cell(squared: &[f64], labels: usize, a: u32, b: u32) -> f64 {
    squared.get(a as usize * labels + b as usize).copied().unwrap_or(0.0)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn apart(level: Level<'_>, a: f64, b: f64) -> f64 {
    match level {
        Level::Ratio if a + b == 0.0 => 0.0,
        Level::Ratio => ((a - b) / (a + b)).powi(2),
        Level::Circular(length) => (std::f64::consts::PI * (a - b) / length).sin().powi(2),
        _ => (a - b).powi(2),
    }
}

/// δ² of ranks: (Σ of the answers from the one to the other, both ends counted half)².
fn ranks(given: &[f64]) -> Vec<f64> {
    // the middle of each rank on the line of all answers
    let middles: Vec<f64> = given
        .iter()
        .scan(0.0, |below, n| {
            let middle = *below + n / 2.0;
            *below += n;
            Some(middle)
        })
        .collect();
    middles.iter().flat_map(|a| middles.iter().map(move |b| (a - b).powi(2))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agreement::unwatched;

    /// The example of Krippendorff (2011), section C: four observers, twelve units, missing answers.
    fn example() -> Table {
        let rows = [
            ("a", "1 2 3 3 2 1 4 1 2 * * *"),
            ("b", "1 2 3 3 2 2 4 1 2 5 * 3"),
            ("c", "* 3 3 3 2 3 4 2 2 5 1 *"),
            ("d", "1 2 3 3 2 4 4 1 2 5 1 *"),
        ];
        let mut all = Vec::new();
        for (annotator, labels) in rows {
            for (unit, label) in labels.split(' ').enumerate().filter(|(_, label)| *label != "*") {
                all.push((format!("u{unit}"), annotator, label));
            }
        }
        Table::from_rows(all.iter().map(|(unit, annotator, label)| (unit.as_str(), *annotator, *label))).0
    }

    #[test]
    fn as_published() {
        let table = example();
        for (level, expect) in
            [(Level::Nominal, 0.743), (Level::Ordinal, 0.815), (Level::Interval, 0.849), (Level::Ratio, 0.797)]
        {
            assert!((value(&table, level).unwrap() - expect).abs() < 5e-4, "{expect}");
        }
        let whole = of(&table, Level::Nominal, &Plan::default(), &mut unwatched()).unwrap().unwrap();
        assert_eq!((whole.items, whole.pairs), (11, 55));
        let interval = whole.interval.unwrap();
        assert!(interval.low < whole.value && whole.value < interval.high);
    }

    #[test]
    fn by_hand() {
        // two items, two annotators: x x, x y. n = 4, counts 3 and 1: Do·n = 2, De = 6: 1 − 3·2/6 = 0
        let rows = [("i", "a", "x"), ("i", "b", "x"), ("j", "a", "x"), ("j", "b", "y")];
        assert_eq!(value(&Table::from_rows(rows).0, Level::Nominal), Ok(0.0));
        // an own distance of 1 is nominal; of 0 has no disagreement at all
        let table = Table::from_rows(rows).0;
        assert_eq!(value(&table, Level::Custom(&|a, b| f64::from(u8::from(a != b)))), Ok(0.0));
        assert_eq!(value(&table, Level::Custom(&|_, _| 0.0)), Err(Undefined::OneCategory));
        assert_eq!(value(&table, Level::Custom(&|_, _| f64::NAN)), Err(Undefined::NotNumeric));
        assert_eq!(value(&table, Level::Interval), Err(Undefined::NotNumeric));
    }

    #[test]
    fn undefined_says_why() {
        for (rows, why) in [
            (vec![], Undefined::NoPairs),
            (vec![("i", "a", "1")], Undefined::NoPairs),
            (vec![("i", "a", "1"), ("j", "a", "2")], Undefined::NoPairs),
            (vec![("i", "a", "1"), ("j", "b", "2")], Undefined::NoPairs),
            (vec![("i", "a", "1"), ("i", "b", "1")], Undefined::OneCategory),
            (vec![("i", "a", "1"), ("i", "b", "1"), ("j", "a", "2")], Undefined::OneCategory),
        ] {
            let (table, _) = Table::from_rows(rows);
            for level in [Level::Nominal, Level::Ordinal, Level::Interval, Level::Ratio, Level::Circular(2.0)] {
                assert_eq!(of(&table, level, &Plan::default(), &mut unwatched()), Ok(Err(why)));
                assert_eq!(jackknife_error(&table, level), None);
            }
        }
    }

    #[test]
    fn many_labels_only_nominal() {
        let rows: Vec<(String, String)> = (0..2_000).map(|i| (format!("i{i}"), format!("{i}"))).collect();
        let rows = rows.iter().flat_map(|(i, l)| [(i.as_str(), "a", l.as_str()), (i.as_str(), "b", l.as_str())]);
        let (table, _) = Table::from_rows(rows);
        assert_eq!(value(&table, Level::Nominal), Ok(1.0));
        assert_eq!(value(&table, Level::Interval), Err(Undefined::TooManyCategories));
    }
}
