//! Tiles and checkpoints of the golden logs, and what may not pass as one.

use super::support::{device, lines, read, signer, verify};
use countersign::log::checkpoint::{Checkpoint, Kind, Note, NoteError, NoteKey, open, origin, witness_name};
use countersign::log::tiles::{TileId, entry_bundle, hash_tile, new_tiles, parse_entry_bundle, parse_hash_tile};
use countersign::log::tree::{Hash, Tree, leaf_hash, node_hash, verify_consistency, verify_inclusion};

const HOST: &str = "countersign.example";

fn entries(name: &str) -> Vec<Vec<u8>> {
    verify(&lines(&format!("log/{name}.jsonl"))).1.unwrap().into_iter().map(|a| a.entry).collect()
}

fn keys() -> Vec<NoteKey> {
    let text = String::from_utf8(read("log/vkeys.txt")).unwrap();
    text.lines().map(|line| NoteKey::parse(line).unwrap_or_else(|| panic!("{line}"))).collect()
}

#[test]
fn golden_tiles() {
    for (name, size) in [("a", 8), ("b", 2)] {
        let entries = entries(name);
        let bundle = read(&format!("log/{name}.tile-entries-000.p-{size}"));
        assert_eq!(entry_bundle(entries.iter().map(Vec::as_slice)).unwrap(), bundle);
        assert_eq!(parse_entry_bundle(&bundle, size).unwrap(), entries);
        let leaves: Vec<Hash> = entries.iter().map(|entry| leaf_hash(entry)).collect();
        let tile = TileId { level: Some(0), index: 0, width: size };
        assert!(new_tiles(0, size.into()).contains(&tile));
        let bytes = read(&format!("log/{name}.tile-0-000.p-{size}"));
        assert_eq!(hash_tile(&tile, &leaves).unwrap(), bytes);
        assert_eq!(parse_hash_tile(&bytes, size).unwrap(), leaves);
    }
}

#[test]
fn golden_checkpoints_are_read_and_written_again() {
    let keys = keys();
    for (name, which, other) in [("a", 0, 1), ("b", 1, 0)] {
        let (verifier, _) = verify(&lines(&format!("log/{name}.jsonl")));
        let bytes = read(&format!("log/{name}.checkpoint"));
        let log = NoteKey {
            name: origin(HOST, verifier.project().unwrap(), &device(which)),
            kind: Kind::Log,
            key: signer(which).public(),
        };
        let witness =
            NoteKey { name: witness_name(HOST, &device(other)), kind: Kind::Witness, key: signer(other).public() };
        assert!(keys.contains(&log) && keys.contains(&witness));
        let witnesses = [witness.clone()];
        let (checkpoint, seen) = open(&bytes, &log, &witnesses).unwrap();
        let tree: Tree = entries(name).iter().map(|entry| leaf_hash(entry)).collect();
        assert_eq!((checkpoint.size, checkpoint.root), (tree.size(), tree.root()));
        assert_eq!(seen.len(), 1);

        let mut note = Note { text: checkpoint.text(), signatures: Vec::new() };
        for (key, time_s, by) in [(&log, 0, which), (&witness, seen[0].1, other)] {
            let signature = signer(by).sign(&Note::message(&note.text, key.kind, time_s));
            note.add(key, time_s, &signature);
        }
        assert_eq!(String::from_utf8(note.write()).unwrap(), String::from_utf8(bytes).unwrap());
    }
}

#[test]
fn every_flipped_bit_of_a_checkpoint_is_refused_or_signs_nothing() {
    let keys = keys();
    let (log, witnesses) = (&keys[0], &keys[1..2]);
    let bytes = read("log/a.checkpoint");
    let whole = open(&bytes, log, witnesses).unwrap();
    assert_eq!(whole.1.len(), 1);
    for at in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[at / 8] ^= 1 << (at % 8);
        if let Ok((checkpoint, seen)) = open(&flipped, log, witnesses) {
            // the log's own signature is whole; the witness's line names another key now
            assert_eq!(checkpoint, whole.0);
            assert!(seen.is_empty(), "bit {at}");
        }
    }
}

#[test]
fn what_is_no_checkpoint_of_this_log() {
    let keys = keys();
    let text = String::from_utf8(read("log/a.checkpoint")).unwrap();
    let check = |text: &str, expect: NoteError| {
        assert_eq!(open(text.as_bytes(), &keys[0], &keys[1..2]).map(|_| ()), Err(expect), "{text}");
    };
    let own = text.lines().find(|l| l.starts_with('—') && !l.contains("witness")).unwrap();
    check("", NoteError::Form);
    check(&text.replace("\n\n", "\n"), NoteError::Form);
    check(text.trim_end(), NoteError::Form);
    check(&text.replace("\n8\n", "\n08\n"), NoteError::NoCheckpoint);
    check(&text.replace("\n8\n", "\n+8\n"), NoteError::NoCheckpoint);
    check(&text.replace("\n8\n", "\n9\n"), NoteError::BadSignature);
    check(&text.replace("\n8\n", "\n8\r\n"), NoteError::Form);
    check(&text.replace(&format!("{own}\n"), ""), NoteError::Unsigned);
    check(&format!("{text}{}", format!("{own}\n").repeat(100)), NoteError::TooLarge);
    check(&format!("{text}{}", "x".repeat(70_000)), NoteError::TooLarge);
    let other = String::from_utf8(read("log/b.checkpoint")).unwrap();
    check(&other, NoteError::Origin);
    // a witness's signature is no log's: the log's key must sign as a log
    let as_log = NoteKey { kind: Kind::Log, ..keys[1].clone() };
    assert_eq!(Note::parse(text.as_bytes()).unwrap().signed_by(&as_log), Ok(None));
    assert_eq!(Checkpoint::parse("a\n1\n"), Err(NoteError::NoCheckpoint));
}

/// The definitions of RFC 9162, sections 2.1.1, 2.1.3.1 and 2.1.4.1, as they stand.
mod by_definition {
    use super::{Hash, node_hash};

    fn split(n: usize) -> usize {
        n.next_power_of_two() / 2
    }

    pub fn root(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => countersign::log::hash::sha256(b""),
            [one] => *one,
            many => {
                let (left, right) = many.split_at(split(many.len()));
                node_hash(&root(left), &root(right))
            }
        }
    }

    pub fn path(m: usize, leaves: &[Hash]) -> Vec<Hash> {
        if leaves.len() == 1 {
            return Vec::new();
        }
        let k = split(leaves.len());
        let (left, right) = leaves.split_at(k);
        let (mut path, other) =
            if m < k { (path(m, left), root(right)) } else { (self::path(m - k, right), root(left)) };
        path.push(other);
        path
    }

    pub fn proof(m: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
        if m == leaves.len() {
            return if whole { Vec::new() } else { vec![root(leaves)] };
        }
        let k = split(leaves.len());
        let (left, right) = leaves.split_at(k);
        let (mut proof, other) =
            if m <= k { (proof(m, left, whole), root(right)) } else { (self::proof(m - k, right, false), root(left)) };
        proof.push(other);
        proof
    }
}

#[test]
fn trees_of_each_small_size() {
    let leaves: Vec<Hash> = (0..70).map(|n| leaf_hash(&[n])).collect();
    for size in 1..leaves.len() {
        let now = &leaves[..size];
        let tree: Tree = now.iter().copied().collect();
        assert_eq!(tree.root(), by_definition::root(now));
        for (at, leaf) in now.iter().enumerate() {
            let path = by_definition::path(at, now);
            assert_eq!(verify_inclusion(at as u64, size as u64, leaf, &path, &tree.root()), Ok(()));
            assert!(verify_inclusion(at as u64 + 1, size as u64, leaf, &path, &tree.root()).is_err());
        }
        for old in 1..=size {
            let before = by_definition::root(&leaves[..old]);
            let proof = by_definition::proof(old, now, true);
            let check = |root: &Hash| verify_consistency((old as u64, root), (size as u64, &tree.root()), &proof);
            assert_eq!(check(&before), Ok(()), "{old} of {size}");
            assert!(check(&[0; 32]).is_err());
        }
    }
}
