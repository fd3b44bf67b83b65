//! Cuts view models out of the state. Pure: the same state and the same place give the same view.

use super::model::*;
use crate::domain::annotation::{Answer, Value};
use crate::domain::draft::Draft;
use crate::domain::event::{Event, Role};
use crate::domain::id::{AuthId, DeviceId, ProjectId, TaskId};
use crate::domain::schema::{ControlKind, FieldSource, Schema, TextPurpose};
use crate::domain::state::{State, Work, WorkStatus};
use crate::domain::task::ReleasedTask;
use crate::labeling::layout::Node;
use crate::log::time::to_text;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// What this device knows beside the state, and for whom the views are cut.
#[derive(Clone, Debug, Default)]
pub struct Here {
    /// The name under which the host page knows the project.
    pub slug: String,
    /// The project.
    pub project: ProjectId,
    /// Who labels here now.
    pub me: AuthId,
    /// People of this device: pseudonym and label.
    pub profiles: Vec<(AuthId, String)>,
    /// Keys of this device.
    pub devices: BTreeSet<DeviceId>,
    /// The raw tasks are here.
    pub owns_source: bool,
    /// Tasks of which an annotation is in hand.
    pub drafts: BTreeSet<TaskId>,
    /// How the record verifies.
    pub record: RecordState,
    /// Where my private key lives.
    pub custody: String,
    /// What cannot be kept on this device.
    pub warnings: Vec<String>,
    /// What the last import could not take.
    pub complaints: Vec<crate::domain::complaint::Complaint>,
    /// The layout of the configuration in force.
    pub layout: Rc<Node>,
    /// The schema of the configuration in force.
    pub schema: Rc<Schema>,
    /// Its style, confined.
    pub style: String,
    /// The guideline's text.
    pub guideline: String,
    /// Entries that do not verify.
    pub problems: Vec<ProblemView>,
    /// Entries that were checked and verify.
    pub verified: u32,
    /// Entries not yet stored, by endpoint.
    pub pending: Vec<u32>,
}

/// The excerpt of a task in a list, at most so many characters.
const EXCERPT: usize = 90;

fn status(state: &State, here: &Here, task: &TaskId) -> TaskStatus {
    if here.drafts.contains(task) {
        return TaskStatus::Draft;
    }
    match state.work(task, &here.me).map(|w| &w.status) {
        None | Some(WorkStatus::Opened) => TaskStatus::Todo,
        Some(WorkStatus::Submitted | WorkStatus::BodyAbsent) => TaskStatus::Submitted,
        Some(WorkStatus::Skipped(_)) => TaskStatus::Skipped,
        Some(WorkStatus::Withdrawn) => TaskStatus::Withdrawn,
    }
}

fn person(state: &State, here: &Here, authid: &AuthId) -> PersonView {
    let label = here.profiles.iter().find(|(a, _)| a == authid).map(|(_, l)| l.clone()).unwrap_or_default();
    PersonView { authid: authid.clone(), label, roles: state.roles(authid).into_iter().collect() }
}

/// The frame.
pub fn shell(state: &State, here: &Here) -> ShellView {
    let me = person(state, here, &here.me);
    let mut counts = (0, 0);
    for (_, task) in state.tasks.iter().filter(|(id, _)| state.materials.index.contains_key(*id)) {
        match task.work.get(&here.me).map(|w| &w.status) {
            Some(WorkStatus::Submitted | WorkStatus::BodyAbsent) => counts.0 += 1,
            Some(WorkStatus::Skipped(_)) => counts.1 += 1,
            _ => {}
        }
    }
    let may = |role| me.roles.contains(&role);
    ShellView {
        slug: here.slug.clone(),
        name: state.name.clone().unwrap_or_default(),
        project: here.project.clone(),
        can_reveal: here.owns_source && may(Role::Admin),
        can_adjudicate: may(Role::Adjudicator),
        waiting_for_grant: me.roles.is_empty(),
        me,
        profiles: here.profiles.iter().map(|(authid, _)| person(state, here, authid)).collect(),
        total: state.materials.tasks.len() as u32,
        done: counts.0,
        skipped: counts.1,
        custody: here.custody.clone(),
        record: here.record,
        guideline: state.guideline.as_ref().map(|g| g.version.clone()),
        complaints: here.complaints.clone(),
        style: here.style.clone(),
        warnings: here.warnings.clone(),
        pending: here.pending.clone(),
        schema: here.schema.clone(),
    }
}

/// The first line of a task that says something.
fn excerpt(schema: &Schema, task: &ReleasedTask) -> String {
    let keys = schema.fields.iter().filter_map(|f| match &f.source {
        FieldSource::Data(key) => Some(key),
        FieldSource::Literal(_) => None,
    });
    let text = keys.filter_map(|k| task.fields.get(k)).find(|t| !t.trim().is_empty());
    let text = text.map_or("", |t| t.as_str());
    let mut short: String = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(EXCERPT).collect();
    if text.chars().count() > EXCERPT {
        short.push('…');
    }
    short
}

/// Rows in one chunk of the list.
const CHUNK: usize = 100;

/// One chunk of the list, from 0; empty past the end.
pub fn task_chunk(state: &State, here: &Here, chunk: usize) -> Vec<TaskRow> {
    let row = |(at, (task, _)): (usize, &(std::sync::Arc<ReleasedTask>, _))| TaskRow {
        task: task.id.clone(),
        ordinal: at as u32 + 1,
        excerpt: excerpt(&here.schema, task),
        status: status(state, here, &task.id),
        predicted: !task.predictions.is_empty(),
    };
    state.materials.tasks.iter().enumerate().skip(chunk * CHUNK).take(CHUNK).map(row).collect()
}

/// The chunk that holds a task.
pub fn chunk_of(state: &State, task: &TaskId) -> Option<usize> {
    state.materials.index.get(task).map(|at| at / CHUNK)
}

/// How many chunks there are.
pub fn chunks(state: &State) -> usize {
    state.materials.tasks.len().div_ceil(CHUNK)
}

/// The whole list.
pub fn tasks(state: &State, here: &Here) -> TasksView {
    let chunks = (0..chunks(state)).map(|at| Rc::new(task_chunk(state, here, at))).collect();
    TasksView { chunks: Rc::new(chunks), total: state.materials.tasks.len() as u32 }
}

/// The next task of this person that is not done, after `after` and round again.
pub fn next_task(state: &State, here: &Here, after: Option<&TaskId>) -> Option<TaskId> {
    let tasks = &state.materials.tasks;
    let from = after.and_then(|t| state.materials.index.get(t)).map_or(0, |at| at + 1);
    let (before, behind) = tasks.split_at(from.min(tasks.len()));
    behind
        .iter()
        .chain(before)
        .map(|(task, _)| &task.id)
        .find(|id| {
            Some(*id) != after
                && matches!(status(state, here, id), TaskStatus::Todo | TaskStatus::Draft | TaskStatus::Withdrawn)
        })
        .cloned()
}

fn fields(schema: &Schema, task: &ReleasedTask) -> Vec<FieldView> {
    let field = |f: &crate::domain::schema::Field| {
        let (key, text, covers) = match &f.source {
            FieldSource::Data(key) => (
                key.clone(),
                task.fields.get(key).cloned().unwrap_or_default(),
                task.covers.get(key).cloned().unwrap_or_default(),
            ),
            FieldSource::Literal(text) => (String::new(), text.clone(), vec![]),
        };
        FieldView { name: f.name.clone(), key, text: text.into(), covers }
    };
    let mut fields: Vec<FieldView> = schema.fields.iter().map(field).collect();
    // what only a heading shows is a text without a field
    for (key, text) in task.fields.iter().filter(|(key, _)| !fields.iter().any(|f| f.key == **key)).collect::<Vec<_>>()
    {
        let covers = task.covers.get(key).cloned().unwrap_or_default();
        fields.push(FieldView { name: String::new(), key: key.clone(), text: text.as_str().into(), covers });
    }
    fields
}

/// Answers with the rationale put back under its control, as the screen shows them.
pub fn shown_answers(schema: &Schema, work: &Work) -> Vec<Answer> {
    let mut answers = work.answers.to_vec();
    let control = schema
        .controls
        .iter()
        .find(|c| matches!(c.kind, ControlKind::TextArea { purpose: TextPurpose::Rationale, .. }));
    if let (Some(text), Some(control)) = (&work.rationale, control)
        && !answers.iter().any(|a| a.control == control.name)
    {
        let value = Value::Text(vec![text.clone()]);
        answers.push(Answer { control: control.name.clone(), region: None, value });
    }
    answers
}

/// A share in parts of ten thousand as text: `0.87`.
fn score_text(score_e4: Option<u32>) -> String {
    score_e4.map(|s| format!("{}.{:02}", s / 10_000, (s % 10_000) / 100)).unwrap_or_default()
}

/// One task to label; `draft` is the annotation in hand, where one is kept.
pub fn task(state: &State, here: &Here, id: &TaskId, draft: Option<Draft>) -> Option<TaskView> {
    let (at, released, digest) = state.materials.task(id)?;
    let work = state.work(id, &here.me);
    let submitted = match work {
        Some(work) if work.status == WorkStatus::Submitted => shown_answers(&here.schema, work),
        _ => vec![],
    };
    let predictions = released.predictions.iter().map(|p| PredictionView {
        model: p.model.clone(),
        name: p.model.as_str().split('@').next().unwrap_or_default().to_owned(),
        score: score_text(p.score_e4),
        answers: p.answers.clone(),
    });
    let previous = at.checked_sub(1).and_then(|p| state.materials.tasks.get(p)).map(|(t, _)| t.id.clone());
    Some(TaskView {
        task: id.clone(),
        ordinal: at as u32 + 1,
        total: state.materials.tasks.len() as u32,
        released: digest.clone(),
        layout: here.layout.clone(),
        schema: here.schema.clone(),
        fields: Rc::new(fields(&here.schema, released)),
        predictions: predictions.collect(),
        status: status(state, here, id),
        skip_reason: work.and_then(|w| match &w.status {
            WorkStatus::Skipped(reason) => Some(reason.clone()),
            _ => None,
        }),
        draft: draft.unwrap_or_else(|| Draft::from_answers(submitted.clone())),
        submitted,
        next: next_task(state, here, Some(id)),
        previous,
    })
}

/// The guideline.
pub fn guideline(state: &State, here: &Here) -> GuidelineView {
    let Some(reference) = &state.guideline else { return GuidelineView::default() };
    GuidelineView {
        id: reference.id.clone(),
        version: reference.version.clone(),
        digest: reference.digest.as_str().chars().take(18).collect(),
        blocks: super::markdown::blocks(&here.guideline),
    }
}

/// Where each log that does not verify stops to.
pub(super) fn bad_places(here: &Here) -> BTreeMap<&DeviceId, u64> {
    here.problems.iter().map(|p| (&p.log, p.at)).collect()
}

/// One entry of the record.
pub(super) fn activity_row(state: &State, here: &Here, bad: &BTreeMap<&DeviceId, u64>, event: &Event) -> ActivityRow {
    ActivityRow {
        id: event.id.clone(),
        sequence: event.sequence,
        person: event.author.clone(),
        kind: event.happening.kind.clone(),
        task: super::audit::task_of(state, event),
        time: time_text(event.time_ms),
        verified: here.record != RecordState::Checking && bad.get(&event.device).is_none_or(|at| event.sequence < *at),
        refused: state.refusal(event).is_some(),
        device: short_device(&event.device),
    }
}

/// The record.
pub fn activity(state: &State, here: &Here, events: &[Event]) -> ActivityView {
    let bad = bad_places(here);
    let mut logs: BTreeMap<&DeviceId, LogView> = BTreeMap::new();
    for event in events {
        let log = logs.entry(&event.device).or_insert_with(|| LogView {
            device: event.device.clone(),
            person: event.author.clone(),
            size: 0,
            own: here.devices.contains(&event.device),
        });
        log.size += 1;
    }
    ActivityView {
        rows: events.iter().rev().take(ActivityView::SHOWN).map(|e| activity_row(state, here, &bad, e)).collect(),
        total: events.len() as u32,
        verified: here.verified,
        problems: here.problems.clone(),
        logs: logs.into_values().collect(),
    }
}

fn short_device(device: &DeviceId) -> String {
    let text = device.as_str();
    text.get(text.len().saturating_sub(6)..).unwrap_or_default().to_owned()
}

/// RFC 3339 to the second.
fn time_text(ms: u64) -> String {
    let text = to_text(ms);
    text.get(..19).map(|t| format!("{t}Z")).unwrap_or(text)
}

/// A case to settle.
pub fn case(state: &State, here: &Here, id: &TaskId, draft: Option<Draft>) -> Option<CaseView> {
    let facts = state.tasks.get(id);
    let submitted = |w: &&Work| w.status == WorkStatus::Submitted;
    let sides: Vec<_> = facts
        .into_iter()
        .flat_map(|t| t.work.iter())
        .filter(|(_, w)| submitted(w))
        .map(|(who, work)| SideView {
            person: who.clone(),
            answers: work.answers.to_vec(),
            rationale: work.rationale.clone().unwrap_or_default(),
            time: time_text(work.updated_ms),
        })
        .collect();
    let settled = facts.and_then(|t| t.adjudication.as_ref()).map(|a| SideView {
        person: a.by.clone(),
        answers: a.answers.to_vec(),
        rationale: a.rationale.clone().unwrap_or_default(),
        time: time_text(a.time_ms),
    });
    let refused = if !state.roles(&here.me).contains(&Role::Adjudicator) {
        Some("not-authorised".to_owned())
    } else if sides.iter().any(|s| s.person == here.me) {
        Some("own-item".to_owned())
    } else {
        None
    };
    let mut task = task(state, here, id, draft)?;
    // the case begins from what is settled, never from the adjudicator's own answer
    if task.draft.answers.is_empty()
        && let Some(settled) = &settled
    {
        task.draft = Draft::from_answers(settled.answers.clone());
    }
    // blind: who may not settle sees no other's answers
    let sides = if refused.is_some() && settled.is_none() { vec![] } else { sides };
    Some(CaseView { task, sides, settled, refused })
}

/// People and keys.
pub fn people(state: &State, here: &Here, invitation: Option<String>) -> PeopleView {
    let member = |(device, key): (&DeviceId, &crate::domain::state::Key)| MemberView {
        device: device.clone(),
        authid: key.authid.clone(),
        roles: key.roles.clone(),
        own: here.devices.contains(device),
        revoked: key.last_sequence.is_some(),
    };
    let request = |(device, request): (&DeviceId, &crate::domain::state::KeyRequest)| MemberView {
        device: device.clone(),
        authid: request.authid.clone(),
        roles: vec![],
        own: here.devices.contains(device),
        revoked: false,
    };
    PeopleView {
        members: state.keys.iter().map(member).collect(),
        requests: state.requests.iter().map(request).collect(),
        invitation,
        can_grant: state.roles(&here.me).contains(&Role::Admin),
    }
}
