//! What we write, read by other people's programs: checkpoints by `signed_note`, tiles and proofs by `tlog_tiles`, lines by
//! JOSE, RFC 8785 and CloudEvents libraries of Python.

use super::stranger::python;
use super::support::{device, path, read, signer};
use super::v1::FILES;
use countersign::domain::id::DeviceId;
use countersign::log::PublicKey;
use countersign::log::checkpoint::{Kind, Note, NoteKey, witness_name};
use countersign::log::tiles::{TileId, hash_tile, new_tiles};
use countersign::log::tree::{Hash, Tree, leaf_hash, verify_inclusion};
use std::collections::BTreeMap;

/// A cosignature's verifier for `signed_note`, which knows only plain Ed25519: type 0x04 and a time before the signature.
struct Cosigner {
    name: String,
    id: u32,
    key: PublicKey,
}

impl signed_note::Verifier for Cosigner {
    fn name(&self) -> &str {
        &self.name
    }

    fn key_id(&self) -> u32 {
        self.id
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        let (time, signature) = signature.split_at(8);
        let time_s = u64::from_be_bytes(time.try_into().unwrap());
        let text = std::str::from_utf8(message).unwrap();
        let signed = format!("cosignature/v1\ntime {time_s}\n{text}");
        self.key.verify(signed.as_bytes(), signature.try_into().unwrap()).is_ok()
    }
}

fn cosigner(host: &str, device: &DeviceId) -> Box<dyn signed_note::Verifier> {
    let (name, key) = (witness_name(host, device), PublicKey::from_device(device).unwrap());
    let id = signed_note::key_id(&name, &[&[0x04], &key.to_bytes()[..]].concat());
    Box::new(Cosigner { name, id, key })
}

/// Size and root of a checkpoint, if `signed_note` takes its log's signature and the cosignature.
fn opened(bytes: &[u8], log: &NoteKey, witness: &DeviceId) -> Result<(u64, Hash), String> {
    let note = signed_note::Note::from_bytes(bytes).map_err(|e| e.to_string())?;
    let log = signed_note::StandardVerifier::new(&log.vkey()).map_err(|e| e.to_string())?;
    let known = signed_note::VerifierList::new(vec![Box::new(log), cosigner("countersign.example", witness)]);
    let (verified, others) = note.verify(&known).map_err(|e| e.to_string())?;
    assert_eq!((verified.len(), others.len()), (2, 0));
    let checkpoint = tlog_tiles::Checkpoint::from_bytes(note.text()).map_err(|e| format!("{e:?}"))?;
    Ok((checkpoint.size(), checkpoint.hash().0))
}

#[test]
fn checkpoints_are_read_by_signed_note() {
    for (name, which, size) in [("a", 0, 8), ("b", 1, 2)] {
        let bytes = read(&format!("log/{name}.checkpoint"));
        let ours = Note::parse(&bytes).unwrap();
        let log = NoteKey { name: ours.signatures[0].name.clone(), kind: Kind::Log, key: signer(which).public() };
        let witness = device(1 - which);
        let (found, root) = opened(&bytes, &log, &witness).unwrap();
        let leaves = super::support::verify(&super::support::lines(&format!("log/{name}.jsonl"))).1.unwrap();
        let tree: Tree = leaves.iter().map(|a| leaf_hash(&a.entry)).collect();
        assert_eq!((found, root), (size, tree.root()), "{name}");
        for at in [0, 130, 160, 300, bytes.len() - 10] {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1;
            assert!(
                std::panic::catch_unwind(|| opened(&flipped, &log, &witness).is_err()).unwrap_or(true),
                "byte {at}"
            );
        }
    }
}

/// Tiles by the path that their reader asks for (it writes the height into paths, the standard does not).
struct Shelf(BTreeMap<String, Vec<u8>>);

impl tlog_tiles::TileReader for Shelf {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[tlog_tiles::Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        Ok(tiles.iter().map(|tile| self.0[&tile.path().replace("tile/8/", "tile/")].clone()).collect())
    }

    fn save_tiles(&self, _: &[tlog_tiles::Tile], _: &[Vec<u8>]) {}
}

/// Their reader finds every leaf below our root in our tiles, and our reader takes the proofs that it makes of them.
#[test]
fn tiles_are_read_by_tlog_tiles() {
    let leaves: Vec<Hash> = (0..66_000_u32).map(|n| leaf_hash(&n.to_be_bytes())).collect();
    for size in [1, 2, 7, 255, 256, 257, 300, 65_536, 66_000_usize] {
        let leaves = &leaves[..size];
        let of = |tile: &TileId| {
            let (first, end) = tile.leaves().unwrap();
            hash_tile(tile, &leaves[usize::try_from(first).unwrap()..usize::try_from(end).unwrap()]).unwrap()
        };
        let size = size as u64;
        let tiles = new_tiles(0, size).into_iter().filter(|tile| tile.level.is_some());
        let shelf = Shelf(tiles.map(|tile| (tile.path(), of(&tile))).collect());
        let root = leaves.iter().copied().collect::<Tree>().root();
        let reader = tlog_tiles::TileHashReader::new(size, tlog_tiles::Hash(root), &shelf);
        assert_eq!(tlog_tiles::tree_hash(size, &reader).unwrap().0, root, "{size}");
        for at in [0, size / 3, size / 2, size - 1] {
            let proof = tlog_tiles::prove_record(size, at, &reader).unwrap();
            let leaf = leaves[usize::try_from(at).unwrap()];
            let ours: Vec<Hash> = proof.iter().map(|hash| hash.0).collect();
            assert_eq!(verify_inclusion(at, size, &leaf, &ours, &root), Ok(()), "{at} of {size}");
        }
    }
}

/// Every golden line, of every kind: JOSE takes its signature, the CloudEvents SDK and schema its envelope.
#[test]
fn lines_are_read_by_jose_and_cloudevents() {
    let mut args: Vec<String> = ["a", "b", "a-erased"].map(|name| format!("log/{name}.jsonl")).to_vec();
    args.extend(FILES.map(|name| format!("log/v1/{name}.jsonl")));
    args.insert(0, "vectors/cloudevents.schema.json".to_owned());
    let args: Vec<String> = args.iter().map(|name| path(name).display().to_string()).collect();
    let (ok, said) = python("check_record.py", &[vec!["--schema".to_owned()], args].concat());
    assert!(ok, "{said}");
    assert_eq!(said.lines().count(), 7, "{said}");
}
