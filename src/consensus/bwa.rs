//! Bayesian weighted average (Li, Rubinstein and Cohn 2019, *Truth inference at scale*): each label as a noisy measurement of 0 or 1
//! whose precision is the annotator's.

use super::{Unfit, Votes};
use crate::agreement::matrix::Matrix;

/// Parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Prior labels of an annotator.
    pub prior_labels: f64,
    /// Weight of the mean of all items.
    pub mean_weight: f64,
    /// Scale the prior scatter by 4 (1 − 1/labels).
    pub corrected: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { prior_labels: 15.0, mean_weight: 1.0, corrected: true }
    }
}

/// A score of each label of each item, about 0..=1; the highest is the outcome. Each label is scored on its own.
///
/// # Errors
/// [`Unfit`].
pub fn scores(votes: &Votes, settings: Settings, rounds: u32) -> Result<Matrix, Unfit> {
    let mut all = votes.blank()?;
    let given = votes.given();
    let correction = if settings.corrected { 4.0 * (1.0 - 1.0 / votes.labels as f64) } else { 1.0 };
    for label in 0..votes.labels {
        let of = of_label(votes, settings, rounds, label as u32, &given, correction);
        for (row, score) in all.rows_mut().zip(of) {
            row.iter_mut().skip(label).take(1).for_each(|cell| *cell = score);
        }
    }
    Ok(all)
}

fn of_label(votes: &Votes, settings: Settings, rounds: u32, label: u32, given: &[f64], correction: f64) -> Vec<f64> {
    let said = |vote: &super::Vote| f64::from(u8::from(vote.label == label));
    let mut means: Vec<f64> =
        votes.by_item().map(|of_item| of_item.iter().map(said).sum::<f64>() / of_item.len().max(1) as f64).collect();
    let scatter: f64 = votes.by_item().zip(&means).map(|(of, z)| of.len() as f64 * z * (1.0 - z)).sum();
    let prior = settings.prior_labels * scatter / votes.all().len() as f64 * correction;
    for _ in 0..rounds {
        let mean = means.iter().sum::<f64>() / means.len().max(1) as f64;
        let mut errors = vec![prior; votes.annotators];
        for (of_item, z) in votes.by_item().zip(&means) {
            for vote in of_item {
                if let Some(error) = errors.get_mut(vote.annotator as usize) {
                    *error += (z - said(vote)).powi(2);
                }
            }
        }
        // a label that nobody doubts has no error at all: everybody is as precise as another
        let precisions: Vec<f64> = errors
            .iter()
            .zip(given)
            .map(|(error, n)| (settings.prior_labels + n) / error.max(f64::MIN_POSITIVE * 1e20))
            .collect();
        let mut moved = false;
        for (z, of_item) in means.iter_mut().zip(votes.by_item()) {
            let (mut weighted, mut weight) = (settings.mean_weight * mean, settings.mean_weight);
            for vote in of_item {
                let precision = precisions.get(vote.annotator as usize).copied().unwrap_or(0.0);
                weighted += precision * said(vote);
                weight += precision;
            }
            let new = if weight > 0.0 { weighted / weight } else { mean };
            moved |= (*z - new).abs() > 1e-8 + 1e-3 * new.abs();
            *z = new;
        }
        if !moved {
            break;
        }
    }
    means
}
