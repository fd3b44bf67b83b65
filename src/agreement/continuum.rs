//! Units on a line, as several annotators marked them: where each begins, ends, and what it was called.
//!
//! What the coefficients of unitizing are computed from. Items lie one behind the other, so that one number speaks of all.

use super::kappa::Contingency;
use super::matrix::Matrix;
use super::pair;
use super::weights::Agreeing;
use std::collections::BTreeMap;

/// A marked stretch.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Unit {
    /// First position.
    pub start: f64,
    /// One past the last; greater than `start`.
    pub end: f64,
    /// Number of its category.
    pub category: usize,
}

impl Unit {
    /// Its length.
    pub fn length(&self) -> f64 {
        self.end - self.start
    }
}

/// The units of each annotator, in order, on a line from 0 to `length`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Continuum {
    /// Names of the annotators.
    pub annotators: Vec<String>,
    /// Names of the categories, sorted.
    pub categories: Vec<String>,
    /// The units of each annotator, by start.
    pub units: Vec<Vec<Unit>>,
    /// End of the line.
    pub length: f64,
}

/// One marked stretch of one item, as it came.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// The item.
    pub item: String,
    /// Who.
    pub annotator: String,
    /// First position.
    pub start: f64,
    /// One past the last.
    pub end: f64,
    /// Category.
    pub label: String,
}

/// An annotator with what they marked.
pub type Marked<'a> = (&'a str, &'a [Unit]);

/// Why marks do not make a continuum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotOnTheLine {
    /// A mark ends where it begins or before, begins before 0, ends past the item, or is no number.
    #[error("a unit must begin at 0 or later and end after it begins, within the length of the item")]
    Place,
}

impl Continuum {
    /// Lays the items one behind the other, each `length` long (`None`: as far as its last mark). `annotators` are those who
    /// are known to have looked, also where they marked nothing; others are added as they come.
    ///
    /// # Errors
    /// [`NotOnTheLine`].
    pub fn new(marks: &[Mark], annotators: &[String], length: Option<f64>) -> Result<Self, NotOnTheLine> {
        let mut ends: BTreeMap<&str, f64> = BTreeMap::new();
        for mark in marks {
            let fits = mark.start >= 0.0 && mark.end > mark.start && mark.end.is_finite();
            if !fits || length.is_some_and(|length| mark.end > length) {
                return Err(NotOnTheLine::Place);
            }
            let end = ends.entry(&mark.item).or_default();
            *end = end.max(length.unwrap_or(mark.end));
        }
        let mut from = 0.0;
        let mut starts: BTreeMap<&str, f64> = BTreeMap::new();
        for (item, end) in &ends {
            starts.insert(item, from);
            from += end;
        }
        let mut categories: Vec<String> = marks.iter().map(|mark| mark.label.clone()).collect();
        categories.sort_unstable();
        categories.dedup();
        let length = if ends.is_empty() { length.unwrap_or(0.0) } else { from };
        let mut made = Self { annotators: annotators.to_vec(), categories, units: Vec::new(), length };
        made.units.resize(annotators.len(), Vec::new());
        for mark in marks {
            let who = made.annotators.iter().position(|a| *a == mark.annotator).unwrap_or_else(|| {
                made.annotators.push(mark.annotator.clone());
                made.units.push(Vec::new());
                made.annotators.len() - 1
            });
            let from = starts.get(mark.item.as_str()).copied().unwrap_or(0.0);
            let category = made.categories.binary_search(&mark.label).unwrap_or(0);
            if let Some(units) = made.units.get_mut(who) {
                units.push(Unit { start: from + mark.start, end: from + mark.end, category });
            }
        }
        for units in &mut made.units {
            units.sort_by(|a, b| a.start.total_cmp(&b.start).then(a.end.total_cmp(&b.end)));
        }
        Ok(made)
    }

    /// All units in all annotations.
    pub fn count(&self) -> usize {
        self.units.iter().map(Vec::len).sum()
    }

    /// Each pair of annotators: name and units of the one and of the other.
    pub fn pairs(&self) -> impl Iterator<Item = (Marked<'_>, Marked<'_>)> {
        let all: Vec<(&str, &[Unit])> =
            self.annotators.iter().map(String::as_str).zip(self.units.iter().map(Vec::as_slice)).collect();
        let pairs: Vec<_> = all
            .iter()
            .enumerate()
            .flat_map(|(at, first)| all.iter().skip(at + 1).map(move |second| (*first, *second)))
            .collect();
        pairs.into_iter()
    }
}

/// Cohen's kappa of two annotators over positions, each with its category or none; `None` where undefined. Where units of
/// one annotator overlap, the later one counts. Lengths need not be whole: stretches weigh what they are long.
pub fn position_kappa(first: &[Unit], second: &[Unit], categories: usize, length: f64) -> Option<f64> {
    let mut cuts: Vec<f64> = first.iter().chain(second).flat_map(|unit| [unit.start, unit.end]).collect();
    cuts.extend([0.0, length]);
    cuts.sort_unstable_by(f64::total_cmp);
    cuts.dedup();
    let mut met = Contingency::default();
    let said = |units: &[Unit], at: f64| {
        let holding = units.iter().rev().find(|unit| unit.start <= at && at < unit.end);
        holding.map_or(categories, |unit| unit.category) as u32
    };
    for stretch in cuts.windows(2) {
        if let [from, to] = stretch {
            met.add(said(first, *from), said(second, *from), to - from);
        }
    }
    pair::of(&met, pair::PairCoefficient::Cohen, &Agreeing::Equal(categories + 1)).ok().map(|found| found.value)
}

/// F1 of two annotators' units: the mean over both of the best match that each unit has, 1 for equal stretch and category.
/// With `partial`, a unit of the same category gives the share of positions both cover (of those either covers). `None` where
/// neither marked anything.
pub fn f1(first: &[Unit], second: &[Unit], partial: bool) -> Option<f64> {
    let overlap = |a: &Unit, b: &Unit| {
        let both = (a.end.min(b.end) - a.start.max(b.start)).max(0.0);
        both / (a.length() + b.length() - both)
    };
    let few = if first.len() <= second.len() { (first, second) } else { (second, first) };
    let likeness = Matrix::from_fn(few.0.len(), few.1.len(), |i, j| match (few.0.get(i), few.1.get(j)) {
        (Some(a), Some(b)) if a == b => 1.0,
        (Some(a), Some(b)) if partial && a.category == b.category => overlap(a, b),
        _ => 0.0,
    });
    let costs = Matrix::from_fn(few.0.len(), few.1.len(), |i, j| -likeness.at(i, j));
    let pairs = super::assignment::cheapest(&costs);
    let sum: f64 = pairs.iter().enumerate().filter_map(|(i, j)| Some(likeness.at(i, (*j)?))).sum();
    let units = first.len() + second.len();
    (units > 0).then(|| 2.0 * sum / units as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(item: &str, annotator: &str, start: f64, end: f64) -> Mark {
        Mark { item: item.into(), annotator: annotator.into(), start, end, label: "a".into() }
    }

    #[test]
    fn items_lie_one_behind_the_other() {
        let marks = [mark("2", "x", 0.0, 3.0), mark("1", "y", 4.0, 5.0), mark("1", "y", 1.0, 2.0)];
        let made = Continuum::new(&marks, &["z".to_owned()], Some(10.0)).unwrap();
        assert_eq!((made.annotators.join(" "), made.length, made.count()), ("z x y".to_owned(), 20.0, 3));
        assert_eq!(made.units[1], [Unit { start: 10.0, end: 13.0, category: 0 }]);
        assert_eq!(made.units[2][0].start, 1.0);
        for (start, end) in [(3.0, 3.0), (-1.0, 2.0), (0.0, 11.0), (f64::NAN, 1.0), (0.0, f64::INFINITY)] {
            assert_eq!(Continuum::new(&[mark("1", "x", start, end)], &[], Some(10.0)), Err(NotOnTheLine::Place));
        }
    }

    #[test]
    fn exact_and_partial_f1() {
        let unit = |start, end, category| Unit { start, end, category };
        let (a, b) = ([unit(0.0, 4.0, 0), unit(6.0, 8.0, 1)], [unit(0.0, 2.0, 0), unit(6.0, 8.0, 1)]);
        assert_eq!((f1(&a, &b, false), f1(&a, &b, true), f1(&[], &[], true)), (Some(0.5), Some(0.75), None));
        assert_eq!(f1(&a, &[], false), Some(0.0));
        // of 10 positions both say: 2 × a, 2 × b, 4 × none, and differ on 2: Po .8, Pe .4·.2 + .2·.2 + .4·.6 = .36
        let kappa = position_kappa(&a, &b, 2, 10.0).unwrap();
        assert!((kappa - (0.8 - 0.36) / 0.64).abs() < 1e-12, "{kappa}");
        assert_eq!(position_kappa(&[], &[], 2, 10.0), None, "only one thing was said");
    }
}
