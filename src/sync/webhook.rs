//! Sends events to a receiver that takes them and gives nothing back: CloudEvents over HTTP.
//!
//! Three content modes (CloudEvents 1.0.2, HTTP protocol binding, section 3), and a signature over each request (Standard
//! Webhooks 1.0.0) where a secret is shared. A receiver cannot be read, so how far it got is a cursor of ours, moved on
//! after each answer; after a crash an event may come twice, and `source` with `id` tells that it did. Deliberately
//! absent: order between logs, and waiting for what a receiver does with an event.

use super::exchange::Tally;
use super::problem::Stop;
use super::store::{LocalError, LocalStore, Own};
use crate::domain::id::DeviceId;
use crate::log::key::multibase;
use crate::log::limits::MAX_LINE_BYTES;
use crate::log::wire;
use crate::storage::StorageError;
use crate::sync::config::Mode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::Sha256;
use std::collections::BTreeMap;

/// The most events of one request in batch mode.
pub const BATCH_EVENTS: usize = 100;
/// The most bytes of one request in batch mode, short of one event.
pub const BATCH_BYTES: usize = 1 << 20;

/// One request to a receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// Names this delivery, the same when it is tried again.
    pub id: String,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// How many events it carries.
    pub events: u64,
}

/// Whatever takes requests.
#[expect(async_fn_in_trait, reason = "the callers are ours, and browser futures are not Send")]
pub trait Receiver {
    /// Hands one request over. `now_ms` is wall time, milliseconds since 1970, which the signature names.
    ///
    /// # Errors
    /// Any [`StorageError`]; the request is then sent again later.
    async fn post(&self, post: &Post, now_ms: u64) -> Result<(), StorageError>;
}

/// How many entries of each log a receiver took.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor(pub BTreeMap<DeviceId, u64>);

/// Sends what is new in the logs that this device may publish. The cursor stands behind the last event that was taken, also
/// after an error, and `tally` counts what was taken and what was not.
///
/// # Errors
/// [`Stop`]; what was taken stays taken.
pub async fn deliver<R: Receiver, L: LocalStore>(
    receiver: &R,
    store: &L,
    mode: Mode,
    cursor: &mut Cursor,
    now_ms: u64,
    tally: &mut Tally,
) -> Result<(), Stop> {
    let all = store.own().await?;
    let done = |own: &Own| cursor.0.get(&own.device).copied().unwrap_or_default();
    tally.pending = all.iter().map(|own| own.size.saturating_sub(done(own))).sum();
    for own in all {
        let at = cursor.0.entry(own.device.clone()).or_default();
        while *at < own.size {
            let to = own.size.min(*at + BATCH_EVENTS as u64);
            let mut events = Vec::new();
            for entry in store.entries(&own.device, *at, to).await? {
                let hash = wire::parse_entry(&entry, None).map_err(|_| LocalError::Unreadable)?.envelope.datahash;
                let body = store.body(&own.device, &hash).await?;
                events.push((entry, body));
            }
            if events.is_empty() {
                return Err(LocalError::Unreadable.into());
            }
            for post in posts(mode, &own.device, *at, &events)? {
                receiver.post(&post, now_ms).await?;
                *at += post.events;
                tally.sent += post.events;
                tally.pending = tally.pending.saturating_sub(post.events);
                tally.objects += 1;
                tally.bytes += post.body.len() as u64;
            }
        }
    }
    Ok(())
}

type Event = (Vec<u8>, Option<Vec<u8>>);

/// The requests that carry some events of a log, of which the first stands at `first`.
fn posts(mode: Mode, device: &DeviceId, first: u64, events: &[Event]) -> Result<Vec<Post>, LocalError> {
    match mode {
        Mode::Structured => {
            let one =
                |(at, event): (u64, &Event)| Ok(whole(device, at, "application/cloudevents+json", line(event)?, 1));
            (first..).zip(events).map(one).collect()
        }
        Mode::Binary => (first..).zip(events).map(|(at, event)| apart(device, at, event)).collect(),
        Mode::Batch => batches(device, first, events),
    }
}

fn name(device: &DeviceId, at: u64) -> String {
    format!("{}-{at}", multibase(device))
}

fn whole(device: &DeviceId, at: u64, kind: &str, body: Vec<u8>, events: u64) -> Post {
    let headers = vec![("content-type".to_owned(), format!("{kind}; charset=utf-8"))];
    Post { id: name(device, at), headers, body, events }
}

/// The event as one JSON text. Its body stays behind `dataref` where the event would not fit into 64 KiB, which is as much
/// as every intermediary passes on.
fn line((entry, body): &Event) -> Result<Vec<u8>, LocalError> {
    let whole = wire::join(entry, body.as_deref()).filter(|line| line.len() <= MAX_LINE_BYTES);
    whole.or_else(|| wire::join(entry, None)).ok_or(LocalError::Unreadable)
}

/// Attributes in headers, the body alone as the body.
fn apart(device: &DeviceId, at: u64, (entry, body): &Event) -> Result<Post, LocalError> {
    let Ok(Value::Object(attributes)) = serde_json::from_slice(entry) else { return Err(LocalError::Unreadable) };
    let body = body.as_deref().filter(|body| body.len() <= MAX_LINE_BYTES).unwrap_or_default();
    let mut headers = Vec::new();
    for (name, value) in &attributes {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        match name.as_str() {
            "datacontenttype" if body.is_empty() => {}
            "datacontenttype" => headers.push(("content-type".to_owned(), text)),
            name => headers.push((format!("ce-{name}"), in_header(&text))),
        }
    }
    Ok(Post { id: name(device, at), headers, body: body.to_vec(), events: 1 })
}

/// As the HTTP protocol binding, section 3.1.3.2, encodes values: space, `"`, `%` and everything outside of printable
/// ASCII in percent form.
fn in_header(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_graphic() && byte != b'"' && byte != b'%' {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

fn batches(device: &DeviceId, first: u64, events: &[Event]) -> Result<Vec<Post>, LocalError> {
    let mut out = Vec::new();
    let (mut body, mut count, mut at) = (vec![b'['], 0, first);
    let mut close = |body: &mut Vec<u8>, count: &mut u64, at: &mut u64| {
        if *count > 0 {
            body.push(b']');
            let full = std::mem::replace(body, vec![b'[']);
            let mut post = whole(device, *at, "application/cloudevents-batch+json", full, *count);
            // a later batch may begin at the same event and be longer
            post.id = format!("{}-{count}", post.id);
            out.push(post);
            *at += std::mem::take(count);
        }
    };
    for event in events {
        let line = line(event)?;
        if body.len() + line.len() > BATCH_BYTES {
            close(&mut body, &mut count, &mut at);
        }
        if count > 0 {
            body.push(b',');
        }
        body.extend_from_slice(&line);
        count += 1;
    }
    close(&mut body, &mut count, &mut at);
    Ok(out)
}

/// The key of a shared secret: base64, with or without `whsec_` before it, of 24 to 64 bytes.
///
/// # Errors
/// [`StorageError::Invalid`] where it is none.
pub fn key(secret: &str) -> Result<Vec<u8>, StorageError> {
    let text = secret.strip_prefix("whsec_").unwrap_or(secret);
    let key = STANDARD.decode(text).map_err(|_| StorageError::Invalid)?;
    if (24..=64).contains(&key.len()) { Ok(key) } else { Err(StorageError::Invalid) }
}

/// The headers by which a receiver that shares the key knows a request: Standard Webhooks 1.0.0, HMAC-SHA-256 over
/// `id.timestamp.body`. In binary mode the attributes are outside of it; those are under the event's own signature.
///
/// # Errors
/// [`StorageError::Invalid`] where the key has a length that no key has.
pub fn signed(key: &[u8], post: &Post, now_ms: u64) -> Result<[(&'static str, String); 3], StorageError> {
    let seconds = (now_ms / 1_000).to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|_| StorageError::Invalid)?;
    for part in [post.id.as_bytes(), b".", seconds.as_bytes(), b".", &post.body] {
        mac.update(part);
    }
    let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    Ok([("webhook-id", post.id.clone()), ("webhook-timestamp", seconds), ("webhook-signature", signature)])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example in the libraries of the Standard Webhooks project (`tests` of each, "msg_p5jXN8AQM9LWM0D4loKWxJek").
    #[test]
    fn the_signature_of_the_specification() {
        let key = key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let body = br#"{"test": 2432232314}"#.to_vec();
        let post = Post { id: "msg_p5jXN8AQM9LWM0D4loKWxJek".into(), headers: Vec::new(), body, events: 1 };
        let [_, time, signature] = signed(&key, &post, 1_614_265_330_000).unwrap();
        assert_eq!(time.1, "1614265330");
        assert_eq!(signature.1, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn secrets_that_are_none() {
        for bad in ["", "whsec_", "short", "not base64!", "AAAA"] {
            assert_eq!(super::key(bad), Err(StorageError::Invalid), "{bad}");
        }
    }

    /// CloudEvents 1.0.2, HTTP protocol binding, 3.1.3.2: the example `Euro € 😀`.
    #[test]
    fn header_values_of_the_specification() {
        assert_eq!(in_header("Euro € 😀"), "Euro%20%E2%82%AC%20%F0%9F%98%80");
        assert_eq!(in_header("a\"b%c\r\n"), "a%22b%25c%0D%0A");
    }

    #[test]
    fn batches_hold_to_their_size() {
        let device = DeviceId::from("did:key:z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw");
        let body = format!("{{\"x\":\"{}\"}}", "y".repeat(40_000)).into_bytes();
        let events = vec![(br#"{"a":1}"#.to_vec(), Some(body)); 60];
        let posts = batches(&device, 5, &events).unwrap();
        assert!(posts.iter().all(|p| p.body.len() <= BATCH_BYTES + 1));
        assert_eq!(posts.iter().map(|p| p.events).sum::<u64>(), 60);
        for post in &posts {
            let parsed: Vec<Value> = serde_json::from_slice(&post.body).unwrap();
            assert_eq!(parsed.len() as u64, post.events);
        }
        let ids: std::collections::BTreeSet<&str> = posts.iter().map(|p| p.id.as_str()).collect();
        assert_eq!(ids.len(), posts.len());
        // a body that would not fit stays behind its reference
        let long = format!("{{\"x\":\"{}\"}}", "y".repeat(70_000)).into_bytes();
        assert_eq!(line(&(br#"{"a":1}"#.to_vec(), Some(long))).unwrap(), br#"{"a":1}"#);
    }
}
