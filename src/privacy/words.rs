//! Finds listed words in a text: names, addresses and dates that somebody knows of, as whole words.
//!
//! Case, accents, invisible characters and what stands between two words do not count. Scripts that do not space their
//! words (Chinese, Japanese, Korean, Thai …) count each character as a word. The list is a trie of word hashes, so the
//! time for a text depends on its length alone, never on the length of the list.

use super::fold::{Folded, fold_char};
use std::collections::BTreeMap;

/// The most words one entry can have.
pub const MAX_WORDS: usize = 32;
/// The most characters that may stand between two words of an entry, and the most line breaks among them.
const MAX_GAP: u32 = 4;

/// One word of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// First code point.
    pub start: u32,
    /// One past its last code point.
    pub end: u32,
    /// Hash of its folded letters (FNV-1a, 64 bits).
    hash: u64,
    /// It may follow the word before it within one entry.
    near: bool,
}

/// Scripts without spaces between words, where every character stands alone.
fn stands_alone(c: char) -> bool {
    matches!(c as u32,
        0xE01..=0xEFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x3041..=0x30FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF
        | 0xAC00..=0xD7AF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF)
}

/// The words of a text.
pub fn of(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut open: Option<Word> = None;
    let (mut gap, mut breaks) = (0u32, 0u32);
    for (at, c) in text.chars().enumerate() {
        let at = at as u32;
        let letter = match fold_char(c) {
            Folded::Dropped => continue,
            Folded::Byte(b) if b.is_ascii_alphanumeric() => Some(b.to_ascii_lowercase() as char),
            Folded::Letter(c) => Some(c.to_lowercase().next().unwrap_or(c)),
            Folded::Byte(b'\n') => {
                breaks += 1;
                None
            }
            Folded::Byte(_) | Folded::Symbol => None,
        };
        if let Some(done) = open.take_if(|_| letter.is_none_or(stands_alone)) {
            words.push(done);
        }
        let Some(letter) = letter else {
            gap += 1;
            continue;
        };
        let near = gap <= MAX_GAP && breaks <= 1;
        let word = open.get_or_insert(Word { start: at, end: at, hash: 0xcbf2_9ce4_8422_2325, near });
        (gap, breaks) = (0, 0);
        word.end = at + 1;
        for byte in (letter as u32).to_le_bytes() {
            word.hash = (word.hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        if stands_alone(letter) {
            words.extend(open.take());
        }
    }
    words.extend(open);
    words
}

/// The folded letters of a text, its words joined by one space: what makes two spellings the same value.
pub fn normal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.chars() {
        let letter = match fold_char(c) {
            Folded::Dropped => continue,
            Folded::Byte(b) if b.is_ascii_alphanumeric() => b.to_ascii_lowercase() as char,
            Folded::Letter(c) => c.to_lowercase().next().unwrap_or(c),
            Folded::Byte(_) | Folded::Symbol => {
                gap = true;
                continue;
            }
        };
        if std::mem::take(&mut gap) && !out.is_empty() {
            out.push(' ');
        }
        out.push(letter);
    }
    out
}

/// A list of entries, each with a number that says what it is.
#[derive(Clone, Default)]
pub struct List {
    next: BTreeMap<(u32, u64), u32>,
    /// What ends at each node.
    ends: Vec<Option<u16>>,
}

impl List {
    /// Adds an entry. One without words or with more than [`MAX_WORDS`] is left out; of two that read the same the
    /// first counts.
    pub fn add(&mut self, text: &str, what: u16) {
        let words = of(text);
        if words.is_empty() || words.len() > MAX_WORDS {
            return;
        }
        if self.ends.is_empty() {
            self.ends.push(None);
        }
        let mut node = 0u32;
        for word in words {
            let fresh = self.ends.len() as u32;
            node = *self.next.entry((node, word.hash)).or_insert(fresh);
            if node == fresh {
                self.ends.push(None);
            }
        }
        if let Some(end) = self.ends.get_mut(node as usize) {
            end.get_or_insert(what);
        }
    }

    /// There is nothing to find.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// For each word where an entry begins, the longest one: start and end in code points, and what it is. Entries may
    /// overlap. At most [`MAX_WORDS`] steps for each word of the text.
    pub fn find(&self, text: &str) -> Vec<(u32, u32, u16)> {
        let mut found = Vec::new();
        if self.is_empty() {
            return found;
        }
        let words = of(text);
        for (i, first) in words.iter().enumerate() {
            let mut node = 0;
            let mut longest = None;
            for (k, word) in words.iter().skip(i).enumerate() {
                if k > 0 && !word.near {
                    break;
                }
                let Some(&next) = self.next.get(&(node, word.hash)) else { break };
                node = next;
                if let Some(Some(what)) = self.ends.get(node as usize) {
                    longest = Some((first.start, word.end, *what));
                }
            }
            found.extend(longest);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_in_any_dress() {
        let mut list = List::default();
        for (i, entry) in
            ["José Núñez", "12 High Street, Leeds", "Anna", "Anna Maria", "张伟", "שלום כהן", "O'Brien", "Ольга"]
                .iter()
                .enumerate()
        {
            list.add(entry, i as u16);
        }
        for (text, expect) in [
            ("I am JOSE NUÑEZ.", vec![(5, 15, 0)]),
            ("Jose\u{301} Nu\u{301}n\u{303}ez", vec![(0, 13, 0)]),
            ("12, high street\r\nLEEDS", vec![(0, 22, 1)]),
            ("12 high street. In all these years Leeds", vec![]),
            ("Annabel", vec![]),
            ("an\u{AD}na maria! Anna", vec![(0, 11, 3), (13, 17, 2)]),
            ("我叫张伟住", vec![(2, 4, 4)]),
            ("😀 שלום־כהן", vec![(2, 10, 5)]),
            ("o\u{2019}brien's", vec![(0, 7, 6)]),
            ("ОЛЬГА и Ольгa", vec![(0, 5, 7)]),
            ("José", vec![]),
        ] {
            assert_eq!(list.find(text), expect, "{text:?}");
        }
        assert_eq!(normal(" José-Núñez\u{200B}  & 张伟 "), "jose nunez 张伟");
    }
}
