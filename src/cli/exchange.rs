//! What `push` and `pull` share: the folder, the rounds, and how it went.

use crate::domain::id::DeviceId;
use crate::log::checkpoint::MAX_NOTE_BYTES;
use crate::log::limits::MAX_LONG_LINE_BYTES;
use crate::log::{Against, EntryHash, LogReader, verify_and_fold};
use crate::platform::native::{clock, files, folder};
use crate::storage::{OBJECT_LIMIT_BYTES, Storage};
use crate::sync::{Care, Direction, Exchange, Finding, LocalStore, Shelf, Stop, Tally};
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::Path;

/// A configuration file is small.
const CONFIG_LIMIT_BYTES: u64 = 64 * 1024;

/// Reads a JSON file. A message never quotes the file, which may hold a secret.
pub fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, String> {
    let bytes = files::read(path, CONFIG_LIMIT_BYTES).map_err(|e| unread(path, &e))?;
    serde_json::from_slice(&bytes).map_err(|e| {
        let (line, column) = (e.line(), e.column());
        format!("could not read {}: not of the expected form at line {line}, column {column}", path.display())
    })
}

/// Why a file could not be read.
pub fn unread(path: &Path, error: &std::io::Error) -> String {
    format!("could not read {}: {}", path.display(), error.kind())
}

/// The device a log file is of, from its first line.
pub fn device_of(path: &Path) -> Result<Option<(DeviceId, Option<crate::domain::id::ProjectId>)>, String> {
    let mut first = None;
    files::each_line(path, MAX_LONG_LINE_BYTES, |line| {
        if first.is_none() {
            first = Some(line.to_vec());
        }
    })
    .map_err(|e| unread(path, &e))?;
    let Some(line) = first else { return Ok(None) };
    let parsed = crate::log::wire::parse_line(&line).map_err(|f| format!("could not read {}: {f}", path.display()))?;
    let genesis = parsed.envelope.kind == "project.created";
    let project = if genesis { Some(EntryHash::of(&parsed.entry).project()) } else { parsed.envelope.project.clone() };
    Ok(Some((parsed.envelope.source, project)))
}

/// Puts a log file on the shelf, and the checkpoint beside it where there is one.
pub fn load_log(shelf: &Shelf, path: &Path) -> Result<(), String> {
    let Some((device, _)) = device_of(path)? else { return Ok(()) };
    let mut found = None;
    files::each_line(path, MAX_LONG_LINE_BYTES, |line| {
        if found.is_none() {
            found = shelf.add_line(&device, line).err();
        }
    })
    .map_err(|e| unread(path, &e))?;
    if let Some(problem) = found {
        let place = problem.sequence.unwrap_or_default();
        return Err(format!(
            "could not use {}: entry {place}: {problem}; `countersign verify` tells more",
            path.display()
        ));
    }
    Ok(())
}

/// The checkpoint that lies beside a log file.
pub fn checkpoint_beside(path: &Path) -> Result<Option<Vec<u8>>, String> {
    let beside = path.with_extension("checkpoint");
    match files::read(&beside, MAX_NOTE_BYTES as u64) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(unread(&beside, &e)),
    }
}

/// Puts the releases of a folder on the shelf.
pub fn load_releases(shelf: &Shelf, project_folder: &Path) -> Result<(), String> {
    let at = project_folder.join("release");
    for path in folder::files_in(&at).map_err(|e| unread(&at, &e))? {
        let bytes = files::read(&path, OBJECT_LIMIT_BYTES as u64).map_err(|e| unread(&path, &e))?;
        shelf.add_release(bytes);
    }
    Ok(())
}

/// Forgets the bodies that the project's erasures name. Returns how many events they name.
pub fn obey_erasures(shelf: &Shelf) -> usize {
    let readers = shelf.devices().iter().map(|d| LogReader::of_bytes(&shelf.lines(d), None)).collect();
    let (_, state) = verify_and_fold(readers, &Against::default());
    for (device, events) in &state.erased {
        events.iter().for_each(|event| shelf.erase(device, event));
    }
    state.erased.values().map(BTreeSet::len).sum()
}

/// How it went, for programs.
#[derive(Serialize)]
pub struct Outcome {
    ok: bool,
    sent: u64,
    pending: u64,
    objects: u64,
    bytes: u64,
    received: u64,
    releases: u64,
    bodies_absent: u64,
    /// Why it ended early.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_text: Option<String>,
    problems: Vec<Finding>,
}

/// Rounds until there is no news, at most so many: a log of ten million entries.
const ROUNDS: usize = 100;

/// Runs the exchange to its end.
pub fn exchange<S: Storage>(remote: &S, shelf: &Shelf, direction: Direction, care: Care) -> Outcome {
    let Ok(runtime) = runtime() else { return outcome(Tally::default(), Some(Stop::Local(UNREADABLE))) };
    let (mut exchange, mut all) = (Exchange::default(), Tally::default());
    for round in 0..ROUNDS {
        let care = if round == 0 { care } else { Care::Quick };
        let now_ms = clock::now_ms();
        match runtime.block_on(exchange.careful_round(remote, shelf, direction, care, now_ms, 0)) {
            Ok(tally) => {
                let news = tally.brought_news();
                add(&mut all, tally);
                if !news || direction == Direction::Out {
                    break;
                }
            }
            Err(stop) => {
                all.pending = exchange.status.pending;
                return outcome(all, Some(stop));
            }
        }
    }
    outcome(all, None)
}

const UNREADABLE: crate::sync::LocalError = crate::sync::LocalError::Unreadable;

fn add(all: &mut Tally, one: Tally) {
    all.sent += one.sent;
    all.objects += one.objects;
    all.bytes += one.bytes;
    all.received += one.received;
    all.bodies += one.bodies;
    all.releases += one.releases;
    all.pending = one.pending;
    all.bodies_absent = one.bodies_absent;
    all.problems = one.problems;
}

/// One thread of waiting.
pub fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

/// How an exchange went that did this much and ended so.
pub fn outcome(tally: Tally, stop: Option<Stop>) -> Outcome {
    Outcome {
        ok: stop.is_none() && tally.problems.is_empty(),
        sent: tally.sent,
        pending: tally.pending,
        objects: tally.objects,
        bytes: tally.bytes,
        received: tally.received,
        releases: tally.releases,
        bodies_absent: tally.bodies_absent,
        error: stop.map(|s| s.code()),
        error_text: stop.map(|s| s.to_string()),
        problems: tally.problems.iter().map(Finding::from).collect(),
    }
}

impl Outcome {
    /// Whether nothing went wrong.
    pub fn is_ok(&self) -> bool {
        self.ok
    }

    /// What was wrong with what lies there, and why it ended early if it did, each as a sentence.
    pub fn troubles(&self) -> Vec<String> {
        let logs = self.problems.iter().filter(|p| !p.object.starts_with("release/"));
        logs.map(|p| format!("{} at {}: {}", p.code, p.object, p.text)).chain(self.error_text.clone()).collect()
    }

    /// For programs.
    pub fn json(&self) -> String {
        format!("{:#}\n", serde_json::to_value(self).unwrap_or_default())
    }

    /// For people: `did` in one line, then what was wrong and what was not done.
    pub fn text(&self, did: &str) -> String {
        let mut out = format!("{did}\n");
        for problem in &self.problems {
            out.push_str(&format!("  {}  {}: {}\n", problem.code, problem.object, problem.text));
        }
        if self.bodies_absent > 0 {
            out.push_str(&format!("  {} bodies are named and not there yet\n", self.bodies_absent));
        }
        if let Some(text) = &self.error_text {
            out.push_str(&format!("{text}\nrun it again later: it goes on where it ended\n"));
        }
        out
    }

    /// "sent 8 entries (21 objects, 14022 bytes), 0 pending".
    pub fn sent(&self) -> String {
        let Self { sent, pending, objects, bytes, .. } = self;
        format!("sent {sent} entries ({objects} objects, {bytes} bytes), {pending} pending")
    }

    /// "received 8 entries and 2 releases".
    pub fn received(&self) -> String {
        format!("received {} entries and {} releases", self.received, self.releases)
    }
}

/// How many logs a shelf may publish.
pub fn publishable(shelf: &Shelf) -> usize {
    runtime().map_or(0, |r| r.block_on(shelf.own()).map_or(0, |own| own.len()))
}
