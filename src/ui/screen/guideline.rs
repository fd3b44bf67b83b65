//! The guideline beside the task.

use super::state::Skeleton;
use crate::ui::desk::{Phase, Seat};
use crate::ui::hooks::{use_ctx, use_desk, use_hub, use_model};
use crate::ui::hub::Topic;
use crate::ui::text::Word;
use crate::view::model::{Block, GuidelineView, Inline, ViewKey};
use yew::prelude::*;

/// The guideline, while it is wanted.
#[component]
pub fn Aside() -> Html {
    let open = use_hub(Topic::Frame, |hub| hub.settings().guideline);
    let there = super::root::use_shell(|shell| shell.guideline.is_some());
    let task = use_desk(Seat::Label, |desk| desk.view.is_some() || desk.phase == Phase::Opening);
    if *open && *task && *there == Some(true) {
        html! { <div class="side"><Guideline /></div> }
    } else {
        Html::default()
    }
}

#[component]
fn Guideline() -> Html {
    let ctx = use_ctx();
    let guideline = use_model::<GuidelineView>(ViewKey::Guideline);
    html! {
        <section class="guideline" aria-label={ctx.t(Word::ToggleGuideline)} tabindex="0">
            if let Some(guideline) = guideline {
                <p class="quiet">{ ctx.fill(Word::GuidelineVersion, &[("version", &guideline.version)]) }</p>
                for (at, block) in guideline.blocks.iter().enumerate() {
                    <Piece key={at} block={block.clone()} />
                }
            } else {
                <Skeleton />
            }
        </section>
    }
}

#[derive(Properties, PartialEq)]
struct PieceProps {
    block: Block,
}

#[component]
fn Piece(props: &PieceProps) -> Html {
    match &props.block {
        // the element's own headings come first
        Block::Heading(level, text) => {
            let tag = match level {
                1 => "h3",
                2 => "h4",
                3 => "h5",
                _ => "h6",
            };
            html! { <@{tag} class={format!("g{level}")} dir="auto">{ text.clone() }</@> }
        }
        Block::Paragraph(runs) => html! { <p dir="auto">{ inline(runs) }</p> },
        Block::Quote(runs) => html! { <blockquote dir="auto">{ inline(runs) }</blockquote> },
        Block::List(numbered, items) => {
            let tag = if *numbered { "ol" } else { "ul" };
            html! {
                <@{tag}>
                    for (at, item) in items.iter().enumerate() {
                        <li key={at} dir="auto">{ inline(item) }</li>
                    }
                </@>
            }
        }
        Block::Table(head, rows) => html! {
            <div class="scroll" tabindex="0">
                <table>
                    <thead><tr>
                        for (at, cell) in head.iter().enumerate() {
                            <th key={at} scope="col">{ inline(cell) }</th>
                        }
                    </tr></thead>
                    <tbody>
                        for (at, row) in rows.iter().enumerate() {
                            <tr key={at}>
                                for (n, cell) in row.iter().enumerate() {
                                    <td key={n} dir="auto">{ inline(cell) }</td>
                                }
                            </tr>
                        }
                    </tbody>
                </table>
            </div>
        },
    }
}

fn inline(runs: &[Inline]) -> Html {
    html! {
        <>
            for run in runs {
                { match run {
                    Inline::Plain(text) => html! { { text.clone() } },
                    Inline::Strong(text) => html! { <strong>{ text.clone() }</strong> },
                    Inline::Emphasis(text) => html! { <em>{ text.clone() }</em> },
                    Inline::Code(text) => html! { <code>{ text.clone() }</code> },
                } }
            }
        </>
    }
}
