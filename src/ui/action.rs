//! The one table of what a person can do: name, shortcut, where, and when it is allowed. Buttons, the palette, the help
//! and the keyboard all read it.

use super::desk::{Chosen, Phase};
use super::dom;
use super::face::{Dialog, Door, RevealStep, Tab};
use super::flow::toggled;
use super::hooks::Ctx;
use super::hub::Hub;
use super::keymap::{self, AnswerKeys, Chord, Target};
use super::text::Word;
use crate::domain::annotation::Value;
use crate::domain::draft::Edit;
use crate::domain::schema::ControlKind;
use crate::view::protocol::{Ask, ExportFormat};

/// One thing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Submit or correct.
    Submit,
    /// Skip with a reason.
    Skip,
    /// The next task that is not done.
    Next,
    /// The task before.
    Previous,
    /// Take the last change back.
    Undo,
    /// Do it again.
    Redo,
    /// Take the prediction as it is.
    Accept,
    /// Take the prediction and go to the first answer.
    EditPrediction,
    /// Show another model's prediction.
    NextPrediction,
    /// Caret into the text.
    FocusText,
    /// Select the next span.
    NextSpan,
    /// Select the span before.
    PreviousSpan,
    /// Delete the selected span.
    DeleteSpan,
    /// Start over.
    Clear,
    /// Take one's own submitted answer back.
    Withdraw,
    /// Show or hide the guideline.
    Guideline,
    /// See a field in clear.
    Reveal,
    /// Choose files.
    OpenProject,
    /// Change the person.
    Profile,
    /// Exchange now.
    SyncNow,
    /// The record as a file.
    DownloadRecord,
    /// Results as a file.
    Export(ExportFormat),
    /// Show a panel.
    Show(Tab),
    /// Settings.
    Settings,
    /// The palette.
    Palette,
    /// The list of shortcuts.
    Help,
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// What it does.
    pub action: Action,
    /// Its name for hosts, `submit`.
    pub id: &'static str,
    /// Its name for people.
    pub word: Word,
    /// Its shortcuts, the one that is shown first.
    pub keys: &'static [&'static str],
    /// The only root it works in; `None` for both.
    pub door: Option<Door>,
}

const fn row(action: Action, id: &'static str, word: Word, keys: &'static [&'static str], door: Option<Door>) -> Row {
    Row { action, id, word, keys, door }
}

const LABELER: Option<Door> = Some(Door::Labeler);
const PANELS: Option<Door> = Some(Door::Panels);

/// The table.
pub const TABLE: &[Row] = &[
    row(Action::Submit, "submit", Word::Submit, &["mod+enter"], LABELER),
    row(Action::Skip, "skip", Word::SkipDots, &["x"], LABELER),
    row(Action::Next, "next", Word::NextTask, &["j"], LABELER),
    row(Action::Previous, "previous", Word::PreviousTask, &["k"], LABELER),
    row(Action::Undo, "undo", Word::Undo, &["mod+z"], None),
    row(Action::Redo, "redo", Word::Redo, &["mod+shift+z", "mod+y"], None),
    row(Action::Accept, "accept", Word::AcceptPrediction, &["a"], LABELER),
    row(Action::EditPrediction, "edit-prediction", Word::EditThePrediction, &["e"], LABELER),
    row(Action::NextPrediction, "next-prediction", Word::NextPrediction, &["shift+a"], LABELER),
    row(Action::FocusText, "focus-text", Word::FocusText, &["t"], None),
    row(Action::NextSpan, "next-span", Word::NextSpan, &["]"], None),
    row(Action::PreviousSpan, "previous-span", Word::PreviousSpan, &["["], None),
    row(Action::DeleteSpan, "delete-span", Word::DeleteSpan, &["delete", "backspace"], None),
    row(Action::Clear, "clear", Word::ClearAnswers, &["shift+c"], LABELER),
    row(Action::Withdraw, "withdraw", Word::Withdraw, &["shift+w"], LABELER),
    row(Action::Guideline, "guideline", Word::ToggleGuideline, &["g"], LABELER),
    row(Action::Reveal, "reveal", Word::RevealDots, &["r"], LABELER),
    row(Action::OpenProject, "open-project", Word::OpenProject, &["o"], None),
    row(Action::Profile, "profile", Word::SwitchProfile, &["shift+p"], None),
    row(Action::SyncNow, "sync-now", Word::SyncNow, &["shift+s"], None),
    row(Action::DownloadRecord, "download-record", Word::DownloadRecord, &["shift+d"], None),
    row(
        Action::Export(ExportFormat::LabelStudio),
        "export-label-studio",
        Word::ExportLabelStudio,
        &["shift+l"],
        PANELS,
    ),
    row(Action::Export(ExportFormat::Jsonl), "export-jsonl", Word::ExportJsonl, &["shift+j"], PANELS),
    row(Action::Export(ExportFormat::Csv), "export-csv", Word::ExportCsv, &["shift+v"], PANELS),
    row(Action::Export(ExportFormat::Project), "export-project", Word::ExportProject, &["shift+f"], PANELS),
    row(Action::Show(Tab::Tasks), "show-tasks", Word::Tasks, &["shift+t"], PANELS),
    row(Action::Show(Tab::Activity), "show-activity", Word::Activity, &["shift+h"], PANELS),
    row(Action::Show(Tab::Agreement), "show-agreement", Word::Agreement, &["shift+g"], PANELS),
    row(Action::Show(Tab::Cases), "show-cases", Word::Cases, &["shift+k"], PANELS),
    row(Action::Show(Tab::People), "show-people", Word::People, &["shift+m"], PANELS),
    row(Action::Show(Tab::Sync), "show-sync", Word::Sync, &["shift+y"], PANELS),
    row(Action::Show(Tab::Project), "show-project", Word::Project, &["shift+o"], PANELS),
    row(Action::Settings, "settings", Word::SettingsDots, &[","], None),
    row(Action::Palette, "palette", Word::CommandPalette, &["mod+k"], None),
    row(Action::Help, "help", Word::Help, &["?"], None),
];

impl Row {
    /// Its name for people.
    pub fn name(&self, ctx: &Ctx) -> String {
        match self.action {
            Action::Show(_) => ctx.fill(Word::GoToTab, &[("tab", ctx.t(self.word))]),
            _ => ctx.t(self.word).to_owned(),
        }
    }

    /// Its shortcuts as they are shown, without those that the person turned off.
    pub fn shortcuts(&self, single_keys: bool) -> impl Iterator<Item = String> {
        self.keys.iter().filter(move |key| single_keys || !Chord::parse(key).is_single()).map(|key| keymap::shown(key))
    }
}

impl Action {
    /// The row of this action.
    pub fn row(self) -> Option<&'static Row> {
        TABLE.iter().find(|row| row.action == self)
    }

    /// Its first shortcut as it is shown, unless the person turned such shortcuts off.
    pub fn key(self, single_keys: bool) -> Option<String> {
        self.row()?.shortcuts(single_keys).next()
    }

    /// Where it is carried out when it is asked for in a root: there, else in the other one, where that is on the page.
    pub fn place(self, ctx: &Ctx) -> Option<Ctx> {
        let only = self.row().and_then(|row| row.door);
        let doors = [ctx.door, ctx.door.other()].into_iter();
        doors.filter(|door| only.is_none_or(|only| only == *door)).find_map(|door| {
            let ctx = ctx.at(door)?;
            self.allowed(&ctx.hub, door).then_some(ctx)
        })
    }

    /// It can be done now.
    pub fn allowed(self, hub: &Hub, door: Door) -> bool {
        if self.row().is_some_and(|row| row.door.is_some_and(|only| only != door)) {
            return false;
        }
        let desk = |read: fn(&super::desk::Desk) -> bool| {
            hub.desk(door.seat(), |desk| desk.phase == Phase::Working && !desk.submitting && read(desk))
        };
        match self {
            Self::Submit | Self::Skip | Self::FocusText => desk(|_| true),
            Self::Next => desk(|d| d.view.as_ref().is_some_and(|v| v.next.is_some())),
            Self::Previous => match hub.desk(door.seat(), |d| d.phase.clone()) {
                Phase::Working => desk(|d| d.view.as_ref().is_some_and(|v| v.previous.is_some())),
                _ => false,
            },
            Self::Undo => desk(|d| d.draft.can_undo()),
            Self::Redo => desk(|d| d.draft.can_redo()),
            Self::Accept | Self::EditPrediction => desk(|d| d.view.as_ref().is_some_and(|v| !v.predictions.is_empty())),
            Self::NextPrediction => desk(|d| d.view.as_ref().is_some_and(|v| v.predictions.len() > 1)),
            Self::NextSpan | Self::PreviousSpan => desk(|d| d.has_spans()),
            Self::DeleteSpan => desk(|d| d.chosen.is_some()),
            Self::Clear => desk(|d| !d.draft.answers.is_empty()),
            Self::Withdraw => desk(|d| d.view.as_ref().is_some_and(|v| !v.submitted.is_empty())),
            Self::Reveal => desk(|_| true) && hub.shell().is_some_and(|shell| shell.can_reveal),
            Self::Profile | Self::DownloadRecord | Self::Export(_) => hub.shell().is_some(),
            Self::SyncNow => hub.shell().is_some_and(|shell| !shell.pending.is_empty()),
            _ => true,
        }
    }

    /// Does it.
    pub fn run(self, ctx: &Ctx) {
        let (hub, door) = (&ctx.hub, ctx.door);
        let seat = door.seat();
        if !self.allowed(hub, door) {
            return;
        }
        match self {
            Self::Submit => hub.submit(),
            Self::Skip => open(ctx, Dialog::Skip),
            Self::Next => hub.take(hub.desk(seat, |d| d.view.as_ref().and_then(|v| v.next.clone()))),
            Self::Previous => hub.take(hub.desk(seat, |d| d.view.as_ref().and_then(|v| v.previous.clone()))),
            Self::Undo => hub.undo(seat),
            Self::Redo => hub.redo(seat),
            Self::Accept => hub.take_prediction(seat),
            Self::EditPrediction => {
                hub.take_prediction(seat);
                dom::focus(&ctx.root, "[data-control] input, [data-control] button, [data-control] textarea");
            }
            Self::NextPrediction => hub.change_desk(seat, |d| {
                let all = d.view.as_ref().map_or(1, |v| v.predictions.len().max(1));
                d.prediction = (d.prediction + 1) % all;
            }),
            Self::FocusText => focus_text(ctx),
            Self::NextSpan => hub.step_span(seat, true),
            Self::PreviousSpan => hub.step_span(seat, false),
            Self::DeleteSpan => hub.delete_chosen(seat),
            Self::Clear => {
                hub.edit(seat, Edit::Clear);
            }
            Self::Withdraw => hub.withdraw(),
            Self::Guideline => hub.set(|settings| settings.guideline = !settings.guideline),
            Self::Reveal => open(ctx, Dialog::Reveal(RevealStep::Asking)),
            Self::OpenProject => dom::click(&ctx.root, "input[type=file]"),
            Self::Profile => open(ctx, Dialog::Profile),
            Self::SyncNow => hub.tell(door, Ask::SyncNow {}),
            Self::DownloadRecord => hub.download_log(),
            Self::Export(format) => hub.export(format, false),
            Self::Show(tab) => show(ctx, tab),
            Self::Settings => open(ctx, Dialog::Settings),
            Self::Palette => open(ctx, Dialog::Palette),
            Self::Help => open(ctx, Dialog::Help),
        }
    }
}

impl Hub {
    /// Carries out an action by its name, in the root it belongs to. Answers whether it was allowed.
    pub fn run_action(self: &std::rc::Rc<Self>, name: &str) -> bool {
        let Some(row) = TABLE.iter().find(|row| row.id == name) else { return false };
        let door = row.door.unwrap_or_default();
        let allowed = row.action.allowed(self, door);
        row.action.run(&Ctx { hub: std::rc::Rc::clone(self), door, root: self.root(door) });
        allowed
    }
}

/// To the text that labels can mark, before a subject line that none does; from there to the next one.
fn focus_text(ctx: &Ctx) {
    if !dom::focus_next(&ctx.root, ".surface.marked") {
        dom::focus_next(&ctx.root, ".surface");
    }
}

/// Shows a panel. Who is at the keyboard goes along.
fn show(ctx: &Ctx, tab: Tab) {
    ctx.hub.change_face(Door::Panels, |face| face.tab = tab);
    let focused = [Door::Labeler, Door::Panels].iter().any(|door| ctx.hub.face(*door, |face| face.focused));
    if focused && let Some(name) = Action::Show(tab).row().and_then(|row| row.id.strip_prefix("show-")) {
        dom::focus(&ctx.root, &format!("#tab-{name}"));
    }
}

/// Opens a dialog of this root.
pub fn open(ctx: &Ctx, dialog: Dialog) {
    ctx.hub.change_face(ctx.door, |face| face.dialog = Some(dialog));
}

/// The action a chord stands for. Where the person types, only chords with a command key count, and undo and redo are
/// the text field's own.
pub fn lookup(chord: &Chord, typing: bool, single_keys: bool) -> Option<Action> {
    let row = TABLE.iter().find(|row| row.keys.iter().any(|key| chord.is(&Chord::parse(key))))?;
    let own = matches!(row.action, Action::Undo | Action::Redo);
    let plain = !chord.command && !chord.alt;
    if typing && (plain || own) {
        return None;
    }
    if chord.is_single() && !single_keys {
        return None;
    }
    Some(row.action)
}

/// Does what an answer's key stands for.
pub fn run_target(ctx: &Ctx, target: &Target) {
    let (hub, seat) = (&ctx.hub, ctx.door.seat());
    let Some(schema) = hub.desk(seat, |desk| desk.schema()) else { return };
    let (Target::Pick { control: name, .. } | Target::Rate { control: name, .. } | Target::Go { control: name }) =
        target;
    let Some(control) = schema.control(name) else { return };
    let region = match (control.per_region, hub.desk(seat, |desk| desk.chosen.clone())) {
        (false, _) => None,
        (true, Some(Chosen { id, .. })) => Some(id),
        (true, None) => return,
    };
    match (target, &control.kind) {
        (Target::Pick { at, .. }, ControlKind::Labels { .. }) => hub.press_label(seat, name, *at),
        (Target::Pick { at, .. }, ControlKind::Choices { multiple, choices }) => {
            let Some(option) = choices.get(*at) else { return };
            let order: Vec<&str> = choices.iter().map(|c| c.value.as_str()).collect();
            let now = hub.desk(seat, |desk| desk.choices(name, region.as_ref()));
            let value = Value::Choices(toggled(&now, &option.value, *multiple, &order));
            hub.edit(seat, Edit::Set { control: name.clone(), region, value });
        }
        (Target::Rate { stars, .. }, _) => {
            hub.edit(seat, Edit::Set { control: name.clone(), region, value: Value::Rating(*stars) });
        }
        _ => {
            dom::focus_control(&ctx.root, name);
        }
    }
}

/// Handles a key that reached the root. Answers whether it did something. Beside the panels' own keys, the panels pass on
/// what concerns the task, unless a case is in hand there: who went to the list of tasks labels on from where they are.
pub fn press(ctx: &Ctx, chord: &Chord, typing: bool) -> bool {
    let single_keys = ctx.hub.settings().single_keys;
    if ctx.hub.face(ctx.door, |face| face.dialog.is_some()) {
        return false;
    }
    let case = ctx.door == Door::Panels && ctx.hub.desk(ctx.door.seat(), |desk| desk.phase != Phase::Closed);
    let worker = if case { None } else { ctx.at(Door::Labeler) };
    let worker = worker.as_ref().unwrap_or(ctx);
    if !typing && single_keys && chord.is_single() {
        let keys = ctx.hub.desk(worker.door.seat(), |desk| desk.schema().map(|schema| AnswerKeys::allot(&schema)));
        if let Some(target) = keys.as_ref().and_then(|keys| keys.pressed(chord)) {
            run_target(worker, target);
            return true;
        }
    }
    if chord.key == "escape" && !typing {
        return ctx.hub.let_go(worker.door.seat());
    }
    let Some(action) = lookup(chord, typing, single_keys) else { return false };
    // while a case is in hand, keys of the task beside it mean nothing
    let place = action.place(ctx).filter(|place| !case || place.door == Door::Panels);
    let Some(place) = place else { return false };
    action.run(&place);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shortcut_is_given_once_and_answers_do_not_take_them() {
        let mut keys: Vec<_> = TABLE.iter().flat_map(|row| row.keys).collect();
        let all = keys.len();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), all);
        for key in keys.iter().filter(|key| key.chars().count() == 1) {
            let letter = key.chars().next().unwrap();
            assert!(!crate::ui::keymap::pool().contains(letter), "{key} is an action's");
        }
    }

    #[test]
    fn every_action_has_a_shortcut_and_shows_those_that_act() {
        for row in TABLE {
            assert!(row.shortcuts(true).next().is_some(), "{}", row.id);
        }
        for (action, single, expect) in [
            (Action::Skip, true, Some("x")),
            (Action::Skip, false, None),
            (Action::Show(Tab::Tasks), true, Some("Shift+T")),
            (Action::Show(Tab::Tasks), false, None),
            (Action::Submit, false, Some("Ctrl+Enter")),
            (Action::DeleteSpan, false, Some("Del")),
        ] {
            assert_eq!(action.key(single).as_deref(), expect, "{action:?} {single}");
        }
    }

    #[test]
    fn what_a_chord_does() {
        let chord = |text: &str| Chord::parse(text);
        for (press, typing, single, expect) in [
            ("x", false, true, Some(Action::Skip)),
            ("x", true, true, None),
            ("x", false, false, None),
            ("mod+enter", true, true, Some(Action::Submit)),
            ("mod+enter", false, false, Some(Action::Submit)),
            ("mod+z", true, true, None),
            ("mod+z", false, false, Some(Action::Undo)),
            ("mod+k", true, true, Some(Action::Palette)),
            ("delete", true, true, None),
            ("delete", false, true, Some(Action::DeleteSpan)),
            ("mod+q", false, true, None),
            ("shift+t", false, true, Some(Action::Show(Tab::Tasks))),
            ("shift+t", true, true, None),
        ] {
            assert_eq!(lookup(&chord(press), typing, single), expect, "{press}");
        }
    }
}
