//! Keeps private keys: WebCrypto's own where it can, else a software key wrapped by a WebCrypto key; and the key that
//! encrypts source material at rest. Nothing here ever sees the bytes of a WebCrypto key.

use super::machine::{call, member, random};
use crate::domain::event::Custody;
use crate::domain::id::DeviceId;
use crate::log::key::{PublicKey, Signer, device_id};
use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;

/// What went wrong with a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The browser refused or lacks what is needed.
    #[error("use this device's key ({0}); reload the page, or join again with a new key")]
    Refused(String),
    /// What was kept is not a key.
    #[error("read this device's key; join again with a new key")]
    Unreadable,
}

impl KeyError {
    fn from_js(error: &JsValue) -> Self {
        Self::Refused(member(error, "name").as_string().unwrap_or_default())
    }
}

/// A signing key in the hands of this device.
#[derive(Clone)]
pub struct Keeper {
    device: DeviceId,
    held: Held,
}

#[derive(Clone)]
enum Held {
    WebCrypto(JsValue),
    Software(Box<[u8; 32]>),
}

fn subtle() -> Option<JsValue> {
    let subtle = member(&member(&js_sys::global(), "crypto"), "subtle");
    subtle.is_object().then_some(subtle)
}

/// `crypto.subtle` is there: the page is a secure context.
pub fn has_webcrypto() -> bool {
    subtle().is_some()
}

fn object(pairs: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in pairs {
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    object.into()
}

fn words(list: &[&str]) -> JsValue {
    list.iter().map(|w| JsValue::from_str(w)).collect::<Array>().into()
}

impl Keeper {
    /// A new key. `survives` tells whether a key put into the database came back usable: some browsers store a
    /// WebCrypto key and cannot read it again, and then a software key is made.
    pub async fn generate(survives: bool) -> Self {
        if survives && let Some(keeper) = Self::generate_webcrypto().await {
            return keeper;
        }
        Self::software(random())
    }

    /// A new WebCrypto key that signs what dalek verifies; `None` where this browser has none.
    pub async fn generate_webcrypto() -> Option<Self> {
        let subtle = subtle()?;
        let usages = words(&["sign", "verify"]);
        let pair = call(&subtle, "generateKey", &[&"Ed25519".into(), &false.into(), &usages]).await.ok()?;
        let (private, public) = (member(&pair, "privateKey"), member(&pair, "publicKey"));
        let raw = call(&subtle, "exportKey", &[&"raw".into(), &public]).await.ok()?;
        let raw: [u8; 32] = Uint8Array::new(&raw).to_vec().try_into().ok()?;
        let keeper = Self { device: device_id(&raw), held: Held::WebCrypto(private) };
        keeper.proves(&raw).await.then_some(keeper)
    }

    /// The key signs a message that dalek verifies.
    async fn proves(&self, public: &[u8; 32]) -> bool {
        let message = b"countersign probe";
        let Ok(signature) = self.sign(message).await else { return false };
        PublicKey::from_bytes(public).is_ok_and(|p| p.verify(message, &signature).is_ok())
    }

    fn software(seed: [u8; 32]) -> Self {
        Self { device: Signer::from_seed(&seed).device(), held: Held::Software(Box::new(seed)) }
    }

    /// The public key's name.
    pub fn device(&self) -> &DeviceId {
        &self.device
    }

    /// Where the private key lives, for the record.
    pub fn custody(&self) -> Custody {
        match self.held {
            Held::WebCrypto(_) => Custody::WebCrypto,
            Held::Software(_) => Custody::SoftwareWrapped,
        }
    }

    /// Signs.
    ///
    /// # Errors
    /// When the browser refuses the key.
    pub async fn sign(&self, message: &[u8]) -> Result<[u8; 64], KeyError> {
        match &self.held {
            Held::Software(seed) => Ok(Signer::from_seed(seed).sign(message)),
            Held::WebCrypto(key) => {
                let subtle = subtle().ok_or(KeyError::Unreadable)?;
                let message = Uint8Array::from(message);
                let signature = call(&subtle, "sign", &[&"Ed25519".into(), key, &message])
                    .await
                    .map_err(|e| KeyError::from_js(&e))?;
                Uint8Array::new(&signature).to_vec().try_into().map_err(|_| KeyError::Unreadable)
            }
        }
    }

    /// What the database keeps of this key: the WebCrypto handle itself, or the software seed under `at_rest`.
    ///
    /// # Errors
    /// When the browser refuses to encrypt.
    pub async fn to_record(&self, at_rest: &AtRest) -> Result<JsValue, KeyError> {
        let device = JsValue::from_str(self.device.as_str());
        Ok(match &self.held {
            Held::WebCrypto(key) => object(&[("device", device), ("key", key.clone())]),
            Held::Software(seed) => object(&[("device", device), ("wrapped", at_rest.seal(&seed[..]).await?)]),
        })
    }

    /// Reads what [`Keeper::to_record`] wrote.
    ///
    /// # Errors
    /// [`KeyError::Unreadable`] where it is not a key of that device.
    pub async fn from_record(record: &JsValue, at_rest: &AtRest) -> Result<Self, KeyError> {
        let device = member(record, "device").as_string().ok_or(KeyError::Unreadable)?;
        let wrapped = member(record, "wrapped");
        if wrapped.is_undefined() {
            let key = member(record, "key");
            if !key.is_object() {
                return Err(KeyError::Unreadable);
            }
            return Ok(Self { device: device.into(), held: Held::WebCrypto(key) });
        }
        let seed: [u8; 32] = at_rest.open(&wrapped).await?.try_into().map_err(|_| KeyError::Unreadable)?;
        let keeper = Self::software(seed);
        if keeper.device.as_str() == device { Ok(keeper) } else { Err(KeyError::Unreadable) }
    }
}

/// Encrypts source material, wrapped keys and credentials at rest: AES-256-GCM under a key that cannot be extracted.
#[derive(Clone)]
pub struct AtRest {
    key: Option<JsValue>,
}

impl AtRest {
    /// A new key; without WebCrypto there is none, and what is sealed lies in clear, which the page warns about.
    pub async fn generate() -> Self {
        let Some(subtle) = subtle() else { return Self { key: None } };
        let algorithm = object(&[("name", "AES-GCM".into()), ("length", 256.into())]);
        let usages = words(&["encrypt", "decrypt"]);
        Self { key: call(&subtle, "generateKey", &[&algorithm, &false.into(), &usages]).await.ok() }
    }

    /// What the database keeps: the handle itself, or `null`.
    pub fn to_record(&self) -> JsValue {
        self.key.clone().unwrap_or(JsValue::NULL)
    }

    /// Reads what [`AtRest::to_record`] wrote.
    pub fn from_record(record: &JsValue) -> Self {
        Self { key: record.is_object().then(|| record.clone()) }
    }

    /// Encrypts, with a fresh nonce in front.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn seal(&self, clear: &[u8]) -> Result<JsValue, KeyError> {
        let Some((subtle, key)) = subtle().zip(self.key.as_ref()) else {
            return Ok(object(&[("clear", Uint8Array::from(clear).into())]));
        };
        let nonce: [u8; 12] = random();
        let nonce = Uint8Array::from(&nonce[..]);
        let algorithm = object(&[("name", "AES-GCM".into()), ("iv", nonce.clone().into())]);
        let sealed = call(&subtle, "encrypt", &[&algorithm, key, &Uint8Array::from(clear)])
            .await
            .map_err(|e| KeyError::from_js(&e))?;
        Ok(object(&[("nonce", nonce.into()), ("sealed", sealed)]))
    }

    /// Decrypts.
    ///
    /// # Errors
    /// When it is not what [`AtRest::seal`] made with this key.
    pub async fn open(&self, record: &JsValue) -> Result<Vec<u8>, KeyError> {
        let clear = member(record, "clear");
        if !clear.is_undefined() {
            return Ok(Uint8Array::new(&clear).to_vec());
        }
        let (Some(subtle), Some(key)) = (subtle(), self.key.as_ref()) else { return Err(KeyError::Unreadable) };
        let algorithm = object(&[("name", "AES-GCM".into()), ("iv", member(record, "nonce"))]);
        let clear = call(&subtle, "decrypt", &[&algorithm, key, &member(record, "sealed")])
            .await
            .map_err(|e| KeyError::from_js(&e))?;
        Ok(Uint8Array::new(&clear).to_vec())
    }
}
