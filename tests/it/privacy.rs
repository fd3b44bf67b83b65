//! Personal data is found, covered and mapped back.

#![expect(clippy::indexing_slicing, reason = "in a test a panic is the report")]

use countersign::domain::text::{CodePoint, OffsetMap, slice};
use countersign::privacy::{Action, Covered, Deny, Gate, LocalRules, Policy, ProjectKey, cover, scrub_typed_text};

fn key() -> ProjectKey {
    ProjectKey([7; 32])
}

fn rules(entries: &[(&str, &str)]) -> LocalRules {
    let deny = entries.iter().map(|(text, entity)| Deny { text: (*text).into(), entity: (*entity).into() }).collect();
    LocalRules { deny, ..LocalRules::default() }
}

fn at(text: &str, start: CodePoint, end: CodePoint) -> String {
    slice(text, &OffsetMap::new(text), start, end).to_owned()
}

/// What holds for every covered text, whatever was found in it.
fn check_invariants(raw: &str, covered: &Covered) {
    assert!(covered.finds.windows(2).all(|w| w[0].end <= w[1].start), "finds overlap in {raw:?}");
    assert!(covered.covers.windows(2).all(|w| w[0].end <= w[1].start), "covers overlap in {raw:?}");
    let hidden: Vec<_> = covered.finds.iter().filter(|f| f.action != Action::Keep).collect();
    assert_eq!(hidden.len(), covered.covers.len());
    for (find, stand_in) in hidden.iter().zip(&covered.covers) {
        assert_eq!(covered.map.to_covered(find.start, find.end), (stand_in.start, stand_in.end), "{raw:?}");
        assert_eq!(covered.map.to_raw(stand_in.start, stand_in.end), (find.start, find.end), "{raw:?}");
        assert_eq!(find.entity, stand_in.entity);
    }
    let (raw_len, covered_len) = (OffsetMap::new(raw).len().0, OffsetMap::new(&covered.text).len().0);
    for start in 0..=raw_len {
        for end in [start, (start + 1).min(raw_len), raw_len] {
            let (a, b) = covered.map.to_covered(CodePoint(start), CodePoint(end));
            assert!(b.0 <= covered_len);
            let (back_a, back_b) = covered.map.to_raw(a, b);
            assert!(back_a.0 <= start && end <= back_b.0 && back_b.0 <= raw_len, "{raw:?} {start}..{end}");
        }
    }
}

#[test]
fn a_text_is_covered_and_leads_back() {
    let raw = "😀 Hi, I'm José Núñez.\r\nWrite to Jose.Nunez@example.org or +49 30 901820 — שלום\u{200F}!";
    let covered = cover(raw, "text", &Policy::default(), &rules(&[("José Núñez", "PERSON")]), &key());
    check_invariants(raw, &covered);
    let entities: Vec<_> = covered.finds.iter().map(|f| f.entity.as_str()).collect();
    assert_eq!(entities, ["PERSON", "EMAIL_ADDRESS", "PHONE_NUMBER"]);
    for value in ["José", "Nunez", "example.org", "901820"] {
        assert!(!covered.text.contains(value), "{}", covered.text);
    }
    assert!(
        covered.text.starts_with("😀 Hi, I'm [PERSON_") && covered.text.ends_with(" — שלום\u{200F}!"),
        "{}",
        covered.text
    );
    for (entry, cover) in covered.vault.iter().zip(&covered.covers) {
        assert_eq!(at(&covered.text, cover.start, cover.end), entry.token);
    }
    // half of a token is the whole value
    let person = &covered.covers[0];
    let (start, end) = covered.map.to_raw(CodePoint(person.start.0 + 2), CodePoint(person.end.0 + 1));
    assert_eq!(at(raw, start, end), "José Núñez.");
}

#[test]
fn pseudonyms_hold_through_a_project_and_end_there() {
    let gate = Gate::new(&Policy::default(), &LocalRules::default(), Some(&key()));
    let other = Gate::new(&Policy::default(), &LocalRules::default(), Some(&ProjectKey([8; 32])));
    let token = |gate: &Gate, text: &str| gate.cover(text, "x").vault[0].token.clone();
    assert_eq!(token(&gate, "mail ann@example.org"), token(&gate, "ANN@EXAMPLE.ORG wrote"));
    assert_eq!(token(&gate, "card 4111 1111 1111 1111"), token(&gate, "4111-1111-1111-1111"));
    assert_ne!(token(&gate, "ann@example.org"), token(&gate, "bob@example.org"));
    assert_ne!(token(&gate, "ann@example.org"), token(&other, "ann@example.org"));
}

#[test]
fn typed_text_keeps_the_tokens_it_quotes() {
    let gate = Gate::new(&Policy::default(), &LocalRules::default(), Some(&key()));
    for i in 0..2_000 {
        let covered = gate.cover(&format!("mail user{i}@example.org, phone +49 30 {}", 1_000_000 + i * 37), "x");
        assert_eq!(covered.covers.len(), 2);
        let typed = format!("I agree, phone {} call {}.", covered.vault[0].token, covered.vault[1].token);
        assert_eq!(scrub_typed_text(&typed, &Policy::default(), &LocalRules::default(), Some(&key())).text, typed);
    }
    let joined = scrub_typed_text("ask ann@example.org", &Policy::default(), &LocalRules::default(), None);
    assert_eq!(joined.text, "ask [EMAIL]");
    assert!(joined.vault.is_empty());
}
