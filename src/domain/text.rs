//! Offsets into text. Every stored form counts Unicode code points; UTF-16 exists only at the DOM's edge, UTF-8 only
//! inside; each is a type of its own, so that one is never taken for another.

use super::task::Cover;
use serde::{Deserialize, Serialize};

macro_rules! offset {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl $name {
            /// The offset as an index.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

offset!(
    /// An offset in Unicode code points.
    CodePoint
);
offset!(
    /// An offset in UTF-16 code units, as the DOM counts.
    Utf16
);
offset!(
    /// An offset in bytes of UTF-8, on a character boundary.
    Utf8
);

/// Translates offsets of one text between the three ways of counting, in constant time plus a short walk, from a table
/// with one row per [`OffsetMap::STEP`] code points.
#[derive(Clone, Debug)]
pub struct OffsetMap {
    rows: Vec<(Utf8, Utf16)>,
    ascii: bool,
    len_code_points: u32,
    len_utf16: u32,
    len_utf8: u32,
}

impl OffsetMap {
    /// Code points between two rows of the table.
    pub const STEP: u32 = 64;

    /// The table of `text`. Texts are limited far below 4 GiB, so 32 bits hold every offset.
    pub fn new(text: &str) -> Self {
        let (mut code_points, mut utf16, mut utf8) = (0u32, 0u32, 0u32);
        let mut rows = Vec::with_capacity(text.len() / Self::STEP as usize + 1);
        for c in text.chars() {
            if code_points % Self::STEP == 0 {
                rows.push((Utf8(utf8), Utf16(utf16)));
            }
            code_points += 1;
            utf16 += c.len_utf16() as u32;
            utf8 += c.len_utf8() as u32;
        }
        Self { rows, ascii: utf8 == code_points, len_code_points: code_points, len_utf16: utf16, len_utf8: utf8 }
    }

    /// Length of the text in code points.
    pub fn len(&self) -> CodePoint {
        CodePoint(self.len_code_points)
    }

    /// The text is empty.
    pub fn is_empty(&self) -> bool {
        self.len_code_points == 0
    }

    /// Code points to UTF-8 and UTF-16; past the end gives the end.
    pub fn from_code_point(&self, text: &str, at: CodePoint) -> (Utf8, Utf16) {
        if at.0 >= self.len_code_points {
            return (Utf8(self.len_utf8), Utf16(self.len_utf16));
        }
        if self.ascii {
            return (Utf8(at.0), Utf16(at.0));
        }
        let (mut utf8, mut utf16) = self.rows.get((at.0 / Self::STEP) as usize).copied().unwrap_or_default();
        for c in text.get(utf8.index()..).unwrap_or("").chars().take((at.0 % Self::STEP) as usize) {
            utf8.0 += c.len_utf8() as u32;
            utf16.0 += c.len_utf16() as u32;
        }
        (utf8, utf16)
    }

    /// UTF-8 to code points; an offset inside a character gives that character.
    pub fn from_utf8(&self, text: &str, at: Utf8) -> CodePoint {
        self.search(text, |utf8, _| utf8 <= at.0, self.ascii.then_some(at.0))
    }

    /// UTF-16 to code points; an offset inside a surrogate pair gives its character.
    pub fn from_utf16(&self, text: &str, at: Utf16) -> CodePoint {
        self.search(text, |_, utf16| utf16 <= at.0, self.ascii.then_some(at.0))
    }

    fn search(&self, text: &str, not_past: impl Fn(u32, u32) -> bool, exact: Option<u32>) -> CodePoint {
        if let Some(at) = exact {
            return CodePoint(at.min(self.len_code_points));
        }
        if not_past(self.len_utf8, self.len_utf16) {
            return self.len();
        }
        let row = self.rows.partition_point(|(u8, u16)| not_past(u8.0, u16.0)).saturating_sub(1);
        let (mut utf8, mut utf16) = self.rows.get(row).map(|(a, b)| (a.0, b.0)).unwrap_or_default();
        let mut code_point = row as u32 * Self::STEP;
        for c in text.get(utf8 as usize..).unwrap_or("").chars() {
            utf8 += c.len_utf8() as u32;
            utf16 += c.len_utf16() as u32;
            if !not_past(utf8, utf16) {
                break;
            }
            code_point += 1;
        }
        CodePoint(code_point)
    }
}

/// The part of `text` between two offsets; empty where they are out of order or past the end.
pub fn slice<'a>(text: &'a str, map: &OffsetMap, start: CodePoint, end: CodePoint) -> &'a str {
    let from = map.from_code_point(text, start).0.index();
    let to = map.from_code_point(text, end).0.index();
    text.get(from..to).unwrap_or("")
}

/// Widens a span so that no edge lies inside a pseudonym: pseudonyms are atomic.
pub fn snap_outward(start: CodePoint, end: CodePoint, covers: &[Cover]) -> (CodePoint, CodePoint) {
    let inside = |at: CodePoint| covers.iter().find(|c| c.start < at && at < c.end);
    (inside(start).map_or(start, |c| c.start), inside(end).map_or(end, |c| c.end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_counts_agree_with_a_plain_walk() {
        let long = "a😀é\u{0301}\r\nשלום".repeat(40);
        for text in ["", "plain ascii", "é", "😀", "a😀b", "e\u{0301}\r\nx", long.as_str()] {
            let map = OffsetMap::new(text);
            let (mut u8_, mut u16_) = (0, 0);
            for (i, c) in text.chars().enumerate() {
                let at = CodePoint(i as u32);
                assert_eq!(map.from_code_point(text, at), (Utf8(u8_), Utf16(u16_)), "{text:?} at {i}");
                assert_eq!(map.from_utf8(text, Utf8(u8_)), at);
                assert_eq!(map.from_utf16(text, Utf16(u16_)), at);
                u8_ += c.len_utf8() as u32;
                u16_ += c.len_utf16() as u32;
                assert_eq!(map.from_utf16(text, Utf16(u16_ - 1)), at, "inside a pair: {text:?} at {i}");
            }
            assert_eq!(map.from_utf16(text, Utf16(u16_)), map.len());
            assert_eq!(map.from_code_point(text, CodePoint(u32::MAX)), (Utf8(u8_), Utf16(u16_)));
        }
    }

    #[test]
    fn a_pseudonym_is_one() {
        let covers = [Cover { start: CodePoint(4), end: CodePoint(9), entity: "EMAIL_ADDRESS".into() }];
        for ((start, end), expect) in
            [((5, 7), (4, 9)), ((0, 5), (0, 9)), ((4, 9), (4, 9)), ((8, 12), (4, 12)), ((9, 12), (9, 12))]
        {
            let (a, b) = snap_outward(CodePoint(start), CodePoint(end), &covers);
            assert_eq!((a.0, b.0), expect);
        }
    }
}
