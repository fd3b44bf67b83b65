//! The compute worker: owns the engine and its state, writes the log, and sends the page what it watches. One worker
//! serves one project and one person on the page; tabs hear of each other's entries through a broadcast channel.

mod act;
mod agree;
mod desk;
mod export;
mod join;
mod open;
mod record;
mod source;
mod sync;
mod views;

use crate::view::model::ViewKey;
use crate::view::protocol::{AGREEMENT, Ask, Done, Request, Tell, Trouble};
use desk::Desk;
#[cfg(feature = "sync")]
pub(crate) use desk::{DATABASE, channel_name};
use js_sys::{Array, Uint8Array};
use std::cell::RefCell;
use std::collections::{BTreeSet, VecDeque};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

/// What waits to be done, in the order it came.
pub(super) enum Job {
    /// The page asks. Files travel beside.
    Ask(Request, JsValue),
    /// Another tab or the sync worker wrote entries.
    Refresh,
    /// The sync worker says how it goes.
    SyncSays(String),
    /// Go on verifying the record.
    Verify,
}

/// The post to the page and the queue of jobs.
#[derive(Clone)]
pub(super) struct Line {
    scope: DedicatedWorkerGlobalScope,
    jobs: Rc<RefCell<VecDeque<Job>>>,
    running: Rc<RefCell<bool>>,
    cancelled: Rc<RefCell<BTreeSet<u32>>>,
}

impl Line {
    pub(super) fn tell(&self, tell: &Tell, payload: Option<&[u8]>) {
        let Ok(text) = serde_json::to_string(tell) else { return };
        let message = Array::of1(&text.into());
        if let Some(bytes) = payload {
            message.push(&Uint8Array::from(bytes));
        }
        let _ = self.scope.post_message(&message);
    }

    pub(super) fn answer(&self, ask: u32, result: Result<Done, Trouble>, payload: Option<&[u8]>) {
        self.tell(&Tell::Answer { ask, result }, payload);
    }

    pub(super) fn is_cancelled(&self, ask: u32) -> bool {
        self.cancelled.borrow().contains(&ask)
    }

    /// A number that is used more than once is not cancelled for good.
    pub(super) fn forget_cancel(&self, ask: u32) {
        self.cancelled.borrow_mut().remove(&ask);
    }

    pub(super) fn has_jobs(&self) -> bool {
        !self.jobs.borrow().is_empty()
    }

    pub(super) fn later(&self, job: Job) {
        // one look at the database takes in whatever other tabs wrote until then
        if matches!(job, Job::Refresh) && self.jobs.borrow().iter().any(|j| matches!(j, Job::Refresh)) {
            return;
        }
        self.jobs.borrow_mut().push_back(job);
    }
}

/// Starts the worker: to be called once, from its root.
///
/// # Errors
/// When this is no dedicated worker.
pub fn start() -> Result<(), JsValue> {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().dyn_into()?;
    let line = Line { scope: scope.clone(), jobs: Rc::default(), running: Rc::default(), cancelled: Rc::default() };
    let desk = Rc::new(RefCell::new(Some(Desk::new(line.clone()))));
    let (to_desk, receiving) = (desk.clone(), line.clone());
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        let data: Array = event.data().unchecked_into();
        let Some(request) = data.get(0).as_string().and_then(|t| serde_json::from_slice::<Request>(t.as_bytes()).ok())
        else {
            return;
        };
        if let Ask::Cancel { ask } = request.what {
            receiving.cancelled.borrow_mut().insert(ask);
            return;
        }
        // in the order they came, not in the order they are done: who stops what was just asked for means that
        if matches!(request.what, Ask::Watch { key: ViewKey::Agreement }) {
            receiving.forget_cancel(AGREEMENT);
        }
        receiving.later(Job::Ask(request, data.get(1)));
        run(&to_desk, &receiving);
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    line.tell(&Tell::Ready {}, None);
    Ok(())
}

/// One job at a time, in order: nothing interleaves, so nothing needs a lock within the worker.
fn run(desk: &Rc<RefCell<Option<Desk>>>, line: &Line) {
    if line.running.replace(true) {
        return;
    }
    let (desk, line) = (desk.clone(), line.clone());
    wasm_bindgen_futures::spawn_local(async move {
        loop {
            let job = line.jobs.borrow_mut().pop_front();
            let Some(job) = job else { break };
            // the desk is taken out while it works, so that no borrow lives across a wait
            let taken = desk.borrow_mut().take();
            let Some(mut at_work) = taken else { break };
            at_work.do_job(job, &desk).await;
            *desk.borrow_mut() = Some(at_work);
        }
        *line.running.borrow_mut() = false;
    });
}
