//! The machine of the terminal tool: files, the clock and chance.

pub mod clock;
pub mod entropy;
pub mod files;
pub mod folder;
