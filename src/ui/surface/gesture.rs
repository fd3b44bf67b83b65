//! What mouse, touch and keyboard do in a text: select, mark, choose a span, move the caret.

use super::caret::{Caret, Step, Walk};
use super::plan::{self, Part};
use super::run::{self, Mark};
use super::select;
use crate::domain::task::Cover;
use crate::domain::text::{CodePoint, OffsetMap, slice};
use crate::ui::desk::{Chosen, Desk, Pending, Seat};
use crate::ui::dom;
use crate::ui::hooks::Ctx;
use crate::ui::palette;
use crate::ui::text::Word;
use crate::view::model::FieldView;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

/// A text prepared for drawing; made once per task.
pub(super) struct Prepared {
    pub(super) text: Rc<str>,
    pub(super) map: OffsetMap,
    pub(super) parts: Vec<Part>,
    pub(super) covers: Vec<Cover>,
}

impl Prepared {
    pub(super) fn of(field: &FieldView) -> Self {
        Self {
            text: Rc::clone(&field.text),
            map: OffsetMap::new(&field.text),
            parts: plan::plan(&field.text),
            covers: field.covers.clone(),
        }
    }

    fn walk(&self) -> Walk<'_> {
        Walk { text: &self.text, map: &self.map, covers: &self.covers }
    }

    fn slice(&self, start: u32, end: u32) -> &str {
        slice(&self.text, &self.map, CodePoint(start), CodePoint(end))
    }

    /// A selection without the white space at its ends; `None` where nothing is left.
    fn trimmed(&self, start: u32, end: u32) -> Option<(u32, u32)> {
        let text = self.slice(start, end);
        let lead = text.chars().take_while(|c| c.is_whitespace()).count() as u32;
        let trail = text.chars().rev().take_while(|c| c.is_whitespace()).count() as u32;
        (start + lead + trail < end).then(|| (start + lead, end - trail))
    }
}

/// The label that is ready, where it marks this field: control and value.
pub(super) fn armed_here(desk: &Desk, field: &str) -> Option<(String, String)> {
    let (control, at) = desk.armed.as_ref()?;
    let schema = desk.schema()?;
    let there = schema.control(control)?.to_fields.iter().any(|f| f == field);
    let option = palette::options(&schema, control).get(*at)?;
    there.then(|| (control.clone(), option.value.clone()))
}

/// Everything the event handlers of a surface need.
#[derive(Clone)]
pub(super) struct Surface {
    pub(super) ctx: Ctx,
    pub(super) seat: Seat,
    pub(super) field: AttrValue,
    pub(super) text: Rc<Prepared>,
    pub(super) marks: Rc<(Vec<Mark>, Vec<Chosen>)>,
    pub(super) caret: Rc<RefCell<Caret>>,
    pub(super) node: NodeRef,
    pub(super) caret_node: NodeRef,
}

impl Surface {
    fn element(&self) -> Option<Element> {
        self.node.cast()
    }

    fn len(&self) -> u32 {
        self.text.map.len().0
    }

    /// What the browser selected becomes the pending selection.
    pub(super) fn selection_changed(&self) {
        let Some(element) = self.element() else { return };
        let range = select::read(&element, self.len());
        let pending = range.filter(|(start, end)| start < end).and_then(|(start, end)| {
            let (start, end) = self.text.trimmed(start, end)?;
            Some(Pending { field: self.field.to_string(), start: CodePoint(start), end: CodePoint(end) })
        });
        let now = self.ctx.hub.desk(self.seat, |desk| desk.pending.clone());
        let mine = now.as_ref().is_some_and(|p| p.field == self.field.as_str());
        if now != pending && (pending.is_some() || (mine && range.is_some())) {
            self.ctx.hub.change_desk(self.seat, |desk| desk.pending = pending);
        }
    }

    /// The mouse marks with the label that is ready, or selects the span under it. Touch only selects text here, since
    /// its handles are moved after the finger is lifted; a label's button marks then.
    pub(super) fn pointer_up(&self, event: &PointerEvent) {
        let Some(element) = self.element() else { return };
        self.selection_changed();
        let range = select::read(&element, self.len());
        if let Some((start, end)) = range.filter(|(start, end)| start < end) {
            self.caret.replace(Caret { anchor: start, head: end });
            if event.pointer_type() != "touch" {
                self.mark_with_armed();
            }
            return;
        }
        if let Some((at, _)) = range {
            self.caret.replace(Caret { anchor: at, head: at });
            self.show_caret();
        }
        let target = event.target().and_then(|t| t.dyn_into::<Element>().ok());
        self.choose_at(target.and_then(|t| select::run_under(&t)));
    }

    /// Marks the pending selection with the label that is ready.
    fn mark_with_armed(&self) -> bool {
        let hub = &self.ctx.hub;
        let ready = hub.desk(self.seat, |desk| Some((armed_here(desk, &self.field)?, desk.pending.clone()?)));
        let Some(((control, label), pending)) = ready else { return false };
        let marked = hub.mark(self.seat, &control, &label, &pending).is_some();
        if marked {
            select::clear();
            // the label stays ready for the next one; pressing another must not relabel this
            self.ctx.hub.change_desk(self.seat, |desk| desk.chosen = None);
        }
        marked
    }

    /// What was marked is not selected any more: else the browser would tell of it again, and the next label would mark it
    /// a second time in place of relabeling.
    pub(super) fn let_go_of_marked(&self) {
        let Some(element) = self.element() else { return };
        let waits = self.ctx.hub.desk(self.seat, |desk| desk.pending.is_some());
        if !waits && select::read(&element, self.len()).is_some_and(|(start, end)| start < end) {
            select::clear();
        }
    }

    /// Selects the innermost span at a place; pressed again, the next one out.
    fn choose_at(&self, place: Option<u32>) {
        let (marks, names) = &*self.marks;
        let hits = place.map(|place| run::at(marks, place)).unwrap_or_default();
        let now = hits.iter().position(|&i| marks.get(i).is_some_and(|m| m.chosen));
        let next = now.map_or(0, |at| at + 1) % hits.len().max(1);
        let chosen = hits.get(next).and_then(|&i| names.get(i)).cloned();
        self.ctx.hub.change_desk(self.seat, |desk| desk.chosen = chosen);
    }

    pub(super) fn key_down(&self, event: &KeyboardEvent) {
        let shift = event.shift_key();
        let command = event.ctrl_key() || event.meta_key() || event.alt_key();
        let at = self.caret.borrow().head;
        let walk = self.text.walk();
        let ahead = |right: bool| right != walk.is_rtl(at);
        let horizontal = if command { Step::Word } else { Step::Grapheme };
        let edge = if command { Step::All } else { Step::Line };
        let to = match event.key().as_str() {
            "ArrowRight" => walk.step(at, horizontal, ahead(true)),
            "ArrowLeft" => walk.step(at, horizontal, ahead(false)),
            "ArrowDown" => self.vertical(at, true),
            "ArrowUp" => self.vertical(at, false),
            "Home" => walk.step(at, edge, false),
            "End" => walk.step(at, edge, true),
            "a" if command && !event.alt_key() => {
                self.caret.replace(Caret { anchor: 0, head: at });
                event.prevent_default();
                self.go(self.len(), true);
                return;
            }
            "Enter" | " " if !command => {
                event.prevent_default();
                event.stop_propagation();
                if !self.mark_with_armed() {
                    self.choose_here(at);
                }
                return;
            }
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        self.go(to, shift);
    }

    /// The span at the caret, also where the caret stands right behind it.
    fn choose_here(&self, at: u32) {
        let over = |place: u32| !run::at(&self.marks.0, place).is_empty();
        let place = if over(at) { Some(at) } else { at.checked_sub(1).filter(|&before| over(before)) };
        self.choose_at(place);
    }

    /// The place above or below, as it is drawn; else the next line's start or end.
    fn vertical(&self, at: u32, down: bool) -> u32 {
        let drawn = self.element().and_then(|element| {
            let (x, y, height) = select::caret_box(&element, at)?;
            let y = if down { y + height * 1.7 } else { y - height * 0.7 };
            select::at_point(&element, x + 0.5, y).filter(|&to| (to > at) == down && to != at)
        });
        drawn.unwrap_or_else(|| {
            let walk = self.text.walk();
            let edge = walk.step(at, Step::Line, down);
            walk.step(edge, Step::Grapheme, down)
        })
    }

    fn go(&self, to: u32, extend: bool) {
        let caret = self.caret.borrow().moved(to, extend);
        self.caret.replace(caret);
        let Some(element) = self.element() else { return };
        select::write(&element, caret.anchor, caret.head);
        self.selection_changed();
        self.show_caret();
        let (start, end) = caret.range();
        if start < end {
            self.say(Word::SelectedText, &[("text", self.text.slice(start, end.min(start + 200)))]);
        } else {
            let walk = self.text.walk();
            let here = self.text.slice(to, walk.step(to, Step::Grapheme, true)).to_owned();
            self.ctx.hub.change_face(self.ctx.door, |face| face.said = (face.said.0.wrapping_add(1), here));
        }
    }

    fn say(&self, word: Word, blanks: &[(&str, &str)]) {
        self.ctx.hub.say_with(self.ctx.door, word, blanks);
    }

    /// Draws the caret where the surface has focus. By the style object, since a strict policy forbids style attributes.
    pub(super) fn show_caret(&self) {
        let (Some(element), Some(caret)) = (self.element(), self.caret_node.cast::<HtmlElement>()) else { return };
        let focused = dom::active(&element).is_some_and(|active| active == element);
        let place = focused.then(|| select::caret_box(&element, self.caret.borrow().head)).flatten();
        let Some((left, top, height)) = place else {
            caret.set_hidden(true);
            return;
        };
        let origin = element.get_bounding_client_rect();
        let style = caret.style();
        let x = left - origin.left() - f64::from(element.client_left()) + f64::from(element.scroll_left());
        let y = top - origin.top() - f64::from(element.client_top()) + f64::from(element.scroll_top());
        for (name, value) in [("left", x), ("top", y), ("height", height)] {
            drop(style.set_property(name, &format!("{value:.1}px")));
        }
        caret.set_hidden(false);
        dom::show(&caret);
    }
}
