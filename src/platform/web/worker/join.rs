//! Joining: by an invitation, or from a project file. Whatever comes in is verified before it is kept.

use super::desk::{Desk, fault};
use super::open::{add_profile, free_slug, known};
use crate::domain::event::Fact;
use crate::domain::id::{DeviceId, ProjectId};
use crate::engine::release::digest_of;
use crate::format::project::ProjectFile;
use crate::log::verify::{Accepted, Verifier};
use crate::platform::web::machine::now_ms;
use crate::platform::web::store::{LocalProject, Store};
use crate::view::protocol::{Done, Trouble};
use std::collections::BTreeMap;

/// A project that was taken in.
pub(super) struct Taken {
    pub(super) project: ProjectId,
    pub(super) name: String,
}

/// Verifies a project file and keeps it.
pub(super) async fn take_in(store: &Store, file: &ProjectFile) -> Result<Taken, Trouble> {
    let mut logs: BTreeMap<DeviceId, (Verifier, Vec<Accepted>)> = BTreeMap::new();
    let mut name = String::new();
    let mut project: Option<ProjectId> = None;
    for (at, line) in file.lines.iter().enumerate() {
        let refused = |code: &str| {
            fault("file", format!("open the project: line {} of its record does not verify ({code})", at + 1))
        };
        let parsed = crate::log::wire::parse_line(line.as_bytes()).map_err(|f| refused(f.code.as_str()))?;
        let (verifier, accepted) = logs.entry(parsed.envelope.source.clone()).or_insert_with(|| {
            let verifier = Verifier::new().with_now(now_ms());
            (
                match &project {
                    Some(project) => verifier.for_project(project),
                    None => verifier,
                },
                vec![],
            )
        });
        let one = verifier.push_line(line.as_bytes()).map_err(|p| refused(p.code.as_str()))?;
        if let Some(Fact::ProjectCreated { name: called, .. }) = &one.event.happening.fact {
            name.clone_from(called);
            project = verifier.project().cloned();
        }
        accepted.push(one);
    }
    let project = project.ok_or_else(|| fault("file", "open the project: its record has no beginning"))?;
    if logs.values().any(|(verifier, _)| verifier.project() != Some(&project)) {
        return Err(fault("file", "open the project: its record mixes two projects"));
    }
    let mut writes = vec![];
    for body in &file.bodies {
        let text =
            String::from_utf8(body.bytes.clone()).map_err(|_| fault("file", "open the project: a body is not text"))?;
        writes.push(Store::put_release(&project, &digest_of(&text), &text));
    }
    store.change(writes).await?;
    for (device, (verifier, accepted)) in logs {
        let before = store.head(&project, &device).await?;
        let known = before.as_ref().map_or(0, |h| h.size);
        let at_head = known.checked_sub(1).and_then(|at| accepted.iter().find(|a| a.event.sequence == at));
        let last = before.as_ref().and_then(|h| h.last.as_ref());
        if at_head.is_some_and(|entry| Some(&entry.hash) != last) {
            return Err(fault("file", "open the project: its record and the one on this device contradict each other"));
        }
        let new: Vec<_> = accepted
            .into_iter()
            .filter(|a| a.event.sequence >= known)
            .map(|a| (a.event.sequence, a.entry, a.body))
            .collect();
        if !new.is_empty() {
            store.append_pulled(&project, &device, before.as_ref(), &new, verifier.head()).await?;
        }
    }
    Ok(Taken { project, name })
}

impl Desk {
    /// Joins by an invitation: keeps the project's beginning and the endpoint, makes a key, and asks to be let in. The
    /// rest comes with the first exchange.
    pub(super) async fn join(&mut self, invitation: &str, label: &str) -> Result<Done, Trouble> {
        let store = super::desk::store().await?;
        let found = super::sync::read_invitation(invitation)?;
        let mut verifier = Verifier::new().with_now(now_ms());
        let genesis = verifier
            .push_line(found.genesis.as_bytes())
            .map_err(|p| fault("file", format!("join: the invitation does not verify ({})", p.code.as_str())))?;
        let project =
            verifier.project().cloned().ok_or_else(|| fault("file", "join: the invitation names no project"))?;
        let Some(Fact::ProjectCreated { name, .. }) = &genesis.event.happening.fact else {
            return Err(fault("file", "join: the invitation does not begin a project"));
        };
        if let Some(local) = known(&store, &project).await? {
            return self.open_local(store, local, Some(label)).await;
        }
        let device = genesis.event.device.clone();
        if store.head(&project, &device).await?.is_none() {
            let entries = [(0, genesis.entry.clone(), genesis.body.clone())];
            store.append_pulled(&project, &device, None, &entries, verifier.head()).await?;
        }
        let slug = free_slug(&store, name).await?;
        let mut local = LocalProject { slug, project: project.clone(), profiles: vec![], owns_source: false };
        add_profile(&store, &mut local, label, &[]).await?;
        let endpoint = serde_json::to_string(&found.endpoint).unwrap_or_default();
        store.put_endpoint(&project, &found.endpoint.id, Some((&endpoint, ""))).await?;
        self.open_local(store, local, Some(label)).await
    }
}
