//! The machine of the terminal tool: files, the clock and chance, and a folder as a place for logs.

pub mod clock;
#[cfg(feature = "terminal")]
pub mod entropy;
pub mod files;
pub mod folder;
pub mod stored;
