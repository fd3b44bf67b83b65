//! Our own JSONL: one line an annotation, or one for a task that has none, with nothing lost.
//!
//! A line is `{"countersign":"annotation","version":1,"task":{…},"annotation":{…}}`; `task` is an [`ExportTask`] without
//! annotations, repeated on each of its lines, so that any line stands for itself. Answers have the form of the events
//! (`{"control":"ner","spans":[…]}`), offsets count code points.

use super::export::{Export, ExportAnnotation, ExportTask};
use super::{SourceAnnotation, SourcePrediction, SourceTask};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The key by which a line of ours is known.
pub(super) const MARK: &str = "countersign";
const KIND: &str = "annotation";
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Line<'a> {
    countersign: &'static str,
    version: u32,
    task: ExportTask,
    annotation: Option<&'a ExportAnnotation>,
}

#[derive(Deserialize)]
struct ReadLine {
    countersign: String,
    version: u32,
    task: ExportTask,
    annotation: Option<ExportAnnotation>,
}

/// Writes one line an annotation.
pub fn write(tasks: &[ExportTask]) -> Export {
    let mut bytes = Vec::new();
    for task in tasks {
        let bare = ExportTask { annotations: Vec::new(), ..task.clone() };
        let annotations = task.annotations.iter().map(Some);
        let none = task.annotations.is_empty().then_some(None);
        for annotation in annotations.chain(none) {
            let line = Line { countersign: KIND, version: VERSION, task: bare.clone(), annotation };
            // a map of text keys always serialises
            bytes.extend(serde_json::to_vec(&line).unwrap_or_default());
            bytes.push(b'\n');
        }
    }
    Export { bytes, complaints: Vec::new() }
}

/// Reads one line back. `None` where it is nothing this version writes.
pub fn read_line(line: &str) -> Option<ExportTask> {
    from_value(serde_json::from_slice(line.as_bytes()).ok()?)
}

fn from_value(value: Value) -> Option<ExportTask> {
    let read: ReadLine = serde_json::from_value(value).ok()?;
    let ours = read.countersign == KIND && read.version == VERSION;
    ours.then(|| ExportTask { annotations: read.annotation.into_iter().collect(), ..read.task })
}

/// A line as a task to import, with the name that tells which lines belong together.
pub(super) fn source_task(map: Map<String, Value>, index: u64) -> Option<(String, SourceTask)> {
    let task = from_value(Value::Object(map))?;
    let annotations: Vec<SourceAnnotation> = task.annotations.into_iter().map(source_annotation).collect();
    let predictions = task.predictions.into_iter().map(|p| SourcePrediction {
        model: p.model.0,
        score_e4: p.score_e4,
        answers: p.answers,
    });
    let source = SourceTask {
        source_index: index,
        source_id: Some(task.id.0.clone()),
        data: task.data,
        meta: Map::new(),
        annotations,
        predictions: predictions.collect(),
        gold: task.gold,
    };
    Some((task.id.0, source))
}

fn source_annotation(annotation: ExportAnnotation) -> SourceAnnotation {
    SourceAnnotation {
        answers: annotation.answers,
        author: Some(annotation.author.0).filter(|a| !a.is_empty()),
        skipped: annotation.skipped.is_some(),
        ground_truth: annotation.ground_truth,
        duration_ms: annotation.duration_ms,
        created_at_ms: Some(annotation.created_at_ms),
        source_id: Some(annotation.event.0),
    }
}
