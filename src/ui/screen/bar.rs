//! The actions below the task: under the thumb on a phone, and each with its shortcut.

use crate::ui::action::Action;
use crate::ui::desk::{Phase, Seat};
use crate::ui::hooks::{use_ctx, use_desk, use_hub};
use crate::ui::hub::Topic;
use crate::ui::icon::{Icon, icon};
use crate::ui::keymap;
use crate::ui::text::Word;
use crate::ui::widget::key_cap;
use crate::ui::widget::strip::Strip;
use yew::prelude::*;

/// The bar.
#[component]
pub fn Bar() -> Html {
    let ctx = use_ctx();
    let state = use_hub(Topic::Desk(Seat::Label), |hub| {
        let allowed = |action: Action| action.allowed(hub, crate::ui::face::Door::Labeler);
        let all = [Action::Undo, Action::Redo, Action::Skip, Action::Previous, Action::Next, Action::Submit];
        (all.map(allowed), hub.desk(Seat::Label, |desk| desk.submitting))
    });
    let corrects = use_desk(Seat::Label, |desk| desk.view.as_ref().is_some_and(|v| !v.submitted.is_empty()));
    let phase = use_desk(Seat::Label, |desk| desk.phase == Phase::Working || desk.phase == Phase::Opening);
    let waiting = super::root::use_shell(|shell| shell.waiting_for_grant);
    let single = use_hub(Topic::Frame, |hub| hub.settings().single_keys);
    let ([undo, redo, skip, previous, next, submit], submitting) = *state;
    if !*phase || *waiting == Some(true) {
        return Html::default();
    }
    let button = |action: Action, drawing: Option<Icon>, on: bool, class: &'static str, word: Option<Word>| {
        let name = word.or(action.row().map(|row| row.word)).map(|word| ctx.t(word)).unwrap_or_default();
        let key = action.key(*single);
        let quiet = drawing.is_some();
        html! {
            <button type="button" {class} disabled={!on} aria-label={quiet.then_some(name)}
                title={keymap::hint(name, key.as_deref())} aria-keyshortcuts={keymap::aria(key.as_deref())}
                onclick={ctx.on(move |ctx, _: MouseEvent| action.run(ctx))}>
                if let Some(drawing) = drawing {
                    { icon(drawing) }
                } else {
                    <span>{ name }</span>
                }
                { key_cap(key.filter(|_| !quiet)) }
            </button>
        }
    };
    html! {
        <>
        <Strip seat={Seat::Label} />
        <div class="bar" role="toolbar" aria-label={ctx.t(Word::Actions)}>
            { button(Action::Undo, Some(Icon::Undo), undo, "tool", None) }
            { button(Action::Redo, Some(Icon::Redo), redo, "tool", None) }
            { button(Action::Skip, None, skip, "", None) }
            <span class="gap"></span>
            { button(Action::Previous, Some(Icon::Left), previous, "tool", None) }
            { button(Action::Next, Some(Icon::Right), next, "tool", None) }
            { button(Action::Submit, None, submit && !submitting, "primary", corrects.then_some(Word::SubmitCorrection)) }
        </div>
        </>
    }
}
