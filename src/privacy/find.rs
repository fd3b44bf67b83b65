//! Everything that finds, together: the scanners for data with a form, the identifiers of many countries, names and
//! places by lexicon and tagger, and lists; then one clean row of finds that do not overlap.
//!
//! [`super::gate`] covers what the page shows and knows the first of these alone; this is for those who ask for more and
//! can load more. What a find is called and how sure it is leaves here; what happens to it is decided elsewhere.

use super::detect::{self, BUILT_IN};
use super::fold::{Text, is_word};
use super::names::{self, Model};
use super::partition::{Candidate, Rank, settle};
use super::policy::LocalRules;
use super::pseudonym::normal;
use super::recognize::check::Verdict;
use super::recognize::pattern::{LONGEST, PatternFault, Patterns};
use super::recognize::{self, table};
use super::words::List;
use crate::domain::text::{CodePoint, OffsetMap, slice};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The least score that is reported unless another is asked for, in percent.
pub const THRESHOLD: u8 = 50;

/// A place where personal data was found. Offsets are code points of the raw text, end-exclusive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// First code point.
    pub start: u32,
    /// One past its last.
    pub end: u32,
    /// What it is (`EMAIL_ADDRESS`).
    pub entity: Cow<'static, str>,
    /// How sure, in percent.
    pub score: u8,
}

/// What to look for, made ready.
pub struct Finder {
    langs: Vec<String>,
    threshold: u8,
    model: Option<Arc<Model>>,
    allow: BTreeSet<String>,
    deny: List,
    own: Option<Patterns>,
    /// Kinds of lists and patterns, after all others; and for each pattern its kind and score.
    kinds: Vec<String>,
    scores: Vec<(u16, u8)>,
    /// Words that make the entities in `near` likely, by their place there.
    context: List,
    near: Vec<String>,
}

/// Kinds of this module as numbers: the scanners' first, then the rules', then those of [`names`].
fn entity(kind: u16) -> &'static str {
    let at = kind as usize;
    let rule = at.checked_sub(BUILT_IN.len());
    BUILT_IN
        .get(at)
        .copied()
        .or_else(|| rule.and_then(table::rule).map(|rule| rule.entity))
        .or_else(|| rule.and_then(|at| at.checked_sub(table::COUNT)).and_then(|at| names::KINDS.get(at)).copied())
        .unwrap_or("")
}

/// All names this finds, once each, in order.
pub fn entities() -> Vec<&'static str> {
    let all = BUILT_IN.iter().copied().chain(table::all().map(|rule| rule.entity)).chain(names::KINDS.iter().copied());
    let mut all: Vec<&str> = all.collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Found by its structure or announced by a word, so surer than a guess of the tagger that runs into it.
fn is_firm(c: &Candidate) -> bool {
    (c.kind as usize) < BUILT_IN.len() || (c.rank == Rank::Checked && c.score >= 60) || c.score >= 66
}

/// Bytes of the longest text that is taken for a cell.
const CELL: usize = 64;

/// What a guess leaves outside of what is firm: at most a part before and one after, each with a capital or a digit in it
/// (`telling`), for the rest of an address is no longer sure to be one. `firm` is in order.
fn without(whole: Candidate, firm: &[(u32, u32)], telling: impl Fn(u32, u32) -> bool) -> Vec<Candidate> {
    let from = firm.partition_point(|(start, _)| start + MOST_FIRM <= whole.start);
    let inside =
        || firm.iter().skip(from).take_while(|(start, _)| *start < whole.end).filter(|(_, end)| *end > whole.start);
    let (Some(first), Some(last)) = (inside().next(), inside().map(|(_, end)| *end).max()) else { return vec![whole] };
    let parts =
        [Candidate { end: first.0.max(whole.start), ..whole }, Candidate { start: last.min(whole.end), ..whole }];
    parts.into_iter().filter(|part| part.end > part.start + 2 && telling(part.start, part.end)).collect()
}

/// No firm find is longer, so that those which could reach into a place are found without looking at all.
const MOST_FIRM: u32 = 4_096;

/// What can be said of a value of `entity` by itself. Nothing for kinds that only a text makes (a name, a place).
pub fn validate(entity: &str, value: &str) -> Option<Verdict> {
    let Some(kind) = BUILT_IN.iter().position(|kind| *kind == entity) else {
        return recognize::validate(entity, value);
    };
    let value = value.trim();
    let text = Text::new(value);
    let whole = text.span(0, text.len());
    let found = detect::detect(&text).into_iter().find(|c| c.kind as usize == kind && (c.start, c.end) == whole);
    Some(match found {
        Some(c) if c.rank == Rank::Checked => Verdict::Valid,
        Some(_) => Verdict::Unknown,
        None if entity == "PHONE_NUMBER" && (7..=15).contains(&value.bytes().filter(u8::is_ascii_digit).count()) => {
            Verdict::Unknown
        }
        None => Verdict::Invalid("it is not written like one, or its check digits or ranges are wrong"),
    })
}

impl Default for Finder {
    fn default() -> Self {
        Self {
            langs: Vec::new(),
            threshold: THRESHOLD,
            model: None,
            allow: BTreeSet::new(),
            deny: List::default(),
            own: None,
            kinds: Vec::new(),
            scores: Vec::new(),
            context: List::default(),
            near: Vec::new(),
        }
    }
}

/// The number of the first kind that is a rule's own.
fn first_own() -> usize {
    BUILT_IN.len() + table::COUNT + names::KINDS.len()
}

impl Finder {
    /// Makes ready: rules of the owner, values that are never reported, languages that are likely (ISO 639-1; none: any),
    /// the least score in percent, and lists and weights for names and places, without which those are not looked for.
    /// A pattern that cannot be taken is told with its place.
    pub fn new(
        rules: &LocalRules,
        allow: &[String],
        langs: Vec<String>,
        threshold: u8,
        model: Option<Arc<Model>>,
    ) -> Result<Self, (usize, PatternFault)> {
        let mut out = Self { langs, threshold, model, ..Self::default() };
        out.allow = allow.iter().map(|value| normal("", value)).collect();
        for deny in &rules.deny {
            let kind = out.kind(&deny.entity);
            out.deny.add(&deny.text, kind);
        }
        for (at, (entity, words)) in rules.context.iter().enumerate().take(usize::from(u16::MAX)) {
            words.iter().for_each(|word| out.context.add(word, at as u16));
            out.near.push(entity.clone());
        }
        for (at, own) in rules.patterns.iter().enumerate() {
            Patterns::new([own.pattern.as_str()]).map_err(|fault| (at, fault))?;
            let kind = out.kind(&own.entity);
            out.scores.push((kind, own.score));
        }
        if !rules.patterns.is_empty() {
            let all = Patterns::new(rules.patterns.iter().map(|own| own.pattern.as_str()));
            out.own = Some(all.map_err(|fault| (rules.patterns.len() - 1, fault))?);
        }
        Ok(out)
    }

    /// The number of a kind that a rule names.
    fn kind(&mut self, entity: &str) -> u16 {
        let known = self.kinds.iter().position(|kind| kind == entity);
        let at = known.unwrap_or_else(|| {
            self.kinds.push(entity.to_owned());
            self.kinds.len() - 1
        });
        (first_own() + at).min(usize::from(u16::MAX)) as u16
    }

    fn entity(&self, kind: u16) -> Cow<'static, str> {
        let own = (kind as usize).checked_sub(first_own()).and_then(|at| self.kinds.get(at));
        own.map_or(Cow::Borrowed(entity(kind)), |own| Cow::Owned(own.clone()))
    }

    /// Lists and patterns of the owner.
    fn listed(&self, raw: &str, text: &Text, all: &mut Vec<Candidate>) {
        let list = self.deny.find(raw).into_iter();
        all.extend(list.map(|(start, end, kind)| Candidate { start, end, kind, rank: Rank::Listed, score: 100 }));
        let Some(own) = &self.own else { return };
        for start in
            (0..text.len()).filter(|i| is_word(text.at(*i)) != is_word(text.before(*i)) || !is_word(text.at(*i)))
        {
            let mut longest: Vec<(u16, usize)> = Vec::new();
            own.run(text.slice(start, start + LONGEST), |pattern, length| {
                let whole = !is_word(text.at(start + length)) || !is_word(text.before(start + length));
                longest.retain(|(known, _)| !whole || *known != pattern);
                longest.extend(whole.then_some((pattern, length)));
            });
            for (pattern, length) in longest {
                let (Some(&(kind, score)), (start, end)) =
                    (self.scores.get(pattern as usize), text.span(start, start + length))
                else {
                    continue;
                };
                all.push(Candidate { start, end, kind, rank: Rank::Listed, score });
            }
        }
    }

    /// Raises what stands near a word of the owner's for its entity.
    fn raise(&self, raw: &str, all: &mut [Candidate]) {
        if self.near.is_empty() {
            return;
        }
        let mut places: Vec<(u16, u32, u32)> =
            self.context.find(raw).into_iter().map(|(start, end, entity)| (entity, start, end)).collect();
        places.sort_unstable();
        for c in all.iter_mut().filter(|c| c.score < recognize::TOLD_LEAST) {
            let Some(of) = self.near.binary_search(&self.entity(c.kind).into_owned()).ok() else { continue };
            let from = c.start.saturating_sub(recognize::BEFORE as u32);
            let first = places.partition_point(|(entity, start, _)| (usize::from(*entity), *start) < (of, from));
            let until = c.end + recognize::AFTER as u32;
            let mut near =
                places.get(first..).unwrap_or(&[]).iter().take_while(|p| usize::from(p.0) == of && p.1 < until);
            // a word inside of the value itself says nothing
            if near.any(|(_, start, end)| *end <= c.start || *start >= c.end) {
                c.score = (c.score + recognize::TOLD).clamp(recognize::TOLD_LEAST, 100);
            }
        }
    }

    /// What is in `raw`, in order, never overlapping.
    pub fn find(&self, raw: &str) -> Vec<Found> {
        self.find_with(raw, &[])
    }

    /// The same, with languages of this text before the finder's own, where it names any.
    pub fn find_with(&self, raw: &str, langs: &[String]) -> Vec<Found> {
        let langs = if langs.is_empty() { &self.langs } else { langs };
        let text = Text::new(raw);
        let mut all = detect::detect(&text);
        let formed = BUILT_IN.len() as u16;
        all.extend(recognize::scan(&text, langs).into_iter().map(|hit| {
            let (start, end) = text.span(hit.start, hit.end);
            let rank = if hit.proved { Rank::Checked } else { Rank::Look };
            Candidate { start, end, kind: formed + hit.rule as u16, rank, score: hit.score }
        }));
        if let Some(model) = &self.model {
            let base = formed + table::COUNT as u16;
            // what fills a text that is as short as a cell is not a name as well
            let cell = if raw.len() <= CELL { raw.trim().chars().count() as u32 } else { u32::MAX };
            let firm = |c: &&Candidate| is_firm(c) || (c.end - c.start >= cell && c.score >= self.threshold);
            let mut firm: Vec<(u32, u32)> = all.iter().filter(firm).map(|c| (c.start, c.end)).collect();
            firm.sort_unstable();
            let offsets = OffsetMap::new(raw);
            let telling = |start: u32, end: u32| {
                let part = slice(raw, &offsets, CodePoint(start), CodePoint(end));
                part.chars().any(|c| c.is_uppercase() || c.is_numeric())
            };
            for hit in names::scan(raw, model, langs) {
                let kind = base + hit.kind;
                let whole = Candidate { start: hit.start, end: hit.end, kind, rank: Rank::Look, score: hit.score };
                all.extend(without(whole, &firm, telling));
            }
        }
        self.listed(raw, &text, &mut all);
        self.raise(raw, &mut all);
        all.retain(|c| c.score >= self.threshold);
        if !self.allow.is_empty() {
            let offsets = OffsetMap::new(raw);
            let allowed = |c: &Candidate| {
                self.allow.contains(&normal("", slice(raw, &offsets, CodePoint(c.start), CodePoint(c.end))))
            };
            all.retain(|c| !allowed(c));
        }
        let row = settle(all);
        row.into_iter()
            .map(|c| Found { start: c.start, end: c.end, entity: self.entity(c.kind), score: c.score })
            .collect()
    }
}
