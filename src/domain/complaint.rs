//! A complaint says where something of a stranger's file could not be taken as it stood; the import goes on.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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

/// Gathers the complaints of one file. A fault that stands in every line is listed [`Complaints::PER_KIND`] times and
/// then only counted, so that a broken file of 100,000 tasks neither fills the memory nor the screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Complaints {
    kept: Vec<Complaint>,
    counts: BTreeMap<String, u64>,
}

impl Complaints {
    /// Complaints of one wording that are listed with their place.
    pub const PER_KIND: u64 = 20;
    /// Different wordings that are told apart; further ones are counted together.
    pub const KINDS: usize = 200;
    const REST: &str = "further complaints of other kinds";

    /// Adds one.
    pub fn push(&mut self, place: impl Into<String>, what: impl Into<String>) {
        let what = what.into();
        if let Some(count) = self.counts.get_mut(&what) {
            *count += 1;
            if *count <= Self::PER_KIND {
                self.kept.push(Complaint { place: place.into(), what });
            }
        } else if self.counts.len() < Self::KINDS {
            self.counts.insert(what.clone(), 1);
            self.kept.push(Complaint { place: place.into(), what });
        } else {
            // one past the listed number, so that all of them show as counted
            *self.counts.entry(Self::REST.to_owned()).or_insert(Self::PER_KIND) += 1;
        }
    }

    /// How many were made, listed or only counted.
    pub fn total(&self) -> u64 {
        self.counts.iter().map(|(what, n)| if what == Self::REST { n - Self::PER_KIND } else { *n }).sum()
    }

    /// The list: those with a place in the order they came, then one line for each wording that came more often.
    pub fn into_list(self) -> Vec<Complaint> {
        let mut list = self.kept;
        for (what, count) in self.counts {
            if count > Self::PER_KIND {
                list.push(Complaint { place: format!("{} more places", count - Self::PER_KIND), what });
            }
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_of_a_kind_are_counted() {
        let mut complaints = Complaints::default();
        for line in 0..1000 {
            complaints.push(format!("line {line}"), "same");
        }
        complaints.push("line 7", "other");
        assert_eq!(complaints.total(), 1001);
        let list = complaints.into_list();
        assert_eq!(list.len() as u64, Complaints::PER_KIND + 2);
        assert_eq!(list.last(), Some(&Complaint::new("980 more places", "same")));
    }

    #[test]
    fn many_kinds_are_counted_together() {
        let mut complaints = Complaints::default();
        for kind in 0..1000 {
            complaints.push("here", format!("kind {kind}"));
        }
        assert_eq!(complaints.total(), 1000);
        let list = complaints.into_list();
        assert_eq!(list.len(), Complaints::KINDS + 1);
        assert_eq!(list.last().map(|c| c.place.as_str()), Some("800 more places"));
    }
}
