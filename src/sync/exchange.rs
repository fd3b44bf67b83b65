//! One endpoint's exchange: rounds of pushing and pulling, its pace, and a status for people.
//!
//! Each endpoint has an exchange of its own, so one that is down holds up nobody else. A driver calls [`Exchange::round`]
//! when something changed or time has passed, with the time and fresh random numbers in its hands.

use super::layout;
use super::leaves::Leaves;
use super::pace::Pace;
use super::problem::{Problem, Stop};
use super::pull;
use super::push::{self, Care};
use super::store::{LocalError, LocalStore, Own};
use crate::domain::id::DeviceId;
use crate::log::{EntryHash, checkpoint};
use crate::storage::{Storage, StorageError, Within};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What one round did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Own entries that the endpoint is not known to have.
    pub pending: u64,
    /// Own entries that it confirmed in this round.
    pub sent: u64,
    /// Objects written.
    pub objects: u64,
    /// Bytes written.
    pub bytes: u64,
    /// Entries of others taken over.
    pub received: u64,
    /// Bodies of others taken over after their entries.
    pub bodies: u64,
    /// Bodies of others that are named and not there.
    pub bodies_absent: u64,
    /// Releases taken over.
    pub releases: u64,
    /// What was wrong.
    pub problems: Vec<Problem>,
}

impl Tally {
    /// Whether this device holds anything now that it did not hold before.
    pub fn brought_news(&self) -> bool {
        self.received + self.bodies + self.releases > 0
    }
}

/// How an endpoint is doing, for people and for storage between sessions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointStatus {
    /// Own entries that wait to go out.
    pub pending: u64,
    /// Own entries that went out since the start of the session.
    pub sent: u64,
    /// Entries of others that came in since the start of the session.
    pub received: u64,
    /// Rounds that failed since the last good one.
    pub failed: u64,
    /// Why the last round failed: a code of [`Stop`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// When a round was last good, milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_ok_ms: Option<u64>,
    /// When the next attempt is made by itself, milliseconds since 1970; absent while all is well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_ms: Option<u64>,
    /// Whether a person has to do something before it can go on.
    pub needs_person: bool,
    /// What was wrong with objects in the last round.
    pub problems: Vec<Finding>,
}

/// A problem in the words of the status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// A code of [`super::Wrong`].
    pub code: String,
    /// The log concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// The object.
    pub object: String,
    /// What is wrong, for people.
    pub text: String,
    /// The signed note that proves it to others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// The signed note that it contradicts, as it was seen before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<String>,
}

impl From<&Problem> for Finding {
    fn from(problem: &Problem) -> Self {
        // what is no text is no note, and a stranger's bytes are not passed on
        let note = |bytes: &Option<Vec<u8>>| {
            let bytes = bytes.as_deref().filter(|bytes| checkpoint::Note::parse(bytes).is_ok())?;
            std::str::from_utf8(bytes).ok().map(str::to_owned)
        };
        Self {
            code: problem.wrong.code().to_owned(),
            device: problem.device.clone(),
            object: problem.object.clone(),
            text: problem.wrong.to_string(),
            evidence: note(&problem.evidence),
            seen: note(&problem.seen),
        }
    }
}

/// Asks for what nobody ever kept. A portal that answers anything with 200 would otherwise pass for an endpoint with damaged
/// objects, and be written to.
pub(super) async fn recognise<S: Storage>(storage: &S) -> Result<(), StorageError> {
    match storage.get(layout::ABSENT).await {
        // S3 denies what is absent to those who may read and not list; whoever may not read at all learns it next
        Ok(None) | Err(StorageError::Denied) => Ok(()),
        Ok(Some(_)) => Err(StorageError::NotOurs),
        Err(e) => Err(e),
    }
}

/// Which halves of a round are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Send and fetch.
    Both,
    /// Send alone.
    Out,
    /// Fetch alone.
    In,
}

/// The exchange through one endpoint.
#[derive(Clone, Debug, Default)]
pub struct Exchange {
    leaves: Leaves,
    recognised: bool,
    listed: bool,
    confirmed: BTreeMap<DeviceId, u64>,
    releases_there: BTreeSet<EntryHash>,
    erased_there: BTreeSet<EntryHash>,
    /// When it may be tried again.
    pub pace: Pace,
    /// How it is doing.
    pub status: EndpointStatus,
}

impl Exchange {
    /// One round. The first of a session also looks whether everything this device once sent is still there, and sends
    /// again what is not. `now_ms` is wall time, milliseconds since 1970; `entropy` any fresh random number.
    ///
    /// # Errors
    /// [`Stop`], with the pace and the status brought up to date. What was done before it stays done.
    pub async fn round<S: Storage, L: LocalStore>(
        &mut self,
        storage: &S,
        store: &L,
        direction: Direction,
        now_ms: u64,
        entropy: u64,
    ) -> Result<Tally, Stop> {
        let care = if self.listed { Care::Quick } else { Care::Listed };
        self.careful_round(storage, store, direction, care, now_ms, entropy).await
    }

    /// The same, as careful as asked.
    ///
    /// # Errors
    /// As [`Exchange::round`].
    pub async fn careful_round<S: Storage, L: LocalStore>(
        &mut self,
        storage: &S,
        store: &L,
        direction: Direction,
        care: Care,
        now_ms: u64,
        entropy: u64,
    ) -> Result<Tally, Stop> {
        let mut tally = Tally::default();
        let result = self.try_round(storage, store, direction, care, now_ms, &mut tally).await;
        let waiting = |own: &Own| own.size.saturating_sub(self.confirmed.get(&own.device).copied().unwrap_or(0));
        tally.pending = store.own().await.unwrap_or_default().iter().map(waiting).sum();
        self.record(&tally, result, now_ms, entropy);
        result.map(|()| tally)
    }

    async fn try_round<S: Storage, L: LocalStore>(
        &mut self,
        storage: &S,
        store: &L,
        direction: Direction,
        care: Care,
        now_ms: u64,
        tally: &mut Tally,
    ) -> Result<(), Stop> {
        let storage = Within::new(storage, &layout::project(store.project()))?;
        let own = store.own().await?;
        if !self.recognised {
            recognise(&storage).await?;
            self.recognised = true;
        }
        if direction != Direction::In {
            push::releases(&storage, store, &mut self.releases_there, tally).await?;
            for one in &own {
                push::log(&storage, store, one, &mut self.leaves, care, &mut self.confirmed, tally).await?;
                push::erasures(&storage, store, &one.device, &mut self.erased_there).await?;
            }
            self.listed = true;
        }
        if direction != Direction::Out {
            let own: BTreeSet<DeviceId> = own.into_iter().map(|o| o.device).collect();
            for device in pull::devices(&storage, store, &own).await? {
                pull::log(&storage, store, &device, &mut self.leaves, now_ms, tally).await?;
                pull::late_bodies(&storage, store, &device, tally).await?;
            }
            pull::releases(&storage, store, tally).await?;
        }
        Ok(())
    }

    fn record(&mut self, tally: &Tally, result: Result<(), Stop>, now_ms: u64, entropy: u64) {
        let status = &mut self.status;
        status.pending = tally.pending;
        status.sent += tally.sent;
        status.received += tally.received;
        status.problems = tally.problems.iter().map(Finding::from).collect();
        match result {
            Ok(()) => {
                self.pace.ok();
                status.failed = 0;
                status.last_error = None;
                status.last_ok_ms = Some(now_ms);
                status.next_ms = None;
            }
            Err(stop) => {
                status.failed += 1;
                status.last_error = Some(stop.code().to_owned());
                let error = match stop {
                    Stop::Storage(e) => e,
                    // a full device or a lost key waits for a person as a full endpoint does
                    Stop::Local(LocalError::NoRoom | LocalError::NoKey) => StorageError::Full,
                    Stop::Local(LocalError::Moved | LocalError::Unreadable) => StorageError::Conflict,
                };
                self.pace.failed(error, now_ms, entropy);
                status.next_ms = (!self.pace.needs_person).then_some(self.pace.not_before_ms);
                // what the endpoint holds may have changed while it was away
                self.releases_there.clear();
                self.listed = false;
                self.recognised = false;
            }
        }
        status.needs_person = self.pace.needs_person;
    }
}
