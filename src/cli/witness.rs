//! `countersign witness`: countersigns the checkpoints of others' logs that were seen here, entry by entry.
//!
//! A cosignature says "I hold this log, and it has this head". So it is given only to a checkpoint that the log here bears
//! out, never to one's own log, and never to a second head of a log once another was countersigned: what was countersigned
//! before lies in `--out`, and the log must contain it.

use super::gather::Gathered;
use super::key;
use crate::domain::id::DeviceId;
use crate::log::checkpoint::{Checkpoint, Kind, MAX_NOTE_BYTES, Note, NoteKey, witness_name};
use crate::log::key::{PublicKey, multibase};
use crate::log::{Against, LogReader, Signer, verify_logs};
use crate::platform::native::{clock, files, folder};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Countersign the checkpoints of others' logs that are here whole.
#[derive(clap::Args)]
pub struct Args {
    /// Logs with their checkpoints: folders as `pull` leaves them or in the storage layout; or log files, with --checkpoint.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Your private key as JWK.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// A signed checkpoint of one of the logs; may be given several times.
    #[arg(long, value_name = "FILE")]
    checkpoint: Vec<PathBuf>,
    /// The folder for countersigned checkpoints, in the storage layout: witness/<you>/<device>.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Countersigns. 0: all that was here; 1: the logs do not stand, or a checkpoint contradicts what was countersigned before.
pub fn run(args: Args) -> ExitCode {
    match witness(&args) {
        Ok((text, refused)) => {
            super::print(&text);
            refused.iter().for_each(|why| eprintln!("{why}"));
            if refused.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) }
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(1)
        }
    }
}

fn witness(args: &Args) -> Result<(String, Vec<String>), String> {
    let signer = key::read(&args.key)?;
    let mut all = Gathered::of(&args.paths);
    args.checkpoint.iter().for_each(|path| all.checkpoint(path));
    if let Some((path, kind)) = all.unreadable.first() {
        return Err(format!("could not read {}: {kind}", path.display()));
    }
    let readers: Vec<LogReader> = all.logs.into_iter().map(|log| log.reader).collect();
    let report = verify_logs(readers.clone(), &Against { checkpoints: all.checkpoints.clone(), ..Against::default() });
    if !report.ok {
        return Err("could not countersign: the logs do not stand; `countersign verify` says where".to_owned());
    }
    let (mut text, mut refused) = (String::new(), Vec::new());
    for reader in &readers {
        let Some(device) = reader.device().filter(|device| **device != signer.device()) else { continue };
        let notes = all.checkpoints.iter().filter_map(|bytes| note_of(bytes, device));
        // the longest says all that the others say
        let Some((note, checkpoint)) = notes.max_by_key(|(_, checkpoint)| checkpoint.size) else { continue };
        let file = args.out.join("witness").join(multibase(&signer.device())).join(multibase(device));
        match cosign(&signer, reader, note, &checkpoint, &file) {
            Ok(()) => text.push_str(&format!("countersigned {device} to {} entries\n", checkpoint.size)),
            Err(why) => refused.push(format!("could not countersign {device}: {why}")),
        }
    }
    if text.is_empty() && refused.is_empty() {
        return Err("could not countersign: no checkpoint of another's log is here".to_owned());
    }
    Ok((text, refused))
}

/// The note, if its log is that of `device` and signed it.
fn note_of(bytes: &[u8], device: &DeviceId) -> Option<(Note, Checkpoint)> {
    let note = Note::parse(bytes).ok()?;
    let checkpoint = Checkpoint::parse(&note.text).ok()?;
    let ours = checkpoint.origin.ends_with(&format!("/{}", multibase(device)));
    let (name, key) = (checkpoint.origin.clone(), PublicKey::from_device(device).ok()?);
    let signed = note.signed_by(&NoteKey { name, kind: Kind::Log, key });
    (ours && matches!(signed, Ok(Some(_)))).then_some((note, checkpoint))
}

fn cosign(signer: &Signer, log: &LogReader, mut note: Note, of: &Checkpoint, file: &Path) -> Result<(), String> {
    let earlier = files::read(file, MAX_NOTE_BYTES as u64).ok().map(|bytes| Note::parse(&bytes));
    if let Some(earlier) = earlier {
        let before = earlier.and_then(|note| Checkpoint::parse(&note.text));
        let before = before.map_err(|e| format!("{} is in the way: {e}", file.display()))?;
        if before.size > of.size {
            return Err(format!("it was countersigned to {} entries before, and has fewer now", before.size));
        }
        if before.origin != of.origin || log.root(before.size) != Some(before.root) {
            return Err(format!("what was countersigned before ({}) is not in it", file.display()));
        }
    }
    let host = of.origin.split('/').next().unwrap_or_default();
    let name = witness_name(host, &signer.device());
    let key = NoteKey { name, kind: Kind::Witness, key: signer.public() };
    note.signatures.retain(|signature| signature.name != key.name);
    let time_s = clock::now_ms() / 1000;
    note.add(&key, time_s, &signer.sign(&Note::message(&note.text, Kind::Witness, time_s)));
    folder::write(file, &note.write()).map_err(|e| format!("{} cannot be written: {}", file.display(), e.kind()))
}
