//! Offsets between a raw text and its covered form, both ways.
//!
//! A pseudonym is one thing on either side: an edge that falls inside of it moves outward, so that a span drawn over
//! half a token never exports as half a name.

use crate::domain::text::CodePoint;
use serde::{Deserialize, Serialize};

/// One replaced part, in code points: `[raw start, raw end, covered start, covered end]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Swap(pub u32, pub u32, pub u32, pub u32);

/// The replaced parts of one text, in order, never overlapping. It holds lengths of raw values and so stays with the
/// source material. A map read from a damaged file gives wrong offsets, never a panic.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CoverMap {
    swaps: Vec<Swap>,
}

/// The sides of a swap, as (from start, from end, to start, to end).
type Sides = fn(&Swap) -> (u32, u32, u32, u32);

impl CoverMap {
    /// Adds the next replaced part. Parts come in order.
    pub fn push(&mut self, swap: Swap) {
        debug_assert!(self.swaps.last().is_none_or(|last| last.1 <= swap.0 && last.3 <= swap.2));
        self.swaps.push(swap);
    }

    /// The replaced parts.
    pub fn swaps(&self) -> &[Swap] {
        &self.swaps
    }

    /// A span of the covered text, in the raw text.
    pub fn to_raw(&self, start: CodePoint, end: CodePoint) -> (CodePoint, CodePoint) {
        self.translate(start, end, |s| (s.2, s.3, s.0, s.1))
    }

    /// A span of the raw text, in the covered text.
    pub fn to_covered(&self, start: CodePoint, end: CodePoint) -> (CodePoint, CodePoint) {
        self.translate(start, end, |s| (s.0, s.1, s.2, s.3))
    }

    fn translate(&self, start: CodePoint, end: CodePoint, sides: Sides) -> (CodePoint, CodePoint) {
        let moved =
            |at: u32, from: u32, to: u32| (at as i64 - from as i64 + to as i64).clamp(0, u32::MAX as i64) as u32;
        // the last part that begins at or before the start: inside it, its start; past it, as far past as before
        let before = self.swaps.partition_point(|s| sides(s).0 <= start.0);
        let first = match before.checked_sub(1).and_then(|i| self.swaps.get(i)).map(sides) {
            Some((_, from_end, to_start, _)) if start.0 < from_end => to_start,
            Some((_, from_end, _, to_end)) => moved(start.0, from_end, to_end),
            None => start.0,
        };
        // the last part that begins before the end: inside it, its end
        let before = self.swaps.partition_point(|s| sides(s).0 < end.0);
        let last = match before.checked_sub(1).and_then(|i| self.swaps.get(i)).map(sides) {
            Some((_, from_end, _, to_end)) if end.0 <= from_end => to_end,
            Some((_, from_end, _, to_end)) => moved(end.0, from_end, to_end),
            None => end.0,
        };
        (CodePoint(first), CodePoint(last.max(first)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pair(span: (CodePoint, CodePoint)) -> (u32, u32) {
        (span.0.0, span.1.0)
    }

    #[test]
    fn edges_snap_outward() {
        // raw "to jane@x.org, bye" -> covered "to [E], bye"
        let mut map = CoverMap::default();
        map.push(Swap(3, 13, 3, 6));
        for (covered, raw) in [
            ((0, 2), (0, 2)),
            ((4, 5), (3, 13)),
            ((0, 4), (0, 13)),
            ((5, 8), (3, 15)),
            ((3, 6), (3, 13)),
            ((6, 7), (13, 14)),
        ] {
            assert_eq!(pair(map.to_raw(CodePoint(covered.0), CodePoint(covered.1))), raw, "{covered:?}");
        }
        for (raw, covered) in
            [((0, 2), (0, 2)), ((5, 6), (3, 6)), ((13, 15), (6, 8)), ((12, 15), (3, 8)), ((3, 3), (3, 3))]
        {
            assert_eq!(pair(map.to_covered(CodePoint(raw.0), CodePoint(raw.1))), covered, "{raw:?}");
        }
        assert_eq!(serde_json::to_string(&map).unwrap(), "[[3,13,3,6]]");
    }

    proptest! {
        #[test]
        fn there_and_back_covers(parts in prop::collection::vec((0u32..5, 1u32..9, 1u32..9), 0..12), a in 0u32..120, b in 0u32..120) {
            let (mut map, mut raw, mut covered) = (CoverMap::default(), 0, 0);
            for (gap, from, to) in parts {
                raw += gap;
                covered += gap;
                map.push(Swap(raw, raw + from, covered, covered + to));
                raw += from;
                covered += to;
            }
            let (a, b) = (a.min(b), a.max(b));
            let there = map.to_covered(CodePoint(a), CodePoint(b));
            let back = pair(map.to_raw(there.0, there.1));
            prop_assert!(back.0 <= a && b <= back.1, "{a}..{b} -> {there:?} -> {back:?}");
            // snapped once, it stays
            let again = map.to_covered(CodePoint(back.0), CodePoint(back.1));
            prop_assert_eq!(again, there);
        }
    }
}
