//! One line of a log: refused, or taken and given back byte for byte.
#![no_main]

use countersign::log::{Verifier, wire};

libfuzzer_sys::fuzz_target!(|line: &[u8]| {
    if let Ok(parsed) = wire::parse_line(line) {
        assert_eq!(wire::join(&parsed.entry, parsed.body.as_deref()).as_deref(), Some(line));
        assert!(wire::parse_entry(&parsed.entry, parsed.body.as_deref()).is_ok());
    }
    let _ = Verifier::new().push_line(line);
});
