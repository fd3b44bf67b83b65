//! A task as annotators see it: released, in covered form. Raw tasks are source material and stay with `platform`.

use super::annotation::Answer;
use super::id::{ModelRef, TaskId};
use super::text::CodePoint;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One task of a release: the covered texts of its fields and what a model said of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleasedTask {
    /// Its name: a keyed hash of the source.
    pub id: TaskId,
    /// Covered text of each data key that the configuration shows.
    pub fields: BTreeMap<String, String>,
    /// Where pseudonyms stand, by data key, in order, never overlapping.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub covers: BTreeMap<String, Vec<Cover>>,
    /// Answers of models.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub predictions: Vec<Prediction>,
    /// The known right answer, on gold tasks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gold: Option<Vec<Answer>>,
}

/// A pseudonym that stands in a covered text. Spans treat it as one: edges inside it snap outward.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cover {
    /// First code point of the pseudonym, in the covered text.
    pub start: CodePoint,
    /// One past its last code point.
    pub end: CodePoint,
    /// What kind of personal data it covers (`EMAIL_ADDRESS`).
    pub entity: String,
}

/// A model's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prediction {
    /// Which model.
    pub model: ModelRef,
    /// Its confidence in parts of ten thousand, where it gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score_e4: Option<u32>,
    /// What it said, in offsets of the covered text.
    pub answers: Vec<Answer>,
}

/// What a release announces and stores: all that another device needs to label.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskRelease {
    /// Version of this form: 1.
    pub version: u32,
    /// The tasks, in order.
    pub tasks: Vec<ReleasedTask>,
}
