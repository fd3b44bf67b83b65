//! Whether entries that were verified before are still, byte for byte, what was signed: signature, link, place and body,
//! without parsing. What a verified entry *says* cannot change while its bytes do not, so forms and rights need no second
//! look; this is some ten times cheaper than reading anew, and lets the signature be checked elsewhere, many at once.
//!
//! A "no" from here names no fault: [`super::Verifier`] reads the entry again and does.

use super::hash::{self, EntryHash};
use super::key::{NotAKey, PublicKey};
use super::wire;
use crate::domain::id::DeviceId;

/// What is left to be shown of an entry: that the signature is of these bytes by the log's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// What was signed.
    pub signing_input: Vec<u8>,
    /// By this.
    pub signature: [u8; 64],
}

/// Goes through one log, or from an entry on whose place and hash are known.
#[derive(Clone, Debug)]
pub struct Recheck {
    key: PublicKey,
    source: Vec<u8>,
    header: String,
    size: u64,
    last: Option<EntryHash>,
}

impl Recheck {
    /// Begins behind the entry `last`, at place `size`; with `None` and 0 at the start.
    ///
    /// # Errors
    /// Where the device is not named by a key.
    pub fn resume(device: &DeviceId, size: u64, last: Option<EntryHash>) -> Result<Self, NotAKey> {
        let key = PublicKey::from_device(device)?;
        let source = format!("\"{device}\"").into_bytes();
        Ok(Self { key, source, header: wire::header_of(device), size, last })
    }

    /// The log's key.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// Where it stands: the place of the next entry, and the hash of the one before.
    pub fn head(&self) -> (u64, Option<EntryHash>) {
        (self.size, self.last)
    }

    /// Looks at the next entry, and at its body where that is here. `None` where anything but the signature, which the
    /// caller checks, is not as it was.
    pub fn next(&mut self, entry: &[u8], body: Option<&[u8]>) -> Option<Claim> {
        let [source, sequence, prevhash, datahash, jws] =
            wire::members(entry, ["source", "sequence", "prevhash", "datahash", "jws"]);
        let quoted = |text: String| format!("\"{text}\"").into_bytes();
        let links = prevhash.map(<[u8]>::to_vec) == self.last.map(|hash| quoted(hash.to_string()));
        let place = wire::sequence_text(self.size).map(quoted);
        let same_body = body.is_none_or(|body| datahash == Some(&quoted(EntryHash::of(body).to_string())));
        if source != Some(&self.source) || sequence != place.as_deref() || !links || !same_body {
            return None;
        }
        let jws = std::str::from_utf8(jws?).ok()?.strip_prefix('"')?.strip_suffix('"')?;
        let signature = jws.strip_prefix(self.header.as_str())?.strip_prefix("..")?;
        let signature = hash::decode(signature)?.try_into().ok()?;
        let (payload, _) = wire::cut(entry, "jws");
        self.size += 1;
        self.last = Some(EntryHash::of(entry));
        Some(Claim { signing_input: wire::signing_bytes(&self.header, &payload), signature })
    }
}
