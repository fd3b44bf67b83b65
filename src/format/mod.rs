//! Exchange formats, one file each. Every import yields tasks and complaints; every export says what it could not hold.
//!
//! Everything here is a pure function of bytes: no files, no clock. An import is fed in chunks ([`Importer::push`]), so
//! that its caller shows progress and can stop between two of them, and a file of 200 MB never stands in memory whole.
//! Deliberately absent: fetching anything that a task names.

pub mod crowd;
pub mod detect;
pub mod export;
mod import;
mod json;
pub mod label_studio;
pub mod lines;
pub mod project;
pub mod rows;
mod split;
mod table;
mod text;
mod time;

use crate::domain::annotation::Answer;
use crate::domain::complaint::Complaint;
pub use detect::{Kind, detect};
pub use export::{ExportAnnotation, ExportPrediction, ExportTask};
pub use import::Importer;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// How much of a file is read. The defaults are what the product promises; tests set lower ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Bytes of a file; past it the import is refused.
    pub file_bytes: u64,
    /// Bytes of one task as it stands in the file (a line, an element, a row); a larger one is left out.
    pub task_bytes: usize,
    /// Bytes of one text; a task with a longer one is left out.
    pub text_bytes: usize,
    /// Tasks; past it the import is refused.
    pub tasks: usize,
    /// Levels of nesting in JSON; a deeper task is left out.
    pub depth: usize,
    /// Characters of a key or column; one with a longer name is left out.
    pub name_chars: usize,
    /// Columns of a table; past it the import is refused.
    pub columns: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 200_000_000,
            task_bytes: 16_000_000,
            text_bytes: 5_000_000,
            tasks: 100_000,
            depth: 64,
            name_chars: 256,
            columns: 1_000,
        }
    }
}

/// What an import yields.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Import {
    /// The tasks, in the order of the file.
    pub tasks: Vec<SourceTask>,
    /// What could not be taken as it stood.
    pub complaints: Vec<Complaint>,
}

/// A task as it came: raw, so it stays on this device.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SourceTask {
    /// Its place in the file, from 0, counting also those left out.
    pub source_index: u64,
    /// Its own identifier, where it has one. May be personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_id: Option<String>,
    /// Its data. Whatever the configuration shows is text here.
    pub data: Map<String, Value>,
    /// Its `meta`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub meta: Map<String, Value>,
    /// Answers of people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub annotations: Vec<SourceAnnotation>,
    /// Answers of models.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub predictions: Vec<SourcePrediction>,
    /// The known right answer: that of the first annotation marked as ground truth, which stands in `annotations` too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gold: Option<Vec<Answer>>,
}

/// One person's answer, as it came. Offsets count code points of the raw text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceAnnotation {
    /// What was answered.
    pub answers: Vec<Answer>,
    /// Who, as the file says it: a number or an address. May be personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Skipped instead of answered.
    #[serde(default)]
    pub skipped: bool,
    /// Marked as the right answer.
    #[serde(default)]
    pub ground_truth: bool,
    /// Milliseconds spent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// Milliseconds since 1970 when it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at_ms: Option<u64>,
    /// Its own identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_id: Option<String>,
}

/// One model's answer, as it came. Offsets count code points of the raw text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourcePrediction {
    /// Which model, as the file says it; empty where it says nothing.
    pub model: String,
    /// Its confidence in parts of ten thousand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score_e4: Option<u32>,
    /// What it said.
    pub answers: Vec<Answer>,
}

/// Why an import was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum ImportError {
    /// Past [`Limits::file_bytes`].
    #[error("the file is larger than {limit} bytes; split it")]
    FileTooLarge {
        /// The limit.
        limit: u64,
    },
    /// Past [`Limits::tasks`].
    #[error("the file has more than {limit} tasks; split it")]
    TooManyTasks {
        /// The limit.
        limit: usize,
    },
    /// Past [`Limits::columns`].
    #[error("the table has more than {limit} columns")]
    TooManyColumns {
        /// The limit.
        limit: usize,
    },
    /// Not of the kind it was read as.
    #[error("the file is no {kind:?}: {what}")]
    NotThisKind {
        /// What it was read as.
        kind: Kind,
        /// What speaks against it.
        what: String,
    },
}

/// Reads a whole file at once: [`Importer`] in one call.
///
/// # Errors
/// A limit passed, or a file that is nothing of the kind.
pub fn import(
    kind: Kind,
    bytes: &[u8],
    config: &crate::labeling::Config,
    limits: &Limits,
) -> Result<Import, ImportError> {
    let mut importer = Importer::new(kind, config, limits.clone());
    importer.push(bytes)?;
    importer.finish()
}
