//! Bytes and escapes made into text that Rust can hold: what is not Unicode becomes U+FFFD, and is counted.

use std::borrow::Cow;

/// Bytes as text, and how many stretches of them were no UTF-8.
pub(super) fn decode(bytes: &[u8]) -> (Cow<'_, str>, usize) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (Cow::Borrowed(text), 0),
        Err(_) => {
            let broken = bytes.utf8_chunks().filter(|chunk| !chunk.invalid().is_empty()).count();
            (String::from_utf8_lossy(bytes), broken)
        }
    }
}

/// JSON text in which escapes of half a surrogate pair (`\ud800`) are replaced by `\ufffd`, since no JSON parser of ours
/// takes them; and how many there were. Other text stays as it is.
pub(super) fn mend_surrogates(json: &str) -> (Cow<'_, str>, usize) {
    if !json.contains("\\ud") && !json.contains("\\uD") {
        return (Cow::Borrowed(json), 0);
    }
    let (mut out, mut lone) = (String::with_capacity(json.len()), 0);
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let (kept, length) = match unit(escape) {
            Some(0xd800..=0xdbff) => match escape.get(6..).and_then(unit) {
                Some(0xdc00..=0xdfff) => (escape.get(..12), 12),
                _ => (None, 6),
            },
            Some(0xdc00..=0xdfff) => (None, 6),
            Some(_) => (escape.get(..6), 6),
            // the escape and what it escapes, whatever its length in bytes
            None => {
                let length = escape.chars().take(2).map(char::len_utf8).sum();
                (escape.get(..length), length)
            }
        };
        out.push_str(kept.unwrap_or("\\ufffd"));
        lone += usize::from(kept.is_none());
        rest = escape.get(length..).unwrap_or("");
    }
    out.push_str(rest);
    (Cow::Owned(out), lone)
}

/// The code unit of `\uXXXX` at the start.
fn unit(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_replaced_and_pairs_are_not() {
        for (json, expect, count) in [
            (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#, 0),
            (r#""\ud83d""#, r#""\ufffd""#, 1),
            (r#""\uDE00x""#, r#""\ufffdx""#, 1),
            (r#""\ud83d\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#, 1),
            (r#""\ud83d\n""#, r#""\ufffd\n""#, 1),
            (r#""\\ud83d""#, r#""\\ud83d""#, 0),
            (r#""\\\ud83d""#, r#""\\\ufffd""#, 1),
            (r#""\é\ud8""#, r#""\é\ud8""#, 0),
            (r#""\ud83d\"#, r#""\ufffd\"#, 1),
        ] {
            assert_eq!(mend_surrogates(json), (Cow::Borrowed(expect), count), "{json}");
        }
    }

    #[test]
    fn broken_bytes_are_replaced_and_counted() {
        assert_eq!(decode(b"a\xffb\xc3"), (Cow::Borrowed("a\u{fffd}b\u{fffd}"), 2));
        assert_eq!(decode("é".as_bytes()), (Cow::Borrowed("é"), 0));
    }
}
