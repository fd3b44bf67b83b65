//! What the worker holds of the project that is open.

use super::{Job, Line, run};
use crate::domain::command::Command;
use crate::domain::complaint::Complaint;
use crate::domain::event::Event;
use crate::domain::id::{AuthId, Digest, ProjectId, TaskId};
use crate::domain::time::Moment;
use crate::engine::Engine;
use crate::engine::release::{ImportedRow, RawTask, Secrets};
use crate::log::seal::{Head, Identity};
use crate::platform::web::db::{DbError, Write};
use crate::platform::web::idb::IdbError;
use crate::platform::web::keeper::Keeper;
use crate::platform::web::machine::{call, member, navigator, now_ms, pause, random, ticks_ms};
use crate::platform::web::seal::{CannotSeal, seal};
use crate::platform::web::store::{LocalProject, Store, StoreError};
use crate::platform::web::{keeper, lock};
use crate::view::build::Here;
use crate::view::model::ViewKey;
use crate::view::protocol::{Ask, Done, Request, Trouble};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::BroadcastChannel;

/// The name of the database.
pub(crate) const DATABASE: &str = "countersign";

/// Tasks whose rows in the list may differ from what was sent.
#[derive(Default)]
pub(super) struct Touched {
    pub(super) all: bool,
    pub(super) tasks: BTreeSet<TaskId>,
}

/// Opens this device's store, ready to be written to.
pub(super) async fn store() -> Result<Store, Trouble> {
    crate::platform::web::settle::settle().await;
    Ok(Store::open(DATABASE).await?)
}

/// An open project.
pub(super) struct Project {
    pub(super) touched: Touched,
    pub(super) store: Store,
    pub(super) local: LocalProject,
    pub(super) me: AuthId,
    pub(super) keeper: Keeper,
    pub(super) head: Head,
    pub(super) engine: Engine,
    pub(super) here: Here,
    /// What the owner's device keeps: the pseudonym key and the rules, to cover typed text as well.
    pub(super) secrets: Secrets,
    /// Answers that came with a file.
    pub(super) imported: Vec<ImportedRow>,
    /// Parts of logs that another tab or device wrote and that are read and not verified yet.
    pub(super) grown: Vec<super::record::Range>,
    /// Announced bodies that were not here when the materials were read.
    pub(super) lacking: BTreeSet<Digest>,
    /// Raw tasks, read when first needed.
    pub(super) raw: BTreeMap<TaskId, RawTask>,
    pub(super) channel: Option<BroadcastChannel>,
    pub(super) _heard: Option<Closure<dyn Fn(JsValue)>>,
}

/// A channel that is still open would call into a closure that is gone.
impl Drop for Project {
    fn drop(&mut self) {
        if let Some(channel) = &self.channel {
            channel.set_onmessage(None);
            channel.close();
        }
    }
}

/// The worker's own state.
pub(super) struct Desk {
    pub(super) line: Line,
    pub(super) project: Option<Project>,
    /// The label that the page named last: whose work it is, where no project is open yet.
    pub(super) named: String,
    pub(super) watched: BTreeMap<ViewKey, String>,
    pub(super) sync: super::sync::SyncDesk,
    pub(super) verifying: super::record::Verifying,
    /// The agreement panel, and the state it was computed of.
    pub(super) agreement: Option<((ProjectId, u64, usize), crate::view::model::AgreementView)>,
}

/// Work as a function of its own instead of a part of the state machine that waits for it. The build moves functions that
/// the first task does not need into a module of their own, and can move only whole ones.
pub(super) fn apart<'a, T>(work: impl Future<Output = T> + 'a) -> Pin<Box<dyn Future<Output = T> + 'a>> {
    Box::pin(work)
}

/// Words for what failed, as the page wants them.
pub(super) fn fault(code: &str, detail: impl ToString) -> Trouble {
    Trouble::Fault { code: code.to_owned(), detail: detail.to_string() }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        let code = match &error {
            StoreError::Db(DbError::Idb(IdbError::Quota)) => "quota",
            StoreError::Db(DbError::Moved) => "moved",
            StoreError::Db(DbError::Idb(IdbError::Blocked)) => "blocked",
            StoreError::Db(DbError::Idb(IdbError::Newer)) => "newer",
            StoreError::Db(DbError::Idb(IdbError::Damaged)) => "damaged",
            StoreError::Db(_) => "storage",
            StoreError::Key(_) => "key",
            StoreError::Unreadable => "unreadable",
        };
        fault(code, error)
    }
}

impl From<CannotSeal> for Trouble {
    fn from(error: CannotSeal) -> Self {
        let code = match &error {
            CannotSeal::Form(_) => "too-large",
            CannotSeal::Key(_) => "key",
        };
        fault(code, error)
    }
}

impl Desk {
    pub(super) fn new(line: Line) -> Self {
        Self {
            line,
            project: None,
            named: "me".to_owned(),
            watched: BTreeMap::new(),
            sync: super::sync::SyncDesk::default(),
            verifying: super::record::Verifying::default(),
            agreement: None,
        }
    }

    pub(super) async fn do_job(&mut self, job: Job, desk: &Rc<RefCell<Option<Desk>>>) {
        match job {
            Job::Ask(Request { ask, what }, files) => {
                let opens = matches!(
                    what,
                    Ask::Open { .. }
                        | Ask::OpenFiles { .. }
                        | Ask::OpenTexts { .. }
                        | Ask::Join { .. }
                        | Ask::SwitchProfile { .. }
                );
                match self.answer(ask, what, &files).await {
                    Ok((done, payload)) => self.line.answer(ask, Ok(done), payload.as_deref()),
                    Err(trouble) => self.line.answer(ask, Err(trouble), None),
                }
                if opens {
                    self.listen(desk);
                }
            }
            Job::Refresh => {
                // entries that cannot be read now are read at the next opening
                let _ = apart(self.refresh()).await;
            }
            Job::SyncSays(text) => apart(self.sync_says(&text)).await,
            Job::Verify => apart(self.verify_some()).await,
        }
        self.take_grown();
        self.send_views().await;
    }

    /// What is not on the way to the first task is kept apart, so that it can load after it.
    async fn answer(&mut self, ask: u32, what: Ask, files: &JsValue) -> Result<(Done, Option<Vec<u8>>), Trouble> {
        let ok = (Done::Ok {}, None);
        Ok(match what {
            Ask::Open { slug, profile } => (self.open(ask, &slug, &profile).await?, None),
            Ask::OpenFiles { names } => (apart(self.open_files(ask, &names, files)).await?, None),
            Ask::OpenTexts { slug, name, config, tasks, guideline } => {
                (apart(self.open_texts(ask, &slug, &name, &config, &tasks, &guideline)).await?, None)
            }
            Ask::Join { invitation, profile } => (apart(self.join(&invitation, &profile)).await?, None),
            Ask::Watch { key } => {
                if key == ViewKey::Agreement {
                    self.resume_agreement();
                }
                self.watched.insert(key, String::new());
                ok
            }
            Ask::Unwatch { key } => {
                self.watched.remove(&key);
                ok
            }
            Ask::SetEndpoint { endpoint, credentials } => {
                apart(self.set_endpoint(&endpoint, &credentials)).await?;
                ok
            }
            Ask::RemoveEndpoint { id } => {
                apart(self.remove_endpoint(&id)).await?;
                ok
            }
            Ask::SyncNow {} => {
                apart(self.sync_now()).await?;
                ok
            }
            Ask::SwitchProfile { label, roles } => (apart(self.switch_profile(&label, &roles)).await?, None),
            Ask::Export { format, raw } => apart(self.export(ask, format, raw)).await?,
            Ask::DownloadAudit { query } => apart(self.download_audit(&query)).await?,
            Ask::Room {} => (apart(room()).await, None),
            Ask::DownloadLog {} => apart(self.download_log()).await?,
            Ask::Cancel { .. } => ok,
            other => {
                let done = self.act(other).await?;
                self.nudge();
                (done, None)
            }
        })
    }

    pub(super) fn open_project(&mut self) -> Result<&mut Project, Trouble> {
        self.project.as_mut().ok_or_else(|| fault("not-open", "do this: no project is open"))
    }

    /// Hears of entries that other tabs write.
    fn listen(&mut self, desk: &Rc<RefCell<Option<Desk>>>) {
        let line = self.line.clone();
        let Some(project) = self.project.as_mut() else { return };
        if project.channel.is_some() {
            return;
        }
        let Ok(channel) = BroadcastChannel::new(&channel_name(&project.local.project)) else { return };
        let desk = desk.clone();
        let heard = Closure::<dyn Fn(JsValue)>::new(move |event: JsValue| {
            let said = member(&event, "data").as_string().unwrap_or_default();
            match said.strip_prefix("sync:") {
                Some(status) => line.later(Job::SyncSays(status.to_owned())),
                None => line.later(Job::Refresh),
            }
            run(&desk, &line);
        });
        channel.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        project.channel = Some(channel);
        project._heard = Some(heard);
    }
}

/// The channel on which tabs tell each other that a project's logs have grown.
pub(crate) fn channel_name(project: &ProjectId) -> String {
    format!("countersign:{project}")
}

impl Project {
    fn moment(&self) -> Moment {
        Moment { now_ms: now_ms(), entropy: random(), author: self.me.clone() }
    }

    pub(super) fn identity(&self) -> Identity {
        Identity {
            device: self.keeper.device().clone(),
            project: Some(self.local.project.clone()),
            author: self.me.clone(),
            app: None,
        }
    }

    /// Decides, seals and keeps, all under one lock across every tab: read the head, catch up with what another tab wrote,
    /// decide, sign, then one strict transaction that also asserts the head. Answers the events that were written,
    /// durably.
    pub(super) async fn carry_out(
        &mut self,
        command: &Command,
        also: impl Fn() -> Vec<Write>,
    ) -> Result<Vec<Event>, Trouble> {
        // whose turn it is succeeds at the first try; another one may write first only where a turn went stale
        const KEEP_TRYING_MS: f64 = 20_000.0;
        const LONGEST_PAUSE_MS: u32 = 1_000;
        let (began, mut pause_ms) = (ticks_ms(), 8);
        trace("lock");
        let lock_name = format!("countersign-log:{}:{}", self.local.project, self.keeper.device());
        let _held = lock::take(&lock_name).await;
        loop {
            let kept = self.store.head(&self.local.project, self.keeper.device()).await?;
            if kept.as_ref().map_or(self.head.size > 0, |k| *k != self.head) {
                self.reload().await?;
            }
            let planned = self.engine.plan(command, &self.moment()).map_err(|refusal| Trouble::Refused { refusal })?;
            if planned.is_empty() {
                self.store.change(also()).await?;
                return Ok(vec![]);
            }
            trace("sign");
            let seen = self.engine.state().clock;
            let sealed = seal(&self.keeper, &self.head, &self.identity(), &planned, seen).await?;
            trace("put");
            let stored = self.store.append(&self.local.project, kept.as_ref(), &sealed, also()).await;
            trace("done");
            match stored {
                Err(StoreError::Db(DbError::Moved)) if ticks_ms() - began < KEEP_TRYING_MS => {
                    pause(u32::from(u16::from_ne_bytes(random())) % pause_ms).await;
                    pause_ms = (pause_ms * 2).min(LONGEST_PAUSE_MS);
                }
                Err(StoreError::Db(DbError::Moved)) => {
                    return Err(fault("moved", "write: other tabs keep writing first; try again"));
                }
                Err(other) => return Err(other.into()),
                Ok(()) => {
                    if let Some(last) = sealed.last() {
                        self.head = last.head.clone();
                    }
                    self.here.verified += sealed.len() as u32;
                    let events: Vec<Event> = sealed.into_iter().map(|s| s.event).collect();
                    self.engine.accept(events.clone());
                    self.say_grown();
                    return Ok(events);
                }
            }
        }
    }

    /// Tells the other tabs.
    pub(super) fn say_grown(&self) {
        if let Some(channel) = &self.channel {
            let _ = channel.post_message(&"grown".into());
        }
    }

    pub(super) fn set_complaints(&mut self, complaints: Vec<Complaint>) {
        self.here.complaints = complaints;
    }

    pub(super) fn next(&self, after: Option<&TaskId>) -> Option<TaskId> {
        crate::view::build::next_task(self.engine.state(), &self.here, after)
    }
}

/// Where the writing of an action stands, for those who watch the console in detail; says nothing of its content.
fn trace(phase: &str) {
    if member(&js_sys::global(), "countersignTrace").is_truthy() {
        let console = member(&js_sys::global(), "console");
        if let Ok(debug) = member(&console, "debug").dyn_into::<js_sys::Function>() {
            let _ = debug.call1(&console, &format!("countersign:phase:{phase}").into());
        }
    }
}

/// The browser's own word on storage. A browser that says nothing is no trouble.
async fn room() -> Done {
    let storage = member(&navigator(), "storage");
    let estimate = call(&storage, "estimate", &[]).await.unwrap_or_default();
    let bytes = |name: &str| member(&estimate, name).as_f64().filter(|n| *n >= 0.0).map(|n| n as u64);
    let kept = call(&storage, "persisted", &[]).await.unwrap_or_default().is_truthy();
    Done::Room { used: bytes("usage"), quota: bytes("quota"), kept }
}

/// What this browser lacks, as codes for the page.
pub(super) fn warnings(store: &Store) -> Vec<String> {
    let mut warnings = vec![];
    if !store.lasts() {
        warnings.push("no-indexeddb".to_owned());
    }
    if store.lost() {
        warnings.push("database-lost".to_owned());
    }
    if !keeper::has_webcrypto() {
        warnings.push("no-webcrypto".to_owned());
    }
    if !lock::available() {
        warnings.push("no-locks".to_owned());
    }
    warnings
}
