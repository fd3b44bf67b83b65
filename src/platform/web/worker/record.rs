//! Reading the record from the device and verifying it: read at once with signatures on trust, since this device
//! verified each entry before it kept it; then verified whole, a little at a time, while people work.

use super::desk::{Desk, Project};
use super::{Job, Line};
use crate::domain::event::Event;
use crate::domain::id::{DeviceId, ProjectId};
use crate::log::seal::Head;
use crate::log::verify::Verifier;
use crate::platform::web::machine::{breathe, now_ms};
use crate::platform::web::store::{Kept, Store};
use crate::view::model::{ProblemView, RecordState};
use crate::view::protocol::Trouble;
use std::collections::BTreeMap;

/// Entries verified in one turn, about 8 ms of work.
const TURN: usize = 40;

/// Where the verification of the record stands.
#[derive(Default)]
pub(super) struct Verifying {
    waiting: Vec<Kept>,
    verifiers: BTreeMap<DeviceId, Verifier>,
    verified: u32,
    problems: Vec<ProblemView>,
}

/// Reads every entry of a project that links up; what does not is a problem with its place.
pub(super) async fn read(
    store: &Store,
    project: &ProjectId,
) -> Result<(Vec<Event>, BTreeMap<DeviceId, Head>, Vec<ProblemView>), Trouble> {
    let mut readers: BTreeMap<DeviceId, Verifier> = BTreeMap::new();
    let mut broken: BTreeMap<DeviceId, ProblemView> = BTreeMap::new();
    let mut events = vec![];
    for kept in store.entries(project).await? {
        if broken.contains_key(&kept.device) {
            continue;
        }
        let reader = readers
            .entry(kept.device.clone())
            .or_insert_with(|| Verifier::new().for_project(project).trusting_signatures());
        match reader.push_entry(kept.entry.as_bytes(), kept.body.as_ref().map(|b| b.as_bytes())) {
            Ok(accepted) => events.push(accepted.event),
            Err(problem) => {
                let view = ProblemView {
                    log: kept.device.clone(),
                    at: problem.sequence.unwrap_or_default(),
                    code: problem.code.as_str().to_owned(),
                };
                broken.insert(kept.device, view);
            }
        }
    }
    let heads = readers.into_iter().map(|(device, reader)| (device, reader.head().clone())).collect();
    Ok((events, heads, broken.into_values().collect()))
}

impl Desk {
    /// Begins to verify the whole record.
    pub(super) async fn begin_verifying(&mut self) -> Result<(), Trouble> {
        let Some(project) = self.project.as_mut() else { return Ok(()) };
        project.here.record = RecordState::Checking;
        let mut waiting = project.store.entries(&project.local.project).await?;
        waiting.reverse();
        self.verifying = Verifying { waiting, ..Verifying::default() };
        self.line.later(Job::Verify);
        Ok(())
    }

    /// Verifies some more entries, and comes back for the rest.
    pub(super) async fn verify_some(&mut self) {
        let Some(project) = self.project.as_mut() else { return };
        let work = &mut self.verifying;
        for _ in 0..TURN {
            let Some(kept) = work.waiting.pop() else { break };
            if work.problems.iter().any(|p| p.log == kept.device) {
                continue;
            }
            let verifier = work
                .verifiers
                .entry(kept.device.clone())
                .or_insert_with(|| Verifier::new().for_project(&project.local.project).with_now(now_ms()));
            match verifier.push_entry(kept.entry.as_bytes(), kept.body.as_ref().map(|b| b.as_bytes())) {
                Ok(_) => work.verified += 1,
                Err(problem) => work.problems.push(ProblemView {
                    log: kept.device,
                    at: problem.sequence.unwrap_or_default(),
                    code: problem.code.as_str().to_owned(),
                }),
            }
        }
        if !work.waiting.is_empty() {
            breathe().await;
            self.line.later(Job::Verify);
            return;
        }
        // entries written since verification began verified themselves when they were sealed
        project.here.verified = (project.engine.events().len() as u32).min(work.verified.max(project.here.verified));
        project.here.problems.clone_from(&work.problems);
        let stands = work.problems.is_empty();
        project.here.record = if stands { RecordState::Verified } else { RecordState::Broken };
    }

    /// Takes in what other tabs or devices wrote into the database.
    pub(super) async fn refresh(&mut self) -> Result<(), Trouble> {
        let Some(project) = self.project.as_mut() else { return Ok(()) };
        project.reload().await?;
        self.begin_verifying().await
    }
}

impl Project {
    /// Reads the record again from the device: another tab has written.
    pub(super) async fn reload(&mut self) -> Result<(), Trouble> {
        let (events, heads, problems) = read(&self.store, &self.local.project).await?;
        self.head = heads.get(self.keeper.device()).cloned().unwrap_or_default();
        self.here.problems = problems;
        self.touched.all = true;
        let mut engine = crate::engine::Engine::new(self.engine.state().materials.clone(), events);
        std::mem::swap(&mut self.engine, &mut engine);
        self.supply().await?;
        let drafts = self.store.drafts(&self.local.project, &self.me).await?;
        self.here.drafts = drafts.into_iter().collect();
        Ok(())
    }
}

impl Line {
    /// Tells how far long work is, and whether to go on.
    pub(super) async fn progress(&self, ask: u32, done: u64, of: u64) -> bool {
        self.tell(&crate::view::protocol::Tell::Progress { ask, done, of }, None);
        breathe().await;
        !self.is_cancelled(ask)
    }
}
