//! `countersign score`: how far annotators agree, from a CSV of `item,annotator,label` or from the logs of a project.
//!
//! Logs are verified first: figures over answers that nobody signed would mean nothing. What is scored is what people said
//! before adjudication. Names out of files are printed without control characters, since a terminal obeys some.

use crate::agreement::alpha::{self, Level};
use crate::agreement::answers::{self, Disagreement};
use crate::agreement::kappa::{self, Weights};
use crate::agreement::{Method, Plan, Score, Table, percent, unwatched};
use crate::domain::annotation::{Answer, Value};
use crate::domain::complaint::Complaint;
use crate::domain::schema::{Control, ControlKind, TextPurpose};
use crate::domain::state::{State, WorkStatus};
use crate::format::crowd;
use crate::labeling;
use crate::log::limits::MAX_LONG_LINE_BYTES;
use crate::log::{Against, FileReader, verify_and_fold};
use crate::platform::native::{clock, files};
use serde_json::{Map, json};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// How far annotators agree: one CSV with the columns item, annotator and label, or the logs of one project.
#[derive(clap::Args)]
pub struct Args {
    /// One table of answers (`.csv`), or logs (`.jsonl`), all of one project.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The labeling configuration (XML) that logs were made with: says which controls there are and which ask for a
    /// set. Without it that is taken from the answers.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Level of measurement of the labels of a table, for alpha.
    #[arg(long, value_enum, default_value_t)]
    level: LevelArg,
    /// Resamples of the bootstrap.
    #[arg(long, value_name = "N", default_value_t = Plan::default().resamples, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    resamples: u32,
    /// List the items on which annotators differ.
    #[arg(long)]
    disagreements: bool,
    /// Print as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Default, clap::ValueEnum)]
enum LevelArg {
    #[default]
    Nominal,
    Ordinal,
    Interval,
    Ratio,
}

impl LevelArg {
    fn level(self) -> (&'static str, Level<'static>) {
        match self {
            Self::Nominal => ("alpha_nominal", Level::Nominal),
            Self::Ordinal => ("alpha_ordinal", Level::Ordinal),
            Self::Interval => ("alpha_interval", Level::Interval),
            Self::Ratio => ("alpha_ratio", Level::Ratio),
        }
    }
}

/// What is printed of one control, or of a table.
struct Scored {
    name: String,
    items: u32,
    compared: u32,
    annotators: u32,
    figures: Vec<(&'static str, Score)>,
    disagreements: Vec<(String, Vec<(String, String)>)>,
}

/// Scores and prints. 0: done; 1: a file could not be read, or the logs do not stand.
pub fn run(args: Args) -> ExitCode {
    let plan = Plan { resamples: args.resamples, ..Plan::default() };
    let is_table = |path: &PathBuf| path.extension().is_some_and(|e| e.eq_ignore_ascii_case("csv"));
    let scored = match args.files.as_slice() {
        [path] if is_table(path) => of_table(path, args.level, &plan),
        files if files.iter().any(is_table) => Err("could not score: give one table, or logs alone".to_owned()),
        files => of_logs(files, args.config.as_deref(), &plan),
    };
    match scored {
        Ok((scored, complaints)) => {
            let show = if args.json { as_json } else { as_text };
            super::print(&show(&scored, &complaints, args.disagreements));
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(1)
        }
    }
}

type Found = Result<(Vec<Scored>, Vec<Complaint>), String>;

fn of_table(path: &Path, level: LevelArg, plan: &Plan) -> Found {
    let bytes = files::read(path, crowd::MAX_BYTES as u64).map_err(|e| unread(path, &e))?;
    let labels = crowd::read(&bytes).map_err(|e| unread(path, &e))?;
    let rows = labels.rows.iter().map(|r| (r.item.as_str(), r.annotator.as_str(), r.label.as_str()));
    let (table, repeats) = Table::from_rows(rows);
    let (code, level) = level.level();
    let cancelled = |e| format!("could not finish: {e}");
    let mut figures = vec![
        ("percent", percent::agreement(&table, plan, &mut unwatched()).map_err(cancelled)?),
        (code, alpha::of(&table, level, plan, &mut unwatched()).map_err(cancelled)?),
    ];
    if table.annotators().len() == 2 {
        figures.push(("cohen_kappa", kappa::of_two(&table, Weights::Identity)));
    }
    let scored = Scored {
        name: path.display().to_string(),
        items: table.items().len() as u32,
        compared: table.by_item().filter(|ratings| ratings.len() >= 2).count() as u32,
        annotators: table.annotators().len() as u32,
        figures,
        disagreements: differing(&table),
    };
    Ok((vec![scored], [labels.complaints, repeats].concat()))
}

/// Items on which annotators gave different labels.
fn differing(table: &Table) -> Vec<(String, Vec<(String, String)>)> {
    let name = |names: &[std::sync::Arc<str>], at: u32| names.get(at as usize).map_or("", |n| n).to_owned();
    let differ = table
        .by_item()
        .filter(|ratings| !ratings.iter().map(|r| r.label).collect::<Vec<_>>().is_sorted_by(|a, b| a == b));
    differ
        .map(|ratings| {
            let item = ratings.first().map_or(0, |r| r.item);
            let said = |r: &crate::agreement::table::Rating| {
                (name(table.annotators(), r.annotator), name(table.labels(), r.label))
            };
            (name(table.items(), item), ratings.iter().map(said).collect())
        })
        .collect()
}

fn of_logs(paths: &[PathBuf], config: Option<&Path>, plan: &Plan) -> Found {
    let controls = config.map(controls_of).transpose()?;
    let (now_ms, mut readers) = (clock::now_ms(), Vec::new());
    for path in paths {
        let mut reader = FileReader::new(Some(now_ms));
        files::each_line(path, MAX_LONG_LINE_BYTES, |line| reader.push(line)).map_err(|e| unread(path, &e))?;
        readers.extend(reader.logs());
    }
    let (report, state) = verify_and_fold(readers, &Against::default());
    if !report.ok {
        return Err("could not score: the logs do not stand; `countersign verify` says where".into());
    }
    if state.name.is_none() {
        return Err("could not score: no log here begins the project; give the owner's log too".into());
    }
    let annotations = submitted(&state);
    let controls = controls.unwrap_or_else(|| guess(&annotations));
    let mut scored = Vec::new();
    for control in &controls {
        let given = annotations.iter().map(|(task, person, answers)| (*task, *person, *answers));
        let Ok(collected) = answers::collect(control, given) else { continue };
        let found =
            answers::agreement(&collected, plan, &mut unwatched()).map_err(|e| format!("could not finish: {e}"))?;
        let mut figures = vec![("percent", found.percent), ("alpha_nominal", found.alpha)];
        if found.annotators == 2 {
            figures.push(("cohen_kappa", found.kappa));
        }
        figures.extend(found.span_f1.map(|score| ("span_f1", score)));
        let (items, compared, annotators) = (found.items, found.compared, found.annotators);
        let disagreements = found.disagreements.into_iter().map(plain).collect();
        scored.push(Scored { name: control.name.clone(), items, compared, annotators, figures, disagreements });
    }
    Ok((scored, Vec::new()))
}

fn unread(path: &Path, error: &dyn std::error::Error) -> String {
    format!("could not read {}: {error}", path.display())
}

fn plain(of: Disagreement) -> (String, Vec<(String, String)>) {
    (of.item, of.answers.into_iter().map(|(who, value)| (who, answers::nominal_value(&value))).collect())
}

type Annotations<'a> = Vec<(&'a str, &'a str, &'a [Answer])>;

fn submitted(state: &State) -> Annotations<'_> {
    let work = state.tasks.iter().flat_map(|(task, of)| of.work.iter().map(move |(person, work)| (task, person, work)));
    work.filter(|(_, _, work)| work.status == WorkStatus::Submitted)
        .map(|(task, person, work)| (task.as_str(), person.as_str(), work.answers.as_slice()))
        .collect()
}

/// Controls that can be compared. A rationale is not: no two people give the same.
fn controls_of(path: &Path) -> Result<Vec<Control>, String> {
    let bytes = files::read(path, labeling::MAX_XML_BYTES as u64).map_err(|e| unread(path, &e))?;
    let config = labeling::parse_bytes(&bytes).map_err(|e| unread(path, &e))?;
    let rationale = |c: &Control| matches!(c.kind, ControlKind::TextArea { purpose: TextPurpose::Rationale, .. });
    Ok(config.schema.controls.into_iter().filter(|c| !rationale(c)).collect())
}

/// Controls as the answers show them. Spans and paths ask for a set; choices do where anyone gave several.
fn guess(annotations: &Annotations<'_>) -> Vec<Control> {
    let all = || annotations.iter().flat_map(|(_, _, answers)| answers.iter());
    let names: BTreeSet<&str> = all().map(|a| a.control.as_str()).collect();
    let control = |name: &str| {
        let given = || all().filter(|a| a.control == name);
        let several = given().any(|a| matches!(&a.value, Value::Choices(chosen) if chosen.len() > 1));
        let kind = match &given().next()?.value {
            Value::Choices(_) => ControlKind::Choices { multiple: several, choices: Vec::new() },
            Value::Taxonomy(_) => ControlKind::Taxonomy { roots: Vec::new(), leaves_only: false, max_usages: None },
            Value::Spans(_) => ControlKind::Labels { multiple: true, labels: Vec::new() },
            Value::Rating(_) => ControlKind::Rating { max: u32::MAX },
            Value::Text(_) => {
                let (placeholder, purpose) = (String::new(), TextPurpose::Answer);
                ControlKind::TextArea { rows: 1, placeholder, max_submissions: None, purpose }
            }
        };
        let per_region = given().any(|a| a.region.is_some());
        Some(Control { name: name.to_owned(), to_fields: Vec::new(), title: None, required: false, per_region, kind })
    };
    names.into_iter().filter_map(control).collect()
}

fn as_json(scored: &[Scored], complaints: &[Complaint], list: bool) -> String {
    let figure = |score: &Score| match score {
        Err(why) => json!({ "undefined": why.code() }),
        Ok(found) => {
            let mut figure = json!({ "value": found.value, "items": found.items, "pairs": found.pairs });
            if let (Some(map), Some(interval)) = (figure.as_object_mut(), found.interval) {
                map.insert("low".into(), interval.low.into());
                map.insert("high".into(), interval.high.into());
                map.extend(interval.standard_error.map(|error| ("standard_error".to_owned(), error.into())));
                map.insert("method".into(), method(interval.method).into());
            }
            figure
        }
    };
    let one = |of: &Scored| {
        let figures: Map<String, serde_json::Value> =
            of.figures.iter().map(|(code, score)| ((*code).to_owned(), figure(score))).collect();
        let mut value = json!({
            "name": of.name, "items": of.items, "compared": of.compared, "annotators": of.annotators,
            "figures": figures, "disagreeing": of.disagreements.len(),
        });
        if let Some(map) = value.as_object_mut().filter(|_| list) {
            let said = |all: &[(String, String)]| -> Map<String, serde_json::Value> {
                all.iter().map(|(who, what)| (who.clone(), what.as_str().into())).collect()
            };
            let list = of.disagreements.iter().map(|(item, all)| json!({ "item": item, "answers": said(all) }));
            map.insert("disagreements".into(), list.collect());
        }
        value
    };
    let value = json!({ "scored": scored.iter().map(one).collect::<Vec<_>>(), "complaints": complaints });
    format!("{value:#}\n")
}

fn method(method: Method) -> &'static str {
    match method {
        Method::Normal => "normal",
        Method::Wilson => "wilson",
        Method::Bootstrap { .. } => "bootstrap",
    }
}

fn as_text(scored: &[Scored], complaints: &[Complaint], list: bool) -> String {
    let mut out = String::new();
    for of in scored {
        let _ = writeln!(out, "{}", clean(&of.name));
        let counts =
            format!("{} items, {} answered twice or more, {} annotators", of.items, of.compared, of.annotators);
        let _ = writeln!(out, "  {counts}");
        for (code, score) in &of.figures {
            let _ = match score {
                Err(why) => writeln!(out, "  {code:<14} undefined: {why}"),
                Ok(found) => {
                    let interval = found.interval.map_or("no interval".to_owned(), |i| {
                        format!("95 % {:.4} to {:.4} ({})", i.low, i.high, method(i.method))
                    });
                    writeln!(out, "  {code:<14} {:>7.4}  {interval}, {} items", found.value, found.items)
                }
            };
        }
        let _ = writeln!(out, "  {:<14} {} items", "differing", of.disagreements.len());
        for (item, all) in of.disagreements.iter().filter(|_| list) {
            let said: Vec<String> = all.iter().map(|(who, what)| format!("{}: {}", clean(who), clean(what))).collect();
            let _ = writeln!(out, "    {}  {}", clean(item), said.join(", "));
        }
        out.push('\n');
    }
    if scored.is_empty() {
        out.push_str("no answers to compare\n");
    }
    for complaint in complaints {
        let _ = writeln!(out, "{}: {}", complaint.place, complaint.what);
    }
    out
}

/// Text of a file, fit for a terminal.
pub(super) fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
