//! One writer at a time among all tabs and workers of this browser: by the Web Locks API, and by a queue of our own
//! where a browser has none.

use super::lease::{self, Lease};
use super::machine::{member, navigator};
use js_sys::{Function, Promise};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// A held lock; dropping it lets the next one in. A tab that dies lets go as well.
pub struct Held {
    release: Option<Function>,
    _lease: Option<Rc<Lease>>,
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(release) = self.release.take() {
            let _ = release.call0(&JsValue::NULL);
        }
    }
}

/// This browser has Web Locks.
pub fn available() -> bool {
    member(&member(&navigator(), "locks"), "request").is_function()
}

/// How long to wait in the queue where there are no locks. Past it the work goes on without a turn: the transaction that
/// asserts the head of the log still keeps two tabs from forking it.
const PATIENCE_MS: u32 = 20_000;

/// Waits for the lock of that name.
pub async fn take(name: &str) -> Held {
    let locks = member(&navigator(), "locks");
    let Ok(request) = member(&locks, "request").dyn_into::<Function>() else {
        return Held { release: None, _lease: lease::take(name, PATIENCE_MS).await };
    };
    let release: Rc<RefCell<Option<Function>>> = Rc::default();
    let kept = release.clone();
    let name = name.to_owned();
    let granted = Promise::new(&mut |granted, refused| {
        let kept = kept.clone();
        let hold = Closure::once_into_js(move |_lock: JsValue| {
            // the lock is held until this promise settles
            let until = Promise::new(&mut |resolve, _| *kept.borrow_mut() = Some(resolve));
            let _ = granted.call0(&JsValue::NULL);
            until
        });
        if let Ok(answer) = request.call2(&locks, &JsValue::from_str(&name), &hold)
            && let Ok(answer) = answer.dyn_into::<Promise>()
        {
            let refuse = Closure::once(move |e: JsValue| drop(refused.call1(&JsValue::NULL, &e)));
            let _ = answer.catch(&refuse);
            refuse.forget();
        }
    });
    let _ = JsFuture::from(granted).await;
    let release = release.borrow_mut().take();
    Held { release, _lease: None }
}
