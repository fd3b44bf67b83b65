//! CROWDLAB (Goh, Tkachenko and Mueller 2022): annotators and a model vote together, each weighted by how far it beats a
//! constant guess.
//!
//! As cleanlab 2.9.0 computes it with `consensus_method="best_quality"`, without calibration. Where it breaks a last tie at random,
//! the first label is taken.

use super::{Unfit, Votes};
use crate::agreement::matrix::{Matrix, largest};

/// Smallest weight.
const LEAST: f64 = 1e-6;

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Quality {
    /// Posterior of each label of each item.
    pub probabilities: Matrix,
    /// The label of each item.
    pub labels: Vec<usize>,
    /// Posterior of that label.
    pub quality: Vec<f64>,
    /// Share of the item's annotators who gave that label.
    pub agreement: Vec<f64>,
    /// Quality of each annotator.
    pub annotators: Vec<f64>,
    /// Weight of the model.
    pub model_weight: f64,
    /// Weight of each annotator.
    pub weights: Vec<f64>,
}

/// Consensus with a model's probabilities, a row for each item.
///
/// # Errors
/// [`Unfit`]; [`Unfit::Mismatch`] where the probabilities have another size than items and labels.
pub fn crowdlab(votes: &Votes, model: &Matrix) -> Result<Quality, Unfit> {
    votes.blank()?;
    if model.height() != votes.items() || model.columns() < votes.labels {
        return Err(Unfit::Mismatch);
    }
    let with_annotators = agreement_with_annotators(votes);
    let first = majority(votes, model);
    let weighed = Weighed::new(votes, model, &first, &with_annotators);
    let labels: Vec<usize> = weighed
        .posteriors
        .rows()
        .zip(&first)
        .map(|(row, first)| {
            let best = largest(row);
            let most = row.get(best).copied().unwrap_or(0.0);
            if row.iter().filter(|p| **p == most).count() == 1 { best } else { *first }
        })
        .collect();
    let weighed = Weighed::new(votes, model, &labels, &with_annotators);
    let at = |row: &[f64], label: usize| row.get(label).copied().unwrap_or(0.0);
    let quality = weighed.posteriors.rows().zip(&labels).map(|(row, label)| at(row, *label)).collect();
    let annotators = annotator_quality(votes, &weighed, &labels);
    Ok(Quality {
        labels,
        quality,
        agreement: weighed.agreement,
        annotators,
        model_weight: weighed.model_weight,
        weights: weighed.weights,
        probabilities: weighed.posteriors,
    })
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut mean = crate::agreement::distance::Mean::default();
    values.for_each(|value| mean.add(value));
    mean.value()
}

/// The most given label; ties by the model, then by the rarer label, then by how reliable those who gave it are.
fn majority(votes: &Votes, model: &Matrix) -> Vec<usize> {
    let mut totals = vec![0.0; model.columns()];
    for vote in votes.all() {
        if let Some(total) = totals.get_mut(vote.label as usize) {
            *total += 1.0;
        }
    }
    let mut open: Vec<Vec<usize>> = Vec::with_capacity(votes.items());
    for (of_item, probabilities) in votes.by_item().zip(model.rows()) {
        let mut counts = vec![0.0; model.columns()];
        for vote in of_item {
            if let Some(count) = counts.get_mut(vote.label as usize) {
                *count += 1.0;
            }
        }
        let mut tied = keep_best((0..counts.len()).collect(), &counts);
        if tied.len() > 1 {
            tied = keep_best(tied, probabilities);
        }
        if tied.len() > 1 {
            let rarity: Vec<f64> = totals.iter().map(|total| -total).collect();
            tied = keep_best(tied, &rarity);
        }
        open.push(tied);
    }
    // cleanlab judges annotators by the items whose counts alone decided; the later ties are rare, and both agree there
    let decided: Vec<Option<usize>> =
        open.iter().map(|tied| if tied.len() == 1 { tied.first().copied() } else { None }).collect();
    let mut right = vec![(0.0, 0.0); votes.annotators];
    for (of_item, label) in votes.by_item().zip(&decided) {
        let Some(label) = label else { continue };
        for vote in of_item {
            if let Some((equal, given)) = right.get_mut(vote.annotator as usize) {
                *given += 1.0;
                *equal += f64::from(u8::from(vote.label as usize == *label));
            }
        }
    }
    let average = mean(right.iter().filter(|(_, n)| *n > 0.0).map(|(equal, n)| equal / n)).unwrap_or(0.0);
    let reliable = |annotator: u32| match right.get(annotator as usize) {
        Some((equal, given)) if *given > 0.0 => equal / given,
        _ => average,
    };
    let of = |(of_item, tied): (&[super::Vote], Vec<usize>)| {
        let score = |label: &usize| {
            let who = of_item.iter().filter(|vote| vote.label as usize == *label);
            mean(who.map(|vote| reliable(vote.annotator))).unwrap_or(0.0)
        };
        let best = tied.iter().map(score).fold(f64::NEG_INFINITY, f64::max);
        tied.iter().copied().find(|label| score(label) >= best).unwrap_or(0)
    };
    votes.by_item().zip(open).map(of).collect()
}

fn keep_best(among: Vec<usize>, by: &[f64]) -> Vec<usize> {
    let value = |at: &usize| by.get(*at).copied().unwrap_or(f64::NEG_INFINITY);
    let best = among.iter().map(value).fold(f64::NEG_INFINITY, f64::max);
    among.into_iter().filter(|at| value(at) == best).collect()
}

/// How often each annotator says what the others of the same item say; the mean of the known where it is unknown.
fn agreement_with_annotators(votes: &Votes) -> Vec<f64> {
    let mut sums = vec![(0.0, 0.0); votes.annotators];
    for of_item in votes.by_item().filter(|of| of.len() > 1) {
        for vote in of_item {
            let same = of_item.iter().filter(|other| other.label == vote.label).count() - 1;
            if let Some((equal, others)) = sums.get_mut(vote.annotator as usize) {
                *equal += same as f64;
                *others += of_item.len() as f64 - 1.0;
            }
        }
    }
    let average = mean(sums.iter().filter(|(_, n)| *n > 0.0).map(|(equal, n)| equal / n)).unwrap_or(0.0);
    sums.iter().map(|(equal, n)| if *n > 0.0 { equal / n } else { average }).collect()
}

struct Weighed {
    posteriors: Matrix,
    agreement: Vec<f64>,
    model_weight: f64,
    weights: Vec<f64>,
}

impl Weighed {
    fn new(votes: &Votes, model: &Matrix, labels: &[usize], with_annotators: &[f64]) -> Self {
        let classes = model.columns();
        let share = |(of_item, label): (&[super::Vote], &usize)| {
            let equal = of_item.iter().filter(|vote| vote.label as usize == *label).count();
            equal as f64 / of_item.len().max(1) as f64
        };
        let agreement: Vec<f64> = votes.by_item().zip(labels).map(share).collect();
        let several = || votes.by_item().map(|of| of.len() != 1);
        let likely = mean(agreement.iter().zip(several()).filter(|(_, s)| *s).map(|(a, _)| *a)).unwrap_or(1.0);
        let unlikely = (1.0 - likely) / (classes as f64 - 1.0).max(1.0);
        let shared: Vec<usize> = labels.iter().zip(several()).filter(|(_, s)| *s).map(|(label, _)| *label).collect();
        let mut counts = vec![0.0; classes];
        for label in &shared {
            if let Some(count) = counts.get_mut(*label) {
                *count += 1.0;
            }
        }
        let common = largest(&counts);
        let wrong = |of: &mut dyn Iterator<Item = bool>| mean(of.map(|b| f64::from(u8::from(b))));
        let guess = wrong(&mut shared.iter().map(|label| *label != common)).unwrap_or(0.0).max(LEAST);
        let weights: Vec<f64> = with_annotators.iter().map(|a| (1.0 - (1.0 - a) / guess).max(LEAST)).collect();
        let rows = model.rows().zip(labels).zip(several()).filter(|(_, s)| *s);
        let missed = wrong(&mut rows.map(|((row, label), _)| largest(row) != *label)).unwrap_or(0.0);
        let per_item = votes.all().len() as f64 / votes.items().max(1) as f64;
        let model_weight = (1.0 - missed / guess).max(LEAST) * per_item.sqrt();
        let mut posteriors = model.clone();
        for (row, of_item) in posteriors.rows_mut().zip(votes.by_item()) {
            row.iter_mut().for_each(|p| *p *= model_weight);
            let mut total = model_weight;
            for vote in of_item {
                let weight = weights.get(vote.annotator as usize).copied().unwrap_or(LEAST);
                total += weight;
                for (p, label) in row.iter_mut().zip(0u32..) {
                    *p += weight * if label == vote.label { likely } else { unlikely };
                }
            }
            row.iter_mut().for_each(|p| *p /= total);
        }
        Self { posteriors, agreement, model_weight, weights }
    }
}

fn annotator_quality(votes: &Votes, weighed: &Weighed, labels: &[usize]) -> Vec<f64> {
    let mut believed = vec![(0.0, 0.0); votes.annotators];
    let mut with_outcome = vec![(0.0, 0.0); votes.annotators];
    for ((of_item, row), label) in votes.by_item().zip(weighed.posteriors.rows()).zip(labels) {
        for vote in of_item {
            let at = vote.annotator as usize;
            if let Some((sum, n)) = believed.get_mut(at) {
                *sum += row.get(vote.label as usize).copied().unwrap_or(0.0);
                *n += 1.0;
            }
            if let Some((sum, n)) = with_outcome.get_mut(at).filter(|_| of_item.len() != 1) {
                *sum += f64::from(u8::from(vote.label as usize == *label));
                *n += 1.0;
            }
        }
    }
    let per_item = votes.all().len() as f64 / votes.items().max(1) as f64;
    let others = weighed.weights.iter().sum::<f64>() * per_item / votes.annotators.max(1) as f64;
    let w = weighed.model_weight / (weighed.model_weight + others);
    let share = |(sum, n): &(f64, f64)| if *n > 0.0 { sum / n } else { f64::NAN };
    believed.iter().zip(&with_outcome).map(|(b, o)| w * share(b) + (1.0 - w) * share(o)).collect()
}
