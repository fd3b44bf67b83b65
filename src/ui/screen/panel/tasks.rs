//! The list of tasks: what is shown of it, and the way into each.

use super::Waiting;
use super::find::{Filter, Rows};
use super::list::TaskList;
use crate::ui::action::Action;
use crate::ui::hooks::{use_ctx, use_model};
use crate::ui::icon::{Icon, icon};
use crate::ui::screen::state::Blank;
use crate::ui::text::Word;
use crate::ui::widget::Key;
use crate::view::model::{TasksView, ViewKey};
use std::rc::Rc;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

const FILTER_KEY: &str = "task-filter";

/// The tab.
#[component]
pub fn Tasks() -> Html {
    match use_model::<TasksView>(ViewKey::Tasks) {
        Some(view) => html! { <Listed {view} /> },
        None => html! { <Waiting /> },
    }
}

#[derive(Properties, PartialEq)]
struct ListedProps {
    view: Rc<TasksView>,
}

#[component]
fn Listed(props: &ListedProps) -> Html {
    let ctx = use_ctx();
    let filter = {
        let ctx = ctx.clone();
        use_state(move || (ctx.hub.host.recall)(FILTER_KEY).map_or(Filter::All, |code| Filter::parse(&code)))
    };
    let query = use_state(String::new);
    let rows = use_memo(Rc::as_ptr(&props.view), |_| Rows::of(Rc::clone(&props.view)));
    let counts = use_memo(Rc::as_ptr(&rows), |_| rows.counts());
    let shown = {
        let rows = Rc::clone(&rows);
        let key = (Rc::as_ptr(&rows), *filter, (*query).clone());
        use_memo(key, move |(_, filter, query)| rows.find(*filter, query).map(Rc::new))
    };
    if rows.is_empty() {
        return html! {
            <Blank icon={Icon::Tray} title={ctx.t(Word::NoTasks)} hint={ctx.t(Word::NoTasksHint)}>
                <button type="button" class="primary" onclick={ctx.on(|ctx, _: MouseEvent| Action::OpenProject.run(ctx))}>
                    { ctx.t(Word::OpenProject) }<Key action={Action::OpenProject} />
                </button>
            </Blank>
        };
    }
    let onfilter = {
        let filter = filter.clone();
        ctx.on(move |ctx, event: Event| {
            let Some(select) = event.target_dyn_into::<HtmlSelectElement>() else { return };
            (ctx.hub.host.remember)(FILTER_KEY, &select.value());
            filter.set(Filter::parse(&select.value()));
        })
    };
    let onquery = {
        let query = query.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                query.set(input.value());
            }
        })
    };
    let all = {
        let (filter, query) = (filter.clone(), query.clone());
        ctx.on(move |ctx, _: MouseEvent| {
            (ctx.hub.host.remember)(FILTER_KEY, Filter::All.code());
            filter.set(Filter::All);
            query.set(String::new());
        })
    };
    let count = (*shown).as_ref().map_or(rows.len(), |shown| shown.len());
    let words = ctx.fill(Word::TasksShown, &[("n", &count.to_string()), ("total", &rows.len().to_string())]);
    html! {
        <>
            <div class="finder">
                <label class="search">
                    { icon(Icon::Search) }
                    <span class="unseen">{ ctx.t(Word::SearchTasks) }</span>
                    <input type="search" placeholder={ctx.t(Word::SearchTasks)} value={(*query).clone()} oninput={onquery} />
                </label>
                <label>
                    <span class="unseen">{ ctx.t(Word::FilterTasks) }</span>
                    <select onchange={onfilter}>
                        for (one, count) in Filter::ALL.into_iter().zip(*counts) {
                            <option key={one.code()} value={one.code()} selected={one == *filter}>
                                { ctx.fill(Word::FilterChoice, &[("what", ctx.t(one.word())), ("n", &count.to_string())]) }
                            </option>
                        }
                    </select>
                </label>
                <p class="quiet shown" role="status">{ words }</p>
            </div>
            if count == 0 {
                <Blank icon={Icon::Search} title={ctx.t(Word::NoTaskMatches)} hint={ctx.t(Word::NoTaskMatchesHint)}>
                    <button type="button" onclick={all}>{ ctx.t(Word::ShowAllTasks) }</button>
                </Blank>
            } else {
                <TaskList rows={rows} shown={(*shown).clone()} />
            }
        </>
    }
}
