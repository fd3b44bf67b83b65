//! The few calls into the browser that events and effects need. Nothing here runs while rendering.

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlElement, Node, ShadowRoot};
use yew::NodeRef;

/// The element a root was mounted into, while it is mounted.
pub fn element(root: &NodeRef) -> Option<Element> {
    root.cast::<Element>()
}

/// The shadow root around a node, where there is one.
pub fn shadow(node: &Node) -> Option<ShadowRoot> {
    node.get_root_node().dyn_into().ok()
}

/// The element that has focus within the same tree as `node`.
pub fn active(node: &Node) -> Option<Element> {
    match shadow(node) {
        Some(shadow) => shadow.active_element(),
        None => web_sys::window()?.document()?.active_element(),
    }
}

/// The element that has focus, however deep in shadow trees it stands.
pub fn active_anywhere() -> Option<Element> {
    let mut now = web_sys::window()?.document()?.active_element()?;
    while let Some(inner) = now.shadow_root().and_then(|shadow| shadow.active_element()) {
        now = inner;
    }
    Some(now)
}

/// No element has focus: the one that had it is gone.
pub fn focus_is_lost(node: &Node) -> bool {
    let document = web_sys::window().and_then(|w| w.document());
    let outer = document.and_then(|d| d.active_element());
    let host = shadow(node).map(|s| s.host());
    outer.is_none_or(|outer| outer.tag_name() == "BODY" || (Some(outer) == host && active(node).is_none()))
}

/// Focuses the first match under the root, without scrolling where it is in sight already. Answers whether there is one.
pub fn focus(root: &NodeRef, selector: &str) -> bool {
    let found = element(root).and_then(|root| root.query_selector(selector).ok().flatten());
    let found = found.and_then(|found| found.dyn_into::<HtmlElement>().ok());
    found.is_some_and(|found| found.focus().is_ok())
}

/// Focuses the match that follows the focused one, round again at the end. Answers whether there is one.
pub fn focus_next(root: &NodeRef, selector: &str) -> bool {
    let Some(root) = element(root) else { return false };
    let Ok(all) = root.query_selector_all(selector) else { return false };
    let all: Vec<HtmlElement> = (0..all.length()).filter_map(|at| all.item(at)?.dyn_into().ok()).collect();
    let now = active(&root).and_then(|active| all.iter().position(|e| **e == active));
    let next = now.map_or(0, |at| at + 1) % all.len().max(1);
    all.get(next).is_some_and(|e| e.focus().is_ok())
}

/// Focuses the control of that name: its first input, or its group.
pub fn focus_control(root: &NodeRef, control: &str) -> bool {
    let Some(root) = element(root) else { return false };
    let Ok(all) = root.query_selector_all("[data-control]") else { return false };
    for at in 0..all.length() {
        let Some(group) = all.item(at).and_then(|n| n.dyn_into::<Element>().ok()) else { continue };
        if group.get_attribute("data-control").as_deref() != Some(control) {
            continue;
        }
        let first = group.query_selector("input:checked, textarea, input, button, [tabindex='0']").ok().flatten();
        let Some(target) = first.unwrap_or(group).dyn_into::<HtmlElement>().ok() else { continue };
        show(&target);
        return target.focus().is_ok();
    }
    false
}

/// Scrolls an element into sight, no further than needed.
pub fn show(element: &Element) {
    let options = js_sys::Object::new();
    let set = |key: &str, value: &str| js_sys::Reflect::set(&options, &key.into(), &value.into());
    if set("block", "nearest").is_ok()
        && let Ok(scroll) = js_sys::Reflect::get(element, &"scrollIntoView".into())
        && let Ok(scroll) = scroll.dyn_into::<js_sys::Function>()
    {
        drop(scroll.call1(element, &options));
    }
}

/// The browser has a network, as far as it knows.
pub fn is_online() -> bool {
    let navigator = js_sys::Reflect::get(&js_sys::global(), &"navigator".into());
    let online = navigator.and_then(|n| js_sys::Reflect::get(&n, &"onLine".into()));
    online.ok().and_then(|o| o.as_bool()).unwrap_or(true)
}

/// Scrolls back to the top: the part of a root that scrolls for itself, and the root where it begins above the window.
pub fn show_top(root: &NodeRef) {
    let Some(root) = element(root) else { return };
    if let Some(desk) = root.query_selector(".desk").ok().flatten() {
        desk.set_scroll_top(0);
    }
    if root.get_bounding_client_rect().top() < 0.0 {
        root.scroll_into_view();
    }
}

/// Clicks the first match under the root, as for a hidden file input.
pub fn click(root: &NodeRef, selector: &str) {
    let found = element(root).and_then(|root| root.query_selector(selector).ok().flatten());
    if let Some(found) = found.and_then(|found| found.dyn_into::<HtmlElement>().ok()) {
        found.click();
    }
}

/// The person types into this element, so keys without a modifier are theirs.
pub fn is_typing(target: &Element) -> bool {
    match target.tag_name().as_str() {
        "TEXTAREA" | "SELECT" => true,
        "INPUT" => !matches!(
            target.get_attribute("type").as_deref(),
            Some("radio" | "checkbox" | "button" | "submit" | "file" | "range")
        ),
        _ => target.has_attribute("contenteditable"),
    }
}

/// Puts text on the clipboard; `then` hears whether that was allowed.
pub fn copy(text: &str) -> bool {
    let Some(window) = web_sys::window() else { return false };
    let get = |from: &JsValue, key: &str| js_sys::Reflect::get(from, &key.into()).ok().filter(|v| !v.is_undefined());
    let clipboard = get(window.as_ref(), "navigator").and_then(|navigator| get(&navigator, "clipboard"));
    let Some(clipboard) = clipboard else { return false };
    let write = get(&clipboard, "writeText").and_then(|f| f.dyn_into::<js_sys::Function>().ok());
    write.is_some_and(|write| write.call1(&clipboard, &text.into()).is_ok())
}

/// Makes `css` one of the style sheets of the tree around `node`, under a name: the same name replaces it. Constructed
/// sheets need no inline style, so a strict content security policy lets them pass.
pub fn adopt_style(node: &Node, name: &str, css: &str) {
    let scope: JsValue = match shadow(node) {
        Some(shadow) => shadow.into(),
        None => match web_sys::window().and_then(|w| w.document()) {
            Some(document) => document.into(),
            None => return,
        },
    };
    drop(adopt(&scope, name, css));
}

fn adopt(scope: &JsValue, name: &str, css: &str) -> Result<(), JsValue> {
    use js_sys::{Array, Function, Reflect};
    let key: JsValue = format!("countersign-{name}").into();
    let known = Reflect::get(scope, &key)?;
    let sheet = if known.is_undefined() {
        let class: Function = Reflect::get(&js_sys::global(), &"CSSStyleSheet".into())?.dyn_into()?;
        let sheet = Reflect::construct(&class, &Array::new())?;
        let sheets = Array::from(&Reflect::get(scope, &"adoptedStyleSheets".into())?);
        sheets.push(&sheet);
        Reflect::set(scope, &"adoptedStyleSheets".into(), &sheets)?;
        Reflect::set(scope, &key, &sheet)?;
        sheet
    } else {
        known
    };
    let replace: Function = Reflect::get(&sheet, &"replaceSync".into())?.dyn_into()?;
    replace.call1(&sheet, &css.into())?;
    Ok(())
}
