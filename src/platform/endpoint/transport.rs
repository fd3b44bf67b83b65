//! HTTP with a fence around it, for OpenDAL and for the endpoints that are spoken to directly: one client, a list of
//! origins, no redirects, limits of time and size, and answers that are not the endpoint's recognised as such.

use crate::storage::{OBJECT_LIMIT_BYTES, StorageError};
use crate::sync::config::origin;
use crate::sync::pace::retry_after_ms;
use http::{HeaderMap, Method, Request, Response, Uri, header};
use opendal::{Buffer, Error, ErrorKind, HttpBody, HttpTransport};
use std::time::Duration;

/// The longest one request may take. A bundle of 16 MiB at 2 Mbit/s takes a minute.
const REQUEST_LIMIT: Duration = Duration::from_secs(90);

/// Sends requests to the listed origins and to nothing else.
#[derive(Clone, Debug)]
pub(super) struct Fenced {
    client: reqwest::Client,
    origins: Vec<String>,
}

impl Fenced {
    /// A transport that speaks to `origins` (`https://host[:port]`, lower case) alone.
    ///
    /// # Errors
    /// [`StorageError::Other`] where the machine cannot set up TLS.
    pub(super) fn new(origins: Vec<String>) -> Result<Self, StorageError> {
        let builder = reqwest::Client::builder();
        #[cfg(not(target_arch = "wasm32"))]
        let builder =
            builder.redirect(reqwest::redirect::Policy::none()).connect_timeout(Duration::from_secs(15)).referer(false);
        let client = builder.build().map_err(|_| StorageError::Other { status: None })?;
        Ok(Self { client, origins })
    }

    fn is_listed(&self, uri: &Uri) -> bool {
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return false };
        origin(&format!("{scheme}://{authority}")).is_ok_and(|o| self.origins.contains(&o))
    }

    /// Sends a request and waits for the head of its answer.
    async fn begin(&self, request: Request<Vec<u8>>) -> Result<reqwest::Response, StorageError> {
        if !self.is_listed(request.uri()) {
            return Err(StorageError::Invalid);
        }
        let (parts, body) = request.into_parts();
        let url = reqwest::Url::parse(&parts.uri.to_string()).map_err(|_| StorageError::Invalid)?;
        let mut sending = self.client.request(parts.method, url.clone()).headers(parts.headers).timeout(REQUEST_LIMIT);
        if !body.is_empty() {
            sending = sending.body(body);
        }
        // what a browser keeps of an earlier answer would pass for a rollback, or for a write read back
        #[cfg(target_arch = "wasm32")]
        {
            sending = sending.fetch_cache_no_store();
        }
        let answer = sending.send().await.map_err(|_| StorageError::Unreachable)?;
        // natively no redirect is followed; a browser follows them by itself, and then the address differs
        if *answer.url() == url { Ok(answer) } else { Err(StorageError::NotOurs) }
    }

    /// Sends a request and reads its answer whole: a success, or an absent object (404, 410).
    ///
    /// # Errors
    /// Any [`StorageError`]: what the status stands for, or what kept an answer from coming.
    pub(super) async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, StorageError> {
        let method = request.method().clone();
        let answer = self.begin(request).await?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        if let Some(error) = refusal(&method, status.as_u16(), &headers) {
            return Err(error);
        }
        if answer.content_length().is_some_and(|n| n > OBJECT_LIMIT_BYTES as u64) {
            return Err(StorageError::NotOurs);
        }
        let mut response = Response::new(read(answer).await?);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }

    /// Sends a request and looks at the head of whatever answers.
    ///
    /// # Errors
    /// [`StorageError::Unreachable`] where nothing does.
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) async fn look(&self, request: Request<Vec<u8>>) -> Result<(u16, HeaderMap), StorageError> {
        let answer = self.begin(request).await?;
        Ok((answer.status().as_u16(), answer.headers().clone()))
    }
}

/// A request by the parts that ours have.
///
/// # Errors
/// [`StorageError::Invalid`] where a part cannot stand in a request: a credential with a line feed in it.
pub(super) fn request(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: Vec<u8>,
) -> Result<Request<Vec<u8>>, StorageError> {
    let begun = Request::builder().method(method).uri(url);
    let with_headers = headers.iter().fold(begun, |request, (name, value)| request.header(*name, *value));
    with_headers.body(body).map_err(|_| StorageError::Invalid)
}

/// Percent-encodes a value of a query: everything but the unreserved characters of RFC 3986.
pub(super) fn in_query(value: &str) -> String {
    use std::fmt::Write;
    value.bytes().fold(String::with_capacity(value.len()), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}

/// Reads the body whole, no further than the limit.
#[cfg(not(target_arch = "wasm32"))]
async fn read(mut answer: reqwest::Response) -> Result<Vec<u8>, StorageError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|_| StorageError::Unreachable)? {
        if bytes.len() + chunk.len() > OBJECT_LIMIT_BYTES {
            return Err(StorageError::NotOurs);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Reads the body whole; a browser gives it in one piece, so only a length told before keeps the memory within the limit.
#[cfg(target_arch = "wasm32")]
async fn read(answer: reqwest::Response) -> Result<Vec<u8>, StorageError> {
    let bytes = answer.bytes().await.map_err(|_| StorageError::Unreachable)?;
    if bytes.len() > OBJECT_LIMIT_BYTES { Err(StorageError::NotOurs) } else { Ok(bytes.into()) }
}

/// What an answer's head alone says to be wrong. `MKCOL` on a folder that exists is answered with 405 and is right.
fn refusal(method: &Method, status: u16, headers: &HeaderMap) -> Option<StorageError> {
    if method.as_str() == "MKCOL" && status == 405 {
        return None;
    }
    let text = |name: header::HeaderName| headers.get(name).and_then(|v| v.to_str().ok());
    // the server's own clock says how far away its own date is
    let server_ms = text(header::DATE).and_then(|d| retry_after_ms(d, 0)).unwrap_or(u64::MAX);
    let wait_ms = text(header::RETRY_AFTER).and_then(|r| retry_after_ms(r, server_ms));
    if let Some(error) = StorageError::of_status(status, wait_ms) {
        return Some(error);
    }
    // A login page answers anything with 200 and HTML. Endpoints say 201 or 204 to a PUT, or 200 without a page, and
    // never send objects of ours as HTML.
    let is_html =
        text(header::CONTENT_TYPE).is_some_and(|t| t.trim_start().to_ascii_lowercase().starts_with("text/html"));
    let page_is_wrong = match method.as_str() {
        "GET" | "PROPFIND" => (200..300).contains(&status),
        _ => status == 200,
    };
    (is_html && page_is_wrong).then_some(StorageError::NotOurs)
}

impl HttpTransport for Fenced {
    async fn fetch(&self, request: Request<Buffer>) -> opendal::Result<Response<HttpBody>> {
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let answer = self.send(request.map(|body| body.to_vec())).await;
        let answer = answer.map_err(|e| Error::new(ErrorKind::Unexpected, e.code()).set_source(e))?;
        let (parts, bytes) = answer.into_parts();
        let length = (method != Method::HEAD).then_some(bytes.len() as u64);
        let buffer = Buffer::from(bytes);
        let stream = futures_util::stream::once(std::future::ready(Ok::<_, Error>(buffer)));
        let mut response = Response::from_parts(parts, HttpBody::new(stream, length));
        response.extensions_mut().insert(uri);
        Ok(response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_origins() {
        let fence = Fenced::new(vec!["https://s3.example.org".into(), "http://127.0.0.1:8000".into()]).unwrap();
        for (uri, expect) in [
            ("https://s3.example.org/bucket/x?list-type=2", true),
            ("https://S3.example.org:443/", true),
            ("http://127.0.0.1:8000/x", true),
            ("http://127.0.0.1:8001/x", false),
            ("http://s3.example.org/", false),
            ("https://s3.example.org.evil.example/", false),
            ("https://evil.example/https://s3.example.org", false),
            ("/relative", false),
        ] {
            assert_eq!(fence.is_listed(&uri.parse().unwrap()), expect, "{uri}");
        }
    }

    #[test]
    fn heads_of_answers() {
        const HTML: (&str, &str) = ("content-type", "Text/HTML; charset=utf-8");
        type Case = (&'static str, u16, &'static [(&'static str, &'static str)], Option<StorageError>);
        let cases: [Case; 12] = [
            ("GET", 200, &[("content-type", "application/octet-stream")], None),
            ("GET", 200, &[HTML], Some(StorageError::NotOurs)),
            ("GET", 404, &[HTML], None),
            ("PUT", 200, &[HTML], Some(StorageError::NotOurs)),
            ("PUT", 201, &[HTML], None),
            ("PROPFIND", 207, &[("content-type", "text/xml")], None),
            ("MKCOL", 405, &[HTML], None),
            ("MKCOL", 409, &[], Some(StorageError::Conflict)),
            ("GET", 302, &[("location", "/login")], Some(StorageError::NotOurs)),
            ("PUT", 503, &[("retry-after", "7")], Some(StorageError::Throttled { retry_after_ms: Some(7_000) })),
            (
                "PUT",
                429,
                &[("date", "Sun, 06 Nov 1994 08:49:37 GMT"), ("retry-after", "Sun, 06 Nov 1994 08:49:47 GMT")],
                Some(StorageError::Throttled { retry_after_ms: Some(10_000) }),
            ),
            ("PUT", 507, &[], Some(StorageError::Full)),
        ];
        for (method, status, headers, expect) in cases {
            let map: HeaderMap = headers
                .iter()
                .map(|(n, v)| (n.parse::<header::HeaderName>().unwrap(), v.parse::<header::HeaderValue>().unwrap()))
                .collect();
            let method: Method = method.parse().unwrap();
            assert_eq!(refusal(&method, status, &map), expect, "{method} {status} {headers:?}");
        }
    }
}
