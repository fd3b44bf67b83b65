//! SHA-256 values and their text: base64url without padding, trailing bits zero, so that each value has one text.

use crate::domain::id::{Digest as DigestName, ProjectId};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use std::fmt;

/// SHA-256 of an entry (the canonical bytes of an event without its body) or of a body.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryHash(pub [u8; 32]);

impl EntryHash {
    /// SHA-256 of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(sha256(bytes))
    }

    /// Reads 43 characters of base64url; `None` for padding, other characters, other lengths, or set trailing bits.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 43 {
            return None;
        }
        Some(Self(decode(text)?.try_into().ok()?))
    }

    /// The project whose genesis entry has this hash.
    pub fn project(&self) -> ProjectId {
        ProjectId(self.to_string())
    }

    /// The name `sha256-<base64url>` under which facts refer to bytes.
    pub fn digest(&self) -> DigestName {
        DigestName(format!("sha256-{self}"))
    }

    /// Lower-case hex, as storage paths write it.
    pub fn hex(&self) -> String {
        use fmt::Write;
        self.0.iter().fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// Reads `sha256-<base64url>`.
    pub fn from_digest(digest: &DigestName) -> Option<Self> {
        Self::parse(digest.as_str().strip_prefix("sha256-")?)
    }
}

impl fmt::Display for EntryHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&encode(&self.0))
    }
}

impl fmt::Debug for EntryHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EntryHash({self})")
    }
}

impl Serialize for EntryHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EntryHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not 43 characters of base64url"))
    }
}

/// SHA-256 of `bytes`.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Base64url without padding.
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads base64url without padding; `None` where a character is foreign, padding stands, or trailing bits are set.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_text_for_each_value() {
        let hash = EntryHash([0; 32]);
        assert_eq!(EntryHash::parse(&hash.to_string()), Some(hash));
        let text = hash.to_string();
        for bad in [
            text.replace('A', "="),
            format!("{text}="),
            format!("{}B", &text[..42]),
            text[..42].to_owned(),
            text.replace('A', "+"),
        ] {
            assert_eq!(EntryHash::parse(&bad), None, "{bad}");
        }
        assert_eq!(EntryHash::from_digest(&hash.digest()), Some(hash));
        assert_eq!(hash.hex(), "0".repeat(64));
    }
}
