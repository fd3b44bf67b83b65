//! `countersign key`: keys of the terminal tool, as JWK files (RFC 8037), and the names that others know them by.

use super::exchange::read_json;
use crate::domain::id::ProjectId;
use crate::log::checkpoint::{Kind, NoteKey, origin, witness_name};
use crate::log::{EntryHash, Signer, hash};
use crate::platform::native::{entropy, folder};
use crate::sync::HOST;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Make a key, or show the names of one.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    act: Act,
}

#[derive(clap::Subcommand)]
enum Act {
    /// Make a new key and write it to a file that only you can read.
    Generate {
        /// The file; it must not be there yet.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Show the names of a key: did:key, the verifier key of its cosignatures, and, for a project, that of its log.
    Show {
        /// A private key as JWK.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The project whose log it signs.
        #[arg(long, value_name = "ID", allow_hyphen_values = true)]
        project: Option<String>,
        /// The host that checkpoints name.
        #[arg(long, default_value = HOST)]
        host: String,
    },
}

/// A private key in the JSON form of RFC 8037.
#[derive(Serialize, Deserialize)]
struct Jwk {
    kty: String,
    crv: String,
    x: String,
    d: String,
}

/// Makes or shows. 0: done; 1: not.
pub fn run(args: Args) -> ExitCode {
    let done = match args.act {
        Act::Generate { out } => generate(&out),
        Act::Show { file, project, host } => show(&file, project.as_deref(), &host),
    };
    match done {
        Ok(text) => {
            super::print(&text);
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(1)
        }
    }
}

fn generate(out: &Path) -> Result<String, String> {
    let seed: [u8; 32] =
        entropy::fresh().map_err(|e| format!("could not make a key: the system gives no randomness: {e}"))?;
    let signer = Signer::from_seed(&seed);
    let (x, d) = (hash::encode(&signer.public().to_bytes()), hash::encode(&seed));
    let jwk = Jwk { kty: "OKP".into(), crv: "Ed25519".into(), x, d };
    let text = format!("{}\n", serde_json::to_string(&jwk).unwrap_or_default());
    folder::write_secret(out, text.as_bytes())
        .map_err(|e| format!("could not write {}: {}", out.display(), e.kind()))?;
    Ok(format!("{}\n", signer.device()))
}

fn show(file: &Path, project: Option<&str>, host: &str) -> Result<String, String> {
    let signer = read(file)?;
    let (device, key) = (signer.device(), signer.public());
    let witness = NoteKey { name: witness_name(host, &device), kind: Kind::Witness, key };
    let mut out = format!("did      {device}\nwitness  {}\n", witness.vkey());
    if let Some(text) = project {
        let project: ProjectId =
            EntryHash::parse(text).ok_or("could not use --project: not 43 characters of base64url")?.project();
        let log = NoteKey { name: origin(host, &project, &device), kind: Kind::Log, key };
        out.push_str(&format!("log      {}\n", log.vkey()));
    }
    Ok(out)
}

/// Reads a private key. A message never quotes the file.
pub(super) fn read(path: &Path) -> Result<Signer, String> {
    let jwk: Jwk = read_json(path)?;
    let seed: Option<[u8; 32]> = hash::decode(&jwk.d).and_then(|d| d.try_into().ok());
    let signer = seed.filter(|_| jwk.kty == "OKP" && jwk.crv == "Ed25519").map(|seed| Signer::from_seed(&seed));
    let fits = |s: &Signer| hash::encode(&s.public().to_bytes()) == jwk.x;
    signer.filter(fits).ok_or_else(|| format!("could not use {}: not an Ed25519 private key", path.display()))
}
