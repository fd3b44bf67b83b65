//! What is exported: plain records, which the caller makes from state and releases, with offsets already counted in the
//! text it hands over (covered, or raw on the owner's device).

use crate::domain::annotation::Answer;
use crate::domain::complaint::Complaint;
use crate::domain::event::PredictionUse;
use crate::domain::guideline::GuidelineRef;
use crate::domain::id::{AuthId, EventId, ModelRef, RegionId, TaskId};
use crate::domain::schema::{FieldSource, Schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// One task and all that was said of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ExportTask {
    /// Its name.
    pub id: TaskId,
    /// Its place in the project, from 0.
    pub ordinal: u64,
    /// Its data: the texts that the offsets below count in, by data key.
    pub data: Map<String, Value>,
    /// What people answered, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub annotations: Vec<ExportAnnotation>,
    /// What models answered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub predictions: Vec<ExportPrediction>,
    /// The known right answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gold: Option<Vec<Answer>>,
}

/// One person's last word on a task.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportAnnotation {
    /// The event that holds it.
    pub event: EventId,
    /// The person's pseudonym.
    pub author: AuthId,
    /// What was answered.
    pub answers: Vec<Answer>,
    /// Skipped instead, with the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<String>,
    /// Why the answer is as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rationale: Option<String>,
    /// Milliseconds since 1970 when it was first given.
    pub created_at_ms: u64,
    /// When it was last changed.
    pub updated_at_ms: u64,
    /// Milliseconds the task was in hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// It is the right answer: gold, or settled by an adjudicator.
    #[serde(default)]
    pub ground_truth: bool,
    /// The guideline worked by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guideline: Option<GuidelineRef>,
    /// The model whose prediction was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelRef>,
    /// What became of the prediction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prediction: Option<PredictionUse>,
}

/// One model's answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportPrediction {
    /// Which model.
    pub model: ModelRef,
    /// Its confidence in parts of ten thousand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score_e4: Option<u32>,
    /// What it said.
    pub answers: Vec<Answer>,
}

/// A written file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Export {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What the format could not hold.
    pub complaints: Vec<Complaint>,
}

/// The text that a field shows of a task.
pub(super) fn field_text<'a>(schema: &'a Schema, data: &'a Map<String, Value>, field: &str) -> Option<&'a str> {
    match &schema.field(field)?.source {
        FieldSource::Data(key) => data.get(key)?.as_str(),
        FieldSource::Literal(text) => Some(text),
    }
}

/// Makes names for things that have none, apart from those that are there.
pub(super) struct Names {
    taken: BTreeSet<RegionId>,
    next: u32,
}

impl Names {
    pub fn beside(taken: impl IntoIterator<Item = RegionId>) -> Self {
        Self { taken: taken.into_iter().collect(), next: 0 }
    }

    pub fn fresh(&mut self) -> RegionId {
        loop {
            self.next += 1;
            let name = RegionId(format!("r{}", self.next));
            if self.taken.insert(name.clone()) {
                return name;
            }
        }
    }
}
