//! The annotation in hand: answers that are not yet submitted, with undo and redo. Drafts are no events; they are kept
//! on the device on every change, so that a crash loses nothing, and they end when the task is submitted or skipped.

use super::annotation::{Answer, Span, Value};
use super::event::PredictionUse;
use super::id::RegionId;
use serde::{Deserialize, Serialize};

/// Steps that can be undone.
pub const UNDO_STEPS: usize = 200;

/// The annotation in hand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The answers so far; none is empty.
    pub answers: Vec<Answer>,
    /// What became of the prediction, once it was taken.
    pub prediction: Option<PredictionUse>,
    /// Milliseconds in hand before this sitting.
    #[serde(default)]
    pub spent_ms: u64,
    done: Vec<Step>,
    undone: Vec<Step>,
    next_region: u32,
}

/// One change and its opposite.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Step {
    Answer { control: String, region: Option<RegionId>, before: Option<Value>, after: Option<Value> },
    Span { control: String, before: Option<Span>, after: Option<Span>, lost: Vec<Answer> },
    All { before: Vec<Answer>, after: Vec<Answer>, was: Option<PredictionUse>, is: Option<PredictionUse> },
}

/// A change to the annotation in hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edit {
    /// Give the answer of a control that holds no spans; an empty value takes it back.
    Set {
        /// The control.
        control: String,
        /// The region, for a control asked of each region.
        region: Option<RegionId>,
        /// The value.
        value: Value,
    },
    /// Mark a span. It is given a name.
    AddSpan {
        /// The control.
        control: String,
        /// The span.
        span: Span,
    },
    /// Change labels or edges of a span.
    ChangeSpan {
        /// The control.
        control: String,
        /// The span as it is to be, found by its name.
        span: Span,
    },
    /// Delete a span and the answers about it.
    RemoveSpan {
        /// The control.
        control: String,
        /// Its name.
        id: RegionId,
    },
    /// Take a prediction's answers in place of all answers but the typed ones it does not give.
    TakePrediction {
        /// The prediction's answers.
        answers: Vec<Answer>,
    },
    /// Take every answer back.
    Clear,
}

impl Draft {
    /// A draft that begins from answers already given, as when a submitted task is corrected.
    pub fn from_answers(answers: Vec<Answer>) -> Self {
        let mut draft = Self { answers, ..Self::default() };
        draft.name_spans();
        draft
    }

    /// The value given to a control for the whole task.
    pub fn value(&self, control: &str) -> Option<&Value> {
        self.value_for(control, None)
    }

    /// The value given to a control for one region, or for the whole task.
    pub fn value_for(&self, control: &str, region: Option<&RegionId>) -> Option<&Value> {
        self.answers.iter().find(|a| a.control == control && a.region.as_ref() == region).map(|a| &a.value)
    }

    /// The spans of a control.
    pub fn spans(&self, control: &str) -> &[Span] {
        match self.value(control) {
            Some(Value::Spans(spans)) => spans,
            _ => &[],
        }
    }

    /// There is something to undo.
    pub fn can_undo(&self) -> bool {
        !self.done.is_empty()
    }

    /// There is something to redo.
    pub fn can_redo(&self) -> bool {
        !self.undone.is_empty()
    }

    /// Carries out a change. Answers the name of the span it made, where it made one. A change that changes nothing
    /// leaves no step behind.
    pub fn edit(&mut self, edit: Edit) -> Option<RegionId> {
        let mut made = None;
        let step = match edit {
            Edit::Set { control, region, value } => {
                let before = self.value_for(&control, region.as_ref()).cloned();
                let after = (!value.is_empty()).then_some(value);
                Step::Answer { control, region, before, after }
            }
            Edit::AddSpan { control, mut span } => {
                let id = self.fresh_region();
                span.id = Some(id.clone());
                made = Some(id);
                Step::Span { control, before: None, after: Some(span), lost: vec![] }
            }
            Edit::ChangeSpan { control, span } => {
                let before = self.spans(&control).iter().find(|s| s.id == span.id).cloned();
                before.as_ref()?;
                Step::Span { control, before, after: Some(span), lost: vec![] }
            }
            Edit::RemoveSpan { control, id } => {
                let before = self.spans(&control).iter().find(|s| s.id.as_ref() == Some(&id)).cloned();
                before.as_ref()?;
                let lost = self.answers.iter().filter(|a| a.region.as_ref() == Some(&id)).cloned().collect();
                Step::Span { control, before, after: None, lost }
            }
            Edit::TakePrediction { answers } => self.taken(answers),
            Edit::Clear => Step::All { before: self.answers.clone(), after: vec![], was: self.prediction, is: None },
        };
        if !step.changes_something() {
            return None;
        }
        let was_accepted = self.prediction == Some(PredictionUse::Accepted);
        self.run(&step, true);
        if was_accepted && !matches!(step, Step::All { .. }) {
            self.prediction = Some(PredictionUse::Edited);
        }
        self.undone.clear();
        self.remember(step);
        made
    }

    fn taken(&self, answers: Vec<Answer>) -> Step {
        let mut after = Self::from_answers(answers).answers;
        let given = |a: &Answer| after.iter().any(|b| b.control == a.control && b.region == a.region);
        let typed: Vec<_> =
            self.answers.iter().filter(|a| matches!(a.value, Value::Text(_)) && !given(a)).cloned().collect();
        after.extend(typed);
        let is = Some(PredictionUse::Accepted);
        Step::All { before: self.answers.clone(), after, was: self.prediction, is }
    }

    /// Typing into one field is one step, so that undo does not go letter by letter.
    fn remember(&mut self, step: Step) {
        if let (
            Some(Step::Answer { control, region, after, .. }),
            Step::Answer { control: c, region: r, before: Some(Value::Text(_)), after: Some(Value::Text(now)) },
        ) = (self.done.last_mut(), &step)
            && control == c
            && region == r
            && let Some(Value::Text(then)) = after
            && now.len() == then.len()
        {
            *after = Some(Value::Text(now.clone()));
            return;
        }
        self.done.push(step);
        if self.done.len() > UNDO_STEPS {
            self.done.remove(0);
        }
    }

    /// Takes the last change back; `false` where there is none.
    pub fn undo(&mut self) -> bool {
        let Some(step) = self.done.pop() else { return false };
        self.run(&step, false);
        self.undone.push(step);
        true
    }

    /// Does again what was undone last; `false` where there is nothing.
    pub fn redo(&mut self) -> bool {
        let Some(step) = self.undone.pop() else { return false };
        self.run(&step, true);
        self.done.push(step);
        true
    }

    fn run(&mut self, step: &Step, forward: bool) {
        match step {
            Step::Answer { control, region, before, after } => {
                let value = if forward { after } else { before };
                self.put(control, region.as_ref(), value.clone());
            }
            Step::Span { control, before, after, lost } => {
                let (from, to) = if forward { (before, after) } else { (after, before) };
                self.put_span(control, from.as_ref(), to.as_ref());
                if forward {
                    self.answers.retain(|a| !lost.contains(a));
                } else {
                    self.answers.extend(lost.iter().cloned());
                }
            }
            Step::All { before, after, was, is } => {
                let (answers, prediction) = if forward { (after, is) } else { (before, was) };
                self.answers.clone_from(answers);
                self.prediction = *prediction;
            }
        }
    }

    fn put(&mut self, control: &str, region: Option<&RegionId>, value: Option<Value>) {
        let at = self.answers.iter().position(|a| a.control == control && a.region.as_ref() == region);
        match (at, value) {
            (Some(at), Some(value)) => {
                if let Some(answer) = self.answers.get_mut(at) {
                    answer.value = value;
                }
            }
            (Some(at), None) => {
                self.answers.remove(at);
            }
            (None, Some(value)) => {
                self.answers.push(Answer { control: control.to_owned(), region: region.cloned(), value });
            }
            (None, None) => {}
        }
    }

    fn put_span(&mut self, control: &str, from: Option<&Span>, to: Option<&Span>) {
        let at = self.answers.iter().position(|a| a.control == control && a.region.is_none());
        let at = at.unwrap_or_else(|| {
            let value = Value::Spans(vec![]);
            self.answers.push(Answer { control: control.to_owned(), region: None, value });
            self.answers.len() - 1
        });
        let Some(Value::Spans(spans)) = self.answers.get_mut(at).map(|a| &mut a.value) else { return };
        let place = from.and_then(|from| spans.iter().position(|s| s.id == from.id));
        match (place, to) {
            (Some(place), Some(to)) => {
                if let Some(span) = spans.get_mut(place) {
                    *span = to.clone();
                }
            }
            (Some(place), None) => {
                spans.remove(place);
            }
            (None, Some(to)) => spans.push(to.clone()),
            (None, None) => {}
        }
        if spans.is_empty() {
            self.answers.remove(at);
        }
    }

    fn fresh_region(&mut self) -> RegionId {
        loop {
            self.next_region += 1;
            let id = RegionId(format!("r{}", self.next_region));
            let taken = self.answers.iter().any(|a| match &a.value {
                Value::Spans(spans) => spans.iter().any(|s| s.id.as_ref() == Some(&id)),
                _ => false,
            });
            if !taken {
                return id;
            }
        }
    }

    /// Spans of foreign answers may be nameless; here each needs a name to be found again.
    fn name_spans(&mut self) {
        for at in 0..self.answers.len() {
            let Some(Value::Spans(spans)) = self.answers.get(at).map(|a| a.value.clone()) else { continue };
            let named = spans
                .into_iter()
                .map(|s| Span { id: Some(s.id.clone().unwrap_or_else(|| self.fresh_region())), ..s })
                .collect();
            if let Some(answer) = self.answers.get_mut(at) {
                answer.value = Value::Spans(named);
            }
        }
    }
}

impl Step {
    fn changes_something(&self) -> bool {
        match self {
            Self::Answer { before, after, .. } => before != after,
            Self::Span { before, after, .. } => before != after,
            Self::All { before, after, was, is } => before != after || was != is,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::text::CodePoint;
    use proptest::prelude::*;

    fn span(start: u32, end: u32, label: &str) -> Span {
        Span { start: CodePoint(start), end: CodePoint(end), labels: vec![label.into()], id: None, field: None }
    }
    fn set(control: &str, value: Value) -> Edit {
        Edit::Set { control: control.into(), region: None, value }
    }

    #[test]
    fn a_story_with_undo() {
        let mut draft = Draft::default();
        draft.edit(set("intent", Value::Choices(vec!["refund".into()])));
        let id = draft.edit(Edit::AddSpan { control: "ner".into(), span: span(0, 4, "PER") }).unwrap();
        draft.edit(Edit::Set { control: "sure".into(), region: Some(id.clone()), value: Value::Rating(3) });
        let full = draft.answers.clone();
        draft.edit(Edit::RemoveSpan { control: "ner".into(), id: id.clone() });
        assert_eq!(draft.answers.len(), 1, "the answer about the span goes with it");
        assert!(draft.undo());
        assert_eq!(draft.answers, full);
        assert!(draft.undo() && draft.undo() && draft.undo() && !draft.undo());
        assert!(draft.answers.is_empty());
        while draft.redo() {}
        assert_eq!(draft.answers.len(), 1);
    }

    #[test]
    fn typing_is_one_step() {
        let mut draft = Draft::default();
        for text in ["h", "he", "hey"] {
            draft.edit(set("why", Value::Text(vec![text.into()])));
        }
        draft.undo();
        assert_eq!(draft.value("why"), None);
        assert!(!draft.undo());
    }

    #[test]
    fn a_prediction_is_accepted_then_edited() {
        let mut draft = Draft::default();
        draft.edit(set("why", Value::Text(vec!["kept".into()])));
        let answer = |c: &str, value| Answer { control: c.into(), region: None, value };
        let answers = vec![
            answer("intent", Value::Choices(vec!["refund".into()])),
            answer("ner", Value::Spans(vec![span(1, 2, "PER")])),
        ];
        draft.edit(Edit::TakePrediction { answers });
        assert_eq!(draft.prediction, Some(PredictionUse::Accepted));
        assert!(draft.value("why").is_some());
        assert!(draft.spans("ner")[0].id.is_some(), "a span of a prediction gets a name");
        draft.edit(set("intent", Value::Choices(vec!["other".into()])));
        assert_eq!(draft.prediction, Some(PredictionUse::Edited));
        draft.undo();
        draft.undo();
        assert_eq!(draft.prediction, None);
        assert_eq!(draft.answers.len(), 1);
    }

    proptest! {
        #[test]
        fn undoing_all_and_redoing_all_gives_the_same(edits in proptest::collection::vec((0u8..5, 0u32..9, 1u32..5), 1..40)) {
            let mut draft = Draft::default();
            for (kind, a, b) in edits {
                let first = draft.spans("ner").first().cloned();
                match (kind, first) {
                    (0, _) => { draft.edit(set("stars", Value::Rating(b))); }
                    (1, _) => { draft.edit(Edit::AddSpan { control: "ner".into(), span: span(a, a + b, "A") }); }
                    (2, Some(s)) => { draft.edit(Edit::RemoveSpan { control: "ner".into(), id: s.id.unwrap() }); }
                    (3, Some(s)) => { draft.edit(Edit::ChangeSpan { control: "ner".into(), span: Span { labels: vec![b.to_string()], ..s } }); }
                    _ => { draft.edit(Edit::Clear); }
                }
            }
            let sorted = |d: &Draft| { let mut a = d.answers.clone(); for x in &mut a { if let Value::Spans(s) = &mut x.value { s.sort() } } a.sort(); a };
            let end = sorted(&draft);
            while draft.undo() {}
            prop_assert!(draft.answers.is_empty());
            while draft.redo() {}
            prop_assert_eq!(sorted(&draft), end);
        }
    }
}
