//! What both roots have: the context, the keyboard, the voice for screen readers, messages, dialogs, the project's own
//! style, and the hidden input through which files are chosen.

use crate::ui::action;
use crate::ui::dom;
use crate::ui::face::Door;
use crate::ui::hooks::{Ctx, use_ctx, use_face, use_hub};
use crate::ui::hub::{Hub, Topic};
use crate::ui::icon::{Icon, icon};
use crate::ui::keymap::Chord;
use crate::ui::text::{self, Word};
use crate::ui::tool::Dialogs;
use crate::view::model::{ShellView, View, ViewKey};
use crate::view::protocol::Ask;
use gloo::timers::callback::Timeout;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement};
use yew::prelude::*;

/// Warnings that cost work if they are not heeded; the others stand in the project panel.
const GRAVE: [&str; 2] = ["no-indexeddb", "no-locks"];

/// Milliseconds that a good message stands.
const TOAST_MS: u32 = 4_000;

/// Properties of [`Root`].
#[derive(Properties, Clone)]
pub struct Props {
    /// The hub.
    pub hub: Rc<Hub>,
    /// Which root.
    pub door: Door,
    /// What it shows.
    #[prop_or_default]
    pub children: Html,
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.hub, &other.hub) && self.door == other.door && self.children == other.children
    }
}

/// A root: everything of one element stands in it.
#[component]
pub fn Root(props: &Props) -> Html {
    let root = use_node_ref();
    let ctx = Ctx { hub: Rc::clone(&props.hub), door: props.door, root };
    ctx.hub.seat_root(ctx.door, &ctx.root);
    html! {
        <ContextProvider<Ctx> context={ctx}>
            <Inner>{ props.children.clone() }</Inner>
        </ContextProvider<Ctx>>
    }
}

#[derive(Properties, PartialEq)]
struct InnerProps {
    children: Html,
}

#[component]
fn Inner(props: &InnerProps) -> Html {
    let ctx = use_ctx();
    let lang = use_hub(Topic::Frame, Hub::lang);
    use_shell_watch(&ctx);
    use_project_style(&ctx);
    let onkeydown = ctx.on(|ctx, event: KeyboardEvent| {
        if event.is_composing() || event.default_prevented() {
            return;
        }
        let typing = event.target().and_then(|t| t.dyn_into::<Element>().ok()).is_some_and(|t| dom::is_typing(&t));
        if action::press(ctx, &Chord::of(&event), typing) {
            event.prevent_default();
            event.stop_propagation();
        }
    });
    let onfocusin = ctx.on(|ctx, event: FocusEvent| {
        ctx.hub.set_focused(ctx.door, true);
        // who begins to type is done with the selected text
        let seat = ctx.door.seat();
        let typing = event.target().and_then(|t| t.dyn_into::<Element>().ok()).is_some_and(|t| dom::is_typing(&t));
        if typing && ctx.hub.desk(seat, |desk| desk.pending.is_some()) {
            ctx.hub.change_desk(seat, |desk| desk.pending = None);
        }
    });
    // focus that goes nowhere was lost with its element, and is still ours to give back
    let onfocusout = ctx.on(|ctx, event: FocusEvent| ctx.hub.set_focused(ctx.door, event.related_target().is_none()));
    let onchange = ctx.on(|ctx, event: Event| {
        let Some(input) = event.target_dyn_into::<HtmlInputElement>() else { return };
        let Some(list) = input.files() else { return };
        let files: Vec<_> = (0..list.length()).filter_map(|at| list.item(at)).collect();
        if !files.is_empty() {
            (ctx.hub.host.open_files)(files);
        }
        // so that the same file can be chosen again
        input.set_value("");
    });
    let class = match ctx.door {
        Door::Labeler => "cs labeler",
        Door::Panels => "cs panels",
    };
    // texts are looked up while rendering, so a new language draws everything again; the root takes focus, so that a press
    // beside everything in it leaves keys where they are heard
    html! {

        <div key={lang.code()} {class} ref={ctx.root.clone()} lang={lang.code()} tabindex="-1" {onkeydown} {onfocusin} {onfocusout}>
            <Notices />
            { props.children.clone() }
            <input type="file" hidden=true multiple=true tabindex="-1" aria-hidden="true" {onchange}
                accept=".xml,.json,.jsonl,.ndjson,.csv,.tsv,.txt,.md,.countersign,.zip" />
            <Voice />
            <Toasts />
            <Dialogs />
        </div>
    }
}

#[hook]
fn use_shell_watch(ctx: &Ctx) {
    let hub = Rc::clone(&ctx.hub);
    use_effect_with(Rc::as_ptr(&ctx.hub), move |_| {
        let watch = hub.watch(ViewKey::Shell);
        move || drop(watch)
    });
}

/// Reads a part of the frame; the root watches it already.
#[hook]
pub fn use_shell<T: PartialEq + 'static>(select: impl Fn(&ShellView) -> T + 'static) -> Rc<Option<T>> {
    use_hub(Topic::View(ViewKey::Shell), move |hub| match hub.view(&ViewKey::Shell) {
        Some(View::Shell(shell)) => Some(select(&shell)),
        _ => None,
    })
}

#[hook]
fn use_project_style(ctx: &Ctx) {
    let style = use_shell(|shell| shell.style.clone());
    let root = ctx.root.clone();
    use_effect_with(style, move |style| {
        if let Some(root) = dom::element(&root) {
            dom::adopt_style(&root, "project", style.as_ref().as_deref().unwrap_or_default());
        }
    });
}

/// What stands above everything: the engine is gone, long work, what this device cannot do.
#[component]
fn Notices() -> Html {
    let ctx = use_ctx();
    let frame = use_hub(Topic::Frame, |hub| (hub.down(), hub.progress()));
    let warnings = use_shell(|shell| {
        let grave = |code: &&String| GRAVE.contains(&code.as_str());
        shell.warnings.iter().filter(grave).cloned().collect::<Vec<_>>()
    });
    let (down, progress) = &*frame;
    let percent = progress.filter(|p| p.of > 0).map(|p| (p.done.min(p.of) * 100 / p.of).to_string());
    let words = match &percent {
        Some(percent) => ctx.fill(Word::WorkingOf, &[("n", percent)]),
        None => ctx.t(Word::Working).to_owned(),
    };
    html! {
        <div class="notices">
            if down.is_some() {
                <p class="notice bad" role="alert">{ icon(Icon::Warning) }{ ctx.t(Word::WorkerDown) }</p>
            }
            for code in warnings.iter().flatten() {
                <p key={code.as_str()} class="notice bad" role="status">{ icon(Icon::Warning) }{ text::warning(ctx.hub.lang(), code).to_owned() }</p>
            }
            if let Some(progress) = *progress {
                <div class="notice" role="status">
                    <span>{ words }</span>
                    <progress max={percent.is_some().then_some("100")} value={percent} aria-label={ctx.t(Word::Working)}></progress>
                    <button type="button" onclick={ctx.on(move |ctx, _: MouseEvent| { ctx.hub.ask(Ask::Cancel { ask: progress.ask }, |_, _| {}); })}>
                        { ctx.t(Word::Cancel) }
                    </button>
                </div>
            }
        </div>
    }
}

/// What a screen reader says. Two places in turn, so that the same words twice are said twice.
#[component]
fn Voice() -> Html {
    let said = use_face(|face| face.said.clone());
    let (number, words) = &*said;
    let (even, odd) = if number % 2 == 0 { (words.as_str(), "") } else { ("", words.as_str()) };
    html! {
        <div class="unseen" aria-live="polite">
            <p>{ even.to_owned() }</p>
            <p>{ odd.to_owned() }</p>
        </div>
    }
}

/// Short messages.
#[component]
fn Toasts() -> Html {
    let ctx = use_ctx();
    let toasts = use_face(|face| face.toasts.clone());
    let close = ctx.on(|ctx, number: u64| ctx.hub.change_face(ctx.door, |f| f.toasts.retain(|t| t.number != number)));
    {
        let close = close.clone();
        let fading = toasts.iter().find(|t| !t.bad).map(|t| t.number);
        use_effect_with(fading, move |fading| {
            let timer = fading.map(|number| Timeout::new(TOAST_MS, move || close.emit(number)));
            move || drop(timer)
        });
    }
    html! {
        <div class="toasts" role="status">
            for toast in toasts.iter() {
                <div key={toast.number} class={classes!("toast", toast.bad.then_some("bad"))}>
                    { icon(if toast.bad { Icon::Warning } else { Icon::Check }) }
                    <span>{ toast.text.clone() }</span>
                    <button type="button" class="plain" aria-label={ctx.t(Word::Dismiss)}
                        onclick={{ let (close, number) = (close.clone(), toast.number); move |_: MouseEvent| close.emit(number) }}>
                        { icon(Icon::Cross) }
                    </button>
                </div>
            }
        </div>
    }
}
