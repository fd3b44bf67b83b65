//! What happens between gesture and record: open a task, edit, keep, submit, go on. Methods of the hub, without any
//! component, so that the whole flow runs natively in tests against a host that records what was sent.

use super::desk::{Chosen, Desk, Pending, Phase, Saving, Seat};
use super::face::{Dialog, Door, RevealStep, Tab, Toast};
use super::hub::{Hub, Reply};
use super::text::{self, Word};
use super::title;
use crate::domain::annotation::Span;
use crate::domain::draft::Edit;
use crate::domain::event::Role;
use crate::domain::id::{RegionId, TaskId};
use crate::domain::refusal::Refusal;
use crate::domain::schema::ControlKind;
use crate::domain::text::snap_outward;
use crate::view::model::{View, ViewKey};
use crate::view::protocol::{Ask, Done, ExportFormat, Trouble};
use std::rc::Rc;

/// Messages that stand at once; the oldest good one makes room.
const TOASTS: usize = 4;

impl Hub {
    // ---- projects -----------------------------------------------------------------------------------------------

    /// Opens a project of this device under a profile, then its first task.
    pub fn open(self: &Rc<Self>, slug: &str, profile: &str) -> u32 {
        self.opening();
        self.ask(Ask::Open { slug: slug.to_owned(), profile: profile.to_owned() }, |hub, reply| {
            // complaints of a file opened earlier wait in their tab; they take nobody there again
            let tab = hub.face(Door::Panels, |face| face.tab);
            hub.opened(reply);
            hub.change_face(Door::Panels, |face| face.tab = tab);
        })
    }

    /// Joins a project by the part of a link after `#join=`.
    pub fn join(self: &Rc<Self>, invitation: &str, profile: &str) -> u32 {
        self.opening();
        let what = Ask::Join { invitation: invitation.to_owned(), profile: profile.to_owned() };
        self.ask(what, |hub, reply| hub.opened(reply))
    }

    /// A number for a request to open files or texts that the embedder sends itself.
    pub fn expect_opened(self: &Rc<Self>) -> u32 {
        self.expect(|hub, reply| hub.opened(reply))
    }

    fn opening(self: &Rc<Self>) {
        self.put_away(Seat::Label, Phase::Opening);
    }

    /// Takes in the answer to a request that opened a project.
    pub fn opened(self: &Rc<Self>, reply: Reply) {
        match reply.result {
            Ok(Done::Opened { slug, task, complaints }) => {
                self.put_away(Seat::Case, Phase::Closed);
                self.change_face(Door::Panels, |face| {
                    face.case = None;
                    if !complaints.is_empty() {
                        face.tab = Tab::Project;
                    }
                    face.complaints = complaints;
                });
                self.dispatch("ready", &[("project", &slug)]);
                self.take(task);
            }
            Ok(_) => self.take(None),
            Err(trouble) => {
                let fresh = self.desk(Seat::Label, |desk| desk.view.is_none());
                if fresh {
                    self.change_desk(Seat::Label, |desk| desk.phase = Phase::Failed(trouble.clone()));
                }
                self.show_trouble(Door::Panels, &trouble);
                self.dispatch_error(&trouble);
            }
        }
    }

    // ---- a task in hand -----------------------------------------------------------------------------------------

    /// Takes a task in hand; `None` for the next that is not done.
    pub fn take(self: &Rc<Self>, task: Option<TaskId>) {
        self.put_away(Seat::Label, Phase::Opening);
        if let Some(task) = &task {
            self.expect_task(task.clone());
        }
        self.ask(Ask::OpenTask { task }, |hub, reply| match reply.result {
            Ok(Done::InHand { task: Some(task) }) => {
                hub.expect_task(task.clone());
                hub.dispatch("open", &[("task", task.as_str())]);
            }
            Ok(_) => {
                hub.put_away(Seat::Label, Phase::Done);
                hub.say(Door::Labeler, Word::AllDone);
            }
            Err(trouble) => {
                hub.put_away(Seat::Label, Phase::Failed(trouble.clone()));
                hub.dispatch_error(&trouble);
            }
        });
    }

    fn put_away(self: &Rc<Self>, seat: Seat, phase: Phase) {
        self.keep_last(seat);
        // dropped after the desk is released, because it sends
        let watch = self.change_desk(seat, |desk| desk.clear(phase));
        drop(watch);
    }

    fn expect_task(self: &Rc<Self>, task: TaskId) {
        if self.desk(Seat::Label, |desk| desk.task.as_ref() == Some(&task)) {
            return;
        }
        let key = ViewKey::Task { task: task.clone() };
        let old = self.change_desk(Seat::Label, |desk| {
            desk.task = Some(task);
            desk.watch.take()
        });
        drop(old);
        let watch = self.watch(key.clone());
        self.change_desk(Seat::Label, |desk| desk.watch = Some(watch));
        self.take_in(&key);
    }

    /// Opens a case beside the annotator's task.
    pub fn take_case(self: &Rc<Self>, task: TaskId) {
        self.put_away(Seat::Case, Phase::Opening);
        self.change_face(Door::Panels, |face| {
            face.case = Some(task.clone());
            face.tab = Tab::Cases;
        });
        let key = ViewKey::Case { task: task.clone() };
        let watch = self.watch(key.clone());
        self.change_desk(Seat::Case, |desk| {
            desk.task = Some(task);
            desk.watch = Some(watch);
        });
        self.take_in(&key);
    }

    /// Puts a view that arrived on the desk that waits for it.
    pub(super) fn take_in(self: &Rc<Self>, key: &ViewKey) {
        let (seat, view) = match self.view(key) {
            Some(View::Task(view)) => (Seat::Label, view),
            Some(View::Case(case)) => (Seat::Case, Rc::new(case.task.clone())),
            _ => return,
        };
        let (mine, waiting) =
            self.desk(seat, |desk| (desk.task.as_ref() == Some(&view.task), desk.phase == Phase::Opening));
        let now_ms = (self.host.now_ms)();
        if mine && waiting {
            self.change_desk(seat, |desk| desk.take(view, now_ms));
        } else if mine {
            self.change_desk(seat, |desk| desk.refresh(&view));
        }
    }

    // ---- editing ------------------------------------------------------------------------------------------------

    /// Carries out an edit and keeps the draft. Answers the span it made.
    pub fn edit(self: &Rc<Self>, seat: Seat, edit: Edit) -> Option<RegionId> {
        if !self.desk(seat, |desk| desk.phase == Phase::Working && !desk.submitting) {
            return None;
        }
        let made = self.change_desk(seat, |desk| desk.edit(edit));
        self.keep(seat);
        made
    }

    /// Takes the last change back.
    pub fn undo(self: &Rc<Self>, seat: Seat) {
        self.step(seat, |desk| desk.draft.undo(), Word::Undone);
    }

    /// Does it again.
    pub fn redo(self: &Rc<Self>, seat: Seat) {
        self.step(seat, |desk| desk.draft.redo(), Word::Redone);
    }

    fn step(self: &Rc<Self>, seat: Seat, step: impl FnOnce(&mut Desk) -> bool, word: Word) {
        let moved = self.change_desk(seat, |desk| {
            let moved = step(desk);
            desk.revision += 1;
            desk.forget_lost_choice();
            moved
        });
        if moved {
            self.keep(seat);
            self.say(seat.door(), word);
        }
    }

    /// Keeps the draft: one request under way at most, the latest state wins.
    fn keep(self: &Rc<Self>, seat: Seat) {
        let now_ms = (self.host.now_ms)();
        let ask = self.change_desk(seat, |desk| {
            let task = desk.task.clone()?;
            desk.saving = Saving::Saving;
            if desk.keeping {
                desk.changed_since = true;
                return None;
            }
            desk.keeping = true;
            desk.changed_since = false;
            desk.draft.spent_ms = desk.spent_ms(now_ms);
            Some(Ask::KeepDraft { task, draft: Some(desk.draft.clone()) })
        });
        let Some(ask) = ask else { return };
        self.ask(ask, move |hub, reply| {
            let again = hub.change_desk(seat, |desk| {
                desk.keeping = false;
                if desk.saving == Saving::Saving && !desk.changed_since {
                    desk.saving = match reply.result {
                        Ok(_) => Saving::Saved,
                        Err(trouble) => Saving::Failed(trouble),
                    };
                }
                desk.changed_since && desk.phase == Phase::Working
            });
            if again {
                hub.keep(seat);
            }
        });
    }

    /// Before a task is put away: a change that waits for an earlier request is sent now.
    fn keep_last(self: &Rc<Self>, seat: Seat) {
        let now_ms = (self.host.now_ms)();
        let ask = self.change_desk(seat, |desk| {
            let task = desk.task.clone().filter(|_| std::mem::take(&mut desk.changed_since))?;
            desk.draft.spent_ms = desk.spent_ms(now_ms);
            Some(Ask::KeepDraft { task, draft: Some(desk.draft.clone()) })
        });
        if let Some(ask) = ask {
            self.tell(seat.door(), ask);
        }
    }

    // ---- spans --------------------------------------------------------------------------------------------------

    /// Marks a stretch of a field with a label, snapped to pseudonyms. Answers the span.
    pub fn mark(self: &Rc<Self>, seat: Seat, control: &str, label: &str, at: &Pending) -> Option<RegionId> {
        let span = self.desk(seat, |desk| {
            let view = desk.view.as_ref()?;
            let asked = view.schema.control(control)?;
            if !asked.to_fields.contains(&at.field) {
                return None;
            }
            let covers = view.fields.iter().find(|f| f.name == at.field).map_or(&[][..], |f| &f.covers);
            let (start, end) = snap_outward(at.start, at.end, covers);
            let field = (asked.to_fields.len() > 1).then(|| at.field.clone());
            (start < end).then(|| Span { start, end, labels: vec![label.to_owned()], id: None, field })
        })?;
        let made = self.edit(seat, Edit::AddSpan { control: control.to_owned(), span })?;
        self.change_desk(seat, |desk| {
            desk.pending = None;
            desk.chosen = Some(Chosen { control: control.to_owned(), id: made.clone() });
        });
        self.say_with(seat.door(), Word::SpanMarked, &[("label", label)]);
        Some(made)
    }

    /// What a label's key or button does: relabels the selected span of that control, else marks the pending selection,
    /// else makes the label ready (or puts it away).
    pub fn press_label(self: &Rc<Self>, seat: Seat, control: &str, at: usize) {
        let Some((label, multiple)) = self.desk(seat, |desk| {
            let schema = desk.schema()?;
            match &schema.control(control)?.kind {
                ControlKind::Labels { multiple, labels } => Some((labels.get(at)?.value.clone(), *multiple)),
                _ => None,
            }
        }) else {
            return;
        };
        if let Some(pending) = self.desk(seat, |desk| desk.pending.clone()) {
            self.mark(seat, control, &label, &pending);
            return;
        }
        let chosen = self.desk(seat, |desk| {
            let chosen = desk.chosen.clone().filter(|c| c.control == control)?;
            desk.span(&chosen).cloned()
        });
        if let Some(mut span) = chosen {
            if !multiple {
                span.labels = vec![label.clone()];
            } else if span.labels.contains(&label) && span.labels.len() > 1 {
                span.labels.retain(|l| *l != label);
            } else if !span.labels.contains(&label) {
                span.labels.push(label.clone());
            }
            self.edit(seat, Edit::ChangeSpan { control: control.to_owned(), span });
            self.say_with(seat.door(), Word::SpanRelabeled, &[("label", &label)]);
            return;
        }
        self.change_desk(seat, |desk| {
            let now = Some((control.to_owned(), at));
            desk.armed = if desk.armed == now { None } else { now };
        });
    }

    /// Selects the next or the previous span in the order of the text, round again at the end.
    pub fn step_span(self: &Rc<Self>, seat: Seat, forward: bool) {
        let Some((chosen, blanks)) = self.desk(seat, |desk| desk.next_span(forward)) else { return };
        self.change_desk(seat, |desk| {
            desk.chosen = Some(chosen);
            desk.pending = None;
        });
        let blanks: Vec<_> = blanks.iter().map(|(k, v)| (*k, v.as_str())).collect();
        self.say_with(seat.door(), Word::SpanChosen, &blanks);
    }

    /// Lets go of the innermost thing that is held: the pending selection, the selected span, the ready label.
    pub fn let_go(self: &Rc<Self>, seat: Seat) -> bool {
        self.change_desk(seat, |desk| {
            desk.pending.take().is_some() || desk.chosen.take().is_some() || desk.armed.take().is_some()
        })
    }

    /// Deletes the selected span.
    pub fn delete_chosen(self: &Rc<Self>, seat: Seat) {
        let Some(Chosen { control, id }) = self.desk(seat, |desk| desk.chosen.clone()) else { return };
        self.edit(seat, Edit::RemoveSpan { control, id });
        self.say(seat.door(), Word::SpanDeleted);
    }

    // ---- ends ---------------------------------------------------------------------------------------------------

    /// Submits the task in hand, or corrects what was submitted, and goes on.
    pub fn submit(self: &Rc<Self>) {
        let now_ms = (self.host.now_ms)();
        let ask = self.change_desk(Seat::Label, |desk| {
            if desk.phase != Phase::Working || desk.submitting {
                return None;
            }
            let view = Rc::clone(desk.view.as_ref()?);
            desk.submitting = true;
            desk.refused = None;
            Some(Ask::Submit {
                task: view.task.clone(),
                answers: desk.answers(),
                released: view.released.clone(),
                prediction: desk.draft.prediction,
                model: view.predictions.get(desk.prediction).map(|p| p.model.clone()),
                duration_ms: desk.spent_ms(now_ms),
            })
        });
        let Some(ask) = ask else { return };
        self.ask(ask, |hub, reply| hub.submitted(reply));
    }

    fn submitted(self: &Rc<Self>, reply: Reply) {
        match reply.result {
            Ok(done) => {
                let next = if let Done::Recorded { sequence, next } = done {
                    let detail = self.desk(Seat::Label, |desk| {
                        let task = desk.task.clone().unwrap_or_default();
                        serde_json::json!({ "task": task, "answers": desk.draft.answers, "sequence": sequence })
                    });
                    (self.host.dispatch)("submit", &detail.to_string());
                    next
                } else {
                    None
                };
                self.say(Door::Labeler, Word::Submitted);
                self.change_face(Door::Labeler, |face| face.toasts.clear());
                self.change_desk(Seat::Label, |desk| desk.changed_since = false);
                self.take(next);
            }
            Err(trouble) => {
                self.change_desk(Seat::Label, |desk| {
                    desk.submitting = false;
                    if let Trouble::Refused { refusal } = &trouble {
                        desk.refused = Some(refusal.clone());
                    }
                });
                // said where the control stands, if it is about one
                if self.refused_control(Seat::Label).is_none() {
                    self.show_trouble(Door::Labeler, &trouble);
                }
                self.dispatch_error(&trouble);
            }
        }
    }

    /// Skips the task in hand, with a reason, and goes on.
    pub fn skip(self: &Rc<Self>, reason: &str) {
        let Some(task) = self.desk(Seat::Label, |desk| desk.task.clone()) else { return };
        self.change_face(Door::Labeler, |face| face.dialog = None);
        let detail = task.clone();
        self.ask(Ask::Skip { task, reason: reason.to_owned() }, move |hub, reply| match reply.result {
            Ok(done) => {
                hub.dispatch("skip", &[("task", detail.as_str())]);
                hub.say(Door::Labeler, Word::Skipped);
                hub.change_desk(Seat::Label, |desk| desk.changed_since = false);
                let next = if let Done::Recorded { next, .. } = done { next } else { None };
                hub.take(next);
            }
            Err(trouble) => {
                hub.show_trouble(Door::Labeler, &trouble);
                hub.dispatch_error(&trouble);
            }
        });
    }

    /// Takes one's own answer back.
    pub fn withdraw(self: &Rc<Self>) {
        if let Some(task) = self.desk(Seat::Label, |desk| desk.task.clone()) {
            self.tell(Door::Labeler, Ask::Withdraw { task });
        }
    }

    /// Settles the case in hand.
    pub fn settle(self: &Rc<Self>, rationale: &str) {
        let Some((task, answers)) = self.desk(Seat::Case, |desk| Some((desk.task.clone()?, desk.answers()))) else {
            return;
        };
        let what = Ask::Adjudicate { task, answers, rationale: rationale.to_owned() };
        self.change_desk(Seat::Case, |desk| desk.submitting = true);
        self.ask(what, |hub, reply| {
            let refused = match &reply.result {
                Err(Trouble::Refused { refusal }) => Some(refusal.clone()),
                _ => None,
            };
            hub.change_desk(Seat::Case, |desk| {
                desk.submitting = false;
                desk.refused = refused;
            });
            match reply.result {
                Ok(_) => hub.toast(Door::Panels, hub.t(Word::CaseSettled), false),
                Err(trouble) => hub.show_trouble(Door::Panels, &trouble),
            }
        });
    }

    /// Takes the prediction on the screen: as it is, or to be edited.
    pub fn take_prediction(self: &Rc<Self>, seat: Seat) {
        let Some(answers) =
            self.desk(seat, |desk| Some(desk.view.as_ref()?.predictions.get(desk.prediction)?.answers.clone()))
        else {
            return;
        };
        self.edit(seat, Edit::TakePrediction { answers });
        self.say(seat.door(), Word::PredictionTaken);
    }

    // ---- the rest -----------------------------------------------------------------------------------------------

    /// Asks for a field in clear.
    pub fn reveal(self: &Rc<Self>, path: &str, purpose: &str) {
        let Some(task) = self.desk(Seat::Label, |desk| desk.task.clone()) else { return };
        self.change_face(Door::Labeler, |face| face.dialog = Some(Dialog::Reveal(RevealStep::Waiting)));
        let what = Ask::Reveal { task, path: path.to_owned(), purpose: purpose.to_owned() };
        self.ask(what, |hub, reply| {
            // closed meanwhile: the value is dropped unseen
            let waits = hub.face(Door::Labeler, |face| face.dialog == Some(Dialog::Reveal(RevealStep::Waiting)));
            match reply.result {
                Ok(Done::Revealed { text }) if waits => hub.change_face(Door::Labeler, |face| {
                    face.dialog = Some(Dialog::Reveal(RevealStep::Shown(text)));
                }),
                Ok(_) => {}
                Err(trouble) => {
                    hub.change_face(Door::Labeler, |face| face.dialog = Some(Dialog::Reveal(RevealStep::Asking)));
                    hub.show_trouble(Door::Labeler, &trouble);
                }
            }
        });
    }

    /// Labels as another person of this device.
    pub fn switch_profile(self: &Rc<Self>, door: Door, label: &str, roles: Vec<Role>) {
        self.change_face(door, |face| face.dialog = None);
        self.put_away(Seat::Case, Phase::Closed);
        self.change_face(Door::Panels, |face| face.case = None);
        self.ask(Ask::SwitchProfile { label: label.to_owned(), roles }, move |hub, reply| match reply.result {
            Ok(Done::Opened { task, .. } | Done::InHand { task }) => hub.take(task),
            Ok(_) => hub.take(None),
            Err(trouble) => hub.show_trouble(door, &trouble),
        });
    }

    /// Writes results and hands them over.
    pub fn export(self: &Rc<Self>, format: ExportFormat, raw: bool) {
        self.ask(Ask::Export { format, raw }, |hub, reply| hub.hand_over(reply));
    }

    /// Hands the record over.
    pub fn download_log(self: &Rc<Self>) {
        self.ask(Ask::DownloadLog {}, |hub, reply| hub.hand_over(reply));
    }

    fn hand_over(self: &Rc<Self>, reply: Reply) {
        match (reply.result, reply.payload) {
            (Ok(Done::File { name, media, complaints }), Some(bytes)) => {
                (self.host.download)(&name, &media, &bytes);
                self.change_face(Door::Panels, |face| face.complaints = complaints);
                let words = text::fill(self.t(Word::FileWritten), &[("name", &name)]);
                self.toast(Door::Panels, &words, false);
            }
            (Err(trouble), _) => self.show_trouble(Door::Panels, &trouble),
            _ => {}
        }
    }

    // ---- telling the person and the host page ---------------------------------------------------------------------

    /// Has a screen reader say a text.
    pub fn say(&self, door: Door, word: Word) {
        self.say_with(door, word, &[]);
    }

    /// The same, with blanks filled.
    pub fn say_with(&self, door: Door, word: Word, blanks: &[(&str, &str)]) {
        let words = text::fill(self.t(word), blanks);
        self.change_face(door, |face| face.said = (face.said.0.wrapping_add(1), words));
    }

    /// Shows a short message.
    pub fn toast(&self, door: Door, text: &str, bad: bool) {
        self.change_face(door, |face| {
            let number = face.toasts.last().map_or(1, |t| t.number + 1);
            face.toasts.retain(|t| t.text != text);
            face.toasts.push(Toast { number, text: text.to_owned(), bad });
            if face.toasts.len() > TOASTS {
                let at = face.toasts.iter().position(|t| !t.bad).unwrap_or(0);
                face.toasts.remove(at);
            }
        });
    }

    /// Shows what went wrong.
    pub fn show_trouble(&self, door: Door, trouble: &Trouble) {
        let lang = self.lang();
        let words = match trouble {
            Trouble::Refused { refusal } => {
                let view = self.desk(door.seat(), |desk| desk.view.clone());
                let about = view.zip(text::refusal_control(refusal));
                let about = about.map(|(view, control)| title::of_control(lang, &view, control));
                text::refusal_about(lang, refusal, &about.unwrap_or_default())
            }
            fault => text::trouble(lang, fault),
        };
        self.toast(door, &words, true);
    }

    fn dispatch(&self, name: &str, detail: &[(&str, &str)]) {
        let detail: serde_json::Map<_, _> = detail.iter().map(|(k, v)| ((*k).to_owned(), (*v).into())).collect();
        (self.host.dispatch)(name, &serde_json::Value::Object(detail).to_string());
    }

    fn dispatch_error(&self, trouble: &Trouble) {
        let code = match trouble {
            Trouble::Refused { refusal } => text::refusal_code(refusal),
            Trouble::Fault { code, .. } => code,
        };
        self.dispatch("error", &[("code", code), ("message", &text::trouble(self.lang(), trouble))]);
    }

    /// The control that the last refusal is about.
    pub fn refused_control(&self, seat: Seat) -> Option<(String, Refusal)> {
        self.desk(seat, |desk| {
            let refusal = desk.refused.clone()?;
            Some((text::refusal_control(&refusal)?.to_owned(), refusal))
        })
    }
}

/// A list of choices after one of them was pressed: in a single choice it replaces the other or is taken back; in a
/// multiple choice it is added or taken out. In the order of the configuration.
pub fn toggled(now: &[String], pressed: &str, multiple: bool, order: &[&str]) -> Vec<String> {
    let on = now.iter().any(|v| v == pressed);
    if !multiple {
        return if on { vec![] } else { vec![pressed.to_owned()] };
    }
    let wanted = |v: &str| if v == pressed { !on } else { now.iter().any(|n| n == v) };
    order.iter().filter(|v| wanted(v)).map(|v| (*v).to_owned()).collect()
}

impl Seat {
    /// The root that shows it.
    pub fn door(self) -> Door {
        match self {
            Self::Label => Door::Labeler,
            Self::Case => Door::Panels,
        }
    }
}
