//! Checks the logs of one project together: what one log alone cannot show. Forks of one key, tails that others have
//! seen, bodies that are gone with or without an erasure, and acts for which a key had no grant.
//!
//! Rights are judged by the one fold that the page uses too (`domain::state`), so that both say the same. An act without
//! a right is a warning here, not an error: its signature stands, and the fold ignores it.

use super::checkpoint::{self, Kind, Note, NoteKey};
use super::hash::EntryHash;
use super::key::{self, PublicKey};
use super::problem::{Code, Fault, Problem, Severity};
use super::tree::{self, Hash, Tree};
use super::verify::Verifier;
use crate::domain::event::{Event, Fact, Role};
use crate::domain::id::{DeviceId, ProjectId};
use crate::domain::state::{self, Materials, State};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// One log as it is read from a file, line by line.
#[derive(Debug, Default)]
pub struct LogReader {
    verifier: Verifier,
    events: Vec<Event>,
    /// For each event, whether its body is here.
    bodies: Vec<bool>,
    leaves: Vec<Hash>,
    problems: Vec<Problem>,
    stopped: bool,
    unchecked: u64,
}

impl LogReader {
    /// A reader. `now_ms` (milliseconds since 1970) is for warnings about times that have not come.
    pub fn new(now_ms: Option<u64>) -> Self {
        let verifier = Verifier::new();
        let verifier = match now_ms {
            Some(now_ms) => verifier.with_now(now_ms),
            None => verifier,
        };
        Self { verifier, ..Self::default() }
    }

    /// Reads the lines of a whole file.
    pub fn of_bytes(bytes: &[u8], now_ms: Option<u64>) -> Self {
        let mut reader = Self::new(now_ms);
        let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        if !bytes.is_empty() {
            bytes.split(|byte| *byte == b'\n').for_each(|line| reader.push(line));
        }
        reader
    }

    /// Reads the next line, without its line feed. After an error lines are only counted.
    pub fn push(&mut self, line: &[u8]) {
        if let Some(problem) = self.take(line) {
            self.stop(problem);
        }
    }

    /// The same, but an error is for the caller to judge, and [`Self::stop`] takes it in.
    pub(super) fn take(&mut self, line: &[u8]) -> Option<Problem> {
        if self.stopped {
            self.unchecked += 1;
            return None;
        }
        match self.verifier.push_line(line) {
            Ok(accepted) => {
                self.bodies.push(accepted.body.is_some());
                self.leaves.push(tree::leaf_hash(&accepted.entry));
                self.problems.extend(accepted.warnings);
                self.events.push(accepted.event);
                None
            }
            Err(problem) => Some(problem),
        }
    }

    pub(super) fn stop(&mut self, problem: Problem) {
        self.problems.push(problem);
        self.stopped = true;
    }

    /// Events of a log that is cut at `size`: what follows a fork does not count.
    fn cut(&mut self, size: usize) {
        self.events.truncate(size);
        self.bodies.truncate(size);
    }

    fn say(&mut self, code: Code, sequence: usize, detail: &'static str) {
        let place = u64::try_from(sequence).unwrap_or(u64::MAX);
        let problem = Fault::new(code, detail).at(self.verifier.device(), place);
        self.problems.push(problem);
    }
}

/// What is known of one file's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogReport {
    /// Whose log; absent where not even the first entry stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log: Option<DeviceId>,
    /// Entries that stand.
    pub entries: u64,
    /// Hash of the last of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head: Option<EntryHash>,
    /// Root of the tree over them, as a checkpoint writes it, in base64.
    pub root: String,
    /// Claimed time of the first, milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_ms: Option<u64>,
    /// Claimed time of the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_ms: Option<u64>,
    /// Lines after the first error, which were not looked at.
    pub unchecked: u64,
    /// Participants whose cosignature stands under a given checkpoint of this log.
    pub witnesses: Vec<DeviceId>,
    /// What is wrong, in order of place.
    pub problems: Vec<Problem>,
}

/// What is known of all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// No error anywhere.
    pub ok: bool,
    /// The project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// Entries that stand, over all logs, each log counted once.
    pub entries: u64,
    /// Number of errors.
    pub errors: usize,
    /// Number of warnings.
    pub warnings: usize,
    /// One for each file, in the order given.
    pub logs: Vec<LogReport>,
}

/// What to hold the logs against, beside each other.
#[derive(Debug, Default)]
pub struct Against {
    /// Checkpoints: signed notes as bytes.
    pub checkpoints: Vec<Vec<u8>>,
    /// How many other participants must have countersigned each log's whole length.
    pub require_witnesses: usize,
}

/// Judges logs of one project together. Each file counts as a log of its own device; the same log given twice is merged.
pub fn verify_logs(readers: Vec<LogReader>, against: &Against) -> Report {
    verify_and_fold(readers, against).0
}

/// As [`verify_logs`], with the fold of what stands, each event once, without released bodies.
pub fn verify_and_fold(mut readers: Vec<LogReader>, against: &Against) -> (Report, State) {
    for reader in readers.iter_mut().filter(|r| r.events.is_empty() && r.problems.is_empty()) {
        reader.say(Code::Unreadable, 0, "holds no entry");
    }
    let project = project_of(&readers);
    for reader in &mut readers {
        if project.is_some() && reader.verifier.project().is_some_and(|p| Some(p) != project.as_ref()) {
            reader.say(Code::WrongProject, 0, "of another project than the other logs");
            reader.cut(0);
        }
    }
    find_forks(&mut readers);
    let state = fold(&readers);
    for reader in &mut readers {
        judge_bodies(reader, &state);
        judge_rights(reader, &state);
    }
    find_rollbacks(&mut readers, &state);
    let witnesses = hold_against_checkpoints(&mut readers, &state, &against.checkpoints);
    demand_witnesses(&mut readers, &witnesses, against.require_witnesses);
    (report(readers, witnesses, project), state)
}

/// The project whose genesis is here, else the project of the first log.
fn project_of(readers: &[LogReader]) -> Option<ProjectId> {
    let begins = |r: &&LogReader| r.events.first().is_some_and(|event| event.happening.kind == "project.created");
    let reader = readers.iter().find(begins).or_else(|| readers.iter().find(|r| r.verifier.project().is_some()));
    reader?.verifier.project().cloned()
}

/// Two files of one key must agree as far as both go.
fn find_forks(readers: &mut [LogReader]) {
    for later in 1..readers.len() {
        let (before, rest) = readers.split_at_mut(later);
        let Some(this) = rest.first_mut() else { continue };
        let device = this.verifier.device().cloned();
        for other in before.iter_mut().filter(|other| other.verifier.device() == device.as_ref()) {
            let pairs = other.verifier.hashes().iter().zip(this.verifier.hashes());
            let same = pairs.take_while(|(a, b)| a == b).count();
            if same < this.verifier.hashes().len().min(other.verifier.hashes().len()) {
                let detail = "the key signed another entry for this place in another file";
                for reader in [other, &mut *this] {
                    reader.say(Code::Equivocation, same, detail);
                    reader.cut(same);
                }
            }
        }
    }
}

/// The fold of all events that stand, each once, with a body wherever any file has it.
fn fold(readers: &[LogReader]) -> State {
    let mut events: BTreeMap<(&DeviceId, u64), &Event> = BTreeMap::new();
    for event in readers.iter().flat_map(|reader| &reader.events) {
        let kept = events.entry((&event.device, event.sequence)).or_insert(event);
        if kept.happening.fact.is_none() {
            *kept = event;
        }
    }
    let mut events: Vec<Event> = events.into_values().cloned().collect();
    state::fold(Materials::default(), &mut events)
}

fn judge_bodies(reader: &mut LogReader, state: &State) {
    let absent: Vec<(usize, bool)> = (reader.events.iter().zip(&reader.bodies).enumerate())
        .filter(|(_, (_, here))| !**here)
        .map(|(at, (event, _))| (at, state.erased.contains(&event.id) && state::erasable(&event.happening.kind)))
        .collect();
    for (at, erased) in absent {
        if erased {
            reader.say(Code::BodyErased, at, "the body was erased, as an event of the project says");
        } else {
            reader.say(Code::BodyMissing, at, "the body is not here and no erasure says why");
        }
    }
}

fn judge_rights(reader: &mut LogReader, state: &State) {
    if state.name.is_none() {
        if !reader.events.is_empty() {
            reader.say(Code::NoGenesis, 0, "no log here begins the project; rights were not judged");
        }
        return;
    }
    let refused: Vec<(usize, Role)> = (reader.events.iter().enumerate())
        .filter_map(|(at, event)| Some((at, *state.refused.get(&event.id)?)))
        .collect();
    for (at, role) in refused {
        reader.say(
            Code::NotAuthorised,
            at,
            match role {
                Role::Admin => "signed well, without the right of an admin",
                Role::Annotator => "signed well, without the right of an annotator",
                Role::Reviewer => "signed well, without the right of a reviewer",
                Role::Adjudicator => "signed well, without the right of an adjudicator",
            },
        );
    }
}

/// What participants say they have seen of each other's logs must be here.
fn find_rollbacks(readers: &mut [LogReader], state: &State) {
    let mut seen: BTreeMap<DeviceId, u64> = BTreeMap::new();
    for event in readers.iter().flat_map(|reader| &reader.events) {
        if let Some(Fact::PeersSeen { heads }) = &event.happening.fact
            && !state.refused.contains_key(&event.id)
        {
            for (device, size) in heads {
                let most = seen.entry(device.clone()).or_default();
                *most = (*most).max(*size);
            }
        }
    }
    for reader in readers {
        let size = reader.verifier.head().size;
        let short = reader.verifier.device().and_then(|device| seen.get(device)).is_some_and(|most| *most > size);
        if short && !reader.stopped {
            let place = reader.leaves.len();
            reader.say(Code::Rollback, place, "another participant has seen more entries of this log");
        }
    }
}

/// For each reader, the participants that countersigned a checkpoint which its log bears out, with the size of it.
type Witnesses = Vec<BTreeMap<DeviceId, u64>>;

fn hold_against_checkpoints(readers: &mut [LogReader], state: &State, checkpoints: &[Vec<u8>]) -> Witnesses {
    let mut witnesses: Witnesses = readers.iter().map(|_| BTreeMap::new()).collect();
    for bytes in checkpoints {
        for (reader, witnesses) in readers.iter_mut().zip(&mut witnesses) {
            let Some((log, note)) = checkpoint_of(reader, bytes) else { continue };
            let Ok((checkpoint, _)) = checkpoint::open(bytes, &log, &[]) else {
                reader.say(Code::BadSignature, 0, "a checkpoint that names this log is not signed by its key");
                continue;
            };
            let size = usize::try_from(checkpoint.size).unwrap_or(usize::MAX);
            let Some(leaves) = reader.leaves.get(..size) else {
                let place = reader.leaves.len();
                reader.say(Code::Rollback, place, "a checkpoint of this log counts more entries");
                continue;
            };
            if leaves.iter().copied().collect::<Tree>().root() != checkpoint.root {
                reader.say(Code::Equivocation, 0, "a checkpoint of this log has another root");
                continue;
            }
            for witness in cosigners(&note).filter(|device| Some(device) != reader.verifier.device()) {
                if state.keys.get(&witness).is_some_and(|key| key.last_sequence.is_none()) {
                    let most = witnesses.entry(witness).or_default();
                    *most = (*most).max(checkpoint.size);
                }
            }
        }
    }
    witnesses
}

/// The note, if its origin names this reader's project and log.
fn checkpoint_of(reader: &LogReader, bytes: &[u8]) -> Option<(NoteKey, Note)> {
    let note = Note::parse(bytes).ok()?;
    let name = note.text.split('\n').next()?.to_owned();
    let (device, project) = (reader.verifier.device()?, reader.verifier.project()?);
    let mine = name.ends_with(&format!("/{project}/{}", key::multibase(device)));
    let key = PublicKey::from_device(device).ok()?;
    mine.then_some((NoteKey { name, kind: Kind::Log, key }, note))
}

/// Those whose cosignature fits. Their keys are in their names.
fn cosigners(note: &Note) -> impl Iterator<Item = DeviceId> {
    note.signatures.iter().filter_map(|signature| {
        let (_, multibase) = signature.name.rsplit_once("/witness/")?;
        let device = DeviceId(format!("did:key:{multibase}"));
        let key = PublicKey::from_device(&device).ok()?;
        let witness = NoteKey { name: signature.name.clone(), kind: Kind::Witness, key };
        matches!(note.signed_by(&witness), Ok(Some(_))).then_some(device)
    })
}

/// A log that nobody else confirms may have lost its tail.
fn demand_witnesses(readers: &mut [LogReader], witnesses: &Witnesses, required: usize) {
    let devices: BTreeSet<DeviceId> = readers.iter().filter_map(|r| r.verifier.device().cloned()).collect();
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

fn report(readers: Vec<LogReader>, witnesses: Witnesses, project: Option<ProjectId>) -> Report {
    let mut sizes: BTreeMap<DeviceId, u64> = BTreeMap::new();
    let mut logs = Vec::new();
    for (file, (mut reader, witnesses)) in readers.into_iter().zip(witnesses).enumerate() {
        let head = reader.verifier.head();
        if let Some(device) = reader.verifier.device() {
            let size = sizes.entry(device.clone()).or_default();
            *size = (*size).max(head.size);
        }
        reader.problems.sort_by_key(|p| (p.sequence, std::cmp::Reverse(p.severity)));
        reader.problems.iter_mut().for_each(|problem| problem.file = Some(file));
        logs.push(LogReport {
            log: reader.verifier.device().cloned(),
            entries: head.size,
            head: head.last,
            root: STANDARD.encode(reader.leaves.iter().copied().collect::<Tree>().root()),
            first_ms: reader.events.first().map(|event| event.time_ms),
            last_ms: reader.events.last().map(|event| event.time_ms),
            unchecked: reader.unchecked,
            witnesses: witnesses.into_keys().collect(),
            problems: reader.problems,
        });
    }
    let count = |severity| logs.iter().flat_map(|log| &log.problems).filter(|p| p.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    Report { ok: errors == 0, project, entries: sizes.values().sum(), errors, warnings, logs }
}
