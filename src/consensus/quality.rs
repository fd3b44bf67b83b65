//! How good annotators are, how hard items are, and how sure each of it is.
//!
//! Judged against known answers where there are any, else against the posterior that the *other* annotators of an item
//! give, so that nobody confirms himself. Counts of probabilities are no whole numbers; intervals are Jeffreys' (the beta
//! posterior of a share under its reference prior), which take them. Deliberately absent: a verdict without its probability.

use super::annotators::Annotators;
use super::pooled::Outcome;
use super::{Vote, Votes};
use crate::agreement::Z95;
use crate::agreement::special::{beta_quantile, ln_gamma};
use std::collections::BTreeMap;

/// P(an annotator answers without looking) before any label was seen.
pub const SPAM_BEFORE: f64 = 0.1;
/// P(an item can be read in two ways) before any label was seen.
pub const GAP_BEFORE: f64 = 0.05;
/// Cells of a confusion matrix with a smaller expected count are left out.
const LEAST_COUNT: f64 = 0.005;

/// A share with its interval of 95 %.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// The share.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Of how many labels.
    pub of: f64,
}

impl Share {
    fn new(count: f64, of: f64) -> Self {
        let (a, b) = (count.max(0.0) + 0.5, (of - count).max(0.0) + 0.5);
        Self { value: count / of, low: beta_quantile(0.025, a, b), high: beta_quantile(0.975, a, b), of }
    }
}

/// One cell of a confusion matrix: how often a true label got this label.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// The true label.
    pub truth: u32,
    /// What was said.
    pub given: u32,
    /// P(given | truth).
    pub share: Share,
}

/// How often a label was said against how often it would have been right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bias {
    /// The label.
    pub label: u32,
    /// Share of the annotator's labels.
    pub given: f64,
    /// Share of the truths of the same items.
    pub expected: f64,
    /// The difference, given less expected, and its interval of 95 % (normal, over labels).
    pub difference: (f64, f64, f64),
}

/// What is known of an annotator.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OfAnnotator {
    /// Labels given.
    pub given: u32,
    /// Labels that could be judged: those on items with a known answer, or with labels of others.
    pub judged: u32,
    /// Share of right ones among the judged; `None` where there are none.
    pub right: Option<Share>,
    /// The confusion matrix, by true label.
    pub confusion: Vec<Cell>,
    /// By label.
    pub bias: Vec<Bias>,
    /// P(their labels do not depend on the truth), from [`SPAM_BEFORE`].
    pub spammer: f64,
}

/// What is known of an item.
#[derive(Clone, Debug, PartialEq)]
pub struct OfItem {
    /// The likeliest label.
    pub label: Option<u32>,
    /// Its probability.
    pub probability: f64,
    /// Entropy of the posterior, nats.
    pub entropy: f64,
    /// Share of labels other than the most frequent one.
    pub contention: f64,
    /// Expected share of wrong labels.
    pub difficulty: f64,
    /// P(it can be read in two ways), from [`GAP_BEFORE`]; 0 where all said the same.
    pub gap: f64,
    /// The two readings.
    pub between: Option<(u32, u32)>,
}

/// Counts of an annotator.
#[derive(Clone, Debug, Default)]
struct Counts {
    cells: BTreeMap<(u32, u32), f64>,
    /// For each label: Σ said, Σ expected, Σ (difference)².
    bias: BTreeMap<u32, (f64, f64, f64)>,
    right: f64,
    judged: u32,
    given: u32,
}

/// Reports on all annotators, in their order. `known` gives the true label of an item where it is known; without it the
/// posterior of the others is the judge.
pub fn annotators(
    votes: &Votes,
    outcome: &Outcome,
    model: &Annotators,
    known: Option<&dyn Fn(usize) -> Option<u32>>,
) -> Vec<OfAnnotator> {
    let mut counts = vec![Counts::default(); votes.annotators];
    for ((item, of_item), posterior) in votes.by_item().enumerate().zip(&outcome.posteriors) {
        for vote in of_item {
            if let Some(own) = counts.get_mut(vote.annotator as usize) {
                own.given += 1;
            }
        }
        match known {
            Some(known) => {
                let Some(truth) = known(item) else { continue };
                for vote in of_item {
                    if let Some(own) = counts.get_mut(vote.annotator as usize) {
                        own.add(vote.label, &[truth], &[1.0]);
                    }
                }
            }
            None => {
                let truths: Vec<u32> = posterior.iter().map(|(label, _)| *label).collect();
                let each = model.without_each(of_item, &truths);
                if each.len() < 2 {
                    continue;
                }
                for (own, (_, others)) in of_item.chunk_by(|a, b| a.annotator == b.annotator).zip(&each) {
                    for vote in own {
                        if let Some(own) = counts.get_mut(vote.annotator as usize) {
                            own.add(vote.label, &truths, others);
                        }
                    }
                }
            }
        }
    }
    counts.into_iter().map(|own| own.report(model)).collect()
}

impl Counts {
    fn add(&mut self, given: u32, truths: &[u32], posterior: &[f64]) {
        self.judged += 1;
        for (truth, p) in truths.iter().zip(posterior) {
            *self.cells.entry((*truth, given)).or_default() += p;
            let said = f64::from(u8::from(*truth == given));
            self.right += p * said;
            let bias = self.bias.entry(*truth).or_default();
            *bias = (bias.0 + said, bias.1 + p, bias.2 + (said - p).powi(2));
        }
        if !truths.contains(&given) {
            let bias = self.bias.entry(given).or_default();
            *bias = (bias.0 + 1.0, bias.1, bias.2 + 1.0);
        }
    }

    fn report(self, model: &Annotators) -> OfAnnotator {
        let spammer = self.spammer(model);
        let mut rows: BTreeMap<u32, f64> = BTreeMap::new();
        self.cells.iter().for_each(|((truth, _), n)| *rows.entry(*truth).or_default() += n);
        let kept = self.cells.iter().filter(|(_, n)| **n >= LEAST_COUNT);
        let cell = |((truth, given), n): (&(u32, u32), &f64)| {
            let of = rows.get(truth).copied().unwrap_or(*n);
            Cell { truth: *truth, given: *given, share: Share::new(*n, of) }
        };
        let n = f64::from(self.judged);
        let bias = |(label, (said, expected, square)): (&u32, &(f64, f64, f64))| {
            let mean = (said - expected) / n;
            let half = Z95 * ((square / n - mean * mean).max(0.0) / n).sqrt();
            Bias {
                label: *label,
                given: said / n,
                expected: expected / n,
                difference: (mean, mean - half, mean + half),
            }
        };
        OfAnnotator {
            given: self.given,
            judged: self.judged,
            right: (self.judged > 0).then(|| Share::new(self.right, n)),
            confusion: kept.map(cell).collect(),
            bias: self
                .bias
                .iter()
                .filter(|(_, (said, expected, _))| said + expected >= LEAST_COUNT)
                .map(bias)
                .collect(),
            spammer,
        }
    }

    /// Two Dirichlet-multinomial models of the counts: labels that depend on the truth, right ones four times as likely before
    /// as each wrong one (all wrong ones together at most as likely), and one distribution of labels whatever the truth.
    fn spammer(&self, model: &Annotators) -> f64 {
        let labels = model.labels() as f64;
        if labels < 2.0 {
            return SPAM_BEFORE;
        }
        let (right, wrong) = (4.0, (4.0 / (labels - 1.0)).min(1.0));
        let whole = right + wrong * (labels - 1.0);
        let (mut rows, mut columns): (BTreeMap<u32, f64>, BTreeMap<u32, f64>) = (BTreeMap::new(), BTreeMap::new());
        let mut looking = 0.0;
        for ((truth, given), n) in &self.cells {
            *rows.entry(*truth).or_default() += n;
            *columns.entry(*given).or_default() += n;
            let prior = if truth == given { right } else { wrong };
            looking += ln_gamma(n + prior) - ln_gamma(prior);
        }
        looking += rows.values().map(|n| ln_gamma(whole) - ln_gamma(n + whole)).sum::<f64>();
        let total: f64 = columns.values().sum();
        let blind: f64 = columns.values().map(|n| ln_gamma(n + 1.0)).sum();
        let blind = blind + ln_gamma(labels) - ln_gamma(total + labels);
        probability(SPAM_BEFORE, blind - looking)
    }
}

/// What a probability becomes by evidence in nats.
fn probability(before: f64, evidence: f64) -> f64 {
    1.0 / (1.0 + (1.0 - before) / before * (-evidence).exp())
}

/// Reports on all items, in their order.
pub fn items(votes: &Votes, outcome: &Outcome, model: &Annotators) -> Vec<OfItem> {
    let all = votes.by_item().zip(&outcome.posteriors).zip(votes.sparse_shares()).enumerate();
    all.map(|(item, ((of_item, posterior), shares))| {
        let label = outcome.label(item);
        let of = |label: u32| posterior.iter().find(|(l, _)| *l == label).map_or(0.0, |(_, p)| *p);
        let wrong: f64 = of_item.iter().map(|vote| 1.0 - of(vote.label)).sum();
        let entropy: f64 = posterior.iter().filter(|(_, p)| *p > 0.0).map(|(_, p)| -p * p.ln()).sum();
        let most = shares.iter().map(|(_, share)| *share).fold(0.0, f64::max);
        let truths: Vec<u32> = posterior.iter().map(|(label, _)| *label).collect();
        let (gap, between) = gap(of_item, &shares, &truths, model);
        OfItem {
            label,
            probability: label.map_or(0.0, of),
            entropy: entropy.max(0.0),
            contention: 1.0 - most,
            difficulty: wrong.max(0.0) / of_item.len().max(1) as f64,
            gap,
            between,
        }
    })
    .collect()
}

/// Whether each annotator may have read the item in one of two ways, rather than all of them the one true way.
fn gap(of_item: &[Vote], shares: &[(u32, f64)], truths: &[u32], model: &Annotators) -> (f64, Option<(u32, u32)>) {
    let mut ranked: Vec<&(u32, f64)> = shares.iter().collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let [(a, _), (b, _), ..] = ranked.as_slice() else { return (0.0, None) };
    let mut logs = model.joint_logs(of_item, truths);
    let one = super::normalize_logs(&mut logs);
    let either = |vote: &Vote| (0.5 * (model.likelihood(*vote, *a) + model.likelihood(*vote, *b))).ln();
    let labels = model.labels() as f64;
    // any two labels may be the readings
    let pairs = (labels * (labels - 1.0) / 2.0).max(1.0);
    let two = of_item.iter().map(either).sum::<f64>() - pairs.ln();
    (probability(GAP_BEFORE, two - one), Some((*a.min(b), *a.max(b))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agreement::Table;
    use crate::consensus::pooled::pooled;

    /// Three who are right about 40 items, x and y in turn, and one who always says x; and one item on which they are two
    /// against two.
    fn reports(gold: bool) -> (Vec<OfAnnotator>, Vec<OfItem>) {
        let mut rows = Vec::new();
        for item in 0..40 {
            let truth = if item % 2 == 0 { "x" } else { "y" };
            let said = [("a", truth), ("b", truth), ("c", truth), ("d", "x")];
            rows.extend(said.map(|(who, label)| (item.to_string(), who, label)));
        }
        rows.extend([("a", "x"), ("b", "y"), ("c", "y"), ("d", "x")].map(|(who, l)| ("odd".to_owned(), who, l)));
        let (table, _) = Table::from_rows(rows.iter().map(|(item, who, label)| (item.as_str(), *who, *label)));
        let votes = Votes::new(&table);
        let outcome = pooled(&votes, 1).unwrap();
        let model = Annotators::new(&votes, &outcome);
        let known = |item: usize| (item < 40).then_some(item as u32 % 2);
        let known: Option<&dyn Fn(usize) -> Option<u32>> = if gold { Some(&known) } else { None };
        (annotators(&votes, &outcome, &model, known), items(&votes, &outcome, &model))
    }

    #[test]
    fn who_looks_and_who_does_not() {
        for gold in [true, false] {
            let (who, _) = reports(gold);
            let shown: Vec<f64> = who.iter().map(|of| of.spammer).collect();
            assert!(shown[..3].iter().all(|p| *p < 0.001) && shown[3] > 0.9, "{gold} {shown:?}");
            for (of, at_least, at_most) in [(&who[0], 0.9, 1.0), (&who[3], 0.4, 0.6)] {
                let right = of.right.unwrap();
                assert!(at_least <= right.value && right.value <= at_most && of.given == 41, "{gold} {of:?}");
                assert!(right.low < right.value && right.low > 0.25 && right.high > at_most - 0.1, "{gold} {right:?}");
            }
            let (says_x, low, _) = who[3].bias[0].difference;
            assert!(says_x > 0.4 && low > 0.3, "{gold} {:?}", who[3].bias);
        }
        let (who, _) = reports(true);
        let cells: Vec<(u32, u32, f64)> = who[3].confusion.iter().map(|c| (c.truth, c.given, c.share.value)).collect();
        assert_eq!((cells, who[3].judged), (vec![(0, 0, 1.0), (1, 0, 1.0)], 40));
    }

    #[test]
    fn which_items_are_hard() {
        let (_, items) = reports(false);
        let (easy, hard) = (&items[0], &items[40]);
        assert_eq!((easy.label, easy.contention, easy.gap, easy.between), (Some(0), 0.0, 0.0, None));
        assert_eq!((hard.contention, hard.between), (0.5, Some((0, 1))));
        assert!(easy.difficulty < 0.01 && hard.difficulty > 0.3 && easy.entropy < 0.001, "{easy:?} {hard:?}");
        assert!(hard.gap > items[1].gap && hard.gap > GAP_BEFORE, "{hard:?} {:?}", items[1]);
    }
}
