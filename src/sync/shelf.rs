//! A project's logs in memory, as the terminal tool and the simulations hold them.
//!
//! It verifies what it is given, so that nothing unverified is ever sent on. A log may be published where its key is at
//! hand, or as far as a checkpoint that was kept with it.

use super::note;
use super::store::{LocalError, LocalStore, Own, announced};
use crate::domain::event::Fact;
use crate::domain::id::{DeviceId, EventId, ProjectId};
use crate::log::checkpoint::{Checkpoint, Kind, Note, NoteError, NoteKey, origin};
use crate::log::tree::{Hash, Tree, leaf_hash};
use crate::log::{Accepted, EntryHash, Head, Problem, Signer, Verifier, body, wire};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// Logs, bodies and releases of one project.
pub struct Shelf {
    project: ProjectId,
    host: String,
    inner: RefCell<Inner>,
}

#[derive(Default)]
struct Inner {
    logs: BTreeMap<DeviceId, Log>,
    releases: BTreeMap<EntryHash, Vec<u8>>,
    announced: BTreeMap<EntryHash, BTreeSet<DeviceId>>,
    granted: BTreeSet<DeviceId>,
    signers: BTreeMap<DeviceId, Signer>,
}

#[derive(Default)]
struct Log {
    head: Head,
    entries: Vec<Entry>,
    bodies: BTreeMap<EntryHash, Vec<u8>>,
    erased: BTreeSet<EntryHash>,
    checkpoint: Option<Vec<u8>>,
    mirrored: bool,
}

struct Entry {
    id: EventId,
    bytes: Vec<u8>,
    datahash: EntryHash,
}

impl Shelf {
    /// An empty shelf for a project. `host` is what checkpoints signed here name as the log's host.
    pub fn new(project: ProjectId, host: &str) -> Self {
        Self { project, host: host.to_owned(), inner: RefCell::default() }
    }

    /// Brings a key: the log of its device may be published whole.
    pub fn add_key(&self, signer: Signer) {
        self.inner.borrow_mut().signers.insert(signer.device(), signer);
    }

    /// Looks for the log of `device` from now on, also where an endpoint does not list.
    pub fn expect(&self, device: &DeviceId) {
        self.inner.borrow_mut().granted.insert(device.clone());
    }

    /// Appends a line of a log file, without its line feed, to the log of `device`.
    ///
    /// # Errors
    /// The verifier's finding; the log then stands as before.
    pub fn add_line(&self, device: &DeviceId, line: &[u8]) -> Result<(), Problem> {
        let mut inner = self.inner.borrow_mut();
        let head = inner.logs.get(device).map(|l| l.head.clone()).unwrap_or_default();
        let from = head.size;
        let mut verifier =
            Verifier::resume(device, Some(&self.project), head).map_err(|fault| fault.at(Some(device), from))?;
        let accepted = verifier.push_line(line)?;
        inner.take(device, accepted, verifier.head());
        Ok(())
    }

    /// Keeps a checkpoint beside a log, so that the log may be published that far.
    ///
    /// # Errors
    /// [`NoteError`] where it is no checkpoint of this log, or not of the entries held here.
    pub fn add_checkpoint(&self, device: &DeviceId, bytes: &[u8]) -> Result<(), NoteError> {
        let checkpoint = note::open(bytes, &self.project, device)?;
        let mut inner = self.inner.borrow_mut();
        let log = inner.logs.entry(device.clone()).or_default();
        if log.root(checkpoint.size) != Some(checkpoint.root) {
            return Err(NoteError::Origin);
        }
        log.checkpoint = Some(bytes.to_vec());
        log.mirrored = true;
        Ok(())
    }

    /// Keeps a checkpoint that came with a log, without publishing by it.
    pub fn keep_checkpoint(&self, device: &DeviceId, bytes: Vec<u8>) {
        self.inner.borrow_mut().logs.entry(device.clone()).or_default().checkpoint = Some(bytes);
    }

    /// Keeps a release. Returns its digest.
    pub fn add_release(&self, bytes: Vec<u8>) -> EntryHash {
        let digest = EntryHash::of(&bytes);
        self.inner.borrow_mut().releases.insert(digest, bytes);
        digest
    }

    /// Forgets the body of an event, as an erasure in the project asks.
    pub fn erase(&self, device: &DeviceId, event: &EventId) {
        if let Some(log) = self.inner.borrow_mut().logs.get_mut(device) {
            let hashes: Vec<EntryHash> = log.entries.iter().filter(|e| e.id == *event).map(|e| e.datahash).collect();
            for hash in hashes {
                log.bodies.remove(&hash);
                log.erased.insert(hash);
            }
        }
    }

    /// The devices of which anything is here.
    pub fn devices(&self) -> Vec<DeviceId> {
        self.inner.borrow().logs.iter().filter(|(_, l)| l.head.size > 0).map(|(d, _)| d.clone()).collect()
    }

    /// The lines of a log as a file holds them, each with a line feed.
    pub fn lines(&self, device: &DeviceId) -> Vec<u8> {
        let inner = self.inner.borrow();
        let Some(log) = inner.logs.get(device) else { return Vec::new() };
        let line = |e: &Entry| wire::join(&e.bytes, log.bodies.get(&e.datahash).map(Vec::as_slice));
        let mut out = Vec::new();
        for line in log.entries.iter().filter_map(line) {
            out.extend_from_slice(&line);
            out.push(b'\n');
        }
        out
    }

    /// The checkpoint kept with a log.
    pub fn kept_checkpoint(&self, device: &DeviceId) -> Option<Vec<u8>> {
        self.inner.borrow().logs.get(device)?.checkpoint.clone()
    }

    /// The releases held here.
    pub fn all_releases(&self) -> Vec<(EntryHash, Vec<u8>)> {
        self.inner.borrow().releases.iter().map(|(d, b)| (*d, b.clone())).collect()
    }

    /// Hashes of the entries of a log, in order: two shelves that hold the same log give the same.
    pub fn hashes(&self, device: &DeviceId) -> Vec<EntryHash> {
        let inner = self.inner.borrow();
        inner.logs.get(device).map(|l| l.entries.iter().map(|e| EntryHash::of(&e.bytes)).collect()).unwrap_or_default()
    }
}

impl Log {
    fn root(&self, size: u64) -> Option<Hash> {
        let entries = self.entries.get(..usize::try_from(size).ok()?)?;
        Some(entries.iter().map(|e| leaf_hash(&e.bytes)).collect::<Tree>().root())
    }
}

impl Inner {
    fn learn(&mut self, device: &DeviceId, fact: Option<&Fact>) {
        match fact {
            Some(Fact::KeyGranted { key, .. }) => drop(self.granted.insert(key.clone())),
            Some(Fact::ProjectCreated { admins, .. }) => self.granted.extend(admins.iter().map(|a| a.key.clone())),
            Some(fact) => {
                if let Some(digest) = announced(fact).and_then(EntryHash::from_digest) {
                    self.announced.entry(digest).or_default().insert(device.clone());
                }
            }
            None => {}
        }
    }

    fn take(&mut self, device: &DeviceId, accepted: Accepted, head: &Head) {
        self.learn(device, accepted.event.happening.fact.as_ref());
        let log = self.logs.entry(device.clone()).or_default();
        log.bodies.extend(accepted.body.map(|body| (accepted.datahash, body)));
        log.entries.push(Entry { id: accepted.event.id, bytes: accepted.entry, datahash: accepted.datahash });
        log.head = head.clone();
    }
}

impl LocalStore for Shelf {
    fn project(&self) -> &ProjectId {
        &self.project
    }

    async fn own(&self) -> Result<Vec<Own>, LocalError> {
        let inner = self.inner.borrow();
        let size = |device: &DeviceId, log: &Log| match &log.checkpoint {
            _ if inner.signers.contains_key(device) => Some(log.head.size),
            Some(bytes) if log.mirrored => note::open(bytes, &self.project, device).ok().map(|c| c.size),
            _ => None,
        };
        let own = inner.logs.iter().filter_map(|(d, l)| Some(Own { device: d.clone(), size: size(d, l)? }));
        Ok(own.collect())
    }

    async fn known(&self) -> Result<Vec<DeviceId>, LocalError> {
        let inner = self.inner.borrow();
        Ok(inner.granted.iter().chain(inner.logs.keys()).cloned().collect())
    }

    async fn head(&self, device: &DeviceId) -> Result<Head, LocalError> {
        Ok(self.inner.borrow().logs.get(device).map(|l| l.head.clone()).unwrap_or_default())
    }

    async fn entries(&self, device: &DeviceId, from: u64, to: u64) -> Result<Vec<Vec<u8>>, LocalError> {
        let inner = self.inner.borrow();
        let range = usize::try_from(from).ok().zip(usize::try_from(to).ok());
        let entries = inner.logs.get(device).zip(range).and_then(|(l, (from, to))| l.entries.get(from..to));
        match entries {
            Some(entries) => Ok(entries.iter().map(|e| e.bytes.clone()).collect()),
            None if from >= to => Ok(Vec::new()),
            None => Err(LocalError::Unreadable),
        }
    }

    async fn body(&self, device: &DeviceId, hash: &EntryHash) -> Result<Option<Vec<u8>>, LocalError> {
        Ok(self.inner.borrow().logs.get(device).and_then(|l| l.bodies.get(hash).cloned()))
    }

    async fn bodies_wanted(&self, device: &DeviceId) -> Result<Vec<EntryHash>, LocalError> {
        let inner = self.inner.borrow();
        let Some(log) = inner.logs.get(device) else { return Ok(Vec::new()) };
        let absent = |h: &EntryHash| !log.bodies.contains_key(h) && !log.erased.contains(h);
        Ok(log.entries.iter().map(|e| e.datahash).filter(absent).collect())
    }

    async fn bodies_erased(&self, device: &DeviceId) -> Result<Vec<EntryHash>, LocalError> {
        let inner = self.inner.borrow();
        Ok(inner.logs.get(device).map(|l| l.erased.iter().copied().collect()).unwrap_or_default())
    }

    async fn releases_own(&self) -> Result<Vec<EntryHash>, LocalError> {
        let own: BTreeSet<DeviceId> = self.own().await?.into_iter().map(|o| o.device).collect();
        let inner = self.inner.borrow();
        let held = inner.announced.iter().filter(|(d, by)| inner.releases.contains_key(d) && !by.is_disjoint(&own));
        Ok(held.map(|(d, _)| *d).collect())
    }

    async fn releases_wanted(&self) -> Result<Vec<EntryHash>, LocalError> {
        let inner = self.inner.borrow();
        Ok(inner.announced.keys().filter(|d| !inner.releases.contains_key(d)).copied().collect())
    }

    async fn release(&self, digest: &EntryHash) -> Result<Option<Vec<u8>>, LocalError> {
        Ok(self.inner.borrow().releases.get(digest).cloned())
    }

    async fn checkpoint(&self, device: &DeviceId, size: u64, root: &[u8; 32]) -> Result<Vec<u8>, LocalError> {
        let inner = self.inner.borrow();
        let kept = inner.logs.get(device).and_then(|l| l.checkpoint.clone());
        if let Some(bytes) = kept
            && note::open(&bytes, &self.project, device).is_ok_and(|c| c.size == size && c.root == *root)
        {
            return Ok(bytes);
        }
        let signer = inner.signers.get(device).ok_or(LocalError::NoKey)?;
        let name = origin(&self.host, &self.project, device);
        let text = Checkpoint { origin: name.clone(), size, root: *root }.text();
        let signature = signer.sign(&Note::message(&text, Kind::Log, 0));
        let mut note = Note { text, signatures: Vec::new() };
        note.add(&NoteKey { name, kind: Kind::Log, key: signer.public() }, 0, &signature);
        Ok(note.write())
    }

    async fn accept(
        &self,
        device: &DeviceId,
        from: u64,
        entries: Vec<Accepted>,
        head: &Head,
    ) -> Result<(), LocalError> {
        let mut inner = self.inner.borrow_mut();
        if inner.logs.get(device).map_or(0, |l| l.head.size) != from {
            return Err(LocalError::Moved);
        }
        for accepted in entries {
            inner.take(device, accepted, head);
        }
        Ok(())
    }

    async fn accept_checkpoint(&self, device: &DeviceId, note: &[u8]) -> Result<(), LocalError> {
        self.inner.borrow_mut().logs.entry(device.clone()).or_default().checkpoint = Some(note.to_vec());
        Ok(())
    }

    async fn accept_body(&self, device: &DeviceId, hash: &EntryHash, body: Vec<u8>) -> Result<(), LocalError> {
        let mut inner = self.inner.borrow_mut();
        let log = inner.logs.entry(device.clone()).or_default();
        let entry = log.entries.iter().find(|e| e.datahash == *hash);
        let parsed = entry.and_then(|e| wire::parse_entry(&e.bytes, Some(&body)).ok());
        log.bodies.insert(*hash, body);
        let reading = parsed.and_then(|p| body::from_data(&p.envelope.kind, &p.data?).ok());
        inner.learn(device, reading.and_then(|r| r.fact).as_ref());
        Ok(())
    }

    async fn accept_release(&self, digest: &EntryHash, bytes: Vec<u8>) -> Result<(), LocalError> {
        self.inner.borrow_mut().releases.insert(*digest, bytes);
        Ok(())
    }
}
