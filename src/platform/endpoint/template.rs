//! The storage port over addresses made from a template: anything that takes PUT and GET.
//!
//! For signed addresses (a cloud's bucket without its protocol), and for gateways of one's own. There is no listing, so
//! logs are found by the keys that the project granted. What no credential may remove is overwritten by nothing, and an
//! empty object reads as absent: none of ours is empty.

use super::transport::{Fenced, request};
use crate::storage::{OBJECT_LIMIT_BYTES, Storage, StorageError, check_folder, check_name};
use crate::sync::Credentials;
use crate::sync::config::{NAME_FIELD, TEXT_LIMIT_BYTES};

/// Addresses by template.
#[derive(Clone)]
pub(super) struct Template {
    fence: Fenced,
    url: String,
    prefix: String,
    get: String,
    put: String,
    delete: Option<String>,
}

impl std::fmt::Debug for Template {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Template").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Template {
    pub(super) fn new(url: &str, credentials: &Credentials, fence: Fenced, prefix: &str) -> Result<Self, StorageError> {
        let query = |text: &str| {
            let good = text.len() <= TEXT_LIMIT_BYTES && text.bytes().all(|b| b.is_ascii_graphic() && b != b'#');
            if good { Ok(text.trim_start_matches('?').to_owned()) } else { Err(StorageError::Invalid) }
        };
        let (get, put, delete) = match credentials {
            Credentials::Signed { get, put, delete } => {
                (query(get)?, query(put)?, delete.as_deref().map(query).transpose()?)
            }
            // an open gateway also removes
            Credentials::Anonymous => (String::new(), String::new(), Some(String::new())),
            _ => return Err(StorageError::Invalid),
        };
        Ok(Self { fence, url: url.to_owned(), prefix: prefix.to_owned(), get, put, delete })
    }

    fn address(&self, name: &str, query: &str) -> Result<String, StorageError> {
        check_name(name)?;
        let url = self.url.replace(NAME_FIELD, &format!("{}{name}", self.prefix));
        Ok(if query.is_empty() { url } else { format!("{url}?{query}") })
    }
}

impl Storage for Template {
    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StorageError> {
        let answer = self.fence.send(request("GET", &self.address(name, &self.get)?, &[], Vec::new())?).await?;
        let there = answer.status().is_success() && !answer.body().is_empty();
        Ok(there.then(|| answer.into_body()))
    }

    async fn put(&self, name: &str, bytes: &[u8]) -> Result<(), StorageError> {
        if bytes.len() > OBJECT_LIMIT_BYTES {
            return Err(StorageError::Invalid);
        }
        let headers = [("content-type", "application/octet-stream")];
        let url = self.address(name, &self.put)?;
        let sent = self.fence.send(request("PUT", &url, &headers, bytes.to_vec())?).await?;
        if sent.status().is_success() { Ok(()) } else { Err(StorageError::Invalid) }
    }

    async fn list(&self, folder: &str) -> Result<Vec<String>, StorageError> {
        check_folder(folder)?;
        Err(StorageError::Invalid)
    }

    async fn delete(&self, name: &str) -> Result<(), StorageError> {
        match &self.delete {
            Some(query) => {
                self.fence.send(request("DELETE", &self.address(name, query)?, &[], Vec::new())?).await.map(drop)
            }
            None => self.put(name, &[]).await,
        }
    }

    fn lists(&self) -> bool {
        false
    }
}
