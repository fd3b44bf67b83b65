//! One answer, drawn to be read.

use super::pick;
use crate::domain::annotation::{Answer, Span, Value};
use crate::domain::schema::{Control, ControlKind, Schema};
use crate::ui::desk::excerpt;
use crate::ui::hooks::Ctx;
use crate::ui::palette;
use crate::ui::text::Word;
use crate::ui::title;
use crate::view::model::{FieldView, SideView};
use yew::prelude::*;

/// Spans drawn of one answer; further ones are counted.
const SPANS: usize = 60;

/// What surrounds an answer.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    /// For words.
    pub ctx: &'a Ctx,
    /// The schema.
    pub schema: &'a Schema,
    /// The texts.
    pub fields: &'a [FieldView],
    /// Everyone's answers, to mark spans that not everyone has.
    pub sides: &'a [SideView],
}

/// The answer of one side to one control.
pub fn draw(around: Around<'_>, side: &SideView, control: &Control) -> Html {
    match pick::value(&side.answers, &control.name) {
        None => html! { <span class="quiet">{ around.ctx.t(Word::NoAnswer) }</span> },
        Some(Value::Spans(spans)) => draw_spans(around, side, control, spans),
        Some(value) => draw_value(around, control, value),
    }
}

fn draw_value(around: Around<'_>, control: &Control, value: &Value) -> Html {
    match value {
        Value::Choices(values) => html! {
            <ul class="values">
                for value in values.iter() {
                    <li key={value.as_str()} class="value" dir="auto">{ palette::shown(around.schema, &control.name, value).to_owned() }</li>
                }
            </ul>
        },
        Value::Taxonomy(paths) => html! {
            <ul class="values">
                for (at, path) in paths.iter().enumerate() {
                    <li key={at} class="value" dir="auto">{ path.join(" › ") }</li>
                }
            </ul>
        },
        Value::Text(texts) => html! {
            <>
                for (at, text) in texts.iter().enumerate() {
                    <blockquote key={at} dir="auto">{ text.clone() }</blockquote>
                }
            </>
        },
        Value::Rating(stars) => {
            let max = match control.kind {
                ControlKind::Rating { max } => max,
                _ => *stars,
            };
            let words = around.ctx.fill(Word::StarsOf, &[("n", &stars.to_string()), ("max", &max.to_string())]);
            html! { <span class="value">{ words }</span> }
        }
        Value::Spans(_) => Html::default(),
    }
}

fn draw_spans(around: Around<'_>, side: &SideView, control: &Control, spans: &[Span]) -> Html {
    let mut order: Vec<&Span> = spans.iter().collect();
    order.sort_by_key(|s| (s.start, s.end));
    html! {
        <>
            <ul class="values spans">
                for (at, span) in order.iter().take(SPANS).enumerate() {
                    <li key={at}>{ draw_span(around, side, control, span) }</li>
                }
            </ul>
            if order.len() > SPANS {
                <p class="quiet">{ around.ctx.fill(Word::ComplaintsMore, &[("n", &(order.len() - SPANS).to_string())]) }</p>
            }
        </>
    }
}

fn draw_span(around: Around<'_>, side: &SideView, control: &Control, span: &Span) -> Html {
    let Around { ctx, schema, fields, sides } = around;
    let first = span.labels.first().map_or("", String::as_str);
    let colour = palette::colour_of(schema, &control.name, first);
    let labels: Vec<_> = span.labels.iter().map(|l| palette::shown(schema, &control.name, l)).collect();
    let name = span.field.as_ref().or(control.to_fields.first());
    let text = fields.iter().find(|f| Some(&f.name) == name).map(|f| excerpt(&f.text, span)).unwrap_or_default();
    let alone = pick::stands_alone(schema, sides, side, &control.name, span);
    html! {
        <>
            <span class={classes!("span", alone.then_some("alone"))} title={alone.then(|| ctx.t(Word::CaseDiffers))}>
                <b class={format!("tag l{colour}")} dir="auto">{ labels.join(", ") }</b>
                <q dir="auto">{ text }</q>
                if alone {
                    <span class="unseen">{ ctx.t(Word::CaseDiffers) }</span>
                }
            </span>
            { draw_about(around, &pick::about(schema, &side.answers, span)) }
        </>
    }
}

/// What is said about one span.
fn draw_about(around: Around<'_>, said: &[&Answer]) -> Html {
    if said.is_empty() {
        return Html::default();
    }
    html! {
        <dl class="about">
            for answer in said.iter() {
                if let Some(control) = around.schema.control(&answer.control) {
                    <div key={answer.control.as_str()}>
                        <dt dir="auto">{ title::without_layout(around.ctx.hub.lang(), control) }</dt>
                        <dd>{ draw_value(around, control, &answer.value) }</dd>
                    </div>
                }
            }
        </dl>
    }
}
