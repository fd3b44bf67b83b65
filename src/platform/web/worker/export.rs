//! Files that people take away: results, the record, the whole project.

use super::desk::{Desk, Project, fault};
use crate::domain::complaint::Complaint;
use crate::domain::event::Event;
use crate::domain::id::{DeviceId, Digest, TaskId};
use crate::engine::results::results;
use crate::format::project::{Body, ProjectFile};
use crate::format::rows::Formulas;
use crate::labeling::Config;
use crate::log::wire::join;
use crate::platform::web::machine::call;
use crate::platform::web::store::{LocalProject, Store};
use crate::view::audit::task_of;
use crate::view::model::AuditQuery;
use crate::view::protocol::{Done, ExportFormat, Trouble};
use js_sys::Uint8Array;
use std::collections::BTreeMap;
use wasm_bindgen::JsValue;

type FileOut = (Done, Option<Vec<u8>>);

fn file(name: String, media: &str, complaints: Vec<Complaint>, bytes: Vec<u8>) -> FileOut {
    (Done::File { name, media: media.to_owned(), complaints }, Some(bytes))
}

impl Desk {
    pub(super) async fn export(&mut self, _ask: u32, format: ExportFormat, raw: bool) -> Result<FileOut, Trouble> {
        let project = self.open_project()?;
        let slug = project.local.slug.clone();
        if format == ExportFormat::Project {
            let bytes = project.as_file().await?;
            return Ok(file(format!("{slug}.countersign"), "application/x-ndjson", vec![], bytes));
        }
        if raw && !project.local.owns_source {
            return Err(fault("no-source", "write raw offsets: the raw data is on the owner's device only"));
        }
        if raw {
            // reading any raw task reads them all
            project.raw_task(&TaskId::default()).await?;
        }
        let tasks = results(project.engine.state(), raw.then_some(&project.raw));
        let config = project.config().await?;
        let suffix = if raw { "-raw" } else { "" };
        let (export, ending, media) = match format {
            ExportFormat::Jsonl => (crate::format::lines::write(&tasks), "jsonl", "application/x-ndjson"),
            ExportFormat::Csv => (crate::format::rows::csv(&tasks, &config, Formulas::Guard), "csv", "text/csv"),
            _ => (crate::format::label_studio::write(&tasks, &config), "label-studio.json", "application/json"),
        };
        Ok(file(format!("{slug}{suffix}.{ending}"), media, export.complaints, export.bytes))
    }

    /// The record as lines: log after log, each in its order.
    pub(super) async fn download_log(&mut self) -> Result<FileOut, Trouble> {
        let project = self.open_project()?;
        let mut bytes = vec![];
        for line in project.lines().await? {
            bytes.extend(line);
            bytes.push(b'\n');
        }
        let name = format!("{}.log.jsonl", project.local.slug);
        Ok(file(name, "application/x-ndjson", vec![], bytes))
    }

    /// The entries that a query takes, as they lie in the logs, so that each can be checked by its signature.
    pub(super) async fn download_audit(&mut self, query: &AuditQuery) -> Result<FileOut, Trouble> {
        let project = self.open_project()?;
        let state = project.engine.state();
        let takes = |event: &&Event| query.takes(event, task_of(state, event));
        let wanted: BTreeMap<(&DeviceId, u64), usize> = project
            .engine
            .events()
            .iter()
            .filter(takes)
            .enumerate()
            .map(|(order, event)| ((&event.device, event.sequence), order))
            .collect();
        let kept = project.store.entries(&project.local.project).await?;
        let mut lines: Vec<(usize, Vec<u8>)> = kept
            .iter()
            .filter_map(|k| Some((*wanted.get(&(&k.device, k.place))?, k)))
            .filter_map(|(order, k)| Some((order, join(k.entry.as_bytes(), k.body.as_ref().map(|b| b.as_bytes()))?)))
            .collect();
        lines.sort_unstable_by_key(|(order, _)| *order);
        let mut bytes = vec![];
        for (_, line) in lines {
            bytes.extend(line);
            bytes.push(b'\n');
        }
        let name = format!("{}.entries.jsonl", project.local.slug);
        Ok(file(name, "application/x-ndjson", vec![], bytes))
    }

    /// Opens a project file: its logs are verified before anything is kept. The person becomes a new one of this device,
    /// who may look at once and label when an admin lets them in. A project that is on this device already takes in what is
    /// new, and is opened as it stands.
    pub(super) async fn open_project_file(&mut self, store: Store, handle: &JsValue) -> Result<Done, Trouble> {
        let unreadable = || fault("file", "read the file; choose it again");
        let bytes = call(handle, "arrayBuffer", &[]).await.map_err(|_| unreadable())?;
        let found = crate::format::project::read(&Uint8Array::new(&bytes).to_vec()).map_err(|e| fault("file", e))?;
        let taken = super::join::take_in(&store, &found).await?;
        let label = self.label();
        if let Some(local) = super::open::known(&store, &taken.project).await? {
            let mine = local.profiles.iter().any(|p| p.label == label).then_some(label.as_str());
            return self.open_local(store, local, mine).await;
        }
        let slug = super::open::free_slug(&store, &taken.name).await?;
        let mut local = LocalProject { slug, project: taken.project, profiles: vec![], owns_source: false };
        super::open::add_profile(&store, &mut local, &label, &[]).await?;
        self.open_local(store, local, Some(&label)).await
    }
}

impl Project {
    async fn config(&self) -> Result<Config, Trouble> {
        let Some(digest) = &self.engine.state().config else { return Ok(Config::default()) };
        let text = self.store.release(&self.local.project, digest).await?.unwrap_or_default();
        crate::labeling::parse(&text).map_err(|e| fault("config", e))
    }

    /// Every event as a line of a file.
    pub(super) async fn lines(&self) -> Result<Vec<Vec<u8>>, Trouble> {
        let kept = self.store.entries(&self.local.project).await?;
        let line =
            |k: &crate::platform::web::store::Kept| join(k.entry.as_bytes(), k.body.as_ref().map(|b| b.as_bytes()));
        Ok(kept.iter().filter_map(line).collect())
    }

    /// The whole project as one file: released bodies and logs, and nothing raw.
    async fn as_file(&self) -> Result<Vec<u8>, Trouble> {
        let bodies: BTreeMap<Digest, String> = self.store.releases(&self.local.project).await?;
        let bodies = bodies.into_values().map(|text| Body::new(text.into_bytes())).collect();
        let file = ProjectFile {
            bodies,
            lines: self.lines().await?.into_iter().filter_map(|l| String::from_utf8(l).ok()).collect(),
        };
        Ok(crate::format::project::write(&file))
    }
}
