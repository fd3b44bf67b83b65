//! Checkpoints: the size and root of a log in a signed note (C2SP signed-note, tlog-checkpoint, tlog-cosignature), signed
//! by the log's key and countersigned by people who hold a copy. A log's own chain shows neither a cut tail nor a history
//! rewritten whole; somebody else's cosignature does.
//!
//! Signing is left to the caller, as in [`super::seal`]: [`Note::message`] gives the bytes, [`Note::add`] takes the result.

use super::key::{self, PublicKey};
use super::tree::Hash;
use crate::domain::id::{DeviceId, ProjectId};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// The longest note that is read, in bytes.
pub const MAX_NOTE_BYTES: usize = 64 * 1024;
/// The most signatures that are read.
pub const MAX_SIGNATURES: usize = 100;

/// Why a note or checkpoint was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Too long, or too many signatures.
    #[error("larger than a note may be")]
    TooLarge,
    /// Not a signed note.
    #[error("not a signed note")]
    Form,
    /// A note whose text is no checkpoint.
    #[error("not a checkpoint")]
    NoCheckpoint,
    /// Of another log.
    #[error("a checkpoint of another log")]
    Origin,
    /// The log's key did not sign it.
    #[error("not signed by the log's key")]
    Unsigned,
    /// A signature that names a known key does not fit.
    #[error("a signature does not fit")]
    BadSignature,
}

/// The size and root of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log: [`origin`].
    pub origin: String,
    /// Number of entries.
    pub size: u64,
    /// Root of the tree.
    pub root: Hash,
}

/// The name of a device's log: `<host>/<project>/<multibase key>`, the host chosen by the project.
pub fn origin(host: &str, project: &ProjectId, device: &DeviceId) -> String {
    format!("{host}/{project}/{}", key::multibase(device))
}

/// The name under which a device countersigns others' logs: `<host>/witness/<multibase key>`.
pub fn witness_name(host: &str, device: &DeviceId) -> String {
    format!("{host}/witness/{}", key::multibase(device))
}

impl Checkpoint {
    /// The note's text: three lines.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root))
    }

    /// Reads a note's text. Extension lines are allowed, as the standard demands, and ignored.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let mut lines = text.strip_suffix('\n').ok_or(NoteError::NoCheckpoint)?.split('\n');
        let mut next = || lines.next().filter(|line| !line.is_empty()).ok_or(NoteError::NoCheckpoint);
        let (origin, size, root) = (next()?.to_owned(), next()?, next()?);
        let number: u64 = size.parse().map_err(|_| NoteError::NoCheckpoint)?;
        let root = STANDARD.decode(root).ok().and_then(|root| root.try_into().ok()).ok_or(NoteError::NoCheckpoint)?;
        // "+8" and "08" parse as 8, and only one text may stand for a size
        if number.to_string() != size || lines.any(str::is_empty) {
            return Err(NoteError::NoCheckpoint);
        }
        Ok(Self { origin, size: number, root })
    }
}

/// What kind of signature a key makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Ed25519 over the text: a log's own.
    Log,
    /// `cosignature/v1`, over a time and the text: a witness's.
    Witness,
}

impl Kind {
    fn byte(self) -> u8 {
        match self {
            Self::Log => 0x01,
            Self::Witness => 0x04,
        }
    }
}

/// A key that signs notes, under its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteKey {
    /// Its name, without spaces and plus signs.
    pub name: String,
    /// What it signs.
    pub kind: Kind,
    /// The key.
    pub key: PublicKey,
}

impl NoteKey {
    /// First four bytes of `SHA-256(name || 0x0a || kind || key)`.
    pub fn id(&self) -> [u8; 4] {
        let hash = Sha256::new()
            .chain_update(self.name.as_bytes())
            .chain_update([0x0a, self.kind.byte()])
            .chain_update(self.key.to_bytes())
            .finalize();
        let [a, b, c, d, ..]: [u8; 32] = hash.into();
        [a, b, c, d]
    }

    /// The verifier key: `<name>+<id>+<base64 of kind and key>`.
    pub fn vkey(&self) -> String {
        let mut bytes = vec![self.kind.byte()];
        bytes.extend_from_slice(&self.key.to_bytes());
        let [a, b, c, d] = self.id();
        format!("{}+{a:02x}{b:02x}{c:02x}{d:02x}+{}", self.name, STANDARD.encode(bytes))
    }

    /// Reads a verifier key.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, rest) = text.split_once('+')?;
        let (_, encoded) = rest.split_once('+')?;
        let bytes = STANDARD.decode(encoded).ok()?;
        let (kind, key) = bytes.split_first()?;
        let kind = [Kind::Log, Kind::Witness].into_iter().find(|k| k.byte() == *kind)?;
        let key = PublicKey::from_bytes(key.try_into().ok()?).ok()?;
        let read = Self { name: name.to_owned(), kind, key };
        (good_name(name) && read.vkey() == text).then_some(read)
    }
}

fn good_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c == '+')
}

/// One signature under a note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    /// The key's name.
    pub name: String,
    /// The key's id, as claimed.
    pub id: [u8; 4],
    /// What follows it: the signature, for a witness after eight bytes of time.
    pub bytes: Vec<u8>,
}

/// A text and its signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The text, with its last line feed.
    pub text: String,
    /// The signatures, in order.
    pub signatures: Vec<NoteSignature>,
}

impl Note {
    /// Reads a note. No signature is checked here.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > MAX_NOTE_BYTES {
            return Err(NoteError::TooLarge);
        }
        let whole = std::str::from_utf8(bytes).map_err(|_| NoteError::Form)?;
        if whole.chars().any(|c| c.is_ascii_control() && c != '\n') {
            return Err(NoteError::Form);
        }
        let (text, below) = whole.rsplit_once("\n\n").ok_or(NoteError::Form)?;
        let below = below.strip_suffix('\n').ok_or(NoteError::Form)?;
        if below.split('\n').count() > MAX_SIGNATURES {
            return Err(NoteError::TooLarge);
        }
        let signatures = below.split('\n').map(signature_line).collect::<Option<Vec<_>>>().ok_or(NoteError::Form)?;
        Ok(Self { text: format!("{text}\n"), signatures })
    }

    /// The note as bytes.
    pub fn write(&self) -> Vec<u8> {
        let mut out = format!("{}\n", self.text);
        for signature in &self.signatures {
            let mut bytes = signature.id.to_vec();
            bytes.extend_from_slice(&signature.bytes);
            out.push_str(&format!("— {} {}\n", signature.name, STANDARD.encode(bytes)));
        }
        out.into_bytes()
    }

    /// The bytes that a key of `kind` signs; `time_s`, in seconds since 1970, is a witness's claim of when.
    pub fn message(text: &str, kind: Kind, time_s: u64) -> Vec<u8> {
        match kind {
            Kind::Log => text.as_bytes().to_vec(),
            Kind::Witness => format!("cosignature/v1\ntime {time_s}\n{text}").into_bytes(),
        }
    }

    /// Adds a signature of [`Note::message`].
    pub fn add(&mut self, key: &NoteKey, time_s: u64, signature: &[u8; 64]) {
        let mut bytes = match key.kind {
            Kind::Log => Vec::new(),
            Kind::Witness => time_s.to_be_bytes().to_vec(),
        };
        bytes.extend_from_slice(signature);
        self.signatures.push(NoteSignature { name: key.name.clone(), id: key.id(), bytes });
    }

    /// Whether `key` signed: `None` where it did not, its claim of time (0 for a log) where it did. A signature that
    /// names the key and does not fit is an error, not an absence.
    pub fn signed_by(&self, key: &NoteKey) -> Result<Option<u64>, NoteError> {
        let id = key.id();
        let Some(signature) = self.signatures.iter().find(|s| s.id == id && s.name == key.name) else {
            return Ok(None);
        };
        let (time_s, bytes) = match key.kind {
            Kind::Log => (0, signature.bytes.as_slice()),
            Kind::Witness => {
                let (time, rest) = signature.bytes.split_first_chunk::<8>().ok_or(NoteError::BadSignature)?;
                (u64::from_be_bytes(*time), rest)
            }
        };
        let bytes = bytes.try_into().map_err(|_| NoteError::BadSignature)?;
        let message = Self::message(&self.text, key.kind, time_s);
        key.key.verify(&message, bytes).map_err(|_| NoteError::BadSignature)?;
        Ok(Some(time_s))
    }
}

fn signature_line(line: &str) -> Option<NoteSignature> {
    let (name, encoded) = line.strip_prefix("— ")?.split_once(' ')?;
    let bytes = STANDARD.decode(encoded).ok()?;
    let (id, rest) = bytes.split_first_chunk::<4>()?;
    let good = good_name(name) && !rest.is_empty();
    good.then(|| NoteSignature { name: name.to_owned(), id: *id, bytes: rest.to_vec() })
}

/// Witnesses that countersigned, each with the second since 1970 at which it says it did.
pub type Seen<'a> = Vec<(&'a NoteKey, u64)>;

/// Reads a checkpoint of the log that `log` signs (its name is the origin), and tells which of `witnesses` countersigned
/// it.
pub fn open<'a>(bytes: &[u8], log: &NoteKey, witnesses: &'a [NoteKey]) -> Result<(Checkpoint, Seen<'a>), NoteError> {
    let note = Note::parse(bytes)?;
    let checkpoint = Checkpoint::parse(&note.text)?;
    if checkpoint.origin != log.name {
        return Err(NoteError::Origin);
    }
    note.signed_by(log)?.ok_or(NoteError::Unsigned)?;
    let mut seen = Vec::new();
    for witness in witnesses {
        seen.extend(note.signed_by(witness)?.map(|time_s| (witness, time_s)));
    }
    Ok((checkpoint, seen))
}
