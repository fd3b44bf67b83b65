//! The storage port over a folder of this machine: a network share, a stick, a folder that another program carries on.
//!
//! Objects are files of the same names. Each is written beside its place and moved there, so that a reader, or a program
//! that copies the folder meanwhile, never sees half of one.

use super::files;
use crate::storage::{LIST_LIMIT, OBJECT_LIMIT_BYTES, Storage, StorageError, check_folder, check_name};
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;

/// What is written and not in its place yet ends so; no object's name has the sign in it.
const UNDER_WAY: &str = "~new";
/// How many may be under way for one object, those left by programs that died among them.
const ATTEMPTS: u32 = 100;

/// A folder with objects in it.
#[derive(Clone, Debug)]
pub struct FolderStorage {
    root: PathBuf,
}

impl FolderStorage {
    /// A folder, and the folder below it under which everything of ours is kept: empty, or ending with a slash.
    ///
    /// # Errors
    /// [`StorageError::Invalid`] where there is no such folder: a share that is not mounted must not look like an empty one.
    pub fn open(folder: &str, prefix: &str) -> Result<Self, StorageError> {
        check_folder(prefix)?;
        let root = PathBuf::from(folder);
        if root.is_dir() { Ok(Self { root: root.join(prefix) }) } else { Err(StorageError::Invalid) }
    }

    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.root.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let (beside, mut file) = self.beside(name)?;
        let written = file.write_all(bytes).and_then(|()| file.sync_all());
        let moved = written.and_then(|()| fs::rename(&beside, path));
        if moved.is_err() {
            let _ = fs::remove_file(&beside);
        }
        moved
    }

    /// A new file beside an object's place. Two programs may write at once, and one that died leaves its file.
    fn beside(&self, name: &str) -> io::Result<(PathBuf, fs::File)> {
        let mut made = Err(ErrorKind::AlreadyExists.into());
        for number in 0..ATTEMPTS {
            let path = self.root.join(format!("{name}.{number}{UNDER_WAY}"));
            made = fs::File::create_new(&path).map(|file| (path, file));
            if !made.as_ref().is_err_and(|e: &io::Error| e.kind() == ErrorKind::AlreadyExists) {
                break;
            }
        }
        made
    }

    fn children(&self, folder: &str) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(self.root.join(folder))? {
            let entry = entry?;
            let Ok(child) = entry.file_name().into_string() else { continue };
            if check_name(&child).is_ok() {
                let slash = if entry.path().is_dir() { "/" } else { "" };
                names.push(format!("{folder}{child}{slash}"));
            }
            if names.len() > LIST_LIMIT {
                return Err(ErrorKind::FileTooLarge.into());
            }
        }
        names.sort_unstable();
        Ok(names)
    }
}

/// The error of the port that one of the machine stands for.
fn reason(error: &io::Error) -> StorageError {
    match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => StorageError::Denied,
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StorageError::Full,
        ErrorKind::FileTooLarge | ErrorKind::InvalidFilename => StorageError::Invalid,
        ErrorKind::IsADirectory | ErrorKind::NotADirectory | ErrorKind::ResourceBusy => StorageError::Conflict,
        ErrorKind::HostUnreachable
        | ErrorKind::NetworkDown
        | ErrorKind::TimedOut
        | ErrorKind::StaleNetworkFileHandle => StorageError::Unreachable,
        _ => StorageError::Other { status: None },
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::IsADirectory)
}

impl Storage for FolderStorage {
    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StorageError> {
        check_name(name)?;
        match files::read(&self.root.join(name), OBJECT_LIMIT_BYTES as u64) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) if is_absent(&e) => Ok(None),
            Err(e) => Err(reason(&e)),
        }
    }

    async fn put(&self, name: &str, bytes: &[u8]) -> Result<(), StorageError> {
        check_name(name)?;
        if bytes.len() > OBJECT_LIMIT_BYTES {
            return Err(StorageError::Invalid);
        }
        self.write(name, bytes).map_err(|e| reason(&e))
    }

    async fn list(&self, folder: &str) -> Result<Vec<String>, StorageError> {
        check_folder(folder)?;
        match self.children(folder) {
            Ok(names) => Ok(names),
            Err(e) if is_absent(&e) => Ok(Vec::new()),
            Err(e) => Err(reason(&e)),
        }
    }

    async fn delete(&self, name: &str) -> Result<(), StorageError> {
        check_name(name)?;
        match fs::remove_file(self.root.join(name)) {
            Err(e) if !is_absent(&e) => Err(reason(&e)),
            _ => Ok(()),
        }
    }
}
