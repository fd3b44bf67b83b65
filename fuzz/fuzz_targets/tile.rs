//! Bundles of entries and hash tiles; the first byte is the width less one.
#![no_main]

use countersign::log::tiles::{entry_bundle, parse_entry_bundle, parse_hash_tile};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((width, tile)) = bytes.split_first() else { return };
    let width = u16::from(*width) + 1;
    if let Some(entries) = parse_entry_bundle(tile, width) {
        assert_eq!(entry_bundle(entries).as_deref(), Some(tile));
    }
    if let Some(hashes) = parse_hash_tile(tile, width) {
        assert_eq!(hashes.concat(), tile);
    }
});
