//! Coefficients as a table: value, interval and items as numbers, and the interval drawn from 0 to 1.

use super::control_title;
use crate::domain::schema::Schema;
use crate::ui::hooks::Ctx;
use crate::ui::text::{self, Word};
use crate::view::model::{ControlAgreementView, FigureView};
use yew::prelude::*;

/// Left end and length of the scale in the drawing's own units.
const SCALE: (i32, i32) = (6, 108);

/// The figures of one control as a table.
pub fn table(ctx: &Ctx, schema: Option<&Schema>, control: &ControlAgreementView) -> Html {
    let title = control_title(ctx, schema, &control.control);
    html! {
        <table class="figures">
            <caption>
                <span dir="auto">{ title }</span>
                if !control.pair.is_empty() {
                    <bdi class="quiet">{ format!(" · {}", control.pair) }</bdi>
                }
            </caption>
            <thead>
                <tr>
                    <th scope="col">{ ctx.t(Word::ColumnMeasure) }</th>
                    <th scope="col" class="number">{ ctx.t(Word::ColumnValue) }</th>
                    <th scope="col">{ ctx.t(Word::ColumnInterval) }</th>
                    <th scope="col" class="number">{ ctx.t(Word::ColumnItems) }</th>
                </tr>
            </thead>
            <tbody>
                for figure in control.figures.iter() {
                    { row(ctx, figure) }
                }
            </tbody>
        </table>
    }
}

fn row(ctx: &Ctx, figure: &FigureView) -> Html {
    let lang = ctx.hub.lang();
    let name = text::figure(lang, &figure.code).to_owned();
    if let (None, Some(why)) = (&figure.value, &figure.undefined) {
        return html! {
            <tr key={figure.code.clone()}>
                <th scope="row">{ name }</th>
                <td class="number">{ "—" }</td>
                <td colspan="2" class="quiet">{ text::undefined(lang, why).to_owned() }</td>
            </tr>
        };
    }
    let interval = match (&figure.low, &figure.high) {
        (Some(low), Some(high)) => ctx.fill(Word::IntervalOf, &[("low", low), ("high", high)]),
        _ => ctx.t(Word::NoInterval).to_owned(),
    };
    html! {
        <tr key={figure.code.clone()}>
            <th scope="row">{ name }</th>
            <td class="number value">{ figure.value.clone().unwrap_or_default() }</td>
            <td class="interval">{ whisker(figure) }<span class="numbers">{ interval }</span></td>
            <td class="number">{ figure.items }</td>
        </tr>
    }
}

/// The interval and the value on a scale from 0 to 1. What lies below 0 is drawn at the edge, with an arrow there; the
/// numbers beside it are exact.
fn whisker(figure: &FigureView) -> Html {
    let Some((value, below)) = figure.value.as_deref().and_then(place) else { return Html::default() };
    let ends = figure.low.as_deref().and_then(place).zip(figure.high.as_deref().and_then(place));
    let end = SCALE.0 + SCALE.1;
    let below = below || ends.is_some_and(|((_, below), _)| below);
    html! {
        <svg class="whisker" viewBox="0 0 120 14" width="120" height="14" aria-hidden="true" focusable="false">
            <path class="track" d={format!("M{} 7H{end}M{} 4V10M{end} 4V10", SCALE.0, SCALE.0)} />
            if let Some(((low, _), (high, _))) = ends {
                <rect class="range" x={low.to_string()} y="4" width={(high - low).max(1).to_string()} height="6" rx="2" />
            }
            if below {
                <path class="arrow" d="M5 4L2 7L5 10" />
            }
            <circle class="value" cx={value.to_string()} cy="7" r="3.5" />
        </svg>
    }
}

/// Where a number stands in the drawing, and whether it lies below the scale.
fn place(text: &str) -> Option<(i32, bool)> {
    let value: f64 = text.parse().ok()?;
    if !value.is_finite() {
        return None;
    }
    let at = (value.clamp(0.0, 1.0) * f64::from(SCALE.1)).round() as i32;
    Some((SCALE.0 + at, value < 0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_on_the_scale() {
        for (text, expect) in [
            ("0.0000", Some((6, false))),
            ("1.0000", Some((114, false))),
            ("0.5000", Some((60, false))),
            ("-0.2000", Some((6, true))),
            ("1.2", Some((114, false))),
            ("NaN", None),
            ("", None),
        ] {
            assert_eq!(place(text), expect, "{text}");
        }
    }
}
