//! The command palette: type a part of a name, run the action.

use super::dialog::{Modal, close};
use crate::ui::action::{Row, TABLE};
use crate::ui::dom;
use crate::ui::hooks::{Ctx, use_ctx};
use crate::ui::text::Word;
use crate::ui::widget::Key;
use gloo::timers::callback::Timeout;
use web_sys::{Element, HtmlInputElement};
use yew::prelude::*;

/// The actions that can be done now and whose name holds every word that was typed.
fn found(ctx: &Ctx, typed: &str) -> Vec<&'static Row> {
    let words: Vec<String> = typed.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let fits = |row: &&Row| {
        let name = row.name(ctx).to_lowercase();
        row.word != Word::CommandPalette && words.iter().all(|w| name.contains(w))
    };
    TABLE.iter().filter(fits).filter(|row| row.action.place(ctx).is_some()).collect()
}

/// The palette.
#[component]
pub fn Palette() -> Html {
    let ctx = use_ctx();
    let typed = use_state(String::new);
    let now = use_state(|| 0usize);
    let list = use_node_ref();
    let rows = found(&ctx, &typed);
    let current = (*now).min(rows.len().saturating_sub(1));
    {
        let list = list.clone();
        use_effect_with(current, move |_| {
            let row = list.cast::<Element>().and_then(|l| l.query_selector("[aria-selected=true]").ok().flatten());
            if let Some(row) = row {
                dom::show(&row);
            }
        });
    }
    let run = ctx.on(|ctx, row: &'static Row| {
        close(ctx);
        // after the dialog has given focus back, so that an action may move it on
        let ctx = ctx.clone();
        Timeout::new(0, move || {
            if let Some(place) = row.action.place(&ctx) {
                row.action.run(&place);
            }
        })
        .forget();
    });
    let onkeydown = {
        let (now, run, rows) = (now.clone(), run.clone(), rows.clone());
        Callback::from(move |event: KeyboardEvent| {
            let last = rows.len().saturating_sub(1);
            match event.key().as_str() {
                "ArrowDown" => now.set(if current >= last { 0 } else { current + 1 }),
                "ArrowUp" => now.set(if current == 0 { last } else { current - 1 }),
                "Enter" => {
                    if let Some(row) = rows.get(current) {
                        run.emit(row);
                    }
                }
                _ => return,
            }
            event.prevent_default();
        })
    };
    let oninput = {
        let (typed, now) = (typed.clone(), now.clone());
        Callback::from(move |event: InputEvent| {
            now.set(0);
            typed.set(event.target_dyn_into::<HtmlInputElement>().map(|i| i.value()).unwrap_or_default());
        })
    };
    html! {
        <Modal title={ctx.t(Word::CommandPalette)}>
            <input type="text" role="combobox" data-first="" aria-expanded="true" aria-controls="commands" autocomplete="off"
                aria-activedescendant={(!rows.is_empty()).then(|| format!("command-{current}"))} value={(*typed).clone()}
                aria-label={ctx.t(Word::PaletteHint)} placeholder={ctx.t(Word::PaletteHint)} {oninput} {onkeydown} />
            <div class="commands" role="listbox" id="commands" aria-label={ctx.t(Word::Actions)} tabindex="-1" ref={list}>
                for (at, row) in rows.iter().enumerate() {
                    <div key={row.id} id={format!("command-{at}")} class="command" role="option" aria-selected={(at == current).to_string()}
                        onclick={{ let (run, row) = (run.clone(), *row); move |_: MouseEvent| run.emit(row) }}>
                        <span>{ row.name(&ctx) }</span>
                        <Key action={row.action} />
                    </div>
                }
            </div>
            if rows.is_empty() {
                <p class="quiet">{ ctx.t(Word::NoMatch) }</p>
            }
        </Modal>
    }
}
