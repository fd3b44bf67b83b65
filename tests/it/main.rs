//! The native tests that look at the project from outside, in one binary so that they link once.

mod agreement;
mod cli;
mod consensus;
#[path = "../faultd/mod.rs"]
mod faultd;
mod format;
mod labeling;
mod limits;
mod log;
mod privacy;
mod privacy_find;
mod privacy_pii;
mod privacy_prose;
mod render;
mod sample;
mod score;
mod servers;
mod storage;
mod sync;
mod terminal;
mod tidy;
