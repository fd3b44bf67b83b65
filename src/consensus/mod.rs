//! One answer out of many: from the labels of several annotators to a posterior for each item, and to how good each annotator is.
//!
//! Every method takes [`Votes`] and gives a matrix of probabilities, a row for each item and a column for each label in the
//! order of the table; products of probabilities are sums of logarithms throughout, so that thousands of labels on one
//! item stay finite. All repeats of an annotator count. Deliberately absent: any use of gold answers, which belong to who
//! judges the outcome.
//!
//! Where a published program has a convention (crowd-kit's Dawid-Skene clips at 1e-10), the function of its name keeps it, so
//! that results can be compared to the last digit. What is best is [`pooled`].

pub mod annotators;
pub mod bayes;
pub mod bwa;
pub mod crowdlab;
pub mod dawid_skene;
pub mod glad;
pub mod kos;
pub mod mace;
pub mod next;
pub mod pooled;
pub mod preference;
pub mod quality;
pub mod vote;

use crate::agreement::Table;
use crate::agreement::matrix::Matrix;
use crate::agreement::special::exp_down;

/// Most cells of a matrix that a method may hold (400 MB).
pub const MAX_CELLS: usize = 50_000_000;

/// Why there is no consensus by that method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// No label at all.
    #[error("there are no labels")]
    Empty,
    /// The method knows two labels.
    #[error("it needs exactly two labels")]
    NotTwoLabels,
    /// Its matrices would not fit into memory.
    #[error("its matrices would not fit into memory with so many labels or annotators; majority and pooled need none")]
    TooLarge,
    /// Numbers given with the request do not match the data.
    #[error("the given starting values do not match the data")]
    Mismatch,
}

/// The labels of all annotators, grouped by item.
#[derive(Clone, Debug, Default)]
pub struct Votes {
    /// Number of annotators.
    pub annotators: usize,
    /// Number of labels, used or not.
    pub labels: usize,
    starts: Vec<usize>,
    votes: Vec<Vote>,
}

/// One label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vote {
    /// Whose.
    pub annotator: u32,
    /// What.
    pub label: u32,
}

impl Votes {
    /// The answers of a table, items in its order.
    pub fn new(table: &Table) -> Self {
        let mut starts = vec![0; table.items().len() + 1];
        for rating in table.ratings() {
            if let Some(count) = starts.get_mut(rating.item as usize + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        // the table's answers are sorted by item already
        let votes = table.ratings().iter().map(|r| Vote { annotator: r.annotator, label: r.label }).collect();
        Self { annotators: table.annotators().len(), labels: table.labels().len(), starts, votes }
    }

    /// Number of items.
    pub fn items(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// All labels, by item.
    pub fn all(&self) -> &[Vote] {
        &self.votes
    }

    /// The labels of each item.
    pub fn by_item(&self) -> impl Iterator<Item = &[Vote]> + Clone {
        self.starts.iter().zip(self.starts.iter().skip(1)).map(|(from, to)| self.votes.get(*from..*to).unwrap_or(&[]))
    }

    /// A matrix of zeros with a row for each item and a column for each label.
    ///
    /// # Errors
    /// [`Unfit::Empty`], [`Unfit::TooLarge`].
    pub fn blank(&self) -> Result<Matrix, Unfit> {
        if self.votes.is_empty() {
            return Err(Unfit::Empty);
        }
        self.fits(self.items(), self.labels)?;
        Ok(Matrix::zeros(self.items(), self.labels))
    }

    /// # Errors
    /// [`Unfit::TooLarge`] where a matrix of that size is not to be had.
    pub fn fits(&self, rows: usize, columns: usize) -> Result<(), Unfit> {
        if rows.saturating_mul(columns) > MAX_CELLS { Err(Unfit::TooLarge) } else { Ok(()) }
    }

    /// Share of each label among the labels of each item: where every method starts.
    ///
    /// # Errors
    /// As [`Votes::blank`].
    pub fn shares(&self) -> Result<Matrix, Unfit> {
        let mut shares = self.blank()?;
        for (row, votes) in shares.rows_mut().zip(self.by_item()) {
            for vote in votes {
                if let Some(share) = row.get_mut(vote.label as usize) {
                    *share += 1.0 / votes.len() as f64;
                }
            }
        }
        Ok(shares)
    }

    /// The same, with the labels alone that an item got, by label: for any number of labels.
    pub fn sparse_shares(&self) -> impl Iterator<Item = Vec<(u32, f64)>> {
        self.by_item().map(|of_item| {
            let mut labels: Vec<u32> = of_item.iter().map(|vote| vote.label).collect();
            labels.sort_unstable();
            let runs = labels.chunk_by(|a, b| a == b);
            runs.filter_map(|run| Some((*run.first()?, run.len() as f64 / of_item.len() as f64))).collect()
        })
    }

    /// Labels given by each annotator.
    pub fn given(&self) -> Vec<f64> {
        let mut given = vec![0.0; self.annotators];
        for vote in &self.votes {
            if let Some(count) = given.get_mut(vote.annotator as usize) {
                *count += 1.0;
            }
        }
        given
    }
}

/// Turns logarithms into probabilities in place; gives the logarithm of what they summed to. All −∞ become equal shares.
#[inline]
pub(crate) fn normalize_logs(row: &mut [f64]) -> f64 {
    let most = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if !most.is_finite() {
        let equal = 1.0 / row.len().max(1) as f64;
        row.fill(equal);
        return f64::NEG_INFINITY;
    }
    let mut sum = 0.0;
    for value in row.iter_mut() {
        *value = exp_down(*value - most);
        sum += *value;
    }
    let scale = 1.0 / sum;
    row.iter_mut().for_each(|value| *value *= scale);
    most + sum.ln()
}

/// Mean of each column.
pub(crate) fn means(matrix: &Matrix) -> Vec<f64> {
    let rows = matrix.height().max(1) as f64;
    matrix.column_sums().into_iter().map(|sum| sum / rows).collect()
}

/// Adds `from` to `to`, number by number.
#[inline]
pub(crate) fn add_to(to: &mut [f64], from: &[f64]) {
    to.iter_mut().zip(from).for_each(|(a, b)| *a += b);
}

/// How each annotator labels: for each label they gave, a number for each true label. Held as one matrix of
/// `annotators · labels` rows.
#[derive(Clone, Debug)]
pub(crate) struct Confusion {
    labels: usize,
    /// Row `annotator · labels + given`, column true label.
    pub(crate) cells: Matrix,
}

impl Confusion {
    pub(crate) fn new(votes: &Votes) -> Result<Self, Unfit> {
        let rows = votes.annotators.saturating_mul(votes.labels);
        votes.fits(rows, votes.labels)?;
        Ok(Self { labels: votes.labels, cells: Matrix::zeros(rows, votes.labels) })
    }

    #[inline]
    fn place(&self, vote: Vote) -> usize {
        vote.annotator as usize * self.labels + vote.label as usize
    }

    #[inline]
    pub(crate) fn row(&self, vote: Vote) -> &[f64] {
        self.cells.row(self.place(vote))
    }

    #[inline]
    pub(crate) fn row_mut(&mut self, vote: Vote) -> &mut [f64] {
        let place = self.place(vote);
        self.cells.row_mut(place)
    }

    /// The rows of each annotator, one after the other in one slice.
    pub(crate) fn by_annotator_mut(&mut self) -> impl Iterator<Item = &mut [f64]> {
        let size = (self.labels * self.labels).max(1);
        self.cells.cells_mut().chunks_exact_mut(size)
    }

    /// Counts the labels of each annotator against these posteriors.
    pub(crate) fn count(&mut self, votes: &Votes, posteriors: &Matrix) {
        self.cells.clear();
        for (of_item, posterior) in votes.by_item().zip(posteriors.rows()) {
            for vote in of_item {
                add_to(self.row_mut(*vote), posterior);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn votes_lie_by_item() {
        let (table, _) = Table::from_rows([("i", "a", "x"), ("j", "a", "y"), ("i", "b", "y")]);
        let votes = Votes::new(&table);
        let seen: Vec<Vec<(u32, u32)>> =
            votes.by_item().map(|of| of.iter().map(|v| (v.annotator, v.label)).collect()).collect();
        assert_eq!(seen, [vec![(0, 0), (1, 1)], vec![(0, 1)]]);
        assert_eq!(votes.shares().unwrap().cells(), [0.5, 0.5, 0.0, 1.0]);
        assert_eq!(votes.sparse_shares().collect::<Vec<_>>(), [vec![(0, 0.5), (1, 0.5)], vec![(1, 1.0)]]);
        assert_eq!(votes.given(), [2.0, 1.0]);
        assert_eq!(Votes::default().shares(), Err(Unfit::Empty));
        let many = Votes {
            labels: 1_000_000,
            starts: (0..=100).collect(),
            votes: vec![Vote { annotator: 0, label: 0 }; 100],
            annotators: 1,
        };
        assert_eq!(many.shares(), Err(Unfit::TooLarge));
    }

    #[test]
    fn logs_far_below_any_number_still_sum_to_one() {
        let mut row = [-90_000.0, -90_001.0];
        let sum = normalize_logs(&mut row);
        assert!((row[0] - 1.0 / (1.0 + (-1.0f64).exp())).abs() < 1e-12 && (row[0] + row[1] - 1.0).abs() < 1e-15);
        assert!((sum - (-90_000.0 + (1.0 + (-1.0f64).exp()).ln())).abs() < 1e-9);
        let mut none = [f64::NEG_INFINITY; 2];
        assert_eq!((normalize_logs(&mut none), none), (f64::NEG_INFINITY, [0.5, 0.5]));
    }
}
