//! Tasks written as Label Studio's export: an array that its own import, its SDK's converter, and we read again.
//!
//! Numbers that Label Studio counts by (task, annotation, prediction, annotator) are ours, from 1 in the order of the
//! export. `completed_by` carries the pseudonym as `email`, which is where converters look for a person; a Label Studio
//! that knows no such member refuses the import unless `ALLOW_IMPORT_TASKS_WITH_UNKNOWN_EMAILS` is set. What has no
//! place of its own stands in `meta.countersign` of the task: its name, and by annotation the event, the guideline, the
//! model, the reason of a skip, and a rationale that no control asks for.

use super::items::type_name;
use crate::domain::annotation::{Answer, Span, Value as Answered};
use crate::domain::complaint::Complaints;
use crate::domain::event::PredictionUse;
use crate::domain::id::{AuthId, RegionId};
use crate::domain::schema::{Control, ControlKind, TextPurpose};
use crate::domain::text::{OffsetMap, slice};
use crate::format::export::{Export, ExportAnnotation, ExportTask, Names, field_text};
use crate::format::time;
use crate::labeling::Config;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Writes tasks as Label Studio JSON.
pub fn write(tasks: &[ExportTask], config: &Config) -> Export {
    let mut writer = Writer { config, complaints: Complaints::default(), annotations: 0, predictions: 0 };
    let people: BTreeSet<&AuthId> = tasks.iter().flat_map(|t| &t.annotations).map(|a| &a.author).collect();
    let people: HashMap<&AuthId, usize> = people.into_iter().zip(1..).collect();
    let mut bytes = b"[".to_vec();
    for (i, task) in tasks.iter().enumerate() {
        bytes.extend_from_slice(if i == 0 { b"\n" } else { b",\n" });
        // a map of text keys always serialises
        bytes.extend(serde_json::to_vec(&writer.task(task, i + 1, &people)).unwrap_or_default());
    }
    bytes.extend_from_slice(b"\n]\n");
    Export { bytes, complaints: writer.complaints.into_list() }
}

struct Writer<'a> {
    config: &'a Config,
    complaints: Complaints,
    annotations: usize,
    predictions: usize,
}

impl Writer<'_> {
    fn task(&mut self, task: &ExportTask, number: usize, people: &HashMap<&AuthId, usize>) -> Value {
        let place = format!("task {}", task.ordinal + 1);
        let mut extras = Map::new();
        let mut annotations = Vec::new();
        for annotation in &task.annotations {
            annotations.push(self.annotation(&place, task, number, annotation, people));
            extras.insert(annotation.event.0.clone(), self.extra(annotation));
        }
        if let Some(gold) = &task.gold
            && !task.annotations.iter().any(|a| a.ground_truth && a.answers == *gold)
        {
            annotations.push(self.gold(&place, task, number, gold));
        }
        let mut predictions = Vec::new();
        for prediction in &task.predictions {
            self.predictions += 1;
            let result = self.result(&place, task, &prediction.answers, None);
            let score = prediction.score_e4.map(|s| f64::from(s) / 10_000.0);
            predictions.push(json!({
                "id": self.predictions, "model_version": prediction.model, "score": score, "result": result,
                "task": number, "project": 1,
            }));
        }
        let skipped = task.annotations.iter().filter(|a| a.skipped.is_some()).count();
        let created = task.annotations.iter().map(|a| a.created_at_ms).min().unwrap_or(0);
        let updated = task.annotations.iter().map(|a| a.updated_at_ms).max().unwrap_or(0);
        json!({
            "id": number, "inner_id": task.ordinal + 1, "project": 1,
            "data": task.data,
            "meta": {"countersign": {"task": task.id, "annotations": extras}},
            "total_annotations": annotations.len() - skipped, "cancelled_annotations": skipped,
            "total_predictions": predictions.len(),
            "annotations": annotations, "predictions": predictions, "drafts": [],
            "created_at": time::to_text(created), "updated_at": time::to_text(updated), "updated_by": null,
            "comment_count": 0, "unresolved_comment_count": 0, "last_comment_updated_at": null, "comment_authors": [],
            "allow_skip": true,
        })
    }

    fn annotation(
        &mut self,
        place: &str,
        task: &ExportTask,
        number: usize,
        annotation: &ExportAnnotation,
        people: &HashMap<&AuthId, usize>,
    ) -> Value {
        let answers = with_rationale(self.config, annotation);
        let origin = match annotation.prediction {
            None => "manual",
            Some(PredictionUse::Accepted) => "prediction",
            Some(PredictionUse::Edited) => "prediction-changed",
        };
        let result = self.result(place, task, &answers, Some(origin));
        let person = people.get(&annotation.author).copied().unwrap_or(0);
        let mut written = self.frame(number, result);
        written.extend([
            ("completed_by".to_owned(), json!({"id": person, "email": annotation.author})),
            ("was_cancelled".to_owned(), json!(annotation.skipped.is_some())),
            ("ground_truth".to_owned(), json!(annotation.ground_truth)),
            ("created_at".to_owned(), json!(time::to_text(annotation.created_at_ms))),
            ("updated_at".to_owned(), json!(time::to_text(annotation.updated_at_ms))),
            ("lead_time".to_owned(), json!(annotation.duration_ms.map(|ms| ms as f64 / 1000.0))),
            ("unique_id".to_owned(), json!(annotation.event)),
        ]);
        Value::Object(written)
    }

    /// The known right answer as an annotation of nobody.
    fn gold(&mut self, place: &str, task: &ExportTask, number: usize, answers: &[Answer]) -> Value {
        let result = self.result(place, task, answers, Some("manual"));
        let mut written = self.frame(number, result);
        written.extend([
            ("was_cancelled".to_owned(), json!(false)),
            ("ground_truth".to_owned(), json!(true)),
            // readers sort by this text, so it may not be null
            ("created_at".to_owned(), json!(time::to_text(0))),
            ("updated_at".to_owned(), json!(time::to_text(0))),
            ("lead_time".to_owned(), Value::Null),
            ("unique_id".to_owned(), json!(format!("{}-gold", task.id))),
        ]);
        Value::Object(written)
    }

    /// What every annotation has, whoever made it.
    fn frame(&mut self, number: usize, result: Vec<Value>) -> Map<String, Value> {
        self.annotations += 1;
        let frame = json!({
            "id": self.annotations, "task": number, "project": 1, "result_count": result.len(), "result": result,
            "draft_created_at": null, "prediction": {}, "import_id": null, "last_action": null, "bulk_created": false,
            "updated_by": null, "parent_prediction": null, "parent_annotation": null, "last_created_by": null,
        });
        match frame {
            Value::Object(map) => map,
            _ => Map::new(),
        }
    }

    fn extra(&self, annotation: &ExportAnnotation) -> Value {
        let mut extra = Map::new();
        let mut put = |key: &str, value: Option<String>| value.and_then(|v| extra.insert(key.to_owned(), v.into()));
        put("guideline", annotation.guideline.as_ref().map(ToString::to_string));
        put("model", annotation.model.as_ref().map(ToString::to_string));
        put("skip_reason", annotation.skipped.clone());
        put("rationale", annotation.rationale.clone().filter(|_| rationale_control(self.config).is_none()));
        Value::Object(extra)
    }

    /// The result items: regions with what is asked of them, then the answers about the whole task.
    fn result(&mut self, place: &str, task: &ExportTask, answers: &[Answer], origin: Option<&str>) -> Vec<Value> {
        let schema = &self.config.schema;
        let spans = answers.iter().flat_map(|a| match &a.value {
            Answered::Spans(spans) => spans.as_slice(),
            _ => &[],
        });
        let mut names =
            Names::beside(spans.filter_map(|s| s.id.clone()).chain(answers.iter().filter_map(|a| a.region.clone())));
        let mut maps: HashMap<&str, OffsetMap> = HashMap::new();
        let mut places: BTreeMap<RegionId, (Map<String, Value>, String)> = BTreeMap::new();
        let mut items = Vec::new();
        for answer in answers {
            let (Some(control), Answered::Spans(spans)) = (schema.control(&answer.control), &answer.value) else {
                continue;
            };
            for span in spans {
                let Some(field) = span.field.as_ref().or(control.to_fields.first()) else { continue };
                let geometry = geometry(schema_text(self.config, task, field), field, span, &mut maps);
                let id = span.id.clone().unwrap_or_else(|| names.fresh());
                let mut value = geometry.clone();
                value.insert("labels".to_owned(), json!(span.labels));
                items.push(self.item(&id, control, field, value, origin));
                for asked in answers.iter().filter(|a| a.region.as_ref() == Some(&id)) {
                    let Some(asking) = schema.control(&asked.control) else { continue };
                    if places.contains_key(&id) {
                        continue;
                    }
                    let mut value = geometry.clone();
                    value.extend(whole_value(&asked.value));
                    items.push(self.item(&id, asking, field, value, origin));
                }
                places.insert(id, (geometry, field.clone()));
            }
        }
        for answer in answers {
            let Some(control) = schema.control(&answer.control) else {
                self.complaints.push(place, "an answer to a control that the configuration lacks; left out");
                continue;
            };
            match (&answer.region, &answer.value) {
                (_, Answered::Spans(_)) => {}
                (Some(region), _) if places.contains_key(region) => {}
                (Some(_), _) => self.complaints.push(place, "an answer about a region that is not there; left out"),
                (None, value) => {
                    let field = control.to_fields.first().map_or("", String::as_str);
                    let id = names.fresh();
                    items.push(self.item(&id, control, field, whole_value(value), origin));
                }
            }
        }
        items
    }

    fn item(
        &self,
        id: &RegionId,
        control: &Control,
        field: &str,
        value: Map<String, Value>,
        origin: Option<&str>,
    ) -> Value {
        let to_name = self.config.written_to.get(&control.name).map_or(field, String::as_str);
        let mut item = json!({
            "id": id, "from_name": control.name, "to_name": to_name, "type": type_name(&control.kind), "value": value,
        });
        if let (Some(origin), Value::Object(map)) = (origin, &mut item) {
            map.insert("origin".to_owned(), json!(origin));
        }
        item
    }
}

fn schema_text<'a>(config: &'a Config, task: &'a ExportTask, field: &str) -> Option<&'a str> {
    field_text(&config.schema, &task.data, field)
}

/// Where a span lies, and the text there where it is known.
fn geometry<'a>(
    text: Option<&str>,
    field: &'a str,
    span: &Span,
    maps: &mut HashMap<&'a str, OffsetMap>,
) -> Map<String, Value> {
    let mut value = Map::new();
    value.insert("start".to_owned(), json!(span.start));
    value.insert("end".to_owned(), json!(span.end));
    if let Some(text) = text {
        let map = maps.entry(field).or_insert_with(|| OffsetMap::new(text));
        value.insert("text".to_owned(), json!(slice(text, map, span.start, span.end)));
    }
    value
}

/// The value of an answer, without a place.
pub(in crate::format) fn whole_value(value: &Answered) -> Map<String, Value> {
    let (key, value) = match value {
        Answered::Choices(chosen) => ("choices", json!(chosen)),
        Answered::Taxonomy(paths) => ("taxonomy", json!(paths)),
        Answered::Text(texts) => ("text", json!(texts)),
        Answered::Rating(rating) => ("rating", json!(rating)),
        Answered::Spans(_) => return Map::new(),
    };
    std::iter::once((key.to_owned(), value)).collect()
}

/// The control that asks for a rationale of the whole task.
fn rationale_control(config: &Config) -> Option<&Control> {
    config.schema.controls.iter().find(|control| {
        let asks = matches!(control.kind, ControlKind::TextArea { purpose: TextPurpose::Rationale, .. });
        asks && !control.per_region
    })
}

/// The answers, with the rationale as answer of the control that asks for it.
pub(in crate::format) fn with_rationale(config: &Config, annotation: &ExportAnnotation) -> Vec<Answer> {
    let mut answers = annotation.answers.clone();
    if let (Some(text), Some(control)) = (&annotation.rationale, rationale_control(config))
        && !answers.iter().any(|a| a.control == control.name)
    {
        let value = Answered::Text(vec![text.clone()]);
        answers.push(Answer { control: control.name.clone(), region: None, value });
    }
    answers
}
