//! What lies at the endpoint, byte by byte: others' tools must be able to read it.

use super::{Party, pair};
use crate::storage::wait;
use countersign::domain::id::{DeviceId, ProjectId};
use countersign::log::key::multibase;
use countersign::storage::Memory;
use countersign::sync::{Direction, Exchange, Shelf};
use std::path::Path;

fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/log").join(name);
    std::fs::read(&path).unwrap_or_else(|e| panic!("missing fixture {}: {e}", path.display()))
}

const A: &str = "z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw";
const B: &str = "z6MkiaMbhXHNA4eJVCCj8dbzKzTgYDKf6crKgHVHid1F1WCT";
const PROJECT: &str = "UEGCytCU6pr4NPYO14NAqdXAtK1yOBoVyi6IcZlDJQ8";

#[test]
fn the_golden_project_lies_as_the_golden_tiles_say() {
    let shelf = Shelf::new(ProjectId::from(PROJECT), "unused.example");
    for (mb, name) in [(A, "a"), (B, "b")] {
        let device = DeviceId(format!("did:key:{mb}"));
        let text = fixture(&format!("{name}.jsonl"));
        for line in text.split(|b| *b == b'\n').filter(|l| !l.is_empty()) {
            shelf.add_line(&device, line).unwrap();
        }
        shelf.add_checkpoint(&device, &fixture(&format!("{name}.checkpoint"))).unwrap();
    }
    let bucket = Memory::default();
    let tally = wait(Exchange::default().round(&bucket, &shelf, Direction::Out, 0, 0)).unwrap();
    assert_eq!((tally.problems.len(), tally.sent, tally.pending), (0, 10, 0));
    let objects = bucket.snapshot();
    for (mb, name, size) in [(A, "a", 8), (B, "b", 2)] {
        let at = |path: &str| objects.get(&format!("{PROJECT}/{mb}/{path}")).unwrap_or_else(|| panic!("{path}"));
        assert_eq!(*at("checkpoint"), fixture(&format!("{name}.checkpoint")));
        assert_eq!(*at(&format!("tile/0/000.p/{size}")), fixture(&format!("{name}.tile-0-000.p-{size}")));
        let bundle = fixture(&format!("{name}.tile-entries-000.p-{size}"));
        assert_eq!(*at(&format!("tile/entries/000.p/{size}")), bundle);
    }
    let bodies = objects.keys().filter(|n| n.contains("/data/")).count();
    assert_eq!((bodies, objects.len()), (10, 16));

    // and back: a stranger with nothing but the project's name reads the same files
    let reader = Shelf::new(ProjectId::from(PROJECT), "unused.example");
    let tally = wait(Exchange::default().round(&bucket, &reader, Direction::In, u64::MAX, 0)).unwrap();
    // the golden releases are not among the fixtures
    assert!(tally.problems.iter().all(|p| p.wrong.code() == "missing" && p.object.starts_with("release/")));
    for (mb, name) in [(A, "a"), (B, "b")] {
        let device = DeviceId(format!("did:key:{mb}"));
        assert_eq!(reader.lines(&device), fixture(&format!("{name}.jsonl")));
        assert_eq!(reader.kept_checkpoint(&device), Some(fixture(&format!("{name}.checkpoint"))));
    }
}

#[test]
fn full_tiles_and_levels_as_the_log_grows() {
    let (mut a, _) = pair();
    let bucket = Memory::default();
    let folder = format!("{}/{}/", a.device.project().as_str(), multibase(&a.device.id));
    for (more, expect) in [
        (253, vec!["tile/0/000.p/255", "tile/entries/000.p/255"]),
        (1, vec!["tile/0/000", "tile/1/000.p/1", "tile/entries/000"]),
        (300, vec!["tile/0/001", "tile/0/002.p/44", "tile/1/000.p/2", "tile/entries/001", "tile/entries/002.p/44"]),
    ] {
        let before = bucket.snapshot();
        (0..more).for_each(|n| a.device.note(&n.to_string()));
        a.sync_well(&bucket);
        let fresh = bucket.snapshot().into_keys().filter(|n| !before.contains_key(n));
        let tiles: Vec<String> = fresh.filter_map(|n| n.strip_prefix(&folder).map(str::to_owned)).collect();
        let tiles: Vec<&str> = tiles.iter().map(String::as_str).filter(|n| n.starts_with("tile/")).collect();
        assert_eq!(tiles, expect);
    }
    let snapshot = bucket.snapshot();
    let level_0 = &snapshot[&format!("{folder}tile/0/000")];
    assert_eq!(level_0.len(), 256 * 32);
}

#[test]
fn a_file_of_the_checkpoint_alone_changes() {
    let (mut a, mut b) = pair();
    let bucket = Memory::default();
    for round in 0..5 {
        let before = bucket.snapshot();
        a.device.note(&format!("round {round}"));
        for party in [&mut a, &mut b] {
            Party::sync_well(party, &bucket);
        }
        let after = bucket.snapshot();
        let changed = before.iter().filter(|(name, bytes)| after.get(*name) != Some(bytes));
        assert!(changed.clone().all(|(name, _)| name.ends_with("/checkpoint")), "{:?}", changed.collect::<Vec<_>>());
    }
}
