//! The terminal's door: reads arguments, calls the libraries, prints, and says by its exit code how it went (0: well,
//! 1: problems were found, 2: the arguments make no sense). Each subcommand is a module with `Args` and `run`.

mod exchange;
pub mod pii;
mod pii_apply;
mod pii_lines;
pub mod pull;
pub mod push;
pub mod score;
pub mod verify;

use clap::{Parser, Subcommand};
use std::io::Write;
use std::process::ExitCode;

/// Label, verify, score and move projects from the terminal.
#[derive(Parser)]
#[command(name = "countersign", version, about, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check the logs of a project: every byte, signature and link.
    Verify(verify::Args),
    /// How far annotators agree, with intervals: from a table of answers or from logs.
    Score(score::Args),
    /// Fetch a project's logs from an endpoint into a folder, verified.
    Pull(pull::Args),
    /// Send logs to an endpoint: a bucket or a WebDAV folder.
    Push(push::Args),
    /// Find personal data in texts, take it out, and put it back.
    Pii(pii::Args),
}

/// Reads the arguments and does what they say.
pub fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Verify(args) => verify::run(args),
        Command::Score(args) => score::run(args),
        Command::Pull(args) => pull::run(args),
        Command::Push(args) => push::run(args),
        Command::Pii(args) => pii::run(args),
    }
}

/// Writes to standard output. A reader that went away (`| head`) is no fault of ours; what was found is still in the exit
/// code.
pub(crate) fn print(text: &str) {
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}
