//! The strip above the task: project, progress, whether the work is kept, the record, the person, and the tools.

use super::root::use_shell;
use crate::ui::action::Action;
use crate::ui::desk::{Saving, Seat};
use crate::ui::dom;
use crate::ui::hooks::{use_ctx, use_desk, use_hub};
use crate::ui::hub::Topic;
use crate::ui::icon::{Icon, icon};
use crate::ui::keymap;
use crate::ui::text::{self, Word};
use crate::view::model::RecordState;
use gloo::events::EventListener;
use yew::prelude::*;

/// The strip.
#[component]
pub fn Header() -> Html {
    let ctx = use_ctx();
    let name = use_shell(|shell| shell.name.clone());
    let has_guideline = use_shell(|shell| shell.guideline.is_some());
    let open = use_hub(Topic::Frame, |hub| hub.settings().guideline);
    let single = use_hub(Topic::Frame, |hub| hub.settings().single_keys);
    let tool = |action: Action, drawing: Icon, pressed: Option<bool>| {
        let name = action.row().map(|row| ctx.t(row.word)).unwrap_or_default();
        let key = action.key(*single);
        html! {
            <button type="button" class="tool" aria-label={name} title={keymap::hint(name, key.as_deref())}
                aria-keyshortcuts={keymap::aria(key.as_deref())}
                aria-pressed={pressed.map(|p| p.to_string())} onclick={ctx.on(move |ctx, _: MouseEvent| action.run(ctx))}>
                { icon(drawing) }
            </button>
        }
    };
    html! {
        <div class="header">
            if let Some(name) = (*name).clone().filter(|name| !name.is_empty()) {
                <h2 class="project" dir="auto">{ name }</h2>
            }
            <Progress />
            <div class="signs">
                <Kept />
                <Away />
                <Record />
                <Person />
            </div>
            <div class="tools">
                if *has_guideline == Some(true) {
                    { tool(Action::Guideline, Icon::Book, Some(*open)) }
                }
                { tool(Action::OpenProject, Icon::Folder, None) }
                { tool(Action::Palette, Icon::Search, None) }
                { tool(Action::Help, Icon::Keys, None) }
            </div>
        </div>
    }
}

#[component]
fn Progress() -> Html {
    let ctx = use_ctx();
    let counts = use_shell(|shell| (shell.done, shell.skipped, shell.total));
    let Some((done, skipped, total)) = *counts else { return Html::default() };
    if total == 0 {
        return Html::default();
    }
    let word = if skipped > 0 { Word::ProgressSkipped } else { Word::Progress };
    let (done_text, skipped, total_text) = (done.to_string(), skipped.to_string(), total.to_string());
    let words = ctx.fill(word, &[("done", &done_text), ("skipped", &skipped), ("total", &total_text)]);
    html! {
        <div class="progress">
            <progress max={total_text} value={done_text} aria-label={words.clone()}></progress>
            <span aria-hidden="true">{ words }</span>
        </div>
    }
}

#[component]
fn Kept() -> Html {
    let ctx = use_ctx();
    let saving = use_desk(Seat::Label, |desk| desk.saving.clone());
    let (class, words, title) = match &*saving {
        Saving::Untouched => return Html::default(),
        Saving::Saving => ("", ctx.t(Word::Saving), None),
        Saving::Saved => ("good", ctx.t(Word::Saved), None),
        Saving::Failed(why) => ("bad", ctx.t(Word::SaveFailed), Some(text::trouble(ctx.hub.lang(), why))),
    };
    html! { <span class={classes!("badge", "kept", class)} {title}>{ words }</span> }
}

/// The network is gone, or entries wait to be sent.
#[component]
fn Away() -> Html {
    let ctx = use_ctx();
    let pending = use_shell(|shell| shell.pending.iter().sum::<u32>());
    let online = use_state(|| true);
    {
        let online = online.clone();
        use_effect_with((), move |()| {
            online.set(dom::is_online());
            let listeners = ["online", "offline"].map(|name| {
                let online = online.clone();
                web_sys::window().map(|w| EventListener::new(&w, name, move |_| online.set(name == "online")))
            });
            move || drop(listeners)
        });
    }
    let waiting = pending.unwrap_or_default();
    if !*online {
        return html! { <span class="badge away" role="status">{ icon(Icon::Cloud) }<span>{ ctx.t(Word::Offline) }</span></span> };
    }
    if waiting == 0 {
        return Html::default();
    }
    html! { <span class="badge away">{ icon(Icon::Cloud) }<span>{ ctx.fill(Word::PendingSync, &[("n", &waiting.to_string())]) }</span></span> }
}

#[component]
fn Record() -> Html {
    let ctx = use_ctx();
    let record = use_shell(|shell| shell.record);
    let Some(record) = *record else { return Html::default() };
    let (class, drawing, word) = match record {
        RecordState::Checking => ("", Icon::Clock, Word::RecordChecking),
        RecordState::Verified => ("good", Icon::Shield, Word::RecordVerified),
        RecordState::Broken => ("bad", Icon::Warning, Word::RecordBroken),
    };
    html! { <span class={classes!("badge", "record", class)}>{ icon(drawing) }<span>{ ctx.t(word) }</span></span> }
}

#[component]
fn Person() -> Html {
    let ctx = use_ctx();
    let me = use_shell(|shell| shell.me.clone());
    let key = use_hub(Topic::Frame, |hub| Action::Profile.key(hub.settings().single_keys));
    let Some(me) = &*me else { return Html::default() };
    let name = if me.label.is_empty() { me.authid.as_str() } else { &me.label };
    html! {
        <button type="button" class="plain person" title={keymap::hint(me.authid.as_str(), (*key).as_deref())}
            aria-keyshortcuts={keymap::aria((*key).as_deref())}
            aria-label={format!("{}: {name}", ctx.t(Word::Profile))} onclick={ctx.on(|ctx, _: MouseEvent| Action::Profile.run(ctx))}>
            { icon(Icon::Person) }<span dir="auto">{ name.to_owned() }</span>
        </button>
    }
}
