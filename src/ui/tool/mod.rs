//! Dialogs and tools that both roots offer.

pub mod dialog;
pub mod files;
mod help;
mod join;
mod palette;
mod profile;
mod reveal;
mod settings;
mod skip;

use super::face::Dialog;
use super::hooks::use_face;
use yew::prelude::*;

/// The open dialog of this root.
#[component]
pub fn Dialogs() -> Html {
    let dialog = use_face(|face| face.dialog.clone());
    match &*dialog {
        None => Html::default(),
        Some(Dialog::Help) => html! { <help::Help /> },
        Some(Dialog::Palette) => html! { <palette::Palette /> },
        Some(Dialog::Skip) => html! { <skip::Skip /> },
        Some(Dialog::Reveal(step)) => html! { <reveal::Reveal step={step.clone()} /> },
        Some(Dialog::Profile) => html! { <profile::Profile /> },
        Some(Dialog::Join) => html! { <join::Join /> },
        Some(Dialog::Settings) => html! { <settings::Settings /> },
        Some(Dialog::Endpoint) => Html::default(),
    }
}
