//! The desk's side of the exchange with storage: endpoints and their credentials, and the sync worker, which is loaded
//! when the first endpoint is set and not before.

use super::desk::{Desk, Project, fault};
use crate::domain::event::Role;
use crate::platform::web::machine::member;
use crate::sync::Invitation;
use crate::view::model::{EndpointView, SyncView};
use crate::view::protocol::Trouble;
use std::collections::BTreeMap;
use wasm_bindgen::JsValue;
use web_sys::{Worker, WorkerOptions, WorkerType};

/// What the desk knows of the exchange.
#[derive(Default)]
pub(super) struct SyncDesk {
    worker: Option<Worker>,
    endpoints: BTreeMap<String, EndpointView>,
    released: bool,
}

/// Reads the part of a link after `#join=`, or the whole link.
pub(super) fn read_invitation(text: &str) -> Result<Invitation, Trouble> {
    let text = text.trim();
    let part = text.rsplit("#join=").next().unwrap_or_default();
    let whole = if text.starts_with('{') || part.starts_with("countersign:") {
        part.to_owned()
    } else {
        format!("#join={part}")
    };
    Invitation::parse(&whole).map_err(|e| fault("invitation", e))
}

impl SyncDesk {
    pub(super) fn view(&self) -> SyncView {
        SyncView { endpoints: self.endpoints.values().cloned().collect(), released: self.released }
    }

    /// A link's fragment that lets others find the project, where there is an endpoint and the person may let them in.
    pub(super) async fn invitation(&self, project: &Project) -> Option<String> {
        let state = project.engine.state();
        if !state.roles(&project.me).contains(&Role::Admin) {
            return None;
        }
        let (_, endpoint, _) = project.store.endpoints(&project.local.project).await.ok()?.into_iter().next()?;
        let first = project.engine.events().iter().find(|e| e.happening.kind == "project.created")?;
        let lines = project.lines().await.ok()?;
        let genesis = lines
            .into_iter()
            .find(|line| crate::log::wire::parse_line(line).is_ok_and(|p| p.envelope.id == first.id))?;
        let endpoint = serde_json::from_slice(endpoint.as_bytes()).ok()?;
        let invitation = Invitation::new(&String::from_utf8(genesis).ok()?, endpoint).ok()?;
        Some(invitation.link("").trim_start_matches('#').to_owned())
    }
}

impl Desk {
    /// Keeps an endpoint and exchanges with it at once. Of one that is set already its name is enough, as when somebody
    /// who was invited gives their own credentials.
    pub(super) async fn set_endpoint(&mut self, endpoint: &str, credentials: &str) -> Result<(), Trouble> {
        let missing = || fault("endpoint", "set the endpoint: a part of it is missing");
        let given: serde_json::Value = serde_json::from_slice(endpoint.as_bytes()).map_err(|_| missing())?;
        let project = self.open_project()?;
        let id = project.local.project.clone();
        let mut endpoint = endpoint.to_owned();
        if given.get("kind").is_none() {
            let name = given.get("id").and_then(serde_json::Value::as_str).ok_or_else(missing)?;
            let kept = project.store.endpoints(&id).await?;
            endpoint = kept.into_iter().find(|(n, _, _)| n == name).map(|(_, kept, _)| kept).ok_or_else(missing)?;
        }
        let endpoint = endpoint.as_str();
        let checked: crate::sync::Endpoint = serde_json::from_slice(endpoint.as_bytes()).map_err(|_| missing())?;
        checked.check().map_err(|e| fault("endpoint", e))?;
        project.store.put_endpoint(&id, &checked.id, Some((endpoint, credentials))).await?;
        self.start_sync().await
    }

    pub(super) async fn remove_endpoint(&mut self, name: &str) -> Result<(), Trouble> {
        let project = self.open_project()?;
        let id = project.local.project.clone();
        project.store.put_endpoint(&id, name, None).await?;
        self.start_sync().await
    }

    /// A person asks: endpoints that wait to be tried again are tried now.
    pub(super) async fn sync_now(&mut self) -> Result<(), Trouble> {
        if let Some(worker) = &self.sync.worker {
            let _ = worker.post_message(&"now".into());
        }
        Ok(())
    }

    /// Tells the sync worker that there may be something to do.
    pub(super) fn nudge(&self) {
        if let Some(worker) = &self.sync.worker {
            let _ = worker.post_message(&"go".into());
        }
    }

    /// Reads the endpoints, and loads the sync worker where there is one to serve.
    pub(super) async fn start_sync(&mut self) -> Result<(), Trouble> {
        if let Some(worker) = self.sync.worker.take() {
            worker.terminate();
        }
        let project = self.open_project()?;
        let released = !project.engine.state().releases.is_empty();
        let kept = project.store.endpoints(&project.local.project).await?;
        let id = project.local.project.clone();
        self.sync.released = released;
        self.sync.endpoints.clear();
        for (name, endpoint, credentials) in &kept {
            let Ok(endpoint) = serde_json::from_slice::<crate::sync::Endpoint>(endpoint.as_bytes()) else { continue };
            // until the sync worker says how it goes, nobody knows whether anything is pending
            let state = if credentials.is_empty() { "needs-credentials" } else { "working" };
            let view = EndpointView {
                id: name.clone(),
                kind: endpoint.place.kind().to_owned(),
                place: endpoint.address().to_owned(),
                state: state.to_owned(),
                pending: 0,
                sent: 0,
                received: 0,
                error: None,
                last_ok: None,
            };
            self.sync.endpoints.insert(name.clone(), view);
        }
        if self.sync.endpoints.is_empty() {
            return Ok(());
        }
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let here = member(&member(&js_sys::global(), "location"), "href").as_string().unwrap_or_default();
        let folder = here.split('?').next().unwrap_or_default().trim_end_matches("compute.js").to_owned();
        let worker = Worker::new_with_options(&format!("{folder}sync.js?project={id}"), &options)
            .map_err(|_: JsValue| fault("network", "start the exchange with storage; reload the page"))?;
        self.sync.worker = Some(worker);
        Ok(())
    }

    /// Takes in what the sync worker says of an endpoint.
    pub(super) async fn sync_says(&mut self, text: &str) {
        if let Ok(view) = serde_json::from_slice::<EndpointView>(text.as_bytes()) {
            self.sync.endpoints.insert(view.id.clone(), view);
        }
    }
}
