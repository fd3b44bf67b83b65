//! What the terminal tool does with logs beside verifying them: showing, replaying, countersigning, exporting, keys.

#![cfg(test)]

use crate::cli::{Scratch, run};
use crate::log::support::{SEEDS, device, golden_checkpoint, hex, read, signer};
use countersign::log::checkpoint::{Kind, Note, NoteKey, witness_name};
use countersign::log::hash;
use countersign::log::key::multibase;
use expect_test::expect;
use std::fs;
use std::path::PathBuf;

/// A private key of the golden logs as a file.
pub fn key_file(which: usize) -> Scratch {
    let (x, d) = (hash::encode(&signer(which).public().to_bytes()), hash::encode(&hex(SEEDS[which])));
    let jwk = serde_json::json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "d": d });
    Scratch::new(&format!("key-{which}-{:?}.jwk", std::thread::current().id()), jwk.to_string().as_bytes())
}

/// A folder of this test's own, removed when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("countersign-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_log_reads_like_sentences_without_what_was_said() {
    let (code, out, err) = run(&["log", "show", "a-erased.jsonl", "b.jsonl"]);
    assert_eq!((code, err.as_str()), (0, ""));
    expect![[r#"
        2026-11-22T20:00:00.000Z ann-07 (…7oMMsw, 0) began the project “golden” with 1 key
        2026-11-22T20:00:01.000Z ann-07 (…7oMMsw, 1) published version 1 of the guideline guide
        2026-11-22T20:00:01.200Z ann-07 (…7oMMsw, 2) published the configuration sha256-InNeHu4hsP9jBxPcLzlIUMgKzitjp74AAoN0r6rTfrY
        2026-11-22T20:00:01.400Z ann-07 (…7oMMsw, 3) published the privacy policy sha256-gjQS0erLZ5ViIOUylZ8BBGAwV8iHBIY8o4580Yj9qBI
        2026-11-22T20:00:01.600Z ann-07 (…7oMMsw, 4) released 1 task
        2026-11-22T20:00:05.000Z ann-12 (…1F1WCT, 0) asked to take part
        2026-11-22T20:00:09.000Z ann-07 (…7oMMsw, 5) let key …1F1WCT take part for ann-12 as an annotator
        2026-11-22T20:00:10.000Z ann-07 (…7oMMsw, 6) opened task nHBCMHglORMgCjRQd5l06BGzLFR9DvYSl1RlUtim9L8
        2026-11-22T20:00:19.500Z ann-07 (…7oMMsw, 7) said something that was erased since (annotation.submitted)
        2026-11-22T20:00:23.000Z ann-12 (…1F1WCT, 1) answered task nHBCMHglORMgCjRQd5l06BGzLFR9DvYSl1RlUtim9L8
        2026-11-22T20:01:30.000Z ann-07 (…7oMMsw, 8) erased what event 01a204d8-622c-7009-8000-000000000009 said
    "#]].assert_eq(&out);
    let (_, with, _) = run(&["log", "show", "a.jsonl", "b.jsonl", "--bodies"]);
    assert!(with.contains("rule 3.2") && !out.contains("rule 3.2"), "{with}");
    let cut = Scratch::new("show-cut.jsonl", &read("log/a.jsonl")[..3000]);
    let (code, out, err) = run(&["log", "show", cut.path()]);
    assert_eq!((code, out.lines().count()), (1, 3), "{out}{err}");
    assert!(err.contains("bad-json"), "{err}");
}

#[test]
fn a_replay_is_the_same_in_any_order_of_files_and_lines_end_with_its_hash() {
    let (code, out, err) = run(&["replay", "a.jsonl", "b.jsonl"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let (state, last) = out.split_once('\n').unwrap();
    let expect = countersign::log::EntryHash::of(state.as_bytes()).hex();
    assert_eq!(last, format!("sha256 {expect}\n"));
    let value: serde_json::Value = serde_json::from_str(state).unwrap();
    assert_eq!(countersign::log::wire::canonical(&value).unwrap(), state.as_bytes());
    // this hash is for ever: another means that another version of the state is another version
    expect!["3b0937879f707a1a2be800bfd57ed32aa0eba2b241de5fb2c7b2bff829e80712"].assert_eq(&expect);
    let both = Scratch::new("replay.jsonl", &[read("log/b.jsonl"), read("log/a.jsonl")].concat());
    for paths in [&["b.jsonl", "a.jsonl"][..], &["a.jsonl", "b.jsonl", "a.jsonl"], &[both.path()]] {
        assert_eq!(run(&[&["replay"], paths].concat()).1, out, "{paths:?}");
    }
    let id = |line: usize| {
        let lines = crate::log::support::lines("log/a.jsonl");
        let value: serde_json::Value = serde_json::from_slice(&lines[line]).unwrap();
        value["id"].as_str().unwrap().to_owned()
    };
    let (_, early, _) = run(&["replay", "a.jsonl", "b.jsonl", "--until", &id(0)]);
    let early: serde_json::Value = serde_json::from_str(early.lines().next().unwrap()).unwrap();
    assert_eq!((&early["events"], &early["tasks"]), (&1.into(), &serde_json::json!({})));
    let (code, out, err) = run(&["replay", "a.jsonl", "--until", "nobody"]);
    assert!(code == 1 && out.is_empty() && err.starts_with("could not replay: no event"), "{err}");
    let (code, out, _) = run(&["replay", "a.jsonl", "missing.jsonl"]);
    assert_eq!((code, out.as_str()), (1, ""));
}

#[test]
fn a_witness_countersigns_what_it_holds_and_never_a_second_head() {
    let (key, out) = (key_file(1), Folder::new("witness"));
    let short = Scratch::new("short.checkpoint", &golden_checkpoint(3));
    let witness = |note: &str| {
        run(&["witness", "a.jsonl", "b.jsonl", "--checkpoint", note, "--key", key.path(), "--out", out.path()])
    };
    let file = out.0.join("witness").join(multibase(&device(1))).join(multibase(&device(0)));
    let size_of = |file: &PathBuf| {
        let note = Note::parse(&fs::read(file).unwrap()).unwrap();
        let name = witness_name("countersign.example", &device(1));
        let witness = NoteKey { name, kind: Kind::Witness, key: signer(1).public() };
        assert!(matches!(note.signed_by(&witness), Ok(Some(time_s)) if time_s > 1_700_000_000));
        note.text.lines().nth(1).unwrap().to_owned()
    };
    let (code, text, err) = witness(short.path());
    assert_eq!((code, err.as_str()), (0, ""), "{text}");
    assert_eq!((text, size_of(&file)), (format!("countersigned {} to 3 entries\n", device(0)), "3".to_owned()));
    assert_eq!(witness("a.checkpoint").0, 0);
    assert_eq!(size_of(&file), "8");
    // back to fewer entries: never
    let (code, _, err) = witness(short.path());
    assert!(code == 1 && err.contains("countersigned to 8 entries before"), "{err}");
    assert_eq!(size_of(&file), "8");
    // the verifier takes it
    let note = file.to_str().unwrap();
    let (code, text, _) = run(&[
        "verify",
        "a.jsonl",
        "b.jsonl",
        "--checkpoint",
        note,
        "--checkpoint",
        "b.checkpoint",
        "--require-witness",
        "1",
    ]);
    assert_eq!(code, 0, "{text}");
    // a log that lost entries which the checkpoint counts is not countersigned, nor is one's own
    let cut: Vec<u8> = crate::log::support::lines("log/a.jsonl")[..4].join(&b'\n');
    let cut = Scratch::new("witness-cut.jsonl", &cut);
    let args = |log: &str, note: &str| {
        run(&["witness", log, "b.jsonl", "--checkpoint", note, "--key", key.path(), "--out", out.path()])
    };
    assert!(args(cut.path(), "a.checkpoint").2.contains("the logs do not stand"));
    assert!(args("a.jsonl", "b.checkpoint").2.contains("no checkpoint of another's log"));
}

#[test]
fn a_key_is_made_once_and_shows_its_names() {
    let folder = Folder::new("keys");
    let file = folder.0.join("mine.jwk");
    let (code, did, err) = run(&["key", "generate", "--out", file.to_str().unwrap()]);
    assert_eq!((code, err.as_str()), (0, ""));
    let before = fs::read(&file).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let (code, _, err) = run(&["key", "generate", "--out", file.to_str().unwrap()]);
    assert!(code == 1 && err.contains("exists"), "{err}");
    assert_eq!(fs::read(&file).unwrap(), before, "a key is never written over");
    let (_, shown, _) = run(&["key", "show", file.to_str().unwrap()]);
    assert!(shown.starts_with(&format!("did      {did}")), "{shown}");
    // the names of the golden keys, as other programs made them
    let vkeys = String::from_utf8(read("log/vkeys.txt")).unwrap();
    let project = "UEGCytCU6pr4NPYO14NAqdXAtK1yOBoVyi6IcZlDJQ8";
    for (which, log, witness) in [(0, 0, 3), (1, 2, 1)] {
        let key = key_file(which);
        let args = ["key", "show", key.path(), "--project", project, "--host", "countersign.example"];
        let (code, out, _) = run(&args);
        let vkey = |at: usize| vkeys.lines().nth(at).unwrap();
        let did = device(which);
        assert_eq!((code, out), (0, format!("did      {did}\nwitness  {}\nlog      {}\n", vkey(witness), vkey(log))));
    }
    let (code, _, err) = run(&["key", "show", "a.jsonl"]);
    assert!(code == 1 && !err.contains("countersign.example") && err.contains("not of the expected form"), "{err}");
}

#[test]
fn provenance_names_who_did_what_with_what_and_no_text() {
    let (code, out, err) = run(&["export", "--prov", "a.jsonl", "b.jsonl"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let prov: serde_json::Value = serde_json::from_str(&out).unwrap();
    let count = |kind: &str| prov[kind].as_object().map_or(0, serde_json::Map::len);
    assert_eq!((count("activity"), count("agent"), count("wasAssociatedWith")), (10, 4, 10), "{prov:#}");
    assert!(count("used") > 0 && count("wasGeneratedBy") > 0, "{prov:#}");
    let plans = prov["wasAssociatedWith"].as_object().unwrap().values().filter(|a| a["prov:plan"].is_string()).count();
    assert!(plans > 0, "{prov:#}");
    for said in ["rule 3.2", "PER"] {
        assert!(!out.contains(said), "{said}");
    }
    assert_eq!(run(&["export", "a.jsonl"]).0, 2);
}

#[test]
fn completions_and_a_man_page_come_from_the_arguments() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (code, out, _) = run(&["completions", shell]);
        assert!(code == 0 && out.contains("require-witness") && out.contains("replay"), "{shell}: {out}");
    }
    let (code, page, _) = run(&["man"]);
    assert!(code == 0 && page.contains(".TH countersign 1"), "{page}");
    for word in ["COUNTERSIGN VERIFY", "COUNTERSIGN WITNESS", "require\\-witness"] {
        assert!(page.contains(word), "{word} is not in the page");
    }
}

/// Nothing colours what goes into a pipe or a file.
#[test]
fn no_colour_in_a_pipe() {
    for args in
        [&["--help"][..], &["verify", "--help"], &["frobnicate"], &["verify", "a.jsonl"], &["log", "show", "a.jsonl"]]
    {
        let (_, out, err) = run(args);
        assert!(!out.contains('\u{1b}') && !err.contains('\u{1b}'), "{args:?}");
    }
}
