//! Identifiers of many countries and kinds: one pass of one automaton over all forms, then the standard's own check,
//! then the words around.
//!
//! Table-driven, so that another identifier is a row ([`table`]) and perhaps a check ([`check`]). What a form alone says
//! is little (any nine digits could be a passport), so a find needs a check that holds, a telling word, or a text that
//! holds nothing else, as a cell of a table does. Deliberately absent: the seven kinds of [`super::detect`], which need
//! more than a form.

pub mod check;
pub mod pattern;
pub mod sums;
pub mod table;

use super::fold::{Text, is_letter, is_word};
use check::{Verdict, compact};
use pattern::{LONGEST, Patterns};
use std::sync::OnceLock;
use table::Rule;

/// How far before and after a value a word tells, in folded bytes.
pub(super) const BEFORE: usize = 80;
pub(super) const AFTER: usize = 40;
/// What a telling word adds, and the least that is then reached, in percent.
pub(super) const TOLD: u8 = 35;
pub(super) const TOLD_LEAST: u8 = 66;
/// What it adds that the text holds nothing else.
const ALONE: u8 = 25;

/// A check worth as much is enough in running text, without a word beside it.
const ALONE_ENOUGH: u8 = 65;

/// A form worth as much is taken with a wrong check digit too: people mistype, and it is still personal data.
const FIRM: u8 = 40;

/// A find of one rule, in folded bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// First byte.
    pub start: usize,
    /// One past the last.
    pub end: usize,
    /// Place in the [`table`].
    pub rule: usize,
    /// How sure, in percent.
    pub score: u8,
    /// The standard's check holds.
    pub proved: bool,
}

/// All forms, compiled, and the rule and score of each; words as hashes.
struct Compiled {
    patterns: Patterns,
    forms: Vec<(usize, u8)>,
    words: Vec<Vec<Vec<u64>>>,
    unless: Vec<Vec<Vec<u64>>>,
}

fn compiled() -> &'static Compiled {
    static COMPILED: OnceLock<Compiled> = OnceLock::new();
    COMPILED.get_or_init(|| {
        let rows = || table::all().enumerate().flat_map(|(at, rule)| rule.forms.iter().map(move |form| (at, form)));
        let patterns = Patterns::new(rows().map(|(_, form)| form.0));
        let Ok(patterns) = patterns else { unreachable!("the table's patterns compile; a test runs them all") };
        let phrases = |words: &str| words.split('|').map(|p| hashes(p.as_bytes())).filter(|p| !p.is_empty()).collect();
        let unless = table::all().map(|rule| phrases(rule.unless)).collect();
        let forms = rows().map(|(at, form)| (at, form.1)).collect();
        Compiled { patterns, forms, words: table::all().map(|rule| phrases(rule.words)).collect(), unless }
    })
}

/// Hashes of the words of a text, in small letters (FNV-1a).
fn hashes(text: &[u8]) -> Vec<u64> {
    let words = text.split(|b| !is_word(*b)).filter(|w| !w.is_empty());
    let step = |hash: u64, b: &u8| (hash ^ u64::from(b.to_ascii_lowercase())).wrapping_mul(0x0000_0100_0000_01b3);
    words.map(|w| w.iter().fold(0xcbf2_9ce4_8422_2325, step)).collect()
}

/// The words around a value.
fn around(text: &Text, start: usize, end: usize) -> (Vec<u64>, Vec<u64>) {
    let mut from = start.saturating_sub(BEFORE);
    while from < start && is_word(text.before(from)) && is_word(text.at(from)) {
        from += 1;
    }
    let mut to = end;
    while to < end + AFTER && to < text.len() && text.at(to) != b'\n' {
        to += 1;
    }
    while to > end && is_word(text.at(to)) && is_word(text.before(to)) {
        to -= 1;
    }
    (hashes(text.slice(from, start)), hashes(text.slice(end, to)))
}

fn has(words: &[u64], phrase: &[u64]) -> bool {
    words.windows(phrase.len()).any(|w| w == phrase)
}

/// How a value touches what stands beside it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Edge {
    Free,
    /// A sign joins it to another word or number.
    Joined,
    /// Digits follow after a blank: a part of a longer number, if it has blanks itself.
    Spaced,
    /// Letters run into it.
    Glued,
    /// It is the middle of something.
    Inside,
}

fn left(text: &Text, start: usize) -> Edge {
    let (before, further) = (text.before(start), text.before(start.saturating_sub(1)));
    match before {
        b if is_letter(b) && text.at(start).is_ascii_digit() => Edge::Glued,
        b if is_word(b) => Edge::Inside,
        b'@' | b'_' | b'$' => Edge::Inside,
        b'-' | b'.' | b'/' | b'+' | b':' | b',' | b'\\' if start > 1 && is_word(further) => Edge::Joined,
        b' ' if start > 1 && further.is_ascii_digit() && text.at(start).is_ascii_digit() => Edge::Spaced,
        _ => Edge::Free,
    }
}

fn right(text: &Text, end: usize) -> Edge {
    let (after, further) = (text.at(end), text.at(end + 1));
    match after {
        b if is_word(b) => Edge::Inside,
        b'@' | b'_' | b'%' => Edge::Inside,
        b'-' | b'/' | b':' | b'\\' | b'+' if is_word(further) => Edge::Joined,
        b'.' | b',' if further.is_ascii_digit() => Edge::Joined,
        b' ' if further.is_ascii_digit() && text.before(end).is_ascii_digit() => Edge::Spaced,
        _ => Edge::Free,
    }
}

/// All finds in a text, in no order; they may overlap. `langs` are languages that are likely (ISO 639-1): where two
/// countries' numbers look alike, theirs wins. The work is linear in the text: each place where a word or a run of
/// digits begins is read on for at most [`LONGEST`] bytes.
pub fn scan(text: &Text, langs: &[String]) -> Vec<Hit> {
    let compiled = compiled();
    let whole = whole(text);
    let (mut hits, mut ends) = (Vec::new(), Vec::new());
    for start in 0..text.len() {
        let (byte, before) = (text.at(start), text.before(start));
        let begins = byte.is_ascii_digit() && !before.is_ascii_digit()
            || byte.is_ascii_alphabetic() && !is_word(before)
            || byte == b'+' && !is_word(before);
        if !begins {
            continue;
        }
        ends.clear();
        compiled.patterns.run(text.slice(start, start + LONGEST), |form, length| {
            if right(text, start + length) != Edge::Inside {
                match ends.iter_mut().find(|(known, _)| *known == form) {
                    Some((_, longest)) => *longest = length,
                    None => ends.push((form, length)),
                }
            }
        });
        let mut words = None;
        for (form, length) in &ends {
            let Some(&(rule, base)) = compiled.forms.get(*form as usize) else { continue };
            let value = Value { text, start, end: start + length, whole: whole == (start, start + length) };
            hits.extend(judge(&value, rule, base, langs, &mut words));
        }
    }
    hits
}

/// First and one past the last byte of a text that are no blank.
fn whole(text: &Text) -> (usize, usize) {
    let blank = |i: &usize| matches!(text.at(*i), b' ' | b'\n');
    let start = (0..text.len()).find(|i| !blank(i)).unwrap_or(0);
    let end = (start..text.len()).rev().find(|i| !blank(i)).map_or(start, |last| last + 1);
    (start, end)
}

/// A place where a form fits.
struct Value<'a> {
    text: &'a Text,
    start: usize,
    end: usize,
    /// The text holds nothing else.
    whole: bool,
}

fn judge(
    value: &Value<'_>,
    rule: usize,
    base: u8,
    langs: &[String],
    around_it: &mut Option<(Vec<u64>, Vec<u64>)>,
) -> Option<Hit> {
    let row = table::rule(rule)?;
    let (text, start, end) = (value.text, value.start, value.end);
    let raw = text.slice(start, end);
    let verdict = if row.as_written { (row.check)(raw) } else { (row.check)(&compact(raw)) };
    let proved = verdict == Verdict::Valid;
    let (left, right) = (left(text, start), right(text, end));
    // a form that nothing else has says more than one wrong character
    let refused = matches!(verdict, Verdict::Invalid(why) if why != check::CHECK || base < FIRM);
    if refused || left == Edge::Inside || (left == Edge::Glued && (!proved || end - start < 9)) {
        return None;
    }
    let (before, after) = around_it.get_or_insert_with(|| around(text, start, end));
    let near = |phrases: &[Vec<u64>]| phrases.iter().any(|p| has(before, p) || has(after, p));
    let told = near(compiled().words.get(rule)?) && !near(compiled().unless.get(rule)?);
    let mut score = if proved { row.proved.max(base) } else { base };
    if told {
        score = (score + TOLD).max(TOLD_LEAST);
    } else if value.whole {
        score += ALONE;
    } else if proved && row.proved < ALONE_ENOUGH {
        // of ten numbers that are something else, one passes one check digit
        score = score.saturating_sub(15);
    } else if raw.iter().any(u8::is_ascii_lowercase)
        && raw.iter().any(u8::is_ascii_digit)
        && !proved
        && !row.lang.is_empty()
        && row.entity != "DATE_TIME"
    {
        // a code in running text is written in capitals
        score = score.saturating_sub(20);
    }
    let spaced = (left == Edge::Spaced || right == Edge::Spaced) && raw.contains(&b' ');
    if left == Edge::Joined || right == Edge::Joined || spaced {
        score = score.saturating_sub(if spaced { 45 } else { 30 });
    }
    if !langs.is_empty() && !row.lang.is_empty() {
        let home = langs.iter().any(|l| l == row.lang);
        score = if home { score + 10 } else { score.saturating_sub(6) };
    }
    Some(Hit { start, end, rule, score: score.min(100), proved })
}

/// What the standard says of a value of `entity`, however it is written. Nothing if no rule has that name.
pub fn validate(entity: &str, value: &str) -> Option<Verdict> {
    let text = Text::new(value.trim());
    let rows: Vec<(usize, &Rule)> = table::all().enumerate().filter(|(_, rule)| rule.entity == entity).collect();
    if rows.is_empty() {
        return None;
    }
    let (mut fits, mut refused) = (None, None);
    let compiled = compiled();
    compiled.patterns.run(text.slice(0, text.len()), |form, length| {
        let rule = compiled.forms.get(form as usize).and_then(|(rule, _)| rows.iter().find(|(at, _)| at == rule));
        if let Some((_, rule)) = rule.filter(|_| length == text.len()) {
            let raw = text.slice(0, length);
            match if rule.as_written { (rule.check)(raw) } else { (rule.check)(&compact(raw)) } {
                Verdict::Valid => fits = Some(Verdict::Valid),
                Verdict::Unknown => {
                    fits.get_or_insert(Verdict::Unknown);
                }
                Verdict::Invalid(why) => refused = Some(why),
            }
        }
    });
    Some(fits.unwrap_or(Verdict::Invalid(refused.unwrap_or("it is not written like one"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(raw: &str, expect: &[&str]) {
        let text = Text::new(raw);
        let mut hits: Vec<Hit> = scan(&text, &[]).into_iter().filter(|h| h.score >= 50).collect();
        hits.sort_by_key(|h| (h.start, std::cmp::Reverse(h.score)));
        hits.dedup_by_key(|h| h.start);
        let said: Vec<String> =
            hits.iter().map(|h| format!("{} {}", table::rule(h.rule).unwrap().entity, &raw[h.start..h.end])).collect();
        assert_eq!(said, expect, "in {raw:?}");
    }

    #[test]
    fn a_form_needs_a_check_a_word_or_a_cell() {
        check("the value 912803456 is here", &[]);
        check("912803456", &["US_PASSPORT 912803456"]);
        check("passport 912803456", &["US_PASSPORT 912803456"]);
        check("912803456 is my passport", &["US_PASSPORT 912803456"]);
        check("PESEL: 44051401458.", &["PL_PESEL 44051401458"]);
        check("PESEL: 44051401459.", &[]);
        check("driver's license D1234569", &["US_DRIVER_LICENSE D1234569"]);
        check("a public place D1234569", &[]);
        check("12345678 driver license", &[]);
    }

    #[test]
    fn what_is_a_part_of_more_is_nothing() {
        for raw in ["x44051401458y", "44051401458.5", "$44051401458", "_44051401458", "a-44051401458-1-2"] {
            check(raw, &[]);
        }
        check("id44051401458.", &["PL_PESEL 44051401458"]);
    }

    #[test]
    fn the_work_grows_with_the_length_alone() {
        let work = |raw: &str| {
            let text = Text::new(raw);
            scan(&text, &[]).len() as u64 + text.steps()
        };
        for unit in [
            "1",
            "1 ",
            "A1",
            "a",
            "12 34 ",
            "1-",
            "AB 12 ",
            ".",
            "é",
            "\n",
            "passport 1 ",
            "44051401458 ",
            "12/12/2020 ",
            "May ",
        ] {
            let (once, twice) = (work(&unit.repeat(500)), work(&unit.repeat(1_000)));
            assert!(twice <= once * 2 + once / 10 + 3_000, "{unit:?}: {once} steps, doubled {twice}");
        }
    }
}
