//! Fetches other devices' logs, and hands over only what was verified.
//!
//! What to fetch follows from each log's checkpoint, by exact names: listings may be stale, partial or forbidden, and
//! serve for discovery alone. Entries are taken bundle by bundle, each verified against the chain and the key, so that an
//! interrupted round keeps what it had; the tree's root decides at the end whether the checkpoint is kept too.

use super::exchange::Tally;
use super::layout;
use super::leaves::Leaves;
use super::note;
use super::problem::{Problem, Stop, Wrong, stops};
use super::store::LocalStore;
use super::together::{AT_ONCE, all};
use crate::domain::id::DeviceId;
use crate::log::checkpoint::Checkpoint;
use crate::log::tiles::{TILE_WIDTH, TileId, parse_entry_bundle};
use crate::log::{Accepted, Code, EntryHash, Head, Verifier, wire};
use crate::storage::{Storage, StorageError};
use std::collections::{BTreeMap, BTreeSet};

/// The most entries of one log that one round takes; the next round goes on.
pub const ENTRIES_PER_ROUND: u64 = 400 * TILE_WIDTH;
/// The most bodies and releases that one round asks for again.
pub const OBJECTS_PER_ROUND: usize = 1_000;
/// The most logs of one project that are looked at.
pub const LOGS_LIMIT: usize = 10_000;

/// The devices whose logs may be there: those whose folders are listed, those known here. Own logs are left out.
pub(super) async fn devices<S: Storage, L: LocalStore>(
    storage: &S,
    store: &L,
    own: &BTreeSet<DeviceId>,
) -> Result<Vec<DeviceId>, Stop> {
    let mut found: BTreeSet<DeviceId> = store.known().await?.into_iter().collect();
    let listed = if storage.lists() { storage.list("").await } else { Ok(Vec::new()) };
    match listed {
        Ok(names) => found.extend(names.iter().filter_map(|name| layout::device_of(name))),
        // many credentials may read and not list; then the grants in the logs say whom to look for
        Err(StorageError::Denied | StorageError::Invalid) if found.iter().any(|d| !own.contains(d)) => {}
        Err(e) => return Err(e.into()),
    }
    Ok(found.into_iter().filter(|d| !own.contains(d)).take(LOGS_LIMIT).collect())
}

/// One log being pulled.
struct Pull<'a, S, L> {
    storage: &'a S,
    store: &'a L,
    device: &'a DeviceId,
    now_ms: u64,
}

/// Pulls one log.
pub(super) async fn log<S: Storage, L: LocalStore>(
    storage: &S,
    store: &L,
    device: &DeviceId,
    leaves: &mut Leaves,
    now_ms: u64,
    tally: &mut Tally,
) -> Result<(), Stop> {
    let pull = Pull { storage, store, device, now_ms };
    let name = layout::checkpoint(device);
    let Some(bytes) = pull.get(&name, tally).await? else {
        // a log that was here and is gone from the endpoint: somebody emptied it, or the wrong bucket answers
        let held = store.head(device).await?.size;
        if held > 0 {
            let wrong = Wrong::Rollback { held, offered: 0 };
            let seen = pull.seen(held, leaves).await?;
            tally.problems.push(Problem::new(Some(device), name, wrong).after(seen));
        }
        return Ok(());
    };
    let trouble = |wrong| Problem::new(Some(device), &name, wrong).proved_by(&bytes);
    let offered = match note::open(&bytes, store.project(), device) {
        Ok(checkpoint) => checkpoint,
        Err(e) => {
            tally.problems.push(trouble(Wrong::Checkpoint(e)));
            return Ok(());
        }
    };
    let mut head = store.head(device).await?;
    if offered.size < head.size {
        // an older honest checkpoint and a forged one look alike in size; the root tells them apart
        let root = leaves.root(store, device, offered.size).await?;
        let wrong = if root == offered.root {
            Wrong::Rollback { held: head.size, offered: offered.size }
        } else {
            Wrong::Equivocation { sequence: offered.size.saturating_sub(1) }
        };
        let seen = pull.seen(head.size, leaves).await?;
        tally.problems.push(trouble(wrong).after(seen));
        return Ok(());
    }
    let end = offered.size.min(head.size.saturating_add(ENTRIES_PER_ROUND));
    let grows = head.size < end;
    while head.size < end {
        match pull.bundle(&mut head, &offered, tally).await? {
            Some(problem) => {
                tally.problems.push(problem.proved_by(&bytes));
                return Ok(());
            }
            None => continue,
        }
    }
    if head.size == offered.size {
        if leaves.root(store, device, offered.size).await? != offered.root {
            tally.problems.push(trouble(Wrong::Equivocation { sequence: offered.size.saturating_sub(1) }));
        } else if grows {
            store.accept_checkpoint(device, &bytes).await?;
        }
    }
    Ok(())
}

impl<S: Storage, L: LocalStore> Pull<'_, S, L> {
    /// The checkpoint under which the log as it is held here was verified: the other half of the evidence.
    async fn seen(&self, held: u64, leaves: &mut Leaves) -> Result<Option<Vec<u8>>, Stop> {
        let root = leaves.root(self.store, self.device, held).await?;
        Ok(self.store.checkpoint(self.device, held, &root).await.ok())
    }

    /// An object, where a failure that concerns it alone is noted as a problem and reads as absent.
    async fn get(&self, name: &str, tally: &mut Tally) -> Result<Option<Vec<u8>>, Stop> {
        match self.storage.get(name).await {
            Ok(found) => Ok(found),
            Err(e) if stops(e) => Err(e.into()),
            Err(e) => {
                tally.problems.push(Problem::new(Some(self.device), name, Wrong::Storage(e)));
                Ok(None)
            }
        }
    }

    /// Takes the entries of the bundle in which the log goes on. `Some` says why not.
    async fn bundle(&self, head: &mut Head, offered: &Checkpoint, tally: &mut Tally) -> Result<Option<Problem>, Stop> {
        let index = head.size / TILE_WIDTH;
        let first = index * TILE_WIDTH;
        let width = u16::try_from((offered.size - first).min(TILE_WIDTH)).unwrap_or(256);
        let exact = TileId { level: None, index, width };
        let full = TileId { level: None, index, width: 256 };
        let mut name = layout::tile(self.device, &exact);
        let mut bytes = self.get(&name, tally).await?;
        let mut stored_width = width;
        if bytes.is_none() && width < full.width {
            // the log may have grown meanwhile and its partial bundle been cleared away
            let full_name = layout::tile(self.device, &full);
            if let Some(found) = self.get(&full_name, tally).await? {
                (name, bytes, stored_width) = (full_name, Some(found), full.width);
            }
        }
        let problem = |wrong| Ok(Some(Problem::new(Some(self.device), &name, wrong)));
        let Some(bytes) = bytes else { return problem(Wrong::Missing) };
        let Some(entries) = parse_entry_bundle(&bytes, stored_width) else { return problem(Wrong::Damaged) };
        let known = usize::try_from(head.size - first).unwrap_or(usize::MAX);
        let held = self.store.entries(self.device, first, head.size).await?;
        if let Some(at) = held.iter().zip(&entries).position(|(a, b)| a != b) {
            // a bundle is not signed as such; only an entry that stands by itself accuses its key
            let sequence = first + at as u64;
            let accused = entries.get(at).is_some_and(|e| self.stands_alone(e, sequence));
            return problem(if accused { Wrong::Equivocation { sequence } } else { Wrong::Damaged });
        }
        let fresh = entries.get(known..usize::from(width)).unwrap_or_default();
        self.take(fresh, head, &name, tally).await
    }

    /// Verifies entries behind `head`, with their bodies, and hands them over up to the first that does not stand.
    async fn take(
        &self,
        entries: &[&[u8]],
        head: &mut Head,
        name: &str,
        tally: &mut Tally,
    ) -> Result<Option<Problem>, Stop> {
        let from = head.size;
        let hashes: Vec<Option<EntryHash>> =
            entries.iter().map(|e| wire::parse_entry(e, None).ok().map(|p| p.envelope.datahash)).collect();
        let bodies = self.bodies(&hashes, tally).await?;
        let verifier = Verifier::resume(self.device, Some(self.store.project()), head.clone());
        let Ok(verifier) = verifier else { return Ok(Some(Problem::new(Some(self.device), name, Wrong::Damaged))) };
        let mut verifier = verifier.with_now(self.now_ms);
        let mut accepted: Vec<Accepted> = Vec::with_capacity(entries.len());
        let mut problem = None;
        for (entry, hash) in entries.iter().zip(&hashes) {
            let place = verifier.head().size;
            let body = hash.as_ref().and_then(|hash| bodies.get(hash));
            match verifier.push_entry(entry, body.map(Vec::as_slice)) {
                Ok(one) => accepted.push(one),
                Err(found) => {
                    let mut said = Problem::of_entry(self.device, name, &found, place);
                    if found.code == Code::BrokenChain && place > 0 && self.stands_alone(entry, place) {
                        said.wrong = Wrong::Equivocation { sequence: place - 1 };
                    }
                    problem = Some(said);
                    break;
                }
            }
        }
        if !accepted.is_empty() {
            let count = accepted.len() as u64;
            let new_head = verifier.head().clone();
            self.store.accept(self.device, from, accepted, &new_head).await?;
            tally.received += count;
            *head = new_head;
        }
        Ok(problem)
    }

    /// Whether an entry is properly signed for this place by this log's key, whatever stands before it.
    fn stands_alone(&self, entry: &[u8], sequence: u64) -> bool {
        let Ok(parsed) = wire::parse_entry(entry, None) else { return false };
        let before = Head { size: sequence, last: parsed.envelope.prevhash, hlc: Default::default() };
        parsed.envelope.sequence == sequence
            && Verifier::resume(self.device, Some(self.store.project()), before)
                .is_ok_and(|mut v| v.push_entry(entry, None).is_ok())
    }

    /// The bodies that are there and are what the entries say. Absent ones are asked for again in later rounds.
    async fn bodies(
        &self,
        hashes: &[Option<EntryHash>],
        tally: &mut Tally,
    ) -> Result<BTreeMap<EntryHash, Vec<u8>>, Stop> {
        let hashes: Vec<EntryHash> = hashes.iter().flatten().copied().collect();
        let mut bodies = BTreeMap::new();
        for some in hashes.chunks(AT_ONCE) {
            for (hash, body) in self.fetch_bodies(some, tally).await? {
                bodies.insert(hash, body);
            }
        }
        Ok(bodies)
    }

    async fn fetch_bodies(&self, hashes: &[EntryHash], tally: &mut Tally) -> Result<Vec<(EntryHash, Vec<u8>)>, Stop> {
        let names: Vec<String> = hashes.iter().map(|h| layout::body(self.device, h)).collect();
        let answers = all(names.iter().map(|name| self.storage.get(name))).await;
        let mut good = Vec::new();
        for ((hash, name), answer) in hashes.iter().zip(names).zip(answers) {
            match answer {
                Ok(Some(body)) if EntryHash::of(&body) == *hash => good.push((*hash, body)),
                Ok(Some(_)) => tally.problems.push(Problem::new(Some(self.device), name, Wrong::Damaged)),
                Ok(None) => {}
                Err(e) if stops(e) => return Err(e.into()),
                Err(e) => tally.problems.push(Problem::new(Some(self.device), name, Wrong::Storage(e))),
            }
        }
        Ok(good)
    }
}

/// Asks once more for bodies that were absent when their entries came.
pub(super) async fn late_bodies<S: Storage, L: LocalStore>(
    storage: &S,
    store: &L,
    device: &DeviceId,
    tally: &mut Tally,
) -> Result<(), Stop> {
    let pull = Pull { storage, store, device, now_ms: 0 };
    let wanted = store.bodies_wanted(device).await?;
    for some in wanted.get(..wanted.len().min(OBJECTS_PER_ROUND)).unwrap_or_default().chunks(AT_ONCE) {
        for (hash, body) in pull.fetch_bodies(some, tally).await? {
            store.accept_body(device, &hash, body).await?;
            tally.bodies += 1;
        }
    }
    tally.bodies_absent += store.bodies_wanted(device).await?.len() as u64;
    Ok(())
}

/// Fetches the releases that logs announce and that are not here.
pub(super) async fn releases<S: Storage, L: LocalStore>(storage: &S, store: &L, tally: &mut Tally) -> Result<(), Stop> {
    for digest in store.releases_wanted().await?.into_iter().take(OBJECTS_PER_ROUND) {
        let name = layout::release(&digest);
        match storage.get(&name).await {
            Ok(Some(bytes)) if EntryHash::of(&bytes) == digest => {
                store.accept_release(&digest, bytes).await?;
                tally.releases += 1;
            }
            Ok(Some(_)) => tally.problems.push(Problem::new(None, name, Wrong::Damaged)),
            Ok(None) => tally.problems.push(Problem::new(None, name, Wrong::Missing)),
            Err(e) if stops(e) => return Err(e.into()),
            Err(e) => tally.problems.push(Problem::new(None, name, Wrong::Storage(e))),
        }
    }
    Ok(())
}
