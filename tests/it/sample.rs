//! The sample project that a visitor meets first: whole, valid, and covered by the privacy layer without a gap.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "in a test a panic is the report")]

use countersign::domain::schema::{ControlKind, Schema, Taxon, TextPurpose};
use countersign::labeling;
use countersign::privacy::{LocalRules, Policy, ProjectKey, cover};
use serde_json::Value;
use std::collections::BTreeSet;

const CONFIG: &str = include_str!("../../www/samples/support-desk/config.xml");
const TASKS: &str = include_str!("../../www/samples/support-desk/tasks.json");
const RULES: &str = include_str!("../../www/samples/support-desk/local-rules.json");
const GUIDELINE: &str = include_str!("../../www/samples/support-desk/guideline.md");

/// Every card, account and address number in the texts, as written there.
const CARDS: &[&str] = &[
    "4111 1111 1111 1111",
    "5555 5555 5555 4444",
    "4242 4242 4242 4242",
    "3782 822463 10005",
    "6011 0009 9013 9424",
    "5105 1051 0510 5100",
];
const IBANS: &[&str] = &[
    "DE89 3704 0044 0532 0130 00",
    "GB29 NWBK 6016 1331 9268 19",
    "IE29 AIBK 9311 5212 3456 78",
    "ES91 2100 0418 4502 0005 1332",
    "AE07 0331 2345 6789 0123 456",
    "NL91 ABNA 0417 1643 00",
    "PT50 0002 0123 1234 5678 9015 4",
    "IL62 0108 0000 0009 9999 999",
];
const ADDRESSES: &[&str] =
    &["192.0.2.44", "203.0.113.77", "198.51.100.23", "203.0.113.9", "198.51.100.190", "2001:db8:40::17"];
const PHONES: &[&str] = &["+44 7700 900142", "+1 202-555-0147", "020 7946 0811", "+33 6 39 98 41 07", "01 99 00 47 62"];

fn tasks() -> Vec<Value> {
    serde_json::from_str(TASKS).unwrap()
}

fn text<'a>(task: &'a Value, key: &str) -> &'a str {
    task["data"][key].as_str().unwrap()
}

fn all_texts() -> String {
    tasks().iter().map(|t| format!("{}\n{}\n", text(t, "subject"), text(t, "message"))).collect()
}

fn schema() -> Schema {
    let config = labeling::parse(CONFIG).unwrap();
    assert_eq!(config.complaints, [], "the configuration is wholly understood");
    config.schema
}

#[test]
fn it_shows_what_the_product_can_do() {
    let tasks = tasks();
    let count = |what: &dyn Fn(&Value) -> bool| tasks.iter().filter(|t| what(t)).count();
    let any = |test: fn(char) -> bool| count(&|t| text(t, "message").chars().any(test));
    assert!(tasks.len() >= 60, "{} tasks", tasks.len());
    let predicted = count(&|t| t["predictions"][0]["score"].is_number());
    assert!(predicted * 2 >= tasks.len() && predicted < tasks.len(), "{predicted} predictions");
    let gold = count(&|t| t["annotations"][0]["ground_truth"] == true);
    assert!(gold >= 8, "{gold} gold answers");
    assert!(count(&|t| t["annotations"].is_array() && !t["predictions"].is_array()) > 0, "gold the model never saw");
    assert!(any(|c| matches!(c as u32, 0x1F300..=0x1FAFF)) >= 5, "emoji");
    assert!(any(|c| matches!(c as u32, 0x0590..=0x05FF)) >= 2, "Hebrew");
    assert!(any(|c| matches!(c as u32, 0x0600..=0x06FF)) >= 2, "Arabic");
    assert!(any(|c| c == '\u{301}') >= 1, "combining marks");
    assert!(any(|c| matches!(c, 'é' | 'ü' | 'ñ' | 'ß' | 'ã')) >= 5, "accents");
    assert!(any(|c| c == '\u{200D}') >= 1, "joined emoji");
    let crlf = count(&|t| text(t, "message").contains("\r\n"));
    assert!(crlf >= 3, "{crlf} with CRLF");
    let lengths: Vec<usize> = tasks.iter().map(|t| text(t, "message").chars().count()).collect();
    assert!(lengths.iter().any(|n| *n < 80) && lengths.iter().any(|n| *n > 1_300), "short and long");
    assert!(lengths.iter().all(|n| *n <= 1_500));
    let messages: BTreeSet<&str> = tasks.iter().map(|t| text(t, "message")).collect();
    assert_eq!(messages.len(), tasks.len(), "each message once");
    let bytes = CONFIG.len() + TASKS.len() + RULES.len() + GUIDELINE.len();
    assert!(bytes < 90_000, "{bytes} bytes are much to load before the first task");
}

#[test]
fn the_configuration_asks_each_kind_of_question() {
    let schema = schema();
    assert_eq!(schema.fields.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(), ["subject", "message"]);
    let kind = |name: &str| &schema.control(name).unwrap().kind;
    assert!(matches!(kind("entities"), ControlKind::Labels { labels, .. } if labels.len() == 6));
    assert!(matches!(kind("intent"), ControlKind::Choices { multiple: false, choices } if choices.len() == 9));
    assert!(matches!(kind("tone"), ControlKind::Choices { multiple: true, .. }));
    assert!(matches!(kind("correction"), ControlKind::TextArea { purpose: TextPurpose::Correction, .. }));
    assert!(matches!(kind("rationale"), ControlKind::TextArea { purpose: TextPurpose::Rationale, .. }));
    let ControlKind::Taxonomy { roots, leaves_only: true, .. } = kind("topic") else { panic!("topic") };
    let paths = leaves(roots, &[]);
    assert!(paths.iter().all(|p| p.len() == 3) && paths.len() >= 30, "three levels: {paths:?}");
}

fn leaves(taxa: &[Taxon], above: &[String]) -> BTreeSet<Vec<String>> {
    let mut out = BTreeSet::new();
    for taxon in taxa {
        let path: Vec<String> = above.iter().cloned().chain([taxon.option.value.clone()]).collect();
        if taxon.children.is_empty() {
            out.insert(path);
        } else {
            out.extend(leaves(&taxon.children, &path));
        }
    }
    out
}

#[test]
fn every_answer_fits_the_configuration_and_the_text() {
    let schema = schema();
    let offered = |name: &str| -> BTreeSet<String> {
        match &schema.control(name).unwrap().kind {
            ControlKind::Choices { choices: options, .. } | ControlKind::Labels { labels: options, .. } => {
                options.iter().map(|o| o.value.clone()).collect()
            }
            other => panic!("{other:?}"),
        }
    };
    let ControlKind::Taxonomy { roots, .. } = &schema.control("topic").unwrap().kind else { panic!("topic") };
    let topics = leaves(roots, &[]);
    let words = |value: &Value| -> Vec<String> { serde_json::from_value(value.clone()).unwrap() };
    let mut spans = 0;
    for task in tasks() {
        let message: Vec<char> = text(&task, "message").chars().collect();
        let answers = task["predictions"].as_array().into_iter().chain(task["annotations"].as_array()).flatten();
        for item in answers.flat_map(|answer| answer["result"].as_array().unwrap()) {
            let (name, value) = (item["from_name"].as_str().unwrap(), &item["value"]);
            assert_eq!(item["to_name"], "message");
            if let Some(score) = item.get("score") {
                assert!((0.0..=1.0).contains(&score.as_f64().unwrap()), "{item}");
            }
            match item["type"].as_str().unwrap() {
                "choices" => {
                    let chosen = words(&value["choices"]);
                    assert!(chosen.iter().all(|c| offered(name).contains(c)), "{item}");
                    assert!(name == "tone" || chosen.len() == 1, "{item}");
                }
                "taxonomy" => assert!(
                    value["taxonomy"].as_array().unwrap().iter().all(|path| topics.contains(&words(path))),
                    "{item}"
                ),
                "labels" => {
                    spans += 1;
                    assert!(words(&value["labels"]).iter().all(|l| offered(name).contains(l)), "{item}");
                    let [start, end] = ["start", "end"].map(|key| value[key].as_u64().unwrap() as usize);
                    assert!(start < end && end <= message.len(), "{item}");
                    let marked: String = message[start..end].iter().collect();
                    assert_eq!(marked.trim(), marked, "a span has no space at its edges");
                    assert!(!marked.starts_with('\u{301}'), "{item}");
                }
                "textarea" => assert_eq!(words(&value["text"]).len(), 1, "{item}"),
                other => panic!("{other}"),
            }
        }
    }
    assert!(spans > 150, "{spans} spans");
}

fn luhn(card: &str) -> bool {
    let digits: Vec<u32> = card.chars().filter_map(|c| c.to_digit(10)).collect();
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, d)| if i % 2 == 0 { *d } else { d * 2 - if *d > 4 { 9 } else { 0 } })
        .sum();
    sum.is_multiple_of(10)
}

fn mod_97(iban: &str) -> u32 {
    let plain: String = iban.chars().filter(|c| !c.is_whitespace()).collect();
    let (head, tail) = plain.split_at(4);
    format!("{tail}{head}").chars().fold(0, |rest, c| {
        let value = c.to_digit(36).unwrap();
        (rest * if value > 9 { 100 } else { 10 } + value) % 97
    })
}

#[test]
fn invented_personal_data_is_valid_and_reserved() {
    let texts = all_texts();
    for card in CARDS {
        assert!(texts.contains(card) && luhn(card), "{card}");
    }
    for iban in IBANS {
        assert!(texts.contains(iban) && mod_97(iban) == 1, "{iban}");
    }
    for value in ADDRESSES.iter().chain(PHONES) {
        assert!(texts.contains(value), "{value}");
    }
    // nobody's mail: only domains that are reserved for examples (RFC 2606)
    let mails: Vec<&str> = emails(&texts).collect();
    assert!(mails.len() >= 20, "{mails:?}");
    for mail in mails {
        let domain = mail.split_once('@').unwrap().1;
        let reserved = domain.ends_with(".example") || ["example.com", "example.org", "example.net"].contains(&domain);
        assert!(reserved, "{mail}");
    }
}

fn emails(texts: &str) -> impl Iterator<Item = &str> {
    texts
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')' | ':'))
        .filter(|word| word.contains('@'))
        .map(|word| word.trim_end_matches(['.', '?']))
}

#[test]
fn what_is_shown_holds_no_personal_data() {
    let rules = LocalRules::from_json(RULES).unwrap();
    assert_eq!(rules.complaints(), []);
    let texts = all_texts();
    for entry in &rules.deny {
        assert!(texts.contains(&entry.text), "{} is in no text", entry.text);
        assert!(["PERSON", "ADDRESS", "DATE_TIME"].contains(&entry.entity.as_str()), "{}", entry.entity);
    }
    let values: Vec<&str> = emails(&texts)
        .chain(CARDS.iter().chain(IBANS).chain(ADDRESSES).chain(PHONES).copied())
        .chain(rules.deny.iter().map(|entry| entry.text.as_str()))
        .collect();
    let (key, policy) = (ProjectKey([7; 32]), Policy::default());
    let mut covers = 0;
    for task in tasks() {
        for field in ["subject", "message"] {
            let covered = cover(text(&task, field), field, &policy, &rules, &key);
            covers += covered.covers.len();
            for value in &values {
                assert!(!holds(&covered.text, value), "{value} shows in {}", covered.text);
            }
            for kept in ["TH-2", "TH-1"] {
                let count = |text: &str| text.matches(kept).count();
                assert_eq!(
                    count(text(&task, field)),
                    count(&covered.text),
                    "an order number is not personal: {}",
                    covered.text
                );
            }
        }
    }
    assert!(covers >= 120, "{covers} covers");
}

/// The value stands in the text as whole words.
fn holds(text: &str, value: &str) -> bool {
    text.match_indices(value).any(|(at, _)| {
        let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
        edge(text[..at].chars().next_back()) && edge(text[at + value.len()..].chars().next())
    })
}

#[test]
fn the_guideline_is_versioned_and_speaks_of_every_answer() {
    assert!(GUIDELINE.starts_with("---\nid: support-desk\nversion: 3\n---\n"));
    for control in &schema().controls {
        let options = match &control.kind {
            ControlKind::Choices { choices, .. } if control.name == "intent" => choices,
            ControlKind::Labels { labels, .. } => labels,
            _ => continue,
        };
        for option in options {
            assert!(GUIDELINE.contains(&option.value), "{} is not explained", option.value);
        }
    }
}
