//! The terminal's door: reads arguments, calls the libraries, prints, and says by its exit code how it went (0: well,
//! 1: problems were found, 2: the arguments make no sense). Each subcommand is a module with `Args` and `run`.

pub mod agreement;
pub mod anchor;
mod answers;
pub mod attest;
pub mod check;
pub mod consensus;
mod exchange;
pub mod export;
mod gather;
pub mod key;
pub mod log;
pub mod next;
pub mod pii;
mod pii_apply;
mod pii_lines;
mod place;
mod prov;
pub mod pull;
pub mod push;
pub mod quality;
pub mod replay;
pub mod score;
pub mod shell;
pub mod verify;
pub mod witness;

use clap::{CommandFactory, Parser, Subcommand};
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
    /// Look whether an endpoint can be used, and say what is wrong with it.
    Check(check::Args),
    /// How far annotators agree, with intervals: from a table of answers or from logs.
    Agreement(agreement::Args),
    /// One answer for each item out of what several annotators said.
    Consensus(consensus::Args),
    /// How good each annotator is, and how hard each item.
    Quality(quality::Args),
    /// Whom to ask about which item next, and whether to ask at all.
    Next(next::Args),
    /// Answer requests for single metrics: one JSON object a line in, one a line out.
    Score(score::Args),
    /// Fetch a project's logs from an endpoint into a folder, verified.
    Pull(pull::Args),
    /// Send logs to an endpoint: a bucket, a container, a folder, a table of rows, or a webhook.
    Push(push::Args),
    /// Look into logs.
    Log(log::Args),
    /// The folded state of logs, as canonical JSON, and its SHA-256.
    Replay(replay::Args),
    /// Countersign the checkpoints of others' logs that are here whole.
    Witness(witness::Args),
    /// Make a request for a time stamp over a checkpoint.
    Anchor(anchor::Args),
    /// Sign a statement about exported files: which logs they came from.
    Attest(attest::Args),
    /// Write what logs say in another form.
    Export(export::Args),
    /// Make a key, or show the names of one.
    Key(key::Args),
    /// Print completions for a shell.
    Completions(shell::Completions),
    /// Print the man page.
    Man(shell::Man),
    /// Find personal data in texts, take it out, and put it back.
    Pii(pii::Args),
}

/// Reads the arguments and does what they say.
pub fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Verify(args) => verify::run(args),
        Command::Check(args) => check::run(args),
        Command::Agreement(args) => agreement::run(&args),
        Command::Consensus(args) => consensus::run(&args),
        Command::Quality(args) => quality::run(&args),
        Command::Next(args) => next::run(&args),
        Command::Score(args) => score::run(&args),
        Command::Pull(args) => pull::run(args),
        Command::Push(args) => push::run(args),
        Command::Log(args) => log::run(args),
        Command::Replay(args) => replay::run(args),
        Command::Witness(args) => witness::run(args),
        Command::Anchor(args) => anchor::run(args),
        Command::Attest(args) => attest::run(args),
        Command::Export(args) => export::run(args),
        Command::Key(args) => key::run(args),
        Command::Completions(args) => shell::completions(args, Cli::command()),
        Command::Man(args) => shell::man(args, Cli::command()),
        Command::Pii(args) => pii::run(args),
    }
}

/// Writes to standard output. A reader that went away (`| head`) is no fault of ours; what was found is still in the exit
/// code.
pub(crate) fn print(text: &str) {
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// Prints what was found, or says why nothing was: 0 or 1.
fn finish(done: Result<String, String>) -> ExitCode {
    match done {
        Ok(text) => {
            print(&text);
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(1)
        }
    }
}

/// Text of a file, fit for a terminal.
pub(crate) fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
