//! `countersign completions` and `countersign man`: made from the arguments themselves, so that they cannot disagree.

use clap::Command;
use clap_complete::Shell;
use std::process::ExitCode;

/// Completions for a shell, to its standard place or `source`d.
#[derive(clap::Args)]
pub struct Completions {
    /// The shell.
    shell: Shell,
}

/// The man page, as roff: `countersign man | man -l -`.
#[derive(clap::Args)]
pub struct Man {}

/// Prints the completions.
pub fn completions(args: Completions, mut command: Command) -> ExitCode {
    let mut out = Vec::new();
    clap_complete::generate(args.shell, &mut command, "countersign", &mut out);
    super::print(&String::from_utf8_lossy(&out));
    ExitCode::SUCCESS
}

/// Prints the man page: the tool's own, then one section for each subcommand.
pub fn man(_: Man, mut command: Command) -> ExitCode {
    command.build();
    let mut out = Vec::new();
    let written = clap_mangen::Man::new(command.clone()).render(&mut out).and_then(|()| {
        command.get_subcommands().try_for_each(|sub| {
            let name = sub.get_name().to_owned();
            out.extend_from_slice(format!(".SH \"COUNTERSIGN {}\"\n", name.to_uppercase()).as_bytes());
            let page = clap_mangen::Man::new(sub.clone());
            page.render_description_section(&mut out)?;
            page.render_options_section(&mut out)
        })
    });
    super::print(&String::from_utf8_lossy(&out));
    if written.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(1) }
}
