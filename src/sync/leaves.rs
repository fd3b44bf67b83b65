//! Leaf hashes of the logs held here, kept between rounds: logs only grow, so what was hashed once stays good.

use super::store::{LocalError, LocalStore};
use crate::domain::id::DeviceId;
use crate::log::tree::{Hash, Tree, leaf_hash};
use std::collections::BTreeMap;

/// Entries read from the store at once.
const CHUNK: u64 = 1_024;

/// Leaf hashes by log, 32 bytes for each entry.
#[derive(Clone, Debug, Default)]
pub(super) struct Leaves(BTreeMap<DeviceId, Vec<Hash>>);

impl Leaves {
    /// The first `size` leaf hashes of a log held here.
    pub(super) async fn of<L: LocalStore>(
        &mut self,
        store: &L,
        device: &DeviceId,
        size: u64,
    ) -> Result<&[Hash], LocalError> {
        let known = self.0.entry(device.clone()).or_default();
        while (known.len() as u64) < size {
            let from = known.len() as u64;
            let to = size.min(from + CHUNK);
            let entries = store.entries(device, from, to).await?;
            if entries.len() as u64 != to - from {
                return Err(LocalError::Unreadable);
            }
            known.extend(entries.iter().map(|e| leaf_hash(e)));
        }
        let size = usize::try_from(size).map_err(|_| LocalError::Unreadable)?;
        known.get(..size).ok_or(LocalError::Unreadable)
    }

    /// The root of the first `size` entries.
    pub(super) async fn root<L: LocalStore>(
        &mut self,
        store: &L,
        device: &DeviceId,
        size: u64,
    ) -> Result<Hash, LocalError> {
        Ok(self.of(store, device, size).await?.iter().copied().collect::<Tree>().root())
    }
}
