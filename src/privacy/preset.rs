//! Policies ready made, by name, for the cases that come up most.
//!
//! They are a start and no proof that a law is kept: what a text says beside its identifiers is for people to judge.

use super::policy::{Action, Policy};
use std::collections::BTreeMap;

/// The names, in the order in which they are offered.
pub const NAMES: [&str; 4] = ["gdpr", "hipaa-safe-harbor", "nothing", "review"];

/// Pseudonymisation (GDPR Art. 4(5); EDPB Guidelines 01/2025): identifiers become keyed pseudonyms of the project, so that
/// one person stays one person, and what singles out by combination becomes coarser.
const GDPR: &[(&str, Action)] = &[
    ("*", Action::Pseudonym),
    ("AGE", Action::Generalise),
    ("DATE_TIME", Action::Shift),
    ("IP_ADDRESS", Action::Generalise),
    ("NRP", Action::Replace),
    ("TITLE", Action::Replace),
    ("ZIP_CODE", Action::Generalise),
];

/// The 18 identifiers of 45 CFR 164.514(b)(2): dates to the year, ages over 89 as one, the first three digits of a postcode
/// where enough people live. All else is a random token: by 164.514(c) a code must not be derived from information about
/// the person, so no pseudonym by a keyed hash, and no shifted date.
const SAFE_HARBOR: &[(&str, Action)] = &[
    ("*", Action::Token),
    ("ADDRESS", Action::Replace),
    ("AGE", Action::Generalise),
    ("DATE_TIME", Action::Generalise),
    ("LOCATION", Action::Replace),
    ("NRP", Action::Keep),
    ("TITLE", Action::Keep),
    ("ZIP_CODE", Action::Generalise),
];

/// Nothing of what is found shows, not even its kind.
const NOTHING: &[(&str, Action)] = &[("*", Action::Suppress)];

/// Everything in clear, for those who review; what was shown is listed beside each text.
const REVIEW: &[(&str, Action)] = &[("*", Action::Keep)];

/// The policy of a name of [`NAMES`].
pub fn preset(name: &str) -> Option<Policy> {
    let row = match name {
        "gdpr" => GDPR,
        "hipaa-safe-harbor" => SAFE_HARBOR,
        "nothing" => NOTHING,
        "review" => REVIEW,
        _ => return None,
    };
    let row = row.iter().map(|(entity, action)| ((*entity).to_owned(), *action)).collect();
    Some(Policy { fields: BTreeMap::from([("*".to_owned(), row)]), ..Policy::default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::find::entities;

    #[test]
    fn each_says_what_happens_to_every_kind() {
        for (name, entity, expect) in [
            ("gdpr", "PERSON", Action::Pseudonym),
            ("gdpr", "DATE_TIME", Action::Shift),
            ("hipaa-safe-harbor", "PERSON", Action::Token),
            ("hipaa-safe-harbor", "US_SSN", Action::Token),
            ("hipaa-safe-harbor", "DATE_TIME", Action::Generalise),
            ("hipaa-safe-harbor", "LOCATION", Action::Replace),
            ("nothing", "TITLE", Action::Suppress),
            ("review", "PERSON", Action::Keep),
        ] {
            assert_eq!(preset(name).unwrap().action("text", entity), expect, "{name} {entity}");
        }
        assert_eq!(preset("none"), None);
        assert!(NAMES.iter().all(|name| preset(name).is_some()));
    }

    #[test]
    fn safe_harbor_derives_no_code_from_the_person() {
        let policy = preset("hipaa-safe-harbor").unwrap();
        for entity in entities() {
            let action = policy.action("*", entity);
            let derived = matches!(
                action,
                Action::Pseudonym
                    | Action::PseudonymIn(_)
                    | Action::Surrogate
                    | Action::Shift
                    | Action::FormatPreserving
            );
            assert!(!derived, "{entity}");
            assert!(action != Action::Keep || matches!(entity, "NRP" | "TITLE"), "{entity}");
        }
    }
}
