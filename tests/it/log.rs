//! The stored form of events against golden logs, attacks, and other people's vectors.

#![cfg(test)]

mod attacks;
mod flips;
mod fuzz;
mod golden;
mod notes;
mod project;
mod support;
mod vectors;
