//! A text as words, numbers and marks, each with its place, its folded letters and its shape.
//!
//! Folding is that of [`crate::privacy::fold`]: accents and invisible characters do not count, so that the lexicon and the
//! weights know one spelling of each word.

use crate::privacy::fold::{Folded, fold_char};

/// How a token is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A sign.
    Mark,
    /// Digits, by how many (at most 6 are told apart).
    Number,
    /// Small letters.
    Lower,
    /// One capital, then small letters.
    Title,
    /// Capitals alone, two or more.
    Upper,
    /// One capital letter alone.
    Initial,
    /// Capitals inside.
    Mixed,
}

/// What stands between a token and the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gap {
    /// Nothing.
    None,
    /// Blanks.
    Blank,
    /// A line end, or the start of the text.
    Line,
}

/// A word, a number or a mark.
#[derive(Clone, Copy, Debug)]
pub struct Token {
    /// First code point.
    pub start: u32,
    /// One past its last code point.
    pub end: u32,
    /// Where its folded letters stand in [`Tokens::letters`].
    from: u32,
    to: u32,
    /// Hash of its folded small letters.
    pub hash: u64,
    /// How it is written.
    pub shape: Shape,
    /// What stands before it.
    pub gap: Gap,
}

/// The tokens of a text.
#[derive(Clone, Debug, Default)]
pub struct Tokens {
    /// In order.
    pub list: Vec<Token>,
    letters: Vec<u8>,
}

/// The start of FNV-1a, 64 bits.
pub const SEED: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a over more bytes.
pub fn hash(seed: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(seed, |hash, b| (hash ^ u64::from(*b)).wrapping_mul(0x0000_0100_0000_01b3))
}

/// A token that is being read.
struct Open {
    start: u32,
    from: u32,
    digits: bool,
    letters: u32,
    capitals: u32,
    first_capital: bool,
}

impl Tokens {
    /// Reads a text.
    pub fn of(text: &str) -> Self {
        let mut out = Self { list: Vec::with_capacity(text.len() / 5), letters: Vec::with_capacity(text.len()) };
        let (mut open, mut gap, mut end): (Option<Open>, Gap, u32) = (None, Gap::Line, 0);
        let mut chars = text.chars().enumerate().peekable();
        while let Some((at, c)) = chars.next() {
            let at = at as u32;
            let (byte, letter) = match fold_char(c) {
                Folded::Dropped => continue,
                Folded::Byte(b) => (b, b.is_ascii_alphabetic()),
                Folded::Letter(_) => (0x80, true),
                Folded::Symbol => (0x81, false),
            };
            let digit = byte.is_ascii_digit();
            // O'Brien, D'Angelo: one letter, an apostrophe, a capital
            let inner = byte == b'\''
                && open.as_ref().is_some_and(|o| !o.digits && o.letters == 1)
                && chars.peek().is_some_and(|(_, c)| c.is_uppercase());
            if open.as_ref().is_some_and(|o| !inner && (o.digits != digit || (!o.digits && !letter))) {
                out.close(open.take(), end, &mut gap);
            }
            if letter || digit || inner {
                let from = out.letters.len() as u32;
                let o = open.get_or_insert(Open {
                    start: at,
                    from,
                    digits: digit,
                    letters: 0,
                    capitals: 0,
                    first_capital: false,
                });
                let capital = letter && c.is_uppercase();
                o.first_capital |= capital && o.letters == 0;
                (o.letters, o.capitals) = (o.letters + 1, o.capitals + u32::from(capital));
                out.letter(byte, c);
                end = at + 1;
            } else if matches!(byte, b' ' | b'\n') {
                gap = if byte == b'\n' || gap == Gap::Line { Gap::Line } else { Gap::Blank };
            } else {
                let from = out.letters.len() as u32;
                out.letter(byte, c);
                let to = out.letters.len() as u32;
                out.push(at, at + 1, from, to, Shape::Mark, &mut gap);
            }
        }
        out.close(open, end, &mut gap);
        out
    }

    fn letter(&mut self, byte: u8, c: char) {
        if byte < 0x80 {
            self.letters.push(byte.to_ascii_lowercase());
        } else {
            let c = c.to_lowercase().next().unwrap_or(c);
            self.letters.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }

    fn close(&mut self, open: Option<Open>, end: u32, gap: &mut Gap) {
        let Some(open) = open else { return };
        let shape = match open {
            Open { digits: true, .. } => Shape::Number,
            Open { capitals: 0, .. } => Shape::Lower,
            Open { letters: 1, .. } => Shape::Initial,
            Open { letters, capitals, .. } if letters == capitals => Shape::Upper,
            Open { capitals: 1, first_capital: true, .. } => Shape::Title,
            _ => Shape::Mixed,
        };
        self.push(open.start, end, open.from, self.letters.len() as u32, shape, gap);
    }

    fn push(&mut self, start: u32, end: u32, from: u32, to: u32, shape: Shape, gap: &mut Gap) {
        let hash = hash(SEED, self.letters.get(from as usize..to as usize).unwrap_or(&[]));
        self.list.push(Token { start, end, from, to, hash, shape, gap: std::mem::replace(gap, Gap::None) });
    }

    /// The folded small letters of a token.
    pub fn letters(&self, token: &Token) -> &[u8] {
        self.letters.get(token.from as usize..token.to as usize).unwrap_or(&[])
    }

    /// The folded small letters of token `i`; nothing past either end.
    pub fn word(&self, i: usize) -> &[u8] {
        self.list.get(i).map_or(&[], |t| self.letters(t))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_numbers_and_marks() {
        let text = "Mr. O'Brien, 42b St-Étienne\nIBM x I\u{AD}M e\u{301}t Ольга's";
        let tokens = Tokens::of(text);
        let said: Vec<String> = (0..tokens.list.len())
            .map(|i| {
                let t = &tokens.list[i];
                let raw: String = text.chars().skip(t.start as usize).take((t.end - t.start) as usize).collect();
                format!("{raw}={}:{:?}:{:?}", String::from_utf8_lossy(tokens.word(i)), t.shape, t.gap)
            })
            .collect();
        assert_eq!(
            said.join(" "),
            "Mr=mr:Title:Line .=.:Mark:None O'Brien=o'brien:Mixed:Blank ,=,:Mark:None 42=42:Number:Blank b=b:Lower:None \
             St=st:Title:Blank -=-:Mark:None Étienne=etienne:Title:None IBM=ibm:Upper:Line x=x:Lower:Blank \
             I\u{AD}M=im:Upper:Blank e\u{301}t=et:Lower:Blank Ольга=ольга:Title:Blank '=':Mark:None s=s:Lower:None"
        );
    }
}
