//! Crowd labels: CSV with one answer a row, `item,annotator,label`, as crowd platforms and the papers on them publish.
//!
//! The columns may stand in any order, beside others, and may bear the names in use elsewhere (`task`, `worker`). A row
//! that cannot be taken is left out with a complaint that names its line, never its content.

use crate::domain::complaint::Complaint;

/// Largest file, in bytes.
pub const MAX_BYTES: usize = 200 << 20;
/// Most rows.
pub const MAX_ROWS: usize = 5_000_000;
/// Longest item, annotator or label, in bytes.
pub const MAX_FIELD_BYTES: usize = 4_096;
/// Most complaints that are listed with their line; the rest is counted.
const MAX_COMPLAINTS: usize = 100;

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrowdRow {
    /// What was labeled.
    pub item: String,
    /// By whom.
    pub annotator: String,
    /// As what.
    pub label: String,
}

/// The answers of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CrowdLabels {
    /// In the order of the file.
    pub rows: Vec<CrowdRow>,
    /// What could not be taken.
    pub complaints: Vec<Complaint>,
}

/// Why a file cannot be read at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CrowdFault {
    /// Larger than [`MAX_BYTES`].
    #[error("the file is larger than {} MiB; split it", MAX_BYTES >> 20)]
    TooLarge,
    /// The first line names no such column.
    #[error("the first line names no column `{0}`; it must name item, annotator and label")]
    NoColumn(&'static str),
}

const COLUMNS: [(&str, &[&str]); 3] = [
    ("item", &["item", "task", "question", "unit", "example"]),
    ("annotator", &["annotator", "worker", "rater", "coder", "user"]),
    ("label", &["label", "answer", "response", "rating"]),
];

/// Reads crowd labels.
///
/// # Errors
/// [`CrowdFault`] where no row can be read.
pub fn read(bytes: &[u8]) -> Result<CrowdLabels, CrowdFault> {
    if bytes.len() > MAX_BYTES {
        return Err(CrowdFault::TooLarge);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let header = reader.byte_headers().cloned().unwrap_or_default();
    let names: Vec<String> = header.iter().map(|h| String::from_utf8_lossy(h).trim().to_lowercase()).collect();
    let column = |(name, known): (&'static str, &[&str])| {
        // the first known name decides, not the first column
        known.iter().find_map(|k| names.iter().position(|n| n == k)).ok_or(CrowdFault::NoColumn(name))
    };
    let [item, annotator, label] = COLUMNS;
    let (item, annotator, label) = (column(item)?, column(annotator)?, column(label)?);

    let (mut labels, mut unlisted) = (CrowdLabels::default(), 0usize);
    let mut complain = |labels: &mut CrowdLabels, line: u64, what: &str| {
        if labels.complaints.len() < MAX_COMPLAINTS {
            labels.complaints.push(Complaint::new(format!("line {line}"), what));
        } else {
            unlisted += 1;
        }
    };
    let mut record = csv::ByteRecord::new();
    // from memory and with `flexible`, reading a record has no error left to report
    while let Ok(true) = reader.read_byte_record(&mut record) {
        let line = record.position().map_or(0, csv::Position::line);
        if labels.rows.len() >= MAX_ROWS {
            complain(&mut labels, line, "more rows than are read; this and what follows left out");
            break;
        }
        if record.len() != names.len() {
            complain(&mut labels, line, "has another number of columns than the first line; left out");
            continue;
        }
        let fields = [item, annotator, label].map(|at| record.get(at).unwrap_or(&[]).trim_ascii());
        if fields.iter().any(|f| f.is_empty()) {
            complain(&mut labels, line, "item, annotator or label is empty; left out");
            continue;
        }
        if fields.iter().any(|f| f.len() > MAX_FIELD_BYTES) {
            complain(&mut labels, line, "item, annotator or label is too long; left out");
            continue;
        }
        if fields.iter().any(|f| std::str::from_utf8(f).is_err()) {
            complain(&mut labels, line, "is not UTF-8; wrong bytes replaced by U+FFFD");
        }
        let [item, annotator, label] = fields.map(|f| String::from_utf8_lossy(f).into_owned());
        labels.rows.push(CrowdRow { item, annotator, label });
    }
    if unlisted > 0 {
        labels.complaints.push(Complaint::new(format!("{unlisted} more lines"), "with complaints of these kinds"));
    }
    Ok(labels)
}

/// Reads crowd labels as one JSON object a line, with the same names for the same things; labels may be texts, numbers, true or
/// false. Empty lines are passed over.
///
/// # Errors
/// [`CrowdFault::TooLarge`].
pub fn read_lines(bytes: &[u8]) -> Result<CrowdLabels, CrowdFault> {
    if bytes.len() > MAX_BYTES {
        return Err(CrowdFault::TooLarge);
    }
    let (mut labels, mut unlisted) = (CrowdLabels::default(), 0usize);
    for (line, number) in bytes.split(|b| *b == b'\n').zip(1u64..).filter(|(line, _)| !line.trim_ascii().is_empty()) {
        let taken = if labels.rows.len() >= MAX_ROWS {
            Err("more rows than are read; left out")
        } else {
            serde_json::from_slice(line).map_err(|_| "is not JSON; left out").and_then(|value| row_of(&value))
        };
        match taken {
            Ok(row) => labels.rows.push(row),
            Err(what) if labels.complaints.len() < MAX_COMPLAINTS => {
                labels.complaints.push(Complaint::new(format!("line {number}"), what));
            }
            Err(_) => unlisted += 1,
        }
    }
    if unlisted > 0 {
        labels.complaints.push(Complaint::new(format!("{unlisted} more lines"), "with complaints of these kinds"));
    }
    Ok(labels)
}

/// Whether a line is a crowd label, as [`read_lines`] takes it: what tells such a file from a log.
pub fn is_line(line: &[u8]) -> bool {
    serde_json::from_slice(line).is_ok_and(|value: serde_json::Value| row_of(&value).is_ok())
}

fn row_of(value: &serde_json::Value) -> Result<CrowdRow, &'static str> {
    let field = |(_, known): (&'static str, &[&str])| {
        let text = match known.iter().find_map(|name| value.get(name))? {
            serde_json::Value::String(text) => text.trim().to_owned(),
            other @ (serde_json::Value::Number(_) | serde_json::Value::Bool(_)) => other.to_string(),
            _ => return None,
        };
        (!text.is_empty() && text.len() <= MAX_FIELD_BYTES).then_some(text)
    };
    match COLUMNS.map(field) {
        [Some(item), Some(annotator), Some(label)] => Ok(CrowdRow { item, annotator, label }),
        _ => Err("item, annotator or label is missing, empty or too long; left out"),
    }
}

/// Reads known answers: CSV with the columns item and label. A row without both is left out.
///
/// # Errors
/// [`CrowdFault`].
pub fn read_gold(bytes: &[u8]) -> Result<Vec<(String, String)>, CrowdFault> {
    if bytes.len() > MAX_BYTES {
        return Err(CrowdFault::TooLarge);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let header = reader.byte_headers().cloned().unwrap_or_default();
    let names: Vec<String> = header.iter().map(|h| String::from_utf8_lossy(h).trim().to_lowercase()).collect();
    let place = |(name, known): (&'static str, &[&str])| {
        known.iter().find_map(|k| names.iter().position(|n| n == k)).ok_or(CrowdFault::NoColumn(name))
    };
    let [item, _, label] = COLUMNS;
    let (item, label) = (place(item)?, place(label)?);
    let mut gold = Vec::new();
    let mut record = csv::ByteRecord::new();
    while gold.len() < MAX_ROWS && matches!(reader.read_byte_record(&mut record), Ok(true)) {
        let field = |at| record.get(at).map(|f| String::from_utf8_lossy(f.trim_ascii()).into_owned());
        gold.extend(field(item).zip(field(label)).filter(|(item, label)| !item.is_empty() && !label.is_empty()));
    }
    Ok(gold)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &[u8], rows: &[[&str; 3]], complaints: &[(&str, &str)]) {
        let labels = read(text).unwrap();
        let seen: Vec<_> = labels.rows.iter().map(|r| [r.item.as_str(), &r.annotator, &r.label]).collect();
        assert_eq!(seen, rows, "{text:?}");
        assert_eq!(labels.complaints.len(), complaints.len(), "{:?}", labels.complaints);
        for (complaint, (place, part)) in labels.complaints.iter().zip(complaints) {
            assert_eq!(complaint.place, *place);
            assert!(complaint.what.contains(part), "{complaint:?}");
        }
    }

    #[test]
    fn rows() {
        check(b"item,annotator,label\n1,a,x\n2,b,y\n", &[["1", "a", "x"], ["2", "b", "y"]], &[]);
        check(b"\xef\xbb\xbfworker, Task ,note,LABEL\r\na,1,n,x\r\n", &[["1", "a", "x"]], &[]);
        check(b"item,annotator,label\n\"1\n1\",\"a,b\",\"x \"\"y\"\"\"\n", &[["1\n1", "a,b", "x \"y\""]], &[]);
        check(b"item,annotator,label", &[], &[]);
    }

    #[test]
    fn lines_and_gold() {
        let text = b"{\"item\":1,\"annotator\":\"a\",\"label\":true}\n\n{\"task\":\"2\",\"worker\":\"b\",\"answer\":\" y \"}\n{}\n[1\n";
        let labels = read_lines(text).unwrap();
        let seen: Vec<_> = labels.rows.iter().map(|r| [r.item.as_str(), &r.annotator, &r.label]).collect();
        assert_eq!(seen, [["1", "a", "true"], ["2", "b", "y"]]);
        let places: Vec<&str> = labels.complaints.iter().map(|c| c.place.as_str()).collect();
        assert_eq!(places, ["line 4", "line 5"]);
        assert!(is_line(b"{\"item\":1,\"annotator\":2,\"label\":3}") && !is_line(b"{\"kind\":\"entry\"}"));
        let gold = read_gold(b"label,item\nx,1\n,2\ny,3\n").unwrap();
        assert_eq!(gold, [("1".to_owned(), "x".to_owned()), ("3".to_owned(), "y".to_owned())]);
        assert_eq!(read_gold(b"item\n1\n"), Err(CrowdFault::NoColumn("label")));
    }

    #[test]
    fn bad_rows_are_left_out_with_their_line() {
        check(
            b"item,annotator,label\n1,a\n1,a,x,y\n1,,x\n1,a,\xff\n2,b,z\n",
            &[["1", "a", "\u{fffd}"], ["2", "b", "z"]],
            &[("line 2", "columns"), ("line 3", "columns"), ("line 4", "empty"), ("line 5", "UTF-8")],
        );
        let long = format!("item,annotator,label\n{},a,x\n", "i".repeat(MAX_FIELD_BYTES + 1));
        check(long.as_bytes(), &[], &[("line 2", "too long")]);
        let ragged = format!("item,annotator,label\n{}", "1,a\n".repeat(1_000));
        let complaints = read(ragged.as_bytes()).unwrap().complaints;
        assert_eq!(complaints.len(), MAX_COMPLAINTS + 1);
        assert_eq!(complaints.last().unwrap().place, "900 more lines");
        // a quote that never ends swallows the rest as one field of one ragged row
        check(b"item,annotator,label\n\"1,a,x\n2,b,y\n", &[], &[("line 2", "columns")]);
    }

    #[test]
    fn no_such_file() {
        for (text, fault) in [
            (&b""[..], CrowdFault::NoColumn("item")),
            (b"item,label\n1,x\n", CrowdFault::NoColumn("annotator")),
            (b"\x00\xff\xfe", CrowdFault::NoColumn("item")),
            (b"item,worker\n1,x\n", CrowdFault::NoColumn("label")),
        ] {
            assert_eq!(read(text), Err(fault));
        }
        assert_eq!(read(&vec![b'\n'; MAX_BYTES + 1]), Err(CrowdFault::TooLarge));
    }
}
