//! Preferences: one of two was better, many times over. Bradley and Terry's model (1952) and its noisy form with biased annotators.

use super::Unfit;

/// One comparison, by numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// What was preferred.
    pub winner: u32,
    /// What was not.
    pub loser: u32,
    /// By whom.
    pub annotator: u32,
    /// The winner was shown first.
    pub winner_first: bool,
}

/// Scores that sum to 1, at the maximum of the likelihood: P(a beats b) = s_a / (s_a + s_b). By minorization and maximization
/// (Hunter 2004) until no score moves by more than 1e-14 of itself. What never won has 0: there the maximum lies at the
/// edge, and the scores are its limit as far as `rounds` go.
///
/// # Errors
/// [`Unfit::Empty`].
pub fn bradley_terry(comparisons: &[Comparison], things: usize, rounds: u32) -> Result<Vec<f64>, Unfit> {
    if comparisons.is_empty() || things == 0 {
        return Err(Unfit::Empty);
    }
    let mut wins = vec![0.0; things];
    let mut pairs: Vec<(u32, u32)> = Vec::with_capacity(comparisons.len());
    for one in comparisons.iter().filter(|one| one.winner != one.loser) {
        if let Some(won) = wins.get_mut(one.winner as usize) {
            *won += 1.0;
        }
        pairs.push((one.winner.min(one.loser), one.winner.max(one.loser)));
    }
    pairs.sort_unstable();
    let counted: Vec<(usize, usize, f64)> = pairs
        .chunk_by(|a, b| a == b)
        .filter_map(|run| run.first().map(|(a, b)| (*a as usize, *b as usize, run.len() as f64)))
        .collect();
    let mut scores = vec![1.0 / things as f64; things];
    for _ in 0..rounds {
        let mut rates = vec![0.0; things];
        for (a, b, n) in &counted {
            let sum = scores.get(*a).copied().unwrap_or(0.0) + scores.get(*b).copied().unwrap_or(0.0);
            for at in [a, b] {
                if let Some(rate) = rates.get_mut(*at).filter(|_| sum > 0.0) {
                    *rate += n / sum;
                }
            }
        }
        let old = scores.clone();
        for ((score, rate), won) in scores.iter_mut().zip(&rates).zip(&wins) {
            *score = if *rate > 0.0 { won / rate } else { *score };
        }
        let sum: f64 = scores.iter().sum();
        scores.iter_mut().for_each(|score| *score /= sum);
        if scores.iter().zip(&old).all(|(new, old)| (new - old).abs() <= 1e-14 * new.abs()) {
            break;
        }
    }
    Ok(scores)
}

/// What the noisy form estimates.
#[derive(Clone, Debug, PartialEq)]
pub struct Noisy {
    /// Scores on the logistic scale, mean 0.
    pub scores: Vec<f64>,
    /// Skill of each annotator: P(answers by what is better) is its logistic.
    pub skills: Vec<f64>,
    /// Bias of each annotator: P(answers "the first") otherwise is its logistic.
    pub biases: Vec<f64>,
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// The noisy form (Bugakova et al. 2019): with probability σ(γ) an annotator answers by the scores, P = σ(s_first − s_second), else
/// by habit, "the first" with σ(q). The maximum of the likelihood less `penalty` · (σ-logits of all)², by gradient with steps
/// that are halved until they help.
///
/// # Errors
/// [`Unfit::Empty`].
pub fn noisy_bradley_terry(
    comparisons: &[Comparison],
    things: usize,
    annotators: usize,
    penalty: f64,
    rounds: u32,
) -> Result<Noisy, Unfit> {
    if comparisons.is_empty() {
        return Err(Unfit::Empty);
    }
    let mut at = vec![0.0; things + 2 * annotators];
    // skills begin as those of people who mostly look
    at.iter_mut().skip(things).take(annotators).for_each(|skill| *skill = 1.0);
    let objective =
        |at: &[f64], gradient: Option<&mut Vec<f64>>| climb(comparisons, things, annotators, penalty, at, gradient);
    let mut gradient = vec![0.0; at.len()];
    let mut value = objective(&at, Some(&mut gradient));
    let mut step = 0.1;
    for _ in 0..rounds {
        let next: Vec<f64> = at.iter().zip(&gradient).map(|(x, g)| x + step * g).collect();
        let better = objective(&next, None);
        if better > value {
            let gained = better - value;
            at = next;
            gradient.fill(0.0);
            value = objective(&at, Some(&mut gradient));
            step *= 1.3;
            if gained < 1e-13 * value.abs().max(1.0) {
                break;
            }
        } else {
            step *= 0.5;
            if step < 1e-12 {
                break;
            }
        }
    }
    let (scores, rest) = at.split_at(things);
    let (skills, biases) = rest.split_at(annotators);
    let mean = scores.iter().sum::<f64>() / things.max(1) as f64;
    Ok(Noisy {
        scores: scores.iter().map(|s| s - mean).collect(),
        skills: skills.iter().map(|s| logistic(*s)).collect(),
        biases: biases.iter().map(|q| logistic(*q)).collect(),
    })
}

fn climb(
    comparisons: &[Comparison],
    things: usize,
    annotators: usize,
    penalty: f64,
    at: &[f64],
    gradient: Option<&mut Vec<f64>>,
) -> f64 {
    let get = |place: usize| at.get(place).copied().unwrap_or(0.0);
    let mut value = 0.0;
    let mut slopes: Vec<(usize, f64)> = Vec::new();
    for one in comparisons {
        let (winner, loser) = (one.winner as usize, one.loser as usize);
        let (skill, bias) = (things + one.annotator as usize, things + annotators + one.annotator as usize);
        let looks = logistic(get(skill));
        let better = logistic(get(winner) - get(loser));
        let first = logistic(get(bias));
        let habit = if one.winner_first { first } else { 1.0 - first };
        let p = (looks * better + (1.0 - looks) * habit).max(1e-300);
        value += p.ln();
        let by_score = looks * better * (1.0 - better) / p;
        let turn = if one.winner_first { 1.0 } else { -1.0 };
        slopes.extend([
            (winner, by_score),
            (loser, -by_score),
            (skill, looks * (1.0 - looks) * (better - habit) / p),
            (bias, (1.0 - looks) * first * (1.0 - first) * turn / p),
        ]);
    }
    value -= penalty * at.iter().map(|x| x * x).sum::<f64>();
    if let Some(gradient) = gradient {
        gradient.iter_mut().zip(at).for_each(|(g, x)| *g = -2.0 * penalty * x);
        for (place, slope) in slopes {
            if let Some(g) = gradient.get_mut(place) {
                *g += slope;
            }
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comparison(winner: u32, loser: u32) -> Comparison {
        Comparison { winner, loser, annotator: 0, winner_first: true }
    }

    #[test]
    fn two_things_have_their_shares() {
        let all: Vec<Comparison> = [(0, 1), (0, 1), (0, 1), (1, 0)].iter().map(|(w, l)| comparison(*w, *l)).collect();
        let scores = bradley_terry(&all, 2, 10_000).unwrap();
        assert!((scores[0] - 0.75).abs() < 1e-12 && (scores[1] - 0.25).abs() < 1e-12);
        assert_eq!(bradley_terry(&[], 2, 10), Err(Unfit::Empty));
        assert_eq!(bradley_terry(&[comparison(0, 1)], 2, 10_000).unwrap(), [1.0, 0.0]);
    }

    #[test]
    fn the_gradient_is_that_of_the_objective() {
        let mut random = crate::agreement::random::Random::new(2, 2);
        let all: Vec<Comparison> = (0..40)
            .map(|_| {
                let winner = random.below(4);
                let loser = (winner + 1 + random.below(3)) % 4;
                Comparison { winner, loser, annotator: random.below(3), winner_first: random.below(2) == 0 }
            })
            .collect();
        let at: Vec<f64> = (0..10).map(|_| random.normal()).collect();
        let mut gradient = vec![0.0; 10];
        climb(&all, 4, 3, 0.1, &at, Some(&mut gradient));
        for place in 0..10 {
            let moved = |by: f64| {
                let mut at = at.clone();
                at[place] += by;
                climb(&all, 4, 3, 0.1, &at, None)
            };
            let slope = (moved(1e-6) - moved(-1e-6)) / 2e-6;
            assert!((slope - gradient[place]).abs() < 1e-5, "{place}: {slope} {}", gradient[place]);
        }
        let found = noisy_bradley_terry(&all, 4, 3, 0.1, 5_000).unwrap();
        assert!(found.scores.iter().all(|s| s.is_finite()) && found.skills.iter().all(|s| (0.0..=1.0).contains(s)));
    }
}
