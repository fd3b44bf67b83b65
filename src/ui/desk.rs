//! The annotation in hand and what surrounds it on the screen: the selected span, the label that is ready to mark, the
//! pending selection, and whether all of it is kept. Two seats: the annotator's task and the adjudicator's case.

use super::hub::Watch;
use crate::domain::annotation::{Answer, Span, Value};
use crate::domain::draft::{Draft, Edit};
use crate::domain::id::{RegionId, TaskId};
use crate::domain::refusal::Refusal;
use crate::domain::schema::{ControlKind, Schema};
use crate::domain::text::CodePoint;
use crate::view::model::TaskView;
use crate::view::protocol::Trouble;
use std::rc::Rc;

/// Whose annotation it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Seat {
    /// The annotator's task.
    Label,
    /// The adjudicator's case.
    Case,
}

/// Where the task in hand stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// No project yet.
    #[default]
    Closed,
    /// Asked for, not here yet.
    Opening,
    /// In hand.
    Working,
    /// Nothing is left to do.
    Done,
    /// It could not be opened.
    Failed(Trouble),
}

/// Whether the annotation in hand is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Saving {
    /// Nothing was changed.
    #[default]
    Untouched,
    /// On its way to the disk.
    Saving,
    /// Durable.
    Saved,
    /// Not kept, and why; the next change tries again.
    Failed(Trouble),
}

/// A selected span: its control and its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The control.
    pub control: String,
    /// The span.
    pub id: RegionId,
}

/// A stretch of a field that the person selected but did not mark yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// The field.
    pub field: String,
    /// First code point.
    pub start: CodePoint,
    /// One past the last.
    pub end: CodePoint,
}

/// See the module.
#[derive(Default)]
pub struct Desk {
    /// Where the task stands.
    pub phase: Phase,
    /// Which task.
    pub task: Option<TaskId>,
    /// Its view, once here.
    pub view: Option<Rc<TaskView>>,
    /// The annotation.
    pub draft: Draft,
    /// Whether it is kept.
    pub saving: Saving,
    /// The selected span.
    pub chosen: Option<Chosen>,
    /// The label that marks the next selection: control and place in its list.
    pub armed: Option<(String, usize)>,
    /// Selected, not marked.
    pub pending: Option<Pending>,
    /// Why the last submission was refused.
    pub refused: Option<Refusal>,
    /// A submission is on its way.
    pub submitting: bool,
    /// The prediction on the screen.
    pub prediction: usize,
    /// Counts changes of the annotation, so that a screen can tell cheaply whether it is the same.
    pub revision: u64,
    pub(super) keeping: bool,
    pub(super) changed_since: bool,
    pub(super) opened_ms: u64,
    pub(super) spent_before_ms: u64,
    pub(super) watch: Option<Watch>,
    /// Counts the tasks that were asked for: an answer to an earlier question is nobody's.
    pub(super) turn: u64,
}

impl Desk {
    /// Puts a task on the desk, with the annotation as it was kept.
    pub(super) fn take(&mut self, view: Rc<TaskView>, now_ms: u64) {
        self.draft = view.draft.clone();
        self.revision += 1;
        self.spent_before_ms = self.draft.spent_ms;
        self.opened_ms = now_ms;
        self.task = Some(view.task.clone());
        self.view = Some(view);
        self.phase = Phase::Working;
        self.saving = Saving::Untouched;
        self.chosen = None;
        self.pending = None;
        self.refused = None;
        self.prediction = 0;
        self.changed_since = false;
        self.arm_if_single();
    }

    /// Takes a later view of the same task. The annotation in hand stays; parts that are equal keep their pointers, so
    /// that what draws them sees at a glance that nothing changed.
    pub(super) fn refresh(&mut self, new: &TaskView) {
        let Some(old) = &self.view else { return };
        let mut new = new.clone();
        if new.schema == old.schema {
            new.schema = Rc::clone(&old.schema);
        }
        if new.layout == old.layout {
            new.layout = Rc::clone(&old.layout);
        }
        if new.fields == old.fields {
            new.fields = Rc::clone(&old.fields);
        }
        new.draft = Draft::default();
        self.view = Some(Rc::new(new));
    }

    /// Puts the task away.
    pub(super) fn clear(&mut self, phase: Phase) -> Option<Watch> {
        let old = std::mem::take(self);
        let revision = old.revision + 1;
        *self = Self { phase, revision, keeping: old.keeping, armed: old.armed, turn: old.turn, ..Self::default() };
        old.watch
    }

    /// With one label in all there is nothing to choose, so it is ready at once. A label of another schema is put away.
    fn arm_if_single(&mut self) {
        let Some(schema) = self.schema() else { return };
        if let Some((control, at)) = &self.armed {
            let there = labels_of(&schema, control).is_some_and(|n| *at < n);
            if !there {
                self.armed = None;
            }
        }
        let mut all = schema.controls.iter().filter(|c| matches!(c.kind, ControlKind::Labels { .. }));
        if let (Some(only), None) = (all.next(), all.next())
            && labels_of(&schema, &only.name) == Some(1)
        {
            self.armed = Some((only.name.clone(), 0));
        }
    }

    /// The schema of the task in hand.
    pub fn schema(&self) -> Option<Rc<Schema>> {
        self.view.as_ref().map(|v| Rc::clone(&v.schema))
    }

    /// Milliseconds in hand until now, of this sitting and those before.
    pub fn spent_ms(&self, now_ms: u64) -> u64 {
        self.spent_before_ms.saturating_add(now_ms.saturating_sub(self.opened_ms))
    }

    /// Carries out an edit; answers the span it made.
    pub(super) fn edit(&mut self, edit: Edit) -> Option<RegionId> {
        let made = self.draft.edit(edit);
        self.revision += 1;
        self.refused = None;
        self.forget_lost_choice();
        made
    }

    /// After undo or delete the selected span may be gone.
    pub(super) fn forget_lost_choice(&mut self) {
        if let Some(chosen) = &self.chosen
            && self.span(chosen).is_none()
        {
            self.chosen = None;
        }
    }

    /// The span that is meant.
    pub fn span(&self, chosen: &Chosen) -> Option<&Span> {
        self.draft.spans(&chosen.control).iter().find(|s| s.id.as_ref() == Some(&chosen.id))
    }

    /// All spans of a field, with their controls, in the order of controls and making.
    pub fn spans_of(&self, field: &str) -> Vec<(String, Span)> {
        let Some(schema) = self.schema() else { return vec![] };
        let mut all = vec![];
        for control in &schema.controls {
            let first = control.to_fields.first().map(String::as_str);
            let here = |s: &&Span| s.field.as_deref().or(first) == Some(field);
            all.extend(self.draft.spans(&control.name).iter().filter(here).map(|s| (control.name.clone(), s.clone())));
        }
        all
    }

    /// There is a span.
    pub fn has_spans(&self) -> bool {
        self.draft.answers.iter().any(|a| matches!(&a.value, Value::Spans(spans) if !spans.is_empty()))
    }

    /// The span after or before the selected one, in the order of fields and text, and the words to say of it.
    pub fn next_span(&self, forward: bool) -> Option<(Chosen, [(&'static str, String); 4])> {
        let view = self.view.as_ref()?;
        let mut all: Vec<(usize, String, Span)> = vec![];
        for (order, field) in view.fields.iter().enumerate() {
            all.extend(self.spans_of(&field.name).into_iter().map(|(control, span)| (order, control, span)));
        }
        all.sort_by_key(|a| (a.0, a.2.start, a.2.end));
        let is = |(_, control, span): &(usize, String, Span)| {
            self.chosen.as_ref().is_some_and(|c| c.control == *control && Some(&c.id) == span.id.as_ref())
        };
        let count = all.len();
        let at = match (all.iter().position(is), forward) {
            (Some(at), true) => (at + 1) % count,
            (Some(at), false) => (at + count - 1) % count,
            (None, true) => 0,
            (None, false) => count.checked_sub(1)?,
        };
        let (order, control, span) = all.get(at)?;
        let text = view.fields.get(*order).map(|f| excerpt(&f.text, span)).unwrap_or_default();
        let chosen = Chosen { control: control.clone(), id: span.id.clone()? };
        let label = span.labels.join(", ");
        Some((chosen, [("n", (at + 1).to_string()), ("total", count.to_string()), ("label", label), ("text", text)]))
    }

    /// The answers to submit.
    pub fn answers(&self) -> Vec<Answer> {
        self.draft.answers.clone()
    }

    /// The control has an answer.
    pub fn answered(&self, control: &str) -> bool {
        self.draft.answers.iter().any(|a| a.control == control && !a.value.is_empty())
    }

    /// The chosen values of a flat control, for the task or for the selected span.
    pub fn choices(&self, control: &str, region: Option<&RegionId>) -> Vec<String> {
        match self.draft.value_for(control, region) {
            Some(Value::Choices(values)) => values.clone(),
            _ => vec![],
        }
    }

    /// The annotation says something that was not submitted.
    pub fn unsubmitted(&self) -> bool {
        self.view.as_ref().is_some_and(|v| v.submitted != self.draft.answers)
    }
}

/// The words of a span, at most 60 characters.
pub fn excerpt(text: &str, span: &Span) -> String {
    const MOST: usize = 60;
    let wanted = span.end.index().saturating_sub(span.start.index());
    let mut out: String = text.chars().skip(span.start.index()).take(wanted.min(MOST)).collect();
    if wanted > MOST {
        out.push('…');
    }
    out
}

fn labels_of(schema: &Schema, control: &str) -> Option<usize> {
    match &schema.control(control)?.kind {
        ControlKind::Labels { labels, .. } => Some(labels.len()),
        _ => None,
    }
}
