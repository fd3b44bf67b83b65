//! A verifier that somebody wrote in another language from `docs/format.md` alone says of every log what ours says: which are
//! good, and of the others the same code at the same place. Where the two differ, the page or the code is wrong.

use super::support::{Pen, lines, path, read};
use countersign::domain::event::{Custody, Fact, Happening, Role};
use countersign::log::{Against, Code, LogReader, verify_logs};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// The Python of the tests, which has the packages of `scripts/requirements.txt`.
pub fn python(script: &str, args: &[String]) -> (bool, String) {
    let python = std::env::var_os("PYTHON").map_or_else(|| path("../../.tools/venv/bin/python"), PathBuf::from);
    let script = path("../e2e").join(script);
    let output = Command::new(&python).arg(script).args(args).output();
    let output = output.unwrap_or_else(|e| panic!("{}: {e}: run scripts/setup.sh test", python.display()));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.success(), text(&output.stdout) + &text(&output.stderr))
}

/// What is told of a set of logs.
struct Case {
    what: String,
    logs: Vec<Vec<u8>>,
    notes: Vec<Vec<u8>>,
}

fn file(lines: &[Vec<u8>]) -> Vec<u8> {
    [&lines.join(&b'\n')[..], b"\n"].concat()
}

/// What only ours looks for: who else saw what.
const OURS: [Code; 5] =
    [Code::Unwitnessed, Code::LogMissing, Code::TooFewWitnesses, Code::RevocationConflict, Code::Unreadable];

fn told(case: &Case) -> Value {
    let readers = case.logs.iter().map(|bytes| LogReader::of_bytes(bytes, None)).collect();
    let report = verify_logs(readers, &Against { checkpoints: case.notes.clone(), ..Against::default() });
    let mut problems: Vec<String> = (report.problems.iter())
        .filter(|p| !OURS.contains(&p.code))
        .map(|p| json!([p.code, p.sequence]).to_string())
        .collect();
    problems.sort();
    json!({ "ok": report.ok, "events": report.entries, "problems": problems })
}

/// Compares, and gives the codes that both told of.
fn check(cases: &[Case], name: &str) -> BTreeSet<String> {
    let folder = std::env::temp_dir().join(format!("countersign-{}-stranger-{name}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let mut args: Vec<String> = Vec::new();
    for (at, case) in cases.iter().enumerate() {
        if at > 0 {
            args.push("--".to_owned());
        }
        let of = |bytes: &Vec<u8>, n: usize, ending: &str| {
            let path = folder.join(format!("{at}-{n}.{ending}"));
            fs::write(&path, bytes).unwrap();
            path.display().to_string()
        };
        args.extend(case.logs.iter().enumerate().map(|(n, bytes)| of(bytes, n, "jsonl")));
        args.extend(case.notes.iter().enumerate().map(|(n, bytes)| of(bytes, n, "checkpoint")));
    }
    let (ok, out) = python("verify_record.py", &args);
    fs::remove_dir_all(&folder).unwrap();
    assert!(ok, "{out}");
    let answers: Vec<&str> = out.lines().collect();
    assert_eq!(answers.len(), cases.len(), "{out}");
    let mut codes = BTreeSet::new();
    for (case, answer) in cases.iter().zip(answers) {
        let theirs: Value = serde_json::from_str(answer).unwrap();
        let mut problems: Vec<String> =
            (theirs["problems"].as_array().unwrap().iter()).map(|p| json!([p[0], p[2]]).to_string()).collect();
        problems.sort();
        let theirs = json!({ "ok": theirs["ok"], "events": theirs["events"], "problems": &problems });
        assert_eq!(theirs, told(case), "{}", case.what);
        codes.extend(problems.iter().filter_map(|p| p.split('"').nth(1).map(str::to_owned)));
    }
    codes
}

fn assert_told(codes: &BTreeSet<String>, expect: &str) {
    let missing: Vec<&str> = expect.split(' ').filter(|code| !codes.contains(*code)).collect();
    assert_eq!(missing, [""; 0], "told: {codes:?}");
}

fn case(what: &str, logs: Vec<Vec<u8>>, notes: Vec<Vec<u8>>) -> Case {
    Case { what: what.to_owned(), logs, notes }
}

fn golden(name: &str) -> Vec<u8> {
    read(&format!("log/{name}"))
}

#[test]
fn the_golden_logs_are_good_to_a_stranger() {
    let v1 =
        |ending: &str, names: &[&str]| names.iter().map(|n| golden(&format!("v1/{n}.{ending}"))).collect::<Vec<_>>();
    let codes = check(
        &[
            case(
                "golden",
                vec![golden("a.jsonl"), golden("b.jsonl")],
                vec![golden("a.checkpoint"), golden("b.checkpoint")],
            ),
            case("erased", vec![golden("a-erased.jsonl"), golden("b.jsonl")], vec![]),
            case("v1", v1("jsonl", &super::v1::FILES), v1("checkpoint", &["owner", "laptop"])),
            case("alone", vec![golden("b.jsonl")], vec![]),
            case("another project", v1("jsonl", &["owner"]), vec![golden("a.checkpoint")]),
        ],
        "golden",
    );
    assert_told(&codes, "body-erased no-genesis bad-checkpoint");
}

#[test]
fn damaged_logs_are_damaged_alike_to_a_stranger() {
    let stored = lines("log/a.jsonl");
    let mut cases = Vec::new();
    let bytes = golden("a.jsonl");
    for (turn, at) in (0..bytes.len() - 1).step_by(61).enumerate() {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << (turn % 8);
        cases.push(case(&format!("byte {at}"), vec![flipped, golden("b.jsonl")], vec![]));
    }
    for at in 1..stored.len() - 1 {
        let mut swapped = stored.clone();
        swapped.swap(at, at + 1);
        let mut dropped = stored.clone();
        dropped.remove(at);
        let mut doubled = stored.clone();
        doubled.insert(at, stored[at - 1].clone());
        for (what, lines) in [("swapped", swapped), ("dropped", dropped), ("doubled", doubled)] {
            cases.push(case(&format!("{what} {at}"), vec![file(&lines)], vec![]));
        }
    }
    cases.push(case("cut", vec![file(&stored[..5]), golden("b.jsonl")], vec![golden("a.checkpoint")]));
    let text = String::from_utf8(golden("a.checkpoint")).unwrap();
    for (what, note) in
        [("size", text.replace("\n8\n", "\n7\n")), ("cut", text[..200].to_owned()), ("no note", "x".into())]
    {
        cases.push(case(what, vec![bytes.clone()], vec![note.into_bytes()]));
    }
    let codes = check(&cases, "damaged");
    assert_told(&codes, "bad-json bad-attribute bad-encoding bad-header bad-data bad-signature broken-chain rollback");
}

#[test]
fn forged_attributes_are_forged_alike_to_a_stranger() {
    let set = |name: &'static str, value: Value| (name, Some(value));
    let changes = [
        set("specversion", json!("0.3")),
        set("id", json!("01a204d8-1600-4001-8000-000000000001")),
        set("sequence", json!("3")),
        set("sequence", json!(3)),
        set("time", json!("2026-02-30T20:00:00.000Z")),
        set("time", json!("1969-12-31T23:59:59.999Z")),
        set("hlc", json!("ffffffffffff-0000")),
        set("hlc", json!("000000000001-0000")),
        set("authid", json!("")),
        set("authid", json!("é".repeat(600))),
        set("guideline", json!("guide@1")),
        set("guideline", json!("g@1@2#sha256-x#y")),
        set("Upper", json!("x")),
        set("extension", json!(1.5)),
        set("extension", json!(true)),
        set("extension", json!({ "a": 1 })),
        set("dataref", json!("data/00.json")),
        set("dataref", json!("https://example.org")),
        set("prevhash", json!("A".repeat(43))),
        set("prevhash", json!("B".repeat(43))),
        set("project", json!("A".repeat(43))),
        set("type", json!("com.example.x")),
        set("type", json!("org.countersign.project.created.v1")),
        set("source", json!("did:key:z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw")),
        set("data", json!({})),
        set("data", json!([])),
        set("data", json!({ "salt": "x".repeat(70_000) })),
        set("data", (0..40).fold(json!(1), |inner, _| json!([inner]))),
        ("prevhash", None),
        ("project", None),
        ("data", None),
        ("authid", None),
    ];
    let mut cases = Vec::new();
    for (name, value) in changes {
        let mut pen = Pen::found(7, "ann-01");
        pen.say(Fact::TaskOpened {});
        let line = pen.forge(|map| {
            drop(match value.clone() {
                Some(value) => map.insert(name.to_owned(), value),
                None => map.remove(name),
            })
        });
        let all = [pen.lines.clone(), vec![line]].concat();
        cases.push(case(&format!("{name}: {value:?}"), vec![file(&all)], vec![]));
    }
    let codes = check(&cases, "forged");
    assert_told(
        &codes,
        "bad-attribute wrong-project broken-chain clock-back clock-suspect bad-body too-large unknown-type",
    );
}

/// Rights: the same acts are without the right to a stranger.
#[test]
fn rights_are_the_same_to_a_stranger() {
    type Act = fn(&mut Pen, &mut Pen);
    let acts: [(&str, Act); 9] = [
        ("nothing", |_, _| {}),
        ("a grant to oneself", |_, ann| {
            let (key, roles) = (ann.who.device.clone(), vec![Role::Admin]);
            ann.say(Fact::KeyGranted { key, authid: "ann-02".into(), roles, custody: Custody::File });
        }),
        ("a guideline", |_, ann| {
            ann.say(Fact::GuidelinePublished { id: "g".into(), version: "2".into(), digest: "sha256-x".into() });
        }),
        ("revoked, and goes on", |owner, ann| {
            owner.say(Fact::KeyRevoked { key: ann.who.device.clone(), lastsequence: 1 });
            ann.write(&Happening::of(Fact::AnnotationWithdrawn {}).about(&"T1".into()));
        }),
        ("lost, and found", |owner, ann| {
            owner.say(Fact::LogClosed { log: Some(ann.who.device.clone()), lastsequence: Some(0) });
            let (key, roles) = (ann.who.device.clone(), vec![Role::Admin]);
            owner.say(Fact::KeyGranted { key, authid: "ann-02".into(), roles, custody: Custody::File });
        }),
        ("closed, and goes on", |_, ann| {
            ann.say(Fact::LogClosed { log: None, lastsequence: None });
            ann.say(Fact::TaskOpened {});
        }),
        ("as somebody else", |_, ann| {
            ann.who.author = "ann-01".into();
            ann.say(Fact::TaskOpened {});
        }),
        ("own review and own settlement", |owner, _| {
            let answer = super::large::spans(1);
            let id = owner.write(&Happening::of(answer).about(&"T1".into())).event.id;
            owner.write(&Happening { cause: Some(id), ..Happening::of(Fact::ReviewPassed {}).about(&"T1".into()) });
            owner.write(&Happening::of(Fact::CaseAdjudicated { answers: vec![], over: vec![] }).about(&"T1".into()));
        }),
        ("a grant erased", |owner, _| {
            let grant = countersign::log::wire::parse_line(&owner.lines[1]).unwrap();
            let source = owner.who.device.clone();
            owner.say(Fact::DataErased { event: grant.envelope.id, ground: "x".into(), source });
            owner.lines[1] = grant.entry;
        }),
    ];
    let mut cases = Vec::new();
    for (what, act) in acts {
        let mut owner = Pen::found(1, "ann-01");
        let mut ann = Pen::new(2, "ann-02", Some(owner.project()));
        ann.now_ms = owner.now_ms;
        ann.say(Fact::KeyRequested { custody: Custody::File });
        owner.now_ms = ann.now_ms;
        let (key, roles) = (ann.who.device.clone(), vec![Role::Annotator]);
        owner.say(Fact::KeyGranted { key, authid: "ann-02".into(), roles, custody: Custody::File });
        ann.now_ms = owner.now_ms;
        ann.write(&Happening::of(Fact::TaskOpened {}).about(&"T1".into()));
        owner.now_ms = ann.now_ms;
        act(&mut owner, &mut ann);
        cases.push(case(what, vec![file(&owner.lines), file(&ann.lines)], vec![]));
    }
    assert_told(&check(&cases, "rights"), "not-authorised after-close body-missing");
}

/// The PROV export is read and written again by the `prov` package, and nothing is lost.
#[test]
fn provenance_round_trips_through_prov() {
    let paths = super::v1::FILES.map(|name| path(&format!("log/v1/{name}.jsonl")).display().to_string());
    let args: Vec<&str> = ["export", "--prov"].into_iter().chain(paths.iter().map(String::as_str)).collect();
    let (code, out, err) = crate::cli::run(&args);
    assert_eq!((code, err.as_str()), (0, ""));
    let file = crate::cli::Scratch::new("prov.json", out.as_bytes());
    let (ok, said) = python("check_prov.py", &[file.path().to_owned()]);
    assert!(ok, "{said}");
    let counts: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((&counts["Activity"], &counts["Association"]), (&31.into(), &31.into()), "{counts}");
    for kind in ["Usage", "Generation", "Attribution", "Derivation", "Delegation", "Agent", "Entity"] {
        assert!(counts[kind].as_u64() > Some(0), "{kind}: {counts}");
    }
}

/// An attestation is good to securesystemslib, and says what the files and the logs are; another key's is not.
#[test]
fn an_attestation_is_checked_by_another_implementation() {
    let key = crate::terminal::key_file(0);
    let args = ["attest", "b.jsonl", "README.md", "--logs", "a.jsonl", "b.jsonl", "--key", key.path()];
    let (code, out, err) = crate::cli::run(&args);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    let envelope = crate::cli::Scratch::new("release.dsse.json", out.as_bytes());
    let check = |did: &str| python("check_attestation.py", &[envelope.path().to_owned(), did.to_owned()]);
    let (ok, said) = check(super::support::device(0).as_str());
    assert!(ok, "{said}");
    let statement: Value = serde_json::from_str(&said).unwrap();
    let hex = countersign::log::EntryHash::of(&read("log/b.jsonl")).hex();
    assert_eq!(statement["subject"][0], json!({ "name": "b.jsonl", "digest": { "sha256": hex } }));
    let predicate = &statement["predicate"];
    let roots: Vec<&str> =
        (predicate["logs"].as_array().unwrap().iter()).filter_map(|log| log["root"].as_str()).collect();
    assert_eq!(roots.len(), 2);
    assert!(roots.contains(&"db5UQRBNy60jQR1joiBSTRvNIazHC0Pm871l1YQIZE8="), "{statement:#}");
    let replayed = crate::cli::run(&["replay", "a.jsonl", "b.jsonl"]).1;
    assert!(
        replayed.ends_with(&format!("sha256 {}\n", predicate["state"]["sha256"].as_str().unwrap())),
        "{statement:#}"
    );
    assert!(!check(super::support::device(1).as_str()).0, "another key");
    let (code, out, err) = crate::cli::run(&["attest", "b.jsonl", "--logs", "missing.jsonl", "--key", key.path()]);
    assert!(code == 1 && out.is_empty() && err.contains("missing.jsonl"), "{err}");
}
