//! A screen that has nothing to work on, said in one place: empty, finished, waiting, failed.

use crate::ui::icon::{Icon, icon};
use yew::prelude::*;

/// Properties of [`Blank`].
#[derive(Properties, PartialEq)]
pub struct BlankProps {
    /// What it shows.
    pub icon: Icon,
    /// What is the case.
    pub title: AttrValue,
    /// What it means, and what to do next.
    #[prop_or_default]
    pub hint: AttrValue,
    /// It went wrong.
    #[prop_or_default]
    pub bad: bool,
    /// Buttons.
    #[prop_or_default]
    pub children: Html,
}

/// An empty, finished, waiting or failed screen.
#[component]
pub fn Blank(props: &BlankProps) -> Html {
    html! {
        <div class={classes!("blank", props.bad.then_some("bad"))} role={if props.bad { "alert" } else { "status" }}>
            <span class="sign">{ icon(props.icon) }</span>
            <h3>{ props.title.clone() }</h3>
            if !props.hint.is_empty() {
                <p>{ props.hint.clone() }</p>
            }
            <div class="row">{ props.children.clone() }</div>
        </div>
    }
}

/// Grey lines where text will stand.
#[component]
pub fn Skeleton() -> Html {
    let ctx = crate::ui::hooks::use_ctx();
    html! {
        <div class="skeleton" role="status">
            <span class="unseen">{ ctx.t(crate::ui::text::Word::Loading) }</span>
            for at in 0..6 {
                <span key={at} class="line" aria-hidden="true"></span>
            }
        </div>
    }
}
