//! The stored form of events against golden logs, attacks, and other people's vectors.

#![cfg(test)]

mod anchors;
mod attacks;
mod document;
mod faults;
mod flips;
mod fuzz;
mod golden;
pub mod large;
mod notes;
mod oracles;
mod project;
mod rows;
mod stranger;
pub mod support;
pub mod v1;
mod vectors;
mod witnesses;
