//! Reading the record from the device and verifying it: read at once with signatures on trust, since this device
//! verified each entry before it kept it; then looked at whole, a part at a time, while people work. What other tabs or
//! devices add is read from where it begins, and nothing else again.

use super::desk::{Desk, Project, fault};
use super::{Job, Line};
use crate::domain::event::Event;
use crate::domain::id::{DeviceId, ProjectId};
use crate::log::seal::Head;
use crate::log::verify::Verifier;
use crate::log::{EntryHash, Problem, Recheck, body};
use crate::platform::web::check::Checker;
use crate::platform::web::machine::{breathe, now_ms};
use crate::platform::web::store::{Kept, Store, StoreError};
use crate::view::model::{ProblemView, RecordState};
use crate::view::protocol::Trouble;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Entries that WebCrypto checks at once.
const TURN: u64 = 256;
/// Entries that are read anew in one turn where it cannot: about 8 ms of work.
const SLOW_TURN: u64 = 40;
/// Entries read from the database at once.
const PART: u64 = 1_024;

/// Entries of one log that wait to be verified: places from and to, the latter not among them.
pub(super) type Range = (DeviceId, u64, u64);

/// Where the verification of the record stands.
#[derive(Default)]
pub(super) struct Verifying {
    waiting: VecDeque<Range>,
    at_work: Option<(Recheck, Option<Checker>)>,
    verified: u32,
    problems: Vec<ProblemView>,
    /// It began anew because less was verified than is here.
    again: bool,
}

/// What the entries of a project say, where each log ends, and what is wrong.
type Record = (Vec<Event>, BTreeMap<DeviceId, Head>, Vec<ProblemView>);

fn view(log: &DeviceId, problem: &Problem) -> ProblemView {
    ProblemView { log: log.clone(), at: problem.sequence.unwrap_or_default(), code: problem.code.as_str().to_owned() }
}

/// Entries are missing that the log's head counts: the browser or somebody removed them. Nothing is written there.
fn lost(log: &DeviceId, at: u64) -> ProblemView {
    ProblemView { log: log.clone(), at, code: "entries-lost".to_owned() }
}

/// Reads every entry of a project that links up; what does not is a problem with its place.
pub(super) async fn read(store: &Store, project: &ProjectId) -> Result<Record, Trouble> {
    // heads first: entries that come meanwhile are then more than the heads count, never fewer
    let kept_heads = store.heads(project).await?;
    let mut readers: BTreeMap<DeviceId, Verifier> = BTreeMap::new();
    let mut broken: BTreeMap<DeviceId, ProblemView> = BTreeMap::new();
    let mut events = vec![];
    for kept in store.entries(project).await? {
        if broken.contains_key(&kept.device) {
            continue;
        }
        let reader = readers
            .entry(kept.device.clone())
            .or_insert_with(|| Verifier::new().for_project(project).trusting_signatures());
        let expected = reader.head().size;
        match reader.push_entry(kept.entry.as_bytes(), kept.body.as_ref().map(|b| b.as_bytes())) {
            Ok(accepted) => events.push(accepted.event),
            Err(_) if kept.place > expected => drop(broken.insert(kept.device.clone(), lost(&kept.device, expected))),
            Err(problem) => drop(broken.insert(kept.device.clone(), view(&kept.device, &problem))),
        }
    }
    let heads: BTreeMap<_, _> = readers.into_iter().map(|(device, reader)| (device, reader.head().clone())).collect();
    for (device, head) in kept_heads {
        let here = heads.get(&device).map_or(0, |head| head.size);
        if here < head.size && !broken.contains_key(&device) {
            broken.insert(device.clone(), lost(&device, here));
        }
    }
    Ok((events, heads, broken.into_values().collect()))
}

/// The hash of the entry before that place.
async fn hash_before(
    store: &Store,
    project: &ProjectId,
    device: &DeviceId,
    at: u64,
) -> Result<Option<EntryHash>, Trouble> {
    let Some(before) = at.checked_sub(1) else { return Ok(None) };
    let found = store.part(project, device, before, at).await?.pop();
    Ok(found.map(|(_, kept)| EntryHash::of(kept.entry.as_bytes())))
}

impl Desk {
    /// Begins to verify the whole record.
    pub(super) async fn begin_verifying(&mut self) -> Result<(), Trouble> {
        let Some(project) = self.project.as_mut() else { return Ok(()) };
        let heads = project.store.heads(&project.local.project).await?;
        let waiting = heads.into_iter().map(|(device, head)| (device, 0, head.size)).collect();
        project.here.verified = 0;
        project.grown.clear();
        self.verifying = Verifying { waiting, problems: project.here.problems.clone(), ..Verifying::default() };
        self.go_on_verifying();
        Ok(())
    }

    fn go_on_verifying(&mut self) {
        if let Some(project) = self.project.as_mut() {
            project.here.record = RecordState::Checking;
            self.line.later(Job::Verify);
        }
    }

    /// Verifies some more entries, and comes back for the rest.
    pub(super) async fn verify_some(&mut self) {
        let Some(project) = self.project.as_mut() else { return };
        if let Err(trouble) = self.verifying.turn(project).await {
            // what cannot be read now is read again at the next opening; until then it counts as not verified
            debug_assert!(false, "{trouble:?}");
            self.verifying.waiting.clear();
        }
        if !self.verifying.waiting.is_empty() {
            breathe().await;
            self.line.later(Job::Verify);
            return;
        }
        // entries written since verification began verified themselves when they were sealed
        let verified = project.here.verified.saturating_add(std::mem::take(&mut self.verifying.verified));
        project.here.verified = verified.min(project.engine.events().len() as u32);
        project.here.problems.clone_from(&self.verifying.problems);
        let stands = self.verifying.problems.is_empty();
        let all = project.here.verified as usize == project.engine.events().len();
        if stands && !all && !std::mem::replace(&mut self.verifying.again, true) {
            // a part could not be read, or was missed: nothing counts as verified that was not looked at
            if self.begin_verifying().await.is_ok() {
                self.verifying.again = true;
            }
            return;
        }
        project.here.record = if stands { RecordState::Verified } else { RecordState::Broken };
    }

    /// Takes in what other tabs or devices wrote into the database.
    pub(super) async fn refresh(&mut self) -> Result<(), Trouble> {
        let Some(project) = self.project.as_mut() else { return Ok(()) };
        let read = project.reload().await;
        project.here.problems.iter().for_each(|problem| self.verifying.note(problem.clone()));
        if !project.here.problems.is_empty() {
            self.go_on_verifying();
        }
        read
    }

    /// What was read on the way, whether another tab told of it or it was found when writing, waits to be verified too.
    pub(super) fn take_grown(&mut self) {
        let Some(project) = self.project.as_mut() else { return };
        let grown = std::mem::take(&mut project.grown);
        if !grown.is_empty() {
            self.verifying.waiting.extend(grown);
            self.verifying.again = false;
            self.go_on_verifying();
        }
    }
}

impl Verifying {
    /// Keeps one problem of each log, the first of its places.
    fn note(&mut self, problem: ProblemView) {
        match self.problems.iter_mut().find(|p| p.log == problem.log) {
            Some(known) if known.at <= problem.at => {}
            Some(known) => *known = problem,
            None => self.problems.push(problem),
        }
    }

    /// Looks at the next entries of the first log that waits.
    async fn turn(&mut self, project: &Project) -> Result<(), Trouble> {
        let Some((device, from, to)) = self.waiting.front().cloned() else { return Ok(()) };
        // behind the first entry that does not stand nothing is looked at
        let to = self.problems.iter().filter(|p| p.log == device).fold(to, |to, problem| to.min(problem.at));
        if from >= to {
            self.waiting.pop_front();
            self.at_work = None;
            return Ok(());
        }
        if self.at_work.as_ref().is_none_or(|(recheck, _)| recheck.head().0 != from) {
            let last = hash_before(&project.store, &project.local.project, &device, from).await?;
            let recheck = Recheck::resume(&device, from, last)
                .map_err(|_| fault("unreadable", "verify a log whose name is no key"))?;
            let checker = Checker::new(recheck.key()).await;
            self.at_work = Some((recheck, checker));
        }
        let Some((recheck, checker)) = self.at_work.as_mut() else { return Ok(()) };
        let until = to.min(from + if checker.is_some() { TURN } else { SLOW_TURN });
        let before = recheck.head();
        let part = project.store.part(&project.local.project, &device, from, until).await?;
        let found = part.len() as u64;
        if !quick(recheck, checker.as_ref(), &part).await {
            let mut verifier = after(&device, &project.local.project, before)?;
            for (_, kept) in &part {
                let read = verifier.push_entry(kept.entry.as_bytes(), kept.body.as_ref().map(|b| b.as_bytes()));
                if let Err(problem) = read {
                    self.at_work = None;
                    self.note(view(&device, &problem));
                    return Ok(());
                }
            }
            *recheck = Recheck::resume(&device, verifier.head().size, verifier.head().last)
                .map_err(|_| fault("unreadable", "verify a log whose name is no key"))?;
        }
        self.verified += found as u32;
        if from + found < until {
            self.note(lost(&device, from + found));
        }
        if let Some(range) = self.waiting.front_mut() {
            range.1 = from + found;
        }
        Ok(())
    }
}

/// Whether these entries are, byte for byte, what was signed, as far as that can be told without reading them.
async fn quick(recheck: &mut Recheck, checker: Option<&Checker>, part: &[(u64, Kept)]) -> bool {
    let Some(checker) = checker else { return false };
    let next = |(_, kept): &(u64, Kept)| recheck.next(kept.entry.as_bytes(), kept.body.as_ref().map(|b| b.as_bytes()));
    match part.iter().map(next).collect::<Option<Vec<_>>>() {
        Some(claims) => checker.all_fit(&claims).await,
        None => false,
    }
}

/// A strict reader that goes on behind that entry.
fn after(device: &DeviceId, project: &ProjectId, (size, last): (u64, Option<EntryHash>)) -> Result<Verifier, Trouble> {
    if size == 0 {
        return Ok(Verifier::new().for_project(project).with_now(now_ms()));
    }
    let head = Head { size, last, hlc: Default::default() };
    let verifier = Verifier::resume(device, Some(project), head);
    Ok(verifier.map_err(|_| fault("unreadable", "verify a log whose name is no key"))?.with_now(now_ms()))
}

impl Project {
    /// Takes in what another tab or the sync worker wrote: only what is behind the entries that were read before.
    ///
    /// # Errors
    /// Where this device's own log has lost entries, or they do not stand: nothing may be written behind them.
    pub(super) async fn reload(&mut self) -> Result<(), Trouble> {
        let mut known: BTreeMap<DeviceId, u64> = BTreeMap::new();
        for event in self.engine.events() {
            *known.entry(event.device.clone()).or_default() += 1;
        }
        let mut new = vec![];
        let heads = self.store.heads(&self.local.project).await?;
        for device in known.keys().filter(|device| !heads.contains_key(*device)) {
            self.note(lost(device, 0));
        }
        for (device, head) in &heads {
            let from = known.get(device).copied().unwrap_or(0);
            if head.size < from {
                self.note(lost(device, head.size));
            } else if head.size > from && !self.here.problems.iter().any(|p| p.log == *device) {
                new.extend(self.read_on(device, from, head).await?);
            }
        }
        let own = self.keeper.device().clone();
        if let Some(problem) = self.here.problems.iter().find(|p| p.log == own) {
            let text = format!(
                "write: entry {} of this device's own record is missing or damaged, and nothing was written over it; \
                 download the record, then go on as a new profile",
                problem.at
            );
            return Err(fault("record-broken", text));
        }
        self.head = heads.get(&own).cloned().unwrap_or_default();
        self.take_in(new).await?;
        let drafts: BTreeSet<_> = self.store.drafts(&self.local.project, &self.me).await?.into_iter().collect();
        self.touched.tasks.extend(drafts.symmetric_difference(&self.here.drafts).cloned());
        self.here.drafts = drafts;
        Ok(())
    }

    fn note(&mut self, problem: ProblemView) {
        if !self.here.problems.iter().any(|p| p.log == problem.log) {
            self.here.problems.push(problem);
        }
    }

    /// Reads a log from `from` to where it ends, and remembers that part as not verified yet.
    async fn read_on(&mut self, device: &DeviceId, from: u64, head: &Head) -> Result<Vec<Event>, StoreError> {
        let project = self.local.project.clone();
        let Ok(last) = hash_before(&self.store, &project, device, from).await else {
            return Err(StoreError::Unreadable);
        };
        let Ok(verifier) = after(device, &project, (from, last)) else { return Err(StoreError::Unreadable) };
        let mut verifier = verifier.trusting_signatures();
        let mut events = vec![];
        while verifier.head().size < head.size {
            let at = verifier.head().size;
            let part = self.store.part(&project, device, at, head.size.min(at + PART)).await?;
            for (place, kept) in &part {
                match verifier.push_entry(kept.entry.as_bytes(), kept.body.as_ref().map(|b| b.as_bytes())) {
                    Ok(accepted) => events.push(accepted.event),
                    Err(problem) => {
                        let expected = verifier.head().size;
                        let gap = *place > expected;
                        self.note(if gap { lost(device, expected) } else { view(device, &problem) });
                        return Ok(events);
                    }
                }
            }
            if part.is_empty() {
                self.note(lost(device, at));
                return Ok(events);
            }
        }
        self.grown.push((device.clone(), from, head.size));
        Ok(events)
    }

    /// Folds new events; reads released bodies and everything else again only where they say so.
    async fn take_in(&mut self, new: Vec<Event>) -> Result<(), Trouble> {
        const ANNOUNCING: [&str; 4] = ["config.published", "policy.published", "guideline.published", "tasks.released"];
        if self.bodies_came().await? {
            let (events, _, problems) = read(&self.store, &self.local.project).await?;
            problems.into_iter().for_each(|problem| self.note(problem));
            self.engine = crate::engine::Engine::new(self.engine.state().materials.clone(), events);
            self.touched.all = true;
            return self.supply().await;
        }
        let announced = new.iter().any(|event| ANNOUNCING.contains(&event.happening.kind.as_str()));
        self.touched.all |= new.iter().any(|event| event.happening.kind == "data.erased");
        self.touched.tasks.extend(new.iter().filter_map(|event| event.happening.task.clone()));
        if !new.is_empty() {
            self.engine.accept(new);
        }
        if announced || self.lacks_releases().await? {
            self.touched.all = true;
            self.supply().await?;
        }
        Ok(())
    }

    /// A body is here by now whose entry came without it.
    async fn bodies_came(&self) -> Result<bool, Trouble> {
        let state = self.engine.state();
        let absent = |event: &&Event| {
            let happening = &event.happening;
            happening.fact.is_none() && body::KINDS.contains(&happening.kind.as_str()) && !state.is_erased(event)
        };
        for event in self.engine.events().iter().filter(absent) {
            if self.store.body(&self.local.project, &event.device, event.sequence).await?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A released body is here by now that was not when the materials were read.
    async fn lacks_releases(&self) -> Result<bool, Trouble> {
        if self.lacking.is_empty() {
            return Ok(false);
        }
        let held = self.store.release_digests(&self.local.project).await?;
        Ok(self.lacking.iter().any(|digest| held.contains(digest)))
    }
}

impl Line {
    /// Tells how far long work is, and whether to go on.
    pub(super) async fn progress(&self, ask: u32, done: u64, of: u64) -> bool {
        self.tell(&crate::view::protocol::Tell::Progress { ask, done, of }, None);
        breathe().await;
        !self.is_cancelled(ask)
    }
}
