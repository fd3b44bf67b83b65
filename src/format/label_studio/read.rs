//! Annotations and predictions of one task, read.

use super::items::{Context, Known};
use crate::domain::complaint::Complaints;
use crate::domain::schema::Schema;
use crate::format::json::scalar;
use crate::format::{SourceAnnotation, SourcePrediction, SourceTask, time};
use serde_json::{Map, Value};

/// The longest time that is believed, ten years.
const DURATION_MAX_S: f64 = 315_360_000.0;

/// Reads answers of one configuration.
pub(in crate::format) struct Reader {
    known: Known,
}

impl Reader {
    pub fn new(schema: &Schema) -> Self {
        Self { known: Known::new(schema) }
    }

    /// Reads what `map`, a task as it came, has of answers into `task`.
    pub fn answers(
        &self,
        place: &str,
        map: &mut Map<String, Value>,
        task: &mut SourceTask,
        complaints: &mut Complaints,
    ) {
        let lists = ["annotations", "completions"].map(|key| (key, list(map, key, place, complaints)));
        let predicted = list(map, "predictions", place, complaints);
        let mut context = Context::new(&self.known, &task.data, complaints);
        let mut annotations = Vec::new();
        for (key, list) in &lists {
            for (i, value) in list.iter().enumerate() {
                annotations.extend(annotation(&format!("{place}, {key}[{i}]"), value, &mut context));
            }
        }
        let mut predictions = Vec::new();
        for (i, value) in predicted.iter().enumerate() {
            predictions.extend(prediction(&format!("{place}, predictions[{i}]"), value, &mut context));
        }
        if map.get("drafts").and_then(Value::as_array).is_some_and(|drafts| !drafts.is_empty()) {
            complaints.push(place, "drafts are left out");
        }
        task.gold = annotations.iter().find(|a| a.ground_truth && !a.skipped).map(|a| a.answers.clone());
        task.annotations = annotations;
        task.predictions = predictions;
    }
}

fn list(map: &mut Map<String, Value>, key: &str, place: &str, complaints: &mut Complaints) -> Vec<Value> {
    match map.remove(key) {
        Some(Value::Array(list)) => list,
        None | Some(Value::Null) => Vec::new(),
        Some(_) => {
            complaints.push(place, format!("its {key} are no list; left out"));
            Vec::new()
        }
    }
}

fn annotation<'a>(place: &str, value: &'a Value, context: &mut Context<'a>) -> Option<SourceAnnotation> {
    let Some(map) = value.as_object() else {
        context.complaints.push(place, "is no object; left out");
        return None;
    };
    let flag = |key: &str| map.get(key).and_then(Value::as_bool).unwrap_or(false);
    let Some(result) = map.get("result").and_then(Value::as_array) else {
        context.complaints.push(place, "has no list of results; left out");
        return None;
    };
    let author = match map.get("completed_by") {
        Some(Value::Object(person)) => person.get("email").or(person.get("id")).and_then(scalar),
        Some(person) => scalar(person),
        None => None,
    };
    let lead_time = map.get("lead_time").and_then(Value::as_f64).filter(|s| (0.0..=DURATION_MAX_S).contains(s));
    if lead_time.is_none() && map.get("lead_time").is_some_and(|v| !v.is_null()) {
        context.complaints.push(place, "its lead_time is no time; left out");
    }
    Some(SourceAnnotation {
        answers: context.answers(place, result),
        author,
        skipped: flag("was_cancelled") || flag("skipped"),
        ground_truth: flag("ground_truth"),
        duration_ms: lead_time.map(|s| (s * 1000.0).round() as u64),
        created_at_ms: map.get("created_at").and_then(Value::as_str).and_then(time::parse),
        source_id: map.get("unique_id").or(map.get("id")).and_then(scalar),
    })
}

fn prediction<'a>(place: &str, value: &'a Value, context: &mut Context<'a>) -> Option<SourcePrediction> {
    let Some(map) = value.as_object() else {
        // a plain export lists predictions by number only
        context.complaints.push(place, "has no content; left out");
        return None;
    };
    let Some(result) = map.get("result").and_then(Value::as_array) else {
        context.complaints.push(place, "has no list of results; left out");
        return None;
    };
    let score = map.get("score").filter(|v| !v.is_null());
    let between = score.and_then(Value::as_f64).filter(|s| (0.0..=1.0).contains(s));
    if score.is_some() && between.is_none() {
        context.complaints.push(place, "its score is no number from 0 to 1; left out");
    }
    Some(SourcePrediction {
        model: map.get("model_version").and_then(scalar).unwrap_or_default(),
        score_e4: between.map(|s| (s * 10_000.0).round() as u32),
        answers: context.answers(place, result),
    })
}
