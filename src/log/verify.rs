//! Checks one log, entry by entry, and gives the events it holds. The first error ends a log: what comes after cannot be
//! told from what was meant to come.
//!
//! Order of checks: limits, JSON, encoding, canonical form, header, source, project, data, signature, chain, end. What a key
//! was allowed to do needs the other logs too and is [`super::project`]'s.

use super::body;
use super::hash::EntryHash;
use super::key::PublicKey;
use super::problem::{Code, Fault, Problem};
use super::seal::Head;
use super::wire::{self, Envelope, Parsed};
use crate::domain::event::{Event, Fact, Happening};
use crate::domain::id::{DeviceId, ProjectId};
use crate::domain::time::HLC_TOLERANCE_MS;

/// An entry that stands, and its parts as storage wants them.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// The event. Its fact is absent where the body is, or could not be read.
    pub event: Event,
    /// SHA-256 of the entry.
    pub hash: EntryHash,
    /// Canonical bytes without the body.
    pub entry: Vec<u8>,
    /// Canonical bytes of the body, where it is here.
    pub body: Option<Vec<u8>>,
    /// SHA-256 that the body has, here or not.
    pub datahash: EntryHash,
    /// What to know of it: no error among them.
    pub warnings: Vec<Problem>,
}

/// Reads one log from its start, or from a head that was verified before.
#[derive(Clone, Debug, Default)]
pub struct Verifier {
    source: Option<(DeviceId, PublicKey)>,
    header: Option<String>,
    project: Option<ProjectId>,
    head: Head,
    first: u64,
    hashes: Vec<EntryHash>,
    now_ms: Option<u64>,
    on_trust: bool,
    closed: bool,
}

impl Verifier {
    /// A reader of a log from its start. The first entry says whose log it is and of which project.
    pub fn new() -> Self {
        Self::default()
    }

    /// A reader that goes on behind `head`, and refuses entries of other devices and projects.
    pub fn resume(device: &DeviceId, project: Option<&ProjectId>, head: Head) -> Result<Self, Fault> {
        let key =
            PublicKey::from_device(device).map_err(|_| Fault::new(Code::WrongSource, "the log's name is no key"))?;
        let first = head.size;
        let source = Some((device.clone(), key));
        Ok(Self { source, project: project.cloned(), head, first, ..Self::default() })
    }

    /// Refuses entries of projects other than `project`.
    #[must_use]
    pub fn for_project(mut self, project: &ProjectId) -> Self {
        self.project = Some(project.clone());
        self
    }

    /// Warns of entries that claim a time later than `now_ms` (milliseconds since 1970) by more than five minutes.
    #[must_use]
    pub fn with_now(mut self, now_ms: u64) -> Self {
        self.now_ms = Some(now_ms);
        self
    }

    /// Takes signatures and canonical form of entries on trust, for a log that this device verified before it kept it:
    /// places, links, hashes of bodies and everything else is checked. Reading is many times faster, so a page can show a
    /// long log at once and look at it again ([`super::Recheck`]) afterwards.
    #[must_use]
    pub fn trusting_signatures(mut self) -> Self {
        self.on_trust = true;
        self
    }

    /// Where the log ends, as far as it was read and stands.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Whose log it is, once an entry was read.
    pub fn device(&self) -> Option<&DeviceId> {
        self.source.as_ref().map(|(device, _)| device)
    }

    /// The project it belongs to, once an entry was read.
    pub fn project(&self) -> Option<&ProjectId> {
        self.project.as_ref()
    }

    /// Hashes of the entries read by this reader, in order.
    pub fn hashes(&self) -> &[EntryHash] {
        &self.hashes
    }

    /// Reads the next line of a file, without its line feed.
    pub fn push_line(&mut self, line: &[u8]) -> Result<Accepted, Problem> {
        let parsed = wire::parse_line(line);
        self.push(parsed)
    }

    /// Reads the next entry, with its body where that is at hand.
    pub fn push_entry(&mut self, entry: &[u8], body: Option<&[u8]>) -> Result<Accepted, Problem> {
        let parsed = if self.on_trust { wire::reread(entry, body) } else { wire::parse_entry(entry, body) };
        self.push(parsed)
    }

    fn push(&mut self, parsed: Result<Parsed, Fault>) -> Result<Accepted, Problem> {
        let place = self.head.size;
        // a first entry that does not stand is still reported under the key it names, if it names one
        let named = parsed.as_ref().ok().map(|parsed| parsed.envelope.source.clone());
        let result = parsed.and_then(|parsed| self.check(parsed));
        result.map_err(|fault| {
            let named = named.filter(|source| PublicKey::from_device(source).is_ok());
            fault.at(self.device().or(named.as_ref()), place)
        })
    }

    fn check(&mut self, parsed: Parsed) -> Result<Accepted, Fault> {
        let envelope = &parsed.envelope;
        // the header follows from the source, so that of the entry before is known to be right for the same source
        let known = self.source.as_ref().is_some_and(|(device, _)| *device == envelope.source);
        let right = known && self.header.as_ref() == Some(&envelope.header);
        if !right && envelope.header != wire::header_of(&envelope.source) {
            return Err(Fault::new(Code::BadHeader, "the signature's header is not the one of this source"));
        }
        let key = self.check_source(envelope)?;
        let hash = EntryHash::of(&parsed.entry);
        let project = self.check_project(envelope, hash)?;
        let reading = check_data(&parsed)?;
        let signature: &[u8; 64] = envelope
            .signature
            .as_slice()
            .try_into()
            .map_err(|_| Fault::new(Code::BadSignature, "the signature is not 64 bytes"))?;
        if !self.on_trust {
            key.verify(&parsed.signing_input(), signature)
                .map_err(|_| Fault::new(Code::BadSignature, "the signature does not fit"))?;
        }
        self.check_chain(envelope, hash)?;
        if self.closed {
            return Err(Fault::new(Code::AfterClose, "the entry before closed this log"));
        }

        let device = envelope.source.clone();
        let faults = reading.fault.into_iter().chain(self.suspect_clock(envelope));
        let warnings = faults.map(|fault| fault.at(Some(&device), envelope.sequence)).collect();
        self.source = Some((device, key));
        self.project = Some(project);
        self.head = Head { size: envelope.sequence + 1, last: Some(hash), hlc: envelope.hlc };
        self.hashes.push(hash);
        // a log closed by an admin stands in another log, and is the fold's business
        self.closed = matches!(reading.fact, Some(Fact::LogClosed { log: None, .. }));
        let Parsed { mut envelope, entry, body, .. } = parsed;
        self.header = Some(std::mem::take(&mut envelope.header));
        let datahash = envelope.datahash;
        Ok(Accepted { event: event(envelope, reading.fact), hash, entry, body, datahash, warnings })
    }

    fn check_source(&self, envelope: &Envelope) -> Result<PublicKey, Fault> {
        match &self.source {
            Some((device, key)) if *device == envelope.source => Ok(*key),
            Some(_) => Err(Fault::new(Code::WrongSource, "of another device than this log")),
            None => PublicKey::from_device(&envelope.source)
                .map_err(|_| Fault::new(Code::WrongSource, "the source names no Ed25519 key")),
        }
    }

    /// A genesis names no project: it is the project.
    fn check_project(&self, envelope: &Envelope, hash: EntryHash) -> Result<ProjectId, Fault> {
        let genesis = envelope.kind == "project.created";
        let bound = match &envelope.project {
            None if genesis => hash.project(),
            Some(project) if !genesis => project.clone(),
            None => return Err(Fault::new(Code::WrongProject, "bound to no project")),
            Some(_) => return Err(Fault::new(Code::WrongProject, "a project that begins within another")),
        };
        match &self.project {
            Some(expected) if *expected != bound => Err(Fault::new(Code::WrongProject, "bound to another project")),
            _ => Ok(bound),
        }
    }

    fn check_chain(&self, envelope: &Envelope, hash: EntryHash) -> Result<(), Fault> {
        let Head { size, last, hlc } = &self.head;
        if envelope.sequence != *size {
            return Err(match self.hash_at(envelope.sequence) {
                Some(known) if known != hash => {
                    Fault::new(Code::Equivocation, "the key signed another entry for this place")
                }
                Some(_) => Fault::new(Code::BrokenChain, "an entry stands twice"),
                None => Fault::new(Code::BrokenChain, "out of sequence"),
            });
        }
        if envelope.prevhash != *last {
            return Err(Fault::new(Code::BrokenChain, "not linked to the entry before"));
        }
        if *size > 0 && envelope.hlc <= *hlc {
            return Err(Fault::new(Code::ClockBack, "the hybrid clock does not advance"));
        }
        Ok(())
    }

    /// The hash of an entry that was read, as far back as this reader knows.
    fn hash_at(&self, sequence: u64) -> Option<EntryHash> {
        match sequence.checked_sub(self.first) {
            Some(at) => self.hashes.get(usize::try_from(at).ok()?).copied(),
            None if sequence + 1 == self.head.size => self.head.last,
            None => None,
        }
    }

    fn suspect_clock(&self, envelope: &Envelope) -> Option<Fault> {
        let ahead = |of: u64| envelope.hlc.ms > of.saturating_add(HLC_TOLERANCE_MS);
        if ahead(envelope.time_ms) {
            return Some(Fault::new(Code::ClockSuspect, "the hybrid clock is far ahead of the device's own time"));
        }
        let late = self.now_ms.is_some_and(|now| ahead(now) || envelope.time_ms > now.saturating_add(HLC_TOLERANCE_MS));
        late.then(|| Fault::new(Code::ClockSuspect, "claims a time that has not come"))
    }
}

fn check_data(parsed: &Parsed) -> Result<body::Reading, Fault> {
    let Some(bytes) = &parsed.body else { return Ok(body::Reading { fact: None, fault: None }) };
    if EntryHash::of(bytes) != parsed.envelope.datahash {
        return Err(Fault::new(Code::BadData, "the body is not the one that was signed"));
    }
    match &parsed.data {
        Some(data) => body::from_bytes(&parsed.envelope.kind, data, bytes),
        None => Ok(body::reread(&parsed.envelope.kind, bytes)),
    }
}

fn event(envelope: Envelope, fact: Option<Fact>) -> Event {
    Event {
        id: envelope.id,
        device: envelope.source,
        author: envelope.authid,
        sequence: envelope.sequence,
        hlc: envelope.hlc,
        time_ms: envelope.time_ms,
        happening: Happening {
            task: envelope.subject,
            cause: envelope.causationid,
            assignment: envelope.correlationid,
            guideline: envelope.guideline,
            model: envelope.model,
            fact,
            kind: envelope.kind,
        },
    }
}
