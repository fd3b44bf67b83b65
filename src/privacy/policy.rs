//! What happens to personal data once it is found: the published [`Policy`], and the [`LocalRules`] that stay at home.
//!
//! They are two types because a policy is part of a release and everybody who labels can read it, while a list of names
//! to cover is itself personal data.

use crate::domain::complaint::Complaint;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What to do with a find.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// A keyed token, the same for the same value in the whole project: `[EMAIL_7K3QX9ABMN]`.
    #[default]
    Pseudonym,
    /// Left in clear.
    Keep,
    /// Taken out, with a sign that something stood there: `[…]`.
    Suppress,
    /// Every letter and digit becomes `•`; the layout stays, and so does the length.
    Mask,
    /// The same, but some characters stay: `{"mask_but":{"first":0,"last":4,"separators":true}}`.
    MaskBut(Stay),
    /// A token like that of `pseudonym`, but of a smaller scope: `{"pseudonym_in":"document"}`.
    PseudonymIn(Scope),
    /// The kind alone: `[EMAIL]`.
    Replace,
    /// A value that looks like one and belongs to nobody, the same for the same value in the whole project.
    Surrogate,
    /// A token that is random each time, its value in the vault alone.
    Token,
    /// A coarser value: a band of ages, the first digits of a postcode, the year of a date.
    Generalise,
    /// A date moved by the secret offset of its subject, never by nothing.
    Shift,
    /// A number with a small random difference.
    Noise,
    /// Other digits in the same places, by FF1 under the project's key; a card number stays one. For values of at least six
    /// digits and no letter; of others the kind alone stands.
    FormatPreserving,
}

/// Which characters of a masked value stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Stay {
    /// So many letters and digits at the start.
    pub first: u8,
    /// So many at the end.
    pub last: u8,
    /// Whether blanks and signs stay; else they become `•` as well.
    pub separators: bool,
}

impl Stay {
    /// At least so many letters and digits are hidden; a value too short for that is masked whole.
    pub const LEAST_HIDDEN: usize = 4;
}

impl Default for Stay {
    fn default() -> Self {
        Self { first: 0, last: 0, separators: true }
    }
}

/// Within what a value keeps its pseudonym (the policies of ENISA's report on techniques of pseudonymisation, 2019, beside
/// the deterministic one that `pseudonym` is).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Within one text: the same value in another text has another token, and the same text always gives the same.
    Document,
    /// Nowhere: each time another token, at random.
    Occurrence,
}

/// The published policy. Serialized form, version 1:
/// `{"version":1,"fields":{"<data key or *>":{"<ENTITY or *>":"pseudonym"}},"allow":["…"]}`.
///
/// The default is a pseudonym for everything that is found. Fields that this version does not know are refused, so that
/// a deny list written here by mistake is not published unseen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Version of the form: 1.
    pub version: u32,
    /// Data key, then entity, to action; `*` stands for any.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, BTreeMap<String, Action>>,
    /// Values that are never covered (the address of the support desk, the company's own site). They are published.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<String>,
}

impl Default for Policy {
    fn default() -> Self {
        Self { version: 1, fields: BTreeMap::new(), allow: Vec::new() }
    }
}

/// Why a policy or rules could not be taken.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PolicyFault {
    /// Not the JSON of a policy. The text says where; it never quotes a value.
    #[error("read the policy: line {line}, column {column} is not as expected; see the policy's form")]
    Form {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// A version this program does not know.
    #[error("read version {0} of the policy: this program knows version 1; update it")]
    Version(u32),
    /// Larger than [`Policy::MAX_BYTES`].
    #[error("read the policy: it is larger than 1 MiB; shorten it")]
    TooLarge,
}

fn parse<T: for<'a> Deserialize<'a>>(json: &str, version: impl Fn(&T) -> u32) -> Result<T, PolicyFault> {
    if json.len() > Policy::MAX_BYTES {
        return Err(PolicyFault::TooLarge);
    }
    #[derive(Deserialize)]
    struct Head {
        #[serde(default)]
        version: u32,
    }
    let form = |e: serde_json::Error| PolicyFault::Form { line: e.line(), column: e.column() };
    // the version first: what a later version calls its fields is not this version's business
    let head: Head = serde_json::from_slice(json.as_bytes()).map_err(form)?;
    if head.version != 1 {
        return Err(PolicyFault::Version(head.version));
    }
    let value: T = serde_json::from_slice(json.as_bytes()).map_err(form)?;
    debug_assert_eq!(version(&value), 1);
    Ok(value)
}

impl Policy {
    /// The largest policy that is read, in bytes.
    pub const MAX_BYTES: usize = 1 << 20;

    /// Reads the serialized form.
    pub fn from_json(json: &str) -> Result<Self, PolicyFault> {
        parse(json, |p: &Self| p.version)
    }

    /// What to do with a find of `entity` in the field `field`. The field's own row wins over `*`, and within a row the
    /// entity wins over `*`.
    pub fn action(&self, field: &str, entity: &str) -> Action {
        [field, "*"]
            .iter()
            .filter_map(|key| self.fields.get(*key))
            .find_map(|row| row.get(entity).or_else(|| row.get("*")))
            .copied()
            .unwrap_or_default()
    }
}

/// One text to cover wherever it stands, as whole words, whatever its case, accents and spacing.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deny {
    /// The words: a name, an address, a date.
    pub text: String,
    /// What they are (`PERSON`, `LOCATION`, `ADDRESS`, `DATE_TIME`, …).
    pub entity: String,
}

/// Never shows the text.
impl std::fmt::Debug for Deny {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Deny({}, ..)", self.entity)
    }
}

/// Rules that hold personal data themselves: source material, never part of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocalRules {
    /// Version of the form: 1.
    pub version: u32,
    /// Texts to cover.
    #[serde(default)]
    pub deny: Vec<Deny>,
    /// Forms to look for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patterns: Vec<OwnPattern>,
    /// Entity to words or phrases that make it likely nearby: what was too doubtful to report is reported beside one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub context: BTreeMap<String, Vec<String>>,
}

/// A form of the owner's own: an employee number, a file number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnPattern {
    /// In the language of patterns: `EMP-#{6}` is "EMP-" and six digits.
    pub pattern: String,
    /// What it is.
    pub entity: String,
    /// How sure, in percent.
    #[serde(default = "sure")]
    pub score: u8,
}

fn sure() -> u8 {
    90
}

impl Default for LocalRules {
    fn default() -> Self {
        Self { version: 1, deny: Vec::new(), patterns: Vec::new(), context: BTreeMap::new() }
    }
}

impl LocalRules {
    /// Reads the serialized form.
    pub fn from_json(json: &str) -> Result<Self, PolicyFault> {
        parse(json, |r: &Self| r.version)
    }

    /// Entries that can never match, by their place; the texts are not quoted.
    pub fn complaints(&self) -> Vec<Complaint> {
        let mut out = Vec::new();
        if !cfg!(feature = "recognizers") && !self.patterns.is_empty() {
            out.push(Complaint::new(
                "patterns".to_owned(),
                "are looked for by the terminal tool alone; list the values here",
            ));
        }
        if !cfg!(feature = "recognizers") && !self.context.is_empty() {
            out.push(Complaint::new("context".to_owned(), "counts in the terminal tool alone"));
        }
        let mut listed = |place: String, text: &str| match super::words::of(text).len() {
            0 => out.push(Complaint::new(place, "has no letter and no digit; left out")),
            n if n > super::words::MAX_WORDS => out
                .push(Complaint::new(place, format!("has {n} words, more than {}; left out", super::words::MAX_WORDS))),
            _ => {}
        };
        for (i, deny) in self.deny.iter().enumerate() {
            listed(format!("deny[{i}]"), &deny.text);
        }
        for (entity, words) in &self.context {
            words.iter().enumerate().for_each(|(i, word)| listed(format!("context.{entity}[{i}]"), word));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_row_decides() {
        let policy = Policy::from_json(
            r#"{"version":1,"fields":{"text":{"URL":"keep","*":"mask"},"*":{"URL":"replace","EMAIL_ADDRESS":"suppress"}}}"#,
        )
        .unwrap();
        for (field, entity, expect) in [
            ("text", "URL", Action::Keep),
            ("text", "EMAIL_ADDRESS", Action::Mask),
            ("title", "URL", Action::Replace),
            ("title", "EMAIL_ADDRESS", Action::Suppress),
            ("title", "US_SSN", Action::Pseudonym),
        ] {
            assert_eq!(policy.action(field, entity), expect, "{field} {entity}");
        }
        assert_eq!(Policy::default().action("x", "URL"), Action::Pseudonym);
        let json = serde_json::to_string(&policy).unwrap();
        assert_eq!(Policy::from_json(&json).unwrap(), policy);
        assert_eq!(serde_json::to_string(&Policy::default()).unwrap(), r#"{"version":1}"#);
    }

    #[test]
    fn finer_actions_have_their_form() {
        let action = |json: &str| {
            let policy = format!(r#"{{"version":1,"fields":{{"*":{{"*":{json}}}}}}}"#);
            Policy::from_json(&policy).map(|p| p.action("text", "URL"))
        };
        for (json, expect) in [
            (r#"{"mask_but":{"last":4}}"#, Action::MaskBut(Stay { first: 0, last: 4, separators: true })),
            (
                r#"{"mask_but":{"first":2,"separators":false}}"#,
                Action::MaskBut(Stay { first: 2, last: 0, separators: false }),
            ),
            (r#"{"pseudonym_in":"document"}"#, Action::PseudonymIn(Scope::Document)),
            (r#"{"pseudonym_in":"occurrence"}"#, Action::PseudonymIn(Scope::Occurrence)),
        ] {
            assert_eq!(action(json), Ok(expect), "{json}");
            assert_eq!(action(&serde_json::to_string(&expect).unwrap()), Ok(expect));
        }
        for json in [r#"{"mask_but":{"last":-1}}"#, r#"{"mask_but":{"lest":4}}"#, r#"{"pseudonym_in":"world"}"#] {
            assert!(matches!(action(json), Err(PolicyFault::Form { .. })), "{json}");
        }
    }

    #[test]
    fn a_wrong_policy_is_refused_without_quoting_it() {
        for (json, expect) in [
            (r#"{"version":1,"deny":[{"text":"Jane Roe","entity":"PERSON"}]}"#, "line 1, column 19"),
            (r#"{"version":2,"news":1}"#, "version 2"),
            (r#"{"fields":{}}"#, "version 0"),
            (r#"{"version":1,"fields":{"a":{"URL":"Jane Roe"}}}"#, "line 1"),
            ("nonsense", "line 1"),
        ] {
            let said = Policy::from_json(json).unwrap_err().to_string();
            assert!(said.contains(expect), "{json}: {said}");
            assert!(!said.contains("Jane"), "{said}");
        }
        assert_eq!(Policy::from_json(&" ".repeat(Policy::MAX_BYTES + 1)), Err(PolicyFault::TooLarge));
    }

    #[test]
    fn rules_complain_of_what_cannot_match() {
        let rules = LocalRules::from_json(
            r#"{"version":1,"deny":[{"text":"Jane Roe","entity":"PERSON"},{"text":" - ","entity":"PERSON"}],"context":{"X":["a b","!"]}}"#,
        )
        .unwrap();
        let said: Vec<_> = rules.complaints().into_iter().map(|c| c.place).filter(|p| p.contains('[')).collect();
        assert_eq!(said, ["deny[1]", "context.X[1]"]);
        assert!(!format!("{rules:?}").contains("Jane"));
    }
}
