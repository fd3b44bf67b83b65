//! What others have seen of a log: signed checkpoints with their cosignatures, and the heads that participants wrote into
//! their own logs. Only they show a tail that was cut, a history rewritten whole, or a revocation that forgets too much.

use super::anchor;
use super::checkpoint::{Checkpoint, Kind, Note, NoteKey};
use super::evidence::{Evidence, HeadSeen};
use super::hash::EntryHash;
use super::key::PublicKey;
use super::problem::{Code, Fault, Problem};
use super::project::{Against, Anchored};
use super::reader::LogReader;
use super::tree::Hash;
use crate::domain::event::{Event, Fact};
use crate::domain::id::{DeviceId, ProjectId};
use crate::domain::state::State;
use crate::domain::time::HLC_TOLERANCE_MS;
use std::collections::{BTreeMap, BTreeSet};

/// A head of a log, and who says so.
type Heads = BTreeMap<DeviceId, Vec<HeadSeen>>;
/// For each reader, the participants that countersigned a checkpoint which its log bears out, with the size of it.
pub(super) type Witnesses = Vec<BTreeMap<DeviceId, u64>>;

/// What the logs, held against everything that others saw of them, turn out to be.
#[derive(Debug, Default)]
pub(super) struct Finding {
    pub witnesses: Witnesses,
    /// Findings about no log that is here.
    pub problems: Vec<Problem>,
    pub evidence: Vec<Evidence>,
    /// Roots that were computed, by log and size: many witnesses countersign the same head of a long log.
    roots: BTreeMap<(usize, u64), Hash>,
}

/// Holds the logs against the given checkpoints and against each other's `peers.seen`.
pub(super) fn look(
    readers: &mut [LogReader],
    state: &State,
    project: Option<&ProjectId>,
    notes: &[Vec<u8>],
) -> Finding {
    let mut finding = Finding { witnesses: readers.iter().map(|_| BTreeMap::new()).collect(), ..Finding::default() };
    let mut heads = said(readers, state);
    for bytes in notes {
        hold_against(&mut finding, readers, state, project, bytes, &mut heads);
    }
    find_rollbacks(&mut finding, readers, &heads);
    find_missing(&mut finding, readers, &heads);
    find_conflicts(&mut finding, readers, state, &heads);
    finding
}

/// The heads that participants say they have seen; what a stranger says counts for nothing.
fn said(readers: &[LogReader], state: &State) -> Heads {
    let mut heads = Heads::new();
    let mut known = BTreeSet::new();
    for event in readers.iter().flat_map(LogReader::events) {
        let Some(Fact::PeersSeen { heads: seen }) = &event.happening.fact else { continue };
        // the same log may be here twice
        if state.refusal(event).is_some() || !known.insert((&event.device, event.sequence)) {
            continue;
        }
        for (device, size) in seen.iter().filter(|(device, _)| *device != event.device) {
            heads.entry(device.clone()).or_default().push(HeadSeen::said(*size, &event.device, &event.id));
        }
    }
    heads
}

/// The log that a checkpoint names, if it is one of this project, with the note's key.
fn named(note: &Note, project: Option<&ProjectId>) -> Option<(DeviceId, NoteKey)> {
    let name = note.text.split('\n').next()?.to_owned();
    let (rest, multibase) = name.rsplit_once('/')?;
    let device = DeviceId(format!("did:key:{multibase}"));
    let key = PublicKey::from_device(&device).ok()?;
    let ours = rest.rsplit_once('/').is_some_and(|(_, p)| project.is_none_or(|project| p == project.as_str()));
    // a key has one name
    (ours && key.device() == device).then_some((device, NoteKey { name, kind: Kind::Log, key }))
}

fn hold_against(
    finding: &mut Finding,
    readers: &mut [LogReader],
    state: &State,
    project: Option<&ProjectId>,
    bytes: &[u8],
    heads: &mut Heads,
) {
    let mut nowhere = |detail| finding.problems.push(Fault::new(Code::BadCheckpoint, detail).nowhere());
    let Ok((note, checkpoint)) = Note::parse(bytes).and_then(|note| Ok((note.clone(), Checkpoint::parse(&note.text)?)))
    else {
        return nowhere("not a signed checkpoint");
    };
    let Some((device, log)) = named(&note, project) else {
        return nowhere("a checkpoint of no log of this project");
    };
    if !matches!(note.signed_by(&log), Ok(Some(_))) {
        let fault = Fault::new(Code::BadSignature, "a checkpoint that names this log is not signed by its key");
        finding.problems.push(fault.at(Some(&device), 0));
        return;
    }
    let seen = HeadSeen::noted(&checkpoint, &note);
    let cosigners: Vec<(DeviceId, u64)> =
        cosigners(&note).filter(|(witness, _)| *witness != device && takes_part(state, witness)).collect();
    let mut refuted = false;
    for (file, reader) in readers.iter_mut().enumerate().filter(|(_, r)| r.device() == Some(&device)) {
        let known = finding.roots.get(&(file, checkpoint.size)).copied();
        let Some(root) = known.or_else(|| reader.root(checkpoint.size)) else { continue };
        finding.roots.insert((file, checkpoint.size), root);
        if root != checkpoint.root {
            reader.say(Code::Equivocation, 0, "a checkpoint of this log has another root");
            let heads = vec![seen.clone(), HeadSeen::held(checkpoint.size, &root)];
            let log = device.clone();
            finding.evidence.push(Evidence { code: Code::Equivocation, log, sequence: 0, entries: vec![], heads });
            refuted = true;
            continue;
        }
        for (witness, time_s) in &cosigners {
            if let Some(most) = finding.witnesses.get_mut(file).map(|w| w.entry(witness.clone()).or_default()) {
                *most = (*most).max(checkpoint.size);
            }
            bound_times(reader, checkpoint.size, time_s.saturating_mul(1000));
        }
    }
    if let Some(other) = heads.get(&device).and_then(|all| all.iter().find(|h| contradicts(h, &seen))) {
        let (fault, heads) = ("two checkpoints of one size have different roots", vec![other.clone(), seen.clone()]);
        finding.problems.push(Fault::new(Code::Equivocation, fault).at(Some(&device), 0));
        let log = device.clone();
        finding.evidence.push(Evidence { code: Code::Equivocation, log, sequence: 0, entries: vec![], heads });
    }
    if !refuted {
        let all = heads.entry(device).or_default();
        all.extend(cosigners.into_iter().map(|(by, _)| HeadSeen { by: Some(by), ..seen.clone() }));
        all.push(seen);
    }
}

fn contradicts(one: &HeadSeen, other: &HeadSeen) -> bool {
    one.size == other.size && one.root.is_some() && one.root != other.root
}

fn takes_part(state: &State, device: &DeviceId) -> bool {
    state.keys.get(device).is_some_and(|key| key.last_sequence.is_none())
}

/// Those whose cosignature fits, each with the second since 1970 it claims. Their keys are in their names.
pub(super) fn cosigners(note: &Note) -> impl Iterator<Item = (DeviceId, u64)> {
    note.signatures.iter().filter_map(|signature| {
        let (_, multibase) = signature.name.rsplit_once("/witness/")?;
        let device = DeviceId(format!("did:key:{multibase}"));
        let key = PublicKey::from_device(&device).ok().filter(|key| key.device() == device)?;
        let witness = NoteKey { name: signature.name.clone(), kind: Kind::Witness, key };
        match note.signed_by(&witness) {
            Ok(Some(time_s)) => Some((device, time_s)),
            _ => None,
        }
    })
}

/// Time anchors, each over the whole note of a given checkpoint or over its text alone. Those under an anchor were there by
/// its time, if its authority is to be trusted.
pub(super) fn anchor(
    finding: &mut Finding,
    readers: &mut [LogReader],
    project: Option<&ProjectId>,
    against: &Against,
) -> Vec<Anchored> {
    let mut anchored = Vec::new();
    for bytes in &against.anchors {
        let mut nowhere = |detail| finding.problems.push(Fault::new(Code::BadAnchor, detail).nowhere());
        let Some(token) = anchor::read(bytes) else {
            nowhere("not a granted RFC 3161 token over SHA-256");
            continue;
        };
        let is_of = |note: &&Vec<u8>| {
            let text = Note::parse(note).map(|note| note.text);
            EntryHash::of(note) == token.imprint || text.is_ok_and(|t| EntryHash::of(t.as_bytes()) == token.imprint)
        };
        let note = against.checkpoints.iter().find(is_of).and_then(|bytes| Note::parse(bytes).ok());
        let of = note.and_then(|note| Some((named(&note, project)?.0, Checkpoint::parse(&note.text).ok()?)));
        let Some((log, checkpoint)) = of else {
            nowhere("over none of the given checkpoints");
            continue;
        };
        for reader in readers.iter_mut().filter(|r| r.device() == Some(&log)) {
            bound_times(reader, checkpoint.size, token.time_ms);
        }
        let (size, time_ms, digest) = (checkpoint.size, token.time_ms, token.imprint.hex());
        anchored.push(Anchored { log, size, time_ms, digest });
    }
    anchored
}

/// What somebody else had seen by `before_ms` was not written later, whatever time it claims.
pub(super) fn bound_times(reader: &mut LogReader, size: u64, before_ms: u64) {
    let limit = before_ms.saturating_add(HLC_TOLERANCE_MS);
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let late: Option<u64> = reader.events.iter().take(size).find(|e| e.time_ms > limit).map(|e| e.sequence);
    if let Some(sequence) = late {
        reader.note(Code::ClockSuspect, sequence, "claims a time after others had seen it");
    }
}

/// Whoever has seen more of a log than is here shows that its tail was cut.
fn find_rollbacks(finding: &mut Finding, readers: &mut [LogReader], heads: &Heads) {
    for reader in readers.iter_mut().filter(|r| !r.stopped) {
        let (size, device) = (reader.verifier.head().size, reader.device().cloned());
        let Some((log, seen)) = device.and_then(|d| heads.get(&d).map(|seen| (d, seen))) else { continue };
        // a signed checkpoint proves more than a participant's word
        let more = seen.iter().filter(|head| head.size > size);
        let Some(most) = more.max_by_key(|h| (h.checkpoint.is_some(), h.size, h.by.is_none())) else { continue };
        let detail = match most.checkpoint {
            Some(_) => "a checkpoint of this log counts more entries",
            None => "another participant has seen more entries of this log",
        };
        reader.note(Code::Rollback, size, detail);
        let held = reader.root(size).map(|root| HeadSeen::held(size, &root));
        // the checkpoint under which the short log was served, where there is one, is the other half of the proof
        let served = seen.iter().filter(|h| h.size <= size && h.checkpoint.is_some()).max_by_key(|h| h.size).cloned();
        let heads = [Some(most.clone()), served.or(held)].into_iter().flatten().collect();
        finding.evidence.push(Evidence { code: Code::Rollback, log, sequence: size, entries: vec![], heads });
    }
}

/// A log that others have seen and that is not here at all.
fn find_missing(finding: &mut Finding, readers: &[LogReader], heads: &Heads) {
    let here: BTreeSet<&DeviceId> = readers.iter().filter_map(LogReader::device).collect();
    for device in heads.iter().filter(|(d, h)| !here.contains(d) && h.iter().any(|h| h.size > 0)).map(|(d, _)| d) {
        let fault = Fault::new(Code::LogMissing, "others have seen this log, and it is not among those given");
        finding.problems.push(fault.at(Some(device), 0));
    }
}

/// A key that ended before a place which others had seen: whoever ended it, or the key, did not tell all.
fn find_conflicts(finding: &mut Finding, readers: &mut [LogReader], state: &State, heads: &Heads) {
    for (device, last) in &state.revoked {
        let end = last.saturating_add(1);
        let beyond: Vec<HeadSeen> =
            heads.get(device).into_iter().flatten().filter(|h| h.by.is_some() && h.size > end).cloned().collect();
        if beyond.is_empty() {
            continue;
        }
        let detail = "others had seen more of this log than its revocation lets count";
        match readers.iter_mut().find(|r| r.device() == Some(device)) {
            Some(reader) => reader.note(Code::RevocationConflict, end, detail),
            None => finding.problems.push(Fault::new(Code::RevocationConflict, detail).at(Some(device), end)),
        }
        let own = |event: &&Event| match &event.happening.fact {
            Some(Fact::KeyRevoked { key, lastsequence }) => key == device && lastsequence == last,
            Some(Fact::LogClosed { log: Some(log), lastsequence }) => log == device && *lastsequence == Some(*last),
            _ => false,
        };
        let said = readers.iter().flat_map(LogReader::events).filter(own).find(|e| state.refusal(e).is_none());
        let ended = said.map(|event| HeadSeen::said(end, &event.device, &event.id));
        let heads = ended.into_iter().chain(beyond).collect();
        let (code, log) = (Code::RevocationConflict, device.clone());
        finding.evidence.push(Evidence { code, log, sequence: end, entries: vec![], heads });
    }
}

/// A log that nobody else confirms may have lost its tail.
pub(super) fn demand(readers: &mut [LogReader], witnesses: &Witnesses, required: usize) {
    let devices: BTreeSet<DeviceId> = readers.iter().filter_map(|r| r.device().cloned()).collect();
    let alone = devices.len() == 1;
    for (reader, witnesses) in readers.iter_mut().zip(witnesses) {
        let (size, place) = (reader.verifier.head().size, reader.leaves.len());
        let whole = witnesses.values().filter(|seen| **seen == size).count();
        if whole < required {
            reader.say(Code::TooFewWitnesses, place, "fewer participants than required countersigned this length");
        } else if alone && witnesses.is_empty() && size > 0 {
            reader.say(Code::Unwitnessed, place, "one log alone: nobody else confirms where it ends");
        }
    }
}
