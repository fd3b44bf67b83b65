//! The connection check: what it names for each thing that can be wrong (rows F9 to F11), at the fault server and at real
//! ones, and `countersign check` as a user runs it.

use super::http::faults;
use crate::faultd::Faults;
use crate::servers::{self, Server};
use crate::storage::wait;
use countersign::platform::endpoint::{check, open};
use countersign::platform::native::clock;
use countersign::sync::{Credentials, Endpoint, Place};
use expect_test::expect;

const PAGE: &str = "https://label.example.org";

fn endpoint(server: &Faults, kind: &str) -> (Endpoint, Credentials) {
    let url = format!("http://127.0.0.1:{}", server.port);
    let (place, credentials) = match kind {
        "s3" => (
            Place::S3 { endpoint: url, bucket: "b".into(), region: "eu".into(), virtual_host: false },
            Credentials::AccessKey { access_key_id: "a".into(), secret_access_key: "hush".into(), session_token: None },
        ),
        "azure" => (Place::Azure { url: format!("{url}/c") }, Credentials::Sas { token: "sig=hush".into() }),
        _ => (Place::WebDav { url }, Credentials::Password { username: "u".into(), password: "hush".into() }),
    };
    (Endpoint { id: "x".into(), place, prefix: String::new() }, credentials)
}

/// The steps that are not well, from outside and then from inside.
fn wrong(server: &Faults, kind: &str) -> Vec<&'static str> {
    let (endpoint, credentials) = endpoint(server, kind);
    let outside = wait(check::outside(&endpoint, Some(PAGE), clock::now_ms()));
    let inside = wait(check::storage(&open(&endpoint, &credentials).unwrap()));
    let all = outside.steps.iter().chain(&inside.steps);
    assert_eq!(outside.ok && inside.ok, all.clone().all(|s| s.ok));
    assert!(all.clone().all(|s| s.ok || s.text.starts_with("could not ")), "{all:?}", all = all.collect::<Vec<_>>());
    all.filter(|s| !s.ok).map(|s| s.what).collect()
}

#[test]
fn f10_each_thing_that_is_wrong_is_named() {
    let cases: [(&str, &[&str]); 15] = [
        ("", &[]),
        ("* * cors=none", &["cors-origin", "cors-methods", "cors-headers", "cors-exposed"]),
        ("* * cors=refused", &["cors-preflight", "cors-origin", "cors-exposed"]),
        ("* * cors=no-authorization", &["cors-headers"]),
        ("* * cors=unexposed", &["cors-exposed"]),
        ("OPTIONS * 401", &[]),
        ("* * skew=1200", &["clock"]),
        ("* * skew=-1200", &["clock"]),
        ("* * gone", &["reach", "reach"]),
        ("* * 403", &["read"]),
        ("* * login", &["recognise"]),
        ("* * empty", &["recognise"]),
        ("PUT * 403", &["write"]),
        ("PUT * 507", &["write"]),
        ("DELETE * 403", &["remove"]),
    ];
    for kind in ["webdav", "s3"] {
        for (script, expect) in cases {
            assert_eq!(wrong(&faults(script), kind), expect, "{kind}: {script}");
        }
        assert_eq!(wrong(&faults("LIST * 403"), kind), ["list"], "{kind}");
        assert_eq!(wrong(&faults("LIST * holes=1"), kind), ["list"], "{kind}");
    }
}

#[test]
fn the_rule_to_paste_comes_with_what_is_missing() {
    let server = faults("* * cors=none");
    for (kind, part) in
        [("s3", "<CORSConfiguration>"), ("azure", "<StorageServiceProperties>"), ("webdav", "add_header")]
    {
        let (endpoint, _) = endpoint(&server, kind);
        let found = wait(check::outside(&endpoint, Some(PAGE), clock::now_ms()));
        assert!(found.rule.is_some_and(|rule| rule.contains(part) && rule.contains(PAGE)), "{kind}");
    }
}

/// Azurite begins without CORS. The rule that the check prints, pasted as it stands, mends it.
#[test]
fn the_rule_for_azure_mends_a_real_container() {
    let server = servers::azure();
    let before = wait(check::outside(&server.endpoint, Some(PAGE), clock::now_ms()));
    let rule = before.rule.expect("Azurite begins without CORS");
    servers::set_azure_properties(&server, &rule);
    let after = wait(check::outside(&server.endpoint, Some(PAGE), clock::now_ms()));
    let wrong: Vec<_> = after.steps.iter().filter(|s| !s.ok).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn real_servers_are_found_well() {
    for server in [servers::webdav(), servers::nginx(), servers::s3()] {
        let outside = wait(check::outside(&server.endpoint, Some(PAGE), clock::now_ms()));
        let inside = wait(check::storage(&crate::storage::remote(&server)));
        let wrong: Vec<_> = outside.steps.iter().chain(&inside.steps).filter(|s| !s.ok).map(|s| s.what).collect();
        // SeaweedFS, told to allow all origins, exposes headers of its own choice, and Retry-After is not among them
        let expect: &[&str] = if server.endpoint.id == "s3" { &["cors-exposed"] } else { &[] };
        assert_eq!(wrong, expect, "{}", server.endpoint.id);
    }
}

/// The container of `server`, checked from the terminal.
fn from_terminal(server: &Server, secret: &str) -> (i32, String) {
    let dir = std::env::temp_dir().join(format!("countersign-check-{}-{}", server.endpoint.id, std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let config = dir.join("endpoint.json");
    std::fs::write(&config, serde_json::to_string(&server.endpoint).unwrap()).unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_countersign"))
        .arg("check")
        .arg(&config)
        .args(["--page", PAGE])
        .env("COUNTERSIGN_USERNAME", "t")
        .env("COUNTERSIGN_PASSWORD", secret)
        .output()
        .unwrap();
    std::fs::remove_dir_all(&dir).unwrap();
    let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), text)
}

#[test]
fn the_terminal_says_it_in_lines() {
    let server = servers::webdav();
    let (code, text) = from_terminal(&server, "secret");
    assert_eq!(code, 0, "{text}");
    let without_time: Vec<&str> = text.lines().filter(|line| !line.contains("clock")).collect();
    expect![[r#"
        ok     reach           a server answers
        ok     cors            a page of https://label.example.org may use it
        ok     read            an absent object reads as absent
        ok     write           an object was written
        ok     read            it reads back as it was
        ok     list            it is listed
        ok     remove          it was removed; erasing works"#]]
    .assert_eq(&without_time.join("\n"));
    let (code, text) = from_terminal(&server, "hush-hush");
    assert!(code == 1 && text.contains("WRONG  read") && text.contains("credentials"), "{text}");
    assert!(!text.contains("hush-hush"));
}
