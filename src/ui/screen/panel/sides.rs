//! A text as each person marked it, beside each other, to be read only.

use super::Names;
use crate::domain::annotation::{Answer, Value};
use crate::domain::schema::{ControlKind, Schema};
use crate::ui::hooks::Ctx;
use crate::ui::palette;
use crate::ui::surface::plan::plan;
use crate::ui::surface::run::{Mark, Run, cut};
use crate::ui::text::{Word, describe_entity};
use crate::view::model::{CaseView, FieldView};
use yew::prelude::*;

/// Code points of a text that are drawn here; the rest stands in the form below.
const MOST: usize = 20_000;

/// The texts on which anyone marked a span, once per person; other texts stand in the form below.
pub fn marked(ctx: &Ctx, names: &Names, case: &CaseView) -> Html {
    let schema = &case.task.schema;
    let fields: Vec<&FieldView> = case.task.fields.iter().filter(|f| is_marked(schema, f)).collect();
    if fields.is_empty() || case.sides.is_empty() {
        return Html::default();
    }
    html! {
        <details class="fold marked" open=true>
            <summary>{ ctx.t(Word::TextsAsMarked) }</summary>
            for field in fields {
                <div key={field.name.as_str()} class="columns">
                    for (at, side) in case.sides.iter().enumerate() {
                        <section key={at} class="column">
                            <h4>{ names.draw(ctx, &side.person) }</h4>
                            { text(schema, field, &side.answers) }
                        </section>
                    }
                </div>
            }
        </details>
    }
}

fn is_marked(schema: &Schema, field: &FieldView) -> bool {
    let asked = |c: &&crate::domain::schema::Control| matches!(c.kind, ControlKind::Labels { .. });
    schema.controls.iter().filter(asked).any(|c| c.to_fields.contains(&field.name))
}

fn marks(schema: &Schema, field: &FieldView, answers: &[Answer]) -> Vec<Mark> {
    let mut marks = vec![];
    for answer in answers.iter().filter(|a| a.region.is_none()) {
        let (Value::Spans(spans), Some(control)) = (&answer.value, schema.control(&answer.control)) else { continue };
        let first = control.to_fields.first();
        for span in spans.iter().filter(|s| s.field.as_ref().or(first) == Some(&field.name)) {
            let label = span.labels.first().map_or("", String::as_str);
            let names: Vec<_> = span.labels.iter().map(|l| palette::shown(schema, &control.name, l)).collect();
            marks.push(Mark {
                start: span.start.0,
                end: span.end.0,
                colour: palette::colour_of(schema, &control.name, label),
                label: AttrValue::from(names.join(", ")),
                chosen: false,
            });
        }
    }
    marks
}

fn text(schema: &Schema, field: &FieldView, answers: &[Answer]) -> Html {
    let bytes = field.text.char_indices().nth(MOST).map_or(field.text.len(), |(at, _)| at);
    let text = field.text.get(..bytes).unwrap_or_default();
    let blocks = cut(text, &plan(text), &marks(schema, field, answers), &field.covers, &[]);
    html! {
        <div class="surface read-only" dir="auto">
            for (at, run) in blocks.iter().flat_map(|b| &b.pieces).flat_map(|p| &p.runs).enumerate() {
                <span key={at} class={classes!("run", run.class.clone(), run.cover.is_some().then_some("cover"))} title={title(run)}>
                    for (at, (colour, label, _)) in run.chips.iter().enumerate() {
                        <b key={at} class={format!("chip l{colour}")} data-label={label.clone()}><span class="unseen">{ format!("{label}: ") }</span></b>
                    }
                    { run.text.clone() }
                </span>
            }
            if bytes < field.text.len() {
                <span class="quiet">{ " …" }</span>
            }
        </div>
    }
}

fn title(run: &Run) -> Option<String> {
    match (&run.title, &run.cover) {
        (Some(title), Some(cover)) => Some(format!("{title} · {}", describe_entity(cover))),
        (Some(title), None) => Some(title.to_string()),
        (None, Some(cover)) => Some(describe_entity(cover)),
        (None, None) => None,
    }
}
