//! The laws: what may happen. A command in, happenings or a refusal out; nothing is changed here.

use super::annotation::{Answer, Span, Value};
use super::command::Command;
use super::event::{Fact, Happening, Role};
use super::id::{AuthId, DeviceId, TaskId};
use super::refusal::Refusal;
use super::schema::{Control, ControlKind, FieldSource, LabelOption, Taxon, TextPurpose};
use super::state::{State, WorkStatus};
use super::task::ReleasedTask;
use super::time::Moment;
use std::collections::{BTreeMap, BTreeSet};

/// Longest reason, purpose or typed text, in characters: 20,000.
pub const TYPED_TEXT_MAX: usize = 20_000;

/// What is to be sealed, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The happening.
    pub happening: Happening,
    /// It answers the one planned before it, whose name is given when that is sealed.
    pub caused_by_previous: bool,
}

impl From<Happening> for Planned {
    fn from(happening: Happening) -> Self {
        Self { happening, caused_by_previous: false }
    }
}

/// Decides what a command does.
///
/// # Errors
/// A [`Refusal`] where the state does not allow it; the state is as before.
pub fn decide(state: &State, command: &Command, moment: &Moment) -> Result<Vec<Planned>, Refusal> {
    match command {
        Command::CreateProject { name, admins } => {
            if state.name.is_some() {
                return Err(Refusal::ProjectExists);
            }
            let fact = Fact::ProjectCreated { name: name.clone(), admins: admins.clone() };
            Ok(vec![Happening::of(fact).into()])
        }
        Command::RequestKey { custody } => Ok(vec![Happening::of(Fact::KeyRequested { custody: *custody }).into()]),
        Command::GrantKey { key, authid, roles, custody } => {
            needs(state, &moment.author, Role::Admin)?;
            if state.keys.get(key).is_some_and(|k| k.authid != *authid || k.last_sequence.is_some()) {
                return Err(Refusal::KeyKnown { key: key.clone() });
            }
            let (key, authid) = (key.clone(), authid.clone());
            let fact = Fact::KeyGranted { key, authid, roles: roles.clone(), custody: *custody };
            Ok(vec![Happening::of(fact).into()])
        }
        Command::RevokeKey { key, lastsequence } => {
            needs(state, &moment.author, Role::Admin)?;
            going(state, key)?;
            Ok(vec![Happening::of(Fact::KeyRevoked { key: key.clone(), lastsequence: *lastsequence }).into()])
        }
        Command::CloseLog { lost } => {
            if let Some((log, _)) = lost {
                needs(state, &moment.author, Role::Admin)?;
                going(state, log)?;
            }
            let (log, lastsequence) = lost.clone().unzip();
            Ok(vec![Happening::of(Fact::LogClosed { log, lastsequence }).into()])
        }
        Command::EraseBody { event, source, ground } => {
            needs(state, &moment.author, Role::Admin)?;
            let ground = wanted(ground, "ground")?;
            if state.erased.get(source).is_some_and(|ids| ids.contains(event)) {
                return Ok(vec![]);
            }
            let fact = Fact::DataErased { event: event.clone(), ground, source: source.clone() };
            Ok(vec![Happening { cause: Some(event.clone()), ..Happening::of(fact) }.into()])
        }
        Command::Publish { config, policy, guideline, models } => {
            needs(state, &moment.author, Role::Admin)?;
            let mut facts = vec![];
            if let Some((id, version, digest)) = guideline.clone() {
                facts.push(Fact::GuidelinePublished { id, version, digest });
            }
            facts.push(Fact::ConfigPublished { digest: config.clone() });
            facts.push(Fact::PolicyPublished { digest: policy.clone() });
            facts.extend(models.iter().map(|model| Fact::ModelRegistered { model: model.clone() }));
            Ok(facts.into_iter().map(|f| Happening::of(f).into()).collect())
        }
        Command::ReleaseTasks { count, digest } => {
            needs(state, &moment.author, Role::Admin)?;
            Ok(vec![Happening::of(Fact::TasksReleased { count: *count, digest: digest.clone() }).into()])
        }
        Command::ImportAnswers { count, digest } => {
            needs(state, &moment.author, Role::Admin)?;
            Ok(vec![Happening::of(Fact::AnswersImported { count: *count, digest: digest.clone() }).into()])
        }
        Command::OpenTask { task } => {
            needs(state, &moment.author, Role::Annotator)?;
            known(state, task)?;
            if state.work(task, &moment.author).is_some() {
                return Ok(vec![]);
            }
            Ok(vec![on_task(state, task, Fact::TaskOpened {}).into()])
        }
        Command::SubmitAnnotation { .. } => submit(state, command, moment),
        Command::WithdrawAnnotation { task } => {
            let work = state.work(task, &moment.author).filter(|w| w.status == WorkStatus::Submitted);
            let work = work.ok_or(Refusal::NothingToWithdraw)?;
            let mut happening = on_task(state, task, Fact::AnnotationWithdrawn {});
            happening.cause = Some(work.event.clone());
            Ok(vec![happening.into()])
        }
        Command::SkipTask { task, reason } => {
            needs(state, &moment.author, Role::Annotator)?;
            known(state, task)?;
            let reason = wanted(reason, "reason")?;
            Ok(vec![on_task(state, task, Fact::TaskSkipped { reason }).into()])
        }
        Command::RevealField { task, path, purpose } => {
            needs(state, &moment.author, Role::Admin)?;
            let released = known(state, task)?;
            if !released.fields.contains_key(path) {
                return Err(Refusal::UnknownControl { control: path.clone() });
            }
            let purpose = wanted(purpose, "purpose")?;
            Ok(vec![on_task(state, task, Fact::FieldRevealed { path: path.clone(), purpose }).into()])
        }
        Command::Adjudicate { task, answers, rationale } => adjudicate(state, task, answers, rationale, moment),
    }
}

fn submit(state: &State, command: &Command, moment: &Moment) -> Result<Vec<Planned>, Refusal> {
    let Command::SubmitAnnotation { task, answers, released, prediction, model, duration_ms } = command else {
        return Err(Refusal::NoProject);
    };
    needs(state, &moment.author, Role::Annotator)?;
    let shown = known(state, task)?;
    check_answers(state, shown, answers)?;
    check_required(state, answers)?;
    let (why, answers) = take_rationale(state, answers);
    let earlier = state.work(task, &moment.author).filter(|w| w.status == WorkStatus::Submitted);
    let (released, duration_ms) = (Some(released.clone()), Some(*duration_ms));
    let fact = match earlier {
        Some(_) => Fact::AnnotationCorrected { answers, released, duration_ms },
        None => Fact::AnnotationSubmitted { answers, released, prediction: *prediction, duration_ms },
    };
    let mut happening = on_task(state, task, fact);
    happening.cause = earlier.map(|w| w.event.clone());
    happening.model.clone_from(model);
    let mut planned = vec![Planned::from(happening)];
    if let Some(text) = why {
        let happening = on_task(state, task, Fact::RationaleGiven { text });
        planned.push(Planned { happening, caused_by_previous: true });
    }
    Ok(planned)
}

fn adjudicate(
    state: &State,
    task: &TaskId,
    answers: &[Answer],
    rationale: &str,
    moment: &Moment,
) -> Result<Vec<Planned>, Refusal> {
    needs(state, &moment.author, Role::Adjudicator)?;
    let shown = known(state, task)?;
    let work = state.tasks.get(task).map(|t| &t.work);
    let submitted = |w: &&super::state::Work| w.status == WorkStatus::Submitted;
    if work.and_then(|w| w.get(&moment.author)).filter(submitted).is_some() {
        return Err(Refusal::OwnItem);
    }
    let over: Vec<_> = work.into_iter().flat_map(|w| w.values()).filter(submitted).map(|w| w.event.clone()).collect();
    if over.is_empty() {
        return Err(Refusal::NothingToAdjudicate);
    }
    check_answers(state, shown, answers)?;
    let (_, answers) = take_rationale(state, answers);
    let mut planned = vec![Planned::from(on_task(state, task, Fact::CaseAdjudicated { answers, over }))];
    if !rationale.trim().is_empty() {
        let text = wanted(rationale, "rationale")?;
        let happening = on_task(state, task, Fact::RationaleGiven { text });
        planned.push(Planned { happening, caused_by_previous: true });
    }
    Ok(planned)
}

fn on_task(state: &State, task: &TaskId, fact: Fact) -> Happening {
    let mut happening = Happening::of(fact).about(task);
    happening.guideline.clone_from(&state.guideline);
    happening
}

fn needs(state: &State, person: &AuthId, role: Role) -> Result<(), Refusal> {
    if state.roles(person).contains(&role) { Ok(()) } else { Err(Refusal::NotAuthorised { needs: role }) }
}

/// The key takes part, and did not end before.
fn going(state: &State, key: &DeviceId) -> Result<(), Refusal> {
    let going = state.keys.get(key).is_some_and(|known| known.last_sequence.is_none());
    if going { Ok(()) } else { Err(Refusal::UnknownKey { key: key.clone() }) }
}

fn known<'a>(state: &'a State, task: &TaskId) -> Result<&'a ReleasedTask, Refusal> {
    let (_, released, _) = state.materials.task(task).ok_or_else(|| Refusal::UnknownTask { task: task.clone() })?;
    Ok(released)
}

fn wanted(text: &str, name: &str) -> Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Refusal::ReasonWanted);
    }
    if text.chars().count() > TYPED_TEXT_MAX {
        return Err(Refusal::TooLong { control: name.to_owned() });
    }
    Ok(text.to_owned())
}

/// A rationale is an event of its own, so it leaves the answers.
fn take_rationale(state: &State, answers: &[Answer]) -> (Option<String>, Vec<Answer>) {
    let is_rationale = |a: &Answer| {
        a.region.is_none()
            && state
                .materials
                .schema
                .control(&a.control)
                .is_some_and(|c| matches!(c.kind, ControlKind::TextArea { purpose: TextPurpose::Rationale, .. }))
    };
    let (why, rest): (Vec<_>, Vec<_>) = answers.iter().filter(|a| !a.value.is_empty()).cloned().partition(is_rationale);
    let text = why.iter().filter_map(|a| match &a.value {
        Value::Text(texts) => Some(texts.join("\n")),
        _ => None,
    });
    let text = text.collect::<Vec<_>>().join("\n");
    ((!text.trim().is_empty()).then_some(text), rest)
}

/// Every control that wants an answer has one.
///
/// # Errors
/// [`Refusal::Missing`] with the first that has none.
pub fn check_required(state: &State, answers: &[Answer]) -> Result<(), Refusal> {
    for control in state.materials.schema.controls.iter().filter(|c| c.required && !c.per_region) {
        let answered = answers.iter().any(|a| a.control == control.name && a.region.is_none() && !a.value.is_empty());
        if !answered {
            return Err(Refusal::Missing { control: control.name.clone() });
        }
    }
    Ok(())
}

/// Each answer fits the schema and the released text.
///
/// # Errors
/// The first answer that does not.
pub fn check_answers(state: &State, task: &ReleasedTask, answers: &[Answer]) -> Result<(), Refusal> {
    let schema = &state.materials.schema;
    let regions: BTreeSet<_> = answers
        .iter()
        .filter_map(|a| match &a.value {
            Value::Spans(spans) => Some(spans.iter().filter_map(|s| s.id.as_ref())),
            _ => None,
        })
        .flatten()
        .collect();
    for answer in answers {
        let name = || answer.control.clone();
        let control = schema.control(&answer.control).ok_or_else(|| Refusal::UnknownControl { control: name() })?;
        if answer.region.as_ref().is_some_and(|r| !regions.contains(r)) {
            return Err(Refusal::UnknownRegion { control: name() });
        }
        check_value(state, task, control, &answer.value)?;
    }
    Ok(())
}

fn check_value(state: &State, task: &ReleasedTask, control: &Control, value: &Value) -> Result<(), Refusal> {
    let name = || control.name.clone();
    let offered = |options: &[LabelOption], v: &String| options.iter().any(|o| o.value == *v);
    match (&control.kind, value) {
        (ControlKind::Choices { multiple, choices }, Value::Choices(values)) => {
            if !values.iter().all(|v| offered(choices, v)) {
                return Err(Refusal::UnknownValue { control: name() });
            }
            if !multiple && values.len() > 1 {
                return Err(Refusal::TooMany { control: name() });
            }
            Ok(())
        }
        (ControlKind::Taxonomy { roots, leaves_only, max_usages }, Value::Taxonomy(paths)) => {
            if !paths.iter().all(|p| taxon_exists(roots, p, *leaves_only)) {
                return Err(Refusal::UnknownValue { control: name() });
            }
            if max_usages.is_some_and(|max| paths.len() > max as usize) {
                return Err(Refusal::TooMany { control: name() });
            }
            Ok(())
        }
        (ControlKind::TextArea { max_submissions, .. }, Value::Text(texts)) => {
            if texts.iter().any(|t| t.chars().count() > TYPED_TEXT_MAX) {
                return Err(Refusal::TooLong { control: name() });
            }
            if max_submissions.is_some_and(|max| texts.len() > max as usize) {
                return Err(Refusal::TooMany { control: name() });
            }
            Ok(())
        }
        (ControlKind::Rating { max }, Value::Rating(rating)) => {
            if (1..=*max).contains(rating) {
                Ok(())
            } else {
                Err(Refusal::UnknownValue { control: name() })
            }
        }
        (ControlKind::Labels { labels, multiple }, Value::Spans(spans)) => {
            // a text is counted once, not once for each span
            let mut lengths = BTreeMap::new();
            for (index, span) in spans.iter().enumerate() {
                if !span_fits(state, task, control, span, &mut lengths) {
                    return Err(Refusal::BadSpan { control: name(), index: index as u32 });
                }
                if span.labels.is_empty() || !span.labels.iter().all(|l| offered(labels, l)) {
                    return Err(Refusal::UnknownValue { control: name() });
                }
                if !multiple && span.labels.len() > 1 {
                    return Err(Refusal::TooMany { control: name() });
                }
            }
            Ok(())
        }
        _ => Err(Refusal::WrongKind { control: name() }),
    }
}

/// The span is not empty, lies in a field the control is about, and within its text.
fn span_fits<'a>(
    state: &'a State,
    task: &'a ReleasedTask,
    control: &'a Control,
    span: &'a Span,
    lengths: &mut BTreeMap<&'a str, Option<usize>>,
) -> bool {
    let Some(field) = span.field.as_ref().or_else(|| control.to_fields.first()) else { return false };
    let length = *lengths.entry(field).or_insert_with(|| {
        if !control.to_fields.contains(field) {
            return None;
        }
        let text = match state.materials.schema.field(field).map(|f| &f.source) {
            Some(FieldSource::Data(key)) => task.fields.get(key).map(String::as_str),
            Some(FieldSource::Literal(text)) => Some(text.as_str()),
            None => None,
        };
        text.map(|text| if text.is_ascii() { text.len() } else { text.chars().count() })
    });
    span.start < span.end && length.is_some_and(|length| span.end.index() <= length)
}

fn taxon_exists(roots: &[Taxon], path: &[String], leaves_only: bool) -> bool {
    let Some((first, rest)) = path.split_first() else { return false };
    let Some(node) = roots.iter().find(|t| t.option.value == *first) else { return false };
    if rest.is_empty() {
        !leaves_only || node.children.is_empty()
    } else {
        taxon_exists(&node.children, rest, leaves_only)
    }
}
