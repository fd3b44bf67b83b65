//! Lists of names and places, looked up by the hash of their folded words.
//!
//! A name in the list is a hint for the tagger, no find by itself: most names are words or places as well. The lists are
//! data that somebody loads; nothing here is compiled in.

use super::token::{SEED, Tokens, hash};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A given name.
pub const GIVEN: u8 = 1;
/// A surname.
pub const SURNAME: u8 = 2;
/// One of the common surnames.
pub const FREQUENT: u8 = 4;
/// A town.
pub const TOWN: u8 = 8;
/// A country.
pub const COUNTRY: u8 = 16;
/// A region or state.
pub const REGION: u8 = 32;
/// A word of everyday language.
pub const COMMON: u8 = 64;
/// Longer entries begin like this.
pub const BEGINS: u8 = 128;

/// Keys are hashes already.
#[derive(Default)]
struct Same(u64);

impl Hasher for Same {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        self.0 = hash(SEED, bytes);
    }
    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

/// The lists.
#[derive(Default)]
pub struct Lexicon {
    of: HashMap<u64, u8, BuildHasherDefault<Same>>,
}

impl Lexicon {
    /// Reads lines of kinds, a tab, and folded words (`data/privacy/lexicon.txt`); lines of one word are everyday words
    /// (`data/privacy/common.txt`). What does not fit is passed over.
    pub fn new(lexicon: &str, common: &str) -> Self {
        let mut of: HashMap<u64, u8, BuildHasherDefault<Same>> = HashMap::default();
        of.reserve(lexicon.len() / 11 + common.len() / 7);
        for (kinds, text) in lexicon.lines().filter_map(|line| line.split_once('\t')) {
            let flags = kinds.bytes().fold(0, |flags, kind| {
                flags
                    | match kind {
                        b'g' => GIVEN,
                        b's' => SURNAME,
                        b'S' => SURNAME | FREQUENT,
                        b'c' => TOWN,
                        b'C' => COUNTRY,
                        b'r' => REGION,
                        _ => 0,
                    }
            });
            let mut key = SEED;
            let mut words = text.split(' ').peekable();
            while let Some(word) = words.next() {
                key = hash(key, word.as_bytes());
                let last = words.peek().is_none();
                *of.entry(key).or_default() |= if last { flags } else { BEGINS };
                key = hash(key, b" ");
            }
        }
        for word in common.lines() {
            *of.entry(hash(SEED, word.as_bytes())).or_default() |= COMMON;
        }
        Self { of }
    }

    /// What the lists say of one word.
    pub fn word(&self, hash: u64) -> u8 {
        self.of.get(&hash).copied().unwrap_or(0)
    }

    /// What the lists say of each token; an entry of several words says it of all of them.
    pub fn flags(&self, tokens: &Tokens) -> Vec<u8> {
        let mut flags: Vec<u8> = tokens.list.iter().map(|t| self.word(t.hash)).collect();
        for i in 0..flags.len() {
            if flags.get(i).is_none_or(|f| f & BEGINS == 0) {
                continue;
            }
            let mut key = tokens.list.get(i).map_or(0, |t| t.hash);
            let (mut longest, mut k) = (None, i);
            for _ in 0..5 {
                k += 1;
                // a dash or a point between two words of an entry does not count
                while k < i + 6 && matches!(tokens.word(k), b"-" | b".") {
                    k += 1;
                }
                if k >= tokens.list.len() {
                    break;
                }
                key = hash(hash(key, b" "), tokens.word(k));
                let said = self.word(key);
                if said & !(BEGINS | COMMON) != 0 {
                    longest = Some((k, said & !(BEGINS | COMMON)));
                }
                if said & BEGINS == 0 {
                    break;
                }
            }
            if let Some((end, said)) = longest {
                for flag in flags.get_mut(i..=end).unwrap_or(&mut []) {
                    *flag = (*flag & !COMMON) | said;
                }
            }
        }
        flags
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_of_several_words() {
        let lexicon =
            Lexicon::new("gs\tmary\nc\tnew york\nC\tnew zealand\nbad line\nc\tsaint denis sur mer\n", "new\nfrom\n");
        let flags = |text: &str| lexicon.flags(&Tokens::of(text)).iter().map(|f| f & !BEGINS).collect::<Vec<_>>();
        assert_eq!(flags("Mary from New York"), [GIVEN | SURNAME, COMMON, TOWN, TOWN]);
        assert_eq!(flags("new NEW ZEALAND"), [COMMON, COUNTRY, COUNTRY]);
        assert_eq!(flags("Saint-Denis-sur-Mer, Saint"), [TOWN, TOWN, TOWN, TOWN, TOWN, TOWN, TOWN, 0, 0]);
    }
}
