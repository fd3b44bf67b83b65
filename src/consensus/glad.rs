//! GLAD (Whitehill et al. 2009): an annotator of ability α is right about an item of ease e^β with probability σ(α e^β), and else
//! wrong in each way equally often. Abilities and log eases have normal priors with mean 1 and variance 1.
//!
//! The objective is that of crowd-kit 1.4.2; unlike there, each maximization goes to its optimum and the rounds go on until the
//! posteriors stand still.

use super::{Unfit, Votes, normalize_logs};
use crate::agreement::matrix::Matrix;

/// When to stop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stop {
    /// Most rounds of expectation and maximization.
    pub rounds: u32,
    /// Most passes over abilities and eases in one maximization.
    pub passes: u32,
    /// Largest move of a posterior that counts as standing still.
    pub tolerance: f64,
}

impl Default for Stop {
    fn default() -> Self {
        Self { rounds: 500, passes: 200, tolerance: 1e-9 }
    }
}

/// What was estimated.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimated {
    /// Posterior of each label of each item.
    pub probabilities: Matrix,
    /// Ability of each annotator; below 0: against the others.
    pub abilities: Vec<f64>,
    /// Logarithm of the ease of each item.
    pub eases: Vec<f64>,
}

/// ln σ(x), without overflow.
fn log_logistic(x: f64) -> f64 {
    if x < 0.0 { x - x.exp().ln_1p() } else { -(-x).exp().ln_1p() }
}

/// Abilities and eases, and each label as `(annotator, item, posterior of the label)`.
struct Model {
    abilities: Vec<f64>,
    eases: Vec<f64>,
    labels: Vec<(u32, u32, f64)>,
    /// The labels of each annotator, as places in `labels`; those of an item lie together.
    of_annotator: Vec<Vec<u32>>,
    of_item: Vec<(usize, usize)>,
}

/// Estimates.
///
/// # Errors
/// [`Unfit`].
pub fn glad(votes: &Votes, stop: Stop) -> Result<Estimated, Unfit> {
    let mut posteriors = votes.blank()?;
    let mut model = Model::new(votes);
    model.expect(votes, &mut posteriors);
    for _ in 0..stop.rounds {
        model.maximize(stop.passes);
        if model.expect(votes, &mut posteriors) < stop.tolerance {
            break;
        }
    }
    Ok(Estimated { probabilities: posteriors, abilities: model.abilities, eases: model.eases })
}

impl Model {
    fn new(votes: &Votes) -> Self {
        let mut model = Self {
            abilities: vec![1.0; votes.annotators],
            eases: vec![1.0; votes.items()],
            labels: Vec::with_capacity(votes.all().len()),
            of_annotator: vec![Vec::new(); votes.annotators],
            of_item: Vec::with_capacity(votes.items()),
        };
        for (item, of_item) in votes.by_item().enumerate() {
            let from = model.labels.len();
            for vote in of_item {
                if let Some(list) = model.of_annotator.get_mut(vote.annotator as usize) {
                    list.push(model.labels.len() as u32);
                }
                model.labels.push((vote.annotator, item as u32, 0.0));
            }
            model.of_item.push((from, model.labels.len()));
        }
        model
    }

    /// New posteriors; gives the largest move.
    fn expect(&mut self, votes: &Votes, posteriors: &mut Matrix) -> f64 {
        let others = (votes.labels as f64 - 1.0).max(1.0).ln();
        let mut moved: f64 = 0.0;
        let mut new = vec![0.0; votes.labels];
        let mut labels = self.labels.iter_mut();
        for ((row, of_item), ease) in posteriors.rows_mut().zip(votes.by_item()).zip(&self.eases) {
            new.fill(0.0);
            for vote in of_item {
                let ability = self.abilities.get(vote.annotator as usize).copied().unwrap_or(0.0);
                let x = ability * ease.exp();
                let (right, wrong) = (log_logistic(x), log_logistic(-x) - others);
                for (log, label) in new.iter_mut().zip(0u32..) {
                    *log += if label == vote.label { right } else { wrong };
                }
            }
            normalize_logs(&mut new);
            for (old, new) in row.iter_mut().zip(&new) {
                moved = moved.max((*old - new).abs());
                *old = *new;
            }
            for (vote, label) in of_item.iter().zip(labels.by_ref()) {
                label.2 = row.get(vote.label as usize).copied().unwrap_or(0.0);
            }
        }
        moved
    }

    fn maximize(&mut self, passes: u32) {
        for _ in 0..passes {
            let mut moved: f64 = 0.0;
            let growth: Vec<f64> = self.eases.iter().map(|ease| ease.exp()).collect();
            for (ability, list) in self.abilities.iter_mut().zip(&self.of_annotator) {
                let met = || {
                    let labels = list.iter().filter_map(|at| self.labels.get(*at as usize));
                    labels.map(|(_, item, p)| (growth.get(*item as usize).copied().unwrap_or(1.0), *p))
                };
                let new = climb(*ability, &|a| slope_of_ability(a, met()));
                moved = moved.max((new - *ability).abs());
                *ability = new;
            }
            for (ease, (from, to)) in self.eases.iter_mut().zip(&self.of_item) {
                let met = || {
                    let labels = self.labels.get(*from..*to).unwrap_or(&[]);
                    labels.iter().map(|(who, _, p)| (self.abilities.get(*who as usize).copied().unwrap_or(0.0), *p))
                };
                let new = climb(*ease, &|b| slope_of_ease(b, met()));
                moved = moved.max((new - *ease).abs());
                *ease = new;
            }
            if moved < 1e-10 {
                break;
            }
        }
    }
}

/// Value, slope and curvature of the objective in one ability.
fn slope_of_ability(ability: f64, met: impl Iterator<Item = (f64, f64)>) -> [f64; 3] {
    let mut sums = [-0.5 * (ability - 1.0).powi(2), 1.0 - ability, -1.0];
    for (growth, p) in met {
        let x = ability * growth;
        let right = 1.0 / (1.0 + (-x).exp());
        sums = [
            sums[0] + p * log_logistic(x) + (1.0 - p) * log_logistic(-x),
            sums[1] + (p - right) * growth,
            sums[2] - right * (1.0 - right) * growth * growth,
        ];
    }
    sums
}

/// Value, slope and curvature of the objective in the logarithm of one ease.
fn slope_of_ease(ease: f64, met: impl Iterator<Item = (f64, f64)>) -> [f64; 3] {
    let mut sums = [-0.5 * (ease - 1.0).powi(2), 1.0 - ease, -1.0];
    let growth = ease.exp();
    for (ability, p) in met {
        let x = ability * growth;
        let right = 1.0 / (1.0 + (-x).exp());
        sums = [
            sums[0] + p * log_logistic(x) + (1.0 - p) * log_logistic(-x),
            sums[1] + (p - right) * x,
            sums[2] + (p - right) * x - right * (1.0 - right) * x * x,
        ];
    }
    sums
}

/// Newton's method in one dimension, uphill: steps are held to 1 and halved until the value does not fall.
fn climb(mut at: f64, of: &dyn Fn(f64) -> [f64; 3]) -> f64 {
    let [mut value, mut slope, mut curvature] = of(at);
    for _ in 0..30 {
        let step = if curvature < 0.0 { -slope / curvature } else { slope };
        let mut step = step.clamp(-1.0, 1.0);
        if step.abs() < 1e-12 {
            break;
        }
        loop {
            let next = of(at + step);
            if next[0] >= value - 1e-13 * value.abs() {
                at += step;
                [value, slope, curvature] = next;
                break;
            }
            step *= 0.5;
            if step.abs() < 1e-12 {
                return at;
            }
        }
    }
    at
}
