//! A rating in stars.

use super::ControlProps;
use super::frame::{Frame, use_asked};
use crate::domain::annotation::Value;
use crate::domain::draft::Edit;
use crate::domain::schema::ControlKind;
use crate::ui::hooks::{use_ctx, use_desk};
use crate::ui::icon::{Icon, icon};
use crate::ui::text::Word;
use yew::prelude::*;

/// A rating from 1.
#[component]
pub fn RatingControl(props: &ControlProps) -> Html {
    let ctx = use_ctx();
    let asked = use_asked(props);
    let given = {
        let ControlProps { name, region, .. } = props.clone();
        use_desk(props.seat, move |desk| match desk.draft.value_for(&name, region.as_ref()) {
            Some(Value::Rating(stars)) => *stars,
            _ => 0,
        })
    };
    let control = asked.as_ref().and_then(|a| Some((a, a.control(&props.name)?)));
    let Some((asked, ControlKind::Rating { max })) = control.map(|(a, c)| (a, &c.kind)) else { return Html::default() };
    let max = *max;
    let rate = {
        let props = props.clone();
        ctx.on(move |ctx, stars: u32| {
            // an empty value of any kind takes the answer back
            let value = if stars == 0 { Value::Choices(vec![]) } else { Value::Rating(stars) };
            let edit = Edit::Set { control: props.name.to_string(), region: props.region.clone(), value };
            ctx.hub.edit(props.seat, edit);
        })
    };
    let group = format!("{:?}-{}", props.seat, props.name);
    let words = |stars: u32| ctx.fill(Word::StarsOf, &[("n", &stars.to_string()), ("max", &max.to_string())]);
    html! {
        <Frame of={props.clone()}>
            <div class="rating">
                for stars in 1..=max {
                    <label key={stars} class={classes!("star", (stars <= *given).then_some("lit"))}
                        title={asked.keys.of_rate(&props.name, stars).map(|key| format!("{} ({key})", words(stars)))}>
                        <input type="radio" class="unseen" name={group.clone()} checked={stars == *given} onclick={{
                            let (rate, again) = (rate.clone(), stars == *given);
                            move |_: MouseEvent| rate.emit(if again { 0 } else { stars })
                        }} />
                        <span class="unseen">{ words(stars) }</span>
                        { icon(Icon::Star) }
                    </label>
                }
                if *given > 0 {
                    <span class="quiet" aria-hidden="true">{ words(*given) }</span>
                    <button type="button" class="plain" onclick={{ let rate = rate.clone(); move |_: MouseEvent| rate.emit(0) }}>
                        { ctx.t(Word::ClearRating) }
                    </button>
                }
            </div>
        </Frame>
    }
}
