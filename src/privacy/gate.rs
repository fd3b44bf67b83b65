//! The gate a text passes before anybody sees it or signs it.
//!
//! A [`Gate`] holds what does not change from text to text, so that covering 100,000 tasks compiles the lists once.

use super::detect::{self, BUILT_IN};
use super::fold::Text;
use super::key::ProjectKey;
use super::map::{CoverMap, Swap};
use super::partition::{Candidate, Rank, partition};
use super::policy::{Action, LocalRules, Policy};
use super::pseudonym::{Writer, normal};
use super::words::List;
use crate::domain::task::Cover;
use crate::domain::text::{CodePoint, OffsetMap, slice};
use std::collections::{BTreeMap, BTreeSet};

/// A place where personal data was found, in the raw text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Find {
    /// First code point, in the raw text.
    pub start: CodePoint,
    /// One past its last.
    pub end: CodePoint,
    /// What it is (`EMAIL_ADDRESS`).
    pub entity: String,
    /// How sure, in percent.
    pub score: u8,
    /// What was done with it.
    pub action: Action,
}

/// A value and its token: what the owner's vault keeps.
#[derive(Clone, PartialEq, Eq)]
pub struct VaultEntry {
    /// The token, with its brackets.
    pub token: String,
    /// What it is.
    pub entity: String,
    /// The value as it was first written.
    pub raw: String,
}

/// Never shows the value.
impl std::fmt::Debug for VaultEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "VaultEntry({}, ..)", self.token)
    }
}

/// A covered text and what led to it. `text` and `covers` may be released; the rest is source material.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Covered {
    /// The covered text.
    pub text: String,
    /// Where stand-ins are in it, in order, never overlapping.
    pub covers: Vec<Cover>,
    /// Offsets between raw and covered text.
    pub map: CoverMap,
    /// What was found, in order of the raw text, never overlapping, what is kept in clear too.
    pub finds: Vec<Find>,
    /// The values behind the pseudonyms, one for each token of this text.
    pub vault: Vec<VaultEntry>,
}

/// A policy, local rules and a key, made ready.
pub struct Gate {
    policy: Policy,
    allow: BTreeSet<String>,
    deny: List,
    /// Names of the kinds: the built-in ones first, then those of the rules.
    kinds: Vec<String>,
    key: Option<ProjectKey>,
}

impl Gate {
    /// Makes the gate ready. Without a key, pseudonyms become the kind alone (`[EMAIL]`).
    pub fn new(policy: &Policy, rules: &LocalRules, key: Option<&ProjectKey>) -> Self {
        let mut kinds: Vec<String> = BUILT_IN.iter().map(|kind| (*kind).to_owned()).collect();
        let mut deny = List::default();
        for entry in &rules.deny {
            let known = kinds.iter().position(|kind| *kind == entry.entity);
            let kind = known.unwrap_or_else(|| {
                kinds.push(entry.entity.clone());
                kinds.len() - 1
            });
            if let Ok(kind) = u16::try_from(kind) {
                deny.add(&entry.text, kind);
            }
        }
        let allow = policy.allow.iter().map(|value| normal("", value)).collect();
        Self { policy: policy.clone(), allow, deny, kinds, key: key.cloned() }
    }

    /// Covers one text. `field` is the data key it stands under.
    pub fn cover(&self, text: &str, field: &str) -> Covered {
        let offsets = OffsetMap::new(text);
        let found = self.find(text);
        let values = self.values(text, &offsets, &found);
        self.finish(text, &offsets, field, found, &values)
    }

    /// Covers the texts of one task together, by data key: a value that one field gives away is covered in all.
    pub fn cover_fields(&self, fields: &BTreeMap<String, String>) -> BTreeMap<String, Covered> {
        let mut values = Values::default();
        let looked: Vec<_> = fields
            .iter()
            .map(|(field, text)| {
                let (offsets, found) = (OffsetMap::new(text), self.find(text));
                values.extend(self.values(text, &offsets, &found));
                (field, text, offsets, found)
            })
            .collect();
        let cover = |(field, text, offsets, found): (&String, &String, OffsetMap, Vec<Candidate>)| {
            (field.clone(), self.finish(text, &offsets, field, found, &values))
        };
        looked.into_iter().map(cover).collect()
    }

    /// What the scanners and the list find.
    fn find(&self, text: &str) -> Vec<Candidate> {
        let mut found = detect::detect(&Text::new(text));
        let listed = self.deny.find(text).into_iter();
        found.extend(listed.map(|(start, end, kind)| Candidate { start, end, kind, rank: Rank::Listed, score: 100 }));
        found
    }

    /// The values that the scanners found, each with the way it was first written.
    fn values(&self, text: &str, offsets: &OffsetMap, found: &[Candidate]) -> Values {
        let scanned = found.iter().filter(|c| c.rank != Rank::Listed);
        let mut values = Values::default();
        for c in scanned {
            let raw = part(text, offsets, c);
            values.entry((c.kind, normal(self.kind(c.kind), raw))).or_insert_with(|| raw.to_owned());
        }
        values
    }

    fn finish(
        &self,
        text: &str,
        offsets: &OffsetMap,
        field: &str,
        mut found: Vec<Candidate>,
        values: &Values,
    ) -> Covered {
        found.extend(self.again(text, offsets, values));
        found.retain(|c| self.allow.is_empty() || !self.allow.contains(&normal("", part(text, offsets, c))));
        for c in &mut found {
            // marks on the last letter go with it
            let tail = slice(text, offsets, CodePoint(c.end), CodePoint(c.end.saturating_add(16)));
            c.end += tail.chars().take_while(|c| ('\u{300}'..='\u{36F}').contains(c)).count() as u32;
            // what stays in clear must not shield what does not
            if self.action(field, c.kind) == Action::Keep {
                c.rank = Rank::Look;
            }
        }
        let worth = |start, end| {
            let rest = slice(text, offsets, CodePoint(start), CodePoint(end));
            rest.chars().any(char::is_alphanumeric)
        };
        self.write(text, offsets, field, &partition(found, worth))
    }

    /// A value found once is the same value wherever it stands, also where nothing around it gives it away.
    fn again(&self, text: &str, offsets: &OffsetMap, values: &Values) -> Vec<Candidate> {
        let mut list = List::default();
        for ((kind, _), raw) in values {
            list.add(raw, *kind);
        }
        let again = list.find(text).into_iter();
        again
            .map(|(start, end, kind)| Candidate { start, end, kind, rank: Rank::Look, score: 60 })
            .filter(|c| values.contains_key(&(c.kind, normal(self.kind(c.kind), part(text, offsets, c)))))
            .collect()
    }

    fn action(&self, field: &str, kind: u16) -> Action {
        self.policy.action(field, self.kind(kind))
    }

    fn kind(&self, kind: u16) -> &str {
        self.kinds.get(kind as usize).map_or("", String::as_str)
    }

    fn write(&self, text: &str, offsets: &OffsetMap, field: &str, row: &[Candidate]) -> Covered {
        let mut out = Covered { text: String::with_capacity(text.len()), ..Covered::default() };
        let mut writer = Writer::new(self.key.as_ref());
        let mut seen: BTreeSet<String> = BTreeSet::new();
        // how far both texts are written, in code points
        let (mut raw_at, mut covered_at) = (0u32, 0u32);
        for piece in row {
            let entity = self.kind(piece.kind);
            let action = self.action(field, piece.kind);
            let (start, end) = (CodePoint(piece.start), CodePoint(piece.end));
            out.finds.push(Find { start, end, entity: entity.to_owned(), score: piece.score, action });
            let raw = slice(text, offsets, start, end);
            let Some(stand_in) = writer.stand_in(action, entity, raw) else { continue };
            out.text.push_str(slice(text, offsets, CodePoint(raw_at), start));
            out.text.push_str(&stand_in);
            let from = covered_at + (piece.start - raw_at);
            let to = from + stand_in.chars().count() as u32;
            (raw_at, covered_at) = (piece.end, to);
            out.covers.push(Cover { start: CodePoint(from), end: CodePoint(to), entity: entity.to_owned() });
            out.map.push(Swap(piece.start, piece.end, from, to));
            if action == Action::Pseudonym && self.key.is_some() && seen.insert(stand_in.clone()) {
                out.vault.push(VaultEntry { token: stand_in, entity: entity.to_owned(), raw: raw.to_owned() });
            }
        }
        out.text.push_str(slice(text, offsets, CodePoint(raw_at), offsets.len()));
        out
    }
}

/// Covers one text: [`Gate::new`] and [`Gate::cover`] in one. For many texts make the gate once.
pub fn cover(text: &str, field: &str, policy: &Policy, rules: &LocalRules, key: &ProjectKey) -> Covered {
    Gate::new(policy, rules, Some(key)).cover(text, field)
}

/// Covers what a person typed or an import brought (a rationale, a correction, a reason) before it is sealed into an
/// event, by the policy's row for any field. A device that joined has no key of the project: there a value becomes its
/// kind alone. Tokens that the text quotes stay as they are.
pub fn scrub_typed_text(text: &str, policy: &Policy, rules: &LocalRules, key: Option<&ProjectKey>) -> Covered {
    Gate::new(policy, rules, key).cover(text, "*")
}

/// Values by kind and normal form, as first written.
type Values = BTreeMap<(u16, String), String>;

fn part<'a>(text: &'a str, offsets: &OffsetMap, c: &Candidate) -> &'a str {
    slice(text, offsets, CodePoint(c.start), CodePoint(c.end))
}
