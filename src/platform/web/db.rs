//! Named stores of this device: IndexedDB, or plain memory where the browser gives no database. The labels are kept as
//! long as the page in that case, and the page says so.

use super::idb::{Idb, IdbError, bounds};
use js_sys::Array;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use wasm_bindgen::JsValue;

/// The stores, each for one kind of thing. A store is never renamed; a new kind gets a new store and a new version.
pub const STORES: &[&str] = &["project", "entry", "body", "head", "key", "release", "source", "draft", "endpoint"];
const VERSION: u32 = 1;

/// One change to a store.
pub enum Write {
    /// Put a value under a key.
    Put(&'static str, String, JsValue),
    /// Remove a key.
    Delete(&'static str, String),
}

/// Why a change was not made; nothing of it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DbError {
    /// The database said so.
    #[error(transparent)]
    Idb(#[from] IdbError),
    /// Another tab or device wrote first; read again and try again.
    #[error("write: another tab wrote first; it is tried again")]
    Moved,
}

/// The stores.
#[derive(Clone)]
pub enum Db {
    /// On the disk.
    Disk(Idb),
    /// In memory, lost with the page.
    Memory(Rc<RefCell<BTreeMap<(String, String), JsValue>>>),
}

impl Db {
    /// Opens the stores; in memory where there is no database.
    ///
    /// # Errors
    /// While another tab holds an older version open, where a later page wrote it, where the browser cannot read it, or
    /// the disk is full.
    pub async fn open(name: &str) -> Result<Self, IdbError> {
        match Idb::open(name, VERSION, STORES).await {
            Ok(idb) => Ok(Self::Disk(idb)),
            Err(IdbError::Absent) => Ok(Self::Memory(Rc::default())),
            Err(other) => Err(other),
        }
    }

    /// What is written outlives the page.
    pub fn lasts(&self) -> bool {
        matches!(self, Self::Disk(_))
    }

    /// The browser lost what was kept before.
    pub fn lost(&self) -> bool {
        matches!(self, Self::Disk(idb) if idb.lost())
    }

    /// One value; `undefined` where there is none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn get(&self, store: &'static str, key: &str) -> Result<JsValue, IdbError> {
        match self {
            Self::Disk(idb) => idb.read(&[store])?.get(store, key).await,
            Self::Memory(map) => {
                let found = map.borrow().get(&(store.to_owned(), key.to_owned())).cloned();
                Ok(found.unwrap_or(JsValue::UNDEFINED))
            }
        }
    }

    /// Keys below `prefix` and their values, in order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn all(&self, store: &'static str, prefix: &[&str]) -> Result<Vec<(String, JsValue)>, IdbError> {
        match self {
            Self::Disk(idb) => {
                let tx = idb.read(&[store])?;
                let keys = tx.keys(store, prefix).await?;
                let values: Array = tx.all(store, prefix).await?;
                Ok(keys.iter().filter_map(|k| k.as_string()).zip(values.iter()).collect())
            }
            Self::Memory(map) => {
                let (low, high) = bounds(prefix);
                let map = map.borrow();
                let found = map.range((store.to_owned(), low)..(store.to_owned(), high));
                Ok(found.map(|((_, key), value)| (key.clone(), value.clone())).collect())
            }
        }
    }

    /// Keys from `low` on and before `high` with their values, in order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn between(
        &self,
        store: &'static str,
        low: String,
        high: String,
    ) -> Result<Vec<(String, JsValue)>, IdbError> {
        match self {
            Self::Disk(idb) => {
                let (keys, values) = idb.read(&[store])?.between(store, &low, &high).await?;
                Ok(keys.iter().filter_map(|k| k.as_string()).zip(values.iter()).collect())
            }
            Self::Memory(map) => {
                let map = map.borrow();
                let found = map.range((store.to_owned(), low)..(store.to_owned(), high));
                Ok(found.map(|((_, key), value)| (key.clone(), value.clone())).collect())
            }
        }
    }

    /// Every key of a store, in order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keys(&self, store: &'static str) -> Result<Vec<String>, IdbError> {
        match self {
            Self::Disk(idb) => {
                let keys = idb.read(&[store])?.every_key(store).await?;
                Ok(keys.iter().filter_map(|k| k.as_string()).collect())
            }
            Self::Memory(map) => {
                Ok(map.borrow().keys().filter(|(s, _)| s == store).map(|(_, key)| key.clone()).collect())
            }
        }
    }

    /// Makes all of these changes or none, durably. With `expect`, only while that key holds that text (`None`: holds
    /// nothing).
    ///
    /// # Errors
    /// [`DbError::Moved`] where it holds something else; [`IdbError::Quota`] where the disk is full.
    pub async fn change(
        &self,
        writes: Vec<Write>,
        expect: Option<(&'static str, String, Option<String>)>,
    ) -> Result<(), DbError> {
        if writes.is_empty() && expect.is_none() {
            // a transaction over no store is an error in itself
            return Ok(());
        }
        match self {
            Self::Disk(idb) => {
                let mut stores: Vec<_> = writes
                    .iter()
                    .map(|w| match w {
                        Write::Put(store, ..) | Write::Delete(store, _) => *store,
                    })
                    .chain(expect.as_ref().map(|e| e.0))
                    .collect();
                stores.sort_unstable();
                stores.dedup();
                let tx = idb.write(&stores)?;
                if let Some((store, key, text)) = expect
                    && tx.get(store, &key).await?.as_string() != text
                {
                    tx.abort();
                    return Err(DbError::Moved);
                }
                for write in writes {
                    match write {
                        Write::Put(store, key, value) => tx.put(store, &key, &value)?,
                        Write::Delete(store, key) => tx.delete(store, &key)?,
                    }
                }
                Ok(tx.commit().await?)
            }
            Self::Memory(map) => {
                let mut map = map.borrow_mut();
                if let Some((store, key, text)) = expect
                    && map.get(&(store.to_owned(), key)).and_then(JsValue::as_string) != text
                {
                    return Err(DbError::Moved);
                }
                for write in writes {
                    match write {
                        Write::Put(store, key, value) => map.insert((store.to_owned(), key), value),
                        Write::Delete(store, key) => map.remove(&(store.to_owned(), key)),
                    };
                }
                Ok(())
            }
        }
    }
}
