//! IndexedDB, as little of it as the log needs: a transaction whose outcome is the outcome of its commit.
//!
//! A thin layer of our own rather than a crate, because of one fact: when the disk is full the *transaction* aborts and
//! no request reports an error, so whoever listens to requests alone believes that the entry was kept.

use super::machine::{member, pause};
use js_sys::{Array, Promise, Reflect};
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    IdbDatabase, IdbFactory, IdbKeyRange, IdbObjectStore, IdbOpenDbRequest, IdbRequest, IdbTransaction,
    IdbTransactionMode,
};

/// What went wrong with the database.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdbError {
    /// This browser, or this mode of it, has no database.
    #[error("use this device's database: this window has none; leave private mode or allow the site to keep data")]
    Absent,
    /// The disk or the quota is full.
    #[error("store: this device's storage is full; free some space, then try again")]
    Quota,
    /// Another tab holds an older version open.
    #[error("open the database: another tab still uses an older version of it; close that tab, then try again")]
    Blocked,
    /// A later version of the page has changed the database.
    #[error("open the database: a later version of this page wrote it; reload the page to get that version")]
    Newer,
    /// The browser cannot read what it kept. Nothing is changed.
    #[error(
        "open the database: the browser cannot read it, and nothing was changed; restart the browser, and if that does \
         not help, clear this site's data and get the work back from storage or from a project file"
    )]
    Damaged,
    /// Anything else, by its DOM name.
    #[error("use this device's database ({0}); reload the page")]
    Other(String),
}

impl IdbError {
    fn from_js(error: &JsValue) -> Self {
        let name = Reflect::get(error, &"name".into()).ok().and_then(|n| n.as_string()).unwrap_or_default();
        match name.as_str() {
            "QuotaExceededError" => Self::Quota,
            _ => Self::Other(name),
        }
    }

    /// What an error at opening means, by its DOM name (IndexedDB 3.0, section 4.3, and what browsers say beyond it).
    fn at_opening(error: &JsValue) -> Self {
        match Self::from_js(error) {
            Self::Other(name) => match name.as_str() {
                // no storage for this site, or for this window: private modes and blocked cookies
                "SecurityError" | "InvalidStateError" | "NotSupportedError" | "" => Self::Absent,
                "VersionError" => Self::Newer,
                "UnknownError" | "DataError" | "NotReadableError" | "AbortError" => Self::Damaged,
                _ => Self::Other(name),
            },
            other => other,
        }
    }
}

/// How long another tab may take to let go of an older version, milliseconds.
const LET_GO_MS: u32 = 3_000;

/// An open database.
#[derive(Clone)]
pub struct Idb {
    db: IdbDatabase,
    lost: bool,
}

/// One transaction over some stores.
pub struct Tx {
    tx: IdbTransaction,
    done: Promise,
}

/// A promise that settles with the event of a request.
fn promise_of(request: &IdbRequest) -> Promise {
    let request = request.clone();
    Promise::new(&mut |resolve, reject| {
        let source = request.clone();
        let ok = Closure::once_into_js(move |_: JsValue| {
            let _ = resolve.call1(&JsValue::NULL, &source.result().unwrap_or(JsValue::UNDEFINED));
        });
        let source = request.clone();
        let bad = Closure::once_into_js(move |_: JsValue| {
            let error = source.error().ok().flatten().map_or(JsValue::UNDEFINED, JsValue::from);
            let _ = reject.call1(&JsValue::NULL, &error);
        });
        request.set_onsuccess(Some(ok.unchecked_ref()));
        request.set_onerror(Some(bad.unchecked_ref()));
    })
}

impl Idb {
    /// Opens the database, making `stores` where the version is new.
    ///
    /// # Errors
    /// [`IdbError::Absent`] where there is none, [`IdbError::Blocked`] while another tab holds an older version,
    /// [`IdbError::Newer`] where a later page wrote it, [`IdbError::Damaged`] where the browser cannot read it.
    pub async fn open(name: &str, version: u32, stores: &'static [&'static str]) -> Result<Self, IdbError> {
        let factory = factory().ok_or(IdbError::Absent)?;
        let request = factory.open_with_u32(name, version).map_err(|e| IdbError::at_opening(&e))?;
        let lost = Rc::new(Cell::new(false));
        let (upgrade, seen) = (request.clone(), lost.clone());
        let make = Closure::once_into_js(move |event: JsValue| {
            // Chromium removes a database that it cannot read, and says so here alone
            seen.set(member(&event, "dataLoss").as_string().as_deref() == Some("total"));
            let Ok(db) = upgrade.result().map(JsCast::unchecked_into::<IdbDatabase>) else { return };
            for store in stores {
                if !db.object_store_names().contains(store) {
                    let _ = db.create_object_store(store);
                }
            }
        });
        request.set_onupgradeneeded(Some(make.unchecked_ref()));
        let opened = promise_of(&request);
        match JsFuture::from(Promise::race(&Array::of2(&opened, &still_blocked(&request)))).await {
            Ok(db) if db.is_undefined() => {
                // whoever is let in late finds nobody waiting
                let late = request.clone();
                let close = Closure::once_into_js(move |_: JsValue| {
                    if let Ok(db) = late.result() {
                        db.unchecked_into::<IdbDatabase>().close();
                    }
                });
                request.set_onsuccess(Some(close.unchecked_ref()));
                Err(IdbError::Blocked)
            }
            Ok(db) => {
                let db: IdbDatabase = db.unchecked_into();
                // a newer page may want to upgrade: let go, so that it is not blocked by us
                let leaving = db.clone();
                let close = Closure::<dyn Fn()>::new(move || leaving.close()).into_js_value();
                db.set_onversionchange(Some(close.unchecked_ref()));
                Ok(Self { db, lost: lost.get() })
            }
            Err(e) => Err(IdbError::at_opening(&e)),
        }
    }

    /// The browser found the database unreadable at this opening and began an empty one.
    pub fn lost(&self) -> bool {
        self.lost
    }

    /// Begins a transaction that reads.
    ///
    /// # Errors
    /// When the database was closed beneath us.
    pub fn read(&self, stores: &[&str]) -> Result<Tx, IdbError> {
        self.begin(stores, IdbTransactionMode::Readonly, "strict")
    }

    /// Begins a transaction that writes, with strict durability: its commit answers when the data is on the disk.
    ///
    /// # Errors
    /// When the database was closed beneath us.
    pub fn write(&self, stores: &[&str]) -> Result<Tx, IdbError> {
        self.begin(stores, IdbTransactionMode::Readwrite, "strict")
    }

    /// Begins a transaction that writes what may be lost.
    ///
    /// # Errors
    /// When the database was closed beneath us.
    pub fn write_relaxed(&self, stores: &[&str]) -> Result<Tx, IdbError> {
        self.begin(stores, IdbTransactionMode::Readwrite, "relaxed")
    }

    fn begin(&self, stores: &[&str], mode: IdbTransactionMode, durability: &str) -> Result<Tx, IdbError> {
        let names: Array = stores.iter().map(|s| JsValue::from_str(s)).collect();
        let options = js_sys::Object::new();
        let _ = Reflect::set(&options, &"durability".into(), &durability.into());
        // web-sys has no form of `transaction` with options
        let begin: js_sys::Function =
            Reflect::get(&self.db, &"transaction".into()).map_err(|e| IdbError::from_js(&e))?.unchecked_into();
        let mode = if mode == IdbTransactionMode::Readwrite { "readwrite" } else { "readonly" };
        let tx: IdbTransaction =
            begin.call3(&self.db, &names, &mode.into(), &options).map_err(|e| IdbError::from_js(&e))?.unchecked_into();
        let watched = tx.clone();
        let done = Promise::new(&mut |resolve, reject| {
            let ok = Closure::once_into_js(move |_: JsValue| {
                let _ = resolve.call0(&JsValue::NULL);
            });
            let source = watched.clone();
            let bad = Closure::once_into_js(move |_: JsValue| {
                let error = source.error().map_or(JsValue::UNDEFINED, JsValue::from);
                let _ = reject.call1(&JsValue::NULL, &error);
            });
            watched.set_oncomplete(Some(ok.unchecked_ref()));
            watched.set_onabort(Some(bad.unchecked_ref()));
        });
        Ok(Tx { tx, done })
    }
}

impl Tx {
    fn store(&self, name: &str) -> Result<IdbObjectStore, IdbError> {
        self.tx.object_store(name).map_err(|e| IdbError::from_js(&e))
    }

    /// Reads one value; `undefined` where there is none.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn get(&self, store: &str, key: &str) -> Result<JsValue, IdbError> {
        let request = self.store(store)?.get(&key.into()).map_err(|e| IdbError::from_js(&e))?;
        JsFuture::from(promise_of(&request)).await.map_err(|e| IdbError::from_js(&e))
    }

    /// Reads every value whose key begins with `prefix`, in the order of the keys.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn all(&self, store: &str, prefix: &[&str]) -> Result<Array, IdbError> {
        let request = self.store(store)?.get_all_with_key(&range(prefix)?).map_err(|e| IdbError::from_js(&e))?;
        let found = JsFuture::from(promise_of(&request)).await.map_err(|e| IdbError::from_js(&e))?;
        Ok(found.unchecked_into())
    }

    /// Reads every key that begins with `prefix`, in order.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn keys(&self, store: &str, prefix: &[&str]) -> Result<Array, IdbError> {
        let request = self.store(store)?.get_all_keys_with_key(&range(prefix)?).map_err(|e| IdbError::from_js(&e))?;
        let found = JsFuture::from(promise_of(&request)).await.map_err(|e| IdbError::from_js(&e))?;
        Ok(found.unchecked_into())
    }

    /// Reads keys and values from `low` on and before `high`, in order.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn between(&self, store: &str, low: &str, high: &str) -> Result<(Array, Array), IdbError> {
        let range = IdbKeyRange::bound_with_lower_open_and_upper_open(&low.into(), &high.into(), false, true)
            .map_err(|e| IdbError::from_js(&e))?;
        let store = self.store(store)?;
        let keys = store.get_all_keys_with_key(&range).map_err(|e| IdbError::from_js(&e))?;
        let values = store.get_all_with_key(&range).map_err(|e| IdbError::from_js(&e))?;
        let (keys, values) = (promise_of(&keys), promise_of(&values));
        let keys = JsFuture::from(keys).await.map_err(|e| IdbError::from_js(&e))?;
        let values = JsFuture::from(values).await.map_err(|e| IdbError::from_js(&e))?;
        Ok((keys.unchecked_into(), values.unchecked_into()))
    }

    /// Reads every key of a store, in order.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn every_key(&self, store: &str) -> Result<Array, IdbError> {
        let request = self.store(store)?.get_all_keys().map_err(|e| IdbError::from_js(&e))?;
        let found = JsFuture::from(promise_of(&request)).await.map_err(|e| IdbError::from_js(&e))?;
        Ok(found.unchecked_into())
    }

    /// Writes one value. It is kept when [`Tx::commit`] answers, not before.
    ///
    /// # Errors
    /// When the request cannot be made.
    pub fn put(&self, store: &str, key: &str, value: &JsValue) -> Result<(), IdbError> {
        self.store(store)?.put_with_key(value, &key.into()).map(drop).map_err(|e| IdbError::from_js(&e))
    }

    /// Removes one value.
    ///
    /// # Errors
    /// When the request cannot be made.
    pub fn delete(&self, store: &str, key: &str) -> Result<(), IdbError> {
        self.store(store)?.delete(&key.into()).map(drop).map_err(|e| IdbError::from_js(&e))
    }

    /// Gives up: nothing of this transaction is kept.
    pub fn abort(self) {
        let _ = self.tx.abort();
    }

    /// Waits until all of it is on the disk, or none of it.
    ///
    /// # Errors
    /// [`IdbError::Quota`] where it did not fit; nothing was written then.
    pub async fn commit(self) -> Result<(), IdbError> {
        // an explicit commit saves a turn of the event loop; browsers without it commit by themselves
        if let Ok(commit) = Reflect::get(&self.tx, &"commit".into())
            && let Some(commit) = commit.dyn_ref::<js_sys::Function>()
        {
            let _ = commit.call0(&self.tx);
        }
        JsFuture::from(self.done).await.map(drop).map_err(|e| IdbError::from_js(&e))
    }
}

/// Settles, with nothing, when the request has been blocked for too long.
fn still_blocked(request: &IdbOpenDbRequest) -> Promise {
    let request = request.clone();
    Promise::new(&mut |resolve, _| {
        let blocked = Closure::once_into_js(move |_: JsValue| {
            wasm_bindgen_futures::spawn_local(async move {
                pause(LET_GO_MS).await;
                let _ = resolve.call0(&JsValue::NULL);
            });
        });
        request.set_onblocked(Some(blocked.unchecked_ref()));
    })
}

/// A key of several parts, as one text: parts are joined by U+0001, which none of them holds.
pub fn key(parts: &[&str]) -> String {
    parts.join("\u{1}")
}

/// The part of a key that stands for a number, so that text sorts as the number does.
pub fn number_part(number: u64) -> String {
    format!("{number:016}")
}

/// Bounds of all keys that begin with these parts and go on.
pub fn bounds(prefix: &[&str]) -> (String, String) {
    let low = format!("{}\u{1}", key(prefix));
    let high = format!("{}\u{2}", key(prefix));
    (low, high)
}

fn range(prefix: &[&str]) -> Result<JsValue, IdbError> {
    let (low, high) = bounds(prefix);
    IdbKeyRange::bound_with_lower_open_and_upper_open(&low.into(), &high.into(), false, true)
        .map(JsValue::from)
        .map_err(|e| IdbError::from_js(&e))
}

/// The factory of this global, page or worker.
fn factory() -> Option<IdbFactory> {
    let found = Reflect::get(&js_sys::global(), &"indexedDB".into()).ok()?;
    if found.is_undefined() || found.is_null() { None } else { Some(found.unchecked_into()) }
}
