//! The device's store as the exchange sees it.
//!
//! What the exchange asks of the logs (which bodies, which releases, which keys) is read once from the entries and kept
//! up to date from where each log ended, so that a round costs what is new and not what is there.

use crate::domain::event::{Fact, Role};
use crate::domain::id::{DeviceId, EventId, ProjectId};
use crate::log::checkpoint::{Checkpoint, Kind, Note, NoteKey, origin};
use crate::log::{Accepted, EntryHash, Head, PublicKey, body, wire};
use crate::platform::web::db::DbError;
use crate::platform::web::idb::IdbError;
use crate::platform::web::store::{Kept, Store, StoreError};
use crate::sync::{HOST, LocalError, LocalStore, Own, announced};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// Entries read from the database at once.
const CHUNK: u64 = 1_024;

/// One project of this device.
pub(super) struct Ledger {
    store: Store,
    project: ProjectId,
    known: RefCell<Known>,
}

/// What the entries say, as far as they were read.
#[derive(Default)]
struct Known {
    logs: BTreeMap<DeviceId, Log>,
    announced: BTreeMap<EntryHash, BTreeSet<DeviceId>>,
    held_releases: BTreeSet<EntryHash>,
    granted: BTreeSet<DeviceId>,
    admins: BTreeSet<DeviceId>,
    erasures: Vec<Erasure>,
}

#[derive(Default)]
struct Log {
    head: Head,
    /// Hash of the body of each entry that was read.
    bodies: Vec<EntryHash>,
    /// Places whose body is not here.
    absent: BTreeSet<u64>,
    places: BTreeMap<EventId, u64>,
}

/// Somebody said that a body is erased.
struct Erasure {
    by: DeviceId,
    of: DeviceId,
    event: EventId,
}

impl From<StoreError> for LocalError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Db(DbError::Idb(IdbError::Quota)) => Self::NoRoom,
            StoreError::Db(DbError::Moved) => Self::Moved,
            StoreError::Key(_) => Self::NoKey,
            StoreError::Db(DbError::Idb(_)) | StoreError::Unreadable => Self::Unreadable,
        }
    }
}

impl Known {
    /// Reads one entry and, where it is here, its body.
    fn read(&mut self, device: &DeviceId, entry: &[u8], body: Option<&[u8]>) -> Result<(), LocalError> {
        let parsed = wire::parse_entry(entry, body).map_err(|_| LocalError::Unreadable)?;
        let log = self.logs.entry(device.clone()).or_default();
        let place = log.bodies.len() as u64;
        log.bodies.push(parsed.envelope.datahash);
        log.places.insert(parsed.envelope.id.clone(), place);
        if body.is_none() {
            log.absent.insert(place);
        }
        if let Some(data) = &parsed.data {
            self.learn(device, &parsed.envelope.kind, data);
        }
        Ok(())
    }

    fn learn(&mut self, device: &DeviceId, kind: &str, data: &serde_json::Value) {
        let Some(fact) = body::from_data(kind, data).ok().and_then(|r| r.fact) else { return };
        match &fact {
            Fact::ProjectCreated { admins, .. } => {
                for admin in admins {
                    self.granted.insert(admin.key.clone());
                    self.admins.extend(admin.roles.contains(&Role::Admin).then(|| admin.key.clone()));
                }
            }
            Fact::KeyGranted { key, roles, .. } => {
                self.granted.insert(key.clone());
                // the fold decides on authority; here it only decides which bodies are not asked for
                self.admins.extend(roles.contains(&Role::Admin).then(|| key.clone()));
            }
            Fact::DataErased { event, source, .. } => {
                self.erasures.push(Erasure { by: device.clone(), of: source.clone(), event: event.clone() });
            }
            _ => {
                if let Some(digest) = announced(&fact).and_then(EntryHash::from_digest) {
                    self.announced.entry(digest).or_default().insert(device.clone());
                }
            }
        }
    }

    /// Places of a log whose bodies are absent because an erasure by their author or an admin says so.
    fn erased(&self, device: &DeviceId) -> BTreeSet<u64> {
        let Some(log) = self.logs.get(device) else { return BTreeSet::new() };
        let counts = |e: &&Erasure| e.of == *device && (e.by == *device || self.admins.contains(&e.by));
        let places = self.erasures.iter().filter(counts).filter_map(|e| log.places.get(&e.event));
        places.filter(|place| log.absent.contains(place)).copied().collect()
    }

    fn body_at(&self, device: &DeviceId, place: &u64) -> Option<EntryHash> {
        self.logs.get(device)?.bodies.get(usize::try_from(*place).ok()?).copied()
    }
}

impl Ledger {
    pub(super) fn new(store: Store, project: ProjectId) -> Self {
        Self { store, project, known: RefCell::default() }
    }

    /// Reads what came since the last time, from this tab or another.
    pub(super) async fn refresh(&self) -> Result<(), LocalError> {
        for (device, head) in self.store.heads(&self.project).await? {
            let mut from = self.known.borrow().logs.get(&device).map_or(0, |l| l.bodies.len() as u64);
            while from < head.size {
                let to = head.size.min(from + CHUNK);
                let part = self.store.part(&self.project, &device, from, to).await?;
                let mut known = self.known.borrow_mut();
                for (place, Kept { entry, body, .. }) in part {
                    // one place after another: a gap means that the database lost something
                    if place != from {
                        return Err(LocalError::Unreadable);
                    }
                    known.read(&device, entry.as_bytes(), body.as_ref().map(String::as_bytes))?;
                    from += 1;
                }
                if from < to {
                    return Err(LocalError::Unreadable);
                }
            }
            self.known.borrow_mut().logs.entry(device).or_default().head = head;
        }
        let held = self.store.releases(&self.project).await?;
        self.known.borrow_mut().held_releases = held.keys().filter_map(EntryHash::from_digest).collect();
        self.look_for_erased().await
    }

    /// Bodies may go while a log stands still: what an erasure names is looked at again.
    async fn look_for_erased(&self) -> Result<(), LocalError> {
        let named: Vec<(DeviceId, u64)> = {
            let known = self.known.borrow();
            let place = |e: &Erasure| Some((e.of.clone(), *known.logs.get(&e.of)?.places.get(&e.event)?));
            known.erasures.iter().filter_map(place).collect()
        };
        for (device, place) in named {
            if self.store.body(&self.project, &device, place).await?.is_none()
                && let Some(log) = self.known.borrow_mut().logs.get_mut(&device)
            {
                log.absent.insert(place);
            }
        }
        Ok(())
    }

    fn place_of(&self, device: &DeviceId, hash: &EntryHash) -> Option<u64> {
        let known = self.known.borrow();
        known.logs.get(device)?.bodies.iter().position(|h| h == hash).map(|at| at as u64)
    }
}

impl LocalStore for Ledger {
    fn project(&self) -> &ProjectId {
        &self.project
    }

    async fn own(&self) -> Result<Vec<Own>, LocalError> {
        let logs: Vec<(DeviceId, u64)> =
            self.known.borrow().logs.iter().map(|(d, l)| (d.clone(), l.head.size)).collect();
        let mut own = Vec::new();
        for (device, size) in logs {
            if size > 0 && self.store.keeper(&device).await?.is_some() {
                own.push(Own { device, size });
            }
        }
        Ok(own)
    }

    async fn known(&self) -> Result<Vec<DeviceId>, LocalError> {
        let known = self.known.borrow();
        Ok(known.granted.iter().chain(known.logs.keys()).cloned().collect())
    }

    async fn head(&self, device: &DeviceId) -> Result<Head, LocalError> {
        Ok(self.known.borrow().logs.get(device).map(|l| l.head.clone()).unwrap_or_default())
    }

    async fn entries(&self, device: &DeviceId, from: u64, to: u64) -> Result<Vec<Vec<u8>>, LocalError> {
        if from >= to {
            return Ok(Vec::new());
        }
        let part = self.store.part(&self.project, device, from, to).await?;
        Ok(part.into_iter().map(|(_, kept)| kept.entry.into_bytes()).collect())
    }

    async fn body(&self, device: &DeviceId, hash: &EntryHash) -> Result<Option<Vec<u8>>, LocalError> {
        let Some(place) = self.place_of(device, hash) else { return Ok(None) };
        Ok(self.store.body(&self.project, device, place).await?.map(String::into_bytes))
    }

    async fn bodies_wanted(&self, device: &DeviceId) -> Result<Vec<EntryHash>, LocalError> {
        let known = self.known.borrow();
        let erased = known.erased(device);
        let Some(log) = known.logs.get(device) else { return Ok(Vec::new()) };
        Ok(log.absent.iter().filter(|p| !erased.contains(p)).filter_map(|p| known.body_at(device, p)).collect())
    }

    async fn bodies_erased(&self, device: &DeviceId) -> Result<Vec<EntryHash>, LocalError> {
        let known = self.known.borrow();
        Ok(known.erased(device).iter().filter_map(|p| known.body_at(device, p)).collect())
    }

    async fn releases_own(&self) -> Result<Vec<EntryHash>, LocalError> {
        let own: BTreeSet<DeviceId> = self.own().await?.into_iter().map(|o| o.device).collect();
        let known = self.known.borrow();
        let held = known.announced.iter().filter(|(d, by)| known.held_releases.contains(d) && !by.is_disjoint(&own));
        Ok(held.map(|(digest, _)| *digest).collect())
    }

    async fn releases_wanted(&self) -> Result<Vec<EntryHash>, LocalError> {
        let known = self.known.borrow();
        Ok(known.announced.keys().filter(|d| !known.held_releases.contains(d)).copied().collect())
    }

    async fn release(&self, digest: &EntryHash) -> Result<Option<Vec<u8>>, LocalError> {
        Ok(self.store.release(&self.project, &digest.digest()).await?.map(String::into_bytes))
    }

    async fn checkpoint(&self, device: &DeviceId, size: u64, root: &[u8; 32]) -> Result<Vec<u8>, LocalError> {
        let keeper = self.store.keeper(device).await?.ok_or(LocalError::NoKey)?;
        let key = PublicKey::from_device(device).map_err(|_| LocalError::NoKey)?;
        let name = origin(HOST, &self.project, device);
        let text = Checkpoint { origin: name.clone(), size, root: *root }.text();
        let message = Note::message(&text, Kind::Log, 0);
        let signature = keeper.sign(&message).await.map_err(|_| LocalError::NoKey)?;
        let mut note = Note { text, signatures: Vec::new() };
        note.add(&NoteKey { name, kind: Kind::Log, key }, 0, &signature);
        Ok(note.write())
    }

    async fn accept(
        &self,
        device: &DeviceId,
        from: u64,
        entries: Vec<Accepted>,
        head: &Head,
    ) -> Result<(), LocalError> {
        let before = self.store.head(&self.project, device).await?;
        if before.as_ref().map_or(0, |h| h.size) != from {
            return Err(LocalError::Moved);
        }
        let rows: Vec<(u64, Vec<u8>, Option<Vec<u8>>)> =
            entries.into_iter().map(|a| (a.event.sequence, a.entry, a.body)).collect();
        self.store.append_pulled(&self.project, device, before.as_ref(), &rows, head).await?;
        let mut known = self.known.borrow_mut();
        for (_, entry, body) in &rows {
            known.read(device, entry, body.as_deref())?;
        }
        known.logs.entry(device.clone()).or_default().head = head.clone();
        Ok(())
    }

    /// The database has no place for peers' notes yet; the entries themselves were verified.
    async fn accept_checkpoint(&self, _: &DeviceId, _: &[u8]) -> Result<(), LocalError> {
        Ok(())
    }

    async fn accept_body(&self, device: &DeviceId, hash: &EntryHash, body: Vec<u8>) -> Result<(), LocalError> {
        let Some(place) = self.place_of(device, hash) else { return Ok(()) };
        let entry = self.entries(device, place, place + 1).await?.pop().ok_or(LocalError::Unreadable)?;
        // a body that is not canonical JSON is signed nonsense: it is kept out, and stays absent
        let Ok(parsed) = wire::parse_entry(&entry, Some(&body)) else { return Ok(()) };
        self.store.change(vec![Store::put_body(&self.project, device, place, &body)]).await?;
        let mut known = self.known.borrow_mut();
        if let Some(log) = known.logs.get_mut(device) {
            log.absent.remove(&place);
        }
        if let Some(data) = &parsed.data {
            known.learn(device, &parsed.envelope.kind, data);
        }
        Ok(())
    }

    async fn accept_release(&self, digest: &EntryHash, bytes: Vec<u8>) -> Result<(), LocalError> {
        // releases are texts; what is none could not be opened and is not kept
        let Ok(text) = String::from_utf8(bytes) else { return Ok(()) };
        self.store.change(vec![Store::put_release(&self.project, &digest.digest(), &text)]).await?;
        self.known.borrow_mut().held_releases.insert(*digest);
        Ok(())
    }
}
