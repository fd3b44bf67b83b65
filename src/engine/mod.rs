//! Commands in, plans out; events in, state out. The only owner of [`State`]. Sealing and storing lie between the two, on
//! the platform's side, because keys and disks are slow and may fail; so nothing here waits.

pub mod release;
pub mod results;
#[cfg(test)]
mod scenario;
pub mod snapshot;

use crate::domain::command::Command;
use crate::domain::decide::{Planned, decide};
use crate::domain::event::Event;
use crate::domain::refusal::Refusal;
use crate::domain::state::{Materials, State, erasable, fold, fold_order};
use crate::domain::time::Moment;

/// The fold of one project's logs.
#[derive(Clone, Debug, Default)]
pub struct Engine {
    state: State,
    events: Vec<Event>,
}

impl Engine {
    /// Folds all events of a project over its released bodies.
    pub fn new(materials: Materials, mut events: Vec<Event>) -> Self {
        let state = fold(materials, &mut events);
        Self { state, events }
    }

    /// What is true now.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Every event, in the order of the fold.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// What a command would do, to be sealed and stored.
    ///
    /// # Errors
    /// A refusal where the state does not allow it.
    pub fn plan(&self, command: &Command, moment: &Moment) -> Result<Vec<Planned>, Refusal> {
        if let Command::EraseBody { event, source, .. } = command {
            // only who holds the events can tell what one of them is
            let known = self.events.iter().find(|e| e.id == *event && e.device == *source);
            if !erasable(&known.ok_or(Refusal::UnknownEvent)?.happening.kind) {
                return Err(Refusal::NotErasable);
            }
        }
        decide(&self.state, command, moment)
    }

    /// Takes in events that are stored. Those later than all others are folded at once; late ones, erasures,
    /// revocations and closings fold everything again from the beginning, which gives the same state in any order of arrival.
    pub fn accept(&mut self, mut new: Vec<Event>) {
        new.sort_by(fold_order);
        new.dedup_by(|a, b| a.device == b.device && a.sequence == b.sequence);
        let in_order = match (self.events.last(), new.first()) {
            (Some(last), Some(first)) => fold_order(last, first).is_lt(),
            _ => true,
        };
        // an erasure and an end say something of events that were folded before
        let looks_back = |e: &Event| matches!(e.happening.kind.as_str(), "data.erased" | "key.revoked" | "log.closed");
        if in_order && !new.iter().any(looks_back) {
            for event in &new {
                self.state.apply(event);
            }
            self.events.append(&mut new);
            return;
        }
        self.events.append(&mut new);
        self.events.sort_by(fold_order);
        self.events.dedup_by(|a, b| a.device == b.device && a.sequence == b.sequence);
        let materials = std::mem::take(&mut self.state.materials);
        self.state = fold(materials, &mut self.events);
    }

    /// Takes in released bodies that have arrived; what was said of them counts from now on.
    pub fn supply(&mut self, materials: Materials) {
        self.state = fold(materials, &mut self.events);
    }
}
