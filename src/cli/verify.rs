//! `countersign verify`: whether logs stand, entry by entry and against each other, and what that does not show.

use super::gather::{Gathered, again};
use crate::domain::id::DeviceId;
use crate::log::anchor::MAX_TOKEN_BYTES;
use crate::log::{Against, Code, Evidence, LogReport, Problem, Report, Severity, time, verify_logs};
use crate::platform::native::files;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What signatures and chains cannot show, whatever was checked.
const LIMITS: [&str; 5] = [
    "that an answer is right: a person can sign a false label",
    "that nothing is missing: a device that never gave its log away is not seen, and one log alone may lack its tail",
    "that a time is true: it is the device's claim, bounded only by witnesses",
    "that participants did not agree to rewrite: if all who hold copies collude, no copy tells",
    "who a pseudonym is, or who sat at the device",
];

/// Check the logs of a project: every byte, signature and link.
#[derive(clap::Args)]
pub struct Args {
    /// Logs, one canonical event a line (`.jsonl`), one or several in a file; or a folder: as `pull` leaves it, or in the
    /// storage layout (checkpoints, tiles, bodies); or the address of a project's folder on a WebDAV server, with the
    /// credentials of the environment as for `pull`. All of one project.
    #[arg(required = true, value_name = "PATH|URL")]
    paths: Vec<PathBuf>,
    /// A signed checkpoint of one of the logs; may be given several times.
    #[arg(long, value_name = "FILE")]
    checkpoint: Vec<PathBuf>,
    /// Fail unless N other participants countersigned a checkpoint of each log's whole length.
    #[arg(long, value_name = "N", default_value_t = 0)]
    require_witness: usize,
    /// A time anchor over one of the checkpoints: an RFC 3161 reply or token; may be given several times. Its authority's
    /// signature is for `openssl ts -verify` to check.
    #[arg(long, value_name = "FILE")]
    anchor: Vec<PathBuf>,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

/// Verifies and prints. 0: no errors; 1: errors, or a file could not be read.
pub fn run(args: Args) -> ExitCode {
    let mut all = Gathered::of(&args.paths);
    args.checkpoint.iter().for_each(|path| all.checkpoint(path));
    let mut anchors = Vec::new();
    for path in &args.anchor {
        match files::read(path, MAX_TOKEN_BYTES as u64) {
            Ok(bytes) => anchors.push(bytes),
            Err(error) => all.unreadable.push((path.clone(), error.kind().to_string())),
        }
    }
    let Gathered { logs, checkpoints, unreadable, .. } = all;
    let (paths, readers): (Vec<_>, Vec<_>) = logs.into_iter().map(|log| (log.path, log.reader)).unzip();
    let mut report = verify_logs(readers, &Against { checkpoints, anchors, require_witnesses: args.require_witness });
    show_entries(&mut report, &paths);
    super::print(&if args.json { json(&report, &paths, &unreadable) } else { text(&report, &paths, &unreadable) });
    if report.ok && unreadable.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

/// Reads the files of forked logs once more, for the bytes of both entries.
fn show_entries(report: &mut Report, paths: &[PathBuf]) {
    for evidence in &mut report.evidence {
        let wanted: BTreeSet<usize> = evidence.entries.iter().map(|entry| entry.file).collect();
        for (file, path) in wanted.into_iter().filter_map(|file| Some((file, paths.get(file)?))) {
            again(path, |line| evidence.fill(file, line));
        }
    }
}

type Unreadable = [(PathBuf, String)];

fn json(report: &Report, paths: &[PathBuf], unreadable: &Unreadable) -> String {
    let mut value = serde_json::to_value(report).unwrap_or_default();
    let name = |path: &PathBuf| Value::String(path.display().to_string());
    let unread = |(path, kind): &(PathBuf, _)| json!({ "file": name(path), "code": Code::Unreadable, "detail": kind });
    if let Some(map) = value.as_object_mut() {
        map.insert("ok".into(), (report.ok && unreadable.is_empty()).into());
        map.insert("events".into(), report.entries.into());
        map.insert("files".into(), paths.iter().map(name).collect());
        map.insert("unreadable".into(), unreadable.iter().map(unread).collect());
        map.insert("not_shown".into(), LIMITS.iter().copied().collect());
        if let Some(problems) = map.get_mut("problems").and_then(Value::as_array_mut) {
            problems.extend(unreadable.iter().map(|(_, kind)| {
                let (code, severity) = (Code::Unreadable, Severity::Error);
                json!({ "code": code, "severity": severity, "log": null, "sequence": null, "detail": kind })
            }));
        }
    }
    format!("{value:#}\n")
}

fn text(report: &Report, paths: &[PathBuf], unreadable: &Unreadable) -> String {
    let mut out = String::new();
    for (log, path) in report.logs.iter().zip(paths) {
        describe(&mut out, log, path);
    }
    for (path, kind) in unreadable {
        let _ = writeln!(out, "{}\n  error    unreadable  {kind}\n", path.display());
    }
    let unplaced: Vec<&Problem> = report.problems.iter().filter(|p| p.file.is_none()).collect();
    unplaced.iter().for_each(|problem| describe_problem(&mut out, problem));
    if !unplaced.is_empty() {
        out.push('\n');
    }
    report.evidence.iter().for_each(|evidence| describe_evidence(&mut out, evidence));
    for anchor in &report.anchors {
        let (when, digest) = (time::to_text(anchor.time_ms), &anchor.digest);
        let _ = writeln!(out, "anchor   {} to {} entries by {when}, says the token", anchor.log, anchor.size);
        let _ = writeln!(out, "         openssl ts -verify -digest {digest} -in TOKEN -CAfile AUTHORITY\n");
    }
    let verdict = if report.ok && unreadable.is_empty() { "ok" } else { "not ok" };
    let (errors, warnings) = (report.errors + unreadable.len(), report.warnings);
    let logs = report.logs.iter().filter_map(|log| log.log.as_ref()).collect::<BTreeSet<_>>().len();
    let counts =
        [(logs as u64, "log"), (report.entries, "entr"), (errors as u64, "error"), (warnings as u64, "warning")];
    let counts: Vec<String> = counts.iter().map(|(count, noun)| plural(*count, noun)).collect();
    let _ = writeln!(out, "{verdict}: {}", counts.join(", "));
    if let Some(project) = &report.project {
        let _ = writeln!(out, "project {project}");
    }
    out.push_str("\nWhat signatures cannot show:\n");
    for limit in LIMITS {
        let _ = writeln!(out, "- {limit}");
    }
    out
}

/// The two things that cannot both be true, side by side. `--json` gives them whole.
fn describe_evidence(out: &mut String, evidence: &Evidence) {
    let _ = writeln!(out, "evidence {} at ({}, {})", evidence.code, evidence.log, evidence.sequence);
    for entry in &evidence.entries {
        let _ = writeln!(out, "  signed  {}", entry.hash);
    }
    for head in &evidence.heads {
        let root = head.root.as_deref().map_or(String::new(), |root| format!(", root {root}"));
        let by = match (&head.by, &head.checkpoint) {
            (Some(by), _) => format!(", says {by}"),
            (None, Some(_)) => ", says a signed checkpoint".to_owned(),
            (None, None) => ", as it is here".to_owned(),
        };
        let _ = writeln!(out, "  head    {}{root}{by}", plural(head.size, "entr"));
    }
    out.push('\n');
}

fn plural(count: u64, noun: &str) -> String {
    let ending = match (noun.ends_with("entr"), count) {
        (true, 1) => "y",
        (true, _) => "ies",
        (false, 1) => "",
        (false, _) => "s",
    };
    format!("{count} {noun}{ending}")
}

fn describe(out: &mut String, log: &LogReport, path: &Path) {
    let _ = writeln!(out, "{}", path.display());
    if let Some(device) = &log.log {
        let _ = writeln!(out, "  log      {device}");
    }
    let _ = writeln!(out, "  entries  {}", log.entries);
    if let Some(head) = &log.head {
        let _ = writeln!(out, "  head     {head}\n  root     {}", log.root);
    }
    if let (Some(first), Some(last)) = (log.first_ms, log.last_ms) {
        let _ = writeln!(out, "  time     {} to {}", time::to_text(first), time::to_text(last));
    }
    for witness in &log.witnesses {
        let _ = writeln!(out, "  witness  {witness}");
    }
    for problem in &log.problems {
        describe_problem(out, problem);
    }
    if log.unchecked > 0 {
        let _ = writeln!(out, "  {} not looked at after that", plural(log.unchecked, "line"));
    }
    out.push('\n');
}

fn describe_problem(out: &mut String, problem: &Problem) {
    let severity = match problem.severity {
        Severity::Error => "error  ",
        Severity::Warning => "warning",
        Severity::Note => "note   ",
    };
    let log = problem.log.as_ref().map_or("unknown log", DeviceId::as_str);
    let sequence = problem.sequence.map_or(String::new(), |sequence| format!(", {sequence}"));
    let _ = writeln!(out, "  {severity}  {} at ({log}{sequence}): {}", problem.code, problem.detail);
}
