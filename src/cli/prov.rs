//! Events as W3C PROV (PROV-DM, PROV-O's terms) in the PROV-JSON serialization (W3C member submission, 24 April 2013).
//!
//! An event is an activity, associated with its device, which acted on behalf of a pseudonymous person; the guideline is the
//! plan; the task and the model are used; an answer is generated, revises the one before it, and is attributed to the person.
//! No text of a task or an answer goes in: provenance says how something came to be, and the logs say what it is.

use crate::domain::event::{Event, Fact};
use crate::domain::state::State;
use crate::engine::snapshot::put;
use crate::log::{key, time};
use serde_json::{Map, Value, json};
use std::fmt::Write;

/// Where our own terms and names stand. No document is served there; names of PROV need not lead anywhere.
const TERMS: &str = "https://countersign.org/prov#";

/// The document of events that had the right to be.
pub fn document(events: &[Event], state: &State) -> Value {
    let mut document = Document::default();
    for event in events.iter().filter(|event| state.refusal(event).is_none()) {
        document.take(event);
    }
    let mut out = json!({ "prefix": { "cs": TERMS, "did": "did:", "uuid": "urn:uuid:" } });
    if let Some(map) = out.as_object_mut() {
        map.extend(document.0.into_iter().map(|(kind, of)| (kind.to_owned(), Value::Object(of))));
    }
    out
}

/// Records by kind, each under its name.
#[derive(Default)]
struct Document(std::collections::BTreeMap<&'static str, Map<String, Value>>);

impl Document {
    fn put(&mut self, kind: &'static str, name: &str, record: Value) {
        self.0.entry(kind).or_default().entry(name).or_insert(record);
    }

    fn take(&mut self, event: &Event) {
        let happening = &event.happening;
        let id = |of: &str| format!("uuid:{}", local(of));
        let activity = id(event.id.as_str());
        let when = time::to_text(event.time_ms);
        let what = json!({
            "prov:startTime": when, "prov:endTime": when,
            "prov:type": name("cs:", &happening.kind),
            "cs:log": key::multibase(&event.device), "cs:sequence": event.sequence, "cs:hlc": event.hlc.to_string(),
        });
        self.put("activity", &activity, what);
        let device = format!("did:{}", local(event.device.as_str().strip_prefix("did:").unwrap_or_default()));
        let person = format!("cs:person/{}", local(event.author.as_str()));
        self.put("agent", &device, json!({ "prov:type": name("prov:", "SoftwareAgent") }));
        self.put("agent", &person, json!({ "prov:type": name("prov:", "Person") }));
        let mut association = json!({ "prov:activity": activity, "prov:agent": device });
        if let Some(guideline) = &happening.guideline {
            let plan = format!("cs:guideline/{}", local(&guideline.to_string()));
            self.put("entity", &plan, json!({ "prov:type": name("prov:", "Plan") }));
            put(&mut association, "prov:plan", Some(plan.into()));
        }
        let nth = |kind: &str| format!("_:{kind}-{}", local(event.id.as_str()));
        self.put("wasAssociatedWith", &nth("by"), association);
        let behalf = json!({ "prov:delegate": device, "prov:responsible": person, "prov:activity": activity });
        self.put("actedOnBehalfOf", &nth("for"), behalf);
        let task = happening.task.as_ref().map(|task| ("task", task.as_str()));
        let model = happening.model.as_ref().map(|model| ("model", model.as_str()));
        for (kind, of) in task.into_iter().chain(model) {
            let entity = format!("cs:{kind}/{}", local(of));
            self.put("entity", &entity, json!({ "prov:type": name("cs:", kind) }));
            self.put("used", &nth(kind), json!({ "prov:activity": activity, "prov:entity": entity }));
        }
        self.generate(event, &activity, &person);
    }

    /// What an event brings into being.
    fn generate(&mut self, event: &Event, activity: &str, person: &str) {
        let kind = match &event.happening.fact {
            Some(Fact::AnnotationSubmitted { .. } | Fact::AnnotationCorrected { .. }) => "annotation",
            Some(Fact::CaseAdjudicated { .. }) => "adjudication",
            _ => return,
        };
        let entity = |id: &str| format!("cs:annotation/{}", local(id));
        let made = entity(event.id.as_str());
        let nth = |kind: &str, n: usize| format!("_:{kind}{n}-{}", local(event.id.as_str()));
        self.put("entity", &made, json!({ "prov:type": name("cs:", kind) }));
        let when = time::to_text(event.time_ms);
        self.put(
            "wasGeneratedBy",
            &nth("made", 0),
            json!({ "prov:entity": made, "prov:activity": activity, "prov:time": when }),
        );
        self.put("wasAttributedTo", &nth("author", 0), json!({ "prov:entity": made, "prov:agent": person }));
        let mut from = |n: usize, of: &str, how: Option<&str>| {
            self.put("entity", &entity(of), json!({ "prov:type": name("cs:", "annotation") }));
            let mut derived = json!({ "prov:generatedEntity": made, "prov:usedEntity": entity(of) });
            put(&mut derived, "prov:type", how.map(|how| name("prov:", how)));
            self.put("wasDerivedFrom", &nth("from", n), derived);
        };
        match &event.happening.fact {
            Some(Fact::AnnotationCorrected { .. }) => {
                event.happening.cause.iter().for_each(|cause| from(0, cause.as_str(), Some("Revision")));
            }
            Some(Fact::CaseAdjudicated { over, .. }) => {
                over.iter().enumerate().for_each(|(n, of)| from(n, of.as_str(), None));
            }
            _ => {}
        }
    }
}

/// A qualified name as a value.
fn name(prefix: &str, local_part: &str) -> Value {
    json!({ "$": format!("{prefix}{}", local(local_part)), "type": "prov:QUALIFIED_NAME" })
}

/// A local part that any reader takes: what is no letter, digit, `.`, `_`, `-` or `:` is percent-encoded.
fn local(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"._-:".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}
