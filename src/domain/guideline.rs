//! The instructions that annotators work by, versioned, because an answer is only as good as what was asked.

use super::id::Digest;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Which guideline, which version, which bytes. Text form `<id>@<version>#sha256-…`, as events carry it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GuidelineRef {
    /// Its name, constant across versions.
    pub id: String,
    /// Its version, in the words of its author.
    pub version: String,
    /// SHA-256 of its text.
    pub digest: Digest,
}

impl fmt::Display for GuidelineRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}#{}", self.id, self.version, self.digest)
    }
}

impl GuidelineRef {
    /// Reads the text form.
    pub fn parse(text: &str) -> Option<Self> {
        let (id, rest) = text.split_once('@')?;
        let (version, digest) = rest.split_once('#')?;
        Some(Self { id: id.into(), version: version.into(), digest: digest.into() })
    }
}
