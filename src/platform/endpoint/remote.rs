//! Any endpoint elsewhere, opened by its configuration.

use super::azure::Azure;
use super::opendal_storage::Operated;
use super::rows::Rows;
use super::template::Template;
use super::transport::Fenced;
use crate::storage::{Storage, StorageError};
use crate::sync::{Credentials, Endpoint, Place};

/// An endpoint elsewhere.
#[derive(Clone, Debug)]
pub struct Remote(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Operated(Operated),
    Azure(Azure),
    Template(Template),
    Rows(Rows),
}

/// Opens an endpoint. Nothing is sent yet.
///
/// # Errors
/// [`StorageError::Invalid`] where the configuration is not valid ([`Endpoint::check`]), the credentials are not of the
/// kind this endpoint takes, or the endpoint is none of those that give back what they took (a webhook), or none
/// elsewhere (a folder).
pub fn open(endpoint: &Endpoint, credentials: &Credentials) -> Result<Remote, StorageError> {
    endpoint.check()?;
    let fence = Fenced::new(endpoint.origins()?)?;
    let prefix = endpoint.prefix.as_str();
    Ok(Remote(match &endpoint.place {
        Place::S3 { endpoint, bucket, region, virtual_host } => {
            Kind::Operated(Operated::bucket((endpoint, bucket, region, *virtual_host), credentials, fence, prefix)?)
        }
        Place::WebDav { url } => Kind::Operated(Operated::webdav(url, credentials, fence, prefix)?),
        Place::Azure { url } => Kind::Azure(Azure::new(url, credentials, fence, prefix)?),
        Place::Template { url } => Kind::Template(Template::new(url, credentials, fence, prefix)?),
        Place::Rows { url } => Kind::Rows(Rows::new(url, credentials, fence, prefix)?),
        Place::Webhook { .. } | Place::Folder { .. } => return Err(StorageError::Invalid),
    }))
}

impl Storage for Remote {
    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StorageError> {
        match &self.0 {
            Kind::Operated(it) => it.get(name).await,
            Kind::Azure(it) => it.get(name).await,
            Kind::Template(it) => it.get(name).await,
            Kind::Rows(it) => it.get(name).await,
        }
    }

    async fn put(&self, name: &str, bytes: &[u8]) -> Result<(), StorageError> {
        match &self.0 {
            Kind::Operated(it) => it.put(name, bytes).await,
            Kind::Azure(it) => it.put(name, bytes).await,
            Kind::Template(it) => it.put(name, bytes).await,
            Kind::Rows(it) => it.put(name, bytes).await,
        }
    }

    async fn list(&self, folder: &str) -> Result<Vec<String>, StorageError> {
        match &self.0 {
            Kind::Operated(it) => it.list(folder).await,
            Kind::Azure(it) => it.list(folder).await,
            Kind::Template(it) => it.list(folder).await,
            Kind::Rows(it) => it.list(folder).await,
        }
    }

    async fn delete(&self, name: &str) -> Result<(), StorageError> {
        match &self.0 {
            Kind::Operated(it) => it.delete(name).await,
            Kind::Azure(it) => it.delete(name).await,
            Kind::Template(it) => it.delete(name).await,
            Kind::Rows(it) => it.delete(name).await,
        }
    }

    fn lists(&self) -> bool {
        !matches!(&self.0, Kind::Template(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_fit_the_kind_of_endpoint() {
        let endpoint = |kind: &str| -> Endpoint {
            let place = match kind {
                "s3" => r#""kind":"s3","endpoint":"https://h.example.org","bucket":"b""#.to_owned(),
                "template" => r#""kind":"template","url":"https://h.example.org/{name}""#.to_owned(),
                "folder" => r#""kind":"folder","path":"/x""#.to_owned(),
                other => format!(r#""kind":"{other}","url":"https://h.example.org/x""#),
            };
            serde_json::from_str(&format!(r#"{{"id":"t",{place}}}"#)).unwrap()
        };
        let credentials = [
            r#"{"kind":"anonymous"}"#,
            r#"{"kind":"access-key","access_key_id":"a","secret_access_key":"b"}"#,
            r#"{"kind":"password","username":"a","password":"b"}"#,
            r#"{"kind":"token","token":"a"}"#,
            r#"{"kind":"sas","token":"a=b"}"#,
            r#"{"kind":"signed","get":"a=b","put":"c=d"}"#,
        ];
        for (kind, fits) in [
            ("s3", [true, true, false, false, false, false]),
            ("webdav", [true, false, true, true, false, false]),
            ("azure", [true, false, false, false, true, false]),
            ("template", [true, false, false, false, false, true]),
            ("rows", [true, false, false, true, false, false]),
            ("webhook", [false; 6]),
            ("folder", [false; 6]),
        ] {
            for (credentials, fits) in credentials.iter().zip(fits) {
                let credentials: Credentials = serde_json::from_str(credentials).unwrap();
                assert_eq!(open(&endpoint(kind), &credentials).is_ok(), fits, "{kind} {credentials:?}");
            }
        }
    }
}
