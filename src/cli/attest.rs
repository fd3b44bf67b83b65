//! `countersign attest`: a statement about exported files, signed: an in-toto Statement (v1) in a DSSE envelope.
//!
//! It says which bytes came out of which logs, up to which entries and with which folded state, so that who trains on a file
//! can ask for the record behind it. The logs are verified first; nothing is said of logs that do not stand.

use super::{exchange, key, replay};
use crate::domain::state::{Materials, fold};
use crate::engine::snapshot;
use crate::log::{EntryHash, LogReport};
use crate::platform::native::files;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The longest exported file that is attested, in bytes.
const MAX_FILE_BYTES: u64 = 4 << 30;
/// Payload type of a DSSE envelope that holds an in-toto Statement.
const PAYLOAD: &str = "application/vnd.in-toto+json";
/// What the predicate is: the members are those that [`predicate`] writes.
const PREDICATE: &str = "https://countersign.org/attestation/release/v1";

/// Sign a statement about exported files: which logs they came from.
#[derive(clap::Args)]
pub struct Args {
    /// The exported files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The logs they came from: files (`.jsonl`) or folders, as for `verify`.
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    logs: Vec<PathBuf>,
    /// Your private key as JWK.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
}

/// Prints the envelope. 0: done; 1: the logs do not stand, or a file cannot be read.
pub fn run(args: Args) -> ExitCode {
    match attest(&args) {
        Ok(envelope) => {
            super::print(&format!("{envelope}\n"));
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(1)
        }
    }
}

fn attest(args: &Args) -> Result<Value, String> {
    let signer = key::read(&args.key)?;
    let subject = args.files.iter().map(|path| subject(path)).collect::<Result<Vec<_>, _>>()?;
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": subject,
        "predicateType": PREDICATE,
        "predicate": predicate(&args.logs)?,
    });
    let payload = statement.to_string();
    let signature = signer.sign(&pre_authentication(PAYLOAD, payload.as_bytes()));
    Ok(json!({
        "payload": STANDARD.encode(payload),
        "payloadType": PAYLOAD,
        "signatures": [{ "keyid": signer.device(), "sig": STANDARD.encode(signature) }],
    }))
}

/// A file by its name and SHA-256. The folder it lies in is nobody's business.
fn subject(path: &Path) -> Result<Value, String> {
    let digest = files::sha256(path, MAX_FILE_BYTES).map_err(|e| exchange::unread(path, &e))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(json!({ "name": name, "digest": { "sha256": EntryHash(digest).hex() } }))
}

/// The logs as they stood: heads, and the state folded from them.
fn predicate(paths: &[PathBuf]) -> Result<Value, String> {
    let (mut events, report) = replay::stand(paths, "attest")?;
    let state = fold(Materials::default(), &mut events);
    // a log that was given twice, older and newer, is one log, as long as the longer
    let mut logs: BTreeMap<_, &LogReport> = BTreeMap::new();
    for log in &report.logs {
        let longest = logs.entry(&log.log).or_insert(log);
        if log.entries > longest.entries {
            *longest = log;
        }
    }
    let head = |log: &LogReport| json!({ "log": log.log, "size": log.entries, "root": log.root });
    Ok(json!({
        "project": report.project,
        "logs": logs.into_values().map(head).collect::<Vec<_>>(),
        "events": report.entries,
        "state": { "version": snapshot::VERSION, "sha256": EntryHash::of(&snapshot::bytes(&state)).hex() },
    }))
}

/// DSSE's pre-authentication encoding: what is signed.
fn pre_authentication(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut out = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    out.extend_from_slice(payload);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed() {
        // the example of the DSSE protocol, secure-systems-lab/dsse
        let expect = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world";
        assert_eq!(pre_authentication("http://example.com/HelloWorld", b"hello world"), expect);
    }
}
