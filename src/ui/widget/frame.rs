//! What every control has around it: its title, whether it is required, its key, and why it was refused.

use super::{ControlProps, key_cap};
use crate::domain::schema::{Control, Schema};
use crate::ui::hooks::{use_ctx, use_desk, use_hub};
use crate::ui::hub::Topic;
use crate::ui::keymap::AnswerKeys;
use crate::ui::text::{self, Word};
use crate::ui::title;
use std::rc::Rc;
use yew::prelude::*;

/// A control with what it needs for drawing.
pub struct Asked {
    /// The schema it stands in.
    pub schema: Rc<Schema>,
    /// The keys of all answers.
    pub keys: Rc<AnswerKeys>,
}

impl Asked {
    /// The control of that name.
    pub fn control(&self, name: &str) -> Option<&Control> {
        self.schema.control(name)
    }
}

/// The schema and the keys; keys are none while the person turned them off.
#[hook]
pub fn use_asked(props: &ControlProps) -> Option<Asked> {
    let schema = use_desk(props.seat, |desk| desk.schema());
    let on = use_hub(Topic::Frame, |hub| hub.settings().single_keys);
    let keys = use_memo((Rc::clone(&schema), *on), |(schema, on)| match &**schema {
        Some(schema) if *on => AnswerKeys::allot(schema),
        _ => AnswerKeys::default(),
    });
    Some(Asked { schema: Rc::clone(schema.as_ref().as_ref()?), keys })
}

/// Properties of [`Frame`].
#[derive(Properties, PartialEq)]
pub struct FrameProps {
    /// The control.
    pub of: ControlProps,
    /// Class names beside `control`.
    #[prop_or_default]
    pub class: Classes,
    /// What stands in it.
    pub children: Html,
}

/// The frame: a group with the control's title.
#[component]
pub fn Frame(props: &FrameProps) -> Html {
    let ctx = use_ctx();
    let asked = use_asked(&props.of);
    let ControlProps { name, seat, heading, .. } = &props.of;
    let problem = {
        let name = name.clone();
        use_desk(*seat, move |desk| {
            desk.refused.clone().filter(|r| text::refusal_control(r).is_some_and(|c| name.as_str() == c))
        })
    };
    let Some(control) = asked.as_ref().and_then(|a| a.control(name)) else { return Html::default() };
    let key = asked.as_ref().and_then(|a| a.keys.of_go(name));
    let id = format!("legend-{name}");
    html! {
        <div class={classes!("control", props.class.clone(), problem.is_some().then_some("refused"))} role="group"
            aria-labelledby={id.clone()} data-control={name.clone()}>
            <p class="legend" {id}>
                <span dir="auto">{ heading.clone().unwrap_or_else(|| AttrValue::from(title::without_layout(ctx.hub.lang(), control))) }</span>
                if control.required {
                    <span class="required">{ ctx.t(Word::Required) }</span>
                }
                { key_cap(key) }
            </p>
            { props.children.clone() }
            if let Some(problem) = &*problem {
                <p class="problem" role="alert">{ text::refusal_about(ctx.hub.lang(), problem, heading.as_ref().map_or(name, |h| h)) }</p>
            }
        </div>
    }
}
