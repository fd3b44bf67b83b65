//! What people ask for. Each command becomes events or a refusal.

use super::annotation::Answer;
use super::event::{Custody, FirstAdmin, PredictionUse, Role};
use super::id::{AuthId, DeviceId, Digest, EventId, ModelRef, TaskId};
use serde::{Deserialize, Serialize};

/// One command of one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Begin a project.
    CreateProject {
        /// A name for people.
        name: String,
        /// The first keys.
        admins: Vec<FirstAdmin>,
    },
    /// Ask to take part with this device's key.
    RequestKey {
        /// Where the private key lives.
        custody: Custody,
    },
    /// Bind a key to a person.
    GrantKey {
        /// The key.
        key: DeviceId,
        /// The person.
        authid: AuthId,
        /// What it may do.
        roles: Vec<Role>,
        /// Where its private key lives.
        custody: Custody,
    },
    /// End a key: nothing after `lastsequence` of its log counts.
    RevokeKey {
        /// The key.
        key: DeviceId,
        /// The last sequence that counts.
        lastsequence: u64,
    },
    /// Close a log: one's own, or, as an admin, that of a key that was lost.
    CloseLog {
        /// The lost key and the last sequence of its log that counts; `None` closes the log this is written to.
        lost: Option<(DeviceId, u64)>,
    },
    /// Make the body of an event absent for everyone. The record that it was there stays.
    EraseBody {
        /// The event.
        event: EventId,
        /// The log it stands in.
        source: DeviceId,
        /// On what ground.
        ground: String,
    },
    /// Announce configuration, policy and guideline.
    Publish {
        /// The configuration's digest.
        config: Digest,
        /// The policy's digest.
        policy: Digest,
        /// The guideline: name, version, digest.
        guideline: Option<(String, String, Digest)>,
        /// The models whose predictions the tasks carry.
        models: Vec<ModelRef>,
    },
    /// Announce tasks in covered form.
    ReleaseTasks {
        /// How many.
        count: u64,
        /// The release body's digest.
        digest: Digest,
    },
    /// Announce answers that exist already.
    ImportAnswers {
        /// How many rows.
        count: u64,
        /// Digest of the rows.
        digest: Digest,
    },
    /// Take a task in hand.
    OpenTask {
        /// Which.
        task: TaskId,
    },
    /// Answer a task; again, to correct one's own answer.
    SubmitAnnotation {
        /// Which.
        task: TaskId,
        /// The answers, the rationale among them under its control.
        answers: Vec<Answer>,
        /// Digest of the released task, as shown.
        released: Digest,
        /// What became of the prediction.
        prediction: Option<PredictionUse>,
        /// Which model's prediction was on the screen.
        model: Option<ModelRef>,
        /// Milliseconds in hand.
        duration_ms: u64,
    },
    /// Take back one's own answer.
    WithdrawAnnotation {
        /// Of which task.
        task: TaskId,
    },
    /// Leave a task unanswered.
    SkipTask {
        /// Which.
        task: TaskId,
        /// Why.
        reason: String,
    },
    /// See covered data in clear for a moment.
    RevealField {
        /// Of which task.
        task: TaskId,
        /// Which field.
        path: String,
        /// Why.
        purpose: String,
    },
    /// Settle what annotators disagree about.
    Adjudicate {
        /// Which task.
        task: TaskId,
        /// The settled answers.
        answers: Vec<Answer>,
        /// Why, for the record; may be empty.
        rationale: String,
    },
}
