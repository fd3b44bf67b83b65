//! Signatures checked by WebCrypto, many at once and beside this thread.
//!
//! Only for entries that were verified strictly before they were kept: browsers differ on signatures that somebody made
//! to differ, so what is new is judged by our own code, and so is whatever is refused here.

use super::machine::{call, member};
use crate::log::{Claim, PublicKey};
use js_sys::{Array, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// One log's key in WebCrypto's hands.
pub struct Checker {
    subtle: JsValue,
    key: JsValue,
}

impl Checker {
    /// `None` where this browser has no WebCrypto, or no Ed25519 in it.
    pub async fn new(key: &PublicKey) -> Option<Self> {
        let subtle = member(&member(&js_sys::global(), "crypto"), "subtle");
        if !subtle.is_object() {
            return None;
        }
        let raw = Uint8Array::from(&key.to_bytes()[..]);
        let usages = Array::of1(&"verify".into());
        let given: [&JsValue; 5] = [&"raw".into(), &raw, &"Ed25519".into(), &true.into(), &usages];
        let key = call(&subtle, "importKey", &given).await.ok()?;
        Some(Self { subtle, key })
    }

    /// Whether every signature fits.
    pub async fn all_fit(&self, claims: &[Claim]) -> bool {
        let Ok(verify) = member(&self.subtle, "verify").dyn_into::<js_sys::Function>() else { return false };
        let asked = claims.iter().map(|claim| {
            let signature = Uint8Array::from(&claim.signature[..]);
            let message = Uint8Array::from(&claim.signing_input[..]);
            let given = Array::of4(&"Ed25519".into(), &self.key, &signature, &message);
            verify.apply(&self.subtle, &given).unwrap_or(JsValue::FALSE)
        });
        let answers = JsFuture::from(Promise::all(&asked.collect::<Array>())).await;
        answers.is_ok_and(|answers| Array::from(&answers).iter().all(|answer| answer.is_truthy()))
    }
}
