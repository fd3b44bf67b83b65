//! Dialogs and tools that both roots offer.

use yew::prelude::*;

/// The open dialog of this root.
#[component]
pub fn Dialogs() -> Html {
    Html::default()
}
