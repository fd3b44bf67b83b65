//! One log as it is read, from the lines of a file or from the entries and bodies of a folder, up to its first error.
//!
//! What was read is kept as events and hashes, not as bytes: a verifier of long logs needs no second copy of them.

use super::evidence::{Evidence, SignedEntry};
use super::hash::EntryHash;
use super::problem::{Code, Fault, Problem};
use super::seal::Head;
use super::tree::{self, Hash, Tree};
use super::verify::{Accepted, Verifier};
use super::wire;
use crate::domain::event::Event;
use crate::domain::id::DeviceId;

/// Reads one log and keeps what [`super::verify_logs`] needs of it.
#[derive(Clone, Debug, Default)]
pub struct LogReader {
    pub(super) verifier: Verifier,
    pub(super) events: Vec<Event>,
    /// For each event, whether its body is here.
    pub(super) bodies: Vec<bool>,
    pub(super) leaves: Vec<Hash>,
    pub(super) problems: Vec<Problem>,
    /// A place that one key signed twice within this log: from there on nothing counts.
    pub(super) fork: Option<(u64, [EntryHash; 2])>,
    pub(super) stopped: bool,
    pub(super) unchecked: u64,
}

impl LogReader {
    /// A reader. `now_ms` (milliseconds since 1970) is for warnings about times that have not come.
    pub fn new(now_ms: Option<u64>) -> Self {
        let verifier = Verifier::new();
        let verifier = match now_ms {
            Some(now_ms) => verifier.with_now(now_ms),
            None => verifier,
        };
        Self { verifier, ..Self::default() }
    }

    /// A reader of the log of one device, that takes no other. `None` where the device is named by no key.
    pub fn of_device(device: &DeviceId, now_ms: Option<u64>) -> Option<Self> {
        let verifier = Verifier::resume(device, None, Head::default()).ok()?;
        let verifier = match now_ms {
            Some(now_ms) => verifier.with_now(now_ms),
            None => verifier,
        };
        Some(Self { verifier, ..Self::default() })
    }

    /// Reads the lines of a whole file.
    pub fn of_bytes(bytes: &[u8], now_ms: Option<u64>) -> Self {
        let mut reader = Self::new(now_ms);
        let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        if !bytes.is_empty() {
            bytes.split(|byte| *byte == b'\n').for_each(|line| reader.push(line));
        }
        reader
    }

    /// Reads the next line, without its line feed. After an error lines are only counted.
    pub fn push(&mut self, line: &[u8]) {
        if let Some(problem) = self.take(line) {
            self.stop(problem);
        }
    }

    /// Reads the next entry as storage holds it, with its body where that is at hand.
    pub fn push_entry(&mut self, entry: &[u8], body: Option<&[u8]>) {
        if self.stopped {
            self.unchecked += 1;
            return;
        }
        let read = self.verifier.push_entry(entry, body);
        if let Some(problem) = self.keep(read, entry) {
            self.stop(problem);
        }
    }

    /// Says that something beside the entries is wrong, at the place it touches.
    pub fn note(&mut self, code: Code, sequence: u64, detail: &'static str) {
        let problem = Fault::new(code, detail).at(self.verifier.device(), sequence);
        self.problems.push(problem);
    }

    /// Whose log it is, once an entry was read.
    pub fn device(&self) -> Option<&DeviceId> {
        self.verifier.device()
    }

    /// Hashes of the leaves that stand, in order.
    pub fn leaves(&self) -> &[Hash] {
        &self.leaves
    }

    /// What is wrong, as far as this log alone tells.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The events that stand, in order.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Root of the tree over the first `size` entries; `None` where there are not so many.
    pub fn root(&self, size: u64) -> Option<Hash> {
        let leaves = self.leaves.get(..usize::try_from(size).ok()?)?;
        Some(leaves.iter().copied().collect::<Tree>().root())
    }

    /// As [`Self::push`], but an error is for the caller to judge, and [`Self::stop`] takes it in.
    pub(super) fn take(&mut self, line: &[u8]) -> Option<Problem> {
        if self.stopped {
            self.unchecked += 1;
            return None;
        }
        let read = self.verifier.push_line(line);
        self.keep(read, line)
    }

    fn keep(&mut self, read: Result<Accepted, Problem>, line: &[u8]) -> Option<Problem> {
        match read {
            Ok(accepted) => {
                self.bodies.push(accepted.body.is_some());
                self.leaves.push(tree::leaf_hash(&accepted.entry));
                self.problems.extend(accepted.warnings);
                self.events.push(accepted.event);
                None
            }
            Err(problem) => {
                if problem.code == Code::Equivocation {
                    self.fork = self.forked_by(line);
                }
                Some(problem)
            }
        }
    }

    /// The place for which `line` is the second entry, and the hashes of both.
    fn forked_by(&self, line: &[u8]) -> Option<(u64, [EntryHash; 2])> {
        let parsed = wire::parse_line(line).ok()?;
        let place = parsed.envelope.sequence;
        let first = self.verifier.hashes().get(usize::try_from(place).ok()?)?;
        Some((place, [*first, EntryHash::of(&parsed.entry)]))
    }

    pub(super) fn stop(&mut self, problem: Problem) {
        self.problems.push(problem);
        self.stopped = true;
    }

    /// The evidence of a fork within this log, which is the `file`th, and the log frozen where it forked.
    pub(super) fn freeze(&mut self, file: usize) -> Option<Evidence> {
        let (sequence, hashes) = self.fork?;
        let log = self.verifier.device()?.clone();
        self.cut(usize::try_from(sequence).ok()?);
        let entries = hashes.map(|hash| SignedEntry { hash, file, entry: None }).into();
        Some(Evidence { code: Code::Equivocation, log, sequence, entries, heads: vec![] })
    }

    /// Events of a log that is cut at `size`: what follows a fork does not count.
    pub(super) fn cut(&mut self, size: usize) {
        self.events.truncate(size);
        self.bodies.truncate(size);
    }

    pub(super) fn say(&mut self, code: Code, sequence: usize, detail: &'static str) {
        self.note(code, u64::try_from(sequence).unwrap_or(u64::MAX), detail);
    }
}
