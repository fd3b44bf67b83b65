//! The sync worker: exchanges one project's logs with its endpoints, round after round.
//!
//! Loaded as `sync.js?project=<id>` when an endpoint is set, and not before, because it brings OpenDAL with it. It takes
//! the messages `go` (something was written) and `now` (a person asks), hears `grown` from other tabs, and tells how each
//! endpoint is doing as `sync:{…}` on the project's channel. It speaks to the configured endpoints alone: the transport
//! under OpenDAL refuses every other origin, whatever the page's content policy says.

mod ledger;

use super::lock;
use super::machine::{member, now_ms, random};
use super::store::Store;
use super::worker::{DATABASE, channel_name};
use crate::domain::id::ProjectId;
use crate::log::{EntryHash, time};
use crate::platform::endpoint::{Remote, cors, open};
use crate::storage::StorageError;
use crate::sync::{Credentials, Direction, Endpoint, Exchange, Stop};
use crate::view::model::EndpointView;
use js_sys::{Function, Reflect};
use ledger::Ledger;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{BroadcastChannel, DedicatedWorkerGlobalScope, MessageEvent};

/// How long between looks for others' work while all is well, milliseconds.
const LOOK_MS: u64 = 15_000;
/// The soonest that a timer wakes, milliseconds.
const SOONEST_MS: u64 = 250;

/// One endpoint and how it is doing.
struct Line {
    endpoint: Endpoint,
    remote: Option<Remote>,
    exchange: Exchange,
    error: Option<(String, String)>,
    credentials_missing: bool,
}

/// What the worker holds.
struct Clerk {
    project: ProjectId,
    page_origin: String,
    channel: BroadcastChannel,
    ledger: Option<Ledger>,
    lines: BTreeMap<String, Line>,
}

/// Who wants a round, and whether one is under way.
#[derive(Default)]
struct Wish {
    running: bool,
    again: bool,
    by_person: bool,
    timer: Option<JsValue>,
}

/// The clerk, taken out while at work, so that no borrow lives across a wait.
type Desk = Rc<RefCell<Option<Clerk>>>;

/// Starts the worker: to be called once, from its root.
///
/// # Errors
/// When this is no dedicated worker, or no project is named in its address.
pub fn start() -> Result<(), JsValue> {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().dyn_into()?;
    let location = member(&scope, "location");
    let query = member(&location, "search").as_string().unwrap_or_default();
    let named = query.trim_start_matches('?').split('&').find_map(|part| part.strip_prefix("project="));
    let project = named.and_then(EntryHash::parse).ok_or("sync.js?project= names no project")?.project();
    let channel = BroadcastChannel::new(&channel_name(&project))?;
    let page_origin = member(&location, "origin").as_string().unwrap_or_default();
    let clerk = Clerk { project, page_origin, channel: channel.clone(), ledger: None, lines: BTreeMap::new() };
    let desk: Desk = Rc::new(RefCell::new(Some(clerk)));
    let wish: Rc<RefCell<Wish>> = Rc::default();

    let (to_desk, to_wish) = (desk.clone(), wish.clone());
    let asked = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        to_wish.borrow_mut().by_person |= event.data().as_string().as_deref() == Some("now");
        kick(&to_desk, &to_wish);
    });
    scope.set_onmessage(Some(asked.as_ref().unchecked_ref()));
    asked.forget();

    let (to_desk, to_wish) = (desk.clone(), wish.clone());
    let heard = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        if event.data().as_string().as_deref() == Some("grown") {
            kick(&to_desk, &to_wish);
        }
    });
    channel.set_onmessage(Some(heard.as_ref().unchecked_ref()));
    heard.forget();

    let (to_desk, to_wish) = (desk.clone(), wish.clone());
    let online = Closure::<dyn Fn()>::new(move || {
        // only a hint: nothing depends on it
        to_wish.borrow_mut().by_person = true;
        kick(&to_desk, &to_wish);
    });
    scope.add_event_listener_with_callback("online", online.as_ref().unchecked_ref())?;
    online.forget();

    kick(&desk, &wish);
    Ok(())
}

/// Begins a round, or another one after the one under way.
fn kick(desk: &Desk, wish: &Rc<RefCell<Wish>>) {
    {
        let mut wish = wish.borrow_mut();
        wish.again = true;
        if std::mem::replace(&mut wish.running, true) {
            return;
        }
        if let Some(timer) = wish.timer.take() {
            let _ = global_function("clearTimeout").map(|f| f.call1(&js_sys::global(), &timer));
        }
    }
    let (desk, wish) = (desk.clone(), wish.clone());
    wasm_bindgen_futures::spawn_local(async move {
        let mut next_ms = LOOK_MS;
        while std::mem::take(&mut wish.borrow_mut().again) {
            let by_person = std::mem::take(&mut wish.borrow_mut().by_person);
            let taken = desk.borrow_mut().take();
            let Some(mut clerk) = taken else { break };
            next_ms = clerk.round(by_person).await;
            *desk.borrow_mut() = Some(clerk);
        }
        wish.borrow_mut().running = false;
        let timer = later(next_ms, &desk, &wish);
        wish.borrow_mut().timer = timer;
    });
}

fn global_function(name: &str) -> Option<Function> {
    Reflect::get(&js_sys::global(), &name.into()).ok()?.dyn_into().ok()
}

/// Kicks after a while.
fn later(ms: u64, desk: &Desk, wish: &Rc<RefCell<Wish>>) -> Option<JsValue> {
    let (desk, wish) = (desk.clone(), wish.clone());
    let wake = Closure::once_into_js(move || kick(&desk, &wish));
    let ms = JsValue::from_f64(ms.clamp(SOONEST_MS, u64::from(u32::MAX >> 1)) as f64);
    global_function("setTimeout")?.call2(&js_sys::global(), &wake, &ms).ok()
}

impl Clerk {
    /// One round with each endpoint that may be tried. Returns when to look again, milliseconds from now.
    async fn round(&mut self, by_person: bool) -> u64 {
        // one tab at a time: two would do the same work twice
        let _held = lock::take(&format!("countersign-sync:{}", self.project)).await;
        let mut next_ms = LOOK_MS;
        if let Err(error) = self.prepare().await {
            let words = Stop::Local(error);
            for line in self.lines.values_mut() {
                line.error = Some((words.code().to_owned(), words.to_string()));
            }
            self.lines.values().for_each(|line| self.tell(line, "failed"));
            return next_ms;
        }
        let Some(ledger) = self.ledger.take() else { return next_ms };
        let ids: Vec<String> = self.lines.keys().cloned().collect();
        let mut news = false;
        for id in ids {
            let Some(mut line) = self.lines.remove(&id) else { continue };
            if by_person {
                line.exchange.pace.ok();
            }
            news |= self.serve(&mut line, &ledger).await;
            let wait_ms = line.exchange.pace.not_before_ms.saturating_sub(now_ms());
            if wait_ms > 0 && !line.exchange.pace.needs_person {
                next_ms = next_ms.min(wait_ms);
            }
            self.lines.insert(id, line);
        }
        if news {
            let _ = self.channel.post_message(&"pulled".into());
        }
        self.ledger = Some(ledger);
        next_ms
    }

    /// Reads endpoints and logs anew. An endpoint that did not change keeps what is known of it.
    async fn prepare(&mut self) -> Result<(), crate::sync::LocalError> {
        let store = Store::open(DATABASE).await?;
        let mut kept = BTreeMap::new();
        for (id, endpoint, credentials) in store.endpoints(&self.project).await? {
            let Ok(endpoint) = serde_json::from_slice::<Endpoint>(endpoint.as_bytes()) else { continue };
            let line = match self.lines.remove(&id) {
                Some(line) if line.endpoint == endpoint => line,
                _ => Line::new(endpoint, &credentials),
            };
            kept.insert(id, line);
        }
        self.lines = kept;
        let ledger = self.ledger.take().unwrap_or_else(|| Ledger::new(store, self.project.clone()));
        ledger.refresh().await?;
        self.ledger = Some(ledger);
        Ok(())
    }

    /// A round with one endpoint. Whether it brought anything.
    async fn serve(&self, line: &mut Line, ledger: &Ledger) -> bool {
        if line.credentials_missing {
            self.tell(line, "needs-credentials");
            return false;
        }
        let Some(remote) = &line.remote else {
            self.tell(line, "failed");
            return false;
        };
        if !line.exchange.pace.may_try(now_ms()) {
            self.tell(line, line.resting_state());
            return false;
        }
        self.tell(line, "working");
        let entropy = u64::from_le_bytes(random());
        let result = line.exchange.round(remote, ledger, Direction::Both, now_ms(), entropy).await;
        line.error = match &result {
            Ok(tally) => tally.problems.first().map(|p| (p.wrong.code().to_owned(), p.to_string())),
            Err(stop) => Some((stop.code().to_owned(), self.words(stop, line))),
        };
        self.tell(line, line.resting_state());
        // what came in before a round ended early was kept too
        result.map_or(true, |tally| tally.brought_news())
    }

    /// A browser hides why an endpoint did not answer. Before it ever did, the missing rule is the likely reason.
    fn words(&self, stop: &Stop, line: &Line) -> String {
        let never = line.exchange.status.last_ok_ms.is_none();
        if never && *stop == Stop::Storage(StorageError::Unreachable) {
            let rule = cors::rule(&line.endpoint.place, &self.page_origin);
            return format!("{stop}. For this page it must allow:\n{rule}");
        }
        stop.to_string()
    }

    fn tell(&self, line: &Line, state: &str) {
        let status = &line.exchange.status;
        let count = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        let view = EndpointView {
            id: line.endpoint.id.clone(),
            kind: line.endpoint.place.kind().to_owned(),
            place: line.endpoint.address().to_owned(),
            state: state.to_owned(),
            pending: count(status.pending),
            sent: count(status.sent),
            received: count(status.received),
            error: line.error.clone(),
            last_ok: status.last_ok_ms.map(time::to_text),
        };
        if let Ok(text) = serde_json::to_string(&view) {
            let _ = self.channel.post_message(&format!("sync:{text}").into());
        }
    }
}

impl Line {
    fn new(endpoint: Endpoint, credentials: &str) -> Self {
        let read = serde_json::from_slice::<Credentials>(credentials.as_bytes());
        let credentials_missing = read.is_err();
        let opened = read.map(|c| open(&endpoint, &c));
        let error = match &opened {
            Ok(Err(e)) => Some((e.code().to_owned(), format!("could not {e}"))),
            _ => None,
        };
        let remote = opened.ok().and_then(Result::ok);
        Self { endpoint, remote, exchange: Exchange::default(), error, credentials_missing }
    }

    fn resting_state(&self) -> &'static str {
        let status = &self.exchange.status;
        match status.last_error.as_deref() {
            Some("denied") => "needs-credentials",
            Some(_) if status.needs_person => "failed",
            Some(_) => "waiting",
            None => "idle",
        }
    }
}
