//! The storage port over an OpenDAL operator.

use super::transport::Fenced;
use crate::storage::{LIST_LIMIT, OBJECT_LIMIT_BYTES, Storage, StorageError, check_folder, check_name};
use crate::sync::Credentials;
use futures_util::StreamExt;
use opendal::options::WriteOptions;
use opendal::services::{S3, Webdav};
use opendal::{Error, ErrorKind, HttpTransporter, OperationContext, Operator};
use std::error::Error as _;

/// How often a folder that others make at the same time is tried.
const FOLDER_ATTEMPTS: usize = 4;

/// A bucket or a WebDAV folder, by OpenDAL.
#[derive(Clone, Debug)]
pub(super) struct Operated {
    operator: Operator,
    prefix: String,
    /// WebDAV folders have to be made before something is put into them.
    makes_folders: bool,
}

impl Operated {
    /// A bucket spoken to by the S3 protocol. Nothing is taken from the environment, the user's files, or a cloud's
    /// metadata service.
    pub(super) fn bucket(
        (address, bucket, region, virtual_host): (&str, &str, &str, bool),
        credentials: &Credentials,
        fence: Fenced,
        prefix: &str,
    ) -> Result<Self, StorageError> {
        let s3 = S3::default().disable_config_load().disable_ec2_metadata();
        let mut s3 = s3.endpoint(address).bucket(bucket).region(region);
        if virtual_host {
            s3 = s3.enable_virtual_host_style();
        }
        Self::of(Operator::new(with_key(s3, credentials)?), fence, prefix, false)
    }

    /// A WebDAV folder.
    pub(super) fn webdav(
        url: &str,
        credentials: &Credentials,
        fence: Fenced,
        prefix: &str,
    ) -> Result<Self, StorageError> {
        let dav = Webdav::default().endpoint(url).disable_create_dir(true);
        Self::of(Operator::new(with_login(dav, credentials)?), fence, prefix, true)
    }

    fn of(
        operator: opendal::Result<Operator>,
        fence: Fenced,
        prefix: &str,
        makes_folders: bool,
    ) -> Result<Self, StorageError> {
        let context = OperationContext::new().with_http_transport(HttpTransporter::new(fence));
        let operator = operator.map_err(|_| StorageError::Invalid)?.with_context(context);
        Ok(Self { operator, prefix: prefix.to_owned(), makes_folders })
    }
}

fn with_key(s3: S3, credentials: &Credentials) -> Result<S3, StorageError> {
    match credentials {
        Credentials::AccessKey { access_key_id, secret_access_key, session_token } => {
            let s3 = s3.access_key_id(access_key_id).secret_access_key(secret_access_key);
            Ok(session_token.iter().fold(s3, |s3, token| s3.session_token(token)))
        }
        Credentials::Anonymous => Ok(s3.skip_signature()),
        _ => Err(StorageError::Invalid),
    }
}

fn with_login(dav: Webdav, credentials: &Credentials) -> Result<Webdav, StorageError> {
    match credentials {
        Credentials::Password { username, password } => Ok(dav.username(username).password(password)),
        Credentials::Token { token } => Ok(dav.token(token)),
        Credentials::Anonymous => Ok(dav),
        _ => Err(StorageError::Invalid),
    }
}

/// What went wrong, as our transport knows it, else as OpenDAL names it. Its message is dropped: it quotes the server.
fn reason(error: &Error) -> StorageError {
    let mut source = error.source();
    while let Some(inner) = source {
        if let Some(ours) = inner.downcast_ref::<StorageError>() {
            return *ours;
        }
        source = inner.source();
    }
    match error.kind() {
        ErrorKind::PermissionDenied => StorageError::Denied,
        ErrorKind::RateLimited => StorageError::Throttled { retry_after_ms: None },
        ErrorKind::Conflict | ErrorKind::ConditionNotMatch | ErrorKind::AlreadyExists => StorageError::Conflict,
        ErrorKind::ConfigInvalid | ErrorKind::Unsupported => StorageError::Invalid,
        // an answer with a good status that OpenDAL could not read: a listing that is no listing
        ErrorKind::Unexpected => StorageError::NotOurs,
        _ => StorageError::Other { status: None },
    }
}

impl Operated {
    fn at(&self, name: &str) -> Result<String, StorageError> {
        check_name(name)?;
        Ok(format!("{}{name}", self.prefix))
    }

    /// Some servers guess a type from the bytes; an object must never be served as a page.
    async fn write(&self, path: &str, bytes: &[u8]) -> Result<(), Error> {
        let options =
            WriteOptions { content_type: Some("application/octet-stream".to_owned()), ..WriteOptions::default() };
        self.operator.write_options(path, bytes.to_vec(), options).await.map(drop)
    }

    async fn make_parent(&self, path: &str) -> Result<(), StorageError> {
        let Some((parent, _)) = path.rsplit_once('/') else { return Ok(()) };
        self.operator.create_dir(&format!("{parent}/")).await.map_err(|e| reason(&e))
    }
}

impl Storage for Operated {
    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StorageError> {
        match self.operator.read(&self.at(name)?).await {
            Ok(buffer) => Ok(Some(buffer.to_vec())),
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::IsADirectory | ErrorKind::NotADirectory) => {
                Ok(None)
            }
            Err(e) => Err(reason(&e)),
        }
    }

    async fn put(&self, name: &str, bytes: &[u8]) -> Result<(), StorageError> {
        let path = self.at(name)?;
        if bytes.len() > OBJECT_LIMIT_BYTES {
            return Err(StorageError::Invalid);
        }
        let failed = |e: Error| if e.kind() == ErrorKind::NotFound { StorageError::Invalid } else { reason(&e) };
        let mut written = self.write(&path, bytes).await.map_err(failed);
        for _ in 0..FOLDER_ATTEMPTS {
            // RFC 4918, 9.7.1: 409 says that the folder is missing; some servers say 404
            if !self.makes_folders || !matches!(written, Err(StorageError::Conflict | StorageError::Invalid)) {
                break;
            }
            let made = self.make_parent(&path).await;
            written = self.write(&path, bytes).await.map_err(failed);
            // Apache answers 403 to the slower of two that make the same folder, so what counts is the write
            if let (Err(StorageError::Conflict | StorageError::Invalid), Err(e)) = (&written, made)
                && e != StorageError::Denied
            {
                return Err(e);
            }
        }
        written
    }

    async fn list(&self, folder: &str) -> Result<Vec<String>, StorageError> {
        check_folder(folder)?;
        let path = format!("{}{folder}", self.prefix);
        // the root has a name of its own
        let asked = if path.is_empty() { "/" } else { &path };
        let mut lister = match self.operator.lister(asked).await {
            Ok(lister) => lister,
            Err(e) => return absent_is_empty(&e, self.makes_folders),
        };
        let mut names = Vec::new();
        while let Some(entry) = lister.next().await {
            let entry = match entry {
                Ok(entry) => entry,
                Err(e) => return absent_is_empty(&e, self.makes_folders),
            };
            // the folder itself, and anything a server names outside of it, is no child
            let child = entry.path().strip_prefix(&path).unwrap_or_default();
            if child.is_empty() || child == "/" || check_name(child.strip_suffix('/').unwrap_or(child)).is_err() {
                continue;
            }
            names.push(format!("{folder}{child}"));
            if names.len() > LIST_LIMIT {
                return Err(StorageError::Invalid);
            }
        }
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }

    async fn delete(&self, name: &str) -> Result<(), StorageError> {
        match self.operator.delete(&self.at(name)?).await {
            Err(e) if e.kind() != ErrorKind::NotFound => Err(reason(&e)),
            _ => Ok(()),
        }
    }
}

/// A folder that is not there is empty; a bucket that is not there is a wrong configuration.
fn absent_is_empty(error: &Error, folders_may_be_absent: bool) -> Result<Vec<String>, StorageError> {
    match error.kind() {
        ErrorKind::NotFound if folders_may_be_absent => Ok(Vec::new()),
        ErrorKind::NotFound => Err(StorageError::Invalid),
        _ => Err(reason(error)),
    }
}
