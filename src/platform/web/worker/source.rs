//! Where a project's raw material comes from: files the person chose, texts of the host page, the samples beside the page.
//! Large files are read in pieces, with progress, and stop when the person says so.

use super::desk::{Desk, Project, fault};
use super::open::{Plans, free_slug};
use crate::domain::annotation::Value;
use crate::domain::complaint::Complaint;
use crate::domain::id::TaskId;
use crate::engine::release::{Builder, Built, ImportedRow, RawTask, Secrets};
use crate::format::{Importer, Kind, Limits, detect};
use crate::labeling::Config;
use crate::platform::web::machine::{begin, call, member, settled};
use crate::platform::web::store::Store;
use crate::privacy::{LocalRules, Policy};
use crate::view::protocol::{Done, Trouble};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;

/// The name under which the local rules are kept.
pub(super) const RULES: &str = "rules";
/// Bytes read from a file in one piece.
const PIECE: f64 = 1_048_576.0;
/// A configuration, guideline or rules file is at most so large.
const SMALL_FILE: f64 = 4_194_304.0;

/// Task files: of the disk, or a text.
pub(super) enum Files {
    /// Files of the person, each with its name.
    Disk(Vec<(String, JsValue)>),
    /// One text.
    Text(String),
    /// No tasks, only answers that were made elsewhere.
    Answers(Vec<ImportedRow>, Vec<Complaint>),
}

/// A sample project.
pub(super) struct Sample {
    pub(super) plans: Plans,
    pub(super) tasks: Files,
}

/// The sample of that name, from beside the page's own scripts.
pub(super) async fn sample(slug: &str) -> Result<Sample, Trouble> {
    let missing =
        || fault("not-found", format!("find the project {slug} on this device; open its file or join it again"));
    if slug.is_empty() || !slug.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Err(missing());
    }
    let global = js_sys::global();
    let here = member(&member(&global, "location"), "href").as_string().unwrap_or_default();
    let folder = here.split('?').next().unwrap_or_default().trim_end_matches("compute.js").to_owned();
    // all are under way before the first is waited for
    let ask = |name: &str| begin(&global, "fetch", &[&format!("{folder}samples/{slug}/{name}").into()]);
    let asked = ["config.xml", "tasks.json", "guideline.md", "local-rules.json"].map(ask);
    let mut texts = vec![];
    for begun in asked {
        let response = settled(begun).await.map_err(|_| missing())?;
        if !member(&response, "ok").is_truthy() {
            return Err(missing());
        }
        let text = call(&response, "text", &[]).await.map_err(|_| missing())?;
        texts.push(text.as_string().ok_or_else(missing)?);
    }
    let Ok([config, tasks, guideline, rules]) = <[String; 4]>::try_from(texts) else { return Err(missing()) };
    let rules = LocalRules::from_json(&rules).map_err(|e| fault("config", e))?;
    let name = slug.split('-').map(capital).collect::<Vec<_>>().join(" ");
    let plans = Plans { slug: slug.to_owned(), name, config, guideline, policy: Policy::default(), rules };
    Ok(Sample { plans, tasks: Files::Text(tasks) })
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|c| c.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The text of a small file.
pub(super) async fn text_of(file: &JsValue) -> Result<String, Trouble> {
    if member(file, "size").as_f64().unwrap_or(0.0) > SMALL_FILE {
        return Err(fault("file", "read the configuration: it is larger than 4 MiB"));
    }
    let text = call(file, "text", &[]).await.map_err(|_| fault("file", "read the file; choose it again"))?;
    text.as_string().ok_or_else(|| fault("file", "read the file; choose it again"))
}

impl Desk {
    /// A project of files the person chose: a configuration and tasks, or a project file, or a table of answers.
    pub(super) async fn open_files(&mut self, ask: u32, names: &[String], files: &JsValue) -> Result<Done, Trouble> {
        let store = super::desk::store().await?;
        let files: Array = files.clone().dyn_into().map_err(|_| fault("file", "read the files; choose them again"))?;
        let mut plans = Plans {
            slug: String::new(),
            name: String::new(),
            config: String::new(),
            guideline: String::new(),
            policy: Policy::default(),
            rules: LocalRules::default(),
        };
        let mut tasks = vec![];
        for (name, file) in names.iter().zip(files.iter()) {
            let lower = name.to_lowercase();
            if lower.ends_with(".xml") {
                plans.config = text_of(&file).await?;
            } else if lower.ends_with(".md") || lower.ends_with(".markdown") {
                plans.guideline = text_of(&file).await?;
            } else if lower.contains("rules") && lower.ends_with(".json") {
                plans.rules = LocalRules::from_json(&text_of(&file).await?).map_err(|e| fault("config", e))?;
            } else if lower.ends_with(".countersign") {
                return self.open_project_file(store, &file).await;
            } else {
                plans.name = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem).to_owned();
                tasks.push((name.clone(), file));
            }
        }
        if plans.config.is_empty() {
            return self.open_answers(ask, store, plans, tasks).await;
        }
        if tasks.is_empty() {
            return Err(fault(
                "file",
                "open a project without tasks; choose the configuration and a task file together",
            ));
        }
        plans.slug = free_slug(&store, &plans.name).await?;
        let label = self.label();
        self.make(ask, store, &label, plans, Files::Disk(tasks)).await
    }

    /// A table of answers that were made elsewhere, without a configuration: item, annotator, label.
    async fn open_answers(
        &mut self,
        ask: u32,
        store: Store,
        mut plans: Plans,
        tables: Vec<(String, JsValue)>,
    ) -> Result<Done, Trouble> {
        let needs = "open these files: a configuration (.xml) is needed beside the tasks, or a table with the columns \
                     item, annotator, label";
        let [(name, file)] = tables.as_slice() else { return Err(fault("file", needs)) };
        if !name.to_lowercase().ends_with(".csv") {
            return Err(fault("file", needs));
        }
        let bytes =
            call(file, "arrayBuffer", &[]).await.map_err(|_| fault("file", "read the file; choose it again"))?;
        let found = crate::format::crowd::read(&Uint8Array::new(&bytes).to_vec()).map_err(|e| fault("file", e))?;
        let rows = found.rows.into_iter().map(|row| ImportedRow {
            control: "label".to_owned(),
            item: row.item,
            annotator: row.annotator,
            value: Value::Choices(vec![row.label]),
        });
        let answers = Files::Answers(rows.collect(), found.complaints);
        plans.config = "<View/>".to_owned();
        plans.slug = free_slug(&store, &plans.name).await?;
        let label = self.label();
        self.make(ask, store, &label, plans, answers).await
    }

    /// A project of texts the host page holds. One that is on this device already is opened as it stands.
    pub(super) async fn open_texts(
        &mut self,
        ask: u32,
        slug: &str,
        name: &str,
        config: &str,
        tasks: &str,
        guideline: &str,
    ) -> Result<Done, Trouble> {
        let store = super::desk::store().await?;
        let label = self.label();
        if let Some(local) = store.project(slug).await? {
            return self.open_local(store, local, Some(&label)).await;
        }
        let plans = Plans {
            slug: slug.to_owned(),
            name: name.to_owned(),
            config: config.to_owned(),
            guideline: guideline.to_owned(),
            policy: Policy::default(),
            rules: LocalRules::default(),
        };
        self.make(ask, store, &label, plans, Files::Text(tasks.to_owned())).await
    }

    /// The label of the person at work, or of whom the page named, who owns what they open.
    pub(super) fn label(&self) -> String {
        let project = self.project.as_ref();
        let mine = project.and_then(|p| p.local.profiles.iter().find(|profile| profile.authid == p.me));
        mine.map_or_else(|| self.named.clone(), |profile| profile.label.clone())
    }

    /// Reads tasks and covers them, with progress, and stops when told to.
    pub(super) async fn cover(
        &mut self,
        ask: u32,
        config: &Config,
        secrets: &Secrets,
        files: Files,
    ) -> Result<Built, Trouble> {
        let mut builder = Builder::new(config, secrets);
        let mut complaints = vec![];
        let mut imported = vec![];
        match files {
            Files::Answers(rows, told) => {
                imported = rows;
                complaints = told;
            }
            Files::Text(text) => {
                let mut importer = Importer::new(kind_of("", text.as_bytes())?, config, Limits::default());
                importer.push(text.as_bytes()).map_err(|e| fault("file", e))?;
                let import = importer.finish().map_err(|e| fault("file", e))?;
                complaints.extend(import.complaints);
                import.tasks.into_iter().for_each(|task| builder.push(task));
            }
            Files::Disk(files) => {
                for (name, file) in files {
                    complaints.extend(self.read_file(ask, config, &name, &file, &mut builder).await?);
                }
            }
        }
        let mut built = builder.finish();
        built.imported.extend(imported);
        complaints.append(&mut built.complaints);
        built.complaints = complaints;
        Ok(built)
    }

    /// Reads a file piece by piece and covers its tasks as they come, so that it never stands in memory whole.
    async fn read_file(
        &self,
        ask: u32,
        config: &Config,
        name: &str,
        file: &JsValue,
        builder: &mut Builder<'_>,
    ) -> Result<Vec<Complaint>, Trouble> {
        let unreadable = || fault("file", "read the file; choose it again");
        let limits = Limits::default();
        let size = member(file, "size").as_f64().unwrap_or(0.0);
        if size > limits.file_bytes as f64 {
            return Err(fault("file", "open the file: it is larger than 200 MB; split it"));
        }
        let mut importer: Option<Importer> = None;
        let mut at = 0.0;
        while at < size || importer.is_none() {
            let slice = call(file, "slice", &[&at.into(), &(at + PIECE).into()]).await.map_err(|_| unreadable())?;
            let bytes = call(&slice, "arrayBuffer", &[]).await.map_err(|_| unreadable())?;
            let bytes = Uint8Array::new(&bytes).to_vec();
            if importer.is_none() {
                importer = Some(Importer::new(kind_of(name, &bytes)?, config, limits.clone()));
            }
            let Some(reader) = importer.as_mut() else { break };
            reader.push(&bytes).map_err(|e| fault("file", e))?;
            reader.take().into_iter().for_each(|task| builder.push(task));
            at += PIECE;
            if !self.line.progress(ask, at.min(size) as u64, size as u64).await {
                return Err(fault("cancelled", "open the project: it was cancelled; nothing was kept"));
            }
        }
        let import = importer.ok_or_else(unreadable)?.finish().map_err(|e| fault("file", e))?;
        import.tasks.into_iter().for_each(|task| builder.push(task));
        Ok(import.complaints)
    }
}

fn kind_of(name: &str, head: &[u8]) -> Result<Kind, Trouble> {
    detect(name, head).ok_or_else(|| fault("file", "open the tasks: they are no JSON, JSONL or CSV"))
}

impl Project {
    /// The raw task of that name, from the encrypted source material of this device.
    pub(super) async fn raw_task(&mut self, task: &TaskId) -> Result<Option<RawTask>, Trouble> {
        if self.raw.is_empty() {
            let digests = self.engine.state().releases.clone();
            for digest in digests {
                let Some(bytes) = self.store.source(&self.local.project, digest.as_str()).await? else { continue };
                let tasks: Vec<RawTask> = serde_json::from_slice(&bytes)
                    .map_err(|_| fault("unreadable", "read the raw tasks that this device keeps"))?;
                self.raw.extend(tasks.into_iter().map(|t| (t.id.clone(), t)));
            }
        }
        Ok(self.raw.get(task).cloned())
    }
}
