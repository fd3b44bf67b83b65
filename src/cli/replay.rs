//! `countersign replay`: the folded state of logs as canonical JSON, and its SHA-256. The same bytes give the same output on
//! every machine, whenever, and in whatever order the files are given, so two people compare one line.

use super::gather::Gathered;
use crate::domain::event::Event;
use crate::domain::id::EventId;
use crate::domain::state::{Materials, State, fold};
use crate::engine::snapshot;
use crate::log::{Against, EntryHash, Report, verify_logs};
use std::path::PathBuf;
use std::process::ExitCode;

/// The folded state of logs, as canonical JSON, and its SHA-256.
#[derive(clap::Args)]
pub struct Args {
    /// Logs (`.jsonl`) or folders, as for `verify`; all of one project.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Fold no further than this event, in the order of all logs.
    #[arg(long, value_name = "ID")]
    until: Option<String>,
}

/// Prints two lines: the state, and `sha256 <hex>` of the first. 0: done; 1: the logs do not stand, or lack the event.
pub fn run(args: Args) -> ExitCode {
    match state_of(&args.paths, args.until.map(EventId)) {
        Ok(state) => {
            let bytes = snapshot::bytes(&state);
            let text = String::from_utf8_lossy(&bytes);
            super::print(&format!("{text}\nsha256 {}\n", EntryHash::of(&bytes).hex()));
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(1)
        }
    }
}

/// The events of logs that stand, each once, in the order of the fold, with a body wherever any file has it; and the report
/// that says they stand.
pub(super) fn stand(paths: &[PathBuf], verb: &str) -> Result<(Vec<Event>, Report), String> {
    let all = Gathered::timeless(paths);
    if let Some((path, kind)) = all.unreadable.first() {
        return Err(format!("could not read {}: {kind}", path.display()));
    }
    let events = all.events();
    let readers = all.logs.into_iter().map(|log| log.reader).collect();
    let report = verify_logs(readers, &Against { checkpoints: all.checkpoints, ..Against::default() });
    if !report.ok {
        return Err(format!("could not {verb}: the logs do not stand; `countersign verify` says where"));
    }
    Ok((events, report))
}

fn state_of(paths: &[PathBuf], until: Option<EventId>) -> Result<State, String> {
    let (mut events, _) = stand(paths, "replay")?;
    if let Some(until) = until {
        let last = events.iter().position(|event| event.id == until);
        let last =
            last.ok_or("could not replay: no event of these logs has that id; `countersign log show` lists them")?;
        events.truncate(last + 1);
    }
    Ok(fold(Materials::default(), &mut events))
}
