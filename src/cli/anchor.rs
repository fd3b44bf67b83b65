//! `countersign anchor`: what to send to a time-stamping authority (RFC 3161), so that it stamps a checkpoint.
//!
//! Sending it is left to the user, since which authority to trust and to tell is theirs to choose. The reply goes into
//! `verify --anchor`.

use crate::log::checkpoint::{Checkpoint, MAX_NOTE_BYTES, Note};
use crate::log::{EntryHash, anchor};
use crate::platform::native::{entropy, files, folder};
use std::path::PathBuf;
use std::process::ExitCode;

/// Make a request for a time stamp over a checkpoint.
#[derive(clap::Args)]
pub struct Args {
    /// A signed checkpoint. Its whole bytes are stamped, so keep this file: a later cosignature makes another.
    #[arg(value_name = "CHECKPOINT")]
    checkpoint: PathBuf,
    /// Where to write the request.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Writes the request and says what to do with it. 0: done; 1: not.
pub fn run(args: Args) -> ExitCode {
    match request(&args) {
        Ok(text) => {
            super::print(&text);
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(1)
        }
    }
}

fn request(args: &Args) -> Result<String, String> {
    let bytes = files::read(&args.checkpoint, MAX_NOTE_BYTES as u64)
        .map_err(|e| super::exchange::unread(&args.checkpoint, &e))?;
    Note::parse(&bytes)
        .and_then(|note| Checkpoint::parse(&note.text))
        .map_err(|e| format!("could not use {}: {e}", args.checkpoint.display()))?;
    let digest = EntryHash::of(&bytes);
    let nonce =
        entropy::fresh().map_err(|e| format!("could not make a request: the system gives no randomness: {e}"))?;
    let request = anchor::request(&digest, u64::from_be_bytes(nonce));
    folder::write(&args.out, &request).map_err(|e| format!("could not write {}: {}", args.out.display(), e.kind()))?;
    let (query, note) = (args.out.display(), args.checkpoint.display());
    Ok(format!(
        "sha256 {}\n\
         send     curl -H 'Content-Type: application/timestamp-query' --data-binary @{query} AUTHORITY -o REPLY\n\
         check    openssl ts -verify -queryfile {query} -in REPLY -CAfile AUTHORITY-CERTIFICATE\n\
         keep     countersign verify --checkpoint {note} --anchor REPLY …\n",
        digest.hex()
    ))
}
