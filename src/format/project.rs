//! A whole project as one file: what was released, and the logs of all who took part. No raw data, no keys.
//!
//! JSON lines. First `{"countersign":"project","version":1,"bodies":2,"lines":3}`, then each body as
//! `{"digest":"sha256-…","text":"…"}` (or `"base64"` where it is no UTF-8), then the lines of the logs exactly as they
//! are, since their bytes are signed. Reading checks counts and digests; the logs are verified by `log`.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::domain::id::Digest;

const KIND: &str = "project";
const VERSION: u32 = 1;
/// Bytes of a project file that are read at most: the largest file of tasks, and as much of logs.
pub const MAX_BYTES: usize = 400_000_000;

/// A project's contents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProjectFile {
    /// Released bodies: configuration, policy, guideline, covered tasks.
    pub bodies: Vec<Body>,
    /// Lines of the logs, each without its line end, in any order.
    pub lines: Vec<String>,
}

/// One released body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// Of its bytes.
    pub digest: Digest,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Body {
    /// A body with the digest of its bytes.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self { digest: digest(&bytes), bytes }
    }
}

/// Why a project file was refused. Lines count from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum ProjectError {
    /// Larger than [`MAX_BYTES`].
    #[error("the project file is larger than {MAX_BYTES} bytes")]
    TooLarge,
    /// No project file.
    #[error("line 1: this is no project file")]
    NotAProject,
    /// Written by a later version.
    #[error("line 1: the project file has version {version}; this program reads {VERSION}: use a later one")]
    LaterVersion {
        /// Its version.
        version: u32,
    },
    /// A line that cannot be read.
    #[error("line {line}: {what}")]
    Line {
        /// Which.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// The file has fewer or more lines than it says.
    #[error("the project file says it has {said} lines and has {found}; it was cut or added to")]
    Cut {
        /// Said in the first line, which counts too.
        said: usize,
        /// Found.
        found: usize,
    },
}

#[derive(Serialize, Deserialize)]
struct Header {
    countersign: String,
    version: u32,
    bodies: usize,
    lines: usize,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BodyLine {
    digest: Digest,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
}

fn digest(bytes: &[u8]) -> Digest {
    Digest(format!("sha256-{}", URL_SAFE_NO_PAD.encode(Sha256::digest(bytes))))
}

/// Writes a project.
pub fn write(project: &ProjectFile) -> Vec<u8> {
    let (bodies, lines) = (project.bodies.len(), project.lines.len());
    let header = Header { countersign: KIND.to_owned(), version: VERSION, bodies, lines };
    let mut out = Vec::new();
    // these forms always serialise
    out.extend(serde_json::to_vec(&header).unwrap_or_default());
    out.push(b'\n');
    for body in &project.bodies {
        let text = std::str::from_utf8(&body.bytes).ok().map(str::to_owned);
        let base64 = text.is_none().then(|| STANDARD.encode(&body.bytes));
        let line = BodyLine { digest: body.digest.clone(), text, base64 };
        out.extend(serde_json::to_vec(&line).unwrap_or_default());
        out.push(b'\n');
    }
    for line in &project.lines {
        out.extend_from_slice(line.as_bytes());
        out.push(b'\n');
    }
    out
}

/// Reads a project.
///
/// # Errors
/// Another file, a later version, a line that is damaged, or a file that was cut.
pub fn read(bytes: &[u8]) -> Result<ProjectFile, ProjectError> {
    if bytes.len() > MAX_BYTES {
        return Err(ProjectError::TooLarge);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut lines = bytes.split(|b| *b == b'\n').enumerate().map(|(i, l)| (i + 1, l.strip_suffix(b"\r").unwrap_or(l)));
    let first = lines.next().map(|(_, l)| l).unwrap_or_default();
    let header: Header = serde_json::from_slice(first).map_err(|_| ProjectError::NotAProject)?;
    if header.countersign != KIND {
        return Err(ProjectError::NotAProject);
    }
    if header.version != VERSION {
        return Err(ProjectError::LaterVersion { version: header.version });
    }
    let mut project = ProjectFile::default();
    let mut found = 1;
    for (line, bytes) in lines.filter(|(_, l)| !l.is_empty()) {
        found += 1;
        let fault = |what: &str| ProjectError::Line { line, what: what.to_owned() };
        if project.bodies.len() < header.bodies {
            project.bodies.push(body(bytes).map_err(fault)?);
        } else {
            let text = std::str::from_utf8(bytes).map_err(|_| fault("is not utf-8"))?;
            if !text.starts_with('{') {
                return Err(fault("is no event"));
            }
            project.lines.push(text.to_owned());
        }
    }
    let said = header.bodies.saturating_add(header.lines).saturating_add(1);
    if said == found { Ok(project) } else { Err(ProjectError::Cut { said, found }) }
}

fn body(bytes: &[u8]) -> Result<Body, &'static str> {
    let line: BodyLine = serde_json::from_slice(bytes).map_err(|_| "is no released body")?;
    let bytes = match (line.text, line.base64) {
        (Some(text), None) => text.into_bytes(),
        (None, Some(base64)) => STANDARD.decode(base64).map_err(|_| "its base64 is damaged")?,
        _ => return Err("is no released body"),
    };
    let body = Body::new(bytes);
    if body.digest == line.digest { Ok(body) } else { Err("its bytes are not those of its digest") }
}
