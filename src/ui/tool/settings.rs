//! Settings of this device: single-key shortcuts and the language.

use super::dialog::Modal;
use crate::ui::hooks::{use_ctx, use_hub};
use crate::ui::hub::Topic;
use crate::ui::text::{Lang, Word};
use yew::prelude::*;

/// The dialog.
#[component]
pub fn Settings() -> Html {
    let ctx = use_ctx();
    let settings = use_hub(Topic::Frame, |hub| hub.settings());
    html! {
        <Modal title={ctx.t(Word::SettingsTitle)}>
            <label class="option">
                <input type="checkbox" checked={settings.single_keys} data-first=""
                    onclick={ctx.on(|ctx, _: MouseEvent| ctx.hub.set(|s| s.single_keys = !s.single_keys))} />
                { ctx.t(Word::SingleKeys) }
            </label>
            <p class="hint">{ ctx.t(Word::SingleKeysHint) }</p>
            <div class="options" role="radiogroup" aria-label={ctx.t(Word::Language)}>
                <p>{ ctx.t(Word::Language) }</p>
                for lang in Lang::ALL {
                    <label key={lang.code()} class="option" lang={lang.code()}>
                        <input type="radio" name="lang" checked={settings.lang == lang}
                            onclick={ctx.on(move |ctx, _: MouseEvent| ctx.hub.set(|s| s.lang = lang))} />
                        { lang.name() }
                    </label>
                }
            </div>
        </Modal>
    }
}
