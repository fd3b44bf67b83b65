//! What a model said, in short, and the buttons that take it.

use super::Key;
use crate::domain::annotation::{Answer, Value};
use crate::domain::event::PredictionUse;
use crate::domain::schema::{ControlKind, Schema};
use crate::ui::action::Action;
use crate::ui::desk::Seat;
use crate::ui::hooks::{Ctx, use_ctx, use_desk};
use crate::ui::palette;
use crate::ui::text::Word;
use crate::ui::title;
use crate::ui::widget::tree;
use yew::prelude::*;

/// The strip with the prediction on the screen.
#[component]
pub fn PredictionStrip() -> Html {
    let ctx = use_ctx();
    let state = use_desk(Seat::Label, |desk| {
        let view = desk.view.as_ref()?;
        let prediction = view.predictions.get(desk.prediction)?.clone();
        Some((prediction, view.predictions.len(), view.schema.clone(), desk.draft.prediction))
    });
    let Some((prediction, count, schema, used)) = &*state else { return Html::default() };
    let run = |action: Action| ctx.on(move |ctx, _: MouseEvent| action.run(ctx));
    let state = match used {
        Some(PredictionUse::Accepted) => ctx.t(Word::PredictionInUse),
        Some(PredictionUse::Edited) => ctx.t(Word::PredictionEdited),
        None => "",
    };
    html! {
        <section class="prediction" aria-label={ctx.t(Word::Prediction)}>
            <p class="said">
                <strong>{ ctx.fill(Word::PredictionOf, &[("model", &prediction.name)]) }</strong>
                { " " }
                if !prediction.score.is_empty() {
                    <span class="score">{ ctx.fill(Word::Score, &[("score", &prediction.score)]) }</span>
                }
                if !state.is_empty() {
                    <span class="badge good">{ state }</span>
                }
            </p>
            <Answers answers={prediction.answers.clone()} schema={schema.clone()} />
            <div class="row">
                <button type="button" onclick={run(Action::Accept)}>{ ctx.t(Word::Accept) }<Key action={Action::Accept} /></button>
                <button type="button" onclick={run(Action::EditPrediction)}>{ ctx.t(Word::EditPrediction) }<Key action={Action::EditPrediction} /></button>
                if *count > 1 {
                    <button type="button" class="plain" onclick={run(Action::NextPrediction)}>{ ctx.t(Word::NextPrediction) }<Key action={Action::NextPrediction} /></button>
                }
            </div>
        </section>
    }
}

/// Properties of [`Answers`].
#[derive(Properties, PartialEq)]
pub struct AnswersProps {
    /// What was answered.
    pub answers: Vec<Answer>,
    /// The schema, for words.
    pub schema: std::rc::Rc<Schema>,
    /// Spans with their words, from these fields, where they are to be listed one by one.
    #[prop_or_default]
    pub fields: Option<std::rc::Rc<Vec<crate::view::model::FieldView>>>,
}

/// Answers as a list of names and values.
#[component]
pub fn Answers(props: &AnswersProps) -> Html {
    let ctx = use_ctx();
    let whole = props.answers.iter().filter(|a| a.region.is_none());
    let lang = ctx.hub.lang();
    let view = ctx.hub.desk(ctx.door.seat(), |desk| desk.view.clone());
    let name = |control: &str| match &view {
        Some(view) => title::of_control(lang, view, control),
        None => title::by_name(lang, &props.schema, control),
    };
    html! {
        <dl class="answers">
            for answer in whole {
                <div key={answer.control.as_str()}>
                    <dt dir="auto">{ led(name(&answer.control)) }</dt>
                    <dd dir="auto">{ value(&ctx, props, answer) }</dd>
                </div>
            }
        </dl>
    }
}

/// A title with the colon that leads to its answer, unless it ends with a mark of its own.
fn led(mut title: String) -> String {
    if title.ends_with(char::is_alphanumeric) {
        title.push(':');
    }
    title
}

fn value(ctx: &Ctx, props: &AnswersProps, answer: &Answer) -> Html {
    let schema = &props.schema;
    let text = match &answer.value {
        Value::Choices(values) => {
            let names: Vec<_> = values.iter().map(|v| palette::shown(schema, &answer.control, v)).collect();
            names.join(", ")
        }
        Value::Taxonomy(paths) => {
            let roots = match schema.control(&answer.control).map(|c| &c.kind) {
                Some(ControlKind::Taxonomy { roots, .. }) => roots.as_slice(),
                _ => &[],
            };
            paths.iter().map(|p| tree::words(roots, p).join(" › ")).collect::<Vec<_>>().join(", ")
        }
        Value::Text(texts) => texts.join(" / "),
        Value::Rating(stars) => "★".repeat((*stars).min(20) as usize),
        Value::Spans(spans) => match &props.fields {
            Some(fields) => return listed(fields, schema, &answer.control, spans),
            None => ctx.fill(Word::PredictionSpans, &[("n", &spans.len().to_string())]),
        },
    };
    html! { { text } }
}

/// Spans one by one, at most fifty.
fn listed(
    fields: &[crate::view::model::FieldView],
    schema: &Schema,
    control: &str,
    spans: &[crate::domain::annotation::Span],
) -> Html {
    let first = schema.control(control).and_then(|c| c.to_fields.first()).map_or("", String::as_str);
    html! {
        <ul class="list">
            for (at, span) in spans.iter().take(50).enumerate() {
                <li key={at}>
                    for (n, label) in span.labels.iter().enumerate() {
                        <b key={n} class={format!("chip l{}", palette::colour_of(schema, control, label))}
                            data-label={palette::shown(schema, control, label).to_owned()}><span class="unseen">{ palette::shown(schema, control, label).to_owned() }</span></b>
                    }
                    <span dir="auto">{ fields.iter().find(|f| f.name == span.field.as_deref().unwrap_or(first))
                        .map(|f| crate::ui::desk::excerpt(&f.text, span)).unwrap_or_default() }</span>
                </li>
            }
        </ul>
    }
}
