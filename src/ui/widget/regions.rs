//! The spans as a list: for those who do not see colours, for finding one, and for deleting by keyboard. It is drawn only
//! while it is open, and in portions.

use crate::ui::desk::{Chosen, Seat, excerpt};
use crate::ui::hooks::{use_ctx, use_desk};
use crate::ui::icon::{Icon, icon};
use crate::ui::palette;
use crate::ui::text::Word;
use yew::prelude::*;

/// Rows of one portion.
const PORTION: usize = 100;

/// Properties of [`Regions`].
#[derive(Properties, PartialEq)]
pub struct RegionsProps {
    /// Whose annotation.
    pub seat: Seat,
}

#[derive(Clone, PartialEq)]
struct Row {
    chosen: Chosen,
    colour: u8,
    label: String,
    text: String,
    on: bool,
}

/// The list of spans.
#[component]
pub fn Regions(props: &RegionsProps) -> Html {
    let seat = props.seat;
    let ctx = use_ctx();
    let open = use_state(|| false);
    let most = use_state(|| PORTION);
    let rows = {
        let (open, most) = (*open, *most);
        use_desk(seat, move |desk| {
            let Some(view) = desk.view.as_ref().filter(|_| desk.has_spans()) else { return (0, vec![]) };
            let mut all = vec![];
            for field in view.fields.iter() {
                let mut spans = desk.spans_of(&field.name);
                spans.sort_by_key(|(_, s)| (s.start, s.end));
                all.extend(spans.into_iter().map(|(control, span)| (field, control, span)));
            }
            let total = all.len();
            let most = if open { most } else { 0 };
            let rows = all.into_iter().take(most).filter_map(|(field, control, span)| {
                let names: Vec<_> = span.labels.iter().map(|l| palette::shown(&view.schema, &control, l)).collect();
                let first = span.labels.first().map_or("", String::as_str);
                let chosen = Chosen { control: control.clone(), id: span.id.clone()? };
                Some(Row {
                    colour: palette::colour_of(&view.schema, &control, first),
                    label: names.join(", "),
                    text: excerpt(&field.text, &span),
                    on: desk.chosen.as_ref() == Some(&chosen),
                    chosen,
                })
            });
            (total, rows.collect::<Vec<_>>())
        })
    };
    let (total, rows) = &*rows;
    if *total == 0 {
        return Html::default();
    }
    let choose = ctx.on(move |ctx, chosen: Chosen| ctx.hub.change_desk(seat, |desk| desk.chosen = Some(chosen)));
    let remove = ctx.on(move |ctx, chosen: Chosen| {
        ctx.hub.change_desk(seat, |desk| desk.chosen = Some(chosen));
        ctx.hub.delete_chosen(seat);
    });
    let toggle = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    html! {
        <section class="regions">
            <button type="button" class="plain fold" aria-expanded={open.to_string()} onclick={toggle}>
                <span class={classes!("twist", open.then_some("open"))}>{ icon(Icon::Right) }</span>
                { ctx.fill(Word::SpansCount, &[("n", &total.to_string())]) }
            </button>
            if *open {
                <ul class="list">
                    for row in rows.iter() {
                        <li key={format!("{}/{}", row.chosen.control, row.chosen.id)} class={classes!(row.on.then_some("on"))}>
                            <button type="button" class="plain span" aria-current={row.on.then_some("true")}
                                onclick={{ let (choose, chosen) = (choose.clone(), row.chosen.clone()); move |_: MouseEvent| choose.emit(chosen.clone()) }}>
                                <b class={format!("chip l{}", row.colour)} data-label={row.label.clone()}><span class="unseen">{ row.label.clone() }</span></b>
                                <span dir="auto">{ row.text.clone() }</span>
                            </button>
                            <button type="button" class="plain" aria-label={format!("{}: {}", ctx.t(Word::DeleteSpan), row.text)}
                                onclick={{ let (remove, chosen) = (remove.clone(), row.chosen.clone()); move |_: MouseEvent| remove.emit(chosen.clone()) }}>
                                { icon(Icon::Cross) }
                            </button>
                        </li>
                    }
                </ul>
                if *total > rows.len() {
                    <button type="button" class="plain" onclick={{ let most = most.clone(); move |_: MouseEvent| most.set(*most + PORTION) }}>
                        { ctx.fill(Word::ShowMore, &[("n", &(*total - rows.len()).min(PORTION).to_string())]) }
                    </button>
                }
            }
        </section>
    }
}
