//! The best alignment of several annotators' units: each unit in exactly one group, at most one unit of an annotator in a
//! group, at least total dissimilarity.
//!
//! For two annotators that is pairing; for more it is an exact cover, solved by branch and bound. The bound is a price for
//! each unit such that no group costs less than its units' prices (the dual of the relaxation, raised by coordinate ascent
//! and subgradient); groups are local, so prices nearly always prove the first descent right.

use super::assignment::cheapest;
use super::continuum::Unit;
use super::gamma::Dissimilarity;
use super::matrix::Matrix;

/// Most units of all annotators together: pairing them takes their number to the third power, and the search goes as deep.
const MAX_UNITS: usize = 600;
/// Most groups that are considered.
const MAX_GROUPS: usize = 1_000_000;
/// Most steps of the search.
const MAX_STEPS: usize = 2_000_000;

/// The best alignment is out of reach: too many units could go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there are too many units to align exactly; score shorter items")]
pub struct TooHard;

/// Some units that may stand for the same thing.
struct Group {
    cost: f64,
    units: Vec<usize>,
}

/// Cost of the best alignment: Σ over groups of the mean dissimilarity of their pairs, where a pair with a missing unit costs
/// [`Dissimilarity::empty`].
///
/// # Errors
/// [`TooHard`].
pub fn best(units: &[Vec<Unit>], dissimilarity: &Dissimilarity) -> Result<f64, TooHard> {
    if units.iter().map(Vec::len).sum::<usize>() > MAX_UNITS {
        return Err(TooHard);
    }
    match units {
        [] | [_] => Ok(0.0),
        [first, second] => Ok(of_two(first, second, dissimilarity)),
        _ => {
            let groups = groups(units, dissimilarity)?;
            Search::new(groups, units.iter().map(Vec::len).sum()).run()
        }
    }
}

fn of_two(first: &[Unit], second: &[Unit], dissimilarity: &Dissimilarity) -> f64 {
    let n = first.len() + second.len();
    // each unit may also go with an empty place of its own
    let costs = Matrix::from_fn(n, n, |i, j| match (first.get(i), second.get(j)) {
        (Some(a), Some(b)) => dissimilarity.of(a, b),
        (None, None) => 0.0,
        _ => dissimilarity.empty,
    });
    cheapest(&costs).iter().enumerate().filter_map(|(i, j)| Some(costs.at(i, (*j)?))).sum()
}

/// All groups that are not dearer than their units one by one.
fn groups(units: &[Vec<Unit>], dissimilarity: &Dissimilarity) -> Result<Vec<Group>, TooHard> {
    let mut starts = Vec::with_capacity(units.len());
    let mut from = 0;
    for of_one in units {
        starts.push(from);
        from += of_one.len();
    }
    let mut grown = Growth { units, starts, dissimilarity, chosen: Vec::new(), out: Vec::new(), steps: 0 };
    grown.grow(0, 0.0)?;
    Ok(grown.out)
}

struct Growth<'a> {
    units: &'a [Vec<Unit>],
    starts: Vec<usize>,
    dissimilarity: &'a Dissimilarity,
    chosen: Vec<(usize, &'a Unit)>,
    out: Vec<Group>,
    steps: usize,
}

impl<'a> Growth<'a> {
    /// Decides for one annotator after the other. `sum` is the dissimilarity of the chosen among each other.
    fn grow(&mut self, annotator: usize, sum: f64) -> Result<(), TooHard> {
        self.steps += 1;
        if self.steps > 20 * MAX_GROUPS || self.out.len() > MAX_GROUPS {
            return Err(TooHard);
        }
        let n = self.units.len();
        let pairs = (n * (n - 1) / 2) as f64;
        let Some(own) = self.units.get(annotator) else {
            let k = self.chosen.len();
            if k > 0 {
                let empty = pairs - (k * (k - 1) / 2) as f64;
                let cost = (sum + empty * self.dissimilarity.empty) / pairs;
                if k == 1 || cost <= k as f64 * self.dissimilarity.empty {
                    self.out.push(Group { cost, units: self.chosen.iter().map(|(at, _)| *at).collect() });
                }
            }
            return Ok(());
        };
        self.grow(annotator + 1, sum)?;
        let from = self.starts.get(annotator).copied().unwrap_or(0);
        for (at, unit) in own.iter().enumerate() {
            let more: f64 = self.chosen.iter().map(|(_, other)| self.dissimilarity.of(unit, other)).sum();
            // even if all others join for nothing, the group must be worth it
            if sum + more > n as f64 * self.dissimilarity.empty * pairs {
                continue;
            }
            self.chosen.push((from + at, unit));
            self.grow(annotator + 1, sum + more)?;
            self.chosen.pop();
        }
        Ok(())
    }
}

struct Search {
    groups: Vec<Group>,
    /// The groups that hold each unit, cheapest first.
    holding: Vec<Vec<usize>>,
    prices: Vec<f64>,
    covered: Vec<bool>,
    best: f64,
    steps: usize,
}

impl Search {
    fn new(groups: Vec<Group>, units: usize) -> Self {
        let mut holding = vec![Vec::new(); units];
        for (at, group) in groups.iter().enumerate() {
            for unit in &group.units {
                if let Some(list) = holding.get_mut(*unit) {
                    list.push(at);
                }
            }
        }
        let mut search =
            Self { groups, holding, prices: Vec::new(), covered: vec![false; units], best: f64::INFINITY, steps: 0 };
        search.prices = search.dual();
        let reduced: Vec<f64> = (0..search.groups.len()).map(|at| search.reduced(&search.prices, at)).collect();
        let get = |at: &usize| reduced.get(*at).copied().unwrap_or(f64::INFINITY);
        for list in &mut search.holding {
            list.sort_by(|a, b| get(a).total_cmp(&get(b)));
        }
        search
    }

    /// What a group costs over the prices of its units.
    fn reduced(&self, prices: &[f64], group: usize) -> f64 {
        self.groups.get(group).map_or(f64::INFINITY, |group| {
            group.cost - group.units.iter().map(|u| prices.get(*u).copied().unwrap_or(0.0)).sum::<f64>()
        })
    }

    /// Prices under which no group is too cheap, with as large a sum as some rounds find.
    fn dual(&self) -> Vec<f64> {
        let share = |list: &Vec<usize>| {
            let each = list.iter().filter_map(|at| self.groups.get(*at)).map(|g| g.cost / g.units.len() as f64);
            each.fold(f64::INFINITY, f64::min)
        };
        let mut prices: Vec<f64> = self.holding.iter().map(share).collect();
        self.raise(&mut prices);
        let mut kept = prices.clone();
        let mut target = prices.iter().sum::<f64>();
        for round in 0..60u32 {
            // a unit that no tight group holds is too dear for its groups, one that several hold too cheap
            let mut pull = vec![1.0; prices.len()];
            for (at, group) in self.groups.iter().enumerate() {
                if self.reduced(&prices, at) < 1e-9 {
                    for unit in &group.units {
                        if let Some(pull) = pull.get_mut(*unit) {
                            *pull -= 1.0;
                        }
                    }
                }
            }
            let length: f64 = pull.iter().map(|p| p * p).sum();
            if length == 0.0 {
                break;
            }
            let step = 0.05 * target.max(1e-9) / length / f64::from(1 + round / 10);
            prices.iter_mut().zip(&pull).for_each(|(price, pull)| *price += step * pull);
            self.lower(&mut prices);
            self.raise(&mut prices);
            let sum = prices.iter().sum::<f64>();
            if sum > target {
                target = sum;
                kept.clone_from(&prices);
            }
        }
        kept
    }

    /// Takes from the units of each group that is too cheap.
    fn lower(&self, prices: &mut [f64]) {
        for (at, group) in self.groups.iter().enumerate() {
            let over = self.reduced(prices, at);
            if over < 0.0 {
                for unit in &group.units {
                    if let Some(price) = prices.get_mut(*unit) {
                        *price += over / group.units.len() as f64;
                    }
                }
            }
        }
    }

    /// Gives each unit what its cheapest group leaves.
    fn raise(&self, prices: &mut [f64]) {
        for (unit, list) in self.holding.iter().enumerate() {
            let room = list.iter().map(|at| self.reduced(prices, *at)).fold(f64::INFINITY, f64::min);
            if let Some(price) = prices.get_mut(unit).filter(|_| room.is_finite()) {
                *price += room;
            }
        }
    }

    fn run(mut self) -> Result<f64, TooHard> {
        let bound = self.prices.iter().sum();
        self.descend(0.0, bound)?;
        Ok(self.best)
    }

    /// Covers the unit with the fewest ways left. `bound` is what was spent and the prices of what is left.
    fn descend(&mut self, spent: f64, bound: f64) -> Result<(), TooHard> {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return Err(TooHard);
        }
        let room = self.best - 1e-12 - bound;
        let mut next: Option<(usize, Vec<(usize, f64)>)> = None;
        for (unit, list) in self.holding.iter().enumerate() {
            if self.covered.get(unit).copied().unwrap_or(true) {
                continue;
            }
            let mut ways = Vec::new();
            let most = next.as_ref().map_or(usize::MAX, |(_, ways)| ways.len());
            for at in list {
                let over = self.reduced(&self.prices, *at);
                if over >= room || ways.len() >= most {
                    break;
                }
                if self.groups.get(*at).is_some_and(|g| g.units.iter().all(|u| self.covered.get(*u) == Some(&false))) {
                    ways.push((*at, over));
                }
            }
            if ways.len() < most {
                let none = ways.is_empty();
                next = Some((unit, ways));
                if none {
                    return Ok(());
                }
            }
        }
        let Some((_, ways)) = next else {
            self.best = self.best.min(spent);
            return Ok(());
        };
        for (at, over) in ways {
            if bound + over >= self.best - 1e-12 {
                break;
            }
            let Some((cost, units)) = self.groups.get(at).map(|g| (g.cost, g.units.clone())) else { continue };
            self.cover(&units, true);
            self.descend(spent + cost, bound + over)?;
            self.cover(&units, false);
        }
        Ok(())
    }

    fn cover(&mut self, units: &[usize], covered: bool) {
        for unit in units {
            if let Some(slot) = self.covered.get_mut(*unit) {
                *slot = covered;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agreement::random::Random;

    /// Tries every cover.
    fn plain(groups: &[Group], covered: &mut Vec<bool>) -> f64 {
        let Some(unit) = covered.iter().position(|c| !c) else { return 0.0 };
        let mut least = f64::INFINITY;
        for group in groups.iter().filter(|g| g.units.contains(&unit)) {
            if group.units.iter().all(|u| !covered[*u]) {
                group.units.iter().for_each(|u| covered[*u] = true);
                least = least.min(group.cost + plain(groups, covered));
                group.units.iter().for_each(|u| covered[*u] = false);
            }
        }
        least
    }

    #[test]
    fn too_many_units_are_refused_and_many_are_not() {
        let at = |place: u32| Unit { start: f64::from(place) * 10.0, end: f64::from(place) * 10.0 + 4.0, category: 0 };
        let of = |n: u32| vec![(0..n).map(at).collect::<Vec<_>>(); 3];
        let dissimilarity = Dissimilarity::default();
        assert_eq!(best(&of(12), &dissimilarity), Ok(0.0));
        assert_eq!(best(&of(201), &dissimilarity), Err(TooHard));
    }

    #[test]
    fn as_cheap_as_trying_all() {
        let mut random = Random::new(3, 3);
        let dissimilarity = Dissimilarity::default();
        for sizes in [[1, 1, 1], [2, 3, 1], [3, 3, 3], [4, 3, 4], [0, 2, 3]] {
            for _ in 0..8 {
                let units: Vec<Vec<Unit>> = sizes
                    .iter()
                    .map(|n| {
                        let of = |random: &mut Random| {
                            let start = f64::from(random.below(30));
                            let end = start + 1.0 + f64::from(random.below(9));
                            Unit { start, end, category: random.below(2) as usize }
                        };
                        (0..*n).map(|_| of(&mut random)).collect()
                    })
                    .collect();
                let all = groups(&units, &dissimilarity).unwrap();
                let expect = plain(&all, &mut vec![false; sizes.iter().sum()]);
                let found = best(&units, &dissimilarity).unwrap();
                assert!((found - expect).abs() < 1e-9, "{found} {expect} {sizes:?}");
            }
        }
    }
}
