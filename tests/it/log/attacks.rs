//! Attacks on one log, each answered with its code. Every forged line here carries a signature that fits its bytes,
//! unless the signature is the point.

use super::support::{Pen, lines, verify};
use countersign::domain::event::{Fact, Happening};
use countersign::domain::id::{DeviceId, EventId};
use countersign::domain::time::Hlc;
use countersign::log::{Code, SealError, Verifier, hash, limits, wire};
use serde_json::{Map, Value, json};

type Change = fn(&mut Map<String, Value>);
/// A change, what is said of it, and what it is.
type Case = (Change, Result<&'static [Code], Code>, &'static str);

fn set(map: &mut Map<String, Value>, name: &str, value: Value) {
    map.insert(name.to_owned(), value);
}

/// A forged line after a good log of three entries: refused with `expect`, or accepted with these warnings.
fn check(change: Change, expect: Result<&[Code], Code>, what: &str) {
    let mut pen = Pen::found(7, "ann-01");
    pen.say(Fact::TaskOpened {});
    pen.say(Fact::TaskOpened {});
    let line = pen.forge(change);
    let got = pen.reader().push_line(&line);
    let codes = got.map(|a| a.warnings.iter().map(|w| w.code).collect::<Vec<_>>()).map_err(|problem| {
        assert_eq!(problem.sequence, Some(3), "{what}");
        assert_eq!(problem.log.as_ref(), Some(&pen.who.device), "{what}");
        problem.code
    });
    assert_eq!(codes, expect.map(<[Code]>::to_vec), "{what}");
}

#[test]
fn attributes_must_have_their_form() {
    use Code::{
        BadAttribute, BadEncoding, BrokenChain, ClockBack, ClockSuspect, UnknownType, WrongProject, WrongSource,
    };
    let cases: [Case; 35] = [
        (|_| {}, Ok(&[]), "nothing changed"),
        (|m| set(m, "specversion", json!("0.3")), Err(BadAttribute), "other specversion"),
        (|m| drop(m.remove("specversion")), Err(BadAttribute), "no specversion"),
        (|m| set(m, "id", json!("01a204d8-1600-4001-8000-000000000001")), Err(BadAttribute), "UUID version 4"),
        (|m| set(m, "id", json!("01A204D8-1600-7001-8000-000000000001")), Err(BadAttribute), "UUID in capitals"),
        (|m| set(m, "id", json!("01a204d8-1600-7001-0000-000000000001")), Err(BadAttribute), "other UUID variant"),
        (|m| set(m, "sequence", json!("3")), Err(BadAttribute), "short sequence"),
        (|m| set(m, "sequence", json!("00000000003")), Err(BadAttribute), "long sequence"),
        (|m| set(m, "sequence", json!(3)), Err(BadAttribute), "sequence a number"),
        (|m| set(m, "time", json!("2026-11-22T20:00:00Z")), Err(BadAttribute), "time without milliseconds"),
        (|m| set(m, "time", json!("2026-11-22T21:00:00.000+01:00")), Err(BadAttribute), "time of another zone"),
        (|m| set(m, "hlc", json!("01a204d81600")), Err(BadAttribute), "short hlc"),
        (|m| set(m, "authid", json!("")), Err(BadAttribute), "empty authid"),
        (|m| set(m, "authid", json!("a".repeat(2000))), Err(BadAttribute), "long authid"),
        (|m| drop(m.remove("authid")), Err(BadAttribute), "no authid"),
        (|m| set(m, "authtype", json!("system")), Err(BadAttribute), "other authtype"),
        (|m| set(m, "guideline", json!("guide")), Err(BadAttribute), "guideline without version"),
        (|m| set(m, "datacontenttype", json!("text/plain")), Err(BadAttribute), "other datacontenttype"),
        (|m| set(m, "Upper", json!("x")), Err(BadAttribute), "name in capitals"),
        (|m| set(m, "averyveryverylongname", json!("x")), Err(BadAttribute), "name of 21 letters"),
        (|m| set(m, "", json!("x")), Err(BadAttribute), "empty name"),
        (|m| set(m, "extension", json!({ "a": 1 })), Err(BadAttribute), "extension an object"),
        (|m| set(m, "extension", json!(null)), Err(BadAttribute), "extension null"),
        (|m| set(m, "dataref", json!("data/00.json")), Err(BadAttribute), "dataref to another body"),
        (|m| set(m, "dataref", json!("https://example.org/x")), Ok(&[]), "dataref elsewhere"),
        (|m| set(m, "extension", json!("kept")), Ok(&[]), "foreign extension"),
        (|m| set(m, "prevhash", json!("A".repeat(44))), Err(BadEncoding), "long prevhash"),
        (|m| set(m, "prevhash", json!(format!("{}B", "A".repeat(42)))), Err(BadEncoding), "trailing bits set"),
        (|m| set(m, "project", json!(format!("{}=", "A".repeat(42)))), Err(BadEncoding), "padding"),
        (|m| set(m, "project", json!("A".repeat(43))), Err(WrongProject), "another project"),
        (|m| drop(m.remove("project")), Err(WrongProject), "no project"),
        (|m| drop(m.remove("prevhash")), Err(BrokenChain), "no prevhash"),
        (|m| set(m, "hlc", json!("000000000001-0000")), Err(ClockBack), "clock back"),
        (|m| set(m, "hlc", json!("ffffffffffff-0000")), Ok(&[ClockSuspect]), "clock ten thousand years on"),
        (|m| set(m, "type", json!("com.example.thing.v1")), Ok(&[UnknownType]), "unknown type"),
    ];
    for (change, expect, what) in cases {
        check(change, expect, what);
    }
    // the source decides the header and the key, so changing it alone breaks the header first
    let other: Change = |m| set(m, "source", json!("did:key:z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw"));
    check(other, Err(Code::BadHeader), "another source");
    let mut stranger = Pen::new(8, "ann-02", None);
    stranger.who.project = Some(Pen::found(7, "ann-01").project().clone());
    let line = stranger.seal(&Happening::of(Fact::TaskOpened {})).line;
    let problem = Pen::found(7, "ann-01").reader().push_line(&line).unwrap_err();
    assert_eq!(problem.code, WrongSource);
}

#[test]
fn bodies_must_fit() {
    use Code::{BadBody, BadData, BadJson, TooLarge, UnknownType};
    const SALT: &str = "AQEBAQEBAQEBAQEBAQEBAQ";
    let cases: [Case; 9] = [
        (|m| set(m, "data", json!({})), Ok(&[BadBody]), "no salt"),
        (|m| set(m, "data", json!([])), Ok(&[BadBody]), "a list"),
        (|m| set(m, "data", json!(null)), Ok(&[BadBody]), "null"),
        (|m| drop(m.remove("data")), Ok(&[]), "absent"),
        (|m| set(m, "type", json!("org.countersign.key.revoked.v1")), Ok(&[BadBody]), "a body of another type"),
        (|m| set(m, "type", json!("org.countersign.key.revoked.v2")), Ok(&[UnknownType]), "a later version"),
        (
            |m| {
                set(m, "type", json!("org.countersign.field.revealed.v1"));
                set(m, "data", json!({ "path": "p", "purpose": "q", "salt": SALT, "value": "+1 555 0100" }));
            },
            Err(BadData),
            "a reveal with its value",
        ),
        (|m| set(m, "data", json!({ "salt": "x".repeat(70_000) })), Err(TooLarge), "large"),
        (|m| set(m, "data", (0..40).fold(json!(1), |inner, _| json!([inner]))), Err(TooLarge), "nested forty deep"),
    ];
    for (change, expect, what) in cases {
        check(change, expect, what);
    }
    for (bytes, code) in [(vec![b'['; 1_000_000], TooLarge), (vec![b'['; 20], BadJson), (b"\xff{}".to_vec(), BadJson)] {
        assert_eq!(Verifier::new().push_line(&bytes).unwrap_err().code, code);
    }
}

/// The signature is over the canonical form and fits; the line is another form of the same.
#[test]
fn only_the_canonical_form_is_taken() {
    let stored = lines("log/a.jsonl");
    let at = stored.iter().position(|line| String::from_utf8_lossy(line).contains("\"count\":1,")).unwrap();
    let text = String::from_utf8(stored[at].clone()).unwrap();
    let (mut verifier, _) = verify(&stored[..at]);
    let mut check = |line: String, what: &str| {
        let problem = verifier.push_line(line.as_bytes()).unwrap_err();
        assert_eq!((problem.code, problem.sequence), (Code::NotCanonical, Some(at as u64)), "{what}");
    };
    check(text.replacen(':', ": ", 1), "a space");
    check(format!("{text} "), "a space behind");
    check(format!("{text}\r"), "a carriage return");
    check(text.replace("\"count\":1,", "\"count\":1.0,"), "1.0");
    check(text.replace("\"count\":1,", "\"count\":1e0,"), "1e0");
    check(text.replace("golden", "gold\\u0065n").replace("ann-07", "ann-\\u00307"), "an escape");
    check(text.replacen("{\"authid\":\"ann-07\"", "{\"authid\":\"ann-07\",\"authid\":\"ann-07\"", 1), "a key twice");
    check(text.replacen("{\"authid\":\"ann-07\"", "{\"authid\":\"ann-99\",\"authid\":\"ann-07\"", 1), "two values");
    let moved = text.replacen(
        "\"authid\":\"ann-07\",\"authtype\":\"app_user\"",
        "\"authtype\":\"app_user\",\"authid\":\"ann-07\"",
        1,
    );
    check(moved, "another order");
    assert!(verifier.push_line(text.as_bytes()).is_ok());

    // 2^53 + 1 reads as 2^53 in other parsers; the hash is of what they would read
    let pen = Pen::found(7, "ann-01");
    let line = pen.forge(|m| {
        set(m, "type", json!("org.countersign.key.revoked.v1"));
        set(
            m,
            "data",
            json!({ "key": "k", "lastsequence": 9_007_199_254_740_992_u64, "salt": "AQEBAQEBAQEBAQEBAQEBAQ" }),
        );
    });
    let line = String::from_utf8(line).unwrap();
    assert!(pen.reader().push_line(line.as_bytes()).is_ok());
    let rounded = line.replace("9007199254740992", "9007199254740993");
    assert_eq!(pen.reader().push_line(rounded.as_bytes()).unwrap_err().code, Code::NotCanonical);
}

#[test]
fn order_is_part_of_a_log() {
    let stored = lines("log/a.jsonl");
    let check = |lines: Vec<Vec<u8>>, place: u64, expect: Code, what: &str| {
        let problem = verify(&lines).1.unwrap_err();
        assert_eq!((problem.code, problem.sequence), (expect, Some(place)), "{what}");
    };
    for at in 1..stored.len() - 1 {
        let mut swapped = stored.clone();
        swapped.swap(at, at + 1);
        check(swapped, at as u64, Code::BrokenChain, "swapped");
        let mut dropped = stored.clone();
        dropped.remove(at);
        check(dropped, at as u64, Code::BrokenChain, "dropped");
        let mut doubled = stored.clone();
        doubled.insert(at, stored[at - 1].clone());
        check(doubled, at as u64, Code::BrokenChain, "doubled");
    }
    check(stored[1..].to_vec(), 0, Code::BrokenChain, "without its beginning");
    let mut mixed = stored.clone();
    mixed.insert(3, lines("log/b.jsonl")[0].clone());
    check(mixed, 3, Code::WrongSource, "a line of another device");

    let mut pen = Pen::found(7, "ann-01");
    let fork = pen.seal(&Happening::of(Fact::ReviewPassed {})).line;
    pen.say(Fact::TaskOpened {});
    let mut reader = pen.reader();
    assert_eq!(reader.push_line(&fork).unwrap_err().code, Code::Equivocation);
    let mut resumed = Verifier::resume(&pen.who.device, Some(pen.project()), pen.head.clone()).unwrap();
    assert_eq!(resumed.push_line(&fork).unwrap_err().code, Code::Equivocation);
    let next = pen.say(Fact::TaskOpened {}).line;
    assert!(resumed.push_line(&next).is_ok());
    assert_eq!(resumed.head(), &pen.head);
}

#[test]
fn a_project_cannot_begin_twice_or_within_another() {
    let pen = Pen::found(7, "ann-01");
    let other = Pen::found(7, "ann-02");
    assert_eq!(pen.reader().push_line(&other.lines[0]).unwrap_err().code, Code::WrongProject);
    let begin: Change = |m| set(m, "type", json!("org.countersign.project.created.v1"));
    assert_eq!(pen.reader().push_line(&pen.forge(begin)).unwrap_err().code, Code::WrongProject);
    let elsewhere = Verifier::new().for_project(&"A".repeat(43).into()).push_line(&pen.lines[0]);
    assert_eq!(elsewhere.unwrap_err().code, Code::WrongProject);
}

#[test]
fn the_header_is_one_and_no_other() {
    let pen = Pen::found(7, "ann-01");
    let kid = |device: &DeviceId| format!("{device}#{}", &device.as_str()["did:key:".len()..]);
    let own = kid(&pen.who.device);
    let other = kid(&Pen::found(8, "x").who.device);
    let good = json!({ "alg": "Ed25519", "kid": own, "typ": "ce-jcs+jws" });
    let with = |name: &str, value: Value| {
        let mut header = good.clone();
        header[name] = value;
        header
    };
    let key = json!({ "kty": "OKP", "crv": "Ed25519", "x": hash::encode(&pen.signer.public().to_bytes()) });
    let check = |header: &str, expect: Option<Code>| {
        let header = hash::encode(header.as_bytes());
        let got = pen.reader().push_line(&pen.forge_with_header(|_| {}, &header));
        assert_eq!(got.err().map(|problem| problem.code), expect, "{header}");
    };
    check(&good.to_string(), None);
    for header in [
        with("alg", json!("none")),
        with("alg", json!("HS256")),
        with("alg", json!("EdDSA")),
        with("alg", json!("ed25519")),
        with("crit", json!(["b64"])),
        with("b64", json!(false)),
        with("jwk", key),
        with("kid", json!(other)),
        with("typ", json!("JWT")),
        json!({ "alg": "Ed25519", "kid": own }),
        json!({}),
    ] {
        check(&header.to_string(), Some(Code::BadHeader));
    }
    check(&good.to_string().replace(':', ": "), Some(Code::BadHeader));
    check("not json", Some(Code::BadHeader));

    let line = String::from_utf8(pen.seal(&Happening::of(Fact::TaskOpened {})).line).unwrap();
    let map: Map<String, Value> = serde_json::from_str(&line).unwrap();
    let jws = map["jws"].as_str().unwrap();
    let (header, signature) = jws.split_once("..").unwrap();
    for (changed, expect) in [
        (header.to_owned(), Code::BadEncoding),
        (format!("{header}.e30.{signature}"), Code::BadEncoding),
        (format!("{header}..{signature}=="), Code::BadEncoding),
        (format!("{header}..{signature}.x"), Code::BadEncoding),
        (format!("{header}.."), Code::BadSignature),
        (format!("{header}..{}", &signature[..80]), Code::BadSignature),
        (format!("{header}..{}", hash::encode(&[0; 64])), Code::BadSignature),
        (format!("..{signature}"), Code::BadHeader),
    ] {
        let problem = pen.reader().push_line(line.replace(jws, &changed).as_bytes()).unwrap_err();
        assert_eq!(problem.code, expect, "{changed}");
    }
}

/// The same signature with S + l in place of S would verify under a lax reader, and the log would have two heads.
#[test]
fn a_malleable_signature_is_refused() {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let pen = Pen::found(7, "ann-01");
    let line = String::from_utf8(pen.seal(&Happening::of(Fact::TaskOpened {})).line).unwrap();
    let parsed = wire::parse_line(line.as_bytes()).unwrap();
    let mut signature = parsed.envelope.signature.clone();
    let mut carry = 0;
    for (byte, add) in signature[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = (sum & 0xff) as u8;
        carry = sum >> 8;
    }
    let changed = line.replace(&hash::encode(&parsed.envelope.signature), &hash::encode(&signature));
    assert_ne!(changed, line);
    assert_eq!(pen.reader().push_line(changed.as_bytes()).unwrap_err().code, Code::BadSignature);
}

#[test]
fn an_unknown_type_is_kept() {
    let mut pen = Pen::found(7, "ann-01");
    let line = pen.forge(|m| set(m, "type", json!("org.countersign.label.dreamt.v1")));
    let mut reader = pen.reader();
    let kept = reader.push_line(&line).unwrap();
    assert_eq!((kept.event.happening.kind.as_str(), &kept.event.happening.fact), ("label.dreamt", &None));
    assert!(kept.body.is_some());
    pen.head = reader.head().clone();
    assert!(reader.push_line(&pen.say(Fact::TaskOpened {}).line).is_ok());
}

#[test]
fn times_that_have_not_come_are_suspect() {
    let mut pen = Pen::found(7, "ann-01");
    let now = pen.now_ms;
    pen.now_ms += 3_650 * 86_400_000;
    pen.say(Fact::TaskOpened {});
    pen.now_ms = now;
    pen.say(Fact::TaskOpened {});
    let mut reader = Verifier::new().with_now(now);
    let warned: Vec<usize> = pen.lines.iter().map(|line| reader.push_line(line).unwrap().warnings.len()).collect();
    // the second claims the future; the third, with the clock set right, must go on from there
    assert_eq!(warned, [0, 1, 1]);
}

#[test]
fn what_cannot_be_sealed() {
    let pen = Pen::found(7, "ann-01");
    let check = |pen: &Pen, happening: Happening, expect: SealError| {
        assert_eq!(pen.prepare(&happening).unwrap_err(), expect);
    };
    let text = |text: String| Happening::of(Fact::RationaleGiven { text });
    let opened = || Happening::of(Fact::TaskOpened {});
    check(&pen, Happening { fact: None, ..opened() }, SealError::NoFact);
    let large = text("x".repeat(limits::MAX_REFERRED_BYTES));
    let bytes = limits::MAX_REFERRED_BYTES + r#"{"salt":"","text":""}"#.len() + 22;
    check(&pen, large, SealError::TooLarge { bytes, limit: limits::MAX_REFERRED_BYTES });
    let revoked = Fact::KeyRevoked { key: pen.who.device.clone(), lastsequence: 1 << 53 };
    check(&pen, Happening::of(revoked), SealError::Number);
    check(&pen, Happening::of(Fact::ProjectCreated { name: String::new(), admins: vec![] }), SealError::Project);
    let mut lost = Pen::found(7, "ann-01");
    lost.who.project = None;
    check(&lost, opened(), SealError::Project);
    let mut headless = Pen::found(7, "ann-01");
    headless.head.last = None;
    check(&headless, opened(), SealError::Head);
    let mut nobody = Pen::found(7, "ann-01");
    nobody.who.device = "did:key:z6Mk".into();
    check(&nobody, opened(), SealError::Device);

    let finish = |pen: &Pen, happening: &Happening, by: u8| {
        let unsigned = pen.prepare(happening).unwrap();
        let signature = Pen::found(by, "x").signer.sign(&unsigned.signing_input);
        unsigned.finish(signature).map(|sealed| sealed.head)
    };
    assert_eq!(finish(&pen, &opened(), 8), Err(SealError::Signature));
    assert!(finish(&pen, &text("x".repeat(limits::MAX_BODY_BYTES - 100)), 7).is_ok());
    let mut caused = opened();
    caused.cause = Some(EventId("x".repeat(2000)));
    assert!(matches!(finish(&pen, &caused, 7), Err(SealError::Attribute(_))));
}

#[test]
fn the_clock_of_a_log_never_goes_back() {
    let mut pen = Pen::found(7, "ann-01");
    let before = pen.head.hlc;
    pen.now_ms -= 86_400_000;
    let sealed = pen.say(Fact::TaskOpened {});
    assert_eq!(sealed.event.hlc, Hlc { ms: before.ms, counter: before.counter + 1 });
    assert!(sealed.event.time_ms < before.ms);
    let (_, accepted) = verify(&pen.lines);
    assert_eq!(accepted.unwrap()[1].warnings[0].code, Code::ClockSuspect);
}
