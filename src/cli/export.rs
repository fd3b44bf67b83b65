//! `countersign export`: what logs say, in other people's forms. PROV-JSON so far.

use super::{prov, replay};
use crate::domain::state::{Materials, fold};
use std::path::PathBuf;
use std::process::ExitCode;

/// Write what logs say in another form.
#[derive(clap::Args)]
pub struct Args {
    /// Logs (`.jsonl`) or folders, as for `verify`; all of one project.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// As W3C PROV-JSON: who did what, with which device, by which guideline, using which task and model.
    #[arg(long, required = true)]
    prov: bool,
}

/// Prints the export. 0: done; 1: the logs do not stand.
pub fn run(args: Args) -> ExitCode {
    match replay::stand(&args.paths, "export") {
        Ok((mut events, _)) => {
            let state = fold(Materials::default(), &mut events);
            super::print(&format!("{:#}\n", prov::document(&events, &state)));
            let left_out = events.iter().filter(|event| state.refusal(event).is_some()).count();
            if left_out > 0 {
                eprintln!("left out: {left_out} events that had no right to be; `countersign verify` names them");
            }
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(1)
        }
    }
}
