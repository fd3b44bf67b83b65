//! Whom to ask about what next: the value of one more label.
//!
//! An item's loss is the expected cost of the best decision on it by its posterior. A label is worth how much it lowers
//! that loss on average over what the annotator may say (one-step value of information; Sheng, Provost and Ipeirotis 2008).
//! Asking is over where no label is worth its price; what is left is then the expected loss of the decisions. It looks one
//! step ahead: where two more labels would have to agree to change a decision, the first of them is worth nothing.
//! Deliberately absent: any estimate of agreement from labels so collected. They are the hard items' and bias it; who
//! follows this advice keeps a random base for coefficients.

use super::annotators::Annotators;
use super::pooled::Outcome;
use super::{Vote, Votes};
use std::collections::HashMap;

/// Annotators that are considered for an item: the most skilled of those who have not answered it.
const CONSIDERED: usize = 64;

/// What decisions cost: 0 for a right one and 1 for a wrong one, but where told otherwise.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Costs {
    told: HashMap<(u32, u32), f64>,
    decisions: Vec<u32>,
}

impl Costs {
    /// Sets the cost of deciding for `decided` where `truth` is true; finite, not negative.
    pub fn set(&mut self, truth: u32, decided: u32, cost: f64) {
        self.told.insert((truth, decided), cost);
        if !self.decisions.contains(&decided) {
            self.decisions.push(decided);
        }
    }

    fn of(&self, truth: u32, decided: u32) -> f64 {
        self.told.get(&(truth, decided)).copied().unwrap_or(if truth == decided { 0.0 } else { 1.0 })
    }

    /// The best decision's cost where truths have these weights, times the sum of the weights.
    fn least(&self, weights: &[(u32, f64)]) -> f64 {
        if self.told.is_empty() {
            let (sum, most) = weights.iter().fold((0.0, 0.0f64), |(sum, most), (_, w)| (sum + w, most.max(*w)));
            return sum - most;
        }
        let decisions = weights.iter().map(|(label, _)| label).chain(&self.decisions);
        let cost = |decided: &u32| weights.iter().map(|(truth, w)| w * self.of(*truth, *decided)).sum::<f64>();
        decisions.map(cost).fold(f64::INFINITY, f64::min)
    }
}

/// One question.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ask {
    /// Of which item.
    pub item: usize,
    /// Whom.
    pub annotator: u32,
    /// By how much the expected loss falls.
    pub gain: f64,
    /// The item's expected loss now.
    pub loss: f64,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub struct Advice {
    /// Questions worth their price, the best first, one for each item; none: stop.
    pub asks: Vec<Ask>,
    /// Mean expected loss of the decisions as they are: the expected share of wrong ones, unless other costs were told.
    pub loss: f64,
}

/// The `most` best questions that are worth more than `price`.
pub fn advise(votes: &Votes, outcome: &Outcome, model: &Annotators, costs: &Costs, price: f64, most: usize) -> Advice {
    let mut by_skill: Vec<u32> = (0..votes.annotators as u32).collect();
    by_skill.sort_by(|a, b| model.skill(*b).total_cmp(&model.skill(*a)).then(a.cmp(b)));
    let items: Vec<_> = votes.by_item().zip(&outcome.posteriors).collect();
    let mut losses: Vec<(usize, f64)> = items.iter().map(|(_, posterior)| costs.least(posterior)).enumerate().collect();
    let loss = losses.iter().map(|(_, loss)| loss).sum::<f64>() / losses.len().max(1) as f64;
    losses.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let mut asks: Vec<Ask> = Vec::new();
    for (item, loss) in losses {
        // no label is worth more than all of the loss
        let least = asks.get(most.wrapping_sub(1)).map_or(price, |last| last.gain);
        if loss <= least || most == 0 {
            break;
        }
        let Some((of_item, posterior)) = items.get(item) else { continue };
        let asked = |annotator: &&u32| of_item.iter().any(|vote| vote.annotator == **annotator);
        let mut best: Option<Ask> = None;
        for annotator in by_skill.iter().filter(|a| !asked(a)).take(CONSIDERED) {
            let gain = gain(*annotator, posterior, loss, model, costs);
            if gain > best.map_or(least, |best| best.gain) {
                best = Some(Ask { item, annotator: *annotator, gain, loss });
            }
        }
        if let Some(best) = best {
            let at = asks.partition_point(|ask| ask.gain >= best.gain);
            asks.insert(at, best);
            asks.truncate(most);
        }
    }
    Advice { asks, loss }
}

/// How much the loss of an item falls on average by a label of this annotator.
fn gain(annotator: u32, posterior: &[(u32, f64)], loss: f64, model: &Annotators, costs: &Costs) -> f64 {
    let (mut after, mut seen) = (0.0, 0.0);
    let mut weights = posterior.to_vec();
    for (label, _) in posterior {
        for ((truth, p), (_, weight)) in posterior.iter().zip(&mut weights) {
            *weight = p * model.likelihood(Vote { annotator, label: *label }, *truth);
            seen += *weight;
        }
        after += costs.least(&weights);
    }
    // labels that are impossible for the item change nothing
    loss - after - (1.0 - seen).max(0.0) * loss
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agreement::Table;
    use crate::consensus::pooled::pooled;

    /// Items on which two good annotators agree, one on which they do not, and a third who was not asked about that one.
    fn asked(price: f64, costs: &Costs) -> Advice {
        let mut rows = Vec::new();
        for item in 0..30 {
            let truth = if item % 2 == 0 { "x" } else { "y" };
            rows.extend(["a", "b", "c"].map(|who| (item.to_string(), who, truth)));
        }
        rows.extend([("odd".to_owned(), "a", "x"), ("odd".to_owned(), "b", "y")]);
        let (table, _) = Table::from_rows(rows.iter().map(|(item, who, label)| (item.as_str(), *who, *label)));
        let votes = Votes::new(&table);
        let outcome = pooled(&votes, 1).unwrap();
        advise(&votes, &outcome, &Annotators::new(&votes, &outcome), costs, price, 10)
    }

    #[test]
    fn the_disputed_item_is_asked_until_it_is_not_worth_it() {
        let advice = asked(0.01, &Costs::default());
        let [ask] = advice.asks.as_slice() else { panic!("{advice:?}") };
        assert_eq!((ask.item, ask.annotator), (30, 2));
        // a coin's toss between two labels: half a mistake, most of which a good third annotator takes away
        assert!((ask.loss - 0.5).abs() < 0.05 && ask.gain > 0.3 && ask.gain < ask.loss, "{ask:?}");
        assert!(advice.loss > ask.loss / 31.0 && advice.loss < 0.05);
        assert_eq!(asked(0.5, &Costs::default()).asks, []);
    }

    #[test]
    fn costs_decide_what_a_label_is_worth() {
        let mut free = Costs::default();
        for (truth, decided) in [(0, 1), (1, 0)] {
            free.set(truth, decided, 0.0);
        }
        let advice = asked(0.0, &free);
        assert_eq!((advice.asks.len(), advice.loss), (0, 0.0));
        let mut dear = Costs::default();
        dear.set(0, 1, 10.0);
        assert!(asked(0.01, &dear).asks[0].loss > 0.4);
        assert_eq!(dear.least(&[(0, 0.5), (1, 0.5)]), 0.5);
    }
}
