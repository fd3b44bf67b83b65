//! What a line may cost before anything parses it: bytes and depth of nesting. A stranger's line of a gigabyte or of a
//! million brackets is refused by one pass over at most [`MAX_LONG_LINE_BYTES`].

use super::problem::{Code, Fault};

/// A CloudEvent fits in 64 KiB; so does a line, without its line feed, unless its body is behind `dataref`.
pub const MAX_LINE_BYTES: usize = 64 * 1024;

/// An entry, the event without its body: bundles of entries count lengths in 16 bits.
pub const MAX_ENTRY_BYTES: usize = 65_535;

/// A body larger than this is put behind `dataref`; the rest of the line needs room too.
pub const MAX_BODY_BYTES: usize = 48 * 1024;

/// The largest body behind `dataref`: 4 MiB, some 50,000 marked spans.
pub const MAX_REFERRED_BYTES: usize = 4 << 20;

/// A line of a file whose body is behind `dataref` and stands in the line as well.
pub const MAX_LONG_LINE_BYTES: usize = MAX_REFERRED_BYTES + MAX_LINE_BYTES;

/// Deepest nesting of objects and arrays. A taxonomy answer needs six.
pub const MAX_DEPTH: usize = 32;

/// Longest value of an attribute.
pub const MAX_ATTRIBUTE_BYTES: usize = 1024;

/// Checks size, at most `most` bytes, and depth. Counts brackets outside strings; what is no JSON is left for the parser
/// to say.
pub fn check(bytes: &[u8], most: usize) -> Result<(), Fault> {
    if bytes.len() > most {
        return Err(Fault::new(Code::TooLarge, "longer than any line may be"));
    }
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in bytes {
        match (in_string, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (true, b'"') => in_string = false,
            (true, _) => {}
            (false, b'"') => in_string = true,
            (false, b'{' | b'[') => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(Fault::new(Code::TooLarge, "nested more than 32 deep"));
                }
            }
            (false, b'}' | b']') => depth = depth.saturating_sub(1),
            (false, _) => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_and_depth() {
        let check_ok = |text: &str, expect: bool| {
            assert_eq!(check(text.as_bytes(), MAX_LINE_BYTES).is_ok(), expect, "{}", text.len());
        };
        check_ok(&"x".repeat(MAX_LINE_BYTES), true);
        check_ok(&"x".repeat(MAX_LINE_BYTES + 1), false);
        check_ok(&"[".repeat(MAX_DEPTH), true);
        check_ok(&"[".repeat(MAX_DEPTH + 1), false);
        check_ok(&"[]".repeat(1000), true);
        check_ok(&format!("\"{}\"", "[".repeat(1000)), true);
        check_ok(&format!("\"\\\"{}\"", "[".repeat(1000)), true);
        check_ok(&format!("\"\\\\\"{}", "[".repeat(1000)), false);
    }
}
