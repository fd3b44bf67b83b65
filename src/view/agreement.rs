//! The agreement panel: figures of each control, of each person against each model, and where people differ. What is
//! scored is what people said before adjudication.

use super::model::{AgreementView, ControlAgreementView, DisagreementView, FigureView};
use crate::agreement::answers::{self, ControlAnswer};
use crate::agreement::{Cancelled, Plan, Score, Undefined, Watch};
use crate::domain::annotation::Value;
use crate::domain::id::{AuthId, TaskId};
use crate::domain::schema::{Control, ControlKind, TextPurpose};
use crate::domain::state::{State, Work, WorkStatus};
use crate::engine::release::ImportedRow;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// Computes the panel in one go.
///
/// # Errors
/// [`Cancelled`] when `watch` breaks.
pub fn build(state: &State, imported: &[ImportedRow], watch: &mut Watch<'_>) -> Result<AgreementView, Cancelled> {
    let mut job = Job::new(state, imported);
    while job.step(watch)? {}
    Ok(job.into_view())
}

/// One coefficient table to compute.
enum Step {
    /// People among each other, on the control at this place of the schema.
    People(usize),
    /// A person against a model, on the control at this place of the schema.
    Model { control: usize, model: String, person: AuthId },
    /// Answers that came with a file, on this control.
    Imported(String),
}

/// The panel in steps, so that whoever computes it can look up in between, tell how far it is, and stop.
pub struct Job<'a> {
    state: &'a State,
    imported: &'a [ImportedRow],
    work: Vec<(&'a TaskId, &'a AuthId, &'a Work)>,
    steps: Vec<Step>,
    done: usize,
    view: AgreementView,
}

impl<'a> Job<'a> {
    /// Plans the work; nothing is computed yet.
    pub fn new(state: &'a State, imported: &'a [ImportedRow]) -> Self {
        let work: Vec<(&TaskId, &AuthId, &Work)> = state
            .tasks
            .iter()
            .flat_map(|(task, t)| t.work.iter().map(move |(who, w)| (task, who, w)))
            .filter(|(_, _, w)| w.status == WorkStatus::Submitted)
            .collect();
        let view = AgreementView {
            people: work.iter().map(|(_, who, _)| (*who).clone()).collect::<BTreeSet<_>>().into_iter().collect(),
            shared_items: state.tasks.values().filter(|t| submitted(t) >= 2).count() as u32,
            ..AgreementView::default()
        };
        let mut steps = vec![];
        for (at, control) in state.materials.schema.controls.iter().enumerate().filter(|(_, c)| scored(c)) {
            steps.push(Step::People(at));
            let Ok(said) = answers::predictions(control, state.materials.tasks.iter().map(|(task, _)| &**task)) else {
                continue;
            };
            let models: BTreeSet<&str> = said.iter().map(|a| a.annotator).collect();
            let pairs = models.iter().flat_map(|m| view.people.iter().map(move |p| (*m, p)));
            steps.extend(pairs.map(|(model, person)| Step::Model {
                control: at,
                model: model.to_owned(),
                person: person.clone(),
            }));
        }
        let controls: BTreeSet<&str> = imported.iter().map(|r| r.control.as_str()).collect();
        steps.extend(controls.into_iter().map(|control| Step::Imported(control.to_owned())));
        Self { state, imported, work, steps, done: 0, view }
    }

    /// Takes one step; answers whether there are more.
    ///
    /// # Errors
    /// [`Cancelled`] when `watch` breaks; the step may be taken again.
    pub fn step(&mut self, watch: &mut Watch<'_>) -> Result<bool, Cancelled> {
        let state = self.state;
        let schema = &state.materials.schema;
        let given = || self.work.iter().map(|(task, who, w)| (task.as_str(), who.as_str(), w.answers.as_slice()));
        match self.steps.get(self.done) {
            Some(Step::People(at)) => {
                if let Some(control) = schema.controls.get(*at) {
                    score(&mut self.view, state, control, answers::collect(control, given()), watch)?;
                }
            }
            Some(Step::Model { control, model, person }) => {
                let tasks = state.materials.tasks.iter().map(|(task, _)| &**task);
                if let Some(control) = schema.controls.get(*control)
                    && let Ok(said) = answers::predictions(control, tasks)
                {
                    let mut both = answers::collect(control, given()).unwrap_or_default();
                    both.extend(said);
                    // only what both answered: a task that a person has not done yet is no disagreement with the model
                    let both = shared(answers::of_pair(&both, person.as_str(), model));
                    let found = answers::agreement(&both, &Plan::default(), watch)?;
                    let name = model.split('@').next().unwrap_or_default();
                    self.view.against_model.push(ControlAgreementView {
                        control: control.name.clone(),
                        pair: format!("{person} · {name}"),
                        figures: figures(&found),
                    });
                }
            }
            Some(Step::Imported(control)) => score_imported(&mut self.view, self.imported, control, watch)?,
            None => return Ok(false),
        }
        self.done += 1;
        Ok(self.done < self.steps.len())
    }

    /// How far it is, in parts of a hundred.
    pub fn percent(&self) -> u8 {
        self.percent_at(self.done)
    }

    /// How far it will be after the next step.
    pub fn percent_after(&self) -> u8 {
        self.percent_at(self.done + 1)
    }

    fn percent_at(&self, done: usize) -> u8 {
        u8::try_from(done.min(self.steps.len()) * 100 / self.steps.len().max(1)).unwrap_or(100)
    }

    /// What is computed so far.
    pub fn so_far(&self) -> AgreementView {
        AgreementView { progress: Some(self.percent()), ..in_order(self.view.clone()) }
    }

    /// The panel, once every step is taken.
    pub fn into_view(self) -> AgreementView {
        in_order(self.view)
    }
}

/// In the order of the tasks, as people look for them; answers from a file keep theirs, at the end.
fn in_order(mut view: AgreementView) -> AgreementView {
    view.disagreements.sort_by_key(|one| one.task.as_ref().map_or(u64::MAX, |_| one.item.parse().unwrap_or(u64::MAX)));
    view.disagreements_total = view.disagreements.len() as u32;
    view.disagreements.truncate(AgreementView::SHOWN);
    view
}

/// Typed rationales are not compared: nobody writes the same words.
fn scored(control: &Control) -> bool {
    !control.per_region && !matches!(control.kind, ControlKind::TextArea { purpose: TextPurpose::Rationale, .. })
}

fn submitted(task: &crate::domain::state::TaskState) -> usize {
    task.work.values().filter(|w| w.status == WorkStatus::Submitted).count()
}

/// Only items that both answered.
fn shared(both: Vec<ControlAnswer<'_>>) -> Vec<ControlAnswer<'_>> {
    let mut seen = std::collections::BTreeMap::<&str, u32>::new();
    for answer in &both {
        *seen.entry(answer.item).or_default() += 1;
    }
    both.into_iter().filter(|a| seen.get(a.item).is_some_and(|n| *n > 1)).collect()
}

fn score(
    view: &mut AgreementView,
    state: &State,
    control: &Control,
    answers: Result<Vec<ControlAnswer<'_>>, Undefined>,
    watch: &mut Watch<'_>,
) -> Result<(), Cancelled> {
    let Ok(answers) = answers else { return Ok(()) };
    let found = answers::agreement(&answers, &Plan::default(), watch)?;
    let figures = figures(&found);
    view.controls.push(ControlAgreementView { control: control.name.clone(), pair: String::new(), figures });
    for one in found.disagreements {
        let task = TaskId(one.item);
        view.disagreements.push(DisagreementView {
            item: state.materials.index.get(&task).map(|at| (at + 1).to_string()).unwrap_or_default(),
            settled: state.tasks.get(&task).is_some_and(|t| t.adjudication.is_some()),
            task: Some(task),
            control: control.name.clone(),
            values: one.answers.iter().map(|(who, value)| (who.as_str().into(), short(value))).collect(),
        });
    }
    Ok(())
}

/// Answers that came with a file stand beside those given here, control by control.
fn score_imported(
    view: &mut AgreementView,
    rows: &[ImportedRow],
    control: &str,
    watch: &mut Watch<'_>,
) -> Result<(), Cancelled> {
    let answers: Vec<ControlAnswer<'_>> = rows
        .iter()
        .filter(|row| row.control == control)
        .map(|row| ControlAnswer { item: &row.item, annotator: &row.annotator, value: Cow::Borrowed(&row.value) })
        .collect();
    let found = answers::agreement(&answers, &Plan::default(), watch)?;
    view.shared_items = view.shared_items.max(found.compared);
    let figures = figures(&found);
    view.imported.push(ControlAgreementView { control: control.to_owned(), pair: String::new(), figures });
    view.disagreements.extend(found.disagreements.into_iter().map(|one| DisagreementView {
        task: None,
        item: one.item,
        control: control.to_owned(),
        values: one.answers.iter().map(|(who, value)| (who.as_str().into(), short(value))).collect(),
        settled: false,
    }));
    Ok(())
}

fn figures(found: &answers::ControlAgreement) -> Vec<FigureView> {
    let mut figures = vec![figure("percent", &found.percent)];
    if found.annotators == 2 {
        figures.push(figure("cohen_kappa", &found.kappa));
    }
    figures.push(figure("alpha_nominal", &found.alpha));
    if let Some(f1) = &found.span_f1 {
        figures.push(figure("span_f1", f1));
    }
    figures
}

fn figure(code: &str, score: &Score) -> FigureView {
    let mut figure =
        FigureView { code: code.to_owned(), value: None, low: None, high: None, items: 0, undefined: None };
    match score {
        Ok(estimate) => {
            figure.value = Some(decimals(estimate.value));
            figure.low = estimate.interval.as_ref().map(|i| decimals(i.low));
            figure.high = estimate.interval.as_ref().map(|i| decimals(i.high));
            figure.items = estimate.items;
        }
        Err(why) => figure.undefined = Some(why.code().to_owned()),
    }
    figure
}

/// Four decimals, as the references are given.
fn decimals(value: f64) -> String {
    format!("{value:.4}")
}

/// A value in a few words, for a list.
pub fn short(value: &Value) -> String {
    const SHOWN: usize = 80;
    let text = match value {
        Value::Choices(values) => values.join(", "),
        Value::Taxonomy(paths) => paths.iter().map(|p| p.join(" › ")).collect::<Vec<_>>().join(", "),
        Value::Text(texts) => texts.join(" / "),
        Value::Rating(stars) => stars.to_string(),
        Value::Spans(spans) => spans
            .iter()
            .map(|s| format!("{} {}–{}", s.labels.join("+"), s.start.0, s.end.0))
            .collect::<Vec<_>>()
            .join(", "),
    };
    if text.is_empty() {
        return "—".to_owned();
    }
    if text.chars().count() <= SHOWN { text } else { text.chars().take(SHOWN).chain(['…']).collect() }
}
