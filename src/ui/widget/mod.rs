//! The controls of a task, as the configuration lays them out, and what stands beside them: spans, predictions, keys.

pub mod choices;
pub mod form;
pub mod frame;
pub mod labels;
pub mod prediction;
pub mod rating;
pub mod regions;
pub mod strip;
pub mod taxonomy;
pub mod textarea;
pub mod tree;
pub mod visible;

use super::action::Action;
use super::desk::Seat;
use super::hooks::use_hub;
use super::hub::Topic;
use crate::domain::id::RegionId;
use yew::prelude::*;

/// Properties of every control.
#[derive(Properties, PartialEq, Clone)]
pub struct ControlProps {
    /// The control's name.
    pub name: AttrValue,
    /// Whose annotation.
    pub seat: Seat,
    /// The span it is asked of, where it is asked of each.
    #[prop_or_default]
    pub region: Option<RegionId>,
    /// A heading that stands before it in the layout, where it has no title of its own.
    #[prop_or_default]
    pub heading: Option<AttrValue>,
}

/// Properties of [`Key`].
#[derive(Properties, PartialEq)]
pub struct KeyProps {
    /// What the key does.
    pub action: Action,
}

/// The shortcut of an action, beside the button that does the same.
#[component]
pub fn Key(props: &KeyProps) -> Html {
    let action = props.action;
    let key = use_hub(Topic::Frame, move |hub| action.key(hub.settings().single_keys));
    key_cap(key.as_ref().as_ref())
}

/// A key, as it is shown beside what it does.
pub fn key_cap(key: Option<impl ToString>) -> Html {
    match key {
        Some(key) => html! { <kbd aria-hidden="true">{ key.to_string() }</kbd> },
        None => Html::default(),
    }
}
