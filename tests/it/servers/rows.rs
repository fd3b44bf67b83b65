//! A table of rows: real PostgreSQL behind a receiver that speaks as much of PostgREST's contract as the product asks for.
//!
//! PostgREST itself is not packaged where these tests run. What the receiver takes and answers follows its reference
//! (postgrest.org, "Tables and Views"): filters `eq`, `gt`, `lt`; `select`, `order`, `limit`; upsert by
//! `Prefer: resolution=merge-duplicates`; rows as a JSON array, `bytea` as PostgreSQL writes it.

use super::{Server, await_ready, find, free_ports, start, temporary_folder};
use crate::faultd::http::{Answer, Request};
use countersign::sync::{Credentials, Endpoint, Place};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

const TOKEN: &str = "token-of-the-tests";
/// PostgREST's `db-max-rows`: fewer than asked for.
const MOST_ROWS: usize = 400;
const END: &str = "--end of answer--";

/// One session with the database.
struct Session {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Session {
    fn open(dir: &Path) -> Self {
        let psql = find("psql", "postgresql");
        let arguments = ["-XqAt", "-U", "postgres", "-d", "postgres", "-h"];
        let mut child = Command::new(psql)
            .args(arguments)
            .arg(dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { child, input, output: BufReader::new(output) }
    }

    /// What a statement prints; `None` where it failed.
    fn ask(&mut self, sql: &str) -> Option<String> {
        writeln!(self.input, "{sql};\n\\echo :ERROR\n\\echo {END}").ok()?;
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if self.output.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if line.trim_end() == END {
                break;
            }
            lines.push(line);
        }
        (lines.pop()?.trim_end() == "false").then(|| lines.concat())
    }
}

/// A value in a statement, whatever is in it.
fn literal(text: &str) -> String {
    let hex: String = text.bytes().map(|b| format!("{b:02x}")).collect();
    format!("convert_from('\\x{hex}','UTF8')")
}

fn condition(request: &Request) -> Option<String> {
    let mut all = vec!["true".to_owned()];
    for (_, filter) in request.query.iter().filter(|(name, _)| name == "name") {
        let (operator, value) = filter.split_once('.')?;
        let sign = match operator {
            "eq" => "=",
            "gt" => ">",
            "lt" => "<",
            _ => return None,
        };
        all.push(format!("name {sign} {}", literal(value)));
    }
    Some(all.join(" and "))
}

fn answer(session: &mut Session, request: &Request) -> Answer {
    if request.header("authorization") != Some(&format!("Bearer {TOKEN}")) {
        return Answer::new(401, r#"{"code":"PGRST301"}"#);
    }
    let bad = || Answer::new(400, r#"{"code":"PGRST100"}"#);
    let Some(condition) = condition(request).filter(|_| request.path == "/objects") else {
        return if request.path == "/objects" { bad() } else { Answer::new(404, r#"{"code":"PGRST205"}"#) };
    };
    match request.method.as_str() {
        "GET" => {
            let Some(select @ ("name" | "body")) = request.param("select") else { return bad() };
            let order = if request.param("order") == Some("name.asc") { "order by name" } else { "" };
            let limit = request.param("limit").map_or(Ok(MOST_ROWS), str::parse::<usize>).unwrap().min(MOST_ROWS);
            let rows = format!("select {select} from objects where {condition} {order} limit {limit}");
            let body = session.ask(&format!("select coalesce(json_agg(t), '[]') from ({rows}) t"));
            body.map_or_else(bad, |body| Answer::new(200, body).with("Content-Type", "application/json"))
        }
        "POST" => {
            let body = String::from_utf8(request.body.clone()).unwrap();
            assert!(!body.contains('$'), "bodies of the product hold names and hex alone");
            let merges = request.header("prefer").is_some_and(|p| p.contains("resolution=merge-duplicates"));
            let then = if merges { "on conflict (name) do update set body = excluded.body" } else { "" };
            let rows = format!("select * from json_populate_recordset(null::objects, $body${body}$body$)");
            let done = session.ask(&format!("insert into objects {rows} {then}"));
            done.map_or_else(|| Answer::new(409, r#"{"code":"23505"}"#), |_| Answer::new(201, ""))
        }
        "DELETE" => {
            let done = session.ask(&format!("delete from objects where {condition}"));
            done.map_or_else(bad, |_| Answer::new(204, ""))
        }
        _ => Answer::new(405, ""),
    }
}

fn serve(dir: PathBuf, listener: TcpListener) {
    let mut session = Session::open(&dir);
    for stream in listener.incoming() {
        let Ok(mut stream) = stream else { return };
        if let Some(request) = Request::read(&mut stream) {
            answer(&mut session, &request).send(&mut stream);
        }
        // the database ended, and with it the test
        if session.child.try_wait().is_ok_and(|ended| ended.is_some()) {
            return;
        }
    }
}

/// PostgreSQL refuses to run as root.
fn as_database_user(program: PathBuf, arguments: &[String]) -> (PathBuf, Vec<String>) {
    let root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    if !root {
        return (program, arguments.to_vec());
    }
    let before = ["-u", "postgres", "--"].map(String::from);
    let program = [program.display().to_string()];
    (find("runuser", "util-linux"), [&before[..], &program, arguments].concat())
}

/// A table of rows behind HTTP. Empty, ready.
pub fn rows() -> Server {
    use std::os::unix::fs::PermissionsExt;
    let dir = temporary_folder("rows");
    std::fs::set_permissions(&dir, std::fs::Permissions::from_mode(0o777)).unwrap();
    let data = dir.join("pg").display().to_string();
    let arguments = ["-D", &data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"].map(String::from);
    let (program, arguments) = as_database_user(find("initdb", "postgresql"), &arguments);
    let made = Command::new(program).args(arguments).current_dir(&dir).output().unwrap();
    assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
    let sockets = dir.display().to_string();
    let arguments = ["-D", &data, "-k", &sockets, "-c", "listen_addresses=", "-c", "fsync=off"].map(String::from);
    let (program, arguments) = as_database_user(find("postgres", "postgresql"), &arguments);
    let child = start(&program, &arguments, &dir);

    let [port] = free_ports();
    let place = Place::Rows { url: format!("http://127.0.0.1:{port}/objects") };
    let endpoint = Endpoint { id: "rows".to_owned(), place, prefix: String::new() };
    let credentials = Credentials::Token { token: TOKEN.to_owned() };
    let mut server = Server { child, dir: dir.clone(), endpoint, credentials };
    // the statement that `src/platform/endpoint/rows.rs` gives
    let table = r#"create table if not exists objects (name text collate "C" primary key, body bytea not null)"#;
    await_ready(&mut server, || Session::open(&dir).ask(table).is_some());
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    std::thread::spawn(move || serve(dir, listener));
    server
}
