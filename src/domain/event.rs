//! What happened, as the fold reads it. `log` owns the stored form; here stands only the meaning.

use super::annotation::Answer;
use super::guideline::GuidelineRef;
use super::id::{AuthId, DeviceId, Digest, EventId, ModelRef, TaskId};
use super::time::Hlc;
use serde::{Deserialize, Serialize};

/// One event of one device's log, verified, with who and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its name.
    pub id: EventId,
    /// The device key that signed it.
    pub device: DeviceId,
    /// The person it claims; the fold checks the claim against the grant of the key.
    pub author: AuthId,
    /// Its place in the device's log, from 0.
    pub sequence: u64,
    /// Its place in the order of all logs, together with device and sequence.
    pub hlc: Hlc,
    /// Wall time as the device claims it, milliseconds since 1970.
    pub time_ms: u64,
    /// What it is about and what it says.
    pub happening: Happening,
}

/// What `decide` makes and the log seals: an event before it has a name, a place and a signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happening {
    /// The task it is about.
    pub task: Option<TaskId>,
    /// The event it answers or corrects.
    pub cause: Option<EventId>,
    /// The assignment it belongs to.
    pub assignment: Option<String>,
    /// The guideline the person worked by.
    pub guideline: Option<GuidelineRef>,
    /// The model whose prediction the person saw.
    pub model: Option<ModelRef>,
    /// What happened. `None`: the body is absent (erased or not yet here), or its type is unknown to this version.
    pub fact: Option<Fact>,
    /// The type name without prefix and version, `annotation.submitted`, kept even where the fact is absent.
    pub kind: String,
}

impl Happening {
    /// A fact that is about no task.
    pub fn of(fact: Fact) -> Self {
        Self {
            task: None,
            cause: None,
            assignment: None,
            guideline: None,
            model: None,
            kind: fact.kind().to_owned(),
            fact: Some(fact),
        }
    }

    /// The same, about `task`.
    #[must_use]
    pub fn about(mut self, task: &TaskId) -> Self {
        self.task = Some(task.clone());
        self
    }
}

/// What a key may do. Rights are written into `key.granted` and into the genesis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May grant and revoke keys, publish and release, and see raw data on the owning device.
    Admin,
    /// May answer tasks.
    Annotator,
    /// May pass or reject answers.
    Reviewer,
    /// May settle disagreements.
    Adjudicator,
}

/// Where a private key lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Custody {
    /// In the browser's WebCrypto, not extractable.
    #[default]
    #[serde(rename = "webcrypto-nonextractable")]
    WebCrypto,
    /// In this program's memory, its seed in the browser's database, encrypted under a non-extractable AES key.
    #[serde(rename = "software-wrapped")]
    SoftwareWrapped,
    /// In a file of the terminal tool.
    #[serde(rename = "file")]
    File,
}

/// One key named by the genesis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstAdmin {
    /// The person's pseudonym.
    pub authid: AuthId,
    /// The key.
    pub key: DeviceId,
    /// What it may do.
    pub roles: Vec<Role>,
}

/// The facts of version 1. Field names are those of the stored body; `salt` is added when sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// `project.created`: the genesis.
    ProjectCreated {
        /// A name for people.
        name: String,
        /// The first keys and their rights.
        admins: Vec<FirstAdmin>,
    },
    /// `key.requested`: a device asks to take part.
    KeyRequested {
        /// Where its private key lives.
        custody: Custody,
    },
    /// `key.granted`: binds one key to one person, with rights.
    KeyGranted {
        /// The key.
        key: DeviceId,
        /// The person.
        authid: AuthId,
        /// What it may do.
        roles: Vec<Role>,
        /// Where its private key lives, as it said.
        custody: Custody,
    },
    /// `key.revoked`: the key's entries after `lastsequence` count no more.
    KeyRevoked {
        /// The key.
        key: DeviceId,
        /// The last sequence that counts.
        lastsequence: u64,
    },
    /// `config.published`: the labeling configuration, by digest.
    ConfigPublished {
        /// Of the configuration's text.
        digest: Digest,
    },
    /// `policy.published`: the privacy policy, by digest.
    PolicyPublished {
        /// Of the policy's text.
        digest: Digest,
    },
    /// `guideline.published`: the instructions, by digest.
    GuidelinePublished {
        /// Name.
        id: String,
        /// Version.
        version: String,
        /// Of the text.
        digest: Digest,
    },
    /// `model.registered`: a model whose predictions are shown.
    ModelRegistered {
        /// `<id>@sha256-…`.
        model: ModelRef,
    },
    /// `tasks.released`: tasks in covered form, by digest.
    TasksReleased {
        /// How many.
        count: u64,
        /// Of the release body.
        digest: Digest,
    },
    /// `answers.imported`: answers that exist already, by digest; the rows are source material.
    AnswersImported {
        /// How many rows.
        count: u64,
        /// Of the rows.
        digest: Digest,
    },
    /// `task.opened`.
    TaskOpened {},
    /// `annotation.submitted`.
    AnnotationSubmitted {
        /// The answers, spans counting in the released text.
        answers: Vec<Answer>,
        /// Digest of the released task that was answered; absent in foreign logs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        released: Option<Digest>,
        /// What became of the prediction: accepted as it was, or edited.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        prediction: Option<PredictionUse>,
        /// Milliseconds from opening the task to submitting it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        duration_ms: Option<u64>,
    },
    /// `annotation.corrected`: replaces the author's own earlier answer (the cause).
    AnnotationCorrected {
        /// The answers as they are now.
        answers: Vec<Answer>,
        /// Digest of the released task that was answered.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        released: Option<Digest>,
        /// Milliseconds from opening the task to submitting it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        duration_ms: Option<u64>,
    },
    /// `annotation.withdrawn`: takes the author's own answer (the cause) back.
    AnnotationWithdrawn {},
    /// `task.skipped`: the person did not answer, and says why.
    TaskSkipped {
        /// Why: one of the offered reasons or free text, past the privacy gate.
        reason: String,
    },
    /// `rationale.given`: why the answer (the cause) is as it is.
    RationaleGiven {
        /// The text, past the privacy gate.
        text: String,
    },
    /// `field.revealed`: covered data was shown in clear; never the value itself.
    FieldRevealed {
        /// Which field of the task.
        path: String,
        /// Why it was needed.
        purpose: String,
    },
    /// `review.passed`.
    ReviewPassed {},
    /// `review.rejected`.
    ReviewRejected {
        /// Why.
        reason: String,
    },
    /// `case.escalated`.
    CaseEscalated {
        /// Why.
        reason: String,
    },
    /// `case.adjudicated`: one answer for the task, whatever the annotators said.
    CaseAdjudicated {
        /// The settled answers.
        answers: Vec<Answer>,
        /// The submissions that were weighed.
        over: Vec<EventId>,
    },
    /// `data.erased`: the body of an event is absent for everyone from now on.
    DataErased {
        /// The event whose body goes.
        event: EventId,
        /// On what ground.
        ground: String,
        /// The log it stands in.
        source: DeviceId,
    },
    /// `peers.seen`: the heads of other logs this device holds.
    PeersSeen {
        /// Log and size.
        heads: Vec<(DeviceId, u64)>,
    },
    /// `log.closed`: nothing follows in a log: in this one, or, said by an admin, in that of a key that was lost.
    LogClosed {
        /// The log that is closed, where it is another's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        log: Option<DeviceId>,
        /// The last sequence of it that counts.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lastsequence: Option<u64>,
    },
}

/// What became of a prediction in the annotator's hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PredictionUse {
    /// Taken as it was.
    Accepted,
    /// Taken and changed.
    Edited,
}

impl Fact {
    /// The type name without prefix and version.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ProjectCreated { .. } => "project.created",
            Self::KeyRequested { .. } => "key.requested",
            Self::KeyGranted { .. } => "key.granted",
            Self::KeyRevoked { .. } => "key.revoked",
            Self::ConfigPublished { .. } => "config.published",
            Self::PolicyPublished { .. } => "policy.published",
            Self::GuidelinePublished { .. } => "guideline.published",
            Self::ModelRegistered { .. } => "model.registered",
            Self::TasksReleased { .. } => "tasks.released",
            Self::AnswersImported { .. } => "answers.imported",
            Self::TaskOpened {} => "task.opened",
            Self::AnnotationSubmitted { .. } => "annotation.submitted",
            Self::AnnotationCorrected { .. } => "annotation.corrected",
            Self::AnnotationWithdrawn {} => "annotation.withdrawn",
            Self::TaskSkipped { .. } => "task.skipped",
            Self::RationaleGiven { .. } => "rationale.given",
            Self::FieldRevealed { .. } => "field.revealed",
            Self::ReviewPassed {} => "review.passed",
            Self::ReviewRejected { .. } => "review.rejected",
            Self::CaseEscalated { .. } => "case.escalated",
            Self::CaseAdjudicated { .. } => "case.adjudicated",
            Self::DataErased { .. } => "data.erased",
            Self::PeersSeen { .. } => "peers.seen",
            Self::LogClosed { .. } => "log.closed",
        }
    }
}
