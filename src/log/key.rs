//! Ed25519 keys and their names. A device is named by its public key as did:key, so that a log says by itself who may
//! have written it and no registry is asked.
//!
//! Verification is strict everywhere (`verify_strict`, canonical keys, no small order): implementations differ on edge
//! cases, and two readers must never differ on whether a log stands.

use crate::domain::id::DeviceId;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};

/// `did:key:` and the multibase letter of base58btc.
const PREFIX: &str = "did:key:z";
/// The multicodec of an Ed25519 public key, as a varint.
const MULTICODEC: [u8; 2] = [0xed, 0x01];

/// Why a text or bytes are no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the did:key of an Ed25519 key")]
pub struct NotAKey;

/// The signature is not of these bytes by this key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not fit")]
pub struct BadSignature;

/// An Ed25519 public key, canonical and not of small order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Takes 32 bytes as a key. Refused: no point of the curve, a coordinate written with more than p, small order.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, NotAKey> {
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| NotAKey)?;
        let canonical = key.to_edwards().compress().to_bytes() == *bytes;
        if canonical && !key.is_weak() { Ok(Self(key)) } else { Err(NotAKey) }
    }

    /// Reads `did:key:z6Mk…`.
    pub fn from_device(device: &DeviceId) -> Result<Self, NotAKey> {
        let text = device.as_str().strip_prefix(PREFIX).ok_or(NotAKey)?;
        // 34 bytes take 46 to 48 letters; base58 is quadratic, so look before decoding
        if text.len() > 48 {
            return Err(NotAKey);
        }
        let bytes = bs58::decode(text).into_vec().map_err(|_| NotAKey)?;
        let key = bytes.strip_prefix(&MULTICODEC).ok_or(NotAKey)?;
        Self::from_bytes(key.try_into().map_err(|_| NotAKey)?)
    }

    /// The 32 bytes.
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// Its name, `did:key:z6Mk…`.
    pub fn device(&self) -> DeviceId {
        device_id(&self.to_bytes())
    }

    /// Checks strictly that `signature` is of `message` by this key.
    pub fn verify(&self, message: &[u8], signature: &[u8; 64]) -> Result<(), BadSignature> {
        self.0.verify_strict(message, &Signature::from_bytes(signature)).map_err(|_| BadSignature)
    }
}

/// The name of the device that holds the private half of `public`.
pub fn device_id(public: &[u8; 32]) -> DeviceId {
    let mut bytes = MULTICODEC.to_vec();
    bytes.extend_from_slice(public);
    DeviceId(format!("{PREFIX}{}", bs58::encode(bytes).into_string()))
}

/// The part of a device's name after `did:key:`, which stands in key ids and checkpoint origins.
pub fn multibase(device: &DeviceId) -> &str {
    device.as_str().strip_prefix("did:key:").unwrap_or(device.as_str())
}

/// A private key in memory. In the browser WebCrypto takes its place where it can.
pub struct Signer(SigningKey);

impl Signer {
    /// The key of a 32-byte seed (RFC 8032's private key).
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// The name of the device that holds this key.
    pub fn device(&self) -> DeviceId {
        self.public().device()
    }

    /// Signs.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_and_key() {
        // RFC 8032, section 7.1, test 1
        let public = [
            0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1,
            0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a,
        ];
        let name = DeviceId::from("did:key:z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw");
        assert_eq!(device_id(&public), name);
        assert_eq!(PublicKey::from_device(&name).unwrap().to_bytes(), public);
        let long = format!("did:key:z{}", "6".repeat(100_000));
        for bad in ["", "did:key:", "did:key:z", "did:key:z6Mk", "did:web:example", "did:key:z0", &long] {
            assert_eq!(PublicKey::from_device(&bad.into()), Err(NotAKey));
        }
    }

    #[test]
    fn weak_and_non_canonical_keys_are_refused() {
        let mut one = [0; 32];
        one[0] = 1;
        let mut p_plus_3 = [0xff; 32];
        p_plus_3[0] = 0xf0;
        p_plus_3[31] = 0x7f;
        for bad in [[0; 32], one, p_plus_3] {
            assert_eq!(PublicKey::from_bytes(&bad), Err(NotAKey), "{bad:?}");
        }
    }
}
