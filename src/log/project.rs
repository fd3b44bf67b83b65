//! Checks the logs of one project together: what one log alone cannot show. Forks of one key, tails that others have
//! seen, bodies that are gone with or without an erasure, and acts for which a key had no grant.
//!
//! Rights are judged by the one fold that the page uses too (`domain::state`), so that both say the same. An act without
//! a right is a warning here, not an error: its signature stands, and the fold ignores it.

use super::evidence::{Evidence, SignedEntry};
use super::hash::EntryHash;
use super::problem::{Code, Problem, Severity};
use super::reader::LogReader;
use super::tree::Tree;
use super::witness::{self, Witnesses};
use crate::domain::event::{Event, Role};
use crate::domain::id::{DeviceId, ProjectId};
use crate::domain::state::{self, Materials, State};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use std::collections::BTreeMap;

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
    /// What is wrong, whole: what the logs say, in their order, then what is about no log that is here.
    pub problems: Vec<Problem>,
    /// What the given time anchors say, as far as they are over a given checkpoint of these logs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub anchors: Vec<Anchored>,
    /// What proves the forks, cut tails and contradicted revocations among the problems.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
}

/// What a time anchor says. Whether its authority signed it is for other programs to check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Anchored {
    /// The log.
    pub log: DeviceId,
    /// The number of entries that were there.
    pub size: u64,
    /// By when, as the authority says, milliseconds since 1970.
    pub time_ms: u64,
    /// SHA-256 of what the authority saw, in hex: the digest to give to `openssl ts -verify -digest`.
    pub digest: String,
}

/// What to hold the logs against, beside each other.
#[derive(Debug, Default)]
pub struct Against {
    /// Checkpoints: signed notes as bytes.
    pub checkpoints: Vec<Vec<u8>>,
    /// Time anchors over checkpoints: RFC 3161 replies or tokens as bytes.
    pub anchors: Vec<Vec<u8>>,
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
    let mut evidence = find_forks(&mut readers);
    let state = fold(&readers);
    for reader in &mut readers {
        judge_bodies(reader, &state);
        judge_rights(reader, &state);
    }
    let mut found = witness::look(&mut readers, &state, project.as_ref(), &against.checkpoints);
    let anchors = witness::anchor(&mut found, &mut readers, project.as_ref(), against);
    evidence.extend(found.evidence);
    witness::demand(&mut readers, &found.witnesses, against.require_witnesses);
    (Report { anchors, ..report(readers, found.witnesses, project, found.problems, evidence) }, state)
}

/// The project whose genesis is here, else the project of the first log.
fn project_of(readers: &[LogReader]) -> Option<ProjectId> {
    let begins = |r: &&LogReader| r.events.first().is_some_and(|event| event.happening.kind == "project.created");
    let reader = readers.iter().find(begins).or_else(|| readers.iter().find(|r| r.verifier.project().is_some()));
    reader?.verifier.project().cloned()
}

/// One key signs one entry for each place, within a file and across files. Where it did not, both entries are kept and
/// nothing behind them counts.
fn find_forks(readers: &mut [LogReader]) -> Vec<Evidence> {
    let mut evidence: Vec<Evidence> =
        readers.iter_mut().enumerate().filter_map(|(file, reader)| reader.freeze(file)).collect();
    for later in 1..readers.len() {
        let (before, rest) = readers.split_at_mut(later);
        let Some(this) = rest.first_mut() else { continue };
        let Some(log) = this.device().cloned() else { continue };
        for (file, other) in before.iter_mut().enumerate().filter(|(_, other)| other.device() == Some(&log)) {
            let mut pairs = other.verifier.hashes().iter().zip(this.verifier.hashes());
            let Some(same) = pairs.position(|(a, b)| a != b) else { continue };
            let hash = |of: &LogReader, file| {
                let hash = of.verifier.hashes().get(same).copied()?;
                Some(SignedEntry { hash, file, entry: None })
            };
            let entries = [hash(other, file), hash(this, later)].into_iter().flatten().collect();
            let (code, log, sequence) = (Code::Equivocation, log.clone(), u64::try_from(same).unwrap_or(u64::MAX));
            evidence.push(Evidence { code, log, sequence, entries, heads: vec![] });
            let detail = "the key signed another entry for this place in another file";
            for reader in [other, &mut *this] {
                reader.say(Code::Equivocation, same, detail);
                reader.cut(same);
            }
        }
    }
    evidence
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
        .map(|(at, (event, _))| (at, state.is_erased(event)))
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
    let refused: Vec<(usize, Role)> =
        (reader.events.iter().enumerate()).filter_map(|(at, event)| Some((at, state.refusal(event)?))).collect();
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

fn report(
    readers: Vec<LogReader>,
    witnesses: Witnesses,
    project: Option<ProjectId>,
    unplaced: Vec<Problem>,
    evidence: Vec<Evidence>,
) -> Report {
    let mut sizes: BTreeMap<DeviceId, u64> = BTreeMap::new();
    let mut logs = Vec::new();
    for (file, (mut reader, witnesses)) in readers.into_iter().zip(witnesses).enumerate() {
        let head = reader.verifier.head();
        if let Some(device) = reader.device() {
            let size = sizes.entry(device.clone()).or_default();
            *size = (*size).max(head.size);
        }
        reader.problems.sort_by_key(|p| (p.sequence, std::cmp::Reverse(p.severity)));
        reader.problems.iter_mut().for_each(|problem| problem.file = Some(file));
        logs.push(LogReport {
            log: reader.device().cloned(),
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
    let problems: Vec<Problem> =
        logs.iter().flat_map(|log: &LogReport| &log.problems).cloned().chain(unplaced).collect();
    let count = |severity| problems.iter().filter(|p| p.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let entries = sizes.values().sum();
    Report { ok: errors == 0, project, entries, errors, warnings, logs, problems, anchors: vec![], evidence }
}
