//! Makes a happening into a stored event: canonical bytes, place in the chain, signature. In two steps, because in the
//! browser the key is WebCrypto's and signing is asynchronous: [`prepare`] gives the bytes to sign, [`Unsigned::finish`]
//! takes the signature. Clock, salt and entropy are the caller's.
//!
//! The caller holds the lock on the log from reading the [`Head`] until the sealed event is stored; nothing here can know
//! whether two tabs prepare the same place.

use super::body;
use super::hash::{self, EntryHash};
use super::key::PublicKey;
use super::limits::{MAX_BODY_BYTES, MAX_ENTRY_BYTES, MAX_REFERRED_BYTES};
use super::problem::Fault;
use super::time;
use super::wire;
use crate::domain::event::{Event, Fact, Happening};
use crate::domain::guideline::GuidelineRef;
use crate::domain::id::{AuthId, DeviceId, EventId, ProjectId};
use crate::domain::time::Hlc;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Where a log ends: all that is needed to append to it. Stored beside the log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Number of entries.
    pub size: u64,
    /// Hash of the last entry; `None` while the log is empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<EntryHash>,
    /// The device's hybrid clock, at least that of the last entry. Received events may have advanced it.
    pub hlc: Hlc,
}

/// Who seals, and into which project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The device's key.
    pub device: DeviceId,
    /// The project; `None` only for its genesis.
    pub project: Option<ProjectId>,
    /// The person's pseudonym.
    pub author: AuthId,
    /// `sha256-…` of the build, where known.
    pub app: Option<String>,
}

/// What is new each time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fresh {
    /// Wall time, milliseconds since 1970.
    pub now_ms: u64,
    /// Random; hides short bodies from guessing by hash.
    pub salt: [u8; 16],
    /// Random; makes the event's name unique.
    pub uuid: [u8; 10],
}

/// Why an event cannot be sealed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The happening has no fact; there is nothing to say.
    #[error("the event has no body to seal")]
    NoFact,
    /// Everything but the genesis belongs to a project; the genesis opens an empty log and belongs to none.
    #[error("only project.created, at the start of a log, has no project")]
    Project,
    /// The device's name is not that of an Ed25519 key.
    #[error("the device is not named by an Ed25519 key")]
    Device,
    /// The body is larger than any body may be, or the entry larger than any entry.
    #[error("the event takes {bytes} bytes, at most {limit} fit; answer in fewer or shorter regions")]
    TooLarge {
        /// Bytes of the body or the entry.
        bytes: usize,
        /// The limit it passed.
        limit: usize,
    },
    /// A number past 2^53 - 1 would be rounded by other readers.
    #[error("a number is larger than 2^53 - 1")]
    Number,
    /// The head names an entry and no size, or the reverse; or the log is full.
    #[error("the head of the log is not consistent")]
    Head,
    /// An attribute is empty, too long, or has not its form.
    #[error("an attribute cannot be written: {0}")]
    Attribute(Fault),
    /// The signature does not fit: the key is another one, or the signer is broken. Nothing may be stored.
    #[error("the signature does not fit the device's key")]
    Signature,
}

/// An event that lacks only its signature.
#[derive(Clone, Debug)]
pub struct Unsigned {
    /// What to sign with Ed25519.
    pub signing_input: Vec<u8>,
    key: PublicKey,
    header: String,
    payload: Vec<u8>,
    body: Vec<u8>,
    datahash: EntryHash,
    event: Event,
}

/// A sealed event, in every form that is stored or handed on.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// Canonical bytes without the body: chained, counted, never erased.
    pub entry: Vec<u8>,
    /// SHA-256 of the entry.
    pub hash: EntryHash,
    /// Canonical bytes of the body, erasable.
    pub body: Vec<u8>,
    /// SHA-256 of the body.
    pub datahash: EntryHash,
    /// The whole event as one line of a file, without line feed.
    pub line: Vec<u8>,
    /// The event as the fold reads it.
    pub event: Event,
    /// The log's head from now on.
    pub head: Head,
}

/// Lays out the next event of the log that ends at `head`, up to the signature.
pub fn prepare(head: &Head, who: &Identity, happening: &Happening, fresh: &Fresh) -> Result<Unsigned, SealError> {
    let fact = happening.fact.as_ref().ok_or(SealError::NoFact)?;
    let key = PublicKey::from_device(&who.device).map_err(|_| SealError::Device)?;
    let genesis = matches!(fact, Fact::ProjectCreated { .. });
    if genesis != who.project.is_none() || (genesis && head.size != 0) {
        return Err(SealError::Project);
    }
    if (head.size == 0) != head.last.is_none() {
        return Err(SealError::Head);
    }
    let data = body::to_data(fact, &fresh.salt).map_err(|_| SealError::NoFact)?;
    data.values().try_for_each(check_numbers)?;
    let body = serde_json_canonicalizer::to_vec(&data).map_err(|_| SealError::Number)?;
    if body.len() > MAX_REFERRED_BYTES {
        return Err(SealError::TooLarge { bytes: body.len(), limit: MAX_REFERRED_BYTES });
    }
    let datahash = EntryHash::of(&body);
    let time_ms = fresh.now_ms.min(time::MAX_MS);
    let event = Event {
        id: EventId(uuid::Builder::from_unix_timestamp_millis(time_ms, &fresh.uuid).into_uuid().to_string()),
        device: who.device.clone(),
        author: who.author.clone(),
        sequence: head.size,
        hlc: head.hlc.next(time_ms),
        time_ms,
        happening: Happening { kind: fact.kind().to_owned(), ..happening.clone() },
    };
    let dataref = dataref(fact).or_else(|| (body.len() > MAX_BODY_BYTES).then(|| wire::body_ref(&datahash)));
    let map = attributes(head, who, &event, dataref, datahash)?;
    let header = wire::header_of(&who.device);
    let payload = wire::canonical(&Value::Object(map)).map_err(SealError::Attribute)?;
    let signing_input = wire::signing_bytes(&header, &payload);
    Ok(Unsigned { signing_input, key, header, payload, body, datahash, event })
}

fn attributes(
    head: &Head,
    who: &Identity,
    event: &Event,
    dataref: Option<String>,
    datahash: EntryHash,
) -> Result<Map<String, Value>, SealError> {
    let happening = &event.happening;
    if let Some(guideline) = &happening.guideline
        && GuidelineRef::parse(&guideline.to_string()).as_ref() != Some(guideline)
    {
        let fault = Fault::new(super::Code::BadAttribute, "the guideline's id or version holds @ or #");
        return Err(SealError::Attribute(fault));
    }
    let text = |id: Option<&str>| id.map(str::to_owned);
    let pairs = [
        ("specversion", Some("1.0".to_owned())),
        ("id", Some(event.id.0.clone())),
        ("source", Some(event.device.0.clone())),
        ("type", Some(body::type_of(&happening.kind))),
        ("time", Some(time::to_text(event.time_ms))),
        ("subject", text(happening.task.as_ref().map(|id| id.as_str()))),
        ("sequence", Some(wire::sequence_text(event.sequence).ok_or(SealError::Head)?)),
        ("prevhash", head.last.map(|hash| hash.to_string())),
        ("project", text(who.project.as_ref().map(|id| id.as_str()))),
        ("authtype", Some("app_user".to_owned())),
        ("authid", Some(event.author.0.clone())),
        ("hlc", Some(event.hlc.to_string())),
        ("causationid", text(happening.cause.as_ref().map(|id| id.as_str()))),
        ("correlationid", happening.assignment.clone()),
        ("guideline", happening.guideline.as_ref().map(ToString::to_string)),
        ("model", text(happening.model.as_ref().map(|id| id.as_str()))),
        ("app", who.app.clone()),
        ("datacontenttype", Some("application/json".to_owned())),
        ("dataref", dataref),
        ("datahash", Some(datahash.to_string())),
    ];
    Ok(pairs.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Value::String(value?)))).collect())
}

/// Where the bytes lie that a publication names by digest.
fn dataref(fact: &Fact) -> Option<String> {
    match fact {
        Fact::ConfigPublished { digest } | Fact::PolicyPublished { digest } | Fact::TasksReleased { digest, .. } => {
            Some(format!("release/{}", EntryHash::from_digest(digest)?.hex()))
        }
        _ => None,
    }
}

fn check_numbers(value: &Value) -> Result<(), SealError> {
    const LIMIT: u64 = (1 << 53) - 1;
    match value {
        Value::Number(number) => {
            let whole = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
            if whole.is_some_and(|n| n > LIMIT) { Err(SealError::Number) } else { Ok(()) }
        }
        Value::Array(items) => items.iter().try_for_each(check_numbers),
        Value::Object(map) => map.values().try_for_each(check_numbers),
        _ => Ok(()),
    }
}

impl Unsigned {
    /// The event as the fold will read it.
    pub fn event(&self) -> &Event {
        &self.event
    }

    /// Takes the signature, checks it strictly, and gives every stored form. The entry reads back as itself: whatever a
    /// reader would refuse is refused here, before it is stored.
    pub fn finish(self, signature: [u8; 64]) -> Result<Sealed, SealError> {
        let Self { signing_input, key, header, payload, body, datahash, event } = self;
        key.verify(&signing_input, &signature).map_err(|_| SealError::Signature)?;
        let jws = format!("\"{header}..{}\"", hash::encode(&signature));
        let no_object = SealError::Attribute(Fault::new(super::Code::BadJson, "not a JSON object"));
        let entry = wire::put(&payload, "jws", jws.as_bytes()).ok_or(no_object.clone())?;
        if entry.len() > MAX_ENTRY_BYTES {
            return Err(SealError::TooLarge { bytes: entry.len(), limit: MAX_ENTRY_BYTES });
        }
        let envelope = wire::parse_entry(&entry, None).map_err(SealError::Attribute)?.envelope;
        wire::require_room(envelope.referred, entry.len(), body.len()).map_err(SealError::Attribute)?;
        let line = wire::join(&entry, Some(&body)).ok_or(no_object)?;
        let hash = EntryHash::of(&entry);
        let head = Head { size: event.sequence + 1, last: Some(hash), hlc: event.hlc };
        Ok(Sealed { entry, hash, body, datahash, line, event, head })
    }
}
