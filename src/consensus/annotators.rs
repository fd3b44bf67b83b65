//! What an outcome says of how each annotator labels, as probabilities that can be asked: for reports on annotators and items, and
//! for whom to ask next.
//!
//! P(given | true) is the annotator's expected counts averaged with the crowd's, as strongly as the outcome was. Where a matrix of
//! labels for each annotator would be too large, or was not estimated, one skill stands for it.

use super::pooled::{Model, Outcome};
use super::{Confusion, Vote, Votes, add_to, normalize_logs};
use crate::agreement::matrix::Matrix;

/// What every probability is at least, so that one label never rules a truth out.
const LEAST: f64 = 1e-9;

/// How everybody labels.
#[derive(Clone, Debug)]
pub struct Annotators {
    labels: usize,
    /// Share of each true label.
    shares: Vec<f64>,
    /// P(given | true), where there are matrices.
    errors: Option<Confusion>,
    skills: Vec<f64>,
    /// The skill of all together.
    skill: f64,
    /// Labels of the crowd that everyone is averaged with.
    strength: f64,
}

impl Annotators {
    /// What `outcome` says of the annotators whose labels `votes` are.
    pub fn new(votes: &Votes, outcome: &Outcome) -> Self {
        let mut shares = vec![0.5; votes.labels];
        for (label, p) in outcome.posteriors.iter().flatten() {
            if let Some(share) = shares.get_mut(*label as usize) {
                *share += p;
            }
        }
        let whole: f64 = shares.iter().sum();
        shares.iter_mut().for_each(|share| *share /= whole);
        let given = votes.given();
        let right: f64 = outcome.skills.iter().zip(&given).map(|(skill, n)| skill * n).sum();
        let skill = (right + 1.0) / (given.iter().sum::<f64>() + 2.0);
        let strength = outcome.strength;
        let pool = |(own, n): (&f64, &f64)| (own * n + strength * skill) / (n + strength);
        let skills = outcome.skills.iter().zip(&given).map(pool).collect();
        let mut annotators = Self { labels: votes.labels, shares, errors: None, skills, skill, strength };
        if outcome.model != Model::OneSkill {
            annotators.fill(votes, outcome);
        }
        annotators
    }

    fn fill(&mut self, votes: &Votes, outcome: &Outcome) {
        let Ok(mut errors) = Confusion::new(votes) else { return };
        let labels = self.labels.max(1);
        // right labels four times as likely as each wrong one, with the weight of one item of each kind
        let mut crowd = Matrix::from_fn(labels, labels, |given, truth| if given == truth { 4.0 } else { 1.0 });
        let mut posterior = vec![0.0; labels];
        for (of_item, sparse) in votes.by_item().zip(&outcome.posteriors) {
            posterior.fill(0.0);
            for (label, p) in sparse {
                posterior.iter_mut().skip(*label as usize).take(1).for_each(|cell| *cell = *p);
            }
            for vote in of_item {
                add_to(errors.row_mut(*vote), &posterior);
                add_to(crowd.row_mut(vote.label as usize), &posterior);
            }
        }
        let sums = crowd.column_sums();
        crowd.rows_mut().for_each(|row| row.iter_mut().zip(&sums).for_each(|(cell, sum)| *cell /= sum));
        for of_annotator in errors.by_annotator_mut() {
            let mut sums = vec![self.strength; labels];
            of_annotator.chunks_exact(labels).for_each(|row| add_to(&mut sums, row));
            for (row, crowd) in of_annotator.chunks_exact_mut(labels).zip(crowd.rows()) {
                for ((cell, mean), sum) in row.iter_mut().zip(crowd).zip(&sums) {
                    *cell = (*cell + self.strength * mean) / sum;
                }
            }
        }
        self.errors = Some(errors);
    }

    /// Number of labels.
    pub fn labels(&self) -> usize {
        self.labels
    }

    /// P(this label | true label) of who gives it.
    pub fn likelihood(&self, vote: Vote, truth: u32) -> f64 {
        let p = match &self.errors {
            Some(errors) => errors.row(vote).get(truth as usize).copied().unwrap_or(0.0),
            None => self.by_skill(self.skill(vote.annotator), vote.label == truth),
        };
        p.max(LEAST)
    }

    fn by_skill(&self, skill: f64, right: bool) -> f64 {
        if right { skill } else { (1.0 - skill) / (self.labels as f64 - 1.0).max(1.0) }
    }

    /// P(right) of an annotator, averaged with the crowd's.
    pub fn skill(&self, annotator: u32) -> f64 {
        self.skills.get(annotator as usize).copied().unwrap_or(self.skill)
    }

    /// ln P(truth and these labels), for each of `truths`.
    pub fn joint_logs(&self, of_item: &[Vote], truths: &[u32]) -> Vec<f64> {
        let share = |truth: u32| self.shares.get(truth as usize).copied().unwrap_or(LEAST).max(LEAST).ln();
        let of_truth =
            |truth: &u32| share(*truth) + of_item.iter().map(|vote| self.likelihood(*vote, *truth).ln()).sum::<f64>();
        truths.iter().map(of_truth).collect()
    }

    /// For each annotator of an item, once: P(truth) for each of `truths` by the labels of the others alone.
    pub fn without_each(&self, of_item: &[Vote], truths: &[u32]) -> Vec<(u32, Vec<f64>)> {
        let all = self.joint_logs(of_item, truths);
        // the labels of an item lie by annotator
        let own = of_item.chunk_by(|a, b| a.annotator == b.annotator);
        own.filter_map(|own| {
            let mut logs = all.clone();
            for (log, truth) in logs.iter_mut().zip(truths) {
                *log -= own.iter().map(|vote| self.likelihood(*vote, *truth).ln()).sum::<f64>();
            }
            normalize_logs(&mut logs);
            Some((own.first()?.annotator, logs))
        })
        .collect()
    }
}
