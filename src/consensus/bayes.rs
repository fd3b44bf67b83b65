//! Independent Bayesian classifier combination (Kim and Ghahramani 2012), by variational Bayes: Dawid and Skene's model with a
//! prior for every confusion matrix, so that an annotator with three labels is not believed to be perfect.
//!
//! As Li, Rubinstein and Cohn publish it with *Exploiting worker correlation for label aggregation in crowdsourcing* (2019).

use super::{Confusion, Unfit, Votes, add_to, normalize_logs};
use crate::agreement::matrix::Matrix;
use crate::agreement::special::digamma;

/// Prior counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prior {
    /// Of a right label.
    pub right: f64,
    /// Of each wrong label.
    pub wrong: f64,
    /// Of each true label among the items.
    pub class: f64,
}

impl Default for Prior {
    fn default() -> Self {
        Self { right: 4.0, wrong: 1.0, class: 1.0 }
    }
}

/// Posterior of each label of each item. Stops when no probability moves by more than 1e-3 (and 1e-5 of itself).
///
/// # Errors
/// [`Unfit`].
pub fn ibcc(votes: &Votes, prior: Prior, rounds: u32) -> Result<Matrix, Unfit> {
    let mut posteriors = votes.shares()?;
    let mut counts = Confusion::new(votes)?;
    let sum_of_prior = prior.right + (votes.labels as f64 - 1.0) * prior.wrong;
    for _ in 0..rounds {
        let classes: Vec<f64> = posteriors.column_sums().iter().map(|n| digamma(n + prior.class)).collect();
        counts.count(votes, &posteriors);
        let labels = votes.labels.max(1);
        for of_annotator in counts.by_annotator_mut() {
            let mut sums = vec![sum_of_prior; labels];
            of_annotator.chunks_exact(labels).for_each(|row| add_to(&mut sums, row));
            let sums: Vec<f64> = sums.into_iter().map(digamma).collect();
            for (given, row) in of_annotator.chunks_exact_mut(labels).enumerate() {
                for (class, (cell, sum)) in row.iter_mut().zip(&sums).enumerate() {
                    let own = if given == class { prior.right } else { prior.wrong };
                    *cell = digamma(*cell + own) - sum;
                }
            }
        }
        let mut moved = false;
        let mut new = vec![0.0; votes.labels];
        for (row, of_item) in posteriors.rows_mut().zip(votes.by_item()) {
            new.copy_from_slice(&classes);
            for vote in of_item {
                add_to(&mut new, counts.row(*vote));
            }
            normalize_logs(&mut new);
            moved |= row.iter().zip(&new).any(|(old, new)| (old - new).abs() > 1e-3 + 1e-5 * new.abs());
            row.copy_from_slice(&new);
        }
        if !moved {
            break;
        }
    }
    Ok(posteriors)
}
