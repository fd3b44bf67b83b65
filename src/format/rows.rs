//! Tables: one row an annotation, in the columns of Label Studio's JSON_MIN and CSV exports.
//!
//! A row has the task's data, `id`, one column for each control, `annotator`, `annotation_id`, `created_at`,
//! `updated_at`, `lead_time`. One choice or one text stands as itself, several as `{"choices":[…]}` and `{"text":[…]}`;
//! all else is a list of values. Lost, and complained of: names of regions and what belongs to which, predictions,
//! skipped tasks, rationales that no control asks for.
//!
//! Spreadsheets run a cell that begins with `=`, `+`, `-`, `@`, a tab or a line end as a formula. With [`Formulas::Guard`]
//! such a cell gets an apostrophe in front, as OWASP advises (<https://owasp.org/www-community/attacks/CSV_Injection>),
//! and the export says how many; plain numbers stay.

use super::export::{Export, ExportAnnotation, ExportTask, field_text};
use super::label_studio::{whole_value, with_rationale};
use super::time;
use crate::domain::annotation::{Answer, Value as Answered};
use crate::domain::complaint::Complaints;
use crate::domain::schema::{Control, ControlKind};
use crate::domain::text::{OffsetMap, slice};
use crate::labeling::Config;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap};

/// What becomes of cells that a spreadsheet would run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Formulas {
    /// An apostrophe in front.
    #[default]
    Guard,
    /// They stay as they are, for programs that are no spreadsheets.
    Keep,
}

/// Writes a table (RFC 4180: commas, CRLF), its columns sorted by name as Label Studio does.
pub fn csv(tasks: &[ExportTask], config: &Config, formulas: Formulas) -> Export {
    let mut complaints = Complaints::default();
    let rows = rows(tasks, config, &mut complaints);
    let mut columns: Vec<&str> = rows.iter().flat_map(|row| row.keys()).map(String::as_str).collect();
    columns.sort_unstable();
    columns.dedup();
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let mut write = |cells: &[String]| writer.write_record(cells);
    // writing to memory does not fail
    let mut guard = |text: String| guarded(text, formulas, &mut complaints);
    let header: Vec<String> = columns.iter().map(|c| guard((*c).to_owned())).collect();
    let mut written = if header.is_empty() { Ok(()) } else { write(&header) };
    for row in &rows {
        let cells: Vec<String> = columns.iter().map(|c| guard(cell(row.get(*c)))).collect();
        written = written.and(write(&cells));
    }
    if written.is_err() {
        complaints.push("the table", "could not be written whole");
    }
    Export { bytes: writer.into_inner().unwrap_or_default(), complaints: complaints.into_list() }
}

/// Writes Label Studio's JSON_MIN: the same rows as an array of objects.
pub fn json_min(tasks: &[ExportTask], config: &Config) -> Export {
    let mut complaints = Complaints::default();
    let rows = rows(tasks, config, &mut complaints);
    let mut bytes = b"[".to_vec();
    for (i, row) in rows.iter().enumerate() {
        bytes.extend_from_slice(if i == 0 { b"\n" } else { b",\n" });
        bytes.extend(serde_json::to_vec(row).unwrap_or_default());
    }
    bytes.extend_from_slice(b"\n]\n");
    Export { bytes, complaints: complaints.into_list() }
}

fn rows(tasks: &[ExportTask], config: &Config, complaints: &mut Complaints) -> Vec<Map<String, Value>> {
    let mut rows = Vec::new();
    let mut number = 0;
    for (i, task) in tasks.iter().enumerate() {
        let place = format!("task {}", task.ordinal + 1);
        if !task.predictions.is_empty() {
            complaints.push(place.clone(), "a table holds no predictions; left out");
        }
        if task.annotations.is_empty() {
            complaints.push(place.clone(), "a table holds annotations only; the task has none");
        }
        for annotation in &task.annotations {
            number += 1;
            if annotation.skipped.is_some() {
                complaints.push(place.clone(), "a table holds no skipped tasks; left out");
            } else {
                rows.push(row(task, i + 1, annotation, number, config, &place, complaints));
            }
        }
    }
    rows
}

fn row(
    task: &ExportTask,
    id: usize,
    annotation: &ExportAnnotation,
    number: usize,
    config: &Config,
    place: &str,
    complaints: &mut Complaints,
) -> Map<String, Value> {
    let mut row = task.data.clone();
    let answers = with_rationale(config, annotation);
    if annotation.rationale.is_some() && answers == annotation.answers {
        complaints.push(place, "a table holds no rationale without a control for it; left out");
    }
    let mut put = |name: &str, value: Value| {
        if row.insert(name.to_owned(), value).is_some() {
            complaints.push(place, format!("the column {name} stands for two things; the data's is left out"));
        }
    };
    put("id", json!(id));
    let mut places = HashMap::new();
    for control in &config.schema.controls {
        let values = values(control, &answers, task, config, &mut places);
        if !values.is_empty() {
            put(&control.name, collapsed(&control.kind, values));
        }
    }
    put("annotator", json!(annotation.author));
    put("annotation_id", json!(number));
    put("created_at", json!(time::to_text(annotation.created_at_ms)));
    put("updated_at", json!(time::to_text(annotation.updated_at_ms)));
    put("lead_time", json!(annotation.duration_ms.map(|ms| ms as f64 / 1000.0)));
    if answers.iter().any(|a| a.region.is_some()) {
        complaints.push(place, "a table does not hold which answer belongs to which region");
    }
    row
}

/// The values of one control, each with its place where it has one.
fn values<'a>(
    control: &Control,
    answers: &'a [Answer],
    task: &'a ExportTask,
    config: &'a Config,
    places: &mut HashMap<&'a str, BTreeMap<String, Value>>,
) -> Vec<Map<String, Value>> {
    let mut maps: HashMap<&str, OffsetMap> = HashMap::new();
    let mut list = Vec::new();
    for answer in answers.iter().filter(|a| a.control == control.name) {
        let Answered::Spans(spans) = &answer.value else {
            let mut value: Map<String, Value> = Map::new();
            let place = answer.region.as_ref().and_then(|r| places.get(r.as_str()));
            value.extend(place.into_iter().flatten().map(|(k, v)| (k.clone(), v.clone())));
            value.extend(whole_value(&answer.value));
            list.push(value);
            continue;
        };
        for span in spans {
            let mut place =
                BTreeMap::from([("start".to_owned(), json!(span.start)), ("end".to_owned(), json!(span.end))]);
            let field = span.field.as_deref().or(control.to_fields.first().map(String::as_str)).unwrap_or("");
            if let Some(text) = field_text(&config.schema, &task.data, field) {
                // keyed by the text's own place in the task, not by this control
                let key = config.schema.field(field).map_or("", |f| f.name.as_str());
                let map = maps.entry(key).or_insert_with(|| OffsetMap::new(text));
                place.insert("text".to_owned(), json!(slice(text, map, span.start, span.end)));
            }
            let mut value: Map<String, Value> = place.clone().into_iter().collect();
            value.insert("labels".to_owned(), json!(span.labels));
            list.push(value);
            if let Some(id) = &span.id {
                places.insert(id.as_str(), place);
            }
        }
    }
    list
}

/// As Label Studio shortens them.
fn collapsed(kind: &ControlKind, values: Vec<Map<String, Value>>) -> Value {
    let key = match kind {
        ControlKind::Choices { .. } => "choices",
        ControlKind::TextArea { .. } => "text",
        _ => return json!(values),
    };
    let mut list: Vec<Value> = values
        .into_iter()
        .map(|value| match value.get(key).and_then(Value::as_array).map(Vec::as_slice) {
            Some([only]) => only.clone(),
            _ => Value::Object(value),
        })
        .collect();
    if list.len() == 1 { list.remove(0) } else { Value::Array(list) }
}

fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn guarded(text: String, formulas: Formulas, complaints: &mut Complaints) -> String {
    let runs = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    if formulas == Formulas::Keep || !runs || text.parse::<f64>().is_ok() {
        return text;
    }
    complaints.push("the table", "a cell that a spreadsheet would run as a formula got an apostrophe in front");
    format!("'{text}")
}
