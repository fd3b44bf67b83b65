//! The stored form of events: one canonical JSON line each, chained by hash, signed by the device's key, countable as a
//! Merkle tree.
//!
//! Every layer is a public standard (CloudEvents 1.0, RFC 8785, RFC 7515 detached, did:key, RFC 6962, C2SP notes and
//! tiles), so that others can read and check what we write. Nothing here reads a clock, draws entropy, signs by itself
//! or touches storage: a caller brings those, in the browser as well as in the terminal. What an event *means* is
//! `domain`'s business; an event of an unknown type is checked and kept like any other.

pub mod anchor;
pub mod body;
pub mod checkpoint;
pub mod evidence;
pub mod file;
pub mod hash;
pub mod key;
pub mod limits;
pub mod problem;
pub mod project;
pub mod reader;
pub mod recheck;
pub mod seal;
pub mod tiles;
pub mod time;
pub mod tree;
pub mod verify;
pub mod wire;
mod witness;

pub use evidence::{Evidence, HeadSeen, SignedEntry};
pub use file::FileReader;
pub use hash::EntryHash;
pub use key::{PublicKey, Signer};
pub use problem::{CODES, Code, Problem, Severity};
pub use project::{Against, Anchored, LogReport, Report, verify_and_fold, verify_logs};
pub use reader::LogReader;
pub use recheck::{Claim, Recheck};
pub use seal::{Fresh, Head, Identity, SealError, Sealed, Unsigned, prepare};
pub use verify::{Accepted, Verifier};
