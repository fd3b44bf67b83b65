//! A modal dialog: the browser's own, which traps focus and closes on Esc, with a title and a way out. Focus goes back to
//! where it was.

use crate::ui::dom;
use crate::ui::hooks::{Ctx, use_ctx};
use crate::ui::icon::{Icon, icon};
use crate::ui::text::Word;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDialogElement, HtmlElement};
use yew::prelude::*;

/// Properties of [`Modal`].
#[derive(Properties, PartialEq)]
pub struct ModalProps {
    /// Its name.
    pub title: AttrValue,
    /// Class names beside `dialog`.
    #[prop_or_default]
    pub class: Classes,
    /// What it holds.
    pub children: Html,
}

/// Closes the dialog of this root.
pub fn close(ctx: &Ctx) {
    ctx.hub.change_face(ctx.door, |face| face.dialog = None);
}

/// A modal dialog.
#[component]
pub fn Modal(props: &ModalProps) -> Html {
    let ctx = use_ctx();
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with((), move |()| {
            let dialog = node.cast::<HtmlDialogElement>();
            let before = dom::active_anywhere().and_then(|e| e.dyn_into::<HtmlElement>().ok());
            if let Some(dialog) = dialog.as_ref().filter(|d| !d.open()) {
                drop(dialog.show_modal());
                let first = dialog.query_selector("[data-first]").ok().flatten();
                if let Some(first) = first.and_then(|first| first.dyn_into::<HtmlElement>().ok()) {
                    drop(first.focus());
                }
            }
            move || {
                // while it is open, nothing behind it takes focus
                if let Some(dialog) = dialog {
                    dialog.close();
                }
                if let Some(before) = before {
                    drop(before.focus());
                }
            }
        });
    }
    let oncancel = ctx.on(|ctx, event: Event| {
        event.prevent_default();
        close(ctx);
    });
    // keys that mean something in the task mean nothing here
    let onkeydown = ctx.on(|ctx, event: KeyboardEvent| {
        if event.key() == "Escape" {
            event.prevent_default();
            close(ctx);
        }
        event.stop_propagation();
    });
    // a click beside the dialog lands on its backdrop, which is the dialog itself
    let onclick = ctx.on(|ctx, event: MouseEvent| {
        let target = event.target().and_then(|t| t.dyn_into::<Element>().ok());
        if target.is_some_and(|t| t.tag_name() == "DIALOG") {
            close(ctx);
        }
    });
    html! {
        <dialog class={classes!("dialog", props.class.clone())} ref={node} aria-labelledby="dialog-title" {oncancel} {onkeydown} {onclick}>
            <div class="top">
                <h2 id="dialog-title">{ props.title.clone() }</h2>
                <button type="button" class="tool" aria-label={ctx.t(Word::Close)} onclick={ctx.on(|ctx, _: MouseEvent| close(ctx))}>
                    { icon(Icon::Cross) }
                </button>
            </div>
            <div class="body">{ props.children.clone() }</div>
        </dialog>
    }
}

/// Properties of [`Ends`].
#[derive(Properties, PartialEq)]
pub struct EndsProps {
    /// What the main button says.
    pub main: AttrValue,
    /// It can be pressed.
    #[prop_or(true)]
    pub ready: bool,
}

/// The buttons at the end of a form: out, and on.
#[component]
pub fn Ends(props: &EndsProps) -> Html {
    let ctx = use_ctx();
    html! {
        <div class="ends">
            <button type="button" onclick={ctx.on(|ctx, _: MouseEvent| close(ctx))}>{ ctx.t(Word::Cancel) }</button>
            <button type="submit" class="primary" disabled={!props.ready}>{ props.main.clone() }</button>
        </div>
    }
}
