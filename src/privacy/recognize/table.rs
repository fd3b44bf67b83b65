//! The identifiers as rows: their forms, their check, and the words that stand beside them.
//!
//! Scores are percent. A form's score is what the form alone is worth; `proved` is what it is worth once the check
//! holds: the more of all values of that form the check refuses, the more. Words are whole words or phrases in small
//! letters without accents, separated by `|`.

mod dates;
mod europe;
mod world;

use super::check::Verdict;

/// One identifier.
pub struct Rule {
    /// Its name, as Presidio's recognizers call it.
    pub entity: &'static str,
    /// Languages (ISO 639-1) of where it is given out; empty where it belongs to no country.
    pub lang: &'static str,
    /// Patterns, each with what the form alone is worth.
    pub forms: &'static [(&'static str, u8)],
    /// The standard's own rule.
    pub check: fn(&[u8]) -> Verdict,
    /// What it is worth once the check holds, where that is more than the form.
    pub proved: u8,
    /// Telling words before or after.
    pub words: &'static str,
    /// Words that say it is something else, whatever the telling words.
    pub unless: &'static str,
    /// The check wants the value as it is written, not capitals and digits alone.
    pub as_written: bool,
}

const fn row(
    entity: &'static str,
    lang: &'static str,
    forms: &'static [(&'static str, u8)],
    check: fn(&[u8]) -> Verdict,
    proved: u8,
    words: &'static str,
) -> Rule {
    Rule { entity, lang, forms, check, proved, words, unless: "", as_written: false }
}

const fn as_written(rule: Rule) -> Rule {
    Rule { as_written: true, ..rule }
}

const fn unless(words: &'static str, rule: Rule) -> Rule {
    Rule { unless: words, ..rule }
}

/// All rows, in order.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    europe::RULES.iter().chain(world::RULES).chain(dates::RULES)
}

/// How many rows there are.
pub const COUNT: usize = europe::RULES.len() + world::RULES.len() + dates::RULES.len();

/// The row at a place.
pub fn rule(at: usize) -> Option<&'static Rule> {
    let (first, second) = (europe::RULES.len(), world::RULES.len());
    let rest = || at.checked_sub(first + second).and_then(|at| dates::RULES.get(at));
    let middle = || at.checked_sub(first).and_then(|at| world::RULES.get(at));
    europe::RULES.get(at).or_else(middle).or_else(rest)
}
