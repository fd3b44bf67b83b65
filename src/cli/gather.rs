//! What the subcommands read: logs from files, from a folder as `pull` leaves it, from a folder in the storage layout,
//! or from such a folder on a WebDAV server.
//!
//! A folder in the storage layout is held to what its checkpoints say: entries come from the bundles that the checkpoint's
//! size calls for, by exact names, and each hash tile must be the one of these entries. What lies there beside is not read.

use super::exchange::exchange;
use super::place::open_address;
use crate::domain::event::Event;
use crate::domain::id::DeviceId;
use crate::domain::state::fold_order;
use crate::log::checkpoint::{Checkpoint, MAX_NOTE_BYTES, Note};
use crate::log::key::multibase;
use crate::log::limits::{MAX_ENTRY_BYTES, MAX_LONG_LINE_BYTES, MAX_REFERRED_BYTES};
use crate::log::tiles::{TileId, hash_tile, new_tiles, parse_entry_bundle};
use crate::log::{Code, EntryHash, FileReader, LogReader, wire};
use crate::platform::native::{clock, files, folder};
use crate::sync::{Care, Direction, HOST, Shelf};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// Levels of folders that are searched for logs: `<prefix>/<project>/<device>`.
const MAX_LEVELS: usize = 3;

/// A log and where it was read.
pub struct Log {
    /// The file, or the folder of the log.
    pub path: PathBuf,
    /// What was read.
    pub reader: LogReader,
}

/// Everything that was read.
#[derive(Default)]
pub struct Gathered {
    /// The logs, in order of reading.
    pub logs: Vec<Log>,
    /// Signed checkpoints, found or given.
    pub checkpoints: Vec<Vec<u8>>,
    /// What could not be read, and why.
    pub unreadable: Vec<(PathBuf, String)>,
    now_ms: Option<u64>,
}

impl Gathered {
    /// Reads all paths. Times later than the machine's clock are told of.
    pub fn of(paths: &[PathBuf]) -> Self {
        Self::read(paths, Some(clock::now_ms()))
    }

    /// The same without a look at the clock: the same bytes give the same whenever they are read.
    pub fn timeless(paths: &[PathBuf]) -> Self {
        Self::read(paths, None)
    }

    fn read(paths: &[PathBuf], now_ms: Option<u64>) -> Self {
        let mut all = Self { now_ms, ..Self::default() };
        for path in paths {
            let address = path.to_str().filter(|text| text.starts_with("https://") || text.starts_with("http://"));
            if let Some(address) = address {
                if let Err(why) = all.address(path, address) {
                    all.unreadable.push((path.clone(), why));
                }
            } else if !folder::is_folder(path) {
                all.file(path);
            } else if let Err(error) = all.folder(path, MAX_LEVELS) {
                all.unread(path, &error);
            }
        }
        all
    }

    fn unread(&mut self, path: &Path, error: &io::Error) {
        self.unreadable.push((path.to_owned(), error.kind().to_string()));
    }

    /// A project's folder on a WebDAV server, fetched as `pull` fetches it and verified once more with everything else.
    fn address(&mut self, path: &Path, address: &str) -> Result<(), String> {
        let (place, name) = address.trim_end_matches('/').rsplit_once('/').ok_or("not the address of a folder")?;
        let project = EntryHash::parse(name).ok_or("the address does not end with a project, 43 characters")?;
        let shelf = Shelf::new(project.project(), HOST);
        let outcome = exchange(&open_address(place)?, &shelf, Direction::In, Care::Quick);
        self.unreadable.extend(outcome.troubles().into_iter().map(|why| (path.to_owned(), why)));
        for device in shelf.devices() {
            let reader = LogReader::of_bytes(&shelf.lines(&device), self.now_ms);
            self.logs.push(Log { path: path.join(multibase(&device)), reader });
            self.checkpoints.extend(shelf.kept_checkpoint(&device));
        }
        if shelf.devices().is_empty() && outcome.is_ok() {
            return Err("no log is there".to_owned());
        }
        Ok(())
    }

    /// The events that stand, each once, in the order of the fold, with a body wherever any log has it.
    pub fn events(&self) -> Vec<Event> {
        let mut events: BTreeMap<_, Event> = BTreeMap::new();
        for event in self.logs.iter().flat_map(|log| log.reader.events()) {
            let kept = events.entry((event.device.clone(), event.sequence)).or_insert_with(|| event.clone());
            if kept.happening.fact.is_none() {
                kept.clone_from(event);
            }
        }
        let mut events: Vec<Event> = events.into_values().collect();
        events.sort_by(fold_order);
        events
    }

    /// Reads a signed checkpoint.
    pub fn checkpoint(&mut self, path: &Path) {
        match files::read(path, MAX_NOTE_BYTES as u64) {
            Ok(bytes) => self.checkpoints.push(bytes),
            Err(error) => self.unread(path, &error),
        }
    }

    fn file(&mut self, path: &Path) {
        let mut reader = FileReader::new(self.now_ms);
        match files::each_line(path, MAX_LONG_LINE_BYTES, |line| reader.push(line)) {
            Ok(()) => self.logs.extend(reader.logs().into_iter().map(|reader| Log { path: path.to_owned(), reader })),
            Err(error) => self.unread(path, &error),
        }
    }

    fn folder(&mut self, path: &Path, levels: usize) -> io::Result<()> {
        if folder::is_folder(&path.join("tile")) || path.join("checkpoint").is_file() {
            return self.stored_log(path);
        }
        let (logs, found) = (folder::with_ending(path, "jsonl")?, self.logs.len());
        logs.iter().for_each(|log| self.file(log));
        folder::with_ending(path, "checkpoint")?.iter().for_each(|note| self.checkpoint(note));
        if levels > 0 {
            for below in folder::folders_in(path)? {
                match below.file_name().and_then(|name| name.to_str()) {
                    Some("release") => {}
                    Some("witness") => self.witnessed(&below)?,
                    _ => self.folder(&below, levels - 1)?,
                }
            }
        }
        // the outermost folder must hold something; one below may be a stranger's
        if levels == MAX_LEVELS && self.logs.len() == found {
            self.unreadable.push((path.to_owned(), "no log is in it".to_owned()));
        }
        Ok(())
    }

    fn witnessed(&mut self, path: &Path) -> io::Result<()> {
        for witness in folder::folders_in(path)? {
            folder::files_in(&witness)?.iter().for_each(|note| self.checkpoint(note));
        }
        Ok(())
    }

    /// One log as it lies in storage.
    fn stored_log(&mut self, path: &Path) -> io::Result<()> {
        let bytes = files::read(&path.join("checkpoint"), MAX_NOTE_BYTES as u64)?;
        let checkpoint = Note::parse(&bytes).and_then(|note| Checkpoint::parse(&note.text));
        // a folder that is named by a key holds the log of that key
        let named = path.file_name().and_then(|n| n.to_str()).map(|n| DeviceId(format!("did:key:{n}")));
        let of_key = named.and_then(|device| LogReader::of_device(&device, self.now_ms));
        let mut reader = of_key.unwrap_or_else(|| LogReader::new(self.now_ms));
        match &checkpoint {
            Ok(checkpoint) => read_stored(&mut reader, path, checkpoint.size),
            Err(_) => reader.note(Code::BadCheckpoint, 0, "the log's checkpoint is not a signed checkpoint"),
        }
        self.checkpoints.extend(checkpoint.is_ok().then_some(bytes));
        self.logs.push(Log { path: path.to_owned(), reader });
        Ok(())
    }
}

/// Gives each line of a log once more, or each entry where it was read from a folder.
pub fn again(path: &Path, mut each: impl FnMut(&[u8])) {
    if !folder::is_folder(path) {
        // what could not be read was told the first time
        let _ = files::each_line(path, MAX_LONG_LINE_BYTES, each);
    } else if let Ok(bytes) = files::read(&path.join("checkpoint"), MAX_NOTE_BYTES as u64)
        && let Ok(checkpoint) = Note::parse(&bytes).and_then(|note| Checkpoint::parse(&note.text))
    {
        let _ = each_entry(path, checkpoint.size, &mut each);
    }
}

/// The entries that a checkpoint of `size` counts. An error says where they end early, and why.
fn each_entry(path: &Path, size: u64, each: &mut impl FnMut(&[u8])) -> Result<(), (u64, &'static str)> {
    for bundle in new_tiles(0, size).iter().filter(|tile| tile.level.is_none()) {
        let first = bundle.leaves().map_or(0, |(first, _)| first);
        let bytes = object(path, bundle).ok_or((first, "a bundle of entries is absent or too large"))?;
        // a fuller bundle holds the same entries and more
        let entries = (bundle.width..=256).find_map(|width| parse_entry_bundle(&bytes, width));
        let entries = entries.ok_or((first, "a bundle of entries has not its form"))?;
        entries.iter().take(usize::from(bundle.width)).for_each(|entry| each(entry));
    }
    Ok(())
}

/// Reads the entries that a checkpoint of `size` counts, their bodies, and holds the hash tiles against them.
fn read_stored(reader: &mut LogReader, path: &Path, size: u64) {
    let read = each_entry(path, size, &mut |entry| reader.push_entry(entry, body(path, entry).as_deref()));
    if let Err((place, detail)) = read {
        return reader.note(Code::BadTile, place, detail);
    }
    for tile in new_tiles(0, size).iter().filter(|tile| tile.level.is_some()) {
        let Some((first, end)) = tile.leaves() else { continue };
        let range = usize::try_from(first).ok().zip(usize::try_from(end).ok());
        let Some(leaves) = range.and_then(|(first, end)| reader.leaves().get(first..end)) else { continue };
        let ours = hash_tile(tile, leaves).unwrap_or_default();
        if !object(path, tile).is_some_and(|bytes| bytes.starts_with(&ours) && bytes.len() % 32 == 0) {
            reader.note(Code::BadTile, first, "a hash tile is absent or not the one of these entries");
        }
    }
}

/// A tile's bytes, or those of the full one that took its place.
fn object(path: &Path, tile: &TileId) -> Option<Vec<u8>> {
    let limit = 256 * (MAX_ENTRY_BYTES as u64 + 2);
    let full = TileId { width: 256, ..*tile };
    files::read(&path.join(tile.path()), limit).or_else(|_| files::read(&path.join(full.path()), limit)).ok()
}

/// The body of an entry, where it lies beside. Whether it is the one that was signed is for the reader to say.
fn body(path: &Path, entry: &[u8]) -> Option<Vec<u8>> {
    let hash: EntryHash = wire::datahash(entry)?;
    files::read(&path.join(wire::body_ref(&hash)), MAX_REFERRED_BYTES as u64).ok()
}
