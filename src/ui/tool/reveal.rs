//! See a covered field in clear: which, why, then the value for a moment. The value lives in the open dialog only.

use super::dialog::{Ends, Modal, close};
use crate::ui::desk::Seat;
use crate::ui::face::RevealStep;
use crate::ui::hooks::use_ctx;
use crate::ui::text::Word;
use gloo::timers::callback::Interval;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// Seconds that a value is shown.
const SECONDS: u32 = 10;

/// Properties of [`Reveal`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// How far it is.
    pub step: RevealStep,
}

/// The dialog, step by step.
#[component]
pub fn Reveal(props: &Props) -> Html {
    let ctx = use_ctx();
    html! {
        <Modal title={ctx.t(Word::RevealTitle)}>
            { match &props.step {
                RevealStep::Asking => html! { <Asking /> },
                RevealStep::Waiting => html! { <p role="status">{ ctx.t(Word::RevealWaiting) }</p> },
                RevealStep::Shown(text) => html! { <Shown text={text.clone()} /> },
            } }
        </Modal>
    }
}

#[component]
fn Asking() -> Html {
    let ctx = use_ctx();
    let fields: Vec<String> = ctx.hub.desk(Seat::Label, |desk| {
        let fields = desk.view.as_ref().map(|v| v.fields.clone()).unwrap_or_default();
        let mut keys: Vec<_> = fields.iter().filter(|f| !f.key.is_empty()).collect();
        keys.sort_by_key(|f| f.covers.is_empty());
        keys.iter().map(|f| f.key.clone()).collect()
    });
    let field = use_state(|| fields.first().cloned().unwrap_or_default());
    let purpose = use_state(String::new);
    let onsubmit = {
        let (field, purpose) = (field.clone(), purpose.clone());
        ctx.on(move |ctx, event: SubmitEvent| {
            event.prevent_default();
            ctx.hub.reveal(&field, purpose.trim());
        })
    };
    let onchange = {
        let field = field.clone();
        Callback::from(move |event: Event| {
            field.set(event.target_dyn_into::<HtmlSelectElement>().map(|s| s.value()).unwrap_or_default());
        })
    };
    let oninput = {
        let purpose = purpose.clone();
        Callback::from(move |event: InputEvent| {
            purpose.set(event.target_dyn_into::<HtmlInputElement>().map(|i| i.value()).unwrap_or_default());
        })
    };
    html! {
        <form class="body" {onsubmit}>
            <p class="quiet">{ ctx.fill(Word::RevealIntro, &[("n", &SECONDS.to_string())]) }</p>
            <label class="field">
                <span>{ ctx.t(Word::RevealField) }</span>
                <select {onchange}>
                    for key in fields.iter() {
                        <option key={key.as_str()} value={key.clone()} selected={*field == *key}>{ key.clone() }</option>
                    }
                </select>
            </label>
            <label class="field">
                <span>{ ctx.t(Word::RevealPurpose) }</span>
                <input type="text" data-first="" required=true autocomplete="off" value={(*purpose).clone()} {oninput} />
            </label>
            <Ends main={ctx.t(Word::Reveal)} ready={!purpose.trim().is_empty() && !field.is_empty()} />
        </form>
    }
}

#[derive(Properties, PartialEq)]
struct ShownProps {
    text: String,
}

#[component]
fn Shown(props: &ShownProps) -> Html {
    let ctx = use_ctx();
    let left = use_state(|| SECONDS);
    {
        let (ctx, left) = (ctx.clone(), left.clone());
        use_effect_with((), move |()| {
            let mut seconds = SECONDS;
            let clock = Interval::new(1_000, move || {
                seconds = seconds.saturating_sub(1);
                if seconds == 0 { close(&ctx) } else { left.set(seconds) }
            });
            move || drop(clock)
        });
    }
    html! {
        <>
            <p class="clear-text" dir="auto" tabindex="0">{ props.text.clone() }</p>
            <div class="ends">
                <span class="quiet">{ ctx.fill(Word::RevealLeft, &[("n", &left.to_string())]) }</span>
                <button type="button" class="primary" data-first="" onclick={ctx.on(|ctx, _: MouseEvent| close(ctx))}>{ ctx.t(Word::HideNow) }</button>
            </div>
        </>
    }
}
