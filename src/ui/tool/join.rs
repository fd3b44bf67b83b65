//! Join a project by an invitation that somebody sent.

use super::dialog::{Ends, Modal};
use crate::ui::hooks::use_ctx;
use crate::ui::text::Word;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// The part of a link after `#join=`, or the text itself.
fn invitation(pasted: &str) -> &str {
    let pasted = pasted.trim();
    pasted.split_once("join=").map_or(pasted, |(_, part)| part)
}

/// The dialog.
#[component]
pub fn Join() -> Html {
    let ctx = use_ctx();
    let pasted = use_state(String::new);
    let name = use_state(|| ctx.hub.shell().map(|s| s.me.label.clone()).unwrap_or_default());
    let typed = |into: UseStateHandle<String>| {
        Callback::from(move |event: InputEvent| {
            into.set(event.target_dyn_into::<HtmlInputElement>().map(|i| i.value()).unwrap_or_default());
        })
    };
    let onsubmit = {
        let (pasted, name) = (pasted.clone(), name.clone());
        ctx.on(move |ctx, event: SubmitEvent| {
            event.prevent_default();
            super::dialog::close(ctx);
            ctx.hub.join(invitation(&pasted), name.trim());
        })
    };
    let ready = !invitation(&pasted).is_empty() && !name.trim().is_empty();
    html! {
        <Modal title={ctx.t(Word::JoinTitle)}>
            <form class="body" {onsubmit}>
                <label class="field">
                    <span>{ ctx.t(Word::JoinPaste) }</span>
                    <input type="text" data-first="" required=true autocomplete="off" value={(*pasted).clone()} oninput={typed(pasted.clone())} />
                </label>
                <label class="field">
                    <span>{ ctx.t(Word::ProfileName) }</span>
                    <input type="text" required=true autocomplete="off" value={(*name).clone()} oninput={typed(name.clone())} />
                </label>
                <Ends main={ctx.t(Word::Join)} {ready} />
            </form>
        </Modal>
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn links_and_bare_parts() {
        for pasted in ["abc", " abc\n", "https://host/x#join=abc"] {
            assert_eq!(super::invitation(pasted), "abc");
        }
    }
}
