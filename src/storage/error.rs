//! What can go wrong with an endpoint: a closed set, each with a code for machines and a next step for people.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why a request to an endpoint failed. No text of the server is kept: it may hold anything. An absent object is no
/// error, but `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "kebab-case")]
pub enum StorageError {
    /// The credentials are missing, wrong, expired, or do not allow this (401, 403, 407).
    #[error("use the endpoint: access was denied; check the credentials, their expiry and this machine's clock")]
    Denied,
    /// The object is locked or changed under us, or a folder is missing (409, 412, 423, 428).
    #[error("write the object: it is locked or was changed meanwhile; it is tried again")]
    Conflict,
    /// The endpoint asks for patience (429, 503).
    #[error("use the endpoint now: it is busy; it is tried again later")]
    Throttled {
        /// How long it asks us to wait, milliseconds; absent where it did not say.
        retry_after_ms: Option<u64>,
    },
    /// No answer: offline, refused, timed out, cut short, or a browser hiding an answer without CORS headers.
    #[error("reach the endpoint: check the network and the address, and, from a browser, the endpoint's CORS rule")]
    Unreachable,
    /// Something answered that is not the endpoint: a login page, a redirect, another kind of server.
    #[serde(rename = "endpoint-not-ours")]
    #[error("recognise the endpoint: another server answered; sign in to the network, or check the address")]
    NotOurs,
    /// No room left (507, quota).
    #[error("store more: the endpoint is full; make room or raise its quota")]
    Full,
    /// The request can never succeed as it is: a bad name, an object too large, a bad configuration, an origin that is
    /// not on the list of endpoints.
    #[error("use the endpoint like this: the configuration or the name is not valid; check address, bucket and prefix")]
    Invalid,
    /// Any other answer.
    #[error("use the endpoint: it answered {}; it is tried again later", status_text(*status))]
    Other {
        /// The HTTP status, where there was one.
        status: Option<u16>,
    },
}

fn status_text(status: Option<u16>) -> String {
    status.map_or_else(|| "in an unknown way".to_owned(), |s| format!("with status {s}"))
}

impl StorageError {
    /// A short name for machines and tests, the same in every language.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Conflict => "conflict",
            Self::Throttled { .. } => "throttled",
            Self::Unreachable => "unreachable",
            Self::NotOurs => "endpoint-not-ours",
            Self::Full => "full",
            Self::Invalid => "invalid",
            Self::Other { .. } => "other",
        }
    }

    /// Whether waiting alone may help. The others wait for a person: new credentials, more room, a mended configuration.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Conflict | Self::Throttled { .. } | Self::Unreachable | Self::Other { .. } | Self::NotOurs => true,
            Self::Denied | Self::Full | Self::Invalid => false,
        }
    }

    /// The error that an HTTP status stands for, `None` where the status is a success or an absent object (404, 410).
    /// Redirects are never followed, so each is [`StorageError::NotOurs`].
    pub fn of_status(status: u16, retry_after_ms: Option<u64>) -> Option<Self> {
        match status {
            200..=299 | 404 | 410 => None,
            300..=399 | 511 => Some(Self::NotOurs),
            401 | 403 | 407 => Some(Self::Denied),
            409 | 412 | 423 | 428 => Some(Self::Conflict),
            429 | 503 => Some(Self::Throttled { retry_after_ms }),
            507 => Some(Self::Full),
            400 | 405 | 406 | 413 | 414 | 415 | 501 => Some(Self::Invalid),
            _ => Some(Self::Other { status: Some(status) }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_has_one_meaning() {
        let cases = [
            (200, None),
            (404, None),
            (302, Some("endpoint-not-ours")),
            (415, Some("invalid")),
            (401, Some("denied")),
            (403, Some("denied")),
            (409, Some("conflict")),
            (412, Some("conflict")),
            (413, Some("invalid")),
            (423, Some("conflict")),
            (428, Some("conflict")),
            (429, Some("throttled")),
            (500, Some("other")),
            (503, Some("throttled")),
            (507, Some("full")),
        ];
        for (status, code) in cases {
            assert_eq!(StorageError::of_status(status, None).map(|e| e.code()), code, "{status}");
        }
    }

    #[test]
    fn texts_fit_after_could_not_and_say_what_to_do() {
        let all = [
            StorageError::Denied,
            StorageError::Conflict,
            StorageError::Throttled { retry_after_ms: Some(5) },
            StorageError::Unreachable,
            StorageError::NotOurs,
            StorageError::Full,
            StorageError::Invalid,
            StorageError::Other { status: Some(500) },
            StorageError::Other { status: None },
        ];
        for error in all {
            let text = error.to_string();
            assert!(
                text.starts_with(|c: char| c.is_ascii_lowercase()) && text.contains(';') | text.contains(", and,"),
                "{text}"
            );
        }
    }
}
