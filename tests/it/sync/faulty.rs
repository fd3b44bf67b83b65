//! Storage that fails on purpose, and random numbers that print as one seed.

use countersign::storage::{Memory, Storage, StorageError};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

/// A small generator (SplitMix64, Steele et al. 2014), so that a failure is told by one number.
#[derive(Clone)]
pub struct Dice(Rc<Cell<u64>>);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(Rc::new(Cell::new(seed)))
    }

    pub fn roll(&self) -> u64 {
        let state = self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `n`.
    pub fn below(&self, n: u64) -> u64 {
        self.roll() % n
    }

    /// True in `percent` of a hundred throws.
    pub fn chance(&self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// What the endpoint does to the next request that fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A write is stored and its answer lost.
    LostResponse,
    /// A write is cut short, and its answer says all is well.
    CutWrite,
    /// A read is cut short.
    CutRead,
    /// An HTML page is answered to reads.
    Page,
    /// Reads say that the object is absent.
    Hidden,
    /// Reads answer with what stood there before the last write.
    Stale,
    /// Nothing answers.
    Offline,
    /// The endpoint is busy.
    Busy,
    /// The listing leaves something out.
    Holes,
    /// Listing is not allowed.
    NoList,
}

pub const PAGE: &[u8] = b"<!DOCTYPE html><html><title>Sign in</title></html>";

/// One device's way to the shared objects. Every request gives others a chance to go first.
#[derive(Clone)]
pub struct Line {
    pub objects: Memory,
    before: Rc<RefCell<BTreeMap<String, Vec<u8>>>>,
    /// A fault at random in this percentage of requests, and the dice for it.
    pub noise: Rc<Cell<u64>>,
    dice: Dice,
    /// A fault that stays.
    pub fault: Rc<Cell<Option<Fault>>>,
    /// Requests so far, and writes.
    pub requests: Rc<Cell<u64>>,
    pub writes: Rc<Cell<u64>>,
}

impl Line {
    pub fn to(objects: &Memory, seed: u64) -> Self {
        Self {
            objects: objects.clone(),
            before: Rc::default(),
            noise: Rc::default(),
            dice: Dice::new(seed),
            fault: Rc::default(),
            requests: Rc::default(),
            writes: Rc::default(),
        }
    }

    async fn fate(&self) -> Option<Fault> {
        // yield once, so that the requests of several devices interleave
        let mut waited = false;
        poll_fn(|context| {
            if std::mem::replace(&mut waited, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
        self.requests.set(self.requests.get() + 1);
        const ALL: [Fault; 10] = [
            Fault::LostResponse,
            Fault::CutWrite,
            Fault::CutRead,
            Fault::Page,
            Fault::Hidden,
            Fault::Stale,
            Fault::Offline,
            Fault::Busy,
            Fault::Holes,
            Fault::NoList,
        ];
        let random = self.dice.chance(self.noise.get()).then(|| ALL[self.dice.below(10) as usize]);
        match self.fault.get().or(random) {
            Some(Fault::Offline) => Some(Fault::Offline),
            other => other,
        }
    }
}

fn always(fault: Option<Fault>) -> Result<(), StorageError> {
    match fault {
        Some(Fault::Offline) => Err(StorageError::Unreachable),
        Some(Fault::Busy) => Err(StorageError::Throttled { retry_after_ms: Some(2_000) }),
        _ => Ok(()),
    }
}

impl Storage for Line {
    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StorageError> {
        let fault = self.fate().await;
        always(fault)?;
        let found = self.objects.get(name).await?;
        Ok(match (fault, found) {
            (Some(Fault::CutRead), Some(bytes)) => Some(bytes[..bytes.len() / 2].to_vec()),
            (Some(Fault::Page), _) => Some(PAGE.to_vec()),
            (Some(Fault::Hidden), _) => None,
            (Some(Fault::Stale), found) => self.before.borrow().get(name).cloned().or(found),
            (_, found) => found,
        })
    }

    async fn put(&self, name: &str, bytes: &[u8]) -> Result<(), StorageError> {
        let fault = self.fate().await;
        always(fault)?;
        if let Some(old) = self.objects.get(name).await? {
            self.before.borrow_mut().insert(name.to_owned(), old);
        }
        self.writes.set(self.writes.get() + 1);
        match fault {
            Some(Fault::CutWrite) => self.objects.put(name, &bytes[..bytes.len() / 2]).await,
            Some(Fault::LostResponse) => {
                self.objects.put(name, bytes).await?;
                Err(StorageError::Unreachable)
            }
            // a login page takes anything and keeps nothing
            Some(Fault::Page) => Ok(()),
            _ => self.objects.put(name, bytes).await,
        }
    }

    async fn list(&self, folder: &str) -> Result<Vec<String>, StorageError> {
        let fault = self.fate().await;
        always(fault)?;
        let mut names = self.objects.list(folder).await?;
        match fault {
            Some(Fault::NoList) => return Err(StorageError::Denied),
            Some(Fault::Page) => return Err(StorageError::NotOurs),
            Some(Fault::Holes) => names.retain(|_| self.dice.chance(50)),
            _ => {}
        }
        Ok(names)
    }

    async fn delete(&self, name: &str) -> Result<(), StorageError> {
        let fault = self.fate().await;
        always(fault)?;
        if fault == Some(Fault::Page) { Ok(()) } else { self.objects.delete(name).await }
    }
}
