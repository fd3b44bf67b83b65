//! `countersign log show`: what happened, in sentences, one for each event, in the order of the fold.
//!
//! What was typed or marked stays out unless it is asked for: a terminal is often seen by others, and its lines are kept.

use super::clean;
use super::gather::Gathered;
use crate::domain::event::{Event, Fact};
use crate::domain::state::{Materials, State, fold};
use crate::log::{Severity, key, time};
use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// Look into logs.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    act: Act,
}

#[derive(clap::Subcommand)]
enum Act {
    /// What happened, in sentences, one for each event.
    Show(Show),
}

/// What happened, in sentences, one for each event.
#[derive(clap::Args)]
struct Show {
    /// Logs (`.jsonl`) or folders, as for `verify`.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Show what was answered, typed and given as reason, too.
    #[arg(long)]
    bodies: bool,
}

/// Prints. 0: all that is there; 1: a log does not stand or could not be read, and only what stands was shown.
pub fn run(args: Args) -> ExitCode {
    let Act::Show(args) = args.act;
    let all = Gathered::timeless(&args.paths);
    let mut stands = true;
    for (path, kind) in &all.unreadable {
        eprintln!("could not read {}: {kind}", path.display());
        stands = false;
    }
    for log in &all.logs {
        for problem in log.reader.problems().iter().filter(|p| p.severity == Severity::Error) {
            let place = problem.sequence.unwrap_or_default();
            eprintln!(
                "could not go on in {} at {place}: {problem}; `countersign verify` tells more",
                log.path.display()
            );
            stands = false;
        }
    }
    let mut events = all.events();
    let state = fold(Materials::default(), &mut events);
    let mut out = String::new();
    for event in &events {
        let _ = writeln!(out, "{}", sentence(event, &state, args.bodies));
    }
    super::print(&out);
    if stands { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

/// `2026-11-22T20:00:00.000Z ann-07 (…oMMsw, 3) answered task T1`.
fn sentence(event: &Event, state: &State, bodies: bool) -> String {
    let task = event.happening.task.as_ref().map_or("a task", |task| task.as_str());
    let did = match event.happening.fact.as_ref() {
        _ if state.is_erased(event) => format!("said something that was erased since ({})", event.happening.kind),
        Some(fact) => said(fact, task, bodies),
        None => format!("said something that is not here or not known ({})", event.happening.kind),
    };
    let mut out =
        format!("{} {} ({}, {}) ", time::to_text(event.time_ms), event.author, short(&event.device.0), event.sequence);
    out.push_str(&did);
    if let Some(role) = state.refusal(event) {
        let _ = write!(out, " [without the right of {}: changes nothing]", role_name(role));
    }
    clean(&out)
}

fn short(device: &str) -> String {
    format!("…{}", device.get(device.len().saturating_sub(6)..).unwrap_or(device))
}

fn counted(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn role_name(role: crate::domain::event::Role) -> &'static str {
    use crate::domain::event::Role::{Adjudicator, Admin, Annotator, Reviewer};
    match role {
        Admin => "an admin",
        Annotator => "an annotator",
        Reviewer => "a reviewer",
        Adjudicator => "an adjudicator",
    }
}

fn said(fact: &Fact, task: &str, bodies: bool) -> String {
    let text = |text: &str| if bodies { format!(": “{text}”") } else { String::new() };
    let json = |value: serde_json::Result<String>| text(&value.unwrap_or_default());
    match fact {
        Fact::ProjectCreated { name, admins } => {
            format!("began the project “{name}” with {}", counted(admins.len() as u64, "key"))
        }
        Fact::KeyRequested { .. } => "asked to take part".to_owned(),
        Fact::KeyGranted { key, authid, roles, .. } => {
            let roles: Vec<&str> = roles.iter().map(|role| role_name(*role)).collect();
            format!("let key {} take part for {authid} as {}", short(&key.0), roles.join(" and "))
        }
        Fact::KeyRevoked { key, lastsequence } => format!("revoked key {} behind {lastsequence}", short(&key.0)),
        Fact::ConfigPublished { digest } => format!("published the configuration {digest}"),
        Fact::PolicyPublished { digest } => format!("published the privacy policy {digest}"),
        Fact::GuidelinePublished { id, version, .. } => format!("published version {version} of the guideline {id}"),
        Fact::ModelRegistered { model } => format!("registered the model {model}"),
        Fact::TasksReleased { count, .. } => format!("released {}", counted(*count, "task")),
        Fact::AnswersImported { count, .. } => format!("imported {}", counted(*count, "answer")),
        Fact::TaskOpened {} => format!("opened task {task}"),
        Fact::AnnotationSubmitted { answers, .. } => {
            format!("answered task {task}{}", json(serde_json::to_string(answers)))
        }
        Fact::AnnotationCorrected { answers, .. } => {
            format!("corrected the answer to task {task}{}", json(serde_json::to_string(answers)))
        }
        Fact::AnnotationWithdrawn {} => format!("took the answer to task {task} back"),
        Fact::TaskSkipped { reason } => format!("skipped task {task}{}", text(reason)),
        Fact::RationaleGiven { text: why } => format!("said why about task {task}{}", text(why)),
        Fact::FieldRevealed { path, purpose } => format!("saw {path} of task {task} in clear{}", text(purpose)),
        Fact::ReviewPassed {} => format!("passed an answer to task {task}"),
        Fact::ReviewRejected { reason } => format!("rejected an answer to task {task}{}", text(reason)),
        Fact::CaseEscalated { reason } => format!("escalated task {task}{}", text(reason)),
        Fact::CaseAdjudicated { answers, over } => {
            let over = counted(over.len() as u64, "answer");
            format!("settled task {task} over {over}{}", json(serde_json::to_string(answers)))
        }
        Fact::DataErased { event, ground, .. } => format!("erased what event {event} said{}", text(ground)),
        Fact::PeersSeen { heads } => {
            let heads = heads.iter().map(|(device, size)| format!("{} to {size}", short(key::multibase(device))));
            format!("saw the logs {}", heads.collect::<Vec<_>>().join(", "))
        }
        Fact::LogClosed { log: None, .. } => "closed this log".to_owned(),
        Fact::LogClosed { log: Some(log), lastsequence } => {
            let last = lastsequence.map_or(String::new(), |last| format!(" behind {last}"));
            format!("closed the log of the lost key {}{last}", short(&log.0))
        }
    }
}
