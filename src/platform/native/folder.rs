//! A project's folder: logs, their checkpoints and the releases, as `countersign pull` leaves it.
//!
//! ```text
//! <device>.jsonl         one event a line
//! <device>.checkpoint    the signed note under which the log was pulled
//! release/<sha256>       released bodies
//! ```

use super::files;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The files directly in a folder whose name ends with `.ending`, sorted; none where there is no such folder.
pub fn with_ending(folder: &Path, ending: &str) -> io::Result<Vec<PathBuf>> {
    let all = files_in(folder)?;
    Ok(all.into_iter().filter(|p| p.extension().is_some_and(|e| e == ending)).collect())
}

/// The files directly in a folder, sorted; none where there is no such folder.
pub fn files_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.is_file() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// The folders directly in a folder, sorted; none where there is no such folder.
pub fn folders_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.retain(|path| path.is_dir());
    paths.sort();
    Ok(paths)
}

/// Whether a path is a file.
pub fn is_file(path: &Path) -> bool {
    path.is_file()
}

/// Whether a path is a folder.
pub fn is_folder(path: &Path) -> bool {
    path.is_dir()
}

/// Writes a new file that only its owner can read; one that is there already is left as it is and refused.
pub fn write_secret(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use std::io::Write;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Writes a file whole or not at all: beside it first, then in its place. Makes the folder where it is missing, and
/// leaves a file that holds these bytes already untouched.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if files::read(path, bytes.len() as u64).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let beside = path.with_file_name(name);
    fs::write(&beside, bytes)?;
    fs::File::open(&beside)?.sync_all()?;
    fs::rename(&beside, path)
}
