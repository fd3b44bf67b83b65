//! Counting: majority, majority weighted by skill, and the two ways to learn such skills from agreement with the majority
//! (Wawa, zero-based skill); also how sure a crowd is of its answers.
//!
//! Conventions are crowd-kit's (1.4.2): ties go to the first label, and a skill is the share of distinct labels of an
//! annotator that equal the outcome.

use super::{Unfit, Votes};
use crate::agreement::matrix::{Matrix, largest};
use std::collections::{BTreeMap, BTreeSet};

/// An outcome with a skill of each annotator.
#[derive(Clone, Debug, PartialEq)]
pub struct Skilled {
    /// Probability of each label of each item.
    pub probabilities: Matrix,
    /// Skill of each annotator, in 0..=1.
    pub skills: Vec<f64>,
}

impl Skilled {
    /// The first most likely label of each item.
    pub fn chosen(&self) -> Vec<usize> {
        chosen(&self.probabilities)
    }
}

/// The first most likely label of each item.
pub fn chosen(probabilities: &Matrix) -> Vec<usize> {
    probabilities.rows().map(largest).collect()
}

/// Shares of the labels of each item, and how often each annotator is with the majority.
///
/// # Errors
/// [`Unfit`].
pub fn majority(votes: &Votes) -> Result<Skilled, Unfit> {
    let probabilities = votes.shares()?;
    let skills = accuracy(votes, &chosen(&probabilities));
    Ok(Skilled { probabilities, skills })
}

/// An outcome over the labels that each item got.
#[derive(Clone, Debug, PartialEq)]
pub struct Sparse {
    /// Labels of each item with their share, by label.
    pub posteriors: Vec<Vec<(u32, f64)>>,
    /// The first most frequent label of each item; `None` for one without labels.
    pub labels: Vec<Option<u32>>,
    /// Share of each annotator's labels that equal the outcome.
    pub skills: Vec<f64>,
}

/// The same as [`majority`] without a row of all labels for each item: for any number of labels.
///
/// # Errors
/// [`Unfit::Empty`].
pub fn sparse_majority(votes: &Votes) -> Result<Sparse, Unfit> {
    if votes.all().is_empty() {
        return Err(Unfit::Empty);
    }
    let posteriors: Vec<Vec<(u32, f64)>> = votes.sparse_shares().collect();
    let first = |row: &Vec<(u32, f64)>| {
        let shares: Vec<f64> = row.iter().map(|(_, share)| *share).collect();
        row.get(largest(&shares)).map(|(label, _)| *label)
    };
    let labels: Vec<Option<u32>> = posteriors.iter().map(first).collect();
    let outcome: Vec<usize> = labels.iter().map(|label| label.map_or(usize::MAX, |label| label as usize)).collect();
    Ok(Sparse { posteriors, skills: accuracy(votes, &outcome), labels })
}

/// Shares of the labels of each item, each label counted by the skill of who gave it. Where all skills on an item are 0, all
/// its labels count the same.
///
/// # Errors
/// [`Unfit`].
pub fn weighted(votes: &Votes, skills: &[f64]) -> Result<Matrix, Unfit> {
    let mut shares = votes.blank()?;
    for (row, of_item) in shares.rows_mut().zip(votes.by_item()) {
        let weight = |annotator: u32| skills.get(annotator as usize).copied().unwrap_or(0.0).max(0.0);
        let sum: f64 = of_item.iter().map(|vote| weight(vote.annotator)).sum();
        for vote in of_item {
            let part = if sum > 0.0 { weight(vote.annotator) / sum } else { 1.0 / of_item.len() as f64 };
            if let Some(share) = row.get_mut(vote.label as usize) {
                *share += part;
            }
        }
    }
    Ok(shares)
}

/// The share of each annotator's labels that equal the outcome. The same label of one annotator on one item counts once.
pub fn accuracy(votes: &Votes, outcome: &[usize]) -> Vec<f64> {
    let (mut equal, mut given) = (vec![0.0; votes.annotators], vec![0.0; votes.annotators]);
    let mut seen: BTreeSet<(u32, u32)> = BTreeSet::new();
    for (of_item, label) in votes.by_item().zip(outcome) {
        seen.clear();
        for vote in of_item {
            if !seen.insert((vote.annotator, vote.label)) {
                continue;
            }
            let at = vote.annotator as usize;
            if let (Some(equal), Some(given)) = (equal.get_mut(at), given.get_mut(at)) {
                *given += 1.0;
                *equal += f64::from(u8::from(vote.label as usize == *label));
            }
        }
    }
    equal.iter().zip(&given).map(|(equal, given)| if *given > 0.0 { equal / given } else { 0.0 }).collect()
}

/// Worker agreement with aggregate: the majority weighted by how often each annotator is with the plain majority.
///
/// # Errors
/// [`Unfit`].
pub fn wawa(votes: &Votes) -> Result<Skilled, Unfit> {
    let skills = majority(votes)?.skills;
    Ok(Skilled { probabilities: weighted(votes, &skills)?, skills })
}

/// How zero-based skills are learned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Steps {
    /// Rounds.
    pub rounds: u32,
    /// Part of the way a skill moves to the new share, at first.
    pub rate: f64,
    /// Rounds after which the rate shrinks.
    pub reduce_after: u32,
    /// By what it is multiplied then.
    pub reduce_by: f64,
    /// What a first skill is above chance.
    pub above_chance: f64,
}

impl Default for Steps {
    fn default() -> Self {
        Self { rounds: 100, rate: 1.0, reduce_after: 20, reduce_by: 0.5, above_chance: 1e-5 }
    }
}

/// Zero-based skill: skills start just above chance and move to the share of labels with the weighted majority.
///
/// # Errors
/// [`Unfit`].
pub fn zero_based_skill(votes: &Votes, steps: Steps) -> Result<Skilled, Unfit> {
    let used: BTreeSet<u32> = votes.all().iter().map(|vote| vote.label).collect();
    let mut skills = vec![1.0 / used.len().max(1) as f64 + steps.above_chance; votes.annotators];
    let mut rate = steps.rate;
    for round in 1..=steps.rounds {
        if round.is_multiple_of(steps.reduce_after.max(1)) {
            rate *= steps.reduce_by;
        }
        let outcome = chosen(&weighted(votes, &skills)?);
        let shares = accuracy(votes, &outcome);
        let before = skills.clone();
        skills.iter_mut().zip(shares).for_each(|(skill, share)| *skill += rate * (share - *skill));
        // a full step that changes nothing will change nothing again
        if skills == before && rate > 0.0 {
            break;
        }
    }
    Ok(Skilled { probabilities: weighted(votes, &skills)?, skills })
}

/// Mean posterior of the majority's label where each annotator is right with their skill and else equally often wrong in
/// each way: how consistent the labels of an item are.
///
/// # Errors
/// [`Unfit`].
pub fn consistency(votes: &Votes, skilled: &Skilled) -> Result<f64, Unfit> {
    let labels = used_labels(votes);
    let mut sum = 0.0;
    for (of_item, label) in votes.by_item().zip(skilled.chosen()) {
        let mut logs = vec![0.0; labels.len()];
        for vote in of_item {
            let (right, wrong) = right_and_wrong(skilled, vote.annotator, labels.len());
            for (log, label) in logs.iter_mut().zip(&labels) {
                *log += if *label == vote.label { right.ln() } else { wrong.ln() };
            }
        }
        // skills of 0 and 1 that contradict each other leave nothing possible
        if super::normalize_logs(&mut logs).is_finite() {
            let at = labels.iter().position(|l| *l as usize == label);
            sum += at.and_then(|at| logs.get(at)).copied().unwrap_or(0.0);
        }
    }
    Ok(sum / votes.items().max(1) as f64)
}

/// Mean over items of the entropy of their label shares, in nats. `above` is added to the number of labels they are shares of,
/// as crowd-kit does.
pub fn uncertainty(votes: &Votes, above: f64) -> f64 {
    let mut sum = 0.0;
    let mut counts: BTreeMap<u32, f64> = BTreeMap::new();
    for of_item in votes.by_item() {
        counts.clear();
        of_item.iter().for_each(|vote| *counts.entry(vote.label).or_default() += 1.0);
        let total = of_item.len() as f64 + above;
        let shares: Vec<f64> = counts.values().map(|count| count / total).collect();
        // the shares are brought to 1 once more before the entropy is taken
        let whole: f64 = shares.iter().sum();
        sum -= shares.iter().map(|share| share / whole * (share / whole).ln()).sum::<f64>();
    }
    sum / votes.items().max(1) as f64
}

fn used_labels(votes: &Votes) -> Vec<u32> {
    votes.all().iter().map(|vote| vote.label).collect::<BTreeSet<_>>().into_iter().collect()
}

fn right_and_wrong(skilled: &Skilled, annotator: u32, labels: usize) -> (f64, f64) {
    let right = skilled.skills.get(annotator as usize).copied().unwrap_or(0.0);
    (right, (1.0 - right) / (labels as f64 - 1.0).max(1.0))
}
