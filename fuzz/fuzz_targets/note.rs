//! A signed note and the checkpoint in it; verifier keys. What is read is written again byte for byte.
#![no_main]

use countersign::log::checkpoint::{Checkpoint, Note, NoteKey};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(note) = Note::parse(bytes) {
        assert_eq!(note.write(), bytes);
        if let Ok(checkpoint) = Checkpoint::parse(&note.text) {
            // lines behind the third are others' extensions
            assert!(note.text.starts_with(&checkpoint.text()));
        }
    }
    if let Some(key) = std::str::from_utf8(bytes).ok().and_then(NoteKey::parse) {
        assert_eq!(key.vkey().as_bytes(), bytes);
    }
});
