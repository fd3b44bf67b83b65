//! The secret of a project, and the keys derived from it, one per purpose.
//!
//! One 256-bit key per project makes the project a pseudonymisation domain of its own: the same person has another
//! pseudonym in another project. A key per purpose (RFC 5869) keeps pseudonyms of different kinds unrelated, so that an
//! e-mail address and a name that read the same cannot be linked by their tokens.

use crate::domain::id::TaskId;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroize;

/// Version of the derivation; it enters every label, so that a later scheme yields other keys.
const VERSION: &str = "1";

/// The secret of one project: 32 random bytes, made by the owner's device and kept there. Wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct ProjectKey(pub [u8; 32]);

impl Drop for ProjectKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// Never shows the key.
impl std::fmt::Debug for ProjectKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ProjectKey(..)")
    }
}

impl ProjectKey {
    /// The key for one purpose (`pseudonym`, `task`) and one kind (an entity, or nothing): HKDF-SHA-256 (RFC 5869)
    /// without salt, over the label `countersign`, purpose, kind, version, each with its length before it.
    pub fn derive(&self, purpose: &str, kind: &str) -> ProjectKey {
        let mut label = Vec::new();
        for part in ["countersign", purpose, kind, VERSION] {
            label.extend_from_slice(&(part.len() as u32).to_be_bytes());
            label.extend_from_slice(part.as_bytes());
        }
        let mut key = [0u8; 32];
        if Hkdf::<Sha256>::new(None, &self.0).expand(&label, &mut key).is_err() {
            unreachable!("32 bytes are less than 255 blocks");
        }
        ProjectKey(key)
    }

    /// HMAC-SHA-256 (RFC 2104) of `message` under this key.
    pub fn mac(&self, message: &[u8]) -> [u8; 32] {
        // a key shorter than the block is padded with zeros by definition
        let mut block = [0u8; 64];
        for (to, from) in block.iter_mut().zip(self.0) {
            *to = from;
        }
        let mut mac = Hmac::<Sha256>::new(&block.into());
        block.zeroize();
        mac.update(message);
        mac.finalize().into_bytes().into()
    }
}

/// The name of a task: a keyed hash of its canonical source bytes, as base64url. Without the key nobody can try whether
/// a guessed source gives this name.
pub fn task_subject(key: &ProjectKey, canonical_source: &[u8]) -> TaskId {
    TaskId(URL_SAFE_NO_PAD.encode(key.derive("task", "").mac(canonical_source)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
    }

    #[test]
    fn the_mac_is_hmac_sha_256() {
        // RFC 4231 has no 32-byte key; case 4 has 25 bytes, which zeros extend to the same HMAC key block
        let mut key = [0u8; 32];
        for (i, byte) in key.iter_mut().enumerate().take(25) {
            *byte = i as u8 + 1;
        }
        assert_eq!(
            ProjectKey(key).mac(&[0xcd; 50]).to_vec(),
            hex("82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b")
        );
    }

    #[test]
    fn purposes_and_projects_do_not_meet() {
        let (a, b) = (ProjectKey([1; 32]), ProjectKey([2; 32]));
        assert_ne!(a.derive("task", "").0, b.derive("task", "").0);
        assert_ne!(a.derive("task", "").0, a.derive("pseudonym", "").0);
        assert_ne!(a.derive("ab", "c").0, a.derive("a", "bc").0);
        assert_eq!(task_subject(&a, b"{}"), task_subject(&a, b"{}"));
        assert_ne!(task_subject(&a, b"{}"), task_subject(&b, b"{}"));
        assert_eq!(task_subject(&a, b"{}").0.len(), 43);
        assert_eq!(format!("{a:?}"), "ProjectKey(..)");
    }
}
