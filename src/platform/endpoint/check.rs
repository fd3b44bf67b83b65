//! Looks whether an endpoint can be used, and names what is wrong with it.
//!
//! It asks one thing after the other, as an exchange would: does anybody answer, is it the endpoint, may objects be read,
//! written, listed and removed, do the clocks agree, and, for a page, what would a browser say. Written under a name of
//! its own and removed again. Deliberately absent: any text that the server sent, which may hold anything.

use crate::storage::{Storage, StorageError};
use serde::Serialize;
#[cfg(not(target_arch = "wasm32"))]
use {
    super::cors,
    super::preflight::{self, Preflights},
    super::transport::{Fenced, request},
    crate::sync::{Endpoint, Place},
};

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
        let asked = Preflights::ask(&fence, &endpoint.place, &url, page_origin).await;
        let missing = preflight::missing(&endpoint.place, page_origin, &asked, &answered);
        if missing.is_empty() {
            found.say("cors", Ok(format!("a page of {page_origin} may use it")));
        } else {
            found.rule = Some(cors::rule(&endpoint.place, page_origin));
        }
        for (what, text) in missing {
            found.say(what, Err(text));
        }
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
