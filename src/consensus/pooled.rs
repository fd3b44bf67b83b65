//! The default: Dawid and Skene's model with what the data support. Annotators are pooled, and how strongly is learned; and where
//! annotators err together on some items, that is part of the model.
//!
//! Two models are fitted by variational Bayes and compared by their evidence (the lower bound of the marginal likelihood), which
//! needs no gold answers:
//!
//! - *pooled*: each row of an annotator's confusion matrix has a Dirichlet prior around the crowd's row, whose strength is
//!   estimated from how much annotators really differ (empirical Bayes, Minka's fixed point). Somebody with three labels is
//!   taken for an average annotator, somebody with three hundred for himself.
//! - *correlated*: each true label has two kinds of items (easy and hard, say), in which annotators may have different confusion
//!   matrices (Li, Rubinstein and Cohn 2019, EBCC); priors say that right labels are four times as likely as each wrong one.
//!   Where annotators make the same mistakes on the same items, the first model takes them for a label of their own.
//!
//! Where matrices of labels would not fit into memory, one skill per annotator is estimated instead, pooled in the same way,
//! and only labels that an item got are considered for it.

use super::{Unfit, Votes, add_to, normalize_logs};
use crate::agreement::matrix::Matrix;
use crate::agreement::random::Random;
use crate::agreement::special::{digamma, ln_gamma};

/// Most rounds of one fit.
const ROUNDS: u32 = 400;
/// Cells of all confusion matrices above which one skill per annotator is estimated.
const MAX_CONFUSION: usize = 8_000_000;
/// Votes above which the second model is tried from one start only.
const MANY_VOTES: usize = 20_000;
/// Kinds of items of each label in the correlated model.
const KINDS: usize = 2;
/// Prior counts of the correlated model: a right label, each wrong one; all kinds of items of a label together.
const RIGHT: f64 = 4.0;
const WRONG: f64 = 1.0;
const KIND: f64 = 0.1;
/// A probability that moves by less stands still.
const STILL: f64 = 1e-4;

/// Which model the data asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// Confusion matrices, pooled.
    Pooled,
    /// Confusion matrices by kind of item.
    Correlated,
    /// One skill per annotator, pooled.
    OneSkill,
}

/// What was estimated, and on what grounds.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Which model.
    pub model: Model,
    /// Labels of each item with their posterior, by label; those that nobody gave and that are impossible are left out.
    pub posteriors: Vec<Vec<(u32, f64)>>,
    /// P(right) of each annotator over the items they labeled.
    pub skills: Vec<f64>,
    /// How many labels of an average annotator each own one is averaged with.
    pub strength: f64,
    /// Evidence of the model that was taken, and of the other where there is one; nats.
    pub evidence: (f64, Option<f64>),
}

impl Outcome {
    /// The likeliest label of an item, the smaller of equal ones.
    pub fn label(&self, item: usize) -> Option<u32> {
        let row = self.posteriors.get(item)?;
        let best = row.iter().map(|(_, p)| *p).fold(f64::NEG_INFINITY, f64::max);
        row.iter().find(|(_, p)| *p >= best).map(|(label, _)| *label)
    }
}

/// Fits both models and takes the one with more evidence.
///
/// # Errors
/// [`Unfit::Empty`].
pub fn pooled(votes: &Votes, seed: u64) -> Result<Outcome, Unfit> {
    if votes.all().is_empty() {
        return Err(Unfit::Empty);
    }
    let cells = votes.annotators.saturating_mul(votes.labels).saturating_mul(votes.labels).saturating_mul(KINDS);
    let rows = votes.items().saturating_mul(votes.labels).saturating_mul(KINDS);
    if cells > MAX_CONFUSION || rows > super::MAX_CELLS {
        return Ok(one_skill(votes));
    }
    let plain = Fit::new(votes, 1, None)?;
    let starts = if votes.all().len() > MANY_VOTES { 1 } else { 2 };
    let mut other: Option<Fit> = None;
    // with one label nothing can go wrong together
    for start in 0..if votes.labels > 1 { starts } else { 0 } {
        let fit = Fit::new(votes, KINDS, Some(&mut Random::new(seed, start)))?;
        if other.as_ref().is_none_or(|best| fit.evidence > best.evidence) {
            other = Some(fit);
        }
    }
    let of_other = other.as_ref().map(|fit| fit.evidence);
    Ok(match other {
        Some(fit) if fit.evidence > plain.evidence => fit.outcome(votes, Model::Correlated, Some(plain.evidence)),
        _ => plain.outcome(votes, Model::Pooled, of_other),
    })
}

/// One model, fitted.
struct Fit {
    kinds: usize,
    labels: usize,
    /// A row for each item, a column for each label and kind.
    posteriors: Matrix,
    /// Row `annotator · labels + given`, column label and kind: counts, then expected logarithms.
    confusion: Matrix,
    /// Prior of each given label (row) for each true one and kind (column).
    prior: Matrix,
    strength: f64,
    evidence: f64,
}

impl Fit {
    fn new(votes: &Votes, kinds: usize, random: Option<&mut Random>) -> Result<Self, Unfit> {
        let (labels, columns) = (votes.labels, votes.labels * kinds);
        let mut fit = Self {
            kinds,
            labels,
            posteriors: start(votes, kinds, random)?,
            confusion: Matrix::zeros(votes.annotators * labels, columns),
            prior: Matrix::from_fn(
                labels,
                columns,
                |given, column| {
                    if given == column / kinds { RIGHT } else { WRONG }
                },
            ),
            strength: RIGHT + (labels as f64 - 1.0) * WRONG,
            evidence: f64::NEG_INFINITY,
        };
        for _ in 0..ROUNDS {
            if fit.round(votes) < STILL {
                break;
            }
        }
        Ok(fit)
    }

    /// One round; gives the largest move of a probability of a label.
    fn round(&mut self, votes: &Votes) -> f64 {
        let columns = self.labels * self.kinds;
        self.confusion.clear();
        for (of_item, posterior) in votes.by_item().zip(self.posteriors.rows()) {
            for vote in of_item {
                add_to(self.confusion.row_mut(vote.annotator as usize * self.labels + vote.label as usize), posterior);
            }
        }
        if self.kinds == 1 {
            self.pool();
        }
        let mut divergence = self.expect_confusion();
        let counts = self.posteriors.column_sums();
        let (classes, apart) = self.expect_classes(&counts);
        divergence += apart;
        let (mut moved, mut bound): (f64, f64) = (0.0, 0.0);
        let mut new = vec![0.0; columns];
        for (row, of_item) in self.posteriors.rows_mut().zip(votes.by_item()) {
            new.copy_from_slice(&classes);
            for vote in of_item {
                add_to(&mut new, self.confusion.row(vote.annotator as usize * self.labels + vote.label as usize));
            }
            bound += normalize_logs(&mut new);
            for (old, new) in row.chunks_exact_mut(self.kinds).zip(new.chunks_exact(self.kinds)) {
                moved = moved.max((old.iter().sum::<f64>() - new.iter().sum::<f64>()).abs());
                old.copy_from_slice(new);
            }
        }
        self.evidence = bound - divergence;
        moved
    }

    /// The crowd's confusion matrix, itself kept near the anchor, and how strongly annotators hold to it.
    fn pool(&mut self) {
        let mut crowd =
            Matrix::from_fn(self.labels, self.labels, |given, class| if given == class { RIGHT } else { WRONG });
        let size = self.labels.max(1);
        for of_annotator in self.confusion.cells().chunks_exact(size * size) {
            add_to(crowd.cells_mut(), of_annotator);
        }
        let sums = crowd.column_sums();
        crowd.rows_mut().for_each(|row| row.iter_mut().zip(&sums).for_each(|(cell, sum)| *cell /= sum));
        let strength = self.fit_strength(&crowd);
        self.strength = strength;
        self.prior = crowd;
        self.prior.cells_mut().iter_mut().for_each(|cell| *cell *= strength);
    }

    /// Minka's fixed point for the strength of a Dirichlet prior of known mean, over all annotators and true labels.
    fn fit_strength(&self, mean: &Matrix) -> f64 {
        let size = self.labels.max(1);
        let mut strength = self.strength;
        for _ in 0..5 {
            let (mut of_cells, mut of_sums) = (0.0, 0.0);
            let base = digamma(strength);
            let bases: Vec<f64> = mean.cells().iter().map(|m| digamma(m * strength)).collect();
            for of_annotator in self.confusion.cells().chunks_exact(size * size) {
                let mut sums = vec![0.0; size];
                of_annotator.chunks_exact(size).for_each(|row| add_to(&mut sums, row));
                for ((count, m), base) in of_annotator.iter().zip(mean.cells()).zip(&bases) {
                    // cells without a count add nothing
                    if *count > 1e-12 {
                        of_cells += m * (digamma(count + m * strength) - base);
                    }
                }
                of_sums += sums.iter().filter(|n| **n > 1e-12).map(|n| digamma(n + strength) - base).sum::<f64>();
            }
            strength = (strength * of_cells / of_sums.max(1e-12)).clamp(0.05, 1_000.0);
        }
        strength
    }

    /// Turns counts into expected logarithms; gives how far they are from the prior (Kullback-Leibler).
    fn expect_confusion(&mut self) -> f64 {
        let columns = (self.labels * self.kinds).max(1);
        let prior_sums = self.prior.column_sums();
        let mut divergence = 0.0;
        let of_prior: Vec<f64> = self.prior.cells().iter().map(|p| ln_gamma(*p)).collect();
        let of_prior_sums: Vec<f64> = prior_sums.iter().map(|p| ln_gamma(*p)).collect();
        for of_annotator in self.confusion.cells_mut().chunks_exact_mut(self.labels.max(1) * columns) {
            let mut sums = prior_sums.clone();
            of_annotator.chunks_exact(columns).for_each(|row| add_to(&mut sums, row));
            for ((sum, before), base) in sums.iter().zip(&prior_sums).zip(&of_prior_sums) {
                if sum - before > 1e-12 {
                    divergence += ln_gamma(*sum) - base;
                }
            }
            let wholes: Vec<f64> = sums.iter().map(|sum| digamma(*sum)).collect();
            for ((row, prior), base) in
                of_annotator.chunks_exact_mut(columns).zip(self.prior.rows()).zip(of_prior.chunks_exact(columns))
            {
                for (((cell, prior), base), whole) in row.iter_mut().zip(prior).zip(base).zip(&wholes) {
                    let (count, all) = (*cell, *cell + prior);
                    *cell = digamma(all) - whole;
                    if count > 1e-12 {
                        divergence += count * *cell - ln_gamma(all) + base;
                    }
                }
            }
        }
        divergence
    }

    /// Expected logarithms of the shares of labels and of their kinds, and how far they are from the prior.
    fn expect_classes(&self, counts: &[f64]) -> (Vec<f64>, f64) {
        let kind = KIND / self.kinds as f64;
        let of_label: Vec<f64> = counts.chunks_exact(self.kinds).map(|kinds| kinds.iter().sum()).collect();
        let (mut logs, mut divergence) = expect_shares(&of_label, 1.0);
        if self.kinds > 1 {
            let mut all = Vec::with_capacity(counts.len());
            for (log, kinds) in logs.iter().zip(counts.chunks_exact(self.kinds)) {
                let (of_kinds, apart) = expect_shares(kinds, kind);
                divergence += apart;
                all.extend(of_kinds.iter().map(|of_kind| log + of_kind));
            }
            logs = all;
        }
        (logs, divergence)
    }

    fn outcome(self, votes: &Votes, model: Model, other: Option<f64>) -> Outcome {
        let mut posteriors = Vec::with_capacity(votes.items());
        let mut right = vec![0.0; votes.annotators];
        for (row, of_item) in self.posteriors.rows().zip(votes.by_item()) {
            let labels: Vec<f64> = row.chunks_exact(self.kinds).map(|kinds| kinds.iter().sum()).collect();
            for vote in of_item {
                if let Some(sum) = right.get_mut(vote.annotator as usize) {
                    *sum += labels.get(vote.label as usize).copied().unwrap_or(0.0);
                }
            }
            posteriors.push((0u32..).zip(labels).filter(|(_, p)| *p > 0.0).collect());
        }
        let skills = right.iter().zip(votes.given()).map(|(sum, n)| if n > 0.0 { sum / n } else { 0.0 }).collect();
        Outcome { model, posteriors, skills, strength: self.strength, evidence: (self.evidence, other) }
    }
}

/// Expected logarithms of shares with these counts and an equal prior count each, and how far from that prior.
fn expect_shares(counts: &[f64], prior: f64) -> (Vec<f64>, f64) {
    let n = counts.len() as f64;
    let sum: f64 = counts.iter().sum();
    let whole = digamma(sum + n * prior);
    let logs: Vec<f64> = counts.iter().map(|count| digamma(count + prior) - whole).collect();
    let own: f64 =
        counts.iter().zip(&logs).map(|(count, log)| count * log - ln_gamma(count + prior) + ln_gamma(prior)).sum();
    (logs, own + ln_gamma(sum + n * prior) - ln_gamma(n * prior))
}

/// Vote shares, split at random over the kinds of each label.
fn start(votes: &Votes, kinds: usize, random: Option<&mut Random>) -> Result<Matrix, Unfit> {
    let shares = votes.shares()?;
    let Some(random) = random.filter(|_| kinds > 1) else { return Ok(shares) };
    votes.fits(votes.items(), votes.labels * kinds)?;
    let mut split = Matrix::zeros(votes.items(), votes.labels * kinds);
    for (row, shares) in split.rows_mut().zip(shares.rows()) {
        for (cells, share) in row.chunks_exact_mut(kinds).zip(shares) {
            // exponential numbers over their sum lie evenly among all splits
            cells.iter_mut().for_each(|cell| *cell = -(1.0 - random.unit()).ln() + 1e-12);
            let sum: f64 = cells.iter().sum();
            cells.iter_mut().for_each(|cell| *cell *= share / sum);
        }
    }
    Ok(split)
}

/// One skill per annotator with a common Beta prior, learned; posteriors over the labels that an item got.
fn one_skill(votes: &Votes) -> Outcome {
    let given = votes.given();
    let others = (votes.labels as f64 - 1.0).max(1.0).ln();
    let mut posteriors: Vec<Vec<(u32, f64)>> = votes.sparse_shares().collect();
    let (mut right_prior, mut wrong_prior) = (RIGHT, WRONG);
    let mut right = vec![0.0; votes.annotators];
    for _ in 0..ROUNDS {
        right.fill(0.0);
        for (of_item, posterior) in votes.by_item().zip(&posteriors) {
            for vote in of_item {
                let p = posterior.binary_search_by_key(&vote.label, |(label, _)| *label).ok();
                let p = p.and_then(|at| posterior.get(at)).map_or(0.0, |(_, p)| *p);
                if let Some(sum) = right.get_mut(vote.annotator as usize) {
                    *sum += p;
                }
            }
        }
        (right_prior, wrong_prior) = fit_beta(&right, &given, right_prior, wrong_prior);
        let logs: Vec<(f64, f64)> = right
            .iter()
            .zip(&given)
            .map(|(right, n)| {
                let whole = digamma(n + right_prior + wrong_prior);
                (digamma(right + right_prior) - whole, digamma(n - right + wrong_prior) - whole - others)
            })
            .collect();
        let mut moved: f64 = 0.0;
        for (of_item, posterior) in votes.by_item().zip(&mut posteriors) {
            let mut new = vec![0.0; posterior.len()];
            for vote in of_item {
                let (right, wrong) = logs.get(vote.annotator as usize).copied().unwrap_or((0.0, 0.0));
                for (log, (label, _)) in new.iter_mut().zip(posterior.iter()) {
                    *log += if *label == vote.label { right } else { wrong };
                }
            }
            normalize_logs(&mut new);
            for ((_, old), new) in posterior.iter_mut().zip(new) {
                moved = moved.max((*old - new).abs());
                *old = new;
            }
        }
        if moved < STILL {
            break;
        }
    }
    let skills = right.iter().zip(&given).map(|(sum, n)| if *n > 0.0 { sum / n } else { 0.0 }).collect();
    let strength = right_prior + wrong_prior;
    Outcome { model: Model::OneSkill, posteriors, skills, strength, evidence: (0.0, None) }
}

/// Minka's fixed point for a Beta prior of some shares.
fn fit_beta(right: &[f64], given: &[f64], mut a: f64, mut b: f64) -> (f64, f64) {
    for _ in 0..3 {
        let (mut of_right, mut of_wrong, mut of_all) = (0.0, 0.0, 0.0);
        for (right, n) in right.iter().zip(given).filter(|(_, n)| **n > 0.0) {
            of_right += digamma(right + a) - digamma(a);
            of_wrong += digamma((n - right).max(0.0) + b) - digamma(b);
            of_all += digamma(n + a + b) - digamma(a + b);
        }
        let scale = of_all.max(1e-12);
        (a, b) = ((a * of_right / scale).clamp(0.05, 1_000.0), (b * of_wrong / scale).clamp(0.05, 1_000.0));
    }
    (a, b)
}
