//! MACE (Hovy, Berg-Kirkpatrick, Vaswani and Hovy 2013): an annotator either knows the answer or spams by a habit of their own.
//!
//! By expectation and maximization, with smoothing, or variationally with priors, as crowd-kit 1.4.2 does where names come in
//! sorted order (elsewhere it mixes them up); products are taken in logarithms, so that hundreds of labels on an
//! item do not vanish. Several starts come from one running generator and are therefore different.

use super::{Unfit, Votes, normalize_logs};
use crate::agreement::matrix::Matrix;
use crate::agreement::random::Random;
use crate::agreement::special::digamma;

/// How the parameters are re-estimated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Update {
    /// Counts plus `smoothing`, normalized.
    Counts {
        /// What is added to each count.
        smoothing: f64,
    },
    /// exp ψ(count + prior), over that of the sum.
    Variational {
        /// Prior of spamming.
        spam: f64,
        /// Prior of knowing.
        know: f64,
        /// Prior of each label of a spammer.
        strategy: f64,
    },
}

/// Where a run begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    /// P(spams), P(knows) of each annotator.
    pub spamming: Matrix,
    /// What each annotator gives when spamming.
    pub strategies: Matrix,
}

impl Start {
    /// Numbers in 1..2.5, normalized, as crowd-kit draws them.
    pub fn draw(votes: &Votes, random: &mut Random) -> Self {
        let mut drawn = |columns: usize| {
            let mut matrix = Matrix::zeros(votes.annotators, columns);
            for row in matrix.rows_mut() {
                row.iter_mut().for_each(|cell| *cell = 1.0 + 1.5 * random.unit());
                let sum: f64 = row.iter().sum();
                row.iter_mut().for_each(|cell| *cell /= sum);
            }
            matrix
        };
        Self { spamming: drawn(2), strategies: drawn(votes.labels) }
    }
}

/// What was estimated.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimated {
    /// Posterior of each label of each item.
    pub probabilities: Matrix,
    /// P(knows) of each annotator. Variationally it need not add up with P(spams).
    pub competence: Vec<f64>,
    /// What each annotator gives when spamming.
    pub strategies: Matrix,
    /// Σ ln (marginal + 1e-8) over items.
    pub likelihood: f64,
}

/// One run of `rounds`.
///
/// # Errors
/// [`Unfit`]; [`Unfit::Mismatch`] where the start has other sizes than the data.
pub fn run(votes: &Votes, start: Start, update: Update, rounds: u32) -> Result<Estimated, Unfit> {
    let mut posteriors = votes.blank()?;
    let fits = |matrix: &Matrix, columns| matrix.height() == votes.annotators && matrix.columns() == columns;
    if !fits(&start.spamming, 2) || !fits(&start.strategies, votes.labels) {
        return Err(Unfit::Mismatch);
    }
    let Start { mut spamming, mut strategies } = start;
    let mut counts = (Matrix::zeros(votes.annotators, 2), Matrix::zeros(votes.annotators, votes.labels));
    let mut likelihood = expect(votes, &spamming, &strategies, &mut posteriors, &mut counts);
    for _ in 0..rounds {
        match update {
            Update::Counts { smoothing } => {
                spamming = smoothed(&counts.0, smoothing);
                strategies = smoothed(&counts.1, smoothing);
            }
            Update::Variational { spam, know, strategy } => {
                spamming = variational(&counts.0, &[spam, know]);
                strategies = variational(&counts.1, &vec![strategy; votes.labels]);
            }
        }
        likelihood = expect(votes, &spamming, &strategies, &mut posteriors, &mut counts);
    }
    let competence = (0..votes.annotators).map(|annotator| spamming.at(annotator, 1)).collect();
    Ok(Estimated { probabilities: posteriors, competence, strategies, likelihood })
}

/// The likeliest of several runs from random starts.
///
/// # Errors
/// [`Unfit`].
pub fn restarted(votes: &Votes, update: Update, rounds: u32, restarts: u32, seed: u64) -> Result<Estimated, Unfit> {
    let mut random = Random::new(seed, 0);
    let mut best = run(votes, Start::draw(votes, &mut random), update, rounds)?;
    for _ in 1..restarts {
        let other = run(votes, Start::draw(votes, &mut random), update, rounds)?;
        if other.likelihood > best.likelihood {
            best = other;
        }
    }
    Ok(best)
}

fn expect(
    votes: &Votes,
    spamming: &Matrix,
    strategies: &Matrix,
    posteriors: &mut Matrix,
    counts: &mut (Matrix, Matrix),
) -> f64 {
    counts.0.clear();
    counts.1.clear();
    let uniform = -(votes.labels as f64).ln();
    let mut likelihood = 0.0;
    for (row, of_item) in posteriors.rows_mut().zip(votes.by_item()) {
        row.fill(uniform);
        for vote in of_item {
            let (annotator, label) = (vote.annotator as usize, vote.label as usize);
            let spam = spamming.at(annotator, 0) * strategies.at(annotator, label);
            let (wrong, right) = (spam.ln(), (spam + spamming.at(annotator, 1)).ln());
            for (log, other) in row.iter_mut().zip(0..) {
                *log += if other == label { right } else { wrong };
            }
        }
        likelihood += (normalize_logs(row).exp() + 1e-8).ln();
        for vote in of_item {
            let (annotator, label) = (vote.annotator as usize, vote.label as usize);
            let spam = spamming.at(annotator, 0) * strategies.at(annotator, label);
            let know = spamming.at(annotator, 1);
            let right = row.get(label).copied().unwrap_or(0.0);
            let sum: f64 = row.iter().sum();
            // where the label is wrong it was spam for sure
            let both = spam + know;
            let (spammed, known) = if both > 0.0 { (right * spam / both, right * know / both) } else { (0.0, 0.0) };
            let spammed = spammed + sum - right;
            counts.0.add(annotator, 0, spammed);
            counts.0.add(annotator, 1, known);
            counts.1.add(annotator, label, spammed);
        }
    }
    likelihood
}

fn smoothed(counts: &Matrix, smoothing: f64) -> Matrix {
    let mut out = counts.clone();
    for row in out.rows_mut() {
        row.iter_mut().for_each(|cell| *cell += smoothing);
        let sum: f64 = row.iter().sum();
        row.iter_mut().for_each(|cell| *cell = if sum > 1e-8 { *cell / sum } else { 0.0 });
    }
    out
}

fn variational(counts: &Matrix, priors: &[f64]) -> Matrix {
    let mut out = counts.clone();
    for row in out.rows_mut() {
        row.iter_mut().zip(priors).for_each(|(cell, prior)| *cell += prior);
        let sum = digamma(row.iter().sum());
        row.iter_mut().for_each(|cell| *cell = (digamma(*cell) - sum).exp());
    }
    out
}
