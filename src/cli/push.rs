//! `countersign push`: sends logs from files to an endpoint.
//!
//! A log is sent as far as the checkpoint beside it says (`a.checkpoint` beside `a.jsonl`, as `pull` leaves it), or whole
//! where its key is given. Nothing that does not verify is sent.

use super::exchange::{
    Where, checkpoint_beside, device_of, exchange, load_log, load_releases, obey_erasures, publishable,
};
use crate::domain::id::ProjectId;
use crate::platform::native::folder;
use crate::sync::{Care, Direction, HOST, Shelf};
use std::path::PathBuf;
use std::process::ExitCode;

/// Send logs to an endpoint: a bucket or a WebDAV folder.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    place: Where,
    /// Log files (`.jsonl`), or a folder as `pull` leaves it; all of one project.
    #[arg(required = true, value_name = "DIR|FILE")]
    paths: Vec<PathBuf>,
    /// A private key as JWK (RFC 8037), to sign the checkpoint of its log; may be given several times.
    #[arg(long, value_name = "FILE")]
    key: Vec<PathBuf>,
    /// Send everything again, also what seems to be there: mends objects that were cut short or changed.
    #[arg(long)]
    whole: bool,
    /// Print the outcome as JSON.
    #[arg(long)]
    json: bool,
}

/// Sends. 0: all is there; 1: something is wrong or pending.
pub fn run(args: Args) -> ExitCode {
    match push(&args) {
        Ok((text, true)) => {
            super::print(&text);
            ExitCode::SUCCESS
        }
        Ok((text, false)) => {
            super::print(&text);
            ExitCode::from(1)
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(1)
        }
    }
}

fn push(args: &Args) -> Result<(String, bool), String> {
    let remote = args.place.open()?;
    let logs = log_files(&args.paths)?;
    let shelf = Shelf::new(project_of(&logs)?, HOST);
    for path in &logs {
        load_log(&shelf, path)?;
    }
    for path in &args.key {
        shelf.add_key(super::key::read(path)?);
    }
    let mut unsent = Vec::new();
    for path in &logs {
        let Some((device, _)) = device_of(path)? else { continue };
        match checkpoint_beside(path)? {
            Some(bytes) => shelf
                .add_checkpoint(&device, &bytes)
                .map_err(|e| format!("could not use the checkpoint beside {}: {e}", path.display()))?,
            None => unsent.push((path, device)),
        }
    }
    let sendable = publishable(&shelf);
    if sendable == 0 {
        return Err("could not send: no log has a checkpoint beside it, and no --key of one was given".to_owned());
    }
    for folder in args.paths.iter().filter(|p| folder::is_folder(p)) {
        load_releases(&shelf, folder)?;
    }
    obey_erasures(&shelf);
    let care = if args.whole { Care::Whole } else { Care::Listed };
    let outcome = exchange(&remote, &shelf, Direction::Out, care);
    let text = if args.json { outcome.json() } else { outcome.text(&outcome.sent()) };
    let keys: Vec<_> = args.key.iter().filter_map(|p| super::key::read(p).ok()).map(|k| k.device()).collect();
    for (path, _) in unsent.iter().filter(|(_, device)| !keys.contains(device)) {
        eprintln!("not sent: {}: no checkpoint beside it and no --key", path.display());
    }
    Ok((text, outcome.is_ok()))
}

fn log_files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, String> {
    let mut logs = Vec::new();
    for path in paths {
        if folder::is_folder(path) {
            logs.extend(folder::with_ending(path, "jsonl").map_err(|e| super::exchange::unread(path, &e))?);
        } else {
            logs.push(path.clone());
        }
    }
    if logs.is_empty() { Err("could not send: the folder holds no logs (.jsonl)".to_owned()) } else { Ok(logs) }
}

fn project_of(logs: &[PathBuf]) -> Result<ProjectId, String> {
    let mut found: Option<ProjectId> = None;
    for path in logs {
        let project = device_of(path)?.and_then(|(_, project)| project);
        match (&found, project) {
            (Some(known), Some(other)) if *known != other => {
                return Err(format!("could not send: {} belongs to another project", path.display()));
            }
            (None, Some(project)) => found = Some(project),
            _ => {}
        }
    }
    found.ok_or_else(|| "could not send: no log names a project".to_owned())
}
