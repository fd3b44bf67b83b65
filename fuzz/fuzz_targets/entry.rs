//! An entry and its body, apart, as storage holds them. The first two bytes say where one ends.
#![no_main]

use countersign::log::{LogReader, Recheck, Verifier, wire};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((length, rest)) = bytes.split_first_chunk::<2>() else { return };
    let (entry, body) = rest.split_at(rest.len().min(usize::from(u16::from_be_bytes(*length))));
    let _ = wire::parse_entry(entry, Some(body));
    let _ = (wire::datahash(entry), wire::join(entry, Some(body)));
    let _ = Verifier::new().push_entry(entry, Some(body));
    let _ = Verifier::new().trusting_signatures().push_entry(entry, Some(body));
    let device = "did:key:z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw".into();
    if let Ok(mut look) = Recheck::resume(&device, 0, None) {
        let _ = look.next(entry, Some(body));
    }
    let mut reader = LogReader::new(Some(0));
    reader.push_entry(entry, Some(body));
});
