//! `<countersign-panels>`: everything around the labeling, one tab at a time. Only the open tab is drawn, so only its
//! view is asked of the worker.

use super::RootProps;
use super::panel::{activity, agreement, cases, people, project, sync, tasks};
use super::root::{Root, use_shell};
use crate::ui::action::Action;
use crate::ui::dom;
use crate::ui::face::{Door, Tab};
use crate::ui::hooks::{Ctx, use_ctx, use_face, use_hub};
use crate::ui::hub::Topic;
use crate::ui::icon::{Icon, icon};
use crate::ui::keymap;
use crate::ui::text::Word;
use crate::ui::tool::files::DropZone;
use yew::prelude::*;

/// The panels.
#[component]
pub fn Panels(props: &RootProps) -> Html {
    html! { <Root hub={props.hub.clone()} door={Door::Panels}><Frame /></Root> }
}

/// How much room the panels take beside the labeling.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Width {
    Folded,
    Normal,
    Wide,
}

impl Width {
    const KEY: &'static str = "panels-width";

    fn recall(ctx: &Ctx) -> Self {
        match (ctx.hub.host.recall)(Self::KEY).as_deref() {
            Some("folded") => Self::Folded,
            Some("wide") => Self::Wide,
            _ => Self::Normal,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Folded => "folded",
            Self::Normal => "normal",
            Self::Wide => "wide",
        }
    }
}

fn word(tab: Tab) -> Word {
    match tab {
        Tab::Tasks => Word::Tasks,
        Tab::Activity => Word::Activity,
        Tab::Agreement => Word::Agreement,
        Tab::Cases => Word::Cases,
        Tab::People => Word::People,
        Tab::Sync => Word::Sync,
        Tab::Project => Word::Project,
    }
}

fn id(tab: Tab) -> &'static str {
    match tab {
        Tab::Tasks => "tab-tasks",
        Tab::Activity => "tab-activity",
        Tab::Agreement => "tab-agreement",
        Tab::Cases => "tab-cases",
        Tab::People => "tab-people",
        Tab::Sync => "tab-sync",
        Tab::Project => "tab-project",
    }
}

#[component]
fn Frame() -> Html {
    let ctx = use_ctx();
    let tab = *use_face(|face| face.tab);
    let width = {
        let ctx = ctx.clone();
        use_state(move || Width::recall(&ctx))
    };
    let set = {
        let width = width.clone();
        ctx.on(move |ctx, to: Width| {
            (ctx.hub.host.remember)(Width::KEY, to.name());
            width.set(to);
        })
    };
    {
        // a tab chosen from the palette unfolds the panels and comes into sight in the strip
        let (ctx, set, width, before) = (ctx.clone(), set.clone(), *width, use_mut_ref(|| tab));
        use_effect_with(tab, move |tab| {
            // when they are mounted nothing moves: on a phone the person is at the text above them
            if before.replace(*tab) == *tab {
                return;
            }
            if width == Width::Folded {
                set.emit(Width::Normal);
            }
            show_tab(&ctx, *tab);
        });
    }
    {
        // the host page gives the room, so it hears how much is wanted
        let root = ctx.root.clone();
        use_effect_with(*width, move |width| {
            let host = dom::element(&root).and_then(|root| dom::shadow(&root)).map(|shadow| shadow.host());
            if let Some(host) = host {
                drop(host.set_attribute("data-width", width.name()));
            }
        });
    }
    let tool = |word: Word, drawing: Icon, to: Width| {
        html! {
            <button type="button" class="tool" aria-label={ctx.t(word)} title={ctx.t(word)} onclick={set.reform(move |_: MouseEvent| to)}>
                { icon(drawing) }
            </button>
        }
    };
    if *width == Width::Folded {
        return html! { <div class="frame folded">{ tool(Word::ShowPanels, Icon::Left, Width::Normal) }</div> };
    }
    let wider = match *width {
        Width::Wide => tool(Word::NarrowPanels, Icon::Right, Width::Normal),
        _ => tool(Word::WidenPanels, Icon::Left, Width::Wide),
    };
    html! {
        <DropZone class={classes!("frame", width.name())}>
            <div class="strip">
                <Tabs {tab} />
                <div class="tools">
                    <span class="only-beside">{ wider }</span>
                    { tool(Word::HidePanels, Icon::Cross, Width::Folded) }
                </div>
            </div>
            <div key={id(tab)} class={classes!("panel", word_class(tab))} role="tabpanel" aria-labelledby={id(tab)} tabindex="-1">
                { open(tab) }
            </div>
        </DropZone>
    }
}

fn word_class(tab: Tab) -> &'static str {
    id(tab).strip_prefix("tab-").unwrap_or_default()
}

fn open(tab: Tab) -> Html {
    match tab {
        Tab::Tasks => html! { <tasks::Tasks /> },
        Tab::Activity => html! { <activity::Activity /> },
        Tab::Agreement => html! { <agreement::Agreement /> },
        Tab::Cases => html! { <cases::Cases /> },
        Tab::People => html! { <people::People /> },
        Tab::Sync => html! { <sync::Sync /> },
        Tab::Project => html! { <project::Project /> },
    }
}

fn show_tab(ctx: &Ctx, tab: Tab) {
    let found = dom::element(&ctx.root).and_then(|root| root.query_selector(&format!("#{}", id(tab))).ok().flatten());
    if let Some(found) = found {
        dom::show(&found);
    }
}

#[derive(Properties, PartialEq)]
struct TabsProps {
    tab: Tab,
}

/// The strip of tabs: one stop for the tab key, arrows between them.
#[component]
fn Tabs(props: &TabsProps) -> Html {
    let ctx = use_ctx();
    let now = props.tab;
    let marks = use_shell(|shell| (shell.pending.iter().sum::<u32>(), shell.complaints.len()));
    let single = use_hub(Topic::Frame, |hub| hub.settings().single_keys);
    let hint = |tab: Tab| keymap::hint(ctx.t(word(tab)), Action::Show(tab).key(*single).as_deref());
    let mark = |tab: Tab| match (&*marks, tab) {
        (Some((pending, _)), Tab::Sync) if *pending > 0 => Some(pending.to_string()),
        (Some((_, complaints)), Tab::Project) if *complaints > 0 => Some(complaints.to_string()),
        _ => None,
    };
    let onkeydown = ctx.on(move |ctx, event: KeyboardEvent| {
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        if let Some(to) = step(now, &event.key()) {
            event.prevent_default();
            event.stop_propagation();
            choose(ctx, to);
            dom::focus(&ctx.root, &format!("#{}", id(to)));
        }
    });
    html! {
        <div class="tabs" role="tablist" aria-label={ctx.t(Word::Panels)} {onkeydown}>
            for tab in Tab::ALL {
                <button key={id(tab)} id={id(tab)} type="button" role="tab" aria-selected={(tab == now).to_string()}
                    title={hint(tab)} aria-keyshortcuts={keymap::aria(Action::Show(tab).key(*single).as_deref())}
                    tabindex={if tab == now { "0" } else { "-1" }} onclick={ctx.on(move |ctx, _: MouseEvent| choose(ctx, tab))}>
                    { ctx.t(word(tab)) }
                    if let Some(count) = mark(tab) {
                        <span class="count">{ count }</span>
                    }
                </button>
            }
        </div>
    }
}

fn choose(ctx: &Ctx, tab: Tab) {
    ctx.hub.change_face(Door::Panels, |face| face.tab = tab);
}

/// Where a key leads from a tab; round again at the ends.
fn step(from: Tab, key: &str) -> Option<Tab> {
    let count = Tab::ALL.len();
    let at = Tab::ALL.iter().position(|tab| *tab == from)?;
    let to = match key {
        "ArrowRight" | "ArrowDown" => (at + 1) % count,
        "ArrowLeft" | "ArrowUp" => (at + count - 1) % count,
        "Home" => 0,
        "End" => count - 1,
        _ => return None,
    };
    Tab::ALL.get(to).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_between_tabs() {
        for (from, key, to) in [
            (Tab::Tasks, "ArrowRight", Some(Tab::Activity)),
            (Tab::Tasks, "ArrowLeft", Some(Tab::Project)),
            (Tab::Project, "ArrowRight", Some(Tab::Tasks)),
            (Tab::Cases, "Home", Some(Tab::Tasks)),
            (Tab::Cases, "End", Some(Tab::Project)),
            (Tab::Cases, "x", None),
        ] {
            assert_eq!(step(from, key), to, "{from:?} {key}");
        }
    }
}
