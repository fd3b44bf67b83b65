//! A case as a comparison: what each person answered to each control, whether they differ, and what the draft becomes when
//! one answer is taken. Pure.

use crate::domain::annotation::{Answer, Span, Value};
use crate::domain::draft::{Draft, Edit};
use crate::domain::id::RegionId;
use crate::domain::schema::{Control, ControlKind, Schema, TextPurpose};
use crate::view::model::SideView;
use std::collections::{BTreeMap, BTreeSet};

/// One control of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared<'a> {
    /// The control.
    pub control: &'a Control,
    /// Each person's answer, in the order of the sides; `None` where there is none.
    pub values: Vec<Option<&'a Value>>,
    /// They are not all the same.
    pub differs: bool,
}

/// The controls of a case that are compared: those of the task as a whole, but for rationales. Answers about spans stand
/// with their spans.
pub fn compare<'a>(schema: &'a Schema, sides: &'a [SideView]) -> Vec<Compared<'a>> {
    let asked = schema.controls.iter().filter(|c| !c.per_region && !is_rationale(c));
    asked
        .map(|control| {
            let values: Vec<_> = sides.iter().map(|side| value(&side.answers, &control.name)).collect();
            let differs = sides.windows(2).any(|pair| {
                let [a, b] = pair else { return false };
                let same = meaning(schema, &a.answers, control) == meaning(schema, &b.answers, control);
                !same
            });
            Compared { control, values, differs }
        })
        .collect()
}

/// The control asks why.
pub fn is_rationale(control: &Control) -> bool {
    matches!(control.kind, ControlKind::TextArea { purpose: TextPurpose::Rationale, .. })
}

/// The control for rationales, where the configuration has one.
pub fn rationale_control(schema: &Schema) -> Option<&Control> {
    schema.controls.iter().find(|c| is_rationale(c))
}

/// The rationale in a draft.
pub fn rationale_text(schema: &Schema, draft: &Draft) -> String {
    match rationale_control(schema).and_then(|c| draft.value(&c.name)) {
        Some(Value::Text(texts)) => texts.join("\n"),
        _ => String::new(),
    }
}

/// The answer to a control for the whole task; an empty one is none.
pub fn value<'a>(answers: &'a [Answer], control: &str) -> Option<&'a Value> {
    let here = |a: &&Answer| a.control == control && a.region.is_none();
    answers.iter().find(here).map(|a| &a.value).filter(|v| !v.is_empty())
}

/// What is said about one span.
pub fn about<'a>(schema: &Schema, answers: &'a [Answer], span: &Span) -> Vec<&'a Answer> {
    let Some(id) = &span.id else { return vec![] };
    let asked = |a: &&Answer| schema.control(&a.control).is_some_and(|c| c.per_region);
    answers.iter().filter(|a| a.region.as_ref() == Some(id) && !a.value.is_empty()).filter(asked).collect()
}

/// The meaning of an answer, with the spans in the order of the text and without their names.
#[derive(Debug, PartialEq, Eq)]
enum Meaning<'a> {
    None,
    Value(&'a Value),
    Spans(Vec<SpanMeaning<'a>>),
}

type SpanMeaning<'a> = (u32, u32, Vec<&'a str>, Option<&'a str>, Vec<(&'a str, &'a Value)>);

fn meaning<'a>(schema: &'a Schema, answers: &'a [Answer], control: &Control) -> Meaning<'a> {
    match value(answers, &control.name) {
        None => Meaning::None,
        Some(Value::Spans(spans)) => {
            let mut all: Vec<_> = spans.iter().map(|span| span_meaning(schema, answers, span)).collect();
            all.sort();
            Meaning::Spans(all)
        }
        Some(value) => Meaning::Value(value),
    }
}

fn span_meaning<'a>(schema: &Schema, answers: &'a [Answer], span: &'a Span) -> SpanMeaning<'a> {
    let mut labels: Vec<&str> = span.labels.iter().map(String::as_str).collect();
    labels.sort_unstable();
    let mut said: Vec<_> = about(schema, answers, span).into_iter().map(|a| (a.control.as_str(), &a.value)).collect();
    said.sort();
    (span.start.0, span.end.0, labels, span.field.as_deref(), said)
}

/// Only this person, or not everyone, marked this span so.
pub fn stands_alone(schema: &Schema, sides: &[SideView], own: &SideView, control: &str, span: &Span) -> bool {
    let wanted = span_meaning(schema, &own.answers, span);
    let has = |side: &SideView| match value(&side.answers, control) {
        Some(Value::Spans(spans)) => spans.iter().any(|s| span_meaning(schema, &side.answers, s) == wanted),
        _ => false,
    };
    !sides.iter().all(has)
}

/// The draft says the same as this person.
pub fn taken(schema: &Schema, draft: &[Answer], side: &[Answer], control: &Control) -> bool {
    value(side, &control.name).is_some() && meaning(schema, draft, control) == meaning(schema, side, control)
}

/// The edit that makes the draft say what a person said to one control. `None` where they said nothing.
pub fn take(schema: &Schema, draft: &Draft, side: &[Answer], control: &Control) -> Option<Edit> {
    match value(side, &control.name)? {
        Value::Spans(spans) => {
            Some(Edit::TakePrediction { answers: with_spans(schema, &draft.answers, side, spans, &control.name) })
        }
        other => Some(Edit::Set { control: control.name.clone(), region: None, value: other.clone() }),
    }
}

/// The draft's answers with the spans of one control, and what is said about them, replaced by another person's. Spans
/// whose names are taken by another control get new ones.
fn with_spans(schema: &Schema, draft: &[Answer], side: &[Answer], spans: &[Span], control: &str) -> Vec<Answer> {
    let names = |value: &Value| -> Vec<RegionId> {
        match value {
            Value::Spans(spans) => spans.iter().filter_map(|s| s.id.clone()).collect(),
            _ => vec![],
        }
    };
    let old: BTreeSet<RegionId> = value(draft, control).map(names).unwrap_or_default().into_iter().collect();
    let gone = |a: &Answer| a.control == control || a.region.as_ref().is_some_and(|r| old.contains(r));
    let mut out: Vec<Answer> = draft.iter().filter(|a| !gone(a)).cloned().collect();
    let mut used: BTreeSet<RegionId> = out.iter().flat_map(|a| names(&a.value)).collect();
    let mut renamed: BTreeMap<RegionId, RegionId> = BTreeMap::new();
    let mut said = vec![];
    let new = spans.iter().map(|span| {
        let name = free_name(span.id.as_ref(), &used);
        used.insert(name.clone());
        if let Some(id) = &span.id {
            renamed.insert(id.clone(), name.clone());
            said.extend(about(schema, side, span).into_iter().cloned());
        }
        Span { id: Some(name), ..span.clone() }
    });
    let new = Value::Spans(new.collect());
    out.push(Answer { control: control.to_owned(), region: None, value: new });
    for mut answer in said {
        answer.region = answer.region.as_ref().and_then(|r| renamed.get(r).cloned());
        out.push(answer);
    }
    out
}

fn free_name(wanted: Option<&RegionId>, used: &BTreeSet<RegionId>) -> RegionId {
    let stem = wanted.map_or("r", |id| id.as_str());
    let plain = wanted.cloned().into_iter();
    let numbered = (1u32..).map(|n| RegionId(format!("{stem}{}{n}", if wanted.is_some() { "-" } else { "" })));
    plain.chain(numbered).find(|name| !used.contains(name)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::schema::LabelOption;
    use crate::domain::text::CodePoint;

    fn control(name: &str, per_region: bool, kind: ControlKind) -> Control {
        Control { name: name.into(), to_fields: vec!["text".into()], title: None, required: false, per_region, kind }
    }

    fn schema() -> Schema {
        let option = |v: &str| LabelOption { value: v.into(), ..LabelOption::default() };
        let labels = || ControlKind::Labels { multiple: false, labels: vec![option("A"), option("B")] };
        let text =
            |purpose| ControlKind::TextArea { rows: 1, placeholder: String::new(), max_submissions: None, purpose };
        let choices = ControlKind::Choices { multiple: false, choices: vec![option("x"), option("y")] };
        Schema {
            fields: vec![],
            controls: vec![
                control("intent", false, choices),
                control("ner", false, labels()),
                control("other", false, labels()),
                control("sure", true, ControlKind::Rating { max: 5 }),
                control("why", false, text(TextPurpose::Rationale)),
            ],
        }
    }

    fn span(start: u32, end: u32, label: &str, id: Option<&str>) -> Span {
        let (start, end) = (CodePoint(start), CodePoint(end));
        Span { start, end, labels: vec![label.into()], id: id.map(Into::into), field: None }
    }

    fn answer(control: &str, region: Option<&str>, value: Value) -> Answer {
        Answer { control: control.into(), region: region.map(Into::into), value }
    }

    fn side(person: &str, answers: Vec<Answer>) -> SideView {
        SideView { person: person.into(), answers, rationale: String::new(), time: String::new() }
    }

    fn choose(v: &str) -> Value {
        Value::Choices(vec![v.into()])
    }

    #[test]
    fn what_differs() {
        let spans = |a: Vec<Span>| answer("ner", None, Value::Spans(a));
        let sure = |id: &str, n| answer("sure", Some(id), Value::Rating(n));
        let ab = vec![span(0, 4, "A", Some("r1")), span(5, 9, "B", Some("r2"))];
        let ba = vec![span(5, 9, "B", Some("z")), span(0, 4, "A", None)];
        for (name, a, b, expect) in [
            ("same", vec![answer("intent", None, choose("x"))], vec![answer("intent", None, choose("x"))], vec![]),
            (
                "other",
                vec![answer("intent", None, choose("x"))],
                vec![answer("intent", None, choose("y"))],
                vec!["intent"],
            ),
            ("none", vec![answer("intent", None, choose("x"))], vec![], vec!["intent"]),
            ("order and names", vec![spans(ab.clone())], vec![spans(ba.clone())], vec![]),
            ("about a span", vec![spans(ab.clone()), sure("r1", 3)], vec![spans(ba)], vec!["ner"]),
            ("edges", vec![spans(ab)], vec![spans(vec![span(0, 5, "A", None), span(5, 9, "B", None)])], vec!["ner"]),
        ] {
            let (schema, sides) = (schema(), [side("a", a), side("b", b)]);
            let found: Vec<_> =
                compare(&schema, &sides).into_iter().filter(|c| c.differs).map(|c| c.control.name.clone()).collect();
            assert_eq!(found, expect, "{name}");
        }
    }

    #[test]
    fn spans_are_taken_with_what_is_said_about_them_and_under_free_names() {
        let schema = schema();
        let mut draft = Draft::from_answers(vec![
            answer("intent", None, choose("x")),
            answer("ner", None, Value::Spans(vec![span(9, 10, "B", Some("old"))])),
            answer("sure", Some("old"), Value::Rating(1)),
            answer("other", None, Value::Spans(vec![span(1, 2, "A", Some("r1"))])),
        ]);
        let from = [
            answer("ner", None, Value::Spans(vec![span(0, 4, "A", Some("r1")), span(5, 9, "B", None)])),
            answer("sure", Some("r1"), Value::Rating(4)),
        ];
        let ner = schema.control("ner").unwrap();
        assert!(!taken(&schema, &draft.answers, &from, ner));
        draft.edit(take(&schema, &draft, &from, ner).unwrap());
        assert!(taken(&schema, &draft.answers, &from, ner), "{:?}", draft.answers);
        assert_eq!(draft.value("intent"), Some(&choose("x")), "other answers stay");
        assert_eq!(draft.spans("other").len(), 1);
        let mut ids: Vec<_> = draft.spans("ner").iter().chain(draft.spans("other")).map(|s| s.id.clone()).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 3, "each span has a name of its own");
        assert!(!draft.answers.iter().any(|a| a.region.as_ref().is_some_and(|r| r.as_str() == "old")));
        assert!(draft.undo());
        assert_eq!(draft.spans("ner").first().map(|s| s.start.0), Some(9));
    }

    #[test]
    fn plain_answers_and_nothing() {
        let schema = schema();
        let draft = Draft::default();
        let intent = schema.control("intent").unwrap();
        assert_eq!(take(&schema, &draft, &[], intent), None);
        let side = [answer("intent", None, choose("y"))];
        let expect = Edit::Set { control: "intent".into(), region: None, value: choose("y") };
        assert_eq!(take(&schema, &draft, &side, intent), Some(expect));
    }

    #[test]
    fn a_span_stands_alone() {
        let schema = schema();
        let spans = |a: Vec<Span>| vec![answer("ner", None, Value::Spans(a))];
        let sides = [
            side("a", spans(vec![span(0, 4, "A", Some("p")), span(5, 9, "B", None)])),
            side("b", spans(vec![span(0, 4, "A", Some("q"))])),
        ];
        assert!(!stands_alone(&schema, &sides, &sides[0], "ner", &span(0, 4, "A", Some("p"))));
        assert!(stands_alone(&schema, &sides, &sides[0], "ner", &span(5, 9, "B", None)));
    }
}
