//! The browser as a machine: IndexedDB, WebCrypto, Web Locks, workers, files, clock.

pub mod check;
pub mod db;
#[cfg(feature = "sync")]
pub mod exchange;
pub mod idb;
pub mod keeper;
pub mod lease;
pub mod lock;
pub mod machine;
pub mod seal;
pub mod settle;
pub mod store;
pub mod worker;
