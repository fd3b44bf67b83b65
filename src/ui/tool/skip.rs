//! Skip with a reason. Offered reasons go into the record as codes, so that no language enters an event.

use super::dialog::{Ends, Modal};
use crate::ui::hooks::use_ctx;
use crate::ui::text::{SKIP_REASONS, Word};
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

/// Why is this task skipped?
#[component]
pub fn Skip() -> Html {
    let ctx = use_ctx();
    let code = use_state(|| "");
    let more = use_state(String::new);
    let reason = match (*code, more.trim()) {
        ("", text) => text.to_owned(),
        (code, "") => code.to_owned(),
        (code, text) => format!("{code}: {text}"),
    };
    let onsubmit = {
        let reason = reason.clone();
        ctx.on(move |ctx, event: SubmitEvent| {
            event.prevent_default();
            ctx.hub.skip(&reason);
        })
    };
    let oninput = {
        let more = more.clone();
        Callback::from(move |event: InputEvent| {
            more.set(event.target_dyn_into::<HtmlTextAreaElement>().map(|t| t.value()).unwrap_or_default());
        })
    };
    html! {
        <Modal title={ctx.t(Word::SkipTitle)}>
            <form class="body" {onsubmit}>
                <div class="options" role="radiogroup" aria-label={ctx.t(Word::SkipWhy)}>
                    <p class="quiet">{ ctx.t(Word::SkipWhy) }</p>
                    for (at, (offered, word)) in SKIP_REASONS.iter().enumerate() {
                        <label key={*offered} class="option">
                            <input type="radio" name="reason" checked={*code == *offered} data-first={(at == 0).then_some("")}
                                onclick={{ let code = code.clone(); move |_: MouseEvent| code.set(offered) }} />
                            { ctx.t(*word) }
                        </label>
                    }
                </div>
                <label class="field">
                    <span>{ ctx.t(Word::ReasonOther) }</span>
                    <textarea rows="2" dir="auto" value={(*more).clone()} {oninput} />
                </label>
                <Ends main={ctx.t(Word::Skip)} ready={!reason.is_empty()} />
            </form>
        </Modal>
    }
}
