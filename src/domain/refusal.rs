//! Why a command was not carried out: values without text, so that the screen or the host words them.

use super::event::Role;
use super::id::{DeviceId, TaskId};
use serde::{Deserialize, Serialize};

/// A command that changes nothing, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The person has no key in this project that may do this.
    NotAuthorised {
        /// The right that is missing.
        needs: Role,
    },
    /// The task is not in any release.
    UnknownTask {
        /// Which.
        task: TaskId,
    },
    /// The configuration has no such control.
    UnknownControl {
        /// Its name as given.
        control: String,
    },
    /// The kind of value does not fit the control.
    WrongKind {
        /// The control.
        control: String,
    },
    /// A value that the control does not offer.
    UnknownValue {
        /// The control.
        control: String,
    },
    /// More values than the control takes.
    TooMany {
        /// The control.
        control: String,
    },
    /// An answer is wanted first.
    Missing {
        /// The control that needs one.
        control: String,
    },
    /// A span that is empty, past the end of its text, or in a field the control is not about.
    BadSpan {
        /// The control.
        control: String,
        /// Which of its spans, from 0.
        index: u32,
    },
    /// An answer to a region that is not in the annotation.
    UnknownRegion {
        /// The control.
        control: String,
    },
    /// A reason or purpose is wanted and was empty.
    ReasonWanted,
    /// A text longer than the limit.
    TooLong {
        /// The control, or the name of the argument.
        control: String,
    },
    /// There is no answer of this person to take back or correct.
    NothingToWithdraw,
    /// An adjudicator may not settle a task that they answered themselves.
    OwnItem,
    /// Nobody has answered the task yet.
    NothingToAdjudicate,
    /// The project exists already.
    ProjectExists,
    /// There is no project yet.
    NoProject,
    /// The key is known and bound already, or it ended: no key is used again.
    KeyKnown {
        /// Which.
        key: DeviceId,
    },
    /// No such key takes part.
    UnknownKey {
        /// Which.
        key: DeviceId,
    },
    /// No such event is in the logs that are here.
    UnknownEvent,
    /// The body of such an event stays: it gives or ends rights, or names what is worked on.
    NotErasable,
}
