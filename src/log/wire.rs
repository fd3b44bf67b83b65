//! One stored event, read strictly: a line is taken only if it is the one canonical form of what it says.
//!
//! Parsers accept duplicate keys and round large numbers silently, so two readers could see two events in one line.
//! Therefore `JCS(parse(line)) == line` is demanded, and everything that is hashed or signed is taken from those bytes.
//! Checks come in a fixed order, so that all readers name the same fault: limits, JSON, encoding of the attributes,
//! canonical form. Header, source, data, signature and chain are [`super::verify`]'s.
//!
//! A body of more than 48 KiB is behind `dataref`: the entry names `data/<sha256>.json`, where the body lies in storage.
//! In the line of a file it stands as `data` too, so that one file is whole; without that name a line has 64 KiB at most.

use super::body;
use super::hash::{self, EntryHash};
use super::limits;
use super::problem::{Code, Fault};
use super::time;
use crate::domain::guideline::GuidelineRef;
use crate::domain::id::{AuthId, DeviceId, EventId, ModelRef, ProjectId, TaskId};
use crate::domain::time::Hlc;
use serde_json::{Map, Value};

/// The attributes of one event, each in the form it must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// UUID, version 7.
    pub id: EventId,
    /// The device; whether it names a key is for the verifier to say.
    pub source: DeviceId,
    /// The kind, or the whole type where it is of another family.
    pub kind: String,
    /// Wall time in milliseconds since 1970.
    pub time_ms: u64,
    /// The task.
    pub subject: Option<TaskId>,
    /// Place in the log.
    pub sequence: u64,
    /// Hash of the entry before.
    pub prevhash: Option<EntryHash>,
    /// The project; absent in a genesis only.
    pub project: Option<ProjectId>,
    /// The person, as claimed.
    pub authid: AuthId,
    /// Hybrid clock.
    pub hlc: Hlc,
    /// The event it answers or corrects.
    pub causationid: Option<EventId>,
    /// The assignment.
    pub correlationid: Option<String>,
    /// The guideline.
    pub guideline: Option<GuidelineRef>,
    /// The model.
    pub model: Option<ModelRef>,
    /// Hash of the body.
    pub datahash: EntryHash,
    /// The body is behind `dataref` and may be larger than a line.
    pub referred: bool,
    /// First part of `jws`: the header, still encoded.
    pub header: String,
    /// Last part of `jws`: the signature's bytes, of any number.
    pub signature: Vec<u8>,
}

/// One event as it is stored, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// Its attributes.
    pub envelope: Envelope,
    /// JCS of the event without its body: what is chained and counted.
    pub entry: Vec<u8>,
    /// JCS of the body, where there is one.
    pub body: Option<Vec<u8>>,
    /// The body, parsed.
    pub data: Option<Value>,
}

/// The canonical bytes of `value` (RFC 8785).
pub fn canonical(value: &Value) -> Result<Vec<u8>, Fault> {
    serde_json_canonicalizer::to_vec(value).map_err(|_| Fault::new(Code::BadJson, "has no canonical form"))
}

/// Reads one line, without its line feed.
pub fn parse_line(line: &[u8]) -> Result<Parsed, Fault> {
    let mut map = object(line, limits::MAX_LONG_LINE_BYTES)?;
    let envelope = envelope(&map)?;
    require_canonical(&map, line)?;
    let (entry, body) = cut(line, "data");
    finish(envelope, entry, map.remove("data"), body)
}

/// Reads an entry and, where it is at hand, its body, as storage holds them apart.
pub fn parse_entry(entry: &[u8], body: Option<&[u8]>) -> Result<Parsed, Fault> {
    let map = object(entry, limits::MAX_ENTRY_BYTES)?;
    if map.contains_key("data") {
        return Err(Fault::new(Code::BadJson, "an entry holds a body"));
    }
    let envelope = envelope(&map)?;
    require_canonical(&map, entry)?;
    let data = match body {
        None => None,
        Some(bytes) => {
            let data = Value::Object(object(bytes, limits::MAX_REFERRED_BYTES)?);
            if canonical(&data)? != bytes {
                return Err(Fault::new(Code::NotCanonical, "the body is not in canonical form"));
            }
            Some(data)
        }
    };
    finish(envelope, entry.to_vec(), data, body.map(<[u8]>::to_vec))
}

/// Reads an entry and its body that this device verified before it kept them: their forms are taken on trust, and the body
/// is not looked into.
pub(super) fn reread(entry: &[u8], body: Option<&[u8]>) -> Result<Parsed, Fault> {
    let envelope = envelope(&object(entry, limits::MAX_ENTRY_BYTES)?)?;
    finish(envelope, entry.to_vec(), None, body.map(<[u8]>::to_vec))
}

/// The line of an entry and its body, as a file holds it. Both are taken as canonical; `None` where the entry is no
/// object.
pub fn join(entry: &[u8], body: Option<&[u8]>) -> Option<Vec<u8>> {
    match body {
        Some(body) => put(entry, "data", body),
        None => entry.starts_with(b"{").then(|| entry.to_vec()),
    }
}

/// Where a body of more than [`limits::MAX_BODY_BYTES`] lies, below its log's folder.
pub fn body_ref(datahash: &EntryHash) -> String {
    format!("data/{}.json", datahash.hex())
}

/// The hash of the body that an entry names; nothing else of the entry is looked at.
pub fn datahash(entry: &[u8]) -> Option<EntryHash> {
    let [value] = members(entry, ["datahash"]);
    EntryHash::parse(std::str::from_utf8(value?).ok()?.strip_prefix('"')?.strip_suffix('"')?)
}

/// Entry and body keep to their sizes, together and each for itself.
pub(super) fn require_room(referred: bool, entry: usize, body: usize) -> Result<(), Fault> {
    // a line holds six bytes of name, a colon and a comma beside the two
    let line = if body == 0 { entry } else { entry + body + 8 };
    let detail = if entry > limits::MAX_ENTRY_BYTES {
        "the entry is longer than 65,535 bytes"
    } else if body > limits::MAX_REFERRED_BYTES {
        "the body is longer than 4 MiB"
    } else if line > limits::MAX_LINE_BYTES && !referred {
        "longer than 64 KiB, and the body is not behind dataref"
    } else {
        return Ok(());
    };
    Err(Fault::new(Code::TooLarge, detail))
}

fn finish(envelope: Envelope, entry: Vec<u8>, data: Option<Value>, body: Option<Vec<u8>>) -> Result<Parsed, Fault> {
    require_room(envelope.referred, entry.len(), body.as_ref().map_or(0, Vec::len))?;
    Ok(Parsed { envelope, entry, body, data })
}

impl Parsed {
    /// What the signature is of.
    pub fn signing_input(&self) -> Vec<u8> {
        let (payload, _) = cut(&self.entry, "jws");
        signing_bytes(&self.envelope.header, &payload)
    }
}

/// A canonical object without one member, and that member's value. What is left of a canonical form is canonical, so
/// nothing needs to be written anew.
pub(super) fn cut(object: &[u8], name: &str) -> (Vec<u8>, Option<Vec<u8>>) {
    let key = format!("\"{name}\":");
    let members = Members { object, at: 1 };
    for (from, to) in members {
        let member = object.get(from..to).unwrap_or_default();
        let Some(value) = member.strip_prefix(key.as_bytes()) else { continue };
        let (before, after) = (object.get(..from).unwrap_or_default(), object.get(to..).unwrap_or_default());
        // one comma goes with the member: the one behind it, or before it where it is the last
        let rest = match after.strip_prefix(b",") {
            Some(after) => [before, after].concat(),
            None => [before.strip_suffix(b",").unwrap_or(before), after].concat(),
        };
        return (rest, Some(value.to_vec()));
    }
    (object.to_vec(), None)
}

/// The values of these members, as they stand.
pub(super) fn members<'a, const N: usize>(object: &'a [u8], names: [&str; N]) -> [Option<&'a [u8]>; N] {
    let mut found = [None; N];
    for (from, to) in (Members { object, at: 1 }) {
        let member = object.get(from..to).unwrap_or_default();
        for (value, name) in found.iter_mut().zip(names) {
            let rest = member.strip_prefix(b"\"").and_then(|m| m.strip_prefix(name.as_bytes()));
            if let Some(rest) = rest.and_then(|m| m.strip_prefix(b"\":")) {
                *value = Some(rest);
            }
        }
    }
    found
}

/// The canonical object with one more member in its place, whose value is canonical too. `None` where it is no object.
pub(super) fn put(object: &[u8], name: &str, value: &[u8]) -> Option<Vec<u8>> {
    let inside = object.strip_prefix(b"{")?;
    let mut at = object.len() - 1;
    for (from, to) in (Members { object, at: 1 }) {
        let key = object.get(from..to)?.strip_prefix(b"\"")?.split(|b| *b == b'"').next()?;
        // names of attributes are plain letters, which sort by their bytes
        if key > name.as_bytes() {
            at = from;
            break;
        }
    }
    let (before, after) = (object.get(..at)?, object.get(at..)?);
    let member = [b"\"", name.as_bytes(), b"\":", value].concat();
    Some(match (inside, after) {
        (b"}", _) => [before, &member, after].concat(),
        (_, b"}") => [before, b",", &member, after].concat(),
        _ => [before, &member, b",", after].concat(),
    })
}

/// Where the members of a canonical object stand, from the first byte of the key to one past the value.
struct Members<'a> {
    object: &'a [u8],
    at: usize,
}

impl Iterator for Members<'_> {
    type Item = (usize, usize);

    fn next(&mut self) -> Option<(usize, usize)> {
        let from = self.at;
        let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
        for byte in self.object.get(from..)? {
            match (in_string, byte) {
                (true, _) if escaped => escaped = false,
                (true, b'\\') => escaped = true,
                (true, b'"') => in_string = false,
                (true, _) => {}
                (false, b'"') => in_string = true,
                (false, b'{' | b'[') => depth += 1,
                (false, b',' | b'}') if depth == 0 => {
                    let to = self.at;
                    self.at += 1;
                    return (to > from).then_some((from, to));
                }
                (false, b'}' | b']') => depth = depth.saturating_sub(1),
                (false, _) => {}
            }
            self.at += 1;
        }
        None
    }
}

/// `BASE64URL(header) "." BASE64URL(JCS(event without data and jws))`, RFC 7515, section 5.1.
pub fn signing_input(header: &str, event: &Map<String, Value>) -> Result<Vec<u8>, Fault> {
    let payload =
        serde_json_canonicalizer::to_vec(event).map_err(|_| Fault::new(Code::BadJson, "has no canonical form"))?;
    Ok(signing_bytes(header, &payload))
}

pub(super) fn signing_bytes(header: &str, payload: &[u8]) -> Vec<u8> {
    let mut input = header.to_owned();
    input.push('.');
    input.push_str(&hash::encode(payload));
    input.into_bytes()
}

/// The one header that may stand over an event of `source`, encoded.
pub fn header_of(source: &DeviceId) -> String {
    // the name of a key holds letters and digits alone, so this is canonical JSON; other names are refused as sources
    let mb = super::key::multibase(source);
    hash::encode(format!("{{\"alg\":\"Ed25519\",\"kid\":\"{source}#{mb}\",\"typ\":\"ce-jcs+jws\"}}").as_bytes())
}

fn object(bytes: &[u8], most: usize) -> Result<Map<String, Value>, Fault> {
    limits::check(bytes, most)?;
    serde_json::from_slice(bytes).map_err(|_| Fault::new(Code::BadJson, "not a JSON object"))
}

fn require_canonical(map: &Map<String, Value>, bytes: &[u8]) -> Result<(), Fault> {
    let same = serde_json_canonicalizer::to_vec(map).is_ok_and(|canonical| canonical == bytes);
    if same { Ok(()) } else { Err(Fault::new(Code::NotCanonical, "not the canonical form of what it says")) }
}

/// Reads one attribute after another; all are strings.
struct Attributes<'a>(&'a Map<String, Value>);

impl<'a> Attributes<'a> {
    fn maybe(&self, name: &str) -> Result<Option<&'a str>, Fault> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::String(text)) if !text.is_empty() && text.len() <= limits::MAX_ATTRIBUTE_BYTES => {
                Ok(Some(text))
            }
            Some(_) => Err(Fault::new(Code::BadAttribute, "an attribute is no string, empty or too long")),
        }
    }

    fn must(&self, name: &str, absent: &'static str) -> Result<&'a str, Fault> {
        self.maybe(name)?.ok_or(Fault::new(Code::BadAttribute, absent))
    }

    fn exactly(&self, name: &str, value: &str, otherwise: &'static str) -> Result<(), Fault> {
        if self.must(name, otherwise)? == value { Ok(()) } else { Err(Fault::new(Code::BadAttribute, otherwise)) }
    }

    fn hash(&self, name: &str, otherwise: &'static str) -> Result<Option<EntryHash>, Fault> {
        let Some(text) = self.maybe(name)? else { return Ok(None) };
        EntryHash::parse(text).map(Some).ok_or(Fault::new(Code::BadEncoding, otherwise))
    }
}

fn envelope(map: &Map<String, Value>) -> Result<Envelope, Fault> {
    check_names(map)?;
    let a = Attributes(map);
    let bad = |detail| Fault::new(Code::BadAttribute, detail);
    a.exactly("specversion", "1.0", "specversion is not 1.0")?;
    a.exactly("datacontenttype", "application/json", "datacontenttype is not application/json")?;
    a.exactly("authtype", "app_user", "authtype is not app_user")?;
    let id = a.must("id", "no id")?;
    if !is_uuid_v7(id) {
        return Err(bad("id is no UUID of version 7"));
    }
    let guideline = match a.maybe("guideline")? {
        None => None,
        Some(text) => Some(GuidelineRef::parse(text).ok_or(bad("guideline has not its form"))?),
    };
    let (header, signature) = jws(a.must("jws", "no jws")?)?;
    let datahash = a.hash("datahash", "datahash is no hash in base64url")?.ok_or(bad("no datahash"))?;
    let referred = match a.maybe("dataref")? {
        Some(place) if place == body_ref(&datahash) => true,
        Some(place) if place.starts_with("data/") => return Err(bad("dataref names another body than datahash")),
        _ => false,
    };
    Ok(Envelope {
        id: id.into(),
        source: a.must("source", "no source")?.into(),
        kind: body::kind_of(a.must("type", "no type")?).to_owned(),
        time_ms: time::parse(a.must("time", "no time")?).ok_or(bad("time is not UTC with milliseconds"))?,
        subject: a.maybe("subject")?.map(TaskId::from),
        sequence: sequence(a.must("sequence", "no sequence")?).ok_or(bad("sequence is not ten digits"))?,
        prevhash: a.hash("prevhash", "prevhash is no hash in base64url")?,
        project: a.hash("project", "project is no hash in base64url")?.map(|hash| hash.project()),
        authid: a.must("authid", "no authid")?.into(),
        hlc: Hlc::parse(a.must("hlc", "no hlc")?).ok_or(bad("hlc has not its form"))?,
        causationid: a.maybe("causationid")?.map(EventId::from),
        correlationid: a.maybe("correlationid")?.map(str::to_owned),
        guideline,
        model: a.maybe("model")?.map(ModelRef::from),
        datahash,
        referred,
        header,
        signature,
    })
}

/// CloudEvents 1.0: attribute names are lower-case letters and digits, here at most 20; values are scalars.
fn check_names(map: &Map<String, Value>) -> Result<(), Fault> {
    for (name, value) in map {
        let plain = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if name.is_empty() || name.len() > 20 || !plain {
            return Err(Fault::new(Code::BadAttribute, "an attribute's name is not 1 to 20 letters a-z and digits"));
        }
        let scalar = matches!(value, Value::String(_) | Value::Bool(_) | Value::Number(_));
        if !scalar && name != "data" {
            return Err(Fault::new(Code::BadAttribute, "an attribute is no scalar"));
        }
    }
    Ok(())
}

fn sequence(text: &str) -> Option<u64> {
    let digits = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

/// The text of a place in a log: ten digits, so that text and number sort alike. `None` past 9,999,999,999.
pub fn sequence_text(sequence: u64) -> Option<String> {
    (sequence <= 9_999_999_999).then(|| format!("{sequence:010}"))
}

fn is_uuid_v7(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            14 => byte == b'7',
            19 => matches!(byte, b'8' | b'9' | b'a' | b'b'),
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}

fn jws(text: &str) -> Result<(String, Vec<u8>), Fault> {
    let mut parts = text.split('.');
    let (Some(header), Some(""), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Fault::new(Code::BadEncoding, "jws is not a header, nothing, and a signature"));
    };
    let otherwise = Fault::new(Code::BadEncoding, "jws is not base64url");
    hash::decode(header).ok_or(otherwise)?;
    Ok((header.to_owned(), hash::decode(signature).ok_or(otherwise)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cutting_a_member() {
        let check = |object: &str, name: &str, rest: &str, value: Option<&str>| {
            let (left, cut) = cut(object.as_bytes(), name);
            assert_eq!(String::from_utf8(left).unwrap(), rest, "{object}");
            assert_eq!(cut.map(|cut| String::from_utf8(cut).unwrap()).as_deref(), value, "{object}");
        };
        check("{}", "data", "{}", None);
        check(r#"{"data":1}"#, "data", "{}", Some("1"));
        check(r#"{"a":1,"data":{"data":[1,2,"}"]}}"#, "data", r#"{"a":1}"#, Some(r#"{"data":[1,2,"}"]}"#));
        check(r#"{"data":"a\\\",\"","e":[{}]}"#, "data", r#"{"e":[{}]}"#, Some(r#""a\\\",\"""#));
        check(r#"{"a":{"data":1},"b":"data"}"#, "data", r#"{"a":{"data":1},"b":"data"}"#, None);
        check(r#"{"a":1,"data":2,"e":3}"#, "data", r#"{"a":1,"e":3}"#, Some("2"));
    }

    /// However an object looks: cutting its canonical bytes is the same as removing the member and writing anew, and
    /// putting the member back gives the bytes again.
    #[test]
    fn cutting_is_removing() {
        use proptest::prelude::*;
        let leaf =
            prop_oneof![Just(Value::Null), any::<i32>().prop_map(Value::from), "\\PC{0,6}".prop_map(Value::from)];
        let value = leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
                proptest::collection::btree_map("data|jws|[a-f\"\\\\]{1,2}", inner, 0..5)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        });
        let object = proptest::collection::btree_map("data|jws|[a-z]{1,2}", value, 0..6);
        proptest!(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) }, |(object in object)| {
            let mut map: Map<String, Value> = object.into_iter().collect();
            let bytes = canonical(&Value::Object(map.clone())).unwrap();
            let (rest, value) = cut(&bytes, "data");
            let removed = map.remove("data").map(|value| canonical(&value).unwrap());
            prop_assert_eq!(&rest, &canonical(&Value::Object(map)).unwrap());
            if let Some(value) = &value {
                prop_assert_eq!(put(&rest, "data", value), Some(bytes));
            }
            prop_assert_eq!(value, removed);
        });
    }
}
