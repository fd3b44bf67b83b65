//! Time anchors: RFC 3161 tokens over checkpoints, read here and checked by OpenSSL.

use super::support::{lines, path, read};
use crate::cli::{Scratch, run};
use countersign::log::{EntryHash, anchor, time};
use std::process::Command;

fn openssl(args: &[&str]) -> (bool, String) {
    let output =
        Command::new("openssl").args(args).output().expect("openssl is not installed: run scripts/setup.sh test");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.success(), text(&output.stdout) + &text(&output.stderr))
}

fn fixture(name: &str) -> String {
    path(&format!("log/anchor/{name}")).display().to_string()
}

#[test]
fn tokens_say_what_and_when() {
    let whole = EntryHash::of(&read("log/a.checkpoint"));
    let note = String::from_utf8(read("log/a.checkpoint")).unwrap();
    let text = EntryHash::of(note.split_inclusive('\n').take(3).collect::<String>().as_bytes());
    for (name, imprint, when) in
        [("a.tsr", Some(whole), TIME_A), ("a-text.token", Some(text), TIME_TEXT), ("refused.tsr", None, "")]
    {
        let token = anchor::read(&read(&format!("log/anchor/{name}")));
        assert_eq!(
            token.map(|t| (t.imprint, time::to_text(t.time_ms))),
            imprint.map(|i| (i, when.to_owned())),
            "{name}"
        );
    }
    // openssl's own vector: it prints the same hash and Nov 22 20:44:27 2026
    let token = anchor::read(&read("log/anchor/vector.tsr")).unwrap();
    assert_eq!(token.imprint.hex(), "f2bf5fda361ccb6d96fdd269bbee74bdce03e6098b242d7814ea7655d8f859ec");
    assert_eq!(time::to_text(token.time_ms), "2026-11-22T20:44:27.000Z");
}

const TIME_A: &str = "2026-11-25T03:21:37.000Z";
const TIME_TEXT: &str = "2026-11-25T03:21:37.000Z";

#[test]
fn no_token_panics_or_hangs_whatever_is_cut_or_flipped() {
    let bytes = read("log/anchor/a.tsr");
    for at in 0..bytes.len() {
        let _ = anchor::read(&bytes[..at]);
        for bit in 0..8 {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << bit;
            let _ = anchor::read(&flipped);
        }
    }
    assert_eq!(anchor::read(b""), None);
}

#[test]
fn openssl_takes_the_token_and_refuses_it_over_another_checkpoint() {
    let verify = |digest: &str, ca: &str| {
        openssl(&["ts", "-verify", "-digest", digest, "-in", &fixture("a.tsr"), "-CAfile", &fixture(ca)])
    };
    let digest = EntryHash::of(&read("log/a.checkpoint")).hex();
    let (ok, said) = verify(&digest, "ca.pem");
    assert!(ok && said.contains("Verification: OK"), "{said}");
    assert!(!verify(&EntryHash::of(&read("log/b.checkpoint")).hex(), "ca.pem").0);
}

#[test]
fn openssl_reads_the_request() {
    let out = std::env::temp_dir().join(format!("countersign-{}.tsq", std::process::id()));
    let file = out.to_str().unwrap();
    let (code, text, err) = run(&["anchor", "a.checkpoint", "--out", file]);
    assert_eq!((code, err.as_str()), (0, ""), "{text}");
    let (ok, said) = openssl(&["ts", "-query", "-in", file, "-text"]);
    std::fs::remove_file(&out).unwrap();
    assert!(ok && said.contains("Hash Algorithm: sha256") && said.contains("Certificate required: yes"), "{said}");
    let digest = EntryHash::of(&read("log/a.checkpoint")).hex();
    assert!(text.contains(&digest), "{text}");
    let hex: String = said.lines().filter_map(|l| l.split_once(" - ")?.1.get(..47)).collect::<Vec<_>>().join(" ");
    assert_eq!(hex.replace([' ', '-'], ""), digest);
    // every nonce has one DER form
    for nonce in [1, 0x7f, 0x80, 0xff, 0x100, u64::MAX, u64::MAX / 2] {
        let query = Scratch::new(&format!("nonce-{nonce}.tsq"), &anchor::request(&EntryHash([7; 32]), nonce));
        let (ok, said) = openssl(&["ts", "-query", "-in", query.path(), "-text"]);
        let digits = format!("{nonce:X}");
        let whole_bytes = format!("Nonce: 0x{}{digits}\n", "0".repeat(digits.len() % 2));
        assert!(ok && said.contains(&whole_bytes), "{nonce}: {said}");
    }
    assert_eq!(run(&["anchor", "a.jsonl", "--out", file]).0, 1);
}

#[test]
fn the_verifier_holds_anchors_against_checkpoints() {
    let verify = |more: &[&str]| {
        let (code, out, _) = run(&[&["verify", "--json", "a.jsonl", "b.jsonl"], more].concat());
        (code, serde_json::from_str::<serde_json::Value>(&out).unwrap())
    };
    for name in ["a.tsr", "a-text.token"] {
        let (code, report) = verify(&["--checkpoint", "a.checkpoint", "--anchor", &fixture(name)]);
        let anchor = &report["anchors"][0];
        assert_eq!((code, &anchor["size"]), (0, &8.into()), "{report:#}");
        assert_eq!(report["problems"], serde_json::json!([]));
    }
    let anchored = ["--anchor", &fixture("a.tsr")];
    for more in [
        &anchored[..],
        &[&["--checkpoint", "b.checkpoint"], &anchored[..]].concat(),
        &["--checkpoint", "a.checkpoint", "--anchor", &fixture("refused.tsr")],
        &["--checkpoint", "a.checkpoint", "--anchor", &fixture("vector.tsr")],
        &["--checkpoint", "a.checkpoint", "--anchor", "a.jsonl"],
    ] {
        let (code, report) = verify(more);
        assert_eq!((code, &report["problems"][0]["code"]), (1, &"bad-anchor".into()), "{more:?}: {report:#}");
    }
    let (code, out, _) = run(&["verify", "a.jsonl", "--checkpoint", "a.checkpoint", "--anchor", &fixture("a.tsr")]);
    assert!(code == 0 && out.contains("openssl ts -verify -digest"), "{out}");
    assert_eq!(lines("log/a.jsonl").len(), 8);
}
