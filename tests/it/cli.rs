//! The terminal tool as a user runs it: arguments, output, exit code.

#![cfg(test)]

use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// Runs the tool among the golden logs; gives exit code, output and complaints.
pub fn run(args: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_countersign"))
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/log"))
        .args(args)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// A file of this test's own, removed when dropped.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new(name: &str, bytes: &[u8]) -> Self {
        let path = std::env::temp_dir().join(format!("countersign-{}-{name}", std::process::id()));
        fs::write(&path, bytes).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &str {
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

/// A folder in the storage layout, as a bucket copied to disk.
struct Stored(PathBuf);

impl Stored {
    const A: &str = "z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw";
    const B: &str = "z6MkiaMbhXHNA4eJVCCj8dbzKzTgYDKf6crKgHVHid1F1WCT";

    /// The golden project, its bodies too.
    fn new(name: &str) -> Self {
        let root = std::env::temp_dir().join(format!("countersign-{}-{name}", std::process::id()));
        let stored = Self(root);
        for (log, device, size) in [("a", Self::A, 8), ("b", Self::B, 2)] {
            let fixture = |name: &str| crate::log::support::read(&format!("log/{log}.{name}"));
            stored.put(&format!("{device}/checkpoint"), &fixture("checkpoint"));
            for tile in ["entries", "0"] {
                let file = fixture(&format!("tile-{tile}-000.p-{size}"));
                stored.put(&format!("{device}/tile/{tile}/000.p/{size}"), &file);
            }
            for line in crate::log::support::lines(&format!("log/{log}.jsonl")) {
                let body = countersign::log::wire::parse_line(&line).unwrap().body.unwrap();
                let name = countersign::log::EntryHash::of(&body).hex();
                stored.put(&format!("{device}/data/{name}.json"), &body);
            }
        }
        stored.put("release/README", b"not a log");
        stored
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn verify(&self, more: &[&str]) -> (i32, serde_json::Value) {
        let (code, out, err) = run(&[&["verify", "--json", self.0.to_str().unwrap()], more].concat());
        (code, serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}: {out}{err}")))
    }
}

impl Drop for Stored {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_folder_in_the_storage_layout_is_held_to_its_checkpoints_and_tiles() {
    let whole = Stored::new("stored");
    let (code, report) = whole.verify(&["--require-witness", "1"]);
    assert_eq!((code, &report["ok"], &report["events"]), (0, &true.into(), &10.into()), "{report:#}");
    assert_eq!((&report["problems"], report["logs"].as_array().unwrap().len()), (&serde_json::json!([]), 2));
    type Change = fn(&Stored);
    let a = |name: &str| format!("{}/{name}", Stored::A);
    let cases: [(&str, Change, &str, Option<u64>); 7] = [
        ("a bit of a hash tile", |s| s.flip(&format!("{}/tile/0/000.p/8", Stored::A), 40), "bad-tile", Some(0)),
        ("a hash tile gone", |s| s.remove(&format!("{}/tile/0/000.p/8", Stored::A)), "bad-tile", Some(0)),
        ("a bundle gone", |s| s.remove(&format!("{}/tile/entries/000.p/8", Stored::A)), "bad-tile", Some(0)),
        ("a bit of a bundle", |s| s.flip(&format!("{}/tile/entries/000.p/2", Stored::B), 500), "bad-", Some(0)),
        ("a bit of a checkpoint", |s| s.flip(&format!("{}/checkpoint", Stored::A), 130), "bad-", Some(0)),
        ("a body gone", |s| s.remove_bodies(Stored::B), "body-missing", Some(0)),
        ("another log under this name", |s| s.swap(), "wrong-source", Some(0)),
    ];
    for (at, (what, change, code, place)) in cases.into_iter().enumerate() {
        let stored = Stored::new(&format!("stored-{at}"));
        change(&stored);
        let (exit, report) = stored.verify(&[]);
        let mut problems = report["problems"].as_array().unwrap().iter();
        let problem = problems.find(|p| p["code"].as_str().is_some_and(|c| c.starts_with(code)));
        let problem = problem.unwrap_or_else(|| panic!("{what}: {report:#}"));
        assert!(problem["log"].is_string() || code == "bad-", "{what}: {problem:#}");
        assert_eq!(exit, i32::from(code != "body-missing"), "{what}: {report:#}");
        assert!(
            problem["sequence"].as_u64() <= place.or(Some(9)) && problem["detail"].is_string(),
            "{what}: {problem:#}"
        );
    }
    // an older checkpoint is served, and a peer's cosigned copy of the newer one lies beside
    let rolled = Stored::new("stored-rolled");
    rolled.put(&format!("witness/{}/{}", Stored::B, Stored::A), &crate::log::support::read("log/a.checkpoint"));
    let short = crate::log::support::golden_checkpoint(3);
    rolled.put(&a("checkpoint"), &short);
    rolled.put(&a("tile/entries/000.p/3"), &crate::log::support::golden_bundle(3));
    rolled.put(&a("tile/0/000.p/3"), &crate::log::support::read("log/a.tile-0-000.p-8")[..96]);
    let (exit, report) = rolled.verify(&[]);
    assert!(exit == 1 && report["problems"].as_array().unwrap().iter().any(|p| p["code"] == "rollback"), "{report:#}");
    let heads = &report["evidence"][0]["heads"];
    assert_eq!((&heads[0]["size"], &heads[1]["size"]), (&8.into(), &3.into()), "{report:#}");
    assert_eq!(heads[1]["checkpoint"].as_str(), std::str::from_utf8(&short).ok());
    // an empty folder is no project
    let nothing = Stored::new("stored-nothing");
    fs::remove_dir_all(&nothing.0).unwrap();
    nothing.put("sub/readme", b"x");
    assert_eq!(nothing.verify(&[]).0, 1);
}

impl Stored {
    fn flip(&self, name: &str, at: usize) {
        let mut bytes = fs::read(self.0.join(name)).unwrap();
        bytes[at] ^= 1;
        self.put(name, &bytes);
    }

    fn remove(&self, name: &str) {
        fs::remove_file(self.0.join(name)).unwrap();
    }

    fn remove_bodies(&self, device: &str) {
        fs::remove_dir_all(self.0.join(device).join("data")).unwrap();
    }

    fn swap(&self) {
        fs::remove_dir_all(self.0.join(Self::A)).unwrap();
        fs::rename(self.0.join(Self::B), self.0.join(Self::A)).unwrap();
    }
}

/// The shape that programs rely on.
#[test]
fn the_report_has_its_keys_at_the_top() {
    let (_, out, _) = run(&["verify", "--json", "a.jsonl", "b.jsonl", "missing.jsonl", "a-erased.jsonl"]);
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert!(report["ok"].is_boolean() && report["logs"].is_array());
    assert_eq!(report["events"], 11);
    for problem in report["problems"].as_array().unwrap() {
        let map = problem.as_object().unwrap();
        assert!(["code", "log", "sequence", "detail"].iter().all(|key| map.contains_key(*key)), "{problem:#}");
    }
    let codes: Vec<&str> = report["problems"].as_array().unwrap().iter().map(|p| p["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["body-erased", "unreadable"]);
}

/// A fork between two files: both entries stand in the report, bytes and all.
#[test]
fn a_fork_is_shown_with_both_entries() {
    use countersign::domain::event::{Fact, Happening};
    let mut pen = crate::log::support::Pen::found(7, "ann-01");
    let twin = pen.seal(&Happening::of(Fact::ReviewPassed {}));
    let first = pen.lines.clone();
    let one = pen.say(Fact::TaskOpened {});
    let file = |name: &str, lines: &[Vec<u8>]| Scratch::new(name, &[&lines.join(&b'\n')[..], b"\n"].concat());
    let (left, right) = (file("left.jsonl", &pen.lines), file("right.jsonl", &[first, vec![twin.line]].concat()));
    let (code, out, _) = run(&["verify", "--json", left.path(), right.path()]);
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &report["evidence"][0]["code"]), (1, &"equivocation".into()), "{report:#}");
    let entry =
        |at: usize| report["evidence"][0]["entries"][at]["entry"].as_str().map(str::as_bytes).map(<[u8]>::to_vec);
    assert_eq!([entry(0), entry(1)], [Some(one.entry), Some(twin.entry)]);
    let (_, out, _) = run(&["verify", left.path(), right.path()]);
    assert!(out.contains("evidence equivocation at"), "{out}");
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
