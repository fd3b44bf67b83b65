//! Overlapping finds become one row of pieces that do not overlap.
//!
//! The stronger keeps its whole span; of the weaker stays what lies outside, as long as it holds a letter or digit. So
//! nothing that a detector found is left in clear because something else was found beside it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

/// How firmly a find is known. The order decides who wins where two overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// By its look and the words around it: a phone number, a bare host name.
    Look,
    /// Listed by the owner.
    Listed,
    /// By structure or check digits: an address with `@`, a card, an IBAN, a URL with its scheme.
    Checked,
}

/// A find before overlaps are settled. Offsets are code points of the raw text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// First code point.
    pub start: u32,
    /// One past its last.
    pub end: u32,
    /// Which kind, as a number the caller gives meaning to.
    pub kind: u16,
    /// How firmly it is known.
    pub rank: Rank,
    /// How sure, in percent.
    pub score: u8,
}

/// Settles overlaps: higher rank wins, then the longer, then the higher score, then the earlier. `worth` says whether a
/// remainder is kept. The result is in order of the text. Time n log n, whatever overlaps.
pub fn partition(mut candidates: Vec<Candidate>, worth: impl Fn(u32, u32) -> bool) -> Vec<Candidate> {
    candidates.sort_unstable_by_key(|c| (Reverse(c.rank), Reverse(c.end - c.start), Reverse(c.score), c.start, c.kind));
    let mut taken: BTreeMap<u32, Candidate> = BTreeMap::new();
    let mut pieces = Vec::new();
    for candidate in candidates {
        pieces.clear();
        let mut from = candidate.start;
        // what is taken already never overlaps itself, so walk it from the last that begins at or before the start
        let first = taken.range(..=from).next_back().map_or(from, |(start, _)| *start);
        for other in taken.range(first..candidate.end).map(|(_, other)| other).filter(|o| o.end > candidate.start) {
            if from < other.start {
                pieces.push((from, other.start));
            }
            from = from.max(other.end);
        }
        if from < candidate.end {
            pieces.push((from, candidate.end));
        }
        for &(start, end) in &pieces {
            let whole = (start, end) == (candidate.start, candidate.end);
            if start < end && (whole || worth(start, end)) {
                taken.insert(start, Candidate { start, end, ..candidate });
            }
        }
    }
    taken.into_values().collect()
}

/// Settles overlaps where finds are of many kinds: the surer wins whole, then the longer, then the earlier, and what it
/// overlaps falls out. For finds that are only told, not covered: a remainder of a wrong guess would be another. In order
/// of the text. Time n log n.
pub fn settle(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    candidates.sort_unstable_by_key(|c| (Reverse(c.score), Reverse(c.end - c.start), Reverse(c.rank), c.start, c.kind));
    let mut taken: BTreeMap<u32, Candidate> = BTreeMap::new();
    for candidate in candidates.into_iter().filter(|c| c.start < c.end) {
        // what is taken never overlaps, so the last that begins before the end is the only one that can reach in
        let clear = taken.range(..candidate.end).next_back().is_none_or(|(_, other)| other.end <= candidate.start);
        if clear {
            taken.insert(candidate.start, candidate);
        }
    }
    taken.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn c(start: u32, end: u32, kind: u16, rank: Rank) -> Candidate {
        Candidate { start, end, kind, rank, score: 50 }
    }

    #[test]
    fn the_stronger_keeps_its_span() {
        use Rank::{Checked, Listed, Look};
        for (given, expect) in [
            (vec![c(0, 10, 1, Look), c(2, 5, 2, Checked)], vec![(0, 2, 1), (2, 5, 2), (5, 10, 1)]),
            (vec![c(0, 10, 1, Checked), c(2, 5, 2, Listed)], vec![(0, 10, 1)]),
            (vec![c(0, 6, 1, Look), c(4, 9, 2, Look)], vec![(0, 6, 1), (6, 9, 2)]),
            (vec![c(0, 5, 1, Look), c(0, 5, 2, Checked)], vec![(0, 5, 2)]),
            (vec![c(0, 4, 1, Look), c(4, 8, 2, Look)], vec![(0, 4, 1), (4, 8, 2)]),
        ] {
            let got: Vec<_> = partition(given, |_, _| true).iter().map(|p| (p.start, p.end, p.kind)).collect();
            assert_eq!(got, expect);
        }
    }

    proptest! {
        #[test]
        fn pieces_never_overlap_and_leave_nothing_out(spans in prop::collection::vec((0u32..60, 1u32..20, 0u16..4, 0u8..3), 0..30)) {
            let given: Vec<_> = spans.iter().map(|&(start, len, kind, rank)| {
                c(start, start + len, kind, [Rank::Look, Rank::Listed, Rank::Checked][rank as usize])
            }).collect();
            let row = partition(given.clone(), |_, _| true);
            prop_assert!(row.windows(2).all(|w| w[0].end <= w[1].start));
            for at in 0..80 {
                let in_given = given.iter().any(|c| c.start <= at && at < c.end);
                let in_row = row.iter().any(|c| c.start <= at && at < c.end);
                prop_assert_eq!(in_given, in_row, "code point {}", at);
            }
        }
    }
}
