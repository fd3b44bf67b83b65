//! The stored form of events against golden logs, attacks, and other people's vectors.

#![cfg(test)]

mod attacks;
mod faults;
mod flips;
mod fuzz;
mod golden;
pub mod large;
mod notes;
mod project;
pub mod support;
mod vectors;
mod witnesses;
