//! The storage port over a container of Azure Blob Storage, by a shared access signature.
//!
//! Spoken to directly: four requests of the Blob service's REST interface (Put Blob, Get Blob, Delete Blob, List Blobs).
//! OpenDAL has a client for it, which brings RSA, AES and thirty more crates for kinds of credentials that never leave a
//! server. Deliberately absent: account keys, and signing anything here.

use super::transport::{Fenced, in_query, request};
use crate::storage::{LIST_LIMIT, OBJECT_LIMIT_BYTES, Storage, StorageError, check_folder, check_name};
use crate::sync::Credentials;

/// The longest page of a listing that is read, bytes: 5,000 blobs with all their properties take a fifth of it.
const LISTING_LIMIT_BYTES: usize = 16 << 20;
/// The most nodes of its XML.
const LISTING_NODES: u32 = 500_000;

/// A container.
#[derive(Clone, Debug)]
pub(super) struct Azure {
    fence: Fenced,
    /// `https://host/container`.
    container: String,
    prefix: String,
    /// The signature, as a query; empty for a container open to all.
    signature: Secret,
}

/// A secret that `Debug` does not show.
#[derive(Clone)]
struct Secret(String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

impl Azure {
    pub(super) fn new(url: &str, credentials: &Credentials, fence: Fenced, prefix: &str) -> Result<Self, StorageError> {
        let signature = match credentials {
            Credentials::Sas { token } => token.trim_start_matches('?').to_owned(),
            Credentials::Anonymous => String::new(),
            _ => return Err(StorageError::Invalid),
        };
        let container = url.trim_end_matches('/').to_owned();
        Ok(Self { fence, container, prefix: prefix.to_owned(), signature: Secret(signature) })
    }

    fn blob(&self, name: &str) -> Result<String, StorageError> {
        check_name(name)?;
        Ok(format!("{}/{}{name}?{}", self.container, self.prefix, self.signature.0))
    }

    /// One page of a listing: names and the marker of the next page.
    async fn page(&self, path: &str, marker: &str) -> Result<(Vec<String>, String), StorageError> {
        let (path, marker) = (in_query(path), in_query(marker));
        let query = format!("restype=container&comp=list&delimiter=%2F&prefix={path}&marker={marker}");
        let url = format!("{}?{query}&{}", self.container, self.signature.0);
        let answer = self.fence.send(request("GET", &url, &[], Vec::new())?).await?;
        if !answer.status().is_success() {
            return Err(StorageError::Invalid);
        }
        listing(answer.body()).ok_or(StorageError::NotOurs)
    }
}

/// Names and next marker of a List Blobs answer; `None` where it is none.
fn listing(body: &[u8]) -> Option<(Vec<String>, String)> {
    if body.len() > LISTING_LIMIT_BYTES {
        return None;
    }
    // the service begins with a byte order mark
    let text = std::str::from_utf8(body).ok()?.trim_start_matches('\u{feff}');
    let options = roxmltree::ParsingOptions { nodes_limit: LISTING_NODES, ..Default::default() };
    let document = roxmltree::Document::parse_with_options(text, options).ok()?;
    let root = document.root_element();
    if !root.has_tag_name("EnumerationResults") {
        return None;
    }
    let blobs = root.children().find(|n| n.has_tag_name("Blobs"))?;
    let named = |node: roxmltree::Node<'_, '_>| {
        let name = node.children().find(|n| n.has_tag_name("Name"))?;
        name.text().map(str::to_owned)
    };
    let names = blobs.children().filter(|n| n.has_tag_name("Blob") || n.has_tag_name("BlobPrefix")).filter_map(named);
    let marker = root.children().find(|n| n.has_tag_name("NextMarker")).and_then(|n| n.text()).unwrap_or_default();
    Some((names.collect(), marker.to_owned()))
}

impl Storage for Azure {
    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StorageError> {
        let answer = self.fence.send(request("GET", &self.blob(name)?, &[], Vec::new())?).await?;
        if answer.status().is_success() {
            return Ok(Some(answer.into_body()));
        }
        // a container that is not there is a wrong configuration, not an absent object
        let code = answer.headers().get("x-ms-error-code").and_then(|v| v.to_str().ok());
        if code == Some("ContainerNotFound") { Err(StorageError::Invalid) } else { Ok(None) }
    }

    async fn put(&self, name: &str, bytes: &[u8]) -> Result<(), StorageError> {
        if bytes.len() > OBJECT_LIMIT_BYTES {
            return Err(StorageError::Invalid);
        }
        let headers = [("x-ms-blob-type", "BlockBlob"), ("content-type", "application/octet-stream")];
        let sent = self.fence.send(request("PUT", &self.blob(name)?, &headers, bytes.to_vec())?).await?;
        if sent.status().is_success() { Ok(()) } else { Err(StorageError::Invalid) }
    }

    async fn list(&self, folder: &str) -> Result<Vec<String>, StorageError> {
        check_folder(folder)?;
        let path = format!("{}{folder}", self.prefix);
        let (mut found, mut marker) = (Vec::new(), String::new());
        loop {
            let (names, next) = self.page(&path, &marker).await?;
            // whatever else lies there under other names is not ours
            let children = names.iter().filter_map(|name| name.strip_prefix(&path));
            let good = children.filter(|c| check_name(c.strip_suffix('/').unwrap_or(c)).is_ok());
            found.extend(good.map(|child| format!("{folder}{child}")));
            if found.len() > LIST_LIMIT {
                return Err(StorageError::Invalid);
            }
            // a server that gives the same marker for ever would hold us here
            if next.is_empty() || next == marker {
                break;
            }
            marker = next;
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    async fn delete(&self, name: &str) -> Result<(), StorageError> {
        self.fence.send(request("DELETE", &self.blob(name)?, &[], Vec::new())?).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of Microsoft's "List Blobs" reference, shortened.
    #[test]
    fn a_listing_as_the_service_writes_it() {
        let text = "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults ContainerName=\"c\"><Prefix>a/</Prefix>\
                    <Blobs><Blob><Name>a/1</Name><Properties/></Blob><BlobPrefix><Name>a/b/</Name></BlobPrefix></Blobs>\
                    <NextMarker>2!76!x</NextMarker></EnumerationResults>";
        let expect = (vec!["a/1".to_owned(), "a/b/".to_owned()], "2!76!x".to_owned());
        assert_eq!(listing(text.as_bytes()), Some(expect));
        for bad in [
            "",
            "<html/>",
            "{}",
            "<EnumerationResults>",
            "<!DOCTYPE x><EnumerationResults><Blobs/></EnumerationResults>",
        ] {
            assert_eq!(listing(bad.as_bytes()), None, "{bad}");
        }
        let of = |inside: &str| format!("<EnumerationResults><Blobs>{inside}</Blobs></EnumerationResults>");
        assert_eq!(listing(of(&" ".repeat(LISTING_LIMIT_BYTES)).as_bytes()), None, "too long");
        assert_eq!(listing(of(&"<a/>".repeat(LISTING_NODES as usize)).as_bytes()), None, "too many nodes");
        assert_eq!(listing(of(&"<a>".repeat(100_000)).as_bytes()), None, "too deep, and not closed");
    }
}
