//! What is taken away: every task with what people, models and adjudicators said of it, cut from the state alone, so that
//! a device that never saw the imported file writes the same.

use super::release::{RawTask, to_raw};
use crate::domain::annotation::{Answer, Value};
use crate::domain::id::{AuthId, TaskId};
use crate::domain::schema::{ControlKind, Schema, TextPurpose};
use crate::domain::state::{Adjudication, State, TaskState, Work, WorkStatus};
use crate::format::{ExportAnnotation, ExportPrediction, ExportTask};
use std::collections::BTreeMap;

/// The results over the covered texts; with `raw` tasks, over the raw texts, where the owner asks for that.
pub fn results(state: &State, raw: Option<&BTreeMap<TaskId, RawTask>>) -> Vec<ExportTask> {
    let schema = &state.materials.schema;
    let one = |(ordinal, (task, _)): (usize, &(std::sync::Arc<crate::domain::task::ReleasedTask>, _))| {
        let raw = raw.and_then(|r| r.get(&task.id));
        let moved = |answers: &[Answer]| match raw {
            Some(raw) => to_raw(schema, raw, answers),
            None => answers.to_vec(),
        };
        let data = match raw {
            Some(raw) => raw.data.clone(),
            None => task.fields.iter().map(|(key, text)| (key.clone(), text.as_str().into())).collect(),
        };
        let facts = state.tasks.get(&task.id);
        let mut annotations: Vec<ExportAnnotation> = facts
            .into_iter()
            .flat_map(|t| t.work.iter())
            .filter_map(|(who, work)| annotation(schema, who, work, &moved))
            .collect();
        annotations.sort_by(|a, b| (a.created_at_ms, &a.author).cmp(&(b.created_at_ms, &b.author)));
        annotations.extend(facts.and_then(settled).map(|case| adjudicated(case, &moved)));
        ExportTask {
            id: task.id.clone(),
            ordinal: ordinal as u64,
            data,
            annotations,
            predictions: task
                .predictions
                .iter()
                .map(|p| ExportPrediction { model: p.model.clone(), score_e4: p.score_e4, answers: moved(&p.answers) })
                .collect(),
            gold: task.gold.as_ref().map(|answers| moved(answers)),
        }
    };
    state.materials.tasks.iter().enumerate().map(one).collect()
}

fn settled(task: &TaskState) -> Option<&Adjudication> {
    task.adjudication.as_ref()
}

fn annotation(
    schema: &Schema,
    who: &AuthId,
    work: &Work,
    moved: &dyn Fn(&[Answer]) -> Vec<Answer>,
) -> Option<ExportAnnotation> {
    let skipped = match &work.status {
        WorkStatus::Submitted => None,
        WorkStatus::Skipped(reason) => Some(reason.clone()),
        WorkStatus::Opened | WorkStatus::Withdrawn | WorkStatus::BodyAbsent => return None,
    };
    Some(ExportAnnotation {
        event: work.event.clone(),
        author: who.clone(),
        answers: with_rationale(schema, moved(&work.answers), work.rationale.as_deref()),
        skipped,
        rationale: work.rationale.clone(),
        created_at_ms: work.created_ms,
        updated_at_ms: work.updated_ms,
        duration_ms: Some(work.duration_ms),
        ground_truth: false,
        guideline: work.guideline.clone(),
        model: work.model.clone(),
        prediction: work.prediction,
    })
}

/// Formats without a place for a rationale carry it as the answer to its control.
fn with_rationale(schema: &Schema, mut answers: Vec<Answer>, rationale: Option<&str>) -> Vec<Answer> {
    let control = schema
        .controls
        .iter()
        .find(|c| matches!(c.kind, ControlKind::TextArea { purpose: TextPurpose::Rationale, .. }));
    if let (Some(control), Some(text)) = (control, rationale)
        && !answers.iter().any(|a| a.control == control.name)
    {
        let value = Value::Text(vec![text.to_owned()]);
        answers.push(Answer { control: control.name.clone(), region: None, value });
    }
    answers
}

fn adjudicated(case: &Adjudication, moved: &dyn Fn(&[Answer]) -> Vec<Answer>) -> ExportAnnotation {
    ExportAnnotation {
        event: case.event.clone(),
        author: case.by.clone(),
        answers: moved(&case.answers),
        rationale: case.rationale.clone(),
        created_at_ms: case.time_ms,
        updated_at_ms: case.time_ms,
        ground_truth: true,
        ..ExportAnnotation::default()
    }
}
