//! The machine of the terminal tool: files and the clock, and a folder as a place for logs.

pub mod clock;
#[cfg(feature = "terminal")]
pub mod entropy;
pub mod files;
pub mod folder;
pub mod stored;
