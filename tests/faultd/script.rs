//! What goes wrong, as text: one rule a line.
//!
//! ```text
//! # method  path-pattern  [times]  actions…
//! PUT  *           2  503 retry-after=7
//! GET  */checkpoint   cut=100
//! *    *              cors=refused
//! ```
//! A method or `*`; a pattern in which `*` stands for any characters; how often the rule holds, always where no number is
//! given; then what happens, in order. `GET` does not fit a listing; `LIST` does (`PROPFIND`, or a query with `list-type`).
//!
//! | action | what happens |
//! |---|---|
//! | `503` | a status, nothing stored |
//! | `stored=500` | done as asked, and this status in place of the answer |
//! | `gone`, `lost` | no answer and nothing done; done as asked and no answer |
//! | `garbage` | an answer that is no HTTP |
//! | `cut=N` | the connection ends after N bytes of the body |
//! | `length=N` | a false `Content-Length` |
//! | `keep=N` | a write keeps its first N bytes and says that all is well |
//! | `login`, `redirect` | 200 with a page that asks to sign in; 302 to one |
//! | `empty`, `json` | 200 with nothing; 200 with another JSON |
//! | `stale` | a read answers with what was there before the last write |
//! | `holes=N` | a listing leaves out every N-th name |
//! | `page=N` | a listing's pages hold N names |
//! | `skew=S` | the server's clock is S seconds ahead |
//! | `retry-after=…`, `header:name=…` | a header; `_` stands for a space |
//! | `cors=none`, `refused`, `no-authorization`, `unexposed` | no CORS headers; the preflight is refused; a header is not allowed; none is exposed |

use super::LOGIN;
use super::http::Request;

/// One line of a script.
#[derive(Clone, Debug)]
pub struct Rule {
    method: String,
    pattern: Vec<String>,
    times: Option<usize>,
    pub actions: Vec<Action>,
    /// How often it was used.
    pub used: usize,
}

/// One thing that goes wrong.
#[derive(Clone, Debug)]
pub enum Action {
    Status(u16),
    Stored(u16),
    Gone,
    Lost,
    Garbage,
    CutAfter(usize),
    Length(usize),
    KeepBytes(usize),
    /// A kind of content and its text.
    Body(&'static str, &'static str),
    Stale,
    Holes(usize),
    PageSize(usize),
    Skew(i64),
    Header(String, String),
    Cors(Cors),
}

/// How the server treats pages of other origins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cors {
    Open,
    None,
    Refused,
    NoAuthorization,
    Unexposed,
}

impl Cors {
    pub fn headers(self) -> Vec<(String, String)> {
        let allowed = match self {
            Self::None | Self::Refused => return Vec::new(),
            Self::NoAuthorization => "content-type, depth, x-amz-date, x-amz-content-sha256",
            Self::Open | Self::Unexposed => {
                "authorization, content-type, depth, prefer, x-amz-date, x-amz-content-sha256, x-ms-blob-type"
            }
        };
        let mut headers = vec![
            ("Access-Control-Allow-Origin", "*"),
            ("Access-Control-Allow-Methods", "GET, PUT, POST, DELETE, HEAD, PROPFIND, MKCOL"),
            ("Access-Control-Allow-Headers", allowed),
        ];
        if self != Self::Unexposed {
            headers.push(("Access-Control-Expose-Headers", "ETag, Retry-After"));
        }
        headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }
}

/// Reads a script. The error names the line.
pub fn parse(text: &str) -> Result<Vec<Rule>, String> {
    let lines = text.lines().map(str::trim).enumerate();
    lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')).map(|(at, line)| rule(at + 1, line)).collect()
}

fn rule(at: usize, line: &str) -> Result<Rule, String> {
    let mut words = line.split_whitespace().peekable();
    let (Some(method), Some(pattern)) = (words.next(), words.next()) else {
        return Err(format!("line {at}: a method and a path are needed"));
    };
    let times = words.peek().filter(|w| w.len() < 3).and_then(|word| word.parse().ok());
    if times.is_some() {
        words.next();
    }
    let actions: Result<Vec<Action>, String> =
        words.map(|word| action(word).ok_or(format!("line {at}: {word} is no action"))).collect();
    let pattern = pattern.split('*').map(str::to_owned).collect();
    Ok(Rule { method: method.to_owned(), pattern, times, actions: actions?, used: 0 })
}

fn action(word: &str) -> Option<Action> {
    if let Ok(status) = word.parse() {
        return Some(Action::Status(status));
    }
    let (name, value) = word.split_once('=').unwrap_or((word, ""));
    Some(match name {
        "stored" => Action::Stored(value.parse().ok()?),
        "gone" => Action::Gone,
        "lost" => Action::Lost,
        "garbage" => Action::Garbage,
        "cut" => Action::CutAfter(value.parse().ok()?),
        "length" => Action::Length(value.parse().ok()?),
        "keep" => Action::KeepBytes(value.parse().ok()?),
        "login" => Action::Body("text/html; charset=utf-8", LOGIN),
        "empty" => Action::Body("application/octet-stream", ""),
        "json" => Action::Body("application/json", "{\"welcome\":true}"),
        "redirect" => Action::Status(302),
        "stale" => Action::Stale,
        "holes" => Action::Holes(value.parse().ok()?),
        "page" => Action::PageSize(value.parse().ok()?),
        "skew" => Action::Skew(value.parse().ok()?),
        "retry-after" => Action::Header("Retry-After".to_owned(), value.replace('_', " ")),
        "cors" => Action::Cors(match value {
            "none" => Cors::None,
            "refused" => Cors::Refused,
            "no-authorization" => Cors::NoAuthorization,
            "unexposed" => Cors::Unexposed,
            _ => return None,
        }),
        name => Action::Header(name.strip_prefix("header:")?.to_owned(), value.replace('_', " ")),
    })
}

impl Rule {
    /// Whether the rule still holds, and for this request.
    pub fn fits(&self, request: &Request) -> bool {
        let lists = request.method == "PROPFIND" || request.param("list-type").is_some();
        let kind = if lists { "LIST" } else { request.method.as_str() };
        let fresh = self.times.is_none_or(|times| self.used < times);
        fresh && (self.method == "*" || self.method == kind) && fits(&self.pattern, &request.path)
    }
}

/// Whether the parts stand in the text in this order, the first at its beginning and the last at its end.
fn fits(parts: &[String], text: &str) -> bool {
    let Some((first, rest)) = parts.split_first() else { return false };
    let Some(mut text) = text.strip_prefix(first.as_str()) else { return false };
    let Some((last, middle)) = rest.split_last() else { return text.is_empty() };
    for part in middle {
        let Some(at) = text.find(part.as_str()) else { return false };
        text = &text[at + part.len()..];
    }
    text.ends_with(last.as_str())
}
