//! What proves a fork, a cut tail or a revocation that others contradict: the two things that cannot both be true, side by
//! side, as data. A finding says that something is wrong; evidence lets somebody else see it without trusting the finder.
//!
//! Nothing is decided here, and nothing is ever replaced by the newer of two: both stay.

use super::checkpoint::{Checkpoint, Note};
use super::hash::EntryHash;
use super::problem::Code;
use super::wire;
use crate::domain::id::{DeviceId, EventId};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

/// The evidence of one finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// The finding: [`Code::Equivocation`], [`Code::Rollback`] or [`Code::RevocationConflict`].
    pub code: Code,
    /// The log it is about.
    pub log: DeviceId,
    /// The first place that the two tell differently.
    pub sequence: u64,
    /// Two entries that one key signed for that place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<SignedEntry>,
    /// Heads of the log that cannot both be true of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub heads: Vec<HeadSeen>,
}

/// An entry as its key signed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SignedEntry {
    /// SHA-256 of its canonical bytes.
    pub hash: EntryHash,
    /// Which of the given logs it stands in, from 0.
    pub file: usize,
    /// Its canonical bytes, signature included and body not; absent until [`Evidence::fill`] met the line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
}

/// How far a log went, and who says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HeadSeen {
    /// Number of entries.
    pub size: u64,
    /// Root of the tree over them, in base64, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
    /// The signed checkpoint that says so, as it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<String>,
    /// The participant who says so in an event (`peers.seen`) or by a cosignature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<DeviceId>,
    /// That event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<EventId>,
}

impl HeadSeen {
    /// What a reader holds itself.
    pub fn held(size: u64, root: &[u8; 32]) -> Self {
        Self { size, root: Some(STANDARD.encode(root)), checkpoint: None, by: None, event: None }
    }

    /// What a signed note says.
    pub fn noted(checkpoint: &Checkpoint, note: &Note) -> Self {
        let note = String::from_utf8_lossy(&note.write()).into_owned();
        Self { checkpoint: Some(note), ..Self::held(checkpoint.size, &checkpoint.root) }
    }

    /// What a participant says in an event.
    pub fn said(size: u64, by: &DeviceId, event: &EventId) -> Self {
        Self { size, root: None, checkpoint: None, by: Some(by.clone()), event: Some(event.clone()) }
    }
}

impl Evidence {
    /// Shows a line of the log `file` once more. If it is one of the entries that lack their bytes, they are taken from it.
    /// Readers keep hashes alone, so whoever reads a long log a second time, which happens where it forked, finds the rest.
    pub fn fill(&mut self, file: usize, line: &[u8]) {
        for wanted in self.entries.iter_mut().filter(|e| e.file == file && e.entry.is_none()) {
            let (entry, _) = wire::cut(line, "data");
            if EntryHash::of(&entry) == wanted.hash {
                wanted.entry = String::from_utf8(entry).ok();
            }
        }
    }
}
