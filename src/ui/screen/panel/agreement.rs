//! How far people agree, control by control, with each other and with models, and where they do not.

use super::{Names, Waiting, control_title, figure, more, use_names, use_schema};
use crate::domain::id::AuthId;
use crate::domain::schema::Schema;
use crate::ui::action::Action;
use crate::ui::hooks::{Ctx, use_ctx, use_model};
use crate::ui::icon::{Icon, icon};
use crate::ui::screen::state::Blank;
use crate::ui::text::Word;
use crate::ui::widget::Key;
use crate::view::model::{AgreementView, ControlAgreementView, DisagreementView, ViewKey};
use crate::view::protocol::{AGREEMENT, Ask};
use std::rc::Rc;
use yew::prelude::*;

/// Disagreements drawn at first, and with each press on the button.
const PORTION: usize = 50;
/// People named beside a value; further ones are counted.
const NAMED: usize = 8;

/// The tab.
#[component]
pub fn Agreement() -> Html {
    let ctx = use_ctx();
    let Some(view) = use_model::<AgreementView>(ViewKey::Agreement) else { return html! { <Waiting /> } };
    if view.blind {
        return html! {
            <Blank icon={Icon::Eye} title={ctx.t(Word::AgreementBlind)} hint={ctx.t(Word::AgreementBlindHint)} />
        };
    }
    html! { <Figures {view} /> }
}

#[derive(Properties, PartialEq)]
struct FiguresProps {
    view: Rc<AgreementView>,
}

#[component]
fn Figures(props: &FiguresProps) -> Html {
    let ctx = use_ctx();
    let schema = use_schema();
    let schema = (*schema).as_deref();
    let view = &props.view;
    let between = view.shared_items > 0 && view.people.len() > 1;
    html! {
        <>
            if let Some(done) = view.progress {
                <div class="head" role="status">
                    <span>{ ctx.fill(Word::AgreementRunning, &[("n", &done.to_string())]) }</span>
                    <progress max="100" value={done.to_string()} aria-label={ctx.t(Word::Working)}></progress>
                    <button type="button" onclick={ctx.on(|ctx, _: MouseEvent| { ctx.hub.ask(Ask::Cancel { ask: AGREEMENT }, |_, _| {}); })}>
                        { ctx.t(Word::Cancel) }
                    </button>
                </div>
            }
            if view.stopped {
                <div class="head" role="status">
                    <span>{ ctx.t(Word::AgreementStopped) }</span>
                    <button type="button" onclick={ctx.on(|ctx, _: MouseEvent| { ctx.hub.ask(Ask::Watch { key: ViewKey::Agreement }, |_, _| {}); })}>
                        { ctx.t(Word::TryAgain) }
                    </button>
                </div>
            }
            if between {
                <p class="lead">
                    { ctx.fill(Word::AgreementShared, &[("n", &view.shared_items.to_string()), ("people", &view.people.len().to_string())]) }
                    { " " }
                    <span class="quiet">{ ctx.t(Word::AgreementBefore) }</span>
                </p>
                { group(&ctx, schema, "between", Word::BetweenPeople, None, &view.controls) }
            } else if view.progress.is_none() && !view.stopped {
                <Blank icon={Icon::People} title={ctx.t(Word::AgreementNone)} hint={ctx.t(Word::AgreementNoneHint)}>
                    <button type="button" onclick={ctx.on(|ctx, _: MouseEvent| Action::Profile.run(ctx))}>
                        { ctx.t(Word::SwitchProfile) }<Key action={Action::Profile} />
                    </button>
                </Blank>
            }
            { group(&ctx, schema, "imported", Word::ImportedAnswers, Some(Word::ImportedAnswersHint), &view.imported) }
            { group(&ctx, schema, "models", Word::AgainstModel, Some(Word::AgainstModelHint), &view.against_model) }
            if between || !view.disagreements.is_empty() {
                <Disagreements view={Rc::clone(view)} />
            }
        </>
    }
}

fn group(
    ctx: &Ctx,
    schema: Option<&Schema>,
    id: &'static str,
    title: Word,
    hint: Option<Word>,
    controls: &[ControlAgreementView],
) -> Html {
    if controls.is_empty() {
        return Html::default();
    }
    html! {
        <section class="group" aria-labelledby={id}>
            <h3 {id}>{ ctx.t(title) }</h3>
            if let Some(hint) = hint {
                <p class="quiet">{ ctx.t(hint) }</p>
            }
            for control in controls.iter() {
                <div key={format!("{} {}", control.control, control.pair)}>{ figure::table(ctx, schema, control) }</div>
            }
        </section>
    }
}

#[component]
fn Disagreements(props: &FiguresProps) -> Html {
    let ctx = use_ctx();
    let names = use_names();
    let names = (*names).clone().unwrap_or_default();
    let schema = use_schema();
    let most = use_state(|| PORTION);
    let view = &props.view;
    let all = &view.disagreements;
    let shown = all.len().min(*most);
    let onmore = {
        let most = most.clone();
        Callback::from(move |_: MouseEvent| most.set(*most + PORTION))
    };
    html! {
        <section class="group" aria-labelledby="disagreements">
            <h3 id="disagreements">{ ctx.fill(Word::DisagreementsCount, &[("n", &view.disagreements_total.to_string())]) }</h3>
            if all.is_empty() {
                <p class="quiet">{ icon(Icon::Check) }{ ctx.t(Word::NoDisagreements) }</p>
            }
            <ul class="disagreements">
                for (at, one) in all.iter().take(shown).enumerate() {
                    <li key={at}>{ disagreement(&ctx, (*schema).as_deref(), &names, one) }</li>
                }
            </ul>
            { more(&ctx, shown, all.len(), PORTION, onmore) }
            if all.len() < view.disagreements_total as usize {
                <p class="quiet hint">
                    { ctx.fill(Word::ShownOf, &[("n", &all.len().to_string()), ("total", &view.disagreements_total.to_string())]) }
                </p>
            }
        </section>
    }
}

fn disagreement(ctx: &Ctx, schema: Option<&Schema>, names: &Names, one: &DisagreementView) -> Html {
    let word = if one.task.is_some() { Word::DisagreementOn } else { Word::DisagreementOnItem };
    let item = ctx.fill(word, &[("item", &one.item)]);
    let control = control_title(ctx, schema, &one.control);
    html! {
        <>
            <div class="where">
                <strong>{ item.clone() }</strong>
                <span dir="auto" class="quiet">{ control.clone() }</span>
                if one.settled {
                    <span class="badge good">{ icon(Icon::Check) }{ ctx.t(Word::Settled) }</span>
                }
                if let Some(task) = one.task.clone() {
                    <button type="button" class="small" aria-label={format!("{} {item}, {control}", ctx.t(if one.settled { Word::Open } else { Word::SettleDots }))}
                        onclick={ctx.on(move |ctx, _: MouseEvent| ctx.hub.take_case(task.clone()))}>
                        { ctx.t(if one.settled { Word::Open } else { Word::SettleDots }) }
                    </button>
                }
            </div>
            <dl class="said">
                for (value, people) in by_value(&one.values) {
                    <div key={value}>
                        <dt dir="auto">{ value.to_owned() }</dt>
                        <dd>
                            for (at, who) in people.iter().take(NAMED).enumerate() {
                                <span key={at} class="one">{ names.draw(ctx, who) }</span>
                            }
                            if people.len() > NAMED {
                                <span class="quiet">{ ctx.fill(Word::ComplaintsMore, &[("n", &(people.len() - NAMED).to_string())]) }</span>
                            }
                        </dd>
                    </div>
                }
            </dl>
        </>
    }
}

/// People by what they said, the value of most people first.
fn by_value(values: &[(AuthId, String)]) -> Vec<(&str, Vec<&AuthId>)> {
    let mut groups: Vec<(&str, Vec<&AuthId>)> = vec![];
    for (who, value) in values {
        match groups.iter_mut().find(|(v, _)| v == value) {
            Some((_, people)) => people.push(who),
            None => groups.push((value, vec![who])),
        }
    }
    groups.sort_by_key(|(_, people)| std::cmp::Reverse(people.len()));
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_stand_with_what_they_said() {
        let values: Vec<(AuthId, String)> =
            [("a", "no"), ("b", "yes"), ("c", "yes")].map(|(who, v)| (who.into(), v.to_owned())).into();
        let found: Vec<_> = by_value(&values)
            .into_iter()
            .map(|(v, people)| (v, people.iter().map(|p| p.as_str()).collect::<Vec<_>>()))
            .collect();
        assert_eq!(found, [("yes", vec!["b", "c"]), ("no", vec!["a"])]);
    }
}
