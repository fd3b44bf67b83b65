//! The labeling configuration: Label Studio's XML read into a schema of controls and a layout.
//!
//! Read are View, Header, Text, Choices/Choice, Labels/Label, Taxonomy, TextArea, Rating and Style. Any other tag gets
//! a complaint that names it, and its children are still read, so that the rest of the configuration works. Deliberately
//! absent: anything that would fetch (`apiUrl`, `valueType="url"`, `url()`), and HTML inside labels.
//!
//! What a control is about (`toName`): names of text fields are kept. A control about nothing that exists is bound to
//! the first text field, with a complaint; but one that marks regions of an unsupported object (`Labels` of an image, a
//! `perRegion` question) makes no sense without it and is left out.

mod build;
mod controls;
pub mod layout;
pub mod style;
mod xml;

use crate::domain::complaint::Complaint;
use crate::domain::schema::{FieldSource, Schema};
pub use layout::{Condition, Layout, Node};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Bytes of XML that are read at most (1 MB).
pub const MAX_XML_BYTES: usize = 1_000_000;
/// Tags inside tags, at most; so too levels of a taxonomy.
pub const MAX_DEPTH: usize = 64;
/// Characters of a name (`name`, `toName`), at most.
pub const MAX_NAME_CHARS: usize = 256;
/// Characters of the value of a choice or label, at most.
pub const MAX_VALUE_CHARS: usize = 1024;
/// Choices, labels or taxons of one control, at most.
pub const MAX_OPTIONS: usize = 10_000;
/// Controls, at most; so too fields.
pub const MAX_CONTROLS: usize = 500;

/// A configuration, read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    /// Fields and controls.
    pub schema: Schema,
    /// How they stand on the screen.
    pub layout: Layout,
    /// For controls whose `toName` names no text field: what it says, since exports repeat it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub written_to: BTreeMap<String, String>,
    /// What could not be taken as it stood.
    pub complaints: Vec<Complaint>,
}

impl Config {
    /// Keys of the task's data that reach the screen, by a field or by a heading: what has to be covered. Each once, in
    /// the order of fields, then of headings.
    pub fn shown_keys(&self) -> Vec<&str> {
        let fields = self.schema.fields.iter().filter_map(|field| match &field.source {
            FieldSource::Data(key) => Some(key.as_str()),
            FieldSource::Literal(_) => None,
        });
        let mut keys: Vec<&str> = fields.collect();
        self.layout.root.header_keys(&mut keys);
        let mut seen = BTreeSet::new();
        keys.retain(|key| seen.insert(*key));
        keys
    }
}

/// Why a configuration was refused. Positions count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum ConfigError {
    /// Past [`MAX_XML_BYTES`].
    #[error("the configuration has {bytes} bytes; at most {MAX_XML_BYTES} are read")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// Not UTF-8.
    #[error("the configuration is not utf-8 (byte {at}); save it as utf-8")]
    NotUtf8 {
        /// The first byte that is not.
        at: usize,
    },
    /// Not well-formed XML.
    #[error("line {line}:{column}: {what}")]
    Malformed {
        /// Line.
        line: u32,
        /// Column.
        column: u32,
        /// What is wrong.
        what: String,
    },
    /// A document type declaration: the door of entity bombs.
    #[error("line {line}:{column}: a document type declaration is refused; remove <!DOCTYPE>")]
    Doctype {
        /// Line.
        line: u32,
        /// Column.
        column: u32,
    },
    /// Past [`MAX_DEPTH`].
    #[error("line {line}:{column}: tags are nested deeper than {MAX_DEPTH}")]
    TooDeep {
        /// Line.
        line: u32,
        /// Column.
        column: u32,
    },
    /// Past [`MAX_NAME_CHARS`] or [`MAX_VALUE_CHARS`].
    #[error("line {line}:{column}: attribute {attribute} is longer than {limit} characters")]
    NameTooLong {
        /// Line.
        line: u32,
        /// Column.
        column: u32,
        /// Which attribute.
        attribute: String,
        /// The limit.
        limit: usize,
    },
    /// Past [`MAX_OPTIONS`].
    #[error("line {line}:{column}: a control has more than {MAX_OPTIONS} choices")]
    TooManyOptions {
        /// Line.
        line: u32,
        /// Column.
        column: u32,
    },
    /// Past [`MAX_CONTROLS`].
    #[error("line {line}:{column}: more than {MAX_CONTROLS} controls or fields")]
    TooManyControls {
        /// Line.
        line: u32,
        /// Column.
        column: u32,
    },
}

/// Reads a configuration.
///
/// # Errors
/// Malformed XML, a document type declaration, or a limit passed.
pub fn parse(xml: &str) -> Result<Config, ConfigError> {
    let xml = xml.strip_prefix('\u{feff}').unwrap_or(xml);
    if xml.len() > MAX_XML_BYTES {
        return Err(ConfigError::TooLarge { bytes: xml.len() });
    }
    build::build(&xml::read(xml)?)
}

/// Reads a configuration from the bytes of a file.
///
/// # Errors
/// As [`parse`], and bytes that are not UTF-8.
pub fn parse_bytes(bytes: &[u8]) -> Result<Config, ConfigError> {
    if bytes.len() > MAX_XML_BYTES + 3 {
        return Err(ConfigError::TooLarge { bytes: bytes.len() });
    }
    parse(std::str::from_utf8(bytes).map_err(|e| ConfigError::NotUtf8 { at: e.valid_up_to() })?)
}
