//! Boxes: the regions of two annotators paired so that their overlap is largest, and what that says of their agreement.

use super::assignment::cheapest;
use super::matrix::Matrix;

/// Most boxes of one annotator in one item: pairing costs their number to the third power.
pub const MAX_BOXES: usize = 500;

/// A box with its label.
#[derive(Clone, Debug, PartialEq)]
pub struct LabeledBox {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// Label.
    pub label: String,
}

/// Area of the intersection over that of the union, in 0..=1; 0 where both are empty.
pub fn overlap(a: &LabeledBox, b: &LabeledBox) -> f64 {
    let along = |from_a: f64, a: f64, from_b: f64, b: f64| ((from_a + a).min(from_b + b) - from_a.max(from_b)).max(0.0);
    let both = along(a.x, a.width, b.x, b.width) * along(a.y, a.height, b.y, b.height);
    let either = a.width * a.height + b.width * b.height - both;
    if either > 0.0 { both / either } else { 0.0 }
}

/// Two annotators' boxes in one item, paired.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matched {
    /// Overlap of each pair that overlaps at all.
    pub overlaps: Vec<f64>,
    /// Boxes of the first.
    pub first: usize,
    /// Boxes of the second.
    pub second: usize,
}

impl Matched {
    /// Σ overlap.
    pub fn sum(&self) -> f64 {
        self.overlaps.iter().sum()
    }

    /// 2 · pairs with at least this overlap / all boxes.
    pub fn f1(&self, threshold: f64) -> Option<f64> {
        let met = self.overlaps.iter().filter(|o| **o >= threshold).count();
        let boxes = self.first + self.second;
        (boxes > 0).then(|| 2.0 * met as f64 / boxes as f64)
    }
}

/// Pairs boxes of equal label one to one so that Σ overlap is largest. More than [`MAX_BOXES`] are `None`.
pub fn matched(first: &[LabeledBox], second: &[LabeledBox]) -> Option<Matched> {
    if first.len().max(second.len()) > MAX_BOXES {
        return None;
    }
    let (few, many) = if first.len() <= second.len() { (first, second) } else { (second, first) };
    let overlap_of = |i: usize, j: usize| match (few.get(i), many.get(j)) {
        (Some(a), Some(b)) if a.label == b.label => overlap(a, b),
        _ => 0.0,
    };
    let costs = Matrix::from_fn(few.len(), many.len(), |i, j| -overlap_of(i, j));
    let pairs = cheapest(&costs);
    let overlaps = pairs.iter().enumerate().filter_map(|(i, j)| Some(overlap_of(i, (*j)?))).filter(|o| *o > 0.0);
    Some(Matched { overlaps: overlaps.collect(), first: first.len(), second: second.len() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(x: f64, width: f64, label: &str) -> LabeledBox {
        LabeledBox { x, y: 0.0, width, height: 2.0, label: label.into() }
    }

    #[test]
    fn pairs_by_most_overlap_and_label() {
        let a = [of(0.0, 4.0, "car"), of(4.0, 4.0, "car"), of(20.0, 1.0, "car")];
        let b = [of(2.0, 4.0, "car"), of(4.0, 4.0, "tree")];
        assert!((overlap(&a[0], &b[0]) - 1.0 / 3.0).abs() < 1e-12);
        let met = matched(&a, &b).unwrap();
        assert_eq!((met.overlaps.len(), met.first, met.second), (1, 3, 2));
        assert_eq!((met.f1(0.3), met.f1(0.5)), (Some(0.4), Some(0.0)));
        assert_eq!(matched(&[], &[]).unwrap().f1(0.5), None);
        assert_eq!(overlap(&of(0.0, 0.0, ""), &of(0.0, 0.0, "")), 0.0);
        assert_eq!(matched(&vec![of(0.0, 1.0, ""); 501], &[]), None);
    }
}
