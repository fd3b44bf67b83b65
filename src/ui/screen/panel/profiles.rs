//! The profiles of this device: change to one, or make one.

use super::{RoleBoxes, roles_text};
use crate::domain::event::Role;
use crate::ui::face::Door;
use crate::ui::hooks::use_ctx;
use crate::ui::icon::{Icon, icon};
use crate::ui::screen::root::use_shell;
use crate::ui::text::Word;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// The longest name of a profile, in characters; the worker refuses more.
const NAME: usize = 60;

/// The profiles.
#[component]
pub fn Profiles() -> Html {
    let ctx = use_ctx();
    let shell = use_shell(|shell| (shell.me.authid.clone(), shell.profiles.clone(), shell.waiting_for_grant));
    let Some((me, profiles, waiting)) = &*shell else { return Html::default() };
    html! {
        <section class="group" aria-labelledby="profiles">
            <h3 id="profiles">{ ctx.t(Word::ProfilesHere) }</h3>
            <p class="quiet">{ ctx.t(Word::ProfileIntro) }</p>
            if *waiting {
                <p class="notice">{ icon(Icon::Clock) }{ ctx.t(Word::WaitingForGrant) }</p>
            }
            <ul class="members">
                for profile in profiles.iter() {
                    <li key={profile.authid.as_str()}>
                        { icon(Icon::Person) }
                        <bdi>{ profile.label.clone() }</bdi>
                        <bdi class="quiet">{ profile.authid.to_string() }</bdi>
                        <span class="may">{ roles_text(&ctx, &profile.roles) }</span>
                        if profile.authid == *me {
                            <span class="badge good">{ ctx.t(Word::Current) }</span>
                        } else {
                            <button type="button" class="small" aria-label={ctx.fill(Word::SwitchTo, &[("who", &profile.label)])} onclick={
                                let label = profile.label.clone();
                                ctx.on(move |ctx, _: MouseEvent| { ctx.hub.switch_profile(Door::Panels, &label, vec![]); })
                            }>{ ctx.t(Word::Switch) }</button>
                        }
                    </li>
                }
            </ul>
            <NewProfile />
        </section>
    }
}

/// The form for one more.
#[component]
fn NewProfile() -> Html {
    let ctx = use_ctx();
    let name = use_state(String::new);
    let roles = use_state(|| vec![Role::Annotator]);
    let wrong = use_state(|| false);
    let node = use_node_ref();
    let oninput = {
        let (name, wrong) = (name.clone(), wrong.clone());
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                name.set(input.value());
                wrong.set(false);
            }
        })
    };
    let onchange = {
        let roles = roles.clone();
        Callback::from(move |chosen: Vec<Role>| roles.set(chosen))
    };
    let onsubmit = {
        let (name, roles, wrong, node) = (name.clone(), roles.clone(), wrong.clone(), node.clone());
        ctx.on(move |ctx, event: SubmitEvent| {
            event.prevent_default();
            let label = name.trim();
            if label.is_empty() || label.chars().count() > NAME {
                wrong.set(true);
                if let Some(input) = node.cast::<HtmlInputElement>() {
                    drop(input.focus());
                }
                return;
            }
            ctx.hub.switch_profile(Door::Panels, label, (*roles).clone());
            name.set(String::new());
        })
    };
    html! {
        <details class="fold">
            <summary>{ ctx.t(Word::ProfileNew) }</summary>
            <form class="form-rows" {onsubmit} novalidate=true>
                <label class="field">
                    <span>{ ctx.t(Word::ProfileName) }</span>
                    <input type="text" ref={node} value={(*name).clone()} {oninput} autocomplete="off" required=true
                        aria-invalid={wrong.then_some("true")} aria-describedby={wrong.then_some("profile-wrong")} />
                    if *wrong {
                        <span class="problem" id="profile-wrong" role="alert">{ ctx.t(Word::NameWanted) }</span>
                    }
                </label>
                <RoleBoxes legend={ctx.t(Word::ProfileRoles)} chosen={(*roles).clone()} {onchange} />
                <div class="row"><button type="submit" class="primary">{ ctx.t(Word::NewProfileMake) }</button></div>
            </form>
        </details>
    }
}
