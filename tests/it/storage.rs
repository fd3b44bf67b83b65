//! The storage port: its acceptance suite against each form of it.

#![expect(clippy::unwrap_used, reason = "helpers of tests: a panic is the report")]

use countersign::storage::{Memory, Storage, StorageError, Within, acceptance, walk};

use crate::servers::{self, Server};
use countersign::platform::endpoint::{Remote, open};
use countersign::platform::native::stored::FolderStorage;
use countersign::sync::{Credentials, Endpoint, Place};

/// The endpoint a server offers, as the product opens it.
pub fn remote(server: &Server) -> Remote {
    open(&server.endpoint, &server.credentials).unwrap()
}

/// Runs a future on this thread.
pub fn wait<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

#[test]
fn memory_passes_the_acceptance_suite() {
    let memory = Memory::default();
    let checks = wait(acceptance::run(&memory, "", acceptance::MANY));
    assert_eq!(acceptance::failures(&checks), "");
    assert_eq!(checks.len(), 8);
    assert!(memory.snapshot().is_empty(), "the suite cleans up");
}

#[test]
fn a_folder_of_an_endpoint_passes_the_acceptance_suite() {
    let memory = Memory::default();
    wait(memory.put("x/z", b"neighbour")).unwrap();
    let within = Within::new(&memory, "x/y/").unwrap();
    assert_eq!(acceptance::failures(&wait(acceptance::run(&within, "", 10))), "");
    assert_eq!(memory.snapshot().into_keys().collect::<Vec<_>>(), ["x/z"]);
    assert_eq!(Within::new(&memory, "x").err(), Some(StorageError::Invalid));
}

/// A bucket that forgets every second write, to see that the suite notices.
struct Forgetful(Memory, std::cell::Cell<usize>);

impl Storage for Forgetful {
    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StorageError> {
        self.0.get(name).await
    }
    async fn put(&self, name: &str, bytes: &[u8]) -> Result<(), StorageError> {
        self.1.set(self.1.get() + 1);
        if self.1.get().is_multiple_of(2) { Ok(()) } else { self.0.put(name, bytes).await }
    }
    async fn list(&self, _: &str) -> Result<Vec<String>, StorageError> {
        Ok(vec!["elsewhere/".to_owned()])
    }
    async fn delete(&self, name: &str) -> Result<(), StorageError> {
        self.0.delete(name).await
    }
}

#[test]
fn the_suite_notices_a_bad_endpoint() {
    let bad = Forgetful(Memory::default(), std::cell::Cell::default());
    let failed = wait(acceptance::run(&bad, "", 4)).iter().filter(|c| c.outcome.is_err()).count();
    assert!(failed >= 5, "{failed} checks failed");
    assert_eq!(wait(walk(&bad, "here/")), Err(StorageError::NotOurs), "a lying listing ends");
}

#[test]
fn a_bucket_passes_the_acceptance_suite() {
    let server = servers::s3();
    accept(&server);
    let wrong = Credentials::AccessKey {
        access_key_id: "AKTEST".to_owned(),
        secret_access_key: "wrong".to_owned(),
        session_token: None,
    };
    refuses_strangers(&server, &[wrong]);
}

#[test]
fn a_webdav_folder_passes_the_acceptance_suite() {
    let server = servers::webdav();
    accept(&server);
    let wrong = Credentials::Password { username: "t".to_owned(), password: "wrong".to_owned() };
    refuses_strangers(&server, &[wrong, Credentials::Anonymous]);
}

#[test]
fn a_sloppy_webdav_folder_passes_the_acceptance_suite() {
    accept(&servers::nginx());
}

#[test]
fn an_azure_container_passes_the_acceptance_suite() {
    let server = servers::azure();
    accept(&server);
    let sas = |token: String| Credentials::Sas { token };
    let forged = servers::account_sas("rwdlc", "2099-01-01").replace("sig=", "sig=AAAA");
    let expired = servers::account_sas("rwdlc", "2020-01-01");
    refuses_strangers(&server, &[sas(forged), sas(expired), Credentials::Anonymous]);
    // a signature that lets read and not write
    let reader = open(&server.endpoint, &sas(servers::account_sas("rl", "2099-01-01"))).unwrap();
    assert_eq!(wait(reader.put("x", b"y")), Err(StorageError::Denied));
    assert_eq!(wait(reader.get("x")), Ok(None));
    // a container that is not there is a wrong configuration
    let url = server.endpoint.address().replace("/labels", "/nowhere");
    let elsewhere = Endpoint { place: Place::Azure { url }, ..server.endpoint.clone() };
    let elsewhere = open(&elsewhere, &server.credentials).unwrap();
    assert_eq!(wait(elsewhere.get("x")), Err(StorageError::Invalid));
    assert_eq!(wait(elsewhere.list("")), Err(StorageError::Invalid));
}

#[test]
fn a_table_of_rows_passes_the_acceptance_suite() {
    let server = servers::rows();
    accept(&server);
    let wrong = Credentials::Token { token: "wrong".to_owned() };
    refuses_strangers(&server, &[wrong, Credentials::Anonymous]);
}

#[test]
fn a_folder_of_this_machine_passes_the_acceptance_suite() {
    let dir = std::env::temp_dir().join(format!("countersign-folder-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let path = dir.display().to_string();
    let folder = FolderStorage::open(&path, "team/labels/").unwrap();
    assert_eq!(acceptance::failures(&wait(acceptance::run(&folder, "", acceptance::MANY))), "");
    wait(folder.put("x", b"y")).unwrap();
    assert_eq!(std::fs::read(dir.join("team/labels/x")).unwrap(), b"y");
    // a share that is not mounted does not look like an empty one
    assert_eq!(FolderStorage::open(&format!("{path}/gone"), "").err(), Some(StorageError::Invalid));
    std::fs::remove_dir_all(&dir).unwrap();
}

fn accept(server: &Server) {
    let whole = remote(server);
    let checks = wait(acceptance::run(&whole, "acceptance/", acceptance::MANY));
    assert_eq!(acceptance::failures(&checks), "");
    let endpoint = Endpoint { prefix: "team/labels/".to_owned(), ..server.endpoint.clone() };
    let below = open(&endpoint, &server.credentials).unwrap();
    assert_eq!(acceptance::failures(&wait(acceptance::run(&below, "", 3))), "");
    wait(below.put("x", b"y")).unwrap();
    assert_eq!(wait(whole.get("team/labels/x")), Ok(Some(b"y".to_vec())));
    wait(below.delete("x")).unwrap();
}

fn refuses_strangers(server: &Server, wrong: &[Credentials]) {
    for credentials in wrong {
        let stranger = open(&server.endpoint, credentials).unwrap();
        assert_eq!(wait(stranger.put("x", b"y")), Err(StorageError::Denied), "{credentials:?}");
        assert_eq!(wait(stranger.get("x")), Err(StorageError::Denied), "{credentials:?}");
        assert_eq!(wait(stranger.list("")), Err(StorageError::Denied), "{credentials:?}");
    }
}

#[test]
fn nobody_at_home_is_unreachable() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let place = Place::WebDav { url: format!("http://127.0.0.1:{port}") };
    let endpoint = Endpoint { id: "gone".to_owned(), place, prefix: String::new() };
    let gone = open(&endpoint, &Credentials::Anonymous).unwrap();
    assert_eq!(wait(gone.get("x")), Err(StorageError::Unreachable));
    assert_eq!(wait(gone.put("x", b"y")), Err(StorageError::Unreachable));
    assert_eq!(wait(gone.list("")), Err(StorageError::Unreachable));
}
