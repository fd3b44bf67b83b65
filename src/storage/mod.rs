//! The storage port: named objects of bytes in a place that the project's people own, and nothing more.
//!
//! Every endpoint (a bucket, a WebDAV folder) is used through this narrow trait, so that `sync` does not know which one
//! it talks to. Deliberately absent: conditional writes (too many servers ignore them), streams (objects are small),
//! renames, and any text that a server sent, because such text may hold anything.

pub mod acceptance;
mod error;
mod memory;

pub use error::StorageError;
pub use memory::Memory;

/// The largest object that is read or written, in bytes: 64 MiB. A full bundle of 256 entries of 64 KiB takes 16 MiB.
pub const OBJECT_LIMIT_BYTES: usize = 64 << 20;
/// The longest name of an object, in bytes.
pub const NAME_LIMIT_BYTES: usize = 512;
/// The most items one listing returns; past it the listing is refused as [`StorageError::Invalid`].
pub const LIST_LIMIT: usize = 1_000_000;

/// A place that keeps objects by name.
///
/// Names are relative paths such as `z6Mk…/tile/0/000.p/7`: segments of ASCII letters, digits, `-`, `_` and `.`, joined
/// by single slashes (see [`check_name`]). The futures need not be `Send`: in a browser they are not.
#[expect(async_fn_in_trait, reason = "the callers are ours, and browser futures are not Send")]
pub trait Storage {
    /// The object's bytes, or `None` where there is no such object.
    ///
    /// # Errors
    /// Any [`StorageError`]; bytes are returned whole or not at all as far as the transport can tell. A caller that needs
    /// to be sure compares a digest.
    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StorageError>;

    /// Writes the object whole, in place of any earlier one.
    ///
    /// # Errors
    /// Any [`StorageError`]. After an error the object may have been written or not; writing again is always safe.
    async fn put(&self, name: &str, bytes: &[u8]) -> Result<(), StorageError>;

    /// The immediate children of a folder, sorted: objects by name, folders with a slash at the end. `folder` is empty
    /// for the root, or ends with a slash; the returned names are whole names, not relative to it. A folder that does
    /// not exist is empty.
    ///
    /// # Errors
    /// Any [`StorageError`].
    async fn list(&self, folder: &str) -> Result<Vec<String>, StorageError>;

    /// Removes the object; removing what is not there succeeds.
    ///
    /// # Errors
    /// Any [`StorageError`].
    async fn delete(&self, name: &str) -> Result<(), StorageError>;

    /// Whether [`Storage::list`] can be asked. Where not, logs are found by the keys that a project granted.
    fn lists(&self) -> bool {
        true
    }
}

/// Refuses names that some server would fold, split or escape differently from the others.
///
/// # Errors
/// [`StorageError::Invalid`] where the name is empty, longer than [`NAME_LIMIT_BYTES`], absolute, ends with a slash, has
/// an empty, `.` or `..` segment, or a byte outside `[A-Za-z0-9._-]` and `/`.
pub fn check_name(name: &str) -> Result<(), StorageError> {
    let good_byte = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    let good_segment = |s: &str| !s.is_empty() && s != "." && s != ".." && s.bytes().all(good_byte);
    if name.len() <= NAME_LIMIT_BYTES && name.split('/').all(good_segment) {
        Ok(())
    } else {
        Err(StorageError::Invalid)
    }
}

/// The same for the argument of [`Storage::list`]: empty, or a name with one slash at the end.
///
/// # Errors
/// [`StorageError::Invalid`], as [`check_name`].
pub fn check_folder(folder: &str) -> Result<(), StorageError> {
    match folder.strip_suffix('/') {
        _ if folder.is_empty() => Ok(()),
        Some(name) => check_name(name),
        None => Err(StorageError::Invalid),
    }
}

/// All objects under a folder, at any depth, sorted.
///
/// # Errors
/// As [`Storage::list`]; [`StorageError::Invalid`] past [`LIST_LIMIT`] names.
pub async fn walk<S: Storage>(storage: &S, folder: &str) -> Result<Vec<String>, StorageError> {
    let mut open = vec![folder.to_owned()];
    let mut found = Vec::new();
    while let Some(next) = open.pop() {
        for name in storage.list(&next).await? {
            // a server that names a folder outside the one asked for would make this loop endless
            if !name.starts_with(&next) || name.len() <= next.len() {
                return Err(StorageError::NotOurs);
            }
            if name.ends_with('/') {
                open.push(name)
            } else {
                found.push(name)
            }
            if found.len() + open.len() > LIST_LIMIT {
                return Err(StorageError::Invalid);
            }
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// One endpoint used under a folder of its own: `Within(&bucket, "project/")` adds the folder to each name.
#[derive(Debug)]
pub struct Within<'a, S> {
    inner: &'a S,
    folder: String,
}

impl<'a, S: Storage> Within<'a, S> {
    /// Uses `inner` under `folder`, which is empty or ends with a slash.
    ///
    /// # Errors
    /// [`StorageError::Invalid`] where `folder` is neither.
    pub fn new(inner: &'a S, folder: &str) -> Result<Self, StorageError> {
        check_folder(folder)?;
        Ok(Self { inner, folder: folder.to_owned() })
    }

    fn full(&self, name: &str) -> String {
        format!("{}{name}", self.folder)
    }
}

impl<S: Storage> Storage for Within<'_, S> {
    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StorageError> {
        check_name(name)?;
        self.inner.get(&self.full(name)).await
    }

    async fn put(&self, name: &str, bytes: &[u8]) -> Result<(), StorageError> {
        check_name(name)?;
        self.inner.put(&self.full(name), bytes).await
    }

    async fn list(&self, folder: &str) -> Result<Vec<String>, StorageError> {
        check_folder(folder)?;
        let names = self.inner.list(&self.full(folder)).await?;
        Ok(names.iter().filter_map(|n| n.strip_prefix(&self.folder)).map(str::to_owned).collect())
    }

    async fn delete(&self, name: &str) -> Result<(), StorageError> {
        check_name(name)?;
        self.inner.delete(&self.full(name)).await
    }

    fn lists(&self) -> bool {
        self.inner.lists()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_servers_read_alike() {
        let long = "a".repeat(NAME_LIMIT_BYTES + 1);
        for good in ["a", "z6Mk/checkpoint", "tile/0/x001/067.p/7", "data/-_A9.json", ".hidden"] {
            assert_eq!(check_name(good), Ok(()), "{good}");
        }
        for bad in ["", "/", "/a", "a/", "a//b", ".", "..", "a/../b", "a/./b", "a b", "ä", "a%2f", "a\\b", "a?b", &long]
        {
            assert_eq!(check_name(bad), Err(StorageError::Invalid), "{bad}");
        }
        for good in ["", "a/", "a/b/"] {
            assert_eq!(check_folder(good), Ok(()), "{good}");
        }
        for bad in ["/", "a", "a//", "../"] {
            assert_eq!(check_folder(bad), Err(StorageError::Invalid), "{bad}");
        }
    }
}
