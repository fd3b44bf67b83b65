//! One of a list, or several.

use super::frame::{Frame, use_asked};
use super::{ControlProps, key_cap};
use crate::domain::annotation::Value;
use crate::domain::draft::Edit;
use crate::domain::schema::ControlKind;
use crate::ui::flow::toggled;
use crate::ui::hooks::{use_ctx, use_desk};
use crate::ui::palette;
use yew::prelude::*;

/// A flat list of choices.
#[component]
pub fn ChoicesControl(props: &ControlProps) -> Html {
    let ctx = use_ctx();
    let asked = use_asked(props);
    let chosen = {
        let ControlProps { name, region, .. } = props.clone();
        use_desk(props.seat, move |desk| desk.choices(&name, region.as_ref()))
    };
    let control = asked.as_ref().and_then(|a| Some((a, a.control(&props.name)?)));
    let Some((asked, ControlKind::Choices { multiple, choices })) = control.map(|(a, c)| (a, &c.kind)) else {
        return Html::default();
    };
    let multiple = *multiple;
    let pick = {
        let props = props.clone();
        let order: Vec<String> = choices.iter().map(|c| c.value.clone()).collect();
        ctx.on(move |ctx, value: String| {
            let now = ctx.hub.desk(props.seat, |desk| desk.choices(&props.name, props.region.as_ref()));
            let order: Vec<&str> = order.iter().map(String::as_str).collect();
            let value = Value::Choices(toggled(&now, &value, multiple, &order));
            let edit = Edit::Set { control: props.name.to_string(), region: props.region.clone(), value };
            ctx.hub.edit(props.seat, edit);
        })
    };
    let kind = if multiple { "checkbox" } else { "radio" };
    let group = format!("{:?}-{}", props.seat, props.name);
    html! {
        <Frame of={props.clone()}>
            <div class="choices">
                for (at, option) in choices.iter().enumerate() {
                    <label key={option.value.as_str()} class="choice" title={option.hint.clone()}>
                        <input type={kind} name={group.clone()} checked={chosen.contains(&option.value)} onclick={{
                            let (pick, value) = (pick.clone(), option.value.clone());
                            move |_: MouseEvent| pick.emit(value.clone())
                        }} />
                        <span dir="auto">{ palette::name(option) }</span>
                        { key_cap(asked.keys.of_pick(&props.name, at)) }
                    </label>
                }
            </div>
        </Frame>
    }
}
