//! format
pub mod crowd;
