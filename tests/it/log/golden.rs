//! The golden logs are accepted as they are, and written again byte for byte.

use super::support::{device, lines, signer, verify};
use countersign::log::wire;
use countersign::log::{self, Fresh, Head, Identity, Severity};

#[test]
fn golden_logs_are_accepted() {
    for (name, size, absent) in [("a", 8, 0), ("b", 2, 0), ("a-erased", 9, 1)] {
        let (verifier, accepted) = verify(&lines(&format!("log/{name}.jsonl")));
        let accepted = accepted.unwrap_or_else(|problem| panic!("{name}: {problem:?}"));
        assert_eq!(verifier.head().size, size, "{name}");
        let without_fact = accepted.iter().filter(|a| a.event.happening.fact.is_none()).count();
        assert_eq!(without_fact, absent, "{name}");
        let warnings: Vec<_> = accepted.iter().flat_map(|a| &a.warnings).collect();
        assert!(warnings.is_empty(), "{name}: {warnings:?}");
        assert_eq!(verifier.project().unwrap().as_str(), "UEGCytCU6pr4NPYO14NAqdXAtK1yOBoVyi6IcZlDJQ8", "{name}");
    }
}

#[test]
fn golden_logs_are_written_again_byte_for_byte() {
    for (name, which) in [("a", 0), ("b", 1)] {
        let stored = lines(&format!("log/{name}.jsonl"));
        let (_, accepted) = verify(&stored);
        let mut head = Head::default();
        for (line, accepted) in stored.iter().zip(accepted.unwrap()) {
            let data = wire::parse_line(line).unwrap().data.unwrap();
            let salt = log::hash::decode(data["salt"].as_str().unwrap()).unwrap().try_into().unwrap();
            let id: Vec<u8> = super::support::hex(&accepted.event.id.as_str().replace('-', ""));
            let project = wire::parse_line(line).unwrap().envelope.project;
            let who = Identity { device: device(which), project, author: accepted.event.author.clone(), app: None };
            let fresh = Fresh { now_ms: accepted.event.time_ms, salt, uuid: id[6..].try_into().unwrap() };
            let unsigned = log::prepare(&head, &who, &accepted.event.happening, &fresh).unwrap();
            let signature = signer(which).sign(&unsigned.signing_input);
            let sealed = unsigned.finish(signature).unwrap();
            assert_eq!(String::from_utf8_lossy(&sealed.line), String::from_utf8_lossy(line));
            assert_eq!(sealed.event, accepted.event);
            assert_eq!(sealed.entry, accepted.entry);
            assert_eq!(Some(&sealed.body), accepted.body.as_ref());
            assert_eq!(sealed.hash, accepted.hash);
            assert_eq!(wire::join(&sealed.entry, Some(&sealed.body)).as_ref(), Some(line));
            head = sealed.head;
        }
        assert_eq!(head.size, stored.len() as u64);
        let text = serde_json::to_string(&head).unwrap();
        assert_eq!(serde_json::from_str::<Head>(&text).unwrap(), head, "{text}");
    }
}

#[test]
fn entries_and_bodies_apart_give_the_same_events() {
    let stored = lines("log/a.jsonl");
    let (_, whole) = verify(&stored);
    let mut verifier = log::Verifier::new();
    for accepted in whole.unwrap() {
        let apart = verifier.push_entry(&accepted.entry, accepted.body.as_deref()).unwrap();
        assert_eq!(apart.event, accepted.event);
    }
    assert!(log::Code::BodyMissing.severity() < Severity::Error);
}
