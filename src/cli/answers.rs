//! The answers in a file, for the commands that compute over them: a table of crowd labels, a Label Studio export, or the logs
//! of a project, verified first.

use super::clean;
use super::consensus::RepeatsArg;
use crate::agreement::answers::nominal_value;
use crate::agreement::{Repeats, Table, TableBuilder, answers};
use crate::domain::annotation::{Answer, Value};
use crate::domain::complaint::Complaint;
use crate::domain::schema::{Control, ControlKind, TextPurpose};
use crate::domain::state::{State, WorkStatus};
use crate::format::crowd::{self, CrowdLabels, CrowdRow};
use crate::format::{self, Kind, Limits};
use crate::labeling::{self, Config};
use crate::log::limits::MAX_LONG_LINE_BYTES;
use crate::log::{Against, FileReader, verify_and_fold};
use crate::platform::native::{clock, files};
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

/// Item, annotator and what they answered.
pub type Annotation = (String, String, Vec<Answer>);

/// What a file holds.
pub enum Given {
    /// One label a row.
    Rows(CrowdLabels),
    /// Annotations with answers to controls.
    Annotated(Vec<Annotation>, Vec<Control>),
}

/// Reads one table, or one export, or logs of one project.
pub fn read(paths: &[PathBuf], config: Option<&Path>) -> Result<Given, String> {
    let has = |path: &Path, kind: &str| path.extension().is_some_and(|e| e.eq_ignore_ascii_case(kind));
    match paths {
        [path] if has(path, "csv") => {
            let bytes = files::read(path, crowd::MAX_BYTES as u64).map_err(|e| unread(path, &e))?;
            crowd::read(&bytes).map(Given::Rows).map_err(|e| unread(path, &e))
        }
        [path] if has(path, "json") => of_export(path, config),
        [path] if has(path, "parquet") => {
            Err(format!("could not read {}: Parquet is not read yet; write it as CSV first", path.display()))
        }
        [path] if begins_with_label(path) => {
            let bytes = files::read(path, crowd::MAX_BYTES as u64).map_err(|e| unread(path, &e))?;
            crowd::read_lines(&bytes).map(Given::Rows).map_err(|e| unread(path, &e))
        }
        paths if paths.iter().any(|path| has(path, "csv") || has(path, "json")) => {
            Err("could not score: give one table, or logs alone".to_owned())
        }
        paths => of_logs(paths, config),
    }
}

pub fn unread(path: &Path, error: &dyn std::error::Error) -> String {
    format!("could not read {}: {error}", path.display())
}

fn begins_with_label(path: &Path) -> bool {
    let mut first = None;
    let _ = files::each_line(path, crowd::MAX_FIELD_BYTES * 4, |line| {
        first.get_or_insert_with(|| crowd::is_line(line));
    });
    first.unwrap_or(false)
}

fn of_export(path: &Path, config: Option<&Path>) -> Result<Given, String> {
    let Some(config) = config else {
        let place = path.display();
        return Err(format!(
            "could not read {place}: a Label Studio export needs its labeling configuration; give --config"
        ));
    };
    let config = config_of(config)?;
    let bytes = files::read(path, Limits::default().file_bytes).map_err(|e| unread(path, &e))?;
    let import = format::import(Kind::Json, &bytes, &config, &Limits::default()).map_err(|e| unread(path, &e))?;
    let mut annotations = Vec::new();
    for task in import.tasks {
        let name = task.source_id.unwrap_or_else(|| task.source_index.to_string());
        for (at, annotation) in task.annotations.into_iter().enumerate().filter(|(_, a)| !a.skipped) {
            // who is not named is somebody of their own
            let who = annotation.author.unwrap_or_else(|| format!("annotation {}", at + 1));
            annotations.push((name.clone(), who, annotation.answers));
        }
    }
    Ok(Given::Annotated(annotations, comparable(config)))
}

fn of_logs(paths: &[PathBuf], config: Option<&Path>) -> Result<Given, String> {
    let controls = config.map(config_of).transpose()?.map(comparable);
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
    Ok(Given::Annotated(annotations, controls))
}

fn submitted(state: &State) -> Vec<Annotation> {
    let work = state.tasks.iter().flat_map(|(task, of)| of.work.iter().map(move |(person, work)| (task, person, work)));
    work.filter(|(_, _, work)| work.status == WorkStatus::Submitted)
        .map(|(task, person, work)| (task.as_str().to_owned(), person.as_str().to_owned(), work.answers.to_vec()))
        .collect()
}

fn config_of(path: &Path) -> Result<Config, String> {
    let bytes = files::read(path, labeling::MAX_XML_BYTES as u64).map_err(|e| unread(path, &e))?;
    labeling::parse_bytes(&bytes).map_err(|e| unread(path, &e))
}

/// Controls that can be compared. A rationale is not: no two people give the same.
fn comparable(config: Config) -> Vec<Control> {
    let rationale = |c: &Control| matches!(c.kind, ControlKind::TextArea { purpose: TextPurpose::Rationale, .. });
    config.schema.controls.into_iter().filter(|c| !rationale(c)).collect()
}

/// Controls as the answers show them. Spans and paths ask for a set; choices do where anyone gave several.
fn guess(annotations: &[Annotation]) -> Vec<Control> {
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

/// Which answers are meant, and which of them count.
#[derive(clap::Args)]
pub struct Which {
    /// One table of answers (`.csv`, or `.jsonl` of item, annotator and label), a Label Studio export (`.json`, with --config), or
    /// logs of one project.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The labeling configuration (XML) of an export or of logs.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Which control, where an export or a project has several.
    #[arg(long, value_name = "NAME")]
    control: Option<String>,
    /// Which answers of an annotator count where they gave several to one item.
    #[arg(long, value_enum, default_value_t)]
    repeats: RepeatsArg,
}

impl Which {
    /// The answers as one table of nominal values, with what could not be taken.
    pub fn table(&self) -> Result<(Table, Vec<Complaint>), String> {
        let repeats = self.repeats.into();
        match read(&self.files, self.config.as_deref())? {
            Given::Rows(labels) => {
                let (table, repeated) = table_of(&labels.rows, repeats);
                Ok((table, [labels.complaints, repeated].concat()))
            }
            Given::Annotated(annotations, controls) => {
                let table = table_of_control(&annotations, &controls, self.control.as_deref(), repeats)?;
                Ok((table, Vec::new()))
            }
        }
    }
}

/// Known answers: the label of each item.
pub fn gold(path: &Path) -> Result<HashMap<String, String>, String> {
    let bytes = files::read(path, crowd::MAX_BYTES as u64).map_err(|e| unread(path, &e))?;
    Ok(crowd::read_gold(&bytes).map_err(|e| unread(path, &e))?.into_iter().collect())
}

/// The rows as a table.
pub fn table_of(rows: &[CrowdRow], repeats: Repeats) -> (Table, Vec<Complaint>) {
    let mut builder = TableBuilder::new();
    for row in rows {
        builder.rate(&row.item, &row.annotator, &row.label);
    }
    builder.build_with(repeats)
}

/// The answers to one control as a table of nominal values; which one must be said where there are several.
pub fn table_of_control(
    annotations: &[Annotation],
    controls: &[Control],
    wanted: Option<&str>,
    repeats: Repeats,
) -> Result<Table, String> {
    let asked = controls.iter().filter(|c| !c.per_region && wanted.is_none_or(|name| c.name == name));
    let asked: Vec<&Control> = asked.collect();
    let control = match asked.as_slice() {
        [one] => *one,
        [] => return Err("could not compute: there is no such control whose answers can be compared".into()),
        several => {
            let names: Vec<String> = several.iter().map(|c| clean(&c.name)).collect();
            return Err(format!("could not compute: say which control with --control: {}", names.join(", ")));
        }
    };
    let given = annotations.iter().map(|(task, who, answers)| (task.as_str(), who.as_str(), answers.as_slice()));
    let collected = answers::collect(control, given).map_err(|why| format!("could not compute: {why}"))?;
    let mut builder = TableBuilder::new();
    for one in &collected {
        builder.rate(one.item, one.annotator, &nominal_value(&one.value));
    }
    Ok(builder.build_with(repeats).0)
}
