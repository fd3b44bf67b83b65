//! The list of shortcuts, from the table of actions and the keys of the answers.

use super::dialog::Modal;
use crate::domain::schema::{Control, ControlKind, Schema};
use crate::ui::action::TABLE;
use crate::ui::hooks::{Ctx, use_ctx};
use crate::ui::keymap::AnswerKeys;
use crate::ui::palette;
use crate::ui::text::Word;
use crate::ui::title;
use crate::ui::widget::key_cap;
use yew::prelude::*;

/// The list of shortcuts.
#[component]
pub fn Help() -> Html {
    let ctx = use_ctx();
    let single = ctx.hub.settings().single_keys;
    let schema = ctx.hub.desk(ctx.door.seat(), |desk| desk.schema());
    let schema = schema.or_else(|| ctx.hub.desk(ctx.door.other().seat(), |desk| desk.schema()));
    let actions: Vec<(String, Vec<String>)> = TABLE
        .iter()
        .filter(|row| row.door.is_none_or(|only| ctx.at(only).is_some()))
        .filter_map(|row| {
            let keys: Vec<_> = row.shortcuts(single).collect();
            (!keys.is_empty()).then(|| (row.name(&ctx), keys))
        })
        .collect();
    let text = [
        (Word::MoveCaret, "← → ↑ ↓"),
        (Word::MoveByWord, "Ctrl+← →"),
        (Word::SelectMore, "Shift+← →"),
        (Word::NextSpan, "]"),
        (Word::PreviousSpan, "["),
        (Word::DeleteSpan, "Del"),
        (Word::ClearSelection, "Esc"),
    ];
    let text = text.map(|(word, key)| (ctx.t(word).to_owned(), vec![key.to_owned()]));
    html! {
        <Modal title={ctx.t(Word::Help)} class="wide">
            if !single {
                <p class="quiet">{ ctx.t(Word::HelpOff) }</p>
            }
            <div class="keys">
                { section(ctx.t(Word::HelpActions), &actions) }
                { section(ctx.t(Word::HelpText), &text) }
                if let Some(schema) = schema.filter(|_| single) {
                    { answers(&ctx, &schema) }
                }
            </div>
        </Modal>
    }
}

fn section(title: &str, rows: &[(String, Vec<String>)]) -> Html {
    html! {
        <section>
            <h3>{ title.to_owned() }</h3>
            <ul>
                for (name, keys) in rows {
                    <li key={name.as_str()}>
                        <span dir="auto">{ name.clone() }</span>
                        <span class="row">
                            for key in keys {
                                <kbd key={key.as_str()}>{ key.clone() }</kbd>
                            }
                        </span>
                    </li>
                }
            </ul>
        </section>
    }
}

/// The keys of the answers, control by control.
fn answers(ctx: &Ctx, schema: &Schema) -> Html {
    let keys = AnswerKeys::allot(schema);
    html! {
        <>
            for control in schema.controls.iter() {
                <section key={control.name.as_str()}>
                    <h3 dir="auto">{ title_of(ctx, control) }{ " " }{ key_cap(keys.of_go(&control.name)) }</h3>
                    <ul>
                        { match &control.kind {
                            ControlKind::Choices { choices: list, .. } | ControlKind::Labels { labels: list, .. } => html! {
                                for (at, option) in list.iter().enumerate() {
                                    if let Some(key) = keys.of_pick(&control.name, at) {
                                        <li key={option.value.as_str()}><span dir="auto">{ palette::name(option).to_owned() }</span><kbd>{ key.to_string() }</kbd></li>
                                    }
                                }
                            },
                            ControlKind::Rating { max } => html! {
                                for stars in 1..=*max {
                                    if let Some(key) = keys.of_rate(&control.name, stars) {
                                        <li key={stars}><span>{ stars_of(stars) }</span><kbd>{ key.to_string() }</kbd></li>
                                    }
                                }
                            },
                            _ => Html::default(),
                        } }
                    </ul>
                </section>
            }
        </>
    }
}

fn title_of(ctx: &Ctx, control: &Control) -> String {
    let lang = ctx.hub.lang();
    let view = ctx.hub.desk(ctx.door.seat(), |desk| desk.view.clone());
    view.map_or_else(|| title::without_layout(lang, control), |view| title::of_control(lang, &view, &control.name))
}

fn stars_of(stars: u32) -> String {
    "★".repeat(stars as usize)
}
