//! What the exchange needs from the device it runs on: its logs, bodies and releases, and a place for what was pulled.

use crate::domain::event::Fact;
use crate::domain::id::{DeviceId, Digest, ProjectId};
use crate::log::{Accepted, EntryHash, Head};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why the device's own store failed. Nothing was half-written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LocalError {
    /// No room left on this device.
    #[error("keep what was pulled: this device has no room left; free some and sync again")]
    NoRoom,
    /// The key cannot be used, so no checkpoint can be signed.
    #[error("sign the checkpoint: the device's key cannot be used; open the project again")]
    NoKey,
    /// The log moved under us: another tab was faster. The next round sees both.
    #[error("keep what was pulled: the store changed meanwhile; it is tried again")]
    Moved,
    /// The store cannot be read or written.
    #[error("read this device's store: it cannot be opened; reload, or free it from other tabs")]
    Unreadable,
}

/// A log that this device may publish, and how far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Own {
    /// Whose it is.
    pub device: DeviceId,
    /// How many entries may be published: all, or those under the last checkpoint where the key is not at hand.
    pub size: u64,
}

/// The device's side of the exchange. Logs only grow: an entry that was given once is given alike for ever.
#[expect(async_fn_in_trait, reason = "the callers are ours, and browser futures are not Send")]
pub trait LocalStore {
    /// The project that is exchanged.
    fn project(&self) -> &ProjectId;

    /// The logs this device may publish.
    async fn own(&self) -> Result<Vec<Own>, LocalError>;

    /// The devices whose logs should be here: those granted a key, whether their logs are here or not. Used where an
    /// endpoint does not list.
    async fn known(&self) -> Result<Vec<DeviceId>, LocalError>;

    /// Where the log of `device` ends here; the empty head where nothing of it is here.
    async fn head(&self, device: &DeviceId) -> Result<Head, LocalError>;

    /// Entries `from..to` of a log held here, in order, canonical bytes without bodies.
    async fn entries(&self, device: &DeviceId, from: u64, to: u64) -> Result<Vec<Vec<u8>>, LocalError>;

    /// The body with this hash in the log of `device`: `None` where it is erased or not here.
    async fn body(&self, device: &DeviceId, hash: &EntryHash) -> Result<Option<Vec<u8>>, LocalError>;

    /// Bodies that entries of this log name, that are not here, and that no erasure explains.
    async fn bodies_wanted(&self, device: &DeviceId) -> Result<Vec<EntryHash>, LocalError>;

    /// Bodies of this device's own log that are erased and must go from the endpoint too.
    async fn bodies_erased(&self, device: &DeviceId) -> Result<Vec<EntryHash>, LocalError>;

    /// Releases that this device announced and must publish.
    async fn releases_own(&self) -> Result<Vec<EntryHash>, LocalError>;

    /// Releases that a log announces and that are not here.
    async fn releases_wanted(&self) -> Result<Vec<EntryHash>, LocalError>;

    /// The bytes of a release.
    async fn release(&self, digest: &EntryHash) -> Result<Option<Vec<u8>>, LocalError>;

    /// The signed note that says the log of `device` has `size` entries and this root: signed now, or kept from earlier.
    async fn checkpoint(&self, device: &DeviceId, size: u64, root: &[u8; 32]) -> Result<Vec<u8>, LocalError>;

    /// Takes entries that were verified, to stand at `from` and after. `from` is where the log ends here; where it is
    /// not any more, [`LocalError::Moved`].
    async fn accept(&self, device: &DeviceId, from: u64, entries: Vec<Accepted>, head: &Head)
    -> Result<(), LocalError>;

    /// Takes the checkpoint under which the log as it is held here was verified.
    async fn accept_checkpoint(&self, device: &DeviceId, note: &[u8]) -> Result<(), LocalError>;

    /// Takes a body whose hash was checked.
    async fn accept_body(&self, device: &DeviceId, hash: &EntryHash, body: Vec<u8>) -> Result<(), LocalError>;

    /// Takes a release whose digest was checked.
    async fn accept_release(&self, digest: &EntryHash, bytes: Vec<u8>) -> Result<(), LocalError>;
}

/// The release that a fact announces, if it announces one. (`answers.imported` names source material, which stays home.)
pub fn announced(fact: &Fact) -> Option<&Digest> {
    match fact {
        Fact::ConfigPublished { digest }
        | Fact::PolicyPublished { digest }
        | Fact::GuidelinePublished { digest, .. }
        | Fact::TasksReleased { digest, .. } => Some(digest),
        _ => None,
    }
}
