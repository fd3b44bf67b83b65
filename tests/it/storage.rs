//! The storage port: its acceptance suite against each form of it.

use countersign::storage::{Memory, Storage, StorageError, Within, acceptance, walk};

/// Runs a future on this thread.
pub fn wait<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

#[test]
fn memory_passes_the_acceptance_suite() {
    let memory = Memory::default();
    let checks = wait(acceptance::run(&memory, "", acceptance::MANY));
    assert_eq!(acceptance::failures(&checks), "");
    assert_eq!(checks.len(), 8);
    assert!(memory.snapshot().is_empty(), "the suite cleans up");
}

#[test]
fn a_folder_of_an_endpoint_passes_the_acceptance_suite() {
    let memory = Memory::default();
    wait(memory.put("x/z", b"neighbour")).unwrap();
    let within = Within::new(&memory, "x/y/").unwrap();
    assert_eq!(acceptance::failures(&wait(acceptance::run(&within, "", 10))), "");
    assert_eq!(memory.snapshot().into_keys().collect::<Vec<_>>(), ["x/z"]);
    assert_eq!(Within::new(&memory, "x").err(), Some(StorageError::Invalid));
}

/// A bucket that forgets every second write, to see that the suite notices.
struct Forgetful(Memory, std::cell::Cell<usize>);

impl Storage for Forgetful {
    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StorageError> {
        self.0.get(name).await
    }
    async fn put(&self, name: &str, bytes: &[u8]) -> Result<(), StorageError> {
        self.1.set(self.1.get() + 1);
        if self.1.get().is_multiple_of(2) { Ok(()) } else { self.0.put(name, bytes).await }
    }
    async fn list(&self, _: &str) -> Result<Vec<String>, StorageError> {
        Ok(vec!["elsewhere/".to_owned()])
    }
    async fn delete(&self, name: &str) -> Result<(), StorageError> {
        self.0.delete(name).await
    }
}

#[test]
fn the_suite_notices_a_bad_endpoint() {
    let bad = Forgetful(Memory::default(), std::cell::Cell::default());
    let failed = wait(acceptance::run(&bad, "", 4)).iter().filter(|c| c.outcome.is_err()).count();
    assert!(failed >= 5, "{failed} checks failed");
    assert_eq!(wait(walk(&bad, "here/")), Err(StorageError::NotOurs), "a lying listing ends");
}
