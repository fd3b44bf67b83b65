//! The labels that mark spans. A label pressed while text is selected marks it; else it is ready and marks what is
//! selected next; while a span is selected it relabels that.

use super::frame::{Frame, use_asked};
use super::{ControlProps, key_cap};
use crate::domain::schema::ControlKind;
use crate::ui::hooks::{use_ctx, use_desk};
use crate::ui::palette;
use crate::ui::text::Word;
use yew::prelude::*;

/// The labels of one control.
#[component]
pub fn LabelsControl(props: &ControlProps) -> Html {
    let ctx = use_ctx();
    let asked = use_asked(props);
    let state = {
        let name = props.name.clone();
        use_desk(props.seat, move |desk| {
            let armed = desk.armed.as_ref().filter(|(control, _)| name.as_str() == control).map(|(_, at)| *at);
            let chosen = desk.chosen.as_ref().filter(|c| name.as_str() == c.control);
            let labels = chosen.and_then(|c| desk.span(c)).map(|s| s.labels.clone());
            (armed, labels, desk.pending.is_some())
        })
    };
    let (armed, relabels, pending) = &*state;
    let control = asked.as_ref().and_then(|a| Some((a, a.control(&props.name)?)));
    let Some((asked, ControlKind::Labels { labels, .. })) = control.map(|(a, c)| (a, &c.kind)) else {
        return Html::default();
    };
    let press = {
        let props = props.clone();
        ctx.on(move |ctx, at: usize| ctx.hub.press_label(props.seat, &props.name, at))
    };
    // the pressed button must not take the selection away from the text
    let hold = Callback::from(|event: PointerEvent| event.prevent_default());
    let hold_mouse = Callback::from(|event: MouseEvent| event.prevent_default());
    let ready = armed.and_then(|at| labels.get(at));
    let hint = match (ready, pending) {
        (_, true) => ctx.t(Word::ChooseLabel).to_owned(),
        (Some(ready), false) => ctx.fill(Word::Armed, &[("label", palette::name(ready))]),
        (None, false) => ctx.t(Word::LabelsHint).to_owned(),
    };
    html! {
        <Frame of={props.clone()} class={classes!("labels", pending.then_some("wanted"))}>
            <div class="palette">
                for (at, option) in labels.iter().enumerate() {
                    <button key={option.value.as_str()} type="button" title={option.hint.clone()}
                        class={classes!("label", format!("l{}", palette::colour_at(&asked.schema, &props.name, at)))}
                        aria-pressed={(*armed == Some(at) || relabels.as_ref().is_some_and(|l| l.contains(&option.value))).to_string()}
                        onpointerdown={hold.clone()} onmousedown={hold_mouse.clone()}
                        onclick={{ let press = press.clone(); move |_: MouseEvent| press.emit(at) }}>
                        <span dir="auto">{ palette::name(option) }</span>
                        { key_cap(asked.keys.of_pick(&props.name, at)) }
                    </button>
                }
            </div>
            <p class="hint">{ hint }</p>
        </Frame>
    }
}
