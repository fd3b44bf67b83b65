//! Between the browser's selection and code points. Runs carry their first code point (`data-s`), blocks too (`data-b`);
//! within a run the text node counts UTF-16, which is translated here and goes no further. Selections inside shadow
//! trees are read by `getComposedRanges`, with older ways behind it.

use crate::ui::dom;
use js_sys::{Array, Function, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DomRect, Element, Node, Range};

/// One end of a range in the document.
struct Edge {
    node: Node,
    offset: u32,
}

/// What is selected within a surface, in code points, in order; equal where nothing is. `None` where the selection lies
/// elsewhere. An end that was dragged out of the surface counts as the surface's end.
pub fn read(surface: &Element, len: u32) -> Option<(u32, u32)> {
    let (start, end) = selected(surface)?;
    let inside = |edge: &Edge| surface.contains(Some(&edge.node));
    if !inside(&start) && !inside(&end) {
        return None;
    }
    let from = if inside(&start) { place(&start)? } else { 0 };
    let to = if inside(&end) { place(&end)? } else { len };
    Some((from.min(len), to.min(len)))
}

fn selected(surface: &Element) -> Option<(Edge, Edge)> {
    let selection = web_sys::window()?.get_selection().ok()??;
    let Some(shadow) = dom::shadow(surface) else {
        return (selection.range_count() > 0).then(|| selection.get_range_at(0).ok()).flatten().and_then(|r| edges(&r));
    };
    if let Ok(composed) = Reflect::get(&selection, &"getComposedRanges".into())
        && let Ok(composed) = composed.dyn_into::<Function>()
    {
        let options = Object::new();
        drop(Reflect::set(&options, &"shadowRoots".into(), &Array::of1(&shadow)));
        let ranges = composed.call1(&selection, &options).ok()?;
        return edges(&Array::from(&ranges).get(0));
    }
    let own = Reflect::get(&shadow, &"getSelection".into()).ok().and_then(|f| f.dyn_into::<Function>().ok());
    let own = own.and_then(|f| f.call0(&shadow).ok()?.dyn_into::<web_sys::Selection>().ok());
    let selection = own.unwrap_or(selection);
    (selection.range_count() > 0).then(|| selection.get_range_at(0).ok()).flatten().and_then(|r| edges(&r))
}

fn edges(range: &JsValue) -> Option<(Edge, Edge)> {
    let get = |key: &str| Reflect::get(range, &key.into()).ok();
    let edge = |container: &str, offset: &str| {
        Some(Edge { node: get(container)?.dyn_into().ok()?, offset: get(offset)?.as_f64()? as u32 })
    };
    Some((edge("startContainer", "startOffset")?, edge("endContainer", "endOffset")?))
}

fn start_of(run: &Element) -> Option<u32> {
    run.get_attribute("data-s")?.parse().ok()
}

/// The code point of a place in the document that lies within a surface.
fn place(edge: &Edge) -> Option<u32> {
    if edge.node.node_type() == Node::TEXT_NODE {
        let run = edge.node.parent_element()?.closest("[data-s]").ok()??;
        return Some(start_of(&run)? + code_points(&edge.node.text_content()?, edge.offset));
    }
    let element = edge.node.dyn_ref::<Element>()?;
    let child = element.child_nodes().item(edge.offset);
    if let Some(start) = start_of(element) {
        let text = element.text_content().unwrap_or_default();
        return Some(if child.is_some() { start } else { start + code_points(&text, u32::MAX) });
    }
    match child.and_then(|child| child.dyn_into::<Element>().ok()) {
        Some(child) if child.has_attribute("data-s") => start_of(&child),
        Some(child) => start_of(&child.query_selector("[data-s]").ok()??),
        None => {
            let runs = element.query_selector_all("[data-s]").ok()?;
            let last: Element = runs.item(runs.length().checked_sub(1)?)?.dyn_into().ok()?;
            let text = last.text_content().unwrap_or_default();
            Some(start_of(&last)? + code_points(&text, u32::MAX))
        }
    }
}

/// Code points in the first `units` UTF-16 units of a text.
fn code_points(text: &str, units: u32) -> u32 {
    let mut seen = 0u32;
    text.chars()
        .take_while(|c| {
            seen = seen.saturating_add(c.len_utf16() as u32);
            seen <= units
        })
        .count() as u32
}

/// The start of the run under an element, for clicks.
pub fn run_under(target: &Element) -> Option<u32> {
    start_of(&target.closest("[data-s]").ok()??)
}

/// The last element of a list whose number under `key` is not past `at`. The numbers rise.
fn search(scope: &Element, key: &str, at: u32) -> Option<Element> {
    let all = scope.query_selector_all(&format!("[{key}]")).ok()?;
    let number = |i: u32| -> Option<(u32, Element)> {
        let element: Element = all.item(i)?.dyn_into().ok()?;
        Some((element.get_attribute(key)?.parse().ok()?, element))
    };
    let (mut low, mut high) = (0, all.length());
    while low < high {
        let middle = (low + high) / 2;
        if number(middle)?.0 <= at { low = middle + 1 } else { high = middle }
    }
    number(low.checked_sub(1)?).map(|(_, element)| element)
}

/// The text node and the UTF-16 offset in it of a code point.
fn locate(surface: &Element, at: u32) -> Option<(Node, u32)> {
    let block = search(surface, "data-b", at)?;
    let run = search(&block, "data-s", at)?;
    let text = run.last_child()?;
    let content = text.text_content()?;
    let ahead = at.checked_sub(start_of(&run)?)?;
    let units = content.chars().take(ahead as usize).map(|c| c.len_utf16() as u32).sum();
    Some((text, units))
}

/// Selects a stretch in the browser, so that it is shown and can be copied.
pub fn write(surface: &Element, anchor: u32, head: u32) {
    if let (Some((from, a)), Some((to, b))) = (locate(surface, anchor), locate(surface, head))
        && let Some(selection) = web_sys::window().and_then(|w| w.get_selection().ok().flatten())
    {
        drop(selection.set_base_and_extent(&from, a, &to, b));
    }
}

/// Selects nothing.
pub fn clear() {
    if let Some(selection) = web_sys::window().and_then(|w| w.get_selection().ok().flatten()) {
        drop(selection.remove_all_ranges());
    }
}

/// Where a caret at a code point is drawn, in the coordinates of the window: left, top, height.
pub fn caret_box(surface: &Element, at: u32) -> Option<(f64, f64, f64)> {
    let (node, units) = locate(surface, at)?;
    let range = Range::new().ok()?;
    range.set_start(&node, units).ok()?;
    range.collapse_with_to_start(true);
    let rect = last_rect(&range);
    if let Some(rect) = rect.filter(|r| r.height() > 0.0) {
        return Some((rect.left(), rect.top(), rect.height()));
    }
    // beside a line end a collapsed range has no box: take the edge of a neighbour
    let len = node.text_content()?.encode_utf16().count() as u32;
    let (from, to, at_end) = if units < len { (units, units + 1, false) } else { (units.checked_sub(1)?, units, true) };
    range.set_start(&node, from).ok()?;
    range.set_end(&node, to).ok()?;
    let rect = last_rect(&range)?;
    Some((if at_end { rect.right() } else { rect.left() }, rect.top(), rect.height()))
}

fn last_rect(range: &Range) -> Option<DomRect> {
    let rects = range.get_client_rects()?;
    rects.item(rects.length().checked_sub(1)?)
}

/// The code point nearest to a point of the window, where the browser can tell.
pub fn at_point(surface: &Element, x: f64, y: f64) -> Option<u32> {
    let document = web_sys::window()?.document()?;
    let shadow = dom::shadow(surface);
    let ask = |scope: &JsValue, options: &JsValue| -> Option<Edge> {
        let ask: Function = Reflect::get(scope, &"caretPositionFromPoint".into()).ok()?.dyn_into().ok()?;
        let found = ask.call3(scope, &x.into(), &y.into(), options).ok()?;
        let node = Reflect::get(&found, &"offsetNode".into()).ok()?.dyn_into::<Node>().ok()?;
        let offset = Reflect::get(&found, &"offset".into()).ok()?.as_f64()? as u32;
        surface.contains(Some(&node)).then_some(Edge { node, offset })
    };
    let options = Object::new();
    if let Some(shadow) = &shadow {
        drop(Reflect::set(&options, &"shadowRoots".into(), &Array::of1(shadow)));
    }
    let edge = ask(document.as_ref(), &options)
        .or_else(|| shadow.as_ref().and_then(|shadow| ask(shadow.as_ref(), &JsValue::UNDEFINED)))?;
    place(&edge)
}
