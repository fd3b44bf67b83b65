//! The task in hand, or what stands there while none is.

use super::root::use_shell;
use super::state::{Blank, Skeleton};
use crate::domain::id::TaskId;
use crate::ui::action::Action;
use crate::ui::desk::{Phase, Seat};
use crate::ui::dom;
use crate::ui::hooks::{use_ctx, use_desk, use_view};
use crate::ui::icon::Icon;
use crate::ui::text::{self, Word};
use crate::ui::widget::Key;
use crate::ui::widget::form::Form;
use crate::ui::widget::prediction::PredictionStrip;
use crate::ui::widget::regions::Regions;
use crate::view::model::{TaskStatus, TasksView, ViewKey};
use yew::prelude::*;

/// The middle of the screen.
#[component]
pub fn Work() -> Html {
    let ctx = use_ctx();
    let phase = use_desk(Seat::Label, |desk| desk.phase.clone());
    let waiting = use_shell(|shell| shell.waiting_for_grant);
    let total = use_shell(|shell| shell.total);
    let open = ctx.on(|ctx, _: MouseEvent| Action::OpenProject.run(ctx));
    let again = ctx.on(|ctx, _: MouseEvent| ctx.hub.take(None));
    let failed = matches!(*phase, Phase::Failed(_));
    let class = (!failed).then_some("primary");
    let button = html! { <button type="button" {class} onclick={open}>{ ctx.t(Word::OpenProject) }<Key action={Action::OpenProject} /></button> };
    match (&*phase, *waiting) {
        (Phase::Working, _) => html! { <Task /> },
        (_, Some(true)) => html! { <Waiting /> },
        (Phase::Opening, _) => html! { <div class="work"><Skeleton /></div> },
        (Phase::Done, _) if *total != Some(0) => html! { <Finished /> },
        (Phase::Closed | Phase::Done, _) => html! {
            <div class="work">
                <Blank icon={Icon::Tray} title={ctx.t(Word::NothingOpen)} hint={ctx.t(Word::NothingOpenHint)}>{ button }</Blank>
            </div>
        },
        (Phase::Failed(trouble), _) => html! {
            <div class="work">
                <Blank icon={Icon::Warning} bad=true title={ctx.t(Word::CouldNotOpen)} hint={text::trouble(ctx.hub.lang(), trouble)}>
                    <button type="button" class="primary" onclick={again}>{ ctx.t(Word::TryAgain) }</button>
                    { button }
                </Blank>
            </div>
        },
    }
}

/// The status of a task, in a word.
pub fn status_word(status: TaskStatus) -> Word {
    match status {
        TaskStatus::Todo => Word::StatusTodo,
        TaskStatus::Draft => Word::StatusDraft,
        TaskStatus::Submitted => Word::StatusSubmitted,
        TaskStatus::Skipped => Word::StatusSkipped,
        TaskStatus::Withdrawn => Word::StatusWithdrawn,
    }
}

#[component]
fn Task() -> Html {
    let ctx = use_ctx();
    let head = use_desk(Seat::Label, |desk| {
        let view = desk.view.as_ref()?;
        Some((view.task.clone(), view.ordinal, view.total, view.status, view.skip_reason.clone()))
    });
    let task: Option<TaskId> = head.as_ref().as_ref().map(|h| h.0.clone());
    let heading = use_node_ref();
    {
        // a person at the keyboard stays in the element when one task makes room for the next
        let (ctx, heading) = (ctx.clone(), heading.clone());
        use_effect_with(task, move |_| {
            let Some(heading) = heading.cast::<web_sys::HtmlElement>() else { return };
            if ctx.hub.face(ctx.door, |face| face.focused) && dom::focus_is_lost(&heading) {
                drop(heading.focus());
            }
            dom::show_top(&ctx.root);
        });
    }
    {
        // what was refused is shown at its place
        let ctx = ctx.clone();
        let refused =
            use_desk(Seat::Label, |desk| desk.refused.as_ref().and_then(text::refusal_control).map(str::to_owned));
        use_effect_with(refused, move |refused| {
            if let Some(control) = &**refused {
                dom::focus_control(&ctx.root, control);
            }
        });
    }
    let Some((_, ordinal, total, status, reason)) = &*head else {
        return html! { <div class="work"><Skeleton /></div> };
    };
    let title = ctx.fill(Word::TaskOf, &[("n", &ordinal.to_string()), ("total", &total.to_string())]);
    html! {
        <div class="work">
            <div class="title">
                <h3 ref={heading} tabindex="-1">{ title }</h3>
                <span class={classes!("badge", (*status == TaskStatus::Submitted).then_some("good"))}>{ ctx.t(status_word(*status)) }</span>
                if let Some(reason) = reason.as_ref().filter(|_| *status == TaskStatus::Skipped) {
                    <span class="quiet" dir="auto">{ ctx.fill(Word::SkippedBecause, &[("reason", &text::skip_reason(ctx.hub.lang(), reason))]) }</span>
                }
                <span class="gap"></span>
                <Offers />
            </div>
            <Form seat={Seat::Label} first={html! { <PredictionStrip /> }} last={html! { <Regions seat={Seat::Label} /> }} />
        </div>
    }
}

/// What can be done with this task beside answering it.
#[component]
fn Offers() -> Html {
    let ctx = use_ctx();
    let may = use_shell(|shell| shell.can_reveal);
    let state = use_desk(Seat::Label, |desk| {
        let view = desk.view.as_ref();
        let covers = view.is_some_and(|v| v.fields.iter().any(|f| !f.covers.is_empty()));
        (covers, view.is_some_and(|v| !v.submitted.is_empty()))
    });
    let (covers, submitted) = *state;
    let offer = |action: Action| {
        let word = action.row().map(|row| ctx.t(row.word)).unwrap_or_default();
        html! {
            <button type="button" class="plain" onclick={ctx.on(move |ctx, _: MouseEvent| action.run(ctx))}>
                { word }<Key {action} />
            </button>
        }
    };
    html! {
        <>
            if submitted {
                { offer(Action::Withdraw) }
            }
            if covers && *may == Some(true) {
                { offer(Action::Reveal) }
            }
        </>
    }
}

#[component]
fn Finished() -> Html {
    let ctx = use_ctx();
    let counts = use_shell(|shell| (shell.done.to_string(), shell.skipped.to_string()));
    let first = use_view::<TasksView, _>(ViewKey::Tasks, |tasks| {
        tasks.chunks.first().and_then(|chunk| chunk.first()).map(|row| row.task.clone())
    });
    let hint = match &*counts {
        Some((done, skipped)) => ctx.fill(Word::AllDoneHint, &[("done", done), ("skipped", skipped)]),
        None => String::new(),
    };
    let back = (*first).clone().flatten();
    html! {
        <div class="work">
            <Blank icon={Icon::Check} title={ctx.t(Word::AllDone)} {hint}>
                if let Some(task) = back {
                    <button type="button" onclick={ctx.on(move |ctx, _: MouseEvent| ctx.hub.take(Some(task.clone())))}>
                        { ctx.t(Word::GoBackToLast) }
                    </button>
                }
                <button type="button" onclick={ctx.on(|ctx, _: MouseEvent| Action::OpenProject.run(ctx))}>{ ctx.t(Word::OpenProject) }<Key action={Action::OpenProject} /></button>
            </Blank>
        </div>
    }
}

#[component]
fn Waiting() -> Html {
    let ctx = use_ctx();
    let me = use_shell(|shell| shell.me.authid.clone());
    html! {
        <div class="work">
            <Blank icon={Icon::Clock} title={ctx.t(Word::WaitingForGrant)} hint={ctx.t(Word::WaitingForGrantHint)}>
                if let Some(me) = &*me {
                    <p class="quiet">{ format!("{}: ", ctx.t(Word::YourKey)) }<code>{ me.to_string() }</code></p>
                }
            </Blank>
        </div>
    }
}
