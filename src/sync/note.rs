//! Checkpoints as they come from an endpoint: whose, of which project, signed by that log's key.

use crate::domain::id::{DeviceId, ProjectId};
use crate::log::checkpoint::{self, Checkpoint, Kind, Note, NoteError, NoteKey};
use crate::log::key::{PublicKey, multibase};

/// Reads the checkpoint of the log of `device` in `project`. The host in its origin is the project's own choice and is
/// taken as it stands; project and key must fit.
pub(super) fn open(bytes: &[u8], project: &ProjectId, device: &DeviceId) -> Result<Checkpoint, NoteError> {
    let origin = Checkpoint::parse(&Note::parse(bytes)?.text)?.origin;
    let ending = format!("/{project}/{}", multibase(device));
    if !origin.ends_with(&ending) {
        return Err(NoteError::Origin);
    }
    let key = PublicKey::from_device(device).map_err(|_| NoteError::Origin)?;
    let log = NoteKey { name: origin, kind: Kind::Log, key };
    checkpoint::open(bytes, &log, &[]).map(|(checkpoint, _)| checkpoint)
}

/// Whether bytes that are no checkpoint look like one of ours that was cut short: nothing at all, or a beginning that
/// names this log. Anything else came from a stranger, and nothing of ours should be sent there.
pub(super) fn is_remnant(bytes: &[u8], project: &ProjectId, device: &DeviceId) -> bool {
    let Some(first) = bytes.split(|b| *b == b'\n').next() else { return true };
    let ending = format!("/{project}/{}", multibase(device));
    let whole_line = first.len() < bytes.len();
    let named = std::str::from_utf8(first).is_ok_and(|line| {
        match line.split_once('/') {
            Some((_, rest)) if whole_line => format!("/{rest}") == ending,
            Some((_, rest)) => ending.starts_with(&format!("/{rest}")),
            // cut within the host's name
            None => !whole_line && line.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':')),
        }
    });
    bytes.is_empty() || named
}
