//! Takes out what was found, in each of the ways a policy knows, and keeps what is needed to put it back.
//!
//! The names are those of ISO/IEC 20889:2018: suppression, masking, pseudonymisation (keyed, or a random token), surrogate
//! values, generalisation, randomisation (noise, shifted dates). Where a way cannot be gone for a value (a shift for what
//! is no date that can be read), the kind alone takes its place, never the value.

use super::coarse;
use super::ff1::{self, Ff1};
use super::find::Found;
use super::key::ProjectKey;
use super::map::Swap;
use super::policy::{Action, Policy, Scope};
use super::pseudonym::{Writer, normal, short, token};
use super::surrogate;
use crate::domain::text::{CodePoint, OffsetMap, slice};
use std::collections::BTreeMap;

/// A text with what was found in it taken out.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// The covered text.
    pub text: String,
    /// The parts that were replaced, in code points.
    pub swaps: Vec<Swap>,
    /// What stood there and what stands there now, one for each of `swaps`. Source material.
    pub values: Vec<(String, String)>,
    /// Entity of each of `swaps`.
    pub entities: Vec<String>,
    /// What the policy left in clear: start and end in code points of the raw text, and entity.
    pub kept: Vec<(u32, u32, String)>,
}

/// Never shows a value.
impl std::fmt::Debug for Applied {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Applied({:?}, ..)", self.text)
    }
}

/// Chance: fills bytes.
pub type Chance<'a> = &'a mut dyn FnMut(&mut [u8]);

/// Takes out what `found` names. `subject` is whom the text is about: dates of one subject move alike. `chance` gives
/// random bytes for tokens and noise.
pub fn apply(
    raw: &str,
    found: &[Found],
    field: &str,
    subject: &str,
    policy: &Policy,
    key: &ProjectKey,
    chance: Chance<'_>,
) -> Applied {
    let offsets = OffsetMap::new(raw);
    let mut writer = Writer::new(Some(key));
    // within one text a value keeps its random token
    let mut tokens: BTreeMap<(String, String), String> = BTreeMap::new();
    let mut document = None;
    let mut out = Applied { text: String::with_capacity(raw.len()), ..Applied::default() };
    let (mut raw_at, mut covered_at) = (0u32, 0u32);
    for find in found.iter().filter(|f| f.start < f.end) {
        let entity = find.entity.as_ref();
        let action = policy.action(field, entity);
        let value = slice(raw, &offsets, CodePoint(find.start), CodePoint(find.end));
        let kind_alone = || format!("[{}]", short(entity));
        let stand_in = match action {
            Action::Keep => {
                out.kept.push((find.start, find.end, entity.to_owned()));
                continue;
            }
            Action::Token => tokens
                .entry((entity.to_owned(), normal(entity, value)))
                .or_insert_with(|| random(entity, chance))
                .clone(),
            Action::PseudonymIn(Scope::Document) => {
                let of_text =
                    document.get_or_insert_with(|| ProjectKey(key.derive("document", "").mac(raw.as_bytes())));
                token(entity, &of_text.derive("pseudonym", entity).mac(normal(entity, value).as_bytes()))
            }
            Action::PseudonymIn(Scope::Occurrence) => random(entity, chance),
            Action::Surrogate => {
                let mac = key.derive("surrogate", entity).mac(normal(entity, value).as_bytes());
                surrogate::of(entity, value, &mac)
            }
            Action::FormatPreserving => encrypted(entity, value, key).unwrap_or_else(kind_alone),
            Action::Generalise => coarse::generalise(entity, value).unwrap_or_else(kind_alone),
            Action::Shift => coarse::shift(value, offset(key, subject)).unwrap_or_else(kind_alone),
            Action::Noise => {
                let mut byte = [0u8; 8];
                chance(&mut byte);
                coarse::noise(value, u64::from_le_bytes(byte)).unwrap_or_else(kind_alone)
            }
            _ => writer.stand_in(action, entity, value).unwrap_or_else(kind_alone),
        };
        out.text.push_str(slice(raw, &offsets, CodePoint(raw_at), CodePoint(find.start)));
        out.text.push_str(&stand_in);
        let from = covered_at + (find.start - raw_at);
        let to = from + stand_in.chars().count() as u32;
        (raw_at, covered_at) = (find.end, to);
        out.swaps.push(Swap(find.start, find.end, from, to));
        out.values.push((value.to_owned(), stand_in));
        out.entities.push(entity.to_owned());
    }
    out.text.push_str(slice(raw, &offsets, CodePoint(raw_at), offsets.len()));
    out
}

/// Other digits in the places of the digits. Nothing for a value with letters, which would stay, or of too few digits.
fn encrypted(entity: &str, value: &str, key: &ProjectKey) -> Option<String> {
    let plain = |c: char| c.is_ascii_digit() || !c.is_alphanumeric();
    let cipher = Ff1::<aes::Aes256>::new(&key.derive("ff1", entity).0, 10).filter(|_| value.chars().all(plain))?;
    let digits: Vec<u8> = value.bytes().filter(u8::is_ascii_digit).map(|b| b - b'0').collect();
    let done =
        if entity == "CREDIT_CARD" { ff1::card(&cipher, b"", &digits, true) } else { cipher.encrypt(b"", &digits) };
    let mut digits = done.ok()?.into_iter().map(|d| char::from(b'0' + d));
    Some(value.chars().map(|c| if c.is_ascii_digit() { digits.next().unwrap_or(c) } else { c }).collect())
}

/// A token that says nothing but its kind.
fn random(entity: &str, chance: &mut dyn FnMut(&mut [u8])) -> String {
    let mut bits = [0u8; 32];
    chance(&mut bits);
    token(entity, &bits)
}

/// By how many days the dates of a subject move: from one to a year, either way, never by nothing.
fn offset(key: &ProjectKey, subject: &str) -> i64 {
    let mac = key.derive("shift", "DATE_TIME").mac(subject.as_bytes());
    let bits = mac.iter().take(8).fold(0u64, |bits, byte| bits << 8 | u64::from(*byte));
    let days = (bits >> 1) % 365 + 1;
    if bits & 1 == 0 { days as i64 } else { -(days as i64) }
}

/// What was taken out, put back by place: `swaps` are places in the covered text with what stood there. Nothing if the
/// places are not of this text.
pub fn restore(covered: &str, swaps: &[(u32, u32, &str)]) -> Option<String> {
    let offsets = OffsetMap::new(covered);
    let (mut out, mut at) = (String::with_capacity(covered.len()), 0);
    for (start, end, value) in swaps {
        if *start < at || end < start || *end > offsets.len().0 {
            return None;
        }
        out.push_str(slice(covered, &offsets, CodePoint(at), CodePoint(*start)));
        out.push_str(value);
        at = *end;
    }
    out.push_str(slice(covered, &offsets, CodePoint(at), offsets.len()));
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn policy(action: &str) -> Policy {
        Policy::from_json(&format!(r#"{{"version":1,"fields":{{"*":{{"*":"{action}"}}}}}}"#)).unwrap()
    }

    fn run(text: &str, entity: &'static str, action: &str, subject: &str) -> Applied {
        let found = Found { start: 0, end: text.chars().count() as u32, entity: entity.into(), score: 90 };
        let mut n = 0u8;
        apply(text, &[found], "*", subject, &policy(action), &ProjectKey([7; 32]), &mut |bytes| {
            n += 1;
            bytes.fill(n);
        })
    }

    #[test]
    fn each_way() {
        for (text, entity, action, expect) in [
            ("jane@x.org", "EMAIL_ADDRESS", "keep", "jane@x.org"),
            ("jane@x.org", "EMAIL_ADDRESS", "suppress", "[…]"),
            ("jane@x.org", "EMAIL_ADDRESS", "mask", "••••@•.•••"),
            ("jane@x.org", "EMAIL_ADDRESS", "replace", "[EMAIL]"),
            ("jane@x.org", "EMAIL_ADDRESS", "token", "[EMAIL_040G208104]"),
            ("47", "AGE", "generalise", "45-49"),
            ("94", "AGE", "generalise", "90+"),
            ("90210", "ZIP_CODE", "generalise", "902**"),
            ("03601", "ZIP_CODE", "generalise", "000**"),
            ("2024-02-29", "DATE_TIME", "generalise", "2024"),
            ("3 May 1999", "DATE_TIME", "generalise", "1999"),
            ("Monday", "DATE_TIME", "generalise", "[DATE]"),
            ("192.168.7.9", "IP_ADDRESS", "generalise", "192.168.7.0/24"),
            ("Monday", "DATE_TIME", "shift", "[DATE]"),
            ("Jane Roe", "PERSON", "noise", "[PERSON]"),
        ] {
            assert_eq!(run(text, entity, action, "a").text, expect, "{action} {text}");
        }
    }

    #[test]
    fn a_shift_keeps_intervals_and_layout() {
        let day = |text: &str, subject: &str| run(text, "DATE_TIME", "shift", subject).text;
        let (a, b) = (day("2024-02-28", "p1"), day("2024-03-01", "p1"));
        assert_ne!(a, "2024-02-28");
        assert_eq!(a.len(), 10);
        let days = |text: &str| {
            let part = |r: std::ops::Range<usize>| text[r].parse::<i64>().unwrap();
            coarse::days_of(part(0..4), part(5..7), part(8..10))
        };
        assert_eq!(days(&b) - days(&a), 2, "{a} {b}");
        assert_eq!(day("28.02.2024", "p1").split('.').rev().collect::<Vec<_>>().join("-"), a);
        assert_ne!(day("2024-02-28", "p2"), a);
        assert!((0..500).all(|n| offset(&ProjectKey([3; 32]), &n.to_string()) != 0));
    }

    #[test]
    fn surrogates_are_of_their_kind_and_consistent() {
        use crate::privacy::find::validate;
        use crate::privacy::recognize::check::Verdict;
        for (value, entity) in [
            ("4111 1111 1111 1111", "CREDIT_CARD"),
            ("DE89 3704 0044 0532 0130 00", "IBAN_CODE"),
            ("jane@x.org", "EMAIL_ADDRESS"),
            ("10.1.2.3", "IP_ADDRESS"),
            ("https://a.org/b", "URL"),
        ] {
            let once = run(value, entity, "surrogate", "a").text;
            assert_ne!(once, value);
            assert_eq!(validate(entity, &once), Some(Verdict::Valid), "{once}");
            assert_eq!(run(value, entity, "surrogate", "b").text, once);
        }
        let name = run("Jane Roe", "PERSON", "surrogate", "a").text;
        assert_eq!(run("JANE  ROE", "PERSON", "surrogate", "a").text, name);
        assert_eq!(name.split(' ').count(), 2, "{name}");
        let other = run("AB-123", "X_FILE", "surrogate", "a").text;
        assert!(other.len() == 6 && other.as_bytes()[2] == b'-' && other != "AB-123", "{other}");
    }

    #[test]
    fn digits_become_digits_where_there_are_enough() {
        let of = |text: &str, entity: &'static str| run(text, entity, "format_preserving", "a").text;
        let card = of("4111 1111-1111 1111", "CREDIT_CARD");
        assert!(card != "4111 1111-1111 1111" && card.len() == 19 && &card[9..10] == "-", "{card}");
        assert_eq!(of("4111 1111-1111 1111", "CREDIT_CARD"), card);
        let phone = of("+1 (212) 555-0199", "PHONE_NUMBER");
        assert!(phone.starts_with('+') && &phone[3..4] == "(" && phone != "+1 (212) 555-0199", "{phone}");
        for (text, entity, expect) in [
            ("12345", "ZIP_CODE", "[ZIP_CODE]"),
            ("H12234567", "US_DRIVER_LICENSE", "[US_DRIVER_LICENSE]"),
            ("4111 1111 1111 1112", "CREDIT_CARD", "[CARD]"),
            ("Jane", "PERSON", "[PERSON]"),
        ] {
            assert_eq!(of(text, entity), expect);
        }
    }

    #[test]
    fn a_pseudonym_reaches_as_far_as_its_scope() {
        let (a, b) = ("ann ann bob", "bob ann");
        let words = |text: &str, action: &str| {
            let policy = Policy::from_json(&format!(r#"{{"version":1,"fields":{{"*":{{"*":{action}}}}}}}"#)).unwrap();
            let word = |start: u32| Found { start, end: start + 3, entity: "PERSON".into(), score: 90 };
            let found: Vec<Found> = (0..text.len() as u32).step_by(4).map(word).collect();
            let mut n = 0u8;
            let mut chance = |bytes: &mut [u8]| {
                n += 1;
                bytes.fill(n);
            };
            let done = apply(text, &found, "*", "s", &policy, &ProjectKey([7; 32]), &mut chance).text;
            done.split(' ').map(str::to_owned).collect::<Vec<_>>()
        };
        // whether the same value has the same token in one text, and in another
        for (action, inside, across) in [
            (r#""pseudonym""#, true, Some(true)),
            (r#"{"pseudonym_in":"document"}"#, true, Some(false)),
            // chance is not chance in a test, so nothing to say of other texts
            (r#"{"pseudonym_in":"occurrence"}"#, false, None),
        ] {
            let (one, two) = (words(a, action), words(b, action));
            assert!(one.iter().chain(&two).all(|t| t.starts_with("[PERSON_") && t.len() == 19), "{one:?}");
            assert_eq!(one[0] == one[1], inside, "{action}");
            if let Some(across) = across {
                assert_eq!(one[0] == two[1], across, "{action}");
                assert_eq!(one, words(a, action), "{action}");
            }
            assert_ne!(one[0], one[2]);
        }
    }

    const PIECES: [&str; 16] = [
        "jane@x.org",
        " ",
        "😀",
        "👨\u{200D}👩\u{200D}👧",
        "e\u{301}",
        "שלום",
        "\r\n",
        "\u{202E}abc",
        "4111 1111 1111 1111",
        "Jane Roe",
        "\u{FFFD}",
        "\0",
        "x",
        "２０２４-01-31",
        "[EMAIL_040G208104]",
        "ß",
    ];

    proptest! {
        #[test]
        fn what_was_taken_out_comes_back(
            pieces in prop::collection::vec(0usize..PIECES.len(), 0..20),
            cuts in prop::collection::vec((0u32..8, 1u32..9), 0..8),
            action in prop::sample::select(vec!["suppress", "mask", "replace", "pseudonym", "surrogate", "token", "generalise", "shift", "noise", "format_preserving"]),
        ) {
            let raw: String = pieces.iter().map(|i| PIECES[*i]).collect();
            let length = raw.chars().count() as u32;
            let kinds = ["EMAIL_ADDRESS", "PERSON", "DATE_TIME", "CREDIT_CARD", "AGE", "IBAN_CODE", "URL", "IP_ADDRESS"];
            let (mut at, mut found) = (0, Vec::new());
            for (i, (gap, len)) in cuts.into_iter().enumerate() {
                let (start, end) = (at + gap, (at + gap + len).min(length));
                if start >= end { break }
                found.push(Found { start, end, entity: kinds[i % kinds.len()].into(), score: 80 });
                at = end;
            }
            let done = apply(&raw, &found, "*", "s", &policy(action), &ProjectKey([9; 32]), &mut |b| b.fill(5));
            let swaps: Vec<_> = done.swaps.iter().zip(&done.values).map(|(s, (value, _))| (s.2, s.3, value.as_str())).collect();
            prop_assert_eq!(restore(&done.text, &swaps), Some(raw));
        }
    }
}
