//! From the answers of a project to the agreement on one control.
//!
//! Each answer becomes one nominal value: a single choice is itself, a set (several choices, taxonomy paths, spans) is
//! its members in a fixed order, so that two people agree only if their sets are equal. That is strict but plain; for
//! spans a pairwise F1 stands beside it, which gives credit for part. A model takes part as one more annotator.

use super::alpha::{self, Level};
use super::kappa::{self, Weights};
use super::spans::{self, Marked};
use super::{Cancelled, Plan, Score, Table, TableBuilder, Undefined, Watch, percent};
use crate::domain::annotation::{Answer, Value};
use crate::domain::schema::{Control, ControlKind};
use crate::domain::task::ReleasedTask;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// One annotator's answer to the control, for one item.
#[derive(Clone, Debug, PartialEq)]
pub struct ControlAnswer<'a> {
    /// The item: a task's name.
    pub item: &'a str,
    /// Who: a person's pseudonym, or a model.
    pub annotator: &'a str,
    /// What.
    pub value: Cow<'a, Value>,
}

/// Agreement on one control, before any adjudication.
#[derive(Clone, Debug, PartialEq)]
pub struct ControlAgreement {
    /// Items with at least one answer.
    pub items: u32,
    /// Items with answers of at least two annotators.
    pub compared: u32,
    /// Annotators that answered.
    pub annotators: u32,
    /// Share of equal pairs of answers, averaged over items.
    pub percent: Score,
    /// Cohen's kappa; [`Undefined::NotTwoAnnotators`] unless exactly two answered.
    pub kappa: Score,
    /// Krippendorff's alpha, nominal.
    pub alpha: Score,
    /// Mean pairwise F1 of exact spans; `None` for controls that mark none.
    pub span_f1: Option<Score>,
    /// Items on which not all gave the same answer, in the order met.
    pub disagreements: Vec<Disagreement>,
}

/// An item on which annotators differ, with what each said.
#[derive(Clone, Debug, PartialEq)]
pub struct Disagreement {
    /// The item.
    pub item: String,
    /// Annotator and answer, by annotator.
    pub answers: Vec<(String, Value)>,
}

/// The answers of some annotations `(item, annotator, answers)` to `control`. An annotation without an answer to it
/// counts as the empty set where a set is asked for (several choices, paths, spans: nothing applies), and is missing
/// where one value is asked for.
///
/// # Errors
/// [`Undefined::PerRegion`] for a control asked of regions: their identity is private to each annotation.
pub fn collect<'a>(
    control: &Control,
    annotations: impl IntoIterator<Item = (&'a str, &'a str, &'a [Answer])>,
) -> Result<Vec<ControlAnswer<'a>>, Undefined> {
    if control.per_region {
        return Err(Undefined::PerRegion);
    }
    let nothing = match &control.kind {
        ControlKind::Choices { multiple: true, .. } => Some(Value::Choices(Vec::new())),
        ControlKind::Labels { .. } => Some(Value::Spans(Vec::new())),
        ControlKind::Taxonomy { max_usages, .. } if *max_usages != Some(1) => Some(Value::Taxonomy(Vec::new())),
        _ => None,
    };
    let one = |(item, annotator, answers): (&'a str, &'a str, &'a [Answer])| {
        let given = answers.iter().find(|a| a.region.is_none() && a.control == control.name && !a.value.is_empty());
        let value = given.map(|a| Cow::Borrowed(&a.value)).or_else(|| nothing.clone().map(Cow::Owned))?;
        Some(ControlAnswer { item, annotator, value })
    };
    Ok(annotations.into_iter().filter_map(one).collect())
}

/// What models said of some tasks, each model as one annotator. A model that answers `control` nowhere is left out:
/// it was not made for it, and its silence is not "nothing applies".
///
/// # Errors
/// As [`collect`].
pub fn predictions<'a>(
    control: &Control,
    tasks: impl IntoIterator<Item = &'a ReleasedTask>,
) -> Result<Vec<ControlAnswer<'a>>, Undefined> {
    let all: Vec<(&str, &str, &[Answer])> = tasks
        .into_iter()
        .flat_map(|task| task.predictions.iter().map(|p| (task.id.as_str(), p.model.as_str(), p.answers.as_slice())))
        .collect();
    let made_for: BTreeSet<&str> = all
        .iter()
        .filter(|(_, _, answers)| answers.iter().any(|a| a.control == control.name))
        .map(|(_, model, _)| *model)
        .collect();
    collect(control, all.into_iter().filter(|(_, model, _)| made_for.contains(model)))
}

/// The answers of two annotators alone, for the agreement of a pair: one person with another, or with a model.
pub fn of_pair<'a>(answers: &[ControlAnswer<'a>], first: &str, second: &str) -> Vec<ControlAnswer<'a>> {
    answers.iter().filter(|a| a.annotator == first || a.annotator == second).cloned().collect()
}

/// The answer as one nominal value. One plain text stands for itself; sets are a JSON list of their sorted, distinct
/// members, and any text that could be taken for a list is written as one. Texts are compared without outer white
/// space and with line ends as LF. The names of regions do not matter.
pub fn nominal_value(value: &Value) -> String {
    let of_texts = |texts: BTreeSet<String>| match texts.first() {
        Some(one) if texts.len() == 1 && !one.starts_with('[') => one.clone(),
        _ => json(&texts),
    };
    match value {
        Value::Choices(chosen) => of_texts(chosen.iter().cloned().collect()),
        Value::Taxonomy(paths) => json(&paths.iter().collect::<BTreeSet<_>>()),
        Value::Text(texts) => match texts.as_slice() {
            [one] if !plain(one).starts_with('[') => plain(one),
            many => json(&many.iter().map(|text| plain(text)).collect::<Vec<_>>()),
        },
        Value::Rating(stars) => stars.to_string(),
        Value::Spans(marked) => {
            let units: BTreeSet<_> = marked
                .iter()
                .flat_map(|s| s.labels.iter().map(|label| (s.field.as_deref(), s.start.0, s.end.0, label.as_str())))
                .collect();
            json(&units)
        }
    }
}

fn plain(text: &str) -> String {
    text.trim().replace("\r\n", "\n").replace('\r', "\n")
}

fn json<T: serde::Serialize>(value: &T) -> String {
    // lists of texts and numbers always have a JSON form
    serde_json::to_string(value).unwrap_or_default()
}

/// The answers as a table of nominal values. An annotator's later answer to the same item replaces the earlier one.
pub fn table(answers: &[ControlAnswer<'_>]) -> Table {
    let mut builder = TableBuilder::new();
    for one in answers {
        builder.rate(one.item, one.annotator, &nominal_value(&one.value));
    }
    builder.build().0
}

/// Items on which not all gave the same answer, in the order met, with each annotator's answer.
pub fn disagreements(answers: &[ControlAnswer<'_>]) -> Vec<Disagreement> {
    let mut order: Vec<&str> = Vec::new();
    let mut by_item: BTreeMap<&str, BTreeMap<&str, &Value>> = BTreeMap::new();
    for one in answers {
        let of_item = by_item.entry(one.item).or_insert_with(|| {
            order.push(one.item);
            BTreeMap::new()
        });
        of_item.insert(one.annotator, &one.value);
    }
    let differ = |answers: &BTreeMap<&str, &Value>| {
        let mut values = answers.values();
        let first = values.next().map(|value| nominal_value(value));
        values.any(|value| Some(nominal_value(value)) != first)
    };
    order
        .into_iter()
        .filter_map(|item| by_item.get(item).filter(|answers| differ(answers)).map(|answers| (item, answers)))
        .map(|(item, answers)| Disagreement {
            item: item.to_owned(),
            answers: answers.iter().map(|(who, value)| ((*who).to_owned(), (*value).clone())).collect(),
        })
        .collect()
}

/// Everything about one control.
///
/// # Errors
/// [`Cancelled`] when `watch` breaks; it hears of the resamples of all coefficients together.
pub fn agreement(
    answers: &[ControlAnswer<'_>],
    plan: &Plan,
    watch: &mut Watch<'_>,
) -> Result<ControlAgreement, Cancelled> {
    let table = table(answers);
    let marks = answers.iter().any(|a| matches!(&*a.value, Value::Spans(_)));
    let parts = if marks { 3 } else { 2 };
    let mut part = |index: u32, done: u32, total: u32| watch(index * total + done, parts * total);
    let percent = percent::agreement(&table, plan, &mut |done, total| part(0, done, total))?;
    let alpha = alpha::of(&table, Level::Nominal, plan, &mut |done, total| part(1, done, total))?;
    let span_f1 = if marks {
        let marked = answers.iter().filter_map(|one| match &*one.value {
            Value::Spans(spans) => Some(Marked { item: one.item, annotator: one.annotator, spans }),
            _ => None,
        });
        Some(spans::mean_f1(marked, plan, &mut |done, total| part(2, done, total))?)
    } else {
        None
    };
    Ok(ControlAgreement {
        items: table.items().len() as u32,
        compared: table.by_item().filter(|ratings| ratings.len() >= 2).count() as u32,
        annotators: table.annotators().len() as u32,
        percent,
        kappa: kappa::of_two(&table, Weights::Identity),
        alpha,
        span_f1,
        disagreements: disagreements(answers),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agreement::unwatched;
    use crate::domain::annotation::Span;
    use crate::domain::id::RegionId;
    use crate::domain::task::Prediction;
    use crate::domain::text::CodePoint;

    fn choices(of: &[&str]) -> Value {
        Value::Choices(of.iter().map(|c| (*c).to_owned()).collect())
    }

    fn span(start: u32, end: u32, label: &str, id: Option<&str>) -> Span {
        let labels = vec![label.to_owned()];
        Span { start: CodePoint(start), end: CodePoint(end), labels, id: id.map(RegionId::from), field: None }
    }

    #[test]
    fn nominal_values() {
        let texts = |of: &[&str]| Value::Text(of.iter().map(|t| (*t).to_owned()).collect());
        let path = |of: &[&str]| of.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>();
        for (value, expect) in [
            (choices(&["cat"]), "cat"),
            (choices(&["b", "a", "b"]), r#"["a","b"]"#),
            (choices(&[r#"["a","b"]"#]), r#"["[\"a\",\"b\"]"]"#),
            (choices(&[]), "[]"),
            (Value::Taxonomy(vec![path(&["b"]), path(&["a", "x"])]), r#"[["a","x"],["b"]]"#),
            (texts(&[" one\r\ntwo "]), "one\ntwo"),
            (texts(&["a", "b"]), r#"["a","b"]"#),
            (texts(&[r#"["a","b"]"#]), r#"["[\"a\",\"b\"]"]"#),
            (Value::Rating(4), "4"),
            (
                Value::Spans(vec![span(5, 9, "ORG", Some("r2")), span(0, 4, "PER", Some("r1"))]),
                r#"[[null,0,4,"PER"],[null,5,9,"ORG"]]"#,
            ),
        ] {
            assert_eq!(nominal_value(&value), expect);
        }
        let named = Value::Spans(vec![span(0, 4, "PER", Some("r7"))]);
        assert_eq!(nominal_value(&named), nominal_value(&Value::Spans(vec![span(0, 4, "PER", None)])));
    }

    fn answers<'a>(rows: &'a [(&'a str, &'a str, Value)]) -> Vec<ControlAnswer<'a>> {
        rows.iter()
            .map(|(item, annotator, value)| ControlAnswer { item, annotator, value: Cow::Borrowed(value) })
            .collect()
    }

    #[test]
    fn two_annotators_on_a_choice() {
        let mut rows = Vec::new();
        for (item, a, b) in [("1", "x", "x"), ("2", "x", "y"), ("3", "y", "y"), ("4", "y", "y")] {
            rows.push((item, "ann", choices(&[a])));
            rows.push((item, "bob", choices(&[b])));
        }
        rows.push(("5", "ann", choices(&["x"])));
        let found = agreement(&answers(&rows), &Plan::default(), &mut unwatched()).unwrap();
        assert_eq!((found.items, found.compared, found.annotators), (5, 4, 2));
        assert_eq!(found.percent.unwrap().value, 0.75);
        // Po .75, Pe ½·¼ + ½·¾ = ½
        assert_eq!(found.kappa.unwrap().value, 0.5);
        // pairable: 3 x, 5 y: within 2, between 2·3·5
        assert!((found.alpha.unwrap().value - (1.0 - 7.0 * 2.0 / 30.0)).abs() < 1e-12);
        assert_eq!(found.span_f1, None);
        let expect = Disagreement {
            item: "2".into(),
            answers: vec![("ann".into(), choices(&["x"])), ("bob".into(), choices(&["y"]))],
        };
        assert_eq!(found.disagreements, [expect]);
    }

    #[test]
    fn spans_have_both_and_a_watch_hears_of_all() {
        let rows = [
            ("1", "ann", Value::Spans(vec![span(0, 4, "PER", None), span(5, 9, "ORG", None)])),
            ("1", "bob", Value::Spans(vec![span(0, 4, "PER", None)])),
            ("2", "ann", Value::Spans(vec![])),
            ("2", "bob", Value::Spans(vec![])),
        ];
        let mut last = (0, 0);
        let found = agreement(&answers(&rows), &Plan::default(), &mut |done, total| {
            assert!(done > last.0);
            last = (done, total);
            std::ops::ControlFlow::Continue(())
        });
        let found = found.unwrap();
        assert_eq!(last, (3_000, 3_000));
        assert_eq!(found.percent.unwrap().value, 0.5);
        assert_eq!(found.span_f1.unwrap().unwrap().value, 2.0 / 3.0);
        let stopped = agreement(&answers(&rows), &Plan::default(), &mut |_, _| std::ops::ControlFlow::Break(()));
        assert_eq!(stopped, Err(Cancelled));
    }

    #[test]
    fn nothing_and_one_give_reasons() {
        for rows in [vec![], vec![("1", "ann", choices(&["x"]))]] {
            let found = agreement(&answers(&rows), &Plan::default(), &mut unwatched()).unwrap();
            assert_eq!((found.percent, found.alpha), (Err(Undefined::NoPairs), Err(Undefined::NoPairs)));
            assert_eq!(found.kappa, Err(Undefined::NotTwoAnnotators));
        }
    }

    #[test]
    fn no_answer_is_the_empty_set_or_missing() {
        let control = |kind, per_region| Control {
            name: "c".into(),
            to_fields: vec![],
            title: None,
            required: false,
            per_region,
            kind,
        };
        let one = ControlKind::Choices { multiple: false, choices: vec![] };
        let many = ControlKind::Choices { multiple: true, choices: vec![] };
        let given = [Answer { control: "c".into(), region: None, value: choices(&["x"]) }];
        let elsewhere = [
            Answer { control: "c".into(), region: Some("r1".into()), value: choices(&["x"]) },
            Answer { control: "d".into(), region: None, value: choices(&["x"]) },
        ];
        let annotations = || [("1", "ann", &given[..]), ("1", "bob", &elsewhere[..]), ("1", "eve", &[][..])];
        let values = |kind| -> Vec<String> {
            let found = collect(&control(kind, false), annotations()).unwrap();
            found.iter().map(|a| format!("{}={}", a.annotator, nominal_value(&a.value))).collect()
        };
        assert_eq!(values(one.clone()), ["ann=x"]);
        assert_eq!(values(many), ["ann=x", "bob=[]", "eve=[]"]);
        assert_eq!(collect(&control(one, true), annotations()), Err(Undefined::PerRegion));
    }

    #[test]
    fn a_person_against_a_model() {
        let control = Control {
            name: "c".into(),
            to_fields: vec![],
            title: None,
            required: false,
            per_region: false,
            kind: ControlKind::Choices { multiple: true, choices: vec![] },
        };
        let said = |model: &str, control: &str, value: &str| Prediction {
            model: model.into(),
            score_e4: None,
            answers: vec![Answer { control: control.into(), region: None, value: choices(&[value]) }],
        };
        let task = |id: &str, predictions| ReleasedTask { id: id.into(), predictions, ..ReleasedTask::default() };
        let tasks = [
            task("1", vec![said("m", "c", "x"), said("other", "d", "x")]),
            task("2", vec![said("m", "c", "y"), said("other", "d", "x")]),
            task("3", vec![said("m", "d", "y")]),
        ];
        let mut all = predictions(&control, &tasks).unwrap();
        let seen: Vec<_> = all.iter().map(|a| (a.item, a.annotator, nominal_value(&a.value))).collect();
        assert_eq!(seen, [("1", "m", "x".into()), ("2", "m", "y".into()), ("3", "m", "[]".into())]);

        let people = [("1", "ann", choices(&["x"])), ("2", "ann", choices(&["x"])), ("1", "bob", choices(&["y"]))];
        all.extend(answers(&people));
        for (who, value, items) in [("ann", 0.5, 2), ("bob", 0.0, 1)] {
            let found = agreement(&of_pair(&all, who, "m"), &Plan::default(), &mut unwatched()).unwrap();
            assert_eq!(found.percent.map(|e| (e.value, e.items)), Ok((value, items)));
            assert_eq!(found.annotators, 2);
        }
    }
}
