//! Names, places, organisations and addresses by a small tagger with lists; ages, titles, postcodes and nationalities by
//! the words around them.
//!
//! [`Model`] is data that somebody loads (lists, weights); without it nothing here runs. The tagger knows English first
//! and Spanish some; other languages have the lists and the cues. Deliberately absent: any guess from a model of
//! language.

mod cues;
mod edges;
pub mod features;
pub mod lexicon;
pub mod tagger;
pub mod token;

use features::Sight;
use lexicon::{BEGINS, COMMON, Lexicon};
use std::collections::HashSet;
use tagger::{Weights, WeightsFault};
use token::{Gap, Shape, Token, Tokens};

/// What is found here; a hit's kind is the place in this list.
pub const KINDS: [&str; 9] =
    ["PERSON", "LOCATION", "ORGANIZATION", "ADDRESS", "AGE", "TITLE", "ZIP_CODE", "NRP", "DATE_TIME"];

/// Lists and weights.
pub struct Model {
    lexicon: Lexicon,
    weights: Weights,
}

impl Model {
    /// From the lists (`lexicon.txt`, `common.txt`) and the stored weights (`names.weights`).
    pub fn new(lexicon: &str, common: &str, weights: &[u8]) -> Result<Self, WeightsFault> {
        Ok(Self { lexicon: Lexicon::new(lexicon, common), weights: Weights::from_bytes(weights)? })
    }

    /// From parts, for those who train.
    pub fn of(lexicon: Lexicon, weights: Weights) -> Self {
        Self { lexicon, weights }
    }

    /// A text as the tagger sees it.
    pub fn sight(lexicon: &Lexicon, text: &str) -> Sight {
        let tokens = Tokens::of(text);
        let flags = lexicon.flags(&tokens);
        Sight::new(tokens, flags)
    }
}

/// A find. Offsets are code points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// First code point.
    pub start: u32,
    /// One past its last.
    pub end: u32,
    /// Place in [`KINDS`].
    pub kind: u16,
    /// How sure, in percent.
    pub score: u8,
}

/// All finds in a text, in no order; those of one tagger do not overlap, those of cues may.
pub fn scan(raw: &str, model: &Model, _langs: &[String]) -> Vec<Hit> {
    let sight = Model::sight(&model.lexicon, raw);
    let tags = model.weights.tag(&sight);
    let mut hits = spans(&sight, &tags);
    let ordered = hits.len();
    again(&sight, &tags, &mut hits);
    edges::missed(&sight, &tags, &mut hits, ordered);
    cues::scan(&sight, &mut hits);
    hits
}

/// How sure, of how far a tag won.
fn score(margin: i32) -> u8 {
    (55 + margin / 12).clamp(50, 88) as u8
}

/// Runs of tags as finds.
fn spans(sight: &Sight, tags: &[(u8, i32)]) -> Vec<Hit> {
    let list = &sight.tokens.list;
    let mut hits = Vec::new();
    let mut i = 0;
    while let Some(&(tag, margin)) = tags.get(i) {
        let kind = tag.wrapping_sub(1) / 2;
        if tag % 2 == 0 {
            i += 1;
            continue;
        }
        let (mut end, mut most) = (i + 1, margin);
        while let Some((_, more)) = tags.get(end).filter(|(t, _)| *t == tag + 1) {
            most = most.max(*more);
            end += 1;
        }
        let next = end;
        // marks at the end belong to the sentence, but a point after an initial to the name
        let loose = |t: &Token| t.shape == Shape::Mark || (kind != 1 && kind != 3 && t.shape == Shape::Number);
        while end > i + 1 && (list.get(end - 1).is_some_and(loose) || (kind < 3 && sight.is_particle(end - 1))) {
            end -= 1;
        }
        let words = list.get(i..end).unwrap_or(&[]);
        let named = (i..end).any(|at| is_name(sight, at));
        let numbered = words.iter().any(|t| t.shape == Shape::Number);
        if let (Some(last), true) = (words.last(), named) {
            // an address holds numbers that would be something by themselves
            let score = if kind == 3 && numbered { 93 } else { score(most) };
            // a number that ends a place is its postcode
            let numbered = kind == 1 && last.shape == Shape::Number && end > i + 1;
            let until = if numbered { end - 1 } else { end };
            for (from, to, kind) in edges::parts(sight, i, until, u16::from(kind)) {
                if let (Some(first), Some(last)) = (list.get(from), list.get(to - 1)) {
                    hits.push(Hit { start: first.start, end: last.end, kind, score });
                }
            }
            if kind == 1 {
                hits.extend(cues::after_town(sight, until));
            }
        }
        i = next;
    }
    hits
}

/// A word of three letters or more, or in the lists, that is not a part of a code.
fn is_name(sight: &Sight, i: usize) -> bool {
    let list = &sight.tokens.list;
    let number = |at: Option<usize>| at.and_then(|at| list.get(at)).is_some_and(|t| t.shape == Shape::Number);
    let Some(token) = list.get(i) else { return false };
    let glued_before = token.gap == Gap::None && number(i.checked_sub(1));
    let glued_after = list.get(i + 1).is_some_and(|t| t.gap == Gap::None) && number(Some(i + 1));
    let listed = sight.flags.get(i).is_some_and(|f| f & !(COMMON | BEGINS) != 0);
    let word = !matches!(token.shape, Shape::Mark | Shape::Number | Shape::Initial);
    let long = token.end - token.start >= if listed { 2 } else { 3 };
    word && long && !glued_before && !glued_after
}

/// Who is named once is the same person wherever the name stands again.
fn again(sight: &Sight, tags: &[(u8, i32)], hits: &mut Vec<Hit>) {
    let list = &sight.tokens.list;
    let tag = |i: usize| tags.get(i).map_or(0, |t| t.0);
    let named: HashSet<u64> = list
        .iter()
        .enumerate()
        .filter(|(i, t)| {
            let common = sight.flags.get(*i).is_some_and(|f| f & COMMON != 0);
            matches!(tag(*i), 1 | 2)
                && !common
                && t.end - t.start >= 3
                && !matches!(t.shape, Shape::Mark | Shape::Number)
        })
        .map(|(_, t)| t.hash)
        .collect();
    if named.is_empty() {
        return;
    }
    for (i, t) in list.iter().enumerate() {
        if tag(i) == 0 && named.contains(&t.hash) {
            hits.push(Hit { start: t.start, end: t.end, kind: 0, score: 60 });
        }
    }
}

/// Whether a blank or nothing, no line end, stands before token `i`.
fn same_line(sight: &Sight, i: usize) -> bool {
    sight.tokens.list.get(i).is_some_and(|t| t.gap != Gap::Line)
}
