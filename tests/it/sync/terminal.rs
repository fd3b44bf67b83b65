//! `countersign push` and `pull` as a user runs them.

use super::http::faults;
use crate::servers::{self, Server};
use countersign::sync::{Credentials, Endpoint, Mode, Place};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const PROJECT: &str = "UEGCytCU6pr4NPYO14NAqdXAtK1yOBoVyi6IcZlDJQ8";
const A: &str = "z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw";
const B: &str = "z6MkiaMbhXHNA4eJVCCj8dbzKzTgYDKf6crKgHVHid1F1WCT";

struct Terminal {
    dir: PathBuf,
    secrets: Vec<(&'static str, String)>,
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.dir);
    }
}

impl Terminal {
    fn with(server: &Server) -> Self {
        Self::at(&server.endpoint, &server.credentials)
    }

    fn at(endpoint: &Endpoint, credentials: &Credentials) -> Self {
        let dir = std::env::temp_dir().join(format!("countersign-cli-{}-{}", endpoint.id, std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        fs::write(dir.join("endpoint.json"), serde_json::to_string(endpoint).unwrap()).unwrap();
        let secrets = match credentials.clone() {
            Credentials::AccessKey { access_key_id, secret_access_key, .. } => {
                vec![("COUNTERSIGN_ACCESS_KEY_ID", access_key_id), ("COUNTERSIGN_SECRET_ACCESS_KEY", secret_access_key)]
            }
            Credentials::Password { username, password } => {
                vec![("COUNTERSIGN_USERNAME", username), ("COUNTERSIGN_PASSWORD", password)]
            }
            Credentials::Token { token } => vec![("COUNTERSIGN_TOKEN", token)],
            Credentials::Sas { token } => vec![("COUNTERSIGN_SAS", token)],
            Credentials::Secret { secret, token } => {
                let token = token.map(|token| ("COUNTERSIGN_TOKEN", token));
                [("COUNTERSIGN_WEBHOOK_SECRET", secret)].into_iter().chain(token).collect()
            }
            Credentials::Anonymous => Vec::new(),
            signed @ Credentials::Signed { .. } => {
                fs::write(dir.join("credentials.json"), serde_json::to_string(&signed).unwrap()).unwrap();
                Vec::new()
            }
        };
        Self { dir, secrets }
    }

    fn run(&self, args: &[&str]) -> (i32, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
        let output = command.current_dir(&self.dir).args(args).envs(self.secrets.clone()).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout) + &text(output.stderr))
    }

    fn pull(&self, out: &str) -> (i32, String) {
        self.run(&["pull", "--endpoint", "endpoint.json", "--project", PROJECT, "--out", out])
    }

    fn read(&self, path: &str) -> Vec<u8> {
        fs::read(self.dir.join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
    }
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/log")
}

fn golden(name: &str) -> String {
    fixtures().join(name).display().to_string()
}

fn goes_there_and_back(terminal: &Terminal) {
    let push = ["push", "--endpoint", "endpoint.json", &golden("a.jsonl"), &golden("b.jsonl")];
    let (code, text) = terminal.run(&push);
    assert_eq!((code, text.as_str()), (0, "sent 10 entries (16 objects, 11347 bytes), 0 pending\n"));
    let (code, text) = terminal.run(&push);
    assert_eq!((code, text.as_str()), (0, "sent 0 entries (0 objects, 0 bytes), 0 pending\n"));

    // the golden releases are not among the fixtures, and pull says so
    let (code, text) = terminal.pull("copy");
    assert_eq!(code, 1, "{text}");
    assert!(text.starts_with("received 10 entries and 0 releases\n"), "{text}");
    assert!(text.lines().skip(1).all(|l| l.starts_with("  missing  release/")), "{text}");
    for (mb, name) in [(A, "a"), (B, "b")] {
        let same = |ending: &str| {
            let ours = terminal.read(&format!("copy/{mb}.{ending}"));
            assert_eq!(ours, fs::read(golden(&format!("{name}.{ending}"))).unwrap());
        };
        same("jsonl");
        same("checkpoint");
    }
    let (_, text) = terminal.pull("copy");
    assert!(text.starts_with("received 0 entries"), "{text}");
    let copies = [format!("copy/{A}.jsonl"), format!("copy/{B}.jsonl")];
    let (code, text) = terminal.run(&["verify", &copies[0], &copies[1]]);
    assert_eq!(code, 0, "{text}");
}

/// The folder's address is enough to verify what lies there.
fn verified_by_its_address(server: &Server) {
    let terminal = Terminal::with(server);
    let countersign::sync::Place::WebDav { url } = &server.endpoint.place else { panic!("no WebDAV") };
    let (code, text) = terminal.run(&["verify", "--json", &format!("{url}/{PROJECT}/"), "--require-witness", "1"]);
    let report: serde_json::Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
    assert_eq!((code, &report["ok"], &report["events"]), (0, &true.into(), &10.into()), "{report:#}");
    for (address, why) in [("", "does not end with a project"), ("/x", "does not end with a project")] {
        let (code, text) = terminal.run(&["verify", &format!("{url}{address}")]);
        assert!(code == 1 && text.contains(why), "{text}");
    }
    let nothing = format!("{url}/{}", "A".repeat(43));
    let (code, text) = terminal.run(&["verify", &nothing]);
    assert!(code == 1 && text.contains("unreadable"), "{text}");
}

#[test]
fn through_a_bucket() {
    let server = servers::s3();
    goes_there_and_back(&Terminal::with(&server));
    wrong_turns(&server);
}

#[test]
fn through_a_webdav_folder() {
    let server = servers::webdav();
    goes_there_and_back(&Terminal::with(&server));
    verified_by_its_address(&server);
}

#[test]
fn through_a_sloppy_webdav_folder() {
    let server = servers::nginx();
    goes_there_and_back(&Terminal::with(&server));
}

#[test]
fn through_an_azure_container() {
    let server = servers::azure();
    goes_there_and_back(&Terminal::with(&server));
}

#[test]
fn through_a_table_of_rows() {
    let server = servers::rows();
    goes_there_and_back(&Terminal::with(&server));
}

#[test]
fn through_a_folder() {
    let share = std::env::temp_dir().join(format!("countersign-share-{}", std::process::id()));
    fs::create_dir_all(&share).unwrap();
    let place = Place::Folder { path: share.display().to_string() };
    let endpoint = Endpoint { id: "share".to_owned(), place, prefix: "team/".to_owned() };
    goes_there_and_back(&Terminal::at(&endpoint, &Credentials::Anonymous));
    let checkpoint = share.join(format!("team/{PROJECT}/{A}/checkpoint"));
    assert_eq!(fs::read(checkpoint).unwrap(), fs::read(golden("a.checkpoint")).unwrap());
    fs::remove_dir_all(&share).unwrap();
}

/// There is no listing, so the first log is named by hand, and its grants name the others.
#[test]
fn through_signed_addresses() {
    let server = faults("");
    let place = Place::Template { url: format!("http://127.0.0.1:{}/labels/{{name}}", server.port) };
    let endpoint = Endpoint { id: "signed".to_owned(), place, prefix: String::new() };
    let signed = Credentials::Signed { get: "sig=hush".into(), put: "sig=hush-hush".into(), delete: None };
    let terminal = Terminal::at(&endpoint, &signed);
    let with = ["--endpoint", "endpoint.json", "--credentials", "credentials.json"];
    let logs = [golden("a.jsonl"), golden("b.jsonl")];
    let (code, text) = terminal.run(&[&["push"], &with[..], &[&logs[0], &logs[1]]].concat());
    assert_eq!((code, text.as_str()), (0, "sent 10 entries (16 objects, 11347 bytes), 0 pending\n"));
    let first = format!("did:key:{A}");
    let pull = [&["pull"], &with[..], &["--project", PROJECT, "--out", "copy", "--log", &first]].concat();
    let (_, text) = terminal.run(&pull);
    assert!(text.starts_with("received 10 entries"), "{text}");
    assert_eq!(terminal.read(&format!("copy/{B}.jsonl")), fs::read(golden("b.jsonl")).unwrap());
    // what is told of a failure holds nothing of the signature
    server.script("* * 403");
    let (code, text) = terminal.run(&pull);
    assert!(code == 1 && text.contains("access was denied") && !text.contains("hush"), "{text}");
    assert!(server.take_seen().iter().all(|r| r.param("sig").is_some()));
}

#[test]
fn to_a_webhook_once() {
    let server = faults("POST * 2 503");
    let place = Place::Webhook { url: format!("http://127.0.0.1:{}/hook", server.port), mode: Mode::Structured };
    let endpoint = Endpoint { id: "hook".to_owned(), place, prefix: String::new() };
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned();
    let terminal = Terminal::at(&endpoint, &Credentials::Secret { secret, token: None });
    let logs = [golden("a.jsonl"), golden("b.jsonl")];
    let push = ["push", "--endpoint", "endpoint.json", &logs[0], &logs[1]];
    let (code, text) = terminal.run(&push);
    assert!(code == 1 && text.contains("--delivered"), "{text}");
    let push = [&push[..], &["--delivered", "delivered.json"]].concat();
    let (code, text) = terminal.run(&push);
    assert!(code == 1 && text.starts_with("sent 0 entries") && text.contains("10 pending"), "{text}");
    server.script("");
    server.take_seen();
    let (code, text) = terminal.run(&push);
    assert!(code == 0 && text.starts_with("sent 10 entries (10 objects"), "{text}");
    let lines: Vec<u8> = server.take_seen().iter().flat_map(|r| [&r.body[..], b"\n"].concat()).collect();
    let mut expect = [fs::read(&logs[0]).unwrap(), fs::read(&logs[1]).unwrap()];
    expect.sort_by_key(|log| lines.starts_with(log) as u8);
    expect.reverse();
    assert!(lines == expect.concat(), "what the files hold arrives, byte for byte");
    let (code, text) = terminal.run(&push);
    assert_eq!((code, text.as_str()), (0, "sent 0 entries (0 objects, 0 bytes), 0 pending\n"));
    let (code, text) = terminal.pull("nothing");
    assert!(code == 1 && text.contains("gives nothing back"), "{text}");
}

/// What a user gets wrong is told in one line, and no secret is in it.
fn wrong_turns(server: &Server) {
    let mut terminal = Terminal::with(server);
    let file = |name: &str, bytes: &[u8]| fs::write(terminal.dir.join(name), bytes).unwrap();
    fs::copy(golden("b.jsonl"), terminal.dir.join("lonely.jsonl")).unwrap();
    let mut bad = fs::read(golden("b.jsonl")).unwrap();
    bad[300] ^= 1;
    file("bad.jsonl", &bad);
    file("broken.json", br#"{"kind":"access-key","access_key_id":"hush"#);
    file("plain.json", br#"{"id":"x","kind":"webdav","url":"http://dav.example.org"}"#);
    // RFC 8037, appendix A.1: the key of the golden log a
    file(
        "key.json",
        br#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
    );
    let push = ["push", "--endpoint", "endpoint.json"];
    let a = golden("a.jsonl");
    for (args, part) in [
        (vec!["lonely.jsonl"], "no log has a checkpoint beside it"),
        (vec!["bad.jsonl"], "could not use bad.jsonl: entry 0"),
        (vec!["absent.jsonl"], "could not read absent.jsonl"),
        (vec![a.as_str(), "--credentials", "broken.json"], "not of the expected form at line 1"),
    ] {
        let (code, text) = terminal.run(&[&push[..], &args].concat());
        assert!(code != 0 && text.contains(part), "{args:?}: {text}");
        assert!(!text.contains("hush"), "{text}");
    }
    let (code, text) = terminal.run(&["push", "--endpoint", "plain.json", &a]);
    assert!(code == 1 && text.contains("check address, bucket and prefix"), "{text}");
    // with its key a log needs no checkpoint beside it
    fs::copy(&a, terminal.dir.join("own.jsonl")).unwrap();
    let (code, text) = terminal.run(&[&push[..], &["own.jsonl", "--key", "key.json", "--whole"]].concat());
    assert_eq!(code, 0, "{text}");
    let (code, text) = terminal.run(&["pull", "--endpoint", "endpoint.json", "--project", "x", "--out", "y"]);
    assert!(code == 1 && text.contains("43 characters"), "{text}");
    terminal.secrets.last_mut().unwrap().1 = "wrong".to_owned();
    let (code, text) = terminal.pull("denied");
    assert!(code == 1 && text.contains("access was denied"), "{text}");
}
