//! What `push` and `pull` share: the endpoint and its credentials, the folder, and how it went.

use crate::domain::id::DeviceId;
use crate::log::checkpoint::MAX_NOTE_BYTES;
use crate::log::limits::MAX_LONG_LINE_BYTES;
use crate::log::{Against, EntryHash, LogReader, verify_and_fold};
use crate::platform::endpoint::{Remote, open};
use crate::platform::native::{clock, files, folder};
use crate::storage::OBJECT_LIMIT_BYTES;
use crate::sync::{Care, Credentials, Direction, Endpoint, Exchange, Finding, LocalStore, Place, Shelf, Stop, Tally};
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Where to, and as whom. Secrets never stand on the command line: other users of the machine can read it.
#[derive(clap::Args)]
pub struct Where {
    /// The endpoint as JSON, e.g. {"id":"team","kind":"s3","endpoint":"https://…","bucket":"…","region":"…"} or
    /// {"id":"team","kind":"webdav","url":"https://…"}.
    #[arg(long, value_name = "FILE")]
    endpoint: PathBuf,
    /// Credentials as JSON, e.g. {"kind":"access-key","access_key_id":"…","secret_access_key":"…"} or
    /// {"kind":"password","username":"…","password":"…"}. Without it: COUNTERSIGN_ACCESS_KEY_ID with
    /// COUNTERSIGN_SECRET_ACCESS_KEY (and COUNTERSIGN_SESSION_TOKEN), COUNTERSIGN_USERNAME with COUNTERSIGN_PASSWORD, or
    /// COUNTERSIGN_TOKEN; else none are sent.
    #[arg(long, value_name = "FILE")]
    credentials: Option<PathBuf>,
}

/// A configuration file is small.
const CONFIG_LIMIT_BYTES: u64 = 64 * 1024;

impl Where {
    /// Opens the endpoint. The message fits on standard error.
    pub fn open(&self) -> Result<Remote, String> {
        let endpoint: Endpoint = read_json(&self.endpoint)?;
        let credentials = match &self.credentials {
            Some(path) => read_json(path)?,
            None => from_environment(|name| std::env::var(name).ok()),
        };
        open(&endpoint, &credentials).map_err(|e| format!("could not {e}"))
    }
}

/// Opens a WebDAV folder by its address, with the credentials of the environment.
pub fn open_address(url: &str) -> Result<Remote, String> {
    let endpoint =
        Endpoint { id: "address".to_owned(), place: Place::WebDav { url: url.to_owned() }, prefix: String::new() };
    open(&endpoint, &from_environment(|name| std::env::var(name).ok())).map_err(|e| format!("could not {e}"))
}

fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Credentials {
    let get = |name: &str| variable(&format!("COUNTERSIGN_{name}"));
    if let (Some(access_key_id), Some(secret_access_key)) = (get("ACCESS_KEY_ID"), get("SECRET_ACCESS_KEY")) {
        return Credentials::AccessKey { access_key_id, secret_access_key, session_token: get("SESSION_TOKEN") };
    }
    match (get("USERNAME"), get("PASSWORD"), get("TOKEN")) {
        (Some(username), Some(password), _) => Credentials::Password { username, password },
        (_, _, Some(token)) => Credentials::Token { token },
        _ => Credentials::Anonymous,
    }
}

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
pub fn exchange(remote: &Remote, shelf: &Shelf, direction: Direction, care: Care) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let Ok(runtime) = runtime else { return outcome(Tally::default(), Some(Stop::Local(UNREADABLE))) };
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

fn outcome(tally: Tally, stop: Option<Stop>) -> Outcome {
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
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.map_or(0, |r| r.block_on(shelf.own()).map_or(0, |own| own.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_from_the_environment() {
        let check = |variables: &[&str], expect: &str| {
            let get = |name: &str| variables.contains(&name).then(|| "x".to_owned());
            assert_eq!(format!("{:?}", from_environment(get)), expect, "{variables:?}");
        };
        check(&[], "Anonymous");
        check(&["COUNTERSIGN_TOKEN"], "Token(…)");
        check(&["COUNTERSIGN_USERNAME", "COUNTERSIGN_PASSWORD"], "Password(…)");
        check(&["COUNTERSIGN_USERNAME"], "Anonymous");
        check(&["COUNTERSIGN_ACCESS_KEY_ID", "COUNTERSIGN_SECRET_ACCESS_KEY"], "AccessKey(…)");
    }
}
