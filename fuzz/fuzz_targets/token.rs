//! An RFC 3161 reply or token.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = countersign::log::anchor::read(bytes);
});
