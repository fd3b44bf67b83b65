//! Which endpoint: where, of which kind, and how it is addressed.
//!
//! The endpoint is part of the project and travels in invitations, so nothing secret is in it: no user and no query stand
//! in an address. [`super::credentials`] holds what is secret, as a type of its own.

use crate::storage::{StorageError, check_folder};
use serde::{Deserialize, Serialize};

/// The longest address, bucket, region, prefix or credential, in bytes.
pub const TEXT_LIMIT_BYTES: usize = 2_048;
/// What stands for an object's name in a template.
pub const NAME_FIELD: &str = "{name}";

/// A place to exchange logs through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// A name for it within the project, for screens and for finding its credentials.
    pub id: String,
    /// What kind of place, and where.
    #[serde(flatten)]
    pub place: Place,
    /// The folder inside the place under which everything of ours is kept: empty, or ending with a slash.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
}

/// The kinds of places the acceptance suite ran against, and webhooks, which take events and give nothing back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Place {
    /// A bucket spoken to by the S3 protocol.
    S3 {
        /// `https://host[:port]`, without the bucket.
        endpoint: String,
        /// The bucket's name.
        bucket: String,
        /// The region that signatures name; `us-east-1` where the server does not care.
        #[serde(default = "default_region")]
        region: String,
        /// Whether the bucket stands in the host name (`bucket.host`) and not in the path.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        virtual_host: bool,
    },
    /// A WebDAV folder.
    WebDav {
        /// `https://host[:port]/path`.
        url: String,
    },
    /// A container of Azure Blob Storage, used by a shared access signature.
    Azure {
        /// `https://<account>.blob.core.windows.net/<container>`.
        url: String,
    },
    /// Anything that takes PUT and GET at an address made of the object's name: signed addresses, gateways. Not listed.
    Template {
        /// `https://host[:port]/…{name}…`, with `{name}` once in the path. What signs it is part of the credentials.
        url: String,
    },
    /// A table of rows (name, body) behind HTTP, by the contract of PostgREST.
    Rows {
        /// `https://host[:port]/<table>`.
        url: String,
    },
    /// A receiver of events (CloudEvents over HTTP). It takes events and gives nothing back.
    Webhook {
        /// `https://host[:port]/path`.
        url: String,
        /// How events are written into requests.
        #[serde(default)]
        mode: Mode,
    },
    /// A folder of this machine: a network share, a stick, a folder that another program carries on.
    Folder {
        /// Where it is.
        path: String,
    },
}

/// How a webhook takes events: the content modes of CloudEvents 1.0.2, HTTP protocol binding, section 3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// One event a request, whole in the body.
    #[default]
    Structured,
    /// One event a request, its attributes in headers and its data in the body.
    Binary,
    /// Several events a request, as an array.
    Batch,
}

fn default_region() -> String {
    "us-east-1".to_owned()
}

impl Endpoint {
    /// Refuses what cannot work or would send credentials in clear.
    ///
    /// # Errors
    /// [`StorageError::Invalid`]: an id that is no name; an address that is not `https://host…` (or `http://` on this
    /// machine); an address with user, query or fragment; a prefix that is neither empty nor a folder name ending with
    /// a slash; an empty or overlong bucket, region or path; a container or a table that is not named; a template
    /// without its `{name}`.
    pub fn check(&self) -> Result<(), StorageError> {
        let short = |s: &str| !s.is_empty() && s.len() <= TEXT_LIMIT_BYTES;
        crate::storage::check_name(&self.id)?;
        check_folder(&self.prefix)?;
        if let Place::Folder { path } = &self.place {
            return if short(path) { Ok(()) } else { Err(StorageError::Invalid) };
        }
        origin(self.address())?;
        let good = match &self.place {
            Place::S3 { bucket, region, .. } => {
                let bucket_like =
                    |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'_');
                let region_like = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
                let bucket = short(bucket) && bucket.bytes().all(bucket_like);
                bucket && short(region) && region.bytes().all(region_like)
            }
            Place::Template { url } => path_of(url).matches(NAME_FIELD).count() == 1,
            Place::Azure { url } | Place::Rows { url } => !path_of(url).trim_matches('/').is_empty(),
            Place::WebDav { .. } | Place::Webhook { .. } | Place::Folder { .. } => true,
        };
        if good { Ok(()) } else { Err(StorageError::Invalid) }
    }

    /// The address as given; of a folder, its path.
    pub fn address(&self) -> &str {
        match &self.place {
            Place::S3 { endpoint, .. } => endpoint,
            Place::WebDav { url }
            | Place::Azure { url }
            | Place::Template { url }
            | Place::Rows { url }
            | Place::Webhook { url, .. } => url,
            Place::Folder { path } => path,
        }
    }

    /// The origins (`https://host[:port]`) that requests to this endpoint go to, in lower case; none for a folder.
    ///
    /// # Errors
    /// [`StorageError::Invalid`], as [`Endpoint::check`].
    pub fn origins(&self) -> Result<Vec<String>, StorageError> {
        if matches!(self.place, Place::Folder { .. }) {
            return Ok(Vec::new());
        }
        let base = origin(self.address())?;
        match (&self.place, base.split_once("://")) {
            (Place::S3 { bucket, virtual_host: true, .. }, Some((scheme, host))) => {
                Ok(vec![format!("{scheme}://{bucket}.{host}")])
            }
            _ => Ok(vec![base]),
        }
    }
}

impl Place {
    /// The kind, as the configuration writes it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::S3 { .. } => "s3",
            Self::WebDav { .. } => "webdav",
            Self::Azure { .. } => "azure",
            Self::Template { .. } => "template",
            Self::Rows { .. } => "rows",
            Self::Webhook { .. } => "webhook",
            Self::Folder { .. } => "folder",
        }
    }
}

/// What of an address follows its host, with the slash; empty where nothing does.
fn path_of(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default()
}

/// The origin of an address, in lower case, without a default port.
///
/// # Errors
/// [`StorageError::Invalid`]: another scheme than `https`, or than `http` to this machine itself; a user, a query, a
/// fragment, a space, a control character; longer than [`TEXT_LIMIT_BYTES`].
pub fn origin(address: &str) -> Result<String, StorageError> {
    let bad = |b: u8| !b.is_ascii_graphic() || matches!(b, b'@' | b'?' | b'#' | b'\\');
    if address.len() > TEXT_LIMIT_BYTES || address.bytes().any(bad) {
        return Err(StorageError::Invalid);
    }
    let (scheme, rest) = address.split_once("://").ok_or(StorageError::Invalid)?;
    let authority = rest.split('/').next().unwrap_or_default().to_ascii_lowercase();
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority.as_str(), None),
    };
    let number = |p: &str| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()) && p.parse::<u16>().is_ok();
    let host_like = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    let in_brackets = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
    let good_host = match in_brackets {
        Some(v6) => !v6.is_empty() && v6.bytes().all(|b| b.is_ascii_hexdigit() || matches!(b, b':' | b'.')),
        None => !host.is_empty() && host.bytes().all(host_like),
    };
    if !good_host || !port.is_none_or(number) {
        return Err(StorageError::Invalid);
    }
    let here = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    match scheme.to_ascii_lowercase().as_str() {
        "https" if port.is_none_or(|p| p == "443") => Ok(format!("https://{host}")),
        "https" => Ok(format!("https://{authority}")),
        "http" if here && port.is_none_or(|p| p == "80") => Ok(format!("http://{host}")),
        "http" if here => Ok(format!("http://{authority}")),
        _ => Err(StorageError::Invalid),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_of_addresses() {
        let cases = [
            ("https://s3.example.org", Some("https://s3.example.org")),
            ("HTTPS://S3.Example.org:443/dav/team", Some("https://s3.example.org")),
            ("https://host:9000/x", Some("https://host:9000")),
            ("https://[2001:db8::1]:9000", Some("https://[2001:db8::1]:9000")),
            ("https://[2001:db8::1]", Some("https://[2001:db8::1]")),
            ("http://127.0.0.1:18333", Some("http://127.0.0.1:18333")),
            ("http://localhost", Some("http://localhost")),
            ("http://[::1]:80/", Some("http://[::1]")),
            ("http://s3.example.org", None),
            ("https://user:secret@host", None),
            ("https://host/?a", None),
            ("https://host/#a", None),
            ("https://host:99999", None),
            ("https://host:+1", None),
            ("https://ho st", None),
            ("https://", None),
            ("ftp://host", None),
            ("file:///etc/passwd", None),
            ("host", None),
        ];
        for (address, expect) in cases {
            assert_eq!(origin(address).ok().as_deref(), expect, "{address}");
        }
    }

    #[test]
    fn endpoint_file_and_its_checks() {
        let text = r#"{"id":"team","kind":"s3","endpoint":"https://s3.example.org","bucket":"labels","region":"eu"}"#;
        let endpoint: Endpoint = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&endpoint).unwrap(), text);
        assert_eq!(endpoint.check(), Ok(()));
        let text = r#"{"id":"team","kind":"webdav","url":"https://dav.example.org/team","prefix":"a/"}"#;
        let dav: Endpoint = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&dav).unwrap(), text);
        assert_eq!(dav.check(), Ok(()));
        for bad in [
            Endpoint { prefix: "a".into(), ..dav.clone() },
            Endpoint { prefix: "../".into(), ..dav.clone() },
            Endpoint { id: String::new(), ..dav.clone() },
            Endpoint { place: Place::WebDav { url: "http://dav.example.org".into() }, ..dav.clone() },
            Endpoint { place: Place::Azure { url: "https://account.example/".into() }, ..dav.clone() },
            Endpoint { place: Place::Template { url: "https://{name}.example/x".into() }, ..dav.clone() },
            Endpoint { place: Place::Template { url: "https://h/{name}/{name}".into() }, ..dav.clone() },
            Endpoint { place: Place::Template { url: "https://h/{name}?sig=hush".into() }, ..dav.clone() },
            Endpoint { place: Place::Rows { url: "https://h".into() }, ..dav.clone() },
            Endpoint { place: Place::Folder { path: String::new() }, ..dav.clone() },
            Endpoint {
                place: Place::S3 {
                    endpoint: "https://h".into(),
                    bucket: "a/b".into(),
                    region: "eu".into(),
                    virtual_host: false,
                },
                ..dav
            },
        ] {
            assert_eq!(bad.check(), Err(StorageError::Invalid), "{bad:?}");
        }
    }

    #[test]
    fn every_kind_reads_back() {
        for text in [
            r#"{"id":"a","kind":"azure","url":"https://acc.blob.core.windows.net/labels"}"#,
            r#"{"id":"t","kind":"template","url":"https://storage.example.org/labels/{name}"}"#,
            r#"{"id":"r","kind":"rows","url":"https://rest.example.org/objects"}"#,
            r#"{"id":"w","kind":"webhook","url":"https://hooks.example.org/labels","mode":"batch"}"#,
            r#"{"id":"f","kind":"folder","path":"/mnt/share"}"#,
        ] {
            let endpoint: Endpoint = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&endpoint).unwrap(), text);
            assert_eq!(endpoint.check(), Ok(()), "{text}");
            assert!(text.contains(&format!(r#""kind":"{}""#, endpoint.place.kind())));
        }
    }

    #[test]
    fn a_bucket_in_the_host_name_moves_the_origin() {
        let text = r#"{"id":"t","kind":"s3","endpoint":"https://s3.example.org","bucket":"b","virtual_host":true}"#;
        let endpoint: Endpoint = serde_json::from_str(text).unwrap();
        assert_eq!(endpoint.origins().unwrap(), ["https://b.s3.example.org"]);
    }
}
