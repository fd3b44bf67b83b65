//! Sends this device's own logs and releases out.
//!
//! Order within a log: bodies, entries, hash tiles, checkpoint; so whoever reads a checkpoint finds what it promises. Every
//! object but the checkpoint has one possible content, so sending again is harmless, and where to go on is read from the
//! checkpoint at the endpoint, not from a counter of ours that could be wrong.

use super::exchange::Tally;
use super::layout;
use super::leaves::Leaves;
use super::note;
use super::problem::{Problem, Stop, Wrong};
use super::store::{LocalError, LocalStore, Own};
use super::together::{AT_ONCE, all};
use crate::domain::id::DeviceId;
use crate::log::tiles::{TileId, entry_bundle, hash_tile, new_tiles};
use crate::log::{EntryHash, wire};
use crate::storage::{Storage, StorageError, walk};
use std::collections::{BTreeMap, BTreeSet};

/// How thoroughly to look at what should be there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Care {
    /// Trust the endpoint's checkpoint.
    Quick,
    /// List this device's folder and send again what is missing. An endpoint that does not list is trusted.
    Listed,
    /// Send everything again.
    Whole,
}

/// Where one log stands at the endpoint.
enum There {
    /// It agrees with ours up to this size.
    UpTo(u64),
    /// It must not be touched.
    Trouble(Problem),
}

/// Sends one log. Problems found are added to `tally`, and then nothing was sent. `confirmed` holds how many entries the
/// endpoint is known to have.
pub(super) async fn log<S: Storage, L: LocalStore>(
    storage: &S,
    store: &L,
    own: &Own,
    leaves: &mut Leaves,
    care: Care,
    confirmed: &mut BTreeMap<DeviceId, u64>,
    tally: &mut Tally,
) -> Result<(), Stop> {
    let device = &own.device;
    let there = match seen(storage, store, own, leaves).await? {
        There::UpTo(size) => size,
        There::Trouble(problem) => {
            tally.problems.push(problem);
            return Ok(());
        }
    };
    let (from, missing_of) = match care {
        Care::Quick => (there, None),
        Care::Whole => (0, None),
        Care::Listed if there == 0 => (0, None),
        Care::Listed if !storage.lists() => (there, None),
        Care::Listed => match walk(storage, &layout::log(device)).await {
            Ok(names) => (0, Some(names.into_iter().collect::<BTreeSet<_>>())),
            Err(StorageError::Denied | StorageError::Invalid) => (there, None),
            Err(e) => return Err(e.into()),
        },
    };
    confirmed.insert(device.clone(), there);
    // what no checkpoint promised may be what is left of a write that was cut short: its name says nothing
    let is_there = |name: &String| missing_of.as_ref().is_some_and(|names| names.contains(name));
    if from < own.size {
        send_bodies(storage, store, own, from, |at, name| at < there && is_there(name), tally).await?;
        let promised: BTreeSet<String> =
            new_tiles(0, there).iter().map(|tile| layout::tile(&own.device, tile)).collect();
        let is_there = |name: &String| promised.contains(name) && is_there(name);
        send_tiles(storage, store, own, from, leaves, is_there, tally).await?;
    }
    if there < own.size || care == Care::Whole {
        send_checkpoint(storage, store, own, leaves, tally).await?;
        tally.sent += own.size - there;
        confirmed.insert(device.clone(), own.size);
    }
    Ok(())
}

async fn seen<S: Storage, L: LocalStore>(
    storage: &S,
    store: &L,
    own: &Own,
    leaves: &mut Leaves,
) -> Result<There, Stop> {
    let name = layout::checkpoint(&own.device);
    let Some(bytes) = storage.get(&name).await? else { return Ok(There::UpTo(0)) };
    let trouble = |wrong| Ok(There::Trouble(Problem::new(Some(&own.device), &name, wrong).proved_by(&bytes)));
    let checkpoint = match note::open(&bytes, store.project(), &own.device) {
        Ok(checkpoint) => checkpoint,
        Err(_) if note::is_remnant(&bytes, store.project(), &own.device) => {
            super::exchange::recognise(storage).await?;
            return Ok(There::UpTo(0));
        }
        // a stranger answers for our own name: keep everything at home
        Err(_) => return Err(StorageError::NotOurs.into()),
    };
    let here = store.head(&own.device).await?.size;
    if checkpoint.size > here {
        return trouble(Wrong::OwnAhead { here, there: checkpoint.size });
    }
    if leaves.root(store, &own.device, checkpoint.size).await? != checkpoint.root {
        return trouble(Wrong::Equivocation { sequence: checkpoint.size.saturating_sub(1) });
    }
    Ok(There::UpTo(checkpoint.size.min(own.size)))
}

/// Writes objects that have one possible content each, and reads each back: a server may say that it took what it cut
/// short or threw away.
async fn put_all<S: Storage>(storage: &S, objects: &[(String, Vec<u8>)], tally: &mut Tally) -> Result<(), Stop> {
    for some in objects.chunks(AT_ONCE) {
        let results = all(some.iter().map(|(name, bytes)| put_one(storage, name, bytes))).await;
        for (result, (_, bytes)) in results.iter().zip(some) {
            (*result)?;
            tally.objects += 1;
            tally.bytes += bytes.len() as u64;
        }
    }
    Ok(())
}

async fn put_one<S: Storage>(storage: &S, name: &str, bytes: &[u8]) -> Result<(), StorageError> {
    let mut kept = None;
    for _ in 0..2 {
        match storage.put(name, bytes).await {
            // a conflict is a success where what lies there are these very bytes: an answer was lost, a tab was faster
            Ok(()) | Err(StorageError::Conflict) => {}
            Err(e) => return Err(e),
        }
        kept = storage.get(name).await?;
        if kept.as_deref() == Some(bytes) {
            return Ok(());
        }
    }
    match kept {
        // a page in place of what was just written; a beginning of it is a write cut short, to be tried again later
        Some(other) if !bytes.starts_with(&other) => Err(StorageError::NotOurs),
        _ => Err(StorageError::Conflict),
    }
}

async fn send_bodies<S: Storage, L: LocalStore>(
    storage: &S,
    store: &L,
    own: &Own,
    from: u64,
    is_there: impl Fn(u64, &String) -> bool,
    tally: &mut Tally,
) -> Result<(), Stop> {
    const CHUNK: u64 = 256;
    let mut at = from;
    while at < own.size {
        let to = own.size.min(at + CHUNK);
        let mut objects = Vec::new();
        for (place, entry) in (at..).zip(store.entries(&own.device, at, to).await?) {
            let hash = wire::parse_entry(&entry, None).map_err(|_| LocalError::Unreadable)?.envelope.datahash;
            let name = layout::body(&own.device, &hash);
            if is_there(place, &name) {
                continue;
            }
            if let Some(body) = store.body(&own.device, &hash).await? {
                objects.push((name, body));
            }
        }
        put_all(storage, &objects, tally).await?;
        at = to;
    }
    Ok(())
}

async fn send_tiles<S: Storage, L: LocalStore>(
    storage: &S,
    store: &L,
    own: &Own,
    from: u64,
    leaves: &mut Leaves,
    is_there: impl Fn(&String) -> bool,
    tally: &mut Tally,
) -> Result<(), Stop> {
    let tiles = new_tiles(from, own.size);
    let missing = tiles.iter().filter(|t| !is_there(&layout::tile(&own.device, t)));
    // bundles of entries are the larger part: a few at a time keeps memory flat
    for some in missing.collect::<Vec<_>>().chunks(AT_ONCE) {
        let mut objects = Vec::new();
        for tile in some {
            objects.push((layout::tile(&own.device, tile), content(store, own, tile, leaves).await?));
        }
        put_all(storage, &objects, tally).await?;
    }
    Ok(())
}

async fn content<L: LocalStore>(
    store: &L,
    own: &Own,
    tile: &TileId,
    leaves: &mut Leaves,
) -> Result<Vec<u8>, LocalError> {
    let (first, end) = tile.leaves().ok_or(LocalError::Unreadable)?;
    if tile.level.is_none() {
        let entries = store.entries(&own.device, first, end).await?;
        let whole = entries.len() as u64 == end - first;
        let bundle = entry_bundle(entries.iter().map(Vec::as_slice)).filter(|_| whole);
        return bundle.ok_or(LocalError::Unreadable);
    }
    let hashes = leaves.of(store, &own.device, own.size).await?;
    let range = usize::try_from(first).ok().zip(usize::try_from(end).ok());
    let below = range.and_then(|(first, end)| hashes.get(first..end));
    below.and_then(|below| hash_tile(tile, below)).ok_or(LocalError::Unreadable)
}

async fn send_checkpoint<S: Storage, L: LocalStore>(
    storage: &S,
    store: &L,
    own: &Own,
    leaves: &mut Leaves,
    tally: &mut Tally,
) -> Result<(), Stop> {
    let root = leaves.root(store, &own.device, own.size).await?;
    let bytes = store.checkpoint(&own.device, own.size, &root).await?;
    let says = note::open(&bytes, store.project(), &own.device).map_err(|_| LocalError::NoKey)?;
    if says.size != own.size || says.root != root {
        return Err(LocalError::NoKey.into());
    }
    let name = layout::checkpoint(&own.device);
    let put = storage.put(&name, &bytes).await;
    // read back, whatever was answered: a server that took the bytes and kept others, or a conflict with oneself, shows here
    if let Err(e) = put
        && e != StorageError::Conflict
    {
        return Err(e.into());
    }
    tally.objects += 1;
    tally.bytes += bytes.len() as u64;
    match storage.get(&name).await? {
        Some(kept) if kept == bytes => Ok(()),
        Some(kept) => match note::open(&kept, store.project(), &own.device) {
            // another tab of this device was faster, or the endpoint answers with an older state: look again next round
            Ok(_) => Err(StorageError::Conflict.into()),
            Err(_) if note::is_remnant(&kept, store.project(), &own.device) => Err(StorageError::Conflict.into()),
            Err(_) => Err(StorageError::NotOurs.into()),
        },
        None => Err(StorageError::Conflict.into()),
    }
}

/// Removes the bodies of this device's erased events. `done` remembers what was removed already.
pub(super) async fn erasures<S: Storage, L: LocalStore>(
    storage: &S,
    store: &L,
    device: &DeviceId,
    done: &mut BTreeSet<EntryHash>,
) -> Result<(), Stop> {
    for hash in store.bodies_erased(device).await? {
        if !done.contains(&hash) {
            storage.delete(&layout::body(device, &hash)).await?;
            done.insert(hash);
        }
    }
    Ok(())
}

/// Sends the releases that this device announced and that are not there. `done` remembers what is known to be there.
pub(super) async fn releases<S: Storage, L: LocalStore>(
    storage: &S,
    store: &L,
    done: &mut BTreeSet<EntryHash>,
    tally: &mut Tally,
) -> Result<(), Stop> {
    let mut open: Vec<EntryHash> = store.releases_own().await?;
    open.retain(|digest| !done.contains(digest));
    if open.is_empty() {
        return Ok(());
    }
    for digest in open {
        let name = layout::release(&digest);
        let Some(bytes) = store.release(&digest).await? else { continue };
        // no checkpoint promises a release, so only its bytes say that it is whole
        if storage.get(&name).await?.as_ref() != Some(&bytes) {
            put_all(storage, &[(name, bytes)], tally).await?;
        }
        done.insert(digest);
    }
    Ok(())
}
