//! One writer at a time: by the browser's locks, and by the queue that stands in for them.

use crate::store::name;
use countersign::platform::web::{lease, lock, machine};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use wasm_bindgen_test::wasm_bindgen_test;

/// What happened, in order.
type Told = Rc<RefCell<Vec<&'static str>>>;

async fn until(told: &Told, len: usize) {
    while told.borrow().len() < len {
        machine::breathe().await;
    }
}

#[wasm_bindgen_test]
async fn a_lock_lets_the_next_one_in_when_it_is_dropped() {
    assert!(lock::available());
    let (name, told) = (name(), Told::default());
    let held = lock::take(&name).await;
    let (theirs, other) = (told.clone(), name.clone());
    spawn_local(async move {
        let _held = lock::take(&other).await;
        theirs.borrow_mut().push("second");
    });
    // a lock of another name does not wait for it
    drop(lock::take(&format!("{name}-other")).await);
    told.borrow_mut().push("first");
    drop(held);
    until(&told, 2).await;
    assert_eq!(*told.borrow(), ["first", "second"]);
}

#[wasm_bindgen_test]
async fn a_queue_lets_the_next_one_in_when_the_first_leaves() {
    let (name, told) = (name(), Told::default());
    let held = lease::take(&name, 5_000).await.expect("nobody is there");
    let (theirs, other) = (told.clone(), name.clone());
    spawn_local(async move {
        let _held = lease::take(&other, 5_000).await.expect("the turn comes");
        theirs.borrow_mut().push("second");
    });
    assert!(lease::take(&name, 0).await.is_none(), "there is no turn while it is held");
    told.borrow_mut().push("first");
    drop(held);
    until(&told, 2).await;
    assert_eq!(*told.borrow(), ["first", "second"]);
}
