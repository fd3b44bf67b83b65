//! The tree as files (C2SP tlog-tiles): hash tiles of 256, bundles of 256 entries, and their paths. Any auditor of such
//! logs can read a bucket of ours.
//!
//! Each tile has one possible content, so writing it twice is harmless. A partial tile (`.p/<W>`) is superseded by a
//! wider one and never changes.

use super::limits::MAX_LINE_BYTES;
use super::tree::{Hash, Tree};

/// Hashes in a full tile, entries in a full bundle.
pub const TILE_WIDTH: u64 = 256;
/// Tiles of level 7 would count 2^64 leaves.
pub const MAX_LEVEL: u8 = 6;

/// One hash tile or entry bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    /// Level of a hash tile, from 0; `None` for a bundle of entries.
    pub level: Option<u8>,
    /// Place within the level, from 0.
    pub index: u64,
    /// Hashes or entries in it, 1 to 256.
    pub width: u16,
}

impl TileId {
    /// Its path below the log: `tile/<L>/<N>[.p/<W>]`, `tile/entries/<N>[.p/<W>]`, where N is written in groups of
    /// three digits, all but the last after an `x`: `x001/x234/067`.
    pub fn path(&self) -> String {
        let mut groups = vec![format!("{:03}", self.index % 1000)];
        let mut rest = self.index / 1000;
        while rest > 0 {
            groups.push(format!("x{:03}", rest % 1000));
            rest /= 1000;
        }
        groups.reverse();
        let level = self.level.map_or("entries".to_owned(), |level| level.to_string());
        let partial = if u64::from(self.width) < TILE_WIDTH { format!(".p/{}", self.width) } else { String::new() };
        format!("tile/{level}/{}{partial}", groups.join("/"))
    }

    /// The leaves it covers, as first and one past the last. `None` past 2^64.
    pub fn leaves(&self) -> Option<(u64, u64)> {
        let each = TILE_WIDTH.checked_pow(u32::from(self.level.unwrap_or(0)))?;
        let first = self.index.checked_mul(TILE_WIDTH)?;
        let end = first.checked_add(u64::from(self.width))?;
        Some((first.checked_mul(each)?, end.checked_mul(each)?))
    }
}

/// The tiles and bundles to write when a log grows from `old_size` to `new_size` entries: those that are new or wider.
/// Bundles come first, then hash tiles from level 0 up: the order in which they should be written.
pub fn new_tiles(old_size: u64, new_size: u64) -> Vec<TileId> {
    let mut tiles = grown(None, old_size, new_size);
    let (mut old, mut new) = (old_size, new_size);
    for level in 0..=MAX_LEVEL {
        tiles.extend(grown(Some(level), old, new));
        (old, new) = (old / TILE_WIDTH, new / TILE_WIDTH);
    }
    tiles
}

fn grown(level: Option<u8>, old: u64, new: u64) -> Vec<TileId> {
    if old >= new {
        return Vec::new();
    }
    let full = (old / TILE_WIDTH..new / TILE_WIDTH).map(|index| TileId { level, index, width: 256 });
    let rest = u16::try_from(new % TILE_WIDTH).unwrap_or(0);
    let partial = (rest > 0).then_some(TileId { level, index: new / TILE_WIDTH, width: rest });
    full.chain(partial).collect()
}

/// The content of a hash tile, made from the hashes of the leaves it covers, in order. `None` where their number is not
/// the one that the tile covers, or it is no hash tile.
pub fn hash_tile(tile: &TileId, leaves: &[Hash]) -> Option<Vec<u8>> {
    let each = usize::try_from(TILE_WIDTH.checked_pow(u32::from(tile.level?))?).ok()?;
    if leaves.len() != each.checked_mul(usize::from(tile.width))? {
        return None;
    }
    Some(leaves.chunks(each).flat_map(|below| below.iter().copied().collect::<Tree>().root()).collect())
}

/// The hashes of a tile. `None` unless its bytes are exactly `width` hashes.
pub fn parse_hash_tile(bytes: &[u8], width: u16) -> Option<Vec<Hash>> {
    let (hashes, rest) = bytes.as_chunks::<32>();
    (rest.is_empty() && hashes.len() == usize::from(width)).then(|| hashes.to_vec())
}

/// The content of a bundle: each entry after its length in two bytes, big-endian. `None` where one is too long.
pub fn entry_bundle<'a>(entries: impl IntoIterator<Item = &'a [u8]>) -> Option<Vec<u8>> {
    let mut bundle = Vec::new();
    for entry in entries {
        bundle.extend_from_slice(&u16::try_from(entry.len()).ok()?.to_be_bytes());
        bundle.extend_from_slice(entry);
    }
    Some(bundle)
}

/// The entries of a bundle. `None` unless it holds exactly `width` of them and nothing else; what exceeds any possible
/// bundle is refused unread.
pub fn parse_entry_bundle(bytes: &[u8], width: u16) -> Option<Vec<&[u8]>> {
    if bytes.len() > usize::from(width).checked_mul(MAX_LINE_BYTES + 2)? {
        return None;
    }
    let (mut rest, mut entries) = (bytes, Vec::new());
    for _ in 0..width {
        let (length, after) = rest.split_first_chunk::<2>()?;
        let (entry, after) = after.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        entries.push(entry);
        rest = after;
    }
    rest.is_empty().then_some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let check = |level, index, width, path: &str| assert_eq!(TileId { level, index, width }.path(), path);
        check(Some(0), 0, 256, "tile/0/000");
        check(Some(1), 1_234_067, 8, "tile/1/x001/x234/067.p/8");
        check(None, 1000, 256, "tile/entries/x001/000");
    }

    #[test]
    fn growth() {
        let paths = |old, new| new_tiles(old, new).iter().map(TileId::path).collect::<Vec<_>>();
        assert_eq!(paths(0, 8), ["tile/entries/000.p/8", "tile/0/000.p/8"]);
        assert_eq!(paths(8, 8), [""; 0]);
        assert_eq!(paths(9, 8), [""; 0]);
        assert_eq!(
            paths(255, 257),
            ["tile/entries/000", "tile/entries/001.p/1", "tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1"]
        );
        assert_eq!(paths(300, 301), ["tile/entries/001.p/45", "tile/0/001.p/45"]);
    }

    #[test]
    fn tiles_and_bundles_read_back() {
        let leaves: Vec<Hash> = (0..=255).chain(0..=255).map(|n| [n; 32]).collect();
        let one = TileId { level: Some(1), index: 0, width: 2 };
        let bytes = hash_tile(&one, &leaves).unwrap();
        let roots = parse_hash_tile(&bytes, 2).unwrap();
        assert_eq!(roots[0], leaves[..256].iter().copied().collect::<Tree>().root());
        assert_eq!(one.leaves(), Some((0, 512)));
        assert_eq!(hash_tile(&one, &leaves[1..]), None);
        assert_eq!(parse_hash_tile(&bytes[1..], 2), None);
        let bundle = entry_bundle([&b"one"[..], b"", b"three"]).unwrap();
        assert_eq!(parse_entry_bundle(&bundle, 3).unwrap(), [&b"one"[..], b"", b"three"]);
        for (bytes, width) in [(&bundle[..], 2), (&bundle[..], 4), (&bundle[..bundle.len() - 1], 3), (&[][..], 1)] {
            assert_eq!(parse_entry_bundle(bytes, width), None);
        }
        assert_eq!(entry_bundle([&[0; 65536][..]]), None);
    }
}
