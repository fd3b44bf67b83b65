//! What can be wrong with a log: a closed set of codes, the same for the terminal and the page, each with its place.
//! No detail ever carries text from an event.

use crate::domain::id::DeviceId;
use serde::Serialize;
use std::fmt;

/// What is wrong. The text form is kebab-case and stable; programs may match on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// Longer or deeper than the limits allow.
    TooLarge,
    /// Not UTF-8, not JSON, or not an object.
    BadJson,
    /// A required attribute is missing, or an attribute has not the form it must have.
    BadAttribute,
    /// Not base64url without padding and with zero trailing bits, where that must stand.
    BadEncoding,
    /// Not the one RFC 8785 form of what it says.
    NotCanonical,
    /// The signature's header is not exactly the one that the source calls for.
    BadHeader,
    /// The source names no Ed25519 key, or is not the source of this log.
    WrongSource,
    /// Bound to another project.
    WrongProject,
    /// The body does not have the hash that was signed, or says what its type forbids.
    BadData,
    /// The signature is not of these bytes by this key.
    BadSignature,
    /// Out of sequence, or not linked to the entry before.
    BrokenChain,
    /// One key signed two entries for the same place.
    Equivocation,
    /// The hybrid clock does not advance within the log.
    ClockBack,
    /// The hybrid clock is far from the wall clock that the entry claims, or ahead of the reader's.
    ClockSuspect,
    /// The body is absent and no erasure says why.
    BodyMissing,
    /// The body is absent, as an erasure in the project says.
    BodyErased,
    /// The body has not the shape that its type calls for; the event counts as one without a body.
    BadBody,
    /// The type is unknown to this version; the event is kept and not understood.
    UnknownType,
    /// The signature is good, but the key had not been granted what the event does.
    NotAuthorised,
    /// No log among those given begins the project, so nothing can be said about grants.
    NoGenesis,
    /// Nobody else's log or checkpoint confirms where this log ends.
    Unwitnessed,
    /// Fewer other participants countersigned this log's length than were demanded.
    TooFewWitnesses,
    /// Another log has seen more entries of this log than are here: its tail was cut.
    Rollback,
    /// An entry behind the one that closes its own log.
    AfterClose,
    /// A revocation says that a log ended before a place that others had seen of it.
    RevocationConflict,
    /// A log that a checkpoint or a participant names is not among those given.
    LogMissing,
    /// A checkpoint is no signed note, or names no log of this project.
    BadCheckpoint,
    /// A tile is absent, or is not the one of these entries.
    BadTile,
    /// A time anchor cannot be read, or is over none of the given checkpoints.
    BadAnchor,
    /// The file could not be read.
    Unreadable,
}

/// All codes, in the order above.
pub const CODES: [Code; 30] = [
    Code::TooLarge,
    Code::BadJson,
    Code::BadAttribute,
    Code::BadEncoding,
    Code::NotCanonical,
    Code::BadHeader,
    Code::WrongSource,
    Code::WrongProject,
    Code::BadData,
    Code::BadSignature,
    Code::BrokenChain,
    Code::Equivocation,
    Code::ClockBack,
    Code::ClockSuspect,
    Code::BodyMissing,
    Code::BodyErased,
    Code::BadBody,
    Code::UnknownType,
    Code::NotAuthorised,
    Code::NoGenesis,
    Code::Unwitnessed,
    Code::TooFewWitnesses,
    Code::Rollback,
    Code::AfterClose,
    Code::RevocationConflict,
    Code::LogMissing,
    Code::BadCheckpoint,
    Code::BadTile,
    Code::BadAnchor,
    Code::Unreadable,
];

impl Code {
    /// The stable text form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TooLarge => "too-large",
            Self::BadJson => "bad-json",
            Self::BadAttribute => "bad-attribute",
            Self::BadEncoding => "bad-encoding",
            Self::NotCanonical => "not-canonical",
            Self::BadHeader => "bad-header",
            Self::WrongSource => "wrong-source",
            Self::WrongProject => "wrong-project",
            Self::BadData => "bad-data",
            Self::BadSignature => "bad-signature",
            Self::BrokenChain => "broken-chain",
            Self::Equivocation => "equivocation",
            Self::ClockBack => "clock-back",
            Self::ClockSuspect => "clock-suspect",
            Self::BodyMissing => "body-missing",
            Self::BodyErased => "body-erased",
            Self::BadBody => "bad-body",
            Self::UnknownType => "unknown-type",
            Self::NotAuthorised => "not-authorised",
            Self::NoGenesis => "no-genesis",
            Self::Unwitnessed => "unwitnessed",
            Self::TooFewWitnesses => "too-few-witnesses",
            Self::Rollback => "rollback",
            Self::AfterClose => "after-close",
            Self::RevocationConflict => "revocation-conflict",
            Self::LogMissing => "log-missing",
            Self::BadCheckpoint => "bad-checkpoint",
            Self::BadTile => "bad-tile",
            Self::BadAnchor => "bad-anchor",
            Self::Unreadable => "unreadable",
        }
    }

    /// How much it matters. Verification fails on errors alone.
    pub fn severity(self) -> Severity {
        match self {
            Self::ClockSuspect
            | Self::BodyMissing
            | Self::BadBody
            | Self::NotAuthorised
            | Self::NoGenesis
            | Self::RevocationConflict
            | Self::LogMissing
            | Self::Unwitnessed => Severity::Warning,
            Self::BodyErased | Self::UnknownType => Severity::Note,
            _ => Severity::Error,
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How much a problem matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing, nothing is wrong.
    Note,
    /// Something a person should look at; the log stands.
    Warning,
    /// The log does not stand from here on.
    Error,
}

/// A code with its detail, before anybody knows the place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {detail}")]
pub struct Fault {
    /// What is wrong.
    pub code: Code,
    /// More of it, in lower case, without any text from the event.
    pub detail: &'static str,
}

impl Fault {
    /// A fault.
    pub fn new(code: Code, detail: &'static str) -> Self {
        Self { code, detail }
    }

    /// The same, about no log that is here.
    pub fn nowhere(self) -> Problem {
        Problem { sequence: None, ..self.at(None, 0) }
    }

    /// The same, at a place.
    pub fn at(self, log: Option<&DeviceId>, sequence: u64) -> Problem {
        Problem {
            code: self.code,
            severity: self.code.severity(),
            log: log.cloned(),
            sequence: Some(sequence),
            file: None,
            detail: self.detail,
        }
    }
}

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{code}: {detail}")]
pub struct Problem {
    /// What is wrong.
    pub code: Code,
    /// How much it matters.
    pub severity: Severity,
    /// The log it is in, by its key, where that much could be read.
    pub log: Option<DeviceId>,
    /// The place in the log, from 0: the sequence the entry has, or should have had.
    pub sequence: Option<u64>,
    /// Which of the given files, from 0, where files were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<usize>,
    /// More of it, in lower case, without any text from the event.
    pub detail: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_text_is_what_serde_writes() {
        for code in CODES {
            assert_eq!(serde_json::to_string(&code).unwrap(), format!("\"{code}\""));
        }
    }
}
