//! Where a name begins and ends: the tagger's runs without the words of the sentence that it took in, one run for each
//! person of a list, and given names that it passed over where one is expected.
//!
//! Rules over a handful of everyday words, since a text of one line has too little around a name to learn from.
//! Deliberately absent: verbs that are given names or surnames as often (Mark, Bill, Will, Grace, Chase).

use super::features::Sight;
use super::lexicon::{BEGINS, COMMON, COUNTRY, FREQUENT, GIVEN, REGION, SURNAME, TOWN};
use super::token::{Gap, Shape};
use super::{Hit, is_name};
use std::collections::HashSet;
use std::sync::OnceLock;

const PERSON: u16 = 0;
const PLACE: u16 = 1;

/// Words that stand before a name and are no part of it: commands, greetings, questions, names of fields; English, then
/// Spanish, German and French.
const LEADS: &str = "call contact ask tell email e mail text ping phone ring meet visit invite remind give send drop let show \
pay find hire fire join follow notify inform thank thanks see is are was were did does has have can could would should \
when where why who how what while if because since after before then and or but with by for from to attn attention cc bcc re fwd \
dear hi hello hey hiya greetings morning afternoon evening regards sincerely cheers yours yo ok okay yes no please sorry welcome \
user agent assistant customer client patient driver license licence iban account signed name owner author employee \
hola gracias estimado estimada querido querida apreciado saludos atentamente adios buenos buenas dile digale llame llama \
contacte contacta pregunta pregunte escriba visite firma firmado paciente usuario cliente senor senora senorita doctor doctora \
el la los las hallo danke liebe lieber sehr geehrte geehrter frau herr patientin bonjour merci cher chere monsieur madame \
allo";

/// Words that join two people.
const JOINS: [&[u8]; 8] = [b"and", b"or", b"y", b"e", b"und", b"et", b"&", b";"];

/// After these a given name may be written small.
const SMALL: [&[u8]; 12] = [
    b"hi", b"hello", b"hey", b"dear", b"thanks", b"hola", b"gracias", b"hallo", b"bonjour", b"regards", b"attn",
    b"cheers",
];

fn leads() -> &'static HashSet<&'static [u8]> {
    static SET: OnceLock<HashSet<&'static [u8]>> = OnceLock::new();
    SET.get_or_init(|| LEADS.split_ascii_whitespace().map(str::as_bytes).collect())
}

fn flags(sight: &Sight, i: usize) -> u8 {
    sight.flags.get(i).map_or(0, |f| f & !BEGINS)
}

fn shape(sight: &Sight, i: usize) -> Shape {
    sight.tokens.list.get(i).map_or(Shape::Mark, |t| t.shape)
}

/// The people (or the place) in a run of tokens `from..to` of `kind`: first token, one past the last, kind.
pub(super) fn parts(sight: &Sight, from: usize, to: usize, kind: u16) -> Vec<(usize, usize, u16)> {
    if kind > PLACE {
        return vec![(from, to, kind)];
    }
    let mut out = Vec::new();
    let mut start = from;
    for at in from..=to {
        if at == to || (kind == PERSON && at > from && separates(sight, from, at, to)) {
            out.extend(trimmed(sight, start, at, kind));
            start = if at == to { to } else { at + usize::from(shape(sight, at) == Shape::Mark) };
        }
    }
    out
}

/// Whether token `at` of a run ends one person and begins the next.
fn separates(sight: &Sight, from: usize, at: usize, to: usize) -> bool {
    let word = sight.tokens.word(at);
    let row = || (from..to).any(|i| JOINS.contains(&sight.tokens.word(i))) || commas(sight, from, to) > 1;
    let item = sight.tokens.list.get(at).is_some_and(|t| t.gap == Gap::Line)
        && matches!(shape(sight, at), Shape::Mark | Shape::Number);
    item || (word == b"," && row()) || (JOINS.contains(&word) && shape(sight, at) != Shape::Initial)
}

fn commas(sight: &Sight, from: usize, to: usize) -> usize {
    (from..to).filter(|i| sight.tokens.word(*i) == b",").count()
}

/// One person or place without what stands before and after; nothing where no name is left.
fn trimmed(sight: &Sight, mut from: usize, mut to: usize, kind: u16) -> Option<(usize, usize, u16)> {
    let lead = |i: usize| {
        let word = sight.tokens.word(i);
        shape(sight, i) != Shape::Initial && (leads().contains(word) || JOINS.contains(&word))
    };
    let loose = |i: usize| matches!(shape(sight, i), Shape::Mark | Shape::Number);
    let whole = from;
    while from < to && (loose(from) || lead(from)) {
        from += 1;
    }
    let small = |i: usize| shape(sight, i) == Shape::Lower && flags(sight, i) & COMMON != 0;
    while to > from && (loose(to - 1) || small(to - 1)) {
        // the point after an initial is of the name
        if sight.tokens.word(to - 1) == b"." && to > from + 1 && shape(sight, to - 2) == Shape::Initial {
            break;
        }
        to -= 1;
    }
    if kind == PLACE {
        // "Call Center" is a place; in "Hola Marta" the tagger took a person for one
        let person = from > whole && flags(sight, from) & (GIVEN | TOWN | COUNTRY | REGION) == GIVEN;
        return Some(if person { (from, to, PERSON) } else { (whole, to.max(whole + 1), PLACE) });
    }
    let upper = |i: usize| shape(sight, i) == Shape::Upper;
    while to > from + 1 && (from..to).all(upper) && flags(sight, to - 1) & (COMMON | GIVEN | SURNAME) == COMMON {
        to -= 1;
    }
    (from < to && (from..to).any(|at| is_name(sight, at))).then_some((from, to, PERSON))
}

/// Given names that the tagger left out, before a name that it found or after a greeting. The first `ordered` of `hits` are
/// in order of the text; one that follows right after a given name is drawn out to hold it.
pub(super) fn missed(sight: &Sight, tags: &[(u8, i32)], hits: &mut Vec<Hit>, ordered: usize) {
    let list = &sight.tokens.list;
    let free = |i: usize| tags.get(i).is_some_and(|t| t.0 == 0);
    let mut at = 0;
    while let Some(token) = list.get(at) {
        let begins = free(at) && (named(sight, at) || small(sight, at));
        if !begins || token.end - token.start < 3 {
            at += 1;
            continue;
        }
        let mut end = at + 1;
        while free(end)
            && shape(sight, end) == token.shape
            && list.get(end).is_some_and(|t| t.gap == Gap::Blank)
            && flags(sight, end) & SURNAME != 0
            && (flags(sight, end) & COMMON == 0 || flags(sight, end) & FREQUENT != 0)
        {
            end += 1;
        }
        let last = list.get(end - 1).map_or(token.end, |t| t.end);
        let next = list.get(end).filter(|t| t.gap == Gap::Blank).map_or(u32::MAX, |t| t.start);
        let first = hits.get(..ordered).unwrap_or(&[]).partition_point(|h| h.start < next);
        if let Some(hit) =
            hits.get_mut(..ordered).and_then(|h| h.get_mut(first)).filter(|h| h.kind == PERSON && h.start == next)
        {
            hit.start = token.start;
            at = end;
            continue;
        }
        // alone it is a street, a firm or a month too often
        if greeted(sight, at) {
            hits.push(Hit { start: token.start, end: last, kind: PERSON, score: 52 });
        }
        at = end;
    }
}

/// A given name with a capital that is no word, town or country.
fn named(sight: &Sight, i: usize) -> bool {
    shape(sight, i) == Shape::Title && flags(sight, i) & (GIVEN | COMMON | TOWN | COUNTRY | REGION) == GIVEN
}

/// Whether "my name is" or the like stands before.
fn said(sight: &Sight, i: usize) -> bool {
    let back = |n: usize| i.checked_sub(n).map_or(&b""[..], |at| sight.tokens.word(at));
    (matches!(back(1), b"is" | b"es" | b"ist") && matches!(back(2), b"name" | b"nombre"))
        || (back(1) == b"llamo" && back(2) == b"me")
}

/// The same, or a greeting with or without a comma.
fn greeted(sight: &Sight, i: usize) -> bool {
    let back = |n: usize| i.checked_sub(n).map_or(&b""[..], |at| sight.tokens.word(at));
    let word = if back(1) == b"," { back(2) } else { back(1) };
    said(sight, i) || SMALL.contains(&word)
}

/// A given name in small letters where one is expected: "my name is john" though john is a word too, but not "my name is
/// on the list" though On is a name.
fn small(sight: &Sight, i: usize) -> bool {
    let sure = flags(sight, i) & COMMON == 0 || (said(sight, i) && sight.tokens.word(i).len() >= 4);
    shape(sight, i) == Shape::Lower && flags(sight, i) & GIVEN != 0 && sure && greeted(sight, i)
}
