//! The link between the screens of one project and its worker: messages there and back, files handed over, events raised
//! on the host page.

use super::Options;
use crate::ui::hub::{Host, Hub};
use crate::ui::text;
use crate::view::protocol::{Ask, Done, Request, Tell, Trouble};
use js_sys::{Array, Function, Uint8Array};
use serde::Deserialize;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{
    Blob, BlobPropertyBag, CustomEvent, CustomEventInit, File, HtmlAnchorElement, HtmlElement, MessageEvent, Url,
    Worker, WorkerOptions, WorkerType,
};

/// A project as texts of the host page.
#[derive(Deserialize)]
pub(super) struct Texts {
    slug: String,
    #[serde(default)]
    name: String,
    config: String,
    tasks: String,
    #[serde(default)]
    guideline: String,
}

/// See the module.
pub(super) struct Link {
    pub(super) hub: Rc<Hub>,
    pub(super) labelers: Rc<RefCell<Vec<HtmlElement>>>,
    /// Every element that shows it, to write on each what it shows.
    pub(super) elements: Rc<RefCell<Vec<HtmlElement>>>,
    /// What it shows: project and annotator.
    shown: Rc<RefCell<(String, String)>>,
    /// What it began with.
    began: (String, String),
    /// The invitation it began with.
    join: Option<String>,
    worker: Worker,
    leaving: Closure<dyn Fn(web_sys::Event)>,
    _heard: Closure<dyn Fn(MessageEvent)>,
    _failed: Closure<dyn Fn(JsValue)>,
}

impl Drop for Link {
    fn drop(&mut self) {
        self.worker.terminate();
        if let Some(window) = web_sys::window() {
            let _ = window.remove_event_listener_with_callback("beforeunload", self.leaving.as_ref().unchecked_ref());
        }
    }
}

/// Requests wait here until the worker says that it runs.
#[derive(Default)]
struct Outbox {
    ready: bool,
    waiting: Vec<JsValue>,
}

impl Link {
    pub(super) fn start(options: &Options, early: Option<Worker>) -> Result<Rc<Self>, JsValue> {
        let outbox: Rc<RefCell<Outbox>> = Rc::default();
        let worker = match early {
            Some(worker) => {
                outbox.borrow_mut().ready = js_sys::Reflect::get(&worker, &"runs".into())?.is_truthy();
                worker
            }
            None => new_worker(options)?,
        };
        let labelers: Rc<RefCell<Vec<HtmlElement>>> = Rc::default();
        let elements: Rc<RefCell<Vec<HtmlElement>>> = Rc::default();
        let shown = Rc::new(RefCell::new((options.project.clone(), options.annotator.clone())));
        let post = {
            let (worker, outbox) = (worker.clone(), outbox.clone());
            Rc::new(move |request: &Request, files: &JsValue| {
                let Ok(text) = serde_json::to_string(request) else { return };
                let message: JsValue = Array::of2(&text.into(), files).into();
                if outbox.borrow().ready {
                    let _ = worker.post_message(&message);
                } else {
                    outbox.borrow_mut().waiting.push(message);
                }
            })
        };
        let hub_cell: Rc<RefCell<Option<Rc<Hub>>>> = Rc::default();
        let host = Host {
            send: {
                let post = post.clone();
                Box::new(move |request| post(&request, &JsValue::UNDEFINED))
            },
            download: Box::new(|name, media, bytes| drop(download(name, media, bytes))),
            dispatch: {
                let (labelers, worker) = (labelers.clone(), worker.clone());
                Box::new(move |name, detail| {
                    if name == "shown" {
                        // the worker's script hears this: now is the time for what the first task did not need
                        let _ = worker.post_message(&Array::of1(&"rest".into()));
                    }
                    raise(&labelers.borrow(), name, detail);
                })
            },
            shown: {
                let (elements, shown) = (elements.clone(), shown.clone());
                Box::new(move |project, annotator| {
                    shown.replace((project.to_owned(), annotator.to_owned()));
                    let elements = elements.borrow().clone();
                    elements.iter().for_each(|element| reflect(element, project, annotator));
                })
            },
            now_ms: Box::new(|| js_sys::Date::now() as u64),
            open_files: {
                let (post, hub_cell) = (post.clone(), hub_cell.clone());
                Box::new(move |files: Vec<File>| {
                    let Some(hub) = hub_cell.borrow().clone() else { return };
                    let ask = hub.expect_opened();
                    let names = files.iter().map(File::name).collect();
                    let list: Array = files.iter().map(JsValue::from).collect();
                    post(&Request { ask, what: Ask::OpenFiles { names } }, &list);
                })
            },
            remember: Box::new(|key, value| drop(storage("setItem", &[key, value]))),
            recall: Box::new(|key| storage("getItem", &[key])?.as_string()),
            keep_storage: {
                let asked = Cell::new(false);
                Box::new(move || {
                    if !asked.replace(true) {
                        keep_storage();
                    }
                })
            },
            address: Box::new(address),
        };
        let hub = Hub::new(host);
        *hub_cell.borrow_mut() = Some(hub.clone());
        let heard = {
            let (hub, outbox, worker) = (hub.clone(), outbox, worker.clone());
            Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
                let data: Array = event.data().unchecked_into();
                let Some(text) = data.get(0).as_string() else { return };
                let Ok(tell) = serde_json::from_slice::<Tell>(text.as_bytes()) else { return };
                if matches!(tell, Tell::Ready {}) {
                    let waiting = {
                        let mut outbox = outbox.borrow_mut();
                        outbox.ready = true;
                        std::mem::take(&mut outbox.waiting)
                    };
                    for message in waiting {
                        let _ = worker.post_message(&message);
                    }
                }
                let payload = data.get(1).dyn_into::<Uint8Array>().ok().map(|bytes| bytes.to_vec());
                hub.receive(tell, payload);
            })
        };
        worker.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        // a trapped worker cannot answer: element.js mounts everything again from what is durable
        let failed = Closure::<dyn Fn(JsValue)>::new(move |_: JsValue| {
            let global = js_sys::global();
            if let Ok(event) = CustomEvent::new("countersign-trapped")
                && let Ok(window) = global.dyn_into::<web_sys::Window>()
            {
                let _ = window.dispatch_event(&event);
            }
        });
        worker.set_onerror(Some(failed.as_ref().unchecked_ref()));
        // what is not sent yet is kept here, and yet somebody else may wait for it: the browser asks before the page goes
        let leaving = {
            let hub = hub.clone();
            Closure::<dyn Fn(web_sys::Event)>::new(move |event: web_sys::Event| {
                if hub.unsent() > 0 {
                    event.prevent_default();
                }
            })
        };
        if let Some(window) = web_sys::window() {
            window.add_event_listener_with_callback("beforeunload", leaving.as_ref().unchecked_ref())?;
        }
        let (project, annotator) = (&options.project, &options.annotator);
        match &options.join {
            Some(invitation) => hub.join(invitation, annotator),
            None => hub.open(project, annotator),
        };
        let join = options.join.clone();
        let began = (options.project.clone(), options.annotator.clone());
        Ok(Rc::new(Self {
            hub,
            labelers,
            elements,
            shown,
            began,
            join,
            worker,
            leaving,
            _heard: heard,
            _failed: failed,
        }))
    }

    /// An element with these options shows what this link shows.
    pub(super) fn serves(&self, options: &Options) -> bool {
        let shown = self.shown.borrow();
        let wanted = (options.project.as_str(), options.annotator.as_str());
        let is = |pair: &(String, String)| (pair.0.as_str(), pair.1.as_str()) == wanted;
        // panels wait for the first task, and meanwhile another project may have been opened beside them
        let same = is(&shown) || options.kind == "panels" && is(&self.began);
        match &options.join {
            Some(_) => self.join == options.join,
            None => same,
        }
    }

    /// Tells an element that was just mounted what it shows.
    pub(super) fn tell(&self, element: &HtmlElement) {
        let shown = self.shown.borrow().clone();
        if shown != self.began {
            reflect(element, &shown.0, &shown.1);
        }
    }

    /// Opens a project of texts; settles the promise of the host page.
    pub(super) fn open_texts(&self, texts: Texts, resolve: Function, reject: Function) {
        let Texts { slug, name, config, tasks, guideline } = texts;
        let name = if name.is_empty() { slug.clone() } else { name };
        let what = Ask::OpenTexts { slug, name, config, tasks, guideline };
        self.hub.ask(what, move |hub, reply| {
            let answer = match &reply.result {
                Ok(Done::Opened { slug, complaints, .. }) => {
                    let list: Array =
                        complaints.iter().map(|c| JsValue::from(format!("{}: {}", c.place, c.what))).collect();
                    let object = js_sys::Object::new();
                    let _ = js_sys::Reflect::set(&object, &"slug".into(), &slug.into());
                    let _ = js_sys::Reflect::set(&object, &"complaints".into(), &list);
                    resolve.call1(&JsValue::NULL, &object)
                }
                Err(trouble) => reject.call1(&JsValue::NULL, &refusal_of(&text::trouble(hub.lang(), trouble), trouble)),
                Ok(_) => reject.call1(&JsValue::NULL, &js_sys::Error::new("could not open the project").into()),
            };
            drop(answer);
            hub.opened(reply);
        });
    }
}

fn new_worker(options: &Options) -> Result<Worker, JsValue> {
    let worker_options = WorkerOptions::new();
    worker_options.set_type(WorkerType::Module);
    let query = match (options.trace, options.whole) {
        (false, false) => "",
        (true, false) => "?trace",
        (false, true) => "?whole",
        (true, true) => "?trace&whole",
    };
    Worker::new_with_options(&format!("{}compute.js{query}", options.base), &worker_options)
}

/// Raises a CustomEvent on each labeling element; `detail` is JSON and carries covered data only.
fn raise(hosts: &[HtmlElement], name: &str, detail: &str) {
    for host in hosts {
        let init = CustomEventInit::new();
        init.set_bubbles(true);
        init.set_composed(true);
        init.set_detail(&js_sys::JSON::parse(detail).unwrap_or(JsValue::NULL));
        if let Ok(event) = CustomEvent::new_with_event_init_dict(name, &init) {
            let _ = host.dispatch_event(&event);
        }
    }
}

/// An error for the host page: words, and a code to tell it by.
fn refusal_of(words: &str, trouble: &Trouble) -> JsValue {
    let error: JsValue = js_sys::Error::new(words).into();
    let _ = js_sys::Reflect::set(&error, &"code".into(), &text::trouble_code(trouble).into());
    error
}

/// Writes on an element what it shows, so that it shows the same when it is mounted again.
fn reflect(element: &HtmlElement, project: &str, annotator: &str) {
    let method = js_sys::Reflect::get(element, &"reflect".into()).ok().and_then(|f| f.dyn_into::<Function>().ok());
    if let Some(method) = method {
        let _ = method.call2(element, &project.into(), &annotator.into());
    }
}

/// Hands the person a file, by a link that is clicked and forgotten.
fn download(name: &str, media: &str, bytes: &[u8]) -> Result<(), JsValue> {
    let document = web_sys::window().and_then(|w| w.document()).ok_or(JsValue::NULL)?;
    let options = BlobPropertyBag::new();
    options.set_type(media);
    let blob = Blob::new_with_u8_array_sequence_and_options(&Array::of1(&Uint8Array::from(bytes)), &options)?;
    let address = Url::create_object_url_with_blob(&blob)?;
    let link: HtmlAnchorElement = document.create_element("a")?.unchecked_into();
    link.set_href(&address);
    link.set_download(name);
    link.click();
    // the browser has begun to save by the next turn of the page
    let forget = Closure::once_into_js(move || drop(Url::revoke_object_url(&address)));
    if let Some(window) = web_sys::window() {
        let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(forget.unchecked_ref(), 60_000);
    }
    Ok(())
}

/// Settings of the screen, kept by the browser; a browser that refuses keeps none.
fn storage(method: &str, arguments: &[&str]) -> Option<JsValue> {
    let store = js_sys::Reflect::get(&js_sys::global(), &"localStorage".into()).ok()?;
    let function: Function = js_sys::Reflect::get(&store, &method.into()).ok()?.dyn_into().ok()?;
    let prefixed = arguments.iter().enumerate().map(|(i, a)| match i {
        0 => JsValue::from(format!("countersign.{a}")),
        _ => JsValue::from(*a),
    });
    function.apply(&store, &prefixed.collect::<Array>()).ok()
}

/// Asks the browser to keep what this page stores. Browsers that know no such thing keep it as long as they like.
fn keep_storage() {
    let get = |of: &JsValue, name: &str| js_sys::Reflect::get(of, &name.into()).unwrap_or_default();
    let storage = get(&get(&js_sys::global(), "navigator"), "storage");
    if let Ok(persist) = get(&storage, "persist").dyn_into::<Function>() {
        // whether it did shows in the project's panel
        let _ = persist.call0(&storage);
    }
}

/// The page's address without its fragment.
fn address() -> String {
    let href = web_sys::window().and_then(|w| w.location().href().ok()).unwrap_or_default();
    href.split('#').next().unwrap_or_default().to_owned()
}
