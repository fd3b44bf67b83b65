//! Cases: the tasks on which people differ, and the one that is being settled.

use super::case::Case;
use super::{Waiting, control_title, more, use_schema};
use crate::domain::id::TaskId;
use crate::domain::schema::Schema;
use crate::ui::hooks::{Ctx, use_ctx, use_face, use_model};
use crate::ui::icon::{Icon, icon};
use crate::ui::screen::root::use_shell;
use crate::ui::screen::state::Blank;
use crate::ui::text::Word;
use crate::view::model::{AgreementView, ViewKey};
use std::rc::Rc;
use yew::prelude::*;

/// Cases drawn at first, and with each press on the button.
const PORTION: usize = 50;

/// A task on which people differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The task.
    pub task: TaskId,
    /// Its place in the list of tasks, or its name.
    pub item: String,
    /// The controls on which they differ.
    pub controls: Vec<String>,
    /// It is settled.
    pub settled: bool,
}

/// The cases of a view: a task once, with all its controls; open ones first, else in the order of the tasks.
pub fn items(view: &AgreementView) -> Vec<Item> {
    let mut items: Vec<Item> = vec![];
    let mut places = std::collections::BTreeMap::<&TaskId, usize>::new();
    for one in &view.disagreements {
        let Some(task) = &one.task else { continue };
        let at = *places.entry(task).or_insert_with(|| {
            let (item, settled) = (one.item.clone(), one.settled);
            items.push(Item { task: task.clone(), item, controls: vec![], settled });
            items.len() - 1
        });
        if let Some(item) = items.get_mut(at) {
            item.controls.push(one.control.clone());
        }
    }
    items.sort_by_key(|item| (item.settled, item.item.parse::<u64>().unwrap_or(u64::MAX)));
    items
}

/// The tab.
#[component]
pub fn Cases() -> Html {
    let case = use_face(|face| face.case.clone());
    let view = use_model::<AgreementView>(ViewKey::Agreement);
    let items = use_memo(view.clone(), |view| view.as_ref().map(|view| items(view)).unwrap_or_default());
    match (&*case, view) {
        (Some(task), _) => html! { <Case key={task.as_str()} task={task.clone()} {items} /> },
        (None, Some(view)) => html! { <List {view} {items} /> },
        (None, None) => html! { <Waiting /> },
    }
}

#[derive(Properties, PartialEq)]
struct ListProps {
    view: Rc<AgreementView>,
    items: Rc<Vec<Item>>,
}

#[component]
fn List(props: &ListProps) -> Html {
    let ctx = use_ctx();
    let schema = use_schema();
    let may = use_shell(|shell| shell.can_adjudicate);
    let most = use_state(|| PORTION);
    if props.view.blind {
        return html! {
            <Blank icon={Icon::Eye} title={ctx.t(Word::AgreementBlind)} hint={ctx.t(Word::AgreementBlindHint)} />
        };
    }
    if props.items.is_empty() {
        let (title, hint) = if props.view.shared_items == 0 {
            (Word::AgreementNone, Word::AgreementNoneHint)
        } else {
            (Word::NoDisagreements, Word::CasesNoneHint)
        };
        return html! { <Blank icon={Icon::People} title={ctx.t(title)} hint={ctx.t(hint)} /> };
    }
    let open = props.items.iter().filter(|item| !item.settled).count();
    let onmore = {
        let most = most.clone();
        Callback::from(move |_: MouseEvent| most.set(*most + PORTION))
    };
    let section = |id: &'static str, word: Word, count: usize, items: &[Item]| {
        if items.is_empty() {
            return Html::default();
        }
        html! {
            <section class="group" aria-labelledby={id}>
                <h3 {id}>{ ctx.fill(word, &[("n", &count.to_string())]) }</h3>
                <ul class="case-list">
                    for item in items.iter() {
                        <li key={item.task.as_str()}>{ row(&ctx, (*schema).as_deref(), item) }</li>
                    }
                </ul>
            </section>
        }
    };
    let shown = props.items.len().min(*most);
    let (first, rest) = props.items.split_at(open);
    let first = first.get(..shown.min(open)).unwrap_or_default();
    let rest = rest.get(..shown.saturating_sub(open)).unwrap_or_default();
    html! {
        <>
            <p class="lead quiet">{ ctx.t(Word::CasesNoneHint) }</p>
            if *may == Some(false) {
                <p class="notice">{ icon(Icon::Warning) }{ ctx.t(Word::CaseNotAllowed) }</p>
            }
            { section("open-cases", Word::OpenCases, open, first) }
            { section("settled-cases", Word::SettledCases, props.items.len() - open, rest) }
            { more(&ctx, shown, props.items.len(), PORTION, onmore) }
        </>
    }
}

fn row(ctx: &Ctx, schema: Option<&Schema>, item: &Item) -> Html {
    let controls: Vec<_> = item.controls.iter().map(|c| control_title(ctx, schema, c)).collect();
    let task = item.task.clone();
    html! {
        <button type="button" class="case-row" onclick={ctx.on(move |ctx, _: MouseEvent| ctx.hub.take_case(task.clone()))}>
            <strong>{ ctx.fill(Word::DisagreementOn, &[("item", &item.item)]) }</strong>
            <span class="quiet" dir="auto">{ controls.join(" · ") }</span>
            if item.settled {
                <span class="badge good">{ icon(Icon::Check) }{ ctx.t(Word::Settled) }</span>
            }
            { icon(Icon::Right) }
        </button>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::model::DisagreementView;

    #[test]
    fn a_task_is_one_case_and_open_ones_come_first() {
        let one = |task: Option<&str>, item: &str, control: &str, settled| DisagreementView {
            task: task.map(Into::into),
            item: item.into(),
            control: control.into(),
            values: vec![],
            settled,
        };
        let view = AgreementView {
            disagreements: vec![
                one(Some("t1"), "10", "intent", true),
                one(Some("t2"), "9", "intent", false),
                one(None, "rte-1", "label", false),
                one(Some("t3"), "2", "ner", false),
                one(Some("t2"), "9", "ner", false),
            ],
            ..AgreementView::default()
        };
        let found: Vec<_> = items(&view).into_iter().map(|i| (i.item, i.controls.join("+"), i.settled)).collect();
        let expect = [("2", "ner", false), ("9", "intent+ner", false), ("10", "intent", true)];
        assert_eq!(found, expect.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c)));
    }
}
