//! From raw tasks to a release: texts covered, spans moved to where they stand in the covered text, names keyed; and back
//! from released bodies to what the state needs. What stays on the owner's device is kept apart from what is released.

use crate::domain::annotation::{Answer, Span, Value};
use crate::domain::complaint::Complaint;
use crate::domain::id::{Digest, ModelRef, TaskId};
use crate::domain::schema::{FieldSource, Schema};
use crate::domain::state::{Materials, State};
use crate::domain::task::{Prediction, ReleasedTask, TaskRelease};
use crate::format::SourceTask;
use crate::labeling::Config;
use crate::log::hash::EntryHash;
use crate::privacy::{CoverMap, Gate, LocalRules, Policy, ProjectKey, task_subject};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Bytes of covered tasks in one release body; larger projects are released in several.
const CHUNK_BYTES: usize = 2 << 20;

/// What this device keeps to cover typed text as it covered the tasks. A device that joined has the policy alone.
pub struct Secrets {
    /// The project's key for pseudonyms and task names.
    pub key: Option<ProjectKey>,
    gate: Gate,
}

impl Secrets {
    /// Makes the gate ready.
    pub fn new(policy: &Policy, rules: &LocalRules, key: Option<ProjectKey>) -> Self {
        Self { gate: Gate::new(policy, rules, key.as_ref()), key }
    }

    /// Typed text as it may be sealed.
    pub fn scrub(&self, text: &str) -> String {
        self.gate.cover(text, "*").text
    }
}

impl Default for Secrets {
    fn default() -> Self {
        Self::new(&Policy::default(), &LocalRules::default(), None)
    }
}

/// A raw task, as the owner's device keeps it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RawTask {
    /// Its name in the release.
    pub id: TaskId,
    /// Raw text of each field that is shown, by data key.
    pub fields: BTreeMap<String, String>,
    /// Offsets between raw and covered text, by data key.
    pub maps: BTreeMap<String, CoverMap>,
    /// All of its data, to give back at export.
    pub data: serde_json::Map<String, serde_json::Value>,
    /// Its own identifier in the file it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_id: Option<String>,
}

/// An answer that was made elsewhere. Source material: it stays on this device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedRow {
    /// The control, or the name of the imported table.
    pub control: String,
    /// The item.
    pub item: String,
    /// Who, as the file says it.
    pub annotator: String,
    /// What.
    pub value: Value,
}

/// Some tasks, ready to be announced and stored.
#[derive(Clone, Debug)]
pub struct Chunk {
    /// Digest of `body`.
    pub digest: Digest,
    /// The covered tasks, as JSON.
    pub body: String,
    /// How many.
    pub count: u64,
    /// The raw tasks, in the same order, as JSON.
    pub raw: Vec<RawTask>,
}

/// A release, ready.
#[derive(Clone, Debug, Default)]
pub struct Built {
    /// The tasks, in order.
    pub chunks: Vec<Chunk>,
    /// The models that predicted.
    pub models: BTreeSet<ModelRef>,
    /// Answers that the file brought.
    pub imported: Vec<ImportedRow>,
    /// What could not be taken.
    pub complaints: Vec<Complaint>,
}

/// Covers tasks one by one.
pub struct Builder<'a> {
    schema: &'a Schema,
    keys: Vec<&'a str>,
    secrets: &'a Secrets,
    tasks: Vec<ReleasedTask>,
    raw: Vec<RawTask>,
    bytes: usize,
    names: BTreeSet<TaskId>,
    built: Built,
}

/// The digest of a text, as facts name it.
pub fn digest_of(text: &str) -> Digest {
    EntryHash::of(text.as_bytes()).digest()
}

/// The digest of one released task, as answers name it: of its canonical JSON.
pub fn task_digest(task: &ReleasedTask) -> Digest {
    let value = serde_json::to_vec(task).and_then(|text| serde_json::from_slice::<serde_json::Value>(&text));
    let bytes = value.ok().and_then(|v| crate::log::wire::canonical(&v).ok());
    EntryHash::of(&bytes.unwrap_or_default()).digest()
}

impl<'a> Builder<'a> {
    /// Covers all that this configuration shows, with these secrets.
    pub fn new(config: &'a Config, secrets: &'a Secrets) -> Self {
        let (schema, keys) = (&config.schema, config.shown_keys());
        Self {
            schema,
            keys,
            secrets,
            tasks: vec![],
            raw: vec![],
            bytes: 0,
            names: BTreeSet::new(),
            built: Built::default(),
        }
    }

    /// Covers one task.
    pub fn push(&mut self, source: SourceTask) {
        let mut raw = RawTask { data: source.data, source_id: source.source_id, ..RawTask::default() };
        let mut task = ReleasedTask::default();
        for key in &self.keys {
            let text = raw.data.get(*key).and_then(|v| v.as_str()).unwrap_or_default();
            raw.fields.insert((*key).to_owned(), text.to_owned());
        }
        for (key, covered) in self.secrets.gate.cover_fields(&raw.fields) {
            if !covered.covers.is_empty() {
                task.covers.insert(key.clone(), covered.covers);
                raw.maps.insert(key.clone(), covered.map);
            }
            task.fields.insert(key, covered.text);
        }
        task.id = self.name(&raw, source.source_index);
        raw.id = task.id.clone();
        for one in source.predictions {
            let model = self.model(&one.model);
            let answers = self.moved(one.answers, &raw);
            task.predictions.push(Prediction { model, score_e4: one.score_e4, answers });
        }
        task.predictions.sort_by_key(|p| std::cmp::Reverse(p.score_e4));
        task.gold = source.gold.map(|answers| self.moved(answers, &raw));
        for (at, one) in source.annotations.into_iter().enumerate().filter(|(_, a)| !a.ground_truth && !a.skipped) {
            let annotator = one.author.unwrap_or_else(|| format!("#{}", at + 1));
            let answers = self.moved(one.answers, &raw);
            self.built.imported.extend(answers.into_iter().filter(|a| a.region.is_none()).map(|answer| ImportedRow {
                control: answer.control,
                item: task.id.0.clone(),
                annotator: annotator.clone(),
                value: answer.value,
            }));
        }
        self.bytes += task.fields.values().map(String::len).sum::<usize>() + 200;
        self.tasks.push(task);
        self.raw.push(raw);
        if self.bytes >= CHUNK_BYTES {
            self.close();
        }
    }

    /// A keyed hash of the data: the same task gets the same name in every import of the project.
    fn name(&mut self, raw: &RawTask, place: u64) -> TaskId {
        let key = self.secrets.key.clone().unwrap_or(ProjectKey([0; 32]));
        let data = serde_json::Value::Object(raw.data.clone());
        let bytes = crate::log::wire::canonical(&data).unwrap_or_default();
        let name = task_subject(&key, &bytes);
        if self.names.insert(name.clone()) {
            return name;
        }
        let what = "has the same data as an earlier task; kept as a task of its own";
        self.built.complaints.push(Complaint::new(format!("task {}", place + 1), what));
        let again = task_subject(&key, &[&bytes[..], &place.to_be_bytes()[..]].concat());
        self.names.insert(again.clone());
        again
    }

    /// A file names a model by its version alone; the digest is of that name, since the build is not known.
    fn model(&mut self, name: &str) -> ModelRef {
        let name = if name.is_empty() { "model" } else { name };
        let plain: String = name.chars().map(|c| if c == '@' || c.is_control() { '-' } else { c }).take(100).collect();
        let model = ModelRef(format!("{plain}@{}", digest_of(name)));
        self.built.models.insert(model.clone());
        model
    }

    /// Answers over the raw text as answers over the covered text.
    fn moved(&self, answers: Vec<Answer>, raw: &RawTask) -> Vec<Answer> {
        let moved = |mut answer: Answer| {
            match &mut answer.value {
                Value::Spans(spans) => {
                    for span in spans {
                        let (start, end) = match map_of(self.schema, &answer.control, span, raw) {
                            Some(map) => map.to_covered(span.start, span.end),
                            None => (span.start, span.end),
                        };
                        (span.start, span.end) = (start, end);
                    }
                }
                Value::Text(texts) => texts.iter_mut().for_each(|t| *t = self.secrets.scrub(t)),
                _ => {}
            }
            answer
        };
        answers.into_iter().map(moved).collect()
    }

    fn close(&mut self) {
        if self.tasks.is_empty() {
            return;
        }
        self.bytes = 0;
        let release = TaskRelease { version: 1, tasks: std::mem::take(&mut self.tasks) };
        let body = serde_json::to_string(&release).unwrap_or_default();
        self.built.chunks.push(Chunk {
            digest: digest_of(&body),
            body,
            count: release.tasks.len() as u64,
            raw: std::mem::take(&mut self.raw),
        });
    }

    /// All that was covered.
    pub fn finish(mut self) -> Built {
        self.close();
        self.built
    }
}

/// The offsets of the field that a span lies in.
fn map_of<'a>(schema: &Schema, control: &str, span: &Span, raw: &'a RawTask) -> Option<&'a CoverMap> {
    let first = || schema.control(control)?.to_fields.first();
    let field = span.field.as_ref().or_else(first)?;
    match &schema.field(field)?.source {
        FieldSource::Data(key) => raw.maps.get(key),
        FieldSource::Literal(_) => None,
    }
}

/// Answers over the covered text as answers over the raw text, on the owner's device.
pub fn to_raw(schema: &Schema, raw: &RawTask, answers: &[Answer]) -> Vec<Answer> {
    let moved = |answer: &Answer| {
        let mut answer = answer.clone();
        if let Value::Spans(spans) = &mut answer.value {
            for span in spans {
                if let Some(map) = map_of(schema, &answer.control, span, raw) {
                    (span.start, span.end) = map.to_raw(span.start, span.end);
                }
            }
        }
        answer
    };
    answers.iter().map(moved).collect()
}

/// The released bodies that the state names, read.
pub struct Supplies {
    /// For the state.
    pub materials: Materials,
    /// The configuration in force.
    pub config: Config,
    /// The policy in force.
    pub policy: Policy,
    /// The guideline in force.
    pub guideline: String,
    /// Digests that are named and not here yet.
    pub missing: Vec<Digest>,
    /// What could not be read.
    pub complaints: Vec<Complaint>,
}

/// Reads what the state names out of the bodies that are here.
pub fn supplies(state: &State, bodies: &BTreeMap<Digest, String>) -> Supplies {
    let mut missing = vec![];
    let mut complaints = vec![];
    let mut body = |digest: &Option<Digest>| -> Option<&String> {
        let digest = digest.as_ref()?;
        let found = bodies.get(digest);
        if found.is_none() {
            missing.push(digest.clone());
        }
        found
    };
    let config = body(&state.config).map(|xml| crate::labeling::parse(xml));
    let policy = body(&state.policy).map(|json| Policy::from_json(json));
    let guideline = body(&state.guideline.as_ref().map(|g| g.digest.clone())).cloned().unwrap_or_default();
    let mut tasks = vec![];
    for digest in &state.releases {
        let Some(text) = body(&Some(digest.clone())) else { continue };
        match serde_json::from_slice::<TaskRelease>(text.as_bytes()) {
            Ok(release) if release.version == 1 => tasks.extend(release.tasks),
            _ => complaints.push(Complaint::new("release", "a list of tasks cannot be read by this version")),
        }
    }
    let config = config.unwrap_or_else(|| Ok(Config::default())).unwrap_or_else(|error| {
        complaints.push(Complaint::new("configuration", error.to_string()));
        Config::default()
    });
    let policy = policy.unwrap_or_else(|| Ok(Policy::default())).unwrap_or_else(|error| {
        complaints.push(Complaint::new("policy", error.to_string()));
        Policy::default()
    });
    let mut index = BTreeMap::new();
    let mut kept = Vec::with_capacity(tasks.len());
    for task in tasks {
        if index.contains_key(&task.id) {
            continue;
        }
        index.insert(task.id.clone(), kept.len());
        let digest = task_digest(&task);
        kept.push((Arc::new(task), digest));
    }
    let schema = Arc::new(config.schema.clone());
    let materials = Materials { schema, tasks: Arc::new(kept), index: Arc::new(index) };
    Supplies { materials, config, policy, guideline, missing, complaints }
}
