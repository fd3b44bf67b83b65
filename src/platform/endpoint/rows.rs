//! The storage port over a table of rows behind HTTP, by the contract of PostgREST.
//!
//! ```sql
//! create table objects (name text collate "C" primary key, body bytea not null);
//! ```
//! Reading is `GET ?select=body&name=eq.…`, writing a `POST` that merges duplicates, removing a `DELETE`; bytes travel as
//! PostgreSQL writes `bytea` (`\x` and hex), which doubles them. The collation makes the server's order that of bytes,
//! which listing by ranges needs. Deliberately absent: transactions, functions, and any other table.

use super::transport::{Fenced, request};
use crate::storage::{LIST_LIMIT, OBJECT_LIMIT_BYTES, Storage, StorageError, check_folder, check_name};
use crate::sync::Credentials;
use serde::{Deserialize, Serialize};

/// The largest object, in bytes: its hex must pass the limit of an answer.
const ROW_LIMIT_BYTES: usize = OBJECT_LIMIT_BYTES / 2 - 1_024;
/// Rows asked for at once. A server may give fewer.
const PAGE: usize = 1_000;

/// The longest page of names that is read, bytes: a thousand names of the longest kind take a quarter of it.
const NAMES_LIMIT_BYTES: usize = 4 << 20;

/// A table.
#[derive(Clone)]
pub(super) struct Rows {
    fence: Fenced,
    url: String,
    prefix: String,
    authorization: Option<String>,
}

impl std::fmt::Debug for Rows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows").field("url", &self.url).finish_non_exhaustive()
    }
}

#[derive(Serialize, Deserialize)]
struct Row<'a> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<String>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

impl Rows {
    pub(super) fn new(url: &str, credentials: &Credentials, fence: Fenced, prefix: &str) -> Result<Self, StorageError> {
        let authorization = match credentials {
            Credentials::Token { token } => Some(format!("Bearer {token}")),
            Credentials::Anonymous => None,
            _ => return Err(StorageError::Invalid),
        };
        Ok(Self { fence, url: url.trim_end_matches('/').to_owned(), prefix: prefix.to_owned(), authorization })
    }

    fn key(&self, name: &str) -> Result<String, StorageError> {
        check_name(name)?;
        Ok(format!("{}{name}", self.prefix))
    }

    /// The answer's body. A table that is not there is a wrong configuration.
    async fn ask(&self, method: &str, query: &str, body: Vec<u8>, prefer: &str) -> Result<Vec<u8>, StorageError> {
        let mut headers = vec![("accept", "application/json"), ("prefer", prefer)];
        if !body.is_empty() {
            headers.push(("content-type", "application/json"));
        }
        headers.extend(self.authorization.as_deref().map(|a| ("authorization", a)));
        let answer = self.fence.send(request(method, &format!("{}?{query}", self.url), &headers, body)?).await?;
        if answer.status().is_success() { Ok(answer.into_body()) } else { Err(StorageError::Invalid) }
    }

    /// The names after `after` and before `before`, in the order of bytes, no more than a page of them.
    async fn names(&self, after: &str, before: Option<&str>) -> Result<Vec<String>, StorageError> {
        // no character of a name means anything to the server's operators
        let end = before.map(|b| format!("&name=lt.{b}")).unwrap_or_default();
        let query = format!("select=name&name=gt.{after}{end}&order=name.asc&limit={PAGE}");
        let body = self.ask("GET", &query, Vec::new(), "count=none").await?;
        if body.len() > NAMES_LIMIT_BYTES {
            return Err(StorageError::NotOurs);
        }
        let rows: Vec<Named> = serde_json::from_slice(&body).map_err(|_| StorageError::NotOurs)?;
        Ok(rows.into_iter().map(|row| row.name).collect())
    }
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(2 + bytes.len() * 2);
    text.push_str("\\x");
    let digit = |half: u8| DIGITS.get(usize::from(half)).copied().map_or('0', char::from);
    for byte in bytes {
        text.extend([digit(byte >> 4), digit(byte & 15)]);
    }
    text
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("\\x")?.as_bytes();
    let value = |digit: u8| char::from(digit).to_digit(16).and_then(|v| u8::try_from(v).ok());
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty().then_some(())?;
    pairs.iter().map(|[high, low]| Some(value(*high)? << 4 | value(*low)?)).collect()
}

impl Storage for Rows {
    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StorageError> {
        let query = format!("select=body&name=eq.{}", self.key(name)?);
        let body = self.ask("GET", &query, Vec::new(), "count=none").await?;
        let rows: Vec<Row<'_>> = serde_json::from_slice(&body).map_err(|_| StorageError::NotOurs)?;
        match rows.into_iter().next() {
            None => Ok(None),
            Some(row) => row.body.as_deref().and_then(unhex).map(Some).ok_or(StorageError::NotOurs),
        }
    }

    async fn put(&self, name: &str, bytes: &[u8]) -> Result<(), StorageError> {
        let key = self.key(name)?;
        if bytes.len() > ROW_LIMIT_BYTES {
            return Err(StorageError::Invalid);
        }
        let row = [Row { name: Some(&key), body: Some(hex(bytes)) }];
        let body = serde_json::to_vec(&row).map_err(|_| StorageError::Invalid)?;
        self.ask("POST", "on_conflict=name", body, "resolution=merge-duplicates,return=minimal").await.map(drop)
    }

    async fn list(&self, folder: &str) -> Result<Vec<String>, StorageError> {
        check_folder(folder)?;
        let path = format!("{}{folder}", self.prefix);
        // '0' is the byte after '/', so this is the first name past the folder
        let before = path.strip_suffix('/').map(|p| format!("{p}0"));
        let (mut found, mut after): (Vec<String>, String) = (Vec::new(), path.clone());
        loop {
            let names = self.names(&after, before.as_deref()).await?;
            let Some(last) = names.last().filter(|last| **last > after).cloned() else { break };
            for child in names.iter().filter_map(|name| name.strip_prefix(&path)) {
                let child = child.split_once('/').map_or(child.to_owned(), |(first, _)| format!("{first}/"));
                let name = format!("{folder}{child}");
                if check_name(child.strip_suffix('/').unwrap_or(&child)).is_ok() && found.last() != Some(&name) {
                    found.push(name);
                }
            }
            if found.len() > LIST_LIMIT {
                return Err(StorageError::Invalid);
            }
            // what lies deeper in the last folder need not be read
            let deeper = last.strip_prefix(&path).and_then(|rest| rest.split_once('/'));
            after = deeper.map_or(last.clone(), |(first, _)| format!("{path}{first}/~"));
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    async fn delete(&self, name: &str) -> Result<(), StorageError> {
        let query = format!("name=eq.{}", self.key(name)?);
        self.ask("DELETE", &query, Vec::new(), "return=minimal").await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_as_postgresql_writes_them() {
        for (bytes, text) in [(&b""[..], "\\x"), (b"\x00\xfe~", "\\x00fe7e")] {
            assert_eq!(hex(bytes), text);
            assert_eq!(unhex(text).as_deref(), Some(bytes));
        }
        for bad in ["", "00", "\\x0", "\\x0g", "\\xé"] {
            assert_eq!(unhex(bad), None, "{bad}");
        }
    }
}
