//! `countersign check`: whether an endpoint can be used, what is wrong with it, and the rule to paste.

use super::exchange::runtime;
use super::place::{Target, read};
use crate::platform::endpoint::check::{self, Findings};
use crate::platform::native::clock;
use crate::sync::{Credentials, Endpoint, Place};
use std::path::PathBuf;
use std::process::ExitCode;

/// Look whether an endpoint can be used, and say what is wrong with it.
#[derive(clap::Args)]
pub struct Args {
    /// The endpoint as JSON, as `push` and `pull` take it.
    #[arg(value_name = "CONFIG")]
    endpoint: PathBuf,
    /// Credentials as JSON; without it from the environment, as for `push`.
    #[arg(long, value_name = "FILE")]
    credentials: Option<PathBuf>,
    /// Also what a browser would say to a page of this origin, e.g. https://label.example.org.
    #[arg(long, value_name = "ORIGIN")]
    page: Option<String>,
    /// Print the findings as JSON.
    #[arg(long)]
    json: bool,
}

/// Looks. 0: all is well; 1: something is not.
pub fn run(args: Args) -> ExitCode {
    match look(&args) {
        Ok(found) => {
            let json = || format!("{:#}\n", serde_json::to_value(&found).unwrap_or_default());
            super::print(&if args.json { json() } else { text(&found) });
            if found.ok { ExitCode::SUCCESS } else { ExitCode::from(1) }
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(1)
        }
    }
}

fn look(args: &Args) -> Result<Findings, String> {
    let (endpoint, credentials) = read(&args.endpoint, args.credentials.as_deref())?;
    endpoint.check().map_err(|e| format!("could not {e}"))?;
    let page = args.page.as_deref().map(crate::sync::config::origin).transpose();
    let page = page.map_err(|_| "could not use --page: not an origin such as https://label.example.org")?;
    let runtime = runtime().map_err(|e| format!("could not check: {}", e.kind()))?;
    runtime.block_on(all(&endpoint, &credentials, page.as_deref()))
}

async fn all(endpoint: &Endpoint, credentials: &Credentials, page: Option<&str>) -> Result<Findings, String> {
    let mut found = check::outside(endpoint, page, clock::now_ms()).await;
    let reached = found.steps.iter().all(|step| step.what != "reach" || step.ok);
    // a webhook takes events and nothing else: there is nothing to try without sending one
    if reached && !matches!(endpoint.place, Place::Webhook { .. }) {
        let target = Target::open(endpoint, credentials).map_err(|e| format!("could not {e}"))?;
        let inside = check::storage(&target).await;
        found.ok &= inside.ok;
        found.steps.extend(inside.steps);
    }
    Ok(found)
}

/// For people: a line for each step, then the rule.
fn text(found: &Findings) -> String {
    let mark = |ok: bool| if ok { "ok" } else { "WRONG" };
    let mut out: String =
        found.steps.iter().map(|s| format!("{:<6} {:<15} {}\n", mark(s.ok), s.what, s.text)).collect();
    if let Some(rule) = &found.rule {
        out.push_str(&format!("\npaste this rule at the endpoint:\n\n{rule}"));
    }
    out
}
