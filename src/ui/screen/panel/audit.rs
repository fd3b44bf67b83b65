//! The entries of the record, a page at a time: who, what, since when, under which guideline, with which model, on which task;
//! and what is shown as a file.

use super::activity::Entry;
use super::{Names, use_names};
use crate::ui::hooks::{Ctx, use_ctx, use_view};
use crate::ui::icon::{Icon, icon};
use crate::ui::screen::state::{Blank, Skeleton};
use crate::ui::text::{self, Word};
use crate::view::model::{AuditQuery, AuditView, ViewKey};
use crate::view::protocol::Ask;
use std::rc::Rc;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// Kinds that can be asked for, in the order they are offered.
const KINDS: [&str; 22] = [
    "annotation.submitted",
    "annotation.corrected",
    "annotation.withdrawn",
    "task.opened",
    "task.skipped",
    "rationale.given",
    "field.revealed",
    "review.passed",
    "review.rejected",
    "case.escalated",
    "case.adjudicated",
    "data.erased",
    "key.requested",
    "key.granted",
    "key.revoked",
    "config.published",
    "policy.published",
    "guideline.published",
    "model.registered",
    "tasks.released",
    "answers.imported",
    "log.closed",
];
/// Ends of time that can be asked for, in hours.
const SINCE: [(u64, Word); 3] = [(1, Word::SinceHour), (24, Word::SinceDay), (24 * 7, Word::SinceWeek)];
const HOUR_MS: u64 = 3_600_000;

/// The entries.
#[component]
pub fn Entries() -> Html {
    let ctx = use_ctx();
    let names = use_names();
    let names = Rc::new((*names).clone().unwrap_or_default());
    let query = use_state(AuditQuery::default);
    let hours = use_state(|| 0u64);
    let fresh = use_view::<AuditView, Rc<AuditView>>(ViewKey::Audit { query: (*query).clone() }, Rc::clone);
    // while another page is on its way the one before stays
    let last = use_mut_ref(|| None);
    if let Some(view) = &*fresh {
        last.replace(Some(Rc::clone(view)));
    }
    let Some(view) = last.borrow().clone() else { return html! { <Skeleton /> } };
    let ask = {
        let query = query.clone();
        Callback::from(move |next: AuditQuery| query.set(next))
    };
    let onsince = {
        let (query, hours) = (query.clone(), hours.clone());
        ctx.on(move |ctx, value: String| {
            let chosen: u64 = value.parse().unwrap_or(0);
            hours.set(chosen);
            let since_ms = (chosen > 0).then(|| (ctx.hub.host.now_ms)().saturating_sub(chosen * HOUR_MS));
            query.set(AuditQuery { since_ms, first: 0, ..(*query).clone() });
        })
    };
    html! {
        <>
            { filters(&ctx, &names, &view, &query, *hours, &ask, onsince) }
            if view.rows.is_empty() && *query == AuditQuery::default() {
                <Blank icon={Icon::Clock} title={ctx.t(Word::ActivityEmpty)} hint={ctx.t(Word::ActivityEmptyHint)} />
            } else if view.rows.is_empty() {
                <Blank icon={Icon::Search} title={ctx.t(Word::AuditNothing)} hint={ctx.t(Word::AuditNothingHint)} />
            } else {
                <ol class="entries" aria-label={ctx.t(Word::AuditEntries)}>
                    for row in view.rows.iter() {
                        <Entry key={row.id.as_str()} row={row.clone()} names={Rc::clone(&names)} />
                    }
                </ol>
            }
            { pages(&ctx, &view, &query, &ask) }
        </>
    }
}

/// The way between pages, and the file of all that is asked for.
fn pages(ctx: &Ctx, view: &AuditView, query: &AuditQuery, ask: &Callback<AuditQuery>) -> Html {
    let (first, page) = (query.first, AuditView::PAGE as u32);
    let last = (first + view.rows.len() as u32).min(view.matched);
    let blanks = [
        ("from", (first + u32::from(last > first)).to_string()),
        ("to", last.to_string()),
        ("n", view.matched.to_string()),
        ("total", view.total.to_string()),
    ];
    let blanks: Vec<(&str, &str)> = blanks.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let turn = |to: u32, word: Word, possible: bool| {
        let next = AuditQuery { first: to, ..query.clone() };
        html! {
            <button type="button" disabled={!possible} onclick={ask.reform(move |_: MouseEvent| next.clone())}>{ ctx.t(word) }</button>
        }
    };
    let download = {
        let query = query.clone();
        ctx.on(move |ctx, _: MouseEvent| ctx.hub.download_audit(&query))
    };
    html! {
        <div class="pages">
            <p class="quiet" role="status">{ ctx.fill(Word::AuditShown, &blanks) }</p>
            <div class="row">
                { turn(first.saturating_sub(page), Word::AuditNewer, first > 0) }
                { turn(first + page, Word::AuditOlder, last < view.matched) }
                <button type="button" disabled={view.matched == 0} onclick={download}>
                    { icon(Icon::Download) }{ ctx.t(Word::AuditDownload) }
                </button>
            </div>
        </div>
    }
}

fn filters(
    ctx: &Ctx,
    names: &Names,
    view: &AuditView,
    query: &AuditQuery,
    hours: u64,
    ask: &Callback<AuditQuery>,
    onsince: Callback<String>,
) -> Html {
    let lang = ctx.hub.lang();
    let set = |change: fn(&mut AuditQuery, Option<String>)| {
        let query = query.clone();
        ask.reform(move |value: String| {
            let mut next = AuditQuery { first: 0, ..query.clone() };
            change(&mut next, Some(value).filter(|value| !value.is_empty()));
            next
        })
    };
    let people = view.people.iter().map(|who| (who.to_string(), names.plain(who)));
    let kinds = KINDS.iter().map(|kind| ((*kind).to_owned(), text::event_kind(lang, kind).to_owned()));
    let since = SINCE.iter().map(|(hours, word)| (hours.to_string(), ctx.t(*word).to_owned()));
    let versions = view.guidelines.iter().map(|version| (version.clone(), version.clone()));
    let models = view.models.iter().map(|model| (model.to_string(), model.to_string()));
    let person = query.person.as_ref().map(ToString::to_string).unwrap_or_default();
    let model = query.model.as_ref().map(ToString::to_string).unwrap_or_default();
    let ontask = {
        let set = set(|q, value| q.task = value.and_then(|v| v.parse().ok()));
        Callback::from(move |event: Event| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                set.emit(input.value());
            }
        })
    };
    let some = |what: Option<&String>| what.cloned().unwrap_or_default();
    html! {
        <details class="fold filters">
            <summary>{ ctx.t(Word::AuditFilter) }<span class="count">{ active(query) }</span></summary>
            <div class="fields">
                { choice(ctx, Word::AuditWho, people, &person, set(|q, value| q.person = value.map(Into::into))) }
                { choice(ctx, Word::AuditWhat, kinds, &some(query.kind.as_ref()), set(|q, value| q.kind = value)) }
                { choice(ctx, Word::AuditSince, since, &hours.to_string(), onsince) }
                { choice(ctx, Word::GuidelineTitle, versions, &some(query.guideline.as_ref()), set(|q, value| q.guideline = value)) }
                { choice(ctx, Word::AuditModel, models, &model, set(|q, value| q.model = value.map(Into::into))) }
                <label class="field short">
                    <span>{ ctx.t(Word::AuditTask) }</span>
                    <input type="number" min="1" inputmode="numeric" value={query.task.map(|n| n.to_string()).unwrap_or_default()} onchange={ontask} />
                </label>
            </div>
        </details>
    }
}

/// How many filters are set.
fn active(query: &AuditQuery) -> usize {
    let set = [
        query.person.is_some(),
        query.kind.is_some(),
        query.task.is_some(),
        query.since_ms.is_some(),
        query.guideline.is_some(),
        query.model.is_some(),
    ];
    set.into_iter().filter(|set| *set).count()
}

/// A choice of one, or of any.
fn choice(
    ctx: &Ctx,
    word: Word,
    options: impl Iterator<Item = (String, String)>,
    chosen: &str,
    then: Callback<String>,
) -> Html {
    let onchange = Callback::from(move |event: Event| {
        if let Some(select) = event.target_dyn_into::<HtmlSelectElement>() {
            then.emit(select.value());
        }
    });
    html! {
        <label class="field">
            <span>{ ctx.t(word) }</span>
            <select {onchange}>
                <option key="" value="">{ ctx.t(Word::AuditAny) }</option>
                for (value, text) in options {
                    <option key={value.clone()} value={value.clone()} selected={value == chosen}>{ text }</option>
                }
            </select>
        </label>
    }
}

impl crate::ui::hub::Hub {
    /// Hands over the entries that a query takes.
    fn download_audit(self: &Rc<Self>, query: &AuditQuery) {
        self.ask(Ask::DownloadAudit { query: query.clone() }, |hub, reply| hub.hand_over(reply));
    }
}
