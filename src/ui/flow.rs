//! What happens between gesture and record: open a task, edit, keep, submit, go on. Methods of the hub, without any
//! component, so that the whole flow runs natively in tests against a host that records what was sent.

mod edit;
mod tell;

pub use edit::toggled;

use super::desk::{Phase, Seat};
use super::face::{Dialog, Door, RevealStep, Tab};
use super::hub::{Hub, Reply};
use super::text::{self, Word};
use crate::domain::draft::Edit;
use crate::domain::event::Role;
use crate::domain::id::TaskId;
use crate::view::model::{View, ViewKey};
use crate::view::protocol::{Ask, Done, ExportFormat, Trouble};
use std::rc::Rc;

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
                self.leave_person();
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

    /// Another person or project is at work from now on: nothing of the one before may stay on the screen or be kept in
    /// their name. What was to be kept was sent before.
    pub(super) fn leave_person(self: &Rc<Self>) {
        let watch = self.change_desk(Seat::Label, |desk| desk.clear(Phase::Opening));
        drop(watch);
        self.forget_tasks();
    }

    // ---- a task in hand -----------------------------------------------------------------------------------------

    /// Takes a task in hand; `None` for the next that is not done.
    pub fn take(self: &Rc<Self>, task: Option<TaskId>) {
        self.put_away(Seat::Label, Phase::Opening);
        if let Some(task) = &task {
            self.expect_task(task.clone());
        }
        let turn = self.change_desk(Seat::Label, |desk| {
            desk.turn += 1;
            desk.turn
        });
        self.ask(Ask::OpenTask { task }, move |hub, reply| match reply.result {
            // another task was asked for meanwhile, perhaps of another project
            _ if hub.desk(Seat::Label, |desk| desk.turn != turn) => {}
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
            let task = view.task.clone();
            self.change_desk(seat, |desk| desk.take(view, now_ms));
            if seat == Seat::Label {
                self.dispatch("shown", &[("task", task.as_str())]);
            }
        } else if mine {
            self.change_desk(seat, |desk| desk.refresh(&view));
        }
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
                let next = if let Done::Recorded { sequence, next, answers } = done {
                    // not those in hand: what a person typed may hold what the record covers
                    let task = self.desk(Seat::Label, |desk| desk.task.clone()).unwrap_or_default();
                    let detail = serde_json::json!({ "task": task, "answers": answers, "sequence": sequence });
                    (self.host.dispatch)("submit", &detail.to_string());
                    (self.host.keep_storage)();
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
                    if let Trouble::Refused { refusal } = &trouble {
                        desk.refused = Some(refusal.clone());
                    }
                });
                self.keep_after_all(Seat::Label);
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
        let task = self.change_desk(Seat::Label, |desk| {
            let task = desk.task.clone().filter(|_| !desk.submitting)?;
            desk.submitting = true;
            Some(task)
        });
        let Some(task) = task else { return };
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
                hub.keep_after_all(Seat::Label);
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
                desk.changed_since &= refused.is_some();
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
        self.keep_last(Seat::Label);
        self.put_away(Seat::Case, Phase::Closed);
        self.change_face(Door::Panels, |face| face.case = None);
        self.ask(Ask::SwitchProfile { label: label.to_owned(), roles }, move |hub, reply| match reply.result {
            Ok(Done::Opened { task, .. } | Done::InHand { task }) => {
                hub.leave_person();
                hub.take(task);
            }
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

    pub(super) fn hand_over(self: &Rc<Self>, reply: Reply) {
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
