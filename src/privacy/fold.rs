//! One plain form of a text for the scanners, with the way back to its offsets.
//!
//! People, editors and those who want to slip past a filter write the same value in many ways: full-width digits, soft
//! hyphens, zero-width spaces, no-break spaces, a dozen dashes. The folded form has one byte for each character that
//! counts, and the scanners look at bytes alone. Nothing is normalised beyond what finding needs.

/// Stands for a letter or digit outside of what folds to ASCII.
pub const LETTER: u8 = 0x80;
/// Stands for any other character.
pub const SYMBOL: u8 = 0x81;

/// What one character folds to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Folded {
    /// Nothing: it cannot be seen, or only marks the letter before it.
    Dropped,
    /// ASCII.
    Byte(u8),
    /// A letter or digit of another script.
    Letter(char),
    /// A sign.
    Symbol,
}

/// Base letters of U+00C0 to U+017F, in order; `.` where there is none.
const LATIN: &[u8; 192] = b"AAAAAAACEEEEIIIIDNOOOOO.OUUUUYTsaaaaaaaceeeeiiiidnooooo.ouuuuytyAaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIiIiJjKkkLlLlLlLlLlNnNnNnnNnOoOoOoOoRrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs";

/// First characters of the decimal digits of other scripts, each followed by its nine successors.
const DIGITS: [u32; 14] =
    [0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0E50, 0x0ED0];

/// Folds one character.
pub fn fold_char(c: char) -> Folded {
    if c.is_ascii() {
        return Folded::Byte(match c {
            '\r' | '\t' => b' ',
            '\0' => return Folded::Symbol,
            _ => c as u8,
        });
    }
    let code = c as u32;
    let byte = match code {
        0xAD | 0x300..=0x36F | 0x61C | 0x115F | 0x1160 | 0x17B4 | 0x17B5 | 0x180B..=0x180E => return Folded::Dropped,
        0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x206F | 0x3164 | 0xFE00..=0xFE0F => return Folded::Dropped,
        0xFEFF | 0xFFA0 | 0xFFF9..=0xFFFB | 0xE0000..=0xE0FFF => return Folded::Dropped,
        0xA0 | 0x1680 | 0x2000..=0x200A | 0x202F | 0x205F | 0x2800 | 0x3000 => b' ',
        0x85 | 0x2028 | 0x2029 => b'\n',
        0x2010..=0x2015 | 0x2043 | 0x207B | 0x2212 | 0x2E3A | 0x2E3B | 0x301C | 0xFE58 | 0xFE63 => b'-',
        0x2018..=0x201B | 0x2032 => b'\'',
        0x201C..=0x201F => b'"',
        0x2024 | 0x3002 | 0xFE52 | 0xFF61 => b'.',
        0x2044 | 0x2215 => b'/',
        0x2236 | 0xA789 => b':',
        0xA3..=0xA5 | 0x20A0..=0x20C0 | 0xFFE0..=0xFFE1 => b'$',
        0xFF01..=0xFF5E => (code - 0xFF01) as u8 + b'!',
        0x1D7CE..=0x1D7FF => ((code - 0x1D7CE) % 10) as u8 + b'0',
        0x1FBF0..=0x1FBF9 => (code - 0x1FBF0) as u8 + b'0',
        0xC0..=0x17F => match LATIN.get((code - 0xC0) as usize) {
            Some(b'.') | None => return Folded::Symbol,
            Some(&base) => base,
        },
        _ => match DIGITS.iter().find(|zero| (**zero..**zero + 10).contains(&code)) {
            Some(zero) => (code - zero) as u8 + b'0',
            None if c.is_alphanumeric() => return Folded::Letter(c),
            None => return Folded::Symbol,
        },
    };
    Folded::Byte(byte)
}

/// A folded text. Positions are indexes of its bytes; [`Text::span`] leads back to code points of the raw text.
pub struct Text {
    bytes: Vec<u8>,
    /// Raw code point of each byte; empty where they are the same.
    at: Vec<u32>,
    #[cfg(test)]
    steps: std::cell::Cell<u64>,
}

impl Text {
    /// Folds `raw`.
    pub fn new(raw: &str) -> Self {
        let (bytes, at) = if raw.is_ascii() {
            (raw.bytes().map(|b| plain(fold_char(b as char))).collect(), Vec::new())
        } else {
            let kept = raw.chars().enumerate().filter_map(|(i, c)| match fold_char(c) {
                Folded::Dropped => None,
                folded => Some((plain(folded), i as u32)),
            });
            kept.unzip()
        };
        Self {
            bytes,
            at,
            #[cfg(test)]
            steps: std::cell::Cell::new(0),
        }
    }

    /// Number of bytes.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// There is nothing to look at.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The byte at `i`, or 0 past the end.
    pub fn at(&self, i: usize) -> u8 {
        #[cfg(test)]
        self.steps.set(self.steps.get() + 1);
        self.bytes.get(i).copied().unwrap_or(0)
    }

    /// The byte before `i`, or 0 at the start.
    pub fn before(&self, i: usize) -> u8 {
        i.checked_sub(1).map_or(0, |i| self.at(i))
    }

    /// The bytes from `start` to `end`, cut to what is there.
    pub fn slice(&self, start: usize, end: usize) -> &[u8] {
        #[cfg(test)]
        self.steps.set(self.steps.get() + end.saturating_sub(start) as u64);
        self.bytes.get(start..end.min(self.bytes.len())).unwrap_or(&[])
    }

    /// The raw code points that the bytes `start..end` stand for; characters that fold to nothing at the edges are left
    /// outside.
    pub fn span(&self, start: usize, end: usize) -> (u32, u32) {
        let code_point = |i: usize| if self.at.is_empty() { i as u32 } else { self.at.get(i).copied().unwrap_or(0) };
        if start < end { (code_point(start), code_point(end - 1) + 1) } else { (code_point(start), code_point(start)) }
    }

    /// How many bytes the scanners have looked at: the measure of work that tests hold against the length.
    #[cfg(test)]
    pub fn steps(&self) -> u64 {
        self.steps.get()
    }
}

fn plain(folded: Folded) -> u8 {
    match folded {
        Folded::Byte(byte) => byte,
        Folded::Letter(_) => LETTER,
        Folded::Dropped | Folded::Symbol => SYMBOL,
    }
}

/// A letter of any script, or a digit.
pub fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == LETTER
}

/// A letter of any script.
pub fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == LETTER
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_many_ways_become_one() {
        for (raw, expect) in [
            ("４１１１", "4111"),
            ("4\u{200B}1\u{AD}1", "411"),
            ("a\u{A0}b\u{2003}c", "a b c"),
            ("1\u{2010}2\u{2013}3\u{2212}4\u{FF0D}5", "1-2-3-4-5"),
            ("٣٤ १२", "34 12"),
            ("José e\u{301} Ærø Łódź ß ÿ ſ Žž", "Jose e Aro Lodz s y s Zz"),
            ("ａ＠ｂ．ｃｏｍ", "a@b.com"),
            ("\r\n\t", " \n "),
            ("𝟗𝟘", "90"),
        ] {
            assert_eq!(String::from_utf8(Text::new(raw).bytes).unwrap(), expect, "{raw:?}");
        }
        assert_eq!(Text::new("яß×😀").bytes, [LETTER, b's', SYMBOL, SYMBOL]);
    }

    #[test]
    fn spans_lead_back() {
        let text = Text::new("😀x\u{200B}4\u{AD}1\u{200B}y");
        assert_eq!(text.slice(0, 9), [SYMBOL, b'x', b'4', b'1', b'y']);
        assert_eq!(text.span(2, 4), (3, 6), "the invisible inside belongs, at the edges it does not");
        assert_eq!(Text::new("abc").span(1, 3), (1, 3));
    }
}
