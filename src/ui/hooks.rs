//! How components reach the hub. A component subscribes to one topic with a selector and renders again only when what it
//! selected differs.

use super::desk::{Desk, Seat};
use super::face::{Door, Face};
use super::hub::{Host, Hub, Model, Topic};
use super::text::Word;
use crate::view::model::ViewKey;
use std::rc::Rc;
use yew::prelude::*;

/// What every component of one root shares. It never changes, so that as a context it renders nobody again.
#[derive(Clone)]
pub struct Ctx {
    /// The hub.
    pub hub: Rc<Hub>,
    /// Which root.
    pub door: Door,
    /// The root's outermost element.
    pub root: NodeRef,
}

impl PartialEq for Ctx {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.hub, &other.hub) && self.door == other.door
    }
}

impl Ctx {
    /// One text in the interface's language.
    pub fn t(&self, word: Word) -> &'static str {
        self.hub.t(word)
    }

    /// The same, with blanks filled.
    pub fn fill(&self, word: Word, blanks: &[(&str, &str)]) -> String {
        super::text::fill(self.hub.t(word), blanks)
    }

    /// The context of a root, where it is on the page.
    pub fn at(&self, door: Door) -> Option<Self> {
        if door == self.door {
            return Some(self.clone());
        }
        let root = self.hub.root(door);
        root.get().is_some().then(|| Self { hub: Rc::clone(&self.hub), door, root })
    }

    /// A callback that gets this context.
    pub fn on<E: 'static>(&self, then: impl Fn(&Self, E) + 'static) -> Callback<E> {
        let ctx = self.clone();
        Callback::from(move |event| then(&ctx, event))
    }
}

impl Door {
    /// The other root.
    pub fn other(self) -> Self {
        match self {
            Self::Labeler => Self::Panels,
            Self::Panels => Self::Labeler,
        }
    }

    /// Whose annotation is edited behind this root.
    pub fn seat(self) -> Seat {
        match self {
            Self::Labeler => Seat::Label,
            Self::Panels => Seat::Case,
        }
    }
}

/// The root's context. Outside any root it is one that does nothing.
#[hook]
pub fn use_ctx() -> Ctx {
    use_context::<Ctx>().unwrap_or_else(|| Ctx {
        hub: Hub::new(Host::silent()),
        door: Door::Labeler,
        root: NodeRef::default(),
    })
}

/// The last value and the selector that made it.
type Selected<T> = Option<(Rc<T>, Rc<dyn Fn(&Hub) -> T>)>;

/// What `select` reads from the hub, read again whenever `topic` rings. An equal value keeps its pointer.
#[hook]
pub fn use_hub<T: PartialEq + 'static>(topic: Topic, select: impl Fn(&Hub) -> T + 'static) -> Rc<T> {
    let hub = use_ctx().hub;
    let update = use_force_update();
    let last = use_mut_ref(|| Selected::<T>::None);
    let fresh = select(&hub);
    let value = match last.borrow_mut().take() {
        Some((old, _)) if *old == fresh => old,
        _ => Rc::new(fresh),
    };
    last.replace(Some((Rc::clone(&value), Rc::new(select))));
    use_effect_with((topic, Rc::as_ptr(&hub)), move |(topic, _)| {
        let reader = Rc::clone(&hub);
        let check = move || {
            let now = last.borrow().as_ref().map(|(value, select)| (Rc::clone(value), Rc::clone(select)));
            if now.is_some_and(|(value, select)| *value != select(&reader)) {
                update.force_update();
            }
        };
        // something may have rung between the first drawing and this
        check();
        let listening = hub.listen(topic.clone(), check);
        move || drop(listening)
    });
    value
}

/// Reads the annotation in hand.
#[hook]
pub fn use_desk<T: PartialEq + 'static>(seat: Seat, select: impl Fn(&Desk) -> T + 'static) -> Rc<T> {
    use_hub(Topic::Desk(seat), move |hub| hub.desk(seat, |desk| select(desk)))
}

/// Reads what this root shows beside the data.
#[hook]
pub fn use_face<T: PartialEq + 'static>(select: impl Fn(&Face) -> T + 'static) -> Rc<T> {
    let door = use_ctx().door;
    use_hub(Topic::Face(door), move |hub| hub.face(door, |face| select(face)))
}

/// Watches a view and reads a part of it; `None` while it is not here.
#[hook]
pub fn use_view<M: Model, T: PartialEq + 'static>(
    key: ViewKey,
    select: impl Fn(&Rc<M>) -> T + 'static,
) -> Rc<Option<T>> {
    let hub = use_ctx().hub;
    use_effect_with((key.clone(), Rc::as_ptr(&hub)), move |(key, _)| {
        let watch = hub.watch(key.clone());
        move || drop(watch)
    });
    use_hub(Topic::View(key.clone()), move |hub| hub.view(&key).and_then(M::of).map(|model| select(&model)))
}

/// Watches a whole view.
#[hook]
pub fn use_model<M: Model>(key: ViewKey) -> Option<Rc<M>> {
    (*use_view::<M, Rc<M>>(key, Rc::clone)).clone()
}
