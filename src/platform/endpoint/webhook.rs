//! A webhook as a receiver of events.

use super::transport::{Fenced, request};
use crate::storage::StorageError;
use crate::sync::webhook::{Post, Receiver, key, signed};
use crate::sync::{Credentials, Endpoint, Mode, Place};

/// A webhook.
pub struct Hook {
    fence: Fenced,
    url: String,
    key: Option<Vec<u8>>,
    authorization: Option<String>,
    mode: Mode,
}

/// Opens a webhook. Nothing is sent yet.
///
/// # Errors
/// [`StorageError::Invalid`] where the configuration is not valid or of another kind, or the credentials are not such as
/// a webhook takes.
pub fn open_webhook(endpoint: &Endpoint, credentials: &Credentials) -> Result<Hook, StorageError> {
    endpoint.check()?;
    let Place::Webhook { url, mode } = &endpoint.place else { return Err(StorageError::Invalid) };
    let bearer = |token: &String| format!("Bearer {token}");
    let (key, authorization) = match credentials {
        Credentials::Secret { secret, token } => (Some(key(secret)?), token.as_ref().map(bearer)),
        Credentials::Token { token } => (None, Some(bearer(token))),
        Credentials::Anonymous => (None, None),
        _ => return Err(StorageError::Invalid),
    };
    Ok(Hook { fence: Fenced::new(endpoint.origins()?)?, url: url.clone(), key, authorization, mode: *mode })
}

impl Hook {
    /// How it takes events.
    pub fn mode(&self) -> Mode {
        self.mode
    }
}

impl Receiver for Hook {
    async fn post(&self, post: &Post, now_ms: u64) -> Result<(), StorageError> {
        let signed = self.key.as_deref().map(|key| signed(key, post, now_ms)).transpose()?;
        let own = post.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let proof = signed.iter().flatten().map(|(name, value)| (*name, value.as_str()));
        let bearer = self.authorization.as_deref().map(|a| ("authorization", a));
        let headers: Vec<(&str, &str)> = own.chain(proof).chain(bearer).collect();
        let answer = self.fence.send(request("POST", &self.url, &headers, post.body.clone())?).await?;
        // 404 and 410: nobody takes events here (any more), and asking again does not help
        if answer.status().is_success() { Ok(()) } else { Err(StorageError::Invalid) }
    }
}
