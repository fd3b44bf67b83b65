//! Bodies larger than a line: behind `dataref`, and everything holds as for small ones.

use super::support::Pen;
use countersign::domain::annotation::{Answer, Span, Value};
use countersign::domain::event::{Fact, Happening};
use countersign::domain::text::CodePoint;
use countersign::log::{Code, EntryHash, LogReader, Verifier, limits, wire};
use serde_json::json;
use std::collections::BTreeSet;

/// An answer of so many spans, as somebody gives it to a text of 100 KB.
pub fn spans(count: u32) -> Fact {
    let span = |at: u32| Span {
        start: CodePoint(at * 50),
        end: CodePoint(at * 50 + 12),
        labels: vec!["Person".into()],
        id: Some(format!("r{at:05}").into()),
        field: None,
    };
    let value = Value::Spans((0..count).map(span).collect());
    let answers = vec![Answer { control: "ner".into(), region: None, value }];
    Fact::AnnotationSubmitted { answers, released: None, prediction: None, duration_ms: None }
}

/// A log of three entries, whose second is large.
fn log() -> Pen {
    let mut pen = Pen::found(7, "ann-01");
    pen.write(&Happening::of(spans(2_000)).about(&"T1".into()));
    pen.say(Fact::TaskOpened {});
    pen
}

#[test]
fn two_thousand_spans_are_sealed_and_verify_whole_apart_and_erased() {
    let pen = log();
    let large = &pen.lines[1];
    assert!(large.len() > limits::MAX_LINE_BYTES, "{}", large.len());
    let parsed = wire::parse_line(large).unwrap();
    assert!(parsed.entry.len() < 2_000, "the entry itself stays small");
    let map: serde_json::Value = serde_json::from_slice(&parsed.entry).unwrap();
    let hash = EntryHash::of(parsed.body.as_ref().unwrap());
    assert_eq!(map["dataref"], format!("data/{}.json", hash.hex()));
    assert_eq!(map["datahash"], hash.to_string());
    assert_eq!(wire::join(&parsed.entry, parsed.body.as_deref()).as_deref(), Some(large.as_slice()));

    // small bodies stay in their line and name no place
    assert!(!String::from_utf8_lossy(&pen.lines[2]).contains("dataref"));

    let mut apart = Verifier::new();
    for line in &pen.lines {
        let part = wire::parse_line(line).unwrap();
        let accepted = apart.push_entry(&part.entry, part.body.as_deref()).unwrap();
        assert_eq!(accepted.warnings, []);
    }
    assert_eq!(*apart.head(), pen.head);
    assert_eq!(*pen.reader().head(), pen.head);

    let mut erased = Verifier::new();
    for (at, line) in pen.lines.iter().enumerate() {
        let line = if at == 1 { parsed.entry.clone() } else { line.clone() };
        let accepted = erased.push_line(&line).unwrap();
        assert_eq!(accepted.event.happening.fact.is_none(), at == 1);
    }
    assert_eq!(*erased.head(), pen.head, "an absent body changes nothing of the chain");
}

/// One bit in each of some hundred places of the large body, and all bits of one byte.
#[test]
fn a_changed_bit_of_a_large_body_is_refused_at_its_place() {
    let pen = log();
    let (genesis, large) = (&pen.lines[0], &pen.lines[1]);
    let mut verifier = Verifier::new();
    verifier.push_line(genesis).unwrap();
    let mut codes = BTreeSet::new();
    let places = (0..large.len()).step_by(1_501).chain(std::iter::repeat_n(60_000, 7));
    for (turn, at) in places.enumerate() {
        let mut changed = large.clone();
        changed[at] ^= 1 << (turn % 8);
        if changed[at] == b'\n' {
            continue;
        }
        let problem = verifier.clone().push_line(&changed).unwrap_err();
        assert_eq!(problem.sequence, Some(1), "byte {at}");
        codes.insert(problem.code);
    }
    assert!(codes.contains(&Code::BadData), "{codes:?}");
    // kept apart, the body alone decides
    let parsed = wire::parse_line(large).unwrap();
    let body = String::from_utf8(parsed.body.unwrap()).unwrap().replacen("\"start\":50}", "\"start\":51}", 1);
    let problem = verifier.push_entry(&parsed.entry, Some(body.as_bytes())).unwrap_err();
    assert_eq!((problem.code, problem.sequence), (Code::BadData, Some(1)));
}

/// Signed all the same: the sizes are part of the form.
#[test]
fn a_large_body_without_its_reference_is_refused() {
    let pen = log();
    let salt = "AQEBAQEBAQEBAQEBAQEBAQ";
    let body = |bytes: usize| json!({ "salt": salt, "text": "x".repeat(bytes) });
    let check = |bytes: usize, referred: bool, expect: Option<Code>| {
        let line = pen.forge(|map| {
            let data = body(bytes);
            if referred {
                let hash = EntryHash::of(&wire::canonical(&data).unwrap());
                map.insert("dataref".into(), wire::body_ref(&hash).into());
            }
            map.insert("type".into(), "org.countersign.rationale.given.v1".into());
            map.insert("data".into(), data);
        });
        let got = pen.reader().push_line(&line).err().map(|problem| problem.code);
        assert_eq!(got, expect, "{bytes} bytes, referred: {referred}");
        let parsed = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&line).unwrap();
        let (data, mut entry) = (parsed["data"].clone(), parsed);
        entry.remove("data");
        let entry = wire::canonical(&serde_json::Value::Object(entry)).unwrap();
        let apart = pen.reader().push_entry(&entry, Some(&wire::canonical(&data).unwrap()));
        assert_eq!(apart.err().map(|problem| problem.code), expect, "apart it is judged alike");
    };
    check(50_000, false, None);
    check(50_000, true, None);
    check(70_000, false, Some(Code::TooLarge));
    check(70_000, true, None);
    check(limits::MAX_REFERRED_BYTES - 100, true, None);
    check(limits::MAX_REFERRED_BYTES, true, Some(Code::TooLarge));
    let problem = pen.reader().push_line(&vec![b' '; limits::MAX_LONG_LINE_BYTES + 1]).unwrap_err();
    assert_eq!(problem.code, Code::TooLarge);
}

/// What a file says is what its reader folds.
#[test]
fn a_file_with_a_large_line_is_read_whole() {
    let pen = log();
    let bytes = [pen.lines.join(&b'\n'), b"\n".to_vec()].concat();
    let report = countersign::log::verify_logs(vec![LogReader::of_bytes(&bytes, None)], &Default::default());
    assert_eq!((report.ok, report.entries, report.errors), (true, 3, 0));
}
