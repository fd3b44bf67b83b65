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

#[test]
fn each_action_leaves_its_mark() {
    let raw =
        "mail ann@example.org, card 4111 1111 1111 1111, see https://example.org/ann, from 10.0.0.1, ssn 536-22-1234";
    let policy = Policy::from_json(
        r#"{"version":1,"fields":{"*":{"EMAIL_ADDRESS":"keep","CREDIT_CARD":"mask","URL":"suppress","IP_ADDRESS":"replace"}}}"#,
    )
    .unwrap();
    let covered = cover(raw, "text", &policy, &LocalRules::default(), &key());
    check_invariants(raw, &covered);
    let ssn = &covered.vault[0].token;
    assert_eq!(covered.text, format!("mail ann@example.org, card •••• •••• •••• ••••, see […], from [IP], ssn {ssn}"));
    assert_eq!(covered.finds.len(), 5);
    assert_eq!(covered.vault.len(), 1, "only what can be told apart goes into the vault");
}

#[test]
fn what_stays_in_clear_shields_nothing() {
    let policy = Policy::from_json(r#"{"version":1,"fields":{"*":{"URL":"keep"}}}"#).unwrap();
    let raw = "https://example.org/anna?m=bob@example.org and https://example.org/faq";
    let covered = cover(raw, "text", &policy, &rules(&[("Anna", "PERSON")]), &key());
    check_invariants(raw, &covered);
    assert!(covered.text.starts_with("https://example.org/[PERSON_"), "{}", covered.text);
    assert!(
        !covered.text.contains("bob@") && covered.text.ends_with(" and https://example.org/faq"),
        "{}",
        covered.text
    );
}

#[test]
fn a_value_given_away_once_is_covered_everywhere() {
    let raw = "Phone: 451 5986. I waited for an hour and a half, so again: 451-5986, not 451 5987.";
    let covered = cover(raw, "text", &Policy::default(), &LocalRules::default(), &key());
    check_invariants(raw, &covered);
    let token = &covered.vault[0].token;
    assert_eq!(
        covered.text,
        format!("Phone: {token}. I waited for an hour and a half, so again: {token}, not 451 5987.")
    );

    let gate = Gate::new(&Policy::default(), &LocalRules::default(), Some(&key()));
    let fields = [("subject", "About 451 5986"), ("body", "my phone is 451 5986")];
    let fields = fields.map(|(field, text)| (field.to_owned(), text.to_owned())).into();
    let covered = gate.cover_fields(&fields);
    assert_eq!(covered["subject"].text, format!("About {token}"));
    assert_eq!(covered["body"].text, format!("my phone is {token}"));
    assert_eq!(gate.cover(&fields["subject"], "subject").covers.len(), 0, "alone it gives nothing away");
}

#[test]
fn overlaps_leave_nothing_in_clear() {
    for (raw, entries, expect) in [
        ("anna.smith@example.org", vec![("Anna", "PERSON")], vec!["EMAIL_ADDRESS"]),
        ("https://example.org/anna", vec![("Anna", "PERSON")], vec!["URL"]),
        ("Anna Maria Smith", vec![("Anna Maria", "PERSON"), ("Maria Smith", "PERSON")], vec!["PERSON", "PERSON"]),
        ("Smith 415-555-0132", vec![("Smith 415", "PERSON")], vec!["PERSON", "PHONE_NUMBER"]),
        (
            "born 12 March 1984 in Bad Aibling",
            vec![("12 March 1984", "DATE_TIME"), ("Bad Aibling", "LOCATION")],
            vec!["DATE_TIME", "LOCATION"],
        ),
    ] {
        let covered = cover(raw, "text", &Policy::default(), &rules(&entries), &key());
        check_invariants(raw, &covered);
        let entities: Vec<_> = covered.covers.iter().map(|c| c.entity.as_str()).collect();
        assert_eq!(entities, expect, "{raw}: {}", covered.text);
        for word in ["anna", "Anna", "Smith", "0132", "Aibling", "1984"] {
            assert!(!covered.text.contains(word), "{}", covered.text);
        }
    }
}

#[test]
fn allowed_values_stay() {
    let policy = Policy::from_json(r#"{"version":1,"allow":["help@example.org","+49 30 901820"]}"#).unwrap();
    let raw = "HELP@example.org or +49 30 901820, not ann@example.org";
    let covered = cover(raw, "text", &policy, &LocalRules::default(), &key());
    assert_eq!(covered.covers.len(), 1);
    assert!(covered.text.starts_with("HELP@example.org or +49 30 901820, not [EMAIL_"), "{}", covered.text);
}

#[test]
fn text_that_looks_like_a_token_is_not_one() {
    let gate = Gate::new(&Policy::default(), &LocalRules::default(), Some(&key()));
    let token = gate.cover("ann@example.org", "x").vault[0].token.clone();
    let raw = format!("someone wrote {token} and [EMAIL_0000000000], then ann@example.org");
    let covered = gate.cover(&raw, "x");
    check_invariants(&raw, &covered);
    assert_eq!(covered.covers.len(), 1, "only the place of the true one is a cover");
    assert!(covered.text.ends_with(&format!("then {token}")));
}

#[test]
fn a_large_text_passes_whole() {
    let line = "Ann wrote from ann.lee@example.org, call +49 30 901820 😀 or pay 4111 1111 1111 1111.\r\n";
    let raw = line.repeat(2_000);
    let covered = cover(&raw, "text", &Policy::default(), &rules(&[("Ann", "PERSON")]), &key());
    assert_eq!(covered.covers.len(), 8_000);
    assert_eq!(covered.vault.len(), 4);
    assert!(!covered.text.contains("901820") && !covered.text.contains("ann.lee"));
}

#[derive(serde::Deserialize)]
struct Case {
    id: String,
    entity: String,
    text: String,
    expected: Vec<(u32, u32)>,
}

/// The recognizer cases of Presidio (see the fixtures' README). Where nothing is expected of the case's entity,
/// nothing of it may be found; where something is, the find must overlap it.
#[test]
fn recognizer_cases_of_presidio() {
    // Rows where we differ on purpose: the value stands in the text twice, and is covered both times.
    let on_purpose = ["91-415-555-0132"];
    let gate = Gate::new(&Policy::default(), &LocalRules::default(), Some(&key()));
    let mut wrong = Vec::new();
    for line in include_str!("../fixtures/privacy/presidio-recognizers.jsonl").lines() {
        let case: Case = serde_json::from_str(line).unwrap();
        let covered = gate.cover(&case.text, "text");
        check_invariants(&case.text, &covered);
        let got: Vec<_> =
            covered.finds.iter().filter(|f| f.entity == case.entity).map(|f| (f.start.0, f.end.0)).collect();
        let hit = |span: &(u32, u32), others: &[(u32, u32)]| others.iter().any(|o| o.0 < span.1 && span.0 < o.1);
        let missed = case.expected.iter().any(|span| !hit(span, &got));
        let extra = got.iter().any(|span| !hit(span, &case.expected));
        if missed || (extra && !on_purpose.iter().any(|text| case.text.contains(text))) {
            wrong.push(format!("{} {} {:?}: {got:?}, expected {:?}", case.id, case.entity, case.text, case.expected));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

mod properties {
    use super::*;
    use proptest::prelude::*;

    fn fragment() -> impl Strategy<Value = String> {
        prop_oneof![
            prop::sample::select(vec![
                "ann@example.org",
                "+49 30 901820",
                "(415) 555-0132",
                "4111 1111 1111 1111",
                "DE89 3704 0044 0532 0130 00",
                "10.0.0.1",
                "2001:db8::1",
                "https://example.org/a?b=c@d.org",
                "www.example.org",
                "536-22-1234",
                "Ann Lee",
                "José",
                "12 High Street",
                "phone",
                "card",
                "ssn",
                "😀",
                "e\u{301}",
                "שלום",
                "\r\n",
                "\u{200B}",
                "\u{AD}",
                " ",
                " ",
                " ",
                ".",
                ",",
                "-",
                "@",
                "[EMAIL_0123456789]",
                "x",
                "1",
                "١٢٣",
            ])
            .prop_map(str::to_owned),
            "[a-z0-9 .@:/-]{0,6}",
            any::<char>().prop_map(String::from),
        ]
    }

    proptest! {
        #[test]
        fn every_text_keeps_the_laws(parts in prop::collection::vec(fragment(), 0..24)) {
            let raw = parts.concat();
            let rules = rules(&[("Ann Lee", "PERSON"), ("José", "PERSON"), ("12 High Street", "ADDRESS")]);
            let gate = Gate::new(&Policy::default(), &rules, Some(&key()));
            let covered = gate.cover(&raw, "text");
            check_invariants(&raw, &covered);
            // the covered text is the raw text with the stand-ins put in
            let mut rebuilt = String::new();
            let mut from = CodePoint(0);
            for (swap, cover) in covered.map.swaps().iter().zip(&covered.covers) {
                rebuilt += &at(&raw, from, CodePoint(swap.0));
                rebuilt += &at(&covered.text, cover.start, cover.end);
                from = CodePoint(swap.1);
            }
            rebuilt += &at(&raw, from, OffsetMap::new(&raw).len());
            prop_assert_eq!(&rebuilt, &covered.text);
            prop_assert_eq!(gate.cover(&raw, "text"), covered);
        }

        #[test]
        fn a_found_value_is_gone(value in prop::sample::select(vec![
            "ann@example.org", "+49 30 901820", "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00", "10.0.0.1",
            "2001:db8::1", "https://example.org/a", "536-22-1234", "José Núñez",
        ]), words in prop::collection::vec("[qzQZ]{1,8}", 0..6), places in prop::collection::vec(0usize..7, 1..4)) {
            let mut words = words;
            for place in places {
                words.insert(place.min(words.len()), value.to_owned());
            }
            let raw = words.join(" ");
            let rules = rules(&[("José Núñez", "PERSON")]);
            let covered = cover(&raw, "text", &Policy::default(), &rules, &key());
            prop_assert!(!covered.text.contains(value), "{} -> {}", raw, covered.text);
        }
    }
}
