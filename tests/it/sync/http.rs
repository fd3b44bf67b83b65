//! A loopback server that answers badly on purpose, below OpenDAL: what each bad answer becomes.

use crate::storage::wait;
use countersign::platform::endpoint::open;
use countersign::storage::{Storage, StorageError};
use countersign::sync::{Credentials, Endpoint, Place};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// Serves each connection one scripted answer, in turn; the last one repeats. Ends when dropped.
struct Script {
    port: u16,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Script {
    fn new(answers: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let seen = heads.clone();
        std::thread::spawn(move || {
            for (next, stream) in listener.incoming().enumerate() {
                let Ok(mut stream) = stream else { return };
                let head = read_request(&mut stream);
                if head.starts_with("STOP") {
                    return;
                }
                seen.lock().unwrap().push(head);
                let answer = &answers[next.min(answers.len() - 1)];
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Self { port, heads }
    }

    fn dav(&self) -> impl Storage + use<> {
        let place = Place::WebDav { url: format!("http://127.0.0.1:{}", self.port) };
        let endpoint = Endpoint { id: "script".to_owned(), place, prefix: String::new() };
        open(&endpoint, &Credentials::Password { username: "u".into(), password: "p".into() }).unwrap()
    }

    fn s3(&self) -> impl Storage + use<> {
        let place = Place::S3 {
            endpoint: format!("http://127.0.0.1:{}", self.port),
            bucket: "b".to_owned(),
            region: "eu".to_owned(),
            virtual_host: false,
        };
        let endpoint = Endpoint { id: "script".to_owned(), place, prefix: String::new() };
        let (access_key_id, secret_access_key) = ("a".to_owned(), "b".to_owned());
        open(&endpoint, &Credentials::AccessKey { access_key_id, secret_access_key, session_token: None }).unwrap()
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        let _ = TcpStream::connect(("127.0.0.1", self.port)).and_then(|mut s| s.write_all(b"STOP\r\n\r\n"));
    }
}

/// Reads a request's head, and its body as far as its length says.
fn read_request(stream: &mut TcpStream) -> String {
    let (mut bytes, mut byte) = (Vec::new(), [0_u8]);
    while !bytes.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n| n == 1) {
        bytes.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&bytes).into_owned();
    let length = head.lines().find_map(|l| l.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let _ = stream.take(length.unwrap_or(0)).read_to_end(&mut Vec::new());
    head
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}", body.len())
}

const DATE: &str = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
const HTML: &str = "Content-Type: text/html; charset=utf-8\r\n";
const LOGIN: &str = "<!doctype html><form>Sign in</form>";

#[test]
fn bad_answers_have_names() {
    let busy = |ms| StorageError::Throttled { retry_after_ms: ms };
    let cases: Vec<(&str, String, StorageError)> = vec![
        ("429 in seconds", answer("429 Too Many", "Retry-After: 7\r\n", ""), busy(Some(7_000))),
        (
            "503 with a date",
            answer("503 Busy", &format!("{DATE}Retry-After: Sun, 06 Nov 1994 08:50:37 GMT\r\n"), ""),
            busy(Some(60_000)),
        ),
        ("503 without", answer("503 Busy", "", ""), busy(None)),
        ("401", answer("401 No", "", ""), StorageError::Denied),
        ("403 of a skewed clock", answer("403 No", "", "<Code>RequestTimeTooSkewed</Code>"), StorageError::Denied),
        ("a login page", answer("200 OK", HTML, LOGIN), StorageError::NotOurs),
        ("a redirect to a login", answer("302 Found", "Location: /login\r\n", ""), StorageError::NotOurs),
        ("507", answer("507 Full", "", ""), StorageError::Full),
        ("413", answer("413 Large", "", ""), StorageError::Invalid),
        ("423", answer("423 Locked", "", ""), StorageError::Conflict),
        ("500", answer("500 Oops", HTML, "a page about the error"), StorageError::Other { status: Some(500) }),
        ("an empty reply", String::new(), StorageError::Unreachable),
        ("no HTTP", "220 ready\r\n".to_owned(), StorageError::Unreachable),
        (
            "cut short",
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 100\r\n\r\nhalf".to_owned(),
            StorageError::Unreachable,
        ),
        (
            "larger than any object",
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 99999999999\r\n\r\n".to_owned(),
            StorageError::NotOurs,
        ),
    ];
    for (name, answer, expect) in cases {
        let script = Script::new(vec![answer.clone()]);
        let from_s3 = wait(script.s3().get("x"));
        let from_dav = wait(script.dav().get("x"));
        assert_eq!((&from_s3, &from_dav), (&Err(expect), &Err(expect)), "{name}");
        if !name.contains("cut short") && !name.contains("larger") {
            assert_eq!(wait(script.dav().list("")), Err(expect), "{name}: list");
        }
    }
}

#[test]
fn a_listing_that_is_no_listing_is_not_ours() {
    for body in ["{\"welcome\":true}", "<?xml version=\"1.0\"?><other/>", "<unfinished"] {
        let script = Script::new(vec![answer("207 Multi", "Content-Type: application/xml\r\n", body)]);
        let listed = wait(script.dav().list(""));
        assert!(matches!(&listed, Err(StorageError::NotOurs)) || listed == Ok(vec![]), "{body}: {listed:?}");
    }
}

#[test]
fn a_redirect_elsewhere_carries_nothing_there() {
    let elsewhere = Script::new(vec![answer("201 Created", "", "")]);
    let location = format!("Location: http://127.0.0.1:{}/x\r\n", elsewhere.port);
    for status in ["301 Moved", "307 Temporary", "308 Permanent"] {
        let script = Script::new(vec![answer(status, &location, "")]);
        assert_eq!(wait(script.dav().put("x", b"covered tasks")), Err(StorageError::NotOurs), "{status}");
        assert_eq!(wait(script.s3().get("x")), Err(StorageError::NotOurs), "{status}");
    }
    assert!(elsewhere.heads.lock().unwrap().is_empty());
}

#[test]
fn a_put_that_hits_a_missing_folder_makes_it() {
    let missing = answer("409 Conflict", "", "");
    let found = answer(
        "207 Multi",
        "Content-Type: application/xml\r\n",
        r#"<?xml version="1.0"?><D:multistatus xmlns:D="DAV:"><D:response><D:href>/</D:href><D:propstat><D:prop>
        <D:resourcetype><D:collection/></D:resourcetype><D:getlastmodified>Sun, 06 Nov 1994 08:49:37 GMT</D:getlastmodified>
        </D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response></D:multistatus>"#,
    );
    let script = Script::new(vec![missing, found, answer("201 Created", "", "")]);
    assert_eq!(wait(script.dav().put("a/x", b"y")), Ok(()));
    let methods: Vec<String> =
        script.heads.lock().unwrap().iter().filter_map(|h| h.split(' ').next().map(str::to_owned)).collect();
    assert_eq!(methods, ["PUT", "PROPFIND", "PUT"]);
}
