//! The keyboard's caret: where it goes for a key. Places are code points; steps are graphemes, words and lines, and a
//! pseudonym is one step. Pure; drawing it is the text's matter.

use crate::domain::task::Cover;
use crate::domain::text::{CodePoint, OffsetMap, Utf8};
use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

/// Bytes on each side that a search for a word looks at, since a word that long is none.
const REACH: usize = 2_000;

/// A caret and the other end of its selection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Caret {
    /// Where the selection began.
    pub anchor: u32,
    /// Where the caret is.
    pub head: u32,
}

impl Caret {
    /// Nothing is selected.
    pub fn is_collapsed(self) -> bool {
        self.anchor == self.head
    }

    /// The selection in order.
    pub fn range(self) -> (u32, u32) {
        (self.anchor.min(self.head), self.anchor.max(self.head))
    }

    /// The caret at `to`; with `extend` the selection goes along.
    #[must_use]
    pub fn moved(self, to: u32, extend: bool) -> Self {
        Self { anchor: if extend { self.anchor } else { to }, head: to }
    }
}

/// One step of the caret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// By what a person sees as one character.
    Grapheme,
    /// By word.
    Word,
    /// To the end of the line.
    Line,
    /// To the end of the text.
    All,
}

/// A text to walk in.
pub struct Walk<'a> {
    /// The text.
    pub text: &'a str,
    /// Its offsets.
    pub map: &'a OffsetMap,
    /// Its pseudonyms.
    pub covers: &'a [Cover],
}

impl Walk<'_> {
    /// Where a step from `at` ends. Never inside a grapheme or a pseudonym.
    pub fn step(&self, at: u32, step: Step, forward: bool) -> u32 {
        let byte = self.byte(at);
        let to = match (step, forward) {
            (Step::Grapheme, true) => self.next_grapheme(byte),
            (Step::Grapheme, false) => self.previous_grapheme(byte),
            (Step::Word, true) => self.next_word(byte),
            (Step::Word, false) => self.previous_word(byte),
            (Step::Line, true) => self.line_end(byte),
            (Step::Line, false) => self.line_start(byte),
            (Step::All, true) => self.text.len(),
            (Step::All, false) => 0,
        };
        let to = self.map.from_utf8(self.text, Utf8(to as u32)).0;
        match self.covers.iter().find(|c| c.start.0 < to && to < c.end.0) {
            Some(cover) if forward => cover.end.0,
            Some(cover) => cover.start.0,
            None => to,
        }
    }

    /// The line around a place reads from right to left: its first strong character does.
    pub fn is_rtl(&self, at: u32) -> bool {
        let byte = self.byte(at);
        let line = self.text.get(self.line_start(byte)..self.line_end(byte)).unwrap_or_default();
        line.chars().find_map(strong_rtl).unwrap_or(false)
    }

    /// The word around a place; the grapheme there where it is no word.
    pub fn word_at(&self, at: u32) -> (u32, u32) {
        let end = self.step(at, Step::Word, true);
        let start = self.step(end, Step::Word, false);
        if start <= at { (start, end) } else { (at, self.step(at, Step::Grapheme, true)) }
    }

    fn byte(&self, at: u32) -> usize {
        self.map.from_code_point(self.text, CodePoint(at)).0.index()
    }

    fn next_grapheme(&self, byte: usize) -> usize {
        let mut cursor = GraphemeCursor::new(byte, self.text.len(), true);
        cursor.next_boundary(self.text, 0).ok().flatten().unwrap_or(self.text.len())
    }

    fn previous_grapheme(&self, byte: usize) -> usize {
        let mut cursor = GraphemeCursor::new(byte, self.text.len(), true);
        cursor.prev_boundary(self.text, 0).ok().flatten().unwrap_or(0)
    }

    /// The end of the word at or after the caret.
    fn next_word(&self, byte: usize) -> usize {
        let to = ceil(self.text, (byte + REACH).min(self.text.len()));
        let ahead = self.text.get(byte..to).unwrap_or_default();
        let word = ahead.split_word_bound_indices().find(|(_, part)| is_word(part));
        word.map_or(to, |(at, part)| byte + at + part.len())
    }

    /// The start of the word before the caret.
    fn previous_word(&self, byte: usize) -> usize {
        let from = ceil(self.text, byte.saturating_sub(REACH));
        let behind = self.text.get(from..byte).unwrap_or_default();
        let word = behind.split_word_bound_indices().rev().find(|(_, part)| is_word(part));
        word.map_or(from, |(at, _)| from + at)
    }

    fn line_start(&self, byte: usize) -> usize {
        self.text.get(..byte).and_then(|t| t.rfind('\n')).map_or(0, |at| at + 1)
    }

    fn line_end(&self, byte: usize) -> usize {
        let end = self.text.get(byte..).and_then(|t| t.find('\n')).map_or(self.text.len(), |at| byte + at);
        let before = self.text.get(..end).unwrap_or_default();
        if end > byte && before.ends_with('\r') { end - 1 } else { end }
    }
}

fn is_word(part: &str) -> bool {
    part.chars().any(char::is_alphanumeric)
}

/// The next boundary of a character at or after a byte.
fn ceil(text: &str, mut byte: usize) -> usize {
    while byte < text.len() && !text.is_char_boundary(byte) {
        byte += 1;
    }
    byte
}

/// Whether a character has a strong direction, and which: `true` for Hebrew, Arabic and their kin.
fn strong_rtl(c: char) -> Option<bool> {
    match c as u32 {
        0x0590..=0x08ff | 0xfb1d..=0xfdff | 0xfe70..=0xfeff | 0x10800..=0x10fff | 0x1e800..=0x1efff => Some(true),
        _ if c.is_alphabetic() => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(text: &str, covers: &[Cover], at: u32, step: Step, forward: bool) -> u32 {
        Walk { text, map: &OffsetMap::new(text), covers }.step(at, step, forward)
    }

    #[test]
    fn steps() {
        use Step::{All, Grapheme, Line, Word};
        for (text, at, step, forward, expect) in [
            ("abc", 0, Grapheme, true, 1),
            ("abc", 3, Grapheme, true, 3),
            ("abc", 0, Grapheme, false, 0),
            ("👩‍💻x", 0, Grapheme, true, 3),
            ("👩‍💻x", 3, Grapheme, false, 0),
            ("e\u{301}x", 0, Grapheme, true, 2),
            ("a\r\nb", 1, Grapheme, true, 3),
            ("two words, here", 0, Word, true, 3),
            ("two words, here", 3, Word, true, 9),
            ("two words, here", 9, Word, true, 15),
            ("two words, here", 11, Word, false, 4),
            ("two", 0, Word, false, 0),
            ("one\r\ntwo\n", 1, Line, true, 3),
            ("one\r\ntwo\n", 6, Line, false, 5),
            ("one\r\ntwo\n", 6, Line, true, 8),
            ("one\ntwo", 1, All, true, 7),
            ("", 0, Grapheme, true, 0),
            ("שלום עולם", 0, Word, true, 4),
        ] {
            assert_eq!(walk(text, &[], at, step, forward), expect, "{text:?} from {at} by {step:?} {forward}");
        }
    }

    #[test]
    fn a_pseudonym_is_one_step() {
        let covers = [Cover { start: CodePoint(4), end: CodePoint(12), entity: "PERSON".into() }];
        let text = "hi, [PERSON]!";
        assert_eq!(walk(text, &covers, 4, Step::Grapheme, true), 12);
        assert_eq!(walk(text, &covers, 12, Step::Grapheme, false), 4);
        assert_eq!(walk(text, &covers, 3, Step::Word, true), 12);
    }

    #[test]
    fn direction_and_words() {
        let text = "abc\n\"שלום\" x";
        let map = OffsetMap::new(text);
        let walk = Walk { text, map: &map, covers: &[] };
        assert!(!walk.is_rtl(1));
        assert!(walk.is_rtl(6));
        assert_eq!(walk.word_at(1), (0, 3));
        assert_eq!(walk.word_at(6), (5, 9));
    }

    #[test]
    fn selections() {
        let caret = Caret { anchor: 5, head: 5 };
        assert_eq!(caret.moved(2, true).range(), (2, 5));
        assert_eq!(caret.moved(2, false), Caret { anchor: 2, head: 2 });
    }
}
