//! Agreement on spans: pairwise F1 of exactly equal spans.
//!
//! Spans have no fixed units that both annotators answer, so a chance-corrected coefficient over "span or absent"
//! would count the absent ones by whoever found something, and its chance term would mean nothing. F1 needs no absent
//! ones: of what the two marked, how much did both mark. A unit is one label on one stretch of one field, so that one
//! of two labels on the same stretch counts half. Taking either annotator for the truth gives the same F1.

use super::bootstrap::resample;
use super::{Cancelled, Estimate, Plan, Score, Undefined, Watch};
use crate::domain::annotation::Span;
use std::collections::BTreeMap;

/// What one annotator marked in one item; empty where they answered and marked nothing.
#[derive(Clone, Copy, Debug)]
pub struct Marked<'a> {
    /// The item.
    pub item: &'a str,
    /// Who.
    pub annotator: &'a str,
    /// What they marked.
    pub spans: &'a [Span],
}

/// F1 of two annotators over all items both answered.
#[derive(Clone, Debug, PartialEq)]
pub struct PairF1<'a> {
    /// The one, earlier in the alphabet.
    pub first: &'a str,
    /// The other.
    pub second: &'a str,
    /// 2 · both / (the one's + the other's), in 0..=1; `None` where neither marked anything.
    pub f1: Option<f64>,
    /// Items both answered.
    pub items: u32,
}

type Unit<'a> = (&'a str, u32, u32, &'a str);

/// Each pair's equal units and all units, per item.
struct Counts<'a> {
    pairs: Vec<(&'a str, &'a str)>,
    items: Vec<Vec<Met>>,
}

struct Met {
    pair: u32,
    both: f64,
    marked: f64,
}

impl<'a> Counts<'a> {
    fn new(marked: impl IntoIterator<Item = Marked<'a>>) -> Self {
        let mut by_item: BTreeMap<&str, BTreeMap<&str, Vec<Unit<'a>>>> = BTreeMap::new();
        for one in marked {
            by_item.entry(one.item).or_default().insert(one.annotator, units(one.spans));
        }
        let mut numbers: BTreeMap<(&str, &str), u32> = BTreeMap::new();
        let mut counts = Self { pairs: Vec::new(), items: Vec::new() };
        for answers in by_item.into_values().filter(|answers| answers.len() >= 2) {
            let answers: Vec<_> = answers.into_iter().collect();
            let mut met = Vec::new();
            for (at, (first, of_first)) in answers.iter().enumerate() {
                for (second, of_second) in answers.iter().skip(at + 1) {
                    let pair = *numbers.entry((first, second)).or_insert_with(|| {
                        counts.pairs.push((first, second));
                        (counts.pairs.len() - 1) as u32
                    });
                    let both = of_first.iter().filter(|unit| of_second.binary_search(unit).is_ok()).count();
                    met.push(Met { pair, both: both as f64, marked: (of_first.len() + of_second.len()) as f64 });
                }
            }
            counts.items.push(met);
        }
        counts
    }

    /// Both and all units of each pair, items taken so many times.
    fn sums(&self, times: &[u32], sums: &mut [(f64, f64)]) {
        sums.fill((0.0, 0.0));
        for (met, t) in self.items.iter().zip(times).filter(|(_, t)| **t > 0) {
            for one in met {
                if let Some((both, marked)) = sums.get_mut(one.pair as usize) {
                    *both += one.both * f64::from(*t);
                    *marked += one.marked * f64::from(*t);
                }
            }
        }
    }
}

/// The distinct units of some spans, sorted.
fn units(spans: &[Span]) -> Vec<Unit<'_>> {
    let mut units: Vec<Unit<'_>> = spans
        .iter()
        .flat_map(|s| {
            let field = s.field.as_deref().unwrap_or("");
            s.labels.iter().map(move |label| (field, s.start.0, s.end.0, label.as_str()))
        })
        .collect();
    units.sort_unstable();
    units.dedup();
    units
}

fn f1((both, marked): (f64, f64)) -> Option<f64> {
    (marked > 0.0).then(|| 2.0 * both / marked)
}

fn mean(sums: &[(f64, f64)]) -> Option<f64> {
    let (mut sum, mut n) = (0.0, 0u32);
    for value in sums.iter().filter_map(|s| f1(*s)) {
        sum += value;
        n += 1;
    }
    (n > 0).then(|| sum / f64::from(n))
}

/// F1 of each pair of annotators that have an item in common, in the order they were met.
pub fn pairwise<'a>(marked: impl IntoIterator<Item = Marked<'a>>) -> Vec<PairF1<'a>> {
    let counts = Counts::new(marked);
    let mut sums = vec![(0.0, 0.0); counts.pairs.len()];
    counts.sums(&vec![1; counts.items.len()], &mut sums);
    let mut items = vec![0u32; counts.pairs.len()];
    for one in counts.items.iter().flatten() {
        if let Some(n) = items.get_mut(one.pair as usize) {
            *n += 1;
        }
    }
    let all = counts.pairs.iter().zip(&sums).zip(items);
    all.map(|(((first, second), sum), items)| PairF1 { first, second, f1: f1(*sum), items }).collect()
}

/// Mean over pairs of annotators of their F1, with the percentile interval of resampled items. Pairs in which neither
/// marked anything do not count.
///
/// # Errors
/// [`Cancelled`] when `watch` breaks. The inner error says why there is no value.
pub fn mean_f1<'a>(
    marked: impl IntoIterator<Item = Marked<'a>>,
    plan: &Plan,
    watch: &mut Watch<'_>,
) -> Result<Score, Cancelled> {
    let counts = Counts::new(marked);
    let times = vec![1; counts.items.len()];
    if times.is_empty() {
        return Ok(Err(Undefined::NoPairs));
    }
    let mut sums = vec![(0.0, 0.0); counts.pairs.len()];
    counts.sums(&times, &mut sums);
    let Some(value) = mean(&sums) else {
        return Ok(Err(Undefined::NoSpans));
    };
    let spread = resample(&times, plan, watch, &mut |drawn| {
        counts.sums(drawn, &mut sums);
        mean(&sums)
    })?;
    let pairs = counts.items.iter().map(|met| met.len() as u64).sum();
    Ok(Ok(Estimate { value, interval: spread.interval(), items: times.len() as u32, pairs }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agreement::unwatched;
    use crate::domain::text::CodePoint;

    fn spans(text: &str) -> Vec<Span> {
        let one = |word: &str| {
            let mut parts = word.split('-');
            let mut next = || parts.next().unwrap();
            let (start, end) = (next().parse().unwrap(), next().parse().unwrap());
            let labels = next().split('+').map(str::to_owned).collect();
            Span { start: CodePoint(start), end: CodePoint(end), labels, id: None, field: None }
        };
        text.split_whitespace().map(one).collect()
    }

    fn check(rows: &[(&str, &str, &str)], expect: Result<f64, Undefined>) {
        let held: Vec<_> = rows.iter().map(|(item, annotator, text)| (*item, *annotator, spans(text))).collect();
        let marked = held.iter().map(|(item, annotator, spans)| Marked { item, annotator, spans });
        let score = mean_f1(marked, &Plan::default(), &mut unwatched()).unwrap();
        assert_eq!(score.map(|e| e.value), expect, "{rows:?}");
    }

    #[test]
    fn by_hand() {
        check(&[], Err(Undefined::NoPairs));
        check(&[("i", "a", "0-4-PER")], Err(Undefined::NoPairs));
        check(&[("i", "a", ""), ("i", "b", "")], Err(Undefined::NoSpans));
        check(&[("i", "a", "0-4-PER"), ("i", "b", "0-4-PER")], Ok(1.0));
        check(&[("i", "a", "0-4-PER"), ("i", "b", "0-5-PER")], Ok(0.0));
        check(&[("i", "a", "0-4-PER"), ("i", "b", "")], Ok(0.0));
        // one of two labels on the same stretch, and a repeated span counts once
        check(&[("i", "a", "0-4-PER+ORG"), ("i", "b", "0-4-PER 0-4-PER")], Ok(2.0 / 3.0));
        // two items add up before dividing: 2·1 / (2 + 2)
        check(&[("i", "a", "0-4-X"), ("i", "b", "0-4-X"), ("j", "a", "1-2-X"), ("j", "b", "1-3-X")], Ok(0.5));
        // three annotators: pairs 1, 0, 0
        check(&[("i", "a", "0-4-X"), ("i", "b", "0-4-X"), ("i", "c", "5-6-X")], Ok(1.0 / 3.0));
    }

    #[test]
    fn fields_are_apart_and_pairs_are_told() {
        let (mut left, right) = (spans("0-4-X"), spans("0-4-X"));
        left[0].field = Some("title".into());
        let marked = [("a", &left), ("b", &right), ("c", &right)];
        let pairs = pairwise(marked.iter().map(|(annotator, spans)| Marked { item: "i", annotator, spans }));
        let seen: Vec<_> = pairs.iter().map(|p| (p.first, p.second, p.f1, p.items)).collect();
        assert_eq!(seen, [("a", "b", Some(0.0), 1), ("a", "c", Some(0.0), 1), ("b", "c", Some(1.0), 1)]);
    }
}
