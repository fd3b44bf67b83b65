//! Bad answers, below the storage port: a table of scripts of the fault server, and what each becomes.

use crate::faultd::{Faults, date_of};
use crate::storage::wait;
use countersign::platform::endpoint::{Remote, open};
use countersign::storage::{Storage, StorageError};
use countersign::sync::{Credentials, Endpoint, Place};
use std::collections::BTreeMap;

/// A fault server, and ways to it.
pub fn faults(script: &str) -> Faults {
    Faults::start(0, script).unwrap()
}

fn at(server: &Faults, place: impl Fn(String) -> Place, credentials: Credentials) -> Remote {
    let place = place(format!("http://127.0.0.1:{}", server.port));
    open(&Endpoint { id: "faults".to_owned(), place, prefix: String::new() }, &credentials).unwrap()
}

pub fn dav(server: &Faults) -> Remote {
    let login = Credentials::Password { username: "u".into(), password: "p".into() };
    at(server, |url| Place::WebDav { url }, login)
}

pub fn s3(server: &Faults) -> Remote {
    let place = |endpoint| Place::S3 { endpoint, bucket: "b".into(), region: "eu".into(), virtual_host: false };
    let (access_key_id, secret_access_key) = ("a".into(), "b".into());
    at(server, place, Credentials::AccessKey { access_key_id, secret_access_key, session_token: None })
}

pub fn azure(server: &Faults) -> Remote {
    at(server, |url| Place::Azure { url: format!("{url}/c") }, Credentials::Sas { token: "sig=x".into() })
}

pub fn template(server: &Faults) -> Remote {
    let credentials = Credentials::Signed { get: "sig=read".into(), put: "sig=write".into(), delete: None };
    at(server, |url| Place::Template { url: format!("{url}/t/{{name}}") }, credentials)
}

pub fn rows(server: &Faults) -> Remote {
    at(server, |url| Place::Rows { url: format!("{url}/objects") }, Credentials::Token { token: "x".into() })
}

#[test]
fn bad_answers_have_names() {
    let busy = |ms| StorageError::Throttled { retry_after_ms: ms };
    // RFC 9110, 5.6.7 gives the date, which is 784111777 s
    let dated = "503 header:Date=Sun,_06_Nov_1994_08:49:37_GMT retry-after=Sun,_06_Nov_1994_08:50:37_GMT";
    let cases = [
        ("429 retry-after=7", busy(Some(7_000))),
        ("503 retry-after=864000", busy(Some(864_000_000))),
        (dated, busy(Some(60_000))),
        ("503", busy(None)),
        ("401", StorageError::Denied),
        ("403 header:Content-Type=application/xml", StorageError::Denied),
        ("login", StorageError::NotOurs),
        ("redirect header:Location=/login", StorageError::NotOurs),
        ("507", StorageError::Full),
        ("413", StorageError::Invalid),
        ("409", StorageError::Conflict),
        ("412", StorageError::Conflict),
        ("423", StorageError::Conflict),
        ("428", StorageError::Conflict),
        ("500 header:Content-Type=text/html", StorageError::Other { status: Some(500) }),
        ("gone", StorageError::Unreachable),
        ("garbage", StorageError::Unreachable),
        ("json length=100", StorageError::Unreachable),
        ("json length=99999999999", StorageError::NotOurs),
    ];
    for (actions, expect) in cases {
        let server = faults(&format!("* * {actions}"));
        for remote in [s3(&server), dav(&server), azure(&server), template(&server), rows(&server)] {
            assert_eq!(wait(remote.get("x")), Err(expect), "{actions}: get {remote:?}");
            // an answer that is cut short is wrong where somebody reads it
            if !actions.contains("length") {
                assert_eq!(wait(remote.put("x", b"y")), Err(expect), "{actions}: put {remote:?}");
                if remote.lists() {
                    assert_eq!(wait(remote.list("")), Err(expect), "{actions}: list {remote:?}");
                }
            }
        }
    }
}

#[test]
fn the_dates_of_the_tests_are_right() {
    assert_eq!(date_of(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
    assert_eq!(date_of(1_709_164_800), "Thu, 29 Feb 2024 00:00:00 GMT");
}

/// What a server without a script does is what the port asks for: else the faults would prove nothing.
#[test]
fn the_fault_server_behaves_without_a_script() {
    let server = faults("");
    for remote in [s3(&server), dav(&server), template(&server)] {
        let checks = wait(countersign::storage::acceptance::run(&remote, "acceptance/", 1_001));
        assert_eq!(countersign::storage::acceptance::failures(&checks), "", "{remote:?}");
    }
    assert!(server.objects().values().all(Vec::is_empty), "the suite cleans up");
}

/// How a test in a browser changes what goes wrong, and reads whether the script was understood.
#[test]
fn a_running_fault_server_takes_a_new_script() {
    use std::io::{Read, Write};
    let server = faults("");
    let tell = |script: &str| {
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", server.port)).unwrap();
        let head = format!("POST /_script HTTP/1.1\r\nContent-Length: {}\r\n\r\n", script.len());
        stream.write_all(&[head.as_bytes(), script.as_bytes()].concat()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap().to_owned()
    };
    assert_eq!(tell("GET * 507"), "204");
    assert_eq!(wait(dav(&server).get("x")), Err(StorageError::Full));
    assert_eq!(tell("GET * no-such-action"), "400");
    assert_eq!(wait(dav(&server).get("x")), Ok(None), "a script that is none is no script");
}

#[test]
fn a_listing_that_is_no_listing_is_not_ours() {
    for actions in ["json", "empty"] {
        let server = faults(&format!("* * {actions}"));
        for remote in [dav(&server), azure(&server), rows(&server)] {
            assert_eq!(wait(remote.list("")), Err(StorageError::NotOurs), "{actions}: {remote:?}");
        }
        // OpenDAL reads a bucket's listing out of anything; an empty one is harmless, since it serves for discovery alone
        let listed = wait(s3(&server).list(""));
        assert!(listed == Ok(Vec::new()) || listed == Err(StorageError::NotOurs), "{actions}: {listed:?}");
    }
}

/// A listing may hold anything: strange names, names of other folders, the folder itself.
#[test]
fn strange_names_in_a_listing_are_left_out() {
    let server = faults("LIST * page=2");
    let names = ["ours", "with space", "50%", "a&b<c>", "ünicode", "a+b", "deep/one", "deep/two words"];
    let objects = names.iter().flat_map(|n| [(format!("/b/{n}"), vec![1]), (format!("/{n}"), vec![1])]);
    server.restore(objects.collect::<BTreeMap<_, _>>());
    assert_eq!(wait(s3(&server).list("")).unwrap(), ["deep/", "ours"]);
    assert_eq!(wait(dav(&server).list("")).unwrap(), ["b/", "deep/", "ours"]);
    assert_eq!(wait(s3(&server).list("deep/")).unwrap(), ["deep/one"]);
}

#[test]
fn a_redirect_elsewhere_carries_nothing_there() {
    let elsewhere = faults("");
    for status in [301, 307, 308] {
        let server = faults(&format!("* * {status} header:Location=http://127.0.0.1:{}/x", elsewhere.port));
        for remote in [dav(&server), s3(&server), azure(&server), template(&server), rows(&server)] {
            assert_eq!(wait(remote.put("x", b"covered tasks")), Err(StorageError::NotOurs), "{status}");
            assert_eq!(wait(remote.get("x")), Err(StorageError::NotOurs), "{status}");
        }
    }
    assert_eq!(elsewhere.take_seen().len(), 0);
}

#[test]
fn a_put_that_hits_a_missing_folder_makes_it() {
    let server = faults("PUT * 1 409");
    assert_eq!(wait(dav(&server).put("a/x", b"y")), Ok(()));
    let methods: Vec<String> = server.take_seen().into_iter().map(|r| r.method).collect();
    assert_eq!((methods.first().unwrap().as_str(), methods.last().unwrap().as_str()), ("PUT", "PUT"));
    assert!(methods.iter().any(|m| m == "MKCOL" || m == "PROPFIND"), "{methods:?}");
}

/// Each kind of address is signed by its own query, and what may not be removed is overwritten by nothing.
#[test]
fn a_template_signs_by_what_is_done() {
    let server = faults("");
    let remote = template(&server);
    wait(remote.put("a/x", b"y")).unwrap();
    assert_eq!(wait(remote.get("a/x")), Ok(Some(b"y".to_vec())));
    wait(remote.delete("a/x")).unwrap();
    assert_eq!(wait(remote.get("a/x")), Ok(None));
    let seen: Vec<String> = server
        .take_seen()
        .iter()
        .map(|r| format!("{} {}?{}", r.method, r.path, r.param("sig").unwrap_or_default()))
        .collect();
    assert_eq!(seen, ["PUT /t/a/x?write", "GET /t/a/x?read", "PUT /t/a/x?write", "GET /t/a/x?read"]);
    assert!(!remote.lists());
}
