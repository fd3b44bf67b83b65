//! The hub: last view of each kind, requests that wait for an answer, and a bell for each thing that can change. It lies
//! outside the component tree; components subscribe to what they show. A bell is never rung while anything is borrowed,
//! because a listener reads the hub at once.

use super::desk::{Desk, Seat};
use super::face::{Door, Face, Progress, Settings};
pub use super::host::Host;
use super::text::{Lang, Word};
use crate::domain::id::TaskId;
use crate::view::model::{
    ActivityView, AgreementView, AuditView, CaseView, GuidelineView, PeopleView, ShellView, SyncView, TaskView,
    TasksView, View, ViewKey,
};
use crate::view::protocol::{Ask, Done, Request, Tell, Trouble};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What can change, so that a component listens to just that.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// A view from the worker.
    View(ViewKey),
    /// The annotation in hand.
    Desk(Seat),
    /// Dialogs, toasts and tabs of one root.
    Face(Door),
    /// Settings, progress of long work, the connection to the worker.
    Frame,
}

/// The answer to a request, and the bytes of a file where there is one.
pub struct Reply {
    /// How it went.
    pub result: Result<Done, Trouble>,
    /// Bytes that travelled beside.
    pub payload: Option<Vec<u8>>,
}

type Waiting = Box<dyn FnOnce(&Rc<Hub>, Reply)>;
type Bells = BTreeMap<Topic, Vec<(u64, Rc<dyn Fn()>)>>;

/// See the module.
pub struct Hub {
    /// What the embedder does.
    pub host: Host,
    next: Cell<u64>,
    waiting: RefCell<BTreeMap<u32, Waiting>>,
    views: RefCell<BTreeMap<ViewKey, View>>,
    watched: RefCell<BTreeMap<ViewKey, u32>>,
    bells: Rc<RefCell<Bells>>,
    desks: [RefCell<Desk>; 2],
    faces: [RefCell<Face>; 2],
    settings: RefCell<Settings>,
    progress: RefCell<Option<Progress>>,
    down: RefCell<Option<String>>,
    roots: [RefCell<yew::NodeRef>; 2],
}

impl Hub {
    /// A hub over `host`. Settings are recalled at once; nothing is sent yet.
    pub fn new(host: Host) -> Rc<Self> {
        let settings = Settings::recall(|key| (host.recall)(key));
        Rc::new(Self {
            host,
            next: Cell::new(1),
            waiting: RefCell::default(),
            views: RefCell::default(),
            watched: RefCell::default(),
            bells: Rc::default(),
            desks: Default::default(),
            faces: Default::default(),
            settings: RefCell::new(settings),
            progress: RefCell::default(),
            down: RefCell::default(),
            roots: Default::default(),
        })
    }

    fn number(&self) -> u64 {
        let number = self.next.get();
        self.next.set(number + 1);
        number
    }

    /// Forgets tasks and cases as another person saw them, drafts included.
    pub(super) fn forget_tasks(&self) {
        self.views.borrow_mut().retain(|key, _| !matches!(key, ViewKey::Task { .. } | ViewKey::Case { .. }));
    }

    // ---- asking -------------------------------------------------------------------------------------------------

    /// Sends a request; `then` gets the answer. Answers the request's number, by which it can be cancelled.
    pub fn ask(&self, what: Ask, then: impl FnOnce(&Rc<Self>, Reply) + 'static) -> u32 {
        let ask = self.expect(then);
        (self.host.send)(Request { ask, what });
        ask
    }

    /// Reserves a number for a request that the embedder sends itself, as with files beside it.
    pub fn expect(&self, then: impl FnOnce(&Rc<Self>, Reply) + 'static) -> u32 {
        let ask = self.number() as u32;
        self.waiting.borrow_mut().insert(ask, Box::new(then));
        ask
    }

    /// Sends a request whose answer matters only if it is a trouble; then it is shown at `door`.
    pub fn tell(self: &Rc<Self>, door: Door, what: Ask) {
        self.ask(what, move |hub, reply| {
            if let Err(trouble) = reply.result {
                hub.show_trouble(door, &trouble);
            }
        });
    }

    /// Takes in what the worker says. `payload` holds the bytes of `Done::File`.
    pub fn receive(self: &Rc<Self>, tell: Tell, payload: Option<Vec<u8>>) {
        match tell {
            Tell::Ready {} => {
                self.down.replace(None);
                self.ring(&Topic::Frame);
            }
            Tell::Answer { ask, result } => {
                if self.progress.borrow().as_ref().is_some_and(|p| p.ask == ask) {
                    self.progress.replace(None);
                    self.ring(&Topic::Frame);
                }
                let waiting = self.waiting.borrow_mut().remove(&ask);
                if let Some(then) = waiting {
                    then(self, Reply { result, payload });
                }
            }
            Tell::View { key, view } => {
                let same = self.views.borrow().get(&key) == Some(&view);
                if !same {
                    let let_in = self.is_waiting();
                    self.views.borrow_mut().insert(key.clone(), view);
                    self.say_shown(&key);
                    self.take_in(&key);
                    if let_in && !self.is_waiting() {
                        self.take(None);
                    }
                    self.ring(&Topic::View(key));
                }
            }
            Tell::Rows { chunks } => {
                let Some(View::Tasks(list)) = self.view(&ViewKey::Tasks) else { return };
                let view = View::Tasks(Rc::new(list.with(chunks)));
                self.views.borrow_mut().insert(ViewKey::Tasks, view);
                self.ring(&Topic::View(ViewKey::Tasks));
            }
            Tell::Progress { ask, done, of } => {
                self.progress.replace(Some(Progress { ask, done, of }));
                self.ring(&Topic::Frame);
            }
        }
    }

    /// A frame that names a project tells the host page what is shown.
    fn say_shown(&self, key: &ViewKey) {
        if let (ViewKey::Shell, Some(shell)) = (key, self.shell())
            && !shell.slug.is_empty()
        {
            (self.host.shown)(&shell.slug, &shell.me.label);
        }
    }

    /// The worker or its module ended; `why` is a code. The screens say so until it is back.
    pub fn lost(&self, why: &str) {
        self.down.replace(Some(why.to_owned()));
        self.ring(&Topic::Frame);
    }

    /// Why the worker is not there, where it is not.
    pub fn down(&self) -> Option<String> {
        self.down.borrow().clone()
    }

    /// How far long work is.
    pub fn progress(&self) -> Option<Progress> {
        *self.progress.borrow()
    }

    // ---- watching -----------------------------------------------------------------------------------------------

    /// Watches a view until the guard is dropped. The first watcher and the last are told to the worker.
    pub fn watch(self: &Rc<Self>, key: ViewKey) -> Watch {
        let first = {
            let mut watched = self.watched.borrow_mut();
            let count = watched.entry(key.clone()).or_insert(0);
            *count += 1;
            *count == 1
        };
        if first {
            self.ask(Ask::Watch { key: key.clone() }, |_, _| {});
        }
        Watch { hub: Rc::clone(self), key }
    }

    fn unwatch(&self, key: &ViewKey) {
        let last = {
            let mut watched = self.watched.borrow_mut();
            let count = watched.get_mut(key).map(|n| {
                *n -= 1;
                *n
            });
            if count == Some(0) {
                watched.remove(key);
            }
            count == Some(0)
        };
        if last {
            self.views.borrow_mut().remove(key);
            self.ask(Ask::Unwatch { key: key.clone() }, |_, _| {});
        }
    }

    /// Asks for every watched view again, after the worker was started anew.
    pub fn watch_again(&self) {
        let keys: Vec<_> = self.watched.borrow().keys().cloned().collect();
        for key in keys {
            self.ask(Ask::Watch { key }, |_, _| {});
        }
    }

    // ---- bells --------------------------------------------------------------------------------------------------

    /// Calls `then` whenever `topic` changes, until the guard is dropped.
    pub fn listen(&self, topic: Topic, then: impl Fn() + 'static) -> Listening {
        let number = self.number();
        self.bells.borrow_mut().entry(topic.clone()).or_default().push((number, Rc::new(then)));
        Listening { bells: Rc::clone(&self.bells), topic, number }
    }

    /// Rings the bell of a topic. Nothing may be borrowed.
    pub fn ring(&self, topic: &Topic) {
        let listeners: Vec<_> =
            self.bells.borrow().get(topic).map(|l| l.iter().map(|(_, f)| Rc::clone(f)).collect()).unwrap_or_default();
        for listener in listeners {
            listener();
        }
    }

    // ---- reading and changing -----------------------------------------------------------------------------------

    /// The last view under a key.
    pub fn view(&self, key: &ViewKey) -> Option<View> {
        self.views.borrow().get(key).cloned()
    }

    /// Reads the annotation in hand.
    pub fn desk<T>(&self, seat: Seat, read: impl FnOnce(&Desk) -> T) -> T {
        read(&self.desk_cell(seat).borrow())
    }

    /// Changes the annotation in hand and rings its bell.
    pub fn change_desk<T>(&self, seat: Seat, change: impl FnOnce(&mut Desk) -> T) -> T {
        let made = change(&mut self.desk_cell(seat).borrow_mut());
        self.ring(&Topic::Desk(seat));
        made
    }

    fn desk_cell(&self, seat: Seat) -> &RefCell<Desk> {
        let [label, case] = &self.desks;
        match seat {
            Seat::Label => label,
            Seat::Case => case,
        }
    }

    /// Reads what a root shows beside the data.
    pub fn face<T>(&self, door: Door, read: impl FnOnce(&Face) -> T) -> T {
        read(&self.face_cell(door).borrow())
    }

    /// Changes what a root shows beside the data and rings its bell.
    pub fn change_face<T>(&self, door: Door, change: impl FnOnce(&mut Face) -> T) -> T {
        let made = change(&mut self.face_cell(door).borrow_mut());
        self.ring(&Topic::Face(door));
        made
    }

    fn face_cell(&self, door: Door) -> &RefCell<Face> {
        let [labeler, panels] = &self.faces;
        match door {
            Door::Labeler => labeler,
            Door::Panels => panels,
        }
    }

    /// Where a root's element is, once it is mounted.
    pub fn root(&self, door: Door) -> yew::NodeRef {
        self.root_cell(door).borrow().clone()
    }

    pub(super) fn seat_root(&self, door: Door, root: &yew::NodeRef) {
        self.root_cell(door).replace(root.clone());
    }

    fn root_cell(&self, door: Door) -> &RefCell<yew::NodeRef> {
        let [labeler, panels] = &self.roots;
        match door {
            Door::Labeler => labeler,
            Door::Panels => panels,
        }
    }

    /// Focus came into a root or left it. Rings nothing: no screen shows it.
    pub fn set_focused(&self, door: Door, on: bool) {
        self.face_cell(door).borrow_mut().focused = on;
    }

    /// The settings of this device.
    pub fn settings(&self) -> Settings {
        *self.settings.borrow()
    }

    /// Changes and keeps the settings.
    pub fn set(&self, change: impl FnOnce(&mut Settings)) {
        let now = {
            let mut settings = self.settings.borrow_mut();
            change(&mut settings);
            *settings
        };
        now.remember(|key, value| (self.host.remember)(key, value));
        self.ring(&Topic::Frame);
    }

    /// The words of the interface's language.
    pub fn lang(&self) -> Lang {
        self.settings.borrow().lang
    }

    /// One text in the interface's language.
    pub fn t(&self, word: Word) -> &'static str {
        word.in_lang(self.lang())
    }

    /// The frame around the project, where it is known.
    pub fn shell(&self) -> Option<Rc<ShellView>> {
        match self.view(&ViewKey::Shell) {
            Some(View::Shell(shell)) => Some(shell),
            _ => None,
        }
    }

    /// Entries that some endpoint does not have yet; none where no endpoint is set.
    pub fn unsent(&self) -> u32 {
        self.shell().map_or(0, |shell| shell.pending.iter().sum())
    }

    /// The person's key is not granted yet.
    fn is_waiting(&self) -> bool {
        self.shell().is_some_and(|shell| shell.waiting_for_grant)
    }

    /// One task's view, where it is known.
    pub fn task(&self, task: &TaskId) -> Option<Rc<TaskView>> {
        match self.view(&ViewKey::Task { task: task.clone() }) {
            Some(View::Task(view)) => Some(view),
            _ => None,
        }
    }
}

/// Types of views that a component can watch by type.
pub trait Model: PartialEq + 'static {
    /// The view as this type.
    fn of(view: View) -> Option<Rc<Self>>;
}

macro_rules! models {
    ($($variant:ident $model:ident),*) => {$(
        impl Model for $model {
            fn of(view: View) -> Option<Rc<Self>> {
                match view {
                    View::$variant(model) => Some(model),
                    _ => None,
                }
            }
        }
    )*};
}
models!(
    Shell ShellView, Tasks TasksView, Task TaskView, Guideline GuidelineView, Activity ActivityView, Audit AuditView,
    Agreement AgreementView, Case CaseView, People PeopleView, Sync SyncView
);

/// Watches a view while it lives.
pub struct Watch {
    hub: Rc<Hub>,
    key: ViewKey,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.hub.unwatch(&self.key);
    }
}

/// Listens to a bell while it lives.
pub struct Listening {
    bells: Rc<RefCell<Bells>>,
    topic: Topic,
    number: u64,
}

impl Drop for Listening {
    fn drop(&mut self) {
        if let Some(listeners) = self.bells.borrow_mut().get_mut(&self.topic) {
            listeners.retain(|(number, _)| *number != self.number);
        }
    }
}
