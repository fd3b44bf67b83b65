//! `<countersign-labeler>`: the frame above, the task with the guideline beside it, the actions below.

use super::RootProps;
use super::bar::Bar;
use super::guideline::Aside;
use super::header::Header;
use super::root::Root;
use super::work::Work;
use crate::ui::face::Door;
use crate::ui::tool::files::DropZone;
use yew::prelude::*;

/// The labeling surface.
#[component]
pub fn Labeler(props: &RootProps) -> Html {
    html! {
        <Root hub={props.hub.clone()} door={Door::Labeler}>
            <DropZone class="zone">
                <Header />
                <div class="desk">
                    <Work />
                    <Aside />
                </div>
                <Bar />
            </DropZone>
        </Root>
    }
}
