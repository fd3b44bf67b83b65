//! Who labels here: the profiles of this device, and a new one with its own key.

use super::dialog::Modal;
use crate::domain::event::Role;
use crate::ui::hooks::use_ctx;
use crate::ui::text::{self, Word};
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// Roles that a new profile can ask for.
const ASKED: [Role; 2] = [Role::Annotator, Role::Adjudicator];

/// The dialog.
#[component]
pub fn Profile() -> Html {
    let ctx = use_ctx();
    let shell = ctx.hub.shell();
    let name = use_state(String::new);
    let roles = use_state(|| vec![Role::Annotator]);
    let onsubmit = {
        let (name, roles) = (name.clone(), roles.clone());
        ctx.on(move |ctx, event: SubmitEvent| {
            event.prevent_default();
            ctx.hub.switch_profile(ctx.door, name.trim(), (*roles).clone());
        })
    };
    let oninput = {
        let name = name.clone();
        Callback::from(move |event: InputEvent| {
            name.set(event.target_dyn_into::<HtmlInputElement>().map(|i| i.value()).unwrap_or_default());
        })
    };
    let lang = ctx.hub.lang();
    let profiles = shell.as_ref().map(|s| s.profiles.clone()).unwrap_or_default();
    let me = shell.map(|s| s.me.authid.clone()).unwrap_or_default();
    html! {
        <Modal title={ctx.t(Word::ProfileTitle)}>
            <p class="quiet">{ ctx.t(Word::ProfileIntro) }</p>
            <ul class="list">
                for person in profiles.iter() {
                    <li key={person.authid.as_str()} class="option">
                        <button type="button" disabled={person.authid == me} onclick={{
                            let label = person.label.clone();
                            ctx.on(move |ctx, _: MouseEvent| ctx.hub.switch_profile(ctx.door, &label, vec![]))
                        }}>{ if person.label.is_empty() { person.authid.to_string() } else { person.label.clone() } }</button>
                        <span class="quiet">{ person.roles.iter().map(|r| text::role(lang, *r)).collect::<Vec<_>>().join(", ") }</span>
                        if person.authid == me {
                            <span class="badge good">{ ctx.t(Word::Current) }</span>
                        }
                    </li>
                }
            </ul>
            <form class="body" {onsubmit}>
                <h3>{ ctx.t(Word::ProfileNew) }</h3>
                <label class="field">
                    <span>{ ctx.t(Word::ProfileName) }</span>
                    <input type="text" data-first="" required=true maxlength="80" autocomplete="off" value={(*name).clone()} {oninput} />
                </label>
                <div class="row" role="group" aria-label={ctx.t(Word::ProfileRoles)}>
                    <span class="quiet">{ ctx.t(Word::ProfileRoles) }</span>
                    for (at, role) in ASKED.iter().enumerate() {
                        <label key={at} class="option">
                            <input type="checkbox" checked={roles.contains(role)} onclick={{
                                let (roles, role) = (roles.clone(), *role);
                                move |_: MouseEvent| {
                                    let mut next = (*roles).clone();
                                    match next.iter().position(|r| *r == role) {
                                        Some(at) => drop(next.remove(at)),
                                        None => next.push(role),
                                    }
                                    roles.set(next);
                                }
                            }} />
                            { text::role(lang, *role) }
                        </label>
                    }
                </div>
                <div class="ends">
                    <button type="submit" class="primary" disabled={name.trim().is_empty() || roles.is_empty()}>{ ctx.t(Word::ProfileNew) }</button>
                </div>
            </form>
        </Modal>
    }
}
