//! `<countersign-panels>`.

use super::RootProps;
use super::root::Root;
use crate::ui::face::Door;
use yew::prelude::*;

/// The panels.
#[component]
pub fn Panels(props: &RootProps) -> Html {
    html! { <Root hub={props.hub.clone()} door={Door::Panels}></Root> }
}
