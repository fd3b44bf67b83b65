//! The tabs of the panels, and what they share.

pub mod activity;
pub mod agreement;
pub mod answer;
pub mod audit;
pub mod case;
pub mod cases;
pub mod endpoint;
pub mod figure;
pub mod find;
pub mod list;
pub mod people;
pub mod pick;
pub mod profiles;
pub mod project;
pub mod results;
pub mod sides;
pub mod sync;
pub mod tasks;

use super::root::use_shell;
use super::state::{Blank, Skeleton};
use crate::domain::event::Role;
use crate::domain::id::AuthId;
use crate::domain::schema::Schema;
use crate::ui::action::Action;
use crate::ui::desk::{Phase, Seat};
use crate::ui::hooks::{Ctx, use_ctx, use_desk};
use crate::ui::icon::Icon;
use crate::ui::text::{self, Word};
use crate::ui::title;
use crate::ui::widget::Key;
use std::collections::BTreeMap;
use std::rc::Rc;
use yew::prelude::*;

/// A tab whose view is not here: it is on its way, or there is no project, or it could not be opened.
#[component]
pub fn Waiting() -> Html {
    let ctx = use_ctx();
    let phase = use_desk(Seat::Label, |desk| desk.phase.clone());
    let open = use_shell(|_| ()).is_some();
    let button = html! {
        <button type="button" class="primary" onclick={ctx.on(|ctx, _: MouseEvent| Action::OpenProject.run(ctx))}>
            { ctx.t(Word::OpenProject) }<Key action={Action::OpenProject} />
        </button>
    };
    match &*phase {
        Phase::Failed(trouble) if !open => html! {
            <Blank icon={Icon::Warning} bad=true title={ctx.t(Word::CouldNotOpen)} hint={text::trouble(ctx.hub.lang(), trouble)}>
                { button }
            </Blank>
        },
        Phase::Closed | Phase::Done if !open => html! {
            <Blank icon={Icon::Tray} title={ctx.t(Word::NothingOpen)} hint={ctx.t(Word::NothingOpenHint)}>{ button }</Blank>
        },
        _ => html! { <Skeleton /> },
    }
}

/// Who is who on this device: names that never leave it, and who labels here now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    me: AuthId,
    labels: BTreeMap<AuthId, String>,
}

impl Names {
    /// The name of a person as plain text: `ann-01 (Ana)`.
    pub fn plain(&self, who: &AuthId) -> String {
        match self.labels.get(who) {
            Some(label) if !label.is_empty() => format!("{who} ({label})"),
            _ => who.to_string(),
        }
    }

    /// The name of a person, with their name on this device and whether it is oneself.
    pub fn draw(&self, ctx: &Ctx, who: &AuthId) -> Html {
        let label = self.labels.get(who).filter(|label| !label.is_empty());
        html! {
            <span class="who">
                <bdi class="pseudonym">{ who.to_string() }</bdi>
                if let Some(label) = label {
                    <bdi class="quiet">{ format!(" {label}") }</bdi>
                }
                if *who == self.me {
                    <span class="quiet">{ format!(" · {}", ctx.t(Word::You)) }</span>
                }
            </span>
        }
    }
}

/// Who is who, from the frame of the project.
#[hook]
pub fn use_names() -> Rc<Option<Names>> {
    use_shell(|shell| Names {
        me: shell.me.authid.clone(),
        labels: shell.profiles.iter().map(|p| (p.authid.clone(), p.label.clone())).collect(),
    })
}

/// The schema, for titles.
#[hook]
pub fn use_schema() -> Rc<Option<Rc<Schema>>> {
    use_shell(|shell| Rc::clone(&shell.schema))
}

/// The words above a control, by its name: as the task on the screen lays it out where there is one, else from the schema;
/// the name where the schema has none.
pub fn control_title(ctx: &Ctx, schema: Option<&Schema>, control: &str) -> String {
    let lang = ctx.hub.lang();
    match (ctx.hub.desk(Seat::Label, |desk| desk.view.clone()), schema) {
        (Some(view), _) => title::of_control(lang, &view, control),
        (None, Some(schema)) => title::by_name(lang, schema, control),
        (None, None) => control.to_owned(),
    }
}

/// Every role, in the order they are shown.
pub const ROLES: [Role; 4] = [Role::Admin, Role::Annotator, Role::Reviewer, Role::Adjudicator];

/// Roles as words.
pub fn roles_text(ctx: &Ctx, roles: &[Role]) -> String {
    if roles.is_empty() {
        return ctx.t(Word::NoRoles).to_owned();
    }
    let words: Vec<_> =
        ROLES.iter().filter(|r| roles.contains(r)).map(|role| text::role(ctx.hub.lang(), *role)).collect();
    words.join(", ")
}

/// Properties of [`RoleBoxes`].
#[derive(Properties, PartialEq)]
pub struct RoleProps {
    /// What they are for.
    pub legend: AttrValue,
    /// Those that are ticked.
    pub chosen: Vec<Role>,
    /// Hears the new list.
    pub onchange: Callback<Vec<Role>>,
}

/// A box for each role.
#[component]
pub fn RoleBoxes(props: &RoleProps) -> Html {
    let ctx = use_ctx();
    html! {
        <fieldset class="roles">
            <legend>{ props.legend.clone() }</legend>
            for (at, role) in ROLES.into_iter().enumerate() {
                <label key={at} class="tick">
                    <input type="checkbox" checked={props.chosen.contains(&role)} onchange={
                        let (chosen, onchange) = (props.chosen.clone(), props.onchange.clone());
                        move |_: Event| onchange.emit(ROLES.into_iter().filter(|r| (*r == role) != chosen.contains(r)).collect())
                    } />
                    { text::role(ctx.hub.lang(), role) }
                </label>
            }
        </fieldset>
    }
}

/// A time of the record for people: `2026-07-03 10:00:00`.
pub fn time(rfc3339: &str) -> Html {
    let shown = rfc3339.replacen('T', " ", 1);
    let shown = shown.trim_end_matches('Z').to_owned();
    html! { <time datetime={rfc3339.to_owned()}>{ shown }</time> }
}

/// The end of a device's key, to tell devices apart.
pub fn short_key(device: &str) -> String {
    let count = device.chars().count();
    device.chars().skip(count.saturating_sub(8)).collect()
}

/// The button that shows more rows of a list that is cut short.
pub fn more(ctx: &Ctx, shown: usize, total: usize, step: usize, then: Callback<MouseEvent>) -> Html {
    let left = total.saturating_sub(shown).min(step);
    if left == 0 {
        return Html::default();
    }
    html! {
        <button type="button" class="more" onclick={then}>{ ctx.fill(Word::ShowMoreRows, &[("n", &left.to_string())]) }</button>
    }
}
