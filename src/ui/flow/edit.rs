//! Edits of the annotation in hand, and keeping it: one request under way at most, the latest state wins.

use crate::domain::annotation::Span;
use crate::domain::draft::Edit;
use crate::domain::id::RegionId;
use crate::domain::schema::ControlKind;
use crate::domain::text::snap_outward;
use crate::ui::desk::{Chosen, Desk, Pending, Phase, Saving, Seat};
use crate::ui::hub::Hub;
use crate::ui::text::Word;
use crate::view::protocol::Ask;
use std::rc::Rc;

impl Hub {
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
    pub(super) fn keep(self: &Rc<Self>, seat: Seat) {
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
                // what was submitted meanwhile is kept by that; a draft written behind it would reopen the task
                desk.changed_since && desk.phase == Phase::Working && !desk.submitting
            });
            if again {
                hub.keep(seat);
            }
        });
    }

    /// The task stays in hand after all, since what was to end it was refused: what waited is kept now.
    pub(super) fn keep_after_all(self: &Rc<Self>, seat: Seat) {
        let waits = self.change_desk(seat, |desk| {
            desk.submitting = false;
            desk.changed_since && !desk.keeping
        });
        if waits {
            self.keep(seat);
        }
    }

    /// Before a task is put away: a change that waits for an earlier request is sent now.
    pub(super) fn keep_last(self: &Rc<Self>, seat: Seat) {
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
