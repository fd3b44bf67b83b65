//! What each screen shows.

use crate::domain::annotation::Answer;
use crate::domain::complaint::Complaint;
use crate::domain::draft::Draft;
use crate::domain::event::Role;
use crate::domain::id::{AuthId, DeviceId, Digest, EventId, ModelRef, ProjectId, TaskId};
use crate::domain::schema::Schema;
use crate::domain::task::Cover;
use crate::domain::text::CodePoint;
use crate::labeling::layout::Node;
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// Which view a screen watches. The worker sends it at once and again whenever it differs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ViewKey {
    /// Project, person, progress.
    Shell,
    /// The list of tasks.
    Tasks,
    /// One task to label.
    Task {
        /// Which.
        task: TaskId,
    },
    /// The guideline.
    Guideline,
    /// The record of what happened.
    Activity,
    /// A page of the record.
    Audit {
        /// Which entries.
        query: AuditQuery,
    },
    /// Agreement and disagreements.
    Agreement,
    /// One case to settle.
    Case {
        /// Which task.
        task: TaskId,
    },
    /// People, keys and invitations.
    People,
    /// Storage endpoints and what is pending.
    Sync,
}

/// A view model of any kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum View {
    /// For [`ViewKey::Shell`].
    Shell(Rc<ShellView>),
    /// For [`ViewKey::Tasks`].
    Tasks(Rc<TasksView>),
    /// For [`ViewKey::Task`].
    Task(Rc<TaskView>),
    /// For [`ViewKey::Guideline`].
    Guideline(Rc<GuidelineView>),
    /// For [`ViewKey::Activity`].
    Activity(Rc<ActivityView>),
    /// For [`ViewKey::Audit`].
    Audit(Rc<AuditView>),
    /// For [`ViewKey::Agreement`].
    Agreement(Rc<AgreementView>),
    /// For [`ViewKey::Case`].
    Case(Rc<CaseView>),
    /// For [`ViewKey::People`].
    People(Rc<PeopleView>),
    /// For [`ViewKey::Sync`].
    Sync(Rc<SyncView>),
}

/// Project, person, progress: the frame around every screen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShellView {
    /// The name under which the host page knows the project.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// Its identifier.
    pub project: ProjectId,
    /// Who labels here now.
    pub me: PersonView,
    /// The profiles of this device, in the order they were made.
    pub profiles: Vec<PersonView>,
    /// Tasks in all.
    pub total: u32,
    /// Tasks this person answered.
    pub done: u32,
    /// Tasks this person skipped.
    pub skipped: u32,
    /// This device holds the raw data and may reveal it.
    pub can_reveal: bool,
    /// This person may settle cases.
    pub can_adjudicate: bool,
    /// This person's key was asked for but is not granted yet.
    pub waiting_for_grant: bool,
    /// Where this person's private key lives: `webcrypto-nonextractable`, `software-wrapped`.
    pub custody: String,
    /// How the record verifies.
    pub record: RecordState,
    /// The guideline's version.
    pub guideline: Option<String>,
    /// What the last import could not take.
    pub complaints: Vec<Complaint>,
    /// The project's own style, already confined to `.cs-config`.
    pub style: String,
    /// What cannot be kept on this device: codes `no-indexeddb`, `database-lost`, `no-webcrypto`, `no-locks`, `not-persistent`.
    pub warnings: Vec<String>,
    /// Endpoints that are set, and entries not yet stored at each.
    pub pending: Vec<u32>,
    /// The schema, for words and shortcuts.
    pub schema: Rc<Schema>,
}

/// One person, as others see them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonView {
    /// The pseudonym.
    pub authid: AuthId,
    /// The name of the profile on this device; empty for people elsewhere. It never leaves the device.
    pub label: String,
    /// What they may do.
    pub roles: Vec<Role>,
}

/// How the record verifies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordState {
    /// Not checked yet.
    #[default]
    Checking,
    /// Every entry verifies.
    Verified,
    /// Something is wrong; the activity panel says where.
    Broken,
}

/// The list of tasks in chunks of 100, so that one change redraws one chunk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TasksView {
    /// Chunks of rows, in order.
    pub chunks: Rc<Vec<Rc<Vec<TaskRow>>>>,
    /// How many rows there are.
    pub total: u32,
}

impl TasksView {
    /// The list with some chunks replaced; every other chunk keeps its pointer.
    #[must_use]
    pub fn with(&self, new: Vec<(u32, Rc<Vec<TaskRow>>)>) -> Self {
        let mut chunks = (*self.chunks).clone();
        for (at, rows) in new {
            if let Some(chunk) = chunks.get_mut(at as usize) {
                *chunk = rows;
            }
        }
        Self { chunks: Rc::new(chunks), total: self.total }
    }
}

/// One row of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskRow {
    /// The task.
    pub task: TaskId,
    /// Its place, from 1.
    pub ordinal: u32,
    /// The beginning of its covered text.
    pub excerpt: String,
    /// Where this person stands with it.
    pub status: TaskStatus,
    /// A model has answered it.
    pub predicted: bool,
}

/// Where a person stands with a task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskStatus {
    /// Nothing yet.
    #[default]
    Todo,
    /// Begun, not submitted.
    Draft,
    /// Submitted.
    Submitted,
    /// Skipped.
    Skipped,
    /// Taken back.
    Withdrawn,
}

/// One task to label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskView {
    /// The task.
    pub task: TaskId,
    /// Its place, from 1.
    pub ordinal: u32,
    /// Tasks in all.
    pub total: u32,
    /// Digest of the released task as shown; goes back with the answer.
    pub released: Digest,
    /// How the configuration lays it out.
    pub layout: Rc<Node>,
    /// The schema.
    pub schema: Rc<Schema>,
    /// Covered texts, by field name, in the order of the configuration.
    pub fields: Rc<Vec<FieldView>>,
    /// What a model said, best first.
    pub predictions: Vec<PredictionView>,
    /// Where this person stands.
    pub status: TaskStatus,
    /// The reason, where skipped.
    pub skip_reason: Option<String>,
    /// The annotation in hand, as it was kept; else what was submitted; else empty.
    pub draft: Draft,
    /// What was submitted, the rationale under its control.
    pub submitted: Vec<Answer>,
    /// The next task of this person that is not done, after this one and round again.
    pub next: Option<TaskId>,
    /// The task before this one in the list.
    pub previous: Option<TaskId>,
}

/// A covered text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldView {
    /// Name of the field in the schema.
    pub name: String,
    /// The data key it comes from; what reveal names.
    pub key: String,
    /// The covered text.
    pub text: Rc<str>,
    /// The pseudonyms in it.
    pub covers: Vec<Cover>,
}

/// A model's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PredictionView {
    /// Which model.
    pub model: ModelRef,
    /// Its name without the digest.
    pub name: String,
    /// Its confidence as text, `0.87`; empty where it gave none.
    pub score: String,
    /// What it said.
    pub answers: Vec<Answer>,
}

/// The guideline as blocks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuidelineView {
    /// Name.
    pub id: String,
    /// Version.
    pub version: String,
    /// Digest, shortened for people.
    pub digest: String,
    /// The text.
    pub blocks: Vec<Block>,
}

/// A block of a guideline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    /// A heading and its level, 1 to 4.
    Heading(u8, String),
    /// A paragraph.
    Paragraph(Vec<Inline>),
    /// A list; numbered or not.
    List(bool, Vec<Vec<Inline>>),
    /// A quoted example.
    Quote(Vec<Inline>),
    /// A table: the head, then rows of cells.
    Table(Vec<Vec<Inline>>, Vec<Vec<Vec<Inline>>>),
}

/// A run of text within a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Inline {
    /// Plain.
    Plain(String),
    /// Important.
    Strong(String),
    /// Stressed.
    Emphasis(String),
    /// Literal.
    Code(String),
}

/// The record of what happened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivityView {
    /// The newest entries first, at most [`ActivityView::SHOWN`].
    pub rows: Vec<ActivityRow>,
    /// Entries in all logs.
    pub total: u32,
    /// Entries that were checked and verify.
    pub verified: u32,
    /// What does not verify: place and code.
    pub problems: Vec<ProblemView>,
    /// Every log: device, person, size.
    pub logs: Vec<LogView>,
}

impl ActivityView {
    /// How many rows are shown; the download has all.
    pub const SHOWN: usize = 500;
}

/// Which entries of the record somebody asks for; what is `None` is not looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct AuditQuery {
    /// By this person.
    pub person: Option<AuthId>,
    /// Of this kind, `annotation.submitted`.
    pub kind: Option<String>,
    /// About the task at this place of the list, from 1.
    pub task: Option<u32>,
    /// Since then, milliseconds since 1970, by the clock of who wrote it.
    pub since_ms: Option<u64>,
    /// Under this version of the guideline, or its publication.
    pub guideline: Option<String>,
    /// With a prediction of this model in sight.
    pub model: Option<ModelRef>,
    /// How many of them, from the newest, stand on earlier pages.
    pub first: u32,
}

/// A page of the record, and what can be asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditView {
    /// The newest first, at most [`AuditView::PAGE`].
    pub rows: Vec<ActivityRow>,
    /// How many entries the query takes.
    pub matched: u32,
    /// Entries in all logs.
    pub total: u32,
    /// People with a key.
    pub people: Vec<AuthId>,
    /// Versions of the guideline, oldest first.
    pub guidelines: Vec<String>,
    /// Models.
    pub models: Vec<ModelRef>,
}

impl AuditView {
    /// Rows of a page.
    pub const PAGE: usize = 100;
}

/// One entry of the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivityRow {
    /// The event.
    pub id: EventId,
    /// Its place in its log.
    pub sequence: u64,
    /// Who.
    pub person: AuthId,
    /// The event's kind, `annotation.submitted`; `ui` words it.
    pub kind: String,
    /// The task's place in the list, where it is about one.
    pub task: Option<u32>,
    /// When: RFC 3339, UTC, to the second.
    pub time: String,
    /// Signature and chain hold.
    pub verified: bool,
    /// The person had no right to do this, so it changed nothing.
    pub refused: bool,
    /// The end of the device key, to tell devices apart.
    pub device: String,
}

/// Something that does not verify.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProblemView {
    /// The log.
    pub log: DeviceId,
    /// The sequence or line.
    pub at: u64,
    /// What: `bad-signature`, `broken-chain` …
    pub code: String,
}

/// One log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogView {
    /// Whose device.
    pub device: DeviceId,
    /// The person.
    pub person: AuthId,
    /// Entries.
    pub size: u64,
    /// Written here.
    pub own: bool,
}

/// Agreement, control by control.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgreementView {
    /// People whose answers count.
    pub people: Vec<AuthId>,
    /// Items that at least two people answered.
    pub shared_items: u32,
    /// One row per control.
    pub controls: Vec<ControlAgreementView>,
    /// Each person against each model, per control.
    pub against_model: Vec<ControlAgreementView>,
    /// Answers that came with a file, control by control.
    pub imported: Vec<ControlAgreementView>,
    /// Where people differ, at most [`AgreementView::SHOWN`].
    pub disagreements: Vec<DisagreementView>,
    /// How many there are.
    pub disagreements_total: u32,
    /// It is being computed: parts of a hundred.
    pub progress: Option<u8>,
    /// The person stopped the computing; what was computed until then is here.
    pub stopped: bool,
    /// Annotators see no other's answers until they may: nothing is shown.
    pub blind: bool,
}

impl AgreementView {
    /// How many disagreements are listed.
    pub const SHOWN: usize = 500;
}

/// The agreement of one control.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlAgreementView {
    /// The control.
    pub control: String,
    /// Who is compared with whom, where it is a pair; empty for all.
    pub pair: String,
    /// The figures: code (`percent`, `cohen_kappa`, `alpha_nominal`, `span_f1`), value or why it is undefined.
    pub figures: Vec<FigureView>,
}

/// One coefficient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FigureView {
    /// Its code.
    pub code: String,
    /// The value, three decimals; `None` where undefined.
    pub value: Option<String>,
    /// Lower end of its 95 % interval, three decimals.
    pub low: Option<String>,
    /// Upper end.
    pub high: Option<String>,
    /// Items it rests on.
    pub items: u32,
    /// Why it is undefined: a code.
    pub undefined: Option<String>,
}

/// An item on which people differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisagreementView {
    /// The task; absent for imported answers.
    pub task: Option<TaskId>,
    /// Its name or place, for people.
    pub item: String,
    /// The control.
    pub control: String,
    /// Each person's value, in short.
    pub values: Vec<(AuthId, String)>,
    /// The case is settled.
    pub settled: bool,
}

/// A case to settle: the answers side by side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseView {
    /// The task with its texts, as labeled; its draft is the adjudicator's.
    pub task: TaskView,
    /// What each person said.
    pub sides: Vec<SideView>,
    /// The settled answers, where it is settled.
    pub settled: Option<SideView>,
    /// This person may not settle it: a code (`own-item`, `not-authorised`).
    pub refused: Option<String>,
}

/// One person's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SideView {
    /// Who.
    pub person: AuthId,
    /// What.
    pub answers: Vec<Answer>,
    /// Why.
    pub rationale: String,
    /// When.
    pub time: String,
}

/// People and keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeopleView {
    /// Keys that take part.
    pub members: Vec<MemberView>,
    /// Keys that asked.
    pub requests: Vec<MemberView>,
    /// An invitation, where this person may invite and an endpoint is set: the part of a link after `#`.
    pub invitation: Option<String>,
    /// This person may grant.
    pub can_grant: bool,
}

/// One key and its person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberView {
    /// The key.
    pub device: DeviceId,
    /// The person.
    pub authid: AuthId,
    /// What it may do.
    pub roles: Vec<Role>,
    /// On this device.
    pub own: bool,
    /// Revoked.
    pub revoked: bool,
}

/// Storage endpoints.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncView {
    /// Each endpoint.
    pub endpoints: Vec<EndpointView>,
    /// The raw tasks were released: others can label them.
    pub released: bool,
}

/// One endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointView {
    /// Its name.
    pub id: String,
    /// `s3` or `webdav`.
    pub kind: String,
    /// Where: host and path, without credentials.
    pub place: String,
    /// `idle`, `working`, `waiting`, `failed`, `needs-credentials`.
    pub state: String,
    /// Entries not yet stored there.
    pub pending: u32,
    /// Entries stored there.
    pub sent: u32,
    /// Entries received from it.
    pub received: u32,
    /// Why it failed: a code; and words for people, without secrets.
    pub error: Option<(String, String)>,
    /// Last success, RFC 3339.
    pub last_ok: Option<String>,
}

/// A span in the words of the page, for events that leave the element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextRange {
    /// First code point.
    pub start: CodePoint,
    /// One past the last.
    pub end: CodePoint,
}
