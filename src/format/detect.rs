//! Which kind of file it is, by its name where that says it, else by its first bytes.

use serde::{Deserialize, Serialize};

/// The kinds of files that are imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Label Studio JSON: an array of tasks, one task, or several one after another.
    Json,
    /// One task a line: Label Studio's form, bare data, or our own ([`super::lines`]).
    Jsonl,
    /// A table with a header row, separated by commas, semicolons or tabs.
    Csv,
}

/// The kind of a file. `head` is its beginning, a few kilobytes. `None`: a kind of its own (an archive, an image, a
/// labeling configuration).
pub fn detect(name: &str, head: &[u8]) -> Option<Kind> {
    let extension = name.rsplit_once('.').map(|(_, e)| e.to_ascii_lowercase()).unwrap_or_default();
    match extension.as_str() {
        "jsonl" | "ndjson" => return Some(Kind::Jsonl),
        "json" => return Some(Kind::Json),
        "csv" | "tsv" => return Some(Kind::Csv),
        _ => {}
    }
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    if head.contains(&0) || head.starts_with(b"<") || head.starts_with(b"PK\x03\x04") {
        return None;
    }
    let first_line = head.split(|b| *b == b'\n').next().unwrap_or(head).trim_ascii_end();
    match head.first()? {
        b'[' => Some(Kind::Json),
        b'{' if first_line.ends_with(b"}") && head.len() > first_line.len() + 2 => Some(Kind::Jsonl),
        b'{' => Some(Kind::Json),
        _ => first_line.iter().any(|b| matches!(b, b',' | b';' | b'\t')).then_some(Kind::Csv),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_name_and_by_content() {
        for (name, head, expect) in [
            ("a.JSON", "", Some(Kind::Json)),
            ("a.ndjson", "[", Some(Kind::Jsonl)),
            ("a.tsv", "", Some(Kind::Csv)),
            ("a", "\u{feff} [{", Some(Kind::Json)),
            ("a.txt", "{\n \"a\": 1}", Some(Kind::Json)),
            ("a.txt", "{\"a\": 1}", Some(Kind::Json)),
            ("a.txt", "{\"a\": 1}\n{\"a\": 2}", Some(Kind::Jsonl)),
            ("a", "text;label\nx;y", Some(Kind::Csv)),
            ("a", "<View/>", None),
            ("a", "plain words", None),
            ("a", "", None),
            ("a", "a,b\0", None),
        ] {
            assert_eq!(detect(name, head.as_bytes()), expect, "{name} {head}");
        }
    }
}
