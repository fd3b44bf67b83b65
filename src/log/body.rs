//! The body of an event as it is stored: the fields of a fact and a salt. Types are `org.countersign.<kind>.v1`.
//!
//! An unknown type is no fault, since logs outlive programs. A known type whose body has another shape counts as an event
//! without a body and is reported. Foreign fields beside the known ones are ignored, with one exception:
//! `field.revealed` may hold nothing but path and purpose, because what else could stand there is the value.

use super::hash;
use super::problem::{Code, Fault};
use crate::domain::event::Fact;
use serde_json::{Map, Value};

const PREFIX: &str = "org.countersign.";
const SUFFIX: &str = ".v1";

/// The kinds of version 1, as [`Fact::kind`] names them.
pub const KINDS: [&str; 24] = [
    "project.created",
    "key.requested",
    "key.granted",
    "key.revoked",
    "config.published",
    "policy.published",
    "guideline.published",
    "model.registered",
    "tasks.released",
    "answers.imported",
    "task.opened",
    "annotation.submitted",
    "annotation.corrected",
    "annotation.withdrawn",
    "task.skipped",
    "rationale.given",
    "field.revealed",
    "review.passed",
    "review.rejected",
    "case.escalated",
    "case.adjudicated",
    "data.erased",
    "peers.seen",
    "log.closed",
];

/// The CloudEvents `type` of a kind.
pub fn type_of(kind: &str) -> String {
    format!("{PREFIX}{kind}{SUFFIX}")
}

/// The kind of a CloudEvents `type`. A type of another family or version is its own kind, so that none is mistaken.
pub fn kind_of(type_name: &str) -> &str {
    type_name.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(SUFFIX)).unwrap_or(type_name)
}

/// The stored body of `fact`, salted so that nobody can guess a short body from its hash.
pub fn to_data(fact: &Fact, salt: &[u8; 16]) -> Result<Map<String, Value>, serde_json::Error> {
    // by way of text: a second way to write facts would be a second copy of that code in the browser
    let tagged: Map<String, Value> = serde_json::from_slice(&serde_json::to_vec(fact)?)?;
    let mut data = match tagged.into_iter().next() {
        Some((_, Value::Object(map))) => map,
        _ => Map::new(),
    };
    data.insert("salt".into(), Value::String(hash::encode(salt)));
    Ok(data)
}

/// What a body says. The fault, if any, tells why a fact is absent although a body is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The fact, where the body could be read.
    pub fact: Option<Fact>,
    /// Why not, or what to know of it.
    pub fault: Option<Fault>,
}

/// Reads the body of an event of `kind`. An error means that the event must be refused, not only its body ignored.
pub fn from_data(kind: &str, data: &Value) -> Result<Reading, Fault> {
    from_bytes(kind, data, &serde_json::to_vec(data).unwrap_or_default())
}

/// The same of a body that is at hand as bytes too.
pub fn from_bytes(kind: &str, data: &Value, bytes: &[u8]) -> Result<Reading, Fault> {
    let unread = |code, detail| Ok(Reading { fact: None, fault: Some(Fault::new(code, detail)) });
    let Value::Object(data) = data else {
        return unread(Code::BadBody, "the body is no object");
    };
    if kind == "field.revealed" && data.keys().any(|key| !matches!(key.as_str(), "path" | "purpose" | "salt")) {
        return Err(Fault::new(Code::BadData, "a reveal says more than path and purpose"));
    }
    if !KINDS.contains(&kind) {
        return unread(Code::UnknownType, "a type that this version does not know");
    }
    let salted = data.get("salt").and_then(Value::as_str).and_then(hash::decode).is_some_and(|salt| salt.len() == 16);
    if !salted {
        return unread(Code::BadBody, "the body has no salt of 16 bytes");
    }
    match fact_of(kind, bytes) {
        Ok(fact) => Ok(Reading { fact: Some(fact), fault: None }),
        Err(_) => unread(Code::BadBody, "the body has not the shape of its type"),
    }
}

/// Reads a body that was read before, and has still the hash that was signed.
pub(super) fn reread(kind: &str, bytes: &[u8]) -> Reading {
    let fault = |code, detail| Reading { fact: None, fault: Some(Fault::new(code, detail)) };
    if !KINDS.contains(&kind) {
        return fault(Code::UnknownType, "a type that this version does not know");
    }
    match fact_of(kind, bytes) {
        Ok(fact) => Reading { fact: Some(fact), fault: None },
        Err(_) => fault(Code::BadBody, "the body has not the shape of its type"),
    }
}

/// A body as the fact of that kind; the salt is one of the fields that no fact knows.
fn fact_of(kind: &str, body: &[u8]) -> Result<Fact, serde_json::Error> {
    let mut text = Vec::with_capacity(body.len() + kind.len() + 5);
    text.extend_from_slice(b"{\"");
    text.extend(kind.bytes().map(|b| if b == b'.' { b'_' } else { b }));
    text.extend_from_slice(b"\":");
    text.extend_from_slice(body);
    text.push(b'}');
    serde_json::from_slice(&text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_kind_is_known_to_the_facts() {
        // the names that serde knows are the kinds with underscores: none missing, none too many
        for kind in KINDS {
            match fact_of(kind, b"{}") {
                Ok(fact) => assert_eq!(fact.kind(), kind),
                Err(error) => assert!(error.to_string().contains("missing field"), "{kind}: {error}"),
            }
        }
        let error = fact_of("x", b"{}").unwrap_err().to_string();
        assert_eq!(error.matches('`').count(), 2 * (KINDS.len() + 1), "{error}");
    }

    #[test]
    fn types_and_kinds() {
        assert_eq!(type_of("task.opened"), "org.countersign.task.opened.v1");
        for (type_name, kind) in [
            ("org.countersign.task.opened.v1", "task.opened"),
            ("org.countersign.task.opened.v2", "org.countersign.task.opened.v2"),
            ("com.example.thing", "com.example.thing"),
        ] {
            assert_eq!(kind_of(type_name), kind);
        }
    }

    #[test]
    fn bodies() {
        let salt = "AQEBAQEBAQEBAQEBAQEBAQ";
        let read =
            |kind: &str, data: Value| from_data(kind, &data).map(|r| (r.fact.is_some(), r.fault.map(|f| f.code)));
        let check = |kind: &str, data: Value, expect| assert_eq!(read(kind, data), expect, "{kind}");
        check("task.opened", json!({ "salt": salt }), Ok((true, None)));
        check("task.opened", json!({ "salt": salt, "later": 1 }), Ok((true, None)));
        check("task.opened", json!({ "salt": "AQ" }), Ok((false, Some(Code::BadBody))));
        check("task.opened", json!({}), Ok((false, Some(Code::BadBody))));
        check("task.opened", json!([]), Ok((false, Some(Code::BadBody))));
        check("task_opened", json!({ "salt": salt }), Ok((false, Some(Code::UnknownType))));
        check("task.skipped", json!({ "salt": salt }), Ok((false, Some(Code::BadBody))));
        check("task.skipped", json!({ "salt": salt, "fact": "task_opened" }), Ok((false, Some(Code::BadBody))));
        check("field.revealed", json!({ "salt": salt, "path": "text", "purpose": "call back" }), Ok((true, None)));
        let told = from_data("field.revealed", &json!({ "salt": salt, "path": "p", "purpose": "q", "value": "x" }));
        assert_eq!(told.unwrap_err().code, Code::BadData);
    }
}
