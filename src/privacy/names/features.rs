//! What the tagger looks at: the word, its shape, what the lists say of it, and the same of its neighbours, each as a hash.

use super::lexicon::{BEGINS, COMMON, COUNTRY, FREQUENT, GIVEN, REGION, SURNAME, TOWN};
use super::token::{Gap, Shape, Tokens};

/// Most features of one token.
pub const MOST: usize = 40;

/// Words in small letters that stand inside of names.
const PARTICLES: [&[u8]; 27] = [
    b"of", b"the", b"and", b"for", b"de", b"la", b"le", b"les", b"du", b"des", b"del", b"di", b"da", b"do", b"dos",
    b"das", b"van", b"von", b"der", b"den", b"ten", b"ter", b"el", b"al", b"bin", b"ibn", b"y",
];

/// A text, ready to be tagged.
pub struct Sight {
    /// The tokens.
    pub tokens: Tokens,
    /// What the lists say of each.
    pub flags: Vec<u8>,
    /// No word of the line has a capital: case says nothing.
    plain: Vec<bool>,
}

fn mix(a: u64, b: u64) -> u64 {
    (a ^ b.rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

impl Sight {
    /// Looks at a text.
    pub fn new(tokens: Tokens, flags: Vec<u8>) -> Self {
        let list = &tokens.list;
        let mut plain = vec![false; list.len()];
        let mut start = 0;
        while start < list.len() {
            let next =
                list.iter().skip(start + 1).position(|t| t.gap == Gap::Line).map_or(list.len(), |n| start + 1 + n);
            let line = list.get(start..next).unwrap_or(&[]);
            let (mut lower, mut upper, mut title) = (0, 0, 0);
            for t in line {
                match t.shape {
                    Shape::Lower => lower += 1,
                    Shape::Upper => upper += 1,
                    Shape::Title | Shape::Mixed => title += 1,
                    _ => {}
                }
            }
            let same = title == 0 && (upper == 0 || (lower == 0 && upper > 3));
            plain.get_mut(start..next).unwrap_or(&mut []).fill(same);
            start = next;
        }
        Self { tokens, flags, plain }
    }

    fn hash(&self, i: isize) -> u64 {
        usize::try_from(i).ok().and_then(|i| self.tokens.list.get(i)).map_or(7, |t| {
            // numbers are alike by their length
            if t.shape == Shape::Number { 0x1000 + u64::from((t.end - t.start).min(6)) } else { t.hash }
        })
    }

    fn shape(&self, i: isize) -> u64 {
        usize::try_from(i).ok().and_then(|i| self.tokens.list.get(i)).map_or(15, |t| t.shape as u64)
    }

    fn flag(&self, i: isize) -> u64 {
        let flag = usize::try_from(i).ok().and_then(|i| self.flags.get(i)).map_or(0, |f| *f & !BEGINS);
        u64::from(flag)
    }

    fn gap(&self, i: isize) -> u64 {
        usize::try_from(i).ok().and_then(|i| self.tokens.list.get(i)).map_or(3, |t| t.gap as u64)
    }

    /// Whether token `i` can be anything at all, after a token that was (or was not) something. What cannot is not
    /// looked at, which is most of a text.
    pub fn can_be(&self, i: usize, inside: bool) -> bool {
        if inside {
            return true;
        }
        let (Some(t), at) = (self.tokens.list.get(i), i as isize) else { return false };
        match t.shape {
            Shape::Mark => false,
            Shape::Number => {
                let next = self.shape(at + 1);
                next == Shape::Title as u64
                    || next == Shape::Upper as u64
                    || next == Shape::Mixed as u64
                    || next == Shape::Number as u64
                    || (self.plain.get(i) == Some(&true) && next == Shape::Lower as u64)
            }
            Shape::Lower => {
                let flag = self.flags.get(i).copied().unwrap_or(0);
                let listed = flag & (GIVEN | FREQUENT | SURNAME | TOWN | COUNTRY | REGION) != 0;
                (listed && flag & COMMON == 0) || self.cue(i)
            }
            _ => true,
        }
    }

    /// Whether a name can run on with token `i`: an everyday word in small letters ends it, but for "of", "van" and such.
    pub fn runs_on(&self, i: usize) -> bool {
        let (Some(t), flag) = (self.tokens.list.get(i), self.flags.get(i).copied().unwrap_or(0)) else { return false };
        let listed = flag & (GIVEN | SURNAME | TOWN | COUNTRY | REGION) != 0 && self.plain.get(i) == Some(&true);
        t.shape != Shape::Lower || flag & COMMON == 0 || listed || PARTICLES.contains(&self.tokens.letters(t))
    }

    /// A small word that stands inside of names, never at their end.
    pub fn is_particle(&self, i: usize) -> bool {
        self.tokens.list.get(i).is_some_and(|t| t.shape == Shape::Lower) && PARTICLES.contains(&self.tokens.word(i))
    }

    /// After such a word a name follows in whatever case.
    fn cue(&self, i: usize) -> bool {
        let before = i.checked_sub(1).map_or(&b""[..], |b| self.tokens.word(b));
        matches!(before, b"mr" | b"mrs" | b"ms" | b"dr" | b"corner" | b"of")
            && self.flags.get(i).is_none_or(|f| f & COMMON == 0)
    }

    /// The features of token `i` after tokens of tags `one` and `two` (the nearer first). `known` leaves the word itself in;
    /// training sometimes takes it out.
    pub fn features(&self, i: usize, one: usize, two: usize, known: bool, out: &mut Vec<u32>) {
        let at = i as isize;
        let (w, a, b) = (self.hash(at), self.hash(at - 1), self.hash(at + 1));
        let (aa, bb) = (self.hash(at - 2), self.hash(at + 2));
        let (s, sa, sb) = (self.shape(at), self.shape(at - 1), self.shape(at + 1));
        let plain = u64::from(self.plain.get(i) == Some(&true)) << 9;
        let (f, fa, fb) = (self.flag(at) | plain, self.flag(at - 1), self.flag(at + 1));
        let (one, two) = (one as u64, two as u64);
        let word = self.tokens.word(i);
        let ends = |n: usize| super::token::hash(n as u64, word.get(word.len().saturating_sub(n)..).unwrap_or(&[]));
        let begins = super::token::hash(99, word.get(..word.len().min(3)).unwrap_or(&[]));
        let fs = f << 4 | s;
        let gaps = self.gap(at) << 2 | self.gap(at + 1);
        let all = [
            mix(1, fs),
            mix(2, mix(fa, fs)),
            mix(3, mix(fs, fb << 4 | sb)),
            mix(4, a),
            mix(5, b),
            mix(6, mix(aa, a)),
            mix(7, mix(b, bb)),
            mix(8, mix(a, s)),
            mix(9, mix(b, s)),
            mix(10, mix(ends(3), s)),
            mix(11, mix(sa << 8 | s << 4 | sb, gaps)),
            mix(12, one),
            mix(13, mix(one, fs)),
            mix(14, mix(one, a)),
            mix(15, one << 4 | two),
            mix(16, mix(gaps, fs)),
            mix(17, mix(s << 8 | sb << 4 | self.shape(at + 2), one)),
            mix(18, aa),
            mix(19, bb),
            mix(20, mix(a, fs)),
            mix(21, mix(b, fs)),
            mix(22, mix(mix(aa, a), fs)),
            mix(23, mix(a, fb)),
            mix(24, mix(one, b)),
            mix(25, mix(fa << 8 | fb, s << 8 | sa << 4 | sb)),
            mix(26, mix(self.hash(at - 3), fs)),
            mix(27, mix(one, mix(fs, fb))),
            mix(28, mix(ends(4), one)),
            mix(29, mix(begins, s)),
            mix(30, mix(a, b)),
        ];
        out.clear();
        out.extend(all.iter().map(|h| (h >> 40) as u32));
        if known {
            let own = [mix(31, w), mix(32, mix(one, w)), mix(33, mix(a, w)), mix(34, mix(w, b))];
            out.extend(own.iter().map(|h| (h >> 40) as u32));
        }
    }
}
