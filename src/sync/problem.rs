//! What can be wrong with what an endpoint holds: a closed set, each with the object it was seen in. Good local data is
//! never touched by any of them.

use super::store::LocalError;
use crate::domain::id::DeviceId;
use crate::log::checkpoint::NoteError;
use crate::log::{Code, Problem as LogProblem};
use crate::storage::StorageError;
use thiserror::Error;

/// What is wrong with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Wrong {
    /// A checkpoint or an entry names it, and it is not there.
    #[error("it is missing")]
    Missing,
    /// It does not hold what its name or its checkpoint promises: cut short, or changed.
    #[error("it does not hold what it should")]
    Damaged,
    /// It is no checkpoint of this log by this key.
    #[error("it is {0}")]
    Checkpoint(NoteError),
    /// It shows fewer entries than were seen before: a cut tail, an old backup, a stale answer.
    #[error("it shows {offered} entries where {held} were seen before")]
    Rollback {
        /// Entries held here.
        held: u64,
        /// Entries it shows.
        offered: u64,
    },
    /// The key signed two different entries for one place.
    #[error("the key signed two histories, which part at or before entry {sequence}")]
    Equivocation {
        /// The first place, from 0, where they are known to differ.
        sequence: u64,
    },
    /// An entry does not stand.
    #[error("entry {sequence} does not stand: {code}")]
    Entry {
        /// Its place, from 0.
        sequence: u64,
        /// Why.
        code: Code,
    },
    /// This device's own log is longer at the endpoint than here: this store was set back, or the key was copied.
    #[error("this device's own log is longer there ({there}) than here ({here}); take a new key before writing on")]
    OwnAhead {
        /// Entries here.
        here: u64,
        /// Entries there.
        there: u64,
    },
    /// The endpoint failed on this object alone.
    #[error("could not {0}")]
    Storage(StorageError),
}

impl Wrong {
    /// A short name for machines and tests.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Damaged => "damaged",
            Self::Checkpoint(_) => "bad-checkpoint",
            Self::Rollback { .. } => "rollback",
            Self::Equivocation { .. } => "equivocation",
            Self::Entry { code, .. } => code.as_str(),
            Self::OwnAhead { .. } => "own-ahead",
            Self::Storage(e) => e.code(),
        }
    }
}

/// What is wrong, where, and with which evidence.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{object}: {wrong}")]
pub struct Problem {
    /// The log concerned, if one.
    pub device: Option<DeviceId>,
    /// The object, by its name below the project.
    pub object: String,
    /// What is wrong with it.
    pub wrong: Wrong,
    /// Signed bytes that prove it to others, where there are any: the checkpoint that was offered.
    pub evidence: Option<Vec<u8>>,
    /// What was seen before and it contradicts: the checkpoint that is kept here.
    pub seen: Option<Vec<u8>>,
}

impl Problem {
    /// A problem without evidence.
    pub fn new(device: Option<&DeviceId>, object: impl Into<String>, wrong: Wrong) -> Self {
        Self { device: device.cloned(), object: object.into(), wrong, evidence: None, seen: None }
    }

    /// The same, with the bytes that prove it.
    #[must_use]
    pub fn proved_by(mut self, bytes: &[u8]) -> Self {
        self.evidence = Some(bytes.to_vec());
        self
    }

    /// The same, with the bytes that were seen before.
    #[must_use]
    pub fn after(mut self, seen: Option<Vec<u8>>) -> Self {
        self.seen = seen;
        self
    }

    /// What a verifier found in an entry, seen in `object`.
    pub(super) fn of_entry(device: &DeviceId, object: &str, found: &LogProblem, place: u64) -> Self {
        let sequence = found.sequence.unwrap_or(place);
        let wrong = match found.code {
            Code::Equivocation => Wrong::Equivocation { sequence },
            code => Wrong::Entry { sequence, code },
        };
        Self::new(Some(device), object, wrong)
    }
}

/// Why a round ended early: nothing more can be done with this endpoint, or on this device, for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
pub enum Stop {
    /// The endpoint fails.
    #[error("could not {0}")]
    Storage(#[from] StorageError),
    /// The device's own store fails.
    #[error("could not {0}")]
    Local(#[from] LocalError),
}

impl Stop {
    /// A short name for machines and tests.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Storage(e) => e.code(),
            Self::Local(LocalError::NoRoom) => "no-room",
            Self::Local(LocalError::NoKey) => "no-key",
            Self::Local(LocalError::Moved) => "moved",
            Self::Local(LocalError::Unreadable) => "unreadable",
        }
    }
}

/// Whether an error is of the endpoint as a whole, so that asking for the next object is useless.
pub(super) fn stops(error: StorageError) -> bool {
    match error {
        StorageError::Denied
        | StorageError::Throttled { .. }
        | StorageError::Unreachable
        | StorageError::NotOurs
        | StorageError::Full => true,
        StorageError::Conflict | StorageError::Invalid | StorageError::Other { .. } => false,
    }
}
