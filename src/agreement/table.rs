//! The table of answers: items × annotators × labels as small numbers, with equal items grouped.
//!
//! All coefficients but the pairwise ones depend on an item only through how often each label was given. Items with
//! equal counts form one [`Pattern`]; a million answers come down to some hundred patterns, and a bootstrap draws
//! patterns, not items.

use crate::domain::complaint::Complaint;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Most distinct labels a weighted coefficient takes: its work and memory grow with the square.
pub const MAX_WEIGHTED_LABELS: usize = 1_000;

/// Most repeats that are complained of one by one.
const MAX_COMPLAINTS: usize = 100;

/// One answer: row numbers into the names of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rating {
    /// Which item.
    pub item: u32,
    /// Whose.
    pub annotator: u32,
    /// What.
    pub label: u32,
}

#[derive(Debug, Default)]
struct Names {
    list: Vec<Arc<str>>,
    index: HashMap<Arc<str>, u32>,
}

impl Names {
    fn number(&mut self, name: &str) -> u32 {
        if let Some(&number) = self.index.get(name) {
            return number;
        }
        // files are limited far below 2^32 rows
        let number = self.list.len() as u32;
        let name: Arc<str> = name.into();
        self.list.push(name.clone());
        self.index.insert(name, number);
        number
    }
}

/// Which answers count where an annotator gave several to one item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Repeats {
    /// The last: a later answer corrects an earlier one.
    #[default]
    Last,
    /// The first: what was said before anything could influence it.
    First,
    /// All of them, each as an answer of its own.
    All,
}

/// Takes answers one by one, in any order.
#[derive(Debug, Default)]
pub struct TableBuilder {
    items: Names,
    annotators: Names,
    labels: Names,
    ordered: usize,
    rows: Vec<Rating>,
}

impl TableBuilder {
    /// An empty table.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty table whose labels have a rank: `labels` from lowest to highest. Labels met later that are not among
    /// them come after.
    pub fn with_labels<'a>(labels: impl IntoIterator<Item = &'a str>) -> Self {
        let mut builder = Self::default();
        for label in labels {
            builder.labels.number(label);
        }
        builder.ordered = builder.labels.list.len();
        builder
    }

    /// Adds one answer.
    pub fn rate(&mut self, item: &str, annotator: &str, label: &str) {
        let rating = Rating {
            item: self.items.number(item),
            annotator: self.annotators.number(annotator),
            label: self.labels.number(label),
        };
        self.rows.push(rating);
    }

    /// The table, and a complaint for each answer of an annotator to an item they had answered already: the last one
    /// counts, since a later answer corrects an earlier one. Places are `rating N`, counted from 1 as added.
    ///
    /// Labels without a given rank are sorted, as numbers if all of them are numbers, so that the order of arrival
    /// does not matter.
    pub fn build(self) -> (Table, Vec<Complaint>) {
        self.build_with(Repeats::Last)
    }

    /// The table, with repeats settled as asked; there is a complaint for each answer that does not count, and for each that
    /// replaced one.
    pub fn build_with(mut self, repeats_count: Repeats) -> (Table, Vec<Complaint>) {
        self.sort_labels();
        let mut rows: Vec<(Rating, u32)> = self.rows.iter().copied().zip(0u32..).collect();
        rows.sort_unstable_by_key(|(r, at)| (r.item, r.annotator, *at));
        let mut ratings: Vec<Rating> = Vec::with_capacity(rows.len());
        let mut repeats: Vec<u32> = Vec::new();
        for (rating, at) in rows {
            match ratings.last_mut() {
                Some(last)
                    if repeats_count != Repeats::All
                        && (last.item, last.annotator) == (rating.item, rating.annotator) =>
                {
                    if repeats_count == Repeats::Last {
                        *last = rating;
                    }
                    repeats.push(at);
                }
                _ => ratings.push(rating),
            }
        }
        let table =
            Table { items: self.items.list, annotators: self.annotators.list, labels: self.labels.list, ratings };
        (table, complain(repeats, repeats_count))
    }

    fn sort_labels(&mut self) {
        let free = self.labels.list.get(self.ordered..).unwrap_or(&[]);
        let numeric = free.iter().all(|label| number(label).is_some());
        let mut order: Vec<(Arc<str>, u32)> = free.iter().cloned().zip(self.ordered as u32..).collect();
        order.sort_by(|(a, _), (b, _)| {
            let as_numbers = if numeric { number(a).partial_cmp(&number(b)) } else { None };
            as_numbers.unwrap_or(std::cmp::Ordering::Equal).then_with(|| a.cmp(b))
        });
        let mut new_of_old: Vec<u32> = (0..self.labels.list.len() as u32).collect();
        for ((_, old), new) in order.iter().zip(self.ordered as u32..) {
            if let Some(slot) = new_of_old.get_mut(*old as usize) {
                *slot = new;
            }
        }
        for row in &mut self.rows {
            row.label = new_of_old.get(row.label as usize).copied().unwrap_or(row.label);
        }
        self.labels.list.truncate(self.ordered);
        self.labels.list.extend(order.into_iter().map(|(name, _)| name));
    }
}

fn complain(mut repeats: Vec<u32>, counts: Repeats) -> Vec<Complaint> {
    repeats.sort_unstable();
    let more = repeats.len().saturating_sub(MAX_COMPLAINTS);
    let what = match counts {
        Repeats::First => "the annotator had answered this item already; the first answer counts",
        _ => "the annotator had answered this item already; the last answer counts",
    };
    let mut complaints: Vec<Complaint> = repeats
        .iter()
        .take(MAX_COMPLAINTS)
        .map(|at| Complaint::new(format!("rating {}", u64::from(*at) + 1), what))
        .collect();
    if more > 0 {
        complaints.push(Complaint::new(format!("{more} more ratings"), what));
    }
    complaints
}

/// A label as a finite number.
pub(crate) fn number(label: &str) -> Option<f64> {
    label.trim().parse::<f64>().ok().filter(|v| v.is_finite())
}

/// Answers: at most one of each annotator to each item, unless all repeats were asked for.
#[derive(Clone, Debug, Default)]
pub struct Table {
    items: Vec<Arc<str>>,
    annotators: Vec<Arc<str>>,
    labels: Vec<Arc<str>>,
    ratings: Vec<Rating>,
}

impl Table {
    /// A table of `(item, annotator, label)`; repeats are settled as [`TableBuilder::build`] says.
    pub fn from_rows<'a>(rows: impl IntoIterator<Item = (&'a str, &'a str, &'a str)>) -> (Self, Vec<Complaint>) {
        let mut builder = TableBuilder::new();
        for (item, annotator, label) in rows {
            builder.rate(item, annotator, label);
        }
        builder.build()
    }

    /// Names of the items, in order of first appearance.
    pub fn items(&self) -> &[Arc<str>] {
        &self.items
    }

    /// Names of the annotators, in order of first appearance.
    pub fn annotators(&self) -> &[Arc<str>] {
        &self.annotators
    }

    /// Names of the labels, in rank.
    pub fn labels(&self) -> &[Arc<str>] {
        &self.labels
    }

    /// The number of an annotator.
    pub fn annotator(&self, name: &str) -> Option<u32> {
        self.annotators.iter().position(|a| &**a == name).map(|at| at as u32)
    }

    /// All answers, by item, then annotator.
    pub fn ratings(&self) -> &[Rating] {
        &self.ratings
    }

    /// The answers to each item, by annotator.
    pub fn by_item(&self) -> impl Iterator<Item = &[Rating]> {
        self.ratings.chunk_by(|a, b| a.item == b.item)
    }

    /// Items with equal counts of labels, grouped. Items with a single answer are among them.
    pub fn patterns(&self) -> Patterns {
        let mut times: HashMap<Vec<(u32, u32)>, u32> = HashMap::new();
        let mut counts = Vec::new();
        for ratings in self.by_item() {
            count_labels(ratings, &mut counts);
            match times.get_mut(counts.as_slice()) {
                Some(n) => *n += 1,
                None => {
                    times.insert(counts.clone(), 1);
                }
            }
        }
        let sorted: BTreeMap<Vec<(u32, u32)>, u32> = times.into_iter().collect();
        let mut patterns = Patterns { labels: self.labels.len(), ..Patterns::default() };
        for (counts, n) in sorted {
            patterns.push(&counts, n);
        }
        patterns
    }
}

/// The distinct patterns of a table, sorted, with how often each occurs.
#[derive(Clone, Debug, Default)]
pub struct Patterns {
    labels: usize,
    cells: Vec<(u32, u32)>,
    ends: Vec<usize>,
    times: Vec<u32>,
}

/// How often each label was given to an item, as `(label, count)` with counts above 0, by label.
pub type Pattern<'a> = &'a [(u32, u32)];

impl Patterns {
    fn push(&mut self, counts: Pattern<'_>, times: u32) {
        self.cells.extend_from_slice(counts);
        self.ends.push(self.cells.len());
        self.times.push(times);
    }

    /// Only the patterns with at least two answers: those in which something can be compared.
    #[must_use]
    pub fn pairable(&self) -> Self {
        let mut kept = Self { labels: self.labels, ..Self::default() };
        for (pattern, times) in self.iter().zip(&self.times) {
            if answers(pattern) >= 2 {
                kept.push(pattern, *times);
            }
        }
        kept
    }

    /// Each pattern.
    pub fn iter(&self) -> impl Iterator<Item = Pattern<'_>> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| self.cells.get(start..*end).unwrap_or(&[]))
    }

    /// How many items have each pattern, in the order of [`Patterns::iter`].
    pub fn times(&self) -> &[u32] {
        &self.times
    }

    /// Number of labels of the table, used or not.
    pub fn labels(&self) -> usize {
        self.labels
    }

    /// Items in all patterns.
    pub fn items(&self) -> u32 {
        self.times.iter().sum()
    }

    /// Pairs of answers to the same item, in all patterns.
    pub fn pairs(&self) -> u64 {
        let of = |p| {
            let m = answers(p);
            m * m.saturating_sub(1) / 2
        };
        self.iter().zip(&self.times).map(|(p, t)| u64::from(*t) * of(p)).sum()
    }
}

/// How often each label was given in these answers to one item, by label.
pub fn count_labels(ratings: &[Rating], counts: &mut Vec<(u32, u32)>) {
    counts.clear();
    // a handful is found fastest by looking; a crowd on one item with labels of its own would take the square of it
    if ratings.len() > 64 {
        let mut labels: Vec<u32> = ratings.iter().map(|rating| rating.label).collect();
        labels.sort_unstable();
        let runs = labels.chunk_by(|a, b| a == b);
        counts.extend(runs.filter_map(|run| run.first().map(|label| (*label, run.len() as u32))));
        return;
    }
    for rating in ratings {
        match counts.iter_mut().find(|(label, _)| *label == rating.label) {
            Some((_, count)) => *count += 1,
            None => counts.push((rating.label, 1)),
        }
    }
    counts.sort_unstable();
}

/// Answers to an item of that pattern.
pub fn answers(pattern: Pattern<'_>) -> u64 {
    pattern.iter().map(|(_, count)| u64::from(*count)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: [(&str, &str, &str); 7] = [
        ("i1", "a", "10"),
        ("i1", "b", "2"),
        ("i2", "b", "10"),
        ("i2", "a", "2"),
        ("i3", "a", "2"),
        ("i4", "a", "2"),
        ("i4", "b", "2"),
    ];

    #[test]
    fn equal_items_are_one_pattern_and_order_does_not_matter() {
        let (table, complaints) = Table::from_rows(ROWS);
        assert!(complaints.is_empty());
        assert_eq!(table.labels().iter().map(|l| &**l).collect::<Vec<_>>(), ["2", "10"], "as numbers");
        let patterns = table.patterns();
        let seen: Vec<_> = patterns.iter().map(<[_]>::to_vec).collect();
        assert_eq!(seen, [vec![(0, 1)], vec![(0, 1), (1, 1)], vec![(0, 2)]]);
        assert_eq!(patterns.times(), [1, 2, 1]);
        let pairable = patterns.pairable();
        assert_eq!((pairable.items(), pairable.pairs(), pairable.labels()), (3, 3, 2));

        let (backwards, _) = Table::from_rows(ROWS.into_iter().rev());
        let again: Vec<_> = backwards.patterns().iter().map(<[_]>::to_vec).collect();
        assert_eq!(seen, again);
    }

    #[test]
    fn a_given_rank_is_kept_and_unknown_labels_come_after() {
        let mut builder = TableBuilder::with_labels(["low", "mid", "high"]);
        for (annotator, label) in [("a", "zz"), ("b", "aa"), ("c", "high")] {
            builder.rate("i", annotator, label);
        }
        let (table, _) = builder.build();
        assert_eq!(table.labels().iter().map(|l| &**l).collect::<Vec<_>>(), ["low", "mid", "high", "aa", "zz"]);
        assert_eq!(table.ratings().iter().map(|r| r.label).collect::<Vec<_>>(), [4, 3, 2]);
    }

    #[test]
    fn the_last_answer_counts_and_the_repeat_is_told() {
        let (table, complaints) =
            Table::from_rows([("i", "a", "x"), ("i", "b", "x"), ("i", "a", "y"), ("i", "a", "z")]);
        assert_eq!(table.ratings().len(), 2);
        let of_a = table.ratings().first().unwrap();
        assert_eq!(&*table.labels()[of_a.label as usize], "z");
        assert_eq!(complaints.iter().map(|c| c.place.as_str()).collect::<Vec<_>>(), ["rating 3", "rating 4"]);

        let many = (0..300).map(|_| ("i", "a", "x"));
        let (table, complaints) = Table::from_rows(many);
        assert_eq!((table.ratings().len(), complaints.len()), (1, MAX_COMPLAINTS + 1));
        assert_eq!(complaints.last().unwrap().place, "199 more ratings");
    }

    #[test]
    fn nothing_is_a_table_too() {
        let (table, complaints) = Table::from_rows([]);
        assert!(table.patterns().iter().next().is_none() && complaints.is_empty());
    }
}
