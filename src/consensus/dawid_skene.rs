//! Dawid and Skene (1979): each annotator has a confusion matrix, each item a true label; both are estimated together by
//! expectation and maximization. Here also with one skill per annotator, and with hard assignments.
//!
//! Conventions are crowd-kit's (1.4.2), so that its results can be met: it starts from vote shares; the share of each true
//! label is re-estimated; counts are clipped at 1e-10 and normalized over the labels an annotator used at all; the
//! posteriors that come out are clipped as well, without being normalized again.

use super::{Confusion, Unfit, Vote, Votes, add_to, means, normalize_logs};
use crate::agreement::matrix::{Matrix, dot, largest};

/// What crowd-kit clips at.
const CLIP: f64 = 1e-10;

/// When to stop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stop {
    /// Most rounds.
    pub rounds: u32,
    /// Stop when the bound per label grows by less; `None`: all rounds.
    pub tolerance: Option<f64>,
}

impl Default for Stop {
    fn default() -> Self {
        Self { rounds: 100, tolerance: Some(1e-5) }
    }
}

/// What was estimated.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimated {
    /// Posterior of each label of each item.
    pub probabilities: Matrix,
    /// Share of each true label.
    pub priors: Vec<f64>,
    /// Row `annotator · labels + given label`, column true label: P(given | true), for labels an annotator used.
    pub errors: Matrix,
    /// Skill of each annotator, for the form with one skill.
    pub skills: Vec<f64>,
    /// Rounds done.
    pub rounds: u32,
    /// The last bound per label, with the logarithm of the prior added once per label, as crowd-kit does.
    pub bound: f64,
}

/// The full form. One round over 10⁶ labels of 10 kinds takes some 40 ms.
///
/// # Errors
/// [`Unfit`].
pub fn full(votes: &Votes, stop: Stop) -> Result<Estimated, Unfit> {
    run(votes, stop, false)
}

/// One skill per annotator: right with that probability, else wrong in each way equally often.
///
/// # Errors
/// [`Unfit`].
pub fn one_coin(votes: &Votes, stop: Stop) -> Result<Estimated, Unfit> {
    run(votes, stop, true)
}

fn run(votes: &Votes, stop: Stop, one_coin: bool) -> Result<Estimated, Unfit> {
    let mut posteriors = votes.shares()?;
    let mut errors = Confusion::new(votes)?;
    let used = used(votes);
    let given = votes.given();
    let mut skills = Vec::new();
    let mut priors = means(&posteriors);
    let mut logs = errors.clone();
    if one_coin {
        skills = mean_posterior(votes, &posteriors, &given);
        spread_skills(&mut errors, &skills, &used);
    } else {
        errors.count(votes, &posteriors);
        normalize(&mut errors, &used);
    }
    let (mut bound, mut rounds) = (f64::NEG_INFINITY, 0);
    while rounds < stop.rounds {
        rounds += 1;
        logarithms(&errors, &mut logs);
        if one_coin {
            expect(votes, &priors, &logs, &mut posteriors, None);
            skills = mean_posterior(votes, &posteriors, &given);
            spread_skills(&mut errors, &skills, &used);
        } else {
            errors.cells.clear();
            expect(votes, &priors, &logs, &mut posteriors, Some(&mut errors));
            normalize(&mut errors, &used);
        }
        priors = means(&posteriors);
        if stop.tolerance.is_none() && rounds < stop.rounds {
            continue;
        }
        logarithms(&errors, &mut logs);
        let new = lower_bound(votes, &posteriors, &priors, &logs);
        let gained = new - bound;
        bound = new;
        if stop.tolerance.is_some_and(|tolerance| gained < tolerance) {
            break;
        }
    }
    if rounds > 0 {
        posteriors.cells_mut().iter_mut().for_each(|p| *p = p.max(CLIP));
    }
    Ok(Estimated { probabilities: posteriors, priors, errors: errors.cells, skills, rounds, bound })
}

/// Which labels each annotator used: annotator by annotator.
fn used(votes: &Votes) -> Vec<bool> {
    let mut used = vec![false; votes.annotators * votes.labels];
    for vote in votes.all() {
        if let Some(used) = used.get_mut(vote.annotator as usize * votes.labels + vote.label as usize) {
            *used = true;
        }
    }
    used
}

fn normalize(errors: &mut Confusion, used: &[bool]) {
    let labels = errors.labels.max(1);
    let mut sums = vec![0.0; labels];
    for (of_annotator, used) in errors.by_annotator_mut().zip(used.chunks_exact(labels)) {
        sums.fill(0.0);
        for (row, used) in of_annotator.chunks_exact_mut(labels).zip(used) {
            if *used {
                row.iter_mut().for_each(|count| *count = count.max(CLIP));
                add_to(&mut sums, row);
            }
        }
        for (row, used) in of_annotator.chunks_exact_mut(labels).zip(used) {
            if *used {
                row.iter_mut().zip(&sums).for_each(|(count, sum)| *count /= sum);
            }
        }
    }
}

/// Mean posterior of the labels that each annotator gave.
fn mean_posterior(votes: &Votes, posteriors: &Matrix, given: &[f64]) -> Vec<f64> {
    let mut sums = vec![0.0; votes.annotators];
    for (of_item, posterior) in votes.by_item().zip(posteriors.rows()) {
        for vote in of_item {
            if let (Some(sum), Some(p)) = (sums.get_mut(vote.annotator as usize), posterior.get(vote.label as usize)) {
                *sum += p;
            }
        }
    }
    sums.iter().zip(given).map(|(sum, given)| if *given > 0.0 { sum / given } else { 0.0 }).collect()
}

fn spread_skills(errors: &mut Confusion, skills: &[f64], used: &[bool]) {
    let labels = errors.labels.max(1);
    let others = (labels as f64 - 1.0).max(1.0);
    for ((of_annotator, skill), used) in errors.by_annotator_mut().zip(skills).zip(used.chunks_exact(labels)) {
        for (given, (row, used)) in of_annotator.chunks_exact_mut(labels).zip(used).enumerate() {
            if *used {
                row.fill(((1.0 - skill) / others).clamp(CLIP, 1.0 - CLIP));
                row.iter_mut().skip(given).take(1).for_each(|cell| *cell = skill.clamp(CLIP, 1.0 - CLIP));
            }
        }
    }
}

/// Labels that an annotator never used are never looked up; their logarithm is of no matter.
fn logarithms(of: &Confusion, logs: &mut Confusion) {
    logs.cells.cells_mut().iter_mut().zip(of.cells.cells()).for_each(|(log, value)| *log = value.ln());
}

/// Posteriors of all items, and, in the same pass while they are at hand, the counts of what was given to them.
fn expect(votes: &Votes, priors: &[f64], logs: &Confusion, posteriors: &mut Matrix, counts: Option<&mut Confusion>) {
    let priors: Vec<f64> = priors.iter().map(|p| p.max(CLIP).ln()).collect();
    let (logs, posteriors) = (logs.cells.cells(), posteriors.cells_mut());
    let mut none = [];
    let counts = counts.map_or(&mut none[..], |counts| counts.cells.cells_mut());
    // a known length lets the compiler unroll and join the loops
    match votes.labels {
        2 => expect_of::<2>(votes, &priors, logs, posteriors, counts),
        3 => expect_of::<3>(votes, &priors, logs, posteriors, counts),
        4 => expect_of::<4>(votes, &priors, logs, posteriors, counts),
        5 => expect_of::<5>(votes, &priors, logs, posteriors, counts),
        6 => expect_of::<6>(votes, &priors, logs, posteriors, counts),
        7 => expect_of::<7>(votes, &priors, logs, posteriors, counts),
        8 => expect_of::<8>(votes, &priors, logs, posteriors, counts),
        9 => expect_of::<9>(votes, &priors, logs, posteriors, counts),
        10 => expect_of::<10>(votes, &priors, logs, posteriors, counts),
        _ => expect_any(votes, &priors, logs, posteriors, counts),
    }
}

fn expect_of<const N: usize>(votes: &Votes, priors: &[f64], logs: &[f64], posteriors: &mut [f64], counts: &mut [f64]) {
    let Some(priors) = priors.first_chunk::<N>() else { return };
    let (logs, counts) = (logs.as_chunks::<N>().0, counts.as_chunks_mut::<N>().0);
    for (row, of_item) in posteriors.as_chunks_mut::<N>().0.iter_mut().zip(votes.by_item()) {
        let mut sums = *priors;
        for vote in of_item {
            if let Some(log) = logs.get(vote.annotator as usize * N + vote.label as usize) {
                sums.iter_mut().zip(log).for_each(|(sum, log)| *sum += log);
            }
        }
        normalize_logs(&mut sums);
        for vote in of_item {
            if let Some(count) = counts.get_mut(vote.annotator as usize * N + vote.label as usize) {
                count.iter_mut().zip(&sums).for_each(|(count, p)| *count += p);
            }
        }
        *row = sums;
    }
}

fn expect_any(votes: &Votes, priors: &[f64], logs: &[f64], posteriors: &mut [f64], counts: &mut [f64]) {
    let labels = votes.labels.max(1);
    let place = |vote: &Vote| {
        let start = (vote.annotator as usize * labels + vote.label as usize) * labels;
        start..start + labels
    };
    for (row, of_item) in posteriors.chunks_exact_mut(labels).zip(votes.by_item()) {
        row.copy_from_slice(priors);
        for vote in of_item {
            add_to(row, logs.get(place(vote)).unwrap_or(&[]));
        }
        normalize_logs(row);
        for vote in of_item {
            add_to(counts.get_mut(place(vote)).unwrap_or(&mut []), row);
        }
    }
}

fn lower_bound(votes: &Votes, posteriors: &Matrix, priors: &[f64], logs: &Confusion) -> f64 {
    let priors: Vec<f64> = priors.iter().map(|p| p.max(CLIP).ln()).collect();
    let (mut joint, mut entropy) = (0.0, 0.0);
    for (posterior, of_item) in posteriors.rows().zip(votes.by_item()) {
        joint += of_item.len() as f64 * dot(posterior, &priors);
        joint += of_item.iter().map(|vote| dot(posterior, logs.row(*vote))).sum::<f64>();
        entropy -= posterior.iter().map(|p| p.max(CLIP)).map(|p| p * p.ln()).sum::<f64>();
    }
    (joint + entropy) / votes.all().len() as f64
}

/// Fast Dawid-Skene (Sinha, Rao and Balasubramanian 2018): each round assigns every item its likeliest label and counts;
/// without smoothing. Stops when the shares of labels move by less than `tolerance` in sum. Ties go to the first label.
///
/// # Errors
/// [`Unfit`].
pub fn fast(votes: &Votes, rounds: u32, tolerance: f64) -> Result<Vec<usize>, Unfit> {
    let shares = votes.shares()?;
    let mut chosen: Vec<usize> = shares.rows().map(largest).collect();
    let mut posteriors = Matrix::zeros(votes.items(), votes.labels);
    let mut errors = Confusion::new(votes)?;
    let everything = vec![true; votes.annotators * votes.labels];
    let mut before: Option<Vec<f64>> = None;
    for _ in 0..rounds.max(1) {
        posteriors.clear();
        for (row, label) in posteriors.rows_mut().zip(&chosen) {
            row.iter_mut().skip(*label).take(1).for_each(|cell| *cell = 1.0);
        }
        let priors = means(&posteriors);
        errors.count(votes, &posteriors);
        share_counts(&mut errors, &everything);
        errors.cells.cells_mut().iter_mut().for_each(|cell| *cell = cell.ln());
        let logs: Vec<f64> = priors.iter().map(|p| p.ln()).collect();
        for ((row, of_item), label) in posteriors.rows_mut().zip(votes.by_item()).zip(&mut chosen) {
            row.copy_from_slice(&logs);
            for vote in of_item {
                add_to(row, errors.row(*vote));
            }
            *label = largest(row);
        }
        let moved = before.as_ref().map(|old| old.iter().zip(&priors).map(|(a, b)| (a - b).abs()).sum::<f64>());
        before = Some(priors);
        if moved.is_some_and(|moved| moved < tolerance) {
            break;
        }
    }
    Ok(chosen)
}

/// Counts as shares over the labels given, for each annotator and true label; a true label never met stays 0.
fn share_counts(errors: &mut Confusion, everything: &[bool]) {
    let labels = errors.labels.max(1);
    let mut sums = vec![0.0; labels];
    for (of_annotator, _) in errors.by_annotator_mut().zip(everything.chunks_exact(labels)) {
        sums.fill(0.0);
        of_annotator.chunks_exact(labels).for_each(|row| add_to(&mut sums, row));
        for row in of_annotator.chunks_exact_mut(labels) {
            row.iter_mut().zip(&sums).filter(|(_, sum)| **sum > 0.0).for_each(|(cell, sum)| *cell /= sum);
        }
    }
}
