//! Which endpoint, and with which credentials: two values that are never written together.
//!
//! The endpoint is part of the project and travels in invitations; credentials belong to one person on one device and
//! are kept encrypted by whoever holds them. So they are two types, and neither contains the other.

use crate::storage::{StorageError, check_folder};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The longest address, bucket, region, prefix or credential, in bytes.
pub const TEXT_LIMIT_BYTES: usize = 2_048;

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

/// The kinds of places the acceptance suite ran against.
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
}

fn default_region() -> String {
    "us-east-1".to_owned()
}

/// What proves to the endpoint who asks. Its `Debug` form shows no secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Credentials {
    /// A key pair for the S3 protocol.
    AccessKey {
        /// The key's name.
        access_key_id: String,
        /// The secret.
        secret_access_key: String,
        /// For temporary keys.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        session_token: Option<String>,
    },
    /// A user and a password, as WebDAV servers take them.
    Password {
        /// The user.
        username: String,
        /// The secret.
        password: String,
    },
    /// A bearer token, as some WebDAV servers take it.
    Token {
        /// The secret.
        token: String,
    },
    /// Nothing: a place open to all, for reading.
    Anonymous,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AccessKey { .. } => "AccessKey(…)",
            Self::Password { .. } => "Password(…)",
            Self::Token { .. } => "Token(…)",
            Self::Anonymous => "Anonymous",
        })
    }
}

impl Endpoint {
    /// Refuses what cannot work or would send credentials in clear.
    ///
    /// # Errors
    /// [`StorageError::Invalid`]: an id that is no name; an address that is not `https://host…` (or `http://` on this
    /// machine); an address with user, query or fragment; a prefix that is neither empty nor a folder name ending with
    /// a slash; an empty or overlong bucket or region.
    pub fn check(&self) -> Result<(), StorageError> {
        let short = |s: &str| !s.is_empty() && s.len() <= TEXT_LIMIT_BYTES;
        crate::storage::check_name(&self.id)?;
        check_folder(&self.prefix)?;
        origin(self.address())?;
        match &self.place {
            Place::S3 { bucket, region, .. } => {
                let bucket_like =
                    |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'_');
                let region_like = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
                let good = short(bucket) && bucket.bytes().all(bucket_like) && short(region);
                if good && region.bytes().all(region_like) { Ok(()) } else { Err(StorageError::Invalid) }
            }
            Place::WebDav { .. } => Ok(()),
        }
    }

    /// The address as given.
    pub fn address(&self) -> &str {
        match &self.place {
            Place::S3 { endpoint, .. } => endpoint,
            Place::WebDav { url } => url,
        }
    }

    /// The origins (`https://host[:port]`) that requests to this endpoint go to, in lower case.
    ///
    /// # Errors
    /// [`StorageError::Invalid`], as [`Endpoint::check`].
    pub fn origins(&self) -> Result<Vec<String>, StorageError> {
        let base = origin(self.address())?;
        match (&self.place, base.split_once("://")) {
            (Place::S3 { bucket, virtual_host: true, .. }, Some((scheme, host))) => {
                Ok(vec![format!("{scheme}://{bucket}.{host}")])
            }
            _ => Ok(vec![base]),
        }
    }
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
    fn a_bucket_in_the_host_name_moves_the_origin() {
        let text = r#"{"id":"t","kind":"s3","endpoint":"https://s3.example.org","bucket":"b","virtual_host":true}"#;
        let endpoint: Endpoint = serde_json::from_str(text).unwrap();
        assert_eq!(endpoint.origins().unwrap(), ["https://b.s3.example.org"]);
    }

    #[test]
    fn secrets_do_not_show() {
        let text = r#"{"kind":"access-key","access_key_id":"AK","secret_access_key":"hush"}"#;
        let credentials: Credentials = serde_json::from_str(text).unwrap();
        assert!(!format!("{credentials:?}").contains("hush"));
    }
}
