//! The storage port in memory: what the others are measured against, and the bucket of the simulations.

use super::{Storage, StorageError, check_folder, check_name};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Objects in memory. A clone is a second handle to the same objects.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    objects: Rc<RefCell<BTreeMap<String, Vec<u8>>>>,
}

impl Memory {
    /// A copy of all objects, for tests that look at what was stored.
    pub fn snapshot(&self) -> BTreeMap<String, Vec<u8>> {
        self.objects.borrow().clone()
    }

    /// Puts all objects back to what they were: an endpoint restored from an old backup, or emptied.
    pub fn restore(&self, objects: BTreeMap<String, Vec<u8>>) {
        *self.objects.borrow_mut() = objects;
    }
}

impl Storage for Memory {
    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StorageError> {
        check_name(name)?;
        Ok(self.objects.borrow().get(name).cloned())
    }

    async fn put(&self, name: &str, bytes: &[u8]) -> Result<(), StorageError> {
        check_name(name)?;
        if bytes.len() > super::OBJECT_LIMIT_BYTES {
            return Err(StorageError::Invalid);
        }
        self.objects.borrow_mut().insert(name.to_owned(), bytes.to_vec());
        Ok(())
    }

    async fn list(&self, folder: &str) -> Result<Vec<String>, StorageError> {
        check_folder(folder)?;
        let objects = self.objects.borrow();
        let below = objects.range(folder.to_owned()..).map_while(|(name, _)| name.strip_prefix(folder));
        let children: BTreeSet<String> = below
            .map(|rest| match rest.split_once('/') {
                Some((child, _)) => format!("{folder}{child}/"),
                None => format!("{folder}{rest}"),
            })
            .collect();
        Ok(children.into_iter().collect())
    }

    async fn delete(&self, name: &str) -> Result<(), StorageError> {
        check_name(name)?;
        self.objects.borrow_mut().remove(name);
        Ok(())
    }
}
