//! Storage that the project is exchanged through: where, how it stands, what is pending, and what never leaves.

use super::endpoint::{EndpointForm, Typed};
use super::{Waiting, time};
use crate::ui::action::Action;
use crate::ui::face::Door;
use crate::ui::hooks::{Ctx, use_ctx, use_model};
use crate::ui::icon::{Icon, icon};
use crate::ui::screen::state::Blank;
use crate::ui::text::{self, Word};
use crate::ui::widget::Key;
use crate::view::model::{EndpointView, SyncView, ViewKey};
use crate::view::protocol::Ask;
use gloo::events::EventListener;
use std::rc::Rc;
use yew::prelude::*;

/// The tab.
#[component]
pub fn Sync() -> Html {
    match use_model::<SyncView>(ViewKey::Sync) {
        Some(view) => html! { <Endpoints {view} /> },
        None => html! { <Waiting /> },
    }
}

#[derive(Properties, PartialEq)]
struct EndpointsProps {
    view: Rc<SyncView>,
}

/// Which form is open.
#[derive(Clone, PartialEq, Eq)]
enum Open {
    Nothing,
    New,
    Credentials(String),
}

#[component]
fn Endpoints(props: &EndpointsProps) -> Html {
    let ctx = use_ctx();
    let offline = use_offline();
    let open = use_state(|| Open::Nothing);
    let view = &props.view;
    let add = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(Open::New))
    };
    let done = {
        let open = open.clone();
        Callback::from(move |()| open.set(Open::Nothing))
    };
    let credentials = {
        let open = open.clone();
        Callback::from(move |id: String| open.set(Open::Credentials(id)))
    };
    let taken: Vec<String> = view.endpoints.iter().map(|e| e.id.clone()).collect();
    let add_button = html! {
        <button type="button" class={if view.endpoints.is_empty() { "primary" } else { "" }} onclick={add}>
            { icon(Icon::Cloud) }{ ctx.t(Word::AddEndpoint) }
        </button>
    };
    html! {
        <>
            if offline {
                <p class="notice" role="status">{ icon(Icon::Cloud) }<span><strong>{ ctx.t(Word::NotConnected) }</strong>{ ". " }{ ctx.t(Word::OfflineNote) }</span></p>
            }
            if view.endpoints.is_empty() {
                if *open == Open::Nothing {
                    <Blank icon={Icon::Cloud} title={ctx.t(Word::SyncNone)} hint={ctx.t(Word::SyncNoneHint)}>{ add_button.clone() }</Blank>
                }
            } else {
                <div class="head">
                    <span class="quiet">{ ctx.t(if view.released { Word::Released } else { Word::NotReleased }) }</span>
                    <button type="button" class="primary" onclick={ctx.on(|ctx, _: MouseEvent| Action::SyncNow.run(ctx))}>{ ctx.t(Word::SyncNow) }<Key action={Action::SyncNow} /></button>
                </div>
                <ul class="endpoints">
                    for endpoint in view.endpoints.iter() {
                        <li key={endpoint.id.clone()} class="card">
                            <Place endpoint={endpoint.clone()} credentials={credentials.clone()} />
                            if *open == Open::Credentials(endpoint.id.clone()) {
                                <EndpointForm taken={vec![]} known={known(endpoint)} done={done.clone()} />
                            }
                        </li>
                    }
                </ul>
                if *open == Open::Nothing {
                    <div class="row">{ add_button }</div>
                }
            }
            if *open == Open::New {
                <EndpointForm {taken} done={done} />
            }
            { what_leaves(&ctx, offline) }
        </>
    }
}

/// What is known of an endpoint whose credentials are missing.
fn known(endpoint: &EndpointView) -> Typed {
    Typed {
        webdav: endpoint.kind == "webdav",
        name: endpoint.id.clone(),
        address: endpoint.place.clone(),
        known: true,
        ..Typed::default()
    }
}

/// The promise, in words.
fn what_leaves(ctx: &Ctx, offline: bool) -> Html {
    html! {
        <dl class="promise">
            <div><dt>{ icon(Icon::Cloud) }{ ctx.t(Word::WhatLeaves) }</dt><dd>{ ctx.t(Word::WhatLeavesList) }</dd></div>
            <div><dt>{ icon(Icon::Shield) }{ ctx.t(Word::WhatStays) }</dt><dd>{ ctx.t(Word::WhatStaysList) }</dd></div>
            if !offline {
                <div><dt>{ icon(Icon::Clock) }{ ctx.t(Word::WithoutNetwork) }</dt><dd>{ ctx.t(Word::OfflineNote) }</dd></div>
            }
        </dl>
    }
}

#[derive(Properties, PartialEq)]
struct PlaceProps {
    endpoint: EndpointView,
    credentials: Callback<String>,
}

/// One endpoint.
#[component]
fn Place(props: &PlaceProps) -> Html {
    let ctx = use_ctx();
    let sure = use_state(|| false);
    let endpoint = &props.endpoint;
    let (class, drawing) = match endpoint.state.as_str() {
        "idle" if endpoint.pending == 0 => ("good", Icon::Check),
        "failed" | "needs-credentials" => ("bad", Icon::Warning),
        _ => ("", Icon::Clock),
    };
    let kind = if endpoint.kind == "webdav" { Word::KindWebDav } else { Word::KindS3 };
    let (pending, sent, received) =
        (endpoint.pending.to_string(), endpoint.sent.to_string(), endpoint.received.to_string());
    let counts = ctx.fill(Word::EndpointCounts, &[("pending", &pending), ("sent", &sent), ("received", &received)]);
    let ask = {
        let sure = sure.clone();
        Callback::from(move |_: MouseEvent| sure.set(true))
    };
    let keep = {
        let sure = sure.clone();
        Callback::from(move |_: MouseEvent| sure.set(false))
    };
    let remove = {
        let id = endpoint.id.clone();
        ctx.on(move |ctx, _: MouseEvent| ctx.hub.tell(Door::Panels, Ask::RemoveEndpoint { id: id.clone() }))
    };
    let give = {
        let id = endpoint.id.clone();
        props.credentials.reform(move |_: MouseEvent| id.clone())
    };
    html! {
        <div class="endpoint">
            <div class="where">
                <strong>{ endpoint.id.clone() }</strong>
                <span class="quiet">{ ctx.t(kind) }</span>
                <span class={classes!("badge", class)} role="status">
                    { icon(drawing) }{ text::sync_state(ctx.hub.lang(), &endpoint.state).to_owned() }
                </span>
            </div>
            <p class="quiet place"><bdi>{ endpoint.place.clone() }</bdi></p>
            <p>{ counts }</p>
            if let Some((code, words)) = &endpoint.error {
                <p class="problem" role="alert">{ words.clone() }<span class="quiet">{ format!(" ({code})") }</span></p>
            }
            if let Some(last) = &endpoint.last_ok {
                <p class="quiet">{ ctx.fill(Word::LastOk, &[("time", "")]) }{ time(last) }</p>
            }
            if *sure {
                <div class="row" role="group" aria-label={ctx.t(Word::RemoveSure)}>
                    <span>{ ctx.t(Word::RemoveSure) }</span>
                    <button type="button" class="danger" onclick={remove}>{ ctx.t(Word::RemoveEndpoint) }</button>
                    <button type="button" onclick={keep}>{ ctx.t(Word::Cancel) }</button>
                </div>
            } else {
                <div class="row">
                    <button type="button" class={if endpoint.state == "needs-credentials" { "primary small" } else { "small" }} onclick={give}>
                        { ctx.t(Word::Credentials) }
                    </button>
                    <button type="button" class="small" aria-label={ctx.fill(Word::RemoveEndpointWhat, &[("name", &endpoint.id)])} onclick={ask}>
                        { ctx.t(Word::RemoveEndpoint) }
                    </button>
                </div>
            }
        </div>
    }
}

/// The browser says that there is no network.
#[hook]
fn use_offline() -> bool {
    let offline = use_state(|| false);
    {
        let offline = offline.clone();
        use_effect_with((), move |()| {
            let window = web_sys::window();
            let read = {
                let window = window.clone();
                move || {
                    let on = window.as_ref().map(|w| {
                        let navigator = js_sys::Reflect::get(w, &"navigator".into()).ok();
                        navigator
                            .and_then(|n| js_sys::Reflect::get(&n, &"onLine".into()).ok())
                            .is_none_or(|v| !v.is_falsy())
                    });
                    offline.set(on == Some(false));
                }
            };
            read();
            let listen = |kind: &'static str| {
                let read = read.clone();
                window.as_ref().map(|w| EventListener::new(w, kind, move |_| read()))
            };
            let listening = (listen("online"), listen("offline"));
            move || drop(listening)
        });
    }
    *offline
}
