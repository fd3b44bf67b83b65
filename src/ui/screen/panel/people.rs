//! Who takes part, who asks to, how to invite, and the profiles of this device.

use super::profiles::Profiles;
use super::{Names, RoleBoxes, Waiting, roles_text, short_key, use_names};
use crate::domain::event::Role;
use crate::ui::dom;
use crate::ui::face::{Door, Tab};
use crate::ui::hooks::{Ctx, use_ctx, use_model};
use crate::ui::icon::{Icon, icon};
use crate::ui::text::Word;
use crate::view::model::{MemberView, PeopleView, ViewKey};
use crate::view::protocol::Ask;
use std::rc::Rc;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// The tab.
#[component]
pub fn People() -> Html {
    match use_model::<PeopleView>(ViewKey::People) {
        Some(view) => html! { <><Profiles /><Members {view} /></> },
        None => html! { <Waiting /> },
    }
}

#[derive(Properties, PartialEq)]
struct MembersProps {
    view: Rc<PeopleView>,
}

#[component]
fn Members(props: &MembersProps) -> Html {
    let ctx = use_ctx();
    let names = use_names();
    let names = (*names).clone().unwrap_or_default();
    let view = &props.view;
    html! {
        <>
            <section class="group" aria-labelledby="members">
                <h3 id="members">{ ctx.t(Word::Members) }<span class="count">{ view.members.len() }</span></h3>
                if view.members.is_empty() {
                    <p class="quiet">{ ctx.t(Word::PeopleNone) }</p>
                }
                <ul class="members">
                    for member in view.members.iter() {
                        <li key={member.device.as_str()} class={classes!(member.revoked.then_some("revoked"))}>
                            { key_of(&ctx, &names, member) }
                            <span class="may">{ roles_text(&ctx, &member.roles) }</span>
                        </li>
                    }
                </ul>
            </section>
            <section class="group" aria-labelledby="requests">
                <h3 id="requests">{ ctx.t(Word::Requests) }<span class="count">{ view.requests.len() }</span></h3>
                if view.requests.is_empty() {
                    <p class="quiet">{ ctx.t(Word::NoRequests) }</p>
                } else {
                    <p class="quiet">{ ctx.t(if view.can_grant { Word::RequestsHint } else { Word::RequestsNotYours }) }</p>
                }
                <ul class="members">
                    for member in view.requests.iter() {
                        <li key={member.device.as_str()}>
                            <Request member={member.clone()} names={names.clone()} can_grant={view.can_grant} />
                        </li>
                    }
                </ul>
            </section>
            <section class="group" aria-labelledby="invitation">
                <h3 id="invitation">{ ctx.t(Word::Invitation) }</h3>
                { invitation(&ctx, view) }
            </section>
        </>
    }
}

/// A key and its person.
fn key_of(ctx: &Ctx, names: &Names, member: &MemberView) -> Html {
    html! {
        <>
            { names.draw(ctx, &member.authid) }
            <code class="key" title={member.device.to_string()}>{ format!("…{}", short_key(member.device.as_str())) }</code>
            if member.own {
                <span class="quiet">{ ctx.t(Word::ThisDevice) }</span>
            }
            if member.revoked {
                <span class="badge bad">{ ctx.t(Word::Revoked) }</span>
            }
        </>
    }
}

#[derive(Properties, PartialEq)]
struct RequestProps {
    member: MemberView,
    names: Names,
    can_grant: bool,
}

/// A key that asks to take part, and the roles it is to get.
#[component]
fn Request(props: &RequestProps) -> Html {
    let ctx = use_ctx();
    let RequestProps { member, names, can_grant } = props;
    let roles = use_state(|| if member.roles.is_empty() { vec![Role::Annotator] } else { member.roles.clone() });
    let onchange = {
        let roles = roles.clone();
        Callback::from(move |chosen: Vec<Role>| roles.set(chosen))
    };
    let who = names.plain(&member.authid);
    let grant = {
        let (key, authid, roles) = (member.device.clone(), member.authid.clone(), roles.clone());
        ctx.on(move |ctx, event: SubmitEvent| {
            event.prevent_default();
            let ask = Ask::Grant { key: key.clone(), authid: authid.clone(), roles: (*roles).clone() };
            ctx.hub.tell(Door::Panels, ask);
        })
    };
    html! {
        <form class="request" onsubmit={grant}>
            <p>{ key_of(&ctx, names, member) }</p>
            if *can_grant {
                <RoleBoxes legend={ctx.t(Word::ProfileRoles)} chosen={(*roles).clone()} {onchange} />
                <button type="submit" class="primary" disabled={roles.is_empty()} aria-label={ctx.fill(Word::GrantTo, &[("who", &who)])}>
                    { ctx.t(Word::Grant) }
                </button>
            }
        </form>
    }
}

fn invitation(ctx: &Ctx, view: &PeopleView) -> Html {
    let Some(part) = &view.invitation else {
        let to_sync = ctx.on(|ctx, _: MouseEvent| ctx.hub.change_face(Door::Panels, |face| face.tab = Tab::Sync));
        return html! {
            if view.can_grant {
                <p class="quiet">{ ctx.t(Word::InvitationNeeds) }</p>
                <button type="button" onclick={to_sync}>{ icon(Icon::Cloud) }{ ctx.t(Word::AddEndpoint) }</button>
            } else {
                <p class="quiet">{ ctx.t(Word::InvitationOthers) }</p>
            }
        };
    };
    html! {
        <>
            <p class="quiet" id="invitation-what">{ ctx.t(Word::InvitationWhat) }</p>
            <Link part={part.clone()} />
        </>
    }
}

#[derive(Properties, PartialEq)]
struct LinkProps {
    part: String,
}

/// The link, to be copied.
#[component]
fn Link(props: &LinkProps) -> Html {
    let ctx = use_ctx();
    let node = use_node_ref();
    let link = format!("{}#{}", (ctx.hub.host.address)(), props.part);
    let copy = {
        let (link, node) = (link.clone(), node.clone());
        ctx.on(move |ctx, _: MouseEvent| {
            let copied = dom::copy(&link);
            if !copied && let Some(input) = node.cast::<HtmlInputElement>() {
                input.select();
            }
            let word = if copied { Word::Copied } else { Word::CopyFailed };
            ctx.hub.toast(ctx.door, ctx.t(word), !copied);
        })
    };
    html! {
        <div class="row copy">
            <input type="text" readonly=true value={link} ref={node} aria-label={ctx.t(Word::Invitation)} aria-describedby="invitation-what" />
            <button type="button" onclick={copy}>{ ctx.t(Word::CopyLink) }</button>
        </div>
    }
}
