//! `countersign pull`: fetches a project's logs from an endpoint into a folder, verified.
//!
//! The folder may hold an earlier pull: then only what is new is fetched, and a log that shrank or was rewritten since is
//! told. What does not verify is not written.

use super::exchange::{checkpoint_beside, exchange, load_log, load_releases, obey_erasures};
use super::place::Where;
use crate::domain::id::DeviceId;
use crate::log::{EntryHash, key};
use crate::platform::native::folder;
use crate::sync::{Care, Direction, HOST, Shelf};
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Fetch a project's logs from an endpoint into a folder, verified.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    place: Where,
    /// The project: the hash of its first entry, 43 characters.
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    project: String,
    /// The folder to write to; made where it is missing.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// A log to look for, where the endpoint does not list: did:key:z6Mk… of a device; may be given several times.
    /// Those that a log grants a key are looked for anyway.
    #[arg(long, value_name = "DEVICE")]
    log: Vec<String>,
    /// Print the outcome as JSON.
    #[arg(long)]
    json: bool,
}

/// Fetches. 0: all that is there is here; 1: something is wrong.
pub fn run(args: Args) -> ExitCode {
    match pull(&args) {
        Ok((text, ok)) => {
            super::print(&text);
            if ok { ExitCode::SUCCESS } else { ExitCode::from(1) }
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(1)
        }
    }
}

fn pull(args: &Args) -> Result<(String, bool), String> {
    let project = EntryHash::parse(&args.project).ok_or("could not use --project: not 43 characters of base64url")?;
    let remote = args.place.open()?;
    let shelf = Shelf::new(project.project(), HOST);
    for device in &args.log {
        let device = DeviceId(device.clone());
        let known = key::PublicKey::from_device(&device).is_ok();
        known.then(|| shelf.expect(&device)).ok_or("could not use --log: not a did:key of an Ed25519 key")?;
    }
    load(&shelf, &args.out)?;
    let outcome = exchange(&remote, &shelf, Direction::In, Care::Quick);
    obey_erasures(&shelf);
    save(&shelf, &args.out).map_err(|e| format!("could not write to {}: {}", args.out.display(), e.kind()))?;
    let text = if args.json { outcome.json() } else { outcome.text(&outcome.received()) };
    Ok((text, outcome.is_ok()))
}

fn load(shelf: &Shelf, out: &Path) -> Result<(), String> {
    for path in folder::with_ending(out, "jsonl").map_err(|e| super::exchange::unread(out, &e))? {
        load_log(shelf, &path)?;
        // kept for the note's sake; a pull publishes nothing
        if let (Some(bytes), Some((device, _))) = (checkpoint_beside(&path)?, super::exchange::device_of(&path)?) {
            shelf.keep_checkpoint(&device, bytes);
        }
    }
    load_releases(shelf, out)
}

fn save(shelf: &Shelf, out: &Path) -> io::Result<()> {
    let file = |device: &DeviceId, ending: &str| out.join(format!("{}.{ending}", key::multibase(device)));
    for (digest, bytes) in shelf.all_releases() {
        folder::write(&out.join("release").join(digest.hex()), &bytes)?;
    }
    for device in shelf.devices() {
        folder::write(&file(&device, "jsonl"), &shelf.lines(&device))?;
        if let Some(bytes) = shelf.kept_checkpoint(&device) {
            folder::write(&file(&device, "checkpoint"), &bytes)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::ProjectId;

    #[test]
    fn a_project_is_named_as_its_hash() {
        let id = ProjectId::from("UEGCytCU6pr4NPYO14NAqdXAtK1yOBoVyi6IcZlDJQ8");
        assert_eq!(EntryHash::parse(id.as_str()).map(|h| h.project()), Some(id));
    }
}
