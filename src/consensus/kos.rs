//! Karger, Oh and Shah (2011, 2014): two labels, and messages between annotators and items as in belief propagation.

use super::Unfit;
use crate::agreement::table::Rating;
use std::collections::BTreeSet;

/// Messages beyond this size end the rounds: only their sign matters then.
const LARGEST: f64 = 1e300;

/// The label of each item, from labels in order of arrival and the first reliability of each of them. An item whose
/// messages cancel exactly gets the smaller label.
///
/// # Errors
/// [`Unfit::NotTwoLabels`]; [`Unfit::Mismatch`] where there is not one reliability for each label.
pub fn kos(ratings: &[Rating], items: usize, annotators: usize, first: &[f64], rounds: u32) -> Result<Vec<u32>, Unfit> {
    let used: BTreeSet<u32> = ratings.iter().map(|rating| rating.label).collect();
    let smaller = used.first().copied().ok_or(Unfit::Empty)?;
    if used.len() != 2 {
        return Err(Unfit::NotTwoLabels);
    }
    if first.len() != ratings.len() {
        return Err(Unfit::Mismatch);
    }
    let plus = ratings.first().map_or(smaller, |rating| rating.label);
    let minus = used.iter().copied().find(|label| *label != plus).unwrap_or(plus);
    let sign = |rating: &Rating| if rating.label == plus { 1.0 } else { -1.0 };
    let mut reliabilities = first.to_vec();
    'rounds: for _ in 0..rounds {
        let mut messages = reliabilities.clone();
        for (of, count) in [(true, items), (false, annotators)] {
            let mut sums = vec![0.0; count];
            let at = |rating: &Rating| if of { rating.item as usize } else { rating.annotator as usize };
            for (rating, message) in ratings.iter().zip(&messages) {
                if let Some(sum) = sums.get_mut(at(rating)) {
                    *sum += sign(rating) * message;
                }
            }
            if sums.iter().any(|sum| sum.abs() > LARGEST) {
                break 'rounds;
            }
            for (rating, message) in ratings.iter().zip(&mut messages) {
                *message = sums.get(at(rating)).copied().unwrap_or(0.0) - sign(rating) * *message;
            }
        }
        reliabilities = messages;
    }
    let mut sums = vec![0.0; items];
    for (rating, reliability) in ratings.iter().zip(&reliabilities) {
        if let Some(sum) = sums.get_mut(rating.item as usize) {
            *sum += sign(rating) * reliability;
        }
    }
    let of = |sum: f64| {
        if sum > 0.0 {
            plus
        } else if sum < 0.0 {
            minus
        } else {
            smaller
        }
    };
    Ok(sums.into_iter().map(of).collect())
}
