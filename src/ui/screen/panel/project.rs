//! The project: open another, what the last file could not give, results, what this device can keep, and settings.

use super::results::Results;
use crate::domain::complaint::Complaint;
use crate::ui::action::{self, Action};
use crate::ui::face::Dialog;
use crate::ui::hooks::{use_ctx, use_face};
use crate::ui::icon::{Icon, icon};
use crate::ui::screen::root::use_shell;
use crate::ui::screen::state::Blank;
use crate::ui::text::{self, Word};
use crate::ui::widget::Key;
use crate::view::model::RecordState;
use crate::view::protocol::{Ask, Done};
use yew::prelude::*;

/// Complaints drawn at once; further ones are counted.
const SHOWN: usize = 200;

/// The tab.
#[component]
pub fn Project() -> Html {
    html! {
        <>
            <About />
            <Open />
            <Complaints />
            <Results />
            <More />
        </>
    }
}

/// What is open.
#[component]
fn About() -> Html {
    let ctx = use_ctx();
    let shell = use_shell(|shell| {
        let guideline = shell.guideline.clone();
        (shell.name.clone(), shell.project.clone(), shell.custody.clone(), guideline, shell.total, shell.record)
    });
    let warnings = use_shell(|shell| shell.warnings.clone());
    let Some((name, project, custody, guideline, total, record)) = &*shell else {
        return html! { <Blank icon={Icon::Folder} title={ctx.t(Word::ProjectNone)} hint={ctx.t(Word::NothingOpenHint)} /> };
    };
    let record = match record {
        RecordState::Checking => Word::RecordChecking,
        RecordState::Verified => Word::RecordVerified,
        RecordState::Broken => Word::RecordBroken,
    };
    let guideline = match guideline {
        Some(version) => ctx.fill(Word::GuidelineVersion, &[("version", version)]),
        None => ctx.t(Word::GuidelineNone).to_owned(),
    };
    html! {
        <section class="group" aria-labelledby="about">
            <h3 id="about" dir="auto">{ name.clone() }</h3>
            <dl class="facts">
                <div><dt>{ ctx.t(Word::ProjectTasks) }</dt><dd>{ total }</dd></div>
                <div><dt>{ ctx.t(Word::GuidelineTitle) }</dt><dd>{ guideline }</dd></div>
                <div><dt>{ ctx.t(Word::RecordTitle) }</dt><dd>{ ctx.t(record) }</dd></div>
                <div><dt>{ ctx.t(Word::Custody) }</dt><dd>{ text::custody(ctx.hub.lang(), custody).to_owned() }</dd></div>
                <Room />
                <div><dt>{ ctx.t(Word::ProjectId) }</dt><dd><code>{ project.to_string() }</code></dd></div>
            </dl>
            if let Some(warnings) = &*warnings {
                for code in warnings.iter() {
                    <p key={code.as_str()} class="notice">{ icon(Icon::Warning) }<span>{ text::warning(ctx.hub.lang(), code).to_owned() }</span></p>
                }
            }
        </section>
    }
}

/// How full the browser's storage is, and whether it lasts; asked when the tab opens.
#[component]
fn Room() -> Html {
    let ctx = use_ctx();
    let room = use_state(|| None);
    {
        let (hub, room) = (ctx.hub.clone(), room.clone());
        use_effect_with((), move |()| {
            hub.ask(Ask::Room {}, move |_, reply| {
                if let Ok(Done::Room { used, quota, kept }) = reply.result {
                    room.set(Some((used.zip(quota), kept)));
                }
            });
        });
    }
    let Some((room, kept)) = *room else { return Html::default() };
    let kept = ctx.t(if kept { Word::RoomKept } else { Word::RoomLoose });
    let text = match room {
        Some((used, quota)) => {
            let used = ctx.fill(Word::RoomUsed, &[("used", &size_text(used)), ("quota", &size_text(quota))]);
            format!("{used} · {kept}")
        }
        None => kept.to_owned(),
    };
    html! { <div><dt>{ ctx.t(Word::Room) }</dt><dd>{ text }</dd></div> }
}

/// Bytes as people read them: `4.2 MB`, by powers of ten.
fn size_text(bytes: u64) -> String {
    let (mut tenths, mut unit) = (bytes / 100, "kB");
    for larger in ["MB", "GB", "TB"] {
        if tenths < 10_000 {
            break;
        }
        (tenths, unit) = (tenths / 1000, larger);
    }
    if tenths < 100 { format!("{}.{} {unit}", tenths / 10, tenths % 10) } else { format!("{} {unit}", tenths / 10) }
}

/// The way in for files.
#[component]
fn Open() -> Html {
    let ctx = use_ctx();
    html! {
        <section class="group" aria-labelledby="open">
            <h3 id="open">{ ctx.t(Word::OpenAnother) }</h3>
            <div class="drop">
                { icon(Icon::Folder) }
                <p><strong>{ ctx.t(Word::DropHere) }</strong></p>
                <p class="quiet" id="drop-hint">{ ctx.t(Word::DropHint) }</p>
                <button type="button" class="primary" aria-describedby="drop-hint"
                    onclick={ctx.on(|ctx, _: MouseEvent| Action::OpenProject.run(ctx))}>
                    { ctx.t(Word::OpenProject) }<Key action={Action::OpenProject} />
                </button>
            </div>
            <div class="row">
                <button type="button" onclick={ctx.on(|ctx, _: MouseEvent| action::open(ctx, Dialog::Join))}>
                    { icon(Icon::People) }{ ctx.t(Word::JoinTitle) }
                </button>
            </div>
            <details class="fold">
                <summary>{ ctx.t(Word::Accepted) }</summary>
                <ul class="plain-list">
                    for (at, word) in [Word::AcceptedConfig, Word::AcceptedTasks, Word::AcceptedGuideline, Word::AcceptedProject].into_iter().enumerate() {
                        <li key={at}>{ ctx.t(word) }</li>
                    }
                </ul>
            </details>
        </section>
    }
}

/// What the last file, read or written, could not give or hold.
#[component]
fn Complaints() -> Html {
    let ctx = use_ctx();
    let last = use_face(|face| face.complaints.clone());
    let kept = use_shell(|shell| shell.complaints.clone());
    let all: &[Complaint] = match &*kept {
        _ if !last.is_empty() => &last,
        Some(kept) => kept,
        None => &[],
    };
    if all.is_empty() {
        return Html::default();
    }
    html! {
        <section class="card notice-card" aria-labelledby="complaints">
            <h3 id="complaints">{ icon(Icon::Warning) }{ ctx.fill(Word::LastImport, &[("n", &all.len().to_string())]) }</h3>
            <p class="quiet">{ ctx.t(Word::Complaints) }</p>
            <div class="complaints" tabindex="0" role="group" aria-labelledby="complaints">
                <ul>
                    for (at, complaint) in all.iter().take(SHOWN).enumerate() {
                        <li key={at}><strong dir="auto">{ complaint.place.clone() }</strong>{ " " }<span dir="auto">{ complaint.what.clone() }</span></li>
                    }
                </ul>
            </div>
            if all.len() > SHOWN {
                <p class="quiet">{ ctx.fill(Word::ComplaintsMore, &[("n", &(all.len() - SHOWN).to_string())]) }</p>
            }
        </section>
    }
}

/// The dialogs that concern the device and not a task.
#[component]
fn More() -> Html {
    let ctx = use_ctx();
    let run = |action: Action, drawing: Icon| {
        let name = action.row().map(|row| ctx.t(row.word)).unwrap_or_default();
        html! {
            <button type="button" onclick={ctx.on(move |ctx, _: MouseEvent| action.run(ctx))}>{ icon(drawing) }{ name }<Key {action} /></button>
        }
    };
    html! {
        <section class="group" aria-labelledby="settings">
            <h3 id="settings">{ ctx.t(Word::SettingsTitle) }</h3>
            <div class="row">
                { run(Action::Settings, Icon::Star) }
                { run(Action::Help, Icon::Keys) }
                { run(Action::Palette, Icon::Search) }
            </div>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_as_people_read_them() {
        for (bytes, text) in [
            (0, "0.0 kB"),
            (1_234, "1.2 kB"),
            (45_678, "45 kB"),
            (999_999, "999 kB"),
            (1_000_000, "1.0 MB"),
            (3_221_225_472, "3.2 GB"),
            (9_999_000_000_000, "9.9 TB"),
        ] {
            assert_eq!(size_text(bytes), text, "{bytes}");
        }
    }
}
