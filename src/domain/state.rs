//! What is true now: the fold of the events, together with the released bodies they name. `apply` cannot fail; an event
//! without the right to be is kept in its log, listed in `refused`, and changes nothing else.

use super::annotation::Answer;
use super::event::{Custody, Event, Fact, PredictionUse, Role};
use super::guideline::GuidelineRef;
use super::id::{AuthId, DeviceId, Digest, EventId, ModelRef, TaskId};
use super::schema::{Schema, TextPurpose};
use super::task::ReleasedTask;
use super::time::Hlc;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The facts of one project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// The project's name for people.
    pub name: Option<String>,
    /// Keys that take part.
    pub keys: BTreeMap<DeviceId, Key>,
    /// Keys that asked and were not yet granted.
    pub requests: BTreeMap<DeviceId, KeyRequest>,
    /// The configuration in force.
    pub config: Option<Digest>,
    /// The privacy policy in force.
    pub policy: Option<Digest>,
    /// The guideline in force.
    pub guideline: Option<GuidelineRef>,
    /// Models whose predictions are shown.
    pub models: BTreeSet<ModelRef>,
    /// Task releases, oldest first.
    pub releases: Vec<Digest>,
    /// Imports of existing answers, oldest first.
    pub imports: Vec<Digest>,
    /// What people did, by task.
    pub tasks: BTreeMap<TaskId, TaskState>,
    /// Events whose bodies are absent for everyone, by log: an event's name is unique in its own log only.
    pub erased: BTreeMap<DeviceId, BTreeSet<EventId>>,
    /// Last sequences that count of revoked keys and closed logs, known before the fold begins: a stolen key may set its
    /// clock back.
    pub revoked: BTreeMap<DeviceId, u64>,
    /// The same as this fold finds it, whether the key was granted by then or not.
    pub ends: BTreeMap<DeviceId, u64>,
    /// Logs that are closed, by their own last word or an admin's, with the last sequence that counts.
    pub closed: BTreeMap<DeviceId, u64>,
    /// Events that are validly signed but had no right to happen, by log and sequence, with the right they lack.
    pub refused: BTreeMap<DeviceId, BTreeMap<u64, Role>>,
    /// The latest clock reading folded.
    pub clock: Hlc,
    /// How many events were folded.
    pub events: u64,
    /// What the announced digests stand for, as far as the bodies are here.
    pub materials: Materials,
}

/// The released bodies, parsed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Materials {
    /// Schema of the configuration in force.
    pub schema: Arc<Schema>,
    /// Released tasks, in order, with the digest of each.
    pub tasks: Arc<Vec<(Arc<ReleasedTask>, Digest)>>,
    /// Where each task stands in `tasks`.
    pub index: Arc<BTreeMap<TaskId, usize>>,
}

impl Materials {
    /// The released task of that name, its place and its digest.
    pub fn task(&self, id: &TaskId) -> Option<(usize, &Arc<ReleasedTask>, &Digest)> {
        let at = *self.index.get(id)?;
        self.tasks.get(at).map(|(task, digest)| (at, task, digest))
    }
}

/// A key with rights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The person it is bound to.
    pub authid: AuthId,
    /// What it may do.
    pub roles: Vec<Role>,
    /// Where its private key lives, if it said.
    pub custody: Option<Custody>,
    /// Nothing after this sequence counts.
    pub last_sequence: Option<u64>,
}

/// A key that asked to take part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRequest {
    /// The pseudonym it proposes.
    pub authid: AuthId,
    /// Where its private key lives.
    pub custody: Custody,
    /// When, by its own clock.
    pub time_ms: u64,
}

/// What people did with one task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskState {
    /// Each person's work on it.
    pub work: BTreeMap<AuthId, Work>,
    /// The settled answer.
    pub adjudication: Option<Adjudication>,
    /// How often a field was revealed.
    pub reveals: u32,
}

/// One person's work on one task: the last word, and how it came to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    /// The event that holds the last word.
    pub event: EventId,
    /// Where it stands.
    pub status: WorkStatus,
    /// The answers; empty unless submitted, or when the body is absent.
    pub answers: Arc<Vec<Answer>>,
    /// Why, where given.
    pub rationale: Option<String>,
    /// The guideline worked by.
    pub guideline: Option<GuidelineRef>,
    /// The model whose prediction was seen.
    pub model: Option<ModelRef>,
    /// What became of the prediction.
    pub prediction: Option<PredictionUse>,
    /// Digest of the released task that was answered.
    pub released: Option<Digest>,
    /// First submitted, milliseconds since 1970.
    pub created_ms: u64,
    /// Last changed.
    pub updated_ms: u64,
    /// Milliseconds in hand, summed over versions.
    pub duration_ms: u64,
    /// How many versions there were.
    pub versions: u32,
    /// Events that held the last word before.
    pub earlier: Vec<EventId>,
}

/// Where a person's work on a task stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkStatus {
    /// Opened, not answered.
    Opened,
    /// Answered.
    Submitted,
    /// Left unanswered, with the reason.
    Skipped(String),
    /// Answered and taken back.
    Withdrawn,
    /// Answered; the body was erased or is not here.
    BodyAbsent,
}

/// A settled case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adjudication {
    /// The event.
    pub event: EventId,
    /// Who settled it.
    pub by: AuthId,
    /// The settled answers.
    pub answers: Arc<Vec<Answer>>,
    /// The submissions weighed.
    pub over: Vec<EventId>,
    /// Why, where given.
    pub rationale: Option<String>,
    /// When.
    pub time_ms: u64,
}

impl State {
    /// The rights of a person: those of all their keys that are not revoked.
    pub fn roles(&self, person: &AuthId) -> BTreeSet<Role> {
        self.keys
            .values()
            .filter(|k| k.authid == *person && k.last_sequence.is_none())
            .flat_map(|k| k.roles.iter().copied())
            .collect()
    }

    /// That person's work on that task.
    pub fn work(&self, task: &TaskId, person: &AuthId) -> Option<&Work> {
        self.tasks.get(task)?.work.get(person)
    }

    /// Whether an erasure says that the body of this event is absent for everyone.
    pub fn is_erased(&self, event: &Event) -> bool {
        self.erased.get(&event.device).is_some_and(|ids| ids.contains(&event.id)) && erasable(&event.happening.kind)
    }

    /// The right that an event lacked, where it had none to be.
    pub fn refusal(&self, event: &Event) -> Option<Role> {
        self.refused.get(&event.device)?.get(&event.sequence).copied()
    }

    fn refuse(&mut self, event: &Event, role: Role) {
        self.refused.entry(event.device.clone()).or_default().insert(event.sequence, role);
    }

    /// The right an event needs; `None` for what anyone may do.
    fn right_needed(fact: &Fact) -> Option<Role> {
        match fact {
            Fact::ProjectCreated { .. }
            | Fact::KeyRequested { .. }
            | Fact::PeersSeen { .. }
            | Fact::LogClosed { log: None, .. } => None,
            Fact::LogClosed { log: Some(_), .. }
            | Fact::KeyGranted { .. }
            | Fact::KeyRevoked { .. }
            | Fact::ConfigPublished { .. }
            | Fact::PolicyPublished { .. }
            | Fact::GuidelinePublished { .. }
            | Fact::ModelRegistered { .. }
            | Fact::TasksReleased { .. }
            | Fact::AnswersImported { .. }
            | Fact::FieldRevealed { .. }
            | Fact::DataErased { .. } => Some(Role::Admin),
            Fact::TaskOpened {}
            | Fact::AnnotationSubmitted { .. }
            | Fact::AnnotationCorrected { .. }
            | Fact::AnnotationWithdrawn {}
            | Fact::TaskSkipped { .. }
            | Fact::CaseEscalated { .. } => Some(Role::Annotator),
            // who may answer or settle may also say why
            Fact::RationaleGiven { .. } => None,
            Fact::ReviewPassed {} | Fact::ReviewRejected { .. } => Some(Role::Reviewer),
            Fact::CaseAdjudicated { .. } => Some(Role::Adjudicator),
        }
    }

    /// Whether this event had the right to happen, judged by what is folded so far.
    fn missing_right(&self, event: &Event, fact: &Fact) -> Option<Role> {
        let needed = match fact {
            // the genesis speaks for itself; a second one does not
            Fact::ProjectCreated { .. } => return (self.name.is_some()).then_some(Role::Admin),
            Fact::KeyRequested { .. } => return None,
            other => Self::right_needed(other),
        };
        let Some(key) = self.speaking(event) else { return Some(needed.unwrap_or(Role::Annotator)) };
        if self.judges_own_work(event, fact) || self.uses_a_key_again(fact) {
            return needed;
        }
        needed.filter(|role| !key.roles.contains(role))
    }

    /// The key of an event's device, if it speaks for the event's author and was not revoked before.
    fn speaking(&self, event: &Event) -> Option<&Key> {
        let key = self.keys.get(&event.device).filter(|key| key.authid == event.author)?;
        let ends = [&self.revoked, &self.ends].into_iter().filter_map(|ends| ends.get(&event.device).copied());
        ends.min().is_none_or(|last| event.sequence <= last).then_some(key)
    }

    /// A key is bound to one person for ever, and one that ended is granted nothing again.
    fn uses_a_key_again(&self, fact: &Fact) -> bool {
        let Fact::KeyGranted { key, authid, .. } = fact else { return false };
        self.keys.get(key).is_some_and(|known| known.authid != *authid || known.last_sequence.is_some())
    }

    /// Nobody reviews an answer of their own, whatever roles they hold. (Whoever settles a case must not have answered it
    /// either; that is judged where the case is settled, since it is about the task.)
    fn judges_own_work(&self, event: &Event, fact: &Fact) -> bool {
        let (Fact::ReviewPassed {} | Fact::ReviewRejected { .. }) = fact else { return false };
        let happening = &event.happening;
        let own = happening.task.as_ref().and_then(|task| self.work(task, &event.author));
        let Some((own, judged)) = own.zip(happening.cause.as_ref()) else { return false };
        own.event == *judged || own.earlier.contains(judged)
    }

    /// Folds one event. Events come in the order (hlc, device, sequence).
    pub fn apply(&mut self, event: &Event) {
        self.events += 1;
        self.clock = self.clock.max(event.hlc);
        let absent = self.is_erased(event);
        let Some(fact) = event.happening.fact.as_ref().filter(|_| !absent) else {
            self.apply_absent(event);
            return;
        };
        if let Some(role) = self.missing_right(event, fact) {
            self.refuse(event, role);
            return;
        }
        self.apply_authority(event, fact);
        self.apply_work(event, fact);
    }

    /// An answer whose body is absent still says that the person answered; a reveal, that there was one.
    fn apply_absent(&mut self, event: &Event) {
        let Some(task) = &event.happening.task else { return };
        let needed = match event.happening.kind.as_str() {
            "annotation.submitted" | "annotation.corrected" => Role::Annotator,
            "field.revealed" => Role::Admin,
            _ => return,
        };
        if self.speaking(event).is_none_or(|key| !key.roles.contains(&needed)) {
            self.refuse(event, needed);
            return;
        }
        if needed == Role::Admin {
            self.tasks.entry(task.clone()).or_default().reveals += 1;
            return;
        }
        let work = self.work_mut(task, event);
        work.status = WorkStatus::BodyAbsent;
        work.answers = Arc::default();
        work.rationale = None;
    }

    fn apply_authority(&mut self, event: &Event, fact: &Fact) {
        match fact {
            Fact::ProjectCreated { name, admins } => {
                self.name = Some(name.clone());
                for admin in admins {
                    self.bind(&admin.key, &admin.authid, &admin.roles, None);
                }
            }
            Fact::KeyRequested { custody } if !self.keys.contains_key(&event.device) => {
                let request = KeyRequest { authid: event.author.clone(), custody: *custody, time_ms: event.time_ms };
                self.requests.insert(event.device.clone(), request);
            }
            Fact::KeyGranted { key, authid, roles, custody } => self.bind(key, authid, roles, Some(*custody)),
            Fact::KeyRevoked { key, lastsequence } => self.end(key, *lastsequence),
            Fact::LogClosed { log, lastsequence } => {
                let (log, last) = match log {
                    Some(log) => (log, lastsequence.unwrap_or(u64::MAX)),
                    None => (&event.device, event.sequence),
                };
                self.end(log, last);
                let first = self.closed.entry(log.clone()).or_insert(last);
                *first = (*first).min(last);
            }
            Fact::ConfigPublished { digest } => self.config = Some(digest.clone()),
            Fact::PolicyPublished { digest } => self.policy = Some(digest.clone()),
            Fact::GuidelinePublished { id, version, digest } => {
                let (id, version, digest) = (id.clone(), version.clone(), digest.clone());
                self.guideline = Some(GuidelineRef { id, version, digest });
            }
            Fact::ModelRegistered { model } => {
                self.models.insert(model.clone());
            }
            Fact::TasksReleased { digest, .. } => self.releases.push(digest.clone()),
            Fact::AnswersImported { digest, .. } => self.imports.push(digest.clone()),
            Fact::DataErased { event, source, .. } => {
                self.erased.entry(source.clone()).or_default().insert(event.clone());
            }
            _ => {}
        }
    }

    /// Nothing of a key's log after `last` counts, whichever of several says so with the lowest number.
    fn end(&mut self, key: &DeviceId, last: u64) {
        let end = self.ends.entry(key.clone()).or_insert(last);
        *end = (*end).min(last);
        if let Some(key) = self.keys.get_mut(key) {
            key.last_sequence = Some(*end);
        }
    }

    fn bind(&mut self, key: &DeviceId, authid: &AuthId, roles: &[Role], custody: Option<Custody>) {
        self.requests.remove(key);
        let (roles, last_sequence) = (roles.to_vec(), self.ends.get(key).copied());
        self.keys.entry(key.clone()).and_modify(|k| k.roles.clone_from(&roles)).or_insert(Key {
            authid: authid.clone(),
            roles,
            custody,
            last_sequence,
        });
    }

    fn apply_work(&mut self, event: &Event, fact: &Fact) {
        let Some(task) = event.happening.task.clone() else { return };
        match fact {
            Fact::TaskOpened {} => {
                self.work_mut(&task, event);
            }
            Fact::AnnotationSubmitted { answers, released, prediction, duration_ms } => {
                self.answered(&task, event, answers, released.as_ref(), duration_ms.unwrap_or(0));
                self.work_mut(&task, event).prediction = *prediction;
            }
            Fact::AnnotationCorrected { answers, released, duration_ms } => {
                self.answered(&task, event, answers, released.as_ref(), duration_ms.unwrap_or(0));
            }
            Fact::AnnotationWithdrawn {} => {
                let work = self.work_mut(&task, event);
                work.status = WorkStatus::Withdrawn;
                work.answers = Arc::default();
                work.rationale = None;
            }
            Fact::TaskSkipped { reason } => {
                let work = self.work_mut(&task, event);
                work.status = WorkStatus::Skipped(reason.clone());
                work.answers = Arc::default();
                work.rationale = None;
            }
            Fact::RationaleGiven { text } => self.explain(&task, event, text),
            Fact::FieldRevealed { .. } => self.tasks.entry(task).or_default().reveals += 1,
            Fact::CaseAdjudicated { answers, over } => {
                let own = self.tasks.get(&task).and_then(|t| t.work.get(&event.author));
                if own.is_some_and(|w| w.status == WorkStatus::Submitted) {
                    self.refuse(event, Role::Adjudicator);
                    return;
                }
                self.tasks.entry(task).or_default().adjudication = Some(Adjudication {
                    event: event.id.clone(),
                    by: event.author.clone(),
                    answers: Arc::new(answers.clone()),
                    over: over.clone(),
                    rationale: None,
                    time_ms: event.time_ms,
                });
            }
            _ => {}
        }
    }

    /// A rationale belongs to the event it was given for, and to nothing else.
    fn explain(&mut self, task: &TaskId, event: &Event, text: &str) {
        let (Some(cause), Some(state)) = (&event.happening.cause, self.tasks.get_mut(task)) else { return };
        if let Some(work) = state.work.get_mut(&event.author).filter(|w| w.event == *cause) {
            work.rationale = Some(text.to_owned());
        }
        if let Some(case) = state.adjudication.as_mut().filter(|a| a.event == *cause && a.by == event.author) {
            case.rationale = Some(text.to_owned());
        }
    }

    fn answered(&mut self, task: &TaskId, event: &Event, answers: &[Answer], released: Option<&Digest>, ms: u64) {
        let why = self.materials.schema.clone();
        let work = self.work_mut(task, event);
        let rationale = answers.iter().find_map(|a| rationale_of(&why, a));
        work.status = WorkStatus::Submitted;
        work.answers = Arc::new(answers.to_vec());
        work.rationale = rationale;
        work.released = released.cloned();
        work.duration_ms = work.duration_ms.saturating_add(ms);
        work.versions += 1;
    }

    /// The author's work on a task, made if absent, with `event` as its last word (opening excepted).
    fn work_mut(&mut self, task: &TaskId, event: &Event) -> &mut Work {
        let state = self.tasks.entry(task.clone()).or_default();
        let work = state.work.entry(event.author.clone()).or_insert_with(|| Work {
            event: event.id.clone(),
            status: WorkStatus::Opened,
            answers: Arc::default(),
            rationale: None,
            guideline: None,
            model: None,
            prediction: None,
            released: None,
            created_ms: event.time_ms,
            updated_ms: event.time_ms,
            duration_ms: 0,
            versions: 0,
            earlier: vec![],
        });
        if event.happening.kind != "task.opened" {
            if work.event != event.id {
                let before = std::mem::replace(&mut work.event, event.id.clone());
                work.earlier.push(before);
            }
            if work.versions == 0 {
                work.created_ms = event.time_ms;
            }
            work.updated_ms = event.time_ms;
            work.guideline.clone_from(&event.happening.guideline);
            work.model.clone_from(&event.happening.model);
        }
        work
    }
}

/// Foreign logs carry the rationale among the answers; ours carry it as an event of its own.
fn rationale_of(schema: &Schema, answer: &Answer) -> Option<String> {
    use super::annotation::Value;
    use super::schema::ControlKind;
    let control = schema.control(&answer.control)?;
    let ControlKind::TextArea { purpose: TextPurpose::Rationale, .. } = control.kind else { return None };
    match &answer.value {
        Value::Text(texts) if answer.region.is_none() => Some(texts.join("\n")),
        _ => None,
    }
}

/// Whether the body of an event of that kind may be erased. What gives rights or ends them, names what is worked on, erases,
/// or bears witness stays: else an erasure could undo a grant, another erasure, or the proof of a missing tail.
pub fn erasable(kind: &str) -> bool {
    !matches!(
        kind,
        "project.created"
            | "key.requested"
            | "key.granted"
            | "key.revoked"
            | "config.published"
            | "policy.published"
            | "guideline.published"
            | "model.registered"
            | "tasks.released"
            | "answers.imported"
            | "data.erased"
            | "peers.seen"
            | "log.closed"
    )
}

/// The order in which events of all logs are folded.
pub fn fold_order(a: &Event, b: &Event) -> std::cmp::Ordering {
    (a.hlc, &a.device, a.sequence).cmp(&(b.hlc, &b.device, b.sequence))
}

/// Folds events of any order of arrival. Erasures, revocations and closings count for everyone and whatever time an event
/// claims, so they are known before the fold begins.
pub fn fold(materials: Materials, events: &mut [Event]) -> State {
    events.sort_by(fold_order);
    let (revoked, erased) = super::authority::settle(events);
    let mut state = State { materials, erased, revoked, ..State::default() };
    for event in events.iter() {
        state.apply(event);
    }
    state
}
