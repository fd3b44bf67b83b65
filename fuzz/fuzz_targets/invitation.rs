//! An invitation, as a link or as text.
#![no_main]

use countersign::sync::Invitation;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = Invitation::parse(text);
    }
});
