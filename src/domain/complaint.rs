//! A complaint says where something of a stranger's file could not be taken as it stood; the import goes on.

use serde::{Deserialize, Serialize};

/// One complaint of an import or an export. `place` and `what` carry no personal data: positions, names of tags and
/// columns, kinds of fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Complaint {
    /// Where: `line 41`, `task 7, annotations[0].result[2]`, `tag <Video>`.
    pub place: String,
    /// What, lowercase, with what happened to it: `span ends past the text; left out`.
    pub what: String,
}

impl Complaint {
    /// A complaint about `place`.
    pub fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into() }
    }
}
