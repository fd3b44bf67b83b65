//! `countersign verify`: whether logs stand, entry by entry and against each other, and what that does not show.

use crate::domain::id::DeviceId;
use crate::log::limits::MAX_LONG_LINE_BYTES;
use crate::log::{Against, Code, FileReader, LogReport, Problem, Report, Severity, checkpoint, time, verify_logs};
use crate::platform::native::{clock, files};
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
    /// Logs, one canonical event a line (`.jsonl`), or several logs one after the other. All of one project.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// A signed checkpoint of one of the logs; may be given several times.
    #[arg(long, value_name = "FILE")]
    checkpoint: Vec<PathBuf>,
    /// Fail unless N other participants countersigned a checkpoint of each log's whole length.
    #[arg(long, value_name = "N", default_value_t = 0)]
    require_witness: usize,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

/// Verifies and prints. 0: no errors; 1: errors, or a file could not be read.
pub fn run(args: Args) -> ExitCode {
    let mut unreadable = Vec::new();
    let mut note = |path: &Path, error: std::io::Error| unreadable.push((path.to_owned(), error.kind()));
    let now_ms = clock::now_ms();
    let (mut paths, mut readers) = (Vec::new(), Vec::new());
    for path in &args.files {
        let mut reader = FileReader::new(Some(now_ms));
        match files::each_line(path, MAX_LONG_LINE_BYTES, |line| reader.push(line)) {
            Ok(()) => {
                let logs = reader.logs();
                paths.extend(std::iter::repeat_n(path.clone(), logs.len()));
                readers.extend(logs);
            }
            Err(error) => note(path, error),
        }
    }
    let mut against = Against { checkpoints: Vec::new(), require_witnesses: args.require_witness };
    for path in &args.checkpoint {
        match files::read(path, checkpoint::MAX_NOTE_BYTES as u64) {
            Ok(bytes) => against.checkpoints.push(bytes),
            Err(error) => note(path, error),
        }
    }
    let report = verify_logs(readers, &against);
    super::print(&if args.json { json(&report, &paths, &unreadable) } else { text(&report, &paths, &unreadable) });
    if report.ok && unreadable.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

type Unreadable = [(PathBuf, std::io::ErrorKind)];

fn json(report: &Report, paths: &[PathBuf], unreadable: &Unreadable) -> String {
    let mut value = serde_json::to_value(report).unwrap_or_default();
    let name = |path: &PathBuf| serde_json::Value::String(path.display().to_string());
    let unread = |(path, kind): &(PathBuf, _)| serde_json::json!({ "file": name(path), "code": Code::Unreadable, "detail": format!("{kind}") });
    if let Some(map) = value.as_object_mut() {
        map.insert("ok".into(), (report.ok && unreadable.is_empty()).into());
        map.insert("files".into(), paths.iter().map(name).collect());
        map.insert("unreadable".into(), unreadable.iter().map(unread).collect());
        map.insert("not_shown".into(), LIMITS.iter().copied().collect());
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
    let verdict = if report.ok && unreadable.is_empty() { "ok" } else { "not ok" };
    let (errors, warnings) = (report.errors + unreadable.len(), report.warnings);
    let logs = report.logs.iter().filter_map(|log| log.log.as_ref()).collect::<std::collections::BTreeSet<_>>().len();
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
