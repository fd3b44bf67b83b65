//! The folded state as canonical JSON (RFC 8785), so that two machines can compare what they hold by one hash.
//!
//! It holds what people did and may do, not what can be computed from the released bodies. Its form is versioned, and a
//! later version of the fold may say more; hashes are compared between equal versions.

use crate::domain::event::Custody;
use crate::domain::state::{Adjudication, Key, State, TaskState, Work, WorkStatus};
use crate::log::time;
use serde_json::{Map, Value, json};

/// The version of this form.
pub const VERSION: u32 = 1;

/// The state as a value. Members that have nothing to say are absent.
pub fn of(state: &State) -> Value {
    let list = |of: &mut dyn Iterator<Item = Value>| Value::Array(of.collect());
    let keys: Map<String, Value> = state.keys.iter().map(|(key, of)| (key.0.clone(), key_of(of))).collect();
    let requests: Map<String, Value> = (state.requests.iter())
        .map(|(key, of)| (key.0.clone(), json!({ "authid": of.authid, "custody": of.custody })))
        .collect();
    let refused: Map<String, Value> =
        (state.refused.iter()).map(|(log, at)| (log.0.clone(), list(&mut at.keys().map(|at| json!(at))))).collect();
    let tasks: Map<String, Value> = state.tasks.iter().map(|(task, of)| (task.0.clone(), task_of(of))).collect();
    let mut out = json!({
        "version": VERSION,
        "events": state.events,
        "clock": state.clock.to_string(),
        "keys": keys,
        "requests": requests,
        "models": state.models,
        "releases": state.releases,
        "imports": state.imports,
        "erased": state.erased,
        "closed": state.closed,
        "refused": refused,
        "tasks": tasks,
    });
    put(&mut out, "name", state.name.as_ref().map(|name| json!(name)));
    put(&mut out, "config", state.config.as_ref().map(|digest| json!(digest)));
    put(&mut out, "policy", state.policy.as_ref().map(|digest| json!(digest)));
    put(&mut out, "guideline", state.guideline.as_ref().map(|guideline| json!(guideline.to_string())));
    out
}

/// One more member of an object, where there is a value.
pub(crate) fn put(object: &mut Value, name: &str, value: Option<Value>) {
    if let (Some(map), Some(value)) = (object.as_object_mut(), value) {
        map.insert(name.to_owned(), value);
    }
}

fn key_of(key: &Key) -> Value {
    let mut out = json!({ "authid": key.authid, "roles": key.roles });
    put(&mut out, "custody", key.custody.as_ref().map(|custody: &Custody| json!(custody)));
    put(&mut out, "lastsequence", key.last_sequence.map(|last| json!(last)));
    out
}

fn task_of(task: &TaskState) -> Value {
    let work: Map<String, Value> = task.work.iter().map(|(who, of)| (who.0.clone(), work_of(of))).collect();
    let mut out = json!({ "work": work, "reveals": task.reveals });
    put(&mut out, "adjudication", task.adjudication.as_ref().map(adjudication_of));
    out
}

fn work_of(work: &Work) -> Value {
    let (status, reason) = match &work.status {
        WorkStatus::Opened => ("opened", None),
        WorkStatus::Submitted => ("submitted", None),
        WorkStatus::Skipped(reason) => ("skipped", Some(json!(reason))),
        WorkStatus::Withdrawn => ("withdrawn", None),
        WorkStatus::BodyAbsent => ("body-absent", None),
    };
    let mut out = json!({
        "event": work.event,
        "status": status,
        "answers": work.answers,
        "created": time::to_text(work.created_ms),
        "updated": time::to_text(work.updated_ms),
        "duration_ms": work.duration_ms,
        "versions": work.versions,
        "earlier": work.earlier,
    });
    put(&mut out, "reason", reason);
    put(&mut out, "rationale", work.rationale.as_ref().map(|text| json!(text)));
    put(&mut out, "guideline", work.guideline.as_ref().map(|guideline| json!(guideline.to_string())));
    put(&mut out, "model", work.model.as_ref().map(|model| json!(model)));
    put(&mut out, "prediction", work.prediction.as_ref().map(|used| json!(used)));
    put(&mut out, "released", work.released.as_ref().map(|digest| json!(digest)));
    out
}

fn adjudication_of(case: &Adjudication) -> Value {
    let mut out = json!({
        "event": case.event,
        "by": case.by,
        "answers": case.answers,
        "over": case.over,
        "time": time::to_text(case.time_ms),
    });
    put(&mut out, "rationale", case.rationale.as_ref().map(|text| json!(text)));
    out
}

/// Its canonical bytes. Empty only where the state has no canonical form, which no state that was folded from verified
/// events lacks.
pub fn bytes(state: &State) -> Vec<u8> {
    crate::log::wire::canonical(&of(state)).unwrap_or_default()
}
