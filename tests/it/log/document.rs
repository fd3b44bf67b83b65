//! The written specification says what the code does: each code with its severity, each kind, each limit.

use countersign::domain::state::erasable;
use countersign::log::{CODES, Severity, body, limits};

const PAGE: &str = include_str!("../../../docs/format.md");

/// The cells of the table rows of a section.
fn rows(section: &str) -> Vec<Vec<String>> {
    let (_, rest) = PAGE.split_once(&format!("\n## {section}")).unwrap_or_else(|| panic!("no section {section}"));
    let text = rest.split("\n## ").next().unwrap();
    let row = |line: &str| line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect();
    text.lines().filter(|line| line.starts_with("| `")).map(row).collect()
}

#[test]
fn every_code_is_there_with_its_severity_and_no_other() {
    let mut said: Vec<(String, String)> =
        rows("16.").into_iter().map(|row| (row[0].trim_matches('`').to_owned(), row[1].clone())).collect();
    let severity = |severity| match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let mut known: Vec<(String, String)> =
        CODES.iter().map(|code| (code.to_string(), severity(code.severity()).to_owned())).collect();
    said.sort();
    known.sort();
    assert_eq!(said, known);
}

#[test]
fn every_kind_is_there_and_which_bodies_stay() {
    let kinds: Vec<String> = rows("9.")
        .iter()
        .flat_map(|row| row[0].split('`').filter(|part| part.contains('.')).map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let mut known: Vec<&str> = body::KINDS.into();
    let mut said: Vec<&str> = kinds.iter().map(String::as_str).collect();
    known.sort_unstable();
    said.sort_unstable();
    assert_eq!(said, known);
    let (_, stays) = PAGE.split_once("cannot be erased; an erasure that names them has no effect:").unwrap();
    let stays = stays.split("\n\n").next().unwrap();
    for kind in body::KINDS {
        assert_eq!(stays.contains(&format!("`{kind}`")), !erasable(kind), "{kind}");
    }
}

#[test]
fn every_limit_is_there() {
    assert_eq!(limits::MAX_LINE_BYTES, 65_536);
    assert_eq!(limits::MAX_REFERRED_BYTES, 4 * 1024 * 1024);
    assert_eq!(limits::MAX_LONG_LINE_BYTES, limits::MAX_REFERRED_BYTES + limits::MAX_LINE_BYTES);
    assert_eq!((limits::MAX_BODY_BYTES, limits::MAX_DEPTH, limits::MAX_ATTRIBUTE_BYTES), (49_152, 32, 1_024));
    for text in
        ["65,536 bytes", "65,535 bytes", "4 MiB + 64 KiB", "49,152 bytes", "| 32 |", "1,024 bytes", "100 signatures"]
    {
        assert!(PAGE.contains(text), "{text}");
    }
}
