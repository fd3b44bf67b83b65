//! What page and worker say to each other, as plain data; both sides write it as JSON text. Files and handles of the
//! browser travel beside it.

use super::model::{AuditQuery, TaskRow, View, ViewKey};
use crate::domain::annotation::Answer;
use crate::domain::complaint::Complaint;
use crate::domain::draft::Draft;
use crate::domain::event::{PredictionUse, Role};
use crate::domain::id::{AuthId, DeviceId, Digest, ModelRef, TaskId};
use crate::domain::refusal::Refusal;
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// From page to worker. `ask` comes back in the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Number of the request, given by the page.
    pub ask: u32,
    /// What is asked.
    pub what: Ask,
}

/// What the page asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// Open a project that is on this device, or make the embedded sample if the slug is its name. First of all.
    Open {
        /// The project's name on this host page.
        slug: String,
        /// The profile's label; made if absent.
        profile: String,
    },
    /// Make a project of files: configuration, tasks, guideline; or open a project file. The files travel beside.
    /// Answers with the slug in `Done::Opened`.
    OpenFiles {
        /// Names of the files, in the order they travel.
        names: Vec<String>,
    },
    /// Make a project of texts the host page holds.
    OpenTexts {
        /// The project's name on this host page.
        slug: String,
        /// A name for people.
        name: String,
        /// Label Studio configuration, XML.
        config: String,
        /// Tasks: Label Studio JSON, JSONL or CSV.
        tasks: String,
        /// Guideline, Markdown; may be empty.
        guideline: String,
    },
    /// Join by an invitation.
    Join {
        /// The part of the link after `#join=`.
        invitation: String,
        /// The profile's label.
        profile: String,
    },
    /// Send this view now and whenever it differs.
    Watch {
        /// Which.
        key: ViewKey,
    },
    /// No more.
    Unwatch {
        /// Which.
        key: ViewKey,
    },
    /// Take a task in hand: records it, and answers with the task to show.
    OpenTask {
        /// Which; `None` for the next that is not done.
        task: Option<TaskId>,
    },
    /// Keep the annotation in hand. Answered when it is durable.
    KeepDraft {
        /// Of which task.
        task: TaskId,
        /// The draft; `None` forgets it.
        draft: Option<Draft>,
    },
    /// Submit, or correct what was submitted. Answered when it is durable.
    Submit {
        /// Which task.
        task: TaskId,
        /// The answers, the rationale among them.
        answers: Vec<Answer>,
        /// Digest of the released task that was shown.
        released: Digest,
        /// What became of the prediction.
        prediction: Option<PredictionUse>,
        /// Whose prediction was on the screen.
        model: Option<ModelRef>,
        /// Milliseconds in hand.
        duration_ms: u64,
    },
    /// Take one's answer back.
    Withdraw {
        /// Of which task.
        task: TaskId,
    },
    /// Leave a task unanswered.
    Skip {
        /// Which.
        task: TaskId,
        /// Why.
        reason: String,
    },
    /// See one covered field in clear. The value comes in `Done::Revealed`, once, after the event is durable.
    Reveal {
        /// Of which task.
        task: TaskId,
        /// Which data key.
        path: String,
        /// Why.
        purpose: String,
    },
    /// Settle a case.
    Adjudicate {
        /// Which task.
        task: TaskId,
        /// The settled answers.
        answers: Vec<Answer>,
        /// Why.
        rationale: String,
    },
    /// Label as another person of this device; made if new, with a key of their own.
    SwitchProfile {
        /// The profile's label.
        label: String,
        /// The roles a new profile asks for.
        roles: Vec<Role>,
    },
    /// Let a key take part.
    Grant {
        /// The key.
        key: DeviceId,
        /// The person.
        authid: AuthId,
        /// What it may do.
        roles: Vec<Role>,
    },
    /// Set or change an endpoint. Credentials stay on this device, encrypted.
    SetEndpoint {
        /// The endpoint, JSON as `sync::Endpoint`.
        endpoint: String,
        /// Credentials, JSON as `sync::Credentials`.
        credentials: String,
    },
    /// Forget an endpoint and its credentials; what is stored there stays.
    RemoveEndpoint {
        /// Its name.
        id: String,
    },
    /// Exchange with all endpoints now.
    SyncNow {},
    /// Write results. The file comes in `Done::File`.
    Export {
        /// Which form.
        format: ExportFormat,
        /// Spans and texts in clear; only where the raw data is.
        raw: bool,
    },
    /// The record as JSONL: one file per log in one download.
    DownloadLog {},
    /// The entries of the record that a query takes, as JSONL, oldest first; pages do not matter.
    DownloadAudit {
        /// Which.
        query: AuditQuery,
    },
    /// How much room there is on this device, and whether the browser keeps it. Answers with [`Done::Room`].
    Room {},
    /// Stop the work that `ask` began.
    Cancel {
        /// The request to stop; [`AGREEMENT`] for the agreement that is being computed, which no single request began.
        ask: u32,
    },
}

/// Stands for the agreement in [`Ask::Cancel`]: requests count from 1.
pub const AGREEMENT: u32 = 0;

/// The forms results are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// Label Studio JSON.
    LabelStudio,
    /// One annotation a line.
    Jsonl,
    /// One annotation a row.
    Csv,
    /// The whole project as one file.
    Project,
}

/// From worker to page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tell {
    /// The worker runs.
    Ready {},
    /// The answer to a request.
    Answer {
        /// Which request.
        ask: u32,
        /// How it went.
        result: Result<Done, Trouble>,
    },
    /// A watched view.
    View {
        /// Which.
        key: ViewKey,
        /// Its data.
        view: View,
    },
    /// Chunks of the watched list of tasks that differ from what was sent before.
    Rows {
        /// Place of each chunk and its rows.
        chunks: Vec<(u32, Rc<Vec<TaskRow>>)>,
    },
    /// How far long work is.
    Progress {
        /// The request.
        ask: u32,
        /// Done so far.
        done: u64,
        /// Of how much; 0 where unknown.
        of: u64,
    },
}

/// How a request ended well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Done {
    /// Nothing more to say; what changed comes as views.
    Ok {},
    /// A project is open.
    Opened {
        /// Its name on this host page.
        slug: String,
        /// The task to show first.
        task: Option<TaskId>,
        /// What could not be taken.
        complaints: Vec<Complaint>,
    },
    /// A task is in hand; its view follows under [`ViewKey::Task`].
    InHand {
        /// Which; `None`: nothing is left to do.
        task: Option<TaskId>,
    },
    /// The answer is in the log, durably. Carries covered data only.
    Recorded {
        /// Sequence of the first event written.
        sequence: u64,
        /// What to do next.
        next: Option<TaskId>,
        /// The answers as they were sealed: typed text covered. Empty where the action has none.
        answers: Vec<Answer>,
    },
    /// A field in clear, to be shown for a moment and kept nowhere.
    Revealed {
        /// The text.
        text: String,
    },
    /// The room on this device, as the browser tells it; bytes.
    Room {
        /// Taken by this page's origin.
        used: Option<u64>,
        /// Most that it may take.
        quota: Option<u64>,
        /// The browser does not clear it by itself.
        kept: bool,
    },
    /// A file to hand to the person. Its bytes travel beside, not in this message.
    File {
        /// Suggested name.
        name: String,
        /// Media type.
        media: String,
        /// What the format could not hold.
        complaints: Vec<Complaint>,
    },
}

/// How a request failed: nothing of it was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// The state does not allow it.
    Refused {
        /// Why.
        refusal: Refusal,
    },
    /// The device or the network does not: a code, and words that fit after "could not".
    Fault {
        /// `quota`, `storage`, `key`, `read-only`, `config`, `file`, `network`, `not-found`, `cancelled` …
        code: String,
        /// What to do next; no personal data.
        detail: String,
    },
}
