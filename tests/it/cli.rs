//! The terminal tool as a user runs it: arguments, output, exit code.

#![cfg(test)]

use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// Runs the tool among the golden logs; gives exit code, output and complaints.
fn run(args: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_countersign"))
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/log"))
        .args(args)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// A file of this test's own, removed when dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str, bytes: &[u8]) -> Self {
        let path = std::env::temp_dir().join(format!("countersign-{}-{name}", std::process::id()));
        fs::write(&path, bytes).unwrap();
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[test]
fn golden_logs_verify() {
    let (code, out, _) = run(&["verify", "a.jsonl", "b.jsonl"]);
    assert_eq!(code, 0, "{out}");
    for part in [
        "ok: 2 logs, 10 entries, 0 errors, 0 warnings",
        "log      did:key:z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw",
        "head     v9WACpm9k40k1w3vYzWquxiqkfSAgI8OzprCsD7hFIo",
        "root     db5UQRBNy60jQR1joiBSTRvNIazHC0Pm871l1YQIZE8=",
        "project UEGCytCU6pr4NPYO14NAqdXAtK1yOBoVyi6IcZlDJQ8",
        "a person can sign a false label",
    ] {
        assert!(out.contains(part), "{part} not in\n{out}");
    }
    let (code, out, _) = run(&["verify", "a-erased.jsonl", "b.jsonl"]);
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("note     body-erased"), "{out}");
}

#[test]
fn a_changed_bit_is_refused_with_its_place() {
    let log = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/log/a.jsonl");
    let bytes = fs::read(log).unwrap();
    for at in (0..bytes.len() - 1).step_by(997) {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        let line = bytes[..at].iter().filter(|b| **b == b'\n').count();
        let file = Scratch::new(&format!("bit-{at}.jsonl"), &changed);
        let (code, out, _) = run(&["verify", file.path(), "b.jsonl"]);
        assert_eq!(code, 1, "byte {at}: {out}");
        // the first entry may not even name its log
        assert!(out.contains(&format!("MMsw, {line}): ")) || out.contains("unknown log, 0"), "byte {at}: {out}");
    }
}

/// 2,000 spans: more than a line may have by itself.
#[test]
fn a_large_answer_verifies_also_erased_and_a_changed_bit_is_refused() {
    use crate::log::{large::spans, support::Pen};
    use countersign::domain::event::{Fact, Happening};
    let mut pen = Pen::found(7, "ann-01");
    let large = pen.write(&Happening::of(spans(2_000)).about(&"T1".into()));
    let (event, source) = (large.event.id.clone(), pen.who.device.clone());
    pen.write(&Happening::of(Fact::DataErased { event, ground: "request".into(), source }).about(&"T1".into()));
    let file = |name: &str, lines: &[Vec<u8>]| Scratch::new(name, &[&lines.join(&b'\n')[..], b"\n"].concat());
    let whole = file("large.jsonl", &pen.lines);
    let (code, out, _) = run(&["verify", whole.path()]);
    assert_eq!(code, 0, "{out}");
    let mut erased = pen.lines.clone();
    erased[1].clone_from(&large.entry);
    let (code, out, _) = run(&["verify", file("large-erased.jsonl", &erased).path()]);
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("note     body-erased"), "{out}");
    let mut changed = pen.lines.clone();
    let middle = changed[1].len() / 2;
    changed[1][middle] ^= 1;
    let (code, out, _) = run(&["verify", file("large-changed.jsonl", &changed).path()]);
    assert_eq!(code, 1, "{out}");
    assert!(out.contains(&format!("({}, 1): ", pen.who.device)), "{out}");
}

#[test]
fn the_report_as_json() {
    let (code, out, _) = run(&["verify", "--json", "a-erased.jsonl", "b.jsonl", "missing.jsonl"]);
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &report["ok"]), (1, &false.into()));
    assert_eq!(report["logs"][0]["entries"], 9);
    assert_eq!(report["logs"][0]["problems"][0]["code"], "body-erased");
    assert_eq!(report["logs"][0]["problems"][0]["sequence"], 7);
    assert_eq!(report["logs"][1]["problems"], serde_json::json!([]));
    assert_eq!(report["unreadable"][0]["file"], "missing.jsonl");
    assert!(report["not_shown"].as_array().unwrap().len() > 3);
}

#[test]
fn witnesses_and_checkpoints() {
    let both = ["verify", "--checkpoint", "a.checkpoint", "--checkpoint", "b.checkpoint", "--require-witness", "1"];
    let (code, out, _) = run(&[&both[..], &["a.jsonl", "b.jsonl"]].concat());
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("witness  did:key:z6MkiaMbhXHNA4eJVCCj8dbzKzTgYDKf6crKgHVHid1F1WCT"), "{out}");
    let (code, out, _) = run(&["verify", "a.jsonl", "b.jsonl", "--require-witness", "1"]);
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("too-few-witnesses"), "{out}");
    let all = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/log/a.jsonl")).unwrap();
    let cut: String = all.split_inclusive('\n').take(7).collect();
    let file = Scratch::new("cut.jsonl", cut.as_bytes());
    let (code, out, _) = run(&["verify", file.path(), "b.jsonl", "--checkpoint", "a.checkpoint"]);
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("error    rollback"), "{out}");
}

#[test]
fn logs_one_after_the_other_in_one_file() {
    let read =
        |name: &str| fs::read(format!("{}/tests/fixtures/log/{name}.jsonl", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let check = |name: &str, file: &[u8], code: i32, expect: &str| {
        let file = Scratch::new(name, file);
        let (found, out, _) = run(&["verify", file.path()]);
        assert!(found == code && out.contains(expect), "{expect} not in\n{out}");
    };
    let (a, b) = (read("a"), read("b"));
    check("both.jsonl", &[&a[..], &b].concat(), 0, "ok: 2 logs, 10 entries, 0 errors, 0 warnings");
    // a line that does not begin a log is foreign to the one it stands in, and so is what follows of the first
    let second = &b[b.iter().position(|byte| *byte == b'\n').unwrap() + 1..];
    check("foreign.jsonl", &[&a[..], second].concat(), 1, "error    wrong-source");
    check("mixed.jsonl", &[&a[..], &b, second].concat(), 1, "error    ");
}

#[test]
fn a_foreign_or_endless_line() {
    let golden = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/log/b.jsonl")).unwrap();
    let check = |name: &str, tail: &[u8], expect: &str| {
        let file = Scratch::new(name, &[&golden[..], tail].concat());
        let (code, out, _) = run(&["verify", "a.jsonl", file.path()]);
        assert_eq!(code, 1, "{out}");
        assert!(out.contains(expect), "{expect} not in\n{out}");
    };
    check(
        "text.jsonl",
        b"hello\nand more\n",
        "error    bad-json at (did:key:z6MkiaMbhXHNA4eJVCCj8dbzKzTgYDKf6crKgHVHid1F1WCT, 2)",
    );
    check("text2.jsonl", b"hello\nand more\n", "1 line not looked at");
    check("long.jsonl", &vec![b'x'; 10_000_000], "error    too-large");
    check("empty.jsonl", b"\n", "error    bad-json");
    check("bom.jsonl", b"\xef\xbb\xbf{}\n", "error    bad-json");
}

#[test]
fn usage() {
    for args in [&["verify"][..], &[], &["frobnicate"], &["verify", "--frob", "a.jsonl"]] {
        let (code, _, err) = run(args);
        assert_eq!(code, 2, "{args:?}");
        assert!(err.contains("Usage"), "{args:?}: {err}");
    }
    let (code, out, _) = run(&["verify", "--help"]);
    assert_eq!(code, 0);
    assert!(out.contains("--require-witness"), "{out}");
}
