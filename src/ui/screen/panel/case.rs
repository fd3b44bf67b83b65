//! One case: everyone's answers side by side, what they marked, and the decision.

use super::answer::{self, Around};
use super::cases::Item;
use super::{Names, pick, sides, time, use_names};
use crate::domain::annotation::Answer;
use crate::domain::draft::Edit;
use crate::domain::id::TaskId;
use crate::ui::action::Action;
use crate::ui::desk::Seat;
use crate::ui::face::Door;
use crate::ui::hooks::{Ctx, use_ctx, use_desk, use_model};
use crate::ui::icon::{Icon, icon};
use crate::ui::screen::state::{Blank, Skeleton};
use crate::ui::text::{self, Word};
use crate::ui::title;
use crate::ui::widget::Key;
use crate::ui::widget::form::Form;
use crate::ui::widget::regions::Regions;
use crate::view::model::{CaseView, SideView, ViewKey};
use std::rc::Rc;
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

/// Properties of [`Case`].
#[derive(Properties, PartialEq)]
pub struct CaseProps {
    /// The task.
    pub task: TaskId,
    /// All cases, to go from one to the next.
    pub items: Rc<Vec<Item>>,
}

/// A case.
#[component]
pub fn Case(props: &CaseProps) -> Html {
    let ctx = use_ctx();
    let view = use_model::<CaseView>(ViewKey::Case { task: props.task.clone() });
    {
        // a case that was left for another tab is taken in hand again
        let (hub, task) = (Rc::clone(&ctx.hub), props.task.clone());
        use_effect_with((), move |()| {
            if hub.desk(Seat::Case, |desk| desk.task.as_ref() != Some(&task)) {
                hub.take_case(task);
            }
        });
    }
    let back = ctx.on(|ctx, _: MouseEvent| ctx.hub.change_face(Door::Panels, |face| face.case = None));
    let at = props.items.iter().position(|item| item.task == props.task);
    let go = |to: Option<usize>, word: Word, drawing: Icon| {
        let task = to.and_then(|to| props.items.get(to)).map(|item| item.task.clone());
        html! {
            <button type="button" class="tool" aria-label={ctx.t(word)} title={ctx.t(word)} disabled={task.is_none()}
                onclick={ctx.on(move |ctx, _: MouseEvent| if let Some(task) = &task { ctx.hub.take_case(task.clone()) })}>
                { icon(drawing) }
            </button>
        }
    };
    html! {
        <>
            <div class="head case-head">
                <button type="button" class="plain" onclick={back}>{ icon(Icon::Left) }{ ctx.t(Word::BackToList) }</button>
                <span class="gap"></span>
                { go(at.and_then(|at| at.checked_sub(1)), Word::PreviousCase, Icon::Left) }
                { go(at.map_or(Some(0), |at| Some(at + 1)), Word::NextCase, Icon::Right) }
            </div>
            if let Some(view) = view {
                <Settling {view} />
            } else {
                <Skeleton />
            }
        </>
    }
}

#[derive(Properties, PartialEq)]
struct SettlingProps {
    view: Rc<CaseView>,
}

#[component]
fn Settling(props: &SettlingProps) -> Html {
    let ctx = use_ctx();
    let names = use_names();
    let names = (*names).clone().unwrap_or_default();
    let view = &props.view;
    let title = ctx.fill(Word::CaseOf, &[("n", &view.task.ordinal.to_string())]);
    html! {
        <div class="case">
            <h3>{ title }</h3>
            if let Some(code) = &view.refused {
                { refused(&ctx, code, view.settled.is_none()) }
            }
            if let Some(settled) = &view.settled {
                { decision(&ctx, &names, view, settled) }
            }
            if view.sides.is_empty() {
                if view.refused.is_none() {
                    <Blank icon={Icon::Tray} title={ctx.t(Word::CaseNothing)} hint={ctx.t(Word::CaseNothingHint)} />
                }
            } else {
                <Comparison view={Rc::clone(view)} names={names.clone()} />
                { sides::marked(&ctx, &names, view) }
                if view.refused.is_none() {
                    <Decide view={Rc::clone(view)} />
                }
            }
        </div>
    }
}

/// Why this person may not settle it, and what to do.
fn refused(ctx: &Ctx, code: &str, hidden: bool) -> Html {
    let words = match code {
        "own-item" => ctx.t(Word::CaseOwnItem),
        "not-authorised" => ctx.t(Word::CaseNotAllowed),
        other => other,
    };
    html! {
        <div class="card notice-card" role="status">
            <p>{ icon(Icon::Warning) }<strong>{ words.to_owned() }</strong></p>
            if hidden {
                <p class="quiet">{ ctx.t(Word::CaseBlindHint) }</p>
            }
            <button type="button" onclick={ctx.on(|ctx, _: MouseEvent| Action::Profile.run(ctx))}>
                { icon(Icon::Person) }{ ctx.t(Word::SwitchProfile) }<Key action={Action::Profile} />
            </button>
        </div>
    }
}

/// What was decided.
fn decision(ctx: &Ctx, names: &Names, view: &CaseView, settled: &SideView) -> Html {
    let around = Around { ctx, schema: &view.task.schema, fields: &view.task.fields, sides: &[] };
    let asked = pick::compare(&view.task.schema, std::slice::from_ref(settled));
    html! {
        <section class="card good" aria-labelledby="decision">
            <h4 id="decision">
                { icon(Icon::Check) }
                { ctx.fill(Word::CaseSettledBy, &[("who", &names.plain(&settled.person))]) }
                { time(&settled.time) }
            </h4>
            <dl class="decided">
                for row in asked.into_iter().filter(|row| row.values.iter().any(Option::is_some)) {
                    <div key={row.control.name.as_str()}>
                        <dt dir="auto">{ title::of_control(ctx.hub.lang(), &view.task, &row.control.name) }</dt>
                        <dd>{ answer::draw(around, settled, row.control) }</dd>
                    </div>
                }
            </dl>
            if !settled.rationale.is_empty() {
                <blockquote dir="auto">{ settled.rationale.clone() }</blockquote>
            }
        </section>
    }
}

#[derive(Properties, PartialEq)]
struct ComparisonProps {
    view: Rc<CaseView>,
    names: Names,
}

/// The answers side by side: a row per control, a column per person.
#[component]
fn Comparison(props: &ComparisonProps) -> Html {
    let ctx = use_ctx();
    let ComparisonProps { view, names } = props;
    let draft = use_desk(Seat::Case, |desk| desk.draft.answers.clone());
    let rows = pick::compare(&view.task.schema, &view.sides);
    let reasons = view.sides.iter().any(|side| !side.rationale.is_empty());
    html! {
        <div class="compare-box" role="region" aria-label={ctx.t(Word::CaseAnswers)} tabindex="0">
            <table class="compare">
                <thead>
                    <tr>
                        <th scope="col">{ ctx.t(Word::ColumnControl) }</th>
                        for (at, side) in view.sides.iter().enumerate() {
                            <th key={at} scope="col">{ head(&ctx, names, view, side) }</th>
                        }
                    </tr>
                </thead>
                <tbody>
                    for row in rows.iter() {
                        { compared(&ctx, names, view, &draft, row) }
                    }
                    if reasons {
                        <tr>
                            <th scope="row">{ ctx.t(Word::CaseRationale) }</th>
                            for (at, side) in view.sides.iter().enumerate() {
                                <td key={at}>
                                    if side.rationale.is_empty() {
                                        <span class="quiet">{ ctx.t(Word::NoAnswer) }</span>
                                    } else {
                                        <blockquote dir="auto">{ side.rationale.clone() }</blockquote>
                                    }
                                </td>
                            }
                        </tr>
                    }
                </tbody>
            </table>
        </div>
    }
}

/// Who, when, and the button that takes all of it.
fn head(ctx: &Ctx, names: &Names, view: &CaseView, side: &SideView) -> Html {
    let (answers, who) = (side.answers.clone(), names.plain(&side.person));
    let name = format!("{}: {who}", ctx.t(Word::CaseTakeThis));
    let onclick = ctx.on(move |ctx, _: MouseEvent| {
        take(ctx, Some(Edit::TakePrediction { answers: answers.clone() }), &who);
    });
    html! {
        <>
            { names.draw(ctx, &side.person) }
            { time(&side.time) }
            if view.refused.is_none() {
                <button type="button" class="small" aria-label={name} {onclick}>{ ctx.t(Word::CaseTakeThis) }</button>
            }
        </>
    }
}

fn compared(ctx: &Ctx, names: &Names, view: &CaseView, draft: &[Answer], row: &pick::Compared<'_>) -> Html {
    let around = Around { ctx, schema: &view.task.schema, fields: &view.task.fields, sides: &view.sides };
    let heading = title::of_control(ctx.hub.lang(), &view.task, &row.control.name);
    let may = view.refused.is_none();
    html! {
        <tr key={row.control.name.as_str()} class={classes!(row.differs.then_some("differs"))}>
            <th scope="row">
                <span dir="auto">{ heading.clone() }</span>
                <span class={classes!("badge", if row.differs { "bad" } else { "good" })}>
                    { ctx.t(if row.differs { Word::CaseDiffers } else { Word::CaseSame }) }
                </span>
            </th>
            for (at, (side, value)) in view.sides.iter().zip(&row.values).enumerate() {
                <td key={at}>
                    { answer::draw(around, side, row.control) }
                    if may && value.is_some() {
                        { take_button(ctx, names, view, draft, side, row, &heading) }
                    }
                </td>
            }
        </tr>
    }
}

fn take_button(
    ctx: &Ctx,
    names: &Names,
    view: &CaseView,
    draft: &[Answer],
    side: &SideView,
    row: &pick::Compared<'_>,
    title: &str,
) -> Html {
    let schema = &view.task.schema;
    let on = pick::taken(schema, draft, &side.answers, row.control);
    let who = names.plain(&side.person);
    let name = ctx.fill(Word::TakeAnswerOf, &[("who", &who), ("control", title)]);
    let (schema, answers, control) = (Rc::clone(schema), side.answers.clone(), row.control.clone());
    let onclick = ctx.on(move |ctx, _: MouseEvent| {
        let edit = ctx.hub.desk(Seat::Case, |desk| pick::take(&schema, &desk.draft, &answers, &control));
        take(ctx, edit, &who);
    });
    html! {
        <button type="button" class="small take" aria-label={name} aria-pressed={on.to_string()} {onclick}>
            if on {
                { icon(Icon::Check) }
            }
            { ctx.t(Word::TakeAnswer) }
        </button>
    }
}

fn take(ctx: &Ctx, edit: Option<Edit>, who: &str) {
    if let Some(edit) = edit {
        ctx.hub.edit(Seat::Case, edit);
        ctx.hub.say_with(Door::Panels, Word::AnswerTaken, &[("who", who)]);
    }
}

/// The decision: the same form as for labeling, a reason, and the button.
#[component]
fn Decide(props: &SettlingProps) -> Html {
    let ctx = use_ctx();
    let view = &props.view;
    let why = use_state(String::new);
    let submitting = *use_desk(Seat::Case, |desk| desk.submitting);
    let empty = *use_desk(Seat::Case, |desk| desk.draft.answers.is_empty());
    let refused =
        use_desk(Seat::Case, |desk| desk.refused.clone().filter(|refusal| text::refusal_control(refusal).is_none()));
    let own = pick::rationale_control(&view.task.schema).is_some();
    let oninput = {
        let why = why.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(area) = event.target_dyn_into::<HtmlTextAreaElement>() {
                why.set(area.value());
            }
        })
    };
    let settle = {
        let (why, schema) = (why.clone(), Rc::clone(&view.task.schema));
        ctx.on(move |ctx, _: MouseEvent| {
            let said = ctx.hub.desk(Seat::Case, |desk| pick::rationale_text(&schema, &desk.draft));
            ctx.hub.settle(if said.is_empty() { &why } else { &said });
        })
    };
    html! {
        <section class="decide" aria-labelledby="decide">
            <h4 id="decide">{ ctx.t(Word::CaseYours) }</h4>
            <Form seat={Seat::Case} />
            <Regions seat={Seat::Case} />
            if !own {
                <label class="field">
                    <span>{ ctx.t(Word::CaseRationale) }</span>
                    <textarea rows="3" value={(*why).clone()} {oninput} />
                    <span class="quiet">{ ctx.t(Word::CaseRationaleHint) }</span>
                </label>
            }
            if let Some(refusal) = &*refused {
                <p class="problem" role="alert">{ text::refusal(ctx.hub.lang(), refusal) }</p>
            }
            <div class="row">
                <button type="button" class="primary" disabled={submitting || empty} onclick={settle}>
                    { ctx.t(if view.settled.is_some() { Word::CaseSettleAgain } else { Word::Settle }) }
                </button>
            </div>
        </section>
    }
}
