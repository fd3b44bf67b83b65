//! `<countersign-panels>`.

use super::RootProps;
use crate::ui::face::Door;
use crate::ui::hooks::Ctx;
use yew::prelude::*;

/// The panels.
#[component]
pub fn Panels(props: &RootProps) -> Html {
    let root = use_node_ref();
    let ctx = Ctx { hub: props.hub.clone(), door: Door::Panels, root: root.clone() };
    html! { <ContextProvider<Ctx> context={ctx}><div class="cs" ref={root}></div></ContextProvider<Ctx>> }
}
