//! XML made into plain tags, with limits: no document type, no namespaces, no deeper than allowed. Attribute names are
//! compared without case, as Label Studio does in practice (`showInLine`, `allownested`).

use super::{ConfigError, MAX_DEPTH, MAX_NAME_CHARS};
use roxmltree::{Document, Error, Node, ParsingOptions};
use std::cell::Cell;

/// Attributes of one tag, at most: the parser compares each with each.
const MAX_ATTRIBUTES: usize = 128;
/// Declarations of namespaces, at most: the parser copies them to each child.
const MAX_NAMESPACES: usize = 16;

/// One tag.
pub(super) struct Tag {
    /// Its name as written, for complaints.
    pub written: String,
    /// Its name in lower case.
    pub kind: String,
    /// Names in lower case, the first of equals only.
    attributes: Vec<(String, String)>,
    /// Its own text, without that of its children and without comments.
    pub text: String,
    /// The tags in it.
    pub children: Vec<Tag>,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
}

/// Reads the tree.
pub(super) fn read(xml: &str) -> Result<Tag, ConfigError> {
    let lines = Lines::of(xml);
    scan(xml, &lines)?;
    let options = ParsingOptions { allow_dtd: false, ..ParsingOptions::default() };
    let document = Document::parse_with_options(xml, options).map_err(|e| refusal(&e))?;
    tag(document.root_element(), &lines, 1)
}

fn refusal(error: &Error) -> ConfigError {
    let pos = error.pos();
    let (line, column) = (pos.row, pos.col);
    if matches!(error, Error::DtdDetected) {
        return ConfigError::Doctype { line, column };
    }
    // the position stands before ours already
    let what = error.to_string().replace(&format!(" at {line}:{column}"), "");
    ConfigError::Malformed { line, column, what }
}

/// Positions in a text. Asked for in rising order, all of them together cost one walk.
struct Lines<'a> {
    text: &'a str,
    /// Byte, line and column of the last answer.
    last: Cell<(usize, u32, u32)>,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        Self { text, last: Cell::new((0, 1, 1)) }
    }

    /// Line and column, from 1.
    fn at(&self, byte: usize) -> (u32, u32) {
        let last = self.last.get();
        let (from, mut line, mut column) = if last.0 <= byte { last } else { (0, 1, 1) };
        for c in self.text.get(from..byte).unwrap_or("").chars() {
            (line, column) = if c == '\n' { (line + 1, 1) } else { (line, column + 1) };
        }
        self.last.set((byte, line, column));
        (line, column)
    }
}

/// What must be known before the parser starts, in one walk: no document type, few attributes a tag, few namespaces,
/// not too deep. Text that is not well-formed may pass here; the parser refuses it.
fn scan(xml: &str, lines: &Lines<'_>) -> Result<(), ConfigError> {
    let malformed = |at: usize, what: &str| {
        let (line, column) = lines.at(at);
        Err(ConfigError::Malformed { line, column, what: what.to_owned() })
    };
    if let Some((at, _)) = xml.match_indices("xmlns").nth(MAX_NAMESPACES) {
        return malformed(at, "too many namespace declarations");
    }
    let (mut at, mut depth) = (0, 0usize);
    while let Some(found) = xml.get(at..).and_then(|rest| rest.find('<')) {
        at += found;
        let rest = xml.get(at..).unwrap_or("");
        let past = |mark: &str| rest.find(mark).map_or(rest.len(), |i| i + mark.len());
        if rest.starts_with("<!--") {
            at += past("-->");
        } else if rest.starts_with("<![CDATA[") {
            at += past("]]>");
        } else if rest.starts_with("<!") {
            let (line, column) = lines.at(at);
            return Err(ConfigError::Doctype { line, column });
        } else if rest.starts_with("<?") {
            at += past("?>");
        } else {
            let (length, equals, empty) = tag_end(rest);
            if equals > MAX_ATTRIBUTES {
                return malformed(at, "too many attributes");
            }
            if rest.starts_with("</") {
                depth = depth.saturating_sub(1);
            } else if !empty {
                depth += 1;
            }
            if depth > MAX_DEPTH {
                let (line, column) = lines.at(at);
                return Err(ConfigError::TooDeep { line, column });
            }
            at += length;
        }
    }
    Ok(())
}

/// Of a tag: its length in bytes, how many `=` stand outside quotes, and whether it closes itself.
fn tag_end(rest: &str) -> (usize, usize, bool) {
    let (mut quote, mut equals, mut last) = (None, 0, 0u8);
    for (i, byte) in rest.bytes().enumerate() {
        match (quote, byte) {
            (Some(open), _) if open == byte => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'=') => equals += 1,
            (None, b'>') => return (i + 1, equals, last == b'/'),
            (None, _) => {}
        }
        last = byte;
    }
    (rest.len(), equals, false)
}

/// Recursion is bounded by [`MAX_DEPTH`].
fn tag(node: Node<'_, '_>, lines: &Lines<'_>, depth: usize) -> Result<Tag, ConfigError> {
    let (line, column) = lines.at(node.range().start);
    if depth > MAX_DEPTH {
        return Err(ConfigError::TooDeep { line, column });
    }
    let written = node.tag_name().name().to_owned();
    if written.chars().count() > MAX_NAME_CHARS {
        return Err(ConfigError::NameTooLong { line, column, attribute: "tag".into(), limit: MAX_NAME_CHARS });
    }
    let mut attributes: Vec<(String, String)> = Vec::new();
    for attribute in node.attributes() {
        let name = attribute.name().to_ascii_lowercase();
        if !attributes.iter().any(|(n, _)| *n == name) {
            attributes.push((name, attribute.value().to_owned()));
        }
    }
    let kind = written.to_ascii_lowercase();
    let mut tag_read = Tag { kind, written, attributes, text: String::new(), children: Vec::new(), line, column };
    for child in node.children() {
        if child.is_element() {
            tag_read.children.push(tag(child, lines, depth + 1)?);
        } else if child.is_text() {
            tag_read.text.push_str(child.text().unwrap_or(""));
        }
    }
    Ok(tag_read)
}

impl Tag {
    /// The attribute of that name, in lower case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The same, trimmed, where it says anything.
    pub fn said(&self, name: &str) -> Option<&str> {
        self.get(name).map(str::trim).filter(|v| !v.is_empty())
    }

    /// The attribute is `true`.
    pub fn flag(&self, name: &str) -> bool {
        self.said(name).is_some_and(|v| v.eq_ignore_ascii_case("true") || v == "1")
    }

    /// The same, refused where longer than `limit` characters.
    pub fn short(&self, name: &str, limit: usize) -> Result<Option<&str>, ConfigError> {
        match self.said(name) {
            // bytes first: a long value need not be counted
            Some(value) if value.len() > limit && value.chars().count() > limit => Err(ConfigError::NameTooLong {
                line: self.line,
                column: self.column,
                attribute: name.to_owned(),
                limit,
            }),
            value => Ok(value),
        }
    }

    /// For complaints: `line 3, tag <Choices>`.
    pub fn place(&self) -> String {
        format!("line {}, tag <{}>", self.line, self.written)
    }
}
