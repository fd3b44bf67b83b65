//! What people take away: results in the forms that others read, and the whole project.

use crate::ui::action::Action;
use crate::ui::hooks::use_ctx;
use crate::ui::icon::{Icon, icon};
use crate::ui::screen::root::use_shell;
use crate::ui::text::Word;
use crate::ui::widget::Key;
use crate::view::protocol::ExportFormat;
use yew::prelude::*;

/// The forms of results.
const FORMATS: [(ExportFormat, Word); 3] = [
    (ExportFormat::LabelStudio, Word::ExportLabelStudio),
    (ExportFormat::Jsonl, Word::ExportJsonl),
    (ExportFormat::Csv, Word::ExportCsv),
];

/// The section.
#[component]
pub fn Results() -> Html {
    let ctx = use_ctx();
    let reveal = use_shell(|shell| shell.can_reveal);
    let raw = use_state(|| false);
    let Some(can_reveal) = *reveal else { return Html::default() };
    let clear = *raw && can_reveal;
    let onraw = {
        let raw = raw.clone();
        Callback::from(move |_: Event| raw.set(!*raw))
    };
    html! {
        <section class="group" aria-labelledby="results">
            <h3 id="results">{ ctx.t(Word::Export) }</h3>
            <p class="quiet">{ ctx.t(Word::ExportHint) }</p>
            if can_reveal {
                <label class="tick">
                    <input type="checkbox" checked={clear} onchange={onraw} aria-describedby="raw-hint" />{ ctx.t(Word::ExportRaw) }
                </label>
                <p id="raw-hint" class={classes!("quiet", clear.then_some("problem"))}>{ ctx.t(Word::ExportRawHint) }</p>
            }
            <div class="row">
                for (at, (format, word)) in FORMATS.into_iter().enumerate() {
                    <button key={at} type="button" onclick={ctx.on(move |ctx, _: MouseEvent| ctx.hub.export(format, clear))}>
                        { icon(Icon::Download) }{ ctx.t(word) }<Key action={Action::Export(format)} />
                    </button>
                }
            </div>
            <div class="row">
                <button type="button" aria-describedby="file-hint" onclick={ctx.on(|ctx, _: MouseEvent| ctx.hub.export(ExportFormat::Project, false))}>
                    { icon(Icon::Download) }{ ctx.t(Word::ExportProject) }<Key action={Action::Export(ExportFormat::Project)} />
                </button>
                <span id="file-hint" class="quiet">{ ctx.t(Word::ProjectFileHint) }</span>
            </div>
        </section>
    }
}
