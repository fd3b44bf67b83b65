//! A queue of our own for browsers without Web Locks: tickets in a small database that every tab sees. Who holds the
//! lowest ticket has the turn. A ticket is renewed while its tab lives and goes stale soon after the tab dies, so nobody
//! waits for the dead.
//!
//! It keeps order among tabs that would otherwise race, and nothing more. What keeps a log from forking is the
//! transaction that asserts its head, with or without a turn.

use super::idb::{Idb, IdbError, key, number_part};
use super::machine::{member, pause, random, ticks_ms};
use js_sys::{Function, Promise};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::BroadcastChannel;

/// A database beside the one that counts: a ticket need not be durable, and must not wait for what is.
const NAME: &str = "countersign-turns";
const STORE: &str = "ticket";
/// A ticket that was not renewed for so long is stale.
const STALE_MS: f64 = 4_000.0;
/// How often a ticket is renewed.
const RENEW_MS: u32 = 1_000;
/// How often a waiting tab looks, where it does not hear that the one before left.
const LOOK_MS: u32 = 200;

thread_local! {
    static QUEUES: RefCell<Option<Idb>> = const { RefCell::new(None) };
}

/// A place in a queue; dropping it leaves the queue.
pub struct Lease {
    idb: Idb,
    name: String,
    owner: String,
    /// The key of the ticket; another one where it went stale while its tab slept.
    ticket: RefCell<String>,
    channel: Option<BroadcastChannel>,
}

impl Drop for Lease {
    fn drop(&mut self) {
        // begun here and now, so that whatever this tab asks for next finds the queue without it
        let begun = self.idb.write_relaxed(&[STORE]).and_then(|tx| {
            tx.delete(STORE, &self.ticket.borrow())?;
            Ok(tx)
        });
        let channel = self.channel.take();
        spawn_local(async move {
            if let Ok(tx) = begun {
                let _ = tx.commit().await;
            }
            if let Some(channel) = channel {
                let _ = channel.post_message(&"next".into());
                channel.close();
            }
        });
    }
}

/// Waits for the turn in the queue of that name, at most `patience_ms`. `None` where there is no database, or no turn
/// in time.
pub async fn take(name: &str, patience_ms: u32) -> Option<Rc<Lease>> {
    let until = ticks_ms() + f64::from(patience_ms);
    let lease = Rc::new(Lease {
        idb: open().await?,
        name: name.to_owned(),
        owner: random::<8>().iter().map(|b| format!("{b:02x}")).collect(),
        ticket: RefCell::default(),
        channel: BroadcastChannel::new(&format!("{NAME}:{name}")).ok(),
    });
    loop {
        // listened to before the look, so that nothing is missed between the two
        let rung = lease.bell();
        if lease.look().await.ok()? {
            lease.keep_renewing();
            return Some(lease);
        }
        if ticks_ms() > until {
            return None;
        }
        let _ = JsFuture::from(rung).await;
    }
}

async fn open() -> Option<Idb> {
    let known = QUEUES.with_borrow(Clone::clone);
    // a connection that was closed beneath us begins no transaction
    if let Some(idb) = known
        && idb.read(&[STORE]).is_ok()
    {
        return Some(idb);
    }
    let idb = Idb::open(NAME, 1, &[STORE]).await.ok()?;
    QUEUES.set(Some(idb.clone()));
    Some(idb)
}

impl Lease {
    /// Renews this ticket, or draws one, and throws away stale ones; answers whether it is the first. One transaction.
    async fn look(&self) -> Result<bool, IdbError> {
        let now = js_sys::Date::now();
        let tx = self.idb.write_relaxed(&[STORE])?;
        let keys = tx.keys(STORE, &[&self.name]).await?;
        let values = tx.all(STORE, &[&self.name]).await?;
        let (mut first, mut mine, mut last) = (None, None, 0);
        for (at, renewed) in keys.iter().zip(values.iter()) {
            let Some(at) = at.as_string() else { continue };
            let age = now - renewed.as_f64().unwrap_or(f64::NEG_INFINITY);
            let own = at.rsplit('\u{1}').next() == Some(&self.owner);
            // a clock that was set back makes tickets of the future; they are as stale
            if age.abs() > STALE_MS && !own {
                tx.delete(STORE, &at)?;
                continue;
            }
            last = at.split('\u{1}').nth(1).and_then(|n| n.parse::<u64>().ok()).unwrap_or(last);
            first = first.or_else(|| Some(at.clone()));
            if own {
                mine = Some(at);
            }
        }
        let mine = mine.unwrap_or_else(|| key(&[&self.name, &number_part(last + 1), &self.owner]));
        tx.put(STORE, &mine, &now.into())?;
        self.ticket.replace(mine.clone());
        tx.commit().await?;
        Ok(first.is_none_or(|f| f == mine))
    }

    /// Settles when somebody leaves the queue, or after a while.
    fn bell(&self) -> Promise {
        let jitter = u32::from(random::<1>()[0]) / 4;
        Promise::new(&mut |ring, _| {
            if let Some(channel) = &self.channel {
                channel.set_onmessage(Some(&ring));
            }
            if let Ok(timer) = member(&js_sys::global(), "setTimeout").dyn_into::<Function>() {
                let _ = timer.call2(&JsValue::NULL, &ring, &(LOOK_MS + jitter).into());
            }
        })
    }

    /// Long work does not lose its turn.
    fn keep_renewing(self: &Rc<Self>) {
        let held = Rc::downgrade(self);
        spawn_local(async move {
            loop {
                pause(RENEW_MS).await;
                let Some(lease) = held.upgrade() else { break };
                if lease.look().await.is_err() {
                    break;
                }
            }
        });
    }
}
