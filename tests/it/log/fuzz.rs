//! Nothing a stranger writes may panic, and nothing but the golden lines may pass for them.

use super::support::{lines, read};
use countersign::log::checkpoint::{Checkpoint, Note, NoteKey};
use countersign::log::tiles::{parse_entry_bundle, parse_hash_tile};
use countersign::log::tree::{verify_consistency, verify_inclusion};
use countersign::log::{LogReader, PublicKey, Verifier, body, time, verify_logs, wire};
use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn bytes(bytes in vec(any::<u8>(), 0..600)) {
        prop_assert!(Verifier::new().push_line(&bytes).is_err());
        prop_assert!(Verifier::new().push_entry(&bytes, Some(&bytes)).is_err());
        let _ = wire::join(&bytes, Some(&bytes));
        let _ = Note::parse(&bytes);
        let _ = parse_entry_bundle(&bytes, u16::from(bytes.first().copied().unwrap_or(0)));
        let _ = parse_hash_tile(&bytes, u16::from(bytes.first().copied().unwrap_or(0)));
        prop_assert!(!verify_logs(vec![LogReader::of_bytes(&bytes, Some(0))], &Default::default()).ok);
    }

    #[test]
    fn text(text in "\\PC{0,80}") {
        let _ = (Checkpoint::parse(&text), NoteKey::parse(&text), time::parse(&text), body::kind_of(&text));
        let _ = PublicKey::from_device(&format!("did:key:z{text}").into());
        let _ = body::from_data(&text, &serde_json::Value::String(text.clone()));
    }

    #[test]
    fn json_like(text in "[\\[\\]{}\":,a-d0-9eE.+\\-\\\\u ]{0,200}") {
        prop_assert!(Verifier::new().push_line(text.as_bytes()).is_err());
    }

    #[test]
    fn golden_lines_cut_and_joined(which in 0..8_usize, from in 0..1200_usize, to in 0..1200_usize, other in 0..8_usize) {
        let stored = lines("log/a.jsonl");
        let mut verifier = Verifier::new();
        for line in &stored[..which] {
            verifier.push_line(line).unwrap();
        }
        let (line, other) = (&stored[which], &stored[other]);
        let mut joined = line[..from.min(line.len())].to_vec();
        joined.extend_from_slice(&other[to.min(other.len())..]);
        let accepted = verifier.push_line(&joined).is_ok();
        prop_assert!(!accepted || joined == *line);
    }

    #[test]
    fn notes_cut_and_joined(from in 0..600_usize, to in 0..600_usize) {
        let note = read("log/a.checkpoint");
        let mut joined = note[..from.min(note.len())].to_vec();
        joined.extend_from_slice(&note[to.min(note.len())..]);
        let _ = Note::parse(&joined).map(|note| Checkpoint::parse(&note.text));
    }

    #[test]
    fn proofs(a in any::<u64>(), b in any::<u64>(), hashes in vec(any::<[u8; 32]>(), 0..70)) {
        let root = [7; 32];
        prop_assert!(verify_inclusion(a, b, &root, &hashes, &[8; 32]).is_err());
        prop_assert!(verify_consistency((a, &root), (b, &[8; 32]), &hashes).is_err());
    }
}
