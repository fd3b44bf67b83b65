//! Files that people drop on the page. The hidden input of each root takes those that they choose.

use crate::ui::hooks::use_ctx;
use crate::ui::text::Word;
use yew::prelude::*;

/// Properties of [`DropZone`].
#[derive(Properties, PartialEq)]
pub struct DropProps {
    /// Class names of the zone.
    #[prop_or_default]
    pub class: Classes,
    /// What stands in it.
    pub children: Html,
}

/// A zone that takes dropped files, and says so while they hang over it.
#[component]
pub fn DropZone(props: &DropProps) -> Html {
    let ctx = use_ctx();
    let over = use_state(|| false);
    let ondragover = {
        let over = over.clone();
        Callback::from(move |event: DragEvent| {
            if carries_files(&event) {
                event.prevent_default();
                if !*over {
                    over.set(true);
                }
            }
        })
    };
    let ondragleave = {
        let over = over.clone();
        Callback::from(move |event: DragEvent| {
            // leaving for a child is not leaving
            if event.related_target().is_none() || event.target() == event.current_target() {
                over.set(false);
            }
        })
    };
    let ondrop = {
        let over = over.clone();
        ctx.on(move |ctx, event: DragEvent| {
            over.set(false);
            let Some(list) = event.data_transfer().and_then(|data| data.files()) else { return };
            let files: Vec<_> = (0..list.length()).filter_map(|at| list.item(at)).collect();
            if !files.is_empty() {
                event.prevent_default();
                (ctx.hub.host.open_files)(files);
            }
        })
    };
    html! {
        <div class={classes!(props.class.clone(), over.then_some("dropping"))} {ondragover} {ondragleave} {ondrop}>
            { props.children.clone() }
            if *over {
                <p class="drop-now" aria-hidden="true">{ ctx.t(Word::DropNow) }</p>
            }
        </div>
    }
}

fn carries_files(event: &DragEvent) -> bool {
    event
        .data_transfer()
        .is_some_and(|data| data.types().iter().any(|kind| kind.as_string().as_deref() == Some("Files")))
}
