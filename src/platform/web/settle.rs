//! Makes Chromium's database begin a new journal before anything of worth is written to it.
//!
//! Chromium keeps IndexedDB in LevelDB. Killed in the middle of a write, LevelDB leaves half a record at the end of its
//! journal; the next opening reads past it, and goes on writing behind it into the same file. The opening after that
//! finds a checksum that does not match, takes the whole database for corrupt and removes it, with all that was
//! acknowledged in between. A journal is left behind for good once it is full, at 4 MiB, so filling it with noise before
//! the first write of a session closes the gap. Other browsers do not need it. Where it fails, work goes on without.

use super::idb::{Idb, IdbError};
use super::machine::member;
use js_sys::{Array, Uint8Array};
use std::cell::Cell;
use wasm_bindgen::prelude::*;

/// A database beside the one that counts: all databases of an origin share one journal.
const NAME: &str = "countersign-settle";
const STORE: &str = "noise";
/// A value past 64 KiB would be kept in a file of its own.
const PIECE_BYTES: u32 = 60_000;
/// Enough to fill a journal of 4 MiB.
const PIECES: u32 = 80;

thread_local! {
    static SETTLED: Cell<bool> = const { Cell::new(false) };
}

/// Begins a new journal, once in the life of a worker, where the browser needs it and the database is not new.
pub async fn settle() {
    if SETTLED.replace(true) || !needed() {
        return;
    }
    // without room there is no new journal, and the work goes on as it would without this
    let _ = fill().await;
}

/// Only Chromium tells of lost data when a database is opened: its mark.
fn needed() -> bool {
    let prototype = member(&member(&js_sys::global(), "IDBVersionChangeEvent"), "prototype");
    prototype.is_object() && js_sys::Reflect::has(&prototype, &"dataLoss".into()).unwrap_or(false)
}

async fn fill() -> Result<(), IdbError> {
    let idb = Idb::open(NAME, 1, &[STORE]).await?;
    let tx = idb.read(&[STORE])?;
    let known = tx.get(STORE, "known").await?;
    let tx = idb.write_relaxed(&[STORE])?;
    if known.is_undefined() {
        // the first opening at all: nothing was ever cut short
        tx.put(STORE, "known", &true.into())?;
        return tx.commit().await;
    }
    for piece in 0..PIECES {
        tx.put(STORE, &format!("{piece}"), &noise())?;
    }
    tx.commit().await?;
    let tx = idb.write_relaxed(&[STORE])?;
    for piece in 0..PIECES {
        tx.delete(STORE, &format!("{piece}"))?;
    }
    tx.commit().await
}

/// Bytes that no compression makes smaller.
fn noise() -> JsValue {
    let bytes = Uint8Array::new_with_length(PIECE_BYTES);
    let crypto = member(&js_sys::global(), "crypto");
    if let Ok(fill) = member(&crypto, "getRandomValues").dyn_into::<js_sys::Function>() {
        let _ = fill.apply(&crypto, &Array::of1(&bytes));
    }
    bytes.into()
}
