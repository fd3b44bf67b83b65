//! Where things lie below a project's folder, as any reader of tlog-tiles expects them.
//!
//! ```text
//! release/<sha256>                        configuration, policy, guideline, covered tasks
//! <device>/checkpoint                     the only object that changes
//! <device>/tile/<L>/<N>[.p/<W>]           hash tiles
//! <device>/tile/entries/<N>[.p/<W>]       entries
//! <device>/data/<sha256>.json             erasable bodies
//! witness/<witness>/<device>              a peer's latest cosigned checkpoint
//! ```
//! Digests are lower-case hex; a device is the part of its did:key after `did:key:`, so that no name needs escaping.

use crate::domain::id::{DeviceId, ProjectId};
use crate::log::EntryHash;
use crate::log::key::{PublicKey, multibase};
use crate::log::tiles::TileId;

/// The folder of all releases.
pub const RELEASES: &str = "release/";

/// A name under which nothing is ever kept: what answers it with bytes answers anything.
pub const ABSENT: &str = "absent";

/// The folder of a project, below an endpoint's prefix.
pub fn project(project: &ProjectId) -> String {
    format!("{project}/")
}

/// The folder of a device's log.
pub fn log(device: &DeviceId) -> String {
    format!("{}/", multibase(device))
}

/// The device whose log a folder holds; `None` where the folder is not named by an Ed25519 key.
pub fn device_of(folder: &str) -> Option<DeviceId> {
    let name = folder.strip_suffix('/')?;
    // base58btc, so that the name has one form
    let device = DeviceId(format!("did:key:{name}"));
    let key = PublicKey::from_device(&device).ok()?;
    (key.device() == device).then_some(device)
}

/// A log's checkpoint.
pub fn checkpoint(device: &DeviceId) -> String {
    format!("{}/checkpoint", multibase(device))
}

/// A tile or a bundle of entries.
pub fn tile(device: &DeviceId, tile: &TileId) -> String {
    format!("{}/{}", multibase(device), tile.path())
}

/// The body with this hash.
pub fn body(device: &DeviceId, hash: &EntryHash) -> String {
    format!("{}/data/{}.json", multibase(device), hash.hex())
}

/// The release with this digest.
pub fn release(digest: &EntryHash) -> String {
    format!("{RELEASES}{}", digest.hex())
}

/// What `witness` last countersigned of the log of `device`.
pub fn witness(witness: &DeviceId, device: &DeviceId) -> String {
    format!("witness/{}/{}", multibase(witness), multibase(device))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_good_and_read_back() {
        let device = DeviceId::from("did:key:z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw");
        let hash = EntryHash([0xab; 32]);
        let bundle = TileId { level: None, index: 1_234, width: 7 };
        for name in [
            checkpoint(&device),
            tile(&device, &bundle),
            body(&device, &hash),
            release(&hash),
            witness(&device, &device),
        ] {
            assert_eq!(crate::storage::check_name(&name), Ok(()), "{name}");
        }
        assert!(tile(&device, &bundle).ends_with("/tile/entries/x001/234.p/7"));
        assert_eq!(device_of(&log(&device)), Some(device));
        for folder in ["release/", "witness/", "z6Mk/", "", "/", "z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw"] {
            assert_eq!(device_of(folder), None, "{folder}");
        }
    }
}
