//! The labels once more, above the actions, while text is selected on a small screen: a thumb reaches them there, and the
//! text stays in sight.

use crate::domain::schema::ControlKind;
use crate::ui::action::Action;
use crate::ui::desk::Seat;
use crate::ui::hooks::{use_ctx, use_desk};
use crate::ui::palette;
use crate::ui::text::Word;
use crate::ui::widget::Key;
use yew::prelude::*;

/// Properties of [`Strip`].
#[derive(Properties, PartialEq)]
pub struct StripProps {
    /// Whose annotation.
    pub seat: Seat,
}

/// The labels that can mark the pending selection, or relabel the selected span.
#[component]
pub fn Strip(props: &StripProps) -> Html {
    let seat = props.seat;
    let ctx = use_ctx();
    let offered = use_desk(seat, |desk| {
        let schema = desk.schema()?;
        let field = desk.pending.as_ref().map(|p| p.field.clone());
        let chosen = desk.chosen.as_ref().map(|c| c.control.clone());
        if field.is_none() && chosen.is_none() {
            return None;
        }
        let fits = |name: &str, fields: &[String]| match &field {
            Some(field) => fields.contains(field),
            None => chosen.as_deref() == Some(name),
        };
        let mut labels = vec![];
        for control in schema.controls.iter().filter(|c| fits(&c.name, &c.to_fields)) {
            if let ControlKind::Labels { labels: list, .. } = &control.kind {
                labels.extend(list.iter().enumerate().map(|(at, option)| {
                    let colour = palette::colour_at(&schema, &control.name, at);
                    (control.name.clone(), at, palette::name(option).to_owned(), colour)
                }));
            }
        }
        Some((labels, field.is_none()))
    });
    let Some((labels, relabels)) = &*offered else { return Html::default() };
    let press = ctx.on(move |ctx, (control, at): (String, usize)| ctx.hub.press_label(seat, &control, at));
    let hold = Callback::from(|event: PointerEvent| event.prevent_default());
    let hold_mouse = Callback::from(|event: MouseEvent| event.prevent_default());
    html! {
        <div class="thumb" role="group" aria-label={ctx.t(Word::ChooseLabel)}>
            if *relabels {
                <button type="button" class="danger" onclick={ctx.on(move |ctx, _: MouseEvent| ctx.hub.delete_chosen(seat))}>{ ctx.t(Word::DeleteSpan) }<Key action={Action::DeleteSpan} /></button>
            }
            for (control, at, name, colour) in labels.iter() {
                <button key={format!("{control}/{at}")} type="button" class={format!("label l{colour}")}
                    onpointerdown={hold.clone()} onmousedown={hold_mouse.clone()}
                    onclick={{ let (press, target) = (press.clone(), (control.clone(), *at)); move |_: MouseEvent| press.emit(target.clone()) }}>
                    <span dir="auto">{ name.clone() }</span>
                </button>
            }
        </div>
    }
}
