//! A server that fails on purpose: objects in memory behind HTTP, and a script that says which request goes wrong, and how.
//!
//! It speaks as much of WebDAV, of the S3 protocol and of plain PUT and GET as the product uses, checks no credentials, and
//! answers a page's preflight. Without a script it behaves. The script is text ([`script`]), so that tests in any language
//! write it; `main.rs` starts it from a command line, and a running server takes a new script by `POST /_script`.

#![expect(clippy::panic, clippy::indexing_slicing, reason = "a server of tests: a panic is the report")]

pub mod http;
pub mod script;
mod store;

use http::{Answer, Request};
use script::{Action, Cors, Rule};
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;
use store::Store;

/// A page that asks to sign in.
pub const LOGIN: &str = "<!doctype html><html><title>Sign in</title><form>Sign in</form></html>";

/// A running server. It ends with the value.
pub struct Faults {
    pub port: u16,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    store: Store,
    rules: Vec<Rule>,
    /// Each request, in the order they came.
    seen: Vec<Request>,
    ended: bool,
}

impl Drop for Faults {
    fn drop(&mut self) {
        self.lock().ended = true;
        // wakes the thread that waits for a connection
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

impl Faults {
    /// Starts on a port of loopback, 0 for any that is free.
    pub fn start(port: u16, script: &str) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port))?;
        let inner = Inner { rules: script::parse(script).map_err(std::io::Error::other)?, ..Inner::default() };
        let server = Self { port: listener.local_addr()?.port(), inner: Arc::new(Mutex::new(inner)) };
        let inner = server.inner.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if lock(&inner).ended {
                    return;
                }
                let (Ok(stream), inner) = (stream, inner.clone()) else { continue };
                std::thread::spawn(move || serve(stream, &inner));
            }
        });
        Ok(server)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        lock(&self.inner)
    }

    /// Takes a new script in place of the old one.
    pub fn script(&self, text: &str) {
        self.lock().rules = script::parse(text).unwrap_or_else(|e| panic!("{e}"));
    }

    /// The objects that are stored, by path with its slash before.
    pub fn objects(&self) -> std::collections::BTreeMap<String, Vec<u8>> {
        self.lock().store.objects.clone()
    }

    /// Stores objects in place of all that were.
    pub fn restore(&self, objects: std::collections::BTreeMap<String, Vec<u8>>) {
        self.lock().store.objects = objects;
    }

    /// Takes away the requests that came so far.
    pub fn take_seen(&self) -> Vec<Request> {
        std::mem::take(&mut self.lock().seen)
    }
}

fn lock(inner: &Mutex<Inner>) -> std::sync::MutexGuard<'_, Inner> {
    inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn serve(mut stream: TcpStream, inner: &Mutex<Inner>) {
    let Some(request) = Request::read(&mut stream) else { return };
    let Prepared { answer, cut, length, raw } = lock(inner).prepare(&request);
    if let Some(raw) = raw {
        let _ = stream.write_all(raw);
        return;
    }
    let bytes = answer.bytes(length.unwrap_or(answer.body.len()));
    let head = bytes.len() - answer.body.len();
    let bytes = cut.map_or(&bytes[..], |cut| &bytes[..bytes.len().min(head + cut)]);
    let _ = stream.write_all(bytes);
}

/// What is sent.
struct Prepared {
    answer: Answer,
    /// Bytes in place of an answer.
    raw: Option<&'static [u8]>,
    /// How many bytes of the body are sent before the connection ends.
    cut: Option<usize>,
    /// The length that is told, where it is a lie.
    length: Option<usize>,
}

impl Inner {
    fn prepare(&mut self, request: &Request) -> Prepared {
        if request.path == "/_script" && request.method == "POST" {
            let parsed = script::parse(&String::from_utf8_lossy(&request.body));
            let status = if parsed.is_ok() { 204 } else { 400 };
            self.rules = parsed.unwrap_or_default();
            return Prepared { answer: Answer::new(status, ""), raw: None, cut: None, length: None };
        }
        self.seen.push(request.clone());
        let mut actions: Vec<Action> = Vec::new();
        for rule in &mut self.rules {
            if rule.fits(request) {
                rule.used += 1;
                actions.extend(rule.actions.iter().cloned());
            }
        }
        self.act(request, &actions)
    }

    fn act(&mut self, request: &Request, actions: &[Action]) -> Prepared {
        let (mut cors, mut skew_s) = (Cors::Open, 0);
        let (mut cut, mut length, mut scripted, mut raw) = (None, None, None, None);
        let mut headers: Vec<(String, String)> = Vec::new();
        let mut whole = request.clone();
        for action in actions {
            match action {
                Action::Cors(kind) => cors = *kind,
                Action::Skew(seconds) => skew_s = *seconds,
                Action::Header(name, value) => headers.push((name.clone(), value.clone())),
                Action::CutAfter(bytes) => cut = Some(*bytes),
                Action::Length(bytes) => length = Some(*bytes),
                Action::KeepBytes(bytes) => whole.body.truncate(*bytes),
                Action::Gone | Action::Garbage => {
                    scripted = Some(Answer::new(500, ""));
                    raw = Some(if matches!(action, Action::Gone) { &b""[..] } else { b"220 ready\r\n" });
                }
                Action::Lost => raw = Some(b""),
                Action::Stored(status) => {
                    self.store.answer(&whole);
                    scripted = Some(Answer::new(*status, ""));
                }
                Action::Status(status) => scripted = Some(Answer::new(*status, "")),
                Action::Body(kind, text) => {
                    scripted = Some(Answer::new(200, text.as_bytes()).with("Content-Type", kind));
                }
                Action::Stale => scripted = self.store.stale(request),
                Action::Holes(every) => self.store.holes = *every,
                Action::PageSize(most) => self.store.page_size = *most,
            }
        }
        if request.method == "OPTIONS" && request.header("access-control-request-method").is_some() {
            let status = if cors == Cors::Refused { 403 } else { 204 };
            scripted = Some(Answer::new(status, ""));
        }
        let mut answer = scripted.unwrap_or_else(|| self.store.answer(&whole));
        (self.store.holes, self.store.page_size) = (0, store::PAGE_SIZE);
        answer.headers.extend(headers);
        answer.headers.push(("Date".to_owned(), date(skew_s)));
        answer.headers.extend(cors.headers());
        Prepared { answer, raw, cut, length }
    }
}

/// Now and `skew_s` seconds more, as HTTP writes it.
fn date(skew_s: i64) -> String {
    let now_s = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |d| d.as_secs());
    date_of(i64::try_from(now_s).unwrap_or(0) + skew_s)
}

/// IMF-fixdate of seconds since 1970 (the calendar by Howard Hinnant, "chrono-compatible low-level date algorithms").
pub fn date_of(seconds: i64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let z = days + 719_468;
    let (era, day_of_era) = (z.div_euclid(146_097), z.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    let weekday = DAYS[usize::try_from(days.rem_euclid(7)).unwrap_or(0)];
    let month = MONTHS[usize::try_from(month - 1).unwrap_or(0)];
    format!("{weekday}, {day:02} {month} {year} {hour:02}:{minute:02}:{second:02} GMT")
}
