//! The record as it grows: who did what and when, and whether it verifies.

use super::audit::Entries;
use super::{Names, Waiting, short_key, time, use_names};
use crate::ui::action::Action;
use crate::ui::hooks::{Ctx, use_ctx, use_model};
use crate::ui::icon::{Icon, icon};
use crate::ui::screen::root::use_shell;
use crate::ui::text::{self, Word};
use crate::ui::widget::Key;
use crate::view::model::{ActivityRow, ActivityView, LogView, RecordState, ViewKey};
use std::rc::Rc;
use yew::prelude::*;

/// The tab.
#[component]
pub fn Activity() -> Html {
    match use_model::<ActivityView>(ViewKey::Activity) {
        Some(view) => html! { <Record {view} /> },
        None => html! { <Waiting /> },
    }
}

#[derive(Properties, PartialEq)]
struct RecordProps {
    view: Rc<ActivityView>,
}

#[component]
fn Record(props: &RecordProps) -> Html {
    let ctx = use_ctx();
    let names = use_names();
    let names = (*names).clone().unwrap_or_default();
    let view = &props.view;
    html! {
        <>
            <Head view={Rc::clone(view)} />
            { problems(&ctx, view) }
            { logs(&ctx, &names, view) }
            <Entries />
        </>
    }
}

/// How the record verifies, in one line, and the download.
#[component]
fn Head(props: &RecordProps) -> Html {
    let ctx = use_ctx();
    let record = use_shell(|shell| shell.record);
    let state = if props.view.problems.is_empty() { record.unwrap_or_default() } else { RecordState::Broken };
    let (class, drawing, word) = match state {
        RecordState::Checking => ("", Icon::Clock, Word::RecordChecking),
        RecordState::Verified => ("good", Icon::Shield, Word::RecordVerified),
        RecordState::Broken => ("bad", Icon::Warning, Word::RecordBroken),
    };
    let (n, verified) = (props.view.total.to_string(), props.view.verified.to_string());
    html! {
        <div class="head">
            <span class={classes!("badge", "record", class)}>{ icon(drawing) }<span>{ ctx.t(word) }</span></span>
            <span class="quiet">{ ctx.fill(Word::ActivityEntries, &[("n", &n), ("verified", &verified)]) }</span>
            <button type="button" onclick={ctx.on(|ctx, _: MouseEvent| Action::DownloadRecord.run(ctx))}>
                { icon(Icon::Download) }{ ctx.t(Word::DownloadJsonl) }<Key action={Action::DownloadRecord} />
            </button>
        </div>
    }
}

fn problems(ctx: &Ctx, view: &ActivityView) -> Html {
    if view.problems.is_empty() {
        return Html::default();
    }
    html! {
        <section class="card bad" aria-labelledby="problems">
            <h3 id="problems">{ icon(Icon::Warning) }{ ctx.t(Word::ActivityProblems) }</h3>
            <ul>
                for (at, problem) in view.problems.iter().enumerate() {
                    <li key={at}>
                        { ctx.fill(Word::ProblemAt, &[
                            ("log", &short_key(problem.log.as_str())),
                            ("at", &problem.at.to_string()),
                            ("what", text::problem(ctx.hub.lang(), &problem.code)),
                        ]) }
                    </li>
                }
            </ul>
            <p class="quiet">{ ctx.t(Word::RecordBrokenHint) }</p>
        </section>
    }
}

/// Every log and its size, folded while there are only one's own.
fn logs(ctx: &Ctx, names: &Names, view: &ActivityView) -> Html {
    if view.logs.is_empty() {
        return Html::default();
    }
    let row = |log: &LogView| {
        html! {
            <li key={log.device.as_str()}>
                { names.draw(ctx, &log.person) }
                <code class="key" title={log.device.to_string()}>{ format!("…{}", short_key(log.device.as_str())) }</code>
                if log.own {
                    <span class="quiet">{ ctx.t(Word::ThisDevice) }</span>
                }
                <span class="number">{ ctx.fill(Word::LogEntries, &[("n", &log.size.to_string())]) }</span>
            </li>
        }
    };
    html! {
        <details class="fold">
            <summary>{ ctx.t(Word::Logs) }<span class="count">{ view.logs.len() }</span></summary>
            <ul class="logs">
                for log in view.logs.iter() {
                    { row(log) }
                }
            </ul>
        </details>
    }
}

/// Properties of [`Entry`].
#[derive(Properties, PartialEq)]
pub struct EntryProps {
    /// The entry.
    pub row: ActivityRow,
    /// Who is who.
    pub names: Rc<Names>,
}

/// One entry of the record.
#[component]
pub fn Entry(props: &EntryProps) -> Html {
    let ctx = use_ctx();
    let row = &props.row;
    let (class, drawing, word) = match (row.refused, row.verified) {
        (true, _) => ("refused", Icon::Cross, Word::EntryRefused),
        (false, true) => ("good", Icon::Check, Word::EntryVerified),
        (false, false) => ("open", Icon::Clock, Word::EntryUnverified),
    };
    html! {
        <li class={classes!("entry", class)}>
            <span class="sign" title={ctx.t(word)}>{ icon(drawing) }<span class="unseen">{ ctx.t(word) }</span></span>
            <span class="what">
                { text::event_kind(ctx.hub.lang(), &row.kind) }
                if let Some(task) = row.task {
                    <span class="quiet">{ format!(" · {}", ctx.fill(Word::OnTask, &[("n", &task.to_string())])) }</span>
                }
                if row.refused {
                    <span class="why">{ format!(" · {}", ctx.t(word)) }</span>
                }
            </span>
            <span class="by">{ props.names.draw(&ctx, &row.person) }<code class="key">{ format!("…{}", row.device) }</code></span>
            { time(&row.time) }
        </li>
    }
}
