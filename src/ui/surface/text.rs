//! The text of one field: draws its runs, takes mouse, touch and keyboard, and keeps a caret of its own.

use super::caret::Caret;
use super::gesture::{Prepared, Surface, armed_here};
use super::run::{self, Block, Mark, Piece, Run};
use crate::domain::schema::{Control, ControlKind};
use crate::ui::desk::{Chosen, Desk, Seat};
use crate::ui::dom;
use crate::ui::hooks::{use_ctx, use_desk};
use crate::ui::palette;
use crate::ui::text::{Word, describe_entity};
use crate::view::model::FieldView;
use gloo::events::EventListener;
use std::rc::Rc;
use web_sys::Element;
use yew::prelude::*;

/// Properties of [`TextField`].
#[derive(Properties, PartialEq, Clone)]
pub struct TextProps {
    /// The field.
    pub field: AttrValue,
    /// Whose annotation.
    pub seat: Seat,
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
    let marked = {
        let field = field.clone();
        use_desk(seat, move |desk| {
            let marks =
                |c: &Control| matches!(c.kind, ControlKind::Labels { .. }) && c.to_fields.iter().any(|f| *f == *field);
            desk.schema().is_some_and(|schema| schema.controls.iter().any(marks))
        })
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
    let class = classes!("surface", marked.then_some("marked"), armed.is_some().then_some("armed"));
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
            surface.let_go_of_marked();
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
