//! The text of one field: draws its runs, takes mouse, touch and keyboard, and keeps a caret of its own.

use super::caret::{Caret, Step, Walk};
use super::plan::{self, Part};
use super::run::{self, Block, Mark, Piece, Run};
use super::select;
use crate::domain::task::Cover;
use crate::domain::text::{CodePoint, OffsetMap, slice};
use crate::ui::desk::{Chosen, Desk, Pending, Seat};
use crate::ui::dom;
use crate::ui::hooks::{Ctx, use_ctx, use_desk};
use crate::ui::palette;
use crate::ui::text::{Word, describe_entity};
use crate::view::model::FieldView;
use gloo::events::EventListener;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

/// Properties of [`TextField`].
#[derive(Properties, PartialEq, Clone)]
pub struct TextProps {
    /// The field.
    pub field: AttrValue,
    /// Whose annotation.
    pub seat: Seat,
}

/// A text prepared for drawing; made once per task.
struct Prepared {
    text: Rc<str>,
    map: OffsetMap,
    parts: Vec<Part>,
    covers: Vec<Cover>,
}

impl Prepared {
    fn of(field: &FieldView) -> Self {
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

/// The spans of a field as they are drawn, and their names in the same order.
fn marks(desk: &Desk, field: &str) -> (Vec<Mark>, Vec<Chosen>) {
    let Some(schema) = desk.schema() else { return (vec![], vec![]) };
    let draw = |(control, span): (String, crate::domain::annotation::Span)| {
        let chosen = Chosen { control, id: span.id.clone()? };
        let first = span.labels.first().map_or("", String::as_str);
        let names: Vec<&str> = span.labels.iter().map(|l| palette::shown(&schema, &chosen.control, l)).collect();
        let mark = Mark {
            start: span.start.0,
            end: span.end.0,
            colour: palette::colour_of(&schema, &chosen.control, first),
            label: AttrValue::from(names.join(", ")),
            chosen: desk.chosen.as_ref() == Some(&chosen),
        };
        Some((mark, chosen))
    };
    desk.spans_of(field).into_iter().filter_map(draw).unzip()
}

/// Everything the event handlers of a surface need.
#[derive(Clone)]
struct Surface {
    ctx: Ctx,
    seat: Seat,
    field: AttrValue,
    text: Rc<Prepared>,
    marks: Rc<(Vec<Mark>, Vec<Chosen>)>,
    caret: Rc<RefCell<Caret>>,
    node: NodeRef,
    caret_node: NodeRef,
}

/// The text of one field.
#[component]
pub fn TextField(props: &TextProps) -> Html {
    let TextProps { field, seat } = props.clone();
    let ctx = use_ctx();
    let fields = use_desk(seat, |desk| desk.view.as_ref().map(|view| Rc::clone(&view.fields)));
    let revision = use_desk(seat, |desk| desk.revision);
    let chosen = use_desk(seat, |desk| desk.chosen.clone());
    let armed = {
        let field = field.clone();
        use_desk(seat, move |desk| armed_here(desk, &field))
    };
    let text = use_memo((fields, field.clone()), |(fields, name)| {
        let field = fields.as_ref().as_ref().and_then(|fields| fields.iter().find(|f| f.name == name.as_str()));
        field.map_or_else(|| Prepared::of(&no_field()), Prepared::of)
    });
    let marks = {
        let (hub, name) = (Rc::clone(&ctx.hub), field.clone());
        use_memo((*revision, chosen, field.clone()), move |_| hub.desk(seat, |desk| marks(desk, &name)))
    };
    let before = use_mut_ref(Vec::<Rc<Block>>::new);
    let blocks = {
        let text = Rc::clone(&text);
        use_memo((Rc::clone(&marks), Rc::as_ptr(&text)), move |(marks, _)| {
            let blocks = run::cut(&text.text, &text.parts, &marks.0, &text.covers, &before.borrow());
            before.replace(blocks.clone());
            blocks
        })
    };
    let surface = Surface {
        ctx: ctx.clone(),
        seat,
        field: field.clone(),
        text: Rc::clone(&text),
        marks,
        caret: use_mut_ref(Caret::default),
        node: use_node_ref(),
        caret_node: use_node_ref(),
    };
    use_surface(&surface, *revision);
    let on = |then: fn(&Surface, &KeyboardEvent)| {
        let surface = surface.clone();
        Callback::from(move |event: KeyboardEvent| then(&surface, &event))
    };
    let onpointerup = {
        let surface = surface.clone();
        Callback::from(move |event: PointerEvent| surface.pointer_up(&event))
    };
    let onfocus = {
        let surface = surface.clone();
        Callback::from(move |_: FocusEvent| surface.show_caret())
    };
    let label = ctx.fill(Word::TextField, &[("field", &field)]);
    let class = classes!("surface", armed.is_some().then_some("armed"));
    let hint = format!("hint-{field}");
    html! {
        <div class="text" data-field={field.clone()}>
            <div {class} ref={surface.node.clone()} tabindex="0" role="textbox" aria-readonly="true" aria-multiline="true"
                aria-label={label} aria-describedby={hint.clone()} onkeydown={on(Surface::key_down)} {onpointerup} {onfocus}>
                if text.text.is_empty() {
                    <p class="quiet">{ ctx.t(Word::NoText) }</p>
                }
                for block in blocks.iter() {
                    <BlockView key={block.start} block={Rc::clone(block)} />
                }
                <div class="caret" ref={surface.caret_node.clone()} aria-hidden="true" hidden=true></div>
            </div>
            <p id={hint} class="unseen">{ ctx.t(Word::TextHint) }</p>
        </div>
    }
}

fn no_field() -> FieldView {
    FieldView { name: String::new(), key: String::new(), text: Rc::from(""), covers: vec![] }
}

/// The label that is ready, where it marks this field: control and value.
fn armed_here(desk: &Desk, field: &str) -> Option<(String, String)> {
    let (control, at) = desk.armed.as_ref()?;
    let schema = desk.schema()?;
    let there = schema.control(control)?.to_fields.iter().any(|f| f == field);
    let option = palette::options(&schema, control).get(*at)?;
    there.then(|| (control.clone(), option.value.clone()))
}

/// Listens to the browser's selection, and follows changes with caret and sight.
#[hook]
fn use_surface(surface: &Surface, revision: u64) {
    {
        let surface = surface.clone();
        use_effect_with((Rc::as_ptr(&surface.text), surface.field.clone()), move |_| {
            let document = web_sys::window().and_then(|w| w.document());
            let listener = document
                .map(|document| EventListener::new(&document, "selectionchange", move |_| surface.selection_changed()));
            move || drop(listener)
        });
    }
    {
        let surface = surface.clone();
        use_effect_with((revision, Rc::as_ptr(&surface.text)), move |_| {
            let at = surface.caret.borrow().head;
            surface.caret.replace(Caret { anchor: at, head: at });
            surface.show_caret();
        });
    }
    let surface = surface.clone();
    let at = surface.marks.0.iter().find(|m| m.chosen).map(|m| m.start);
    use_effect_with(at, move |at| {
        let node = surface.node.cast::<Element>();
        if let (Some(_), Some(run)) = (at, node.and_then(|n| n.query_selector(".chosen").ok().flatten())) {
            dom::show(&run);
        }
    });
}

impl Surface {
    fn element(&self) -> Option<Element> {
        self.node.cast()
    }

    fn len(&self) -> u32 {
        self.text.map.len().0
    }

    /// What the browser selected becomes the pending selection.
    fn selection_changed(&self) {
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
    fn pointer_up(&self, event: &PointerEvent) {
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

    /// Selects the innermost span at a place; pressed again, the next one out.
    fn choose_at(&self, place: Option<u32>) {
        let (marks, names) = &*self.marks;
        let hits = place.map(|place| run::at(marks, place)).unwrap_or_default();
        let now = hits.iter().position(|&i| marks.get(i).is_some_and(|m| m.chosen));
        let next = now.map_or(0, |at| at + 1) % hits.len().max(1);
        let chosen = hits.get(next).and_then(|&i| names.get(i)).cloned();
        self.ctx.hub.change_desk(self.seat, |desk| desk.chosen = chosen);
    }

    fn key_down(&self, event: &KeyboardEvent) {
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
    fn show_caret(&self) {
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

#[derive(Properties, PartialEq)]
struct BlockProps {
    block: Rc<Block>,
}

/// Some lines. Its properties compare by pointer, so an unchanged block is not looked into.
#[component]
fn BlockView(props: &BlockProps) -> Html {
    html! {
        <div class="block" dir="auto" data-b={props.block.start.to_string()}>
            for piece in props.block.pieces.iter() {
                <PieceView key={piece.start} piece={Rc::clone(piece)} />
            }
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct PieceProps {
    piece: Rc<Piece>,
}

#[component]
fn PieceView(props: &PieceProps) -> Html {
    html! {
        <span class="piece">
            for run in props.piece.runs.iter() {
                { draw(run) }
            }
        </span>
    }
}

fn draw(run: &Run) -> Html {
    let cover = run.cover.as_ref().map(|entity| describe_entity(entity));
    let title = match (&run.title, &cover) {
        (Some(title), Some(cover)) => Some(AttrValue::from(format!("{title} · {cover}"))),
        (title, cover) => title.clone().or_else(|| cover.clone().map(AttrValue::from)),
    };
    let class = classes!("run", run.class.clone(), cover.is_some().then_some("cover"));
    html! {
        <span key={run.start} {class} data-s={run.start.to_string()} {title}>
            for (at, (colour, label, chosen)) in run.chips.iter().enumerate() {
                <b key={at} class={classes!("chip", format!("l{colour}"), chosen.then_some("on"))} data-label={label.clone()} aria-hidden="true"></b>
            }
            { run.text.clone() }
        </span>
    }
}
