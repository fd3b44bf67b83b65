//! The endpoint that a command names, and the credentials for it.
//!
//! Secrets never stand on the command line: other users of the machine can read it.

use super::exchange::read_json;
use crate::platform::endpoint::{Hook, Remote, open, open_webhook};
use crate::platform::native::stored::FolderStorage;
use crate::storage::{Storage, StorageError};
use crate::sync::{Credentials, Endpoint, Place};
use std::path::PathBuf;

/// Where to, and as whom.
#[derive(clap::Args)]
pub struct Where {
    /// The endpoint as JSON, e.g. {"id":"team","kind":"s3","endpoint":"https://…","bucket":"…","region":"…"},
    /// {"id":"team","kind":"webdav","url":"https://…"}, or of kind azure, template, rows, webhook (each with "url"),
    /// folder (with "path").
    #[arg(long, value_name = "FILE")]
    endpoint: PathBuf,
    /// Credentials as JSON, e.g. {"kind":"access-key","access_key_id":"…","secret_access_key":"…"} or
    /// {"kind":"password","username":"…","password":"…"}. Without it: COUNTERSIGN_ACCESS_KEY_ID with
    /// COUNTERSIGN_SECRET_ACCESS_KEY (and COUNTERSIGN_SESSION_TOKEN), COUNTERSIGN_USERNAME with COUNTERSIGN_PASSWORD,
    /// COUNTERSIGN_SAS, COUNTERSIGN_WEBHOOK_SECRET (and COUNTERSIGN_TOKEN), or COUNTERSIGN_TOKEN; else none are sent.
    #[arg(long, value_name = "FILE")]
    credentials: Option<PathBuf>,
}

impl Where {
    /// The endpoint and the credentials for it. The message fits on standard error.
    pub fn read(&self) -> Result<(Endpoint, Credentials), String> {
        read(&self.endpoint, self.credentials.as_deref())
    }

    /// Opens the endpoint. The message fits on standard error.
    pub fn open(&self) -> Result<Target, String> {
        let (endpoint, credentials) = self.read()?;
        if matches!(endpoint.place, Place::Webhook { .. }) {
            return Err(
                "could not fetch: a webhook takes events and gives nothing back; name another endpoint".to_owned()
            );
        }
        Target::open(&endpoint, &credentials).map_err(|e| format!("could not {e}"))
    }

    /// Opens the endpoint as a receiver of events, where it is one.
    pub fn open_webhook(&self) -> Result<Option<Hook>, String> {
        let (endpoint, credentials) = self.read()?;
        if !matches!(endpoint.place, Place::Webhook { .. }) {
            return Ok(None);
        }
        open_webhook(&endpoint, &credentials).map(Some).map_err(|e| format!("could not {e}"))
    }
}

/// Opens a WebDAV folder by its address, with the credentials of the environment.
pub fn open_address(url: &str) -> Result<Target, String> {
    let endpoint =
        Endpoint { id: "address".to_owned(), place: Place::WebDav { url: url.to_owned() }, prefix: String::new() };
    Target::open(&endpoint, &from_environment(|name| std::env::var(name).ok())).map_err(|e| format!("could not {e}"))
}

/// Reads an endpoint and its credentials, the latter from the environment where no file is named.
pub fn read(
    endpoint: &std::path::Path,
    credentials: Option<&std::path::Path>,
) -> Result<(Endpoint, Credentials), String> {
    let endpoint: Endpoint = read_json(endpoint)?;
    let credentials = match credentials {
        Some(path) => read_json(path)?,
        None => from_environment(|name| std::env::var(name).ok()),
    };
    Ok((endpoint, credentials))
}

fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Credentials {
    let get = |name: &str| variable(&format!("COUNTERSIGN_{name}"));
    if let (Some(access_key_id), Some(secret_access_key)) = (get("ACCESS_KEY_ID"), get("SECRET_ACCESS_KEY")) {
        return Credentials::AccessKey { access_key_id, secret_access_key, session_token: get("SESSION_TOKEN") };
    }
    if let (Some(username), Some(password)) = (get("USERNAME"), get("PASSWORD")) {
        return Credentials::Password { username, password };
    }
    match (get("SAS"), get("WEBHOOK_SECRET"), get("TOKEN")) {
        (Some(token), _, _) => Credentials::Sas { token },
        (_, Some(secret), token) => Credentials::Secret { secret, token },
        (_, _, Some(token)) => Credentials::Token { token },
        _ => Credentials::Anonymous,
    }
}

/// An endpoint that gives back what it took: elsewhere, or a folder of this machine.
pub enum Target {
    /// Elsewhere.
    Remote(Remote),
    /// A folder.
    Folder(FolderStorage),
}

impl Target {
    /// Opens an endpoint. Nothing is sent yet.
    ///
    /// # Errors
    /// As [`open`]; [`StorageError::Invalid`] also where a folder is not there.
    pub fn open(endpoint: &Endpoint, credentials: &Credentials) -> Result<Self, StorageError> {
        match &endpoint.place {
            Place::Folder { path } => {
                endpoint.check()?;
                FolderStorage::open(path, &endpoint.prefix).map(Self::Folder)
            }
            _ => open(endpoint, credentials).map(Self::Remote),
        }
    }
}

impl Storage for Target {
    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StorageError> {
        match self {
            Self::Remote(it) => it.get(name).await,
            Self::Folder(it) => it.get(name).await,
        }
    }

    async fn put(&self, name: &str, bytes: &[u8]) -> Result<(), StorageError> {
        match self {
            Self::Remote(it) => it.put(name, bytes).await,
            Self::Folder(it) => it.put(name, bytes).await,
        }
    }

    async fn list(&self, folder: &str) -> Result<Vec<String>, StorageError> {
        match self {
            Self::Remote(it) => it.list(folder).await,
            Self::Folder(it) => it.list(folder).await,
        }
    }

    async fn delete(&self, name: &str) -> Result<(), StorageError> {
        match self {
            Self::Remote(it) => it.delete(name).await,
            Self::Folder(it) => it.delete(name).await,
        }
    }

    fn lists(&self) -> bool {
        match self {
            Self::Remote(it) => it.lists(),
            Self::Folder(it) => it.lists(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_from_the_environment() {
        let check = |variables: &[&str], expect: &str| {
            let get = |name: &str| variables.contains(&name).then(|| "x".to_owned());
            assert_eq!(format!("{:?}", from_environment(get)), expect, "{variables:?}");
        };
        check(&[], "Anonymous");
        check(&["COUNTERSIGN_TOKEN"], "Token(…)");
        check(&["COUNTERSIGN_USERNAME", "COUNTERSIGN_PASSWORD"], "Password(…)");
        check(&["COUNTERSIGN_USERNAME"], "Anonymous");
        check(&["COUNTERSIGN_ACCESS_KEY_ID", "COUNTERSIGN_SECRET_ACCESS_KEY"], "AccessKey(…)");
        check(&["COUNTERSIGN_SAS"], "Sas(…)");
        check(&["COUNTERSIGN_WEBHOOK_SECRET", "COUNTERSIGN_TOKEN"], "Secret(…)");
    }
}
