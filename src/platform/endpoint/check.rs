//! Looks whether an endpoint can be used, and names what is wrong with it.
//!
//! It asks one thing after the other, as an exchange would: does anybody answer, is it the endpoint, may objects be read,
//! written, listed and removed, do the clocks agree, and, for a page, what would a browser say. Written under a name of
//! its own and removed again. Deliberately absent: any text that the server sent, which may hold anything.

use super::cors;
use super::transport::{Fenced, request};
use crate::storage::{Storage, StorageError};
use crate::sync::{Endpoint, Place};
use serde::Serialize;

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What was looked at: `reach`, `clock`, `recognise`, `read`, `write`, `list`, `remove`, `cors-…`.
    pub what: &'static str,
    /// Whether it is well.
    pub ok: bool,
    /// What was found, and what to do where it is not well.
    pub text: String,
}

/// What was found, in the order it was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Findings {
    /// Whether all is well.
    pub ok: bool,
    /// Each step that was taken; after one that bars the way none follows.
    pub steps: Vec<Step>,
    /// The rule to paste at the endpoint, where a page needs one that is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
}

impl Findings {
    fn say(&mut self, what: &'static str, outcome: Result<String, String>) -> bool {
        let ok = outcome.is_ok();
        let (Ok(text) | Err(text)) = outcome;
        self.steps.push(Step { what, ok, text });
        ok
    }

    fn finish(mut self) -> Self {
        self.ok = self.steps.iter().all(|step| step.ok);
        self
    }
}

/// How far a server's clock may be from ours, milliseconds. S3 refuses requests that are 15 minutes off; a third of that
/// leaves room for both to drift.
pub const SKEW_LIMIT_MS: u64 = 5 * 60 * 1_000;

/// The name under which the check writes.
const PROBE: &str = "countersign-check/probe";
/// A name under which nothing is ever kept.
const ABSENT: &str = "countersign-check/absent";

/// Looks whether objects can be kept at an endpoint. Nothing is left behind where removing is allowed.
pub async fn storage<S: Storage>(storage: &S) -> Findings {
    let mut found = Findings::default();
    let could = |what: Result<(), StorageError>, good: &str| match what {
        Ok(()) => Ok(good.to_owned()),
        Err(e) => Err(format!("could not {e}")),
    };
    let (what, outcome) = match storage.get(ABSENT).await {
        Ok(None) => ("read", Ok("an absent object reads as absent".to_owned())),
        Ok(Some(_)) => ("recognise", could(Err(StorageError::NotOurs), "")),
        Err(e @ StorageError::Unreachable) => ("reach", could(Err(e), "")),
        Err(e @ StorageError::NotOurs) => ("recognise", could(Err(e), "")),
        Err(e) => ("read", could(Err(e), "")),
    };
    if !found.say(what, outcome) {
        return found.finish();
    }
    let bytes = b"written by a connection check; may be removed";
    if found.say("write", could(storage.put(PROBE, bytes).await, "an object was written")) {
        let kept = storage.get(PROBE).await;
        let same =
            kept.and_then(|kept| if kept.as_deref() == Some(bytes) { Ok(()) } else { Err(StorageError::NotOurs) });
        found.say("read", could(same, "it reads back as it was"));
        if storage.lists() {
            let listed = storage.list("countersign-check/").await;
            let outcome = match listed {
                Ok(names) if names.iter().any(|n| n == PROBE) => Ok("it is listed".to_owned()),
                Ok(_) => {
                    Err("could not find it in the listing: logs are then found by the keys that the project granted"
                        .to_owned())
                }
                Err(e) => Err(format!(
                    "could not {e}; without a listing, logs are found by the keys that the project granted"
                )),
            };
            found.say("list", outcome);
        }
        found.say("remove", could(storage.delete(PROBE).await, "it was removed; erasing works"));
    }
    found.finish()
}

/// Looks at an endpoint from outside, without credentials: does anybody answer, do the clocks agree, and what would a
/// browser say to a page of `page_origin`. `now_ms` is wall time, milliseconds since 1970. Not for a browser itself, which
/// hides all of this.
#[cfg(not(target_arch = "wasm32"))]
pub async fn outside(endpoint: &Endpoint, page_origin: Option<&str>, now_ms: u64) -> Findings {
    let mut found = Findings::default();
    if matches!(endpoint.place, Place::Folder { .. }) {
        return found.finish();
    }
    let fence = match endpoint.origins().and_then(Fenced::new) {
        Ok(fence) => fence,
        Err(e) => {
            found.say("reach", Err(format!("could not {e}")));
            return found.finish();
        }
    };
    let url = address(endpoint);
    let origin = page_origin.unwrap_or_default();
    let headers: &[(&str, &str)] = if origin.is_empty() { &[] } else { &[("origin", origin)] };
    let answer = match request("GET", &url, headers, Vec::new()) {
        Ok(request) => fence.look(request).await,
        Err(e) => Err(e),
    };
    let (_, answered) = match answer {
        Ok(answer) => answer,
        Err(e) => {
            found.say("reach", Err(format!("could not {e}")));
            return found.finish();
        }
    };
    found.say("reach", Ok("a server answers".to_owned()));
    let date = answered.get("date").and_then(|d| d.to_str().ok());
    found.say("clock", clock(date, now_ms));
    if let Some(page_origin) = page_origin {
        let asked = ask_as_browser(&fence, endpoint, &url, page_origin).await;
        cross_origin(&mut found, endpoint, page_origin, &asked, &answered);
    }
    found.finish()
}

/// An address at the endpoint at which nothing lies.
#[cfg(not(target_arch = "wasm32"))]
fn address(endpoint: &Endpoint) -> String {
    let name = format!("{}{ABSENT}", endpoint.prefix);
    match &endpoint.place {
        Place::S3 { bucket, virtual_host, .. } => {
            let origins = endpoint.origins().unwrap_or_default();
            let base = origins.first().cloned().unwrap_or_default();
            if *virtual_host { format!("{base}/{name}") } else { format!("{base}/{bucket}/{name}") }
        }
        Place::Template { url } => url.replace(crate::sync::config::NAME_FIELD, &name),
        Place::Rows { url } | Place::Webhook { url, .. } => url.clone(),
        _ => format!("{}/{name}", endpoint.address().trim_end_matches('/')),
    }
}

/// Whether the server's clock and ours agree.
#[cfg(not(target_arch = "wasm32"))]
fn clock(date: Option<&str>, now_ms: u64) -> Result<String, String> {
    let Some(server_ms) = date.and_then(|d| crate::sync::pace::retry_after_ms(d, 0)) else {
        return Ok("the server tells no time".to_owned());
    };
    let (off_ms, which) =
        if server_ms > now_ms { (server_ms - now_ms, "behind") } else { (now_ms - server_ms, "ahead of") };
    let off_s = off_ms / 1_000;
    if off_ms <= SKEW_LIMIT_MS {
        return Ok(format!("the clocks agree to {off_s} s"));
    }
    Err(format!(
        "could not rely on the clock: this machine's is {off_s} s {which} the server's, and signed requests are refused \
         past 15 minutes; set it by the network"
    ))
}

#[cfg(not(target_arch = "wasm32"))]
async fn ask_as_browser(
    fence: &Fenced,
    endpoint: &Endpoint,
    url: &str,
    page_origin: &str,
) -> Vec<(&'static str, Result<(u16, http::HeaderMap), StorageError>)> {
    let wanted = cors::request_headers(&endpoint.place).join(",");
    let mut answers = Vec::new();
    for method in cors::methods(&endpoint.place) {
        let headers = [
            ("origin", page_origin),
            ("access-control-request-method", *method),
            ("access-control-request-headers", wanted.as_str()),
        ];
        let answer = match request("OPTIONS", url, &headers, Vec::new()) {
            Ok(request) => fence.look(request).await,
            Err(e) => Err(e),
        };
        answers.push((*method, answer));
    }
    answers
}

/// What a browser would make of the answers, by the Fetch standard's CORS check and preflight.
#[cfg(not(target_arch = "wasm32"))]
fn cross_origin(
    found: &mut Findings,
    endpoint: &Endpoint,
    page_origin: &str,
    preflights: &[(&'static str, Result<(u16, http::HeaderMap), StorageError>)],
    answered: &http::HeaderMap,
) {
    let before = found.steps.len();
    let list = |headers: &http::HeaderMap, name: &str| -> Vec<String> {
        let values = headers.get_all(name).iter().filter_map(|v| v.to_str().ok());
        values.flat_map(|v| v.split(',')).map(|v| v.trim().to_ascii_lowercase()).filter(|v| !v.is_empty()).collect()
    };
    let has = |list: &[String], name: &str| list.iter().any(|l| *l == name.to_ascii_lowercase());
    let (mut refused, mut methods, mut headers, mut origin_missing) = (None, Vec::new(), Vec::<&str>::new(), false);
    for (method, answer) in preflights {
        let Ok((status, answer)) = answer else { continue };
        if !(200..300).contains(status) {
            refused = Some(*status);
            continue;
        }
        let origins = list(answer, "access-control-allow-origin");
        origin_missing |= !has(&origins, "*") && !has(&origins, page_origin);
        let allowed = list(answer, "access-control-allow-methods");
        // GET, HEAD and POST need no leave
        let simple = matches!(*method, "GET" | "HEAD" | "POST");
        if !simple && !has(&allowed, method) && !has(&allowed, "*") {
            methods.push(*method);
        }
        let allowed = list(answer, "access-control-allow-headers");
        for wanted in cors::request_headers(&endpoint.place) {
            // the asterisk never stands for Authorization
            let any = has(&allowed, "*") && *wanted != "authorization";
            if !has(&allowed, wanted) && !any && !headers.contains(wanted) {
                headers.push(wanted);
            }
        }
    }
    if let Some(status) = refused {
        found.say("cors-preflight", Err(format!("could not use it from a page: OPTIONS is answered with {status}, and must be answered with 2xx and without a login")));
    }
    let origins = list(answered, "access-control-allow-origin");
    origin_missing |= !has(&origins, "*") && !has(&origins, page_origin);
    let mut lacks = |what: &'static str, header: &str, missing: &[&str]| {
        if !missing.is_empty() {
            let missing = missing.join(", ");
            found.say(what, Err(format!("could not use it from a page: {header} does not name {missing}")));
        }
    };
    let origin = if origin_missing { vec![page_origin] } else { Vec::new() };
    lacks("cors-origin", "Access-Control-Allow-Origin", &origin);
    if refused.is_none() {
        lacks("cors-methods", "Access-Control-Allow-Methods", &methods);
        lacks("cors-headers", "Access-Control-Allow-Headers", &headers);
    }
    let exposed = list(answered, "access-control-expose-headers");
    // S3 names what it exposes only where the answer has it; without a rule there is nothing to expose
    let hidden: Vec<&str> = cors::EXPOSED.into_iter().filter(|h| !has(&exposed, h) && !has(&exposed, "*")).collect();
    lacks("cors-exposed", "Access-Control-Expose-Headers", &hidden);
    if found.steps.len() == before {
        found.say("cors", Ok(format!("a page of {page_origin} may use it")));
    } else {
        found.rule = Some(cors::rule(&endpoint.place, page_origin));
    }
}
