//! Events sent to a webhook, as its receiver sees them.

use super::devices::START_MS;
use super::http::faults;
use super::{Party, pair};
use crate::faultd::{Faults, http::Request};
use crate::storage::wait;
use countersign::log::wire;
use countersign::platform::endpoint::{Hook, open_webhook};
use countersign::storage::StorageError;
use countersign::sync::webhook::{Cursor, deliver};
use countersign::sync::{Credentials, Endpoint, Mode, Place, Stop, Tally};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;

const SECRET: &[u8] = b"thirty-two bytes of a shared key";

fn encoded(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn hook(server: &Faults, mode: Mode) -> Hook {
    let place = Place::Webhook { url: format!("http://127.0.0.1:{}/hook", server.port), mode };
    let endpoint = Endpoint { id: "hook".to_owned(), place, prefix: String::new() };
    let secret = format!("whsec_{}", encoded(SECRET));
    open_webhook(&endpoint, &Credentials::Secret { secret, token: Some("bearer".to_owned()) }).unwrap()
}

fn send(server: &Faults, mode: Mode, party: &Party, cursor: &mut Cursor) -> (Tally, Result<(), Stop>) {
    let mut tally = Tally::default();
    let hook = hook(server, mode);
    let result = wait(deliver(&hook, &*party.device.shelf, hook.mode(), cursor, START_MS, &mut tally));
    (tally, result)
}

/// As a receiver checks it, by the text of the Standard Webhooks specification.
fn assert_signed(request: &Request) {
    let (id, time) = (request.header("webhook-id").unwrap(), request.header("webhook-timestamp").unwrap());
    assert_eq!(time, (START_MS / 1_000).to_string());
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(SECRET).unwrap();
    mac.update(format!("{id}.{time}.").as_bytes());
    mac.update(&request.body);
    let signature = format!("v1,{}", encoded(&mac.finalize().into_bytes()));
    assert_eq!(request.header("webhook-signature"), Some(signature.as_str()));
    assert_eq!(request.header("authorization"), Some("Bearer bearer"));
}

/// The lines that the requests carry, put together again as the content mode has it.
fn lines_of(mode: Mode, requests: &[Request]) -> Vec<Vec<u8>> {
    let canonical = |value: &Value| wire::canonical(value).unwrap();
    let one = |request: &Request| match mode {
        Mode::Structured => {
            assert_eq!(request.header("content-type"), Some("application/cloudevents+json; charset=utf-8"));
            vec![request.body.clone()]
        }
        Mode::Batch => {
            assert_eq!(request.header("content-type"), Some("application/cloudevents-batch+json; charset=utf-8"));
            let all: Vec<Value> = serde_json::from_slice(&request.body).unwrap();
            all.iter().map(canonical).collect()
        }
        Mode::Binary => {
            assert_eq!(request.header("content-type"), Some("application/json"));
            let mut event = serde_json::Map::new();
            for (name, value) in &request.headers {
                if let Some(name) = name.strip_prefix("ce-") {
                    event.insert(name.to_owned(), Value::from(value.as_str()));
                }
            }
            event.insert("datacontenttype".to_owned(), "application/json".into());
            event.insert("data".to_owned(), serde_json::from_slice(&request.body).unwrap());
            vec![canonical(&Value::Object(event))]
        }
    };
    requests.iter().flat_map(one).collect()
}

#[test]
fn each_mode_carries_every_event_whole() {
    for (mode, requests) in [(Mode::Structured, 23), (Mode::Binary, 23), (Mode::Batch, 1)] {
        let (a, _) = pair();
        (0..21).for_each(|n| a.device.note(&format!("remark {n} — \"quoted\"")));
        let (server, mut cursor) = (faults(""), Cursor::default());
        let (tally, result) = send(&server, mode, &a, &mut cursor);
        assert_eq!((result, tally.sent, tally.pending), (Ok(()), 23, 0));
        let seen = server.take_seen();
        assert_eq!(seen.len(), requests, "{mode:?}");
        seen.iter().for_each(assert_signed);
        let lines: Vec<u8> = lines_of(mode, &seen).into_iter().flat_map(|l| [l, b"\n".to_vec()].concat()).collect();
        assert!(lines == a.device.shelf.lines(&a.device.id), "{mode:?}: the same signed bytes arrive");
        // nothing twice
        let (tally, _) = send(&server, mode, &a, &mut cursor);
        assert_eq!((tally.sent, server.take_seen().len()), (0, 0));
        a.device.note("one more");
        assert_eq!(send(&server, mode, &a, &mut cursor).0.sent, 1);
    }
}

#[test]
fn a_receiver_that_fails_gets_the_rest_later() {
    let cases = [
        ("503 retry-after=9", StorageError::Throttled { retry_after_ms: Some(9_000) }),
        ("500", StorageError::Other { status: Some(500) }),
        ("401", StorageError::Denied),
        ("404", StorageError::Invalid),
        ("410", StorageError::Invalid),
        ("415", StorageError::Invalid),
        ("login", StorageError::NotOurs),
        ("redirect", StorageError::NotOurs),
        ("lost", StorageError::Unreachable),
    ];
    for (actions, error) in cases {
        let (a, _) = pair();
        (0..6).for_each(|n| a.device.note(&n.to_string()));
        let (server, mut cursor) = (faults(""), Cursor::default());
        let (tally, _) = send(&server, Mode::Structured, &a, &mut cursor);
        assert_eq!((tally.sent, tally.pending), (8, 0));
        a.device.note("later");
        server.script(&format!("POST * {actions}"));
        let (tally, result) = send(&server, Mode::Structured, &a, &mut cursor);
        assert_eq!((tally.sent, tally.pending, result), (0, 1, Err(Stop::Storage(error))), "{actions}");
        server.script("");
        server.take_seen();
        let (tally, result) = send(&server, Mode::Structured, &a, &mut cursor);
        assert_eq!((tally.sent, tally.pending, result), (1, 0, Ok(())), "{actions}");
        assert_eq!(server.take_seen().len(), 1);
    }
}

/// A delivery that is tried again has the same id, so that a receiver knows it.
#[test]
fn the_same_delivery_has_the_same_id() {
    let (a, _) = pair();
    let server = faults("POST * 1 lost");
    let mut cursor = Cursor::default();
    assert!(send(&server, Mode::Batch, &a, &mut cursor).1.is_err());
    send(&server, Mode::Batch, &a, &mut cursor).1.unwrap();
    let ids: Vec<String> =
        server.take_seen().iter().map(|r| r.header("webhook-id").unwrap_or_default().to_owned()).collect();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], ids[1]);
}
