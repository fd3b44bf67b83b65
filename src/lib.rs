//! Countersign: people label, correct, explain, review and adjudicate in the browser; personal data is covered before
//! it is shown, every human action is a signed event, and agreement is scored where the people are.
//!
//! The modules in reading order. `ARCHITECTURE.md` draws who may name whom; `tests/it/tidy.rs` holds it to that.

// words
pub mod domain;
// libraries
pub mod agreement;
pub mod consensus;
pub mod format;
pub mod labeling;
pub mod privacy;
// record
pub mod log;
// loop
pub mod engine;
// edges
pub mod storage;
pub mod sync;
pub mod view;
// rims
pub mod platform;
#[cfg(feature = "page")]
pub mod ui;
// doors
#[cfg(feature = "terminal")]
pub mod cli;
#[cfg(all(feature = "page", target_arch = "wasm32"))]
pub mod embed;
