//! The machine of the terminal tool: files and the clock.

pub mod clock;
#[cfg(feature = "terminal")]
pub mod entropy;
pub mod files;
pub mod folder;
