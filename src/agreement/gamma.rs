//! Gamma: how well several annotators agree on where units are and what they are, at the best alignment of them.
//!
//! Mathet, Widlöcher and Métivier, *The unified and holistic method gamma* (2015): 1 − δ(best alignment) / E δ(best alignment of
//! random annotations). The chance annotations are drawn from the habits of the annotators, as the reference program does:
//! normal numbers, lengths and gaps of units, categories as often as seen.

use super::alignment::{TooHard, best};
use super::continuum::{Continuum, Unit};
use super::distance::Mean;
use super::random::Random;

/// What counts how much.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dissimilarity {
    /// Weight of positions.
    pub position: f64,
    /// Weight of categories.
    pub category: f64,
    /// Cost of a unit that has no partner.
    pub empty: f64,
}

impl Default for Dissimilarity {
    fn default() -> Self {
        Self { position: 1.0, category: 1.0, empty: 1.0 }
    }
}

impl Dissimilarity {
    /// Of two units: (Σ of how far their ends are apart / Σ of their lengths)² and 0 or 1 for the category, weighted.
    pub fn of(&self, a: &Unit, b: &Unit) -> f64 {
        let apart = ((a.start - b.start).abs() + (a.end - b.end).abs()) / (a.length() + b.length());
        let differ = f64::from(u8::from(a.category != b.category));
        self.empty * (self.position * apart * apart + self.category * differ)
    }
}

/// Gamma and what it is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gamma {
    /// 1 at full agreement, 0 at chance.
    pub value: f64,
    /// Disorder of the best alignment, per unit of an annotator.
    pub disorder: f64,
    /// Its mean over random annotations.
    pub expected: f64,
}

/// Gamma with `samples` random annotations, from a seeded generator. `None` for fewer than two annotators or no units.
///
/// # Errors
/// [`TooHard`] where so many units could be aligned with each other that the best alignment is out of reach.
pub fn gamma(
    continuum: &Continuum,
    dissimilarity: &Dissimilarity,
    samples: u32,
    seed: u64,
) -> Result<Option<Gamma>, TooHard> {
    if continuum.annotators.len() < 2 || continuum.count() == 0 {
        return Ok(None);
    }
    let disorder = disorder(&continuum.units, dissimilarity)?;
    let habits = Habits::new(continuum);
    let mut mean = Mean::default();
    for sample in 0..samples {
        let mut random = Random::new(seed, u64::from(sample));
        mean.add(self::disorder(&habits.draw(continuum.units.len(), &mut random), dissimilarity)?);
    }
    let expected = mean.value().unwrap_or(0.0);
    if expected <= 0.0 {
        return Ok(None);
    }
    Ok(Some(Gamma { value: 1.0 - disorder / expected, disorder, expected }))
}

/// Disorder of the best alignment: its cost over the mean number of units of an annotator. 0 without any unit.
///
/// # Errors
/// [`TooHard`].
pub fn disorder(units: &[Vec<Unit>], dissimilarity: &Dissimilarity) -> Result<f64, TooHard> {
    let count: usize = units.iter().map(Vec::len).sum();
    if count == 0 {
        return Ok(0.0);
    }
    let cost = best(units, dissimilarity)?;
    Ok(cost * units.len() as f64 / count as f64)
}

/// Mean and standard deviation.
#[derive(Clone, Copy)]
struct Normal {
    mean: f64,
    deviation: f64,
}

impl Normal {
    fn of(values: &[f64]) -> Self {
        let n = values.len().max(1) as f64;
        let mean = values.iter().sum::<f64>() / n;
        Self { mean, deviation: (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt() }
    }

    fn draw(self, random: &mut Random) -> f64 {
        self.mean + self.deviation * random.normal()
    }
}

/// How the annotators mark.
struct Habits {
    units: Normal,
    gap: Normal,
    length: Normal,
    /// The category of each unit there is: drawing one of them draws categories as often as seen.
    categories: Vec<usize>,
}

impl Habits {
    fn new(continuum: &Continuum) -> Self {
        let mut gaps = vec![0.0];
        for units in &continuum.units {
            let follow = units.windows(2).filter_map(|pair| match pair {
                [a, b] => Some(b.start - a.end),
                _ => None,
            });
            gaps.extend(follow);
            gaps.extend(units.first().map(|unit| unit.start).filter(|start| *start > 0.0));
        }
        let counts: Vec<f64> = continuum.units.iter().map(|units| units.len() as f64).collect();
        let all = || continuum.units.iter().flatten();
        Self {
            units: Normal::of(&counts),
            gap: Normal::of(&gaps),
            length: Normal::of(&all().map(Unit::length).collect::<Vec<_>>()),
            categories: all().map(|unit| unit.category).collect(),
        }
    }

    fn draw(&self, annotators: usize, random: &mut Random) -> Vec<Vec<Unit>> {
        let mut drawn: Vec<Vec<Unit>> = Vec::with_capacity(annotators);
        for _ in 0..annotators {
            let mut count = self.units.draw(random).trunc().abs() as usize;
            if drawn.iter().all(Vec::is_empty) {
                count = count.max(1);
            }
            let (mut at, mut units) = (0.0, Vec::with_capacity(count));
            for _ in 0..count {
                let start = at + self.gap.draw(random);
                // a length of nothing is no unit
                let length = self.length.draw(random).abs().max(1e-6);
                let category = self.categories.get(random.below(self.categories.len() as u32) as usize);
                units.push(Unit { start, end: start + length, category: category.copied().unwrap_or(0) });
                at = start + length;
            }
            drawn.push(units);
        }
        drawn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_agreement_is_one_and_a_seed_repeats() {
        let units: Vec<Unit> = (0..6)
            .map(|i| Unit { start: f64::from(i) * 10.0, end: f64::from(i) * 10.0 + 4.0, category: i as usize % 2 })
            .collect();
        let made = Continuum {
            annotators: vec!["a".into(), "b".into(), "c".into()],
            categories: vec!["x".into(), "y".into()],
            units: vec![units.clone(), units.clone(), units],
            length: 60.0,
        };
        let found = gamma(&made, &Dissimilarity::default(), 20, 1).unwrap().unwrap();
        assert_eq!((found.value, found.disorder), (1.0, 0.0));
        assert_eq!(gamma(&made, &Dissimilarity::default(), 20, 1).unwrap(), Some(found));
        assert_eq!(gamma(&Continuum::default(), &Dissimilarity::default(), 20, 1).unwrap(), None);
    }
}
