//! Paths in a tree: what is chosen as breadcrumbs, a search, and the tree with the keyboard of a tree.

use super::ControlProps;
use super::frame::{Frame, use_asked};
use super::tree::{self, Move, Open, Row};
use crate::domain::annotation::Value;
use crate::domain::draft::Edit;
use crate::domain::schema::ControlKind;
use crate::ui::dom;
use crate::ui::hooks::{use_ctx, use_desk};
use crate::ui::icon::{Icon, icon};
use crate::ui::text::Word;
use std::rc::Rc;
use web_sys::{Element, HtmlInputElement};
use yew::prelude::*;

/// A searchable tree.
#[component]
pub fn TaxonomyControl(props: &ControlProps) -> Html {
    let ctx = use_ctx();
    let asked = use_asked(props);
    let chosen = {
        let ControlProps { name, region, .. } = props.clone();
        use_desk(props.seat, move |desk| match desk.draft.value_for(&name, region.as_ref()) {
            Some(Value::Taxonomy(paths)) => paths.clone(),
            _ => vec![],
        })
    };
    let search = use_state(String::new);
    let open = use_state(Open::new);
    let most = use_state(|| tree::ROWS);
    let now = use_state(|| 0usize);
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with(*now, move |_| {
            let Some(tree) = node.cast::<Element>() else { return };
            let focused = dom::active(&tree).is_some_and(|active| active == tree);
            if let Some(row) = tree.query_selector(".current").ok().flatten().filter(|_| focused) {
                dom::show(&row);
            }
        });
    }
    let control = asked.as_ref().and_then(|a| a.control(&props.name)).map(|c| &c.kind);
    let Some(ControlKind::Taxonomy { roots, leaves_only, max_usages }) = control else { return Html::default() };
    let (rows, total) = tree::rows(roots, &open, &search, *most);
    let rows = Rc::new(rows);
    let current = (*now).min(rows.len().saturating_sub(1));
    let toggle = {
        let (props, chosen, max) = (props.clone(), Rc::clone(&chosen), *max_usages);
        ctx.on(move |ctx, path: Vec<String>| {
            let value = Value::Taxonomy(tree::toggled(&chosen, &path, max));
            let edit = Edit::Set { control: props.name.to_string(), region: props.region.clone(), value };
            ctx.hub.edit(props.seat, edit);
        })
    };
    let act = {
        let (rows, toggle, open, now, leaves_only) =
            (Rc::clone(&rows), toggle.clone(), open.clone(), now.clone(), *leaves_only);
        Callback::from(move |what: Move| match what {
            Move::To(at) => now.set(at),
            Move::Open(at) => open.set([&(*open).clone(), &Open::from([at])].into_iter().flatten().cloned().collect()),
            Move::Shut(at) => open.set(open.iter().filter(|o| **o != at).cloned().collect()),
            Move::Choose(at) => {
                now.set(at);
                let Some(row) = rows.get(at) else { return };
                if row.leaf || !leaves_only {
                    toggle.emit(row.path.clone());
                } else if row.open {
                    open.set(open.iter().filter(|o| **o != row.at).cloned().collect());
                } else {
                    open.set(open.iter().cloned().chain([row.at.clone()]).collect());
                }
            }
        })
    };
    let onkeydown = {
        let (rows, act) = (Rc::clone(&rows), act.clone());
        Callback::from(move |event: KeyboardEvent| {
            if event.ctrl_key() || event.meta_key() || event.alt_key() {
                return;
            }
            if let Some(what) = tree::step(&rows, current, &event.key()) {
                event.prevent_default();
                event.stop_propagation();
                act.emit(what);
            }
        })
    };
    let onsearch = {
        let (search, now) = (search.clone(), now.clone());
        Callback::from(move |event: InputEvent| {
            let typed = event.target_dyn_into::<HtmlInputElement>().map(|i| i.value()).unwrap_or_default();
            now.set(0);
            search.set(typed);
        })
    };
    let id = |at: usize| format!("{}-{at}", props.name);
    html! {
        <Frame of={props.clone()} class="taxonomy">
            if !chosen.is_empty() {
                <ul class="crumbs" aria-label={ctx.t(Word::ChosenPaths)}>
                    for path in chosen.iter() {
                        <li key={path.join("\u{1f}")}>
                            { crumbs(&tree::words(roots, path)) }
                            <button type="button" class="plain" onclick={{ let (toggle, path) = (toggle.clone(), path.clone()); move |_: MouseEvent| toggle.emit(path.clone()) }}
                                aria-label={ctx.fill(Word::RemoveChosen, &[("name", path.last().map_or("", String::as_str))])}>
                                { icon(Icon::Cross) }
                            </button>
                        </li>
                    }
                </ul>
            }
            <input type="search" value={(*search).clone()} oninput={onsearch} placeholder={ctx.t(Word::SearchTaxonomy)}
                aria-label={ctx.t(Word::SearchTaxonomy)} autocomplete="off" />
            <div class="tree" role="tree" tabindex="0" ref={node} {onkeydown} aria-labelledby={format!("legend-{}", props.name)}
                aria-multiselectable="true" aria-activedescendant={(!rows.is_empty()).then(|| id(current))}>
                for (at, row) in rows.iter().enumerate() {
                    <TreeRow key={row.path.join("\u{1f}")} id={id(at)} {at} row={row.clone()} act={act.clone()}
                        current={at == current} chosen={chosen.contains(&row.path)} choosable={row.leaf || !leaves_only} />
                }
            </div>
            if rows.is_empty() {
                <p class="quiet">{ ctx.t(Word::NoMatch) }</p>
            }
            if total > rows.len() {
                <button type="button" class="plain" onclick={{ let most = most.clone(); move |_: MouseEvent| most.set(*most + tree::ROWS) }}>
                    { ctx.fill(Word::ShowMore, &[("n", &(total - rows.len()).min(tree::ROWS).to_string())]) }
                </button>
            }
        </Frame>
    }
}

#[derive(Properties, PartialEq)]
struct RowProps {
    id: String,
    at: usize,
    row: Row,
    act: Callback<Move>,
    current: bool,
    chosen: bool,
    choosable: bool,
}

#[component]
fn TreeRow(props: &RowProps) -> Html {
    let RowProps { id, at, row, act, current, chosen, choosable } = props;
    let depth = row.at.len().min(9);
    let class = classes!("node", format!("d{depth}"), current.then_some("current"), choosable.then_some("choosable"));
    let twist = if row.open { Move::Shut(row.at.clone()) } else { Move::Open(row.at.clone()) };
    let choose = {
        let (act, at) = (act.clone(), *at);
        move |_: MouseEvent| act.emit(Move::Choose(at))
    };
    let turn = {
        let act = act.clone();
        move |event: MouseEvent| {
            event.stop_propagation();
            act.emit(twist.clone());
        }
    };
    html! {
        <div id={id.clone()} {class} role="treeitem" aria-level={row.at.len().to_string()} title={row.hint.clone()}
            aria-expanded={(!row.leaf && row.above.is_empty()).then(|| row.open.to_string())}
            aria-selected={chosen.to_string()} onclick={choose}>
            if !row.leaf && row.above.is_empty() {
                <span class={classes!("twist", row.open.then_some("open"))} onclick={turn} aria-hidden="true">{ icon(Icon::Right) }</span>
            } else {
                <span class="twist" aria-hidden="true"></span>
            }
            if *choosable {
                <span class={classes!("box", chosen.then_some("on"))} aria-hidden="true">{ if *chosen { icon(Icon::Check) } else { Html::default() } }</span>
            }
            { crumbs(&row.above) }
            if !row.above.is_empty() {
                <span class="sep" aria-hidden="true">{ "›" }</span>
            }
            <span dir="auto">{ row.name.clone() }</span>
        </div>
    }
}

/// Words from root to node.
fn crumbs(words: &[String]) -> Html {
    html! {
        <span class="path">
            for (at, word) in words.iter().enumerate() {
                <span key={at} dir="auto">{ word.clone() }</span>
            }
        </span>
    }
}
