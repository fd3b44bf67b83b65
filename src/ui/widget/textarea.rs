//! Free text: an answer, a correction that starts from the field's text, or a rationale.

use super::ControlProps;
use super::frame::{Frame, use_asked};
use crate::domain::annotation::Value;
use crate::domain::draft::Edit;
use crate::domain::schema::{ControlKind, TextPurpose};
use crate::ui::hooks::{use_ctx, use_desk};
use crate::ui::icon::{Icon, icon};
use crate::ui::text::Word;
use crate::ui::title;
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

/// One text, or several.
#[component]
pub fn TextAreaControl(props: &ControlProps) -> Html {
    let ctx = use_ctx();
    let asked = use_asked(props);
    let texts = {
        let ControlProps { name, region, .. } = props.clone();
        use_desk(props.seat, move |desk| match desk.draft.value_for(&name, region.as_ref()) {
            Some(Value::Text(texts)) => texts.clone(),
            _ => vec![],
        })
    };
    // a box that was added and is still empty is no answer yet
    let added = use_state(|| 0usize);
    let source = {
        let name = props.name.clone();
        use_desk(props.seat, move |desk| {
            let view = desk.view.as_ref()?;
            let field = view.schema.control(&name)?.to_fields.first()?.clone();
            Some(view.fields.iter().find(|f| f.name == field)?.text.clone())
        })
    };
    let Some(control) = asked.as_ref().and_then(|a| a.control(&props.name)) else { return Html::default() };
    let ControlKind::TextArea { rows, placeholder, max_submissions, purpose } = &control.kind else {
        return Html::default();
    };
    let set = {
        let props = props.clone();
        let texts = (*texts).clone();
        ctx.on(move |ctx, (at, text): (usize, Option<String>)| {
            let mut texts = texts.clone();
            texts.resize(texts.len().max(at + 1), String::new());
            match (text, texts.get_mut(at)) {
                (Some(text), Some(slot)) => *slot = text,
                _ => drop(texts.remove(at)),
            }
            let edit =
                Edit::Set { control: props.name.to_string(), region: props.region.clone(), value: Value::Text(texts) };
            ctx.hub.edit(props.seat, edit);
        })
    };
    let many = *purpose == TextPurpose::Answer && *max_submissions != Some(1);
    let boxes = if many { texts.len().max(1).max(added.min(texts.len() + 1)) } else { 1 };
    let last_filled = texts.len() == boxes && texts.last().is_some_and(|t| !t.is_empty());
    let more = many && last_filled && max_submissions.is_none_or(|most| (boxes as u32) < most);
    let placeholder = match (placeholder.is_empty(), purpose) {
        (true, TextPurpose::Rationale) => ctx.t(Word::RationalePlaceholder).to_owned(),
        _ => placeholder.clone(),
    };
    let start = (*purpose == TextPurpose::Correction)
        .then(|| source.as_ref().clone().filter(|s| texts.first().map(String::as_str) != Some(s)))
        .flatten();
    html! {
        <Frame of={props.clone()}>
            <div class="texts">
                for at in 0..boxes {
                    <div key={at} class="row">
                        <textarea rows={rows.clamp(&1, &20).to_string()} dir="auto" placeholder={placeholder.clone()}
                            aria-label={props.heading.clone().unwrap_or_else(|| title::without_layout(ctx.hub.lang(), control).into())} value={texts.get(at).cloned().unwrap_or_default()} oninput={{
                                let set = set.clone();
                                move |event: InputEvent| {
                                    let typed = event.target_dyn_into::<HtmlTextAreaElement>().map(|t| t.value());
                                    set.emit((at, Some(typed.unwrap_or_default())));
                                }
                            }} />
                        if boxes > 1 {
                            <button type="button" class="plain" aria-label={ctx.t(Word::RemoveText)}
                                onclick={{ let (set, added) = (set.clone(), added.clone()); move |_: MouseEvent| { added.set(0); set.emit((at, None)) } }}>
                                { icon(Icon::Cross) }
                            </button>
                        }
                    </div>
                }
            </div>
            <div class="row">
                if let Some(source) = start {
                    <button type="button" onclick={{ let set = set.clone(); move |_: MouseEvent| set.emit((0, Some(source.to_string()))) }}>
                        { ctx.t(Word::StartFromText) }
                    </button>
                }
                if more {
                    <button type="button" onclick={{ let (added, n) = (added.clone(), boxes + 1); move |_: MouseEvent| added.set(n) }}>
                        { ctx.t(Word::AddAnother) }
                    </button>
                }
            </div>
        </Frame>
    }
}
