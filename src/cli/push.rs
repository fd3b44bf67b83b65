//! `countersign push`: sends logs from files to an endpoint.
//!
//! A log is sent as far as the checkpoint beside it says (`a.checkpoint` beside `a.jsonl`, as `pull` leaves it), or whole
//! where its key is given. Nothing that does not verify is sent.

use super::exchange::{
    Outcome, checkpoint_beside, device_of, exchange, load_log, load_releases, obey_erasures, outcome, publishable,
    read_json, runtime, unread,
};
use super::place::Where;
use crate::domain::id::ProjectId;
use crate::platform::endpoint::Hook;
use crate::platform::native::{clock, folder};
use crate::sync::webhook::{Cursor, deliver};
use crate::sync::{Care, Direction, HOST, Shelf, Tally};
use std::path::PathBuf;
use std::process::ExitCode;

/// Send logs to an endpoint: a bucket, a container, a folder, a table of rows, or a webhook.
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
    /// For a webhook, which cannot be asked: the file that says how far it got, made where it is missing.
    #[arg(long, value_name = "FILE")]
    delivered: Option<PathBuf>,
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
    let hook = args.place.open_webhook()?;
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
    let outcome = match hook {
        Some(hook) => deliver_to(&hook, &shelf, args)?,
        None => {
            let care = if args.whole { Care::Whole } else { Care::Listed };
            exchange(&args.place.open()?, &shelf, Direction::Out, care)
        }
    };
    let text = if args.json { outcome.json() } else { outcome.text(&outcome.sent()) };
    let keys: Vec<_> = args.key.iter().filter_map(|p| super::key::read(p).ok()).map(|k| k.device()).collect();
    for (path, _) in unsent.iter().filter(|(_, device)| !keys.contains(device)) {
        eprintln!("not sent: {}: no checkpoint beside it and no --key", path.display());
    }
    Ok((text, outcome.is_ok()))
}

/// Sends events to a webhook, and keeps how far it got.
fn deliver_to(hook: &Hook, shelf: &Shelf, args: &Args) -> Result<Outcome, String> {
    let path = args
        .delivered
        .as_deref()
        .ok_or("could not send: a webhook needs --delivered, a file that says how far it got")?;
    let mut cursor = if folder::is_file(path) && !args.whole { read_json(path)? } else { Cursor::default() };
    let runtime = runtime().map_err(|e| format!("could not send: {}", e.kind()))?;
    let mut tally = Tally::default();
    let sent = runtime.block_on(deliver(hook, shelf, hook.mode(), &mut cursor, clock::now_ms(), &mut tally));
    let kept = serde_json::to_vec(&cursor).map_err(|_| "could not write how far it got".to_owned())?;
    folder::write(path, &kept).map_err(|e| format!("could not write {}: {}", path.display(), e.kind()))?;
    Ok(outcome(tally, sent.err()))
}

fn log_files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, String> {
    let mut logs = Vec::new();
    for path in paths {
        if folder::is_folder(path) {
            logs.extend(folder::with_ending(path, "jsonl").map_err(|e| unread(path, &e))?);
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
