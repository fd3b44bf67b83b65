//! Devices for the tests: a key, a log that grows, and a shelf of what is known.

use countersign::domain::event::{Custody, Fact, FirstAdmin, Happening, Role};
use countersign::domain::id::{AuthId, DeviceId, EventId, ProjectId};
use countersign::log::{EntryHash, Fresh, Head, Identity, Signer, prepare};
use countersign::sync::Shelf;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// A wall clock that all devices of a test share, milliseconds since 1970.
pub const START_MS: u64 = 1_800_000_000_000;

/// A device that takes part in a project.
pub struct Device {
    pub id: DeviceId,
    pub shelf: Rc<Shelf>,
    signer: Signer,
    author: AuthId,
    project: ProjectId,
    head: RefCell<Head>,
    /// Everything it ever said, as its own truth.
    pub said: RefCell<Vec<EntryHash>>,
    pub events: RefCell<Vec<EventId>>,
    now_ms: Cell<u64>,
}

fn signer(number: u8) -> Signer {
    Signer::from_seed(&[number; 32])
}

/// The genesis line of a project owned by device `number`, and the project.
fn genesis(number: u8, name: &str) -> (Vec<u8>, EntryHash, Head) {
    let key = signer(number);
    let author = AuthId::from("ann-01");
    let roles = vec![Role::Admin, Role::Annotator];
    let admins = vec![FirstAdmin { authid: author.clone(), key: key.device(), roles }];
    let fact = Fact::ProjectCreated { name: name.to_owned(), admins };
    let who = Identity { device: key.device(), project: None, author, app: None };
    let fresh = Fresh { now_ms: START_MS, salt: [number; 16], uuid: [number; 10] };
    let unsigned = prepare(&Head::default(), &who, &Happening::of(fact), &fresh).unwrap();
    let signature = key.sign(&unsigned.signing_input);
    let sealed = unsigned.finish(signature).unwrap();
    (sealed.line, sealed.hash, sealed.head)
}

impl Device {
    fn new(number: u8, project: ProjectId) -> Self {
        let key = signer(number);
        let shelf = Shelf::new(project.clone(), "countersign.example");
        shelf.add_key(signer(number));
        Self {
            id: key.device(),
            shelf: Rc::new(shelf),
            signer: key,
            author: AuthId(format!("ann-{number:02}")),
            project,
            head: RefCell::default(),
            said: RefCell::default(),
            events: RefCell::default(),
            now_ms: Cell::new(START_MS),
        }
    }

    /// The device that owns a new project.
    pub fn owner(number: u8, name: &str) -> Self {
        let (line, hash, head) = genesis(number, name);
        let device = Self::new(number, hash.project());
        device.shelf.add_line(&device.id, &line).unwrap();
        device.said.borrow_mut().push(hash);
        device.head.replace(head);
        device
    }

    /// A device that joins.
    pub fn join(number: u8, project: &ProjectId) -> Self {
        let device = Self::new(number, project.clone());
        device.say(Fact::KeyRequested { custody: Custody::File });
        device
    }

    pub fn project(&self) -> ProjectId {
        self.project.clone()
    }

    /// Appends an event to its own log.
    pub fn say(&self, fact: Fact) {
        self.now_ms.set(self.now_ms.get() + 1_000);
        let mut head = self.head.borrow_mut();
        let project = (head.size > 0 || !matches!(fact, Fact::ProjectCreated { .. })).then(|| self.project.clone());
        let who = Identity { device: self.id.clone(), project, author: self.author.clone(), app: None };
        let mut fresh = Fresh { now_ms: self.now_ms.get(), salt: [0; 16], uuid: [0; 10] };
        let unique = EntryHash::of(format!("{}{}{}", self.id, head.size, head.hlc).as_bytes());
        fresh.salt.copy_from_slice(&unique.0[..16]);
        fresh.uuid.copy_from_slice(&unique.0[16..26]);
        let unsigned = prepare(&head, &who, &Happening::of(fact), &fresh).unwrap();
        let signature = self.signer.sign(&unsigned.signing_input);
        let sealed = unsigned.finish(signature).unwrap();
        self.shelf.add_line(&self.id, &sealed.line).unwrap();
        self.said.borrow_mut().push(sealed.hash);
        self.events.borrow_mut().push(sealed.event.id);
        *head = sealed.head;
    }

    /// Sets its clock on, or back.
    pub fn jump(&self, ms: i64) {
        self.now_ms.set(self.now_ms.get().saturating_add_signed(ms));
    }

    /// What its clock says.
    pub fn now_ms(&self) -> u64 {
        self.now_ms.get()
    }

    /// Says that it rejects something, for a given reason: an event with a body of some size.
    pub fn note(&self, text: &str) {
        self.say(Fact::ReviewRejected { reason: text.to_owned() });
    }

    /// Grants a key.
    pub fn grant(&self, other: &Device) {
        self.say(Fact::KeyGranted {
            key: other.id.clone(),
            authid: other.author.clone(),
            roles: vec![Role::Annotator],
            custody: Custody::File,
        });
    }

    /// Another device with the same key and the same log so far: a cloned profile.
    pub fn clone_profile(&self, number: u8) -> Self {
        let twin = Self::new(number, self.project.clone());
        for line in self.shelf.lines(&self.id).split(|b| *b == b'\n').filter(|l| !l.is_empty()) {
            twin.shelf.add_line(&self.id, line).unwrap();
        }
        twin.head.replace(self.head.borrow().clone());
        twin.said.replace(self.said.borrow().clone());
        twin
    }

    /// What this device holds of another's log.
    pub fn holds_of(&self, other: &Device) -> Vec<EntryHash> {
        self.shelf.hashes(&other.id)
    }
}
