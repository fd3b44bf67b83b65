//! The browser's door: what `www/element.js` calls. Elements on one page that name the same project and annotator share
//! one hub and one worker; others know nothing of each other. When a person opens another project or changes the profile, the
//! attributes of the elements follow, so that what is mounted again shows what was shown last.

mod link;

use crate::ui::hub::Hub;
use crate::ui::screen::{Labeler, Panels};
use link::Link;
use serde::Deserialize;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};
use wasm_bindgen::prelude::*;
use web_sys::{Element, HtmlElement, Worker};

/// What the host page writes on the element.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Options {
    /// Which of the two elements: `labeler` or `panels`.
    kind: String,
    /// The project's name on this host page.
    project: String,
    /// The profile's label.
    annotator: String,
    /// Address of the folder that holds the scripts, with a slash at its end.
    base: String,
    /// An invitation to join by: the part of the link after `#join=`.
    join: Option<String>,
    /// Say in the console where the writing of each action stands.
    #[serde(default)]
    trace: bool,
    /// Have the whole module at hand before it runs, because it trapped before.
    #[serde(default)]
    whole: bool,
}

enum App {
    Labeler(yew::AppHandle<Labeler>),
    Panels(yew::AppHandle<Panels>),
}

struct Mounted {
    app: App,
    link: Rc<Link>,
    host: HtmlElement,
}

thread_local! {
    static MOUNTED: RefCell<BTreeMap<u32, Mounted>> = RefCell::default();
    static LINKS: RefCell<Vec<Weak<Link>>> = RefCell::default();
    static NEXT: RefCell<u32> = const { RefCell::new(1) };
}

/// Draws an element into `root`, a node of its shadow tree. `host` is the element itself: events are raised on it.
/// Answers the number by which the other functions know it. `early` is a worker that was started while this module loaded,
/// for the first element; its property `runs` says that it told of itself already.
///
/// # Errors
/// When the options are not what `element.js` gives, or the worker cannot start.
#[wasm_bindgen]
pub fn mount(root: Element, host: HtmlElement, options: JsValue, early: Option<Worker>) -> Result<u32, JsValue> {
    let options: Options = serde_wasm_bindgen::from_value(options)?;
    let link = link_for(&options, early)?;
    let hub = link.hub.clone();
    link.elements.borrow_mut().push(host.clone());
    let app = match options.kind.as_str() {
        "panels" => App::Panels(yew::Renderer::<Panels>::with_root_and_props(root, hub.into()).render()),
        _ => {
            link.labelers.borrow_mut().push(host.clone());
            App::Labeler(yew::Renderer::<Labeler>::with_root_and_props(root, hub.into()).render())
        }
    };
    link.tell(&host);
    let number = NEXT.with_borrow_mut(|next| {
        *next += 1;
        *next
    });
    MOUNTED.with_borrow_mut(|all| all.insert(number, Mounted { app, link, host }));
    Ok(number)
}

/// Takes an element down; its worker ends with the last element that used it.
#[wasm_bindgen]
pub fn destroy(number: u32) {
    let Some(mounted) = MOUNTED.with_borrow_mut(|all| all.remove(&number)) else { return };
    mounted.link.labelers.borrow_mut().retain(|host| *host != mounted.host);
    mounted.link.elements.borrow_mut().retain(|host| *host != mounted.host);
    match mounted.app {
        App::Labeler(app) => app.destroy(),
        App::Panels(app) => app.destroy(),
    }
}

/// Carries out an action by its name, as a shortcut or a button would. Answers whether it was allowed.
#[wasm_bindgen]
pub fn run(number: u32, action: &str) -> bool {
    with_hub(number, |hub| hub.run_action(action)).unwrap_or(false)
}

/// Opens a project of texts that the host page holds: `{ slug, name, config, tasks, guideline }`. The promise answers
/// `{ slug, complaints }`.
#[wasm_bindgen(js_name = openProject)]
pub fn open_project(number: u32, project: JsValue) -> js_sys::Promise {
    js_sys::Promise::new(&mut |resolve, reject| {
        let link = MOUNTED.with_borrow(|all| all.get(&number).map(|m| m.link.clone()));
        match (link, serde_wasm_bindgen::from_value(project.clone())) {
            (Some(link), Ok(texts)) => link.open_texts(texts, resolve, reject),
            (None, _) => drop(reject.call1(&JsValue::NULL, &js_sys::Error::new("the element is not on a page").into())),
            (_, Err(_)) => {
                let error = js_sys::Error::new("the project needs slug, name, config and tasks, all of them texts");
                drop(reject.call1(&JsValue::NULL, &error.into()));
            }
        }
    })
}

fn with_hub<T>(number: u32, then: impl FnOnce(&Rc<Hub>) -> T) -> Option<T> {
    let hub = MOUNTED.with_borrow(|all| all.get(&number).map(|m| m.link.hub.clone()))?;
    Some(then(&hub))
}

/// The link that elements of this project and annotator share.
fn link_for(options: &Options, early: Option<Worker>) -> Result<Rc<Link>, JsValue> {
    let living: Vec<_> = LINKS.with_borrow(|links| links.iter().filter_map(Weak::upgrade).collect());
    if let Some(link) = living.iter().find(|link| link.serves(options)) {
        early.iter().for_each(Worker::terminate);
        return Ok(link.clone());
    }
    let link = Link::start(options, early)?;
    LINKS.with_borrow_mut(|links| {
        links.retain(|link| link.strong_count() > 0);
        links.push(Rc::downgrade(&link));
    });
    Ok(link)
}
