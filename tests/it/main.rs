//! The native tests that look at the project from outside, in one binary so that they link once.

mod agreement;
mod cli;
mod format;
mod labeling;
mod limits;
mod log;
mod privacy;
mod privacy_find;
mod privacy_pii;
mod render;
mod sample;
mod servers;
mod storage;
mod sync;
mod tidy;
