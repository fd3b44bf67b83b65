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
